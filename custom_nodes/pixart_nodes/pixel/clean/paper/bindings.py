"""Holes for rings and the wire of a spiral, no ink: a row of pieces that are alike, along a side of the sheet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pieces import pieces

Cover = NDArray[np.uint8]  # [H, W]

MARGIN = 0.075  # of the sheet's short side, within which holes are punched
LARGEST, SMALLEST = 0.06, 0.004  # of the short side, across a hole
ALIKE = 0.3  # of the usual size, by which sizes differ
STRAIGHT = 0.008  # of the short side, by which holes are off their row
EVEN, MOST = 0.15, 0.8  # of the usual distance, by which distances differ, and how many of them do so little
MANY = 4  # pieces that are a row by themselves; fewer have to be round, and in the middle of their side
LEAST_SPAN = 0.5  # of the side, from the first of many to the last
ROUND = (0.66, 0.9)  # of the square around it, which a disc covers
CENTRED = 0.03  # of the side


def removed(cover: Cover) -> Cover:
    """Cover uint8 [H, W] without what binds the sheet."""
    parts = pieces(cover)
    stats = parts.stats
    short, size = min(cover.shape), np.array(cover.shape[::-1], np.float64)
    across = stats[:, 2:4].max(axis=1)
    small = (across <= LARGEST * short) & (across >= SMALLEST * short)
    small[0] = False
    holes = np.zeros(parts.count, bool)
    for axis in (0, 1):
        for far in (False, True):
            ends = stats[:, axis], stats[:, axis] + stats[:, 2 + axis]
            near = (ends[0] > size[axis] - MARGIN * short) if far else (ends[1] < MARGIN * short)
            number = np.flatnonzero(small & near)
            holes[_row(number, stats, parts.centres, 1 - axis, (size[1 - axis], short))] = True
    return parts.without(holes, 5) if holes.any() else cover


def _row(
    number: NDArray[np.intp],
    stats: NDArray[np.int32],
    centres: NDArray[np.float64],
    along: int,
    sides: tuple[float, float],
) -> NDArray[np.intp]:
    """Which of the pieces beside a side are a row of holes; `sides` are the length of that and of the short one."""
    if len(number) < 2:
        return number[:0]
    sizes = stats[number, 2:4]
    number = number[(np.abs(sizes - np.median(sizes, axis=0)) <= ALIKE * np.median(sizes) + 1).all(axis=1)]
    number = number[np.argsort(centres[number, along])]
    places = centres[number]
    off = np.abs(places[:, 1 - along] - np.median(places[:, 1 - along])) <= STRAIGHT * sides[1] + 1
    number, at = number[off], places[off, along]
    if len(number) < 2:
        return number[:0]
    gaps = np.diff(at)
    times = np.maximum(np.rint(gaps / np.median(gaps)), 1)
    even = (np.abs(gaps / np.median(gaps) - times) < EVEN).mean() >= MOST
    if len(number) >= MANY:
        return number if even and at[-1] - at[0] > LEAST_SPAN * sides[0] else number[:0]
    filled = stats[number, 4] / (stats[number, 2] * stats[number, 3])
    discs = ((filled > ROUND[0]) & (filled < ROUND[1])).all()
    return number if discs and even and abs((at[0] + at[-1]) / 2 - sides[0] / 2) < CENTRED * sides[0] else number[:0]
