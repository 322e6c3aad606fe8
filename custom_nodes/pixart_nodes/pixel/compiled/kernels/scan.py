"""The nearest of many colours for a tile of pixels, by trying those that can be: a pixel to each SIMD lane.

Neighbours are alike, so that few of a palette's colours are near any pixel of a small tile. Which is nearer of two
colours changes along a plane; where all of the tile's box in the space of coordinates lies on one side of it, the
other colour is left out. What is compared is |c|² - 2c·p: the squared distance, but for the pixel's own share; of
equally near colours the first is found.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import full_width, fused_leaf, leaf
from .tile import LANES, X, Y, Z

f32 = np.float32
i32 = np.int32
i64 = np.int64
u64 = np.uint64

BEST, SECOND, ROWS = u64(3 * LANES), u64(4 * LANES), 5  # below a tile's X, Y and Z: scores
PASS = 8  # colours a pass: their factors are loaded once a tile
HALF = PASS // 2  # the last pass may be one of so many
FEW = PASS  # colours of which none is worth leaving out
MOST_COLORS = 256  # colours of a palette; in `planes` they lie so far apart
RED, GREEN, BLUE, SQUARE = u64(0), u64(MOST_COLORS), u64(2 * MOST_COLORS), u64(3 * MOST_COLORS)
NEVER = f32(1e30)  # farther than anything
GROUP, BITS = 64, 6  # colours whose index fits beside a whole score into the 24 bits of a float32
FAR = f32(2**24 - 1)  # more than any whole score
LAST = i32(0x7FFFFFFF)


def entries(factors: NDArray[np.floating], squares: NDArray[np.floating]) -> NDArray[np.float32]:
    """Factors and summand of each colour's score: [N, 3] and [N] in, [N, 4] out."""
    return np.column_stack([-2 * factors, squares]).astype(np.float32)


