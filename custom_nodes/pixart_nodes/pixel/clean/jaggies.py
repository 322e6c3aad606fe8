"""Jaggies on lines one pixel wide, repaired by the lengths of their runs: doubled corners and uneven steps.

A line that goes on over corners is a chain of runs. Artists let the runs touch at corners only ("pixel-perfect"
lines) and let their lengths rise and fall evenly; see Pedro Medeiros, "Lines", and Derek Yu, "Pixel art tutorial".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clusters import Ids, Labels, in_blocks

OUTSIDE_LABEL = -2  # label of what is beyond the picture: equal to nothing in it
FRAME_WIDTH = 3  # pixels of it around the picture: as far as a corner is looked at
MOST_ROUNDS = 64  # a line needs two or three; the rest is for textures
BEND_PIXELS = 12  # pixels of a line that tell which way it bends

TURNS = [(dy, dx) for dy in (-1, 1) for dx in (-1, 1)]
SIDES = [(-1, 0), (0, -1), (0, 1), (1, 0)]
Place = tuple[int, int]
Corner = tuple[int, int, int, int]


def without_corners(labels: Labels, clear: int) -> Labels:
    """Labels [H, W] whose 1-pixel lines have no doubled corners; `clear` is no line's colour.

    A doubled corner is an L whose one arm has 2 pixels and then goes on away from the other arm: a step in a curve.
    The corners of boxes, letters and hooks have longer arms, or end, and stay.
    """
    padded = np.pad(labels, FRAME_WIDTH, constant_values=OUTSIDE_LABEL)
    for _ in range(MOST_ROUNDS):
        removed = 0
        for excess, corner in _corners(padded, clear):
            # What went before may have made it needless, or its run the shorter; one that turns may lose both ends.
            if _is_corner(padded, *corner) and _excess(padded, *corner) >= excess - 0.5:
                removed += _remove(padded, *corner)
        if not removed:
            break
    return padded[FRAME_WIDTH:-FRAME_WIDTH, FRAME_WIDTH:-FRAME_WIDTH]


def _corners(padded: Labels, clear: int) -> list[tuple[float, Corner]]:
    """Corners (y, x, arm's dy, arm's dx) and by how much their runs are too long; those first, then what bulges most.

    So round shapes stay symmetric. Of equals the upper left comes first, so a straight line is cut at one side of its
    steps.
    """
    lines = ~in_blocks(padded) & (padded != clear) & (padded != OUTSIDE_LABEL)
    corners = []
    for dy, dx in TURNS:
        here = lines & _same(padded, 0, dx) & _same(padded, dy, 0)
        for y, x in np.argwhere(here & ~_same(padded, 0, -dx) & ~_same(padded, -dy, 0)).tolist():
            if _is_corner(padded, y, x, dy, dx):
                corners.append((-_excess(padded, y, x, dy, dx), -_bulge(padded, y, x, dy, dx), (y, x, dy, dx)))
    return [(-excess, corner) for excess, _, corner in sorted(corners)]


def _same(padded: Labels, dy: int, dx: int) -> NDArray[np.bool_]:
    return np.roll(padded, (-dy, -dx), axis=(0, 1)) == padded


def _is_corner(padded: Labels, y: int, x: int, dy: int, dx: int) -> bool:
    """Whether the pixel is the corner of an L with arms towards dy and dx, one of them a step of 2 that goes on."""
    own = padded[y, x]
    arms = padded[y, x + dx] == own and padded[y + dy, x] == own
    alone = own not in (padded[y, x - dx], padded[y - dy, x], padded[y + dy, x + dx], padded[y - dy, x - dx])
    if not (arms and alone):
        return False
    down = _goes_on(own, padded[y + 2 * dy, x], padded[y + 2 * dy, x + dx], padded[y + dy : y + 3 * dy : dy, x - dx])
    across = _goes_on(own, padded[y, x + 2 * dx], padded[y + dy, x + 2 * dx], padded[y - dy, x + dx : x + 3 * dx : dx])
    return down or across


def _goes_on(own: int, straight: int, back: int, away: Labels) -> bool:
    return own not in (straight, back) and bool((away == own).any())


def _excess(padded: Labels, y: int, x: int, dy: int, dx: int) -> float:
    """By how many pixels the corner's run is longer than the run it steps to; a run that turns back counts half."""
    own = padded[y, x]
    if padded[y + dy, x - dx] == own:
        return _length(padded, y, x, dy, dx) - _length(padded, y + dy, x, -dy, -dx)
    if padded[y - dy, x + dx] == own:
        turned = padded.T
        return _length(turned, x, y, dx, dy) - _length(turned, x + dx, y, -dx, -dy)
    return 0.0


