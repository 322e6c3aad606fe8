"""Tiles of a picture, laid out in lanes for SIMD: RUNS runs of RUN pixels, one below the other.

A tile is as wide as a vector. The last ones of a row and of a picture overlap those before, so that all are whole;
pictures lower or narrower than a tile are made larger first.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from . import vector
from .jit import leaf

i32 = np.int32
u64 = np.uint64

RUN = vector.SIZE  # pixels side by side in a tile
RUNS = 16  # rows of a tile: of all shapes a square has the fewest colours
LANES = RUN * RUNS
# A tile's rows of lanes lie one after the other, at distances that the compiler knows.
X, Y, Z, ALPHAS = u64(0), u64(LANES), u64(2 * LANES), u64(3 * LANES)
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


def grown(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels [H, W, C] of less than a tile made as large, by repeating the last row and the last pixels."""
    height, width = lines.shape[:2]
    down, across = (np.arange(max(side, least)) for side, least in ((height, RUNS), (width, RUN)))
    return lines[np.minimum(down, height - 1)[:, None], np.minimum(across, width - 1)]


@leaf
def lay(pixels, channels, first, width, samples):
    """The bytes of the tile whose first pixel is the `first` of so wide a picture: a row of lanes for each channel.

    Floats 0..1 become bytes on the way; only theirs is the alpha, where they have one.
    """
    for run in range(RUNS):
        at, to = u64((first + run * width) * channels), u64(run * RUN)
        if channels == 4:
            vector.part4(pixels, at, samples, to, u64(LANES))
        else:
            vector.part3(pixels, at, samples, to, u64(LANES))


@leaf
def put(index, samples, entries, least, out, first, width):
    """A tile's indices to where they belong; or, where there are `entries`, the four floats of each index.

    Alpha below `least` takes the last entry. An index below 0 takes any.
    """
    if entries is None:  # numba compiles one of the two
        for run in range(RUNS):
            vector.narrow(index, u64(run * RUN), out, u64(first + run * width))
    else:
        mask_glass(index, samples, least, i32(entries.shape[0] // 4 - 1))
        for run in range(RUNS):
            for i in range(RUN):
                entry, pixel = u64(np.uint32(index[u64(run * RUN + i)])), u64(first + run * width + i)
                vector.copy(entries, u64(4) * entry, out, u64(4) * pixel, True)


@leaf
def mask_glass(index, samples, least, last):
    """The last index for lanes whose alpha is below `least`; none below 0."""
    for lane in range(LANES):
        i = u64(lane)
        index[i] = max(index[i], i32(0)) if samples[ALPHAS + i] >= least else last
