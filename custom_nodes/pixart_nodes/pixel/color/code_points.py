"""How samples mean colours, by the numbers of ITU-T H.273 that a PNG's cICP has: transfer curves and primaries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import spaces

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]  # samples 0..1 -> light, of which 1 is the white of ordinary pictures
Primaries = tuple[float, float, float, float, float, float, float, float]  # x and y of white, red, green and blue

DIFFUSE_WHITE = 203.0  # nits: what HDR pictures mean by white (ITU-R BT.2408); what is brighter is clipped
PQ_PEAK = 10_000.0  # nits
HLG_WHITE = 0.75  # the sample of that white
D65 = (0.3127, 0.3290)
D63 = (0.314, 0.351)  # of digital cinema
C = (0.310, 0.316)


def power(exponent: float) -> Curve:
    """The curve by which light 0..1 is the sample 0..1 to the power `exponent`."""
    return lambda samples: np.power(np.clip(samples, 0, None), exponent)


def _pq(samples: Floats) -> Floats:
    """SMPTE ST 2084."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = np.clip(samples, 0, 1) ** (1 / m2)
    return (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * (PQ_PEAK / DIFFUSE_WHITE)


def _hlg(samples: Floats) -> Floats:
    """ARIB STD-B67, without a display's own gamma."""
    return _hlg_scene(samples) / _hlg_scene(np.array(HLG_WHITE))


def _hlg_scene(samples: Floats) -> Floats:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(samples <= 0.5, samples**2 / 3, (np.exp((np.maximum(samples, 0.5) - c) / a) + b) / 12)


def _srgb(samples: Floats) -> Floats:
    return spaces.linear(255 * samples)


# Of BT.601, BT.709 and BT.2020, and of xvYCC within 0..1. Those recommendations have a camera's curve, and mean what a
# monitor of ITU-R BT.1886 makes of it; the camera's inverse would show films washed out.
VIDEO = power(2.4)
CURVES: dict[int, Curve] = {
    1: VIDEO,
    4: power(2.2),
    5: power(2.8),
    6: VIDEO,
    8: power(1.0),
    11: VIDEO,
    13: _srgb,
    14: VIDEO,
    15: VIDEO,
    16: _pq,
    17: lambda samples: 52.37 / 48 * samples**2.6,
    18: _hlg,
}
SRGB_CURVE = 13

PRIMARIES: dict[int, Primaries] = {
    1: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    4: (*C, 0.670, 0.330, 0.210, 0.710, 0.140, 0.080),
    5: (*D65, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060),
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (*C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (*D63, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
SRGB_PRIMARIES = PRIMARIES[1]
EQUAL = 0.002  # the difference of x or y up to which primaries are the same: writers round differently


def are_srgb(primaries: Primaries) -> bool:
    """Whether these primaries are sRGB's own."""
    return bool(np.abs(np.subtract(primaries, SRGB_PRIMARIES)).max() <= EQUAL)


def table(curve: Curve, levels: int, narrow: bool = False) -> NDArray[np.uint8]:
    """The sRGB value 0..255 of each of so many levels of a sample: uint8 [levels], rounded, clipped at white.

    `narrow`: black is at 16 and white at 235 of 255, as in video.
    """
    samples = np.arange(levels) / (levels - 1)
    if narrow:
        samples = np.clip((255 * samples - 16) / 219, 0, 1)
    return np.rint(spaces.encoded(curve(samples))).astype(np.uint8)
