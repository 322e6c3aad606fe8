"""The pieces of ink of a drawing and the parts that they cut its ground into, and how much of each cell each covers.

Ink is joined by corners too, ground by sides only: so what is next to what makes a tree, each component within another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import Indices

Bits = NDArray[np.uint8]
Counts = NDArray[np.int32]

FRAME_MARGIN = 3  # cells around a component in its frame: how far a line may be pushed, and one more
SPECK = 0.35  # cells: less ink than this isn't a piece of its own, unless it is a stroke ...
STROKE = 0.08  # cells: of at least so much ink, and as long as a cell
CORNER = 0.25  # cells: nor less ground
TOP, LEFT, TALL, WIDE, AT = range(5)  # a frame: its corner in cells, its size, where its cells begin in flat tables


class Runs(NamedTuple):
    """Rows cut where ink begins and ends: row y has the runs first[y] to first[y + 1], each from `start` to `stop`."""

    first: Indices
    start: Indices
    stop: Indices
    inked: Indices


class Components(NamedTuple):
    """Each run's component, and of each component: its size, whether it is ink, what it lies in, its frame in cells.

    Specks have frames of no size; `bounds` are the first and last row and column of cells of each one.
    """

    of_run: Indices
    area: Indices
    inked: Indices
    parent: Indices  # -1 for those that a corner of the picture begins with
    frame: Indices
    bounds: Indices


def runs(labels: Bits, inks: Bits) -> Runs:
    """The runs of ink and of ground in the colour groups uint8 [H, W], of which `inks` says which are ink: 1 or 0."""
    height, width = labels.shape
    places = run_starts(labels, inks)
    first = np.searchsorted(places, np.arange(height + 1) * width)
    start = places % width
    stop = np.append(places[1:], 0) % width
    return Runs(first, start, np.where(stop == 0, width, stop), inks[labels.reshape(-1)[places]].astype(np.int64))


@twins.step("pieces", patience=1 << 26)
def run_starts(labels: Bits, inks: Bits) -> Indices:
    """Where runs begin, in order of reading: int64 [n]; each row begins one."""
    ink = inks[labels]
    change = np.ones(ink.shape, bool)
    change[:, 1:] = ink[:, 1:] != ink[:, :-1]
    return np.flatnonzero(change)


@twins.step("pieces", patience=1 << 26)
def crossings(ink: Bits, down: Indices, across: Indices) -> Indices:
    """Of each cell: its pixels of ink, its edges of ink from left to right and from top to bottom: int64 [3, h, w]."""
    framed = np.pad(ink, 1)
    beside = (ink & ~framed[1:-1, :-2] & 1) + (ink & ~framed[1:-1, 2:] & 1)
    above = (ink & ~framed[:-2, 1:-1] & 1) + (ink & ~framed[2:, 1:-1] & 1)
    planes = np.stack([ink, beside, above]).astype(np.int64)
    return np.add.reduceat(np.add.reduceat(planes, down[:-1], axis=1), across[:-1], axis=2)


def root(parent: Indices, i: int) -> int:
    """The run that stands for all that a run is joined to."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def join(parent: Indices, one: int, other: int) -> None:
    """Let two runs be of one component."""
    one, other = root(parent, one), root(parent, other)
    if one < other:
        parent[other] = one
    else:
        parent[one] = other


@twins.step("pieces", patience=1 << 26)
def joined(first: Indices, start: Indices, stop: Indices, inked: Indices) -> Indices:
    """The component of each run, numbered as they are met: int64 [runs]."""
    parent = np.arange(start.shape[0])
    for y in range(1, first.shape[0] - 1):
        a, b = first[y - 1], first[y]
        while a < first[y] and b < first[y + 1]:
            if inked[a] == inked[b]:
                join(parent, a, b)
            if stop[a] == stop[b]:  # the runs after both meet these by a corner
                if b + 1 < first[y + 1] and inked[b + 1] == 1 and inked[a] == 1:
                    join(parent, a, b + 1)
                if a + 1 < first[y] and inked[a + 1] == 1 and inked[b] == 1:
                    join(parent, a + 1, b)
            last = min(stop[a], stop[b])
            a += stop[a] == last
            b += stop[b] == last
    return numbered(parent)


