"""Lines through a profile's peaks: evenly spaced, or each a little off; and what they gain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .profile import strong

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

LINE_COST = 0.1  # of a line without evidence, beside what a line anywhere would find
STIFFNESS = 4.0  # cost of a cell twice as wide as it should be, in lines
SHORTEST_CELL, LONGEST_CELL = 0.68, 1.38  # a cell's width in the mean one's, where cells drift
FINEST_CELL = 1.5  # pixels: no cell is narrower


class Reward(NamedTuple):
    """For each place of a profile the gain of a line there, at most 1; and their mean."""

    at: Floats
    mean: float


class Lines(NamedTuple):
    """Places of lines, ascending, in the profile's index; and their gain: rewards less costs, in full lines."""

    at: Floats
    gain: float


def reward(profile: Floats) -> Reward:
    """What a line at each place of a profile [n] gains."""
    soft = profile.copy()
    soft[1:] += 0.3 * profile[:-1]
    soft[:-1] += 0.3 * profile[1:]
    gains = np.minimum(1.0, soft / max(strong(profile), 1e-12))
    return Reward(gains, max(float(gains.mean()), 1e-12))


@twins.step("grid", patience=1 << 26)
def window_mean(values: Floats, half: Places) -> Floats:
    """For each i the mean of the values [n] from i - half[i] to i + half[i], cut at the ends: [n]."""
    sums = np.cumsum(np.pad(values, (1, 0)))
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def _worth(gains: Floats, mean: float, pitch: float) -> Floats:
    """What lines gain, less their costs for cells of about `pitch`: these count only where there is evidence near."""
    near = window_mean(gains, np.full(len(gains), round(1.5 * pitch)))
    return gains - (LINE_COST + mean) * np.minimum(1.0, near / mean)


def even(ready: Reward, pitch: float, reach: float = 0.75) -> Lines:
    """The best evenly spaced lines of about this pitch, of any phase.

    `reach`: how far the pitch may be off, in cells by which the last line moves; 0 holds it.
    """
    size = len(ready.at) - 1
    cell = pitch * pitch / max(size, pitch)  # moves the last line by a whole cell
    tried = np.maximum(pitch + cell * np.arange(-reach, reach + 0.06, 0.12), FINEST_CELL)
    gain, best, phase = phased(ready.at, ready.mean, pitch, tried)
    at = phase + best * np.arange(int(size / best) + 1, dtype=np.float64)
    return Lines(at[at <= size], gain)


@twins.step("grid", patience=1 << 26)
def phased(gains: Floats, mean: float, pitch: float, tried: Floats) -> tuple[float, float, float]:
    """The evenly spaced lines that gain most, of pitches tried, in cells of about `pitch`: gain, pitch and phase."""
    value, size = _worth(gains, mean, pitch), len(gains) - 1
    most, best, best_phase = -np.inf, 0.0, 0.0
    for one in tried.tolist():
        phases = np.arange(0, one, min(0.5, one / 8))
        at = phases + one * np.arange(int(size / one) + 1)[:, None]
        total = np.where(at <= size, value[np.rint(np.minimum(at, size)).astype(np.intp)], 0).sum(axis=0)
        top = int(np.argmax(total))
        if total[top] > most:
            most, best, best_phase = float(total[top]), one, float(phases[top])
    return most, best, best_phase


def drifting(ready: Reward, pitch: float) -> Lines:
    """The best lines whose distances may differ from the pitch, by dynamic programming over the places."""
    far, close = max(2, int(LONGEST_CELL * pitch)), max(1, int(np.ceil(SHORTEST_CELL * pitch)))
    bend = STIFFNESS * ((np.arange(far, close - 1, -1, dtype=np.float64) - pitch) / pitch) ** 2
    total, came = chained(_worth(ready.at, ready.mean, pitch), bend, far)
    return _traced(total, came, far)


@twins.step("grid", patience=1 << 26)
def chained(value: Floats, bend: Floats, far: int) -> tuple[Floats, Places]:
    """For each place what the best lines up to it gain, and the line before it, or -1: both [n].

    `bend`: the costs of a distance of `far`, of one less and so on.
    """
    total = np.full(len(value) + far, -np.inf)  # `far` places before the picture
    came = np.full(len(value), -1)
    for place, own in enumerate(value):
        before = total[place : place + len(bend)] - bend
        top = int(np.argmax(before))
        if place < far and before[top] < 0:
            total[place + far] = own
        else:
            total[place + far], came[place] = before[top] + own, place - far + top
    return total[far:], came


def _traced(total: Floats, came: Places, far: int) -> Lines:
    tail, before = max(0, len(total) - far), came.tolist()
    place = tail + int(np.argmax(total[tail:]))
    gain, path = float(total[place]), [place]
    while before[place] >= 0:
        place = before[place]
        path.append(place)
    return Lines(np.array(path[::-1], np.float64), gain)


def straightened(profile: Floats, lines: Lines, pitch: float) -> tuple[float, float]:
    """Pitch and phase of the even lines that lie nearest to what the given ones found, by weighted least squares."""
    gains = reward(profile).at
    half = max(1, int(0.3 * pitch))
    places, weights = np.empty(len(lines.at)), np.empty(len(lines.at))
    for i, middle in enumerate(np.rint(lines.at).astype(np.intp)):
        low = max(0, middle - half)
        part = gains[low : middle + half + 1]
        weights[i] = part.max(initial=0)
        part = np.where(part >= weights[i] / 2, part, 0)
        places[i] = low + (part @ np.arange(len(part))) / part.sum() if weights[i] else middle
    if np.count_nonzero(weights > 0.1) < 3:
        return pitch, float(lines.at[0]) if len(lines.at) else 0.0
    slope, start = np.polyfit(np.arange(len(places)), places, 1, w=np.sqrt(weights))
    return float(slope), float(start)
