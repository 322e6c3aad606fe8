"""Small pictures are crisp in the editor: whole factors, a grid, chequered where transparent, and what a pixel is."""

import io

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

SHOWS = (
    ("PixartPalette", {"colors": "#ff0000 #00ff00 #0000ff #ffffff00"}),
    ("PixartPalettePreview", {"size": 8, "indices": False}, {"palette": 0}),
    ("PixartSaveIndexed", {"filename_prefix": "editor/preview"}, {"images": 1}),
)
# Of each node that shows a picture, in the order of the graph.
VIEWERS = """const viewers = app.graph.nodes.flatMap(node => node.widgets ?? [])
  .filter(each => each.name === 'pixels').map(each => each.element)"""
SIZES = f"""() => {{
  {VIEWERS}
  return viewers.map(each => each.querySelector('canvas')).map(each => [each.width, each.height,
    parseFloat(each.style.width) / each.width, getComputedStyle(each).imageRendering])
}}"""
# What is behind each picture, and how opaque its pixels are.
GROUNDS = f"""() => {{
  {VIEWERS}
  return viewers.map(each => each.querySelector('canvas')).map(each => [getComputedStyle(each).backgroundImage,
    [...each.getContext('2d').getImageData(0, 0, each.width, each.height).data.filter((_, at) => at % 4 === 3)]])
}}"""
ABOUT = f"""() => {{
  {VIEWERS}
  return viewers.map(each => each.querySelector('.pixart-about').textContent)
}}"""
POINT = f"""([at, x, y]) => {{
  {VIEWERS}
  const canvas = viewers[at].querySelector('canvas')
  const box = canvas.getBoundingClientRect()
  const clientX = box.left + (x + 0.5) * box.width / canvas.width
  const clientY = box.top + (y + 0.5) * box.height / canvas.height
  canvas.dispatchEvent(new PointerEvent('pointermove', {{clientX, clientY, bubbles: true}}))
}}"""
WHEEL = f"""deltaY => {{
  {VIEWERS}
  viewers[0].querySelector('.pixart-stage').dispatchEvent(new WheelEvent('wheel', {{deltaY, cancelable: true}}))
}}"""


def of_others(script):
    """A script that looks at the nodes alone that aren't ours."""
    return script.replace("app.graph.nodes", "app.graph.nodes.filter(node => !node.comfyClass.startsWith('Pixart'))")


def shown(face, count=2):
    face.make(*SHOWS)
    assert face.run() == "execution_success"
    assert face.until(lambda: len(face.script(SIZES)), count) == count
    face.page.wait_for_timeout(500)  # in which Nodes 2.0 give their nodes a size


def test_a_small_picture_is_shown_by_a_whole_factor_and_not_blurred(face):
    shown(face)
    sizes = face.script(SIZES)
    assert [each[:2] for each in sizes] == [[32, 8], [32, 8]]
    for _, _, factor, rendering in sizes:
        assert (factor >= 4, factor % 1, rendering) == (True, 0, "pixelated")


def test_a_pixels_place_index_and_colour_are_told_under_the_pointer(face):
    shown(face)
    face.script(POINT, [1, 9, 2])
    assert face.script(ABOUT)[1] == "9, 2 · index 1 · #00ff00"


def test_the_wheel_enlarges_by_one_and_the_grid_can_be_shown(face):
    shown(face)
    before = face.script(SIZES)[0][2]
    face.script(WHEEL, -1)
    assert face.script(SIZES)[0][2] == before + 1
    face.script(WHEEL, 1)
    assert face.script(SIZES)[0][2] == before
    face.script("() => document.querySelector('.pixart-bar [title=Grid]').click()")
    assert face.script("() => getComputedStyle(document.querySelector('.pixart-grid')).display") == "block"


