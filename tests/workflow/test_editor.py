"""What a person meets in ComfyUI's editor: names that are found, files that are kept, nodes that say what they did."""

import time
from contextlib import closing
from io import BytesIO

import pytest
import websocket
from browser import EMPTY, RUN, open_editor
from PIL import Image

from bridge.comfy.events import parse
from bridge.workflow.convert import convert

pytestmark = pytest.mark.comfy

# What people type who look for an operation, and the node that does it.
WORDS = {
    "PixartPalette": ["palette", "lospec", "hex", "color palette"],
    "PixartPaletteExtract": ["extract palette", "reduce colours"],
    "PixartOwnColors": ["own colours", "palette or picture"],
    "PixartPaletteSave": ["save palette", "export palette"],
    "PixartPaletteSwap": ["palette swap", "recolor"],
    "PixartPaletteMerge": ["merge palettes", "join palettes"],
    "PixartPalettePreview": ["show palette", "preview palette"],
    "PixartLoadIndexed": ["indexed"],
    "PixartLoadImage": ["alpha", "load image"],
    "PixartFlatten": ["flatten", "remove alpha"],
    "PixartAdjust": ["contrast", "sharpen"],
    "PixartDownscale": ["pixelate", "downscale"],
    "PixartQuantize": ["dither", "quantize"],
    "PixartQuantizeAnimation": ["flicker", "animation"],
    "PixartSaveAnimation": ["gif", "apng", "aseprite", "save animation"],
    "PixartSaveIndexed": ["indexed", "save png"],
    "PixartEnlarge": ["enlarge", "upscale", "scale2x"],
    "PixartTile": ["tile", "seamless"],
    "PixartCleanup": ["clean up", "despeckle"],
    "PixartSketchCleanup": ["clean up sketch", "photo of paper"],
    "PixartOutline": ["outline", "border", "stroke"],
    "PixartSheetPack": ["sprite sheet", "atlas", "tileset"],
    "PixartSaveSheet": ["save sprite sheet", "json"],
    "PixartSheetUnpack": ["spritesheet", "tileset"],
    "PixartGridSnap": ["grid", "unfake"],
    "PixartColorTransfer": ["color transfer", "color match"],
    "PixartFit": ["resize", "crop"],
    "PixartFinish": ["bring to size", "crop"],
    "PixartRepaintArea": ["inpaint"],
    "PixartRepaintLatent": ["inpaint"],
    "PixartRepaintPaste": ["inpaint"],
    "PixartInpaintHint": ["inpaint", "controlnet"],
    "PixartUpscale": ["upscale"],
    "PixartHiresUpscale": ["hires fix", "second pass"],
    "PixartSampler": ["denoise", "variation"],
    "PixartRGB565": ["rgb565", "lvgl", "panel"],
    "PixartA1111": ["a1111", "automatic1111"],
    "PixartAxera": ["axera", "npu"],
    "PixartSafety": ["nsfw"],
}
# The editor's own search, as the box that a double click opens asks it.
SEARCH = """words => {
  const app = document.querySelector('#vue-app').__vue_app__
  const search = app.config.globalProperties.$pinia._s.get('nodeDef').nodeSearchService
  return words.map(word => search.searchNode(word, [], {limit: 64}).map(found => found.name))
}"""


