"""The README's animations: the first own pixel art, by three clicks in the studio and in ComfyUI's editor.

    python docs/animations.py URL_OF_THE_BRIDGE URL_OF_ITS_COMFYUI

What moves is what Chromium shows of the running servers, with the pointer drawn over it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "custom_nodes")]

from browser import open_browser  # noqa: E402 - the tests' folder is on the path now
from pixart_nodes.pixel.files import apng, indexed  # noqa: E402
from studio_page import chromium, studio_page  # noqa: E402

GALLERY = ROOT / "docs" / "gallery"
DESK = {"width": 1120, "height": 660}
COLORS = 256  # the most frequent ones, exactly: a page is flat
SHORT, LONG, LAST = 700, 1300, 3000  # milliseconds that a frame lasts
TITLE = "Pixelate a picture"  # the template
# An arrow where the mouse is, over all else, with a ring around it while it is pressed; no press meets it.
POINTER = """([x, y, pressed]) => {
  let arrow = document.querySelector('#pointer')
  if (!arrow) {
    arrow = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    arrow.id = 'pointer'
    for (const [name, value] of [['width', 48], ['height', 48], ['popover', 'manual']]) arrow.setAttribute(name, value)
    for (const [kind, fill, data] of [
      ['circle', 'none', {cx: 16, cy: 16, r: 13, stroke: '#ff004d', 'stroke-width': 3}],
      ['path', '#ffffff', {d: 'M16 16v20l5-5 4 9 4-2-4-8h7z', stroke: '#000000', 'stroke-width': 1.5}]
    ]) {
      const part = document.createElementNS('http://www.w3.org/2000/svg', kind)
      for (const [name, value] of Object.entries({...data, fill})) part.setAttribute(name, value)
      arrow.append(part)
    }
    Object.assign(arrow.style, {position: 'fixed', zIndex: 2147483647, pointerEvents: 'none'})
    document.body.append(arrow)
  }
  document.body.append(arrow)
  Object.assign(arrow.style, {left: `${x - 16}px`, top: `${y - 16}px`})
  arrow.querySelector('circle').style.visibility = pressed ? 'visible' : 'hidden'
}"""
RESULT = """() => {
  app.canvas.ds.scale = 0.8
  app.canvas.centerOnNode(app.graph.nodes.find(node => node.title === 'Result'))
}"""
# Words on nodes show at any zoom, as in a larger window.
SETTINGS = {"Comfy.Minimap.Visible": False, "Comfy.VueNodes.Enabled": False, "LiteGraph.Canvas.MinFontSizeForLOD": 0}
# A fish, stroke by stroke, in shares of the sheet's side.
STROKES = (
    [(0.2, 0.5), (0.32, 0.34), (0.5, 0.3), (0.64, 0.42), (0.68, 0.5), (0.82, 0.36), (0.8, 0.5)],
    [(0.8, 0.5), (0.82, 0.64), (0.68, 0.5), (0.64, 0.58), (0.5, 0.7), (0.32, 0.66), (0.2, 0.5)],
    [(0.33, 0.46), (0.35, 0.44), (0.35, 0.47)],
)


class Film:
    """Frames of a page, each with how long it is shown."""

    def __init__(self, page: Any) -> None:
        self.page, self.frames, self.durations = page, [], []
        self.at = DESK["width"] / 2, DESK["height"] / 2

    def shoot(self, milliseconds: int, *, pressed: bool = False) -> None:
        """The page as it is now, with the pointer."""
        self.page.evaluate(POINTER, [*self.at, pressed])
        self.frames.append(Image.open(io.BytesIO(self.page.screenshot())).convert("RGB"))
        self.durations.append(milliseconds)

    def click(self, target: Any) -> None:
        """Go to an element, show the press, and press it."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        self.at = box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 90)
        self.page.mouse.move(*self.at)
        self.shoot(SHORT)
        self.shoot(SHORT // 2, pressed=True)
        self.page.mouse.click(*self.at)

    def draw(self, target: Any, stroke: list[tuple[float, float]]) -> None:
        """A stroke with the button held, in shares of an element."""
        box = target.bounding_box()
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=6)
        self.page.mouse.up()
        self.at = points[-1]

    def file(self) -> bytes:
        """An APNG in one palette for all frames, each of which holds only what changed."""
        pixels = np.stack([np.asarray(frame) for frame in self.frames])
        colors, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
        palette = Image.new("P", (1, 1))
        palette.putpalette(colors[np.argsort(-counts)[:COLORS]].tobytes())
        strip = Image.fromarray(pixels.reshape(-1, *pixels.shape[2:])).quantize(
            palette=palette, dither=Image.Dither.NONE
        )
        plan = indexed.required(np.asarray(strip.convert("RGBA")))
        return apng.indexed(plan.indices.reshape(pixels.shape[:3]), plan, self.durations, 0, {})


