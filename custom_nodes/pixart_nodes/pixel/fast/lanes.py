"""Finding palette colours for 16 sums at a time; three rows of 16 float32 each. Tables repeat each number 16 times.

A score's factors come from memory for all lanes at once: with 16 registers there is no room to keep them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import kernel

f32 = np.float32
i32 = np.int32
u64 = np.uint64

LANES = 16
ALL = 3 * LANES
PASS = 8  # colours a pass; tables are filled up to whole passes
ENTRY = 4 * LANES  # a colour in the table: three factors and a summand for each lane
INDEX = 64  # colours whose index fits beside a whole score into the 24 bits of a float32
BITS = 6
NEVER = f32(1e30)
SCORED, EMBEDDED, WHOLE, LOOKED_UP = range(4)  # the ways to find a colour


def table(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table for `search` of scores [N, 4]."""
    return _repeated(scores, float(NEVER) / 10)


def whole_table(palette: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The table for `search_whole`: 64 times the score of [N, 3], plus the colour's index in its group of 64."""
    colors = palette.astype(np.int64)
    summands = INDEX * (colors * colors).sum(axis=1) + np.arange(len(colors)) % INDEX
    return _repeated(np.column_stack([-2 * INDEX * colors, summands]), 2**24 - 1)


def _repeated(scores: NDArray[np.generic], far: float) -> NDArray[np.float32]:
    filled = np.zeros((-(-len(scores) // PASS) * PASS, 4), np.float32)
    filled[:, 3] = far  # what fills the last pass up is never the nearest
    filled[: len(scores)] = scores
    return filled.reshape(-1).repeat(LANES)


@kernel
def score(x, y, z, table, at):
    """The score of the colour whose factors for this lane begin at `at`."""
    summand = z * table[at + u64(2 * LANES)] + table[at + u64(3 * LANES)]
    return x * table[at] + (y * table[at + u64(LANES)] + summand)


@kernel
def nearer(x, y, z, table, at, k, best, found):
    """Score and index of colour k where it is nearer than the best so far, else those."""
    s = score(x, y, z, table, at)
    closer = s < best
    return (s if closer else best), (k if closer else found)


@kernel
def search(place, table, best, found):
    """The index of the least score for each lane, of equals the lower."""
    for i in range(LANES):
        best[i] = NEVER
        found[i] = i32(0)
    for turn in range(table.shape[0] // (PASS * ENTRY)):
        k, first = i32(PASS * turn), u64(PASS * ENTRY * turn)
        for i in range(LANES):
            x, y, z, at = place[i], place[LANES + i], place[2 * LANES + i], first + u64(i)
            s, f = nearer(x, y, z, table, at, k, best[i], found[i])
            s, f = nearer(x, y, z, table, at + u64(ENTRY), k + i32(1), s, f)
            s, f = nearer(x, y, z, table, at + u64(2 * ENTRY), k + i32(2), s, f)
            s, f = nearer(x, y, z, table, at + u64(3 * ENTRY), k + i32(3), s, f)
            s, f = nearer(x, y, z, table, at + u64(4 * ENTRY), k + i32(4), s, f)
            s, f = nearer(x, y, z, table, at + u64(5 * ENTRY), k + i32(5), s, f)
            s, f = nearer(x, y, z, table, at + u64(6 * ENTRY), k + i32(6), s, f)
            best[i], found[i] = nearer(x, y, z, table, at + u64(7 * ENTRY), k + i32(7), s, f)


@kernel
def least(place, table, first, passes, best):
    """The least score for each lane, of `passes` passes from `first` on."""
    for i in range(LANES):
        best[i] = NEVER
    for turn in range(passes):
        begin = first + u64(PASS * ENTRY * turn)
        for i in range(LANES):
            x, y, z, at = place[i], place[LANES + i], place[2 * LANES + i], begin + u64(i)
            s = min(best[i], score(x, y, z, table, at))
            s = min(s, score(x, y, z, table, at + u64(ENTRY)))
            s = min(s, score(x, y, z, table, at + u64(2 * ENTRY)))
            s = min(s, score(x, y, z, table, at + u64(3 * ENTRY)))
            s = min(s, score(x, y, z, table, at + u64(4 * ENTRY)))
            s = min(s, score(x, y, z, table, at + u64(5 * ENTRY)))
            s = min(s, score(x, y, z, table, at + u64(6 * ENTRY)))
            best[i] = min(s, score(x, y, z, table, at + u64(7 * ENTRY)))


@kernel
def search_whole(sums, table, place, group, best, found):
    """As `search`, but of sums rounded to 0..255: exact, and a third quicker.

    A score carries its colour's index in the lowest bits, so that the lowest score is all there is to keep. Every
    number on the way is whole and below 2^24, which float32 holds exactly: at most 64 · 3 · 255² + 63.
    """
    for i in range(ALL):
        place[i] = f32(i32(min(max(sums[i], f32(0)), f32(255)) + f32(0.5)))
    passes = table.shape[0] // (PASS * ENTRY)
    least(place, table, u64(0), min(passes, INDEX // PASS), best)
    for i in range(LANES):
        found[i] = i32(best[i]) & i32(INDEX - 1)
    for done in range(INDEX // PASS, passes, INDEX // PASS):
        least(place, table, u64(PASS * ENTRY * done), min(passes - done, INDEX // PASS), group)
        for i in range(LANES):
            s, b = i32(group[i]), i32(best[i])
            closer = (s >> i32(BITS)) < (b >> i32(BITS))
            found[i] = (s & i32(INDEX - 1)) + i32(PASS * done) if closer else found[i]
            best[i] = group[i] if closer else best[i]


@kernel
def cube_root(x):
    """See diffusion.cube_root."""
    at_least = max(x, f32(1e-12))
    guess = f32(f32(at_least).view(np.int32)) * f32(1 / 3) + f32(709921077)
    y = i32(guess).view(np.float32)
    cube = y * y * y
    y = y * (cube + at_least + at_least) / (cube + cube + at_least)
    cube = y * y * y
    y = y * (cube + at_least + at_least) / (cube + cube + at_least)
    return y if x > f32(1e-12) else f32(0)


@kernel
def placed(r, g, b, t):
    """Linear light in OKLab; `t` is diffusion.OKLAB, flat."""
    p = cube_root(t[0] * r + t[1] * g + t[2] * b)
    q = cube_root(t[3] * r + t[4] * g + t[5] * b)
    s = cube_root(t[6] * r + t[7] * g + t[8] * b)
    x = t[9] * p + t[10] * q + t[11] * s
    y = t[12] * p + t[13] * q + t[14] * s
    return x, y, t[15] * p + t[16] * q + t[17] * s


@kernel
def embed(sums, oklab, place):
    """Linear light in OKLab, in all lanes."""
    for i in range(LANES):
        x, y, z = placed(sums[i], sums[LANES + i], sums[2 * LANES + i], oklab)
        place[i], place[LANES + i], place[2 * LANES + i] = x, y, z
