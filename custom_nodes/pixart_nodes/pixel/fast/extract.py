"""Counting colours and clustering them, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..tally import BIN_OF, BINS, Bytes, Counts, Floats, Points
from .jit import full_width, in_bands, kernel

ENOUGH = 1 << 22  # pixels for which it pays that each thread has a table of its own, 8 MB
LANES = 256  # points whose best centres are kept while all centres pass by
TOGETHER = 8  # centres compared in one go: their coordinates stay in registers
NEVER = np.float32(1e29)  # the score of a centre that only fills up the last eight
SLOTS = 1 << 12  # of the table in which distinct colours are looked up; a power of 2, many times 256


def bins(pixels: Bytes, weights: Bytes) -> tuple[Counts, Counts]:
    """As in `tally`; each thread has bins of its own, and whole numbers add up to the same in any order."""
    flat, tables = pixels.reshape(-1), []

    def work(start: int, stop: int) -> None:
        table = np.zeros(BINS**3 * 4, np.int64)
        _count(flat[4 * start : 4 * stop], weights[start:stop], BIN_OF, table)
        tables.append(table)

    in_bands(work, len(pixels), len(pixels), ENOUGH)
    for other in tables[1:]:
        tables[0] += other
    sums, counts = np.empty((BINS**3, 3), np.int64), np.empty(BINS**3, np.int64)
    filled = _filled(tables[0], sums.reshape(-1), counts)
    return sums[:filled].copy(), counts[:filled].copy()


@kernel
def _count(flat, weights, bin_of, table):
    """Add weighted red, green, blue and weight of pixels 4 bytes each to the quarters of the bins they are in."""
    for i in range(weights.shape[0]):
        weight = np.int64(weights[i])
        if weight:
            red, green, blue = flat[4 * i], flat[4 * i + 1], flat[4 * i + 2]
            place = 4 * ((np.int64(bin_of[red]) * BINS + bin_of[green]) * BINS + bin_of[blue])
            table[place] += weight * red
            table[place + 1] += weight * green
            table[place + 2] += weight * blue
            table[place + 3] += weight


@kernel
def _filled(table, sums, counts):
    filled = 0
    for i in range(table.shape[0] // 4):
        if table[4 * i + 3]:
            for j in range(3):
                sums[3 * filled + j] = table[4 * i + j]
            counts[filled] = table[4 * i + 3]
            filled += 1
    return filled


def few(pixels: Bytes, weights: Bytes, most: int) -> Counts | None:
    """As in `tally`, by a table of hashes."""
    found = np.empty(most, np.int64)
    count = _look_up(pixels.reshape(-1), weights, np.zeros(SLOTS, np.int64), found)
    return None if count > most else np.sort(found[:count])


@kernel
def _look_up(flat, weights, slots, found):
    """Write distinct packed colours to `found`; how many there are, or one more than fit."""
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
            if count == found.shape[0]:
                return count + 1
            slots[slot] = key + 1
            found[count] = key
            count += 1
    return count


def assigned(points: Points, weights: Floats, centers: Floats) -> tuple[NDArray[np.int32], Floats]:
    """As in `cluster`."""
    owner, sums = np.empty(len(weights), np.int32), np.zeros((4, len(centers)))
    table = np.zeros((4, -(-len(centers) // TOGETHER) * TOGETHER), np.float32)
    table[3] = NEVER
    found = centers.astype(np.float32).T
    table[:3, : len(centers)] = np.float32(-2) * found
    table[3, : len(centers)] = found[0] * found[0] + found[1] * found[1] + found[2] * found[2]
    _assign(points[0], points[1], points[2], weights, table, owner, sums)
    return owner, sums


@kernel
def _assign(xs, ys, zs, weights, table, owner, sums):
    best = np.empty(LANES, np.float32)
    for start in range(0, weights.shape[0], LANES):
        stop = min(start + LANES, weights.shape[0])
        x, y, z, w, who = xs[start:stop], ys[start:stop], zs[start:stop], weights[start:stop], owner[start:stop]
        _nearest(x, y, z, table, best, who)
        for i in range(w.shape[0]):
            k = who[i]
            sums[0, k] += w[i] * x[i]
            sums[1, k] += w[i] * y[i]
            sums[2, k] += w[i] * z[i]
            sums[3, k] += w[i]


@kernel
def _nearest(xs, ys, zs, table, best, who):
    """Index of the lowest score x * slope + (y * slope + (z * slope + norm)) for each point; of equals the first."""
    full_width()
    n = who.shape[0]
    for i in range(n):
        best[i] = np.float32(1e30)
        who[i] = 0
    for k in range(0, table.shape[1], TOGETHER):
        a0, a1, a2, a3 = table[0, k], table[1, k], table[2, k], table[3, k]
        b0, b1, b2, b3 = table[0, k + 1], table[1, k + 1], table[2, k + 1], table[3, k + 1]
        c0, c1, c2, c3 = table[0, k + 2], table[1, k + 2], table[2, k + 2], table[3, k + 2]
        d0, d1, d2, d3 = table[0, k + 3], table[1, k + 3], table[2, k + 3], table[3, k + 3]
        e0, e1, e2, e3 = table[0, k + 4], table[1, k + 4], table[2, k + 4], table[3, k + 4]
        f0, f1, f2, f3 = table[0, k + 5], table[1, k + 5], table[2, k + 5], table[3, k + 5]
        g0, g1, g2, g3 = table[0, k + 6], table[1, k + 6], table[2, k + 6], table[3, k + 6]
        h0, h1, h2, h3 = table[0, k + 7], table[1, k + 7], table[2, k + 7], table[3, k + 7]
        for i in range(n):
            x, y, z, low, at = xs[i], ys[i], zs[i], best[i], who[i]
            low, at = _lower(x * a0 + (y * a1 + (z * a2 + a3)), k, low, at)
            low, at = _lower(x * b0 + (y * b1 + (z * b2 + b3)), k + 1, low, at)
            low, at = _lower(x * c0 + (y * c1 + (z * c2 + c3)), k + 2, low, at)
            low, at = _lower(x * d0 + (y * d1 + (z * d2 + d3)), k + 3, low, at)
            low, at = _lower(x * e0 + (y * e1 + (z * e2 + e3)), k + 4, low, at)
            low, at = _lower(x * f0 + (y * f1 + (z * f2 + f3)), k + 5, low, at)
            low, at = _lower(x * g0 + (y * g1 + (z * g2 + g3)), k + 6, low, at)
            low, at = _lower(x * h0 + (y * h1 + (z * h2 + h3)), k + 7, low, at)
            best[i], who[i] = low, at


@kernel
def _lower(score, k, low, at):
    less = score < low
    return (score if less else low), (np.int32(k) if less else at)


def variance_cut(points: Points, weights: Floats, count: int) -> Floats:
    """As in `cluster`; a box is a stretch of `order`, which a cut parts in two."""
    m = len(weights)
    order, spare = np.arange(m, dtype=np.int32), np.empty(m, np.int32)
    means, spreads = np.zeros((count, 3)), np.zeros((count, 3))
    boxes = _cut(points[0], points[1], points[2], weights, order, spare, means, spreads)
    return means[:boxes]


@kernel
def _cut(x, y, z, weights, order, spare, means, spreads):
    starts, stops = np.zeros(len(means), np.int64), np.zeros(len(means), np.int64)
    stops[0], boxes = len(weights), 1
    _moments(x, y, z, weights, order, means[0], spreads[0])
    while boxes < len(means):
        widest, most = 0, 0.0
        for k in range(boxes):
            spread = spreads[k, 0] + spreads[k, 1] + spreads[k, 2]
            if spread > most:
                widest, most = k, spread
        if most == 0.0:
            break
        axis = np.argmax(spreads[widest])
        plane = x if axis == 0 else (y if axis == 1 else z)
        start, stop = starts[widest], stops[widest]
        middle = start + _part(plane, means[widest, axis], order[start:stop], spare)
        if middle in (start, stop):
            spreads[widest] = 0.0
            continue
        stops[widest], starts[boxes], stops[boxes] = middle, middle, stop
        _moments(x, y, z, weights, order[start:middle], means[widest], spreads[widest])
        _moments(x, y, z, weights, order[middle:stop], means[boxes], spreads[boxes])
        boxes += 1
    return boxes


@kernel
def _moments(x, y, z, weights, box, mean, spread):
    total = sx = sy = sz = sxx = syy = szz = 0.0
    for i in box:
        w = weights[i]
        wx, wy, wz = w * x[i], w * y[i], w * z[i]
        total += w
        sx += wx
        sy += wy
        sz += wz
        sxx += wx * x[i]
        syy += wy * y[i]
        szz += wz * z[i]
    mean[0], mean[1], mean[2] = sx / total, sy / total, sz / total
    if len(box) == 1:
        spread[:] = 0.0
    else:
        spread[0], spread[1], spread[2] = sxx - sx * mean[0], syy - sy * mean[1], szz - sz * mean[2]


@kernel
def _part(plane, mean, box, spare):
    """Bring those of a box that are above the mean to its end, else keeping the order; where they begin."""
    low = high = 0
    for i in box:
        if plane[i] > mean:
            spare[high] = i
            high += 1
        else:
            box[low] = i
            low += 1
    box[low:] = spare[:high]
    return low


def warm() -> None:
    """Compile every kernel."""
    pixels, weights = np.zeros((2, 4), np.uint8), np.ones(2, np.uint8)
    bins(pixels, weights)
    few(pixels, weights, 2)
    points = np.array([[0, 1], [0, 0], [0, 0]], np.float32)
    assigned(points, np.ones(2), variance_cut(points, np.ones(2), 2))
