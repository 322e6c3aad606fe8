"""Palettes in the studio: built-in ones, any file or text, each colour by itself, a sheet of palettes by dithers."""

import colorsys
import re

import pytest
from pixart_nodes.library import palette, palettes
from pixart_nodes.pixel.files import palette_file
from studio_page import expect

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

TUNE = "async about => (await import('/studio/state.js')).state.tune(about)"
FOUR = ["#0d2b45", "#203c56", "#ffd4a3", "#ffecd6"]
# The bytes are a list, or their number.
DROP = """([name, bytes]) => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(bytes)], name))
    document.querySelector('px-palettes').dispatchEvent(
        new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })) }"""
DROP_PICTURE = """([name, text, type]) => {
    const data = new DataTransfer()
    data.items.add(new File([text], name, { type }))
    document.querySelector('px-palettes').dispatchEvent(
        new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })) }"""
PASTE = """text => {
    const data = new DataTransfer()
    data.setData('text', text)
    document.querySelector('px-palettes').dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })) }"""


@pytest.fixture
def shelf(studio):
    """The palettes panel of a page with the sample."""
    studio.newer(None)
    studio.page.get_by_role("tab", name="Palettes").click()
    studio.page.wait_for_selector("px-shelf button")
    return studio


def own(studio, *colors):
    """Draw with these colours."""
    studio.page.evaluate(TUNE, {"colors": list(colors)})


def colors(studio):
    return studio.state("settings")["colors"]


def taken(studio, count):
    """The colours once so many were taken from what somebody brought."""
    studio.until(f"state.get('settings').colors.length === {count}")
    return colors(studio)


def swatch(studio, place):
    return studio.page.locator(".colors button").nth(place)


def test_all_built_in_palettes_are_there_as_swatches_and_a_click_draws_in_one(shelf):
    buttons = shelf.page.locator("px-shelf button")
    expect(buttons).to_have_count(len(palettes()))
    strips = "buttons => buttons.map(button => button.querySelectorAll('i').length)"
    assert sorted(buttons.evaluate_all(strips)) == sorted(len(each.entries) for each in palettes().values())
    before = shelf.result()["id"]
    shelf.page.locator("[data-palette=sweetie-16]").click()
    assert shelf.newer(before)["body"]["palette"] == "sweetie-16"
    expect(swatch(shelf, 0)).to_have_attribute("title", "#" + palette("sweetie-16").hex()[0])


def test_the_search_goes_by_name_author_and_number_and_arrow_keys_by_what_it_leaves(shelf):
    shelf.page.get_by_label("Built-in palettes", exact=True).first.fill("game boy")
    visible = shelf.page.locator("px-shelf button:visible")
    expect(visible.nth(9)).to_have_count(0)
    expect(visible.first).to_be_visible()
    visible.first.focus()
    shelf.page.keyboard.press("ArrowDown")
    name = visible.nth(1).get_attribute("data-palette")
    assert shelf.state("settings")["palette"] == name
    assert shelf.page.evaluate("document.activeElement.dataset.palette") == name


def test_a_file_of_any_format_is_dropped_and_its_colours_draw(shelf):
    made = palette_file.parse("\n".join(FOUR).encode(), "four.hex", None)
    for name, format in palette_file.written().items():
        own(shelf, "#111111", "#222222")
        data = palette_file.write(made, name)
        shelf.page.evaluate(DROP, [f"four{format.suffix}", list(data)])
        assert taken(shelf, 4) == FOUR, name


def test_colours_names_and_addresses_of_palettes_are_taken_as_text(shelf):
    field = shelf.page.get_by_label("Colours, a palette’s name")
    for text, count in {
        "#ff004d 1d2b53 red": 3,
        "pico-8": 16,
        "https://lospec.com/palette-list/sweetie-16": 16,
    }.items():
        own(shelf, "#111111", "#222222")
        field.fill(text)
        field.press("Enter")
        assert len(taken(shelf, count)) == count, text
    shelf.page.evaluate(PASTE, "#101010 #202020 #303030")
    assert taken(shelf, 3) == ["#101010", "#202020", "#303030"]


