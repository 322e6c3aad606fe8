"""Palettes and which cell has which, chosen together, for machines with a few palettes for all cells.

Cells are put in groups and each group gets colours by k-means; then, turn by turn, cells go to the palette that suits
them best, and each slot tries other colours, each at its exact cost. Everything is in OKLab.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..palette.k_means import k_means, variance_cut
from .cell_cost import ONE_COLOR, lowest_costs, swap_costs

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

FREE_SLOT = -1  # a slot that nobody has locked
SAMPLE = 64  # pixels of a cell that are looked at
POINTS = 2500  # pixels of a palette by which its slots are tried
SMALL_POOL = 64  # colours of which all are tried in every slot
NEAR_CANDIDATES, WORST_CANDIDATES, CHANCE_CANDIDATES = (
    16,
    8,
    4,
)  # of more: colours near the slot's, near what is worst off, and any
SPREAD_WEIGHT = 0.7  # what the spread of a cell's colours counts beside their mean when cells are grouped
GROUPING = 10  # rounds


@dataclass(frozen=True, eq=False)
class Task:
    """What is searched for: cells [C, P, 3] in OKLab, in colours of `pool` [M, 3]; `visible` [C, P] are the pixels that
    count.

    `locked` [palettes, colours] has the pool's place of what is given, else FREE_SLOT; the first `shared` columns are
    one colour in every palette, and of those the first `glass` none that pixels take. `effort` is by how much more than
    the least is tried, `points` how many pixels of a palette tell what a slot is worth.
    """

    cells: Floats
    visible: NDArray[np.bool_]
    pool: Floats
    locked: Indices
    shared: int
    grain: float
    glass: int = 0
    effort: int = 1
    points: int = POINTS


@dataclass(frozen=True, eq=False)
class Choice:
    """Places of the pool [palettes, colours], the palette of each cell [C], and the cost of all."""

    palettes: Indices
    owners: Indices
    cost: float


class _Search:
    """One try, from one start."""

    def __init__(self, task: Task, random: np.random.Generator) -> None:
        self.task, self.random = task, random
        self.cells, self.visible = _sample(task, random)
        # The first pixel of each cell, then the second: so a cell's costs are added up in order, many cells at a time.
        self.points = np.ascontiguousarray(self.cells.swapaxes(0, 1)).reshape(-1, 3)
        self.weights = self.visible.T.reshape(-1).astype(np.float64)
        self.cell_costs: dict[bytes, Floats] = {}  # the costs of cells by the palette's colours
        self.neighbors: dict[int, Indices] = {}  # places of the pool near one of them
        self.palettes = np.maximum(task.locked, 0)

    def run(self, rounds: int) -> Choice:
        self._begin()
        best = Choice(self.palettes.copy(), *self._assigned())
        for turn in range(rounds):
            if turn < rounds - 1:
                self._revive()
            best = self._better(best, best.owners if turn == 0 else self._assigned()[0])
        return best

    def run_on(self, choice: Choice, rounds: int) -> Choice:
        """As `run` from a choice, of which no palette starts anew."""
        self.palettes = choice.palettes.copy()
        best = replace(choice, cost=np.inf)
        for _ in range(rounds):
            best = self._better(best, best.owners)
        return best

    def _better(self, best: Choice, owners: Indices) -> Choice:
        """The best so far, or all slots improved for cells that have these palettes."""
        self._improve(owners)
        owners, cost = self._assigned()
        return Choice(self.palettes.copy(), owners, cost) if cost < best.cost else best

    def _begin(self) -> None:
        owners = _groups(self.cells, self.visible, len(self.palettes), self.random)
        if self.task.shared:
            self._fill_slots(range(self.task.shared), self.points[self.weights > 0])
        for number in range(len(self.palettes)):
            self._refit(number, owners == number)

    def _refit(self, number: int, members: NDArray[np.bool_]) -> None:
        """Colours for a palette by k-means of the pixels of its cells."""
        points = self.cells[members][self.visible[members]]
        free = [k for k in range(self.task.shared, self.palettes.shape[1]) if self.task.locked[number, k] == FREE_SLOT]
        if len(points) and free:
            self.palettes[number, free] = self._clusters(points, len(free))

    def _fill_slots(self, slots: range, points: Floats) -> None:
        """The shared colours: the commonest of a few."""
        free = [k for k in slots if self.task.locked[0, k] == FREE_SLOT]
        if len(points) and free:
            self.palettes[:, free] = self._clusters(points, 8)[: len(free)]

    def _clusters(self, points: Floats, count: int) -> Indices:
        """Places of the pool near the k-means of points [N, 3], the largest cluster first; the last repeated."""
        some = points[:: max(1, len(points) // (2 * POINTS))]
        planes = np.ascontiguousarray(some.T, np.float32)
        weights = np.ones(len(some))
        start = variance_cut(planes, weights, count)
        centers = k_means(planes, weights, start, 0)
        owner = _squares(some, centers).argmin(axis=1)
        order = np.argsort(-np.bincount(owner, minlength=len(centers)), kind="stable")
        places = self._near(centers[order])
        return np.resize(places, count) if len(places) < count else places[:count]

    def _near(self, points: Floats) -> Indices:
        return _squares(points, self.task.pool).argmin(axis=1)

    def _colors(self, number: int) -> Floats:
        return self.task.pool[self.palettes[number, self.task.glass :]]

    def _costs(self) -> Floats:
        """The cost of each cell with each palette: [C, palettes]."""
        return np.stack([self._cost(self._colors(number)) for number in range(len(self.palettes))], axis=1)

    def _cost(self, colors: Floats) -> Floats:
        """The cost of each cell in these colours, [C]; kept, since most palettes stay from one question to the next."""
        key = colors.tobytes()
        if key not in self.cell_costs:
            costs = lowest_costs(self.points, colors, self.task.grain) * self.weights
            self.cell_costs[key] = costs.reshape(self.visible.shape[::-1]).sum(axis=0)
        return self.cell_costs[key]

    def _assigned(self) -> tuple[Indices, float]:
        costs = self._costs()
        return costs.argmin(axis=1), float(costs.min(axis=1).sum())

    def _revive(self) -> None:
        """The palette that is missed least starts anew on the cells that the worst one serves worst, if that helps."""
        if len(self.palettes) == 1:
            return
        costs = self._costs()
        owners, least = costs.argmin(axis=1), costs.min(axis=1)
        loss = np.bincount(owners, np.partition(costs, 1, axis=1)[:, 1] - least, len(self.palettes))
        poorest, idle = int(np.argmax(np.bincount(owners, least, len(self.palettes)))), int(np.argmin(loss))
        if poorest == idle:
            return
        members = np.flatnonzero(owners == poorest)
        worst = members[np.argsort(-least[members], kind="stable")[: max(2, len(members) // 3)]]
        old = self.palettes[idle].copy()
        self._refit(idle, np.isin(np.arange(len(owners)), worst))
        if self._assigned()[1] >= least.sum():
            self.palettes[idle] = old

    def _improve(self, owners: Indices) -> None:
        """Each free slot takes the colour with which the cells that have its palette cost least."""
        for number in range(len(self.palettes)):
            points = self._some(owners == number)
            free = np.flatnonzero(self.task.locked[number] == FREE_SLOT)
            for slot in self.random.permutation(free[free >= self.task.shared]) if len(points) else ():
                pool = self._candidates(number, slot, points)
                costs = self._swapped(number, points, slot, pool)
                self.palettes[number, slot] = pool[np.argmin(costs)]
        for slot in range(self.task.glass, self.task.shared):
            if self.task.locked[0, slot] == FREE_SLOT:
                self._improve_shared(slot, owners)

    def _improve_shared(self, slot: int, owners: Indices) -> None:
        parts = [(number, self._some(owners == number)) for number in range(len(self.palettes))]
        parts = [(number, points) for number, points in parts if len(points)]
        pool = np.unique(np.concatenate([self._candidates(number, slot, points) for number, points in parts]))
        shares = [(owners == number).sum() / len(points) for number, points in parts]
        costs = [self._swapped(*part, slot, pool) * share for part, share in zip(parts, shares, strict=True)]
        self.palettes[:, slot] = pool[np.argmin(np.cumsum(costs, axis=0)[-1])]

    def _swapped(self, number: int, points: Floats, slot: int, pool: Indices) -> Floats:
        rest = np.delete(self.palettes[number], [*range(self.task.glass), slot])
        return swap_costs(points, self.task.pool[rest], self.task.pool[pool], self.task.grain)

    def _some(self, members: NDArray[np.bool_]) -> Floats:
        points = self.cells[members][self.visible[members]]
        return np.ascontiguousarray(points[:: max(1, len(points) // (self.task.points * self.task.effort))])

    def _candidates(self, number: int, slot: int, points: Floats) -> Indices:
        """Places of the pool that are worth a try."""
        count = len(self.task.pool)
        if count <= SMALL_POOL * self.task.effort:
            return np.arange(count)
        costs = lowest_costs(points, self._colors(number), ONE_COLOR)
        worst = self._near(points[_largest(costs, WORST_CANDIDATES * 8 * self.task.effort)[::8]])
        any_of = self.random.choice(count, CHANCE_CANDIDATES * self.task.effort, replace=False)
        return np.unique(np.concatenate([self._beside(int(self.palettes[number, slot])), worst, any_of]))

    def _beside(self, place: int) -> Indices:
        """The places of the pool that are nearest to one of them."""
        if place not in self.neighbors:
            apart = _squares(self.task.pool[[place]], self.task.pool)[0]
            self.neighbors[place] = np.argsort(apart, kind="stable")[: NEAR_CANDIDATES * self.task.effort]
        return self.neighbors[place]


def search(task: Task, seed: int, rounds: int) -> Choice:
    """The cheapest choice that one start leads to; the same for the same task, seed and number of rounds."""
    return _Search(task, np.random.default_rng(seed)).run(rounds)


def searched_on(task: Task, choice: Choice, seed: int, rounds: int) -> Choice:
    """A choice after more rounds, which may be at another grain, or of fewer pixels of each cell."""
    return _Search(task, np.random.default_rng(seed)).run_on(choice, rounds)


def _sample(task: Task, random: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """So many pixels of each cell, those that count first."""
    if task.visible.shape[1] <= SAMPLE:
        return task.cells, task.visible
    order = np.argsort(random.random(task.visible.shape) + ~task.visible, axis=1, kind="stable")[:, :SAMPLE]
    return np.take_along_axis(task.cells, order[..., None], axis=1), np.take_along_axis(task.visible, order, axis=1)


def _groups(cells: Floats, visible: NDArray[np.bool_], count: int, random: np.random.Generator) -> Indices:
    """Which of so many groups each cell is in, by the mean and spread of its colours; first ones by k-means++.

    D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding" (2007).
    """
    traits = _traits(cells, visible)
    centers = traits[random.choice(len(traits), 1)]
    for _ in range(count - 1):
        far = ((traits[:, None] - centers) ** 2).sum(axis=2).min(axis=1)
        odds = far / far.sum() if far.sum() > 0 else None
        centers = np.concatenate([centers, traits[random.choice(len(traits), 1, p=odds)]])
    owners = np.zeros(len(traits), np.int64)
    for _ in range(GROUPING):
        owners = ((traits[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
        means = [traits[owners == n].mean(axis=0) if (owners == n).any() else centers[n] for n in range(count)]
        centers = np.stack(means)
    return owners


def _traits(cells: Floats, visible: NDArray[np.bool_]) -> Floats:
    many = np.maximum(visible.sum(axis=1), 1)[:, None]
    mean = (cells * visible[..., None]).sum(axis=1) / many
    spread = np.sqrt((((cells - mean[:, None]) ** 2) * visible[..., None]).sum(axis=1) / many)
    return np.concatenate([mean, SPREAD_WEIGHT * spread], axis=1)


def _squares(points: Floats, others: Floats) -> Floats:
    """The squared distance of each of [N, 3] from each of [M, 3]: [N, M]."""
    x, y, z = (points[:, axis, None] - others[:, axis] for axis in range(3))
    return x * x + y * y + z * z


def _largest(values: Floats, count: int) -> Indices:
    """Where the largest of [N] are, the largest first, and of equals the first."""
    if len(values) <= count:
        return np.argsort(-values, kind="stable")
    some = np.flatnonzero(values >= np.partition(values, -count)[-count])
    return some[np.argsort(-values[some], kind="stable")][:count]
