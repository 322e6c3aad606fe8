"""Halos taken away, in the plain functions' form; of a whole picture, columns by strips that stay in the caches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize import halos as plain
from ...resize.cells import RGBA
from ...resize.halos import (
    BOLDEST_HALO,
    CHANNEL_EDGE,
    CLEAR_HALO,
    CUT_OFF,
    EVEN_STEP,
    FAINTEST_HALO,
    GENTLE_TIMES,
    GROWING,
    LONGEST_HALO,
    STEEPEST_LONG_STEP,
    STEEPEST_STEP,
)
from ..cores import in_bands
from .jit import full_width, inner, kernel, leaf, same

__all__ = [
    "BOLDEST_HALO",
    "CHANNEL_EDGE",
    "CLEAR_HALO",
    "CUT_OFF",
    "EVEN_STEP",
    "FAINTEST_HALO",
    "GENTLE_TIMES",
    "GROWING",
    "LONGEST_HALO",
    "STEEPEST_LONG_STEP",
    "STEEPEST_STEP",
]  # what the plain functions look for here

Line = NDArray[np.uint8]
Planes = NDArray[np.uint8]  # of the three colours
Words = NDArray[np.uint32]  # whole pixels

give_up = inner(same(plain.give_up, globals()))
halo_end = inner(same(plain.halo_end, globals()))
flatten = inner(same(plain.flatten, globals()))
flat = kernel(same(plain.flat, globals()))

STRIP = 16  # columns that are worked on together: as many pixels as a line of the caches has
COLORS = 3


def settled(rgba: RGBA) -> RGBA:
    """The twin of `pixel/resize/halos.py`: uint8 [H, W, 4]."""
    rgba = np.ascontiguousarray(rgba)
    height, width = rgba.shape[:2]
    by_columns, out = np.empty_like(rgba), np.empty_like(rgba)
    pixels, columns, shown = (each.view(np.uint32)[..., 0] for each in (rgba, by_columns, out))
    in_bands(lambda start, stop: _columns(start, stop, pixels, columns), width, height * width)
    in_bands(lambda start, stop: _rows(start, stop, pixels, columns, shown), height, height * width)
    return out


@kernel
def _columns(start: int, stop: int, pixels: Words, out: Words) -> None:
    height = pixels.shape[0]
    lines, flats = np.empty((COLORS, STRIP, height), np.uint8), np.empty((COLORS, STRIP, height), np.uint8)
    counts = np.zeros(2, np.int64)
    for left in range(start, stop, STRIP):
        wide = min(stop, left + STRIP) - left
        for y in range(height):
            for x in range(wide):
                _take(pixels[y, left + x], lines, x, y)
        for channel in range(COLORS):
            for x in range(wide):
                _copy(lines[channel, x], flats[channel, x])
                flatten(lines[channel, x], flats[channel, x], counts)
        for y in range(height):
            for x in range(wide):
                out[y, left + x] = _pixel(flats[0, x, y], flats[1, x, y], flats[2, x, y], np.uint32(0))


@kernel
def _rows(start: int, stop: int, pixels: Words, by_columns: Words, out: Words) -> None:
    width = pixels.shape[1]
    lines, flats = np.empty((COLORS, 1, width), np.uint8), np.empty((COLORS, 1, width), np.uint8)
    counts = np.zeros(2, np.int64)
    for y in range(start, stop):
        for x in range(width):
            _take(pixels[y, x], lines, 0, x)
        for channel in range(COLORS):
            _copy(lines[channel, 0], flats[channel, 0])
            flatten(lines[channel, 0], flats[channel, 0], counts)
            _choose(lines[channel, 0], by_columns[y], np.uint32(8 * channel), flats[channel, 0])
        for x in range(width):
            out[y, x] = _pixel(flats[0, 0, x], flats[1, 0, x], flats[2, 0, x], pixels[y, x] & np.uint32(0xFF000000))


@leaf
def _take(pixel: np.uint32, lines: Planes, row: int, at: int) -> None:
    """Put a pixel's colours into a row of each plane."""
    lines[0, row, at] = np.uint8(pixel & 255)
    lines[1, row, at] = np.uint8((pixel >> 8) & 255)
    lines[2, row, at] = np.uint8((pixel >> 16) & 255)


@leaf
def _pixel(red: np.uint8, green: np.uint8, blue: np.uint8, alpha: np.uint32) -> np.uint32:
    return np.uint32(alpha | np.uint32(np.uint32(blue) << 16) | np.uint32(np.uint32(green) << 8) | np.uint32(red))


@leaf
def _copy(line: Line, out: Line) -> None:
    for x in range(line.shape[0]):
        out[x] = line[x]


@leaf
def _choose(line: Line, others: Words, shift: np.uint32, values: Line) -> None:
    """Let values be the other ones where these are further from a line's own."""
    full_width()
    for x in range(line.shape[0]):
        own, one, other = line[x], values[x], np.uint8((others[x] >> shift) & 255)
        near = np.uint8(max(one, own) - min(one, own))
        far = np.uint8(max(other, own) - min(other, own))
        values[x] = one if near >= far else other


def warm() -> None:
    """Compile the kernels."""
    flat(np.zeros((1, 2), np.uint8), np.zeros(2, np.int64))
    settled(np.zeros((1, 1, 4), np.uint8))
