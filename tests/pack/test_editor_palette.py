"""The node Palette in the editor: its colours are seen before any run, and edited where they are seen."""

import numpy as np
import pytest
from pixart_nodes import library, palette_source
from pixart_nodes.pixel.files import aseprite, palette_file, png
from pixart_nodes.pixel.palette.palette import Entry, Palette

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

SHOWN = """() => [...document.querySelectorAll('.pixart-swatch:not(.pixart-add)')]
  .map(each => each.style.getPropertyValue('--color').replace(/ff$/, '').slice(1))"""
LOCKED = "() => [...document.querySelectorAll('.pixart-locked')].map(each => Number(each.dataset.at))"
ERROR = "() => document.querySelector('.pixart-error:not([hidden])')?.textContent"
SET = """([name, value]) => {
  const widget = app.graph.nodes[0].widgets.find(each => each.name === name)
  widget.value = value
  widget.callback?.(value)
}"""
# A file from outside that is dropped on the first node's header, or beside all nodes.
DROP = """([name, bytes, beside]) => {
  const data = new DataTransfer()
  data.items.add(new File([new Uint8Array(bytes)], name, {type: name.endsWith('.png') ? 'image/png' : ''}))
  const rect = app.canvas.canvas.getBoundingClientRect()
  const [x, y] = beside ? [700, 500] : [160, 130]
  const place = {clientX: rect.left + x, clientY: rect.top + y, dataTransfer: data, bubbles: true, cancelable: true}
  const target = document.elementFromPoint(place.clientX, place.clientY)
  for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, place))
}"""
# Notes and ends each drop that the node Palette lets go by.
LISTEN = """() => {
  window.heard = []
  const hear = event => {
    event.stopImmediatePropagation()
    if (window.heard.push(event.dataTransfer.files[0].name) === 4) window.removeEventListener('drop', hear, true)
  }
  window.addEventListener('drop', hear, true)
}"""
# What is pasted on the chosen node: a text, or a file's name and bytes.
PASTE = """given => {
  const clipboardData = new DataTransfer()
  if (typeof given === 'string') clipboardData.setData('text/plain', given)
  else clipboardData.items.add(new File([new Uint8Array(given[1])], given[0]))
  app.canvas.selectNode(app.graph.nodes[0])
  document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}))
}"""
# Undo knows the workflow as it is now, and no step before.
TRACK = """() => {
  const tracker = app.extensionManager.workflow.activeWorkflow.changeTracker
  ;(tracker.captureCanvasState ?? tracker.checkState).call(tracker)
  tracker.undoQueue.length = 0
}"""
STEPS = "() => app.extensionManager.workflow.activeWorkflow.changeTracker.undoQueue.length"
# A node Palette that comes from the search, as one step.
ADD = """() => {
  const node = LiteGraph.createNode('PixartPalette')
  node.pos = [100, 120]
  app.graph.add(node)
  const tracker = app.extensionManager.workflow.activeWorkflow.changeTracker
  ;(tracker.captureCanvasState ?? tracker.checkState).call(tracker)
}"""
MINE = Palette((Entry((9, 9, 9), name="ink"), Entry((255, 0, 255), 0, "key"), Entry((1, 2, 3), name="sky")), "Mine")


def node(face, **values):
    face.make(("PixartPalette", values))


def value(face, colors):
    return face.until(lambda: face.values()["colors"], colors)


def shown(face, *colors):
    return face.until(lambda: face.script(SHOWN), list(colors))


def swatch(face, at):
    return face.page.locator(".pixart-swatch").nth(at)


def choose(face, at, text):
    swatch(face, at).click(button="right")
    face.page.get_by_role("menuitem", name=text, exact=True).click()


def test_a_palettes_colours_are_seen_before_any_run_and_are_no_value_of_the_node(face):
    node(face, palette="gameboy")
    assert shown(face, "9bbc0f", "8bac0f", "306230", "0f380f") == ["9bbc0f", "8bac0f", "306230", "0f380f"]
    saved = face.script("() => app.graph.serialize().nodes[0].widgets_values")
    assert saved == ["gameboy", "", ""]
    prompt = face.script("async () => (await app.graphToPrompt()).output")
    assert [list(each["inputs"]) for each in prompt.values()] == [["palette", "colors", "file"]]


