"""Cells: which pixels lie under each pixel of a smaller picture; and the simplest choice among them, the middle one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RGBA = NDArray[np.uint8]
Indices = NDArray[np.int64]
Floats = NDArray[np.float64]

LONGEST_SIDE = 64  # pixels a side from which a cell is sampled instead of read whole: bounds memory at any size
BAND = 1 << 17  # pixels looked at together where a method works in bands: bounds memory to about 50 MB


def nearest(rgba: RGBA, width: int, height: int) -> RGBA:
    """The pixel under the middle of each cell: uint8 [H, W, 4] -> [height, width, 4]."""
    rows, columns = middles(rgba.shape[0], height), middles(rgba.shape[1], width)
    return rgba[rows[:, None], columns]


def middles(size: int, cells: int) -> Indices:
    """The pixel in the middle of each cell: [cells]."""
    return ((2 * np.arange(cells) + 1) * size) // (2 * cells)


def edges(size: int, cells: int) -> Indices:
    """Where each cell of whole pixels begins, and where the last one ends: [cells + 1]; no cell is empty."""
    return -(-np.arange(cells + 1) * size // cells)


def members(rgba: RGBA, width: int, height: int) -> RGBA:
    """The pixels to read for `width` x `height` cells of at least one whole pixel each: uint8 [h, w, 4].

    What is smaller is enlarged pixel by pixel; of what is over LONGEST_SIDE times larger, every n-th row or column is
    read.
    """
    if height > rgba.shape[0] or width > rgba.shape[1]:
        rgba = nearest(rgba, max(width, rgba.shape[1]), max(height, rgba.shape[0]))
    down, across = (
        -(-size // (cells * LONGEST_SIDE)) for size, cells in zip(rgba.shape, (height, width), strict=False)
    )
    return np.ascontiguousarray(rgba[down // 2 :: down, across // 2 :: across])


def bands(rgba: RGBA, height: int) -> list[Indices]:
    """The rows of the small picture in groups whose cells hold about BAND pixels."""
    pixels = rgba.shape[0] * rgba.shape[1]
    return np.array_split(np.arange(height), min(height, -(-pixels // BAND)))


def sorted_by_cell(rgba: RGBA, width: int, height: int, rows: Indices) -> tuple[RGBA, Indices]:
    """The pixels of some rows of cells, uint8 [P, 4], those of a cell side by side, and how many each cell has."""
    down, across = edges(rgba.shape[0], height), edges(rgba.shape[1], width)
    tall, wide = np.diff(down)[rows], np.diff(across)
    numbers = np.repeat(np.arange(len(rows)), tall)[:, None] * width + np.repeat(np.arange(width), wide)
    order = np.argsort(numbers.ravel(), kind="stable")
    part = rgba[down[rows[0]] : down[rows[-1] + 1]]
    return part.reshape(-1, 4)[order], (tall[:, None] * wide).ravel()


def rounded(values: Floats) -> RGBA:
    """Colours and alpha 0..255 [..., 4], rounded; what ends up with no alpha becomes (0, 0, 0, 0)."""
    pixels = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    pixels[pixels[..., 3] == 0] = 0
    return pixels