def test_an_empty_file_is_named_and_what_a_file_has_twice_is_counted_once(shelf):
    shelf.page.evaluate(DROP, ["nothing.hex", []])
    shelf.page.get_by_text("“nothing.hex” is empty.").wait_for()
    shelf.page.evaluate(DROP, ["twice.hex", list(b"ff0000\n00ff00\nff0000\n")])
    shelf.page.get_by_text("twice: 2 colours taken.").wait_for()


def test_a_files_transparent_colour_is_none_of_the_palette(shelf):
    shelf.page.evaluate(DROP, ["three.txt", list(b"FFff004d\nFF1d2b53\n00000000\n")])  # as Paint.NET writes it
    assert taken(shelf, 2) == ["#ff004d", "#1d2b53"]


def test_what_is_no_palette_is_a_sentence_and_the_colours_stay(shelf):
    own(shelf, *FOUR)
    for name, data in {"five.gpl": 5 << 20, "song.act": list(b"la la la")}.items():
        shelf.page.evaluate(DROP, [name, data])
        shelf.until("state.get('problem')?.about === 'palettes'")
        sentence = shelf.page.locator("px-notice").text_content()
        assert re.search("has 5.0 MB, and a palette file may have 4" if name == "five.gpl" else "song.act", sentence)
        shelf.page.evaluate("async () => (await import('/studio/state.js')).state.set({ problem: null })")
    assert colors(shelf) == FOUR
    shelf.errors[:] = [each for each in shelf.errors if "Failed to load resource" not in each]


def test_of_a_picture_that_only_the_browser_opens_the_colours_are_taken_and_what_it_does_not_open_is_said(shelf):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="8"><rect width="8" height="8" fill="red"/>'
    svg += '<rect x="8" width="8" height="8" fill="blue"/></svg>'
    shelf.page.evaluate(DROP_PICTURE, ["icon.svg", svg, "image/svg+xml"])
    assert taken(shelf, 2) == ["#ff0000", "#0000ff"]
    for name, said in {"a.pdf": "is no picture that", "IMG_1.heic": "save it as JPEG", "clip.mp4": "is a film"}.items():
        shelf.page.evaluate(DROP, [name, [37, 80, 68, 70]])
        shelf.page.locator("px-notice").get_by_text(said).wait_for()
    shelf.page.evaluate(DROP, ["colours", list(b"GIMP Palette\n255 0 0\n0 255 0\n0 0 255\n")])  # its content says it
    assert len(taken(shelf, 3)) == 3
    shelf.errors[:] = [each for each in shelf.errors if "Failed to load resource" not in each]


def test_the_look_says_which_colours_draw_in_place_of_the_styles_and_gives_those_back(shelf):
    shelf.page.locator("[data-palette=sweetie-16]").click()
    shelf.page.get_by_role("tab", name="Look").click()
    said = shelf.page.get_by_text("In place of the style’s colours")
    expect(said).to_contain_text("Sweetie 16")
    shelf.page.locator("[data-style=retro-8bit]").click()
    own(shelf, *FOUR)
    expect(said).to_contain_text("Your palette: 4 colours")
    shelf.page.get_by_role("button", name="The style’s", exact=True).click()
    expect(said).to_be_hidden()
    settings = shelf.state("settings")
    assert (settings["style"], settings["palette"], settings["colors"]) == ("retro-8bit", "", [])


def test_the_colours_of_the_sketch_are_a_palette(shelf):
    shelf.page.get_by_label("How many colours of the sketch").select_option("8")
    shelf.page.get_by_role("button", name="From the sketch").click()
    assert len(taken(shelf, 8)) == 8


def test_a_colour_is_changed_and_what_was_before_comes_back(shelf):
    own(shelf, *FOUR)
    swatch(shelf, 1).click()
    field = shelf.page.get_by_label("This colour as hex")
    field.fill("f00")
    field.press("Enter")
    assert colors(shelf) == [FOUR[0], "#ff0000", *FOUR[2:]]
    shelf.page.locator("px-colors").get_by_role("button", name="Undo").click()
    assert colors(shelf) == FOUR
    field.fill("blood")
    field.press("Enter")
    shelf.page.get_by_text("“blood” is no colour").wait_for()


