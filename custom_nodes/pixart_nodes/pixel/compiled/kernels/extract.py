"""Counting colours, compiled."""

from __future__ import annotations

import numpy as np
from numpy import float32 as f32
from numpy import int32 as i32
from numpy import int64 as i64
from numpy import uint64 as u64
from numpy.typing import NDArray

from ...color import spaces
from ...palette import histogram
from ...palette.histogram import BINS, FINE_STEPS, Bytes, Counts, Points
from ..cores import in_bands
from .jit import full_width, leaf, leaf_kernel

ENOUGH = 1 << 22  # pixels for which it pays that each thread has a table of its own, 8 MB
ENTRY = 4  # numbers of a bin: its sums of red, of green, of blue, and its count
GROUP = 128  # bins that are set to 0 together, when the first of them is needed: a page of memory
SLOTS = 1 << 12  # of the table in which distinct colours are looked up; a power of 2, many times 256

LMS, LAB = (tuple(f32(number) for number in matrix.reshape(-1)) for matrix in spaces.ROOTED_SPACES["oklab"][:2])
LEAST, THIRD, SHIFT, STEPS = spaces.TINY, spaces.THIRD, spaces.SHIFT, histogram.STEPS


def bins(pixels: Bytes, weights: Bytes) -> tuple[Counts, Counts]:
    """As in `tally`; each thread has bins of its own, and whole numbers add up to the same in any order."""
    flat, tables = pixels.reshape(-1), []

    def work(start: int, stop: int) -> None:
        table, live = np.empty(BINS**3 * ENTRY, np.int64), np.zeros(BINS**3 // GROUP, np.bool_)
        _count(flat[4 * start : 4 * stop], weights[start:stop], histogram.BIN_PLACES, table, live)
        tables.append((table, live))

    in_bands(work, len(pixels), len(pixels), ENOUGH)
    table, live = tables[0]
    for other, its in tables[1:]:
        _add(table, live, other, its)
    return _filled(table, live)


@leaf
def _begin(table, live, group):
    """Set the bins of a group to 0, unless that was done."""
    if not live[group]:
        live[group] = True
        first = group * u64(ENTRY * GROUP)
        for i in range(ENTRY * GROUP):
            table[first + u64(i)] = i64(0)


@leaf_kernel
def _count(flat, weights, places, table, live):
    """Add weighted red, green, blue and weight of pixels 4 bytes each to the quarters of the bins they are in."""
    for i in range(weights.shape[0]):
        weight = i64(weights[u64(i)])
        if weight:
            red, green, blue = flat[u64(4 * i)], flat[u64(4 * i + 1)], flat[u64(4 * i + 2)]
            place = u64(places[u64(0), u64(red)] | places[u64(1), u64(green)] | places[u64(2), u64(blue)])
            _begin(table, live, place // u64(GROUP))
            at = u64(ENTRY) * place
            table[at] += weight * i64(red)
            table[at + u64(1)] += weight * i64(green)
            table[at + u64(2)] += weight * i64(blue)
            table[at + u64(3)] += weight


@leaf_kernel
def _add(table, live, other, its):
    """Add another thread's bins."""
    for group in range(live.shape[0]):
        if its[group]:
            _begin(table, live, u64(group))
            for i in range(ENTRY * GROUP * group, ENTRY * GROUP * (group + 1)):
                table[i] += other[i]


def _filled(table: Counts, live: NDArray[np.bool_]) -> tuple[Counts, Counts]:
    """Sums and counts of the bins that have any."""
    filled = _number(table, live)
    sums, counts = np.empty((filled, 3), np.int64), np.empty(filled, np.int64)
    _list(table, live, sums, counts)
    return sums, counts


@leaf_kernel
def _number(table, live):
    filled = 0
    for group in range(live.shape[0]):
        if live[group]:
            for i in range(GROUP * group, GROUP * (group + 1)):
                filled += table[ENTRY * i + 3] > 0
    return filled


@leaf_kernel
def _list(table, live, sums, counts):
    filled = 0
    for group in range(live.shape[0]):
        if live[group]:
            for i in range(GROUP * group, GROUP * (group + 1)):
                if table[ENTRY * i + 3] > 0:
                    for j in range(3):
                        sums[filled, j] = table[ENTRY * i + j]
                    counts[filled] = table[ENTRY * i + 3]
                    filled += 1


def points(sums: Counts, counts: Counts) -> Points:
    """As in `tally`."""
    places = np.empty((3, len(counts)), np.float32)
    _light(sums, counts, histogram.LIGHT, places[0], places[1], places[2])
    _embed(places[0], places[1], places[2])
    return places


@leaf_kernel
def _light(sums, counts, light, reds, greens, blues):
    for i in range(counts.shape[0]):
        count = np.float64(counts[i])
        reds[i] = light[u64(np.rint(np.float64(sums[i, 0] * FINE_STEPS) / count))]
        greens[i] = light[u64(np.rint(np.float64(sums[i, 1] * FINE_STEPS) / count))]
        blues[i] = light[u64(np.rint(np.float64(sums[i, 2] * FINE_STEPS) / count))]


@leaf_kernel
def _embed(xs, ys, zs):
    """Linear light to OKLab in steps, in place; see color.oklab_planes."""
    full_width()
    for i in range(xs.shape[0]):
        r, g, b = xs[i], ys[i], zs[i]
        p = _cube_root(LMS[0] * r + LMS[1] * g + LMS[2] * b)
        q = _cube_root(LMS[3] * r + LMS[4] * g + LMS[5] * b)
        s = _cube_root(LMS[6] * r + LMS[7] * g + LMS[8] * b)
        xs[i] = _stepped(LAB[0] * p + LAB[1] * q + LAB[2] * s)
        ys[i] = _stepped(LAB[3] * p + LAB[4] * q + LAB[5] * s)
        zs[i] = _stepped(LAB[6] * p + LAB[7] * q + LAB[8] * s)


@leaf
def _cube_root(x):
    positive = max(x, LEAST)
    y = i32(f32(f32(positive).view(np.int32)) * THIRD + SHIFT).view(np.float32)
    for _ in range(2):
        cubed = y * y * y
        y = y * (cubed + positive + positive) / (cubed + cubed + positive)
    return y if x > f32(0) else f32(0)


@leaf
def _stepped(x):
    return np.rint(x * STEPS) / STEPS


def few(pixels: Bytes, weights: Bytes, most: int) -> Counts | None:
    """As in `tally`, by a table of hashes."""
    colors = np.empty(most, np.int64)
    count = _look_up(pixels.reshape(-1), weights, np.zeros(SLOTS, np.int64), colors)
    return None if count > most else np.sort(colors[:count])


@leaf_kernel
def _look_up(flat, weights, slots, colors):
    """Write distinct packed colours to `colors`; how many there are, or one more than fit."""
    count, last = 0, -1
    for i in range(weights.shape[0]):
        key = np.int64(flat[4 * i]) << 16 | np.int64(flat[4 * i + 1]) << 8 | np.int64(flat[4 * i + 2])
        if key == last or weights[i] == 0:
            continue
        last = key
        slot = (key * 0x9E3779B1 >> 12) & (SLOTS - 1)  # Knuth's multiplicative hashing
        while slots[slot] != key + 1 and slots[slot] != 0:
            slot = (slot + 1) & (SLOTS - 1)
        if slots[slot] == 0:
            if count == colors.shape[0]:
                return count + 1
            slots[slot] = key + 1
            colors[count] = key
            count += 1
    return count


def warm() -> None:
    """Compile every kernel."""
    pixels, weights = np.zeros((2, 4), np.uint8), np.ones(2, np.uint8)
    points(*bins(pixels, weights))
    few(pixels, weights, 2)
    table, live = np.zeros(ENTRY * GROUP, np.int64), np.ones(1, np.bool_)
    _add(table, live, table.copy(), live.copy())
