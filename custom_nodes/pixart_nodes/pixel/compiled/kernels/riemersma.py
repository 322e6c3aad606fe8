"""Compiled `riemersma` of pixel/dither/riemersma.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...color import gamut, perceptual_metric, spaces
from ...dither import riemersma as plain
from .jit import inner, kernel
from .ordered import flat

RED, GREEN, BLUE = spaces.LUMINANCE
BITS, MEMORY, REFUND, LOW, HIGH = (
    perceptual_metric.BITS,
    plain.MEMORY,
    plain.MOST_REFUND,
    -plain.WISH_SLACK,
    1 + plain.WISH_SLACK,
)


@inner
def _nearest(m, bright, red, green, blue, table, costs):
    """The palette colour that is felt nearest; of equals the first."""
    b0, b1, b2 = bright
    m0, m1, m2, m3, m4, m5, m6, m7, m8 = m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]
    reds, greens, blues = table[0], table[1], table[2]
    for k in range(costs.shape[0]):
        x, y, z = reds[k] - red, greens[k] - green, blues[k] - blue
        u = m0 * x + m1 * y + m2 * z
        v = m3 * x + m4 * y + m5 * z
        w = m6 * x + m7 * y + m8 * z
        q = b0 * x + b1 * y + b2 * z
        costs[k] = u * u + v * v + w * w + q * q
    best = 0
    for k in range(costs.shape[0]):
        if costs[k] < costs[best]:
            best = k
    return best


@inner
def _wish(amount, owed, newest, shares):
    carry = 0.0
    for age in range(MEMORY):
        carry += owed[(newest + age) % MEMORY] * shares[age]
    return amount + carry


@inner
def _clamp(red, green, blue):
    """See the plain form."""
    r, g, b = min(max(red, LOW), HIGH), min(max(green, LOW), HIGH), min(max(blue, LOW), HIGH)
    lost = (red - r) * RED + (green - g) * GREEN + (blue - b) * BLUE
    lost = min(max(lost, -REFUND), REFUND)
    return r + lost, g + lost, b + lost


@inner
def _drawn_in(red, green, blue, axis):
    """One axis of gamut.drawn_in."""
    a, b, c, d, e, f, low, high = axis
    along = red * a + green * b + blue * c
    lack = min(max(along, low), high) - along
    return red + lack * d, green + lack * e, blue + lack * f


@inner
def _axis(row):
    """Its numbers where a loop keeps them, instead of in memory that the loop might write to."""
    return row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]


@kernel
def _follow(path, pixels, step, visible, values, box, matrices, bright, table, shares, out):
    owed, costs, newest = np.zeros((3, MEMORY)), np.empty(table.shape[1]), 0
    first, second, third = _axis(box[0]), _axis(box[1]), _axis(box[2])
    for at in path:
        red = green = blue = 0.0
        if visible[at]:
            r, g, b = np.int32(pixels[step * at]), np.int32(pixels[step * at + 1]), np.int32(pixels[step * at + 2])
            column = r >> (8 - BITS) << (2 * BITS) | g >> (8 - BITS) << BITS | b >> (8 - BITS)
            x, y, z = _drawn_in(values[r], values[g], values[b], first)
            x, y, z = _drawn_in(x, y, z, second)
            x, y, z = _drawn_in(x, y, z, third)
            red = _wish(x, owed[0], newest, shares)
            green = _wish(y, owed[1], newest, shares)
            blue = _wish(z, owed[2], newest, shares)
            red, green, blue = _clamp(red, green, blue)
            best = _nearest(matrices[column], bright, red, green, blue, table, costs)
            out[at] = best
            red, green, blue = red - table[0, best], green - table[1, best], blue - table[2, best]
        newest = (newest + MEMORY - 1) % MEMORY
        owed[0, newest], owed[1, newest], owed[2, newest] = red, green, blue


def riemersma(
    rgb: NDArray[np.uint8],
    opaque: NDArray[np.bool_],
    palette: NDArray[np.uint8],
    metric: str,
    light: str = "linear",
) -> NDArray[np.int16]:
    """See pixel/dither/riemersma.py."""
    values = plain.singles(light)
    table, box = values[palette].T.astype(np.float64, order="C"), gamut.slanted_box(values[palette])
    matrices = perceptual_metric.matrices(metric, light).T.astype(np.float64, order="C")
    bright = plain.brightness(metric)
    result = np.zeros(opaque.shape, np.int16)
    pixels, step = flat(rgb)
    visible = np.ascontiguousarray(opaque).reshape(-1)
    task = pixels, step, visible, values, box, matrices, bright, table, plain.weights()
    _follow(plain.path(*opaque.shape), *task, result.reshape(-1))
    return result


def warm() -> None:
    """Compile every kernel for the types it is called with."""
    rgb = np.zeros((2, 2, 3), np.uint8)
    riemersma(rgb, np.ones((2, 2), np.bool_), np.zeros((1, 3), np.uint8), "srgb", "srgb")
