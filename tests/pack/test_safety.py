"""The NSFW filter: what counts, how it blurs, where it goes in a prompt; and the node in a real ComfyUI."""

import io
import sys

import numpy as np
import pytest
from modes import LIBRARY
from peach import peach, small_peach
from PIL import Image
from pixart_nodes import safety
from pixart_nodes.errors import SafetyError, UnknownName

from bridge.comfy.events import Event
from bridge.core.errors import MissingParts, SettingsError
from bridge.core.job import Artifact
from bridge.core.places import ROOT
from bridge.core.settings import load
from bridge.drawing.run_state import Prompt, RunState
from bridge.storage.cache import key
from bridge.workflow.bind import Bound, bind
from bridge.workflow.plan import plan
from bridge.workflow.safety import BLURRED_NOTE, guarded, safety_notes
from bridge.workflow.selection import Forms

SEEN = [
    {"class": "FACE_FEMALE", "score": 0.9, "box": [0, 0, 9, 9]},
    {"class": "BUTTOCKS_EXPOSED", "score": 0.4, "box": [0, 0, 9, 9]},
    {"class": "BUTTOCKS_EXPOSED", "score": 0.7, "box": [0, 0, 9, 9]},
    {"class": "ANUS_EXPOSED", "score": 0.39, "box": [0, 0, 9, 9]},
]
NOISE = np.random.default_rng(6).integers(0, 256, (40, 64, 4), dtype=np.uint8)


@pytest.mark.parametrize(
    ("threshold", "labels"),
    [(0.4, ["BUTTOCKS_EXPOSED"]), (0.0, ["ANUS_EXPOSED", "BUTTOCKS_EXPOSED"]), (0.71, []), (0.7, ["BUTTOCKS_EXPOSED"])],
)
def test_only_unsafe_labels_count_and_only_from_the_threshold_on(threshold, labels):
    assert safety.unsafe_labels(SEEN, threshold) == labels


def test_what_is_unsafe_can_be_another_list():
    assert safety.unsafe_labels(SEEN, 0.5, {"FACE_FEMALE"}) == ["FACE_FEMALE"]


def test_labels_are_told_in_words():
    assert safety.in_words(["BUTTOCKS_EXPOSED", "MALE_GENITALIA_EXPOSED"]) == "exposed buttocks, exposed male genitalia"


@pytest.mark.parametrize(
    ("size", "blocks"), [((64, 64), 64), ((40, 64), 40), ((30, 41), 35), ((16, 16), 16), ((8, 8), 4), ((3, 2), 1)]
)
def test_a_blurred_picture_has_few_blocks_of_one_colour_each(size, blocks):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 4), dtype=np.uint8)
    assert len(np.unique(safety.blurred(pixels)[..., :3].reshape(-1, 3), axis=0)) == blocks


def test_blurring_keeps_alpha_the_colours_that_there_are_and_what_it_was_given():
    pixels, before = NOISE.copy(), NOISE.copy()
    result = safety.blurred(pixels)
    assert (result[..., 3] == NOISE[..., 3]).all()
    assert (pixels == before).all()
    assert {tuple(c) for c in result[..., :3].reshape(-1, 3)} <= {tuple(c) for c in NOISE[..., :3].reshape(-1, 3)}


def test_a_blocks_colour_is_one_that_can_be_seen():
    pixels = np.full((8, 8, 4), (255, 0, 0, 0), np.uint8)
    pixels[1, 1], pixels[6, 6] = (0, 200, 0, 255), (0, 0, 90, 128)
    result = safety.blurred(pixels)
    assert result[0, 0].tolist() == [0, 200, 0, 0]
    assert result[7, 7].tolist() == [0, 0, 90, 0]