def in_the_studio(url: str) -> bytes:
    """New, a sheet, and draw."""
    with chromium() as browser, studio_page(browser, url, DESK, color_scheme="light") as studio:
        studio.open().newer(None)
        film = Film(studio.page)
        film.shoot(LONG)
        film.click(studio.page.locator(".dropdown summary").first)
        film.click(studio.page.locator("[data-sheet=big]"))
        studio.page.wait_for_timeout(500)  # until the sheet is blank
        film.shoot(SHORT)
        for stroke in STROKES:
            before = (studio.result() or {}).get("id")
            film.draw(studio.page.locator("px-canvas canvas").first, stroke)
            studio.newer(before)
            film.shoot(SHORT)
        film.durations[-1] = LAST
        return film.file()


def in_the_editor(url: str) -> bytes:
    """The page that a first visit shows: Pixart, a template, and Run."""
    with open_browser(url) as browser:
        page = browser.page()
        page.set_viewport_size(DESK)
        for name, value in SETTINGS.items():
            page.evaluate("([name, value]) => app.extensionManager.setting.set(name, value)", [name, value])
        page.route("**/templates/index*.json", lambda route: route.fulfill(json=[]))  # others' pictures aren't ours
        news = page.get_by_text("Introducing Nodes 2.0")
        if news.is_visible():
            news.locator("xpath=ancestor::div[count(.//button) > 1][1]").locator("button").filter(
                has_not_text="Try"
            ).last.click()
        page.evaluate("() => app.extensionManager.command.execute('Comfy.BrowseTemplates')")
        group = page.get_by_text("Pixart", exact=True).first
        group.wait_for()
        page.wait_for_timeout(1500)  # the cards' pictures
        film = Film(page)
        film.shoot(LONG)
        film.click(group)
        card = page.locator(f"[data-testid='template-workflow-{TITLE}']")
        card.locator("img").first.wait_for()
        page.wait_for_timeout(1500)
        film.click(card)
        page.wait_for_function("() => app.graph.nodes.some(node => node.title === 'Turn these three')")
        page.evaluate("() => app.extensionManager.command.execute('Comfy.Canvas.FitView')")
        page.wait_for_timeout(1500)
        film.shoot(LONG)
        film.click(page.get_by_test_id("queue-button").locator("button").first)
        page.wait_for_function("() => document.querySelector('.pixart-viewer:not([hidden])')")
        page.wait_for_timeout(2500)
        film.shoot(LONG)
        page.evaluate(RESULT)
        page.wait_for_timeout(1000)
        film.shoot(LAST)
        return film.file()


def main(bridge: str, comfyui: str) -> None:
    """Write both."""
    (GALLERY / "studio-first.png").write_bytes(in_the_studio(bridge))
    (GALLERY / "editor-first.png").write_bytes(in_the_editor(comfyui))


if __name__ == "__main__":
    main(*sys.argv[1:])
