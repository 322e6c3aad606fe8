"""Cells' colours put into a few palettes: bin packing of sets that overlap ("pagination").

First greedily in several orders, then by simulated annealing (S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, 1983): sets
are moved between palettes that may be overfull for the time being. Deterministic. It can miss a packing: to tell that
there is none is NP-hard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ColorSet = frozenset[int]
Counts = NDArray[np.int64]

ORDERS = 24  # in which sets are packed greedily
STARTS, MOVES = 4, 8_000  # of the annealing
HOT, COLD = 0.6, 0.05  # colours by which a move may make matters worse, first and last
SPREAD_WEIGHT = 0.08  # what each colour of a palette that isn't overfull counts beside one that is too many


def impossible(needs: list[ColorSet], count: int, room: int) -> bool:
    """Whether it is plain that no `count` sets of `room` colours hold all needs."""
    return any(len(each) > room for each in needs) or len(frozenset().union(*needs)) > count * room


def packed(needs: list[ColorSet], count: int, room: int, *, patient: bool = True) -> list[ColorSet] | None:
    """At most `count` sets of at most `room` colours that hold all needs; None where none turned up.

    patient: sets are moved about where no order of them does.
    """
    if impossible(needs, count, room):
        return None
    needed = {each for each in needs if each}
    largest = [each for each in needed if not any(each < other for other in needed)]
    order = sorted(largest, key=lambda each: (-len(each), sorted(each)))
    random = np.random.default_rng(0)
    for turn in range(ORDERS):
        bins = _greedy(order if turn == 0 else [order[at] for at in random.permutation(len(order))], room)
        if len(bins) <= count:
            return bins
    tries = (_annealed(order, count, room, random) for _ in range(STARTS if patient else 0))
    return next((bins for bins in tries if bins is not None), None)


def _greedy(order: list[ColorSet], room: int) -> list[ColorSet]:
    """Each set where it shares most of the palettes that have room for it, else in a new one."""
    bins: list[ColorSet] = []
    for each in order:
        fits = [at for at, one in enumerate(bins) if len(one | each) <= room]
        if fits:
            best = max(fits, key=lambda at: (len(bins[at] & each), -len(bins[at])))
            bins[best] |= each
        else:
            bins.append(each)
    return bins


def _annealed(order: list[ColorSet], count: int, room: int, random: np.random.Generator) -> list[ColorSet] | None:
    """Sets moved one by one between palettes, those of overfull ones first, until none is overfull."""
    colors = sorted(frozenset().union(*order))
    places = [np.searchsorted(colors, sorted(each)) for each in order]
    counts, owners = np.zeros((count, len(colors)), np.int64), np.zeros(len(order), np.int64)
    for at in random.permutation(len(order)).tolist():
        owners[at] = int(np.argmin(_added(counts, places[at], room)))
        counts[owners[at], places[at]] += 1
    chances, moves = random.random(MOVES), random.random(MOVES)
    for turn in range(MOVES):
        full = (counts > 0).sum(axis=1) > room
        if not full.any():
            return [frozenset(np.array(colors)[row > 0].tolist()) for row in counts]
        movable = np.flatnonzero(full[owners]) if turn % 2 else np.arange(len(owners))
        at = int(movable[int(moves[turn] * len(movable))])
        own = owners[at]
        counts[own, places[at]] -= 1
        heat = HOT * (COLD / HOT) ** (turn / MOVES)
        owners[at] = _pick(_added(counts, places[at], room), heat, chances[turn])
        counts[owners[at], places[at]] += 1
    return None


def _added(counts: Counts, places: Counts, room: int) -> NDArray[np.float64]:
    """What it costs to put a set into each palette: colours beyond the room, and a little for each new one."""
    new, size = (counts[:, places] == 0).sum(axis=1), (counts > 0).sum(axis=1)
    return np.maximum(0, size + new - room) - np.maximum(0, size - room) + SPREAD_WEIGHT * new


def _pick(costs: NDArray[np.float64], heat: float, chance: float) -> int:
    """One of the palettes, the cheaper the likelier."""
    odds = np.cumsum(np.exp((costs.min() - costs) / heat))
    return int(np.searchsorted(odds, chance * odds[-1], side="right"))