def _length(padded: Labels, y: int, x: int, dy: int, dx: int) -> float:
    """Length of the run from a pixel towards dx; half where its far end turns towards dy, as this one does."""
    own, far = padded[y, x], x
    while padded[y, far + dx] == own:
        far += dx
    turns_back = own in (padded[y + dy, far], padded[y + dy, far + dx]) and far != x
    return (abs(far - x) + 1) * (0.5 if turns_back else 1.0)


def _bulge(padded: Labels, y: int, x: int, dy: int, dx: int) -> int:
    """By how many pixels the corner lies outside of the chord between the places where a walk both ways ends."""
    ends = [_walk(padded, (y, x), start) for start in ((y, x + dx), (y + dy, x))]
    steps = min(len(way) for way in ends)
    one, other = (way[steps - 1] for way in ends)
    return round((one[0] / 2 + other[0] / 2 - y) * dy + (one[1] / 2 + other[1] / 2 - x) * dx)


def _walk(padded: Labels, behind: Place, here: Place) -> list[Place]:
    """The pixels of a line from the second on, until it ends or parts."""
    way = [here]
    while len(way) < BEND_PIXELS:
        y, x = here
        for moves in (SIDES, TURNS):
            around = [(y + dy, x + dx) for dy, dx in moves]
            next_places = [place for place in around if place != behind and padded[place] == padded[y, x]]
            if next_places:
                break
        if len(next_places) != 1:
            break
        behind, here = here, next_places[0]
        way.append(here)
    return way


def _remove(padded: Labels, y: int, x: int, dy: int, dx: int) -> int:
    """Give the corner the colour outside of the curve; 0 where that isn't one colour."""
    outer = {int(padded[y, x - dx]), int(padded[y - dy, x]), int(padded[y - dy, x - dx])} - {OUTSIDE_LABEL}
    if len(outer) != 1:
        return 0
    (padded[y, x],) = outer
    return 1


def with_even_steps(labels: Labels, clear: int) -> Labels:
    """Labels [H, W] in which no run of a 1-pixel line is 2 or more longer or shorter than both its neighbours.

    One pixel moves from the longer run to the shorter. Runs whose lengths rise or fall to that one are a curve's, and
    stay, as do ends and turns.
    """
    level = _with_even_runs(labels, clear)
    return np.ascontiguousarray(_with_even_runs(np.ascontiguousarray(level.T), clear).T)


def _with_even_runs(labels: Labels, clear: int) -> Labels:
    padded = np.pad(labels, FRAME_WIDTH, constant_values=OUTSIDE_LABEL)
    for _ in range(MOST_ROUNDS):
        runs = _Runs.of(padded, clear)
        moved, busy = 0, set()
        for left, right, step in _uneven(runs):
            if not busy & {left, right} and _move(padded, runs, left, right, step):
                busy |= {int(near[run]) for near in (runs.left, runs.right) for run in (left, right)}
                busy |= {left, right}
                moved += 1
        if not moved:
            break
    return padded[FRAME_WIDTH:-FRAME_WIDTH, FRAME_WIDTH:-FRAME_WIDTH]


