"""Styles that a whole picture has: lines alone, and four tones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..colors import Rgb, rgb, tone
from ..rasterization import Mask
from ..recipe import CLEAR, EMPTY, Drawing
from ..rendering import Rendering
from .contrast import luma

DARKEST = -2  # the tone of details that are lines
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


def details(drawn: Rendering, drawing: Drawing, colors: Mapping[str, str | Rgb]) -> Mask:
    """Where a drawing in its colours has flat details: what has the darkest tone, and edges of other colours."""
    shapes = [shape for shape in drawing.shapes if shape.kind != EMPTY and shape.role not in (CLEAR, "ink")]
    bases = {shape.role: drawing.color_of(shape.role, 0, colors) for shape in shapes}
    shaded = {shape.role for shape in shapes if shape.step and not shape.is_detail}
    inked = {bases[each.role] for each in shapes if each.is_detail and each.step == DARKEST and each.role not in shaded}
    label = np.zeros(drawn.pixels.shape[:2], np.int64)
    line = np.zeros(label.shape, bool)
    for number, base in enumerate(dict.fromkeys(bases.values()), 1):
        for step in (0, -1, 1, DARKEST, 2):
            same = (drawn.pixels[..., :3] == np.array(tone(base, step), np.uint8)).all(axis=-1)
            label[same & (label == 0)] = number
            line |= same & (step == DARKEST and base in inked)
    for axis in (0, 1):
        before = np.roll(label, 1, axis)
        line |= (label != before) & (label > 0) & (before > 0)
    return line & (drawn.pixels[..., 3] > 0)


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
