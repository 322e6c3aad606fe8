"""What palettes' look-up tables hold, kept from call to call."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import color
from .lookup import BUCKETS, CIE_ROOTS, EUCLIDEAN, RAW, REDMEAN, ROOTS, bent, times

PALETTES = 4  # how many palettes' tables are kept: 32 MiB of address space each, about 10 of memory after a photograph

_SAME = np.eye(3)
_WHITE = color._XYZ_FROM_LINEAR.sum(axis=1, keepdims=True)
_CIELAB = np.array([[0.0, 116.0, 0.0], [500.0, -500.0, 0.0], [0.0, 200.0, -200.0]])
# metric -> (linear light?, to its primaries, from what the curve made of them, curve, law of distance)
SPACES = {
    "srgb": (False, _SAME, _SAME, RAW, EUCLIDEAN),
    "redmean": (False, _SAME, _SAME, RAW, REDMEAN),
    "linear": (True, _SAME, _SAME, RAW, EUCLIDEAN),
    "oklab": (True, color._LMS_FROM_LINEAR, color._OKLAB_FROM_LMS, ROOTS, EUCLIDEAN),
    "cielab": (True, color._XYZ_FROM_LINEAR / _WHITE, _CIELAB, CIE_ROOTS, EUCLIDEAN),
}

Table = tuple[Any, ...]


def empty(palette: NDArray[np.uint8], metric: str) -> Table:
    """A table that knows nothing yet, for [N, 3]."""
    linear, mix, turn, curve, law = SPACES[metric]
    values = np.arange(256.0)
    levels = color.linear(values) if linear else values
    flat, last = np.ascontiguousarray(mix).reshape(-1), np.ascontiguousarray(turn).reshape(-1)
    unplaced = (levels, flat, last, curve, law, np.zeros(0))
    places = [times(last, *bent(*rgb, unplaced)) for rgb in palette.tolist()]
    space = (levels, flat, last, curve, law, np.array(places).reshape(-1))
    size = len(palette)
    cells, colors = np.zeros(1 << 15, np.uint16), np.zeros(1 << 24, np.uint16)
    counts, lists = np.zeros(1 << 12, np.int64), np.zeros((1 << 12) * size, np.uint8)
    return space, cells, colors, counts, lists, np.arange(size, dtype=np.uint8), np.zeros(size, np.uint8)


@lru_cache(maxsize=PALETTES)
def _free(palette: bytes, metric: str) -> deque[Table]:
    return deque()


@contextmanager
def lent(palette: NDArray[np.uint8], metric: str) -> Iterator[Table]:
    """A table for one thread's use, as much of it known as the last user left."""
    free = _free(palette.tobytes(), metric)
    try:
        table = free.pop()
    except IndexError:  # none yet, or other threads have them
        table = empty(palette, metric)
    try:
        yield table
    finally:
        free.append(table)


@lru_cache(maxsize=1)
def buckets(edges: bytes) -> NDArray[np.uint8]:
    """For each bucket of linear light, how many edges lie in lower ones."""
    places = (np.frombuffer(edges, np.float32) * np.float32(BUCKETS - 1)).astype(np.int32)
    return np.searchsorted(places, np.arange(BUCKETS), side="left").astype(np.uint8)
