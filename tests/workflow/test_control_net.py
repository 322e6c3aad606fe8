"""ControlNet units: what sd-webui-controlnet's requests become, and the nodes that a prompt gets for them."""

import base64
import dataclasses
import io
import json

import pytest
from modes import LIBRARY
from PIL import Image

from bridge.adapters.a1111 import controlnet, generate, result
from bridge.adapters.a1111 import settings as a1111_settings
from bridge.adapters.a1111.error_answers import Unprocessable
from bridge.adapters.a1111.routes import DIALECT
from bridge.adapters.a1111.units import SOFT_WEIGHT
from bridge.adapters.dialect import Request, View
from bridge.catalog.models import Catalog, catalog
from bridge.catalog.preprocessors import MODULES, UNSUPPORTED_MODULES, module_of
from bridge.core.control_unit import MAP_OUTPUT, MASK_PREFIX, PICTURE_PREFIX, UNITS_INPUT, Unit
from bridge.core.errors import BadRequest, MissingParts, UnknownName
from bridge.core.job import Artifact, Job, JobState
from bridge.workflow.bind import Bound
from bridge.workflow.control_net import controlled
from bridge.workflow.plan import plan
from bridge.workflow.safety import guarded
from bridge.workflow.selection import Forms

CATALOG = Catalog(
    live=True,
    checkpoints=("pixel.safetensors",),
    checkpoint="pixel.safetensors",
    controlnets=("control_v11p_sd15_canny.pth", "sd15/control_v11p_sd15_canny_fp16.safetensors", "tile.pth"),
    samplers=("euler", "euler_ancestral", "dpmpp_2m"),
    schedulers=("normal", "karras"),
    preprocessors=("Canny", "ImageInvert", "OpenposePreprocessor", "PixartInpaintHint"),
)


def png(width=128, height=96):
    made = io.BytesIO()
    Image.new("RGB", (width, height), (10, 20, 30)).save(made, "PNG")
    return made.getvalue()


PNG = png()
BASE64 = base64.b64encode(PNG).decode()
UNIT = {"image": BASE64, "module": "canny", "model": "control_v11p_sd15_canny [d14c016b]"}


def request(body, **more):
    return Request(body=body, options=a1111_settings.Options(), catalog=CATALOG, now=1e9, token=7, **more)


def spec_of(*units, read=generate.read_txt2img, key="ControlNet", **body):
    body = {"width": 64, "height": 64, **body}
    return read(request({**body, "alwayson_scripts": {key: {"args": list(units)}}})).spec


def one(*units, **body):
    """The only unit of a request as a value."""
    (unit,) = spec_of(*units, **body).values[UNITS_INPUT]
    return Unit(**unit)


def over(*units, **body):
    return spec_of(*units, read=generate.read_img2img, init_images=[BASE64], **body)


# What requests become


def test_a_unit_becomes_a_value_and_a_picture():
    spec = spec_of(UNIT)
    assert one(UNIT) == Unit(
        "alwayson_scripts.ControlNet.args[0]",
        "canny",
        "control_v11p_sd15_canny.pth",
        f"{PICTURE_PREFIX}1",
        size=(683, 512),
        a=100,
        b=200,
    )
    assert {name: (upload.data, upload.field) for name, upload in spec.pictures.items()} == {
        f"{PICTURE_PREFIX}1": (PNG, "alwayson_scripts.ControlNet.args[0].image")
    }
    assert spec.notes == ()
    json.dumps(spec.values)


