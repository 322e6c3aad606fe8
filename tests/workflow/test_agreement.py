"""Model files that go together are drawn with, and what doesn't is refused before anything is queued."""

import pytest
from modes import LIBRARY

from bridge.catalog.families import ModelFiles
from bridge.core.errors import BadRequest
from bridge.core.settings import Settings
from bridge.workflow.plan import default_model, plan
from bridge.workflow.selection import missing, selection

pytestmark = pytest.mark.comfy

LISTS = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "controlnet": ("ControlNetLoader", "control_net_name"),
    "vae": ("PixartVAE", "name"),
    "style_models": ("StyleModelLoader", "style_model_name"),
    "clip_vision": ("CLIPVisionLoader", "clip_name"),
}
SD15 = {"what": "model", "kinds": ["SD15"]}
SDXL = {"what": "model", "kinds": ["SDXL"]}
SCRIBBLE, XL_SCRIBBLE = ({"what": "ControlNet", "kinds": [kind]} for kind in ("SD15", "SDXL"))
TOLD = {
    "checkpoints": {"wild_dream.safetensors": SDXL, "sdxl_by_name.safetensors": SD15},
    "controlnet": {"a_scribble.pth": SCRIBBLE, "b_scribble.pth": XL_SCRIBBLE},
    "loras": {
        "styles/old.safetensors": {"what": "LoRA", "kinds": ["SD15"]},
        "new.pt": {"what": "LoRA", "kinds": ["SDXL"]},
    },
    "vae": {"tiny15.pt": {"what": "VAE", "kinds": ["SD15"]}, "both.pt": {"what": "VAE", "kinds": ["SD15", "SDXL"]}},
    "style_models": {"style.pth": {"what": "style model", "kinds": ["SD15"]}},
}
ONLY_XL = {"checkpoints": {"wild_dream.safetensors": SDXL}, "controlnet": {"b_scribble.pth": XL_SCRIBBLE}}
WORDS = {"checkpoint": "model", "vae": "sd_vae", "loras": "prompt", "controlnet": "control"}
IMAGE = {"image": "a.png"}


@pytest.fixture
def asked(comfy):
    """Plans a mode on a ComfyUI that has the files of a listing."""

    def made(mode, told=TOLD, settings=None, **values):
        about = LIBRARY, mode, None, values, WORDS, offering(comfy, told), settings or Settings()
        return plan(*about, files=ModelFiles.parsed({folder: told.get(folder, {}) for folder in TOLD}))

    return made


def offering(comfy, told):
    """What a ComfyUI with these files says of its loaders."""
    info = dict(comfy.object_info)
    for folder, (node, name) in LISTS.items():
        required = info[node]["input"]["required"]
        first = ["from checkpoint"] if folder == "vae" else []
        files = [*first, *told.get(folder, {"tiny_vit_l.pth": {}} if folder == "clip_vision" else {})]
        info[node] = {**info[node], "input": {"required": {**required, name: [files, {}]}}}
    return info


def test_what_a_file_is_decides_and_not_its_name(asked):
    assert asked("txt2img").bound.used["checkpoint"] == "sdxl_by_name.safetensors"
    assert asked("txt2img", ONLY_XL).bound.used["checkpoint"] == "wild_dream.safetensors"


def test_the_control_net_is_the_one_of_the_models_family(asked):
    assert asked("sketch", **IMAGE).bound.used["controlnet"] == "a_scribble.pth"
    drawn = asked("sketch", checkpoint="wild_dream", **IMAGE)
    assert (drawn.workflow.mode, drawn.bound.used["controlnet"]) == ("sketch", "b_scribble.pth")


def test_without_a_control_net_of_its_family_a_model_is_left_for_one_that_has(asked):
    told = {**TOLD, "controlnet": {"b_scribble.pth": XL_SCRIBBLE}}
    assert asked("sketch", told, **IMAGE).bound.used["checkpoint"] == "wild_dream.safetensors"


def test_a_family_that_lacks_a_part_falls_back_and_says_what_to_get(asked):
    drawn = asked("sketch", {"checkpoints": ONLY_XL["checkpoints"]}, **IMAGE)
    assert drawn.workflow.mode == "pixelate"
    assert "put an SDXL ControlNet for scribbles or Canny edges into" in drawn.notes[0]
    drawn = asked("style_transfer", style="b.png", checkpoint="wild_dream", **IMAGE)
    assert drawn.workflow.mode == "style_transfer_color"


