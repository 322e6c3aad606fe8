"""Which colours are ink: pixels by forms of their own, runs of colours in the plain functions' form."""

from __future__ import annotations

import numpy as np

from ...resize import ink as plain
from ...resize.cells import RGBA, Indices
from ...resize.ink import (
    CUBES,
    DETOUR,
    EDGE_HEIGHT,
    GROUP_REACH,
    HIDDEN_BIN,
    LONGER_TIMES,
    MOST_GROUPS,
    MOST_OVERSHOOT,
    POLLED_LINES,
    RARE_PIXELS,
    STANDING_OUT,
    TONES,
    VISIBLE_ALPHA,
    WIDE_HALO,
    Labels,
)
from .jit import inner, kernel, same

__all__ = [
    "DETOUR",
    "EDGE_HEIGHT",
    "GROUP_REACH",
    "LONGER_TIMES",
    "MOST_GROUPS",
    "MOST_OVERSHOOT",
    "RARE_PIXELS",
    "STANDING_OUT",
    "TONES",
    "WIDE_HALO",
]  # what the plain functions look for here

UNKNOWN = 255

middle = inner(same(plain.middle, globals()))
groups = kernel(same(plain.groups, globals()))
without_edges = inner(same(plain.without_edges, globals()))
is_twin = inner(same(plain.is_twin, globals()))
poll = inner(same(plain.poll, globals()))
is_beyond = inner(same(plain.is_beyond, globals()))
without_halos = inner(same(plain.without_halos, globals()))
ballot = kernel(same(plain.ballot, globals()))


@inner
def _cube(pixels: Labels, at: int) -> int:
    """The cube of the pixel at a place of flat bytes."""
    cube = np.int64(pixels[at] >> 3) << 10 | np.int64(pixels[at + 1] >> 3) << 5 | np.int64(pixels[at + 2] >> 3)
    return int(cube) if pixels[at + 3] >= VISIBLE_ALPHA else HIDDEN_BIN


@kernel
def histogram(rgba: RGBA) -> Indices:
    """The twin of `pixel/resize/ink.py`."""
    counts = np.zeros(CUBES + 1, np.int64)
    for y in range(0, rgba.shape[0], max(1, rgba.shape[0] // POLLED_LINES)):
        row = rgba[y].reshape(-1)
        for x in range(rgba.shape[1]):
            counts[_cube(row, 4 * x)] += 1
    return counts


@kernel
def labelled(rgba: RGBA, centers: Indices) -> Labels:
    """The twin of `pixel/resize/ink.py`; cubes are looked up, and only those that there are."""
    table = np.full(CUBES + 1, UNKNOWN, np.uint8)
    table[HIDDEN_BIN] = centers.shape[0]
    labels = np.empty(rgba.shape[:2], np.uint8)
    for y in range(rgba.shape[0]):
        row, out = rgba[y].reshape(-1), labels[y]
        for x in range(out.shape[0]):
            cube = _cube(row, 4 * x)
            if table[cube] == UNKNOWN:
                table[cube] = _nearest(cube, centers)
            out[x] = table[cube]
    return labels


@inner
def _nearest(cube: int, centers: Indices) -> int:
    r, g, b = middle(cube)
    best, least = 0, np.int64(1 << 40)
    for k in range(centers.shape[0]):
        x, y, z = centers[k, 0] - r, centers[k, 1] - g, centers[k, 2] - b
        apart = x * x + y * y + z * z
        if apart < least:
            best, least = k, apart
    return best


def warm() -> None:
    """Compile the kernels."""
    rgba = np.zeros((1, 1, 4), np.uint8)
    ballot(labelled(rgba, groups(histogram(rgba))), np.zeros((2, 2)), 1, 1, 0)
