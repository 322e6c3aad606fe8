"""The documents' pictures of the studio, as Chromium shows it of a running server.

python docs/studio_pictures.py URL
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from studio_page import PHONE, StudioPage, chromium, studio_page  # noqa: E402 - the tests' folder is on the path now

GALLERY = ROOT / "docs" / "gallery"
DESK = {"width": 1440, "height": 860}
PICTURES = {"studio.png": (DESK, "light"), "studio-phone.png": (PHONE, "dark")}


def small(data: bytes) -> Image.Image:
    """A screenshot with a palette."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def shown(studio: StudioPage) -> Image.Image:
    """The page at a second visit: at the first one ComfyUI may have loaded something."""
    studio.open().newer("sample")
    studio.open().newer(None)
    studio.page.wait_for_timeout(300)
    return small(studio.page.screenshot())


def main(url: str) -> None:
    """Write all pictures."""
    with chromium() as browser:
        for name, (viewport, scheme) in PICTURES.items():
            with studio_page(browser, url, viewport, color_scheme=scheme) as studio:
                shown(studio).save(GALLERY / name, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