@pytest.mark.parametrize(
    ("values", "sentence", "field"),
    [
        ({"loras": "<lora:old:1>"}, "The LoRA 'styles/old.safetensors' is for SD 1.5, but 'wild_dream", "prompt"),
        ({"vae": "tiny15.pt"}, "The VAE 'tiny15.pt' is for SD 1.5, but 'wild_dream.safetensors' is SDXL.", "sd_vae"),
    ],
)
def test_mixed_families_are_refused_in_the_callers_field(values, sentence, field, asked):
    with pytest.raises(BadRequest) as caught:
        asked("txt2img", checkpoint="wild_dream", **values)
    assert caught.value.message.startswith(sentence)
    assert (caught.value.field, caught.value.status) == (field, 400)


def test_a_control_net_of_another_family_is_refused(asked):
    with pytest.raises(BadRequest, match=r"The ControlNet 'a_scribble.pth' is for SD 1\.5") as caught:
        asked("sketch", checkpoint="wild_dream", controlnet="a_scribble", **IMAGE)
    assert caught.value.field == "control"


@pytest.mark.parametrize("values", [{"loras": "<lora:new:0.5>"}, {"vae": "both.pt"}, {"vae": "from checkpoint"}])
def test_what_fits_is_drawn_with(values, asked):
    assert asked("txt2img", checkpoint="wild_dream", **values).workflow.mode == "txt2img"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"problem": "is cut off: it has 5 bytes of 9"}, "The checkpoint 'x.ckpt' is cut off: it has 5 bytes of 9."),
        ({"what": "LoRA", "kinds": ["SDXL"]}, "'x.ckpt' is no checkpoint: it is a LoRA for SDXL."),
        ({**SD15, "traits": ["no text encoder"]}, "The checkpoint 'x.ckpt' has no text encoder in it."),
        ({**SD15, "traits": ["no VAE"]}, "The checkpoint 'x.ckpt' has no VAE in it."),
        (
            {"what": "model", "kinds": ["SVD_img2vid"]},
            "The checkpoint 'x.ckpt' is SVD_img2vid, which txt2img can't use.",
        ),
    ],
)
def test_a_file_that_can_not_be_drawn_with_is_named_and_never_chosen(file, sentence, asked, comfy):
    told = {**TOLD, "checkpoints": {"x.ckpt": file, **TOLD["checkpoints"]}}
    with pytest.raises(BadRequest) as caught:
        asked("txt2img", told, checkpoint="x")
    assert (caught.value.message, caught.value.field) == (sentence, "model")
    if "no VAE" not in file.get("traits", ()):
        assert asked("txt2img", told).bound.used["checkpoint"] == "sdxl_by_name.safetensors"


def test_another_vae_stands_in_for_the_one_that_a_checkpoint_lacks(asked):
    told = {**TOLD, "checkpoints": {"x.ckpt": {**SD15, "traits": ["no VAE"]}}}
    assert asked("txt2img", told, vae="tiny15.pt").bound.used["vae"] == "tiny15.pt"


def test_an_inpainting_model_is_drawn_with_only_when_it_is_named(asked, comfy):
    told = {"checkpoints": {"v1-5.ckpt": {**SD15, "traits": ["inpaint"]}}}
    assert missing(LIBRARY.get("txt2img"), offering(comfy, told), files=ModelFiles.parsed(told))
    assert asked("txt2img", told, checkpoint="v1-5").bound.used["checkpoint"] == "v1-5.ckpt"


def test_a_file_of_which_nothing_is_known_is_judged_by_its_name(asked):
    told = {"checkpoints": {"anything_xl.ckpt": {}, "v1-5.ckpt": {}}}
    assert asked("txt2img", told).bound.used["checkpoint"] == "v1-5.ckpt"


def test_a_pack_that_tells_nothing_changes_nothing(comfy):
    info = offering(comfy, {"checkpoints": {"anything_xl.ckpt": {}, "v1-5.ckpt": {}}})
    assert selection(LIBRARY.get("txt2img"), info).files == {"checkpoint": "v1-5.ckpt"}
    assert default_model(LIBRARY, "txt2img", info, "comfyui") == "v1-5.ckpt"
