"""The documents' pictures of the studio, as Chromium shows it of a running server.

    python docs/studio_pictures.py http://127.0.0.1:8000/

Each tab is there as a desk shows it, light, and as a phone does, dark.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from studio_page import PHONE, StudioPage, chromium, expect, studio_page  # noqa: E402 - the tests' folder is on the path now

GALLERY = ROOT / "docs" / "gallery"
DESK = {"width": 1440, "height": 860}
# How a picture's name ends, its screen, and of how many colours the picture is.
SCREENS: dict[str, tuple[dict[str, int], str, int]] = {
    "": (DESK, "light", 128),
    "-phone": (PHONE, "dark", 128),
}
PROMPT, COUNT = "a red fox in the snow", 4
EARLIER = "a castle on a hill", "two cats on a sofa", "a pirate ship at sea", "a wizard with a purple hat"
# The tabs in the page's own order; what the first one is called in a picture's name is nothing.
PANELS = re.findall(r"name: '(\w+)'", (ROOT / "bridge/web/studio/panels.js").read_text(encoding="utf-8"))
SKETCH = "sketch"  # what a phone shows instead of the pixel art
# What is seen has come, ComfyUI's kernels are compiled, and nothing is being drawn.
STILL = """() => {
  const seen = ({ top, bottom, width }) => width && bottom > 0 && top < innerHeight
  const cards = [...document.querySelectorAll('.gallery > li')].filter(each => seen(each.getBoundingClientRect()))
  const open = document.querySelector('px-gallery')?.checkVisibility()
  const notes = [...document.querySelectorAll('px-kernels')].some(each => each.checkVisibility() && each.textContent)
  const empty = open && !document.querySelector('.gallery > li')
  if (notes || empty || document.querySelector('px-live[data-busy]')) return false
  return cards.every(each => each.querySelector('img').naturalWidth)
}"""
COMPILES_WITHIN_MS = 600_000
SCROLL = "panel => panel.scrollIntoView({ block: 'start' })"


def name_of(view: str, screen: str) -> str:
    """The file of a tab, or of the sketch, on a screen."""
    return f"studio{'' if view == PANELS[0] else f'-{view}'}{screen}.png"


def names() -> set[str]:
    """All that this makes."""
    return {name_of(panel, screen) for panel in PANELS for screen in SCREENS} | {name_of(SKETCH, "-phone")}


def small(data: bytes, count: int) -> Image.Image:
    """A screenshot in its most frequent colours, which stay as they are: a page is flat."""
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    colors, places, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    usual = colors[np.argsort(-counts)[:count]]
    far = ((colors[:, None].astype(np.int32) - usual) ** 2).sum(axis=2)
    picture = Image.fromarray(far.argmin(axis=1).astype(np.uint8)[places].reshape(pixels.shape[:2]), "P")
    picture.putpalette(usual.tobytes())
    return picture


def drawn(studio: StudioPage) -> None:
    """Pictures of words, for the gallery and for the words' own tab."""
    page = studio.page
    for prompt in EARLIER:
        body = {"prompt": prompt, "workflow": "txt2img_pixel", "width": 64, "height": 64}
        job = page.request.post(f"{studio.url}/generate/text2img", data=body).json()["id"]
        while page.request.get(f"{studio.url}/jobs/{job}").json()["status"] != "completed":
            page.wait_for_timeout(100)
    page.locator("#tab-words").click()
    page.locator("px-words textarea").first.fill(PROMPT)
    page.locator("px-words .count select").select_option(str(COUNT))
    page.locator("px-words button.main").first.click()
    expect(page.locator("px-words .cell[data-state=done]")).to_have_count(COUNT)


def pictures(browser: Any, url: str) -> Iterator[tuple[str, Image.Image]]:
    """Each picture with the name of its file."""
    for screen, (viewport, scheme, colors) in SCREENS.items():
        with studio_page(browser, url, viewport, color_scheme=scheme) as studio:
            studio.open().newer("sample")
            studio.open().newer(None)
            yield name_of(PANELS[0], screen), shot(studio, colors)
            if viewport is PHONE:
                studio.page.get_by_role("button", name="Sketch", exact=True).click()
                yield name_of(SKETCH, screen), shot(studio, colors)
            drawn(studio)
            for panel in PANELS[1:]:
                studio.page.locator(f"#tab-{panel}").click()
                expect(studio.page.locator(f"#panel-{panel} > *")).to_be_visible()
                if viewport is PHONE:
                    still(studio)  # what comes later would move what is seen
                    studio.page.locator("px-panels").evaluate(SCROLL)
                yield name_of(panel, screen), shot(studio, colors)


def still(studio: StudioPage) -> None:
    """Wait until the page is as it stays."""
    studio.page.wait_for_function(STILL, timeout=COMPILES_WITHIN_MS)


def shot(studio: StudioPage, colors: int) -> Image.Image:
    """The page, once it is as it stays."""
    still(studio)
    return small(studio.page.screenshot(animations="disabled", caret="hide"), colors)


def main(url: str) -> None:
    """Write all pictures."""
    with chromium() as browser:
        for name, picture in pictures(browser, url):
            picture.save(GALLERY / name, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
