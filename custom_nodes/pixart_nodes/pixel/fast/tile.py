"""Tiles of a picture, laid out in lanes for SIMD: RUNS runs of RUN pixels, one below the other.

A tile is as wide as a vector. The last ones of a row and of a picture overlap those before, so that all are whole;
only pictures lower or narrower than a tile are copied, to make them larger.
"""

from __future__ import annotations

import sys

import numpy as np

from . import vector
from .jit import kernel, leaf

i32 = np.int32
u64 = np.uint64

RUN = vector.SIZE  # pixels side by side in a tile
RUNS = 16  # rows of a tile: of all shapes a square has the fewest colours
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
    """Space for a row of tiles of which the picture has too little: four bytes a pixel, indices; its width."""
    wide = max(width, RUN)
    return np.empty(RUNS * wide * 4, np.uint8), np.empty(RUNS * wide, np.int16), wide


@leaf
def first_row(row, height):
    """Where a row of tiles begins: the last one reaches up again, so that it is whole where the picture has as many."""
    return max(0, min(row, height - RUNS))


@leaf
def gather(pixels, channels, width, tall, band, wide):
    """The first `tall` rows; the last row and the last pixels are repeated where tiles reach beyond."""
    for run in range(RUNS):
        for x in range(wide):
            at, to = (min(run, tall - 1) * width + min(x, width - 1)) * channels, (run * wide + x) * channels
            for channel in range(channels):
                band[u64(to + channel)] = pixels[u64(at + channel)]


@leaf
def join(chosen, wide, width, tall, found):
    """The indices of the first `tall` rows to where they belong."""
    for run in range(tall):
        for x in range(width):
            found[u64(run * width + x)] = chosen[u64(run * wide + x)]


@leaf
def lay(pixels, channels, first, width, samples):
    """The bytes of the tile whose first pixel is the `first` of so wide a picture: a row of lanes for each channel."""
    for run in range(RUNS):
        at, to = u64((first + run * width) * channels), u64(run * RUN)
        if channels == 4:
            vector.part4(pixels, at, samples, to, u64(LANES))
        else:
            vector.part3(pixels, at, samples, to, u64(LANES))


@leaf
def put(index, found, first, width):
    """A tile's indices to where they belong, or are joined from."""
    for run in range(RUNS):
        vector.narrow(index, u64(run * RUN), found, u64(first + run * width))
