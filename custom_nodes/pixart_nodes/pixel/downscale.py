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
BAND = 1 << 20  # bytes of picture clustered at a time: bounds memory to about 100 MB
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
    bands = min(height, -(-grown.size // BAND))
    return np.concatenate([_band(grown, width, height, rows) for rows in np.array_split(np.arange(height), bands)])


def _band(rgba: RGBA, width: int, height: int, rows: NDArray[np.intp]) -> RGBA:
    """Some rows of a k-centroid result: uint8 [len(rows), width, 4]."""
    down, across = _cells(rgba.shape[0], height), _cells(rgba.shape[1], width)
    inside = (down >= rows[0]) & (down <= rows[-1])
    cells = ((down[inside] - rows[0])[:, None] * width + across).ravel()
    order = np.argsort(cells, kind="stable")  # pixels of a cell side by side: sums are runs then
    pixels = rgba[inside].reshape(-1, 4)[order].astype(np.float64)
    sizes = np.bincount(cells, minlength=len(rows) * width)
    colors = _majorities(pixels[:, :3], pixels[:, 3], sizes)
    alpha = _sums(pixels[:, 3:], sizes) / sizes[:, None]
    return _bytes(np.concatenate([colors, alpha], axis=1)).reshape(len(rows), width, 4)


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
    coverage = rgba[..., 3] / 255
    planes = [rgba[..., channel] * coverage for channel in range(3)]
    small = np.stack([down @ plane @ across.T for plane in (*planes, coverage * 255)], axis=-1)
    alpha = np.clip(small[..., 3:], 0, 255)
    visible = alpha >= 0.5  # less than half a step rounds to nothing
    colors = np.divide(small[..., :3] * 255, alpha, out=np.zeros_like(small[..., :3]), where=visible)
    return _bytes(np.concatenate([colors, alpha], axis=-1))


def _bytes(values: Floats) -> RGBA:
    """Round [..., 4]; what ends up with no alpha becomes (0, 0, 0, 0)."""
    pixels = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def _sums(values: Floats, sizes: NDArray[np.intp]) -> Floats:
    """Sums of values [P, C] over runs of the given sizes, none empty: [n, C]."""
    return np.add.reduceat(values, np.cumsum(sizes) - sizes)


def _ratio(sums: Floats, mass: Floats) -> Floats:
    return np.divide(sums, mass, out=np.zeros_like(sums), where=mass > 0)


def _majorities(colors: Floats, weights: Floats, sizes: NDArray[np.intp]) -> Floats:
    """The mean colour of the heavier of two clusters in each run of pixels: [P, 3] and [P] in, [n, 3] out.

    Starts by halving each cell at the middle of its widest channel, then Lloyd's rounds until nothing moves.
    """
    weighted = np.concatenate([colors * weights[:, None], weights[:, None]], axis=1)
    total = _sums(weighted, sizes)
    above = _first_halves(colors, weights > 0, sizes)
    for _ in range(MOST_ROUNDS):
        upper = _sums(weighted * above[:, None], sizes)
        high, low = (_ratio(part[:, :3], part[:, 3:]) for part in (upper, total - upper))
        middle = ((high * high - low * low).sum(axis=1) / 2).repeat(sizes)
        moved = (colors * (high - low).repeat(sizes, axis=0)).sum(axis=1) > middle
        moved &= (upper[:, 3] > 0).repeat(sizes)
        if np.array_equal(moved, above):
            break
        above = moved
    upper = _sums(weighted * above[:, None], sizes)
    heavier = np.where(upper[:, 3:] * 2 > total[:, 3:], upper, total - upper)
    return _ratio(heavier[:, :3], heavier[:, 3:])


def _first_halves(colors: Floats, seen: NDArray[np.bool_], sizes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """True for the pixels above the middle of their cell's widest channel."""
    starts = np.cumsum(sizes) - sizes
    high = np.maximum.reduceat(np.where(seen[:, None], colors, 0), starts)
    low = np.minimum.reduceat(np.where(seen[:, None], colors, 255), starts)
    widest = np.argmax(high - low, axis=1)
    middle = ((high + low) / 2)[np.arange(len(sizes)), widest].repeat(sizes)
    return colors[np.arange(len(colors)), widest.repeat(sizes)] > middle