FIELDS = [
    ({"weight": 0}, {"weight": 0}),
    ({"weight": "0.5"}, {"weight": 0.5}),
    ({"guidance_start": 0.1, "guidance_end": 0.5}, {"start": 0.1, "end": 0.5}),
    ({"guidance": 0.7}, {"end": 0.7}),
    ({"module": "None", "processor_res": 64}, {"module": "none"}),
    ({"module": "invert (from white bg & black line)"}, {"module": "invert"}),
    ({"module": "invert"}, {"module": "invert"}),
    ({"module": "openpose_full"}, {"module": "openpose_full"}),
    ({"threshold_a": 50, "threshold_b": 60}, {"a": 50, "b": 60}),
    ({"processor_res": 64}, {"resolution": 64, "size": (85, 64)}),
    ({"pixel_perfect": True}, {"resolution": 64, "size": (85, 64)}),
    ({"pixel_perfect": True, "resize_mode": 2}, {"resolution": 64, "size": (64, 48)}),
    ({"resize_mode": 0}, {"fit": "stretch"}),
    ({"resize_mode": 1}, {"fit": "cover"}),
    ({"resize_mode": 3}, {"fit": "stretch"}),
    ({"resize_mode": "resize and fill"}, {"fit": "extend"}),
    ({"resize_mode": "Scale to Fit (Inner Fit)"}, {"fit": "cover"}),
    ({"control_mode": 0}, {"weight": 1, "one_sided": False}),
    ({"hr_option": "Low res only"}, {"passes": "first"}),
    ({"hr_option": 2}, {"passes": "second"}),
    ({"save_detected_map": False}, {"shown": False}),
    ({"model": "control_v11p_sd15_canny_fp16"}, {"model": "sd15/control_v11p_sd15_canny_fp16.safetensors"}),
    ({"model": "canny"}, {"model": "control_v11p_sd15_canny.pth"}),  # as in the extension's own example
    ({"low_vram": True, "lowvram": False, "batch_images": "", "mask": None}, {}),
]


@pytest.mark.parametrize(("more", "wanted"), FIELDS, ids=lambda each: str(each)[:60])
def test_a_field_of_a_unit_becomes_a_value(more, wanted):
    spec = spec_of({**UNIT, **more})
    (unit,) = spec.values[UNITS_INPUT]
    assert {name: unit[name] for name in wanted} == wanted
    assert spec.notes == ()


@pytest.mark.parametrize(
    "image",
    [{"image": BASE64}, [BASE64], [{"image": BASE64}], f"data:image/png;base64,{BASE64}"],
    ids=["object", "list", "list of objects", "data URL"],
)
def test_every_form_of_a_picture_is_read(image):
    (upload,) = spec_of({**UNIT, "image": image}).pictures.values()
    assert upload.data == PNG
    (upload,) = spec_of({"input_image": image, **{k: v for k, v in UNIT.items() if k != "image"}}).pictures.values()
    assert upload.data == PNG


@pytest.mark.parametrize(
    ("more", "note", "wanted"),
    [
        ({"threshold_a": -100}, ".threshold_a: 100 instead of -100.0.", {"a": 100}),
        ({"threshold_b": 256}, ".threshold_b: 200 instead of 256.0.", {"b": 200}),
        ({"processor_res": 5000}, ".processor_res: 512 instead of 5000.0.", {"resolution": 512}),
        ({"mask": BASE64}, ".mask: has no effect here.", {}),
        ({"advanced_weighting": [1] * 13}, ".advanced_weighting: has no effect here.", {}),
        ({"foo": True}, ": 'foo' is no field of a unit.", {}),
        ({"control_mode": 1}, ".control_mode: 'My prompt is more important' is come near to", {"weight": SOFT_WEIGHT}),
        ({"control_mode": "ControlNet is more important"}, ".control_mode: 'ControlNet", {"one_sided": True}),
        ({"guessmode": True}, ".control_mode: 'ControlNet", {"weight": SOFT_WEIGHT, "one_sided": True}),
    ],
    ids=str,
)
def test_what_is_done_otherwise_is_said(more, note, wanted):
    spec = spec_of({**UNIT, **more})
    assert len(spec.notes) == 1
    assert spec.notes[0].startswith(f"alwayson_scripts.ControlNet.args[0]{note}")
    assert {name: spec.values[UNITS_INPUT][0][name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"image": None}, BadRequest, r"args\[0\]\.image is missing"),
        ({"image": ""}, BadRequest, r"args\[0\]\.image is missing"),
        ({"image": {"mask": BASE64}}, BadRequest, r"args\[0\]\.image is missing"),
        ({"image": "???"}, BadRequest, r"args\[0\]\.image is not base64"),
        ({"image": 5}, BadRequest, r"args\[0\]\.image must be a picture"),
        ({"image": "http://here/a.png"}, BadRequest, r"args\[0\]\.image is an address"),
        ({"model": "None"}, BadRequest, r"args\[0\]\.model is missing\. Known: control_v11p"),
        ({"model": "tyle"}, UnknownName, r"args\[0\]\.model 'tyle' is unknown\. Did you mean 'tile'"),
        ({"module": "cany"}, UnknownName, r"args\[0\]\.module 'cany' is unknown\. Did you mean 'canny'"),
        (
            {"module": "depth_midas"},
            MissingParts,
            r"'depth' isn't installed\. Install the node pack comfyui_controlnet",
        ),
        ({"module": "ip-adapter-auto"}, BadRequest, r"args\[0\]\.module 'ip-adapter-auto' isn't done here"),
        ({"resize_mode": "Crop"}, UnknownName, r"resize_mode 'Crop' is unknown"),
        ({"resize_mode": -1}, UnknownName, r"resize_mode '-1' is unknown"),
        ({"control_mode": "Balancd"}, UnknownName, "Did you mean 'Balanced'"),
        ({"hr_option": "Low"}, UnknownName, "hr_option 'Low' is unknown"),
        ({"weight": "nan"}, Unprocessable, "weight must be a finite number, not 'nan'"),
        ({"weight": -1}, Unprocessable, "weight must be at least 0"),
        ({"weight": 2.5}, Unprocessable, "weight must be at most 2"),
        ({"guidance_start": 0.6, "guidance_end": 0.5}, Unprocessable, "beyond guidance_end"),
        ({"threshold_a": "nan"}, Unprocessable, "threshold_a must be a finite number"),
        ({"module": 5}, Unprocessable, "module must be text"),
    ],
    ids=str,
)
def test_a_bad_unit_is_refused_in_the_callers_field(more, error, said):
    with pytest.raises(error, match=said) as raised:
        spec_of({**UNIT, **more})
    assert 400 <= DIALECT.error(raised.value).status < 500


