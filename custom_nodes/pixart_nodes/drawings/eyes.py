"""Eyes: pills of whole pixels that are never lost, whatever the size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .rasterization import Frame, Mask
from .recipe import UNIT, Shape

USUAL = 3 * UNIT  # radius where a recipe gives none
SMALL = 20  # pixels of a side up to which an eye is square
ROUND = 3  # pixels of width above which a pupil has round corners
LEAST_WHITE = 105  # percent of a pixel: the radius of the smallest white
WHITE = (7, 4)  # radius of the white, by that of the pupil


class Eye(NamedTuple):
    """Masks of a picture's size: what is white, the pupil, and the light in it."""

    white: Mask
    pupil: Mask
    glint: Mask


def eye(shape: Shape, x: int, y: int, frame: Frame) -> Eye:
    """An eye at a position from the picture's centre."""
    radius = shape.numbers[2] if len(shape.numbers) > 2 else USUAL
    # two radii wide and two and a half high, in whole pixels
    width, height = (max(1, (part * radius * frame.inside + 100 * UNIT) // (200 * UNIT)) for part in (4, 5))
    if frame.size <= SMALL:
        width = height = min(width, height)
    left, top = _first(x, width, frame), _first(y, height, frame)
    pupil = np.zeros((frame.size, frame.size), bool)
    glint = pupil.copy()
    rows, columns = slice(max(0, top), max(0, top + height)), slice(max(0, left), max(0, left + width))
    view = pupil[rows, columns]
    view[:] = _pill(width, height)[: view.shape[0], : view.shape[1]]
    if width >= 3:
        side, inset = max(1, width // 3), int(width > ROUND)
        row, column = top + side // 2 + inset, left + inset * (side // 2)
        glint[max(0, row) : row + side, max(0, column) : column + side] = True
    elif height >= 3:
        glint[max(0, top), max(0, left)] = True
    white = _disc(x, y, radius, frame) if shape.kind == "E" else np.zeros_like(pupil)
    return Eye(white, pupil, glint & pupil)


def _first(center: int, pixels: int, frame: Frame) -> int:
    """The first of so many pixels about a position; halves go inwards, so that two eyes lie alike."""
    twice = 2 * center + (frame.size - pixels) * frame.pixel
    if center <= 0:
        return (twice + frame.pixel) // (2 * frame.pixel)
    return -((frame.pixel - twice) // (2 * frame.pixel))


def _pill(width: int, height: int) -> Mask:
    if width <= ROUND:
        return np.ones((height, width), bool)
    y, x = np.mgrid[:height, :width]
    far = ((2 * x + 1 - width) * height) ** 2 + ((2 * y + 1 - height) * width) ** 2
    return 100 * far <= 108 * (width * height) ** 2


def _disc(x: int, y: int, radius: int, frame: Frame) -> Mask:
    least = LEAST_WHITE * frame.pixel // 100
    reach = max(least, radius * WHITE[0] * frame.inside * frame.pixel // (WHITE[1] * 100 * UNIT))
    centers = np.arange(frame.size, dtype=np.int64) * frame.pixel + frame.pixel // 2 - frame.size * frame.pixel // 2
    return (centers[None] - x) ** 2 + (centers[:, None] - y) ** 2 <= reach**2
