"""Weighted means of pixels: box and Lanczos, colours weighed by their alpha."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import BAND, RGBA, Floats, Indices, middles, rounded

LANCZOS_LOBES = 3
ROUNDING_ERROR = 1e-6  # of alpha 0..255: far above what sums of doubles are off by, far below what can be seen


def box(rgba: RGBA, width: int, height: int) -> RGBA:
    """The exact mean of the area under each cell, edge pixels by the share that lies inside."""
    return resample(rgba, *_areas(rgba.shape[1], width), *_areas(rgba.shape[0], height))


def lanczos(rgba: RGBA, width: int, height: int) -> RGBA:
    """Lanczos-3, widened by the scale when shrinking; sharper than box, with slight halos."""
    return resample(rgba, *_windowed(rgba.shape[1], width), *_windowed(rgba.shape[0], height))


@twins.step("resample", patience=1 << 25)
def resample(rgba: RGBA, left: Indices, across: Floats, top: Indices, down: Floats) -> RGBA:
    """Separable means of uint8 [H, W, 4], rows first: uint8 [height, width, 4].

    Cell x is made of the columns left[x], left[x] + 1, ... with weights across[x]: [width, taps]; rows likewise.
    """
    per_row = down.shape[1] * rgba.shape[1]
    groups = np.array_split(np.arange(len(top)), min(len(top), -(-len(top) * per_row // BAND)))
    return np.concatenate([_rows(rgba, left, across, top[rows], down[rows]) for rows in groups])


def _rows(rgba: RGBA, left: Indices, across: Floats, top: Indices, down: Floats) -> RGBA:
    mixed = np.zeros((len(top), rgba.shape[1], 4))
    for tap in range(down.shape[1]):
        pixels = rgba[top + tap].astype(np.float64)
        pixels[..., :3] *= pixels[..., 3:]
        mixed += down[:, tap, None, None] * pixels
    sums = np.zeros((len(top), len(left), 4))
    for tap in range(across.shape[1]):
        sums += across[:, tap, None] * mixed[:, left + tap]
    alpha = opacity(sums[..., 3:])
    visible = alpha >= 0.5  # less than half a step rounds to nothing
    colors = np.divide(sums[..., :3], alpha, out=np.zeros_like(sums[..., :3]), where=visible)
    return rounded(np.concatenate([colors, alpha], axis=-1))


def opacity(alpha: Floats) -> Floats:
    """What colours are divided by. Lanczos overshoots at edges, in colours as much as in alpha: divided by 255 at most,
    they would get a halo. Above 255 by rounding alone, where all is opaque, it is 255: halves go up rather as Pillow's.
    """
    return np.where(alpha < 255 + ROUNDING_ERROR, np.minimum(alpha, 255), alpha)


def _areas(size: int, cells: int) -> tuple[Indices, Floats]:
    """The overlap of each cell with each pixel; one pixel each when enlarging."""
    if cells >= size:
        return middles(size, cells), np.ones((cells, 1))
    borders = np.arange(cells + 1) * (size / cells)
    first, pixels = _windows(size, np.floor(borders[:-1]), int(np.ceil(size / cells)) + 1)
    overlap = np.minimum(borders[1:, None], pixels + 1) - np.maximum(borders[:-1, None], pixels)
    return first, _normalized(np.maximum(overlap, 0))


def _windowed(size: int, cells: int) -> tuple[Indices, Floats]:
    """Lanczos weights, rows summing to 1."""
    scale = max(1.0, size / cells)
    centers = (np.arange(cells) + 0.5) * size / cells
    reach = LANCZOS_LOBES * scale
    first, pixels = _windows(size, np.ceil(centers - reach - 0.5), int(np.ceil(2 * reach)) + 1)
    x = (pixels + 0.5 - centers[:, None]) / scale
    inside = np.abs(x) < LANCZOS_LOBES
    return first, _normalized(np.where(inside, np.sinc(x) * np.sinc(x / LANCZOS_LOBES), 0))


def _windows(size: int, first: Floats, taps: int) -> tuple[Indices, Indices]:
    """Windows of `taps` pixels from `first`, pushed inside 0..size: their beginnings [cells], their pixels."""
    taps = min(taps, size)
    starts = np.clip(first.astype(np.int64), 0, size - taps)
    return starts, starts[:, None] + np.arange(taps)


def _normalized(weights: NDArray[np.float64]) -> Floats:
    return weights / weights.sum(axis=1, keepdims=True)
