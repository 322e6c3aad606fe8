"""The neighbours of all pixels as planes, and planes put together to an enlarged picture; for all magnifiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.uint32]


class Around:
    """The pixels at an offset from each pixel: around[dx, dy] is [H, W]; beyond the edge the edge's pixel."""

    def __init__(self, colors: Colors, reach: int) -> None:
        self.reach, self.shape = reach, colors.shape
        self.padded = np.pad(colors, reach, mode="edge")

    def __getitem__(self, offset: tuple[int, int]) -> Colors:
        x, y = offset[0] + self.reach, offset[1] + self.reach
        return self.padded[y : y + self.shape[0], x : x + self.shape[1]]


def woven(parts: list[list[Colors]]) -> Colors:
    """Each pixel as a block of pixels, given by rows: [n][n][H, W] -> [H n, W n]."""
    size = len(parts)
    whole = np.empty((parts[0][0].shape[0] * size, parts[0][0].shape[1] * size), np.uint32)
    for y, row in enumerate(parts):
        for x, part in enumerate(row):
            whole[y::size, x::size] = part
    return whole
