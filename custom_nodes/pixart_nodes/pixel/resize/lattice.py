"""Colours, places and neighbours for the two methods that fit a kernel to each pixel of the result."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from .cells import BAND, RGBA, Floats, Indices

Singles = NDArray[np.float32]
Planes = NDArray[np.int16]

COLOR_STEPS = 16384  # whole numbers in 100 of CIELAB
PLACE_STEPS = 256  # in the side of a cell
NEIGHBORS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # down, right


def planes(rgba: RGBA) -> Planes:
    """CIELAB in COLOR_STEPS and alpha: int16 [4, H, W]."""
    planes = np.empty((4, *rgba.shape[:2]), np.int16)
    planes[3] = rgba[..., 3]
    step = max(1, BAND // rgba.shape[1])
    for top in range(0, len(rgba), step):
        lab = spaces.cielab(rgba[top : top + step, :, :3])
        planes[:3, top : top + step] = np.rint(lab.transpose(2, 0, 1) * (COLOR_STEPS / 100))
    return planes


def places(size: int, cells: int) -> tuple[Indices, Singles]:
    """The cell of each pixel [size], and where in it the pixel's middle is, -1/2..1/2."""
    middle = (2 * np.arange(size) + 1) * cells
    cell = middle // (2 * size)
    return cell, ((middle - (2 * cell + 1) * size) / (2 * size)).astype(np.float32)


def pair(down: int, right: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Slices of the kernels that have a neighbour in a direction, and of these neighbours."""
    cuts = {-1: (slice(1, None), slice(None, -1)), 0: (slice(None), slice(None)), 1: (slice(None, -1), slice(1, None))}
    return (cuts[down][0], cuts[right][0]), (cuts[down][1], cuts[right][1])


def neighbors_mean(values: Floats) -> Floats:
    """The mean of the up to four neighbours of each element of [H, W]; the element itself where it has none."""
    total, count = np.zeros_like(values), np.zeros_like(values)
    for down, right in NEIGHBORS:
        here, there = pair(down, right)
        total[here] += values[there]
        count[here] += 1
    return np.where(count > 0, total / np.maximum(count, 1), values)