@pytest.fixture(scope="module")
def editor(comfy, tmp_path_factory):
    with open_editor(comfy.url, tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.browser
def test_a_node_is_found_by_the_words_for_what_it_does(editor):
    wanted = [(word, node) for node, words in WORDS.items() for word in words]
    found = editor.page.evaluate(SEARCH, [word for word, _ in wanted])
    missed = [asked for asked, names in zip(wanted, found, strict=True) if asked[1] not in names]
    assert not missed


def saved(comfy, prefix, color, count=2):
    """The files of a batch in one colour, by their names."""
    prompt = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": count, "color": color}},
        "2": {"class_type": "PixartSaveIndexed", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }
    return {file["filename"]: comfy.output(file) for file in comfy.run(prompt)["outputs"]["2"]["images"]}


def test_a_batchs_numbers_in_the_names_do_not_let_a_second_run_write_over_the_first(comfy):
    first, second = (saved(comfy, "editor/run_%batch_num%", color) for color in (0, 0xFF0000))
    assert list(first) == ["run_0_00001_.png", "run_1_00002_.png"]
    assert list(second) == ["run_0_00003_.png", "run_1_00004_.png"]


# Nodes made in the editor by class and widgets, each linked to the one before; what the editor would queue.
MADE = """async nodes => {
  EMPTY
  let before = null
  for (const [type, values] of nodes) {
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    for (const [name, value] of Object.entries(values)) node.widgets.find(each => each.name === name).value = value
    if (before) before.connect(0, node, 0)
    before = node
  }
}""".replace("EMPTY", EMPTY)
SAID = "() => app.graph.nodes.at(-1).widgets.find(each => each.name === 'report')?.element.textContent"


@pytest.mark.browser
@pytest.mark.parametrize("saver", ["PixartSaveIndexed", "PixartSaveAnimation", "PixartRGB565"])
def test_a_prefix_knows_dates_and_other_nodes_values_as_in_save_image(saver, editor):
    prefixes = []
    for node in ("SaveImage", saver):
        editor.page.evaluate(
            MADE, [("EmptyImage", {"width": 24}), (node, {"filename_prefix": "a_%date:yyyy-MM%_%EmptyImage.width%"})]
        )
        prefixes += [each["inputs"]["filename_prefix"] for each in editor.prompt().values() if len(each["inputs"]) != 4]
    assert prefixes[0] == prefixes[1]
    assert prefixes[0].endswith("_24") and "%" not in prefixes[0]


@pytest.mark.browser
def test_a_tokens_numbers_stay_as_they_were_typed(editor):
    editor.page.evaluate(MADE, [("PixartChainParameters", {"latent_seed": 7, "prompt_index": 99})])
    before = editor.prompt()
    assert editor.page.evaluate(RUN) == "execution_success"
    assert editor.prompt() == before
    first = editor.page.evaluate(SAID).splitlines()[0]
    assert first.startswith("notes: ") and "99" in first


@pytest.mark.browser
def test_a_saved_palettes_file_is_named_on_the_node_as_text_and_not_in_the_workflow(comfy, editor):
    prefix = "editor/<i>palette"
    editor.page.evaluate(MADE, [("PixartPalette", {}), ("PixartPaletteSave", {"filename_prefix": prefix})])
    graph, prompt = editor.saved(), editor.prompt()
    assert editor.page.evaluate(RUN) == "execution_success"
    said = editor.page.evaluate(SAID).splitlines()
    assert said[0] == "output/editor/<i>palette_00001_.hex"
    assert "format: hex" in said
    assert [node["widgets_values"] for node in editor.saved()["nodes"]] == [n["widgets_values"] for n in graph["nodes"]]
    assert convert(editor.saved(), comfy.object_info) == editor.prompt() == prompt


# A palette that is saved, in a tab of its own; whether its node was told, and what it says.
SAVES_PALETTE = [("PixartPalette", {}), ("PixartPaletteSave", {"filename_prefix": "editor/told"})]
NEW_TAB = "() => app.extensionManager.command.execute('Comfy.NewBlankWorkflow')"
TAB = "() => app.extensionManager.workflow.activeWorkflow.path"
CHECK = "() => app.extensionManager.workflow.activeWorkflow.changeTracker.checkState()"
MOVE = "() => (app.graph.nodes[0].pos = [300, 300])"
TOLD = (
    "() => app.canvas.graph.nodes.map(node => node.widgets?.find(each => each.name === 'report')?.element.textContent)"
)
GO_TO = """async path => {
  const { openWorkflows } = app.extensionManager.workflow
  const tabs = document.querySelectorAll('.workflow-tabs .p-togglebutton')
  tabs[openWorkflows.findIndex(each => each.path === path)].click()
}"""


def told(editor, wanted):
    """What the nodes that are seen say, once there is something as wanted; what they say after a while otherwise."""
    for _ in range(50):
        said = editor.page.evaluate(TOLD)
        if any(each and wanted in each for each in said):
            break
        editor.page.wait_for_timeout(100)
    return said


def in_new_tab(editor, nodes):
    """A tab with these nodes; its path."""
    editor.page.evaluate(NEW_TAB)
    editor.page.evaluate(MADE, nodes)
    editor.page.evaluate(CHECK)
    return editor.page.evaluate(TAB)


def go_to(editor, tab):
    editor.page.evaluate(GO_TO, tab)
    editor.page.wait_for_function(f"path => ({TAB})() === path", arg=tab)


@pytest.mark.browser
def test_what_a_node_said_stays_after_undo_and_after_another_tab_was_looked_at(editor):
    tab = in_new_tab(editor, [SAVES_PALETTE[0], ("PixartPaletteSave", {"filename_prefix": "editor/stays"})])
    assert editor.page.evaluate(RUN) == "execution_success"
    said = told(editor, "output/editor/stays")
    editor.page.evaluate(MOVE)
    editor.page.evaluate(CHECK)
    editor.page.evaluate("() => app.extensionManager.command.execute('Comfy.Undo')")
    editor.page.wait_for_function("() => app.graph.nodes[0].pos[0] !== 300")
    assert told(editor, "output/editor/stays") == said
    editor.page.evaluate(NEW_TAB)
    go_to(editor, tab)
    assert told(editor, "output/editor/stays") == said


# Both nodes go into a subgraph, and the same two are made beside it; then the subgraph is looked into.
WRAP = """prefix => {
  app.graph.convertToSubgraph(new Set(app.graph.nodes))
  const [palette, save] = ['PixartPalette', 'PixartPaletteSave'].map(type => LiteGraph.createNode(type))
  for (const node of [palette, save]) app.graph.add(node)
  palette.connect(0, save, 0)
  save.widgets.find(each => each.name === 'filename_prefix').value = prefix
}"""
OPEN = (
    "() => { const node = app.graph.nodes.find(each => each.subgraph); app.canvas.openSubgraph(node.subgraph, node) }"
)
CLOSE = "() => app.canvas.setGraph(app.graph)"


@pytest.mark.browser
def test_a_node_in_a_subgraph_says_what_it_did_there_and_no_other_one_says_it(editor):
    in_new_tab(editor, [SAVES_PALETTE[0], ("PixartPaletteSave", {"filename_prefix": "editor/inner"})])
    editor.page.evaluate(WRAP, "editor/outer")
    assert editor.page.evaluate(RUN) == "execution_success"
    assert [each.splitlines()[0].rstrip() for each in told(editor, "outer") if each] == [
        "output/editor/outer_00001_.hex"
    ]
    editor.page.evaluate(OPEN)
    assert [each.splitlines()[0].rstrip() for each in told(editor, "inner") if each] == [
        "output/editor/inner_00001_.hex"
    ]
    editor.page.evaluate(CLOSE)


# What the editor keeps of a tab that isn't seen, and what it then tells of it.
REPORT_OF = """path => {
  const output = {pixart: [{of: 'another tab'}]}
  const { openWorkflows } = app.extensionManager.workflow
  app.api.dispatchCustomEvent('executed', {node: '2', output, prompt_id: 'none'})
  openWorkflows.find(each => each.path === path).changeTracker.nodeOutputs = {2: output}
}"""


@pytest.mark.browser
def test_what_a_prompt_of_another_tab_reports_is_not_said_by_a_node_of_this_one(editor):
    other = in_new_tab(editor, SAVES_PALETTE)
    mine = in_new_tab(editor, SAVES_PALETTE)
    editor.page.evaluate(REPORT_OF, mine)
    assert "of: another tab" in told(editor, "of: another tab")
    in_new_tab(editor, SAVES_PALETTE)
    editor.page.evaluate(REPORT_OF, other)
    editor.page.wait_for_timeout(300)
    assert editor.page.evaluate(TOLD) == [None, None]


VUE = "on => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on)"
SHOWN_LINES = """() => [...document.querySelectorAll('[data-node-id] .pixart-report')].map(each => each.innerText)
  .find(text => text.includes('format: hex'))?.split('\\n')"""


@pytest.mark.browser
def test_what_a_node_says_is_shown_line_by_line_in_nodes_2_too(editor):
    editor.page.evaluate(VUE, True)
    try:
        in_new_tab(editor, [SAVES_PALETTE[0], ("PixartPaletteSave", {"filename_prefix": "editor/lines"})])
        assert editor.page.evaluate(RUN) == "execution_success"
        editor.page.wait_for_function(SHOWN_LINES)
        lines = editor.page.evaluate(SHOWN_LINES)
    finally:
        editor.page.evaluate(VUE, False)
    assert lines[0] == "output/editor/lines_00001_.hex" and "format: hex" in lines


# Of the last node: the pictures that it shows, and whether as an animation; once that is what is wanted, or never is.
SHOWN = """async (wanted) => {
  const node = app.graph.nodes.at(-1)
  const moves = () => node.widgets.some(each => each.name === '$$comfy_animation_preview')
  const names = () => (node.imgs ?? []).map(each => new URL(each.src).searchParams.get('filename'))
  for (let tries = 0; tries < 100 && !(moves() && names().includes(wanted)); tries++)
    await new Promise(done => setTimeout(done, 100)) // of a node that had this one's id, a picture may be there before
  return [names(), moves()]
}"""


@pytest.mark.browser
@pytest.mark.parametrize(("format", "suffix"), [("gif", "gif"), ("apng", "png")])
def test_a_saved_animation_is_seen_to_move(format, suffix, editor):
    saved, name = {"filename_prefix": f"editor/moves_{format}", "format": format}, f"moves_{format}_00001_.{suffix}"
    editor.page.evaluate(MADE, [("EmptyImage", {"width": 8, "batch_size": 2}), ("PixartSaveAnimation", saved)])
    assert editor.page.evaluate(RUN) == "execution_success"
    assert editor.page.evaluate(SHOWN, name) == [[name], True]


def linked(comfy, node, inputs, name, value):
    """How a node ends that gets a number over a link: status and what is said."""
    kind = "PrimitiveInt" if isinstance(value, int) else "PrimitiveFloat"
    prompt = {
        "image": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 255}},
        "number": {"class_type": kind, "inputs": {"value": value}},
        "node": {"class_type": node, "inputs": {"image": ["image", 0], **inputs, name: ["number", 0]}},
        "shown": {"class_type": "PreviewImage", "inputs": {"images": ["node", 0]}},
    }
    status = comfy.run(prompt)["status"]
    said = [more.get("exception_message", "").strip() for _, more in status["messages"] if isinstance(more, dict)]
    return status["status_str"], " ".join(filter(None, said))


