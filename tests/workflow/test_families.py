"""Every family but SD 1.5, whose modes have tests of their own, draws in a real ComfyUI: one for all of them."""

import base64
import copy
import json
import re
import shutil
import struct
import urllib.request
from dataclasses import asdict, replace

import numpy as np
import pytest
import sketches
import tiny_families
import tiny_models
from bridge_process import BridgeProcess
from comfy_folder import SECRET, base_folder
from conftest import comfy_before
from modes import LIBRARY
from studio import PICTURES, SIDE, Studio, mask

from bridge.catalog.families import FAMILIES, PATCHES_MODEL, ModelFiles
from bridge.core.control_unit import PICTURE_PREFIX, UNITS_INPUT, Unit
from bridge.core.errors import BadRequest
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.workflow.file import read
from bridge.workflow.plan import plan
from bridge.workflow.selection import Forms

pytestmark = pytest.mark.comfy

MODELS = {
    "sdxl": tiny_families.SDXL,
    "sd35": "checkpoints/sd35.pt",
    "flux_schnell": "checkpoints/flux_whole.pt",
    **{name: f"diffusion_models/{name}.pt" for name in ("flux", "zimage", "qwen_image", "chroma", "flux2")},
}
BESIDES = {"flux2_klein": "diffusion_models/flux2_klein.pt", "noob": tiny_families.NOOB}
SECOND_CHECKPOINTS = ("refiner", "refiner_switch_at", "hires_checkpoint")
PIXELS = {"palette": "gameboy", "width": 24, "height": 16}
MODES = {
    "txt2img": {},
    "txt2img_pixel": PIXELS,
    "txt2img_rgb565": {"panel_width": 24, "panel_height": 16},
    "img2img": {},
    "img2img_pixel": PIXELS,
    "img2img_rgb565": {"panel_width": 24, "panel_height": 16},
    "inpaint": {},
    "style_transfer_color": {},
    "txt2img_hires": {"hires_width": 80, "hires_height": 80, "hires_steps": 1},
}
QUICK = {
    "prompt": "a tree",
    "negative": "",
    "steps": 2,
    "seed": 3,
    "width": SIDE,
    "height": SIDE,
    "generation_side": SIDE,
}


@pytest.fixture(scope="module")
def families(tmp_path_factory, upstream):
    """A ComfyUI with a model of every family."""
    folder = tmp_path_factory.mktemp("families")
    settings = base_folder(folder)
    tiny_models.make(folder / "models")
    tiny_families.make_sdxl(folder / "models")
    tiny_families.make(folder / "models")
    tiny_families.make_control_nets(folder / "models")
    (folder / "models" / "checkpoints" / "cut.safetensors").write_bytes(struct.pack("<Q", 900) + b"{")
    shutil.copy(ROOT / "tests" / "small_networks.py", folder / "custom_nodes")
    with comfy_before(upstream, settings) as real:
        yield real


@pytest.fixture(scope="module")
def told(families):
    """What the pack says of the files."""
    request = urllib.request.Request(families.url + "/pixart/models", headers={"X-Pixart-Secret": SECRET})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


