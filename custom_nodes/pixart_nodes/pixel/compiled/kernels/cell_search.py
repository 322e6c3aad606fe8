"""Compiled pixel/machine/cell_search.py: cells given the palette with which the eye sees the picture nearer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...machine import cell_search as plain
from ...machine import eye_search
from ...machine.cell_search import CELL_TURNS, HOPE_TIMES, SEEN_EDGE, STRIP, Cells
from ...machine.eye_search import ENOUGH_GAIN, NEVER, REACH, Sight
from .eye_search import around, change, gap, lab_offset, root, tried
from .jit import inner, kernel, same

# what the plain functions look for here
__all__ = ["CELL_TURNS", "ENOUGH_GAIN", "HOPE_TIMES", "NEVER", "REACH", "SEEN_EDGE", "STRIP"]
__all__ += ["around", "change", "gap", "lab_offset", "root", "tried"]

Floats = NDArray[np.float64]

likest_slot = inner(same(plain.likest_slot, globals()))
repainted = inner(same(plain.repainted, globals()))
settled = inner(same(plain.settled, globals()))
total = inner(same(plain.total, globals()))
add_off = inner(same(plain.add_off, globals()))
seams = inner(same(plain.seams, globals()))
_recolor = kernel(same(plain.recolor, globals()))


def recolor(sight: Sight, cells: Cells, colors: Floats, free: NDArray[np.bool_], phase: int, first: int) -> int:
    """The twin of cell_search.recolor."""
    return _recolor(tuple(sight), tuple(cells), colors, free, phase, first)


def warm() -> None:
    """Compile the kernels."""
    colors = eye_search.parts(np.zeros((2, 2, 3)))
    cells = plain.Cells(np.zeros((1, 1), np.uint8), np.zeros(1, np.int64), np.ones((1, 1), np.int64), (1, 1, 1, 1))
    one = np.zeros((1, 1, 3))
    recolor(eye_search.sight(one, one, 1), cells, colors, np.ones((1, 1), np.bool_), 0, 0)