def test_the_picture_on_the_screen_has_the_palettes_colours_only(face):
    """As the eye sees it: the swatches' columns, taken from a screenshot."""
    shown(face)
    picture = face.page.locator(".pixart-pixels").first.screenshot()
    row = np.array(Image.open(io.BytesIO(picture)).convert("RGB"))[8]
    seen = [tuple(map(int, row[round((at + 0.5) * len(row) / 4)])) for at in range(3)]
    assert seen == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert len(np.unique(row[: len(row) // 4 * 3 - 2], axis=0)) == 3


# Of each picture on the nodes: what it is, how wide, by what factor, and how drawn; the front end's own have no factor.
SHOWN = """() => [...document.querySelectorAll('.pixart-stage :is(canvas, img), img[src*="view?"]')]
  .filter(each => each.checkVisibility() && each.getBoundingClientRect().width > 32)
  .map(each => [each.tagName, each.naturalWidth ?? each.width, each.closest('.pixart-stage')
    && parseFloat(each.parentElement.firstChild.style.width) / (each.naturalWidth ?? each.width),
    getComputedStyle(each).imageRendering])"""
WIDER = "() => app.graph.nodes[1].setSize([600, app.graph.nodes[1].size[1]])"
SPRITE = ("PixartDrawSprite", {"prompt": "a knight walking", "seed": 7})
NINE = "pico-8, gameboy, sweetie-16, endesga-32, c64, apollo, resurrect-32, nes, 1bit-monitor-glow"


@pytest.mark.parametrize("format", ["gif", "apng"])
def test_a_sprite_that_moves_is_shown_by_a_whole_factor_and_not_blurred(face, format):
    face.make(SPRITE, ("PixartSaveAnimation", {"filename_prefix": "editor/moving", "format": format}, {"images": 0}))
    assert face.run() == "execution_success"
    wanted = [["CANVAS", 32], ["IMG", 32]]
    assert face.until(lambda: [each[:2] for each in face.script(SHOWN)], wanted) == wanted
    canvas, image = face.script(SHOWN)
    assert canvas[2:] == image[2:]
    assert (image[2] >= 4, image[2] % 1, image[3]) == (True, 0, "pixelated")


def test_a_sheet_of_sprites_is_shown_as_it_is_where_its_node_is_wide_enough(face):
    face.make(SPRITE, ("PixartContactSheet", {"palettes": NINE, "dithers": "none", "width": 128}, {"image": 0}))
    face.script(WIDER)
    assert face.run() == "execution_success"
    seen = face.until(lambda: [each[2:] for each in face.script(SHOWN)], [[1, "pixelated"]])
    assert seen == [[1, "pixelated"]]
    assert face.script(SHOWN)[0][1] > 256


def test_save_image_and_preview_image_are_crisp_too_and_chequered_where_transparent(face):
    parts = ("EmptyImage", {"width": 40, "height": 8}), ("SolidMask", {"width": 40, "height": 8})
    joined = ("JoinImageWithAlpha", {}, {"image": 0, "alpha": 1})
    others = ("SaveImage", {"filename_prefix": "editor/other"}, {"images": 2}), ("PreviewImage", {}, {"images": 2})
    face.make(*parts, joined, *others)
    assert face.run() == "execution_success"
    assert face.until(lambda: [each[:2] for each in face.script(of_others(SIZES))], [[40, 8]] * 2) == [[40, 8]] * 2
    assert face.until(lambda: min(each[2] for each in face.script(of_others(SIZES))) >= 4, True), (
        "Nodes 2.0 size nodes late"
    )
    assert [each[2] % 1 for each in face.script(of_others(SIZES))] == [0, 0]
    assert {each[3] for each in face.script(of_others(SIZES))} == {"pixelated"}
    for ground, alphas in face.script(of_others(GROUNDS)):
        assert ground.startswith("repeating-conic-gradient(")
        assert set(alphas) == {0}


def test_a_picture_of_256_pixels_is_not_made_smaller_but_its_node_wider(face):
    face.make(("EmptyImage", {"width": 256, "height": 256}), ("PreviewImage", {}, {"images": 0}))
    assert face.script("() => app.graph.nodes[1].size[0]") < 256
    assert face.run() == "execution_success"
    assert face.until(lambda: face.script(SIZES), [[256, 256, 1, "pixelated"]]) == [[256, 256, 1, "pixelated"]]
    seen = """() => {
      const stage = document.querySelector('.pixart-stage')
      return [stage.scrollWidth <= stage.clientWidth, stage.scrollHeight <= stage.clientHeight]
    }"""
    assert face.until(lambda: face.script(seen), [True, True]) == [True, True]


# How far the second node begins right of the first one's end.
BESIDE = """() => {
  const [, sheet, shown] = app.graph.nodes
  return shown.pos[0] - sheet.pos[0] - sheet.size[0]
}"""


def test_what_is_right_of_a_sheet_that_gets_wider_is_not_covered(face, request):
    if request.node.callspec.params["face"] == ("pinned", "nodes 2.0"):
        pytest.skip("there the page goes on showing nodes where they were")
    sheet = {"palettes": "pico-8, gameboy, sweetie-16", "dithers": "none, bayer-4, atkinson", "methods": "box, nearest"}
    face.make(SPRITE, ("PixartContactSheet", {**sheet, "width": 64}, {"image": 0}), ("PreviewImage", {}, {"images": 1}))
    assert face.run() == "execution_success"
    assert face.until(lambda: face.script("() => app.graph.nodes[1].size[0] > 600"), True)
    assert face.until(lambda: face.script(BESIDE) >= 20, True), face.script(BESIDE)
