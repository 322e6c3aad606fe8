"""What palettes' look-up tables hold, kept from call to call."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...color import spaces
from ...palette import nearest
from .lookup import BUCKETS, CELLS, EUCLIDEAN, REDMEAN, bent, remember, rgb_of, times
from .nearest import CLEAR, PLAIN_LIGHT

PALETTES = 4  # how many palettes' tables are kept: 16 MiB of address space each, about 5 of memory after a photograph
DOUBTS = 64  # colours with equally near ones noted in a run; with more, it takes another run
METRICS = ("srgb", "redmean", "linear", "oklab", "cielab", "ciede2000")

Table = tuple[Any, ...]


def empty(palette: NDArray[np.uint8], metric: str) -> Table:
    """A table that knows nothing yet, for [N, 3]; see `lookup` for its parts."""
    size = len(palette)
    cells, colors = np.zeros(CELLS, np.uint8), np.zeros(1 << 24, np.uint8)
    last = np.zeros(1 << 21 if size == 256 else 0, np.uint8)
    counts, lists = np.zeros(1 << 12, np.int64), np.zeros((1 << 12) * size, np.uint8)
    spare, doubts = np.zeros(size, np.uint8), np.zeros(1 + DOUBTS, np.int64)
    return _space(palette, metric), cells, colors, last, counts, lists, np.arange(size, dtype=np.uint8), spare, doubts


def _space(palette: NDArray[np.uint8], metric: str) -> Table:
    """Light of the 256 values, to responses, from their roots, toe, law, places, and room for rounding, twice."""
    values, same = np.arange(256.0), np.eye(3).reshape(-1)
    if metric in ("srgb", "redmean"):
        law = REDMEAN if metric == "redmean" else EUCLIDEAN
        return values, same, same, PLAIN_LIGHT, law, palette.astype(np.float64).reshape(-1), 0.5, 0.0
    levels = spaces.linear(values)
    if metric == "ciede2000":
        white = spaces.ROOTED_SPACES["cielab"][0].reshape(-1)
        return levels, white, same, 0.0, REDMEAN, np.zeros(0), 0.0, 0.0  # no candidates are ruled out
    mix, turn, toe = spaces.ROOTED_SPACES.get(metric, (same, same, PLAIN_LIGHT))
    clear = CLEAR[metric][1]
    unplaced = levels, np.ascontiguousarray(mix).reshape(-1), np.ascontiguousarray(turn).reshape(-1), toe, EUCLIDEAN
    room = 1000 * clear, clear
    places = [times(unplaced[2], *bent(*rgb, (*unplaced, np.zeros(0), *room))) for rgb in palette.tolist()]
    return *unplaced, np.array(places).reshape(-1), *room


def lab(palette: NDArray[np.uint8], metric: str) -> NDArray[np.float64] | None:
    """The palette's places for CIEDE2000; kernels are compiled apart for it, since few need it."""
    return spaces.exact_grey_cielab(palette).reshape(-1) if metric == "ciede2000" else None


@dataclass
class Shelf:
    """A palette's tables that nobody uses now, and how many pixels were to be found in it since it was opened."""

    palette: NDArray[np.uint8]
    metric: str
    free: deque[Table] = field(default_factory=deque)
    pixels: int = 0

    def demand(self, pixels: int) -> int:
        """How many pixels were asked for in this palette lately, these included."""
        self.pixels += pixels
        return self.pixels

    def take(self, count: int) -> list[Table]:
        """Tables for so many threads, as much of them known as the last users left."""
        return [self._table() for _ in range(count)]

    def _table(self) -> Table:
        try:
            return self.free.pop()
        except IndexError:  # none yet, or other threads have them
            return empty(self.palette, self.metric)

    def put_back(self, tables: Iterable[Table]) -> None:
        """Let others have them."""
        self.free.extend(tables)


@lru_cache(maxsize=PALETTES)
def shelf(palette: bytes, metric: str) -> Shelf:
    """That of the bytes of [N, 3]."""
    return Shelf(np.frombuffer(palette, np.uint8).reshape(-1, 3), metric)


def resolve(table: Table, palette: NDArray[np.uint8], metric: str) -> bool:
    """Let the plain form decide on the doubtful colours; whether there were any, so that the run must be repeated."""
    doubts = table[-1]
    if not doubts[0]:
        return False
    keys = doubts[1 : 1 + doubts[0]].tolist()
    doubts[0] = 0
    indices = nearest.scan(np.array([rgb_of(key) for key in keys], np.uint8), palette, metric)
    for key, index in zip(keys, indices.tolist(), strict=True):
        remember(key, index, table[2], table[3])
    return True


@lru_cache(maxsize=1)
def buckets(edges: bytes) -> NDArray[np.uint8]:
    """For each bucket of linear light, how many edges lie in lower ones."""
    places = (np.frombuffer(edges, np.float32) * np.float32(BUCKETS - 1)).astype(np.int32)
    return np.searchsorted(places, np.arange(BUCKETS), side="left").astype(np.uint8)