@pytest.mark.parametrize(("model", "what"), [("None", "is missing"), ("canny", "'canny' isn't here")], ids=str)
def test_a_unit_where_there_is_no_control_net_is_told_how_to_get_one(model, what):
    bare = dataclasses.replace(request({}), catalog=dataclasses.replace(CATALOG, controlnets=()))
    body = {"alwayson_scripts": {"ControlNet": {"args": [{**UNIT, "model": model}]}}}
    with pytest.raises(
        MissingParts, match=rf"args\[0\]\.model {what}\. There is no .* models/controlnet folder"
    ) as raised:
        generate.read_txt2img(dataclasses.replace(bare, body=body))
    assert "`pixart models get control`" in str(raised.value)


@pytest.mark.parametrize("args", [5, {"image": "x"}, ["unit"], [5]], ids=str)
def test_what_is_no_list_of_units_is_422(args):
    with pytest.raises(Unprocessable, match=r"alwayson_scripts\.controlnet\.args"):
        generate.read_txt2img(request({"alwayson_scripts": {"controlnet": {"args": args}}}))


def test_forty_units_are_422_before_any_is_read():
    with pytest.raises(Unprocessable, match="40 units are enabled; 3 are the most"):
        spec_of(*[{**UNIT, "image": "?"}] * 40)
    assert len(spec_of(UNIT, UNIT, UNIT, {"enabled": False, **UNIT}).values[UNITS_INPUT]) == 3


@pytest.mark.parametrize(
    "unit", [{}, {"enabled": False, "weight": "nan"}, {"enabled": True}, None, True, {"image": ""}]
)
def test_a_unit_that_asks_for_nothing_is_not_judged(unit):
    spec = spec_of(unit, key="controlnet")
    assert (UNITS_INPUT in spec.values, spec.pictures, spec.notes) == (False, {}, ())


def test_a_unit_without_a_picture_takes_the_one_that_is_drawn_over():
    unit = Unit(**over({**UNIT, "image": None}, width=128).values[UNITS_INPUT][0])
    assert (unit.picture, unit.size) == ("", (1024, 512))


def test_a_picture_of_a_shape_that_takes_gigabytes_is_refused_and_a_long_one_looked_at_smaller():
    long, too_long = (base64.b64encode(png(width, 10)).decode() for width in (320, 321))
    unit = one({**UNIT, "image": long, "processor_res": 2048})
    assert (unit.size, unit.resolution) == ((4096, 128), 128)
    with pytest.raises(BadRequest, match=r"args\[0\]\.image has 321 x 10 pixels\. At most 32 times"):
        spec_of({**UNIT, "image": too_long})


