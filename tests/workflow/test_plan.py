"""What a job becomes: its workflow or the fallback, progress from ComfyUI's messages, settings from the environment."""

import dataclasses
import json
import struct
from types import SimpleNamespace

import pytest
from modes import LIBRARY

from bridge.comfy.events import Event, parse
from bridge.comfy.protocol import Outcome, read_outcome, read_refusal
from bridge.core.errors import BadRequest, MissingParts, PromptRefused, SettingsError, UnknownName
from bridge.core.settings import load
from bridge.drawing.outcome import NodeRemarks, remarks
from bridge.drawing.run_state import fraction
from bridge.workflow.bind import bind
from bridge.workflow.library import Library
from bridge.workflow.plan import in_the_callers_words, pictures_of, plan, unlike_parts
from bridge.workflow.selection import Forms


def test_a_mode_without_its_models_is_its_fallback_and_that_is_said(bare_comfy):
    workflow, (note,) = Forms(LIBRARY, bare_comfy.object_info).choose("sketch", {})
    assert workflow.name == "pixelate@2"
    assert "so pixelate@2 was used" in note
    assert "models/checkpoints" in note


def test_a_mode_with_its_models_is_itself(comfy):
    assert Forms(LIBRARY, comfy.object_info).choose("sketch", {}) == (LIBRARY.get("sketch@2"), ())


def test_a_mode_that_can_not_run_at_all_names_what_is_missing_once():
    with pytest.raises(MissingParts, match=r"pixelate@2 can't run .* 9 node classes are missing \(Pixart"):
        Forms(LIBRARY, {}).choose("sketch", {})


def test_an_unknown_mode_is_told_what_it_may_have_meant():
    with pytest.raises(UnknownName, match="Did you mean 'sketch'"):
        Forms(LIBRARY, {}).choose("scetch", {})


WORDS = {"cfg": "cfg_scale", "hires_cfg": "cfg_scale", "hires_steps": "hr_steps", "fit": "resize_mode"}
WORDS |= {"image": "init_image"}


def planned(comfy, mode, **values):
    return plan(Forms(LIBRARY, comfy.object_info), mode, None, values, WORDS, comfy.settings, loose=True)


def test_what_was_brought_into_its_range_is_said_in_the_callers_words(comfy):
    assert "cfg_scale: 30 instead of 99" in planned(comfy, "txt2img", cfg=99).notes
    with pytest.raises(BadRequest, match=r"^init_image is missing\.") as raised:
        planned(comfy, "img2img")
    assert raised.value.field == "init_image"


@pytest.mark.parametrize("loose", [True, False])
def test_a_mode_without_an_input_for_where_comfyui_writes_is_drawn_without_a_word(loose, comfy):
    whole = LIBRARY.get("txt2img")
    inputs = {name: entry for name, entry in whole.inputs.items() if name != "filename_prefix"}
    library = Library([dataclasses.replace(whole, inputs=inputs)])
    values = {"prompt": "a tree", "filename_prefix": "pixart/1"}
    made = plan(Forms(library, comfy.object_info), "txt2img", None, values, {}, comfy.settings, loose=loose)
    assert made.notes == planned(comfy, "txt2img", prompt="a tree").notes


def test_a_field_that_some_input_takes_was_not_left_out(comfy):
    notes = planned(comfy, "txt2img", cfg=5, hires_cfg=5, hires_steps=9).notes
    assert "txt2img has no input for hr_steps; left out." in notes
    assert [note for note in planned(comfy, "txt2img", cfg=5, hires_cfg=5).notes if "left out" in note] == []


@pytest.mark.parametrize(("asked", "used"), [("cover", "crop"), ("contain", "pad"), ("extend", "pad")])
def test_a_fit_goes_by_the_workflows_own_word_for_it(asked, used, comfy):
    made = planned(comfy, "pixelate", image="x.png", fit=asked)
    assert made.bound.used["fit"] == used
    is_known = asked != "extend"  # by the dialects as the same
    assert (f"resize_mode: {used} instead of {asked}" in made.notes) != is_known


