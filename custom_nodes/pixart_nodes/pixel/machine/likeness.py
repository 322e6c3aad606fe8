"""How far a picture in few colours is from its original for an eye that blurs what is small, hues more than brightness.

After X. Zhang, B. A. Wandell, "A spatial extension of CIELAB" (1996), with blurs that take few additions: at 30 pixels
a degree, brightness by a deviation of 0.7 pixels; hues partly by 1 pixel, partly by 7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import spaces

Floats = NDArray[np.float64]

BRIGHTNESS = (1 / 4, 2 / 4, 1 / 4)
HUES = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
WIDE, TURNS = 15, 3  # pixels of a box, so many times
SHARE = 0.4  # of the wide blur in hues


def seen(light: Floats, aspect: float = 1.0) -> Floats:
    """CIELAB [H, W, 3] of light [H, W, 3] after the eye's blur, of pixels `aspect` times as wide as high."""
    square = np.repeat(light, round(aspect), axis=1)
    bright = (square * spaces.LUMINANCE).sum(axis=2, keepdims=True)
    hues = square - bright
    near = _blurred(_blurred(hues, HUES, 0), HUES, 1)
    soft = _blurred(_blurred(bright, BRIGHTNESS, 0), BRIGHTNESS, 1)
    return spaces.rooted(np.maximum(soft + (1 - SHARE) * near + SHARE * _wide(hues), 0.0), "cielab")


def apart(one: Floats, other: Floats) -> Floats:
    """The distance of each pixel of two pictures as seen: [H, W]."""
    gap = one - other
    return np.sqrt((gap * gap).sum(axis=2))


def _blurred(planes: Floats, shares: tuple[float, ...], axis: int) -> Floats:
    reach, size = len(shares) // 2, planes.shape[axis]
    margin = [(reach, reach) if each == axis else (0, 0) for each in range(3)]
    padded = np.pad(planes, margin, mode="edge")
    total = np.zeros_like(planes)
    for shift, share in enumerate(shares):
        total += share * np.take(padded, np.arange(size) + shift, axis=axis)
    return total


def _wide(planes: Floats) -> Floats:
    """Boxes one after the other, by running sums."""
    for _ in range(TURNS):
        for axis in (0, 1):
            margin = [(WIDE // 2 + 1, WIDE // 2) if each == axis else (0, 0) for each in range(3)]
            sums = np.cumsum(np.pad(planes, margin, mode="edge"), axis=axis)
            size = planes.shape[axis]
            ends = (np.take(sums, np.arange(size) + start, axis=axis) for start in (WIDE, 0))
            planes = np.subtract(*ends) / WIDE
    return planes
