"""Tiles of a picture, laid out in lanes for SIMD: RUNS runs of RUN pixels, one below the other."""

from __future__ import annotations

import sys

import numpy as np

from .jit import kernel, leaf

f32 = np.float32
i32 = np.int32
u64 = np.uint64

RUN = 32  # pixels side by side in a tile: as many as LLVM's loops do at a time
RUNS = 8  # rows of a tile
LANES = RUN * RUNS
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
def lay_whole(words, at, width, wide, tile):
    """The first three bytes of a whole tile's pixels, a row of lanes each.

    `wide` is RUN: LLVM would take a loop of a number known beforehand apart, pixel by pixel.
    """
    for run in range(RUNS):
        to, first = u64(run * RUN), u64(at + run * width)
        for i in range(wide):
            lane, word = to + u64(i), words[first + u64(i)]
            tile[X + lane], tile[Y + lane], tile[Z + lane] = byte(word, RED), byte(word, GREEN), byte(word, BLUE)


@leaf
def lay(pixels, channels, at, width, tall, wide, values, tile):
    """What `values` [256] has for the first three bytes of a tile's pixels, a row of lanes each.

    The tile is `tall` runs of `wide` pixels, the first at pixel `at`, each `width` further than the one above. Lanes
    without a pixel get the first one's.
    """
    if tall < RUNS or wide < RUN:
        first = u64(at * channels)
        red, green, blue = values[pixels[first]], values[pixels[first + u64(1)]], values[pixels[first + u64(2)]]
        for lane in range(LANES):
            i = u64(lane)
            tile[X + i], tile[Y + i], tile[Z + i] = red, green, blue
    for run in range(tall):
        lane, first = u64(run * RUN), u64((at + run * width) * channels)
        for i in range(wide):
            to, pixel = lane + u64(i), first + u64(i * channels)
            tile[X + to], tile[Y + to] = values[pixels[pixel]], values[pixels[pixel + u64(1)]]
            tile[Z + to] = values[pixels[pixel + u64(2)]]


@leaf
def put(index, at, width, tall, wide, found):
    """A tile's indices to where they belong."""
    for run in range(tall):
        first, lane = u64(at + run * width), u64(run * RUN)
        for i in range(wide):
            found[first + u64(i)] = index[lane + u64(i)]


@kernel
def padded(pixels, words):
    """Pixels of three bytes, as many as there are words, as pixels of four."""
    for i in range(words.shape[0]):
        pixel = u64(3 * i)
        red, green = np.uint32(pixels[pixel]) << RED, np.uint32(pixels[pixel + u64(1)]) << GREEN
        words[i] = red | green | np.uint32(pixels[pixel + u64(2)]) << BLUE