def test_infotext_and_the_echo_say_what_units_there_were():
    spec = spec_of({**UNIT, "weight": 0.5, "resize_mode": 0})
    assert spec.echo["extra"]["ControlNet 0"] == (
        "Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 0.5, Resize Mode: Just Resize, "
        "Processor Res: 512, Threshold A: 100, Threshold B: 200, Guidance Start: 0.0, Guidance End: 1.0, "
        "Pixel Perfect: False, Control Mode: Balanced"
    )
    (echo,) = spec.echo["parameters"]["alwayson_scripts"]["ControlNet"]["args"]
    assert echo == {**UNIT, "image": None, "weight": 0.5, "resize_mode": 0}
    assert "controlnet_units" not in spec.echo["parameters"]


def done(spec, *made, **more):
    more = {"values": spec.values, "notes": spec.notes, "batch": spec.batch, "echo": spec.echo, **more}
    return Job("a", "a1111", spec.mode, more.pop("state", JobState.COMPLETED), 1.0, 0.0, artifacts=made, **more)


def artifact(output, part=0, data=PNG):
    return Artifact(output, "ab", "image/png", len(data), data=data, part=part)


def test_maps_come_once_after_all_pictures():
    spec, map = spec_of(UNIT, UNIT, n_iter=2), png(4, 4)
    made = [artifact(output, part, data) for part in (0, 1) for output, data in (("image", PNG), (MAP_OUTPUT, map))]
    body = result.answer(done(spec, *made, artifact(f"{MAP_OUTPUT}_2", 0, png(5, 5))), request({})).body
    sizes = [Image.open(io.BytesIO(base64.b64decode(image))).size for image in body["images"]]
    assert sizes == [(128, 96), (128, 96), (4, 4), (5, 5)]
    assert len(json.loads(body["info"])["infotexts"]) == 2


@pytest.mark.parametrize("where", ["option", "override"])
def test_maps_may_be_left_out_by_the_extensions_option(where):
    off = {"control_net_no_detectmap": True}
    body = {"alwayson_scripts": {"ControlNet": {"args": [UNIT]}}}
    asked = request(body, memory=off) if where == "option" else request({**body, "override_settings": off})
    spec = generate.read_txt2img(asked).spec
    assert (spec.values[UNITS_INPUT][0]["shown"], spec.notes) == (False, ())


def test_the_older_forms_are_the_same_unit():
    flat = {"controlnet_module": "canny", "controlnet_model": UNIT["model"], "controlnet_input_image": [BASE64]}
    units = {"controlnet_units": [UNIT]}
    for body in (units, flat):
        spec = controlnet.read_older_txt2img(request({"width": 64, "height": 64, **body})).spec
        assert spec.values[UNITS_INPUT][0] | {"field": ""} == spec_of(UNIT).values[UNITS_INPUT][0] | {"field": ""}
        assert spec.notes == ()
    empty = controlnet.read_older_txt2img(request({**flat, "controlnet_input_image": []})).spec
    assert UNITS_INPUT not in empty.values
    spec = controlnet.read_older_img2img(request({"init_images": [BASE64], "guess_mode": True, **flat})).spec
    assert spec.values[UNITS_INPUT][0]["one_sided"]


# The routes of the extension


def route(path, query=None):
    found = next(each for each in DIALECT.routes if each.path == f"/controlnet/{path}")
    return found.answer(View(), request(None, query=query or {})).body


def test_lists_have_what_can_be_used_and_no_more():
    assert route("version") == {"version": 3}
    assert route("settings") == {"control_net_unit_count": 3}
    names = ["control_v11p_sd15_canny", "control_v11p_sd15_canny_fp16", "tile"]
    assert route("model_list") == {"model_list": ["None", *names]}
    modules = route("module_list")["module_list"]
    assert {"none", "canny", "invert", "openpose_full", "openpose"} <= set(modules)
    assert not {"depth", "hed", "inpaint_only+lama"} & set(modules)
    assert "invert (from white bg & black line)" in route("module_list", {"alias_names": "true"})["module_list"]
    kinds = route("control_types")["control_types"]
    assert kinds["Canny"] == {
        "module_list": ["none", "canny", "invert (from white bg & black line)"],
        "model_list": ["None", *names[:2]],
        "default_option": "canny",
        "default_model": names[0],
    }
    assert kinds["All"]["model_list"] == ["None", *names]
    assert "Depth" not in kinds


def detect(**body):
    return controlnet.read_detect(request(body)).spec


