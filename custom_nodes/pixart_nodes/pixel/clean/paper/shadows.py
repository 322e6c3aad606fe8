"""Shadows that things cast on a sheet, told from grey fills: for hands, telephones and the edges of windows.

A shadow has paper's hue and texture within and is no black; its edge is softer than ink's, or strokes go on across it
that aren't its outline.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .opencv import cv2

Field = NDArray[np.float32]  # [h, w, 3], natural logarithms of sRGB values
Mask = NDArray[np.bool_]  # [h, w]

LEAST_AREA = 0.002  # of the sheet
DARKEST = 0.7  # logarithms of brightness: what takes more light away is ink
MOST_TINT = 0.08  # logarithms
FLOOR = 8  # of 255, below which a picture is noise
STROKE_SHARE = 0.25  # of a pixel, from which it is a stroke's
STROKE_DEPTH = 0.15  # logarithms of brightness, by which strokes are darker than what is around them
SOFT_SLOPE = 0.3  # of a step from pixel to pixel: ink's edge is steeper
ROUGHEST_GRAIN = 1.75  # times paper's grain, as sRGB values: pencil and crayon on paper are rougher
EDGE_REACH = 5  # pixels from a region, within which its edge is
OUTLINE_SHARE = 0.35  # of the edge is strokes: an outline
CROSSINGS = 2  # pieces of the edge where strokes go on across it
CROSSING_LENGTH = 3  # pixels of a stroke on either side
DARKER = 0.05  # logarithms, by which an edge is nowhere darker than the shadow


def strokes(double: NDArray[np.uint8], bright: NDArray[np.uint8], size: tuple[int, int]) -> Mask:
    """Where thin dark things are, of a picture uint8 [2h, 2w, 3] and the same without those; `size` is (w, h)."""
    thin = _brightness(bright) - _brightness(double) > STROKE_DEPTH
    return cv2.resize(thin.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= STROKE_SHARE


def grain(double: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """How rough a picture uint8 [2h, 2w, 3] is, of the mean of its channels: float32 [h, w]."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    rough = np.abs(cv2.filter2D(double.mean(axis=2, dtype=np.float32), -1, mask))
    return cv2.resize(rough, size, interpolation=cv2.INTER_AREA)


def _brightness(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of each pixel, its logarithm [h, w]."""
    table = np.log(np.maximum(np.arange(256), FLOOR)).astype(np.float32)
    return cv2.LUT(picture, table).mean(axis=2)


def is_shadow(
    region: Mask, paper: Mask, missing: Field, slope: NDArray[np.float32], thin: Mask, rough: NDArray[np.float32]
) -> bool:
    """Whether a region [h, w] beside paper is a shadow on paper.

    `missing` is the light less that of paper continued; `slope` that of the light; `thin` where strokes are.
    """
    lost = missing[region].mean(axis=0)
    level = -float(lost.mean())
    if region.mean() < LEAST_AREA or not 0 < level < DARKEST or np.abs(lost - lost[1]).max() > MOST_TINT:
        return False
    within = region & ~thin
    if not within.any() or np.median(rough[within]) > ROUGHEST_GRAIN * np.median(rough[paper & ~thin]):
        return False
    ring = edge(region, paper)
    if not ring.any() or (ring & thin).sum() > OUTLINE_SHARE * ring.sum():
        return False
    return _soft(ring & ~thin, slope, level) or _crossed(region, paper, ring, thin)


def edge(region: Mask, paper: Mask) -> Mask:
    """What lies between a region and paper."""
    near, there = (cv2.dilate(each.astype(np.uint8), _window(EDGE_REACH)) > 0 for each in (region, paper))
    return near & there & ~region & ~paper


def bright_edge(field: Field, ring: Mask, region: Mask, paper: Mask) -> Mask:
    """Which part of a shadow's edge is paper: where it is no darker than the shadow near by, and of paper's tint."""
    window = _window(EDGE_REACH)
    shown = np.where((region | paper)[..., None], field, np.float32(99))
    least = cv2.erode(shown, window)
    ink = ring & ((field.mean(axis=2) < least.mean(axis=2) - DARKER) | (_tint(field - least) > MOST_TINT))
    return ring & (cv2.dilate(ink.astype(np.uint8), _window(1)) == 0)


def _tint(values: Field) -> NDArray[np.float32]:
    return np.abs(values[..., [0, 2]] - values[..., 1:2]).max(axis=2)


def _soft(ring: Mask, slope: NDArray[np.float32], level: float) -> bool:
    """Whether the light changes along the edge as slowly as no ink does."""
    if not ring.any():
        return False
    steepest = cv2.dilate(slope, _window(2))[ring]
    return float(np.median(steepest)) < SOFT_SLOPE * level


def _crossed(region: Mask, paper: Mask, ring: Mask, thin: Mask) -> bool:
    """Whether strokes go on across the edge."""
    count, labels = cv2.connectedComponents(thin.astype(np.uint8), connectivity=8)
    core = cv2.erode(region.astype(np.uint8), _window(1)) > 0
    beyond = paper & (cv2.dilate(region.astype(np.uint8), _window(EDGE_REACH)) == 0)
    crossing = np.ones(count, bool)
    for side in (core, beyond):
        crossing &= np.bincount(labels[side], minlength=count) >= CROSSING_LENGTH
    crossing[0] = False
    pieces, _ = cv2.connectedComponents((crossing[labels] & ring).astype(np.uint8), connectivity=8)
    return pieces - 1 >= CROSSINGS


def _window(reach: int) -> NDArray[np.uint8]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
