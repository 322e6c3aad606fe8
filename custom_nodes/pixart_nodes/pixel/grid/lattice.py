"""Lines through a profile's peaks: evenly spaced, or each a little off; and what they gain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .profile import strong

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

LINE_COST = 0.1  # of a line without evidence, beside what a line anywhere would find
STIFFNESS = 4.0  # cost of a cell twice as wide as it should be, in lines
SHORTEST, LONGEST = 0.68, 1.38  # a cell's width in the mean one's, where cells drift
FINEST = 1.5  # pixels: no cell is narrower


class Field(NamedTuple):
    """For each place of a profile the gain of a line there, at most 1, and its cost."""

    reward: Floats
    cost: Floats


class Lines(NamedTuple):
    """Places of lines, ascending, in the profile's index; and their gain: rewards less costs, in full lines."""

    at: Floats
    gain: float


def field(profile: Floats, pitch: float) -> Field:
    """The field of a profile for cells of about `pitch` pixels; costs count only where there is evidence near."""
    soft = profile.copy()
    soft[1:] += 0.3 * profile[:-1]
    soft[:-1] += 0.3 * profile[1:]
    reward = np.minimum(1.0, soft / max(strong(profile), 1e-12))
    mean = max(float(reward.mean()), 1e-12)
    near = window_mean(reward, np.full(len(reward), round(1.5 * pitch)))
    return Field(reward, (LINE_COST + mean) * np.minimum(1.0, near / mean))


def window_mean(values: Floats, half: Places) -> Floats:
    """The mean of the values from i - half[i] to i + half[i], cut at the ends."""
    sums = np.cumsum(np.pad(values, (1, 0)))
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    return (sums[high] - sums[low]) / (high - low)


def even(profile: Floats, pitch: float, reach: float = 0.75) -> Lines:
    """The best evenly spaced lines of about this pitch, of any phase.

    `reach`: how far the pitch may be off, in cells by which the last line moves; 0 holds it.
    """
    ready = field(profile, pitch)
    value = ready.reward - ready.cost
    size = len(profile) - 1
    cell = pitch * pitch / max(size, pitch)  # moves the last line by a whole cell
    phases = [_phased(value, pitch + cell * float(off)) for off in np.arange(-reach, reach + 0.06, 0.12)]
    return max(phases, key=lambda lines: lines.gain)


def _phased(value: Floats, pitch: float) -> Lines:
    pitch, size = max(pitch, FINEST), len(value) - 1
    phases = np.arange(0, pitch, min(0.5, pitch / 8))
    at = phases[:, None] + pitch * np.arange(int(size / pitch) + 1)
    inside = at <= size
    gains = np.where(inside, value[np.rint(np.minimum(at, size)).astype(np.intp)], 0).sum(axis=1)
    top = int(np.argmax(gains))
    return Lines(at[top][inside[top]], float(gains[top]))


def drifting(profile: Floats, pitch: float) -> Lines:
    """The best lines whose distances may differ from the pitch, by dynamic programming over the places."""
    ready = field(profile, pitch)
    value = ready.reward - ready.cost
    gaps = np.arange(max(1, int(np.ceil(SHORTEST * pitch))), max(2, int(LONGEST * pitch)) + 1)[::-1]
    bend = STIFFNESS * ((gaps - pitch) / pitch) ** 2
    far, close = int(gaps[0]), int(gaps[-1])
    total = np.full(len(value) + far, -np.inf)  # of the best lines up to a place; `far` places before the picture
    came = np.full(len(value), -1)
    for place, own in enumerate(value):
        before = total[place : place + far - close + 1] - bend
        top = int(np.argmax(before))
        if place < far and before[top] < 0:
            total[place + far] = own
        else:
            total[place + far], came[place] = before[top] + own, place - gaps[top]
    return _traced(total[far:], came, far)


def _traced(total: Floats, came: Places, far: int) -> Lines:
    tail = max(0, len(total) - far)
    place = tail + int(np.argmax(total[tail:]))
    gain, path = float(total[place]), [place]
    while came[place] >= 0:
        place = int(came[place])
        path.append(place)
    return Lines(np.array(path[::-1], np.float64), gain)


def straightened(profile: Floats, lines: Lines, pitch: float) -> tuple[float, float]:
    """Pitch and phase of the even lines that lie nearest to what the given ones found, by weighted least squares."""
    reward = field(profile, pitch).reward
    half = max(1, int(0.3 * pitch))
    places, weights = np.empty(len(lines.at)), np.empty(len(lines.at))
    for i, middle in enumerate(np.rint(lines.at).astype(np.intp)):
        low = max(0, middle - half)
        part = reward[low : middle + half + 1]
        weights[i] = part.max(initial=0)
        part = np.where(part >= weights[i] / 2, part, 0)
        places[i] = low + (part @ np.arange(len(part))) / part.sum() if weights[i] else middle
    if np.count_nonzero(weights > 0.1) < 3:
        return pitch, float(lines.at[0]) if len(lines.at) else 0.0
    slope, start = np.polyfit(np.arange(len(places)), places, 1, w=np.sqrt(weights))
    return float(slope), float(start)
