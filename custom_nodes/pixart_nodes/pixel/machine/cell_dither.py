"""Dither in which each pixel has the colours of its own cell: errors are handed on, or a pattern mixes colours.

Light is averaged, and what is left over is felt by the metric's slope at the pixel's own colour, see
`color/perceptual_metric.py`. A pixel that is exactly a colour of its palette takes it and hands nothing on, so that
flat areas and native art stay as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..color import perceptual_metric, spaces
from ..compiled import twins

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Slots = NDArray[np.uint8]

# Floyd and Steinberg (1976), the row read the way it is drawn: columns on, rows down, share.
SHARES = ((1, 0, 7 / 16), (-1, 1, 3 / 16), (0, 1, 5 / 16), (1, 1, 1 / 16))
# What is handed on of an error, and how far beyond what its palette spans a wish may go, of full light. At full
# strength what no palette of a cell can mix piles up, and is worse than no dither; cut off at once it changes the
# brightness. By S-CIELAB on photographs.
STRENGTH, SLACK = 0.85, 0.25
PATTERN = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])  # B. E. Bayer (1973)
PATTERN_STRENGTH = 0.5  # how much of the error so far T. Knoll's patent (US 6606166, expired) adds to the next pick


class Paints(NamedTuple):
    """Palettes in linear light, [P, K, 3], the order of lightness of each colour, [P, K]; and how far wishes may go.

    `matrices` [4096, 9] are the metric's at each coarse colour; `first` is the first slot that pixels may take.
    """

    light: Floats
    lightness: Floats
    low: Floats
    high: Floats
    matrices: Floats
    first: int


class Original(NamedTuple):
    """What is to be shown: light [H, W, 3], which of `matrices` each pixel has, its palette, whether it is no glass."""

    light: Floats
    columns: Indices
    owners: Indices
    visible: NDArray[np.bool_]


def paints(colors: NDArray[np.uint8], first: int = 0) -> Paints:
    """What both dithers need of palettes uint8 [P, K, 3] in sRGB."""
    light = spaces.linear(colors)
    used = light[:, first:]
    matrices = np.ascontiguousarray(perceptual_metric.matrices("oklab", "linear").T, np.float64)
    low, high = used.min(axis=1) - SLACK, used.max(axis=1) + SLACK
    return Paints(light, spaces.oklab(colors)[..., 0].copy(), low, high, matrices, first)


def original(colors: NDArray[np.uint8], owners: Indices, visible: NDArray[np.bool_]) -> Original:
    """What both dithers need of a picture, sRGB uint8 [H, W, 3]."""
    return Original(spaces.linear(colors), perceptual_metric.places(colors).astype(np.int64), owners, visible)


def nearest(lab: Floats, owners: Indices, visible: NDArray[np.bool_], palettes: Floats, first: int = 0) -> Slots:
    """The slot of the colour nearest to each pixel by itself, OKLab [H, W, 3] and [P, K, 3]: [H, W]; 0 is glass."""
    best, slots = np.full(owners.shape, np.inf), np.zeros(owners.shape, np.uint8)
    for slot in range(first, palettes.shape[1]):
        off = ((lab - palettes[owners, slot]) ** 2).sum(axis=2)
        slots[visible & (off < best)] = slot
        best = np.minimum(best, off)
    return slots


def felt(x: Floats, y: Floats, z: Floats, m: Floats) -> Floats:
    """The squared distance that a difference in light is felt as, by one of `matrices`."""
    one = m[0] * x + m[1] * y + m[2] * z
    two = m[3] * x + m[4] * y + m[5] * z
    three = m[6] * x + m[7] * y + m[8] * z
    return one * one + two * two + three * three


@twins.step("cell_dither", patience=0)
def diffuse(picture: Original, table: Paints, strength: float) -> Slots:
    """The slot of each pixel [H, W], rows drawn there and back; 0 where it is glass.

    A wish far beyond what its palette spans is clipped: what the palette can't mix isn't pushed into the next cell.
    """
    light, columns, owners, visible = picture
    height, width = owners.shape
    work, slots = light.copy(), np.zeros(owners.shape, np.uint8)
    for y in range(height):
        way = -1 if y & 1 else 1
        for x in range(width)[::way]:
            if not visible[y, x]:
                continue
            palette = owners[y, x]
            wish = np.minimum(np.maximum(work[y, x], table.low[palette]), table.high[palette])
            slot, exact = _choice(light[y, x], wish, table.light[palette], table.matrices[columns[y, x]], table.first)
            slots[y, x] = slot
            if not exact and strength > 0:
                _hand_on(work, x, y, way, (wish - table.light[palette, slot]) * strength)
    return slots


def _choice(own: Floats, wish: Floats, colors: Floats, matrix: Floats, first: int) -> tuple[int, bool]:
    """The slot of a colour that equals the pixel's own, else of the one nearest to the wish; and which it is."""
    equal = (colors[first:] == own).all(axis=1)
    if equal.any():
        return first + int(equal.argmax()), True
    x, y, z = (colors[first:] - wish).T
    return first + int(felt(x, y, z, matrix).argmin()), False


def _hand_on(work: Floats, x: int, y: int, way: int, error: Floats) -> None:
    for column, row, share in SHARES:
        to = x + column * way
        if 0 <= to < work.shape[1] and y + row < len(work):
            work[y + row, to] += error * share


@twins.step("cell_dither", patience=1 << 20)
def knoll(picture: Original, table: Paints, strength: float) -> Slots:
    """As `diffuse`, by Thomas Knoll's pattern dither: sixteen picks, sorted by lightness, one taken by its place."""
    wish, palette = picture.light.reshape(-1, 3), picture.owners.reshape(-1)
    error, picks = np.zeros_like(wish), np.empty((len(wish), PATTERN.size), np.int64)
    colors, matrices = table.light[palette, table.first :], table.matrices[picture.columns.reshape(-1)].T[..., None]
    rows = np.arange(len(wish))
    for turn in range(PATTERN.size):
        aim = np.minimum(np.maximum(wish + error * strength, 0.0), 1.0)
        x, y, z = np.moveaxis(colors - aim[:, None], 2, 0)
        picks[:, turn] = felt(x, y, z, matrices).argmin(axis=1)
        error += wish - colors[rows, picks[:, turn]]
    lightness = table.lightness[palette, table.first :]
    order = np.argsort(lightness[rows[:, None], picks], axis=1, kind="stable")
    down, across = (np.arange(side) % len(PATTERN) for side in picture.owners.shape)
    place = PATTERN[down[:, None], across]
    slots = picks[rows, order[rows, place.reshape(-1)]]
    equal = (colors == wish[:, None]).all(axis=2)
    slots = np.where(equal.any(axis=1), equal.argmax(axis=1), slots).reshape(place.shape)
    return np.where(picture.visible, slots + table.first, 0).astype(np.uint8)