def test_a_list_a_name_and_a_lospec_address_are_seen_at_once(face):
    node(face, colors="red rgb(1, 2, 3)")
    assert shown(face, "ff0000", "010203") == ["ff0000", "010203"]
    for text in ("sweetie-16", "https://lospec.com/palette-list/sweetie-16"):
        face.script(SET, ["colors", ""])
        assert len(face.until(lambda: face.script(SHOWN), library.palette("pico-8").hex())) == 16
        face.script(SET, ["colors", text])
        assert shown(face, *library.palette("sweetie-16").hex()) == library.palette("sweetie-16").hex()


def test_a_wrong_colour_is_one_message_on_the_node(face):
    node(face, colors="reed")
    sentence = "'reed' is not a colour; write it as #rrggbb, for example #ff004d."
    wanted = f"{sentence} No built-in palette is called so either."
    assert face.until(lambda: face.script(ERROR), wanted) == wanted


def test_a_press_opens_a_picker_whose_colour_goes_into_the_list(face):
    node(face, colors="red #00ff0080")
    shown(face, "ff0000", "00ff0080")
    swatch(face, 1).click()
    face.script("""() => {
      const picker = document.querySelector('.pixart-picker')
      picker.value = '#0000ff'
      for (const type of ['input', 'change']) picker.dispatchEvent(new Event(type, {bubbles: true}))
    }""")
    assert value(face, "#ff0000 #0000ff80") == "#ff0000 #0000ff80"


def settled(face):
    """Once sizes have followed, and a press beside all nodes has made a step of undo of what is one."""
    face.page.wait_for_timeout(1500)  # for the last look at a node, see room.js
    face.page.mouse.click(900, 700)
    face.page.wait_for_timeout(300)


@pytest.mark.parametrize("values", [{}, {"colors": "#111111 #222222 #333333"}])
def test_a_swatch_is_dragged_to_another_place_and_undo_takes_it_back_at_once(values, face):
    node(face, **values)
    before = palette_source.of_text(values.get("colors", "pico-8")).hex()
    shown(face, *before)
    settled(face)
    face.script(TRACK)
    swatch(face, 0).drag_to(swatch(face, 2))
    after = [*before[1:3], before[0], *before[3:]]
    assert shown(face, *after) == after
    settled(face)
    face.page.keyboard.press("Control+z")
    assert value(face, values.get("colors", "")) == values.get("colors", "")
    assert shown(face, *before) == before


def test_sizes_that_follow_by_themselves_are_no_steps_of_undo(face, request):
    if request.node.callspec.params["face"] == ("pinned", "nodes 2.0"):
        pytest.skip("there the front end itself measures its nodes later")
    face.make()
    face.script(TRACK)
    face.script(ADD)
    settled(face)
    assert face.script(STEPS) == 1
    face.script(TRACK)
    choose(face, 0, "Remove")
    settled(face)
    assert face.script(STEPS) == 1
    face.script(SET, ["colors", " ".join(["#111111"] * 40)])
    assert shown(face, *["111111"] * 40)
    settled(face)
    assert face.script(STEPS) == 2


def test_right_click_locks_hides_and_removes(face):
    node(face, palette="gameboy")
    shown(face, "9bbc0f", "8bac0f", "306230", "0f380f")
    choose(face, 3, "Lock")
    choose(face, 1, "Make transparent")
    choose(face, 0, "Remove")
    assert value(face, "#8bac0f00 #306230 #0f380f!") == "#8bac0f00 #306230 #0f380f!"
    assert face.until(lambda: face.script(LOCKED), [2]) == [2]


def test_keys_move_and_remove_a_swatch_and_leave_the_node(face):
    node(face, colors="#111111 #222222 #333333")
    shown(face, "111111", "222222", "333333")
    swatch(face, 0).focus()
    face.page.keyboard.press("Alt+ArrowRight")
    face.page.keyboard.press("Delete")
    assert value(face, "#222222 #333333") == "#222222 #333333"
    assert face.script("() => app.graph.nodes.length") == 1


@pytest.mark.parametrize("kind", ["gpl", "hex", "jasc-pal", "act", "ase", "png"])
def test_a_palette_file_is_dropped_on_the_node(kind, face):
    node(face)
    data = palette_file.write(MINE, kind)
    face.script(DROP, [f"mine{palette_file.FORMATS[kind].suffix}", list(data), False])
    hidden = "ff00ff00" if kind not in ("hex", "jasc-pal", "ase") else "ff00ff"
    assert shown(face, "090909", hidden, "010203") == ["090909", hidden, "010203"]