def numbered(parent: Indices) -> Indices:
    """The numbers of components in the order in which they are met."""
    number = np.full(parent.shape[0], -1, np.int64)
    count = 0
    for i in range(parent.shape[0]):
        top = root(parent, i)
        if number[top] < 0:
            number[top] = count
            count += 1
        number[i] = number[top]
    return number


@twins.step("pieces", patience=1 << 26)
def measured(first: Indices, start: Indices, stop: Indices, inked: Indices, of_run: Indices) -> Indices:
    """Of each component its area, whether it is ink, what it lies in, and its first and last rows and columns.

    int64 [7, components], in pixels.
    """
    count = 0
    for r in range(of_run.shape[0]):
        count = max(count, of_run[r] + 1)
    table = np.zeros((7, count), np.int64)
    for y in range(first.shape[0] - 1):
        for r in range(first[y], first[y + 1]):
            c = of_run[r]
            left, right = start[r], stop[r] - 1
            if table[0, c] == 0:
                table[1, c], table[3, c], table[4, c] = inked[r], y, left
                around = r - 1 if r > first[y] else first[y - 1] if y > 0 else -1
                table[2, c] = of_run[around] if around >= 0 else -1
            table[0, c] += stop[r] - start[r]
            table[4, c] = min(table[4, c], left)
            table[5, c] = y
            table[6, c] = max(table[6, c], right)
    return table


@twins.step("pieces", patience=1 << 26)
def covered(
    first: Indices,
    start: Indices,
    stop: Indices,
    of_run: Indices,
    frame: Indices,
    rows: Indices,
    columns: Indices,
    across: Indices,
) -> Counts:
    """How many pixels of each component lie in each cell of its frame: int32 [all frames' cells]."""
    size = 1
    for c in range(frame.shape[0]):
        size = max(size, frame[c, AT] + frame[c, TALL] * frame[c, WIDE])
    counts = np.zeros(size, np.int32)
    for y in range(first.shape[0] - 1):
        for r in range(first[y], first[y + 1]):
            c = of_run[r]
            if frame[c, TALL] > 0:
                row = frame[c, AT] + (rows[y] - frame[c, TOP]) * frame[c, WIDE] - frame[c, LEFT]
                x = start[r]
                while x < stop[r]:
                    end = min(stop[r], across[columns[x] + 1])
                    counts[row + columns[x]] += end - x
                    x = end
    return counts


@twins.step("pieces", patience=1 << 26)
def painted(of_run: Bits, start: Indices, stop: Indices, height: int, width: int) -> Bits:
    """What is known of each run, for each pixel: uint8 [height, width]."""
    return np.repeat(of_run, stop - start).reshape(height, width)


def components(lines: Runs, rows: Indices, columns: Indices, cell: float) -> Components:
    """The components of runs; `rows` and `columns` are the cells of each pixel's, `cell` the pixels of a cell."""
    of_run = joined(*lines)
    area, inked, parent, top, left, bottom, right = measured(*lines, of_run)
    long = (area > STROKE * cell) & (1 + np.maximum(bottom - top, right - left) >= cell**0.5)
    large = np.where(inked == 1, (area > SPECK * cell) | long, area > CORNER * cell)
    bounds = np.stack([rows[top], rows[bottom], columns[left], columns[right]], axis=1)
    tall, wide = (np.where(large, 1 + bounds[:, k + 1] - bounds[:, k] + 2 * FRAME_MARGIN, 0) for k in (0, 2))
    at = np.cumsum(tall * wide) - tall * wide
    frame = np.stack([bounds[:, 0] - FRAME_MARGIN, bounds[:, 2] - FRAME_MARGIN, tall, wide, at], axis=1)
    return Components(of_run, area, inked, parent, frame, bounds)
