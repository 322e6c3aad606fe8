"""From a big picture to few pixels: nearest, box, lanczos and k-centroid, alpha kept, size exact.

Colours are averaged under premultiplied alpha, so what is transparent leaves no fringe.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import errors

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

FITS = ("stretch", "crop", "pad")
LANCZOS_LOBES = 3
MOST_ROUNDS = 16  # two centroids in a cell of a few hundred pixels settle in two to six


def downscale(rgba: RGBA, width: int, height: int, method: str = "k-centroid", fit: str = "stretch") -> RGBA:
    """uint8 [H, W, 4] -> uint8 [height, width, 4].

    `fit`: stretch, crop (centred, fills) or pad (centred, transparent around). A picture that already has the
    size comes back as it is. Enlarging takes the nearest pixel, except with lanczos. Raises UnknownName.
    """
    require(method, fit)
    if fit == "crop":
        rgba = _cropped(rgba, width, height)
    inner = _inside(rgba, width, height) if fit == "pad" else (width, height)
    small = rgba.copy() if rgba.shape[1::-1] == inner else METHODS[method](rgba, *inner)
    return _padded(small, width, height)


def nearest(rgba: RGBA, width: int, height: int) -> RGBA:
    """The pixel under the middle of each cell."""
    rows, columns = _middles(rgba.shape[0], height), _middles(rgba.shape[1], width)
    return rgba[rows[:, None], columns]


def box(rgba: RGBA, width: int, height: int) -> RGBA:
    """The exact mean of the area under each cell, edge pixels by the share that lies inside."""
    return _resampled(rgba, _areas(rgba.shape[1], width), _areas(rgba.shape[0], height))


def lanczos(rgba: RGBA, width: int, height: int) -> RGBA:
    """Lanczos-3, widened by the scale when shrinking; sharper than box, with slight halos."""
    return _resampled(rgba, _windowed(rgba.shape[1], width), _windowed(rgba.shape[0], height))


def k_centroid(rgba: RGBA, width: int, height: int) -> RGBA:
    """Two colour clusters a cell, the larger one's mean wins (after Astropulse's k-centroid).

    Keeps outlines and flat colours where a mean would blur them. Pixels count by their alpha; the cell's
    alpha is its mean. Ties go to the cluster that is lower in the widest channel, as a rule the darker: so
    outlines stay.
    """
    grown = nearest(rgba, max(width, rgba.shape[1]), max(height, rgba.shape[0]))
    cells = _cells(grown.shape[0], height)[:, None] * width + _cells(grown.shape[1], width)
    flat = grown.reshape(-1, 4).astype(np.float64)
    colors = _majorities(flat[:, :3], flat[:, 3], cells.ravel(), width * height)
    alpha = _mean(flat[:, 3:], np.ones(len(flat)), cells.ravel(), width * height)
    return _bytes(np.concatenate([colors, alpha], axis=1)).reshape(height, width, 4)


METHODS: dict[str, Callable[[RGBA, int, int], RGBA]] = {
    "nearest": nearest,
    "box": box,
    "lanczos": lanczos,
    "k-centroid": k_centroid,
}


def require(method: str, fit: str) -> None:
    """Raise UnknownName unless there are such a method and such a fit."""
    errors.require(method, METHODS, what="Downscale method")
    errors.require(fit, FITS, what="Fit")


def _cropped(rgba: RGBA, width: int, height: int) -> RGBA:
    """The largest centred part with the aspect of width : height."""
    h, w = rgba.shape[:2]
    part_w = max(1, min(w, round(h * width / height)))
    part_h = max(1, min(h, round(w * height / width)))
    top, left = (h - part_h) // 2, (w - part_w) // 2
    return rgba[top : top + part_h, left : left + part_w]


def _inside(rgba: RGBA, width: int, height: int) -> tuple[int, int]:
    """The largest size with the picture's aspect inside width x height."""
    h, w = rgba.shape[:2]
    return max(1, min(width, round(w * height / h))), max(1, min(height, round(h * width / w)))


