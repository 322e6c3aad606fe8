"""A cell's colour by vote: its larger cluster, the cluster that stands out, or its most frequent colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import RGBA, Floats, Indices, bands, members, rounded, sorted_by_cell
from .resample import box

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]

MOST_ROUNDS = 16  # two centroids in a cell of a few hundred pixels settle in two to six
SWAY_A_STEP = 1 / 16  # a cluster 16 steps of sRGB off its surroundings counts double, 160 steps eleven times


def k_centroid(rgba: RGBA, width: int, height: int) -> RGBA:
    """Two colour clusters a cell, the larger one's mean wins (after Astropulse's k-centroid).

    Keeps outlines and flat colours where a mean would blur them. Pixels count by their alpha; the cell's
    alpha is its mean. Ties go to the cluster that is lower in the widest channel, as a rule the darker: so
    outlines stay.
    """
    return cluster(members(rgba, width, height), np.zeros((height, width, 4), np.uint8), 0.0)


def contrast(rgba: RGBA, width: int, height: int) -> RGBA:
    """Two colour clusters a cell; the more one differs from the surroundings, the less of the cell it needs to win.

    Thin lines, eyes and highlights survive that are too small for a majority. The aim is that of PixelOE
    (KohakuBlueleaf 2024, "Detail-Oriented Pixelization based on Contrast-Aware Outline Expansion"), the measure that
    of Weber et al. 2016 ("Rapid, Detail-Preserving Image Downscaling"): distance from the blurred small picture. It
    weighs clusters here, not pixels, so that colours stay as flat as k-centroid's.
    """
    return cluster(members(rgba, width, height), _surroundings(box(rgba, width, height)), SWAY_A_STEP)


@twins.step("majority", patience=1 << 24)
def cluster(rgba: RGBA, around: RGBA, sway: float) -> RGBA:
    """One of two clusters' mean colours for each cell of uint8 [H, W, 4]: uint8 [height, width, 4] as `around` is.

    A cluster counts its alpha, times 1 + sway x its distance from `around` in sRGB steps. Halves each cell at the
    middle of its widest channel, then makes Lloyd's rounds in float32 until nothing moves; sums are exact.
    """
    height, width = around.shape[:2]
    return np.concatenate([_band(rgba, width, height, rows, around[rows], sway) for rows in bands(rgba, height)])


def _band(rgba: RGBA, width: int, height: int, rows: Indices, around: RGBA, sway: float) -> RGBA:
    """Some rows of the result: uint8 [len(rows), width, 4]."""
    pixels, sizes = sorted_by_cell(rgba, width, height, rows)
    upper, total = _split(pixels, sizes)
    lower = total - upper
    count = np.where(_score(upper, around, sway) > _score(lower, around, sway), upper.T, lower.T).T
    alpha = total[:, 3:] / sizes[:, None]
    return rounded(np.concatenate([_means(count), alpha], axis=1)).reshape(len(rows), width, 4)


def _score(sums: Floats, around: RGBA, sway: float) -> Floats:
    off = _means(sums) - around.reshape(-1, 4)[:, :3]
    x, y, z = (off * off).T
    return sums[:, 3] * (1 + sway * np.sqrt(x + y + z))


def _means(sums: Floats) -> Floats:
    """Colours [n, 3] of sums [n, 4] of colour times alpha and of alpha; 0 where there is no alpha."""
    return np.divide(sums[:, :3], sums[:, 3:], out=np.zeros((len(sums), 3)), where=sums[:, 3:] > 0)


def _split(pixels: RGBA, sizes: Indices) -> tuple[Floats, Floats]:
    """Sums of the upper cluster and of the whole of each run of pixels [P, 4]: two times [n, 4], whole numbers."""
    starts = np.cumsum(sizes) - sizes
    colors = np.ascontiguousarray(pixels[:, :3].T, np.float32)
    weighted = np.concatenate([colors * pixels[:, 3], [pixels[:, 3]]]).astype(np.int64)
    total = _sums(weighted, starts)
    upper = _sums(weighted * _first_halves(colors, pixels[:, 3] > 0, starts, sizes), starts)
    for _ in range(MOST_ROUNDS):
        before = upper
        upper = _sums(weighted * _nearer_upper(colors, upper, total, sizes), starts)
        if np.array_equal(upper, before):
            break
    return upper.T.astype(np.float64), total.T.astype(np.float64)


def _sums(values: NDArray[np.int64], starts: Indices) -> NDArray[np.int64]:
    """Sums of [C, P] over runs: [C, n]."""
    return np.add.reduceat(values, starts, axis=1)


def _nearer_upper(colors: Singles, upper: NDArray[np.int64], total: NDArray[np.int64], sizes: Indices) -> Mask:
    """Which pixels [P] are nearer to their cell's upper centroid; none where that cluster is empty."""
    high, low = (_means(part.T.astype(np.float64)).T.astype(np.float32) for part in (upper, total - upper))
    x, y, z = high * high - low * low
    nonempty = upper[3] > 0
    middle = np.where(nonempty, ((x + y) + z) * np.float32(0.5), 0).astype(np.float32)
    r, g, b = np.where(nonempty, high - low, 0).astype(np.float32).repeat(sizes, axis=1) * colors
    return (r + g) + b > middle.repeat(sizes)


