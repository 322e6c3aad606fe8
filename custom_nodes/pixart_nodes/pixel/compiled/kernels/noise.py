"""The median of 3 x 3 in one pass: three rows at a time, bytes of all channels side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import RGBA
from ...resize.noise import STANDS_OUT
from ..cores import in_bands
from .jit import full_width, leaf, leaf_kernel

Line = NDArray[np.uint8]
Lines = NDArray[np.uint8]
Words = NDArray[np.uint32]  # whole pixels

PIXEL = 4  # bytes: a row has one more at either end, for the neighbours that its ends lack


def filtered(rgba: RGBA) -> RGBA:
    """The twin of `pixel/resize/noise.py`: uint8 [H, W, 4]."""
    height, width = rgba.shape[:2]
    lines = np.ascontiguousarray(rgba).reshape(height, -1)
    out = np.empty_like(lines)

    def work(start: int, stop: int) -> None:
        sorted_rows = np.empty((3, PIXEL * (width + 2)), np.uint8)
        far = np.empty(PIXEL * width, np.uint8)
        _rows(start, stop, lines, sorted_rows, far, out, *(each.view(np.uint32) for each in (lines, far, out)))

    in_bands(work, height, height * width)
    return out.reshape(rgba.shape)


@leaf_kernel
def _rows(
    start: int,
    stop: int,
    lines: Lines,
    room: Lines,
    far: Line,
    out: Lines,
    pixels: Words,
    far_pixels: NDArray[np.uint32],
    shown: Words,
) -> None:
    low, middle, high = room[0], room[1], room[2]
    for y in range(start, stop):
        _sort(lines[max(y - 1, 0)], lines[y], lines[min(y + 1, lines.shape[0] - 1)], low, middle, high)
        _extend(low)
        _extend(middle)
        _extend(high)
        _settle(low, middle, high, out[y])
        _compare(lines[y], out[y], far)
        _keep(far_pixels, pixels[y], shown[y])


@leaf
def _sort(above: Line, here: Line, below: Line, low: Line, middle: Line, high: Line) -> None:
    """The least, the middle and the largest of three rows."""
    full_width()
    for i in range(here.shape[0]):
        a, b, c = above[i], here[i], below[i]
        a, b = min(a, b), max(a, b)
        b, c = min(b, c), max(b, c)
        low[PIXEL + i] = min(a, b)
        middle[PIXEL + i] = max(a, b)
        high[PIXEL + i] = c


@leaf
def _extend(line: Line) -> None:
    """Let a row go on beyond its ends as it ends."""
    end = line.shape[0]
    for i in range(PIXEL):
        line[i] = line[PIXEL + i]
        line[end - PIXEL + i] = line[end - 2 * PIXEL + i]


@leaf
def _settle(low: Line, middle: Line, high: Line, out: Line) -> None:
    """The median of nine: the middle one of the largest least, the middle's middle and the least largest."""
    full_width()
    for i in range(out.shape[0]):
        least = max(max(low[i], low[i + PIXEL]), low[i + 2 * PIXEL])
        most = min(min(high[i], high[i + PIXEL]), high[i + 2 * PIXEL])
        a, b, c = middle[i], middle[i + PIXEL], middle[i + 2 * PIXEL]
        center = max(min(a, b), min(max(a, b), c))
        out[i] = max(min(least, center), min(max(least, center), most))


@leaf
def _compare(line: Line, medians: Line, far: Line) -> None:
    """Which bytes stand out from the median."""
    full_width()
    for i in range(line.shape[0]):
        apart = np.uint8(max(line[i], medians[i]) - min(line[i], medians[i]))
        far[i] = np.uint8(255) if apart > STANDS_OUT else np.uint8(0)


@leaf
def _keep(far: NDArray[np.uint32], pixels: NDArray[np.uint32], shown: NDArray[np.uint32]) -> None:
    """Let pixels stay of which a byte stands out."""
    full_width()
    for x in range(shown.shape[0]):
        shown[x] = pixels[x] if far[x] != 0 else shown[x]


def warm() -> None:
    """Compile the kernels."""
    filtered(np.zeros((1, 1, 4), np.uint8))
