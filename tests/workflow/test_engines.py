"""ENGINE: which workflow draws a mode, what it is told, and what a request to another A1111 keeps."""

import json

import pytest
from modes import LIBRARY

from bridge.adapters import profiles
from bridge.adapters.a1111.generate import read_img2img, read_txt2img
from bridge.adapters.a1111.result import infotext
from bridge.adapters.a1111.settings import Options
from bridge.adapters.dialect import Request
from bridge.app.serve import Door, doors
from bridge.catalog.models import Catalog, catalog
from bridge.comfy.environment import of_child
from bridge.core.errors import SettingsError, WorkflowError
from bridge.core.job import UNSAID_KEY, Artifact, Job, JobState
from bridge.core.places import ROOT
from bridge.core.settings import PROFILE_DEFAULTS, Settings, load
from bridge.core.unobeyed import NOT_OBEYED, unobeyed
from bridge.core.variables import values_of
from bridge.workflow.file import BUILT_IN, ENGINES
from bridge.workflow.library import Library
from bridge.workflow.plan import plan
from bridge.workflow.selection import Forms

FORMS = [each for each in LIBRARY if each.serves]
GENERIC = ("txt2img", "img2img", "inpaint", "txt2img_pixel", "img2img_pixel", "txt2img_rgb565", "img2img_rgb565")
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize("mode", GENERIC)
def test_every_generic_mode_has_a_form_for_every_engine(mode, engine):
    form = LIBRARY.form(mode, engine)
    assert form is not None
    assert form.engine == engine
    assert LIBRARY.form(mode, ENGINES[0]) is None


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_takes_the_same_pictures_and_gives_the_same_results(form):
    for mode in form.serves:
        asked = LIBRARY.get(mode)
        assert asked.outputs.keys() <= form.outputs.keys()
        pictures = {name for name, entry in asked.inputs.items() if entry.kind == "picture"}
        assert pictures == {name for name, entry in form.inputs.items() if entry.kind == "picture"}
        if form.engine != BUILT_IN:  # built-in drawings have no steps, and are drawn at a panel's own size
            assert {"width", "height", "prompt", "seed", "steps", "filename_prefix"} <= form.inputs.keys()


@pytest.mark.comfy
@pytest.mark.parametrize(
    ("engine", "name"), [(None, "txt2img@1"), ("axera", "txt2img_axera@1"), ("a1111", "txt2img_a1111@1")]
)
def test_one_setting_says_what_draws(engine, name, comfy):
    chosen, notes = Forms(LIBRARY, comfy.object_info, **({"engine": engine} if engine else {})).choose("txt2img", {})
    assert (chosen.name, notes) == (name, ())


@pytest.mark.comfy
def test_a_version_named_by_the_client_is_what_draws_whatever_the_engine(comfy):
    assert Forms(LIBRARY, comfy.object_info, "axera").choose("txt2img@1", {})[0].name == "txt2img@1"


def planned(comfy, engine, mode="txt2img", **values):
    given = {"prompt": "a fox", "width": 64, "height": 64, "filename_prefix": "x", **values}
    words = {"cfg": "cfg_scale", "negative": "negative_prompt", "sampler": "sampler_name"}
    forms = Forms(LIBRARY, comfy.object_info, engine)
    return plan(forms, mode, None, given, words, Settings(engine=engine), loose=True)


@pytest.mark.comfy
@pytest.mark.trap(15)
def test_what_an_npu_cant_do_is_brought_to_what_it_can_and_said(comfy):
    made = planned(comfy, "axera", steps=7, negative="text", cfg=1.5, sampler="euler", scheduler="karras", loras="")
    assert made.bound.used["steps"] == 4
    left = (
        "txt2img_axera@1 has no input for negative_prompt, cfg_scale, sampler_name; left out."  # karras is the mode's
    )
    assert {left, "steps: 4 instead of 7"} <= set(made.notes)


@pytest.mark.comfy
def test_what_the_dialect_chose_by_itself_is_no_value_that_is_left_out(comfy):
    chosen = {"steps": 50, "cfg": 1.5, "sampler": "euler", UNSAID_KEY: ["steps", "cfg", "sampler"]}
    notes = planned(comfy, "axera", negative="text", **chosen).notes
    assert [note for note in notes if "left out" in note] == [
        "txt2img_axera@1 has no input for negative_prompt; left out."
    ]


@pytest.mark.comfy
def test_another_a1111_gets_the_names_that_it_knows(comfy):
    made = planned(comfy, "a1111", steps=20, sampler="dpmpp_2m_sde", scheduler="exponential")
    assert (made.bound.used["sampler"], made.bound.used["scheduler"]) == ("DPM++ 2M SDE", "Exponential")


def asked(read=read_txt2img, memory=None, **body):
    live = Catalog(live=True, engine="a1111", checkpoints=("there.safetensors",), checkpoint="there.safetensors")
    return read(Request(body=body, options=Options(), catalog=live, memory=memory or {}, token=11, now=1.0)).spec


def test_a_request_is_handed_on_as_it_came():
    scripts = {"ADetailer": {"args": [True]}}
    sent = {"prompt": "(a:1.2) [b] <lora:x:0.5>", "enable_hr": True, "hr_scale": 1.5, "alwayson_scripts": scripts}
    more = {"sampler_name": "Euler a", "styles": ["mine"], "override_settings": {"sd_vae": "v"}, "unknown": 1}
    spec = asked(**sent, **more, seed=5, batch_size=2, send_images=True)
    assert (spec.mode, spec.notes) == ("txt2img", ())
    assert json.loads(spec.values["request"]) == {**sent, **more}
    assert spec.values["prompt"] == sent["prompt"]
    assert spec.batch == ({"seed": 5}, {"seed": 6})  # one picture at a time, so that each can be kept
    assert "checkpoint" not in spec.values  # the other's own, unless the request names one


