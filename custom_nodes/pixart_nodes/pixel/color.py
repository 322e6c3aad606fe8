"""sRGB, linear light, OKLab and CIELAB, and the distances between colours in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import errors

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
# IEC 61966-2-1, D65; the rows' sums are the white point.
_XYZ_FROM_LINEAR = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


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
    return np.cbrt(linear(srgb) @ _LMS_FROM_LINEAR.T) @ _OKLAB_FROM_LMS.T


def oklab_planes(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """OKLab of linear light 0..1, float32 planes [3, ...] in and out: to about 1e-6, and five times as quick."""
    return _mixed(_cube_root(_mixed(light, _LMS_FROM_LINEAR)), _OKLAB_FROM_LMS)


def _mixed(planes: NDArray[np.float32], matrix: Floats) -> NDArray[np.float32]:
    """The matrix times the planes; not by BLAS, which adds in an order of its own."""
    a, b, c = planes
    return np.stack([a * row[0] + b * row[1] + c * row[2] for row in matrix.astype(np.float32)])


def _cube_root(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of values >= 0: a third of the exponent for a guess, then Halley's iteration twice."""
    positive = np.maximum(x, np.float32(1e-12))
    y = (positive.view(np.int32) // 3 + 709921077).view(np.float32)
    for _ in range(2):
        cubed = y * y * y
        y = y * (cubed + positive + positive) / (cubed + cubed + positive)
    return np.where(x > 0, y, np.float32(0))


def from_oklab(lab: ArrayLike) -> Floats:
    """sRGB values 0..255 [..., 3] of OKLab colours, clipped to what sRGB can show, not rounded."""
    lms = (np.asarray(lab, dtype=np.float64) @ np.linalg.inv(_OKLAB_FROM_LMS).T) ** 3
    return encoded(lms @ np.linalg.inv(_LMS_FROM_LINEAR).T)


def cielab(srgb: ArrayLike) -> Floats:
    """CIELAB (D65) of sRGB values 0..255 [..., 3]: L 0..100; its Euclidean distance is CIE76."""
    t = linear(srgb) @ (_XYZ_FROM_LINEAR / _XYZ_FROM_LINEAR.sum(axis=1, keepdims=True)).T
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def from_cielab(lab: ArrayLike) -> Floats:
    """sRGB values 0..255 [..., 3] of CIELAB colours (D65), clipped to what sRGB can show, not rounded."""
    lightness, a, b = np.moveaxis(np.asarray(lab, dtype=np.float64), -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    t = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    white = _XYZ_FROM_LINEAR.sum(axis=1)
    return encoded(t * white @ np.linalg.inv(_XYZ_FROM_LINEAR).T)


def srgb(values: ArrayLike) -> Floats:
    """The values themselves, as floats."""
    return np.asarray(values, dtype=np.float64)


def luma(values: ArrayLike) -> Floats:
    """Rec. 709 luma 0..255 of sRGB values [..., 3]: for ordering, not for measuring."""
    return srgb(values) @ np.array([0.2126, 0.7152, 0.0722])


def _euclidean(a: Floats, b: Floats) -> Floats:
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return x * x + y * y + z * z


def _redmean(a: Floats, b: Floats) -> Floats:
    # Thiadmer Riemersma, "Colour metric" (CompuPhase); times 512, so that 8-bit colours stay exact integers.
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    red = a[0] + b[0]
    return (1024 + red) * x * x + 2048 * y * y + (1534 - red) * z * z


# metric -> (where colours live, squared distance between two of them given as planes [3, ...])
METRICS: dict[str, tuple[Callable[[ArrayLike], Floats], Callable[[Floats, Floats], Floats]]] = {
    "srgb": (srgb, _euclidean),
    "redmean": (srgb, _redmean),
    "linear": (linear, _euclidean),
    "oklab": (oklab, _euclidean),
    "cielab": (cielab, _euclidean),
}


def require(metric: str) -> None:
    """Raise UnknownName unless there is such a metric."""
    errors.require(metric, METRICS, what="Colour metric")


def distances(one: ArrayLike, other: ArrayLike, metric: str) -> Floats:
    """Squared distance in a metric from each of [M, 3] to each of [N, 3], sRGB 0..255: [M, N]."""
    require(metric)
    coordinates, distance = METRICS[metric]
    a, b = coordinates(one).T, coordinates(other).T
    return distance(np.ascontiguousarray(a)[:, :, None], np.ascontiguousarray(b)[:, None, :])
