"""The converter makes of a graph what ComfyUI's own editor makes of it, and refuses what it can't convert exactly."""

import copy
import io
import json

import pytest
import sketches
from browser import open_editor
from modes import LIBRARY

from bridge.core.errors import WorkflowError
from bridge.core.picture import png_text
from bridge.workflow.bind import bind
from bridge.workflow.convert import convert, slots

NAMES = sorted(workflow.name for workflow in LIBRARY)
# An engine's forms are built alike; what takes seconds in the editor is tried with one of each.
DRAWN = ("aleaart@1", "img2img_rgb565@1", "inpaint@1", "inpaint_axera@1", "pico_a1111@1", "pixelate@2", "sketch@2")
FEWER = [name for name in NAMES if not LIBRARY.get(name).serves or name in ("inpaint_axera@1", "pico_a1111@1")]
MUTED, BYPASSED = 2, 4
VALUES = {
    **dict.fromkeys(("image", "mask", "style"), "sketch.png"),
    "width": 40,
    "height": 24,
    "colors": "#000000 #ffffff",
    "dither": "bayer-2",
    "contrast": 1.25,
    "prompt": 'a "tree",\n(old:1.2) über // grün {a|b}',
    "seed": 2**53 - 1,
    "cfg": 0,
}


@pytest.fixture(scope="module")
def editor(comfy, tmp_path_factory):
    with open_editor(comfy.url, tmp_path_factory.mktemp("profile")) as page:
        yield page


def bound(name, comfy, **more):
    workflow = LIBRARY.get(name)
    others = {"dither": "none"} if "machine" in workflow.inputs else {}  # machines have dithers of their own
    values = {key: value for key, value in {**VALUES, **others, **more}.items() if key in workflow.inputs}
    return bind(workflow, values, comfy.object_info)


# Against the editor itself


@pytest.fixture(scope="module", params=NAMES)
def opened(request, editor):
    """A workflow by its name, open in the editor: loading takes half a second, so that every test sees the same."""
    editor.load(LIBRARY.get(request.param).graph)
    return request.param


@pytest.mark.comfy
@pytest.mark.browser
def test_a_saved_workflow_becomes_the_editors_own_prompt(opened, comfy, editor):
    assert convert(LIBRARY.get(opened).graph, comfy.object_info) == editor.prompt()


@pytest.mark.comfy
@pytest.mark.browser
def test_the_editor_saves_a_workflow_as_it_is_and_keeps_its_handle(opened, comfy, editor):
    graph, saved = LIBRARY.get(opened).graph, editor.saved()
    assert saved["extra"]["pixart"] == graph["extra"]["pixart"]
    assert [node.get("title") for node in saved["nodes"]] == [node["title"] for node in graph["nodes"]]
    assert convert(saved, comfy.object_info) == convert(graph, comfy.object_info)


@pytest.mark.comfy
@pytest.mark.browser
def test_an_exported_workflow_which_leaves_out_widgets_is_converted_alike(opened, comfy, editor):
    graph, exported = LIBRARY.get(opened).graph, editor.exported()
    assert sum(len(node["inputs"]) for node in exported["nodes"]) < sum(len(node["inputs"]) for node in graph["nodes"])
    assert convert(exported, comfy.object_info) == convert(graph, comfy.object_info)


@pytest.mark.comfy
@pytest.mark.browser
@pytest.mark.parametrize("mode", [MUTED, BYPASSED], ids=["muted", "bypassed"])
@pytest.mark.parametrize("opened", FEWER, indirect=True)
def test_each_node_switched_off_is_left_out_as_the_editor_does(opened, mode, comfy, editor):
    saved = copy.deepcopy(LIBRARY.get(opened).graph)
    saved["extra"]["frontendVersion"] = editor.exported()["extra"]["frontendVersion"]  # newer ones unlink what is muted
    theirs = json.loads(editor.page.evaluate(SWITCHED_OFF, mode))
    assert len(theirs) == len([node for node in saved["nodes"] if "Note" not in node["type"]])
    for title, prompt in theirs.items():
        graph = copy.deepcopy(saved)
        next(node for node in graph["nodes"] if node["title"] == title)["mode"] = mode
        assert convert(graph, comfy.object_info) == prompt, title


