"""sRGB, linear light, OKLab and CIELAB, and the distances between colours in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import errors

Floats = NDArray[np.float64]

# Björn Ottosson, "A perceptual color space for image processing" (2020), linear sRGB -> LMS -> OKLab.
_LMS_FROM_LINEAR = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
LUMINANCE = (0.2126, 0.7152, 0.0722)  # shares of red, green and blue (Rec. 709)
_LINEAR_FROM_LMS, _LMS_FROM_OKLAB = np.linalg.inv(_LMS_FROM_LINEAR), np.linalg.inv(_OKLAB_FROM_LMS)
# IEC 61966-2-1, D65; the rows' sums are the white point.
_XYZ_FROM_LINEAR = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_LAB_FROM_ROOTS = np.array([[0.0, 116, 0], [500, -500, 0], [0, 200, -200]])
TOE, TOE_SLOPE, TOE_START = (6 / 29) ** 3, 1 / (3 * (6 / 29) ** 2), 4 / 29  # CIE 15: a line below, the cube root above

# space -> (responses from linear light, coordinates from their roots, the response up to which a line serves)
ROOTED_SPACES = {
    "oklab": (_LMS_FROM_LINEAR, _OKLAB_FROM_LMS, -1.0),
    "cielab": (_XYZ_FROM_LINEAR / _XYZ_FROM_LINEAR.sum(axis=1, keepdims=True), _LAB_FROM_ROOTS, TOE),
}


def linear(srgb: ArrayLike) -> Floats:
    """Undo the sRGB curve (IEC 61966-2-1): values 0..255 in, light 0..1 out, any shape."""
    values = np.asarray(srgb)
    if values.dtype == np.uint8:
        return _LIGHT[values]
    v = values.astype(np.float64) / 255
    return np.where(v <= 0.04045, v / 12.92, ((np.maximum(v, 0.04045) + 0.055) / 1.055) ** 2.4)


_LIGHT = linear(np.arange(256.0))  # a look-up is ten times as quick as the power, and the same


def encoded(light: ArrayLike) -> Floats:
    """Apply the sRGB curve: light 0..1 in (clipped), values 0..255 out, any shape, not rounded."""
    v = np.clip(np.asarray(light, dtype=np.float64), 0, 1)
    return 255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 0.0031308) ** (1 / 2.4) - 0.055)


def oklab(srgb: ArrayLike) -> Floats:
    """OKLab of sRGB values 0..255 [..., 3]: L 0..1, a and b about -0.4..0.4."""
    return rooted(linear(srgb), "oklab")


def rooted(light: Floats, space: str) -> Floats:
    """Linear light 0..1 [..., 3] as coordinates [..., 3] in `space`, a name of ROOTED_SPACES."""
    first, second, toe = ROOTED_SPACES[space]
    t = _mixed(np.ascontiguousarray(np.moveaxis(light, -1, 0)), first)
    roots = np.cbrt(t) if toe < 0 else np.where(t > toe, np.cbrt(t), t * TOE_SLOPE + TOE_START)
    return np.moveaxis(_mixed(roots, second), 0, -1)


def _mixed(planes: NDArray[Any], matrix: Floats) -> NDArray[Any]:
    """The matrix times the planes; not by BLAS, which adds in an order that depends on machine and shape."""
    a, b, c = planes
    return np.stack([a * row[0] + b * row[1] + c * row[2] for row in matrix.astype(planes.dtype)])


def oklab_planes(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """OKLab of linear light 0..1, float32 planes [3, ...] in and out: to about 1e-6, and five times as quick."""
    return _mixed(_cube_root(_mixed(light, _LMS_FROM_LINEAR)), _OKLAB_FROM_LMS)


TINY = np.float32(1e-12)
THIRD, SHIFT = np.float32(1 / 3), np.float32(709921077)


def _cube_root(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of values >= 0: a third of the exponent for a guess, then Halley's iteration twice."""
    positive = np.maximum(x, TINY)
    y = (positive.view(np.int32).astype(np.float32) * THIRD + SHIFT).astype(np.int32).view(np.float32)
    for _ in range(2):
        cubed = y * y * y
        y = y * (cubed + positive + positive) / (cubed + cubed + positive)
    return np.where(x > 0, y, np.float32(0))


def from_oklab(lab: ArrayLike) -> Floats:
    """sRGB values 0..255 [..., 3] of OKLab colours, clipped to what sRGB can show, not rounded."""
    lms = (np.asarray(lab, dtype=np.float64) @ _LMS_FROM_OKLAB.T) ** 3
    return encoded(lms @ _LINEAR_FROM_LMS.T)


def cielab(srgb: ArrayLike) -> Floats:
    """CIELAB (D65) of sRGB values 0..255 [..., 3]: L 0..100; its Euclidean distance is CIE76."""
    return rooted(linear(srgb), "cielab") - (16, 0, 0)


