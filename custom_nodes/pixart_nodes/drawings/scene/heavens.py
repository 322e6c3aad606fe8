"""What is in the sky by itself: stars, the moon, and the sun, high at day and on the horizon when it comes or goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..colors import rgb
from ..texture import noise
from . import chance
from .canvas import Canvas
from .light import mixed

STARS = tuple(rgb(color) for color in ("#f4f2ee", "#ffe98a", "#9aa6e0"))
FEW = 130  # one place of so many has a star
SUN, LOW_SUN, MOON, CRATER = (rgb(color) for color in ("#ffe68c", "#ffd98a", "#f3e9c4", "#d5c99c"))


def paint_stars(canvas: Canvas, below: int, seed: int) -> None:
    """Stars of a speck each, a few as crosses, from the upper edge to a row."""
    grain = canvas.grain
    y, x = np.mgrid[: max(1, below // grain), : canvas.width // grain].astype(np.int64)
    place = (noise(y, x, seed) * 100 + noise(x, y, seed + 1)) % (FEW * 3)
    for kind, color in enumerate(STARS):
        for row, column in np.argwhere(place == kind):
            is_cross = kind == 0 and (row + column) % 5 == 0
            _star(canvas, int(row) * grain, int(column) * grain, is_cross, np.array(color, np.uint8))


def _star(canvas: Canvas, y: int, x: int, is_cross: bool, color: np.ndarray) -> None:
    grain = canvas.grain
    places = [(0, 0)]
    if is_cross and canvas.side >= 48:
        places += [(-grain, 0), (grain, 0), (0, -grain), (0, grain)]
    for down, right in places:
        top, left = y + down, x + right
        if top < 0 or left < 0:
            continue
        view = slice(top, top + grain), slice(left, left + grain)
        canvas.color[view] = color if (down, right) == (0, 0) else mixed(color, (20, 26, 60), 55)
        canvas.shining[view] = True


def paint_sun(canvas: Canvas, time: str, horizon: int, seed: int, skyline: NDArray[np.int64]) -> None:
    """The sun or the moon of a time of day, at the side that the seed says.

    `skyline` is how many pixels, by column, mountains rise over the horizon: a low sun is over them where they are
    lowest, if they would hide it.
    """
    low = time in ("sunset", "dawn")
    radius = max(2, canvas.side * (13 if low else 9) // 100)
    right = chance.number(seed, "sun", 2) == 1
    aside = canvas.side * 15 // 100 if low else canvas.side * 17 // 100
    x = canvas.width - aside if right else aside
    y = horizon - radius // 3 if low else canvas.side * 16 // 100
    if low and skyline[min(x, canvas.width - 1)] > radius:
        inner = skyline[aside : max(aside + 1, canvas.width - aside)]
        x = aside + int(np.argmin(inner))
        y = horizon - int(inner.min()) - radius // 3
    rows, columns = np.mgrid[: canvas.height, : canvas.width].astype(np.int64)
    far = (2 * (columns - x) + 1) ** 2 + (2 * (rows - y) + 1) ** 2
    disc = (far <= (2 * radius) ** 2) & (rows < horizon)
    glow = (far <= (3 * radius) ** 2) & ~disc & (rows < horizon) & (time != "night")
    canvas.color[glow] = mixed(canvas.color[glow], LOW_SUN, 30)
    if time == "night":
        canvas.color[disc] = MOON
        lit = (2 * (columns - x + radius // 3) + 1) ** 2 + (2 * (rows - y + radius // 3) + 1) ** 2
        canvas.color[disc & (lit > (2 * radius) ** 2)] = CRATER
    else:
        canvas.color[disc] = LOW_SUN if time in ("sunset", "dawn") else SUN
    canvas.shining |= disc
