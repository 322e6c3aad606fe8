"""Lines thinned: the plain functions, compiled."""

from __future__ import annotations

import numpy as np

from ...resize import simple_points as plain
from ...resize.pieces import AT, FRAME_MARGIN, LEFT, TALL, TOP, WIDE
from ...resize.simple_points import (
    CORNER_PART,
    DOWN,
    FAIR_COVER,
    NEIGHBORS,
    NUMBER,
    RIGHT,
)
from .jit import inner, kernel, same

__all__ = [  # what the plain functions look for here
    "AT",
    "CORNER_PART",
    "DOWN",
    "FAIR_COVER",
    "FRAME_MARGIN",
    "LEFT",
    "NEIGHBORS",
    "NUMBER",
    "RIGHT",
    "TALL",
    "TOP",
    "WIDE",
]  # fmt: skip

around = inner(same(plain.around, globals()))
is_end = inner(same(plain.is_end, globals()))
is_corner = inner(same(plain.is_corner, globals()))
blunt = inner(same(plain.blunt, globals()))
sides_of = inner(same(plain.sides_of, globals()))
open_side = inner(same(plain.open_side, globals()))
peel = inner(same(plain.peel, globals()))
open_hole = inner(same(plain.open_hole, globals()))
thinned = kernel(same(plain.thinned, globals()))


def warm() -> None:
    """Compile the kernels."""
    none, starts, frame = np.zeros(0, np.int64), np.zeros(1, np.int64), np.zeros((0, 5), np.int64)
    counts = np.zeros(1, np.int32)
    thinned(
        none,
        none,
        starts,
        frame,
        none,
        counts,
        np.zeros((1, 1)),
        np.zeros(1, np.uint8),
        np.zeros((1, 1), np.int64),
        np.zeros((1, 1), np.uint8),
    )