def _padded(rgba: RGBA, width: int, height: int) -> RGBA:
    down, right = height - rgba.shape[0], width - rgba.shape[1]
    return np.pad(rgba, ((down // 2, down - down // 2), (right // 2, right - right // 2), (0, 0)))


def _middles(size: int, cells: int) -> NDArray[np.intp]:
    return ((2 * np.arange(cells) + 1) * size) // (2 * cells)


def _cells(size: int, cells: int) -> NDArray[np.intp]:
    """Which of `cells` whole-pixel cells each of `size` pixels belongs to; none stays empty."""
    return (np.arange(size) * cells) // size


def _areas(size: int, cells: int) -> Floats:
    """Weights [cells, size]: the overlap of each cell with each pixel; one pixel each when enlarging."""
    if cells >= size:
        return np.eye(size)[_middles(size, cells)]
    edges = np.arange(cells + 1) * (size / cells)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return _normalized(np.maximum(overlap, 0))


def _windowed(size: int, cells: int) -> Floats:
    """Lanczos weights [cells, size], rows summing to 1."""
    scale = max(1.0, size / cells)
    middles = (np.arange(cells) + 0.5) * size / cells
    x = (np.arange(size) + 0.5 - middles[:, None]) / scale
    inside = np.abs(x) < LANCZOS_LOBES
    return _normalized(np.where(inside, np.sinc(x) * np.sinc(x / LANCZOS_LOBES), 0))


def _normalized(weights: Floats) -> Floats:
    return weights / weights.sum(axis=1, keepdims=True)


def _resampled(rgba: RGBA, across: Floats, down: Floats) -> RGBA:
    """Apply separable weights to premultiplied pixels, then divide the alpha out again."""
    straight = rgba.astype(np.float64)
    light = np.concatenate([straight[..., :3] * straight[..., 3:] / 255, straight[..., 3:]], axis=-1)
    small = np.einsum("yh,hxc->yxc", down, np.einsum("xw,hwc->hxc", across, light, optimize=True), optimize=True)
    alpha = np.clip(small[..., 3:], 0, 255)
    visible = alpha >= 0.5  # less than half a step rounds to nothing
    colors = np.divide(small[..., :3] * 255, alpha, out=np.zeros_like(small[..., :3]), where=visible)
    return _bytes(np.concatenate([colors, alpha], axis=-1))


def _bytes(values: Floats) -> RGBA:
    """Round [..., 4]; what ends up with no alpha becomes (0, 0, 0, 0)."""
    pixels = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def _mean(values: Floats, weights: Floats, cells: NDArray[np.intp], n: int) -> Floats:
    """Weighted mean of values [P, C] in each of n cells; 0 where a cell has no weight."""
    total = np.bincount(cells, weights, minlength=n)[:, None]
    sums = np.stack([np.bincount(cells, weights * column, minlength=n) for column in values.T], axis=1)
    return np.divide(sums, total, out=np.zeros((n, values.shape[1])), where=total > 0)


def _majorities(colors: Floats, weights: Floats, cells: NDArray[np.intp], n: int) -> Floats:
    """The mean colour of the heavier of two clusters in each cell: [P, 3] in, [n, 3] out.

    Starts by halving each cell at the middle of its widest channel, then Lloyd's rounds until nothing moves.
    """
    side = _first_halves(colors, weights, cells, n)
    for _ in range(MOST_ROUNDS):
        centers = [_mean(colors, weights * (side == s), cells, n) for s in (False, True)]
        far = [((colors - c[cells]) ** 2).sum(axis=1) for c in centers]
        occupied = np.bincount(cells, weights * side, minlength=n) > 0
        moved = (far[1] < far[0]) & occupied[cells]
        if np.array_equal(moved, side):
            break
        side = moved
    low, high = (_mean(colors, weights * (side == s), cells, n) for s in (False, True))
    heavier = np.bincount(cells, weights * np.where(side, 1.0, -1.0), minlength=n) > 0
    return np.where(heavier[:, None], high, low)


def _first_halves(colors: Floats, weights: Floats, cells: NDArray[np.intp], n: int) -> NDArray[np.bool_]:
    """True for the pixels above the middle of their cell's widest channel."""
    seen = weights > 0
    high, low = np.full((n, 3), -np.inf), np.full((n, 3), np.inf)
    np.maximum.at(high, cells[seen], colors[seen])
    np.minimum.at(low, cells[seen], colors[seen])
    empty = ~np.isfinite(high[:, 0])
    high[empty], low[empty] = 0, 0
    widest = np.argmax(high - low, axis=1)[cells]
    middle = ((high + low) / 2)[cells, widest]
    return colors[np.arange(len(colors)), widest] > middle
