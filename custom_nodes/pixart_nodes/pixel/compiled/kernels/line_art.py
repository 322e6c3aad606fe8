"""What each cell of a drawing shows, and its colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize import line_art as plain
from ...resize.cells import RGBA, Indices
from ...resize.ink import Labels
from ...resize.pieces import AT, LEFT, TALL, TOP, WIDE, Bits, Counts
from .jit import inner, kernel, same

__all__ = ["AT", "LEFT", "TALL", "TOP", "WIDE"]  # what the plain functions look for here

regions = kernel(same(plain.regions, globals()))
yards = inner(same(plain.yards, globals()))
draw = inner(same(plain.draw, globals()))
rank = inner(same(plain.rank, globals()))
wishes = kernel(same(plain.wishes, globals()))
is_clear = inner(same(plain.is_clear, globals()))
dotted = kernel(same(plain.dotted, globals()))


@kernel
def colors(
    rgba: RGBA,
    labels: Labels,
    weight: Indices,
    first: Indices,
    start: Indices,
    of_run: Indices,
    wish: Indices,
    down: Indices,
    across: Indices,
) -> Indices:
    """The twin of `pixel/resize/line_art.py`: rows of cells at a time, columns of pixels side by side."""
    height, width = wish.shape
    result = np.zeros((height, width, 6), np.int64)
    votes, total = np.zeros(256, np.int64), np.zeros(5, np.int64)
    group, shown = np.empty(labels.shape[1], np.uint8), np.empty(labels.shape[1], np.int32)
    low, high = np.empty(labels.shape[1], np.uint8), np.empty(labels.shape[1], np.uint8)
    counted, sums = np.empty(labels.shape[1], np.uint8), np.empty((5, labels.shape[1]), np.uint32)
    parts = np.empty((np.diff(down).max(), labels.shape[1]), np.int32)  # of a row of cells, which a core's cache holds
    for y in range(height):
        top, bottom = down[y], down[y + 1]
        low[:], high[:], sums[:] = 255, 0, 0
        for row in range(top, bottom):
            _bound(labels[row], low, high)
            _paint(first[row], first[row + 1], start, of_run, parts[row - top])
        for x in range(width):
            left, right = across[x], across[x + 1]
            label = _only(low[left:right], high[left:right])
            if label < 0:
                label = _commonest(labels, weight, parts, wish[y, x], top, bottom, left, right, votes)
            group[left:right], shown[left:right] = label, wish[y, x]
            result[y, x, 5] = label
        for row in range(top, bottom):
            upper, lower = max(row - 1, 0), min(row + 1, labels.shape[0] - 1)
            _choose(labels[upper], labels[row], labels[lower], parts[row - top], group, shown, counted)
            _add(rgba[row].reshape(-1), counted, sums[0], sums[1], sums[2], sums[3], sums[4])
        for x in range(width):
            left, right = across[x], across[x + 1]
            for part in range(5):
                whole = np.int64(0)
                for at in range(left, right):
                    whole += np.int64(sums[part, at])
                total[part] = whole
            if total[4] == 0:
                _add_mixed(rgba, labels, parts, wish[y, x], group[left], top, bottom, left, right, total)
            if total[4] > 0:
                _mean(total, result[y, x])
    return result


@inner
def _paint(begin: int, end: int, start: Indices, of_run: Indices, row: Counts) -> None:
    """The component of each pixel of a row, of the runs from one to before another."""
    for r in range(begin, end):
        stop = start[r + 1] if r + 1 < end else row.shape[0]
        row[start[r] : stop] = of_run[r]


@inner
def _bound(row: Bits, low: Bits, high: Bits) -> None:
    for x in range(row.shape[0]):
        value, least, most = row[x], low[x], high[x]
        low[x] = value if value < least else least
        high[x] = value if value > most else most


@inner
def _only(low: Bits, high: Bits) -> int:
    """The one group of a cell, or -1."""
    least, most = np.int64(255), np.int64(0)
    for x in range(low.shape[0]):
        least, most = min(least, np.int64(low[x])), max(most, np.int64(high[x]))
    return int(least) if least == most else -1


@inner
def _commonest(
    labels: Labels,
    weight: Indices,
    parts: Counts,
    wish: int,
    top: int,
    bottom: int,
    left: int,
    right: int,
    votes: Indices,
) -> int:
    """The group that most pixels of a component have, the first of equals."""
    votes[:] = 0
    for y in range(top, bottom):
        row, own = labels[y, left:right], parts[y - top, left:right]
        for x in range(row.shape[0]):
            votes[row[x]] += np.int64(own[x] == wish)
    best = 0
    for k in range(weight.shape[0]):
        votes[k] *= weight[k]
        if votes[k] > votes[best]:
            best = k
    return best


@inner
def _choose(upper: Bits, own: Bits, lower: Bits, parts: Counts, group: Bits, shown: Counts, counted: Bits) -> None:
    """Which pixels of a row count: those of the group and component that their cell shows, as are the four around."""
    last = own.shape[0] - 1
    for x in range(own.shape[0]):
        fits = (own[x] == group[x]) & (parts[x] == shown[x])
        counted[x] = fits & (upper[x] == own[x]) & (lower[x] == own[x])
    for x in range(1, own.shape[0]):
        counted[x] &= own[x] == own[x - 1]
    for x in range(last):
        counted[x] &= own[x] == own[x + 1]


@inner
def _add(
    row: Bits,
    counted: Bits,
    red: NDArray[np.uint32],
    green: NDArray[np.uint32],
    blue: NDArray[np.uint32],
    alpha: NDArray[np.uint32],
    count: NDArray[np.uint32],
) -> None:
    for x in range(counted.shape[0]):
        weight = np.uint32(row[4 * x + 3]) * np.uint32(counted[x])
        red[x] += np.uint32(row[4 * x]) * weight
        green[x] += np.uint32(row[4 * x + 1]) * weight
        blue[x] += np.uint32(row[4 * x + 2]) * weight
        alpha[x] += weight
        count[x] += np.uint32(counted[x])


@inner
def _add_mixed(
    rgba: RGBA,
    labels: Labels,
    parts: Counts,
    wish: int,
    label: int,
    top: int,
    bottom: int,
    left: int,
    right: int,
    total: Indices,
) -> None:
    """Sums over all pixels of a group and component in a cell."""
    total[:] = 0
    for y in range(top, bottom):
        for x in range(left, right):
            if labels[y, x] == label and parts[y - top, x] == wish:
                alpha = np.int64(rgba[y, x, 3])
                for channel in range(3):
                    total[channel] += np.int64(rgba[y, x, channel]) * alpha
                total[3] += alpha
                total[4] += 1


@inner
def _mean(sums: Indices, out: Indices) -> None:
    """See `_means` there."""
    alpha, count = sums[3], sums[4]
    for channel in range(3):
        out[channel] = (2 * sums[channel] + alpha) // (2 * alpha) if alpha > 0 else 0
    out[3], out[4] = (2 * alpha + count) // (2 * count), count


def warm() -> None:
    """Compile the kernels."""
    none, two, frame = np.zeros(0, np.int64), np.arange(2), np.zeros((0, 5), np.int64)
    counts = np.zeros(1, np.int32)
    region = regions(none, frame, counts, two, two)[0]
    dotted(wishes(np.zeros(1, np.uint8), none, none, frame, counts, region), none, frame, none, none)
    labels, zero = np.zeros((1, 1), np.uint8), np.zeros(1, np.int64)
    colors(np.zeros((1, 1, 4), np.uint8), labels, two, two, zero, zero, region, two, two)
