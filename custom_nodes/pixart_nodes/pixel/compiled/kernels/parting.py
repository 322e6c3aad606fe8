"""Pieces of ink pushed off each other: the plain functions, compiled."""

from __future__ import annotations

import numpy as np

from ...resize import parting as plain
from ...resize.parting import (
    ASTRAY,
    CROWD_MARGIN,
    LONGEST_SHIFT,
    NOWHERE,
    OVERLAP,
    PARTING_ROUNDS,
    PATIENT_ROUNDS,
    STAY,
    Board,
    Piece,
)
from ...resize.pieces import AT, FRAME_MARGIN, LEFT, TALL, TOP, WIDE
from ...resize.simple_points import DOWN, NEIGHBORS, NUMBER, RIGHT
from .jit import inner, kernel, same
from .simple_points import around, open_side, sides_of

__all__ = [  # what the plain functions look for here
    "ASTRAY",
    "AT",
    "CROWD_MARGIN",
    "DOWN",
    "FRAME_MARGIN",
    "LEFT",
    "LONGEST_SHIFT",
    "NEIGHBORS",
    "NOWHERE",
    "NUMBER",
    "OVERLAP",
    "PARTING_ROUNDS",
    "PATIENT_ROUNDS",
    "RIGHT",
    "STAY",
    "TALL",
    "TOP",
    "WIDE",
    "Board",
    "Piece",
    "around",
    "open_side",
    "sides_of",
]  # fmt: skip

row = inner(same(plain.row, globals()))
column = inner(same(plain.column, globals()))
mark = inner(same(plain.mark, globals()))
others = inner(same(plain.others, globals()))
price = inner(same(plain.price, globals()))
is_free = inner(same(plain.is_free, globals()))
is_astray = inner(same(plain.is_astray, globals()))
strayed = inner(same(plain.strayed, globals()))
shift_price = inner(same(plain.shift_price, globals()))
shift = inner(same(plain.shift, globals()))
early_steps = inner(same(plain.early_steps, globals()))
late_steps = inner(same(plain.late_steps, globals()))
take = inner(same(plain.take, globals()))
pushed = inner(same(plain.pushed, globals()))
faults = inner(same(plain.faults, globals()))
commonest = inner(same(plain.commonest, globals()))
settle = inner(same(plain.settle, globals()))
crowded = inner(same(plain.crowded, globals()))
piece_of = inner(same(plain.piece_of, globals()))
survey = inner(same(plain.survey, globals()))
negotiated = inner(same(plain.negotiated, globals()))
parted = kernel(same(plain.parted, globals()))


def warm() -> None:
    """Compile the kernel."""
    none, frame = np.zeros(0, np.int64), np.zeros((0, 5), np.int64)
    one, cell = np.zeros(1, np.uint8), np.zeros((1, 1), np.int64)
    parted(none, frame, none, np.zeros(1, np.int32), one, cell, cell.astype(np.uint8))
