"""Model files that go together are drawn with, and what doesn't is refused before anything is queued."""

import copy
import json
import shutil
from dataclasses import asdict

import pytest
from loader_lists import offering
from modes import LIBRARY

from bridge.catalog.families import ModelFiles
from bridge.catalog.few_steps import few_steps
from bridge.catalog.models import catalog
from bridge.core.control_unit import PICTURE_PREFIX, UNITS_INPUT, Unit
from bridge.core.errors import BadRequest, MissingParts
from bridge.core.job import UNSAID_KEY
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.workflow.convert import convert
from bridge.workflow.library import Library
from bridge.workflow.plan import plan
from bridge.workflow.selection import Forms, missing, selection
from bridge.workflow.standing import standing

pytestmark = pytest.mark.comfy

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
        settings = settings or Settings()
        files = ModelFiles.parsed({folder: told.get(folder, {}) for folder in (*TOLD, *PARTS, *PATCHED)})
        forms = Forms(LIBRARY, offering(comfy, told), settings.engine, files)
        return plan(forms, mode, None, values, WORDS, settings)

    return made


def test_what_a_file_is_decides_and_not_its_name(asked):
    assert asked("txt2img").bound.used["checkpoint"] == "sdxl_by_name.safetensors"
    assert asked("txt2img", ONLY_XL).bound.used["checkpoint"] == "wild_dream.safetensors"


def test_a_machine_with_sdxl_alone_is_ready_in_every_mode_that_sdxl_can_draw(comfy):
    files = ModelFiles.parsed({folder: ONLY_XL.get(folder, {}) for folder in (*TOLD, *PARTS, *PATCHED)})
    forms = Forms(LIBRARY, offering(comfy, ONLY_XL), "comfyui", files)
    modes = standing(forms, Settings())
    assert len(modes) > 10
    others = [mode.name for mode in modes if mode.workflow.partition("@")[0] != mode.name or mode.lacks]
    assert others == ["style_transfer"], "style models are made for SD 1.5 alone"


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
    assert "`pixart models get xinsir-controlnet-union-sdxl-1.0-promax.safetensors`" in drawn.notes[0]
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
    assert Forms(LIBRARY, info, "comfyui").default_model("txt2img") == "v1-5.ckpt"


UNION = {**XL_SCRIBBLE, "traits": ["union"]}


def test_a_union_control_net_is_told_what_it_follows(asked, comfy):
    drawn = asked("sketch", {**ONLY_XL, "controlnet": {"promax.safetensors": UNION}}, **IMAGE).bound
    [node] = [node for node in drawn.prompt.values() if node["class_type"] == "SetUnionControlNetType"]
    assert node["inputs"]["type"] == "canny/lineart/anime_lineart/mlsd"
    [user] = [node for node in drawn.prompt.values() if "control_net" in node["inputs"] and node is not node_of(drawn)]
    assert drawn.prompt[user["inputs"]["control_net"][0]] == node
    assert convert(drawn.graph, offering(comfy, ONLY_XL)) == drawn.prompt  # what the PNG carries is what was drawn


def node_of(bound):
    return next(node for node in bound.prompt.values() if node["class_type"] == "SetUnionControlNetType")


def test_any_other_control_net_is_not(asked):
    drawn = asked("sketch", ONLY_XL, **IMAGE).bound
    assert "SetUnionControlNetType" not in {node["class_type"] for node in drawn.prompt.values()}


# How ControlNets steer the other families

FLUX = {
    "checkpoints": {"whole.safetensors": {"what": "model", "kinds": ["FluxSchnell"]}},
    "controlnet": {"a_scribble.pth": SCRIBBLE, "union-pro-2.pt": {"what": "ControlNet", "kinds": ["Flux"]}},
}


def test_a_sketch_is_drawn_by_a_family_with_the_control_net_that_fits_it(asked):
    drawn = asked("sketch", FLUX, **IMAGE)
    assert (drawn.workflow.name, drawn.instead) == ("sketch_flux_checkpoint@2", False)
    assert drawn.bound.used["controlnet"] == "union-pro-2.pt"
    assert drawn.workflow.summary == "a sketch and a prompt to pixel art, with FLUX.1 and a ControlNet"


