"""Colours of machines whose every cell has its own: all sets are tried in all cells."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .cell_cost import set_costs
from .machine import Machine

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

ENOUGH = 120  # cells by which the shared colour is chosen


def own_colors(cells: Floats, machine: Machine, shared: int | None, grain: float) -> Indices:
    """Places among the machine's gamut for each cell [C, P, 3] in OKLab: [C, K], the shared one first.

    `shared` is the place of a shared colour that is given.
    """
    pool = machine.gamut.lab
    if not machine.shared:
        sets = _sets(machine)
        return sets[set_costs(cells, pool, sets, grain).argmin(axis=1)]
    tries = range(len(pool)) if shared is None else [shared]
    options = [_with(place, len(pool), machine.colors) for place in tries]
    some = np.ascontiguousarray(cells[:: max(1, len(cells) // ENOUGH)])
    totals = [set_costs(some, pool, sets, grain).min(axis=1).sum() for sets in options] if len(options) > 1 else [0.0]
    sets = options[int(np.argmin(totals))]
    return sets[set_costs(cells, pool, sets, grain).argmin(axis=1)]


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
