"""Palettes by dividing sRGB into boxes, one colour each: median cut and octree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .histogram import Floats, Tally, interleaved

Box = NDArray[np.intp]  # indices of the colours in it
CUBES = 4  # of an octree, for each colour wanted: from so many on, more make no better palette


def median_cut(histogram: Tally, count: int) -> Floats:
    """Paul Heckbert's median cut (1982): the box that varies most is split at its median.

    At most `count` sRGB values [K, 3], not rounded.
    """
    colors, weights = histogram.means, histogram.weights

    def halves(box: Box, axis: int) -> list[Box]:
        order = np.argsort(colors[box, axis], kind="stable")
        running = np.cumsum(weights[box[order]])
        cut = min(int(np.searchsorted(running, running[-1] / 2)) + 1, len(box) - 1)
        return [box[order[:cut]], box[order[cut:]]]

    return _means(colors, weights, _divided(colors, weights, count, halves))


def octree(histogram: Tally, count: int) -> Floats:
    """The octree of Michael Gervautz and Werner Purgathofer (1988), grown from its root and then reduced.

    The cube that varies most is divided into its eight, until there are CUBES for each colour wanted; then those are
    joined that lose least, wherever they lie. At most `count` sRGB values [K, 3], not rounded.
    """
    colors, weights = histogram.means, histogram.weights
    codes = interleaved(np.rint(colors).astype(np.uint8))

    def eighths(box: Box, axis: int) -> list[Box]:
        inside = codes[box]
        level = int(inside.min() ^ inside.max()).bit_length() - 1  # above it all are in the same cube
        _, which = np.unique(inside >> level // 3 * 3, return_inverse=True)
        return [box[which == one] for one in range(which.max() + 1)]

    cubes = _divided(colors, weights, CUBES * count, eighths)
    return _joined(_means(colors, weights, cubes), np.array([weights[cube].sum() for cube in cubes]), count)


def _joined(means: Floats, weights: Floats, count: int) -> Floats:
    """Join colours until there are `count`, always the two whose union adds least to the squared error (Ward 1963)."""
    means, weights, alive = means.copy(), weights.astype(np.float64), np.ones(len(means), bool)
    losses = np.array([_loss(means, weights, n) for n in range(len(means))])
    partner = losses.argmin(axis=1)
    for _ in range(len(means) - count):
        one = int(losses[np.arange(len(means)), partner].argmin())
        other = int(partner[one])
        means[one] = np.average(means[[one, other]], axis=0, weights=weights[[one, other]])
        weights[one] += weights[other]
        alive[other] = False
        losses[other] = losses[:, other] = np.inf
        losses[one] = losses[:, one] = np.where(alive, _loss(means, weights, one), np.inf)
        partner[losses[np.arange(len(means)), partner] > losses[:, one]] = one
        stale = alive & ((partner == one) | (partner == other))
        partner[stale] = losses[stale].argmin(axis=1)
    return means[alive]


def _loss(means: Floats, weights: Floats, one: int) -> Floats:
    """Increase of the squared error from joining one colour with each of the others; infinity for the colour itself."""
    losses = weights * weights[one] / (weights + weights[one]) * ((means - means[one]) ** 2).sum(axis=1)
    losses[one] = np.inf
    return losses


def _divided(colors: Floats, weights: Floats, count: int, divide: Callable[[Box, int], list[Box]]) -> list[Box]:
    """`count` boxes or a few more, of dividing the one that varies most; `divide` gets its axis."""
    boxes = [np.arange(len(colors))]
    spreads = [_variation(colors, weights)]
    while len(boxes) < count:
        widest = int(np.argmax([spread.max() for spread in spreads]))
        if spreads[widest].max() == 0:
            break
        box, spread = boxes.pop(widest), spreads.pop(widest)
        parts = divide(box, int(np.argmax(spread)))
        boxes += parts
        spreads += [_variation(colors[part], weights[part]) for part in parts]
    return boxes


def _means(colors: Floats, weights: Floats, boxes: list[Box]) -> Floats:
    return np.array([_mean(colors[box], weights[box]) for box in boxes])


def _mean(colors: Floats, weights: Floats) -> Floats:
    return (weights[:, None] * colors).sum(axis=0) / weights.sum()


def _variation(colors: Floats, weights: Floats) -> Floats:
    """Weighted sum of squares about the mean, a channel: 0 for a single colour."""
    if len(colors) == 1:
        return np.zeros(3)
    return (weights[:, None] * (colors - _mean(colors, weights)) ** 2).sum(axis=0)
