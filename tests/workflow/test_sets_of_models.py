"""A set of `pixart models` is enough for the modes of its family, and what is missing beside a model has a command."""

import pytest
from loader_lists import LISTS, offering
from modes import LIBRARY

from bridge.catalog.families import BY_NAME, FAMILIES, KIND_BY_FOLDER, ModelFiles
from bridge.catalog.model_sets import built_in
from bridge.workflow.missing import lacking_model
from bridge.workflow.selection import HEAD_FOLDERS, draws, head_of, missing

FAMILY_OF = {
    "sd15": "sd15",
    "sdxl-pixel": "sdxl",
    "zimage-pixel": "zimage",
    "klein-pixel": "flux2",
    "qwen-pixel": "qwen_image",
    "sd35": "sd35",
    "flux-pixel": "flux",
    "chroma": "chroma",
}
TEXT_ENCODERS = {  # file -> its kind, by the pack's report
    "clip_l.safetensors": "CLIP_L",
    "t5xxl_fp8_e4m3fn_scaled.safetensors": "T5_XXL",
    "qwen_3_4b.safetensors": "QWEN3_4B",
    "qwen_2.5_vl_7b_fp8_scaled.safetensors": "QWEN25_7B",
}
# Style models are pickles wherever they are published, so no set has one: colours are transferred instead. ControlNets
# of SD 3.5 are for its large model, and none with a known hash was there to be named.
LACKS = {"sd15": {"style_transfer"}, "sdxl-pixel": {"style_transfer"}, "sd35": {"sketch", "sketch_paper"}}


def files_of(name):
    """The report of the node pack on the files of a set, by folder and name."""
    [kind, *_] = BY_NAME[FAMILY_OF[name]].kinds
    folders = {folder: {} for folder in LISTS}
    for file in built_in().sets[name].files:
        kinds = [TEXT_ENCODERS[file.name]] if file.folder == "text_encoders" else [kind]
        folders.setdefault(file.folder, {})[file.name] = {"what": KIND_BY_FOLDER[file.folder], "kinds": kinds}
    return folders


def forms_of(family):
    """The workflows that draw with models of a family, by mode."""
    for mode in LIBRARY.modes():
        forms = (LIBRARY.get(mode), *LIBRARY.family_forms(mode))
        if fitting := [form for form in forms if head_of(form) and draws(form, family)]:
            yield mode, fitting


@pytest.mark.comfy
@pytest.mark.parametrize("name", FAMILY_OF)
def test_a_set_is_enough_for_each_mode_that_its_family_draws(name, comfy):
    there = files_of(name)
    info, files = offering(comfy, there), ModelFiles.parsed(there)
    modes = dict(forms_of(BY_NAME[FAMILY_OF[name]]))
    assert len(modes) > 8
    lacks = {mode for mode, forms in modes.items() if all(missing(form, info, files=files) for form in forms)}
    assert lacks == LACKS.get(name, set())


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.name)
def test_each_file_that_is_missing_beside_a_model_is_named_with_the_command_that_fetches_it(family):
    entries = {
        (entry.name, entry.model): entry
        for _, forms in forms_of(family)
        for form in forms
        for entry in form.inputs.values()
        if entry.kind == "model" and entry.model not in HEAD_FOLDERS
    }
    lacks = {key: lacking_model(entry, family) for key, entry in entries.items()}
    without = {key[1] for key, lack in lacks.items() if not lack.command}
    assert without <= ({"controlnet"} if family.name == "sd35" else {"clip_vision", "style_models"})
    for (_, folder), lack in lacks.items():
        if lack.command:
            assert f"or run `{lack.command}`" in str(lack)
            files = built_in().files_of(lack.command.removeprefix("pixart models get "))
            assert folder in {file.folder for file in files}
