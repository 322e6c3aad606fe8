"""Tiles of a picture, laid out in lanes for SIMD: RUNS runs of RUN pixels, one below the other.

Channels are parted for a whole row of tiles, and indices joined from it: loops as long as a picture is wide are quick,
those as short as a tile is wide aren't. In between whole words are moved.
"""

from __future__ import annotations

import sys

import numpy as np

from .jit import kernel, leaf

i32 = np.int32
u64 = np.uint64

RUN = 16  # pixels side by side in a tile
RUNS = 16  # rows of a tile: of all shapes a square has the fewest colours
LANES = RUN * RUNS
LINE = 64  # bytes that a cache holds together
# A tile's rows of lanes lie one after the other, at distances that the compiler knows.
X, Y, Z = u64(0), u64(LANES), u64(2 * LANES)
RED, GREEN, BLUE, ALPHA = (
    np.uint32(shift) for shift in ((0, 8, 16, 24) if sys.byteorder == "little" else (24, 16, 8, 0))
)


@leaf
def byte(word, shift):
    """One byte of four, as int32: a signed number becomes a float32 in one step."""
    return i32((word >> shift) & np.uint32(255))


@leaf
def split(pixels, channels, x, y, z):
    """A row of lanes for each of the first three channels of so many pixels one after the other."""
    if channels == 4:
        words = pixels.view(np.uint32)  # four bytes a load
        for i in range(x.shape[0]):
            rgba = words[u64(i)]
            x[u64(i)], y[u64(i)], z[u64(i)] = byte(rgba, RED), byte(rgba, GREEN), byte(rgba, BLUE)
    else:
        for i in range(x.shape[0]):
            at = u64(3 * i)
            x[u64(i)], y[u64(i)], z[u64(i)] = pixels[at], pixels[at + u64(1)], pixels[at + u64(2)]


@kernel
def room(width):
    """What a row of tiles is parted into and joined from, and the same of one tile: bytes, and indices.

    Rows lie a cache line more apart than they are long: at 1024 bytes all would fall on the same lines of the cache.
    """
    stride = (width // LINE + 2) * LINE
    band, chosen = np.empty((3 * RUNS, stride), np.uint8), np.empty((RUNS, stride), np.int16)
    return (band, np.empty(3 * LANES, np.uint8)), (chosen, np.empty(LANES, np.int16))


@leaf
def separate(pixels, channels, width, tall, band):
    """The first `tall` rows' first three channels apart; the last pixels are repeated where a tile reaches beyond."""
    for run in range(RUNS):
        first = min(run, tall - 1) * width
        x, y, z = band[run], band[RUNS + run], band[2 * RUNS + run]
        split(pixels[first * channels : (first + width) * channels], channels, x[:width], y[:width], z[:width])
        for i in range(width, -(-width // RUN) * RUN):
            x[i], y[i], z[i] = x[width - 1], y[width - 1], z[width - 1]


@leaf
def join(chosen, width, tall, found):
    """The other way round: the indices of the first `tall` rows to where they belong."""
    for run in range(tall):
        for i in range(width):
            found[u64(run * width + i)] = chosen[u64(run), u64(i)]


@leaf
def lay(words, left, samples):
    """One tile's bytes one after the other, a row of lanes each; both in words of eight."""
    first = u64(left // 8)
    for row in range(3 * RUNS):
        at, to = u64(row), u64(row * (RUN // 8))
        for word in range(RUN // 8):
            samples[to + u64(word)] = words[at, first + u64(word)]


@leaf
def put(index, left, narrow, words):
    """A tile's indices to its place in the row of tiles; `words` of four of them."""
    for i in range(LANES):
        narrow[u64(i)] = index[u64(i)]
    four, first = narrow.view(np.uint64), u64(left // 4)
    for row in range(RUNS):
        to, at = u64(row), u64(row * (RUN // 4))
        for word in range(RUN // 4):
            words[to, first + u64(word)] = four[at + u64(word)]
