"""Pixels to superpixels: nine distances for each pixel of a row, then sums region by region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import Indices
from ...resize.lattice import COLOR_STEPS, PLACE_STEPS, Planes, Singles, places
from ...resize.superpixels import COMPACTNESS, FAR_OUTSIDE, SUMS
from ..cores import in_bands
from .jit import inner, kernel

BLOCK = 128  # columns at a time
PARTS = 5  # numbers that describe a region
PLACE, BEST, CHOSEN = 3, 4, 5  # what is known of a pixel beside its colour

Sums = NDArray[np.int64]


def assign(pixels: Planes, regions: Singles) -> Sums:
    """The twin of `pixel/resize/superpixels.py`: int64 [6, height, width]."""
    height, width = regions.shape[1:]
    framed = np.pad(regions, ((0, 0), (1, 1), (1, 1)))
    framed[3, [0, -1]] = framed[3, :, [0, -1]] = FAR_OUTSIDE
    down, up = places(pixels.shape[1], height)
    across, left = places(pixels.shape[2], width)
    starts = np.searchsorted(down, np.arange(height + 1))
    # each row of cells adds to its own three rows of regions: so threads don't meet
    sums = np.zeros((height, len(SUMS), 3, width + 2), np.int64)
    in_bands(
        lambda start, stop: _rows(start, stop, pixels, framed, starts, up, across, left, sums),
        height,
        pixels[0].size * 2,
    )
    whole = np.zeros((len(SUMS), height + 2, width + 2), np.int64)
    for row in range(3):
        whole[:, row : row + height] += sums[:, :, row].transpose(1, 0, 2)
    return whole[:, 1:-1, 1:-1]


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
    near = np.empty((9, PARTS * BLOCK), np.float32)
    block = np.empty((CHOSEN + 1) * BLOCK, np.float32)
    for cell in range(start, stop):
        for first in range(0, across.shape[0], BLOCK):
            columns = across[first : first + BLOCK]
            _spread(framed[:, cell : cell + 3], columns, near)
            for y in range(starts[cell], starts[cell + 1]):
                row = pixels[:, y, first : first + BLOCK]
                _load(row, left[first : first + BLOCK], block)
                for slot in range(9):
                    _compare(columns.shape[0], block, near[slot], up[y], slot)
                _collect(row, columns, block, up[y], sums[cell])


@inner
def _spread(framed: Singles, columns: Indices, near: Singles) -> None:
    """Put the nine regions around each column's cell beside the column: [9][5 x BLOCK]."""
    for slot in range(9):
        for part in range(PARTS):
            for i in range(columns.shape[0]):
                near[slot, part * BLOCK + i] = framed[part, slot // 3, columns[i] + slot % 3]


@inner
def _load(row: Planes, left: Singles, block: Singles) -> None:
    lights, reds, blues = row[0], row[1], row[2]
    for i in range(left.shape[0]):
        block[i] = np.float32(lights[i])
        block[BLOCK + i] = np.float32(reds[i])
        block[2 * BLOCK + i] = np.float32(blues[i])
        block[PLACE * BLOCK + i] = left[i]
        block[BEST * BLOCK + i] = np.float32(FAR_OUTSIDE * FAR_OUTSIDE)
        block[CHOSEN * BLOCK + i] = np.float32(0)


@inner
def _compare(size: int, block: Singles, near: Singles, up: np.float32, slot: int) -> None:
    """Let one region have the pixels that are nearer to it than to any before."""
    offset, number = np.float32(slot % 3 - 1), np.float32(slot)
    height = up - np.float32(slot // 3 - 1)
    for i in range(size):
        light = block[i] - near[i]
        a = block[BLOCK + i] - near[BLOCK + i]
        b = block[2 * BLOCK + i] - near[2 * BLOCK + i]
        x, y = (block[PLACE * BLOCK + i] - offset) - near[3 * BLOCK + i], height - near[4 * BLOCK + i]
        tint = np.sqrt(light * light + a * a + b * b) * np.float32(100 / COLOR_STEPS)
        far = tint + np.sqrt(x * x + y * y) * np.float32(COMPACTNESS)
        best, chosen = block[BEST * BLOCK + i], block[CHOSEN * BLOCK + i]
        block[CHOSEN * BLOCK + i] = number if far < best else chosen
        block[BEST * BLOCK + i] = far if far < best else best


@inner
def _collect(row: Planes, columns: Indices, block: Singles, up: np.float32, sums: Sums) -> None:
    """Add a row's pixels to their regions: sums [6, 3, width + 2]."""
    for i in range(columns.shape[0]):
        slot = np.int64(block[CHOSEN * BLOCK + i])
        down, right = slot // 3, columns[i] + slot % 3
        weight = np.int64(row[3, i])
        x = np.rint((np.float64(block[PLACE * BLOCK + i]) - np.float64(slot % 3 - 1)) * PLACE_STEPS)
        y = np.rint((np.float64(up) - np.float64(down - 1)) * PLACE_STEPS)
        sums[0, down, right] += weight
        for part in range(3):
            sums[1 + part, down, right] += weight * np.int64(row[part, i])
        sums[4, down, right] += weight * np.int64(x)
        sums[5, down, right] += weight * np.int64(y)


def warm() -> None:
    """Compile the kernels."""
    assign(np.zeros((4, 1, 1), np.int16), np.zeros((PARTS, 1, 1), np.float32))
