"""Checkpoint files as people call them, and the names that clients send for them."""

import pytest

from bridge.catalog.families import ModelFiles
from bridge.catalog.models import PUBLIC_MODELS, catalog, described, file_named, merged

FILES = (
    "sd-v1-5-inpainting.ckpt",
    "SD1.5/v1-5-pruned-emaonly-fp16.safetensors",
    "dreamshaper_8.safetensors",
    "sd_xl_refiner_1.0.safetensors",
    "sd_xl_base_1.0.safetensors",
    "realisticVisionV51_v51VAE.safetensors",
)


@pytest.mark.parametrize(
    ("id", "file"),
    [
        ("stable-diffusion-v1.5", "SD1.5/v1-5-pruned-emaonly-fp16.safetensors"),
        ("stable-diffusion-xl", "sd_xl_base_1.0.safetensors"),
        ("realistic-vision", "realisticVisionV51_v51VAE.safetensors"),
        ("Realistic-Vision", "realisticVisionV51_v51VAE.safetensors"),
        ("dreamshaper_8", "dreamshaper_8.safetensors"),
        ("DREAMSHAPER_8.safetensors", "dreamshaper_8.safetensors"),
        ("v1-5-pruned-emaonly-fp16", "SD1.5/v1-5-pruned-emaonly-fp16.safetensors"),
        ("SD1.5/v1-5-pruned-emaonly-fp16.safetensors", "SD1.5/v1-5-pruned-emaonly-fp16.safetensors"),
        ("sd-v1-5-inpainting", "sd-v1-5-inpainting.ckpt"),
        ("dreamshaper", None),
        ("", None),
    ],
)
def test_a_name_leads_to_the_file_it_means(id, file):
    assert file_named(id, FILES) == file


@pytest.mark.parametrize("model", PUBLIC_MODELS, ids=lambda model: model.id)
def test_a_documented_name_without_a_file_means_none(model):
    assert file_named(model.id, ("dreamshaper_8.safetensors",)) is None


@pytest.mark.parametrize(
    "file",
    [
        "v1-5-pruned.ckpt",
        "sd15.safetensors",
        "tiny_sd15_alias.ckpt",
        "stable-diffusion-v1-5.safetensors",
        "stable_diffusion_1.5.safetensors",
        "sd-v1-5.ckpt",
        "SD_1.5.ckpt",
    ],
)
def test_stable_diffusion_1_5_is_known_by_every_name_its_file_has(file):
    assert file_named("stable-diffusion-v1.5", (file,)) == file


@pytest.mark.parametrize(
    "file", ["dreamshaper-v1.5.ckpt", "sd1.55.ckpt", "nasd15.ckpt", "v1-5-inpainting.ckpt", "sd_v2-1.ckpt"]
)
def test_other_files_are_not_taken_for_stable_diffusion_1_5(file):
    assert file_named("stable-diffusion-v1.5", (file,)) is None


@pytest.mark.parametrize("file", ["sdxl_lightning_4step.safetensors", "sdxl-turbo.safetensors", "my_sdxl.safetensors"])
def test_other_files_are_not_taken_for_stable_diffusion_xl(file):
    assert file_named("stable-diffusion-xl", (file,)) is None


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (
            "SD1.5/v1-5-pruned-emaonly-fp16.safetensors",
            ("stable-diffusion-v1.5", "Stable Diffusion v1.5", "base", "1.5"),
        ),
        ("sd_xl_base_1.0.safetensors", ("stable-diffusion-xl", "Stable Diffusion XL", "base", "1.0")),
        ("realisticVisionV51_v51VAE.safetensors", ("realistic-vision", "Realistic Vision", "fine-tuned", "51")),
        ("dreamshaper_8.safetensors", ("dreamshaper_8", "dreamshaper_8", "fine-tuned", "")),
        ("sd_xl_refiner_1.0.safetensors", ("sd_xl_refiner_1.0", "sd_xl_refiner_1.0", "fine-tuned", "")),
    ],
)
def test_a_file_is_described(file, told):
    made = described(file, FILES)
    assert (made.id, made.name, made.type, made.version) == told
    assert file in made.description


@pytest.mark.parametrize(
    ("file", "version"),
    [("toonyou-v3.1.ckpt", "3.1"), ("my_v8.ckpt", "8"), ("epicV2_0.ckpt", "2.0"), ("navy5.ckpt", ""), ("x.ckpt", "")],
)
def test_a_version_is_read_from_the_files_name(file, version):
    assert described(file, (file,)).version == version


@pytest.mark.parametrize("file", FILES)
def test_the_id_that_is_told_leads_back_to_the_file(file):
    assert file_named(described(file, FILES).id, FILES) == file


def test_two_files_of_one_name_are_told_apart_by_their_folder():
    files = ("a/mine.ckpt", "b/mine.ckpt")
    assert [described(file, files).id for file in files] == list(files)
    assert [file_named(described(file, files).id, files) for file in files] == list(files)


def there(*names):
    """ComfyUI's list of nodes where it has these checkpoints."""
    return {"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [[*names], {}]}}}}


def test_a_file_that_cant_be_loaded_is_known_and_not_offered():
    report = {"checkpoints": {"whole.ckpt": {"what": "model"}, "cut.ckpt": {"problem": "is cut off"}}}
    lists = catalog(there("cut.ckpt", "whole.ckpt", "new.ckpt"), files=ModelFiles.parsed(report))
    assert lists.checkpoints == ("cut.ckpt", "whole.ckpt", "new.ckpt")
    assert lists.offered_checkpoints == ("whole.ckpt", "new.ckpt")
    assert lists.unusable == {"cut.ckpt": "The checkpoint 'cut.ckpt' is cut off."}


def test_a_file_that_one_of_several_comfyuis_can_load_is_offered():
    broken = catalog(
        there("a.ckpt", "b.ckpt"), files=ModelFiles.parsed({"checkpoints": {"a.ckpt": {"problem": "is cut off"}}})
    )
    assert merged([broken, catalog(there("a.ckpt"))]).offered_checkpoints == ("a.ckpt", "b.ckpt")
    assert merged([broken, catalog(there("c.ckpt"))]).offered_checkpoints == ("b.ckpt", "c.ckpt")
