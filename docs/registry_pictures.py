"""The pack's icon and banner for ComfyUI's registry, of its own drawings, a pixel as ten.

python docs/registry_pictures.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

PACK = Path(__file__).resolve().parent.parent / "custom_nodes" / "pixart_nodes"
sys.path.insert(0, str(PACK.parent))

from pixart_nodes.drawings.illustration import illustrated  # noqa: E402  # the path comes first
from pixart_nodes.drawings.scene.font import font  # noqa: E402

ZOOM = 10
ICON = ("a red fox in the snow", (40, 40))  # 400 x 400, the most that an icon may have
BANNER = ("a knight and a dragon and a castle on a meadow at sunset", (126, 54))  # 21:9, as banners are
NAME, PLACE, INK, SHADE = "Pixart", (4, 2), (0xFF, 0xEC, 0x27), (0x1D, 0x2B, 0x53)


def drawn(prompt: str, size: tuple[int, int]) -> np.ndarray:
    """The picture, a pixel as one: uint8 [H, W, 3]."""
    return illustrated(prompt, *size, seed=1, pixel=1).pixels[..., :3].copy()


def named(pixels: np.ndarray) -> np.ndarray:
    """The same with the pack's name in its corner, twice as large as it is written."""
    ink = font("5x7").line(NAME).repeat(2, axis=0).repeat(2, axis=1)
    for shift, color in ((1, SHADE), (0, INK)):
        x, y = (place + shift for place in PLACE)
        pixels[y : y + ink.shape[0], x : x + ink.shape[1]][ink] = color
    return pixels


def save(pixels: np.ndarray, name: str) -> None:
    """Write it enlarged, with a palette, so that the file is small."""
    large = pixels.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    Image.fromarray(large).quantize(256, dither=Image.Dither.NONE).save(PACK / name, optimize=True)


if __name__ == "__main__":
    save(drawn(*ICON), "icon.png")
    save(named(drawn(*BANNER)), "banner.png")