def test_a_control_net_that_is_named_chooses_the_family(asked):
    told = {folder: {**TOLD[folder], **FLUX[folder]} for folder in FLUX}
    assert asked("sketch", told, **IMAGE).workflow.mode == "sketch"
    assert asked("sketch", told, controlnet="union-pro-2", **IMAGE).workflow.mode == "sketch_flux_checkpoint"
    drawn = asked("sketch", controlnet="b_scribble", **IMAGE)
    assert (drawn.workflow.mode, drawn.bound.used["checkpoint"]) == ("sketch", "wild_dream.safetensors")


def test_a_family_without_its_control_net_falls_back_and_says_which_to_get(asked):
    drawn = asked("sketch", {**FLUX, "controlnet": {}}, **IMAGE)
    assert drawn.workflow.mode == "pixelate"
    assert drawn.notes[0].startswith("sketch_flux_checkpoint@2 can't run on this ComfyUI, so pixelate@2 was used.")
    said = "put a ControlNet for FLUX.1 that follows edges, such as FLUX.1-dev-ControlNet-Union-Pro-2.0 into ComfyUI's "
    assert f"{said}models/controlnet folder" in drawn.notes[0]


def test_a_control_net_may_patch_the_model_on_its_way_to_the_sampler(asked, comfy):
    drawn = asked("sketch", PATCHED, **IMAGE)
    assert (drawn.workflow.name, drawn.bound.used["controlnet"]) == ("sketch_zimage@2", "fun.pt")
    prompt = drawn.prompt
    [sampler] = [node["inputs"] for node in prompt.values() if node["class_type"] == "KSampler"]
    apply = prompt[sampler["model"][0]]
    assert (apply["class_type"], apply["_meta"]["title"]) == ("ZImageFunControlnet", "Follow the outlines")
    origins = {name: prompt[link[0]]["_meta"]["title"] for name, link in apply["inputs"].items() if name != "strength"}
    assert origins == {
        "model": "Shift",
        "model_patch": "ControlNet",
        "vae": "Latent decoder",
        "image": "Outlines",
    }
    prompts = {prompt[sampler[name][0]]["class_type"] for name in ("positive", "negative")}
    assert prompts == {"CLIPTextEncode"}
    assert convert(drawn.bound.graph, offering(comfy, PATCHED)) == prompt  # what the PNG carries is what was drawn


def test_a_patch_that_is_missing_is_named_with_what_fetches_it(asked):
    drawn = asked("sketch", {**PATCHED, "model_patches": {}}, **IMAGE)
    assert drawn.workflow.mode == "pixelate"
    assert "such as Z-Image-Turbo-Fun-Controlnet-Union-2.1 into ComfyUI's models/model_patches folder" in drawn.notes[0]
    assert "`pixart models get Z-Image-Turbo-Fun-Controlnet-Union-2.1-lite-2601-8steps.safetensors`" in drawn.notes[0]


def test_a_unit_that_patches_the_model_says_what_it_can_not_do(asked):
    unit = asdict(Unit("unit", "none", "fun.pt", f"{PICTURE_PREFIX}1", weight=0.5, end=0.8, shown=False))
    drawn = asked("txt2img", PATCHED, **{UNITS_INPUT: [unit], f"{PICTURE_PREFIX}1": "a.png"})
    [sampler] = [node["inputs"] for node in drawn.prompt.values() if "latent_image" in node["inputs"]]
    apply = drawn.prompt[sampler["model"][0]]
    assert (apply["class_type"], apply["inputs"]["strength"]) == ("ZImageFunControlnet", 0.5)
    assert "unit: 'fun.pt' steers all steps and both prompts alike; what else is asked was left out." in drawn.notes
    assert drawn.bound.blame("control-1-model", "name") == "unit.model"


