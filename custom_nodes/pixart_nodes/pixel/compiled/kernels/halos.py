"""Halos taken away, in the plain functions' form."""

from __future__ import annotations

import numpy as np

from ...resize import halos as plain
from ...resize.halos import (
    BOLDEST_HALO,
    CHANNEL_EDGE,
    CLEAR_HALO,
    CUT_OFF,
    EVEN,
    FAINTEST_HALO,
    GENTLE,
    GROWING,
    LONGEST_HALO,
    STEEPEST,
    STEEPEST_LONG,
)
from .jit import inner, kernel, same

__all__ = [
    "BOLDEST_HALO",
    "CHANNEL_EDGE",
    "CLEAR_HALO",
    "CUT_OFF",
    "EVEN",
    "FAINTEST_HALO",
    "GENTLE",
    "GROWING",
    "LONGEST_HALO",
    "STEEPEST",
    "STEEPEST_LONG",
]  # what the plain functions look for here

give_up = inner(same(plain.give_up, globals()))
halo_end = inner(same(plain.halo_end, globals()))
flat = kernel(same(plain.flat, globals()))


def warm() -> None:
    """Compile the kernels."""
    flat(np.zeros((1, 2), np.uint8), np.zeros(2, np.int64))
