"""Separable means: for each row of the result, rows summed in premultiplied doubles, then columns of that sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import RGBA, Floats, Indices
from ...resize.resample import ROUNDING_ERROR
from ..cores import in_bands
from .jit import inner, kernel


def resample(rgba: RGBA, left: Indices, across: Floats, top: Indices, down: Floats) -> RGBA:
    """The twin of `pixel/resize/resample.py`: uint8 [height, width, 4]."""
    rgba = np.ascontiguousarray(rgba)
    out = np.empty((len(top), len(left), 4), np.uint8)
    in_bands(
        lambda start, stop: _rows(start, stop, rgba, left, across, top, down, out),
        len(top),
        len(top) * down.shape[1] * rgba.shape[1],
    )
    return out


@kernel
def _rows(
    start: int,
    stop: int,
    rgba: RGBA,
    left: Indices,
    across: Floats,
    top: Indices,
    down: Floats,
    out: RGBA,
) -> None:
    mixed = np.empty(rgba.shape[1] * 4)
    for row in range(start, stop):
        mixed[:] = 0.0
        for tap in range(down.shape[1]):
            weight = down[row, tap]
            if weight != 0.0:  # adding nothing changes nothing
                _add(rgba[top[row] + tap].reshape(-1), weight, mixed)
        _mix(mixed, left, across, out[row].reshape(-1))


@inner
def _add(pixels: NDArray[np.uint8], weight: float, sums: Floats) -> None:
    for i in range(pixels.shape[0] // 4):
        alpha = np.float64(pixels[4 * i + 3])
        sums[4 * i] += weight * (np.float64(pixels[4 * i]) * alpha)
        sums[4 * i + 1] += weight * (np.float64(pixels[4 * i + 1]) * alpha)
        sums[4 * i + 2] += weight * (np.float64(pixels[4 * i + 2]) * alpha)
        sums[4 * i + 3] += weight * alpha


@inner
def _mix(mixed: Floats, left: Indices, across: Floats, out: NDArray[np.uint8]) -> None:
    for column in range(left.shape[0]):
        window = mixed[4 * left[column] : 4 * (left[column] + across.shape[1])]
        weights = across[column]
        r = g = b = a = 0.0
        for tap in range(weights.shape[0]):
            r += weights[tap] * window[4 * tap]
            g += weights[tap] * window[4 * tap + 1]
            b += weights[tap] * window[4 * tap + 2]
            a += weights[tap] * window[4 * tap + 3]
        _write(r, g, b, min(a, 255.0) if a < 255.0 + ROUNDING_ERROR else a, out[4 * column : 4 * column + 4])


@inner
def _write(r: float, g: float, b: float, alpha: float, out: NDArray[np.uint8]) -> None:
    """Sums of colour times alpha, and alpha, as one pixel; (0, 0, 0, 0) where there is less than half a step."""
    out[:] = 0
    if np.rint(alpha) > 0.0:
        out[0] = np.uint8(np.rint(min(max(r / alpha, 0.0), 255.0)))
        out[1] = np.uint8(np.rint(min(max(g / alpha, 0.0), 255.0)))
        out[2] = np.uint8(np.rint(min(max(b / alpha, 0.0), 255.0)))
        out[3] = np.uint8(np.rint(min(alpha, 255.0)))


def warm() -> None:
    """Compile the kernels."""
    one: Any = np.ones((1, 1))
    resample(np.zeros((1, 1, 4), np.uint8), np.zeros(1, np.int64), one, np.zeros(1, np.int64), one)