SMALL = {"width": 4, "height": 4}
OUTLINE = {"place": "outside", "neighbours": "4", "coloring": "one-color", "color": "#000000", "shade": 0.5}


@pytest.mark.parametrize(
    ("node", "inputs", "name", "value", "range_"),
    [
        ("PixartEnlarge", {"method": "nearest"}, "factor", 0, "1 to 16"),
        ("PixartDownscale", {"method": "box", "fit": "stretch", **SMALL}, "width", -1, "0 to 16384"),
        ("PixartFit", {"fit": "stretch", **SMALL}, "width", 100_000, "0 to 16384"),
        ("PixartOutline", {**OUTLINE, "border": False}, "thickness", 100_000, "0 to "),
        ("PixartAdjust", {"sharpen": 0.0}, "contrast", -1.0, "0.0 to 4.0"),
    ],
)
def test_a_linked_number_beyond_the_nodes_range_is_refused_by_name(node, inputs, name, value, range_, comfy):
    status, said = linked(comfy, node, inputs, name, value)
    assert status == "error"
    assert said.startswith(f"{name} is {value}, and may be {range_}")


def test_a_linked_side_may_be_as_long_as_comfyuis_own(comfy):
    assert linked(comfy, "PixartFit", {"fit": "stretch", **SMALL}, "width", 5000) == ("success", "")


