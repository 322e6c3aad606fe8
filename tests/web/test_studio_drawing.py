"""Drawing in the studio, and looking at what comes of it: each tool and each way of showing, to the pixel."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.files.panel import rgb565
from studio_page import expect, pixels, studio_page
from test_comfy_process import wait_until

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"
SIDE = 64
TABLET = {"width": 1180, "height": 820}
RED, BLUE = (0xFF, 0x00, 0x4D, 0xFF), (0x29, 0xAD, 0xFF, 0xFF)  # of the style's palette
# Whether the browser has kept the very picture that is drawn from.
KEPT = """await (async () => {
    const bytes = async source => source && String(new Uint8Array(await source.blob.arrayBuffer()))
    const { kept } = await import('/studio/keep.js')
    return await bytes(await kept('source')) === await bytes(state.get('source')) })()"""
LOOSE, SHEET = "px-view .sheet", "px-canvas .sheet"
# Chromium leaves a canvas's own files until the page rests; here it does so for ever.
BUSY = """() => {
    HTMLCanvasElement.prototype.toBlob = () => {}
    OffscreenCanvas.prototype.convertToBlob = () => new Promise(() => {}) }"""


def picture(studio, place):
    """A canvas of the page as RGBA: what was drawn, or what is shown of the result."""
    script = "place => document.querySelector(place).toDataURL()"
    data = base64.b64decode(studio.page.evaluate(script, f"{place} canvas").partition(",")[2])
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"))


def inked(pixels):
    return {(int(x), int(y)) for y, x in np.argwhere(pixels[..., 3])}


def pointer(studio):
    """Moves the pointer to pixels of the sheet."""
    box = studio.page.locator("px-canvas .sheet canvas").bounding_box()
    step = box["width"] / SIDE
    return lambda x, y: (box["x"] + (x + 0.5) * step, box["y"] + (y + 0.5) * step)


def stroke(studio, *points):
    at = pointer(studio)
    studio.page.mouse.move(*at(*points[0]))
    studio.page.mouse.down()
    for point in points[1:]:
        studio.page.mouse.move(*at(*point))
    studio.page.mouse.up()


@pytest.fixture
def sheet(studio):
    """An empty pixel grid, and a red pencil."""
    before = studio.newer(None)["id"]
    studio.begin("grid")
    studio.newer(before)
    studio.page.locator("[data-color='#ff004d']").click()
    return studio


def test_every_tool_changes_whole_pixels_and_every_step_can_be_taken_back(sheet):
    page = sheet.page
    page.evaluate(BUSY)
    stroke(sheet, (4, 4), (8, 4), (8, 8), (4, 8), (4, 4))
    frame = {(x, y) for x in range(4, 9) for y in range(4, 9) if x in (4, 8) or y in (4, 8)}
    assert inked(picture(sheet, "px-canvas")) == frame
    page.get_by_role("button", name="Fill").click()
    page.locator("[data-color='#29adff']").click()
    stroke(sheet, (6, 6))
    filled = picture(sheet, "px-canvas")
    assert (tuple(filled[6, 6]), tuple(filled[4, 4])) == (BLUE, RED)
    assert len(inked(filled)) == 25
    page.get_by_role("button", name="Eraser").click()
    stroke(sheet, (4, 4), (8, 4))
    assert len(inked(picture(sheet, "px-canvas"))) == 20
    page.get_by_role("button", name="Pick a colour").click()
    stroke(sheet, (4, 6))
    expect(page.locator("[data-color='#ff004d']")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Mirror").click()
    page.get_by_role("button", name="Line").click()
    stroke(sheet, (0, 20), (9, 33), (3, 20))
    drawn = inked(picture(sheet, "px-canvas"))
    assert {(x, 20) for x in range(4)} | {(63 - x, 20) for x in range(4)} == {each for each in drawn if each[1] >= 20}
    for left in (20, 25, 16, 0):
        page.keyboard.press("Control+z")
        assert len(inked(picture(sheet, "px-canvas"))) == left
    for _ in range(4):
        page.get_by_role("button", name="Redo").click()
    assert inked(picture(sheet, "px-canvas")) == drawn
    whole = page.locator(SHEET).bounding_box()
    x, y = pointer(sheet)(10, 50)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert page.locator(SHEET).bounding_box()["width"] > whole["width"]
    page.mouse.down()  # what was under the pointer is there still
    page.mouse.up()
    assert inked(picture(sheet, "px-canvas")) == drawn | {(10, 50), (53, 50)}
    page.keyboard.press("Control+z")
    page.keyboard.press("0")
    assert page.locator(SHEET).bounding_box() == whole
    sheet.until(
        "state.get('source').kind === 'drawing' && (await createImageBitmap(state.get('source').blob)).width === 64"
    )
    sheet.newer("sample")
    assert inked(pixels(sheet)) == drawn


def test_a_picture_that_is_pasted_becomes_the_sketch(studio):
    before = studio.newer(None)["id"]
    data = io.BytesIO()
    Image.new("RGB", (40, 20), RED[:3]).save(data, "PNG")
    script = """bytes => {
        const clipboardData = new DataTransfer()
        clipboardData.items.add(new File([new Uint8Array(bytes)], 'image.png', {type: 'image/png'}))
        document.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true})) }"""
    studio.page.evaluate(script, list(data.getvalue()))
    result = studio.newer(before)
    assert (studio.state("source")["width"], result["width"], result["height"]) == (40, 64, 32)


def test_a_photo_of_paper_is_cleaned_and_its_ink_kept(studio):
    before = studio.newer(None)["id"]
    studio.page.locator("input[capture]").set_input_files("examples/paper.jpg")
    result = studio.newer(before)
    assert result["algorithm"] == "pixelate_paper@1"
    assert studio.state("settings")["paper"] is True


def test_the_result_is_shown_in_whole_multiples_tiled_and_as_a_panel_and_a_coin_have_it(studio):
    studio.newer(None)
    page, shown = studio.page, picture(studio, "px-view")
    width = "() => parseFloat(document.querySelector('px-view .sheet').style.width)"
    assert page.evaluate(width) % SIDE == 0
    for zoom in (1, 3, 8):
        page.locator("px-view").get_by_label("Zoom").select_option(str(zoom))
        assert page.evaluate(width) == zoom * SIDE
    page.get_by_role("button", name="Grid").click()
    lines = page.locator("px-view .lines")
    lines.wait_for()
    assert lines.evaluate("each => each.style.backgroundSize") == "8px 8px"
    assert page.locator(LOOSE).evaluate("each => each.style.backgroundSize") == "64px 64px"  # along the lines
    slider = page.locator(".compare input")
    expect(slider).to_be_enabled()
    page.get_by_role("button", name="3 × 3").click()
    studio.until("document.querySelector('px-view canvas').width === 192")
    assert np.array_equal(picture(studio, "px-view"), np.tile(shown, (3, 3, 1)))
    expect(slider).to_be_disabled()  # it has nothing to uncover there
    page.get_by_role("button", name="3 × 3").click()
    studio.until("document.querySelector('px-view canvas').width === 64")
    ground = page.locator("px-view").get_by_label("Ground")
    color = "() => getComputedStyle(document.querySelector('px-view .sheet')).backgroundColor"
    for name, lightness in {"white": 255, "grey": 128, "black": 0}.items():
        ground.select_option(name)
        assert page.evaluate(color) == f"rgb({lightness}, {lightness}, {lightness})"
    ground.select_option("chequers")
    image = "() => getComputedStyle(document.querySelector('px-view .sheet')).backgroundImage"
    assert page.evaluate(image).startswith("repeating-conic-gradient(")
    page.get_by_role("button", name="Panel").click()
    opaque = np.where(shown[..., 3:] > 0, shown[..., :3], 0).astype(np.uint8)
    panel = rgb565.unpack(rgb565.pack(opaque), SIDE, SIDE)
    assert wait_until(lambda: np.array_equal(picture(studio, "px-view")[..., :3], panel))
    page.get_by_role("button", name="Coin").click()
    page.locator("px-view .frame.coin").wait_for()
    assert page.locator(LOOSE).bounding_box()["width"] == pytest.approx(23.25 / 25.4 * 96, abs=0.1)  # CSS has 96 a inch


def test_the_wheel_with_ctrl_steps_nearer_to_what_is_under_the_pointer_and_without_it_scrolls(studio):
    studio.newer(None)
    zoom = studio.page.locator("px-view").get_by_label("Zoom")
    zoom.select_option("12")
    frame = studio.page.locator("px-view .frame")
    box = frame.bounding_box()
    x, y = box["x"] + 100, box["y"] + 120
    place = f"""() => {{
        const {{ left, top, width }} = document.querySelector('{LOOSE}').getBoundingClientRect()
        return [({x} - left) * 64 / width, ({y} - top) * 64 / width] }}"""
    frame.evaluate("frame => frame.scrollTo(150, 150)")
    under = studio.page.evaluate(place)
    studio.page.mouse.move(x, y)
    for turn, zoomed in ((-100, "16"), (-100, "24"), (-100, "24"), (20, "24"), (60, "16")):
        studio.page.keyboard.down("Control")
        studio.page.mouse.wheel(0, turn)
        studio.page.keyboard.up("Control")
        expect(zoom).to_have_value(zoomed)
        assert studio.page.evaluate(place) == pytest.approx(under, abs=0.2)
    studio.page.mouse.wheel(0, 50)
    expect(zoom).to_have_value("16")
    studio.until(f"({place})()[1] > about", under[1] + 1)


def test_a_larger_multiple_shows_the_middle_of_what_was_seen(studio):
    studio.newer(None)
    studio.page.locator("px-view").get_by_label("Zoom").select_option("24")
    middle = """() => {
        const box = name => document.querySelector(`px-view ${name}`).getBoundingClientRect()
        const [frame, sheet] = [box('.frame'), box('.sheet')]
        return (frame.left + frame.width / 2 - sheet.left) / sheet.width }"""
    assert studio.page.evaluate(middle) == pytest.approx(0.5, abs=0.02)


def test_a_crisp_sketch_is_crisp_beside_its_pixel_art_and_a_large_one_smooth(studio):
    before, sketch = studio.newer(None)["id"], studio.page.locator("px-view .before")
    expect(sketch).to_have_css("image-rendering", "auto")
    studio.begin("grid")
    studio.newer(before)
    expect(sketch).to_have_css("image-rendering", "pixelated")


def test_the_slider_uncovers_the_sketch_from_the_left(studio):
    studio.newer(None)
    before = studio.page.locator("px-view .before")
    expect(before).to_be_hidden()
    studio.page.locator(".compare input").fill("40")
    expect(before).to_be_visible()
    expect(before).to_have_css("clip-path", "inset(0px 60% 0px 0px)")
    expect(studio.page.locator(".compare span").first).to_have_text("Pixel art")  # which all shows at that end


def test_the_slider_hides_the_result_also_where_the_sketch_is_transparent(sheet):
    """All of the sketch is uncovered: what lies under it, seen or taken away, makes no difference."""
    stroke(sheet, (10, 10), (50, 40))
    sheet.newer(sheet.result()["id"])
    shown = sheet.page.locator(LOOSE)
    sheet.page.locator("px-view input[type=range]").fill("100")
    covered = shown.screenshot()
    sheet.page.locator(f"{LOOSE} canvas").first.evaluate("canvas => (canvas.style.visibility = 'hidden')")
    assert shown.screenshot() == covered


def test_a_drawing_that_nobody_waits_for_any_more_is_cancelled(studio):
    """Of many changes in a moment the last one is what shows, and the server has nothing left to do."""
    studio.newer(None)
    for side in range(20, 60):
        studio.page.evaluate(TUNE, {"width": side, "height": side})
    studio.until("!document.querySelector('px-live').hasAttribute('data-busy')")
    assert studio.result()["width"] == 59


def test_a_large_sheet_takes_smooth_strokes_and_becomes_small_pixel_art(studio):
    before = studio.newer(None)["id"]
    studio.begin("big")
    studio.until("document.querySelector('px-canvas').paper?.width === 512")
    before = studio.newer(before)["id"]
    studio.page.locator("[data-color='#ff004d']").click()
    box = studio.page.locator(f"{SHEET} canvas").bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731 - of the sheet, 0 to 1
    studio.page.get_by_label("Width of the brush").select_option("20")
    studio.page.mouse.move(*at(0.25, 0.25))
    studio.page.mouse.down()
    studio.page.mouse.move(*at(0.75, 0.75), steps=8)
    studio.page.mouse.up()
    drawn = picture(studio, "px-canvas")
    assert (drawn.shape[:2], tuple(drawn[256, 256])) == ((512, 512), RED)
    alphas = set(np.unique(drawn[..., 3]).tolist())
    assert len(alphas) > 2 and {0, 255} < alphas, "a smooth stroke has soft edges"
    result = studio.newer(before)
    assert (result["width"], result["height"]) == (64, 64)
    small = pixels(studio)
    assert (tuple(small[32, 32]), small[4, 60, 3]) == (RED, 0)
    assert set(np.unique(small[..., 3]).tolist()) == {0, 255}


def test_undo_comes_back_to_the_drawing_that_a_new_sheet_or_a_picture_replaced(sheet):
    stroke(sheet, (4, 4), (8, 4))
    sheet.begin("sample")
    sheet.until("state.get('source').kind === 'sample'")
    sheet.until("document.querySelector('px-canvas').paper.width === 256")
    sheet.page.keyboard.press("Control+z")
    sheet.until("state.get('source').kind === 'drawing'")
    assert inked(picture(sheet, "px-canvas")) == {(x, 4) for x in range(4, 9)}
    sheet.page.keyboard.press("Control+z")
    assert inked(picture(sheet, "px-canvas")) == set()
    for _ in range(2):
        sheet.page.keyboard.press("Control+y")
    sheet.until("state.get('source').kind === 'sample'")
    assert picture(sheet, "px-canvas").shape[:2] == (256, 256)


def test_keys_of_the_sketch_work_wherever_nothing_is_typed(sheet):
    steps = "document.querySelector('px-canvas').paper.canUndo"
    for control in (
        "px-view input[type=range]",
        "px-canvas select",
        "px-canvas input[type=color]",
        "px-look [type=checkbox]",
    ):
        stroke(sheet, (10, 10), (20, 20))
        sheet.until(steps)
        sheet.page.locator(control).first.focus()
        sheet.page.keyboard.press("Control+z")
        sheet.until(f"!{steps}")
    sheet.page.locator("px-canvas select").first.focus()
    sheet.page.keyboard.press("e")  # finds a choice of the menu, where one begins so
    expect(sheet.page.get_by_role("button", name="Pencil")).to_have_attribute("aria-pressed", "true")
    sheet.page.locator("px-view input[type=range]").focus()
    sheet.page.keyboard.press("e")
    expect(sheet.page.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")


def test_what_was_drawn_is_kept_at_once_and_there_when_the_page_is_loaded_again(sheet):
    for row in (10, 20):
        sheet.page.evaluate("() => { window.setTimeout = () => 0 }")  # so that nothing is kept later than at once
        before = len(inked(picture(sheet, SHEET)))
        stroke(sheet, (10, row), (40, row))
        sheet.until("state.get('source') === document.querySelector('px-canvas').own")
        sheet.until(KEPT)
        sheet.page.reload()
        sheet.newer(None)
        sheet.until("document.querySelector('px-canvas').paper")
        assert len(inked(picture(sheet, SHEET))) == before + 31
        sheet.page.locator("[data-color='#ff004d']").click()


def test_pen_and_steps_back_and_forth_are_there_when_the_page_is_loaded_again(sheet):
    page = sheet.page
    for column in (4, 20, 30):
        stroke(sheet, (column, 4), (column, 13))
    page.keyboard.press("Control+z")
    page.locator("[data-color='#29adff']").click()
    page.get_by_role("button", name="Line").click()
    page.get_by_role("button", name="Mirror").click()
    page.get_by_label("Width of the brush").select_option("3")
    sheet.until("state.get('source') === document.querySelector('px-canvas').own")
    sheet.until(KEPT)
    page.reload()
    sheet.newer(None)
    sheet.until("document.querySelector('px-canvas').paper")
    for name in ("Line", "Mirror", "#29adff"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Width of the brush")).to_have_value("3")
    for key, left in (("y", 30), ("z", 20), ("z", 10), ("z", 0), ("y", 10)):
        page.keyboard.press(f"Control+{key}")
        assert len(inked(picture(sheet, "px-canvas"))) == left
    stroke(sheet, (10, 40))
    around = {(x, y) for x in (*range(9, 12), *range(52, 55)) for y in range(39, 42)}
    drawn = picture(sheet, "px-canvas")
    assert inked(drawn) == {(4, y) for y in range(4, 14)} | around
    assert tuple(drawn[40, 10]) == BLUE


def test_pen_that_the_browser_keeps_damaged_is_the_usual_one(studio):
    studio.newer(None)
    broken = '{"tool": "toString", "color": 7, "brush": "3", "mirror": true}'
    for place in ("session", "local"):
        studio.page.evaluate(f"text => {place}Storage.setItem('pixart.pen', text)", broken)
    studio.page.reload()
    studio.newer(None)
    for name in ("Pencil", "Mirror"):
        expect(studio.page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    expect(studio.page.get_by_label("Width of the brush")).to_have_value("1")


def test_brush_is_outlined_where_the_mouse_points_and_place_and_colour_are_said(sheet):
    page, at = sheet.page, pointer(sheet)
    stroke(sheet, (10, 10), (12, 10))
    where, marks = page.locator("px-canvas .where"), page.locator("px-canvas .aim > i")
    expect(where).to_have_text("12, 10 · #ff004d · index 8")
    page.get_by_label("Width of the brush").select_option("5")
    page.keyboard.press("m")
    page.mouse.move(*at(20, 30))
    expect(where).to_have_text("20, 30 · transparent")
    origin = page.locator(f"{SHEET} canvas").bounding_box()
    step = origin["width"] / SIDE
    boxes = [marks.nth(place).bounding_box() for place in (0, 1)]
    covered = [((box["x"] - origin["x"]) / step, (box["y"] - origin["y"]) / step, box["width"] / step) for box in boxes]
    assert covered == [(18, 28, 5), (63 - 20 - 2, 28, 5)]
    stroke(sheet, (20, 30))
    assert {(18, 28), (22, 32), (41, 28), (45, 32)} < inked(picture(sheet, "px-canvas"))
    page.get_by_role("button", name="Fill").click()
    page.mouse.move(*at(40, 50))
    assert marks.first.bounding_box()["width"] == step
    page.mouse.move(0, 0)
    expect(where).to_have_text("")
    expect(marks.first).to_be_hidden()
    page.locator(SHEET).focus()
    page.keyboard.press("ArrowLeft")
    expect(where).to_have_text("31, 32 · transparent")


@pytest.fixture
def tablet(studio_bridge, studio_browser):
    """An empty pixel grid on a screen that is drawn on with fingers and a pen, and a red pencil."""
    with studio_page(studio_browser, studio_bridge.url + "/", TABLET, has_touch=True) as page:
        before = page.open().newer(None)["id"]
        page.begin("grid")
        page.newer(before)
        page.page.locator("[data-color='#ff004d']").click()
        page.hands = page.page.context.new_cdp_session(page.page)
        yield page
        page.quiet()


def touch(tablet, kind, *points):
    """What fingers do: a point each, in pixels of the sheet."""
    at = pointer(tablet)
    places = [dict(zip(("x", "y"), at(*point), strict=True), id=number) for number, point in points]
    tablet.hands.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})


def pen(tablet, kind, point, **more):
    x, y = pointer(tablet)(*point)
    about = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "pointerType": "pen", "clickCount": 1}
    tablet.hands.send("Input.dispatchMouseEvent", about | more)


def test_a_second_finger_beside_one_that_draws_does_nothing_and_two_at_once_zoom(tablet):
    touch(tablet, "touchStart", (1, (10, 10)))
    touch(tablet, "touchMove", (1, (14, 10)))
    touch(tablet, "touchStart", (1, (14, 10)), (2, (50, 50)))
    touch(tablet, "touchMove", (1, (16, 10)), (2, (52, 50)))
    touch(tablet, "touchMove", (1, (18, 10)))  # and the second is lifted
    touch(tablet, "touchEnd")
    drawn = {(x, 10) for x in range(10, 19)}
    assert inked(picture(tablet, "px-canvas")) == drawn
    before = tablet.page.locator("px-canvas .sheet").bounding_box()["width"]
    touch(tablet, "touchStart", (1, (28, 30)))
    touch(tablet, "touchStart", (1, (28, 30)), (2, (36, 30)))
    x, y = pointer(tablet)(32, 30)
    places = [{"x": x - 80, "y": y, "id": 1}, {"x": x + 80, "y": y, "id": 2}]
    tablet.hands.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": places})
    touch(tablet, "touchEnd")
    width = tablet.page.locator("px-canvas .sheet").bounding_box()["width"]
    assert width > before and width % SIDE == 0
    assert inked(picture(tablet, "px-canvas")) == drawn


def test_a_pen_draws_where_the_palm_was_first_and_what_the_palm_drew_is_gone(tablet):
    touch(tablet, "touchStart", (1, (50, 50)))
    touch(tablet, "touchMove", (1, (52, 50)))
    pen(tablet, "mousePressed", (10, 10))
    touch(tablet, "touchMove", (1, (54, 50)))
    pen(tablet, "mouseMoved", (13, 10))
    touch(tablet, "touchEnd")
    pen(tablet, "mouseReleased", (13, 10), buttons=0)
    assert inked(picture(tablet, "px-canvas")) == {(x, 10) for x in range(10, 14)}


def test_the_other_end_of_a_pen_erases_and_the_tool_stays(sheet):
    stroke(sheet, (4, 4), (8, 4))
    x, y = pointer(sheet)(6, 4)
    script = """([x, y]) => {
        const sheet = document.querySelector('px-canvas .sheet')
        const pen = { pointerId: 1, pointerType: 'pen', clientX: x, clientY: y, bubbles: true }
        sheet.dispatchEvent(new PointerEvent('pointerdown', { ...pen, button: 5, buttons: 32 }))
        sheet.dispatchEvent(new PointerEvent('pointerup', { ...pen, button: 5 })) }"""
    sheet.page.evaluate(script, [x, y])
    assert inked(picture(sheet, "px-canvas")) == {(4, 4), (5, 4), (7, 4), (8, 4)}
    stroke(sheet, (20, 20))
    assert (20, 20) in inked(picture(sheet, "px-canvas"))


def test_who_chose_no_colour_draws_in_the_darkest_of_the_palette_and_a_choice_stays(studio):
    studio.newer(None)
    well = studio.page.locator("px-canvas input[type=color]")
    expect(well).to_have_value("#000000")
    studio.page.evaluate(TUNE, {"colors": ["#ffffff", "#29adff", "#7e2553"]})
    expect(well).to_have_value("#7e2553")
    studio.page.locator("px-canvas [data-color='#29adff']").click()
    studio.page.evaluate(TUNE, {"colors": ["#ffffff", "#008751"]})
    expect(well).to_have_value("#29adff")


def test_colours_are_as_large_as_a_finger_and_chequers_lie_along_the_pixels_of_the_sheet(tablet):
    box = tablet.page.locator("px-canvas [data-color]").first.bounding_box()
    assert (box["width"], box["height"]) == (32, 32)
    script = """() => {
        const sheet = document.querySelector('px-canvas .sheet')
        return [parseFloat(getComputedStyle(sheet).backgroundSize), sheet.clientWidth] }"""
    period, width = tablet.page.evaluate(script)
    assert period == 8 * width / SIDE