@pytest.mark.parametrize(
    ("told", "checkpoint", "controlnet", "sentence"),
    [
        (
            FLUX,
            "whole",
            "a_scribble",
            "The ControlNet 'a_scribble.pth' is for SD 1.5, but 'whole.safetensors' is FLUX.1 sch",
        ),
        ("both", "whole", "fun", "The model patch 'fun.pt' is for Z-Image, but 'whole.safetensors' is FLUX.1 schnell."),
        ("both", "wild.pt", "union-pro-2", "The ControlNet 'union-pro-2.pt' is for FLUX.1, but 'wild.pt' is Z-Image."),
    ],
)
def test_a_control_net_of_another_family_is_refused_whichever_way_it_steers(
    told, checkpoint, controlnet, sentence, asked
):
    with pytest.raises(BadRequest) as caught:
        asked(
            "sketch",
            {**FLUX, **PATCHED} if told == "both" else told,
            checkpoint=checkpoint,
            controlnet=controlnet,
            **IMAGE,
        )
    assert caught.value.message.startswith(sentence)
    assert caught.value.field == "control"


def test_lists_of_control_nets_have_those_that_patch_a_model_too(comfy):
    lists = catalog(offering(comfy, {**FLUX, **PATCHED}), files=ModelFiles.parsed({**FLUX, **PATCHED}))
    assert lists.controlnets == ("a_scribble.pth", "union-pro-2.pt", "fun.pt")


# What a request gets that says nothing else

XL = {"checkpoints": {"wild_dream.safetensors": SDXL}}
USUAL = ("steps", "cfg", "sampler", "scheduler", "clip_skip", "generation_side")


def used(made):
    return tuple(made.bound.used[name] for name in USUAL)


def test_a_request_stands_over_the_family_and_the_family_over_the_file(asked):
    assert used(asked("txt2img")) == (20, 7, "dpmpp_2m", "karras", -1, 512)
    assert used(asked("txt2img", XL)) == (25, 7, "dpmpp_2m", "karras", -2, 1024)
    values = {"steps": 4, "cfg": 2.0, "sampler": "euler", "scheduler": "normal", "clip_skip": -3, "generation_side": 64}
    assert used(asked("txt2img", XL, **values)) == tuple(values.values())


def test_the_second_pass_draws_as_the_first(asked):
    drawn = asked("txt2img_hires", XL).bound.used
    assert (drawn["hires_steps"], drawn["hires_cfg"], drawn["hires_sampler"]) == (25, 7, "dpmpp_2m")


def test_to_skip_no_layer_is_what_the_family_was_trained_with(asked):
    assert asked("txt2img", XL, clip_skip=-1).bound.used["clip_skip"] == -2


def test_the_operators_side_stands_over_the_familys(asked):
    assert asked("txt2img", XL, Settings(generation_side=320)).bound.used["generation_side"] == 320
    assert asked("txt2img", TOLD, Settings(generation_side=320)).bound.used["generation_side"] == 320


ODD = {"width": 1000, "height": 600, "generation_side": 0}


def test_a_size_is_rounded_to_the_familys_multiple_which_is_said(asked):
    drawn = asked("txt2img", PARTS, **ODD)
    [size] = [node["inputs"] for node in drawn.prompt.values() if node["class_type"] == "PixartGenerationSize"]
    assert size == {**ODD, "multiple": 16}
    assert "Z-Image draws in multiples of 16 pixels: drawn at 1008 x 608, brought to 1000 x 600." in drawn.notes
    assert asked("txt2img", PARTS).notes == asked("txt2img", PARTS, **{**ODD, "width": 1008, "height": 608}).notes


