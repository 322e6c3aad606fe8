"""The choice of a lattice from the evidence: kind, cell size, even or drifting, square cells or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from . import lattice
from .lattice import Lines, Reward
from .period import pitches
from .profile import CLEAR_EDGE, Evidence, strong

Floats = NDArray[np.float64]
Marks = NDArray[np.uint8]  # 1 or 0

COARSER_SHARE = 0.85  # of the finest lattice's gain that one of fewer lines must keep to be preferred
MUCH_COARSER = 1.4  # times wider cells; nearer sizes compete by their gain alone
DRIFT_GAIN, APART_GAIN = 1.12, 1.15  # how much more a freer lattice must gain
FREE_LINES = 2.0  # and that many lines more
MOST_OBLONG = 3.0  # a cell's longer side by its shorter: no machine had such pixels, but photographs have such chances
DRIFTING_TRIED = 8  # cell sizes: those that even lattices gain most with
NOTHING_LEFT = 0.9  # of the evidence explained by even lines: no use in looking for drift
LEAST_CHANGES = 6  # columns and rows with a change, for exact squares not to be chance
NEAR_LINE = 0.12  # cells: how far from a line a change may be to be explained by it
NEAR_LEAST = 0.75  # pixels
VISIBLE = 0.2  # reward from which a line counts as seen


class Choice(NamedTuple):
    """Lines along one axis in one kind of evidence."""

    gain: float
    pitch: float
    kind: str
    lines: Lines
    drifts: bool = False


class Pair(NamedTuple):
    """The choices for both axes, and what they gain together."""

    gain: float
    across: Choice
    down: Choice

    @property
    def pitch(self) -> float:
        """Width of the cells across, in pixels of the picture."""
        return self.across.pitch


Priced = TypeVar("Priced", Choice, Pair)
Fit = Callable[[Reward, float], Lines]


def choose(across: Evidence, down: Evidence, *, drift: bool | None = None) -> Pair | None:
    """The lattice for both axes that gains most with fewest freedoms; None where nothing changes.

    Cells are square and even unless others gain clearly more; `drift` True or False settles one of these.
    """
    trust = _trust(across, down)
    fits = [(kind, pitch) for kind in trust for pitch in pitches([getattr(across, kind).at, getattr(down, kind).at])]
    if not fits:
        return None
    rewards = {kind: _rewards(across, down, kind) for kind in trust}
    straight = [_fitted(rewards[kind], kind, pitch, trust[kind], lattice.even) for kind, pitch in fits]
    square, unequal = _coarsest(straight), _apart(straight)
    oblong = max(unequal.across.pitch, unequal.down.pitch) / min(unequal.across.pitch, unequal.down.pitch)
    best = unequal if unequal.gain > APART_GAIN * square.gain + FREE_LINES and oblong <= MOST_OBLONG else square
    if drift is False or (drift is None and explained(across, down, best)[0] > NOTHING_LEFT):
        return best
    best_pairs = sorted(straight, key=lambda pair: -pair.gain)[:DRIFTING_TRIED]
    chosen = [(pair.across.kind, pair.pitch) for pair in best_pairs]
    free = _coarsest([_fitted(rewards[kind], kind, pitch, trust[kind], lattice.drifting) for kind, pitch in chosen])
    return free if drift or free.gain > DRIFT_GAIN * max(square.gain, unequal.gain) + FREE_LINES else best


def repeated(frames: NDArray[np.uint8]) -> Pair | None:
    """The lattice of frames uint8 [B, H, W, 4] in which every pixel is an exact square of k x k, if there is one."""
    height, width = frames.shape[1:3]
    across, down = np.zeros(max(width - 1, 0), np.uint8), np.zeros(max(height - 1, 0), np.uint8)
    for frame in frames:
        changing(frame, across, down)
    columns, rows = np.flatnonzero(across) + 1, np.flatnonzero(down) + 1
    wide, high = (int(np.gcd.reduce(np.diff(places))) if len(places) > 1 else 0 for places in (columns, rows))
    if wide != high or wide < 2 or len(columns) + len(rows) < LEAST_CHANGES:
        return None
    return _pair(_exact(columns, width, wide), _exact(rows, height, high))


@twins.step("grid", patience=1 << 26)
def changing(rgba: NDArray[np.uint8], across: Marks, down: Marks) -> None:
    """Mark in `across` [W - 1] where columns of [H, W, 4] differ from the next, and in `down` [H - 1] where rows do.

    All transparent pixels are one colour.
    """
    pixels = np.ascontiguousarray(np.where(rgba[..., 3:] > 0, rgba, 0).astype(np.uint8)).view(np.uint32)[..., 0]
    across |= (pixels[:, 1:] != pixels[:, :-1]).any(axis=0)
    down |= (pixels[1:] != pixels[:-1]).any(axis=1)


def _exact(places: NDArray[np.intp], size: int, side: int) -> Choice:
    lines = Lines(np.arange(places[0] % side, size + 1, side, dtype=np.float64), float(len(places)))
    return Choice(lines.gain, float(side), "steps", lines)


def explained(across: Evidence, down: Evidence, pair: Pair) -> tuple[float, int]:
    """How much of the change lies on the lines, 0 (no more than by chance) to 1; and how many lines are seen."""
    x = _explained(getattr(across, pair.across.kind).at, pair.across)
    y = _explained(getattr(down, pair.down.kind).at, pair.down)
    return max(0.0, (x[0] + y[0]) / 2), x[1] + y[1]


def _explained(profile: Floats, choice: Choice) -> tuple[float, int]:
    at = choice.lines.at
    weight = np.minimum(profile, strong(profile))
    if not len(at) or not weight.any():
        return 0.0, 0
    place = np.arange(len(profile))
    after = np.searchsorted(at, place)
    before, after = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
    far = np.minimum(np.abs(place - at[before]), np.abs(place - at[after]))
    near = far <= min(max(NEAR_LEAST, NEAR_LINE * choice.pitch), choice.pitch / 3)
    rewarded = lattice.reward(profile).at[np.rint(at).astype(np.intp)] > VISIBLE
    chance = float(near.mean())
    on_lines = float(weight[near].sum() / weight.sum())
    share = (on_lines - chance) / (1 - chance) if chance < 0.9 else 0.0
    return share, int(np.count_nonzero(rewarded))


def _trust(across: Evidence, down: Evidence) -> dict[str, float]:
    """The weight of each kind of evidence; kinds without evidence, or that aren't needed, are left out.

    Where steps are clear they alone count: then bends are on both sides of the steps. Else bends are the middles
    of cells, from which the ramps go to the next ones.
    """
    clear = {kind: (getattr(across, kind).clarity + getattr(down, kind).clarity) / 2 for kind in Evidence._fields}
    if clear["steps"] >= CLEAR_EDGE:
        return {"steps": 1.0}
    most = max(min(CLEAR_EDGE, clarity) for clarity in clear.values())
    return {kind: min(CLEAR_EDGE, clarity) / most for kind, clarity in clear.items() if clarity > 0}


def _rewards(across: Evidence, down: Evidence, kind: str) -> tuple[Reward, Reward]:
    return lattice.reward(getattr(across, kind).at), lattice.reward(getattr(down, kind).at)


def _fitted(rewards: tuple[Reward, Reward], kind: str, pitch: float, trust: float, fit: Fit) -> Pair:
    lines = [fit(one, pitch) for one in rewards]
    return _pair(*(Choice(one.gain * trust, pitch, kind, one, fit is lattice.drifting) for one in lines))


def _apart(pairs: list[Pair]) -> Pair:
    return _pair(_coarsest([pair.across for pair in pairs]), _coarsest([pair.down for pair in pairs]))


def _pair(across: Choice, down: Choice) -> Pair:
    return Pair(across.gain + down.gain, across, down)


def _coarsest(choices: list[Priced]) -> Priced:
    """The best, or one of much wider cells that is nearly as good: fine lattices hit everything."""
    best = max(choices, key=lambda one: one.gain)
    wide = [c for c in choices if c.gain >= COARSER_SHARE * best.gain and c.pitch >= MUCH_COARSER * best.pitch]
    return max(wide, key=lambda one: one.gain, default=best)