@dataclass(frozen=True, eq=False)
class _Runs:
    """Runs of lines [N]: row, first and last column; the runs that go on over the corners of their ends (-1: none)."""

    y: Ids
    first: Ids
    last: Ids
    left: Ids
    right: Ids
    turns: tuple[Ids, Ids]  # whether the line goes on above (-1) or below (1) at the left end and at the right; 0: no

    @classmethod
    def of(cls, padded: Labels, clear: int) -> _Runs:
        """The runs that touch nothing of their colour but over the corners of their ends."""
        line = ~in_blocks(padded) & (padded != clear) & (padded != OUTSIDE_LABEL)
        touching = np.cumsum(_same(padded, -1, 0) | _same(padded, 1, 0) | ~line, axis=1)
        edges = padded[:, 1:] != padded[:, :-1]
        inside = padded != OUTSIDE_LABEL
        y, first = np.nonzero(np.pad(edges, ((0, 0), (1, 0))) & inside)
        last = np.nonzero(np.pad(edges, ((0, 0), (0, 1))) & inside)[1]
        free = touching[y, last] == touching[y, first - 1]
        y, first, last = y[free], first[free], last[free]
        turns = _turn(padded, y, first, -1), _turn(padded, y, last, 1)
        left, right = (
            _at(padded.shape, y, end)[y + turn, start + step]
            for turn, end, start, step in ((turns[0], last, first, -1), (turns[1], first, last, 1))
        )
        return cls(y, first, last, np.where(turns[0] == 0, -1, left), np.where(turns[1] == 0, -1, right), turns)

    @property
    def lengths(self) -> Ids:
        """Pixels of each run."""
        return self.last - self.first + 1

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Whether the line goes up or down through a run and doesn't turn back in it; an end is no turn."""
        left, right = self.turns
        return (left == 0) | (left != right)


def _turn(padded: Labels, y: Ids, x: Ids, dx: int) -> Ids:
    """-1 where the colour at (y, x) goes on above over the corner, 1 where below, 0 where nowhere or both."""
    above, below = (padded[y + dy, x + dx] == padded[y, x] for dy in (-1, 1))
    return below.astype(np.int64) - above


def _at(shape: tuple[int, ...], y: Ids, x: Ids) -> Ids:
    """A map [H, W] of the index of each place (y, x); -1 elsewhere."""
    table = np.full(shape, -1)
    table[y, x] = np.arange(len(y))
    return table


def _uneven(runs: _Runs) -> list[tuple[int, int, int]]:
    """Joints (left run, right run, step) whose border should go by `step` columns: -1 makes the right one longer."""
    lengths, passed = runs.lengths, runs.passed
    far = 2 * int(lengths.max(initial=0)) + 2
    own = np.flatnonzero((runs.left >= 0) & (runs.right >= 0) & passed)
    a, c = runs.left[own], runs.right[own]
    neighbours, beyond = np.stack([lengths[a], lengths[c]]), np.stack([runs.left[a], runs.right[c]])
    usable = passed[a] & passed[c] & (beyond >= 0).any(axis=0)
    trend = lengths[beyond] - neighbours
    no_rise = np.where(beyond >= 0, trend, -far).max(axis=0) <= 0
    no_fall = np.where(beyond >= 0, trend, far).min(axis=0) >= 0
    short = usable & no_rise & (lengths[own] + 2 <= neighbours.min(axis=0))
    long = usable & no_fall & (lengths[own] >= neighbours.max(axis=0) + 2)
    first = np.where(short, neighbours[0] >= neighbours[1], neighbours[0] <= neighbours[1])
    step = np.where(short == first, -1, 1)
    joints = np.stack([np.where(first, a, own), np.where(first, own, c), step], axis=1)
    return [(one, other, way) for one, other, way in joints[short | long].tolist()]


def _move(padded: Labels, runs: _Runs, left: int, right: int, step: int) -> bool:
    """Shift the border between two runs by a column, unless the line would cover a detail or touch another line."""
    giver, taker = (left, right) if step < 0 else (right, left)
    x = int(runs.last[left] if step < 0 else runs.first[right])
    y, to = int(runs.y[giver]), int(runs.y[taker])
    dy, own = to - y, padded[y, x]
    fill, beyond = padded[y - dy, x], padded[to + dy, x]
    free = fill != OUTSIDE_LABEL and beyond in (padded[to, x], OUTSIDE_LABEL)
    if not free or runs.first[giver] == runs.last[giver] or own in padded[to + dy, x - 1 : x + 2]:
        return False
    padded[y, x], padded[to, x] = fill, own
    return True