def test_the_detector_sees_what_a_person_sees():
    pixels = np.zeros((5, 7, 4), np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    seen = safety.view(pixels)
    assert seen[0, 0].tolist() == [10, 20, 30]
    assert (seen[1:] == 255).all()


@pytest.mark.parametrize("pixels", [peach(), small_peach(), small_peach(32)], ids=["320", "64", "32"])
def test_the_stand_in_is_found_at_every_size_and_not_when_it_is_blurred(pixels):
    assert safety.unsafe_labels(safety.look(pixels), safety.THRESHOLD) == ["BUTTOCKS_EXPOSED"]
    assert safety.unsafe_labels(safety.look(safety.blurred(pixels)), safety.LOWEST) == []


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.png")))
def test_the_examples_are_harmless_at_any_threshold(name):
    pixels = np.asarray(Image.open(ROOT / "examples" / name).convert("RGBA"))
    assert safety.unsafe_labels(safety.look(pixels), 0) == []


def test_without_its_library_nothing_passes_and_the_error_says_what_to_do(monkeypatch):
    safety._detector.cache_clear()
    monkeypatch.setitem(sys.modules, safety.PACKAGE, None)  # as Python has what can't be imported
    with pytest.raises(SafetyError, match=r"can't be loaded.*pip install nudenet"):
        safety.look(NOISE)
    monkeypatch.setattr(safety, "find_spec", lambda name: None)
    with pytest.raises(SafetyError, match=r"isn't installed.*pip install nudenet"):
        safety.require("blur")


def test_an_unknown_action_is_told_what_it_may_have_meant():
    with pytest.raises(UnknownName, match="Did you mean 'blur'"):
        safety.require("blurr")


INFO = {
    "LoadImage": {"output": ["IMAGE", "MASK"], "input": {}},
    "SaveImage": {"output": [], "output_node": True, "input": {}},
    "PixartRGB565": {"output": ["IMAGE"], "output_node": True, "input": {}},
    "Odd": {"output": [], "output_node": True, "input": {}},
    "PixartSafety": {"output": ["IMAGE"], "input": {"required": {"threshold": ["FLOAT", {"default": 0.4}]}}},
}


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def bound(prompt, outputs, **more):
    return Bound("m@1", {"nodes": []}, prompt, outputs, (), {}, **more)


def test_outputs_that_read_the_same_picture_share_a_filter():
    prompt = {
        "1": node("LoadImage", image="a.png"),
        "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
        "3": node("PixartRGB565", image=["1", 0]),
        "4": node("SaveImage", images=["3", 0]),
    }
    before = bound(prompt, {"image": "2", "rgb565": "3"}, reports={"axera": "1"})
    after = guarded(before, INFO, "refuse")
    filter = {"class_type": "PixartSafety", "_meta": {"title": "Safety"}}
    filter["inputs"] = {"image": ["1", 0], "action": "refuse", "threshold": 0.4}
    assert after.prompt == {
        "1": prompt["1"],
        "2": node("SaveImage", images=["safety-1-0", 0], filename_prefix="x"),
        "3": node("PixartRGB565", image=["safety-1-0", 0]),
        "4": prompt["4"],  # what it is handed on has been through the filter
        "safety-1-0": filter,
    }
    assert after.reports == {"axera": "1", "safety": "safety-1-0"}
    assert (after.graph, after.outputs) == (before.graph, before.outputs)
    assert before.prompt["2"]["inputs"]["images"] == ["1", 0]


def test_every_picture_of_every_output_node_is_filtered_whatever_its_input_is_called():
    prompt = {
        "1": node("LoadImage", image="a.png"),
        "safety-1-0": node("LoadImage", image="b.png"),  # somebody's own id
        "3": node("Odd", frames=["1", 0], mask=["1", 1], text="b", other=["safety-1-0", 0]),
    }
    after = guarded(bound(prompt, {}), INFO, "blur")
    assert after.prompt["3"]["inputs"] == {
        "frames": ["safety-1-0-", 0],
        "mask": ["1", 1],
        "text": "b",
        "other": ["safety-safety-1-0-0", 0],
    }
    assert after.reports == {"safety": "safety-1-0-", "safety_2": "safety-safety-1-0-0"}


def test_a_comfyui_without_the_node_draws_nothing():
    with pytest.raises(MissingParts, match=r"ENABLE_NSFW_FILTER.*PixartSafety.*custom_nodes/pixart_nodes"):
        guarded(bound({}, {}), {}, "blur")


def test_the_settings_are_read_and_an_unknown_action_is_refused(monkeypatch):
    assert (load().nsfw_filter, load().nsfw_action) == (False, "blur")
    monkeypatch.setenv("ENABLE_NSFW_FILTER", "true")
    monkeypatch.setenv("NSFW_ACTION", "refuse")
    assert (load().nsfw_filter, load().nsfw_action) == (True, "refuse")
    monkeypatch.setenv("NSFW_ACTION", "blurr")
    with pytest.raises(SettingsError, match="NSFW_ACTION"):
        load()


@pytest.mark.parametrize(("unsafe", "said"), [(True, [BLURRED_NOTE]), (False, [])])
def test_what_was_blurred_is_said(unsafe, said):
    reports = [
        Artifact(name, "", "", 0, {"unsafe": which}) for name, which in (("safety", False), ("safety_2", unsafe))
    ]
    assert safety_notes([Artifact("image", "a", "image/png", 1, {"unsafe": True}), *reports]) == said


def test_no_preview_gets_out_before_somebody_looked():
    event = Event("p", preview=("image/png", b"x"))
    for shown in (True, False):
        live = RunState("a", previews=shown, prompt=Prompt("p"))
        assert live.take(event) is shown
        assert live.progress.preview == (("image/png", b"x") if shown else None)


@pytest.mark.comfy
@pytest.mark.parametrize("name", sorted(each.name for each in LIBRARY))
def test_every_workflow_saves_no_picture_that_was_not_looked_at(comfy, name):
    info, workflow = comfy.object_info, LIBRARY.get(name)
    pictures = {each.name: "a.png" for each in workflow.inputs.values() if each.kind == "picture"}
    before = bind(workflow, pictures, info)
    after = guarded(before, info, "blur")
    filters = {key for key, node in after.prompt.items() if node["class_type"] == "PixartSafety"}
    assert filters == {node for name, node in after.reports.items() if name.startswith("safety")}
    assert filters or before.outputs.keys() == {"caption"}  # of which no picture comes out
    for id in workflow_pictures(after, info):
        link = next(
            after.prompt[id]["inputs"][each] for each in ("image", "images") if each in after.prompt[id]["inputs"]
        )
        assert link[0] in {*filters, *after.outputs.values()}
    assert after.graph == before.graph


def workflow_pictures(bound, info):
    """The outputs that save pictures."""
    return [
        id
        for name, id in bound.outputs.items()
        if name != "caption" and {"image", "images"} & bound.prompt[id]["inputs"].keys()
    ]


@pytest.mark.comfy
def test_the_filter_and_its_action_are_part_of_the_caches_key(comfy, monkeypatch):
    keys = set()
    for environment in ({}, {"ENABLE_NSFW_FILTER": "1"}, {"ENABLE_NSFW_FILTER": "1", "NSFW_ACTION": "refuse"}):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        made = plan(Forms(LIBRARY, comfy.object_info), "pixelate", None, {"image": "a.png"}, {}, load()).bound
        keys.add(key(made.prompt, made.outputs, system={}, files={}, engine={}))
    assert len(keys) == 3


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


class Filter:
    """The node in ComfyUI, between a picture and a file."""

    def __init__(self, comfy):
        self.comfy = comfy

    def __call__(self, pictures, save="PixartSaveIndexed", inputs=(), colors="", **asked):
        prompt = {"last": None}
        for number, pixels in enumerate(pictures):
            name = self.comfy.put_input(f"safety-{number}.png", png(pixels))
            prompt[f"p{number}"] = node("PixartLoadImage", image=name)
        prompt["last"] = prompt.pop("p0")
        if len(pictures) == 2:
            prompt["first"] = prompt["last"]
            prompt["last"] = node("ImageBatch", image1=["first", 0], image2=["p1", 0])
        prompt["filter"] = node("PixartSafety", **{"image": ["last", 0], "action": "blur", "threshold": 0.4, **asked})
        prompt["saved"] = node(save, images=["filter", 0], filename_prefix="safety/a", **dict(inputs))
        prompt["palette"] = node("PixartPalette", palette="custom" if colors else "pico-8", colors=colors, file="")
        return self.comfy.run(prompt)

    def pixels(self, entry):
        """uint8 [B, H, W, 4] of what was saved."""
        files = entry["outputs"]["saved"]["images"]
        return np.stack([np.asarray(Image.open(io.BytesIO(self.comfy.output(one))).convert("RGBA")) for one in files])


@pytest.fixture
def run(comfy):
    return Filter(comfy)


@pytest.mark.comfy
@pytest.mark.parametrize("action", safety.ACTIONS)
def test_a_harmless_picture_passes_to_the_last_bit(run, action):
    opaque = NOISE | np.array([0, 0, 0, 255], np.uint8)
    entry = run([opaque], action=action)
    assert entry["outputs"]["filter"]["pixart"] == [{"unsafe": False, "found": [], "action": action}]
    assert (run.pixels(entry)[0] == opaque).all()


@pytest.mark.comfy
def test_of_a_batch_only_the_unsafe_picture_is_blurred_and_its_alpha_stays(run):
    tree = np.asarray(Image.open(ROOT / "examples" / "tree-retro-16bit.png").convert("RGBA"))
    unsafe = small_peach()
    unsafe[:4, :4, 3] = 0
    entry = run([tree, unsafe])
    assert entry["outputs"]["filter"]["pixart"] == [{"unsafe": True, "found": ["BUTTOCKS_EXPOSED"], "action": "blur"}]
    passed, blurred = run.pixels(entry)
    assert (passed == np.where(tree[..., 3:] > 0, tree, 0)).all()
    assert (blurred == np.where(unsafe[..., 3:] > 0, safety.blurred(unsafe), 0)).all()
    assert run([tree, unsafe])["outputs"]["filter"] == entry["outputs"]["filter"]  # ComfyUI still knows it, and says so


@pytest.mark.comfy
def test_refusing_ends_the_run_and_says_why(run):
    status = run([small_peach()], action="refuse")["status"]
    (said,) = [about for name, about in status["messages"] if name == "execution_error"]
    assert said["exception_type"].endswith("UnsafePicture")
    assert said["exception_message"].strip().endswith("it seems to show exposed buttocks.")


@pytest.mark.comfy
def test_blurred_indexed_art_is_saved_in_its_palette(run):
    art = small_peach()
    art[..., :3] &= 0xF0
    table = np.unique(art[..., :3].reshape(-1, 3), axis=0)
    entry = run([art], inputs={"palette": ["palette", 0]}, colors=" ".join("#" + bytes(each).hex() for each in table))
    assert entry["outputs"]["filter"]["pixart"][0]["unsafe"]
    assert entry["outputs"]["saved"]["pixart"][0]["mode"] == "indexed"
    assert (run.pixels(entry)[0] == safety.blurred(art)).all()