def test_detecting_is_a_run_a_picture():
    spec = detect(controlnet_module="canny", controlnet_input_images=[BASE64] * 2, controlnet_threshold_a=-100)
    assert (len(spec.batch), spec.notes) == (2, ("controlnet_threshold_a: 100 instead of -100.0.",))
    assert set(spec.pictures) == {"image", "image@1", f"{PICTURE_PREFIX}1", f"{PICTURE_PREFIX}1@1"}
    masked = detect(controlnet_module="inpaint", controlnet_input_images=[BASE64], controlnet_masks=[BASE64])
    assert set(masked.pictures) == {"image", f"{PICTURE_PREFIX}1", f"{MASK_PREFIX}1"}
    body = controlnet.detected(done(spec, artifact(MAP_OUTPUT), artifact(MAP_OUTPUT, 1)), request({})).body
    assert (len(body["images"]), body["info"]) == (2, "Success")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"controlnet_module": "INVALID"}, "Module not available.*INVALID"),
        ({"controlnet_module": "clip_vision", "controlnet_input_images": [BASE64]}, "isn't done here"),
        ({"controlnet_module": "depth", "controlnet_input_images": [BASE64]}, "comfyui_controlnet_aux"),
        ({"controlnet_input_images": []}, "No image selected"),
        ({"controlnet_input_images": BASE64}, "must be a list"),
        ({"controlnet_input_images": [BASE64] * 101}, "at most 100 items"),
        ({"controlnet_module": "inpaint", "controlnet_input_images": [BASE64]}, "requires `controlnet_masks` param"),
    ],
    ids=["unknown", "not done", "not installed", "no picture", "no list", "too many", "no mask"],
)
def test_what_can_not_be_detected_is_422_as_in_the_extension(body, said):
    with pytest.raises(Unprocessable, match=said):
        detect(**body)


# Modules


def test_every_module_is_known_by_its_name_and_label_in_any_case():
    for module in MODULES.values():
        assert module_of(module.name.upper()) is module
        assert module_of(module.label) is module
    assert not set(UNSUPPORTED_MODULES) & set(MODULES)
    assert catalog({"Canny": {}, "HEDPreprocessor": {}, "KSampler": {}}).preprocessors == ("Canny", "HEDPreprocessor")


# What prompts become


def sampler(positive, negative, latent):
    links = {"positive": positive, "negative": negative, "latent_image": latent}
    return {"class_type": "PixartSampler", "inputs": {**links, "steps": 4}}


def prompt_of(comfy, mode, spec):
    names = {name: f"pixart/{name}.png" for name in spec.pictures}
    values = {**spec.values, "checkpoint": None, **names, "filename_prefix": "pixart/ab/abc"}
    return plan(Forms(LIBRARY, comfy.object_info), mode, None, values, spec.words, comfy.settings, loose=True)


def follow(prompt, key, *names):
    """The node that comes over these inputs, one after the other."""
    for name in names:
        key = prompt[key]["inputs"][name][0]
    return prompt[key]


@pytest.fixture
def live(comfy, monkeypatch):
    monkeypatch.setattr(f"{__name__}.CATALOG", catalog(comfy.object_info))
    monkeypatch.setitem(UNIT, "model", "tiny_scribble")
    return comfy


@pytest.mark.comfy
def test_a_chain_of_units_stands_before_the_sampler(live):
    spec = spec_of({**UNIT, "guidance_start": 0.1, "guidance_end": 0.9, "weight": 0.5}, {**UNIT, "module": "none"})
    made = prompt_of(live, "txt2img", spec)
    prompt = made.bound.prompt
    (key,) = (key for key, node in prompt.items() if node["class_type"] == "PixartSampler")
    last, first = follow(prompt, key, "positive"), follow(prompt, key, "positive", "positive")
    assert prompt[key]["inputs"]["negative"] == ["control-2-apply-9", 1]
    assert first["class_type"] == last["class_type"] == "ControlNetApplyAdvanced"
    assert {name: first["inputs"][name] for name in ("strength", "start_percent", "end_percent")} == {
        "strength": 0.5, "start_percent": 0.1, "end_percent": 0.9,
    }  # fmt: skip
    assert (first["inputs"]["positive"], first["inputs"]["negative"]) == (["6", 0], ["7", 0])
    assert first["inputs"]["vae"] == ["5", 0]
    fit = follow(prompt, "control-1-apply-9", "image")
    assert (fit["class_type"], fit["inputs"]["width"], fit["inputs"]["fit"]) == ("PixartFit", ["1", 2], "cover")
    canny = follow(prompt, "control-1-apply-9", "image", "image")
    assert canny["inputs"] | {"image": 0} == {"image": 0, "low_threshold": 0.3922, "high_threshold": 0.7843}
    assert made.bound.outputs == {"image": "12", MAP_OUTPUT: "control-1-map", f"{MAP_OUTPUT}_2": "control-2-map"}
    assert prompt["control-1-map"]["inputs"]["filename_prefix"] == "pixart/ab/abc-control"
    assert made.bound.blame("control-2-model", "control_net_name") == "alwayson_scripts.ControlNet.args[1].model"
    assert not any(str(node["id"]).startswith("control") for node in made.bound.graph["nodes"])


