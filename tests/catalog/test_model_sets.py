"""The sets of model files that there are, as sentences about missing models name them."""

import json

import pytest

from bridge.catalog.families import FAMILIES
from bridge.catalog.model_sets import built_in, parse
from bridge.catalog.upscalers import advice, file_of
from bridge.comfy.client import MODEL_FOLDERS
from bridge.core.places import ROOT

PINNED = {"folder": "loras", "sha256": "0" * 64}


def test_the_first_set_with_a_fitting_file_is_named_and_no_set_where_there_is_none():
    files = {"a.safetensors": PINNED, "b.safetensors": {**PINNED, "folder": "vae"}}
    sets = {name: {"files": [file]} for name, file in (("one", "a.safetensors"), ("two", "b.safetensors"))}
    table = parse(json.dumps({"sets": sets, "files": files}), "mine.json")
    assert table.command("vae", lambda _: True) == "pixart models get two"
    assert table.command("loras", lambda file: file == "b.safetensors") == ""
    assert table.command("checkpoints", lambda _: True) == ""


@pytest.mark.parametrize("name", built_in().files)
def test_each_of_our_files_is_meant_by_its_name_with_and_without_ending(name):
    (file,) = built_in().files_of(name)
    assert file in built_in().files_of(name.rpartition(".")[0])
    assert file.path.endswith(name.rpartition(".")[2]) or not file.repo


@pytest.mark.parametrize("name", built_in().sets)
def test_each_of_our_sets_has_a_row_on_the_page_of_models(name):
    assert f"\n| `{name}` | " in (ROOT / "docs" / "operations" / "models.md").read_text(encoding="utf-8")


# What no public text that was read states, as of November 2026. `list` and `get` say so, and nothing is guessed.
WITHOUT_COMMIT = {
    "FLUX.1-dev-ControlNet-Union-Pro-2.0-fp8.safetensors",
    "Hyper-SDXL-8steps-CFG-lora.safetensors",
    "OmniSR_X2_DIV2K.safetensors",
    "OmniSR_X3_DIV2K.safetensors",
    "OmniSR_X4_DIV2K.safetensors",
    "PixelArtRedmond15V-PixelArt-PIXARFK.safetensors",
    "Z-Image-Turbo-Fun-Controlnet-Union-2.1-lite-2601-8steps.safetensors",
    "control_lora_rank128_v11p_sd15_scribble_fp16.safetensors",
    "control_v11p_sd15_canny_fp16.safetensors",
    "noob-sdxl-controlnet-scribble_pidinet.fp16.safetensors",
    "novaAnimeXL_ilV125.safetensors",
    "ume_modern_pixelart.safetensors",
    "z_image_turbo_fp8_e4m3fn.safetensors",
}
WITHOUT_LICENCE = {
    "FLUX.1-dev-ControlNet-Union-Pro-2.0-fp8.safetensors",
    "Hyper-SDXL-8steps-CFG-lora.safetensors",
    "control_lora_rank128_v11p_sd15_scribble_fp16.safetensors",
    "control_v11p_sd15_canny_fp16.safetensors",
    "noob-sdxl-controlnet-scribble_pidinet.fp16.safetensors",
    "novaAnimeXL_ilV125.safetensors",
}
WITHOUT_SIZE = {
    "Z-Image-Turbo-Fun-Controlnet-Union-2.1-lite-2601-8steps.safetensors",
    "control_lora_rank128_v11p_sd15_scribble_fp16.safetensors",
    "novaAnimeXL_ilV125.safetensors",
    "ume_modern_pixelart.safetensors",
}


def test_each_of_our_files_has_a_commit_a_licence_and_a_size_except_those_of_which_nothing_is_known():
    files = built_in().files.values()
    assert {file.name for file in files if not file.is_pinned} == WITHOUT_COMMIT
    assert {file.name for file in files if not file.licence} == WITHOUT_LICENCE
    assert {file.name for file in files if file.size is None} == WITHOUT_SIZE


def test_each_set_has_each_of_its_files_once():
    for each in built_in().sets.values():
        assert len(set(each.files)) == len(each.files), each.name


PART_FOLDERS = {"text_encoder": "text_encoders", "text_encoder_2": "text_encoders", "vae_file": "vae"}
PARTS = [(family, part) for family in FAMILIES for part in family.parts]


@pytest.mark.parametrize(("family", "part"), PARTS, ids=lambda each: getattr(each, "name", each))
def test_the_text_encoder_and_the_vae_of_a_family_are_our_files_in_the_folders_that_they_are_loaded_from(family, part):
    assert built_in().files[family.parts[part]].folder == PART_FOLDERS[part]


@pytest.mark.parametrize("family", [each for each in FAMILIES if each.control_file], ids=lambda each: each.name)
def test_the_control_net_of_a_family_is_one_of_our_files_in_the_folder_that_it_is_loaded_from(family):
    assert built_in().files[family.control_file].folder == family.control.folder


def test_the_usual_upscaler_is_also_known_as_the_safetensors_file_that_a_set_has():
    assert file_of("R-ESRGAN 4x+", ("RealESRGAN_x4plus.safetensors",)) == "RealESRGAN_x4plus.safetensors"
    assert file_of("R-ESRGAN 4x+", ("RealESRGAN_x4plus_anime_6B.safetensors",)) is None
    both = ("RealESRGAN_x4plus.safetensors", "RealESRGAN_x4plus.pth")
    assert file_of("R-ESRGAN 4x+", both) == "RealESRGAN_x4plus.pth"
    assert str(advice("R-ESRGAN 4x+")).endswith("to have it, or run `pixart models get upscalers`.")
    assert str(advice("BSRGAN")).endswith("to have it.")


def test_the_cache_of_results_looks_at_the_files_of_every_folder_that_a_set_fills():
    """Who replaces a model by another of the same name gets no picture of the old one."""
    filled = {file.folder for file in built_in().files.values()}
    assert filled
    assert filled <= set(MODEL_FOLDERS)
