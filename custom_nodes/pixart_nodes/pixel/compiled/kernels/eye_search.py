"""Compiled pixel/machine/eye_search.py: pixels changed one by one as long as the eye sees the picture nearer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...machine import eye_search as plain
from ...machine.eye_search import ENOUGH_GAIN, NEVER, REACH, STAYING_SHARE, STEPS, Sight, Tiles
from .jit import inner, kernel, same

__all__ = ["ENOUGH_GAIN", "NEVER", "REACH", "STAYING_SHARE", "STEPS"]  # what the plain functions look for here

Floats = NDArray[np.float64]

root = inner(same(plain.root, globals()))
lab_offset = inner(same(plain.lab_offset, globals()))
gap = inner(same(plain.gap, globals()))
around = inner(same(plain.around, globals()))
moved = inner(same(plain.moved, globals()))
tried = inner(same(plain.tried, globals()))
change = inner(same(plain.change, globals()))
corner = inner(same(plain.corner, globals()))
better_slot = inner(same(plain.better_slot, globals()))
_sweep = kernel(same(plain.sweep, globals()))


def sweep(sight: Sight, tiles: Tiles, colors: Floats, free: NDArray[np.bool_], phase: int, first: int) -> int:
    """The twin of eye_search.sweep."""
    return _sweep(tuple(sight), tuple(tiles), colors, free, phase, first)


def warm() -> None:
    """Compile the kernels."""
    colors = plain.parts(np.zeros((1, 2, 3)))
    places = np.zeros(1, np.int64)
    tiles = plain.Tiles(
        np.zeros((1, 1), np.uint8), np.arange(2), places, places, places, np.zeros((4, 1), np.int64), (1, 1, 1, 1)
    )
    one = np.zeros((1, 1, 3))
    sweep(plain.sight(one, one, 1), tiles, colors, np.ones((1, 1), np.bool_), 0, 0)