def test_pictures_beyond_the_first_of_an_output_are_told_of():
    plan = SimpleNamespace(bound=SimpleNamespace(outputs={"image": "3", "rgb565": "4"}, prompt={}))
    one, bytes_and_header = {"filename": "a.png"}, [{"filename": "a.bin"}, {"filename": "a.h"}]

    def said(count):
        made = {"3": {"images": [one] * count}, "4": {"files": bytes_and_header, "images": [one] * 2}}
        return remarks(plan, Outcome(True, False, "", None, made), NodeRemarks())

    assert said(1) == []
    assert said(3) == ["The workflow's output 'image' made 3 pictures in one run; only the first was taken."]


def test_a_run_of_a_batch_may_have_a_picture_of_its_own():
    pictures = {"image": "a", "mask": "m", "image@1": "b", "image@12": "c"}
    assert pictures_of(pictures, 0) == {"image": "a", "mask": "m"}
    assert pictures_of(pictures, 1) == {"image": "b", "mask": "m"}
    assert pictures_of(pictures, 12) == {"image": "c", "mask": "m"}


PROMPT = {
    "1": {"inputs": {}},
    "2": {"inputs": {"steps": 20, "sampler_name": "euler"}},
    "3": {"inputs": {}},
    "4": {"inputs": {}},
}
DONE = {"state": "finished", "value": 1, "max": 1}


@pytest.mark.parametrize(
    ("prompt", "nodes", "part"),
    [
        (PROMPT, {}, 0.0),
        (PROMPT, {"1": DONE}, 0.05),
        (PROMPT, {"1": DONE, "2": {"state": "running", "value": 10, "max": 20}}, 0.45),
        (PROMPT, {"1": DONE, "2": {**DONE, "value": 20, "max": 20}}, 0.9),
        (PROMPT, dict.fromkeys(PROMPT, DONE), 1.0),
        ({"1": {}, "3": {}}, {"1": DONE}, 0.5),
        ({}, {}, 0.0),
    ],
)
def test_a_samplers_steps_are_most_of_the_way(prompt, nodes, part):
    assert fraction(prompt, nodes) == pytest.approx(part)  # sums of tenths are not exact in binary


def text(kind, **data):
    return json.dumps({"type": kind, "data": data})


FILE = {"filename": "x.png", "subfolder": "", "type": "output"}
META = json.dumps({"prompt_id": "p", "image_type": "image/png"}).encode()


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (text("progress_state", prompt_id="p", nodes={"1": DONE}), Event("p", nodes={"1": DONE})),
        (text("execution_success", prompt_id="p"), Event("p", drawn=True)),  # the history may not be written yet
        (text("executed", prompt_id="p", node="3", output={"images": [FILE]}), Event("p", files={"3": [FILE]})),
        (text("executed", prompt_id="p", node="3", output={"files": [FILE]}), Event("p", files={"3": [FILE]})),
        (text("executed", prompt_id="p", node="3", output={"text": ["Hello."]}), Event("p", files={"3": []})),
        (
            text("executed", prompt_id="p", node="3", output={"images": [{}, {"filename": 3}, 3]}),
            Event("p", files={"3": []}),
        ),
        (text("executed", prompt_id="p", node="3", output=[FILE]), Event("p", files={"3": []})),
        (text("execution_error", prompt_id="p"), None),  # the history is not written yet
        (text("execution_interrupted", prompt_id="p"), None),  # the history is not written yet
        (text("executing", prompt_id="p", node=None), Event("p", ended=True)),
        (text("executing", prompt_id="p", node="3"), None),
        (text("status", status={}), None),
        (text("crystools.monitor", cpu=1), None),
        (struct.pack(">II", 4, len(META)) + META + b"png", Event("p", preview=("image/png", b"png"))),
        (struct.pack(">II", 1, 1) + b"jpeg of nobody knows which prompt", None),
        (b"", None),
    ],
)
def test_messages_are_hints_about_one_prompt(message, event):
    assert parse(message) == event


