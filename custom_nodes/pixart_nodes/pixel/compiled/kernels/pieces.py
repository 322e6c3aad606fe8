"""Pieces of ink: pixels by forms of their own, runs in the plain functions' form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize import pieces as plain
from ...resize.cells import Indices
from ...resize.pieces import AT, LEFT, TALL, TOP, WIDE, Bits
from .jit import inner, kernel, same

__all__ = ["AT", "LEFT", "TALL", "TOP", "WIDE"]  # what the plain functions look for here

EIGHT = np.uint64(0x0101010101010101)

root = inner(same(plain.root, globals()))
join = inner(same(plain.join, globals()))
numbered = inner(same(plain.numbered, globals()))
joined = kernel(same(plain.joined, globals()))
measured = kernel(same(plain.measured, globals()))
covered = kernel(same(plain.covered, globals()))


@kernel
def run_starts(labels: Bits, inks: Bits) -> Indices:
    """The twin of `pixel/resize/pieces.py`; eight pixels of one group are passed over at once."""
    width = labels.shape[1]
    places = np.empty(labels.size, np.int64)  # memory that isn't written to costs nothing
    n = 0
    for y in range(labels.shape[0]):
        row = labels[y]
        words = row[: width // 8 * 8].view(np.uint64)
        places[n] = y * width
        n += 1
        before = row[0]
        for x in range(0, width, 8):
            if x // 8 < words.shape[0] and words[x // 8] == np.uint64(before) * EIGHT:
                continue
            for at in range(x, min(x + 8, width)):
                if row[at] != before:
                    if inks[row[at]] != inks[before]:
                        places[n] = y * width + at
                        n += 1
                    before = row[at]
    return places[:n].copy()


@kernel
def painted(of_run: Bits, start: Indices, stop: Indices, height: int, width: int) -> Bits:
    """The twin of `pixel/resize/pieces.py`."""
    pixels = np.empty(height * width, np.uint8)
    at = 0
    for r in range(of_run.shape[0]):
        end = at + stop[r] - start[r]
        for x in range(at, end):
            pixels[x] = of_run[r]
        at = end
    return pixels.reshape(height, width)


@kernel
def crossings(ink: Bits, down: Indices, across: Indices) -> Indices:
    """The twin of `pixel/resize/pieces.py`."""
    height, width = down.shape[0] - 1, across.shape[0] - 1
    result = np.zeros((3, height, width), np.int64)
    nothing = np.zeros(ink.shape[1], np.uint8)
    sums = np.empty((3, ink.shape[1]), np.uint16)
    for row in range(height):
        sums[:] = 0
        for y in range(down[row], down[row + 1]):
            upper = ink[y - 1] if y > 0 else nothing
            lower = ink[y + 1] if y + 1 < ink.shape[0] else nothing
            _cross(ink[y], upper, lower, sums[0], sums[1], sums[2])
        for part in range(3):
            for x in range(width):
                total = np.int64(0)
                for at in range(across[x], across[x + 1]):
                    total += np.int64(sums[part, at])
                result[part, row, x] = total
    return result


@inner
def _cross(
    own: Bits, upper: Bits, lower: Bits, area: NDArray[np.uint16], beside: NDArray[np.uint16], above: NDArray[np.uint16]
) -> None:
    last = own.shape[0] - 1
    for x in range(own.shape[0]):
        area[x] += own[x]
        above[x] += (own[x] & ~upper[x] & 1) + (own[x] & ~lower[x] & 1)
    for x in range(1, last):
        beside[x] += (own[x] & ~own[x - 1] & 1) + (own[x] & ~own[x + 1] & 1)
    beside[0] += own[0] + (own[0] & ~own[min(1, last)] & 1) if last > 0 else 2 * own[0]
    if last > 0:
        beside[last] += own[last] + (own[last] & ~own[last - 1] & 1)


def warm() -> None:
    """Compile the kernels."""
    one, two, labels = np.zeros(1, np.int64), np.arange(2), np.zeros((1, 1), np.uint8)
    stop = one + 1
    of_run = joined(two, run_starts(labels, np.zeros(1, np.uint8)), stop, one)
    measured(two, one, stop, one, of_run)
    covered(two, one, stop, of_run, np.zeros((1, 5), np.int64), one, one, two)
    crossings(labels, two, two)
    painted(of_run.astype(np.uint8), one, stop, 1, 1)
