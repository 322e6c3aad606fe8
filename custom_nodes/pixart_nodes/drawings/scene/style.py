"""Styles that a whole picture has: lines alone, and four tones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..colors import Rgb, rgb, tone
from ..recipe import Drawing
from .contrast import luma

OUTLINE, MONOCHROME = "outline", "monochrome"
PAPER, LINE = (255, 255, 255), rgb("ink")
FILL = rgb("white")  # that every part has while lines are looked for, so that nothing but lines is dark
DARK = 106  # luma below which a colour is a line's: between the borders of white parts and their darkest tone
EDGE = 26  # difference of luma between neighbours in a place at which a line is drawn
FAINT = 8  # the same in a place that has no such neighbours
LEVELS = (20, 45, 72)  # percent of the way from the darkest to the lightest colour at which a tone begins
GREYS = ((33, 31, 38), (98, 96, 106), (172, 170, 178), (244, 243, 240))


def white(drawing: Drawing) -> dict[str, Rgb]:
    """The colours of a drawing that has white parts alone."""
    return dict.fromkeys(drawing.roles, FILL)


def lines(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours [..., 3] of white drawings as lines on paper."""
    dark = luma(colors) < DARK
    return np.where(dark[..., None], np.array(LINE, np.uint8), np.array(PAPER, np.uint8))


def edges(colors: NDArray[np.uint8], grain: int) -> NDArray[np.uint8]:
    """Colours [height, width, 3] of a place as lines on paper, where it is clearly darker than above or on the left.

    A place that is nowhere so, as a small dungeon is, has its lines where it is a little darker.
    """
    light = luma(colors)
    line = _steps(light, grain, EDGE)
    if not line.any():
        line = _steps(light, grain, FAINT)
    return np.where(line[..., None], np.array(LINE, np.uint8), np.array(PAPER, np.uint8))


def _steps(light: NDArray[np.int64], grain: int, least: int) -> NDArray[np.bool_]:
    """Where the lightness changes by more than so much from the pixel above or on the left."""
    line = np.zeros(light.shape, bool)
    line[grain:] |= np.abs(light[grain:] - light[:-grain]) > least
    line[:, grain:] |= np.abs(light[:, grain:] - light[:, :-grain]) > least
    return line


def monochrome(colors: NDArray[np.uint8], hue: Rgb | None) -> NDArray[np.uint8]:
    """Colours [..., 3] in four tones: greys, or those of one colour."""
    tones = GREYS if hue is None else (tone(hue, -2), tone(hue, -1), hue, tone(hue, 2))
    light = luma(colors)
    low, high = int(light.min()), int(light.max())
    starts = [low + (high - low) * level // 100 for level in LEVELS]
    return np.array(tones, np.uint8)[np.digitize(light, starts)]