def test_the_sides_of_a_second_pass_are_rounded_too_and_the_result_has_those_asked(asked):
    sides = {"hires_width": 1500, "hires_height": 904}
    drawn = asked("txt2img_hires", PARTS, **sides)
    by_class = {node["class_type"]: node["inputs"] for node in drawn.prompt.values()}
    assert [by_class["PixartHiresUpscale"][side] for side in ("width", "height")] == [1504, 912]
    assert [by_class["PixartFinish"][side] for side in ("width", "height")] == [1500, 904]
    sizes = "the second pass is drawn at 1504 x 912, brought to 1500 x 904."
    assert f"Z-Image draws in multiples of 16 pixels: {sizes}" in drawn.notes
    plain = asked("txt2img_hires", XL, **sides)
    [size] = [node["inputs"] for node in plain.prompt.values() if node["class_type"] == "PixartHiresUpscale"]
    assert (size["width"], size["height"]) == (1500, 904)
    assert not [note for note in plain.notes if "second pass" in note]


def test_what_is_drawn_in_the_usual_multiples_is_drawn_as_before_and_says_nothing(asked):
    for told in (TOLD, XL):
        drawn = asked("txt2img", told, **ODD)
        [size] = [node["inputs"] for node in drawn.prompt.values() if node["class_type"] == "PixartGenerationSize"]
        assert size["multiple"] == 8
        assert not [note for note in drawn.notes if "multiples" in note]


def test_a_multiple_that_a_person_saved_in_the_workflow_is_obeyed(comfy, tmp_path):
    graph = json.loads((ROOT / "workflows" / "txt2img.v1.json").read_text(encoding="utf-8"))
    next(node for node in graph["nodes"] if node["title"] == "Size")["widgets_values"].append(32)
    (tmp_path / "txt2img.v1.json").write_text(json.dumps(graph), encoding="utf-8")
    shutil.copytree(ROOT / "workflows" / "families", tmp_path / "families")
    forms = Forms(Library.open(tmp_path), offering(comfy, PARTS), "comfyui", ModelFiles.parsed(PARTS))
    drawn = plan(forms, "txt2img", None, ODD, {}, Settings())
    assert "Z-Image draws in multiples of 32 pixels: drawn at 1024 x 608, brought to 1000 x 600." in drawn.notes


def test_a_pack_without_multiples_draws_as_before(asked, comfy):
    older = copy.deepcopy(comfy.object_info["PixartGenerationSize"])
    del older["input"]["optional"]
    older["input_order"].pop("optional")
    comfy_info = {**offering(comfy, PARTS), "PixartGenerationSize": older}
    drawn = plan(Forms(LIBRARY, comfy_info, "comfyui", ModelFiles.parsed(PARTS)), "txt2img", None, ODD, {}, Settings())
    [size] = [node["inputs"] for node in drawn.prompt.values() if node["class_type"] == "PixartGenerationSize"]
    assert (size, drawn.workflow.families) == (ODD, ("zimage",))


@pytest.mark.parametrize("settings", [Settings(), Settings(generation_side=320)])
def test_a_side_that_a_person_saved_in_the_workflow_is_obeyed(settings, comfy, tmp_path):
    graph = json.loads((ROOT / "workflows" / "txt2img.v1.json").read_text(encoding="utf-8"))
    next(node for node in graph["nodes"] if node["title"] == "Size")["widgets_values"][2] = 768
    (tmp_path / "txt2img.v1.json").write_text(json.dumps(graph), encoding="utf-8")
    for told in (XL, TOLD):
        forms = Forms(Library.open(tmp_path), offering(comfy, told), settings.engine, ModelFiles.parsed(told))
        drawn = plan(forms, "txt2img", None, {}, {}, settings)
        assert drawn.bound.used["generation_side"] == 768


@pytest.mark.parametrize(
    ("saved", "drawn_with", "side"),
    [
        ("wild_dream.safetensors", "wild_dream.safetensors", 512),
        ("wild_dream.safetensors", "other.safetensors", 1024),
        ("gone.safetensors", "wild_dream.safetensors", 1024),
    ],
)
def test_the_usual_side_is_obeyed_where_a_person_saved_it_with_the_sdxl_that_draws(
    saved, drawn_with, side, comfy, tmp_path
):
    graph = json.loads((ROOT / "workflows" / "txt2img.v1.json").read_text(encoding="utf-8"))
    next(node for node in graph["nodes"] if node["title"] == "Checkpoint")["widgets_values"] = [saved]
    (tmp_path / "txt2img.v1.json").write_text(json.dumps(graph), encoding="utf-8")
    told = {"checkpoints": {"wild_dream.safetensors": SDXL, "other.safetensors": SDXL}}
    forms = Forms(Library.open(tmp_path), offering(comfy, told), "comfyui", ModelFiles.parsed(told))
    bound = plan(forms, "txt2img", None, {"checkpoint": drawn_with}, {}, Settings()).bound
    assert (bound.used["checkpoint"], bound.used["generation_side"]) == (drawn_with, side)


