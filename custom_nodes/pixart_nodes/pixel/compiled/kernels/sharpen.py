"""Sharpening in one pass: three rows of doubles at a time, all four channels side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import RGBA, Floats
from ..cores import in_bands
from .jit import full_width, leaf, leaf_kernel

EDGE = 4  # doubles on either side of a row, for the neighbours that its ends lack: one pixel, and not there
WHOLE = 1.5 * 2.0**52  # added to a double and taken away again, it leaves the nearest whole number, halves to even
SHARES = np.arange(256) / 255  # of alpha


def sharpened(rgba: RGBA, levels: Floats, amount: float) -> RGBA:
    """The twin of `pixel/edit/adjust.py`: uint8 [H, W, 4]."""
    height, width = rgba.shape[:2]
    lines, out = np.ascontiguousarray(rgba).reshape(height, -1), np.empty((height, 4 * width), np.uint8)

    def work(start: int, stop: int) -> None:
        room = np.zeros((3, 4 * width + 2 * EDGE)), np.zeros((3, 4 * width + 2 * EDGE))
        _rows(start, stop, lines, levels, SHARES, amount, *room, out)

    in_bands(work, height, height * width)
    return out.reshape(rgba.shape)


@leaf_kernel
def _rows(
    start: int,
    stop: int,
    lines: NDArray[np.uint8],
    levels: Floats,
    shares: Floats,
    amount: float,
    values: Floats,
    alphas: Floats,
    out: NDArray[np.uint8],
) -> None:
    for y in range(start - 1, stop + 1):
        _lay(lines, y, levels, shares, values[y % 3], alphas[y % 3])
        if y > start:
            up, here, down = (y - 2) % 3, (y - 1) % 3, y % 3
            near = values[up], alphas[up], values[down], alphas[down]
            _sharpen(values[here], alphas[here], near, amount, lines[y - 1], out[y - 1])


@leaf
def _lay(lines: NDArray[np.uint8], y: int, levels: Floats, shares: Floats, values: Floats, alphas: Floats) -> None:
    """A row's levels, and each pixel's alpha at all four channels; alpha 0 where there is no such row."""
    for i in range(alphas.shape[0]):
        alphas[i] = 0.0
    if y < 0 or y >= lines.shape[0]:
        return
    line, inside, opaque = lines[y], values[EDGE:], alphas[EDGE:]
    for i in range(line.shape[0]):
        inside[i] = levels[line[i]]
    for x in range(line.shape[0] // 4):
        share = shares[line[4 * x + 3]]
        opaque[4 * x] = opaque[4 * x + 1] = opaque[4 * x + 2] = opaque[4 * x + 3] = share


@leaf
def _sharpen(
    values: Floats,
    alphas: Floats,
    near: tuple[Floats, Floats, Floats, Floats],
    amount: float,
    line: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None:
    full_width()
    above, alpha_above, below, alpha_below = near
    for i in range(line.shape[0]):
        value = values[EDGE + i]
        detail = (value - above[EDGE + i]) * alpha_above[EDGE + i]
        detail = detail - (below[EDGE + i] - value) * alpha_below[EDGE + i]
        detail = detail + (value - values[i]) * alphas[i]
        detail = detail - (values[2 * EDGE + i] - value) * alphas[2 * EDGE + i]
        sharp = min(max(value + amount * detail, 0.0), 255.0)
        out[i] = np.uint8(np.int32((sharp + WHOLE) - WHOLE))
    for x in range(line.shape[0] // 4):
        out[4 * x + 3] = line[4 * x + 3]


def warm() -> None:
    """Compile the kernels."""
    sharpened(np.zeros((1, 1, 4), np.uint8), np.zeros(256), 1.0)
