"""Which parts of a picture are flat: large, of one very colour, and ended by edges, as no band of a gradient is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import clusters

Mask = NDArray[np.bool_]

LEAST_AREA = 1 / 64  # of the picture's pixels: smaller areas have no speckles that anybody would see
GRADIENT_STEP = 12  # of 255 in each channel: beyond a border of this little the same gradient goes on
FLAT_BORDER = 0.5  # the share of an area's border that may be slight


def flat_areas(rgba: NDArray[np.uint8]) -> Mask:
    """Where uint8 [H, W, 4] is flat: bool [H, W]. Half of an area's border at least, within the picture, is an edge."""
    areas = clusters.find(clusters.Flat.of(rgba).labels, corners=False)
    large = areas.sizes >= LEAST_AREA * rgba[..., 0].size
    borders, slight = np.zeros((2, len(areas.sizes)), np.int64)
    for axis in (0, 1):
        one, other = (np.take(areas.ids, range(shift, areas.ids.shape[axis] - 1 + shift), axis) for shift in (0, 1))
        apart = np.abs(np.diff(rgba.astype(np.int16), axis=axis)).max(axis=-1)
        across = one != other
        for side in (one, other):
            borders += np.bincount(side[across], minlength=len(borders))
            slight += np.bincount(side[across & (apart <= GRADIENT_STEP)], minlength=len(borders))
    return (large & (slight <= FLAT_BORDER * borders))[areas.ids]
