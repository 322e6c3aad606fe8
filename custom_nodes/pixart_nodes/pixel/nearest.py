"""The nearest palette colour, exactly: float64 distances, ties to the lower index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import color
from .palette import packed, unpacked

Indices = NDArray[np.int16]


def indices(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str) -> Indices:
    """Index of the nearest palette colour for each pixel: [..., 3] and [N, 3] in, int16 [...] out.

    Each distinct colour is measured once against each palette colour. Raises UnknownName for the metric.
    """
    keys, where = np.unique(packed(rgb), return_inverse=True)
    return scan(unpacked(keys), palette, metric)[where].reshape(rgb.shape[:-1])


def scan(colors: NDArray[np.generic], palette: NDArray[np.uint8], metric: str) -> Indices:
    """As `indices`, for a list of colours [M, 3] that may be fractional; no step is saved."""
    coordinates, distance = color.space(metric)
    wanted, offered = coordinates(colors), coordinates(palette)
    best = np.zeros(len(wanted), np.int16)
    least = np.full(len(wanted), np.inf)
    for index, entry in enumerate(offered):
        d = distance(wanted, entry)
        closer = d < least
        best[closer] = index
        least[closer] = d[closer]
    return best
