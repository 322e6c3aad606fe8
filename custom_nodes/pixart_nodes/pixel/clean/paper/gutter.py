"""The shadow between two pages made light: a straight, soft band from one end of the sheet to the other.

A stroke may go as far, but its edges are sharp: what is dark at a fifth of the band's depth is many times as wide as
what is dark at four fifths of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .illumination import WHITE
from .opencv import cv2

RGB = NDArray[np.uint8]
Plane = NDArray[np.float32]  # [H, W]

BAND_SIDE = 512  # pixels of the long side on which the band is looked for
SLOPES = np.linspace(-0.12, 0.12, 17)  # of a sheet whose corners weren't found
DARKER_SHARE = 0.75  # of a column's pixels are darker: in the band the paper is dark along nearly all of it
LEAST_DEPTH = 0.12  # of paper's light
EDGE_DEPTH, CORE_DEPTH = 0.2, 0.8  # of the depth
SOFT_WIDTH = 2.5  # times the width of the core, which the band has at least
LEAST_WIDTH = 0.015  # of the long side, with its soft edges
WIDEST_BAND = 0.2  # of the sheet
BORDER = 0.06  # of the sheet, where what is dark is its own edge
BLOCKS = 12  # parts of the band with a depth each
DEEPEST = 0.1  # of paper's light: darker is ink, or nothing is seen there


@dataclass(frozen=True)
class Band:
    """Columns from `left` to `right` of the small sheet, when it is sheared by this slope."""

    left: int
    right: int
    slope: float


def lightened(page: RGB) -> RGB:
    """A page uint8 [H, W, 3] in even light without such a shadow, upright or level."""
    across = _without(page)
    turned = np.ascontiguousarray(across.transpose(1, 0, 2))
    down = _without(turned)
    return across if down is turned else np.ascontiguousarray(down.transpose(1, 0, 2))


def _without(page: RGB) -> RGB:
    height, width = page.shape[:2]
    factor = min(1.0, BAND_SIDE / max(height, width))
    size = max(8, round(width * factor)), max(BLOCKS, round(height * factor))
    small = cv2.resize(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    band = _band(small)
    if band is None:
        return page
    share = _sheared(_share(_sheared(small, band.slope).astype(np.float32), band), -band.slope)
    share = cv2.resize(np.minimum(share, 1), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.minimum(page / share[..., None] + 0.5, 255).astype(np.uint8)


def _sheared(plane: NDArray[Any], slope: float) -> NDArray[Any]:
    """Each row moved so that what has this slope is upright."""
    matrix = np.array([[1, -slope, slope * plane.shape[0] / 2], [0, 1, 0]])
    return cv2.warpAffine(plane, matrix, plane.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _band(small: NDArray[np.uint8]) -> Band | None:
    """The band, where there is one."""
    beside = max(1, round(BORDER * small.shape[1]))
    profiles = [_profile(_sheared(small, slope)) / WHITE for slope in SLOPES]
    best = int(np.argmin([profile[beside:-beside].min() for profile in profiles]))
    dark = 1 - profiles[best]
    middle = beside + int(dark[beside:-beside].argmax())
    depth = float(dark[middle])
    left, right = _reach(dark, middle, EDGE_DEPTH * depth)
    core_left, core_right = _reach(dark, middle, CORE_DEPTH * depth)
    least = max(SOFT_WIDTH * (core_right - core_left), LEAST_WIDTH * max(small.shape))
    soft = least <= right - left <= WIDEST_BAND * small.shape[1]
    return Band(left, right, float(SLOPES[best])) if depth >= LEAST_DEPTH and soft else None


def _profile(plane: NDArray[Any]) -> NDArray[Any]:
    """How light each column is, but for its lightest pixels."""
    place = int(DARKER_SHARE * (len(plane) - 1))
    return np.partition(np.ascontiguousarray(plane.T), place, axis=1)[:, place]


def _reach(dark: NDArray[np.float64], middle: int, least: float) -> tuple[int, int]:
    """From where to where around the middle it is so dark, the end not included."""
    light = np.flatnonzero(dark < least)
    before, after = light[light < middle], light[light > middle]
    return int(before[-1]) + 1 if len(before) else 0, int(after[0]) if len(after) else len(dark)


def _share(sheared: Plane, band: Band) -> Plane:
    """The share of light that is left in the band, 1 beside it: float32 [h, w]."""
    reach = band.right - band.left
    left, right = max(0, band.left - reach), min(sheared.shape[1], band.right + reach)
    rows = np.array_split(sheared[:, left:right], BLOCKS)
    profiles = np.stack([_profile(row) for row in rows])
    paper = np.linspace(profiles[:, :2].mean(axis=1), profiles[:, -2:].mean(axis=1), right - left, axis=1)
    share = cv2.GaussianBlur(np.clip(profiles / paper, DEEPEST, 1).astype(np.float32), (1, 3), 0)
    result = np.ones_like(sheared)
    result[:, left:right] = cv2.resize(share, (right - left, len(sheared)), interpolation=cv2.INTER_LINEAR)
    return result