@pytest.mark.comfy
@pytest.mark.parametrize(
    ("option", "first", "second"),
    [("Both", True, True), ("Low res only", True, False), ("High res only", False, True)],
)
def test_a_unit_is_in_the_passes_that_it_asks_for(live, option, first, second):
    spec = spec_of({**UNIT, "hr_option": option}, enable_hr=True, hr_scale=1.5)
    prompt = prompt_of(live, "txt2img_hires", spec).bound.prompt
    applied = [follow(prompt, key, "positive")["class_type"] == "ControlNetApplyAdvanced" for key in ("9", "13")]
    assert applied == [first, second]
    if second:
        assert follow(prompt, "control-1-apply-13", "image")["inputs"]["width"] == 96


@pytest.mark.comfy
def test_a_unit_looks_at_what_is_drawn_over_also_below_its_mask(live):
    bare = {**UNIT, "image": None}
    prompt = prompt_of(live, "img2img", over(bare)).bound.prompt
    assert follow(prompt, "control-1-module-13", "image", "image")["class_type"] == "PixartFlatten"
    prompt = prompt_of(live, "inpaint", over(bare, mask=BASE64, inpainting_fill=2)).bound.prompt
    area = follow(prompt, "control-1-module-14", "image", "image")
    assert (area["class_type"], area["inputs"]["fill"]) == ("PixartRepaintArea", "original")
    assert prompt["11"]["inputs"]["fill"] == "noise"


@pytest.mark.comfy
def test_a_unit_for_inpainting_knows_the_mask_and_nothing_scales_it_afterwards(live):
    bare = {**UNIT, "image": None, "module": "inpaint_only"}
    prompt = prompt_of(live, "inpaint", over(bare, mask=BASE64)).bound.prompt
    hint = follow(prompt, "control-1-apply-14", "image")
    assert (hint["class_type"], hint["inputs"]["mask"]) == ("PixartInpaintHint", ["11", 1])
    own = spec_of({**bare, "image": {"image": BASE64, "mask": BASE64}})
    assert set(own.pictures) == {f"{PICTURE_PREFIX}1", f"{MASK_PREFIX}1"}
    prompt = prompt_of(live, "txt2img", own).bound.prompt
    hint = prompt["control-1-module-9"]["inputs"]
    assert [prompt[hint[name][0]]["class_type"] for name in ("image", "mask")] == ["PixartFit"] * 2
    with pytest.raises(BadRequest, match=r"args\[0\]\.mask is missing"):
        prompt_of(live, "img2img", over(bare))
    with pytest.raises(BadRequest, match=r"args\[0\]\.mask is missing"):
        spec_of({**bare, "image": BASE64})


@pytest.mark.comfy
def test_what_is_more_important_than_the_prompt_stands_on_one_side(live):
    prompt = prompt_of(live, "txt2img", spec_of({**UNIT, "control_mode": 2})).bound.prompt
    assert prompt["9"]["inputs"]["positive"] == ["control-1-apply-9", 0]
    assert prompt["9"]["inputs"]["negative"] == ["7", 0]


@pytest.mark.comfy
def test_a_mode_that_samples_nothing_goes_without_and_says_so(live):
    made = prompt_of(live, "pixelate", over(UNIT))
    assert "pixelate@2 has no sampler for ControlNet units; they were left out." in made.notes
    assert made.bound.outputs.keys() == {"image"}


