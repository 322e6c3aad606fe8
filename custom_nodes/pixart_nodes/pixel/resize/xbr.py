"""xBR, a magnifier by two (Hyllian 2011), without its blending: corners are cut along the stronger edge.

Tells edges by how far colours differ, so that it follows anti-aliased lines too. Hyllian's rule of corners (his "C")
keeps single pixels.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .neighbors import Around, Colors, woven

K = TypeVar("K", bound=np.generic)
Mask = NDArray[np.bool_]
Steps = NDArray[np.int32]
Offset = tuple[int, int]  # to the right, down

CORNER_REACH = 2  # pixels on each side that a corner looks at
SAME_COLOR = 15 * 48 * 1000  # Hyllian's threshold: 15 steps of Y
WAYS = ((1, 0), (0, 1), (1, 1), (1, -1))  # all in which two pixels are ever compared
# Weights of red, green, blue and alpha in 48 Y, 7 U, 6 V (BT.601) and 48 of alpha, in thousandths of steps.
YUVA = np.array(
    [
        [48 * 299, 48 * 587, 48 * 114, 0],
        [7 * -169, 7 * -331, 7 * 500, 0],
        [6 * 500, 6 * -419, 6 * -81, 0],
        [0, 0, 0, 48000],
    ],
    np.int32,
)


class _Apart:
    """Colour distances between a pixel and its neighbours, by offsets from pixel e; each is computed once."""

    def __init__(self, colors: Colors) -> None:
        padded = Around(colors, CORNER_REACH).padded
        self.shape = colors.shape
        self.ways = {way: np.zeros(_from(padded, way).shape, np.int32) for way in WAYS}
        channels = [(padded >> np.uint32(shift) & np.uint32(255)).astype(np.int32) for shift in (0, 8, 16, 24)]
        for weights in YUVA:
            plane = np.zeros(padded.shape, np.int32)
            for weight, channel in zip(weights, channels, strict=True):
                plane += weight * channel
            for way, far in self.ways.items():
                far += np.abs(_from(plane, way) - _to(plane, way))

    def far(self, one: Offset, other: Offset) -> Steps:
        """Hyllian's distance, 48 Y + 7 U + 6 V, in thousandths; a difference in alpha counts like one in Y."""
        way = other[0] - one[0], other[1] - one[1]
        if way not in self.ways:
            return self.far(other, one)
        x, y = one[0] + CORNER_REACH, one[1] + CORNER_REACH - max(0, -way[1])
        return self.ways[way][y : y + self.shape[0], x : x + self.shape[1]]

    def near(self, one: Offset, other: Offset) -> Mask:
        return self.far(one, other) < SAME_COLOR


def xbr(colors: Colors) -> Colors:
    """[H, W] -> [2 H, 2 W], in the colours that are there."""
    distances, around = _Apart(colors), Around(colors, CORNER_REACH)
    down_right, down_left, up_left, up_right = (_corner(distances, around, turns) for turns in range(4))
    return woven([[up_left, up_right], [down_left, down_right]])


def _corner(distances: _Apart, around: Around, turns: int) -> Colors:
    """The lower right quarter of each pixel e, or turned from there, clockwise; neighbours by Hyllian's letters."""
    b, c, d, e, f = (_turned(x, y, turns) for x, y in ((0, -1), (1, -1), (-1, 0), (0, 0), (1, 0)))
    g, h, i = (_turned(x, 1, turns) for x in (-1, 0, 1))
    f4, i4, h5, i5 = (_turned(x, y, turns) for x, y in ((2, 0), (2, 1), (0, 2), (1, 2)))
    far, near = distances.far, distances.near
    along = far(e, c) + far(e, g) + far(i, f4) + far(i, h5) + 4 * far(h, f)
    across = far(h, d) + far(h, i5) + far(f, i4) + far(f, b) + 4 * far(e, i)
    rim = ~(near(f, b) | near(f, c)) | ~(near(h, d) | near(h, g))
    line = ~(near(f, f4) | near(f, i4)) | ~(near(h, h5) | near(h, i5))
    allowed = rim | near(e, i) & line | near(e, g) | near(e, c)
    own, side, down = around[e], around[f], around[h]
    cut = (along < across) & (own != side) & (own != down) & allowed
    return np.where(cut, np.where(far(e, f) <= far(e, h), side, down), own)


def _turned(x: int, y: int, turns: int) -> Offset:
    for _ in range(turns):
        x, y = -y, x
    return x, y


def _from(plane: NDArray[K], way: Offset) -> NDArray[K]:
    """The pixels of a plane that have a neighbour in a direction; see `_to`."""
    x, y = way
    return plane[max(0, -y) : plane.shape[0] - max(0, y), : plane.shape[1] - x]


def _to(plane: NDArray[K], way: Offset) -> NDArray[K]:
    """The neighbours in a direction of the pixels that have one; see `_from`."""
    x, y = way
    return plane[max(0, y) : plane.shape[0] - max(0, -y), x:]
