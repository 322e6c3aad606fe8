"""The E-step of content-adaptive downscaling: pixels of a row side by side, the nine kernels around them in turn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import Indices
from ...resize.content_adaptive import FAINTEST_EXPONENT, SUMS, WEIGHT_STEPS
from ...resize.lattice import PLACE_STEPS, Planes, Singles, places
from ..cores import in_bands
from .jit import inner, kernel

BLOCK = 128  # columns at a time: their nine kernels and sums stay in the second-level cache
PARTS = 10  # numbers that describe a kernel
VALUE, WEIGHT = PARTS, PARTS + 1  # two more for each kernel: its value at a pixel, and that times 1 / own
PLACE, ALPHA, TOTAL = 3, 4, 5  # what is known of a pixel beside its colour
MOMENTS = len(SUMS)

Sums = NDArray[np.int64]


def gather(pixels: Planes, kernels: Singles) -> Sums:
    """The twin of `pixel/resize/content_adaptive.py`: int64 [14, height, width]."""
    height, width = kernels.shape[1:]
    framed = np.pad(kernels, ((0, 0), (1, 1), (1, 1)))
    down, up = places(pixels.shape[1], height)
    across, left = places(pixels.shape[2], width)
    starts = np.searchsorted(down, np.arange(height + 1))
    sums = np.zeros((MOMENTS, height + 2, width + 2), np.int64)
    in_bands(
        lambda start, stop: _rows(start, stop, pixels, framed, starts, up, across, left, sums),
        height,
        pixels[0].size * 4,
    )
    return sums[:, 1:-1, 1:-1]


@kernel
def _rows(
    start: int,
    stop: int,
    pixels: Planes,
    framed: Singles,
    starts: Indices,
    up: Singles,
    across: Indices,
    left: Singles,
    sums: Sums,
) -> None:
    """The sums of kernels in rows start..stop, from their own rows of cells and the two beside."""
    height, width = starts.shape[0] - 1, across.shape[0]
    near = np.empty((9, (WEIGHT + 1) * BLOCK), np.float32)
    moments = np.empty((9, MOMENTS * BLOCK), np.int64)
    block = np.empty((TOTAL + 1) * BLOCK, np.float32)
    for cell in range(max(start - 1, 0), min(stop + 1, height)):
        for first in range(0, width, BLOCK):
            columns = across[first : first + BLOCK]
            _spread(framed[:, cell : cell + 3], columns, near)
            _copy(left[first : first + BLOCK], block[PLACE * BLOCK :])
            moments[:] = 0
            for y in range(starts[cell], starts[cell + 1]):
                _load(pixels[:, y, first : first + BLOCK], block)
                for slot in range(9):
                    _value(columns.shape[0], block, near[slot], up[y], slot)
                for slot in range(9):
                    if start <= cell + slot // 3 - 1 < stop:
                        _add(columns.shape[0], block, near[slot], up[y], slot, moments[slot])
            for slot in range(9):
                if start <= cell + slot // 3 - 1 < stop:
                    _collect(moments[slot], columns, slot % 3, sums[:, cell + slot // 3])


@inner
def _copy(values: Singles, target: Singles) -> None:
    for i in range(values.shape[0]):  # numba's own assignment takes a second to compile
        target[i] = values[i]


@inner
def _spread(framed: Singles, columns: Indices, near: Singles) -> None:
    """Put the nine kernels around each column's cell beside the column: [9][12 x BLOCK]."""
    for slot in range(9):
        for part in range(PARTS):
            for i in range(columns.shape[0]):
                near[slot, part * BLOCK + i] = framed[part, slot // 3, columns[i] + slot % 3]


@inner
def _load(pixels: Planes, block: Singles) -> None:
    """Put a row's colours and alphas into the block, which is one array so that loops over it become vectors."""
    lights, reds, blues, alphas = pixels[0], pixels[1], pixels[2], pixels[3]
    for i in range(lights.shape[0]):
        block[i] = np.float32(lights[i])
        block[BLOCK + i] = np.float32(reds[i])
        block[2 * BLOCK + i] = np.float32(blues[i])
        block[ALPHA * BLOCK + i] = np.float32(alphas[i]) / np.float32(255)
        block[TOTAL * BLOCK + i] = np.float32(0)


@inner
def _value(size: int, block: Singles, near: Singles, up: np.float32, slot: int) -> None:
    """Each pixel's value and weight in one kernel; the total grows by the weights."""
    place, offset = up - np.float32(slot // 3 - 1), np.float32(slot % 3 - 1)
    for i in range(size):
        x, y = (block[PLACE * BLOCK + i] - offset) - near[i], place - near[BLOCK + i]
        light = block[i] - near[5 * BLOCK + i]
        a = block[BLOCK + i] - near[6 * BLOCK + i]
        b = block[2 * BLOCK + i] - near[7 * BLOCK + i]
        form = near[2 * BLOCK + i] * x * x + near[3 * BLOCK + i] * x * y + near[4 * BLOCK + i] * y * y
        far = form + (light * light + a * a + b * b) * near[8 * BLOCK + i]
        z = (far if far < np.float32(FAINTEST_EXPONENT) else np.float32(FAINTEST_EXPONENT)) * np.float32(-1 / 256)
        power = np.float32(1 / 6) + z * np.float32(1 / 24)
        power = np.float32(1) + z * (np.float32(1) + z * (np.float32(1 / 2) + z * power))
        power = power * power
        power = power * power
        power = power * power
        power = power * power
        power = power * power
        power = power * power
        power = power * power
        power = power * power
        near[VALUE * BLOCK + i] = power
        near[WEIGHT * BLOCK + i] = power * near[9 * BLOCK + i]
    for i in range(size):
        block[TOTAL * BLOCK + i] += near[WEIGHT * BLOCK + i]


@inner
def _add(size: int, block: Singles, near: Singles, up: np.float32, slot: int, moments: Sums) -> None:
    """Add a row's pixels to the sums of their columns: [14 x BLOCK] in the order of SUMS."""
    place, offset = up - np.float32(slot // 3 - 1), np.float32(slot % 3 - 1)
    for i in range(size):
        x, y = (block[PLACE * BLOCK + i] - offset) - near[i], place - near[BLOCK + i]
        alpha = block[ALPHA * BLOCK + i]
        weight = near[WEIGHT * BLOCK + i] / block[TOTAL * BLOCK + i] * alpha
        count = np.int32(np.rint(weight * np.float32(WEIGHT_STEPS)))
        right = np.int32(np.rint(x * np.float32(PLACE_STEPS)))
        down = np.int32(np.rint(y * np.float32(PLACE_STEPS)))
        falling, rising = np.int32(right + down), np.int32(right - down)
        east, south = right if right > 0 else np.int32(0), down if down > 0 else np.int32(0)
        falling, rising = falling if falling > 0 else np.int32(0), rising if rising > 0 else np.int32(0)
        moments[i] += np.int32(np.rint(near[VALUE * BLOCK + i] * alpha * np.float32(WEIGHT_STEPS**2)))
        moments[BLOCK + i] += count
        moments[2 * BLOCK + i] += np.int32(count * np.int32(block[i]))
        moments[3 * BLOCK + i] += np.int32(count * np.int32(block[BLOCK + i]))
        moments[4 * BLOCK + i] += np.int32(count * np.int32(block[2 * BLOCK + i]))
        moments[5 * BLOCK + i] += np.int32(count * right)
        moments[6 * BLOCK + i] += np.int32(count * down)
        moments[7 * BLOCK + i] += np.int32(count * np.int32(right * right))
        moments[8 * BLOCK + i] += np.int32(count * np.int32(right * down))
        moments[9 * BLOCK + i] += np.int32(count * np.int32(down * down))
        moments[10 * BLOCK + i] += np.int32(count * np.int32(east * east))
        moments[11 * BLOCK + i] += np.int32(count * np.int32(south * south))
        moments[12 * BLOCK + i] += np.int32(count * np.int32(falling * falling))
        moments[13 * BLOCK + i] += np.int32(count * np.int32(rising * rising))


@inner
def _collect(moments: Sums, columns: Indices, shift: int, sums: Sums) -> None:
    """Add the columns of a block to their kernels: sums [14, width + 2]."""
    for moment in range(MOMENTS):
        for i in range(columns.shape[0]):
            sums[moment, columns[i] + shift] += moments[moment * BLOCK + i]


def warm() -> None:
    """Compile the kernels."""
    gather(np.zeros((4, 1, 1), np.int16), np.ones((PARTS, 1, 1), np.float32))
