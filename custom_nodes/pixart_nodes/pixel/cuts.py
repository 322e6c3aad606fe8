"""Palettes by dividing sRGB into boxes, one colour each: median cut and octree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .tally import Counts, Floats, Tally

Box = NDArray[np.intp]  # indices of the colours in it
DEPTH = 8  # bits of a channel


def median_cut(counted: Tally, count: int) -> Floats:
    """Paul Heckbert's median cut (1982): the box that varies most is split at its median.

    At most `count` sRGB values [K, 3], not rounded.
    """
    colors, weights = counted.means, counted.weights

    def halves(box: Box, axis: int, room: int) -> list[Box]:
        order = np.argsort(colors[box, axis], kind="stable")
        running = np.cumsum(weights[box[order]])
        cut = min(int(np.searchsorted(running, running[-1] / 2)) + 1, len(box) - 1)
        return [box[order[:cut]], box[order[cut:]]]

    return _divided(colors, weights, count, halves)


def octree(counted: Tally, count: int) -> Floats:
    """The octree of Michael Gervautz and Werner Purgathofer (1988), grown from its root.

    The cube that varies most is divided into its eight; the last one only into as many as are wanted, its rare ones
    staying together. At most `count` sRGB values [K, 3], not rounded.
    """
    colors, weights = counted.means, counted.weights
    codes = _interleaved(np.rint(colors).astype(np.int64))

    def eighths(box: Box, axis: int, room: int) -> list[Box]:
        inside = codes[box]
        level = int(inside.min() ^ inside.max()).bit_length() - 1  # above it all are in the same cube
        _, which = np.unique(inside >> level // 3 * 3, return_inverse=True)
        often = np.argsort(-np.bincount(which, weights[box]), kind="stable")
        parts = [box[which == one] for one in often]
        return [*parts[: room - 1], np.concatenate(parts[room - 1 :])] if len(parts) > room else parts

    return _divided(colors, weights, count, eighths)


def _interleaved(rgb: Counts) -> Counts:
    """Bit by bit red, green and blue, the highest first: which of 8 cubes, which of 8 in it, and so on; [M]."""
    bits = rgb[:, :, None] >> np.arange(DEPTH) & 1
    return (bits << np.array([2, 1, 0])[:, None] << 3 * np.arange(DEPTH)).sum(axis=(1, 2))


def _divided(colors: Floats, weights: Floats, count: int, divide: Callable[[Box, int, int], list[Box]]) -> Floats:
    """The means of the boxes that come of dividing the one that varies most; `divide` gets its axis and the room."""
    boxes = [np.arange(len(colors))]
    spreads = [_variation(colors, weights)]
    while len(boxes) < count:
        widest = int(np.argmax([spread.max() for spread in spreads]))
        if spreads[widest].max() == 0:
            break
        box, spread = boxes.pop(widest), spreads.pop(widest)
        parts = divide(box, int(np.argmax(spread)), count - len(boxes))
        boxes += parts
        spreads += [_variation(colors[part], weights[part]) for part in parts]
    return np.array([_mean(colors[box], weights[box]) for box in boxes])


def _mean(colors: Floats, weights: Floats) -> Floats:
    return (weights[:, None] * colors).sum(axis=0) / weights.sum()


def _variation(colors: Floats, weights: Floats) -> Floats:
    """Weighted sum of squares about the mean, a channel: 0 for a single colour."""
    if len(colors) == 1:
        return np.zeros(3)
    return (weights[:, None] * (colors - _mean(colors, weights)) ** 2).sum(axis=0)
