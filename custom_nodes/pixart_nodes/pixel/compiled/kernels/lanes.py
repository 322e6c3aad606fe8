"""Finding palette colours for 32 sums at a time, three rows of 32 float32, by trying all: four colours a pass.

Whole scores carry their colour's index in the lowest bits, so that the lowest score is all there is to keep. Every
number on the way is whole and below 2^24, which float32 holds exactly: of sRGB values at most 64 · 3 · 255² + 63.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...color.oklab_steps import FROM_LINEAR, NINTHS, REST, ROOT_GUESS, ROUNDING_ADDEND, THIRD, TINY
from ...color.spaces import LUMINANCE
from .jit import full_width, fused_leaf, leaf, part
from .scan import BITS, FAR, GROUP, NEVER, numbered, whole_entries

f32 = np.float32
i32 = np.int32
u64 = np.uint64

LANES = 32  # two or four registers: while one is waited for, there is work for the others
ALL = 3 * LANES
PASS = 4  # colours a pass: with more, their factors don't fit into 16 registers; tables are filled up to whole passes
ENTRY = 4  # a colour in the table: three factors and a summand
FARTHEST = i32(2**31 - 1)  # more than any whole score and index
RED, GREEN, BLUE = (f32(share) for share in LUMINANCE)
LMS = tuple(FROM_LINEAR.reshape(-1))
SCORED, STEPPED, WHOLE, LOOKED_UP = range(4)  # the ways to find a colour


def table(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table for `search` of scores [N, 4]."""
    return _filled(scores, float(NEVER) / 10)


@lru_cache(maxsize=8)
def whole_table(palette: bytes) -> NDArray[np.float32]:
    """The table for `search_whole` of the bytes of [N, 3]."""
    return _filled(whole_entries(np.frombuffer(palette, np.uint8).reshape(-1, 3)), float(FAR))


def stepped_table(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table for `search_whole` of whole scores [N, 4]."""
    return _filled(numbered(scores), float(FAR))


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
def lesser(score, k, other, j):
    """Of two scores with their indices the less, of equals the first."""
    less = other < score
    return (other if less else score), (j if less else k)


@leaf
def search(place, table, best, indices):
    """The index of the least score for each lane, of equals the lower."""
    full_width()
    for i in range(LANES):
        best[i] = NEVER
        indices[i] = i32(0)
    for turn in range(table.shape[0] // (PASS * ENTRY)):
        k, at = i32(PASS * turn), u64(PASS * ENTRY * turn)
        for i in range(LANES):
            x, y, z = place[i], place[LANES + i], place[2 * LANES + i]
            p, q = score(x, y, z, table, at), score(x, y, z, table, at + u64(ENTRY))
            r, s = score(x, y, z, table, at + u64(2 * ENTRY)), score(x, y, z, table, at + u64(3 * ENTRY))
            p, a = lesser(p, k, q, k + i32(1))  # by pairs: none waits for the one before
            r, b = lesser(r, k + i32(2), s, k + i32(3))
            p, a = lesser(p, a, r, b)
            best[i], indices[i] = lesser(best[i], indices[i], p, a)


@fused_leaf
def least(whole, table, first, passes):
    """The least score for each lane, of `passes` passes from `first` on; of whole numbers, which fusing can't round.

    `whole` holds the three rows of numbers, and then a row for the scores.
    """
    full_width()
    for i in range(LANES):
        whole[ALL + i] = NEVER
    for turn in range(passes):
        at = first + u64(PASS * ENTRY * turn)
        for i in range(LANES):
            x, y, z = whole[i], whole[LANES + i], whole[2 * LANES + i]
            one = min(score(x, y, z, table, at), score(x, y, z, table, at + u64(ENTRY)))
            other = min(score(x, y, z, table, at + u64(2 * ENTRY)), score(x, y, z, table, at + u64(3 * ENTRY)))
            whole[ALL + i] = min(whole[ALL + i], min(one, other))


@leaf
def search_whole(whole, table, indices):
    """As `search`, of whole scores: exact, and more than twice as quick.

    Of several groups of 64 colours, the least score with the least index is that with the least of both in one number.
    """
    full_width()
    for i in range(LANES):
        indices[i] = FARTHEST
    passes = table.shape[0] // (PASS * ENTRY)
    for done in range(0, passes, GROUP // PASS):
        least(whole, table, u64(PASS * ENTRY * done), min(passes - done, GROUP // PASS))
        for i in range(indices.shape[0]):  # not a number known beforehand: LLVM would take them apart, lane by lane
            s = i32(whole[ALL + i])
            index = (s & i32(GROUP - 1)) + i32(PASS * done)
            indices[i] = min(indices[i], i32(((s >> i32(BITS)) << i32(8)) | index))
    for i in range(indices.shape[0]):
        indices[i] &= i32(255)


@part
def clamp(r, g, b, low_r, high_r, low_g, high_g, low_b, high_b):
    """See arithmetic.clamp."""
    red, green, blue = min(max(r, low_r), high_r), min(max(g, low_g), high_g), min(max(b, low_b), high_b)
    lost = (r - red) * RED + (g - green) * GREEN + (b - blue) * BLUE
    lost = min(max(lost, low_g - high_g), high_g - low_g)
    return red + lost, green + lost, blue + lost


@part
def to_values(sums, whole):
    """The nearest sRGB values of sums, as `diffusion.rounded` has them."""
    for i in range(ALL):
        whole[i] = f32(i32(min(max(sums[i], f32(0)), f32(255)) + f32(0.5)))


@part
def cube_root(x):
    """See oklab_steps.cube_root."""
    at_least = max(x, TINY)
    r = i32(ROOT_GUESS - f32(f32(at_least).view(np.int32)) * THIRD).view(np.float32)
    missed = f32(1) - at_least * (r * r * r)
    share = r * missed
    r = r + share * THIRD + share * missed * (NINTHS + missed * REST)
    return at_least * (r * r)


@part
def numbers(steps):
    """The numbers of `oklab_steps.fit`, by nine; read once, as in nearest.numbers."""
    a, b, c, d, e, f = steps[0], steps[1], steps[2], steps[3], steps[4], steps[5]
    g, h, i, j, k, m = steps[6], steps[7], steps[8], steps[9], steps[10], steps[11]
    return (a, b, c, d, e, f, g, h, i), (j, k, m, steps[12], steps[13], steps[14], steps[15], steps[16], steps[17])


@part
def placed(r, g, b, m, ends):
    """Linear light in the whole steps of OKLab, see oklab_steps.places."""
    p = cube_root(LMS[0] * r + LMS[1] * g + LMS[2] * b)
    q = cube_root(LMS[3] * r + LMS[4] * g + LMS[5] * b)
    s = cube_root(LMS[6] * r + LMS[7] * g + LMS[8] * b)
    x = min(max(m[0] * p + m[1] * q + m[2] * s, ends[0]), ends[3]) + ROUNDING_ADDEND - ends[6]
    y = min(max(m[3] * p + m[4] * q + m[5] * s, ends[1]), ends[4]) + ROUNDING_ADDEND - ends[7]
    return x, y, min(max(m[6] * p + m[7] * q + m[8] * s, ends[2]), ends[5]) + ROUNDING_ADDEND - ends[8]


@part
def to_steps(sums, steps, whole):
    """Linear light in the whole steps of OKLab, in all lanes."""
    matrix, ends = numbers(steps)
    for i in range(LANES):
        x, y, z = placed(sums[i], sums[LANES + i], sums[2 * LANES + i], matrix, ends)
        whole[i], whole[LANES + i], whole[2 * LANES + i] = x, y, z
