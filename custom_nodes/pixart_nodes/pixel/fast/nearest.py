"""Kernels for the nearest palette colour.

sRGB values and redmean are whole numbers, compared exactly. In the other metrics float32 decides where it is clear,
float64 where that is, and the plain form the rest: equal distances, and what a root rounds one way or the other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from .. import color
from .. import nearest as plain
from . import ciede, scan
from .jit import fused_kernel, in_bands, kernel

Bytes = NDArray[np.uint8]
Search = Callable[[Bytes, int, plain.Indices], object]  # pixels, channels a pixel; writes the indices

LANES = scan.LANES
FARTHEST = np.int32(0x7FFFFFFF)
# By how much the second best must be farther, squared, for float32 and then float64 to be sure of the first: five
# times the largest error of a score that float32 makes, over all colours, and far more than float64's.
CLEAR = {"linear": (2e-6, 1e-12), "oklab": (4e-6, 1e-12), "cielab": (0.2, 1e-8)}
FAR = 1e300
PLAIN_LIGHT = 2.0  # in place of a response up to which a line serves: light itself, no roots
UNDECIDED = np.int16(-1)
RED, GREEN, BLUE = (np.uint32(shift) for shift in ((0, 8, 16) if sys.byteorder == "little" else (24, 16, 8)))


def indices(rgb: Bytes, palette: Bytes, metric: str) -> plain.Indices:
    """As `pixel.nearest.indices`."""
    color.require(metric)
    channels, flat = rgb.shape[-1], np.ascontiguousarray(rgb).reshape(-1)
    if metric in color.DEAR:
        return ciede.indices(flat, channels, palette).reshape(rgb.shape[:-1])
    found, search = np.empty(flat.size // channels, np.int16), _search(palette, metric)

    def work(start: int, stop: int) -> None:
        start, stop = start * LANES, stop * LANES
        search(flat[start * channels : stop * channels], channels, found[start:stop])

    in_bands(work, -(-found.size // LANES), found.size)
    if metric in CLEAR:
        rest = np.flatnonzero(found == UNDECIDED)
        found[rest] = plain.scan(flat.reshape(-1, channels)[rest, :3], palette, metric)
    return found.reshape(rgb.shape[:-1])


def _search(palette: Bytes, metric: str) -> Search:
    if metric == "srgb":
        table = scan.whole_entries(palette)
        return lambda pixels, channels, found: srgb(pixels, channels, table, found)
    if metric == "redmean":
        flat = palette[np.minimum(np.arange(-(-len(palette) // 4) * 4), len(palette) - 1)].astype(np.int32).reshape(-1)
        return lambda pixels, channels, found: redmean(pixels, channels, flat, found)
    exact, first, second, toe = color.linear(palette), np.eye(3), np.eye(3), PLAIN_LIGHT
    if metric in color.ROOTED:
        first, second, toe = color.ROOTED[metric]
        exact = np.ascontiguousarray(color.rooted(exact, metric))
    table, clear = scan.entries(exact), CLEAR[metric]
    light, first, second = color.linear(np.arange(256, dtype=np.uint8)), first.reshape(-1), second.reshape(-1)
    narrow = [array.astype(np.float32) for array in (light, first, second)]
    return lambda pixels, channels, found: rooted(
        pixels, channels, table, *narrow, toe, clear[0], exact.reshape(-1), light, first, second, clear[1], found
    )


@kernel
def split(pixels, channels, values, x, y, z):
    """One row for each of the first three channels of a block's pixels: what `values` [256] has for the byte."""
    if channels == 4:
        for i in range(pixels.shape[0] // 4):
            x[i], y[i], z[i] = values[pixels[4 * i]], values[pixels[4 * i + 1]], values[pixels[4 * i + 2]]
    else:
        for i in range(pixels.shape[0] // 3):
            x[i], y[i], z[i] = values[pixels[3 * i]], values[pixels[3 * i + 1]], values[pixels[3 * i + 2]]


@kernel
def byte(word, shift):
    """One byte of four, as int32: a signed number becomes a float32 in one step."""
    return np.int32((word >> shift) & np.uint32(255))


@kernel
def split_bytes(pixels, channels, x, y, z):
    """As `split`, the bytes themselves."""
    if channels == 4:
        words = pixels.view(np.uint32)  # four bytes a load
        for i in range(words.shape[0]):
            rgba = words[i]
            x[i], y[i], z[i] = byte(rgba, RED), byte(rgba, GREEN), byte(rgba, BLUE)
    else:
        for i in range(pixels.shape[0] // 3):
            x[i], y[i], z[i] = pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]


@kernel
def srgb(pixels, channels, table, found):
    """By sRGB values; `table` of `scan.whole_entries`."""
    x, y, z = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    best, score, index = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.int32)
    for block in range(-(-found.shape[0] // LANES)):
        at = block * LANES
        out = found[at : at + LANES]
        split_bytes(pixels[at * channels : (at + LANES) * channels], channels, x, y, z)
        scan.whole(x, y, z, table, best, score, index)
        for i in range(out.shape[0]):
            out[i] = index[i]


@kernel
def color_of(palette, k):
    """Palette colour k."""
    return palette[3 * k], palette[3 * k + 1], palette[3 * k + 2]


@kernel
def nearer(r, g, b, entry, k, best, found):
    """512 times the squared redmean distance, and index, of palette colour k if it is nearer than the best so far."""
    red, x, y, z = np.int32(r + entry[0]), np.int32(r - entry[0]), np.int32(g - entry[1]), np.int32(b - entry[2])
    weighted = np.int32(np.int32(1024 + red) * np.int32(x * x)) + np.int32(np.int32(1534 - red) * np.int32(z * z))
    far = np.int32(np.int32(weighted) + np.int32(2048 * np.int32(y * y)))
    closer = far < best
    return (far if closer else best), (k if closer else found)


@kernel
def redmean(pixels, channels, palette, found):
    """By the weighted sRGB values of `color`; int32 holds 512 times the squared distance, at most 333 million."""
    x, y, z = np.zeros(LANES, np.int32), np.zeros(LANES, np.int32), np.zeros(LANES, np.int32)
    best, index = np.empty(LANES, np.int32), np.empty(LANES, np.int32)
    for block in range(-(-found.shape[0] // LANES)):
        at = block * LANES
        out = found[at : at + LANES]
        split_bytes(pixels[at * channels : (at + LANES) * channels], channels, x, y, z)
        for i in range(LANES):
            best[i] = FARTHEST
        for turn in range(palette.shape[0] // 12):
            k = np.int32(4 * turn)
            c0, c1, c2, c3 = (
                color_of(palette, k),
                color_of(palette, k + 1),
                color_of(palette, k + 2),
                color_of(palette, k + 3),
            )
            for i in range(LANES):
                r, g, b = x[i], y[i], z[i]
                s, f = nearer(r, g, b, c0, k, best[i], index[i])
                s, f = nearer(r, g, b, c1, np.int32(k + 1), s, f)
                s, f = nearer(r, g, b, c2, np.int32(k + 2), s, f)
                best[i], index[i] = nearer(r, g, b, c3, np.int32(k + 3), s, f)
        for i in range(out.shape[0]):
            out[i] = index[i]


@kernel
def rooted(
    pixels, channels, table, light, first, second, toe, clear, exact, light64, first64, second64, clear64, found
):
    """By linear light or the cube roots of it, as `color.ROOTED` has them; UNDECIDED where float64 isn't sure."""
    x, y, z = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    best, next_, index = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.int32)
    gap = np.float32(clear)
    for block in range(-(-found.shape[0] // LANES)):
        at = block * LANES
        out, part = found[at : at + LANES], pixels[at * channels : (at + LANES) * channels]
        split(part, channels, light, x, y, z)
        if toe < PLAIN_LIGHT:
            roots(x, y, z, first, second, np.float32(toe))
        scan.two(x, y, z, table, best, next_, index)
        for i in range(out.shape[0]):
            out[i] = index[i]
        for i in range(out.shape[0]):
            if next_[i] - best[i] < gap:
                r, g, b = light64[part[channels * i]], light64[part[channels * i + 1]], light64[part[channels * i + 2]]
                out[i] = again(r, g, b, first64, second64, toe, exact, clear64)


@fused_kernel
def roots(x, y, z, first, second, toe):
    """Linear light to coordinates, in place; to about seven digits."""
    for i in range(LANES):
        r, g, b = x[i], y[i], z[i]
        u = root(first[0] * r + first[1] * g + first[2] * b, toe)
        v = root(first[3] * r + first[4] * g + first[5] * b, toe)
        w = root(first[6] * r + first[7] * g + first[8] * b, toe)
        x[i] = second[0] * u + second[1] * v + second[2] * w
        y[i] = second[3] * u + second[4] * v + second[5] * w
        z[i] = second[6] * u + second[7] * v + second[8] * w


@fused_kernel
def root(value, toe):
    """Cube root of a float32 0..1: a third of the exponent for a guess, then Halley's iteration twice."""
    x = max(value, np.float32(1e-30))
    bits = np.float32(x).view(np.int32)  # the cast changes nothing; numba asks for one
    y = np.int32(np.float32(bits) * np.float32(1 / 3) + np.float32(709921077)).view(np.float32)
    cube = y * y * y
    y = y * (cube + x + x) / (cube + cube + x)
    cube = y * y * y
    y = y * (cube + x + x) / (cube + cube + x)
    return y if value > toe else value * np.float32(color.TOE_SLOPE) + np.float32(color.TOE_START)


@kernel
def again(r, g, b, first, second, toe, exact, clear):
    """The nearest for one pixel's linear light, in float64; UNDECIDED where two are as near as far as that can tell."""
    if toe < PLAIN_LIGHT:
        u = root64(first[0] * r + first[1] * g + first[2] * b, toe)
        v = root64(first[3] * r + first[4] * g + first[5] * b, toe)
        w = root64(first[6] * r + first[7] * g + first[8] * b, toe)
        r = second[0] * u + second[1] * v + second[2] * w
        g = second[3] * u + second[4] * v + second[5] * w
        b = second[6] * u + second[7] * v + second[8] * w
    best = next_ = FAR
    index = 0
    for k in range(exact.shape[0] // 3):
        x, y, z = r - exact[3 * k], g - exact[3 * k + 1], b - exact[3 * k + 2]
        far = x * x + y * y + z * z
        if far < best:
            best, next_, index = far, best, k
        elif far < next_:
            next_ = far
    return np.int16(index) if next_ - best >= clear else UNDECIDED


@kernel
def root64(value, toe):
    """Cube root of a float64, or the line below `toe`."""
    return value ** (1 / 3) if value > toe else value * color.TOE_SLOPE + color.TOE_START


def warm() -> None:
    """Compile all of it."""
    palette = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    for channels, metric in product((3, 4), color.METRICS):
        indices(np.zeros((1, 1, channels), np.uint8), palette, metric)
