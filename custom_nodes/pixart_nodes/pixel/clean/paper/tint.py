"""Paper told from a table that is as bright by its tint alone: folds and the light change brightness, and hardly tints.

The photo's tints are parted in two along the way in which they differ most (Otsu, "A threshold selection method from
gray-level histograms", IEEE Transactions on Systems, Man and Cybernetics 9, 1979).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .opencv import cv2

RGB = NDArray[np.uint8]
Region = NDArray[np.uint8]  # [h, w] of 0 and 255

FLOOR = 12  # of 255, below which a tint is noise
SMOOTH = 2.0  # sigma in pixels, by which colour noise is evened out
LEAST_APART = 0.03  # logarithms, by which the tints of two grounds differ
EVENLY = 0.8  # of a ground has its tint: an outline that was drawn in colour has not
LEAST_SIDE = 32  # pixels of a picture in which tints are told apart
BRIDGE = 11  # pixels of strokes that a ground is bridged across
BESIDE = 8  # pixels from a fold to where paper is even
MOST_STEP = 0.16  # logarithms of brightness, by which two parts of a sheet differ beside a fold


def regions(small: RGB, least: float) -> Iterator[Region]:
    """The two grounds that differ most in tint, without holes, each where it covers `least` of the picture or more."""
    if min(small.shape[:2]) < LEAST_SIDE:
        return
    logs = np.log(np.maximum(cv2.GaussianBlur(small, (0, 0), SMOOTH).astype(np.float32), FLOOR))
    tints = (logs[..., [0, 2]] - logs[..., 1:2]).reshape(-1, 2)
    values, ways = np.linalg.eigh(np.cov(tints[::7].T))
    along = (tints - tints.mean(axis=0)) @ ways[:, int(values.argmax())]
    low, high = np.percentile(along[::7], (1, 99))
    if high - low < LEAST_APART:
        return
    levels = np.clip((along - low) / (high - low) * 255, 0, 255).astype(np.uint8).reshape(small.shape[:2])
    _, one = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    other = cv2.bitwise_not(one)
    if abs(np.median(along[one.ravel() > 0]) - np.median(along[other.ravel() > 0])) < LEAST_APART:
        return
    for mask in (one, other):
        region = largest(mask, BRIDGE)
        if region is not None and (region > 0).mean() >= least and (mask[region > 0] > 0).mean() >= EVENLY:
            yield region


def largest(mask: Region, window: int) -> Region | None:
    """The largest piece of a mask, bridged where `window` pixels do, without holes."""
    grown = cv2.copyMakeBorder(mask, window, window, window, window, cv2.BORDER_CONSTANT, value=0)
    grown = cv2.morphologyEx(grown, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window)))
    outlines, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    filled = np.zeros_like(grown)
    cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 255, cv2.FILLED)
    return filled[window:-window, window:-window]


def goes_on(small: RGB, part: Region, whole: Region) -> bool:
    """Whether what is beside a part, within the whole, is about as bright: the same paper beyond a fold."""
    window = np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8)
    inner, outer = cv2.erode(part, window, borderValue=255), cv2.dilate(part, window)
    core = cv2.erode(whole, window, borderValue=255)
    rings = [cv2.dilate(inner, window) - inner, cv2.dilate(outer, window) - outer]
    beyond = (rings[1] > 0) & (core > 0)
    near = cv2.dilate(beyond.astype(np.uint8), np.ones((4 * BESIDE + 1, 4 * BESIDE + 1), np.uint8)) > 0
    inside = (rings[0] > 0) & (inner == 0) & (part > 0) & near
    if not (beyond.any() and inside.any()):
        return False
    grey = np.log(np.maximum(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32), FLOOR))
    return bool(abs(np.median(grey[beyond]) - np.median(grey[inside])) < MOST_STEP)