@pytest.fixture(scope="module")
def drawn(families, told):
    """Draws a mode by a model: `drawn("img2img", "flux")` is the plan and {output: array}."""
    studio, files, settings = Studio(families), ModelFiles.parsed(told), Settings(generation_side=SIDE)

    def draw(mode, family, **values):
        inputs = LIBRARY.get(mode).inputs
        chosen = {name: values.pop(name, make) for name, make in PICTURES.items()}
        pictures = {name: studio.put(make()) for name, make in chosen.items() if name in inputs}
        wanted = {**QUICK, **MODES.get(mode, {}), **values}
        given = {name: value for name, value in wanted.items() if name in (*inputs, UNITS_INPUT, *SECOND_CHECKPOINTS)}
        pictures |= {f"{PICTURE_PREFIX}1": studio.put(mask())} if UNITS_INPUT in given else {}
        given |= {
            "checkpoint": {**MODELS, **BESIDES}[family].partition("/")[2],
            "filename_prefix": f"families/{mode}_{family}",
            **pictures,
        }
        forms = Forms(LIBRARY, families.object_info, files=files)
        made = plan(forms, mode, None, given, {}, settings, loose=True)
        entry = families.run(made.prompt, made.bound.graph)
        [*_, (_, last)] = entry["status"]["messages"]
        assert entry["status"]["status_str"] == "success", (last["node_type"], last["exception_message"])
        return made, {name: studio.read(entry["outputs"][node]) for name, node in made.outputs.items()}

    return draw


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("family", MODELS)
def test_every_family_draws_every_mode(mode, family, drawn):
    made, outputs = drawn(mode, family)
    picture = outputs["image"]
    expected = (16, 24) if mode.endswith(("pixel", "rgb565")) else (80, 80) if mode == "txt2img_hires" else (SIDE, SIDE)
    assert picture.shape[:2] == expected
    assert picture.std() > 4  # not flat
    assert (made.workflow.mode == mode) == (family == "sdxl")  # which has no form of its own
    if mode.endswith("pixel"):
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) <= 4  # the palette's colours
    if mode.endswith("rgb565"):
        assert len(outputs["rgb565"]) == 2 * 24 * 16


def test_sdxls_refiner_takes_over_on_the_way(told, drawn):
    refiner = tiny_families.REFINER.partition("/")[2]
    assert told["checkpoints"][refiner]["kinds"] == ["SDXLRefiner"]
    plain, begun, whole = (
        drawn("txt2img", "sdxl", steps=8, refiner=refiner, refiner_switch_at=share) for share in (1.0, 0.5, 0.0)
    )
    assert (plain[1]["image"] == drawn("txt2img", "sdxl", steps=8)[1]["image"]).all()
    assert (begun[1]["image"] != plain[1]["image"]).any()
    assert (begun[1]["image"] != whole[1]["image"]).any()
    assert begun[0].bound.used["refiner"] == refiner


def test_the_second_pass_has_a_checkpoint_of_its_own_and_its_refiner(drawn):
    other, refiner = (each.partition("/")[2] for each in (tiny_families.NOOB, tiny_families.REFINER))
    own = {"hires_checkpoint": other}, {"refiner": refiner, "refiner_switch_at": 0.5}, {}
    pictures = [drawn("txt2img_hires", "sdxl", hires_steps=4, **each)[1]["image"] for each in (*own, own[0] | own[1])]
    assert len({picture.tobytes() for picture in pictures}) == 4


@pytest.mark.parametrize(
    ("family", "refiner", "sentence"),
    [
        ("sdxl", "tiny_sd15.ckpt", "The checkpoint 'tiny_sd15.ckpt' is SD 1.5, but 'wild_dream.ckpt' is SDXL."),
        ("sdxl", "cut.safetensors", "The checkpoint 'cut.safetensors' is cut off"),
    ],
)
def test_a_refiner_of_another_family_or_none_is_refused(family, refiner, sentence, drawn):
    with pytest.raises(BadRequest, match=re.escape(sentence)) as refused:
        drawn("txt2img", family, refiner=refiner, refiner_switch_at=0.5)
    assert refused.value.field == "refiner"


def test_a_family_without_refiners_draws_without_one_and_says_so(drawn):
    made, _ = drawn("txt2img", "flux", refiner=tiny_families.REFINER.partition("/")[2], refiner_switch_at=0.5)
    assert "txt2img has no input for refiner, refiner_switch_at; left out." in made.notes


@pytest.mark.parametrize("mode", MODES)
def test_klein_draws_every_mode_where_comfyui_knows_its_text_encoder(mode, told, drawn):
    if told["diffusion_models"]["flux2_klein.pt"]["problem"]:
        with pytest.raises(
            BadRequest, match=r"The diffusion model 'flux2_klein\.pt' is of a kind that this ComfyUI is too"
        ):
            drawn(mode, "flux2_klein")
    else:
        made, outputs = drawn(mode, "flux2_klein")
        assert made.bound.used["text_encoder"] == "qwen_3_4b.pt"
        assert outputs["image"].std() > 4


@pytest.mark.parametrize("mode", MODES)
def test_a_model_of_v_prediction_draws_every_mode(mode, drawn):
    made, outputs = drawn(mode, "noob")
    assert made.workflow.mode == mode
    assert outputs["image"].std() > 4


