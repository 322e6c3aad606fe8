"""The rows and columns by which a picture is judged: so few that the time it takes hardly grows with the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RGBA = NDArray[np.uint8]
Planes = NDArray[np.int16]
Places = NDArray[np.intp]

MOST_LINES = 56  # rows, and as many columns


class Runs(NamedTuple):
    """Pixels of one value that follow each other in a line: in order of reading, none across a line's end.

    `start`, `stop`: places in the lines as one; `first`, `last`: whether it begins or ends its line.
    """

    start: Places
    stop: Places
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]

    @property
    def length(self) -> Places:
        """How many pixels each run has."""
        return self.stop - self.start

    @property
    def inner(self) -> NDArray[np.bool_]:
        """Which runs have a neighbour on both sides of their line."""
        return ~(self.first | self.last)


def spread(size: int, most: int = MOST_LINES) -> Places:
    """The places of at most so many lines, evenly over `size` of them."""
    if size <= most:
        return np.arange(size)
    return ((np.arange(most) + 0.5) * size / most).astype(np.intp)


def sampled(rgba: RGBA) -> tuple[RGBA, RGBA]:
    """Rows [n, W, 4] and columns [m, H, 4] of uint8 [H, W, 4]; what can't be seen is of one colour."""
    rows, columns = rgba[spread(rgba.shape[0])], rgba[:, spread(rgba.shape[1])].transpose(1, 0, 2)
    return _visible(rows), _visible(columns)


def _visible(lines: RGBA) -> RGBA:
    result = np.ascontiguousarray(lines)
    hidden = result[..., 3] == 0
    if hidden.any():
        result = result.copy()
        result[hidden] = 0
    return result


def premultiplied(lines: RGBA) -> Planes:
    """Colours times their alpha, and alpha: int16 [4, ...] of 0 to 255."""
    planes = np.stack([lines[..., channel] for channel in range(4)]).astype(np.int16)
    if (lines[..., 3] < 255).any():
        planes[:3] = (planes[:3].astype(np.int32) * planes[3] + 127) // 255
    return planes


def runs(changes: NDArray[np.bool_]) -> Runs:
    """The runs of lines in which a pixel differs from the one before it: bool [n, length - 1] in."""
    lines, length = changes.shape[0], changes.shape[1] + 1
    begins = np.ones((lines, length), np.bool_)
    begins[:, 1:] = changes
    start = np.flatnonzero(begins)
    stop = np.append(start[1:], lines * length)
    return Runs(start, stop, start % length == 0, stop % length == 0)
