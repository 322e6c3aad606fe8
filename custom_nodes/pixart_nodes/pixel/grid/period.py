"""Which cell sizes a profile may have: the peaks of its spectrum, whatever the phase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .lattice import window_mean

Floats = NDArray[np.float64]

FINENESS = 8  # bins a period of the longest axis
FINEST_CELL = 2.0  # pixels a cell
LEAST_CELLS = 3  # along the longer axis
MULTIPLES = (1 / 3, 1 / 2, 1, 2, 3)
SAME_PERIOD = 0.02  # candidates nearer than this are one


def pitches(profiles: list[Floats], most: int = 4) -> list[float]:
    """Cell sizes, in pixels, at which profiles of edges have strong periods; their multiples and parts too.

    Each profile is looked at by itself and together with the others, with its spectrum as it is and blurred by 2 %,
    as a grid that drifts has broad peaks. A peak's height is taken relative to what lies around it.
    """
    longest = max(len(profile) for profile in profiles)
    length = 1 << (FINENESS * longest - 1).bit_length()
    spectra = [_prominence(profile, length) for profile in profiles]
    lengths: list[float] = []
    for spectrum in (sum(spectra, np.zeros(length // 2 + 1)), *spectra):
        for one in (spectrum, window_mean(spectrum, np.arange(len(spectrum)) // 50)):
            lengths += _highest(one, length, longest / LEAST_CELLS, most)
    return _distinct(
        [pitch * m for m in MULTIPLES for pitch in lengths if FINEST_CELL <= pitch * m <= longest / LEAST_CELLS]
    )


def _prominence(profile: Floats, length: int) -> Floats:
    """The power spectrum over its local mean: [length / 2 + 1]."""
    power = np.abs(np.fft.rfft(profile, length)) ** 2
    half = np.maximum(3 * FINENESS, np.arange(len(power)) // 4)
    return power / (window_mean(power, half) + power[0] * 1e-9 + 1e-12)


def _highest(spectrum: Floats, length: int, longest: float, most: int) -> list[float]:
    inner = spectrum[1:]
    pitch = length / np.arange(1, len(spectrum))
    peak = (inner >= spectrum[:-1]) & (inner >= np.append(inner[1:], 0)) & (inner > 0)
    places = np.flatnonzero(peak & (pitch >= FINEST_CELL) & (pitch <= longest))
    return [float(pitch[place]) for place in places[np.argsort(-inner[places], kind="stable")][:most]]


def _distinct(pitches: list[float]) -> list[float]:
    distinct: list[float] = []
    for pitch in pitches:
        if all(abs(pitch / other - 1) > SAME_PERIOD for other in distinct):
            distinct.append(pitch)
    return sorted(distinct)