def _first_halves(colors: Singles, visible: Mask, starts: Indices, sizes: Indices) -> Mask:
    """True for the pixels [P] above the middle of their cell's widest channel."""
    high = np.maximum.reduceat(np.where(visible, colors, 0), starts, axis=1)
    low = np.minimum.reduceat(np.where(visible, colors, 255), starts, axis=1)
    widest = np.argmax(high - low, axis=0)
    middle = ((high + low) / 2)[widest, np.arange(len(sizes))]
    return colors[widest.repeat(sizes), np.arange(colors.shape[1])] > middle.repeat(sizes)


def _surroundings(small: RGBA) -> RGBA:
    """Blurred by 1-2-1 both ways, colours weighed by alpha, edges repeated: uint8 [H, W, 4]."""
    sums = small.astype(np.float64)
    sums[..., :3] *= sums[..., 3:]
    for axis in (0, 1):
        sides = [(1, 1) if axis == number else (0, 0) for number in range(3)]
        before, middle, after = (
            np.take(np.pad(sums, sides, mode="edge"), np.arange(sums.shape[axis]) + shift, axis) for shift in range(3)
        )
        sums = before + 2 * middle + after
    flat = sums.reshape(-1, 4)
    return rounded(np.concatenate([_means(flat), flat[:, 3:] / 16], axis=1)).reshape(small.shape)


def mode(rgba: RGBA, width: int, height: int) -> RGBA:
    """The most frequent colour under each cell, alpha included; nothing is mixed.

    Among colours that are equally frequent, the one nearest to the cell's mean, then the one with the lower bytes.
    """
    return most_frequent(members(rgba, width, height), width, height)


@twins.step("mode", patience=1 << 25)
def most_frequent(rgba: RGBA, width: int, height: int) -> RGBA:
    """The most frequent colour of each cell of uint8 [H, W, 4], at least a pixel each: uint8 [height, width, 4]."""
    rows_of_bands = [_frequent_band(rgba, width, height, rows) for rows in bands(rgba, height)]
    return np.concatenate(rows_of_bands)


def _frequent_band(rgba: RGBA, width: int, height: int, rows: Indices) -> RGBA:
    pixels, sizes = sorted_by_cell(rgba, width, height, rows)
    pixels[pixels[:, 3] == 0] = 0
    starts = np.cumsum(sizes) - sizes
    mean = np.add.reduceat(_premultiplied(pixels), starts, axis=1) / sizes
    cells = np.arange(len(sizes), dtype=np.uint64).repeat(sizes)
    keys = np.sort(cells << np.uint64(32) | pixels.view(">u4").ravel())
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    colors = (keys[first] & np.uint64(0xFFFFFFFF)).astype(">u4").view(np.uint8).reshape(-1, 4)
    owner = (keys[first] >> np.uint64(32)).astype(np.int64)
    r, g, b, a = (_premultiplied(colors) - mean[:, owner]) ** 2
    best = np.lexsort([(r + g) + b + a, -np.diff(np.append(first, len(keys))), owner])
    return colors[best[np.searchsorted(owner, np.arange(len(sizes)))]].reshape(len(rows), width, 4)


def _premultiplied(pixels: RGBA) -> NDArray[np.int64]:
    """[P, 4] -> [4, P]: colour times alpha, and alpha times 255."""
    scaled = np.insert(pixels[:, :3], 3, 255, axis=1)
    return (scaled.astype(np.int64) * pixels[:, 3:]).T
