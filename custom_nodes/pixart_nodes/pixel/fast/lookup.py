"""The palette colour nearest to an 8-bit sRGB colour, in any metric, remembered for all 2^24 of them.

Cells of 8 x 8 x 8 colours that have the same nearest one are remembered as a whole; in others each colour is looked
for when it is first asked for, among the candidates of its block of 16 x 16 x 16. Distances are float64; which of two
is nearer where that can't tell is noted, for `nearest` to say. One thread at a time may use a table.
"""

from __future__ import annotations

import numpy as np

from . import ciede
from .jit import leaf
from .lanes import LANES, NEVER, cube_root, placed
from .nearest import PLAIN_LIGHT

f32 = np.float32
f64 = np.float64
i64 = np.int64
u64 = np.uint64

BUCKETS = 4096  # light is put into so many: finer than the steps of sRGB, so that one edge at most lies in each
MIXED = 65535  # a cell whose colours are looked for one by one
EUCLIDEAN, REDMEAN = range(2)  # laws of distance


@leaf
def exact_root(x):
    """Cube root in float64: the single-precision one and a step of Halley's."""
    if x < 1e-11:
        return x ** (1 / 3)
    y = f64(cube_root(f32(x)))
    cube = y * y * y
    return y * (cube + x + x) / (cube + cube + x)


@leaf
def curved(t, toe):
    """A mixture of light as the space's curve bends it, see color.rooted."""
    if toe == PLAIN_LIGHT:
        return t
    return exact_root(t) if t > toe else ciede.response(t)


@leaf
def times(m, x, y, z):
    """A matrix, flat, times a vector."""
    p = m[0] * x + m[1] * y + m[2] * z
    q = m[3] * x + m[4] * y + m[5] * z
    return p, q, m[6] * x + m[7] * y + m[8] * z


@leaf
def bent(r, g, b, space):
    """An sRGB colour in the space, but for its last matrix; rises with each of r, g and b."""
    levels, mix, _, toe, _, _, _, _ = space
    x, y, z = times(mix, levels[u64(r)], levels[u64(g)], levels[u64(b)])
    return curved(x, toe), curved(y, toe), curved(z, toe)


@leaf
def distance(x, y, z, places, k, law):
    """Squared distance of a place to palette colour k."""
    at = u64(3 * k)
    a, b, c = places[at], places[at + u64(1)], places[at + u64(2)]
    p, q, r = x - a, y - b, z - c
    if law == REDMEAN:
        red = x + a
        return (1024 + red) * p * p + 2048 * q * q + (1534 - red) * r * r
    return p * p + q * q + r * r


@leaf
def nearest_of(x, y, z, places, law, those, first, count):
    """The nearest to a place of `count` candidates, of equals the first; and by how much the next is farther."""
    best, second, found = np.inf, np.inf, i64(-1)
    for i in range(count):
        k = i64(those[u64(first + i)])
        d = distance(x, y, z, places, k, law)
        if d < best:
            best, second, found = d, best, k
        elif d < second:
            second = d
    return found, second - best


@leaf
def candidates(r, g, b, side, space, those, first, count, kept):
    """Write to `kept` those of `count` colours that can be nearest in a cube of `side` from (r, g, b); their number.

    Which of two colours is nearer changes along a plane; where the whole cube, with room to spare, lies on one side of
    it, the other colour is out.
    """
    _, _, turn, _, law, places, slack, _ = space
    if law != EUCLIDEAN:
        for i in range(count):
            kept[i] = those[u64(first + i)]
        return count
    low, high = bent(r, g, b, space), bent(r + side - 1, g + side - 1, b + side - 1, space)
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)
    x, y, z = times(turn, middle[0], middle[1], middle[2])
    best, _ = nearest_of(x, y, z, places, law, those, first, count)
    least = distance(x, y, z, places, best, law)
    many = 0
    for i in range(count):
        k = i64(those[u64(first + i)])
        p = places[u64(3 * best)] - places[u64(3 * k)]
        q = places[u64(3 * best + 1)] - places[u64(3 * k + 1)]
        s = places[u64(3 * best + 2)] - places[u64(3 * k + 2)]
        reach = 0.0
        for axis in range(3):
            slope = turn[axis] * p + turn[3 + axis] * q + turn[6 + axis] * s
            reach += abs(slope) * (high[axis] - low[axis])
        if distance(x, y, z, places, k, law) - least - reach <= slack:
            kept[many] = those[u64(first + i)]
            many += 1
    return many