def test_a_sprite_of_aseprite_that_is_dropped_on_the_node_gives_its_palette(face):
    node(face)
    colors = np.array([[0, 0, 0, 0], [9, 9, 9, 255], [1, 2, 3, 255]], np.uint8)
    sprite = aseprite.encode(aseprite.Sprite(np.ones((1, 2, 2), np.uint8), colors, transparent=0), [100])
    face.script(DROP, ["hero.aseprite", list(sprite), False])
    assert shown(face, "00000000", "090909", "010203") == ["00000000", "090909", "010203"]


def test_a_picture_that_is_dropped_beside_all_nodes_is_left_to_the_editor(face):
    """Which opens the workflow in it; a palette that came alone would be in its way."""
    node(face)
    face.script(LISTEN)
    for name in ("mine.png", "mine.gif", "mine.txt", "mine.json"):
        face.script(DROP, [name, [], True])
    assert face.script("() => window.heard") == ["mine.png", "mine.gif", "mine.txt", "mine.json"]


def test_a_palette_file_that_is_dropped_beside_all_nodes_makes_one(face):
    face.make()
    face.script(DROP, ["mine.gpl", list(palette_file.write(MINE, "gpl")), True])
    assert shown(face, "090909", "ff00ff00", "010203") == ["090909", "ff00ff00", "010203"]
    assert face.script("() => app.graph.nodes.map(each => each.comfyClass)") == ["PixartPalette"]


def test_a_picture_that_is_dropped_on_the_node_gives_its_colours(face):
    node(face)
    steps = np.arange(32, dtype=np.uint8) * 8
    photo = np.dstack([*np.meshgrid(steps, steps), np.full((32, 32, 2), 255, np.uint8)])
    face.script(DROP, ["photo.png", list(png.rgba(photo)), False])
    assert face.until(lambda: len(face.values()["colors"].split()), 16) == 16


@pytest.mark.parametrize("text", ["#111111\n#222222", "GIMP Palette\n17 17 17 one\n34 34 34 two"])
def test_a_palette_is_pasted_on_the_chosen_node(text, face):
    node(face)
    face.script(PASTE, text)
    assert value(face, "#111111 #222222") == "#111111 #222222"


@pytest.mark.parametrize("kind", ["gpl", "png"])
def test_a_file_is_pasted_on_the_chosen_node(kind, face):
    node(face)
    face.script(PASTE, [f"mine{palette_file.FORMATS[kind].suffix}", list(palette_file.write(MINE, kind))])
    assert shown(face, "090909", "ff00ff00", "010203") == ["090909", "ff00ff00", "010203"]


SOURCE = "() => document.querySelector('.pixart-source').textContent"


def test_own_colours_have_one_name_and_a_files_while_they_are_as_it_had_them(face):
    node(face, colors="#111111 #222222")
    assert face.until(lambda: face.script(SOURCE), "own colours · 2 colours") == "own colours · 2 colours"
    face.script(SET, ["colors", "#111111! #222222"])
    assert face.until(lambda: face.script(LOCKED), [0]) == [0]
    assert face.script(SOURCE) == "own colours · 2 colours"
    face.script(DROP, ["mine.gpl", list(palette_file.write(MINE, "gpl")), False])
    assert face.until(lambda: face.script(SOURCE), "Mine · 3 colours") == "Mine · 3 colours"
    choose(face, 0, "Remove")
    assert face.until(lambda: face.script(SOURCE), "own colours · 2 colours") == "own colours · 2 colours"


def test_a_full_palette_says_why_it_takes_no_more_colour(face):
    colors = [f"#{at:06x}" for at in range(256)]
    node(face, colors=" ".join(colors))
    assert len(face.until(lambda: face.script(SHOWN), [each[1:] for each in colors])) == 256
    why = "A palette has 256 colours at most: remove one first."
    add = face.page.locator(".pixart-add")
    assert (add.is_disabled(), add.get_attribute("title")) == (True, why)
    swatch(face, 0).click(button="right")
    row = face.page.get_by_role("menuitem", name="Duplicate", exact=True)
    assert (row.is_disabled(), row.get_attribute("title")) == (True, why)
    face.page.keyboard.press("Escape")
    choose(face, 0, "Remove")
    face.until(lambda: len(face.script(SHOWN)), 255)
    assert add.is_enabled()