# The editor's prompt with each node in turn in this mode, by the node's title.
SWITCHED_OFF = """async mode => {
  const found = {}
  for (const node of app.graph.nodes.filter(each => !each.type.includes('Note'))) {
    const before = node.mode
    node.mode = mode
    found[node.title] = (await app.graphToPrompt()).output
    node.mode = before
  }
  return JSON.stringify(found)
}"""


@pytest.mark.comfy
@pytest.mark.browser
@pytest.mark.parametrize("name", FEWER)
def test_a_bound_workflow_becomes_the_editors_own_prompt(name, comfy, editor):
    made = bound(name, comfy, prompt="a tree")
    editor.load(made.graph)
    assert made.prompt == editor.prompt()


@pytest.mark.comfy
@pytest.mark.browser
def test_reroutes_and_primitives_are_seen_through_as_the_editor_does(comfy, editor):
    editor.load(LIBRARY.get("pixelate").graph)
    editor.page.evaluate(DETOURS)
    graph = editor.saved()
    assert {"Reroute", "PrimitiveNode"} <= {node["type"] for node in graph["nodes"]}
    prompt = convert(graph, comfy.object_info)
    assert prompt == editor.prompt()
    (downscale,) = (node for node in prompt.values() if node["class_type"] == "PixartDownscale")
    assert downscale["inputs"]["width"] == 77


@pytest.mark.comfy
@pytest.mark.browser
@pytest.mark.parametrize("short", [1, 2])
def test_a_file_from_before_a_node_got_its_newest_widgets_is_read_as_the_editor_reads_it(short, comfy, editor):
    graph = copy.deepcopy(LIBRARY.get("pixelate").graph)
    for node in graph["nodes"]:
        if node["type"] == "PixartQuantize":
            node["widgets_values"] = node["widgets_values"][:-short]
    editor.load(graph)
    assert convert(graph, comfy.object_info) == editor.prompt()


DETOURS = """async () => {
  const node = title => app.graph.nodes.find(each => each.title === title)
  const reroute = LiteGraph.createNode('Reroute'), primitive = LiteGraph.createNode('PrimitiveNode')
  app.graph.add(reroute); app.graph.add(primitive)
  node('Adjust').connect(0, reroute, 0); reroute.connect(0, node('Downscale'), 0)
  const width = node('Downscale').inputs.findIndex(each => each.name === 'width')
  primitive.connect(0, node('Downscale'), width)
  primitive.widgets[0].value = 77
}"""


@pytest.mark.comfy
@pytest.mark.browser
@pytest.mark.parametrize("name", DRAWN)
def test_a_finished_picture_dropped_on_the_editor_shows_the_values_that_made_it(name, comfy, editor):
    buffer = io.BytesIO()
    sketches.tree(64).save(buffer, "PNG")
    picture = comfy.put_input("dropped.png", buffer.getvalue())
    small = {"steps": 1, "generation_side": 64, "image": picture, "mask": picture, "style": picture}
    small |= {"hires_width": 64, "hires_height": 64, "hires_steps": 1}
    made = bound(name, comfy, prompt="a tree", **small)
    entry = comfy.run(made.prompt, made.graph)
    (image,) = entry["outputs"][made.outputs["image"]]["images"]
    editor.drop("result.png", comfy.output(image), "image/png")
    assert editor.prompt() == made.prompt
    assert editor.saved()["extra"]["pixart"] == LIBRARY.get(name).graph["extra"]["pixart"]