def test_a_model_of_v_prediction_is_sampled_by_it_without_being_asked(families, drawn):
    """To the pixel as the same weights without the key draw where ComfyUI's own node says v-prediction."""
    made, outputs = drawn("txt2img", "sdxl")
    prompt = copy.deepcopy(dict(made.prompt))
    [loader] = [id for id, node in prompt.items() if node["class_type"] == "CheckpointLoaderSimple"]
    for node in prompt.values():
        model = {name: ["v", 0] for name, value in node["inputs"].items() if value == [loader, 0]}
        node["inputs"].update(model)
    sampling = {"model": [loader, 0], "sampling": "v_prediction", "zsnr": False}
    prompt["v"] = {"class_type": "ModelSamplingDiscrete", "inputs": sampling}
    entry = families.run(prompt, made.bound.graph)
    by_node = Studio(families).read(entry["outputs"][made.outputs["image"]])
    by_key = drawn("txt2img", "noob")[1]["image"]
    assert (by_key == by_node).all()
    assert (by_key != outputs["image"]).any()


def test_flux2_has_its_own_schedule_and_the_text_encoder_that_its_model_reads(drawn):
    made, _ = drawn("txt2img", "flux2")
    assert (made.bound.used["scheduler"], made.bound.used["text_encoder"]) == ("flux2", "mistral.pt")


SKETCH = {"palette": "pico-8", "image": mask, "denoise": 1.0, "steps": 1}
CONTROL_NETS = {
    "sdxl": "wild_union",
    "sd35": "sd35_canny",
    "flux": "flux_union_pro_2",
    "flux_schnell": "flux_union_pro_2",
    "qwen_image": "qwen_union",
}


@pytest.fixture(scope="module")
def steered(drawn):
    """Draws a sketch with a ControlNet, and with the same at no strength: the plan, and whether that changes pixels."""

    def steer(family, control_net, mode="sketch"):
        about = {**SKETCH, "controlnet": control_net}
        made, outputs = drawn(mode, family, **about)
        free = drawn(mode, family, **about, control_strength=0)[1]
        assert made.bound.used["controlnet"] == f"{control_net}.pth"
        return made, (outputs["image"] != free["image"]).any()

    return steer


@pytest.mark.parametrize("family", CONTROL_NETS)
def test_a_sketch_steers_every_family_that_has_a_control_net(family, steered):
    made, changes = steered(family, CONTROL_NETS[family])
    assert changes
    assert made.workflow.families == () if family == "sdxl" else family in made.workflow.families


@pytest.mark.parametrize(
    ("family", "control_net", "word"),
    [("sdxl", "wild_union", "canny/lineart/anime_lineart/mlsd"), ("flux", "flux_union", "openpose")],
)
def test_a_union_is_sampled_by_what_it_is_told(family, control_net, word, steered):
    """In FLUX.1's unions Canny has the number that the node calls openpose."""
    made, changes = steered(family, control_net)
    [node] = [node for node in made.prompt.values() if node["class_type"] == "SetUnionControlNetType"]
    assert (changes, node["inputs"]["type"]) == (True, word)


@pytest.fixture(scope="module")
def unit_steers(drawn):
    """Whether a ControlNet unit of a prompt's picture changes pixels against one of no weight."""

    def steers(family, control_net):
        unit = Unit("unit", "canny", f"{control_net}.pth", f"{PICTURE_PREFIX}1", size=(SIDE, SIDE), a=100, b=200)
        units = [asdict(replace(unit, weight=weight, shown=False)) for weight in (1.0, 0.0)]
        pictures = [drawn("txt2img", family, steps=1, **{UNITS_INPUT: [each]})[1]["image"] for each in units]
        return (pictures[0] != pictures[1]).any()

    return steers


@pytest.mark.parametrize("family", ["sd35", "flux", "qwen_image"])
def test_a_control_net_unit_steers_other_families_too(family, unit_steers):
    assert unit_steers(family, CONTROL_NETS[family])