@pytest.mark.parametrize(
    ("name", "title", "loras", "values", "note"),
    [
        ("dream_lightning", "", "", (8, 1.5, "euler"), "Lightning models differ: 4 to 8 steps, a CFG scale of 1 to 2."),
        ("sdxl_lightning_4step", "SDXL Lightning", "", (4, 1.0, "euler"), ""),
        ("dream", "SDXL Turbo", "", (8, 1.0, "euler"), "Turbo models differ: 4 to 8 steps, a CFG scale of 1."),
        ("dream", "", "<lora:hyper-8steps:1>", (8, 1.0, "euler"), ""),
        ("dream", "", "<lora:hyper-8steps-cfg:1>", (8, 5.0, "euler"), ""),
        ("dream_lcm", "", "", (8, 1.5, "lcm"), "LCM models differ: 4 to 8 steps, a CFG scale of 1 to 2."),
        ("dream_dmd2", "", "", (4, 1.0, "lcm"), ""),
    ],
)
def test_a_model_of_few_steps_is_known_by_its_name_which_is_said(name, title, loras, values, note, asked):
    lora = {"what": "LoRA", "kinds": ["SDXL"]}
    told = {
        "checkpoints": {f"{name}.safetensors": {**SDXL, "title": title}},
        "loras": {"hyper-8steps.pt": lora, "hyper-8steps-cfg.pt": lora},
    }
    drawn = asked("txt2img", told, loras=loras)
    assert used(drawn)[:4] == (*values, "sgm_uniform")
    [said] = [note for note in drawn.notes if "few steps" in note]
    steps, cfg = values[0], values[1]
    start = f"is taken for one of few steps, by its name: {steps} steps and a CFG scale of {cfg:g}"
    assert said.endswith(f"{start} where nothing else is asked.{' ' * bool(note)}{note}")
    assert asked("txt2img", told, loras=loras, steps=30).bound.used["steps"] == 30


def test_a_lora_of_few_steps_is_known_by_the_title_in_its_file_too(asked):
    lora = {"what": "LoRA", "kinds": ["SDXL"], "title": "SDXL Lightning 4step LoRA"}
    told = {"checkpoints": {"dream.safetensors": SDXL}, "loras": {"quick.pt": lora}}
    drawn = asked("txt2img", told, loras="<lora:quick:1>")
    assert used(drawn)[:3] == (4, 1.0, "euler")
    assert [note for note in drawn.notes if note.startswith("SDXL Lightning 4step LoRA is taken for one of few steps")]


@pytest.mark.parametrize("name", ["hyperrealism", "turmoil", "dream_60steps"])
def test_a_word_that_only_begins_as_a_kind_does_says_nothing_of_few_steps(name, asked):
    drawn = asked("txt2img", {"checkpoints": {f"{name}.safetensors": SDXL}})
    assert used(drawn)[:2] == (25, 7)


def test_a_model_of_qwen_image_has_the_steps_that_are_in_its_name():
    [kind, name] = few_steps(["Qwen-Image-Lightning-8steps-V1.0"], "qwen_image") or (None, "")
    assert kind and kind.values(name) == {"steps": 8, "cfg": 1.0, "sampler": "euler", "scheduler": "simple"}
    assert few_steps(["qwen_turbo_lcm"], "qwen_image") is None


def test_a_model_of_sd_1_5_is_drawn_as_its_file_says_whatever_it_is_called(asked):
    assert used(asked("txt2img", {"checkpoints": {"lcm_dream.pt": SD15}}))[:2] == (20, 7)


