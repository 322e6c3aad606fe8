"""The nearest of many colours for a block of pixels, by trying all: eight colours a pass, a pixel to each SIMD lane.

What is compared is |c|² - 2c·p: the squared distance, but for the pixel's own share. All take three rows of LANES
float32, the pixels' coordinates, and a table of `entries`; of equally near colours the first is found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import fused_kernel, kernel

LANES = 256  # pixels a block: its rows, 6 KB, stay in the cache nearest to the core
PASS = 8  # colours a pass: their factors are loaded once a block
NEVER = np.float32(1e30)  # farther than anything
GROUP = 64  # colours whose index fits beside a whole score into the 24 bits of a float32


def entries(coordinates: NDArray[np.floating]) -> NDArray[np.float32]:
    """Factors and summand of each colour's score: [N, 3] in, flat [N rounded up to whole passes, 4] out."""
    x, y, z = coordinates.astype(np.float64).T
    return _table(-2 * coordinates, x * x + y * y + z * z, NEVER / 10)


def whole_entries(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same for `whole`: 64 times the score, with the colour's index in its group of 64."""
    square = (colors.astype(np.int64) ** 2).sum(axis=1)
    return _table(-2.0 * GROUP * colors, GROUP * square + np.arange(len(colors)) % GROUP, (1 << 24) - 1)


def _table(factors: NDArray[np.floating], summand: NDArray[np.generic], padding: float) -> NDArray[np.float32]:
    table = np.zeros((-(-len(factors) // PASS) * PASS, 4), np.float32)
    table[:, 3] = padding  # what fills the last pass up is never the nearest
    table[: len(factors), :3], table[: len(factors), 3] = factors, summand
    return table.reshape(-1)


@kernel
def entry(table, k):
    """Factors and summand of colour k."""
    return table[4 * k], table[4 * k + 1], table[4 * k + 2], table[4 * k + 3]


@kernel
def nearer(x, y, z, color, k, best, found):
    """Score and index of colour k where it is nearer than the best so far, else those."""
    score = x * color[0] + (y * color[1] + (z * color[2] + color[3]))
    closer = score < best
    return (score if closer else best), (k if closer else found)


@kernel
def one(x, y, z, table, best, found):
    """Score (float32) and index (int32) of the nearest colour, into `best` and `found`."""
    for i in range(LANES):
        best[i] = NEVER
        found[i] = 0
    for turn in range(table.shape[0] // (4 * PASS)):
        k = np.int32(PASS * turn)
        c0, c1, c2, c3 = entry(table, k), entry(table, k + 1), entry(table, k + 2), entry(table, k + 3)
        c4, c5, c6, c7 = entry(table, k + 4), entry(table, k + 5), entry(table, k + 6), entry(table, k + 7)
        for i in range(LANES):
            px, py, pz = x[i], y[i], z[i]
            s, f = nearer(px, py, pz, c0, k, best[i], found[i])
            s, f = nearer(px, py, pz, c1, np.int32(k + 1), s, f)
            s, f = nearer(px, py, pz, c2, np.int32(k + 2), s, f)
            s, f = nearer(px, py, pz, c3, np.int32(k + 3), s, f)
            s, f = nearer(px, py, pz, c4, np.int32(k + 4), s, f)
            s, f = nearer(px, py, pz, c5, np.int32(k + 5), s, f)
            s, f = nearer(px, py, pz, c6, np.int32(k + 6), s, f)
            best[i], found[i] = nearer(px, py, pz, c7, np.int32(k + 7), s, f)


@fused_kernel
def nearest_two(x, y, z, color, k, best, second, found):
    """As `nearer`, with the second best score."""
    score = x * color[0] + (y * color[1] + (z * color[2] + color[3]))
    closer = score < best
    worse = best if closer else score
    return (score if closer else best), (worse if worse < second else second), (k if closer else found)


@fused_kernel
def two(x, y, z, table, best, second, found):
    """As `one`, with the second best score, so that close decisions can be told and taken anew."""
    for i in range(LANES):
        best[i] = second[i] = NEVER
        found[i] = 0
    for turn in range(table.shape[0] // (4 * PASS)):
        k = np.int32(PASS * turn)
        c0, c1, c2, c3 = entry(table, k), entry(table, k + 1), entry(table, k + 2), entry(table, k + 3)
        c4, c5, c6, c7 = entry(table, k + 4), entry(table, k + 5), entry(table, k + 6), entry(table, k + 7)
        for i in range(LANES):
            px, py, pz = x[i], y[i], z[i]
            s, n, f = nearest_two(px, py, pz, c0, k, best[i], second[i], found[i])
            s, n, f = nearest_two(px, py, pz, c1, np.int32(k + 1), s, n, f)
            s, n, f = nearest_two(px, py, pz, c2, np.int32(k + 2), s, n, f)
            s, n, f = nearest_two(px, py, pz, c3, np.int32(k + 3), s, n, f)
            s, n, f = nearest_two(px, py, pz, c4, np.int32(k + 4), s, n, f)
            s, n, f = nearest_two(px, py, pz, c5, np.int32(k + 5), s, n, f)
            s, n, f = nearest_two(px, py, pz, c6, np.int32(k + 6), s, n, f)
            best[i], second[i], found[i] = nearest_two(px, py, pz, c7, np.int32(k + 7), s, n, f)


@fused_kernel
def score_of(x, y, z, color):
    """The score alone."""
    return x * color[0] + (y * color[1] + (z * color[2] + color[3]))


@fused_kernel
def least(x, y, z, table, best):
    """The lowest score alone, for at most GROUP colours."""
    for i in range(LANES):
        best[i] = NEVER
    for turn in range(table.shape[0] // (4 * PASS)):
        k = PASS * turn
        c0, c1, c2, c3 = entry(table, k), entry(table, k + 1), entry(table, k + 2), entry(table, k + 3)
        c4, c5, c6, c7 = entry(table, k + 4), entry(table, k + 5), entry(table, k + 6), entry(table, k + 7)
        for i in range(LANES):
            px, py, pz = x[i], y[i], z[i]
            s = min(best[i], score_of(px, py, pz, c0))
            s = min(s, score_of(px, py, pz, c1))
            s = min(s, score_of(px, py, pz, c2))
            s = min(s, score_of(px, py, pz, c3))
            s = min(s, score_of(px, py, pz, c4))
            s = min(s, score_of(px, py, pz, c5))
            s = min(s, score_of(px, py, pz, c6))
            best[i] = min(s, score_of(px, py, pz, c7))


@kernel
def whole(x, y, z, table, best, score, found):
    """As `one`, a third quicker, for coordinates that are whole numbers 0..255 and a table of `whole_entries`.

    A score carries its colour's index in the lowest bits, so that the lowest score is all there is to keep. Every
    number on the way is whole and below 2^24, which float32 holds exactly: at most 64 · 3 · 255² + 63.
    """
    least(x, y, z, table[: 4 * GROUP], best)
    for i in range(LANES):
        found[i] = np.int32(best[i]) & np.int32(GROUP - 1)
    for group in range(1, -(-table.shape[0] // (4 * GROUP))):
        first = np.int32(group * GROUP)
        least(x, y, z, table[4 * first : 4 * (first + GROUP)], score)
        for i in range(LANES):
            s = np.int32(score[i])
            closer = s // np.int32(GROUP) < np.int32(best[i]) // np.int32(GROUP)
            best[i] = score[i] if closer else best[i]
            found[i] = (s & np.int32(GROUP - 1)) + first if closer else found[i]
