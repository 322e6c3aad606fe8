"""Light strokes on something dark, as chalk on a blackboard: turned over, they are dark strokes on paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .ink import LIGHT
from .opencv import cv2

RGB = NDArray[np.uint8]

STROKES_SIDE = 512  # pixels of the long side on which strokes are looked at
GROUND = 51  # pixels there; strokes are less than half of what is within so many
STROKE_CONTRAST = 35  # of 255, by which a stroke is lighter, or darker, than its ground
DARK = 110  # of 255; a board is darker
PAPER = 0.12  # of what is seen, as much as a page has at least: where so much is brighter, the dark is its table
LEAST_STROKES = 0.004  # of what is seen, which strokes cover
LIGHT_TIMES = 4  # as many light pixels as dark ones: a drawing on paper has dark ones, whatever table it lies on
LIGHT_SIGMA = 64  # sigma in pixels there, by which light is blurred: dust on a board is no light
MOST_GAIN = 2.0  # times as much light as there is


def is_dark(view: RGB, visible: NDArray[np.uint8] | None = None) -> bool:
    """Whether what is drawn in uint8 [H, W, 3] is lighter than its ground, which is dark; `visible` [H, W]: 0 isn't."""
    factor = min(1.0, STROKES_SIDE / max(view.shape[:2]))
    grey = cv2.GaussianBlur(cv2.cvtColor(_small(view, factor), cv2.COLOR_RGB2GRAY), (0, 0), 0.8)
    within = np.ones(grey.shape, bool) if visible is None else _small(visible, factor) > 254
    ground = cv2.medianBlur(grey, GROUND)
    if (ground >= DARK)[within].mean() > PAPER:
        return False
    light, dark = ((cv2.subtract(*pair) > STROKE_CONTRAST)[within].mean() for pair in ((grey, ground), (ground, grey)))
    return bool(light > LEAST_STROKES and light > LIGHT_TIMES * dark)


def _small(plane: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    return cv2.resize(plane, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def turned(photo: RGB) -> RGB:
    """Light and dark exchanged, each colour's hue kept: uint8 [H, W, 3].

    As `ink` counts light, so that half of a blurred edge stays half; and in even light, as far as the board shows it,
    so that chalk in a dim corner is as dark in the end.
    """
    lit = cv2.multiply(photo, cv2.merge([_missing_light(photo)] * 3), dtype=cv2.CV_8U)
    sums = lit.max(axis=2).astype(np.int16) + lit.min(axis=2)
    share = np.arange(511) / 510
    change = np.rint(255 * ((1 - share**LIGHT) ** (1 / LIGHT) - share)).astype(np.int16)
    return np.clip(lit + change[sums][..., None], 0, 255).astype(np.uint8)


def _missing_light(photo: RGB) -> NDArray[np.float32]:
    """How many times as much light the lightest part of the board has: float32 [H, W]."""
    small = cv2.cvtColor(_small(photo, min(1.0, STROKES_SIDE / max(photo.shape[:2]))), cv2.COLOR_RGB2GRAY)
    ground = cv2.GaussianBlur(cv2.medianBlur(small, GROUND).astype(np.float32), (0, 0), LIGHT_SIGMA)
    missing = np.clip(np.percentile(ground, 95) / np.maximum(ground, 1), 1, MOST_GAIN).astype(np.float32)
    return cv2.resize(missing, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
