"""Which lattice the evidence speaks for: kind, cell size, even or drifting, square cells or not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import grid_lattice as lattice
from .grid_lattice import Lines
from .grid_period import pitches
from .grid_profile import CLEAR, Evidence, Profile

Floats = NDArray[np.float64]

COARSER = 0.75  # of the finest lattice's gain that one of fewer lines must keep to be preferred
MUCH_COARSER = 1.4  # times wider cells; nearer sizes compete by their gain alone
DRIFT_GAIN, APART_GAIN = 1.12, 1.15  # how much more a freer lattice must gain
FREE_LINES = 2.0  # and that many lines more


class Choice(NamedTuple):
    """Lines along one axis in one kind of evidence."""

    gain: float
    pitch: float
    kind: str
    drifts: bool
    lines: Lines


class Pair(NamedTuple):
    """The choices for both axes, and what they gain together."""

    gain: float
    across: Choice
    down: Choice


def choose(across: Evidence, down: Evidence) -> Pair | None:
    """The lattice for both axes that gains most with fewest freedoms; None where nothing changes or repeats.

    Cells are square and even unless others gain clearly more.
    """
    straight, drifting = [], []
    for kind, trust in _trust(across, down).items():
        profiles = getattr(across, kind), getattr(down, kind)
        for pitch in pitches([profile.at for profile in profiles]) if any(p.at.any() for p in profiles) else ():
            straight.append(_pair([_fitted(profile, kind, pitch, trust, drifts=False) for profile in profiles]))
            drifting.append(_pair([_fitted(profile, kind, pitch, trust, drifts=True) for profile in profiles]))
    if not straight:
        return None
    square = _coarsest(straight)
    apart = Pair(0.0, _coarsest([pair.across for pair in straight]), _coarsest([pair.down for pair in straight]))
    apart = apart._replace(gain=apart.across.gain + apart.down.gain)
    free = _coarsest(drifting)
    if free.gain > DRIFT_GAIN * max(square.gain, apart.gain) + FREE_LINES:
        return free
    return apart if apart.gain > APART_GAIN * square.gain + FREE_LINES else square


def _trust(across: Evidence, down: Evidence) -> dict[str, float]:
    """How far each kind of evidence is to be believed, the better one fully."""
    found = {kind: min(2 * CLEAR, getattr(across, kind).clarity + getattr(down, kind).clarity) for kind in Evidence._fields}
    return {kind: clarity / max(*found.values(), 1e-12) for kind, clarity in found.items()}


def _fitted(profile: Profile, kind: str, pitch: float, trust: float, drifts: bool) -> Choice:
    lines = (lattice.drifting if drifts else lattice.even)(profile.at, pitch)
    return Choice(lines.gain * trust, pitch, kind, drifts, lines)


def _pair(choices: list[Choice]) -> Pair:
    across, down = choices
    return Pair(across.gain + down.gain, across, down)


def _pitch(choice: Choice | Pair) -> float:
    return choice.across.pitch if isinstance(choice, Pair) else choice.pitch


def _coarsest(choices: list) -> Choice | Pair:
    best = max(choices, key=lambda one: one.gain)
    wide = [c for c in choices if c.gain >= COARSER * best.gain and _pitch(c) >= MUCH_COARSER * _pitch(best)]
    return max(wide, key=lambda one: one.gain, default=best)
