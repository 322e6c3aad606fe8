"""The palette colour nearest to an 8-bit sRGB colour, in any metric, remembered for all 2^24 of them.

Cells of 8 x 8 x 8 colours that have the same nearest one are remembered as a whole; in others each colour is looked
for when it is first asked for, among the candidates of its block of 16 x 16 x 16. Distances are float64, as in
`nearest`. One thread at a time may use a table.
"""

from __future__ import annotations

import numpy as np

from .jit import kernel
from .lanes import LANES, cube_root

f32 = np.float32
f64 = np.float64
u64 = np.uint64

BUCKETS = 4096  # light is put into so many: finer than the steps of sRGB, so that one edge at most lies in each
MIXED = 65535  # a cell whose colours are looked for one by one
SLACK = 1e-9  # squared distance by which a colour must be farther to be no candidate: far more than rounding
RAW, ROOTS, CIE_ROOTS = range(3)  # curves between light and coordinates
EUCLIDEAN, REDMEAN, CIEDE2000 = range(3)  # laws of distance


@kernel
def exact_root(x):
    """Cube root in float64: the single-precision one and a step of Halley's."""
    if x < 1e-11:
        return x ** (1 / 3)
    y = f64(cube_root(f32(x)))
    cube = y * y * y
    return y * (cube + x + x) / (cube + cube + x)


@kernel
def curved(t, curve):
    """A mixture of light as the space's curve bends it."""
    if curve == RAW:
        return t
    if curve == ROOTS or t > (6 / 29) ** 3:
        return exact_root(t)
    return t / (3 * (6 / 29) ** 2) + 4 / 29


@kernel
def times(m, x, y, z):
    """A matrix, flat, times a vector."""
    p = m[0] * x + m[1] * y + m[2] * z
    q = m[3] * x + m[4] * y + m[5] * z
    return p, q, m[6] * x + m[7] * y + m[8] * z


@kernel
def bent(r, g, b, space):
    """An sRGB colour in the space, but for its last matrix; rises with each of r, g and b."""
    levels, mix, _, curve, _, _ = space
    x, y, z = times(mix, levels[u64(r)], levels[u64(g)], levels[u64(b)])
    return curved(x, curve), curved(y, curve), curved(z, curve)


@kernel
def distance(x, y, z, places, k, law):
    """Squared distance of a place to palette colour k."""
    at = u64(3 * k)
    a, b, c = places[at], places[at + u64(1)], places[at + u64(2)]
    p, q, r = x - a, y - b, z - c
    if law == REDMEAN:
        red = x + a
        return (1024 + red) * p * p + 2048 * q * q + (1534 - red) * r * r
    return p * p + q * q + r * r


@kernel
def nearest_of(x, y, z, places, law, those, first, count):
    """The nearest to a place of `count` candidates, of equals the first."""
    best, found = np.inf, -1
    for i in range(count):
        k = np.int64(those[u64(first + i)])
        d = distance(x, y, z, places, k, law)
        if d < best:
            best, found = d, k
    return found


@kernel
def candidates(r, g, b, side, space, those, first, count, kept):
    """Write to `kept` those of `count` colours that can be nearest in a cube of `side` from (r, g, b); their number.

    Which of two colours is nearer changes along a plane; where the whole cube, with room to spare, lies on one side of
    it, the other colour is out.
    """
    _, _, turn, _, law, places = space
    if law != EUCLIDEAN:
        for i in range(count):
            kept[i] = those[u64(first + i)]
        return count
    low, high = bent(r, g, b, space), bent(r + side - 1, g + side - 1, b + side - 1, space)
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)
    x, y, z = times(turn, middle[0], middle[1], middle[2])
    best = nearest_of(x, y, z, places, law, those, first, count)
    least = distance(x, y, z, places, best, law)
    many = 0
    for i in range(count):
        k = np.int64(those[u64(first + i)])
        p = places[u64(3 * best)] - places[u64(3 * k)]
        q = places[u64(3 * best + 1)] - places[u64(3 * k + 1)]
        s = places[u64(3 * best + 2)] - places[u64(3 * k + 2)]
        reach = 0.0
        for axis in range(3):
            slope = turn[axis] * p + turn[3 + axis] * q + turn[6 + axis] * s
            reach += abs(slope) * (high[axis] - low[axis])
        if distance(x, y, z, places, k, law) - least - reach <= SLACK:
            kept[many] = those[u64(first + i)]
            many += 1
    return many


@kernel
def settle(r, g, b, table):
    """Find out about a colour that was not asked for yet: its palette index."""
    space, cells, colors, counts, lists, every, spare = table
    _, _, turn, _, law, places = space
    size = every.shape[0]
    block = (r >> 4) << 8 | (g >> 4) << 4 | b >> 4
    first = block * size
    if not counts[u64(block)]:
        counts[u64(block)] = candidates(
            r & -16, g & -16, b & -16, 16, space, every, 0, size, lists[first : first + size]
        )
    count = counts[u64(block)]
    cell = (r >> 3) << 10 | (g >> 3) << 5 | b >> 3
    if not cells[u64(cell)]:
        left = candidates(r & -8, g & -8, b & -8, 8, space, lists, first, count, spare)
        cells[u64(cell)] = spare[0] + 1 if left == 1 else MIXED
        if left == 1:
            return np.int64(spare[0])
    bx, by, bz = bent(r, g, b, space)
    x, y, z = times(turn, bx, by, bz)
    found = nearest_of(x, y, z, places, law, lists, first, count)
    colors[u64(cell << 9 | (r & 7) << 6 | (g & 7) << 3 | b & 7)] = found + 1
    return found


@kernel
def look_up(r, g, b, table):
    """The palette index for an sRGB colour."""
    known = np.int64(table[1][u64((r >> 3) << 10 | (g >> 3) << 5 | b >> 3)])
    if known == MIXED:
        cell = (r >> 3) << 10 | (g >> 3) << 5 | b >> 3
        known = np.int64(table[2][u64(cell << 9 | (r & 7) << 6 | (g & 7) << 3 | b & 7)])
    return known - 1 if known else settle(r, g, b, table)


@kernel
def rounded(value, edges, buckets):
    """The nearest sRGB value 0..255, see diffusion.rounded; no edges for sRGB values."""
    if edges.shape[0] == 0:
        return np.int64(min(max(value, f32(0)), f32(255)) + f32(0.5))
    bucket = np.int32(min(max(value, f32(0)), f32(1)) * f32(BUCKETS - 1))
    low = np.int64(buckets[u64(bucket)])
    return low + 1 if low < 255 and value >= edges[u64(low)] else low


@kernel
def looked_up(sums, known, found):
    """The palette index for each of 16 sums."""
    edges, buckets, table = known
    for i in range(LANES):
        r, g = rounded(sums[i], edges, buckets), rounded(sums[i + LANES], edges, buckets)
        found[i] = look_up(r, g, rounded(sums[i + 2 * LANES], edges, buckets), table)
