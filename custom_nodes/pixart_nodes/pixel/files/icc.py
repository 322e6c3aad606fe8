"""ICC profiles of displays, with a matrix and curves: made of primaries in numbers, and taken apart again.

Layout: ICC.1:2010 (version 4.2).
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from ..color.code_points import Curve, Floats, Primaries, power

D50 = np.array([0.9642, 1.0, 0.8249])  # the white of ICC's connection space
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # g, a, b, c, d of the parametric curve of type 3
HEADER = 128  # bytes
COLORANTS, CURVES = (b"rXYZ", b"gXYZ", b"bXYZ"), (b"rTRC", b"gTRC", b"bTRC")
PARAMETERS = (1, 3, 4, 5, 7)  # of a parametric curve, by its type
MOST_TAGS, MOST_POINTS = 100, 1 << 16  # that are looked at


def profile(primaries: Primaries) -> bytes:
    """A profile of these primaries with sRGB's curve. Raises ValueError for primaries that span no colours."""
    return _with_srgb_curve(dict(zip(COLORANTS, map(_xyz, _matrix(primaries).T), strict=True)))


def apart(data: bytes) -> tuple[Curve, bytes] | None:
    """The one curve of all channels, and a profile for what then has sRGB's curve, b"" for greys; None without one.

    So 16 bits a sample can be brought under sRGB's curve before they are rounded to 8.
    """
    try:
        tags = _tags(data)
        if data[16:20] == b"GRAY":
            return None if b"A2B0" in tags else (_curve(tags[b"kTRC"]), b"")
        curves = {tags[name] for name in CURVES}
        colorants = {name: tags[name][:20] for name in COLORANTS}
        if len(curves) > 1 or b"A2B0" in tags:
            return None
        return _curve(curves.pop()), _with_srgb_curve(colorants)
    except (ArithmeticError, LookupError, struct.error, ValueError):
        return None


def _with_srgb_curve(colorants: dict[bytes, bytes]) -> bytes:
    curve = struct.pack(">4s4xH2x5i", b"para", 3, *map(_fixed, _SRGB_CURVE))
    tags = {b"wtpt": _xyz(D50), **colorants, **dict.fromkeys(CURVES, curve)}
    start = HEADER + 4 + 12 * len(tags)
    places, body = [], b""
    for name, data in tags.items():
        places.append(struct.pack(">4sII", name, start + len(body), len(data)))
        body += data.ljust(-(-len(data) // 4) * 4, b"\0")
    rest = struct.pack(">I", len(tags)) + b"".join(places) + body
    return _header(HEADER + len(rest)) + rest


def _tags(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", data, HEADER)
    entries = [struct.unpack_from(">4sII", data, HEADER + 4 + 12 * place) for place in range(min(count, MOST_TAGS))]
    return {name: data[start : start + size] for name, start, size in entries}


def _curve(data: bytes) -> Curve:
    """Of a tag's bytes. Raises ValueError for a kind that isn't known."""
    if data[:4] == b"curv":
        (count,) = struct.unpack_from(">I", data, 8)
        values = np.array(struct.unpack_from(f">{min(count, MOST_POINTS)}H", data, 12))
        if count < 2:
            return power(float(values[0]) / 256 if count else 1.0)
        return lambda samples: np.interp(samples, np.linspace(0, 1, len(values)), values / 0xFFFF)
    if data[:4] != b"para" or data[9] >= len(PARAMETERS):
        raise ValueError("a curve of another kind")
    g, *rest = (value / 65536 for value in struct.unpack_from(f">{PARAMETERS[data[9]]}i", data, 12))
    return _parametric(data[9], g, rest)


def _parametric(kind: int, g: float, rest: list[float]) -> Curve:
    """A power of a line from a point on, and a line or nothing below it: types 0 to 4 of `parametricCurveType`."""
    a, b, *more = rest or [1.0, 0.0]
    offset = more[0] if kind == 2 else more[2] if kind == 4 else 0.0
    slope, start, below = (more[0], more[1], more[3] if kind == 4 else 0.0) if kind > 2 else (0.0, -b / a, offset)
    return lambda samples: _bent(samples, (a, b, g, offset), (slope, start, below))


def _bent(samples: Floats, above: tuple[float, ...], under: tuple[float, ...]) -> Floats:
    a, b, g, offset = above
    slope, start, below = under
    return np.where(samples >= start, np.maximum(a * samples + b, 0) ** g + offset, slope * samples + below)


def _header(size: int) -> bytes:
    kind = struct.pack(">I4xI4s4s4s12x4s", size, 0x04200000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return (kind + bytes(28) + struct.pack(">3i", *map(_fixed, D50))).ljust(HEADER, b"\0")


def _matrix(primaries: Primaries) -> NDArray[np.floating]:
    """XYZ of red, green and blue in columns, adapted to D50 after Bradford. Raises ValueError."""
    chromaticities = np.array(primaries).reshape(4, 2)
    if not (chromaticities[:, 1] > 0).all():
        raise ValueError("a primary without brightness")
    white, *colors = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in chromaticities)
    unscaled = np.stack(colors, axis=1)
    if abs(np.linalg.det(unscaled)) < 1e-6:
        raise ValueError("primaries on one line")
    matrix = unscaled * np.linalg.solve(unscaled, white)
    cones = np.diag(_BRADFORD @ D50 / (_BRADFORD @ white))
    return np.linalg.solve(_BRADFORD, cones @ _BRADFORD @ matrix)


def _xyz(values: NDArray[np.floating]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *map(_fixed, values))


def _fixed(value: float) -> int:
    """As ICC's s15Fixed16Number. Raises ValueError beyond its range."""
    result = round(float(value) * 65536)
    if not -(1 << 31) <= result < 1 << 31:
        raise ValueError("a number beyond an ICC profile's range")
    return result
