"""What a person meets in ComfyUI's editor: names that are found, files that are kept, nodes that say what they did."""

import pytest
from browser import open_editor

from bridge.convert import convert

pytestmark = pytest.mark.comfy

# What people type who look for an operation, and the node that does it.
WORDS = {
    "PixartPalette": ["palette", "lospec", "hex", "color palette"],
    "PixartPaletteExtract": ["extract palette", "reduce colours"],
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
  app.graph.clear()
  let before = null
  for (const [type, values] of nodes) {
    const node = LiteGraph.createNode(type)
    app.graph.add(node)
    for (const [name, value] of Object.entries(values)) node.widgets.find(each => each.name === name).value = value
    if (before) before.connect(0, node, 0)
    before = node
  }
}"""
RUN = """async () => {
  const over = new Promise(done => {
    for (const name of ['execution_success', 'execution_error']) app.api.addEventListener(name, () => done(name))
  })
  await app.queuePrompt(0, 1)
  return await over
}"""
SAID = "() => app.graph.nodes.at(-1).widgets.find(each => each.name === '$$node-text-preview')?.value"


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
    assert said[0] == "output/editor/&lt;i&gt;palette_00001_.hex"
    assert "format: hex" in said
    assert [node["widgets_values"] for node in editor.saved()["nodes"]] == [n["widgets_values"] for n in graph["nodes"]]
    assert convert(editor.saved(), comfy.object_info) == editor.prompt() == prompt


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
        ("PixartEnlarge", {"method": "nearest"}, "factor", 0, "2 to 16"),
        ("PixartDownscale", {"method": "box", "fit": "stretch", **SMALL}, "width", -1, "1 to 16384"),
        ("PixartFit", {"fit": "stretch", **SMALL}, "width", 100_000, "1 to 16384"),
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
