"""Finding palette colours for 32 sums at a time, three rows of 32 float32, by trying all: four colours a pass."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .. import color
from ..diffusion import SHIFT, THIRD, TINY
from .jit import fused_leaf, leaf, part
from .scan import BITS, FAR, GROUP, NEVER, whole_entries

f32 = np.float32
i32 = np.int32
u64 = np.uint64

LANES = 32  # two or four registers: while one is waited for, there is work for the others
ALL = 3 * LANES
PASS = 4  # colours a pass: with more, their factors don't fit into 16 registers; tables are filled up to whole passes
ENTRY = 4  # a colour in the table: three factors and a summand
FARTHEST = i32(2**31 - 1)  # more than any whole score and index
LMS, LAB = (tuple(f32(number) for number in matrix.reshape(-1)) for matrix in color.ROOTED["oklab"][:2])
SCORED, EMBEDDED, WHOLE, LOOKED_UP = range(4)  # the ways to find a colour


def table(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table for `search` of scores [N, 4]."""
    return _filled(scores, float(NEVER) / 10)


@lru_cache(maxsize=8)
def whole_table(palette: bytes) -> NDArray[np.float32]:
    """The table for `search_whole` of the bytes of [N, 3]."""
    return _filled(whole_entries(np.frombuffer(palette, np.uint8).reshape(-1, 3)), float(FAR))


def _filled(scores: NDArray[np.generic], far: float) -> NDArray[np.float32]:
    filled = np.zeros((-(-len(scores) // PASS) * PASS, 4), np.float32)
    filled[:, 3] = far  # what fills the last pass up is never the nearest
    filled[: len(scores)] = scores
    return filled.reshape(-1)


@part
def score(x, y, z, table, at):
    """The score of the colour whose factors begin at `at`."""
    return x * table[at] + (y * table[at + u64(1)] + (z * table[at + u64(2)] + table[at + u64(3)]))


@part
def nearer(x, y, z, table, at, k, best, found):
    """Score and index of colour k where it is nearer than the best so far, else those."""
    s = score(x, y, z, table, at)
    closer = s < best
    return (s if closer else best), (k if closer else found)


@leaf
def search(place, table, best, found):
    """The index of the least score for each lane, of equals the lower."""
    for i in range(LANES):
        best[i] = NEVER
        found[i] = i32(0)
    for turn in range(table.shape[0] // (PASS * ENTRY)):
        k, at = i32(PASS * turn), u64(PASS * ENTRY * turn)
        for i in range(LANES):
            x, y, z = place[i], place[LANES + i], place[2 * LANES + i]
            s, f = nearer(x, y, z, table, at, k, best[i], found[i])
            s, f = nearer(x, y, z, table, at + u64(ENTRY), k + i32(1), s, f)
            s, f = nearer(x, y, z, table, at + u64(2 * ENTRY), k + i32(2), s, f)
            best[i], found[i] = nearer(x, y, z, table, at + u64(3 * ENTRY), k + i32(3), s, f)


@fused_leaf
def least(whole, table, first, passes):
    """The least score for each lane, of `passes` passes from `first` on; of whole numbers, which fusing can't round.

    `whole` holds the three rows of numbers, and then a row for the scores.
    """
    for i in range(LANES):
        whole[ALL + i] = NEVER
    for turn in range(passes):
        at = first + u64(PASS * ENTRY * turn)
        for i in range(LANES):
            x, y, z = whole[i], whole[LANES + i], whole[2 * LANES + i]
            s = min(whole[ALL + i], score(x, y, z, table, at))
            s = min(s, score(x, y, z, table, at + u64(ENTRY)))
            s = min(s, score(x, y, z, table, at + u64(2 * ENTRY)))
            whole[ALL + i] = min(s, score(x, y, z, table, at + u64(3 * ENTRY)))


@leaf
def search_whole(sums, table, whole, found):
    """As `search`, but of sums rounded to 0..255: exact, and a third quicker.

    A score carries its colour's index in the lowest bits, so that the lowest score is all there is to keep. Every
    number on the way is whole and below 2^24, which float32 holds exactly: at most 64 · 3 · 255² + 63. Of several
    groups of 64 colours, the least score with the least index is that with the least of both in one number.
    """
    for i in range(ALL):
        whole[i] = f32(i32(min(max(sums[i], f32(0)), f32(255)) + f32(0.5)))
    for i in range(LANES):
        found[i] = FARTHEST
    passes = table.shape[0] // (PASS * ENTRY)
    for done in range(0, passes, GROUP // PASS):
        least(whole, table, u64(PASS * ENTRY * done), min(passes - done, GROUP // PASS))
        for i in range(found.shape[0]):  # not a number known beforehand: LLVM would take them apart, lane by lane
            s = i32(whole[ALL + i])
            index = (s & i32(GROUP - 1)) + i32(PASS * done)
            found[i] = min(found[i], i32(((s >> i32(BITS)) << i32(8)) | index))
    for i in range(found.shape[0]):
        found[i] &= i32(255)


@part
def cube_root(x):
    """See diffusion.cube_root."""
    at_least = max(x, TINY)
    guess = f32(f32(at_least).view(np.int32)) * THIRD + SHIFT
    y = i32(guess).view(np.float32)
    cube = y * y * y
    y = y * (cube + at_least + at_least) / (cube + cube + at_least)
    return y if x > TINY else f32(0)


@part
def placed(r, g, b):
    """Linear light in OKLab."""
    p = cube_root(LMS[0] * r + LMS[1] * g + LMS[2] * b)
    q = cube_root(LMS[3] * r + LMS[4] * g + LMS[5] * b)
    s = cube_root(LMS[6] * r + LMS[7] * g + LMS[8] * b)
    x = LAB[0] * p + LAB[1] * q + LAB[2] * s
    y = LAB[3] * p + LAB[4] * q + LAB[5] * s
    return x, y, LAB[6] * p + LAB[7] * q + LAB[8] * s


@part
def embed(sums, place):
    """Linear light in OKLab, in all lanes."""
    for i in range(LANES):
        x, y, z = placed(sums[i], sums[LANES + i], sums[2 * LANES + i])
        place[i], place[LANES + i], place[2 * LANES + i] = x, y, z
