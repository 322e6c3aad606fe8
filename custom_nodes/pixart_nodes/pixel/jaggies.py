"""Jaggies on lines one pixel wide, repaired by the lengths of their runs: doubled corners and uneven steps.

A line that goes on over corners is a chain of runs. Artists let the runs touch at corners only ("pixel-perfect"
lines) and let their lengths rise and fall evenly; see Pedro Medeiros, "Lines", and Derek Yu, "Pixel art tutorial".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clusters import Labels, in_blocks

OUTSIDE = -2  # label of what is beyond the picture: equal to nothing in it
EDGE = 3  # pixels of it around the picture: as far as a corner is looked at
MOST_ROUNDS = 64  # each shortens what is left; a picture of one long line needs a few

FURTHEST = 12  # pixels of a line that tell which way it bends

TURNS = [(dy, dx) for dy in (-1, 1) for dx in (-1, 1)]
SIDES = [(-1, 0), (0, -1), (0, 1), (1, 0)]
Place = tuple[int, int]
Corner = tuple[int, int, int, int]


def without_corners(labels: Labels, clear: int) -> Labels:
    """Labels [H, W] whose 1-pixel lines have no doubled corners; `clear` is no line's colour.

    A doubled corner is an L whose one arm has 2 pixels and then goes on away from the other arm: a step in a curve.
    The corners of boxes, letters and hooks have longer arms, or end, and stay.
    """
    padded = np.pad(labels, EDGE, constant_values=OUTSIDE)
    for _ in range(MOST_ROUNDS):
        removed = 0
        for excess, corner in _corners(padded, clear):
            # What went before may have made it needless, or its run the shorter; one that turns may lose both ends.
            if _is_corner(padded, *corner) and _excess(padded, *corner) >= excess - 0.5:
                removed += _remove(padded, *corner)
        if not removed:
            break
    return padded[EDGE:-EDGE, EDGE:-EDGE]


def _corners(padded: Labels, clear: int) -> list[tuple[float, Corner]]:
    """Corners (y, x, arm's dy, arm's dx) and by how much their runs are too long; those first, then what bulges most.

    So round shapes stay symmetric. Of equals the upper left comes first, so a straight line is cut at one side of its
    steps.
    """
    lines = ~in_blocks(padded) & (padded != clear) & (padded != OUTSIDE)
    found = []
    for dy, dx in TURNS:
        here = lines & _same(padded, 0, dx) & _same(padded, dy, 0)
        for y, x in np.argwhere(here & ~_same(padded, 0, -dx) & ~_same(padded, -dy, 0)).tolist():
            if _is_corner(padded, y, x, dy, dx):
                found.append((-_excess(padded, y, x, dy, dx), -_bulge(padded, y, x, dy, dx), (y, x, dy, dx)))
    return [(-excess, corner) for excess, _, corner in sorted(found)]


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
    while len(way) < FURTHEST:
        y, x = here
        for moves in (SIDES, TURNS):
            around = [(y + dy, x + dx) for dy, dx in moves]
            ahead = [place for place in around if place != behind and padded[place] == padded[y, x]]
            if ahead:
                break
        if len(ahead) != 1:
            break
        behind, here = here, ahead[0]
        way.append(here)
    return way


def _remove(padded: Labels, y: int, x: int, dy: int, dx: int) -> int:
    """Give the corner the colour outside of the curve; 0 where that isn't one colour."""
    outer = [int(padded[y, x - dx]), int(padded[y - dy, x]), int(padded[y - dy, x - dx])]
    inside = [label for label in outer if label != OUTSIDE]
    for label in inside:
        if 2 * inside.count(label) > len(inside):
            padded[y, x] = label
            return 1
    return 0


def with_even_steps(labels: Labels, clear: int) -> Labels:
    """Labels [H, W] in which no run of a 1-pixel line is 2 or more longer or shorter than both its neighbours.

    One pixel moves from the longer run to the shorter. Runs whose lengths rise or fall to that one are a curve's, and
    stay, as do ends and turns.
    """
    level = _with_even_runs(labels, clear)
    return np.ascontiguousarray(_with_even_runs(np.ascontiguousarray(level.T), clear).T)


