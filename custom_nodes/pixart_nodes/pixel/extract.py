"""A palette from pictures: median cut and k-means, both weighted by how often a colour appears."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import color, errors
from .errors import PictureError
from .palette import Palette, distinct, packed, unpacked

Floats = NDArray[np.float64]

SEED = 0  # the same pictures give the same palette
MOST_ROUNDS = 32
MOST_COLORS = 1 << 14  # beyond this many distinct colours, neighbours are counted together
MIN_ALPHA = 128  # less than half there is not part of the picture


def extract(rgba: NDArray[np.uint8], count: int, method: str = "median-cut") -> Palette:
    """Up to `count` colours, dark to light, of uint8 [..., 4] (any number of pictures).

    Transparent pixels don't count. A picture with no more colours than that gives exactly its own.
    Raises PictureError where nothing is opaque, UnknownName for the method.
    """
    require(method)
    pixels = rgba[rgba[..., 3] >= MIN_ALPHA][:, :3]
    if not len(pixels):
        raise PictureError("The picture has no opaque pixel to take colours from.")
    colors = distinct(pixels)
    if len(colors) > count:
        colors = np.rint(np.clip(METHODS[method](*_counted(pixels), count), 0, 255)).astype(np.uint8)
    order = np.lexsort((packed(colors), color.luma(colors)))
    return Palette.of(colors[order], name=f"extracted-{method}", source="picture")


def _counted(pixels: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Distinct colours [M, 3] and how often each appears [M]; too many are merged in cubes of 8 x 8 x 8."""
    keys, counts = np.unique(packed(pixels), return_counts=True)
    colors, weights = unpacked(keys).astype(np.float64), counts.astype(np.float64)
    if len(keys) <= MOST_COLORS:
        return colors, weights
    _, cube = np.unique(keys & 0xF8F8F8, return_inverse=True)
    total = np.bincount(cube, weights).astype(np.float64)
    means = [np.bincount(cube, weights * channel) / total for channel in colors.T]
    return np.stack(means, axis=1), total


def median_cut(colors: Floats, weights: Floats, count: int) -> Floats:
    """Paul Heckbert's median cut (1982): split the box that varies most at its median, then take means.

    sRGB values [M, 3] and weights [M] in, at most `count` colours out, not rounded.
    """
    boxes = [np.arange(len(colors))]
    while len(boxes) < count:
        spread = [_variation(colors[box], weights[box]) for box in boxes]
        widest = int(np.argmax([s.max() for s in spread]))
        if spread[widest].max() == 0:
            break
        boxes += _halves(boxes.pop(widest), colors[:, int(np.argmax(spread[widest]))], weights)
    return np.array([np.average(colors[box], axis=0, weights=weights[box]) for box in boxes])


def _variation(colors: Floats, weights: Floats) -> Floats:
    """Weighted sum of squares about the mean, a channel: 0 for a single colour."""
    if len(colors) == 1:
        return np.zeros(3)
    return weights @ (colors - np.average(colors, axis=0, weights=weights)) ** 2


def _halves(box: NDArray[np.intp], channel: Floats, weights: Floats) -> list[NDArray[np.intp]]:
    """Split a box at the weighted median of a channel; both halves have something in them."""
    box = box[np.argsort(channel[box], kind="stable")]
    running = np.cumsum(weights[box])
    cut = int(np.searchsorted(running, running[-1] / 2)) + 1
    cut = min(max(cut, 1), len(box) - 1)
    return [box[:cut], box[cut:]]


def k_means(colors: Floats, weights: Floats, count: int) -> Floats:
    """Lloyd's k-means in OKLab from a k-means++ start (Arthur and Vassilvitskii 2007), seeded.

    sRGB values [M, 3] and weights [M] in, `count` colours out, not rounded.
    """
    points = color.oklab(colors)
    centers = _spread_out(points, weights, count)
    for _ in range(MOST_ROUNDS):
        owner = _owners(points, centers)
        total = np.bincount(owner, weights, minlength=count)
        sums = np.stack([np.bincount(owner, weights * c, minlength=count) for c in points.T], axis=1)
        moved = np.where(total[:, None] > 0, sums / np.maximum(total, 1)[:, None], centers)
        if np.array_equal(moved, centers):
            break
        centers = moved
    return color.from_oklab(centers)


def _spread_out(points: Floats, weights: Floats, count: int) -> Floats:
    """k-means++: each next centre by chance, in proportion to weight times squared distance to the rest."""
    random = np.random.default_rng(SEED)
    chosen = [int(np.argmax(weights))]
    far = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        odds = np.cumsum(far * weights)
        chosen.append(int(np.searchsorted(odds, random.random() * odds[-1], side="right")))
        far = np.minimum(far, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def _owners(points: Floats, centers: Floats) -> NDArray[np.intp]:
    """The nearest centre of each point; |p|² is the same for all centres and left out."""
    return np.argmin((centers**2).sum(axis=1) - 2 * points @ centers.T, axis=1)


METHODS: dict[str, Callable[[Floats, Floats, int], Floats]] = {"median-cut": median_cut, "k-means": k_means}


def require(method: str) -> None:
    """Raise UnknownName unless there is such a method."""
    errors.require(method, METHODS, what="Extraction method")