def swatches(comfy, file):
    """The pixels of a palette whose file is named by another node, and whose colours are its only ones."""
    prompt = {
        "name": {"class_type": "PrimitiveString", "inputs": {"value": file}},
        "palette": {"class_type": "PixartPalette", "inputs": {"palette": "pico-8", "colors": "", "file": ["name", 0]}},
        "shown": {
            "class_type": "PixartPalettePreview",
            "inputs": {"palette": ["palette", 0], "size": 4, "columns": 0, "indices": False},
        },
        "saved": {
            "class_type": "PixartSaveIndexed",
            "inputs": {"images": ["shown", 0], "filename_prefix": "editor/swatches"},
        },
    }
    [image] = comfy.run(prompt)["outputs"]["saved"]["images"]
    with Image.open(BytesIO(comfy.output(image))) as picture:
        return {color for _, color in picture.convert("RGB").getcolors()}


def test_a_file_that_is_named_over_a_link_is_read_anew_without_a_complaint_in_the_log(comfy):
    before = len(comfy.settings.comfyui_log.read_text())
    for line, color in (("ff0000", (255, 0, 0)), ("0000ff", (0, 0, 255))):
        assert color in swatches(comfy, comfy.put_input("linked.hex", line.encode()))
    assert "NoneType" not in comfy.settings.comfyui_log.read_text()[before:]


SLOW = {  # on a batch of 600 pictures
    "PixartDownscale": {"width": 32, "height": 32, "method": "gerstner", "fit": "stretch"},
    "PixartGridSnap": {"method": "median", "native_width": 64, "native_height": 64, "cell_size": 0.0, "phase_x": -1.0}
    | {"phase_y": -1.0, "cells": "even", "already_native": False, "per_frame": True},
}


@pytest.mark.parametrize(("node", "values"), SLOW.items(), ids=SLOW)
def test_a_batch_is_interrupted_between_two_pictures(comfy, node, values):
    frames = {"width": 128, "height": 128, "batch_size": 600, "color": 255}
    prompt = {
        "frames": {"class_type": "EmptyImage", "inputs": frames},
        "small": {"class_type": node, "inputs": {"image": ["frames", 0], **values}},
        "shown": {"class_type": "PreviewImage", "inputs": {"images": ["small", 0]}},
    }
    with closing(
        websocket.create_connection(f"{comfy.url.replace('http', 'ws')}/ws?clientId=batch", timeout=60)
    ) as socket:
        prompt_id = comfy.post("/prompt", {"prompt": prompt, "client_id": "batch"})["prompt_id"]
        while (event := parse(socket.recv())) is None or event.nodes.get("small", {}).get("value", 0) < 2:
            pass  # until it is at its pictures
    deadline = time.monotonic() + 120
    while prompt_id not in (history := comfy.get(f"/history/{prompt_id}")) and time.monotonic() < deadline:
        comfy.post("/interrupt", {})
        time.sleep(0.2)
    assert dict(history[prompt_id]["status"]["messages"])["execution_interrupted"]["node_type"] == node
