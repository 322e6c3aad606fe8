"""Sums over spans of a picture's lines."""

from __future__ import annotations

import numpy as np

from ...grid.sample import Places, Planes
from .jit import leaf, leaf_kernel


def moments(planes: Planes, start: Places, middle: Places, stop: Places) -> Places:
    """The twin of `pixel/kind/traits.py`."""
    result = np.empty((3, len(planes), len(start)), np.int64)
    _moments(np.ascontiguousarray(planes).reshape(len(planes), -1), start, middle, stop, result)
    return result


@leaf_kernel
def _moments(planes: Planes, start: Places, middle: Places, stop: Places, result: Places) -> None:
    for channel in range(planes.shape[0]):
        plane = planes[channel]
        for n in range(start.shape[0]):
            first, second = plane[start[n] : middle[n]], plane[middle[n] : stop[n]]
            result[0, channel, n], result[1, channel, n] = _sum(first), _sum(second)
            result[2, channel, n] = _squares(first) + _squares(second)


@leaf
def _sum(tones: Planes) -> np.int64:
    total = np.int64(0)
    for i in range(tones.shape[0]):
        total += np.int64(tones[i])
    return total


@leaf
def _squares(tones: Planes) -> np.int64:
    total = np.int64(0)
    for i in range(tones.shape[0]):
        total += np.int64(np.int32(tones[i]) * np.int32(tones[i]))
    return total


def warm() -> None:
    """Compile the kernels."""
    none = np.zeros(0, np.int64)
    moments(np.zeros((1, 1, 1), np.int16), none, none, none)