@pytest.mark.comfy
@pytest.mark.browser
@pytest.mark.parametrize("negative", ["", "\nNegative prompt: fog"], ids=["plain", "negative"])
def test_a_picture_that_an_a1111_client_got_shows_its_graph_as_well(negative, comfy, editor):
    made = bound("txt2img", comfy, prompt="a tree", steps=1, generation_side=64)
    (image,) = comfy.run(made.prompt, made.graph)["outputs"][made.outputs["image"]]["images"]
    told = f"a tree{negative}\nSteps: 1, Sampler: Euler, CFG scale: 7, Seed: 3, Size: 64x64"
    editor.drop(
        "a.png", png_text.with_graph_first(png_text.with_text(comfy.output(image), "parameters", told)), "image/png"
    )
    assert editor.prompt() == made.prompt


# Texts are literal


@pytest.mark.comfy
def test_a_prompt_is_taken_literally(comfy):
    made = bound("sketch", comfy)
    texts = [node["inputs"]["text"] for node in made.prompt.values() if "text" in node["inputs"]]
    assert VALUES["prompt"] in texts


# What each class of node keeps in `widgets_values`


def info(required, optional=None, **more):
    return {"input": {"required": required, "optional": optional or {}}, **more}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (info({"a": ["INT", {}], "b": ["IMAGE"], "c": ["STRING"]}), "a c"),
        (info({"a": [["x", "y"], {}], "b": ["COMBO", {"options": ["x"]}]}), "a b"),
        (info({"b": ["INT"], "a": ["INT"]}, input_order={"required": ["a", "b"]}), "a b"),
        (info({"a": ["INT"]}, {"b": ["FLOAT", {}]}), "a b"),
        (info({"a": ["INT", {"forceInput": True}], "b": ["BOOLEAN", {}]}), "b"),
        (info({"seed": ["INT", {}], "b": ["INT"]}), "seed (control_after_generate) b"),
        (info({"noise_seed": ["INT", {"control_after_generate": True}]}), "noise_seed (control_after_generate)"),
        (info({"seed": ["INT", {"control_after_generate": False}]}), "seed"),
        (info({"a": ["INT", {"control_after_generate": True}]}), "a (control_after_generate)"),
        (
            info({"a": [["x"], {"control_after_generate": True}]}),
            "a (control_after_generate) (control_filter_list)",
        ),
        (info({"image": [["x"], {"image_upload": True}], "b": ["INT"]}, {"c": ["INT"]}), "image b c (upload)"),
        (info({"image": ["COMBO", {"options": [], "image_upload": True}]}), "image (upload)"),
        (info({"a": ["PIXART_PALETTE", {}]}), ""),
    ],
)
def test_a_class_keeps_its_widgets_in_the_editors_order(entry, expected):
    assert " ".join(slot.name if slot.sent else f"({slot.name})" for slot in slots(entry)) == expected


# What can't be converted exactly

CLASSES = {
    "Numbers": info({"image": ["IMAGE"], "a": ["INT", {}], "b": ["INT", {}]}),
    "PixartOf": info({"a": ["INT", {}]}, {"b": ["INT", {"default": 0}], "c": ["COMBO", {"options": ["x", "y"]}]}),
    "PixartBare": info({"a": ["INT", {}], "b": ["INT", {}]}),
    "Many": info({"names": ["COMBO", {"options": ["x", "y"], "multi_select": True}]}),
    "Camera": info({"image": ["WEBCAM", {}]}),
    "SaveImage": info({"images": ["IMAGE"], "filename_prefix": ["STRING", {}]}),
}


def graph(type_, values, **more):
    node = {"id": 7, "type": type_, "title": "Mine", "mode": 0, "inputs": [], "outputs": [], "widgets_values": values}
    return {"nodes": [{**node, **more}], "links": [], "version": 0.4}


def image_from(link):
    return [{"name": "image", "type": "IMAGE", "link": link}]


