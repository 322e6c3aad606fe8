"""Which colours are ink: pixels by forms of their own, runs of colours in the plain functions' form."""

from __future__ import annotations

import numpy as np

from ...resize import ink as plain
from ...resize.cells import RGBA, Floats, Indices
from ...resize.ink import (
    CUBES,
    DETOUR,
    EDGE_HEIGHT,
    EDGE_STEP,
    GAP_TIMES,
    GROUP_REACH,
    HIDDEN_BIN,
    LONGER_TIMES,
    MOST_GROUPS,
    MOST_OVERSHOOT,
    POLLED_LINES,
    RARE_PIXELS,
    STANDING_OUT,
    SURFACE_RUN,
    SURFACE_SHARE,
    TONES,
    VISIBLE_ALPHA,
    WIDE_HALO,
    Labels,
)
from .jit import inner, kernel, same

__all__ = [
    "DETOUR",
    "EDGE_HEIGHT",
    "GAP_TIMES",
    "GROUP_REACH",
    "LONGER_TIMES",
    "MOST_GROUPS",
    "MOST_OVERSHOOT",
    "RARE_PIXELS",
    "STANDING_OUT",
    "SURFACE_RUN",
    "SURFACE_SHARE",
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
    """The twin of `pixel/resize/ink.py`, which counts run by run of a colour."""
    counts = np.zeros((2, CUBES + 1), np.int64)
    for y in range(0, rgba.shape[0], max(1, rgba.shape[0] // POLLED_LINES)):
        row, start = rgba[y].reshape(-1), 0
        pixels = row.view(np.uint32)
        for x in range(1, pixels.shape[0] + 1):
            if x == pixels.shape[0] or pixels[x] != pixels[start]:
                cube = _cube(row, 4 * start)
                counts[0, cube] += x - start
                counts[1, cube] += 1
                start = x
    return counts


@kernel
def edge_lengths(rows: RGBA) -> Indices:
    """The twin of `pixel/resize/ink.py`."""
    lengths, count = np.empty(rows.shape[0] * rows.shape[1], np.int64), 0
    for y in range(rows.shape[0]):
        row = rows[y]
        before, way, size, length = _light(row, 0), 0, np.int64(0), 0
        for x in range(1, rows.shape[1] + 1):
            light = _light(row, x) if x < rows.shape[1] else before
            step = light - before
            own = int(step > EDGE_STEP) - int(step < -EDGE_STEP)
            if own != way:
                if way != 0 and size >= EDGE_HEIGHT:
                    lengths[count] = length
                    count += 1
                way, size, length = own, np.int64(0), 0
            size += abs(step)
            length += 1
            before = light
    return lengths[:count].copy()


@inner
def _light(row: Labels, x: int) -> int:
    return (np.int64(row[x, 0]) + 2 * np.int64(row[x, 1]) + np.int64(row[x, 2])) >> 2


@kernel
def edge_widths(lines: RGBA) -> Floats:
    """The twin of `pixel/resize/shock_filter.py`."""
    widths, count = np.empty(lines.shape[0] * lines.shape[1], np.float64), 0
    for y in range(lines.shape[0]):
        line = lines[y]
        before, way, height, slope = _brightness(line, 0), 0, np.int64(0), np.int64(0)
        for x in range(1, lines.shape[1] + 1):
            light = _brightness(line, x) if x < lines.shape[1] else before
            step = light - before
            own = int(step > 0) - int(step < 0)
            if own != way:
                if height >= EDGE_HEIGHT:
                    widths[count] = height / slope
                    count += 1
                way, height, slope = own, np.int64(0), np.int64(0)
            height += abs(step)
            slope = max(slope, abs(step))
            before = light
    return widths[:count].copy()


@inner
def _brightness(line: Labels, x: int) -> int:
    """See `_brightness` in `pixel/resize/shock_filter.py`; 0 where nothing is seen."""
    light = 2 * np.int64(line[x, 0]) + 5 * np.int64(line[x, 1]) + np.int64(line[x, 2]) >> 3
    return int(light) if line[x, 3] > 0 else 0


@kernel
def labelled(rgba: RGBA, centers: Indices) -> Labels:
    """The twin of `pixel/resize/ink.py`; cubes are looked up, only those that there are, where a colour begins."""
    table = np.full(CUBES + 1, UNKNOWN, np.uint8)
    table[HIDDEN_BIN] = centers.shape[0]
    labels = np.empty(rgba.shape[:2], np.uint8)
    for y in range(rgba.shape[0]):
        row, out = rgba[y].reshape(-1), labels[y]
        pixels = row.view(np.uint32)
        label = np.uint8(UNKNOWN)
        for x in range(out.shape[0]):
            if x == 0 or pixels[x] != pixels[x - 1]:
                cube = _cube(row, 4 * x)
                if table[cube] == UNKNOWN:
                    table[cube] = _nearest(cube, centers)
                label = table[cube]
            out[x] = label
    return labels


@kernel
def inside(labels: Labels, count: int) -> Indices:
    """The twin of `pixel/resize/ink.py`, which counts run by run."""
    counts = np.zeros((2, count), np.int64)
    for y in range(0, labels.shape[0] - 1, max(1, labels.shape[0] // POLLED_LINES)):
        row, below = labels[y], labels[y + 1]
        start, among = 0, 0
        for x in range(labels.shape[1] - 1):
            own = row[x]
            is_last = own != row[x + 1]
            among += (not is_last) & (own == below[x])
            if is_last or x == labels.shape[1] - 2:
                counts[0, own] += x + 1 - start
                counts[1, own] += among
                start, among = x + 1, 0
    return counts


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
    labels = labelled(rgba, groups(histogram(rgba), GROUP_REACH))
    inside(labels, 2)
    edge_lengths(rgba)
    edge_widths(rgba)
    ballot(labels, np.zeros((2, 2)), 1, 1, 0)
