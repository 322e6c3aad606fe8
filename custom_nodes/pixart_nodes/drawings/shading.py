"""Light from the upper left: where a part is in its own shade, and where it shines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .rasterization import Mask, Region, shifted


class Light(NamedTuple):
    """Pixels of a region's window that are a tone darker, and a tone lighter."""

    shade: Mask
    shine: Mask


def lit(region: Region, highlight: bool = False) -> Light:
    """How a body as thick as the region looks: its shade lies along its lower right, a fifth of its thickness wide.

    Thin parts have neither shade nor highlight.
    """
    mask, samples = region.mask, region.frame.samples
    nothing = np.zeros(tuple(side // samples for side in mask.shape), bool)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return Light(nothing, nothing)
    height, width = (int(line[-1] - line[0]) + 1 for line in (rows, columns))
    area, rim = int(mask.sum()), _rim(mask)
    # twice the area by the rim is what a long bar is wide; the test below is for 2.6 pixels
    if 2 * area * 5 < 13 * samples * rim or min(height, width) * 5 < 13 * samples:
        return Light(nothing, nothing)
    least = min(min(height, width) * 10 * rim, 32 * area)  # of its extent and 1.6 times its thickness, times 10 * rim
    depth = max(samples, (2 * least + 50 * rim) // (100 * rim))
    covered = region.counts()
    shade = mask & ~shifted(mask, -(depth * 3 // 4), -depth)
    shade = region.counts(shade) * 2 >= np.maximum(covered, 1)
    return Light(shade, _shine(region, rows, columns, depth) if highlight else nothing)


def _rim(mask: Mask) -> int:
    """Samples of its left and of its upper edges."""
    left = int(mask[:, 0].sum()) + int((mask[:, 1:] & ~mask[:, :-1]).sum())
    top = int(mask[0].sum()) + int((mask[1:] & ~mask[:-1]).sum())
    return max(1, left + top)


def _shine(region: Region, rows: np.ndarray, columns: np.ndarray, depth: int) -> Mask:
    """A streak inside the upper left edge."""
    mask = region.mask
    streak = mask & shifted(mask, depth * 9 // 10, depth * 9 // 10) & ~shifted(mask, depth * 17 // 10, depth * 19 // 10)
    streak[rows[0] + len(rows) * 55 // 100 :] = False
    streak[:, columns[0] + len(columns) * 6 // 10 :] = False
    return region.counts(streak) * 2 >= region.frame.samples**2
