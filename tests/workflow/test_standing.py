"""Which modes can be drawn now, and what is said of what they lack."""

from modes import LIBRARY

from bridge.catalog.families import ModelFiles
from bridge.catalog.modes import Lack
from bridge.core.settings import Settings
from bridge.workflow.selection import Forms
from bridge.workflow.standing import standing

SETTINGS = Settings(_env_file=None)


def modes(comfy, library=LIBRARY):
    return {each.name: each for each in standing(Forms(library, comfy.object_info), SETTINGS)}


def test_a_mode_with_its_models_lacks_nothing(comfy):
    mode = modes(comfy)["img2img"]
    assert (mode.workflow, mode.lacks, mode.pictures) == ("img2img@1", (), ("image",))


def test_a_mode_without_its_models_is_drawn_by_the_built_in_drawings_and_says_what_fetches_them(bare_comfy):
    mode = modes(bare_comfy)["txt2img"]
    assert mode.workflow == "txt2img_builtin@1"
    [lack] = mode.lacks
    assert lack.command.startswith("pixart models get ")
    assert f"or run `{lack.command}`" in lack.sentence


def test_a_mode_that_nothing_draws_says_so(bare_comfy):
    mode = modes(bare_comfy)["interrogate"]
    assert mode.workflow == ""
    assert all(isinstance(lack, Lack) for lack in mode.lacks) and mode.lacks


def test_forms_of_engines_are_no_modes_of_their_own(bare_comfy):
    assert not [name for name in modes(bare_comfy) if name.endswith(("_builtin", "_a1111", "_axera"))]


def test_a_file_that_is_not_what_its_folder_is_for_is_named_beside_the_missing_model(bare_comfy):
    lora = {"what": "LoRA", "kinds": ["SD15"]}
    page = {"problem": "is no .safetensors file"}
    files = ModelFiles.parsed({"checkpoints": {"ours.pt": lora, "page.safetensors": page}, "loras": {"page.pt": page}})
    [mode] = [
        each
        for each in standing(Forms(LIBRARY, bare_comfy.object_info, files=files), SETTINGS)
        if each.name == "txt2img"
    ]
    assert [lack.sentence for lack in mode.lacks[1:]] == [
        "'ours.pt' is no checkpoint: it is a LoRA for SD 1.5.",
        "The checkpoint 'page.safetensors' is no .safetensors file.",
    ]
    assert files.titles(["ours.pt", "page.safetensors"]) == {}