@pytest.mark.comfy
def test_maps_alone_are_all_of_a_prompt_that_detects(live):
    spec = detect(controlnet_module="canny", controlnet_input_images=[BASE64], controlnet_processor_res=64)
    bound = prompt_of(live, "upscale", spec).bound
    kinds = {node["class_type"] for node in bound.prompt.values()}
    assert kinds == {"PixartLoadImage", "PixartFlatten", "PixartFit", "Canny", "SaveImage"}
    assert bound.outputs == {MAP_OUTPUT: "control-1-map"}


INFO = {name: {} for name in ("ControlNetApplyAdvanced", "ControlNetLoader", "PixartLoadImage", "PixartFlatten")}
INFO |= {"PixartFit": {}, "SaveImage": {}, "Canny": {}, "OpenposePreprocessor": {}}


FILTERED = {
    "SaveImage": {"output": [], "output_node": True, "input": {}},
    "PixartSafety": {"output": ["IMAGE"], "input": {"required": {"threshold": ["FLOAT", {"default": 0.4}]}}},
}


def bound(**more):
    prompt = {"1": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64}}, **more}
    return Bound("m@1", {"nodes": []}, {**prompt, "2": sampler(["8", 0], ["9", 0], ["1", 0])}, {}, (), {})


def test_a_packs_node_gets_what_makes_it_the_module_and_its_resolution():
    unit = Unit("u", "openpose_hand", "a.pth", f"{PICTURE_PREFIX}1", size=(80, 64), resolution=64)
    made = controlled(bound(), INFO, (unit,), {f"{PICTURE_PREFIX}1": "a.png"})
    inputs = made.prompt["control-1-module"]["inputs"]
    parts = {"detect_body": "enable", "detect_hand": "enable", "detect_face": "disable"}
    assert inputs == {"image": ["control-1-flat", 0], **parts, "resolution": 64}


def test_a_node_that_is_gone_by_now_is_named():
    unit = Unit("u", "hed", "a.pth", f"{PICTURE_PREFIX}1")
    with pytest.raises(MissingParts, match="HEDPreprocessor"):
        controlled(bound(), INFO, (unit,), {f"{PICTURE_PREFIX}1": "a.png"})
    with pytest.raises(MissingParts, match="ControlNetApplyAdvanced"):
        controlled(bound(), {"Canny": {}}, (Unit("u"),), {})


def test_ids_of_the_prompts_own_are_left_alone():
    taken = {"control-1-model": {"class_type": "X", "inputs": {}}}
    unit = Unit("u", "none", "a.pth", f"{PICTURE_PREFIX}1")
    made = controlled(bound(**taken), INFO, (unit,), {f"{PICTURE_PREFIX}1": "a.png"})
    assert made.prompt["control-1-model"] == taken["control-1-model"]
    assert made.prompt["control-1-apply-2"]["inputs"]["control_net"] == ["control-1-model-", 0]


@pytest.mark.parametrize("value", ["text", [5], 7], ids=str)
def test_what_is_no_list_of_units_is_an_input_like_any(value, bare_comfy):
    with pytest.raises(UnknownName, match=UNITS_INPUT):
        values = {UNITS_INPUT: value, "image": "a.png"}
        plan(Forms(LIBRARY, bare_comfy.object_info), "pixelate", None, values, {}, bare_comfy.settings)


def test_where_nothing_samples_no_node_of_theirs_is_needed():
    """As where an NPU draws."""
    before = Bound("m@1", {"nodes": []}, {"1": {"class_type": "PixartAxera", "inputs": {}}}, {}, (), {})
    after = controlled(before, {}, (Unit("u", "canny", "a.pth", f"{PICTURE_PREFIX}1"),), {})
    assert (after.prompt, after.notes) == (
        before.prompt,
        ("m@1 has no sampler for ControlNet units; they were left out.",),
    )


def test_units_are_drawn_behind_the_filter_and_their_maps_pass_it_too():
    unit = Unit("u", "none", "a.pth", f"{PICTURE_PREFIX}1")
    made = guarded(controlled(bound(), INFO, (unit,), {f"{PICTURE_PREFIX}1": "a.png"}), FILTERED, "blur")
    saver = made.prompt[made.outputs[MAP_OUTPUT]]
    assert made.prompt[saver["inputs"]["images"][0]]["class_type"] == "PixartSafety"
