"""Colours of machines whose every cell has its own: all sets are tried in all cells."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .cell_cost import GRAIN_WEIGHT, ONE_COLOR, set_costs
from .machine import Machine

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

SETS_BY_GRAIN = {0.1: 3, GRAIN_WEIGHT: 5, 0.7: 2, ONE_COLOR: 2}  # grain -> how many sets are worth a try
ENOUGH_CELLS = 120  # cells by which the shared colour is chosen


def own_colors(cells: Floats, machine: Machine, shared: int | None, grain: float) -> Indices:
    """Places among the machine's gamut for each cell [C, P, 3] in OKLab: [C, K], the shared one first.

    `shared` is the place of a shared colour that is given.
    """
    pool = machine.gamut.lab
    if machine.shared and shared is None:
        some = np.ascontiguousarray(cells[:: max(1, len(cells) // ENOUGH_CELLS)])
        totals = [set_costs(some, pool, sets(machine, place), grain).min(axis=1).sum() for place in range(len(pool))]
        shared = int(np.argmin(totals))
    options = sets(machine, shared)
    return options[set_costs(cells, pool, options, grain).argmin(axis=1)]


def likely(cells: Floats, machine: Machine, options: Indices) -> Indices:
    """The numbers of the sets [S, K] that suit each cell [C, P, 3] best, for fine and for coarse grain: [C, N]."""
    orders = [
        np.argsort(set_costs(cells, machine.gamut.lab, options, grain), axis=1, kind="stable")[:, :count]
        for grain, count in SETS_BY_GRAIN.items()
    ]
    return np.ascontiguousarray(np.concatenate(orders, axis=1))


def sets(machine: Machine, shared: int | None) -> Indices:
    """All that a cell's colours can be, [S, K]; those that begin with a shared colour where there is one."""
    return _sets(machine) if shared is None else _with(shared, len(machine.gamut.codes), machine.colors)


def _sets(machine: Machine) -> Indices:
    """All sets of as many colours as a cell has; where the machine has groups, of one group each."""
    codes = machine.gamut.codes
    groups = [np.flatnonzero(np.isin(codes, group)) for group in machine.groups] or [np.arange(len(codes))]
    sets = {chosen for group in groups for chosen in combinations(group.tolist(), machine.colors)}
    return np.array(sorted(sets))


def _with(place: int, count: int, colors: int) -> Indices:
    """All sets that begin with that colour."""
    others = [each for each in range(count) if each != place]
    return np.array([(place, *rest) for rest in combinations(others, colors - 1)])