def test_of_ctrl_z_the_panel_with_the_focus_takes_its_own_step_back(shelf):
    own(shelf, *FOUR)
    swatch(shelf, 1).click()
    shelf.page.keyboard.press("Delete")
    assert colors(shelf) == [FOUR[0], *FOUR[2:]]
    swatch(shelf, 0).focus()
    shelf.page.keyboard.press("Control+z")
    assert colors(shelf) == FOUR
    assert shelf.state("source")["kind"] == "sample"


def test_colours_are_moved_locked_and_removed_by_keys_alone(shelf):
    own(shelf, *FOUR)
    swatch(shelf, 0).focus()
    for key in ("ArrowRight", "Alt+ArrowRight", "l"):
        shelf.page.keyboard.press(key)
    assert colors(shelf) == [FOUR[0], FOUR[2], FOUR[1], FOUR[3]]
    assert shelf.page.evaluate("document.activeElement.ariaLabel") == f"{FOUR[1]}, 3 of 4, locked"
    shelf.page.keyboard.press("Delete")  # a locked one stays
    shelf.page.keyboard.press("ArrowRight")
    shelf.page.keyboard.press("Delete")
    assert colors(shelf) == [FOUR[0], FOUR[2], FOUR[1]]


def test_a_colour_is_dragged_to_its_place(shelf):
    own(shelf, *FOUR)
    start, end = (swatch(shelf, place).bounding_box() for place in (3, 0))
    shelf.page.mouse.move(start["x"] + 5, start["y"] + 5)
    shelf.page.mouse.down()
    shelf.page.mouse.move(end["x"] + 5, end["y"] + 5, steps=5)
    shelf.page.mouse.up()
    assert colors(shelf) == [FOUR[3], *FOUR[:3]]


def test_colours_are_ordered_by_lightness_and_by_hue_around_those_that_are_locked(shelf):
    mixed = ["#ffffff", "#ff0000", "#000000", "#00ff00", "#808080", "#0000ff"]
    own(shelf, *mixed)
    shelf.page.get_by_role("button", name="By hue").click()
    ordered = colors(shelf)
    assert ordered[:3] == ["#000000", "#808080", "#ffffff"]
    assert [round(3 * colorsys.rgb_to_hsv(*bytes.fromhex(each[1:]))[0]) for each in ordered[3:]] == [0, 1, 2]
    own(shelf, *mixed)
    swatch(shelf, 1).focus()
    shelf.page.keyboard.press("l")
    shelf.page.get_by_role("button", name="By lightness").click()
    assert colors(shelf) == ["#000000", "#ff0000", "#0000ff", "#808080", "#00ff00", "#ffffff"]


def test_locked_colours_stay_when_another_palette_is_taken(shelf):
    own(shelf, *FOUR)
    swatch(shelf, 3).focus()
    shelf.page.keyboard.press("l")
    shelf.page.locator("[data-palette=sweetie-16]").click()
    assert taken(shelf, 17)[0] == FOUR[3]


def test_a_sheet_of_palettes_by_dithers_shows_the_sketch_and_a_click_takes_both(shelf):
    shelf.page.get_by_label("Built-in palettes", exact=True).first.fill("sweetie")
    shelf.page.get_by_text("Palettes by dithers").click()
    shelf.page.get_by_role("button", name="Draw the sheet").click()
    cell = shelf.page.get_by_role("button", name="Sweetie 16, bayer-4")
    cell.click(timeout=60_000)
    settings = shelf.state("settings")
    assert (settings["palette"], settings["dither"]) == ("sweetie-16", "bayer-4")
    shelf.page.get_by_role("button", name="Draw the sheet").wait_for(timeout=60_000)
    expect(cell).to_have_attribute("aria-pressed", "true")
    drawn = shelf.page.locator(".matrix img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert drawn == [64] * 8  # the style's palette and sweetie-16, by four dithers