@leaf
def settle(r, g, b, table, lab):
    """Find out about a colour that was not asked for yet: its palette index. `lab` is None but for CIEDE2000."""
    space, cells, _, counts, lists, every, spare, _ = table
    size = every.shape[0]
    cell = (r >> 3) << 10 | (g >> 3) << 5 | b >> 3
    block = (r >> 4) << 8 | (g >> 4) << 4 | b >> 4
    first = block * size
    if not counts[u64(block)]:
        kept = lists[first : first + size]
        counts[u64(block)] = candidates(r & -16, g & -16, b & -16, 16, space, every, 0, size, kept)
    count = counts[u64(block)]
    if not cells[u64(cell)]:
        left = candidates(r & -8, g & -8, b & -8, 8, space, lists, first, count, spare)
        cells[u64(cell)] = spare[0] + 1 if left == 1 else MIXED
        if left == 1:
            return i64(spare[0])
    if lab is None:
        bx, by, bz = bent(r, g, b, space)
        x, y, z = times(space[2], bx, by, bz)
        found, gap = nearest_of(x, y, z, space[5], space[4], lists, first, count)
        return settled(r, g, b, cell, found, gap >= space[7], table)
    found = i64(ciede_nearest(r, g, b, space, lab))
    return settled(r, g, b, cell, max(found, 0), found >= 0, table)


@leaf
def ciede_nearest(r, g, b, space, lab):
    """The nearest by CIEDE2000, or ciede.UNDECIDED."""
    levels, white, _, _, _, _, _, _ = space
    return ciede.nearest_one(*ciede.cielab(levels[u64(r)], levels[u64(g)], levels[u64(b)], white), lab)


@leaf
def settled(r, g, b, cell, found, sure, table):
    """Remember what was found; or, where another is as near, that it is doubtful."""
    colors, doubts = table[2], table[7]
    if sure:
        colors[u64(cell << 9 | (r & 7) << 6 | (g & 7) << 3 | b & 7)] = found + 1
    elif doubts[0] < doubts.shape[0] - 1:
        doubts[0] += 1
        doubts[u64(doubts[0])] = r << 16 | g << 8 | b
    return found


@leaf
def look_up(r, g, b, table, lab):
    """The palette index for an sRGB colour."""
    known = i64(table[1][u64((r >> 3) << 10 | (g >> 3) << 5 | b >> 3)])
    if known == MIXED:
        cell = (r >> 3) << 10 | (g >> 3) << 5 | b >> 3
        known = i64(table[2][u64(cell << 9 | (r & 7) << 6 | (g & 7) << 3 | b & 7)])
    return known - 1 if known else settle(r, g, b, table, lab)


@leaf
def rounded(value, edges, buckets):
    """The nearest sRGB value 0..255, see diffusion.rounded; no edges for sRGB values."""
    if edges.shape[0] == 0:
        return i64(min(max(value, f32(0)), f32(255)) + f32(0.5))
    bucket = np.int32(min(max(value, f32(0)), f32(1)) * f32(BUCKETS - 1))
    low = i64(buckets[u64(bucket)])
    return low + 1 if low < 255 and value >= edges[u64(low)] else low


@leaf
def scored(x, y, z, scores):
    """The index of the least score, of equals the lower."""
    best, found = NEVER, 0
    for k in range(scores.shape[0] // 4):
        at = u64(4 * k)
        s = x * scores[at] + (y * scores[at + u64(1)] + (z * scores[at + u64(2)] + scores[at + u64(3)]))
        if s < best:
            best, found = s, k
    return found


@leaf
def find(r, g, b, known):
    """The palette index for a sum: looked up, or searched for if it lies outside of what there is to look up."""
    edges, buckets, table, scores, in_oklab, lab = known
    if scores.shape[0] and (min(r, g, b) < f32(0) or max(r, g, b) > f32(1)):
        if in_oklab:
            r, g, b = placed(r, g, b)
        return scored(r, g, b, scores)
    i, j = rounded(r, edges, buckets), rounded(g, edges, buckets)
    return look_up(i, j, rounded(b, edges, buckets), table, lab)


@leaf
def find_all(sums, known, found):
    """The palette index for each of 16 sums."""
    for i in range(LANES):
        found[i] = find(sums[i], sums[i + LANES], sums[i + 2 * LANES], known)
