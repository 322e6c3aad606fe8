"""The palette colour nearest to an 8-bit sRGB colour, in any metric, remembered for all 2^24 of them.

Cells of 4 x 4 x 4 colours that have the same nearest one are remembered as a whole; in others each colour is looked
for when it is first asked for, among the candidates of its block of 16 x 16 x 16. Distances are float64; which of two
is nearer where that can't tell is noted, for `nearest` to say. What is known is kept as index + 1 in a byte, for the
cache's sake; that of a 256th colour doesn't fit, and has a bit of its own. One thread at a time may use a table.
"""

from __future__ import annotations

import numpy as np

from ...color import spaces
from ...dither.arithmetic import FAR_OUTSIDE
from . import ciede
from .jit import full_width, fused_leaf, leaf, leaf_kernel, part
from .lanes import LANES, cube_root, numbers, placed
from .nearest import PLAIN_LIGHT
from .scan import ordered

f32 = np.float32
f64 = np.float64
i32 = np.int32
i64 = np.int64
u64 = np.uint64

BUCKETS = 4096  # light is put into so many: finer than the steps of sRGB, so that one edge at most lies in each
WITHIN = 6  # bits of a key that say which of a cell's 4 x 4 x 4 colours it is; those above say which cell
CELLS = 1 << (24 - WITHIN)
MIXED = 255  # a cell whose colours are looked for one by one; others have their index + 1
NO_SCORE = i64(2**63 - 1)  # more than any score with its index
EUCLIDEAN, REDMEAN = range(2)  # laws of distance


@leaf
def exact_root(x):
    """Cube root in float64: the single-precision one, good to 3.4e-5, and two steps of Halley's, which cube that."""
    if x < 1e-11:
        return x ** (1 / 3)
    y = f64(cube_root(f32(x)))
    for _ in range(2):
        cube = y * y * y
        y = y * (cube + x + x) / (cube + cube + x)
    return y


@leaf
def curved(t, toe):
    """A mixture of light as the space's curve bends it, see color.rooted."""
    if toe == PLAIN_LIGHT:
        return t
    return exact_root(t) if t > toe else ciede.response(t)


@leaf_kernel
def times(m, x, y, z):
    """A matrix, flat, times a vector."""
    p = m[0] * x + m[1] * y + m[2] * z
    q = m[3] * x + m[4] * y + m[5] * z
    return p, q, m[6] * x + m[7] * y + m[8] * z


@leaf_kernel
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
    best, second, nearest = np.inf, np.inf, i64(-1)
    for i in range(count):
        k = i64(those[u64(first + i)])
        d = distance(x, y, z, places, k, law)
        if d < best:
            best, second, nearest = d, best, k
        elif d < second:
            second = d
    return nearest, second - best


@leaf
def steepness(response, toe):
    """How fast `curved` rises where it has this response: most at 0, and less and less above."""
    if toe == PLAIN_LIGHT:
        return 1.0
    steep = 1 / (3 * response * response) if response > 1e-9 else 1e17
    return min(steep, spaces.TOE_SLOPE) if toe > 0 else steep


@leaf
def most(slopes, flat, steep, mix, axis):
    """The most that a mixture's slopes can make of a step of light along one axis, rises lying between two."""
    low = high = 0.0
    for i in range(3):
        rise = slopes[i] * mix[u64(3 * i + axis)]
        low += rise * (flat[i] if rise > 0 else steep[i])
        high += rise * (steep[i] if rise > 0 else flat[i])
    return max(abs(low), abs(high))


@leaf
def lead(k, best, x, y, z, places, law):
    """By how much colour k is farther than the best, squared."""
    return distance(x, y, z, places, k, law) - distance(x, y, z, places, best, law)


