"""Kernels for the nearest palette colour by CIEDE2000: each distinct colour is measured once.

Most palette colours are ruled out by lightness alone, see `spaces.lightness_share`. The formula jumps where hues are
opposite; colours for which it matters, and close decisions, are left to the plain form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...color import spaces
from ...palette import nearest as plain
from ...palette.palette import unpacked
from ..cores import in_bands
from .jit import inner, kernel

CLEAR = 1e-6  # float64's error in a squared difference, whatever library the functions are from, and much to spare
OPPOSITE = 1e-6  # radians from half a turn within which a rounding error might choose the other way round
FAR = 1e300
UNDECIDED = np.int16(-1)
ENOUGH = 1 << 11  # colours from which a second thread pays
FULL_TURN, HALF_TURN, DEGREE = 2 * np.pi, np.pi, np.pi / 180
SEVENTH = 25.0**7

# Of the palette used last: index + 1 of the nearest for each of the 2^24 colours, 0 where nobody asked. 32 MB, of which
# only what was asked for becomes memory; the frames of an animation share their colours.
_tables: dict[bytes, plain.Indices] = {}


def indices(flat: NDArray[np.uint8], channels: int, palette: NDArray[np.uint8]) -> plain.Indices:
    """Index of the nearest for each pixel: flat channels, 3 or 4 a pixel, and a palette [N, 3] in, int16 flat out."""
    table = _tables.pop(palette.tobytes(), None)  # out of any other thread's sight while it is incomplete
    if table is None:
        table = np.zeros(1 << 24, np.int16)
    keys = np.empty(flat.size // channels, np.int32)
    keys = keys[: new_colors(flat, channels, table, keys)]
    nearest = np.empty(len(keys), np.int16)
    light, lab = spaces.linear(np.arange(256, dtype=np.uint8)), spaces.exact_grey_cielab(palette).reshape(-1)
    white = spaces.ROOTED_SPACES["cielab"][0].reshape(-1)

    def work(start: int, stop: int) -> None:
        search(keys[start:stop], light, white, lab, nearest[start:stop])

    in_bands(work, len(keys), len(keys), ENOUGH)
    rest = np.flatnonzero(nearest == UNDECIDED)
    nearest[rest] = plain.scan(unpacked(keys[rest].astype(np.int64)), palette, "ciede2000")
    table[keys] = nearest + 1
    result = np.empty(flat.size // channels, np.int16)
    look_up(flat, channels, table, result)
    _tables.clear()
    _tables[palette.tobytes()] = table
    return result


@kernel
def new_colors(flat, channels, table, keys):
    """The colours 0xRRGGBB that the table doesn't know, into `keys`; marks them in the table. Returns how many."""
    count = 0
    for i in range(flat.shape[0] // channels):
        at = i * channels
        key = np.int32(flat[at]) << 16 | np.int32(flat[at + 1]) << 8 | np.int32(flat[at + 2])
        if table[key] == 0:
            table[key] = 1
            keys[count] = key
            count += 1
    return count


@kernel
def look_up(flat, channels, table, out):
    """What the table says of each pixel."""
    for i in range(out.shape[0]):
        at = i * channels
        key = np.int32(flat[at]) << 16 | np.int32(flat[at + 1]) << 8 | np.int32(flat[at + 2])
        out[i] = table[key] - 1


@kernel
def search(keys, light, white, lab, out):
    """The nearest of the palette's `lab` for each colour 0xRRGGBB, or UNDECIDED."""
    for i in range(keys.shape[0]):
        r, g, b = light[keys[i] >> 16], light[keys[i] >> 8 & 255], light[keys[i] & 255]
        out[i] = nearest_one(*cielab(r, g, b, white), lab)


@inner
def nearest_one(l1, a1, b1, lab):
    """The nearest for one colour. The nearest by CIE76 comes first: it rules out most of the others."""
    guess, least = 0, FAR
    for k in range(lab.shape[0] // 3):
        x, y, z = l1 - lab[3 * k], a1 - lab[3 * k + 1], b1 - lab[3 * k + 2]
        far = x * x + y * y + z * z
        if far < least:
            guess, least = k, far
    index, next_ = guess, FAR
    best, sure = difference(l1, a1, b1, lab[3 * guess], lab[3 * guess + 1], lab[3 * guess + 2])
    for k in range(lab.shape[0] // 3):
        if k == guess or lightness(l1, lab[3 * k]) > best + 2 * CLEAR:
            continue
        far, certain = difference(l1, a1, b1, lab[3 * k], lab[3 * k + 1], lab[3 * k + 2])
        sure = sure and certain
        if far < best:
            index, best, next_ = k, far, best
        elif far < next_:
            next_ = far
    return np.int16(index) if sure and next_ - best >= CLEAR else UNDECIDED


@inner
def lightness(l1, l2):
    """As `color.lightness_share`."""
    middle = 0.5 * (l1 + l2) - 50
    term = (l2 - l1) / (1 + 0.015 * middle * middle / np.sqrt(20 + middle * middle))
    return term * term


@inner
def difference(l1, a1, b1, l2, a2, b2):
    """`color.ciede2000` of two colours, and whether the hues are clearly not opposite."""
    grey = 0.5 * (1 - saturation(0.5 * (np.hypot(a1, b1) + np.hypot(a2, b2))))
    a1, a2 = (1 + grey) * a1, (1 + grey) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    if c1 * c2 == 0:
        term = (c2 - c1) / (1 + 0.045 * (0.5 * (c1 + c2)))
        return lightness(l1, l2) + term * term, True
    h1, h2 = np.arctan2(b1, a1) % FULL_TURN, np.arctan2(b2, a2) % FULL_TURN
    turn, hue, chroma = h2 - h1, 0.5 * (h1 + h2), 0.5 * (c1 + c2)
    sure = abs(abs(turn) - HALF_TURN) > OPPOSITE
    if abs(turn) > HALF_TURN:
        turn -= np.copysign(FULL_TURN, turn)
        hue += HALF_TURN if hue < HALF_TURN else -HALF_TURN
    weight = 1 - 0.17 * np.cos(hue - 30 * DEGREE) + 0.24 * np.cos(2 * hue)
    weight += 0.32 * np.cos(3 * hue + 6 * DEGREE) - 0.2 * np.cos(4 * hue - 63 * DEGREE)
    d_c = (c2 - c1) / (1 + 0.045 * chroma)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(0.5 * turn) / (1 + 0.015 * chroma * weight)
    degrees = (hue / DEGREE - 275) / 25
    blue = np.sin(60 * DEGREE * np.exp(-degrees * degrees))
    return lightness(l1, l2) + d_c * d_c + d_h * d_h - blue * 2 * saturation(chroma) * d_c * d_h, sure


@inner
def saturation(chroma):
    """How near to full a chroma is, 0..1."""
    seventh = chroma**7
    return np.sqrt(seventh / (seventh + SEVENTH))


@inner
def cielab(r, g, b, white):
    """`color.exact_grey_cielab` of linear light."""
    x = response(white[0] * r + white[1] * g + white[2] * b)
    y = response(white[3] * r + white[4] * g + white[5] * b)
    z = response(white[6] * r + white[7] * g + white[8] * b)
    return nine_digits(116 * y - 16), nine_digits(500 * (x - y)), nine_digits(200 * (y - z))


@inner
def response(value):
    """Cube root, or the line that stands for it in the dark."""
    return value ** (1 / 3) if value > spaces.TOE else value * spaces.TOE_SLOPE + spaces.TOE_START


@inner
def nine_digits(value):
    """Rounded as numpy does."""
    return np.rint(value * 1e9) / 1e9
