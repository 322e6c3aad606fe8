"""The colours that a palette can mix, approximated by a sheared box, and the projection into that box.

No dither can meet a wish outside of all that the palette can average to: its error would pile up and smear over the
neighbours, or be cut off and change the brightness. So wishes go to a box around the palette: brightness first, then
what colour is left beside the one that goes with the brightness, along its two principal axes. It is exact for palettes
on a line or in a plane with the greys (black and white, four greens, reds). Dithers that owe what they haven't shown
get wishes within the hull itself (`dither.mixable`), and the box catches what rounding left outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

import numpy as np
from numpy.typing import NDArray

from .spaces import LUMINANCE

Singles = NDArray[np.float32]
Plane = NDArray[np.float64]
Matrix = list[list[float]]

# Two colour differences stand beside the brightness (Rec. 709): their scale, which decides how far they are from it.
CHROMA = 0.4
# Of all spread, so much counts as the brightness's own beside what it has: colours equally bright have no slope.
LEVEL = 1e-4
_RED, _GREEN, _BLUE = LUMINANCE
_TO: Matrix = [[_RED, _GREEN, _BLUE], [CHROMA, -CHROMA, 0.0], [-CHROMA / 2, -CHROMA / 2, CHROMA]]
_HALF = (_GREEN - _RED) / 2
_BACK: Matrix = [
    [1.0, (_HALF + 0.5) / CHROMA, -_BLUE / CHROMA],
    [1.0, (_HALF - 0.5) / CHROMA, -_BLUE / CHROMA],
    [1.0, _HALF / CHROMA, (1 - _BLUE) / CHROMA],
]


def slanted_box(colors: Singles) -> Singles:
    """The box around [N, 3]: for each of three axes (product x 3, way back x 3, least, greatest product): [3, 8].

    The first axis is brightness, and its way back the palette's mean change of colour with it; the others leave the
    brightness as it is. Plain scalar arithmetic, so that every processor gives the same bits. `drawn_in` leaves the
    colours untouched.
    """
    exact = colors.astype(np.float64)
    r, g, b = exact.T
    bright, *chroma = (r * row[0] + g * row[1] + b * row[2] for row in _TO)
    slopes = _slopes(bright, chroma)
    rest = [[row[k] - slope * _TO[0][k] for k in range(3)] for row, slope in zip(_TO[1:], slopes, strict=True)]
    cosine, sine = _turn(*(plane - slope * bright for plane, slope in zip(chroma, slopes, strict=True)))
    turns = [[1.0, 0.0, 0.0], [0.0, cosine, sine], [0.0, -sine, cosine]]
    there = _times(turns, [_TO[0], *rest])
    back = _times(_times(_BACK, [[1.0, 0.0, 0.0], [slopes[0], 1.0, 0.0], [slopes[1], 0.0, 1.0]]), _transposed(turns))
    box = np.zeros((3, 8), np.float32)
    for axis in range(3):
        box[axis, :3] = there[axis]
        box[axis, 3:6] = [row[axis] for row in back]
        along = products(colors, box[axis])
        box[axis, 6:] = along.min(), along.max()
    return box


def drawn_in(wishes: Singles, box: Singles, strength: np.float32) -> Singles:
    """Wishes [..., 3] moved the share `strength` 0..1 of the way to the box [3, 8], one axis after the other."""
    for axis in box:
        along = products(wishes, axis)
        lack = (np.minimum(np.maximum(along, axis[6]), axis[7]) - along) * strength
        wishes = wishes + lack[..., None] * axis[3:6]
    return wishes


def products(colors: Singles, axis: Singles) -> Singles:
    """The product of each colour [..., 3] with an axis [3], added up from red to blue in single precision: [...]."""
    return colors[..., 0] * axis[0] + colors[..., 1] * axis[1] + colors[..., 2] * axis[2]


def _slopes(bright: Plane, chroma: Sequence[Plane]) -> list[float]:
    """How each colour difference changes with the brightness, from one palette colour to the next."""
    off = bright - _sum(bright) / len(bright)
    apart = [plane - _sum(plane) / len(plane) for plane in chroma]
    spread = _sum(off * off)
    spread += LEVEL * (spread + sum(_sum(plane * plane) for plane in apart))
    return [_sum(off * plane) / spread if spread else 0.0 for plane in apart]


def _turn(one: Plane, other: Plane) -> tuple[float, float]:
    """Cosine and sine of the principal axis of points in a plane.

    A rotation of C. G. J. Jacobi, "Über ein leichtes Verfahren ..." (1846).
    """
    one, other = (plane - _sum(plane) / len(plane) for plane in (one, other))
    both = _sum(one * other)
    if both == 0:
        return 1.0, 0.0
    ratio = (_sum(other * other) - _sum(one * one)) / (2 * both)
    tangent = (1 if ratio >= 0 else -1) / (abs(ratio) + hypot(ratio, 1))
    cosine = 1 / hypot(tangent, 1)
    return cosine, -cosine * tangent


def _sum(values: NDArray[np.float64]) -> float:
    """The sum, added from the first to the last; the order in which numpy's own sum adds depends on the processor."""
    return float(values.cumsum()[-1])


def _transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _times(one: Matrix, other: Matrix) -> Matrix:
    return [[sum(row[k] * other[k][column] for k in range(3)) for column in range(3)] for row in one]
