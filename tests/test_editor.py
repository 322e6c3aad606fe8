"""What a person meets in ComfyUI's editor: names that are found, files that are kept, nodes that say what they did."""

import pytest
from browser import open_editor

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
    "PixartSheetUnpack": ["spritesheet", "tileset"],
    "PixartGridSnap": ["grid", "unfake"],
    "PixartColorTransfer": ["color transfer", "color match"],
    "PixartFit": ["resize", "crop"],
    "PixartFinish": ["bring to size", "crop"],
    "PixartRepaintArea": ["inpaint"],
    "PixartRepaintLatent": ["inpaint"],
    "PixartRepaintPaste": ["inpaint"],
    "PixartUpscale": ["upscale"],
    "PixartHiresUpscale": ["hires", "second pass"],
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