def test_a_variation_is_handed_on_by_its_seed():
    spec = asked(prompt="x", seed=5, subseed=9, subseed_strength=0.25, n_iter=2)
    assert (spec.values["seed"], spec.values["variation_strength"]) == (5, 0.25)
    assert spec.batch == ({"variation_seed": 9}, {"variation_seed": 10})
    assert json.loads(spec.values["request"]) == {"prompt": "x"}


def test_options_that_were_posted_before_are_handed_on_with_each_request():
    memory = {"sd_model_checkpoint": "there.safetensors", "CLIP_stop_at_last_layers": 2, "sd_vae": "a"}
    spec = asked(prompt="x", memory=memory, override_settings={"sd_vae": "b"})
    assert spec.values["checkpoint"] == "there.safetensors"
    wanted = {"CLIP_stop_at_last_layers": 2, "sd_vae": "b"}
    assert json.loads(spec.values["request"])["override_settings"] == wanted


def test_pictures_travel_through_the_graph():
    spec = asked(read_img2img, prompt="x", init_images=[PICTURE], denoising_strength=0, resize_mode=2)
    assert (spec.mode, spec.values["denoise"]) == ("img2img", 0)
    assert set(spec.pictures) == {"image"}
    assert json.loads(spec.values["request"]) == {"prompt": "x", "denoising_strength": 0, "resize_mode": 2}
    spec = asked(read_img2img, init_images=[PICTURE], mask=PICTURE, inpainting_fill=1)
    assert (spec.mode, set(spec.pictures)) == ("inpaint", {"image", "mask"})


def test_a_workflow_of_the_clients_own_is_read_as_ever():
    assert "request" not in asked(prompt="x", workflow="txt2img_pixel").values


def test_the_infotext_is_that_of_the_a1111_that_drew():
    report = Artifact("a1111", "", "", 0, {"parameters": "a fox\nSteps: 3"})
    job = Job("1", "a1111", "txt2img", JobState.COMPLETED, 1.0, 0.0, artifacts=(report,))
    assert infotext(job, 0) == "a fox\nSteps: 3"


def test_models_are_those_of_the_engine():
    info = {"PixartAxera": {"input": {"required": {"models": ["COMBO", {"options": ["lcm", "remote service"]}]}}}}
    npu = catalog(info, engine="axera", report={"model": "lcm", "size": [512, 768]})
    assert (npu.checkpoints, npu.checkpoint, npu.size) == (("lcm",), "lcm", (512, 768))
    other = catalog(info, engine="a1111", report={"models": ["a.ckpt [1]", "b.ckpt"], "model": "b.ckpt"})
    assert (other.checkpoints, other.checkpoint) == (("a.ckpt [1]", "b.ckpt"), "b.ckpt")
    assert catalog(info).checkpoints == ()


def test_the_axera_profile_is_the_service_on_its_port_with_its_engine(monkeypatch):
    for name in ("PORT", "ENGINE"):
        monkeypatch.delenv(name, raising=False)
    assert profiles()["axera"] == ("unified", "a1111")
    service = load(profile="axera")
    assert (service.engine, service.port) == (PROFILE_DEFAULTS["axera"]["engine"], 5000)
    assert doors(service) == [Door("127.0.0.1", 5000, "axera")]
    assert load(profile="axera", port=0).port == 0
    monkeypatch.setenv("ENGINE", "comfyui")
    assert load(profile="axera").engine == "comfyui"


def test_an_engine_that_there_isnt_is_refused_with_those_that_are(monkeypatch):
    monkeypatch.setenv("ENGINE", "npu")
    with pytest.raises(SettingsError, match=r"ENGINE.*'comfyui', 'axera', 'a1111' or 'builtin'"):
        load()


def test_settings_of_the_original_without_effect_here_are_said():
    assert unobeyed({"CLIP_VISION_MODEL": "x", "TEXT_MODEL_DIR": "y", "A1111_BASE_URL": "z"}) == [
        "CLIP_VISION_MODEL is set, but has no effect: pictures are interrogated by what is in models/taggers and "
        "models/blip, not by CLIP on the NPU."
    ]


def test_what_only_env_files_say_is_seen_and_handed_on_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("OUTPUT_DIR=out\nCUDA_VISIBLE_DEVICES=1\n")
    assert unobeyed(values_of(NOT_OBEYED)) == ["OUTPUT_DIR is set, but has no effect: results are kept in PIXART_DATA."]
    assert of_child(load())["CUDA_VISIBLE_DEVICES"] == "1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert of_child(load())["CUDA_VISIBLE_DEVICES"] == "0"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [({"engine": "npu"}, "engine is 'npu'"), ({"serves": ["txt2img"]}, "serves needs an engine")],
    ids=str,
)
def test_a_workflow_with_a_wrong_engine_is_refused(changes, wrong, tmp_path):
    graph = json.loads((ROOT / "workflows" / "txt2img.v1.json").read_text())
    graph["extra"]["pixart"] |= changes
    (tmp_path / "txt2img.v1.json").write_text(json.dumps(graph))
    with pytest.raises(WorkflowError, match=wrong):
        Library.open(tmp_path)


def test_two_workflows_cant_serve_one_mode_on_one_engine(tmp_path):
    for name in ("first", "second"):
        graph = json.loads((ROOT / "workflows" / "txt2img.v1.json").read_text())
        graph["extra"]["pixart"] |= {"mode": name, "engine": "axera", "serves": ["txt2img"]}
        (tmp_path / f"{name}.v1.json").write_text(json.dumps(graph))
    with pytest.raises(WorkflowError, match="both serve 'txt2img' on axera"):
        Library.open(tmp_path)