def from_cielab(lab: ArrayLike) -> Floats:
    """sRGB values 0..255 [..., 3] of CIELAB colours (D65), clipped to what sRGB can show, not rounded."""
    lightness, a, b = np.moveaxis(np.asarray(lab, dtype=np.float64), -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    t = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    white = _XYZ_FROM_LINEAR.sum(axis=1)
    return encoded(t * white @ np.linalg.inv(_XYZ_FROM_LINEAR).T)


def srgb(values: ArrayLike) -> Floats:
    """The sRGB values themselves, as floats: their Euclidean distance is the metric "srgb"."""
    return np.asarray(values, dtype=np.float64)


def luma(values: ArrayLike) -> Floats:
    """Rec. 709 luma 0..255 of sRGB values [..., 3]: for ordering, not for measuring."""
    return srgb(values) @ np.array(LUMINANCE)


def _euclidean(a: Floats, b: Floats) -> Floats:
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return x * x + y * y + z * z


def _redmean(a: Floats, b: Floats) -> Floats:
    # Thiadmer Riemersma, "Colour metric" (CompuPhase); times 512, so that 8-bit colours stay exact integers.
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    red = a[0] + b[0]
    return (1024 + red) * x * x + 2048 * y * y + (1534 - red) * z * z


def exact_grey_cielab(srgb: ArrayLike) -> Floats:
    """CIELAB to nine digits: greys, else coloured by a rounding error, then have no hue, which CIEDE2000 asks for."""
    return np.round(cielab(srgb), 9)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Squared CIEDE2000 difference between CIELAB colours given as planes [3, ...].

    G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary Test
    Data, and Mathematical Observations" (2005); the names are theirs, angles in radians.
    """
    half_turn = np.pi
    grey = 0.5 * (1 - _saturation(0.5 * (np.hypot(one[1], one[2]) + np.hypot(other[1], other[2]))))
    (c1, h1), (c2, h2) = _chroma_and_hue(one, grey), _chroma_and_hue(other, grey)
    hueless = c1 * c2 == 0
    turn, total = h2 - h1, h1 + h2
    far = np.abs(turn) > half_turn
    turn = np.where(hueless, 0.0, turn - np.where(far, np.copysign(2 * half_turn, turn), 0.0))
    around = np.where(total < 2 * half_turn, half_turn, -half_turn)
    hue = np.where(hueless, total, 0.5 * total + np.where(far, around, 0.0))
    chroma = 0.5 * (c1 + c2)
    d_c = (c2 - c1) / (1 + 0.045 * chroma)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(0.5 * turn) / (1 + 0.015 * chroma * _hue_weight(hue))
    blue = np.deg2rad(60) * np.exp(-(((np.rad2deg(hue) - 275) / 25) ** 2))
    return lightness_share(one, other) + d_c * d_c + d_h * d_h - np.sin(blue) * 2 * _saturation(chroma) * d_c * d_h


def lightness_share(one: Floats, other: Floats) -> Floats:
    """What lightness adds to `ciede2000`, of the same planes [3, ...]: no difference is below it.

    The hue term takes back at most 2 sin 60° of the product of chroma's and hue's terms, so less than they add.
    """
    middle = 0.5 * (one[0] + other[0]) - 50
    return ((other[0] - one[0]) / (1 + 0.015 * middle**2 / np.sqrt(20 + middle**2))) ** 2


def _saturation(chroma: Floats) -> Floats:
    seventh = chroma**7
    return np.sqrt(seventh / (seventh + 25.0**7))


def _chroma_and_hue(lab: Floats, grey: Floats) -> tuple[Floats, Floats]:
    a, b = (1 + grey) * lab[1], lab[2] + 0 * grey
    return np.hypot(a, b), np.arctan2(b, a) % (2 * np.pi)


def _hue_weight(hue: Floats) -> Floats:
    weight = 1 - 0.17 * np.cos(hue - np.deg2rad(30)) + 0.24 * np.cos(2 * hue)
    return weight + 0.32 * np.cos(3 * hue + np.deg2rad(6)) - 0.20 * np.cos(4 * hue - np.deg2rad(63))


# metric -> (where colours live, squared distance between two of them given as planes [3, ...])
METRICS: dict[str, tuple[Callable[[ArrayLike], Floats], Callable[[Floats, Floats], Floats]]] = {
    "srgb": (srgb, _euclidean),
    "redmean": (srgb, _redmean),
    "linear": (linear, _euclidean),
    "oklab": (oklab, _euclidean),
    "cielab": (cielab, _euclidean),
    "ciede2000": (exact_grey_cielab, ciede2000),
}

# Metrics whose distance takes longer than finding out which colours are the same -> what it is never below.
COSTLY_METRICS: dict[str, Callable[[Floats, Floats], Floats]] = {"ciede2000": lightness_share}


def require(metric: str) -> None:
    """Raise UnknownName unless there is such a metric."""
    errors.require(metric, METRICS, what="Colour metric")


def distances(one: ArrayLike, other: ArrayLike, metric: str) -> Floats:
    """Squared distance in a metric from each of [M, 3] to each of [N, 3], sRGB 0..255: [M, N]."""
    require(metric)
    coordinates, distance = METRICS[metric]
    a, b = coordinates(one).T, coordinates(other).T
    return distance(np.ascontiguousarray(a)[:, :, None], np.ascontiguousarray(b)[:, None, :])
