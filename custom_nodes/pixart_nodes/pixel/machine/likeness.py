"""How far a picture in few colours is from its original for an eye that blurs what is small, hues more than brightness.

After X. Zhang, B. A. Wandell, "A spatial extension of CIELAB" (1996), at 30 pixels a degree: each of three opponent
colours is blurred by a narrow Gaussian, of a few additions here, and by wide ones, here boxes one after the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import spaces

Floats = NDArray[np.float64]

# The paper's opponent colours of CIE XYZ: light and dark, red and green, blue and yellow.
_OPPONENT_FROM_XYZ = np.array([[0.279, 0.72, -0.107], [-0.449, 0.29, -0.077], [0.086, -0.59, 0.501]])
_WHITE = np.array([0.9504559, 1.0, 1.0890578])  # D65
RESPONSES, ROOTS_TO_LAB, _ = spaces.ROOTED_SPACES["cielab"]
OPPONENT = _OPPONENT_FROM_XYZ @ (RESPONSES * _WHITE[:, None])  # from linear light
BACK = np.linalg.inv(_OPPONENT_FROM_XYZ) / _WHITE[:, None]  # to XYZ, of which white is 1
# Of each opponent colour: the narrow blur's share and its deviation in pixels; the wide ones' shares and boxes.
NARROW_BLURS = ((1.003, 0.60), (0.617, 0.83), (0.568, 1.14))
WIDE_BLURS = (((0.114, 5), (-0.117, 185)), ((0.383, 21),), ((0.432, 17),))
REACH, TURNS = 2, 3  # pixels of a narrow blur to each side, boxes one after the other


def narrow_blur(number: int) -> Floats:
    """What the neighbours of a pixel count in one opponent colour, from the left: [5], their sum 1."""
    steps = np.arange(-REACH, REACH + 1)
    shares = np.exp(-(steps**2) / (2 * NARROW_BLURS[number][1] ** 2))
    return shares / shares.sum()


def view(light: Floats, aspect: float = 1.0) -> Floats:
    """CIE XYZ, white 1, of light [H, W, 3] after the eye's blur, of square pixels: [H, W x aspect, 3]."""
    planes = mixed(np.repeat(light, round(aspect), axis=1), OPPONENT)
    return mixed(np.stack([_blurred(planes[..., number], number) for number in range(3)], axis=-1), BACK)


def apart(one: Floats, other: Floats) -> Floats:
    """The distance in CIELAB of each pixel of two pictures as `view` gives them, XYZ [H, W, 3]: [H, W]."""
    gap = mixed(roots(one) - roots(other), ROOTS_TO_LAB)
    return np.sqrt((gap * gap).sum(axis=2))


def pixels_apart(lab: Floats, shown: NDArray[np.uint8]) -> float:
    """The mean distance in OKLab of pixels that no eye blurs: of OKLab and sRGB [H, W, 3]."""
    return float(np.sqrt(((spaces.oklab(shown) - lab) ** 2).sum(axis=2)).mean())


def roots(responses: Floats) -> Floats:
    """CIELAB's function f (CIE 15) of XYZ [..., 3], white being 1; differences of its values are the coordinates."""
    positive = np.maximum(responses, 0.0)
    return np.where(positive > spaces.TOE, np.cbrt(positive), positive * spaces.TOE_SLOPE + spaces.TOE_START)


def mixed(colors: Floats, matrix: Floats) -> Floats:
    """The matrix times each of [..., 3]; not by BLAS, which adds in an order that depends on machine and shape."""
    a, b, c = np.moveaxis(colors, -1, 0)
    return np.stack([a * row[0] + b * row[1] + c * row[2] for row in matrix], axis=-1)


def _blurred(plane: Floats, number: int) -> Floats:
    shares = narrow_blur(number)
    total = NARROW_BLURS[number][0] * _weighted(_weighted(plane, shares, 0), shares, 1)
    for share, box in WIDE_BLURS[number]:
        total += share * _boxed(plane, box)
    return total


def _weighted(plane: Floats, shares: Floats, axis: int) -> Floats:
    padded, count = _padded(plane, REACH, REACH, axis), plane.shape[axis]
    total = np.zeros_like(plane)
    for shift, share in enumerate(shares):
        total += share * _stretch(padded, shift, count, axis)
    return total


def _boxed(plane: Floats, box: int) -> Floats:
    """Boxes one after the other, by running sums."""
    for _ in range(TURNS):
        for axis in (0, 1):
            sums, count = np.cumsum(_padded(plane, box // 2 + 1, box // 2, axis), axis=axis), plane.shape[axis]
            plane = _stretch(sums, box, count, axis) - _stretch(sums, 0, count, axis)
            plane /= box
    return plane


def _stretch(plane: Floats, start: int, count: int, axis: int) -> Floats:
    """So many rows or columns."""
    return plane[start : start + count] if axis == 0 else plane[:, start : start + count]


def _padded(plane: Floats, before: int, after: int, axis: int) -> Floats:
    """The first and the last row or column so many times more; `numpy.pad` takes longer than what is done with it."""
    first, last = _stretch(plane, 0, 1, axis), _stretch(plane, plane.shape[axis] - 1, 1, axis)
    return np.concatenate([np.repeat(first, before, axis), plane, np.repeat(last, after, axis)], axis)