def test_a_control_net_that_patches_the_model_steers_where_comfyui_has_the_node(families, drawn, steered, unit_steers):
    if PATCHES_MODEL.apply in families.object_info:  # ComfyUI 0.33 has
        made, changes = steered("zimage", "zimage_fun")
        assert (made.workflow.mode, changes) == ("sketch_zimage", True)
        assert unit_steers("zimage", "zimage_fun")
    else:
        made, _ = drawn("sketch", "zimage", **SKETCH)
        assert made.workflow.mode == "pixelate"
        assert made.notes[0] == (
            "sketch_zimage@2 can't run on this ComfyUI, so pixelate@2 was used. The node class 'ZImageFunControlnet' "
            "is missing: update ComfyUI or install the node pack that has it, and restart it."
        )


def test_a_control_net_for_newer_comfyuis_alone_is_refused_by_older_ones(told, drawn, steered):
    if told["controlnet"]["qwen_fun.pth"]["problem"]:
        with pytest.raises(
            BadRequest, match=r"The ControlNet 'qwen_fun\.pth' is of a kind that this ComfyUI is too old"
        ):
            drawn("sketch", "qwen_image", **SKETCH, controlnet="qwen_fun")
    else:
        assert steered("qwen_image", "qwen_fun")[1]


def test_the_pack_says_what_each_of_the_files_is(told):
    every = {name: file for folder in told.values() for name, file in folder.items()}
    assert every.pop("cut.safetensors")["problem"].startswith("is cut off")
    kinds = {name: file["kinds"] for name, file in every.items()}
    assert {name.rpartition(".")[0].rpartition("/")[2]: kind for name, kind in kinds.items()} == {
        "tiny_sd15": ["SD15"],
        "tiny_scribble": ["SD15"],
        "tiny_lora": ["SD15"],
        "tiny_swapped": ["SD15"],
        "tiny_style": ["SD15"],
        "wild_dream": ["SDXL"],
        "noob": ["SDXL"],
        "draws_on": ["SDXLRefiner"],
        "masked": ["SDXL"],
        "wild_scribble": ["SDXL"],
        "wild": ["SDXL"],
        "sd35": ["SD3"],
        "flux_whole": ["FluxSchnell"],
        "flux": ["Flux"],
        "flux_schnell": ["FluxSchnell"],
        "flux2": ["Flux2"],
        "flux2_klein": ["Flux2"],
        "chroma": ["Chroma"],
        "zimage": ["ZImage"],
        "qwen_image": ["QwenImage"],
        "wild_union": ["SDXL"],
        "sd35_canny": ["SD3"],
        "flux_union": ["Flux"],
        "flux_union_pro_2": ["Flux"],
        "qwen_union": ["QwenImage"],
        "qwen_fun": ["QwenImage"],
        "zimage_fun": ["ZImage"],
        "wide": ["SD3", "Flux"],
        "qwen": ["QwenImage"],
        "mistral": ["MISTRAL3_24B_PRUNED_FLUX2"],
        "clip_l": ["CLIP_L"],
        "t5xxl": ["T5_XXL"],
        "qwen_3_4b": ["QWEN3_4B"],
        "qwen_2.5_vl_7b": ["QWEN25_7B"],
    }
    newer = [name for name, file in every.items() if file["problem"]]
    assert newer in ([], ["flux2_klein.pt", "qwen_fun.pth"])  # which only newer ComfyUIs can load
    checkpoints = {name: file["traits"] for name, file in told["checkpoints"].items()}
    assert {name: traits for name, traits in checkpoints.items() if traits} == {
        "noob.pt": ["v-prediction"],
        "masked.pt": ["inpaint"],
    }


def test_a_token_is_drawn_by_other_families_too(drawn):
    made, outputs = drawn("aleaart", "zimage")
    assert made.workflow.mode == "aleaart_zimage"
    assert outputs["image"].shape[:2] == (512, 512)


@pytest.fixture(scope="module")
def bridge(families, tmp_path_factory):
    """A bridge before that ComfyUI."""
    folder = tmp_path_factory.mktemp("bridge")
    with BridgeProcess(folder, COMFYUI_URL=families.url, PIXART_GENERATION_SIDE=str(SIDE)) as process:
        yield process


