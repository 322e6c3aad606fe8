"""The node Contact Sheet in the editor: its sheet is large enough to read, and a click on a picture takes it."""

import pytest
from pixart_nodes import library

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

SHEET = {"palettes": "pico-8, gameboy", "dithers": "none, bayer-4", "methods": "box", "width": 16, "zoom": 4}
NODES = (
    ("EmptyImage", {"width": 64, "height": 64, "color": 0x8090A0}),
    ("PixartContactSheet", SHEET, {"image": 0}),
)
TAKE = "() => app.graph.nodes[1].widgets.find(each => each.name === 'take').value"
ABOUT = "() => document.querySelector('.pixart-about').textContent"
TAKEN = (
    "() => [...document.querySelectorAll('.pixart-cell')].map(each => each.getAttribute('aria-selected') === 'true')"
)
FACTOR = """() => {
  const canvas = document.querySelector('.pixart-pixels')
  return [parseFloat(canvas.style.width) / canvas.width, getComputedStyle(canvas).imageRendering]
}"""
SHOWN = "() => document.querySelector('.pixart-pixels').toDataURL()"
# What ComfyUI made in the last run.
MADE = """async () => {
  const [file] = app.nodeOutputs[app.graph.nodes[1].id].images
  const answer = await app.api.fetchApi(`/view?${new URLSearchParams(file)}`)
  const bitmap = await createImageBitmap(await answer.blob())
  const canvas = Object.assign(document.createElement('canvas'), {width: bitmap.width, height: bitmap.height})
  canvas.getContext('2d').drawImage(bitmap, 0, 0)
  return canvas.toDataURL()
}"""
# Pixels of the screen that are seen of the sheet, and what is above and below them.
SCROLL = """() => {
  const { clientHeight, scrollHeight, scrollTop } = document.querySelector('.pixart-stage')
  return [clientHeight, scrollHeight, scrollTop]
}"""
# The sheet of the graph is there, with so many pictures; that of the graph before, whose node had the same id, isn't.
READY = """count => {
  const [shown, ...others] = document.querySelectorAll('.pixart-viewer')
  const own = app.graph.nodes.flatMap(node => node.widgets ?? []).find(each => each.name === 'pixels')?.element
  return shown && shown === own && !others.length && own.querySelectorAll('.pixart-cell').length === count
}"""
UNDO = "() => app.extensionManager.command.execute('Comfy.Undo')"
SNAPSHOT = """() => {
  const tracker = app.extensionManager.workflow.activeWorkflow.changeTracker
  ;(tracker.captureCanvasState ?? tracker.checkState).call(tracker)
}"""


def shown(face, count=4, **values):
    """A sheet of so many pictures after a run, with no pointer over it."""
    face.page.mouse.move(5, 5)
    face.make(NODES[0], ("PixartContactSheet", SHEET | values, {"image": 0}))
    face.script(SNAPSHOT)
    assert face.run() == "execution_success"
    face.page.wait_for_function(READY, arg=count)


def cell(face, at):
    return face.page.locator(".pixart-cell").nth(at)


def about(face, text):
    return face.until(lambda: face.script(ABOUT), text)


def test_a_click_on_a_picture_takes_it_and_undo_takes_that_back(face):
    shown(face)
    cell(face, 2).click()
    assert face.until(lambda: face.script(TAKE), 2) == 2
    assert face.script(TAKEN) == [False, False, True, False]
    prompt = face.script("async () => (await app.graphToPrompt()).output")
    assert [each["inputs"]["take"] for each in prompt.values() if "take" in each["inputs"]] == [2]
    face.script(UNDO)
    assert face.until(lambda: face.script(TAKE), 0) == 0


def test_what_is_marked_is_what_the_next_run_draws(face):
    shown(face, take=1)
    assert face.script(SHOWN) == face.script(MADE)
    for at in (3, 0):
        cell(face, at).click()
        marked = face.until(lambda at=at: face.script(TAKEN).index(True), at), face.script(SHOWN)
        assert face.run() == "execution_success"
        assert marked == (at, face.script(MADE))


def test_the_picture_under_the_pointer_is_named(face):
    shown(face, take=1)
    assert about(face, "1 · pico-8 · bayer-4 · box · taken") == "1 · pico-8 · bayer-4 · box · taken"
    cell(face, 2).hover()
    assert about(face, "2 · gameboy · none · box") == "2 · gameboy · none · box"
    assert cell(face, 2).evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