PARTS = {
    "diffusion_models": {"wild.pt": {"what": "model", "kinds": ["ZImage"]}},
    "text_encoders": {
        "t5.pt": {"what": "text encoder", "kinds": ["T5_XXL"]},
        "q.pt": {"what": "text encoder", "kinds": ["QWEN3_4B"]},
    },
    "vae": {"old.pt": {"what": "VAE", "kinds": ["SD15"]}, "ae.pt": {"what": "VAE", "kinds": ["SD3", "Flux"]}},
}


PATCHED = {**PARTS, "model_patches": {"fun.pt": {"what": "model patch", "kinds": ["ZImage"]}}}


def test_a_family_from_parts_takes_the_encoder_and_the_vae_that_fit(asked):
    drawn = asked("txt2img_pixel", PARTS)
    assert drawn.workflow.name == "txt2img_pixel_zimage@1"
    files = {name: drawn.bound.used[name] for name in ("checkpoint", "text_encoder", "vae_file")}
    assert files == {"checkpoint": "wild.pt", "text_encoder": "q.pt", "vae_file": "ae.pt"}
    assert (drawn.bound.used["steps"], drawn.bound.used["sampler"]) == (8, "res_multistep")


def test_what_the_dialect_chose_gives_way_to_a_family_but_not_to_a_file_of_sd_1_5(asked):
    chosen = {"steps": 50, "cfg": 7.0, "sampler": "euler", UNSAID_KEY: ["steps", "cfg", "sampler"]}
    assert asked("txt2img", PARTS, **chosen).bound.used["steps"] == 8
    assert asked("txt2img", PARTS, **chosen).notes == asked("txt2img", PARTS).notes
    assert used(asked("txt2img", TOLD, **chosen))[:3] == (50, 7.0, "euler")
    assert asked("txt2img", PARTS, steps=None).bound.used["steps"] == 8


def test_what_a_family_has_not_is_left_out_and_said(asked):
    drawn = asked("txt2img", PARTS, negative="a boat", cfg=7.0, clip_skip=-2)
    assert [note for note in drawn.notes if note == "Z-Image takes no clip_skip, negative, cfg; left out."]
    assert drawn.bound.used["cfg"] == 1


def test_a_form_that_lacks_a_part_is_not_drawn_with(asked):
    told = {**PARTS, "text_encoders": {}}
    with pytest.raises(MissingParts, match="put Qwen 3 4B into ComfyUI's models/text_encoders folder"):
        asked("txt2img", told, checkpoint="wild")


def test_sd_1_5_goes_before_all_others_until_another_is_named(asked):
    told = {**TOLD, **PARTS}
    assert asked("txt2img", told).workflow.name == "txt2img@1"
    assert asked("txt2img", told, checkpoint="wild.pt").workflow.name == "txt2img_zimage@1"
    assert asked("txt2img", told, Settings(checkpoint="wild")).workflow.name == "txt2img_zimage@1"


def test_the_lists_have_diffusion_models_too_each_with_its_family(comfy):
    told = {
        **TOLD,
        **PARTS,
        "diffusion_models": {**PARTS["diffusion_models"], "video.pt": {"what": "model", "kinds": ["WAN21_T2V"]}},
    }
    lists = catalog(offering(comfy, told), files=ModelFiles.parsed(told))
    assert lists.checkpoints == ("wild_dream.safetensors", "sdxl_by_name.safetensors", "wild.pt")
    assert lists.families == {
        "wild_dream.safetensors": "SDXL",
        "sdxl_by_name.safetensors": "SD 1.5",
        "wild.pt": "Z-Image",
    }


def test_files_that_can_not_be_used_are_named_by_the_doctor():
    told = {"loras": {"a.pt": {"problem": "is cut off"}, "b.pt": SDXL}, "vae": {"c.pt": {}}}
    assert list(ModelFiles.parsed(told).troubles()) == [
        "The LoRA 'a.pt' is cut off.",
        "'b.pt' is no LoRA: it is a model for SDXL.",
    ]
