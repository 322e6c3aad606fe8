"""Compiled pixel/machine/cell_cost.py: what pixels cost in few colours, and which tiles are missed least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...machine import cell_cost as plain
from ...machine.cell_cost import ONE_COLOR, TINY_ENERGY
from .jit import full_width, inner, kernel, same

__all__ = ["ONE_COLOR", "TINY_ENERGY"]  # what the plain functions look for here

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
NEVER = 1e300  # above any cost
RUN = 512  # pixels at a time, which stay in the processor's first cache for all colours

mixture = inner(same(plain.mixture, globals()))


@inner
def _one_color(x, y, z, color, best):
    for i in range(best.shape[0]):
        ex, ey, ez = x[i] - color[0], y[i] - color[1], z[i] - color[2]
        best[i] = min(best[i], ex * ex + ey * ey + ez * ez)


@inner
def _two_colors(x, y, z, color, other, grain, best):
    dx, dy, dz = other[0] - color[0], other[1] - color[1], other[2] - color[2]
    for i in range(best.shape[0]):
        ex, ey, ez = x[i] - color[0], y[i] - color[1], z[i] - color[2]
        best[i] = min(best[i], mixture(ex, ey, ez, dx, dy, dz, grain))


@kernel
def _lowest_costs(planes, palette, grain, out):
    full_width()
    out[:] = NEVER
    for start in range(0, out.shape[0], RUN):
        x, y, z = planes[0, start : start + RUN], planes[1, start : start + RUN], planes[2, start : start + RUN]
        best = out[start : start + RUN]
        for a in range(palette.shape[0]):
            _one_color(x, y, z, palette[a], best)
            if grain < ONE_COLOR:
                for b in range(a + 1, palette.shape[0]):
                    _two_colors(x, y, z, palette[a], palette[b], grain, best)


@kernel
def _swap_costs(planes, rest, pool, grain, base, best, out):
    full_width()
    for j in range(pool.shape[0]):
        total = 0.0
        for start in range(0, base.shape[0], RUN):
            x, y, z = planes[0, start : start + RUN], planes[1, start : start + RUN], planes[2, start : start + RUN]
            some = best[: x.shape[0]]
            some[:] = base[start : start + RUN]
            _one_color(x, y, z, pool[j], some)
            if grain < ONE_COLOR:
                for a in range(rest.shape[0]):
                    _two_colors(x, y, z, pool[j], rest[a], grain, some)
            for i in range(some.shape[0]):
                total += some[i]
        out[j] = total


@inner
def _pair_costs(x, y, z, pool, grain, table):
    for a in range(pool.shape[0]):
        for b in range(pool.shape[0]):
            best = table[a, b]
            best[:] = NEVER
            _two_colors(x, y, z, pool[a], pool[b], grain, best)


@inner
def _keep_less(best, others):
    for i in range(best.shape[0]):
        best[i] = min(best[i], others[i])


@kernel
def _set_costs(cells, pool, sets, grain, table, best, out):
    full_width()
    for c in range(cells.shape[0]):
        _pair_costs(cells[c, 0], cells[c, 1], cells[c, 2], pool, grain, table)
        for s in range(sets.shape[0]):
            best[:] = NEVER
            for x in range(sets.shape[1]):
                for y in range(x + 1, sets.shape[1]):
                    _keep_less(best, table[sets[s, x], sets[s, y]])
            total = 0.0
            for i in range(best.shape[0]):
                total += best[i]
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
    loser = -1
    for j in range(costs.shape[1]):
        if alive[j] and (loser < 0 or loss[j] < loss[loser]):
            loser = j
    return loser


@kernel
def _pattern_choice(costs, budget, alive, first, second, loss):
    for i in range(costs.shape[0]):
        _two_best(costs, i, alive, first, second)
    for _ in range(costs.shape[1] - budget):
        loser = _least_missed(costs, alive, first, second, loss)
        alive[loser] = False
        for i in range(costs.shape[0]):
            if first[i] == loser or second[i] == loser:
                _two_best(costs, i, alive, first, second)


def lowest_costs(points: Floats, palette: Floats, grain: float) -> Floats:
    """The twin of cell_cost.lowest_costs."""
    out = np.empty(len(points))
    _lowest_costs(np.ascontiguousarray(points.T), np.ascontiguousarray(palette), float(grain), out)
    return out


def swap_costs(points: Floats, rest: Floats, pool: Floats, grain: float) -> Floats:
    """The twin of cell_cost.swap_costs."""
    planes, rest, pool = (np.ascontiguousarray(each) for each in (points.T, rest, pool))
    base, out = np.empty(len(points)), np.empty(len(pool))
    _lowest_costs(planes, rest, float(grain), base)
    _swap_costs(planes, rest, pool, float(grain), base, np.empty(RUN), out)
    return out


def set_costs(cells: Floats, pool: Floats, sets: Indices, grain: float) -> Floats:
    """The twin of cell_cost.set_costs."""
    planes, pool, sets = (
        np.ascontiguousarray(cells.transpose(0, 2, 1)),
        np.ascontiguousarray(pool),
        np.ascontiguousarray(sets),
    )
    table, out = np.empty((len(pool), len(pool), cells.shape[1])), np.empty((len(cells), len(sets)))
    _set_costs(planes, pool, sets, float(grain), table, np.empty(cells.shape[1]), out)
    return out


def pattern_choice(costs: Floats, budget: int) -> Indices:
    """The twin of cell_cost.pattern_choice."""
    places, patterns = costs.shape
    first, second = np.zeros(places, np.int64), np.zeros(places, np.int64)
    alive = np.ones(patterns, np.bool_)
    _pattern_choice(np.ascontiguousarray(costs), budget, alive, first, second, np.zeros(patterns))
    return first


def warm() -> None:
    """Compile the kernels."""
    points, pairs = np.zeros((1, 3)), np.array([[0, 0]])
    swap_costs(points, points, points, 0.5)
    set_costs(points[None], points, pairs, 0.5)
    pattern_choice(np.zeros((1, 2)), 1)
