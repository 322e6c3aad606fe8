"""Compiled pixel/machine/cell_cost.py: what pixels cost in few colours, and which tiles are missed least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...machine import cell_cost as plain
from ...machine.cell_cost import ONE_COLOR, TINY
from .jit import inner, kernel, same

__all__ = ["ONE_COLOR", "TINY"]  # what the plain functions look for here

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
NEVER = 1e300  # above any cost

mixture = inner(same(plain.mixture, globals()))


@inner
def _lowest(x, y, z, palette, grain):
    best = NEVER
    for a in range(palette.shape[0]):
        ex, ey, ez = x - palette[a, 0], y - palette[a, 1], z - palette[a, 2]
        best = min(best, ex * ex + ey * ey + ez * ez)
        if grain < ONE_COLOR:
            for b in range(a + 1, palette.shape[0]):
                dx, dy, dz = palette[b, 0] - palette[a, 0], palette[b, 1] - palette[a, 1], palette[b, 2] - palette[a, 2]
                best = min(best, mixture(ex, ey, ez, dx, dy, dz, grain))
    return best


@kernel
def _lowest_costs(points, palette, grain, out):
    for i in range(points.shape[0]):
        out[i] = _lowest(points[i, 0], points[i, 1], points[i, 2], palette, grain)


@kernel
def _swap_costs(points, rest, pool, grain, base, out):
    for j in range(pool.shape[0]):
        total = 0.0
        for i in range(points.shape[0]):
            ex, ey, ez = points[i, 0] - pool[j, 0], points[i, 1] - pool[j, 1], points[i, 2] - pool[j, 2]
            best = min(base[i], ex * ex + ey * ey + ez * ez)
            if grain < ONE_COLOR:
                for a in range(rest.shape[0]):
                    dx, dy, dz = rest[a, 0] - pool[j, 0], rest[a, 1] - pool[j, 1], rest[a, 2] - pool[j, 2]
                    best = min(best, mixture(ex, ey, ez, dx, dy, dz, grain))
            total += best
        out[j] = total


@inner
def _pair_costs(points, pool, grain, table):
    for a in range(pool.shape[0]):
        for b in range(pool.shape[0]):
            dx, dy, dz = pool[b, 0] - pool[a, 0], pool[b, 1] - pool[a, 1], pool[b, 2] - pool[a, 2]
            for i in range(points.shape[0]):
                ex, ey, ez = points[i, 0] - pool[a, 0], points[i, 1] - pool[a, 1], points[i, 2] - pool[a, 2]
                table[a, b, i] = mixture(ex, ey, ez, dx, dy, dz, grain)


@kernel
def _set_costs(cells, pool, sets, grain, table, out):
    for c in range(cells.shape[0]):
        _pair_costs(cells[c], pool, grain, table)
        for s in range(sets.shape[0]):
            total = 0.0
            for i in range(cells.shape[1]):
                best = NEVER
                for x in range(sets.shape[1]):
                    for y in range(x + 1, sets.shape[1]):
                        best = min(best, table[sets[s, x], sets[s, y], i])
                total += best
            out[c, s] = total


@inner
def _two_best(costs, i, alive, first, second):
    a, b = -1, -1
    for j in range(costs.shape[1]):
        if alive[j]:
            if a < 0 or costs[i, j] < costs[i, a]:
                a, b = j, a
            elif b < 0 or costs[i, j] < costs[i, b]:
                b = j
    first[i], second[i] = a, b if b >= 0 else a


@inner
def _least_missed(costs, alive, first, second, loss):
    loss[:] = 0.0
    for i in range(costs.shape[0]):
        loss[first[i]] += costs[i, second[i]] - costs[i, first[i]]
    gone = -1
    for j in range(costs.shape[1]):
        if alive[j] and (gone < 0 or loss[j] < loss[gone]):
            gone = j
    return gone


@kernel
def _kept(costs, budget, alive, first, second, loss):
    for i in range(costs.shape[0]):
        _two_best(costs, i, alive, first, second)
    for _ in range(costs.shape[1] - budget):
        gone = _least_missed(costs, alive, first, second, loss)
        alive[gone] = False
        for i in range(costs.shape[0]):
            if first[i] == gone or second[i] == gone:
                _two_best(costs, i, alive, first, second)


def lowest_costs(points: Floats, palette: Floats, grain: float) -> Floats:
    """The twin of cell_cost.lowest_costs."""
    out = np.empty(len(points))
    _lowest_costs(np.ascontiguousarray(points), np.ascontiguousarray(palette), float(grain), out)
    return out


def swap_costs(points: Floats, rest: Floats, pool: Floats, grain: float) -> Floats:
    """The twin of cell_cost.swap_costs."""
    points, rest, pool = (np.ascontiguousarray(each) for each in (points, rest, pool))
    base, out = np.empty(len(points)), np.empty(len(pool))
    _lowest_costs(points, rest, float(grain), base)
    _swap_costs(points, rest, pool, float(grain), base, out)
    return out


def set_costs(cells: Floats, pool: Floats, sets: Indices, grain: float) -> Floats:
    """The twin of cell_cost.set_costs."""
    table, out = np.empty((len(pool), len(pool), cells.shape[1])), np.empty((len(cells), len(sets)))
    cells, pool, sets = np.ascontiguousarray(cells), np.ascontiguousarray(pool), np.ascontiguousarray(sets, np.int64)
    _set_costs(cells, pool, sets, float(grain), table, out)
    return out


def kept_patterns(costs: Floats, budget: int) -> Indices:
    """The twin of cell_cost.kept_patterns."""
    places, patterns = costs.shape
    first, second = np.zeros(places, np.int64), np.zeros(places, np.int64)
    alive = np.ones(patterns, np.bool_)
    _kept(np.ascontiguousarray(costs), budget, alive, first, second, np.zeros(patterns))
    return first


def warm() -> None:
    """Compile the kernels."""
    points, pairs = np.zeros((1, 3)), np.array([[0, 0]])
    swap_costs(points, points, points, 0.5)
    set_costs(points[None], points, pairs, 0.5)
    kept_patterns(np.zeros((1, 2)), 1)
