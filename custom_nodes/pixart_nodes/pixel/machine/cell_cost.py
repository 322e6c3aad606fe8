"""What it costs to show pixels in a few colours when dither will mix them: squared OKLab distances, [points, 3].

A pixel may be shown by a mix of two colours. The mix costs its distance to the pixel, and a part of how far its two
colours are from each other, since that is seen as grain.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

TINY_ENERGY = 1e-12  # of squared OKLab: keeps the share of two equal colours a number
FEW_COLORS = 4  # colours of a palette up to which it is chosen for mixes of two; more are near enough by themselves
GRAIN_WEIGHT = 0.4  # what dithered mixes cost beside their mean; chosen by S-CIELAB on photographs
ONE_COLOR = 1.0  # the grain at which no mix is ever better than its nearer colour


def mixture(ex: Floats, ey: Floats, ez: Floats, dx: Floats, dy: Floats, dz: Floats, grain: float) -> Floats:
    """The least cost of any mix of two colours, of [...] each.

    `e` leads from the first colour to the pixel, `d` from the first colour to the second, both in OKLab.
    """
    width = dx * dx + dy * dy + dz * dz
    along = ex * dx + ey * dy + ez * dz
    share = (along - 0.5 * grain * width) / np.maximum((1.0 - grain) * width, TINY_ENERGY)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    off = ex * ex + ey * ey + ez * ez - 2.0 * share * along + share * share * width
    return off + grain * share * (1.0 - share) * width


def _mixture(x: Floats, y: Floats, z: Floats, gap: Floats, grain: float) -> Floats:
    dx, dy, dz = gap
    return mixture(x, y, z, dx, dy, dz, grain)


@twins.step("cell_cost", patience=1 << 22)
def lowest_costs(points: Floats, palette: Floats, grain: float) -> Floats:
    """The least cost of each of [N, 3] with the colours of a palette [K, 3]: [N]."""
    planes = np.ascontiguousarray(points.T)
    best = np.full(len(points), np.inf)
    for number, color in enumerate(palette):
        x, y, z = planes - color[:, None]
        np.minimum(best, x * x + y * y + z * z, out=best)
        for other in palette[number + 1 :] if grain < ONE_COLOR else ():
            np.minimum(best, _mixture(x, y, z, other - color, grain), out=best)
    return best


@twins.step("cell_cost", patience=1 << 20)
def swap_costs(points: Floats, rest: Floats, pool: Floats, grain: float) -> Floats:
    """The cost of all of [N, 3] with the colours `rest` [K, 3] and each of `pool` [M, 3]: [M], added up in order."""
    planes = np.ascontiguousarray(points.T)
    base = lowest_costs.plain(points, rest, grain)
    totals = np.empty(len(pool))
    for number, color in enumerate(pool):
        x, y, z = planes - color[:, None]
        best = np.minimum(base, x * x + y * y + z * z)
        for other in rest if grain < ONE_COLOR else ():
            np.minimum(best, _mixture(x, y, z, other - color, grain), out=best)
        totals[number] = np.cumsum(best)[-1] if len(best) else 0.0
    return totals


@twins.step("cell_cost", patience=1 << 20)
def set_costs(cells: Floats, pool: Floats, sets: Indices, grain: float) -> Floats:
    """The cost of each cell [C, P, 3] in each set [S, K >= 2] of colours of `pool` [M, 3]: [C, S]."""
    count = len(pool)
    costs = np.empty((len(cells), len(sets)))
    pairs = np.array(list(combinations(range(sets.shape[1]), 2)))
    lines = sets[:, pairs[:, 0]] * count + sets[:, pairs[:, 1]]
    gaps = pool[None] - pool[:, None]
    for number, points in enumerate(cells):
        x, y, z = ((points[:, axis] - pool[:, axis, None])[:, None] for axis in range(3))
        dx, dy, dz = (gaps[:, :, axis, None] for axis in range(3))
        table = mixture(x, y, z, dx, dy, dz, grain).reshape(count * count, -1)
        costs[number] = np.cumsum(table[lines].min(axis=1), axis=1)[:, -1]
    return costs


@twins.step("cell_cost", patience=1 << 20)
def pattern_choice(costs: Floats, budget: int) -> Indices:
    """Which of M patterns serves each of [N, M] places when only `budget` stay: [N].

    They go one by one, each time the one whose places lose least by their next best; of equals the first.
    """
    costs = costs.copy()
    left = np.arange(costs.shape[1])
    first, second = _two_best(costs)
    rows = np.arange(len(costs))
    while len(left) > budget:
        loss = np.bincount(first, costs[rows, second] - costs[rows, first], costs.shape[1])
        loser = left[np.argmin(loss[left])]
        left = left[left != loser]
        hit = np.flatnonzero((first == loser) | (second == loser))
        costs[:, loser] = np.inf
        first[hit], second[hit] = _two_best(costs[hit])
    return first


def _two_best(costs: Floats) -> tuple[Indices, Indices]:
    """The column of the least and of the next least of each row; of equals the first."""
    first = costs.argmin(axis=1)
    rest = costs.copy()
    rest[np.arange(len(costs)), first] = np.inf
    second = rest.argmin(axis=1)
    return first, np.where(np.isinf(rest[np.arange(len(costs)), second]), first, second)