def _with_even_runs(labels: Labels, clear: int) -> Labels:
    padded = np.pad(labels, EDGE, constant_values=OUTSIDE)
    for _ in range(MOST_ROUNDS):
        runs = _Runs.of(padded, clear)
        moved, busy = 0, set()
        for left, right, step in _uneven(runs):
            if not busy & {left, right} and _move(padded, runs, left, right, step):
                busy |= {left, right, *runs.beside[left], *runs.beside[right]}
                moved += 1
        if not moved:
            break
    return padded[EDGE:-EDGE, EDGE:-EDGE]


@dataclass(frozen=True, eq=False)
class _Runs:
    """Runs of lines: row, first and last column [N]; the run beside each end (-1: none) and where that lies (-1, 1)."""

    y: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    beside: list[tuple[int, int]]
    turns: list[tuple[int, int]]

    @classmethod
    def of(cls, padded: Labels, clear: int) -> _Runs:
        edges = padded[:, 1:] != padded[:, :-1]
        starts, ends = np.pad(edges, ((0, 0), (1, 0))), np.pad(edges, ((0, 0), (0, 1)))
        line = ~in_blocks(padded) & (padded != clear) & (padded != OUTSIDE)
        y, first = np.nonzero(starts & (padded != OUTSIDE))
        last = np.nonzero(ends & (padded != OUTSIDE))[1]
        touching = np.cumsum(_same(padded, -1, 0) | _same(padded, 1, 0) | ~line, axis=1)
        free = touching[y, last] == touching[y, first - 1]
        y, first, last = y[free], first[free], last[free]
        at = {(row, column): n for n, (row, column) in enumerate(zip(y.tolist(), first.tolist(), strict=True))}
        at_end = {(row, column): n for n, (row, column) in enumerate(zip(y.tolist(), last.tolist(), strict=True))}
        links = [
            (_link(padded, a, b, -1, at_end), _link(padded, a, c, 1, at))
            for a, b, c in zip(y.tolist(), first.tolist(), last.tolist(), strict=True)
        ]
        return cls(y, first, last, [(a[0], b[0]) for a, b in links], [(a[1], b[1]) for a, b in links])

    def length(self, run: int) -> int:
        """Pixels of a run."""
        return int(self.last[run] - self.first[run]) + 1


def _link(padded: Labels, y: int, x: int, dx: int, runs: dict[tuple[int, int], int]) -> tuple[int, int]:
    """The run that goes on over the corner of a run's end, and whether above or below; (-1, 0) for none or two."""
    found = [dy for dy in (-1, 1) if padded[y + dy, x + dx] == padded[y, x]]
    if len(found) != 1:
        return -1, 0
    return runs.get((y + found[0], x + dx), -1), found[0]


def _uneven(runs: _Runs) -> list[tuple[int, int, int]]:
    """Joints (left run, right run, step) whose border should go by `step` columns: -1 makes the right one longer."""
    found = []
    for run, (a, c) in enumerate(runs.beside):
        if a < 0 or c < 0 or not (_passes(runs, a) and _passes(runs, run) and _passes(runs, c)):
            continue
        before, after = runs.beside[a][0], runs.beside[c][1]
        if before < 0 and after < 0:
            continue
        own, left, right = runs.length(run), runs.length(a), runs.length(c)
        trend = [runs.length(n) - runs.length(m) for n, m in ((before, a), (after, c)) if n >= 0]
        if own + 2 <= min(left, right) and max(trend) <= 0:
            found.append((a, run, -1) if left >= right else (run, c, 1))
        elif own >= max(left, right) + 2 and min(trend) >= 0:
            found.append((a, run, 1) if left <= right else (run, c, -1))
    return found


def _passes(runs: _Runs, run: int) -> bool:
    """Whether the line goes up or down through a run, and doesn't turn back in it; an end is no turn."""
    left, right = runs.turns[run]
    return left == 0 or right == 0 or left != right


def _move(padded: Labels, runs: _Runs, left: int, right: int, step: int) -> bool:
    """Shift the border between two runs by a column, unless the line would cover a detail or touch another line."""
    giver, taker = (left, right) if step < 0 else (right, left)
    x = int(runs.last[left] if step < 0 else runs.first[right])
    y, to = int(runs.y[giver]), int(runs.y[taker])
    dy, own = to - y, padded[y, x]
    fill, beyond = padded[y - dy, x], padded[to + dy, x]
    free = fill != OUTSIDE and beyond in (padded[to, x], OUTSIDE)
    if not free or runs.length(giver) < 2 or own in padded[to + dy, x - 1 : x + 2]:
        return False
    padded[y, x], padded[to, x] = fill, own
    return True
