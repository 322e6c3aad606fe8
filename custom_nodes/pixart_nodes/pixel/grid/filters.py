"""Resampling filters: how much each native pixel counts in each pixel of the enlarged picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Filter(NamedTuple):
    """`kernel`: weights by the distance in native pixels, 0 from the reach on."""

    kernel: Callable[[Floats], Floats]
    reach: int


def _square(far: Floats) -> Floats:
    return np.where(far <= 0.5, 1.0, 0.0)


def _ramp(far: Floats) -> Floats:
    return 1 - far


def _cubic(far: Floats) -> Floats:
    """Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -1/2."""
    return np.where(far < 1, (1.5 * far - 2.5) * far * far + 1, ((2.5 - 0.5 * far) * far - 4) * far + 2)


def _lanczos(far: Floats) -> Floats:
    return np.sinc(far) * np.sinc(far / 3)


SQUARE, RAMP, CUBIC, LANCZOS = Filter(_square, 1), Filter(_ramp, 1), Filter(_cubic, 2), Filter(_lanczos, 3)
SMOOTH_FILTERS = (RAMP, CUBIC, LANCZOS)
ALL_FILTERS = (SQUARE, *SMOOTH_FILTERS)


def weights(place: Floats, cells: int, filter: Filter) -> Floats:
    """How much each cell counts at each place: [places, cells], rows summing to 1; the first and the last repeat.

    A place is in cells, 0 in the first one's middle.
    """
    result = np.zeros((len(place), cells))
    for cell, weight in zip(*taps(place, cells, filter), strict=True):
        np.add.at(result, (np.arange(len(place)), cell), weight)
    return result


def taps(place: Floats, cells: int, filter: Filter) -> tuple[NDArray[np.intp], Floats]:
    """The cells that count at each place and how much each does: both [cells that do, places]."""
    near = np.floor(place).astype(np.intp)[None] + np.arange(1 - filter.reach, 1 + filter.reach)[:, None]
    far = np.abs(place - near)
    weight = np.where(far < filter.reach, filter.kernel(far), 0)
    return np.clip(near, 0, cells - 1), weight / weight.sum(axis=0)
