"""What is all over a thing in a second colour: dots, stripes, checks, a plaid, mud from below and snow from above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..colors import Rgb, tone
from ..rasterization import Mask, extent
from ..rendering import Rendering
from ..texture import Places, noise

STEPS = (-2, -1, 0, 1, 2)  # tones of a colour, each of which becomes the same tone of the other one
LAYER, SPLASHED, RAGGED = 34, 46, 12  # percent of the height that snow lies on, that mud reaches, and of their edge


def printed(drawn: Rendering, kind: str, color: Rgb, other: Rgb) -> Rendering:
    """A rendering whose surfaces of one colour have a print in another; any kind but those of PRINTS leaves it."""
    opaque = drawn.pixels[..., 3] > 0
    if kind not in PRINTS or not opaque.any():
        return drawn
    left, top, width, high = extent(opaque)
    y, x = np.mgrid[: opaque.shape[0], : opaque.shape[1]]
    mask = PRINTS[kind](y - top, x - left, max(width, high), high) & opaque
    pixels = drawn.pixels.copy()
    for step in STEPS:
        pixels[mask & _is_of(drawn.pixels, tone(color, step)), :3] = tone(other, step)
    return replace(drawn, pixels=pixels)


def _is_of(pixels: NDArray[np.uint8], color: Rgb) -> Mask:
    return np.asarray((pixels[..., :3] == np.array(color, np.uint8)).all(axis=-1))


def _dots(y: Places, x: Places, side: int, high: int) -> Mask:
    cell = max(5, side // 5)
    row, down = np.divmod(y, cell)
    across = (x + row % 2 * (cell // 2)) % cell
    return np.asarray((2 * across - cell + 1) ** 2 + (2 * down - cell + 1) ** 2 <= (cell * 6 // 10) ** 2)


def _stripes(y: Places, x: Places, side: int, high: int) -> Mask:
    wide = max(2, side // 11)
    return np.asarray(y // wide % 2 == 1)


def _checks(y: Places, x: Places, side: int, high: int) -> Mask:
    wide = max(2, side // 10)
    return np.asarray((y // wide + x // wide) % 2 == 1)


def _plaid(y: Places, x: Places, side: int, high: int) -> Mask:
    cell, wide = max(5, side // 5), max(1, side // 24)
    return np.asarray((y % cell < wide) | (x % cell < wide))


def _layer(y: Places, x: Places, side: int, high: int) -> Mask:
    """From above, with an edge that hangs unevenly."""
    hangs = noise(np.zeros_like(x), x // max(1, side // 14), 0) * RAGGED // 50
    return np.asarray(y * 100 < (LAYER - RAGGED + hangs) * high)


def _splashes(y: Places, x: Places, side: int, high: int) -> Mask:
    """From below, thinner and thinner upwards."""
    grain = max(1, side // 18)
    low = 100 * y // max(1, high) - (100 - SPLASHED)
    return np.asarray(noise(y // grain, x // grain, 0) < low * 100 // SPLASHED + RAGGED * (low > 0))


PRINTS: dict[str, Callable[[Places, Places, int, int], Mask]] = {
    "dots": _dots,
    "stripes": _stripes,
    "checks": _checks,
    "plaid": _plaid,
    "layer": _layer,
    "splashes": _splashes,
}
