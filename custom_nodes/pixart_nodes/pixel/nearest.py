"""The nearest palette colour, exactly: float64 distances; of equals the first, that is the lower index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import color
from .palette import packed, unpacked

Indices = NDArray[np.int16]
AT_ONCE = 1 << 15  # distances held at a time: a quarter megabyte, which stays in a core's cache


def indices(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str) -> Indices:
    """Index of the nearest palette colour for each pixel: [..., 3] and [N, 3] in, int16 [...] out.

    Each distinct colour is measured once against each palette colour. Raises UnknownName for the metric.
    """
    keys, where = np.unique(packed(rgb), return_inverse=True)
    return scan(unpacked(keys), palette, metric)[where].reshape(rgb.shape[:-1])


def scan(colors: NDArray[np.generic], palette: NDArray[np.uint8], metric: str) -> Indices:
    """As `indices`, for a list of colours [M, 3] that may be fractional; no step is saved."""
    rows = max(1, AT_ONCE // len(palette))
    parts = [colors[at : at + rows] for at in range(0, len(colors), rows)]
    found = [color.distances(part, palette, metric).argmin(axis=1) for part in parts]
    return np.concatenate([np.zeros(0, np.intp), *found]).astype(np.int16)