def whole_entries(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same for `whole`: 64 times the score, with the colour's index in its group of 64."""
    values = colors.astype(np.float64)
    return numbered(entries(values, (values * values).sum(axis=1)))


def numbered(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Entries of whole scores [N, 4] times 64, with each colour's index in its group of 64."""
    result = GROUP * scores
    result[:, 3] += np.arange(len(scores)) % GROUP
    return result


def table(scores: NDArray[np.float32], never: float) -> NDArray[np.float32]:
    """Flat, and at the end a colour that is never the nearest: [N, 4] in, [4 * (N + 1)] out."""
    return np.concatenate([scores.reshape(-1), np.array([0, 0, 0, never], np.float32)])


def planes(factors: NDArray[np.floating], squares: NDArray[np.floating]) -> NDArray[np.float32]:
    """The factors [N, 3] and summands [N] of all colours' scores, as `likely` takes them: flat [4, MOST_COLORS]."""
    result = np.zeros((4, MOST_COLORS), np.float32)
    result[:3, : len(factors)], result[3, : len(squares)] = factors.T, squares
    return result.reshape(-1)


def room(count: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """What the search among so many colours works in: their leads, and the indices of those that are likely."""
    return np.zeros(count, np.float32), np.empty(MOST_COLORS + PASS, np.int32)  # where there are few, all are likely


class Rooms(threading.local):
    """Each thread's space for a tile, kept by the number of colours: to make it took a tenth of a small picture's time.

    Bytes, numbers, indices, what is above, and how far each colour is from a pixel. How likely few colours are is only
    read: all of them.
    """

    def __init__(self) -> None:
        self._rooms: dict[int, tuple[Any, ...]] = {}

    def __call__(self, count: int) -> tuple[Any, ...]:
        """That for so many colours."""
        if count not in self._rooms:
            samples, tile = np.empty(4 * LANES, np.uint8), np.empty(ROWS * LANES, np.float32)
            index, apart = np.empty(LANES, np.int32), np.empty(count, np.float32)
            self._rooms[count] = samples, tile, index, room(count), apart
        return self._rooms[count]


@leaf
def ordered(value):
    """An int32 that is less where the float32 is less: LLVM finds the least of whole numbers by SIMD, not of others."""
    bits = f32(value).view(np.int32)
    return i32(bits ^ i32(i32(bits >> i32(31)) & LAST))


@leaf
def unordered(key):
    """The float32 that `ordered` made this of."""
    return i32(key ^ i32(i32(key >> i32(31)) & LAST)).view(np.float32)


@leaf
def extent(samples, row):
    """The least and the greatest byte of a tile's row."""
    low = high = samples[row]
    for i in range(LANES):
        value = samples[row + u64(i)]
        low, high = min(low, value), max(high, value)
    return low, high


@fused_leaf
def likely(xs, ys, zs, planes, slack, leads):
    """For each colour, into `leads`: at most 0 where it can be the nearest to some pixel of a box, given by extents.

    It is the score in the middle of the box less that of the colour which is best there, and less what this can
    change up to a corner. `slack` is how much farther than the nearest a colour may be and still be wanted.
    """
    full_width()
    x, y, z, wide, high, deep = xs[0] + xs[1], ys[0] + ys[1], zs[0] + zs[1], xs[1] - xs[0], ys[1] - ys[0], zs[1] - zs[0]
    lowest, best = LAST, LAST
    for k in range(leads.shape[0]):
        i = u64(k)
        middle = planes[SQUARE + i] - (x * planes[RED + i] + y * planes[GREEN + i] + z * planes[BLUE + i])
        leads[i] = middle
        lowest = min(lowest, ordered(middle))
    for k in range(leads.shape[0]):
        best = min(best, i32(k) if ordered(leads[u64(k)]) == lowest else LAST)
    at = u64(best)
    red, green, blue, limit = planes[RED + at], planes[GREEN + at], planes[BLUE + at], unordered(lowest) + slack
    for k in range(leads.shape[0]):
        i = u64(k)
        change = abs(planes[RED + i] - red) * wide + abs(planes[GREEN + i] - green) * high
        leads[i] = leads[i] - limit - (change + abs(planes[BLUE + i] - blue) * deep)


@fused_leaf
def close(x, y, z, planes, slack, leads, which):
    """List the colours that are nearly as near to a place as the nearest one: how many they are.

    Coordinates are twice the place's own; else as `likely` for a box without extent.
    """
    full_width()
    lowest, first, last, many = LAST, LAST, i32(-1), i32(0)
    for k in range(leads.shape[0]):
        i = u64(k)
        leads[i] = planes[SQUARE + i] - (x * planes[RED + i] + y * planes[GREEN + i] + z * planes[BLUE + i])
        lowest = min(lowest, ordered(leads[i]))
    limit = unordered(lowest) + slack
    for k in range(leads.shape[0]):
        leads[u64(k)] -= limit
        near = leads[u64(k)] <= f32(0)
        first, last, many = min(first, i32(k) if near else LAST), max(last, i32(k) if near else i32(-1)), many + near
    if many > 2:
        return choose(leads, i64(0), leads.shape[0], which)
    which[0], which[1] = first, last
    return i64(many)


@leaf
def choose(leads, start, stop, which):
    """List the likely ones of some colours, up to a whole pass with the one that never is the nearest; their number."""
    many = 0
    for k in range(start, stop):
        which[u64(many)] = i32(k)
        many += leads[u64(k)] <= f32(0)  # no branch: it is a toss-up
    for j in range(PASS):
        which[u64(many + j)] = i32(leads.shape[0])
    return many


@leaf
def fill(indices, index):
    """All lanes have this index."""
    for i in range(LANES):
        indices[u64(i)] = i32(index)


@leaf
def entry(table, which, j):
    """Factors and summand of the colour that is the j-th of those listed."""
    at = u64(4) * u64(which[u64(j)])
    return table[at], table[at + u64(1)], table[at + u64(2)], table[at + u64(3)]


@leaf
def four_entries(table, which, j):
    """Those of four, from the j-th on."""
    return entry(table, which, j), entry(table, which, j + 1), entry(table, which, j + 2), entry(table, which, j + 3)


@fused_leaf
def score(x, y, z, color):
    """The score of a colour, given by its factors and summand."""
    return x * color[0] + (y * color[1] + (z * color[2] + color[3]))


@fused_leaf
def lowest(x, y, z, four, s):
    """The lowest of a score and those of four colours."""
    s = min(min(s, score(x, y, z, four[0])), score(x, y, z, four[1]))
    return min(min(s, score(x, y, z, four[2])), score(x, y, z, four[3]))


@fused_leaf
def least(tile, table, which, many):
    """The lowest whole score of the colours listed alone, into the row BEST; FAR without any."""
    full_width()
    for i in range(LANES):
        tile[BEST + u64(i)] = FAR
    halves = (many + HALF - 1) // HALF
    for turn in range(halves // 2):
        j = PASS * turn
        four, others = four_entries(table, which, j), four_entries(table, which, j + HALF)
        for lane in range(LANES):
            i = u64(lane)
            x, y, z = tile[X + i], tile[Y + i], tile[Z + i]
            tile[BEST + i] = lowest(x, y, z, others, lowest(x, y, z, four, tile[BEST + i]))
    if halves % 2:
        four = four_entries(table, which, HALF * (halves - 1))
        for lane in range(LANES):
            i = u64(lane)
            tile[BEST + i] = lowest(tile[X + i], tile[Y + i], tile[Z + i], four, tile[BEST + i])


@leaf
def whole(samples, tile, colors, room, indices):
    """The nearest colours of a tile of bytes, exactly; `colors` of `whole_entries` and `planes`.

    A score carries its colour's index in the lowest bits, so that the lowest score is all there is to keep. Every
    number on the way is whole and below 2^24, which float32 holds exactly: at most 64 · 3 · 255² + 63.
    """
    full_width()
    table, planes = colors
    leads, which = room
    if leads.shape[0] > FEW:
        xs, ys, zs = extent(samples, X), extent(samples, Y), extent(samples, Z)
        likely(floats(xs), floats(ys), floats(zs), planes, f32(0), leads)
    many = choose(leads, i64(0), min(GROUP, leads.shape[0]), which)
    if many == 1 and leads.shape[0] <= GROUP:
        fill(indices, which[0])
        return
    for i in range(3 * LANES):
        tile[u64(i)] = f32(i32(samples[u64(i)]))
    least(tile, table, which, many)
    for lane in range(LANES):
        i = u64(lane)
        indices[i] = i32(i32(tile[BEST + i]) & i32(GROUP - 1))
    if leads.shape[0] > GROUP:
        others(tile, table, room, indices)


@leaf
def floats(pair):
    """Both as float32."""
    return f32(pair[0]), f32(pair[1])


@leaf
def others(tile, table, room, indices):
    """The colours beyond the first GROUP, where they are nearer."""
    leads, which = room
    for lane in range(LANES):
        i = u64(lane)
        tile[SECOND + i] = tile[BEST + i]
    for first in range(GROUP, leads.shape[0], GROUP):
        many = choose(leads, first, min(first + GROUP, leads.shape[0]), which)
        if many == 0:
            continue
        least(tile, table, which, many)
        for lane in range(LANES):
            i = u64(lane)
            s, before = i32(tile[BEST + i]), i32(tile[SECOND + i])
            closer = i32(s >> i32(BITS)) < i32(before >> i32(BITS))
            tile[SECOND + i] = tile[BEST + i] if closer else tile[SECOND + i]
            indices[i] = i32(i32(s & i32(GROUP - 1)) + i32(first)) if closer else indices[i]


@fused_leaf
def nearest_two(s, k, best, second, index):
    """Score, second best score and index where colour k is nearer than the best so far, else those."""
    closer = s < best
    worse = best if closer else s
    return (s if closer else best), (worse if worse < second else second), (k if closer else index)


@fused_leaf
def two(tile, table, which, many, indices):
    """The nearest of the listed colours, and how near it and the second are, for pixels that are no whole numbers."""
    full_width()
    for lane in range(LANES):
        i = u64(lane)
        tile[BEST + i] = tile[SECOND + i] = NEVER
        indices[i] = i32(0)
    for turn in range((many + HALF - 1) // HALF):
        j = u64(HALF * turn)
        k0, k1, k2, k3 = which[j], which[j + u64(1)], which[j + u64(2)], which[j + u64(3)]
        four = four_entries(table, which, HALF * turn)
        for lane in range(LANES):
            i = u64(lane)
            x, y, z = tile[X + i], tile[Y + i], tile[Z + i]
            s, n, f = nearest_two(score(x, y, z, four[0]), k0, tile[BEST + i], tile[SECOND + i], indices[i])
            s, n, f = nearest_two(score(x, y, z, four[1]), k1, s, n, f)
            s, n, f = nearest_two(score(x, y, z, four[2]), k2, s, n, f)
            tile[BEST + i], tile[SECOND + i], indices[i] = nearest_two(score(x, y, z, four[3]), k3, s, n, f)


@leaf
def doubtful(tile, gap):
    """Whether a pixel's second best colour is nearly as near as the best."""
    lowest = LAST
    for lane in range(LANES):
        i = u64(lane)
        lowest = min(lowest, ordered(tile[SECOND + i] - tile[BEST + i]))
    return unordered(lowest) < gap
