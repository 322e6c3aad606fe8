"""A page seen from aslant, as it would lie under a scanner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .camera import Corners, shape
from .opencv import cv2

RGB = NDArray[np.uint8]
LONGEST, SHORTEST = 2048, 1536  # pixels of the long side of what is worked on: strokes are some pixels wide there


def size(width: float, height: float) -> tuple[int, int]:
    """Width and height at which a page of this many pixels is worked on."""
    long = max(width, height)
    factor = float(np.clip(long, SHORTEST, LONGEST)) / long
    return max(1, round(width * factor)), max(1, round(height * factor))


def straightened(photo: RGB, corners: Corners) -> tuple[RGB, NDArray[np.uint8]]:
    """The page uint8 [h, w, 3], and where the photo showed it: 255, elsewhere 0 [h, w]."""
    height, width = photo.shape[:2]
    wide, high = shape(corners, width, height)
    target = size(wide, high)
    factor = min(1.0, target[0] / wide * 1.15)
    if factor < 0.9:
        photo = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    scale = np.array(photo.shape[1::-1]) / (width, height)
    frame = np.array([[0, 0], [target[0], 0], [target[0], target[1]], [0, target[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform((corners * scale - 0.5).astype(np.float32), frame - np.float32(0.5))
    page = cv2.warpPerspective(photo, matrix, target, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    shown = np.full(photo.shape[:2], 255, np.uint8)
    return page, cv2.warpPerspective(shown, matrix, target, flags=cv2.INTER_NEAREST)


def fitted(photo: RGB) -> RGB:
    """The whole photo at the size at which pages are worked on."""
    target = size(photo.shape[1], photo.shape[0])
    how = cv2.INTER_AREA if target[0] < photo.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(photo, target, interpolation=how)