def test_arrows_move_between_the_pictures_and_enter_takes_one(face):
    shown(face)
    cell(face, 0).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):  # which ends at the row's end
        face.page.keyboard.press(key)
    assert about(face, "3 · gameboy · bayer-4 · box") == "3 · gameboy · bayer-4 · box"
    face.page.keyboard.press("Enter")
    assert face.until(lambda: face.script(TAKE), 3) == 3
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "Space"):
        face.page.keyboard.press(key)
    assert face.until(lambda: face.script(TAKE), 0) == 0
    assert face.script("() => app.graph.nodes.length") == 2


def test_a_sheet_that_is_higher_than_the_screen_is_shown_by_a_whole_factor_and_scrolls(face):
    shown(face, len(library.palettes()), palettes="all", dithers="none", zoom=6, take=5)
    assert face.script(FACTOR) == [1, "pixelated"]
    seen, whole, top = face.script(SCROLL)
    assert (seen > 300, whole > seen, top) == (True, True, 0)
    cell(face, 0).hover()
    face.page.mouse.wheel(0, 120)
    assert face.until(lambda: face.script(SCROLL)[2], 120) == 120
    cell(face, 20).click()
    assert face.until(lambda: face.script(TAKE), 20) == 20


REPORT = "() => document.querySelector('.pixart-report')?.textContent ?? ''"
FOCUS = "() => [...document.querySelectorAll('.pixart-cell')].indexOf(document.activeElement)"
# Another list of palettes, as if a person typed it, or another link.
LIST = """text => {
  const widget = app.graph.nodes[1].widgets.find(each => each.name === 'palettes')
  widget.value = text
  widget.callback?.(text, app.canvas, app.graph.nodes[1])
}"""


def numbers(face, labels):
    """What `take` is after a click on each of these pictures."""
    taken = []
    for at in labels:
        cell(face, at).click(force=True)
        taken.append(face.script(TAKE))
    return taken


def test_a_sheet_that_is_drawn_anew_keeps_the_focus_where_it_was(face):
    shown(face)
    cell(face, 1).focus()
    old = cell(face, 1).element_handle()
    face.script("() => (app.graph.nodes[0].widgets.find(each => each.name === 'color').value = 0x203040)")
    assert face.run() == "execution_success"
    face.page.wait_for_function("old => !old.isConnected", arg=old)
    face.page.wait_for_function(READY, arg=4)
    assert face.until(lambda: face.script(FOCUS), 1) == 1


def test_a_click_after_the_palettes_were_edited_takes_what_was_clicked(face):
    shown(face)
    face.script(LIST, "sweetie-16, gameboy, pico-8")
    assert numbers(face, [0, 3]) == [4, 3]
    assert about(face, "3 · gameboy · bayer-4 · box · taken") == "3 · gameboy · bayer-4 · box · taken"
    face.script(LIST, "gameboy")
    assert numbers(face, [2, 0]) == [0, 0]  # the first palette is no longer there
    cell(face, 0).hover()
    gone = "0 · pico-8 · none · box · the lists have changed: run again"
    assert about(face, gone) == gone
    assert face.run() == "execution_success"
    face.page.wait_for_function(READY, arg=2)
    assert face.script(TAKEN) == [True, False]


def test_a_take_that_the_sheet_does_not_show_is_said(face):
    shown(face)
    face.script(LIST, "sweetie-16, pico-8, gameboy")
    face.page.mouse.move(5, 5)
    said = "taken: one that the next run draws"
    assert (about(face, said), face.script(TAKEN)) == (said, [False] * 4)


def test_what_is_taken_is_said_by_the_sheet_alone(face):
    shown(face)
    cell(face, 2).click()
    assert about(face, "2 · gameboy · none · box · taken") == "2 · gameboy · none · box · taken"
    assert "taken" not in face.script(REPORT)


def test_a_take_that_comes_over_a_link_stays_as_it_is(face):
    face.make(NODES[0], ("PrimitiveInt", {"value": 1}), ("PixartContactSheet", SHEET, {"image": 0, "take": 1}))
    assert face.run() == "execution_success"
    face.page.wait_for_function(READY, arg=4)
    cell(face, 2).click(force=True)  # Playwright itself presses nothing that is disabled
    linked = "2 · gameboy · none · box · take comes over a link"
    assert about(face, linked) == linked
    take = "() => app.graph.nodes[2].widgets.find(each => each.name === 'take').value"
    assert face.script(take) == 0