@pytest.mark.parametrize(
    ("checkpoint", "prompt", "sentence"),
    [
        (
            "wild_dream",
            "<lora:tiny_lora:1>",
            "The LoRA 'styles/tiny_lora.pt' is for SD 1.5, but 'wild_dream.ckpt' is SDXL.",
        ),
        ("chroma", "<lora:wild:1>", "The LoRA 'wild.pt' is for SDXL, but 'chroma.pt' is Chroma."),
        ("cut", "", "override_settings.sd_model_checkpoint: The checkpoint 'cut.safetensors' is cut off"),
    ],
)
def test_what_can_not_be_drawn_together_is_refused_before_it_is_queued(checkpoint, prompt, sentence, bridge):
    body = {"prompt": prompt, "override_settings": {"sd_model_checkpoint": checkpoint}, "width": SIDE, "height": SIDE}
    status, answer = bridge.call("/sdapi/v1/txt2img", body)
    assert (status, answer["errors"].startswith(sentence)) == (400, True), answer


@pytest.mark.parametrize(
    ("control_net", "status", "said"),
    [
        (
            "tiny_scribble",
            400,
            "alwayson_scripts.ControlNet.args[0].model: The ControlNet 'tiny_scribble.pth' is for SD 1.5, "
            "but 'flux.pt' is FLUX.1.",
        ),
        ("pro_2", 200, ""),
    ],
)
def test_a_unit_of_a_request_is_refused_with_another_family_and_drawn_with_its_own(control_net, status, said, bridge):
    unit = {"module": "canny", "model": control_net, "image": base64.b64encode(sketches.encoded(mask())).decode()}
    body = {
        "prompt": "a tree",
        "steps": 1,
        "width": SIDE,
        "height": SIDE,
        "override_settings": {"sd_model_checkpoint": "flux"},
    }
    got, answer = bridge.call("/sdapi/v1/txt2img", {**body, "alwayson_scripts": {"ControlNet": {"args": [unit]}}})
    assert (got, answer.get("errors", "")[: len(said)]) == (status, said), answer
    assert status != 200 or len(answer["images"]) == 2  # the picture and what the unit looked at


def test_a_request_that_says_little_is_drawn_as_the_family_likes_and_says_how(bridge):
    body = {"prompt": "a tree", "override_settings": {"sd_model_checkpoint": "zimage"}, "width": SIDE, "height": SIDE}
    status, answer = bridge.call("/sdapi/v1/txt2img", body)
    info = json.loads(answer["info"])
    assert (status, info["steps"], info["cfg_scale"], info["sampler_name"]) == (200, 8, 1.0, "res_multistep")
    assert "Schedule type: Simple" in info["infotexts"][0]


def test_the_lists_of_models_say_each_ones_family(bridge):
    rows = bridge.call("/models")[1]["models"]
    said = {row["name"]: row["description"] for row in rows}
    assert "SDXL" in said["wild_dream"]
    assert "Z-Image" in said["zimage"]
    fields = {"title", "model_name", "hash", "sha256", "filename", "config"}
    assert all(row.keys() == fields for row in bridge.call("/sdapi/v1/sd-models")[1])  # clients refuse what is more


@pytest.mark.parametrize("family", [family.name for family in FAMILIES])
def test_what_is_composed_is_a_graph_of_its_own_that_comfyui_takes(family, families):
    """The editor opens it: every link leads from a node that is there to one that is, and each says so too."""
    for mode in LIBRARY.modes():
        for form in LIBRARY.family_forms(mode) if LIBRARY.get(mode).families == () else ():
            if family not in form.families:
                continue
            nodes = {node["id"]: node for node in form.graph["nodes"]}
            assert len(nodes) == len(form.graph["nodes"])
            for id, origin, slot, target, place, _ in form.graph["links"]:
                assert id in nodes[origin]["outputs"][slot]["links"], form.name
                assert nodes[target]["inputs"][place]["link"] == id, form.name
            assert set(form.classes) <= {*families.object_info, PATCHES_MODEL.apply}  # the latter in newer ComfyUIs
            assert read(json.loads(json.dumps(form.graph))) == form
