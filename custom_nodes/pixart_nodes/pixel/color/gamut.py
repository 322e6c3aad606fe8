"""The colours that a palette can mix, approximated by a box along its principal axes, and the projection into that box.

No dither can meet a wish outside of all that the palette can average to: its error would pile up and smear over the
neighbours, or be cut off and change the brightness. So wishes go to the nearest point of a box along the colours'
principal axes. It is exact for palettes on a line or in a plane (black and white, four greens); the convex hull itself
gave no better pictures, and takes a search for each colour.
"""

from __future__ import annotations

from math import hypot

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Matrix = list[list[float]]

# Brightness (Rec. 709) and two colour differences: nearest keeps the brightness rather than the colour. Of 0.1 to 1,
# 0.4 had the lowest S-CIELAB error on photographs in 2, 4, 16 and 32 colours.
CHROMA = 0.4
_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_TO: Matrix = [[_RED, _GREEN, _BLUE], [CHROMA, -CHROMA, 0.0], [-CHROMA / 2, -CHROMA / 2, CHROMA]]
_HALF = (_GREEN - _RED) / 2
_BACK: Matrix = [
    [1.0, (_HALF + 0.5) / CHROMA, -_BLUE / CHROMA],
    [1.0, (_HALF - 0.5) / CHROMA, -_BLUE / CHROMA],
    [1.0, _HALF / CHROMA, (1 - _BLUE) / CHROMA],
]
_SWEEPS = 8  # Jacobi's method on 3 x 3 is exact to the last bit after five or six


def slanted_box(colors: Singles) -> Singles:
    """The box around [N, 3]: for each of three axes (product x 3, way back x 3, least, greatest product): [3, 8].

    Plain scalar arithmetic, so that every processor gives the same bits. `drawn_in` leaves the colours untouched.
    """
    exact = colors.astype(np.float64)
    axes = _axes(np.stack([sum(exact[:, k] * row[k] for k in range(3)) for row in _TO]))
    turned, back = _times(axes, _TO), _times(_BACK, _transposed(axes))
    box = np.zeros((3, 8), np.float32)
    for axis in range(3):
        box[axis, :3] = turned[axis]
        box[axis, 3:6] = [row[axis] for row in back]
        along = products(colors, box[axis])
        box[axis, 6:] = along.min(), along.max()
    return box


def drawn_in(wishes: Singles, box: Singles, strength: np.float32) -> Singles:
    """The wishes [..., 3] brought into the box, or that share of the way: one axis after the other."""
    for axis in box:
        along = products(wishes, axis)
        lack = (np.minimum(np.maximum(along, axis[6]), axis[7]) - along) * strength
        wishes = wishes + lack[..., None] * axis[3:6]
    return wishes


def products(colors: Singles, axis: Singles) -> Singles:
    """The product of each of [..., 3] with an axis, added up from red to blue in single precision."""
    return colors[..., 0] * axis[0] + colors[..., 1] * axis[1] + colors[..., 2] * axis[2]


def _axes(planes: NDArray[np.float64]) -> Matrix:
    """The principal axes of points [3, N], as rows. C. G. J. Jacobi, "Über ein leichtes Verfahren ..." (1846)."""
    off = [plane - _sum(plane) / len(plane) for plane in planes]
    spread = [[_sum(one * other) for other in off] for one in off]
    axes: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    for p, q in [(0, 1), (0, 2), (1, 2)] * _SWEEPS:
        if spread[p][q] == 0:
            continue
        ratio = (spread[q][q] - spread[p][p]) / (2 * spread[p][q])
        tangent = (1 if ratio >= 0 else -1) / (abs(ratio) + hypot(ratio, 1))
        cosine = 1 / hypot(tangent, 1)
        spread = _transposed(_rotated(_transposed(_rotated(spread, p, q, cosine, tangent)), p, q, cosine, tangent))
        axes = _rotated(axes, p, q, cosine, tangent)
    return axes


def _rotated(rows: Matrix, p: int, q: int, cosine: float, tangent: float) -> Matrix:
    product = [list(row) for row in rows]
    for k in range(3):
        product[p][k] = cosine * (rows[p][k] - tangent * rows[q][k])
        product[q][k] = cosine * (tangent * rows[p][k] + rows[q][k])
    return product


def _sum(values: NDArray[np.float64]) -> float:
    """The sum, added from the first to the last; the order in which numpy's own sum adds depends on the processor."""
    return float(values.cumsum()[-1])


def _transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _times(one: Matrix, other: Matrix) -> Matrix:
    return [[sum(row[k] * other[k][column] for k in range(3)) for column in range(3)] for row in one]