@leaf
def candidates(r, g, b, side, space, those, first, count, out):
    """Write to `out` those of `count` colours that can be nearest in a cube of `side` from (r, g, b); their number.

    Which of two colours is nearer changes along a plane. Where the whole cube, with room to spare, lies on one side of
    it, the other colour is out. How far the cube reaches towards the plane is bounded twice: by the box around its
    responses, and by the slopes between them, which are far smaller where the responses rise together.
    """
    levels, mix, turn, toe, law, places, slack, _ = space
    if law != EUCLIDEAN:
        for i in range(count):
            out[i] = those[u64(first + i)]
        return count
    low, high = bent(r, g, b, space), bent(r + side - 1, g + side - 1, b + side - 1, space)
    x, y, z = times(turn, (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)
    best, _ = nearest_of(x, y, z, places, law, those, first, count)
    steep = (steepness(low[0], toe), steepness(low[1], toe), steepness(low[2], toe))
    flat = (steepness(high[0], toe), steepness(high[1], toe), steepness(high[2], toe))
    starts = (levels[u64(r)], levels[u64(g)], levels[u64(b)])
    ends = (levels[u64(r + side - 1)], levels[u64(g + side - 1)], levels[u64(b + side - 1)])
    p, q, s = times(mix, (starts[0] + ends[0]) / 2, (starts[1] + ends[1]) / 2, (starts[2] + ends[2]) / 2)
    u, v, w = times(turn, curved(p, toe), curved(q, toe), curved(s, toe))
    many = 0
    for i in range(count):
        k = i64(those[u64(first + i)])
        p = places[u64(3 * best)] - places[u64(3 * k)]
        q = places[u64(3 * best + 1)] - places[u64(3 * k + 1)]
        s = places[u64(3 * best + 2)] - places[u64(3 * k + 2)]
        slopes = (
            turn[0] * p + turn[3] * q + turn[6] * s,
            turn[1] * p + turn[4] * q + turn[7] * s,
            turn[2] * p + turn[5] * q + turn[8] * s,
        )
        box = slope = 0.0
        for axis in range(3):
            box += abs(slopes[axis]) * (high[axis] - low[axis])
            slope += most(slopes, flat, steep, mix, axis) * (ends[axis] - starts[axis])
        if lead(k, best, x, y, z, places, law) - box <= slack and lead(k, best, u, v, w, places, law) - slope <= slack:
            out[many] = those[u64(first + i)]
            many += 1
    return many


@leaf_kernel
def rgb_of(key):
    """The sRGB colour that `key_of` gave the key."""
    cell = key >> WITHIN
    return (cell >> 12) << 2 | key >> 4 & 3, (cell >> 6 & 63) << 2 | key >> 2 & 3, (cell & 63) << 2 | key & 3


@leaf
def settle(key, table, lab):
    """Find out about a colour that was not asked for yet: its palette index. `lab` is None but for CIEDE2000."""
    cell = key >> WITHIN
    r, g, b = rgb_of(key)
    space, cells, _, last, counts, lists, every, spare, _ = table
    size = every.shape[0]
    if last.shape[0] and last[u64(key >> 3)] >> (key & 7) & 1:
        return i64(255)
    block = (r >> 4) << 8 | (g >> 4) << 4 | b >> 4
    first = block * size
    if not counts[u64(block)]:
        block_list = lists[first : first + size]
        counts[u64(block)] = candidates(r & -16, g & -16, b & -16, i64(16), space, every, i64(0), size, block_list)
    count = counts[u64(block)]
    if not cells[u64(cell)]:
        left = candidates(r & -4, g & -4, b & -4, i64(4), space, lists, first, count, spare)
        cells[u64(cell)] = spare[0] + 1 if left == 1 and spare[0] + 1 < MIXED else MIXED
        if left == 1:
            return i64(spare[0])
    if lab is None:
        bx, by, bz = bent(r, g, b, space)
        x, y, z = times(space[2], bx, by, bz)
        nearest, gap = nearest_of(x, y, z, space[5], space[4], lists, first, count)
        return settled(key, nearest, gap >= space[7], table)
    nearest = i64(ciede_nearest(r, g, b, space, lab))
    return settled(key, max(nearest, 0), nearest >= 0, table)


@leaf
def ciede_nearest(r, g, b, space, lab):
    """The nearest by CIEDE2000, or ciede.UNDECIDED."""
    levels, white, _, _, _, _, _, _ = space
    return ciede.nearest_one(*ciede.cielab(levels[u64(r)], levels[u64(g)], levels[u64(b)], white), lab)


@leaf_kernel
def remember(key, index, colors, last):
    """Write down a colour's palette index."""
    colors[u64(key)] = (index + 1) & 255
    if index == 255:
        last[u64(key >> 3)] |= 1 << (key & 7)


@leaf
def settled(key, index, sure, table):
    """Remember what was found; or, where another is as near, that it is doubtful."""
    doubts = table[8]
    if sure:
        remember(key, index, table[2], table[3])
    elif doubts[0] < doubts.shape[0] - 1:
        doubts[0] += 1
        doubts[u64(doubts[0])] = key
    return index


@part
def key_of(r, g, b):
    """An sRGB colour's place in the table, int32: 18 bits of its cell, then WITHIN."""
    cell = ((r >> i32(2)) << i32(12)) | ((g >> i32(2)) << i32(6)) | (b >> i32(2))
    return (cell << i32(WITHIN)) | ((r & i32(3)) << i32(4)) | ((g & i32(3)) << i32(2)) | (b & i32(3))


@part
def look_up(key, table, lab):
    """The palette index for the sRGB colour of a key."""
    entry = i64(table[1][u64(key >> WITHIN)])
    if entry == MIXED:
        entry = i64(table[2][u64(key)])
    return entry - 1 if entry else settle(i64(key), table, lab)


@part
def rounded(value, edges, buckets):
    """The nearest sRGB value 0..255, see diffusion.rounded; no edges for sRGB values."""
    if edges.shape[0] == 0:
        return i32(min(max(value, f32(0)), f32(255)) + f32(0.5))
    bucket = i32(min(max(value, f32(0)), f32(1)) * f32(BUCKETS - 1))
    low = i32(buckets[u64(bucket)])
    return low + i32(value >= edges[u64(low)])  # no branch: noise makes it a toss-up


@leaf
def scored(x, y, z, scores):
    """The index of the least score, of equals the lower: both in one number, whose least is found by SIMD.

    A score of 0 has no sign: its summand, a square, has none.
    """
    size, least = u64(scores.shape[0] // 4), NO_SCORE
    for k in range(size):
        i = u64(k)
        s = x * scores[i] + (y * scores[size + i] + (z * scores[size + size + i] + scores[size + size + size + i]))
        least = min(least, (i64(ordered(s)) << i64(32)) | i64(k))
    return i32(least)


@fused_leaf
def scored_whole(x, y, z, scores):
    """The same of whole scores: 18 bits and their sign, which leaves room for the index."""
    full_width()
    size, least = u64(scores.shape[0] // 4), i32(2**31 - 1)
    for k in range(size):
        i = u64(k)
        s = x * scores[i] + (y * scores[size + i] + (z * scores[size + size + i] + scores[size + size + size + i]))
        least = min(least, i32(i32(i32(s) << i32(8)) | i32(k)))
    return i32(least & i32(255))


@part
def beyond(r, g, b):
    """Whether light is far outside of 0..1."""
    return min(r, g, b) < -FAR_OUTSIDE or max(r, g, b) > 1 + FAR_OUTSIDE


@leaf
def searched(r, g, b, scores, steps):
    """The palette index for light, by trying all."""
    if steps.shape[0]:
        matrix, ends = numbers(steps)
        x, y, z = placed(r, g, b, matrix, ends)
        return scored_whole(x, y, z, scores)
    return scored(r, g, b, scores)


@part
def find(r, g, b, knowledge):
    """The palette index for a sum: looked up, or searched for if it lies outside of what there is to look up."""
    edges, buckets, table, scores, steps, lab = knowledge
    if scores.shape[0] and beyond(r, g, b):
        return i64(searched(r, g, b, scores, steps))
    key = key_of(rounded(r, edges, buckets), rounded(g, edges, buckets), rounded(b, edges, buckets))
    return look_up(key, table, lab)


@leaf
def find_all(sums, knowledge, open_keys, open_lanes, out):
    """The palette index for each of 32 sums. Without branches as far as that goes: noise makes them a toss-up.

    First all keys, then what their cells know; the others, gathered in `open_keys` and `open_lanes`, one by one.
    """
    edges, buckets, table, scores, steps, lab = knowledge
    for i in range(out.shape[0]):
        r, g, b = sums[u64(i)], sums[u64(i + LANES)], sums[u64(i + 2 * LANES)]
        out[i] = key_of(rounded(r, edges, buckets), rounded(g, edges, buckets), rounded(b, edges, buckets))
    cells, many = table[1], 0
    for i in range(out.shape[0]):
        r, g, b = sums[u64(i)], sums[u64(i + LANES)], sums[u64(i + 2 * LANES)]
        open_keys[u64(many)], open_lanes[u64(many)] = out[i], i
        index = i32(cells[u64(out[i] >> i32(WITHIN))]) - i32(1)
        if scores.shape[0] and beyond(r, g, b):
            out[i] = searched(r, g, b, scores, steps)
        else:
            out[i] = index
            many += np.uint32(index) >= np.uint32(MIXED - 1)  # not known, or of several
    for j in range(many):
        out[u64(open_lanes[u64(j)])] = look_up(open_keys[u64(j)], table, lab)