REFUSED = [
    ({"7": {"class_type": "Numbers", "inputs": {}}}, "This is not a graph that ComfyUI's editor saved."),
    (graph("Nowhere", []), "node 7 ('Mine', Nowhere) is of a class that this ComfyUI lacks."),
    (graph("workflow>Group", []), "node 7 ('Mine', workflow>Group) is a group node. Ungroup it"),
    (
        {**graph("abc-def", []), "definitions": {"subgraphs": [{"id": "abc-def"}]}},
        "node 7 ('Mine', abc-def) is a subgraph. Unpack it",
    ),
    (graph("Numbers", [1]), "has 1 widget values, but its class has 2 widgets (a, b)."),
    (graph("Numbers", [1, 2, 3]), "has 3 widget values, but its class has 2 widgets (a, b)."),
    (graph("PixartBare", [1]), "has 1 widget values, but its class has 2 widgets (a, b)."),
    (graph("Numbers", {"a": 1, "b": 2}), "keeps its values by name"),
    (graph("Camera", []), "needs a browser for 'image'."),
    (graph("Numbers", [1, 2], inputs=image_from(3)), "Link 3 starts at a node that is not there."),
    (graph("SaveImage", ["x/%date:yyyy%"]), "has the file name 'x/%date:yyyy%', which only the editor can fill in."),
    (graph("SaveImage", ["%Sampler.seed%"]), "which only the editor can fill in. Use %year%"),
]


@pytest.mark.parametrize(("saved", "sentence"), REFUSED, ids=[row[1][:60] for row in REFUSED])
def test_what_cannot_be_converted_exactly_is_refused(saved, sentence):
    with pytest.raises(WorkflowError) as caught:
        convert(saved, CLASSES)
    assert sentence in str(caught.value)


def test_a_circle_of_bypassed_nodes_is_refused():
    saved = graph("Numbers", [1, 2], inputs=image_from(1))
    bypassed = {**copy.deepcopy(saved["nodes"][0]), "id": 8, "mode": BYPASSED, "outputs": [{"type": "IMAGE"}]}
    saved["nodes"].append(bypassed)
    saved["links"] = [[1, 8, 0, 7, 0, "IMAGE"]]
    with pytest.raises(WorkflowError, match="is fed by itself"):
        convert(saved, CLASSES)


@pytest.mark.parametrize("spare", ["", None])
def test_the_empty_values_that_previews_leave_behind_are_no_mismatch(spare):
    assert convert(graph("Numbers", [0, 2, spare]), CLASSES)["7"]["inputs"] == {"a": 0, "b": 2}


def test_widgets_that_a_node_of_this_pack_got_later_have_their_defaults():
    saved = graph("PixartOf", [5])
    assert convert(saved, CLASSES)["7"]["inputs"] == {"a": 5, "b": 0, "c": "x"}
    assert saved["nodes"][0]["widgets_values"] == [5]


def test_several_choices_are_kept_apart_from_a_link():
    assert convert(graph("Many", [["x", "y"]]), CLASSES)["7"]["inputs"] == {"names": {"__value__": ["x", "y"]}}


def test_a_widget_fed_by_a_link_keeps_the_place_of_its_value():
    saved = graph("Numbers", [1, 2])
    saved["nodes"].append({**copy.deepcopy(saved["nodes"][0]), "id": 8, "outputs": [{"type": "INT"}]})
    saved["nodes"][0]["inputs"] = [{"name": "a", "type": "INT", "widget": {"name": "a"}, "link": 1}]
    saved["links"] = [{"id": 1, "origin_id": 8, "origin_slot": 0, "target_id": 7, "target_slot": 0, "type": "INT"}]
    assert convert(saved, CLASSES)["7"]["inputs"] == {"a": ["8", 0], "b": 2}


@pytest.mark.comfy
def test_a_conversion_leaves_the_graph_as_it_was(comfy):
    graph = LIBRARY.get("sketch").graph
    before = json.dumps(graph)
    convert(graph, comfy.object_info)
    assert json.dumps(graph) == before
