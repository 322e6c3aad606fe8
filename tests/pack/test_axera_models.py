"""A model's files are found by their names, in every layout that is in use, and none of them is opened."""

from pathlib import Path

import pytest
from pixart_nodes.axera.models import ModelSet, find_sets, from_environment

FOUR = ("text_encoder/sd15_text_encoder_sim", "unet", "vae_decoder", "vae_encoder")


def place(root, *names):
    """Empty files: whoever opened one would learn nothing."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def tree(root, suffix=".axmodel"):
    """AXERA-TECH/lcm-lora-sdv1-5 as it is downloaded."""
    place(root, *(f"models/{name}{suffix}" for name in FOUR))
    place(root, "models/tokenizer/vocab.json", "models/tokenizer/merges.txt")
    place(root, "models/time_input_txt2img.npy", "models/time_input_img2img.npy")
    place(root, f"models_1024x768/unet{suffix}", f"models_1024x768/vae_decoder{suffix}")


@pytest.mark.parametrize("suffix", [".axmodel", ".onnx"])
def test_the_downloaded_tree_is_two_models(tmp_path, suffix):
    tree(tmp_path / "lcm", suffix)
    sets, folder = find_sets(tmp_path), tmp_path / "lcm" / "models"
    larger = tmp_path / "lcm" / "models_1024x768"
    assert list(sets) == ["lcm", "lcm/models_1024x768"]
    assert sets["lcm"] == ModelSet(
        name="lcm",
        text_encoder=folder / "text_encoder" / f"sd15_text_encoder_sim{suffix}",
        unet=folder / f"unet{suffix}",
        vae_decoder=folder / f"vae_decoder{suffix}",
        vae_encoder=folder / f"vae_encoder{suffix}",
        time_input=folder / "time_input_txt2img.npy",
        tokenizer=folder / "tokenizer",
    )
    assert sets["lcm/models_1024x768"] == ModelSet(
        name="lcm/models_1024x768",
        text_encoder=folder / "text_encoder" / f"sd15_text_encoder_sim{suffix}",
        unet=larger / f"unet{suffix}",
        vae_decoder=larger / f"vae_decoder{suffix}",
        vae_encoder=None,
        time_input=folder / "time_input_txt2img.npy",
        tokenizer=folder / "tokenizer",
    )
    assert not sets["lcm"].missing and not sets["lcm/models_1024x768"].missing


def test_gregms_folder_has_its_own_text_encoder_and_shares_what_lies_above(tmp_path):
    tree(tmp_path / "lcm")
    own = tmp_path / "lcm" / "models" / "rv_optimized"
    place(own, "sd15_text_encoder_sim.axmodel", "unet.axmodel", "vae_decoder.axmodel", "vae_encoder.axmodel")
    place(own.parent, "clip_base_text.axmodel", "clip_base_vision.axmodel")  # for his captions
    found = find_sets(tmp_path)["lcm/models/rv_optimized"]
    assert found.text_encoder == own / "sd15_text_encoder_sim.axmodel"
    assert found.vae_encoder == own / "vae_encoder.axmodel"
    assert found.time_input == own.parent / "time_input_txt2img.npy"
    assert found.tokenizer == own.parent / "tokenizer"
    assert find_sets(tmp_path)["lcm"].text_encoder.parent.name == "text_encoder"


def test_a_folder_with_both_kinds_is_two_models_each_of_its_kind(tmp_path):
    tree(tmp_path, ".axmodel")
    tree(tmp_path, ".onnx")
    sets = find_sets(tmp_path)
    assert list(sets) == ["models", "models (onnx)", "models_1024x768", "models_1024x768 (onnx)"]
    for name, found in sets.items():
        wanted = ".onnx" if "onnx" in name else ".axmodel"
        paths = (found.text_encoder, found.unet, found.vae_decoder, found.vae_encoder)
        assert {path.suffix for path in paths if path} == {wanted}


def test_a_text_encoder_of_the_other_kind_is_taken_where_there_is_no_other(tmp_path):
    place(tmp_path, "a/unet.axmodel", "a/text_encoder/sd15_text_encoder_sim.onnx")
    assert find_sets(tmp_path)["a"].text_encoder.suffix == ".onnx"


def test_a_model_may_lie_in_the_folder_itself_and_nothing_above_is_looked_at(tmp_path):
    place(tmp_path, "time_input_txt2img.npy", "tokenizer/vocab.json", "axera/unet.onnx", "axera/vae_decoder.onnx")
    found = find_sets(tmp_path / "axera")["."]
    assert found.tokenizer is None
    assert found.time_input == tmp_path / "axera" / "time_input_txt2img.npy"


def test_what_is_missing_is_said_as_the_path_where_it_should_be(tmp_path):
    place(tmp_path, "a/unet.axmodel")
    found, folder = find_sets(tmp_path)["a"], tmp_path / "a"
    assert found.missing == (
        folder / "text_encoder" / "sd15_text_encoder_sim.axmodel",
        folder / "vae_decoder.axmodel",
        folder / "time_input_txt2img.npy",
    )


def test_another_time_input_is_found_so_that_its_family_can_be_named(tmp_path):
    place(tmp_path, "a/unet.axmodel", "a/time_input_dpmpp_20steps.npy", "a/time_input_img2img.npy")
    assert find_sets(tmp_path)["a"].time_input.name == "time_input_dpmpp_20steps.npy"


def test_hidden_folders_and_folders_without_a_unet_are_no_models(tmp_path):
    place(tmp_path, ".cache/unet.axmodel", "a/.git/unet.onnx", "b/vae_decoder.onnx", "c/unet.txt")
    (tmp_path / "d" / "unet.onnx").mkdir(parents=True)
    assert find_sets(tmp_path) == {}
    assert find_sets(tmp_path / "nowhere") == {}


def test_linked_folders_are_followed_and_a_circle_has_an_end(tmp_path):
    tree(tmp_path / "disk" / "lcm")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "lcm").symlink_to(tmp_path / "disk" / "lcm")
    (tmp_path / "disk" / "lcm" / "again").symlink_to(tmp_path / "disk" / "lcm")
    assert {"lcm", "lcm/models_1024x768"} <= set(find_sets(tmp_path / "models"))


def test_without_any_variable_the_environment_names_no_model():
    assert from_environment({"HOME": "/", "UNET_MODEL": ""}) is None


def test_variables_are_read_and_the_others_have_gregms_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = from_environment({"TEXT_MODEL_DIR": "/m", "VAE_DECODER_MODEL": "/d.axmodel"})
    assert found == ModelSet(
        name="environment",
        text_encoder=Path("/m/text_encoder/sd15_text_encoder_sim.axmodel"),
        unet=Path("models/unet.axmodel"),
        vae_decoder=Path("/d.axmodel"),
        vae_encoder=None,
        time_input=Path("models/time_input_txt2img.npy"),
        tokenizer=None,
    )


def test_the_seeds_two_variables_find_the_rest_beside_the_unet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree(tmp_path / "elsewhere")
    models = tmp_path / "elsewhere" / "models"
    found = from_environment({"TEXT_MODEL_DIR": f"{models}/", "UNET_MODEL": f"{models}/unet.axmodel"})
    assert found is not None
    assert not found.missing
    assert (found.vae_decoder.parent, found.time_input.parent, found.tokenizer) == (
        models,
        models,
        models / "tokenizer",
    )


def test_gregms_own_variables_name_his_model(tmp_path):
    tree(tmp_path)
    folder = tmp_path / "models" / "rv_optimized"
    found = from_environment(
        {
            "TEXT_MODEL_DIR": f"{tmp_path}/models/",
            "TEXT_ENCODER_MODEL": f"{folder}/sd15_text_encoder_sim.axmodel",
            "UNET_MODEL": f"{folder}/unet.axmodel",
            "VAE_DECODER_MODEL": f"{folder}/vae_decoder.axmodel",
            "VAE_ENCODER_MODEL": f"{folder}/vae_encoder.axmodel",
            "TIME_INPUT_TXT2IMG": f"{tmp_path}/models/time_input_txt2img.npy",
        }
    )
    assert found is not None
    assert found.tokenizer == tmp_path / "models" / "tokenizer"
    assert found.vae_encoder == folder / "vae_encoder.axmodel"  # named, so it is wanted though it isn't there
    assert folder / "vae_encoder.axmodel" in found.missing