def test_an_interrupted_prompt_is_an_error_with_a_message_of_its_own():
    entry = {"status": {"status_str": "error", "messages": [["execution_interrupted", {"node_id": "3"}]]}}
    outcome = read_outcome(entry)
    assert (outcome.succeeded, outcome.interrupted) == (False, True)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"error": {"message": "No prompt", "details": ""}, "node_errors": {}}, "No prompt"),
        (
            {
                "error": {"message": "Prompt outputs failed validation", "details": ""},
                "node_errors": {"4": {"class_type": "KSampler", "errors": [{"message": "Too", "details": "big"}]}},
            },
            "KSampler: Too big",
        ),
        ({}, "ComfyUI refused the graph"),
    ],
)
def test_the_useful_sentence_of_a_refusal_is_found(answer, sentence):
    assert read_refusal(answer) == sentence


def test_a_refusal_names_the_callers_field(comfy):
    bound = bind(LIBRARY.get("pixelate"), {"image": "x.png"}, comfy.object_info)
    (node, widget) = next(key for key, name in bound.sources.items() if name == "width")
    wrong = {"message": "Value 0 smaller than min of 1", "details": "width", "extra_info": {"input_name": widget}}
    refused = PromptRefused("no", node_errors={node: {"errors": [wrong]}})
    assert in_the_callers_words(refused, bound, {"width": "Breite"}) == "Breite: Value 0 smaller than min of 1 width"
    assert in_the_callers_words(PromptRefused("no"), bound, {}) == "no"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT: "),
        ("PORT", "70000", "PORT: "),
        ("COMFYUI_URL", "localhost:8188", "must start with http:// or https://"),
        ("TIMEOUT_SECONDS", "0", "TIMEOUT_SECONDS: "),
        ("MAX_QUEUE_SIZE", "0", "MAX_QUEUE_SIZE: "),
    ],
)
def test_a_setting_that_can_not_be_used_is_named(monkeypatch, name, value, sentence):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert sentence in str(caught.value)


def test_settings_come_from_the_environment_and_arguments_go_first(monkeypatch):
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("COMFYUI_URL", "http://gpu:8188/")
    monkeypatch.setenv("API_KEY", "")
    loaded = load()
    assert (loaded.port, loaded.cors_origins) == (9000, ("https://a.example", "https://b.example"))
    assert (loaded.comfyui_url, loaded.api_key) == ("http://gpu:8188", None)
    assert load(port=0).port == 0


@pytest.mark.comfy
def test_a_workflow_that_does_not_look_at_the_picture_takes_what_is_meant_for_photographs(comfy):
    values = {"image": "a.png", "photo_method": "box", "photo_dither": "bayer-4", "filename_prefix": "x"}
    made = plan(Forms(LIBRARY, comfy.object_info), "pixelate@1", None, values, WORDS, comfy.settings)
    assert (made.bound.used["method"], made.bound.used["dither"]) == ("box", "bayer-4")


@pytest.mark.parametrize(
    ("batch", "pictures", "begin", "expected"),
    [
        ((), ["image"], 0, [0]),
        (({"seed": 1}, {"seed": 2}, {"variation_seed": 3}), ["image"], 0, [0]),
        (({"checkpoint": "a"}, {"checkpoint": "b", "seed": 1}, {"checkpoint": "a"}), [], 0, [0, 1]),
        (({"checkpoint": "a"}, {"checkpoint": "b"}, {"checkpoint": "a"}), [], 1, [1, 2]),
        (({}, {}, {}), ["image", "mask@2"], 0, [0, 2]),
    ],
)
def test_only_runs_that_may_need_something_else_are_looked_at(batch, pictures, begin, expected):
    assert list(unlike_parts(batch, pictures, begin)) == expected
