"""The noise that JPEG leaves beside the lines of a drawing, and a filter that takes it away and keeps the lines.

JPEG leaves waves beside each edge (Wallace, "The JPEG still picture compression standard", 1992, 7.1). They are fainter
than the line, and in a window of 3 x 3 fewer than half of the pixels, so a median takes them away (Tukey, "Exploratory
data analysis", 1977). A line of one pixel is in the minority there too, but further from the median than waves are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import RGBA

NOISE_ROWS = 32  # rows that are looked at
WAVE = 8  # of 255: a step up to this between two neighbours is no edge
NOISY_SHARE = 0.02  # of all steps: art without noise has fewer small ones, unless it has gradients
STANDS_OUT = 64  # of 255: what is further from the median is drawn. Waves of JPEG at a quality of 40 are within
PASSES = 2  # one leaves the widest waves, which JPEG at a quality of 60 has


def without_noise(rgba: RGBA, *, cut_out: bool = False) -> RGBA:
    """uint8 [H, W, 4]: noise is taken away where there is some; a picture without any is returned as it is.

    `cut_out`: the picture may be part of a photo though it is transparent around; what else is transparent was no JPEG.
    """
    may_have_some = cut_out or opaque(rgba)
    for _ in range(PASSES if may_have_some and noisy(rgba) else 0):
        rgba = filtered(rgba)
    return rgba


def opaque(rgba: RGBA) -> bool:
    """Whether all of uint8 [H, W, 4] is opaque: alpha is the highest byte of a pixel as one number."""
    return bool(np.ascontiguousarray(rgba).view("<u4").min() >= 255 << 24)


def noisy(rgba: RGBA) -> bool:
    """Whether a picture has more small steps from pixel to pixel, where it is opaque, than art without noise has."""
    rows = rgba[:: max(1, rgba.shape[0] // NOISE_ROWS)]
    steps = _apart(rows[:, :-1], rows[:, 1:])
    whole = rows[..., 3] == 255
    inside = whole[:, :-1] & whole[:, 1:]  # where alpha has no step
    small = np.count_nonzero((steps > 0) & (steps <= WAVE) & inside)
    return bool(small > NOISY_SHARE * np.count_nonzero(inside))


def _apart(one: RGBA, other: RGBA) -> NDArray[np.uint8]:
    """How far pixels are apart in the channel that differs most: uint8 [H, W]."""
    apart = np.maximum(one, other) - np.minimum(one, other)
    return np.maximum(np.maximum(apart[..., 0], apart[..., 1]), np.maximum(apart[..., 2], apart[..., 3]))


@twins.step("noise", patience=1 << 25)
def filtered(rgba: RGBA) -> RGBA:
    """Each pixel the median of 3 x 3 in each channel, but for those that stand out from the median."""
    middle = median(rgba)
    return np.where(_apart(rgba, middle)[..., None] <= STANDS_OUT, middle, rgba)


def median(rgba: RGBA) -> RGBA:
    """The median of each 3 x 3, by channel; a picture goes on beyond its edges as it ends.

    Columns are sorted first, then the medians of their least, middle and largest values are, as in Smith,
    "Implementing median filters in XC4000E FPGAs", 1996.
    """
    framed = np.pad(rgba, ((1, 1), (1, 1), (0, 0)), mode="edge")
    low, middle, high = _sorted(framed[:-2], framed[1:-1], framed[2:])
    least = np.maximum(np.maximum(low[:, :-2], low[:, 1:-1]), low[:, 2:])
    most = np.minimum(np.minimum(high[:, :-2], high[:, 1:-1]), high[:, 2:])
    return _middle(least, _middle(middle[:, :-2], middle[:, 1:-1], middle[:, 2:]), most)


def _sorted(a: RGBA, b: RGBA, c: RGBA) -> tuple[RGBA, RGBA, RGBA]:
    """The least, the middle and the largest of three, everywhere."""
    a, b = np.minimum(a, b), np.maximum(a, b)
    b, c = np.minimum(b, c), np.maximum(b, c)
    return np.minimum(a, b), np.maximum(a, b), c


def _middle(a: RGBA, b: RGBA, c: RGBA) -> RGBA:
    """The middle one of three, everywhere."""
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
