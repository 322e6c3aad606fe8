"""Error diffusion there and back: pixel after pixel along a row; what comes from above is added a row at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import leaf
from .lookup import find

f32 = np.float32
u64 = np.uint64

EDGE = 8  # columns without error on either side of a row, for taps that reach over it


@leaf
def lay_row(rgba, first, width, values, box, strength, sums):
    """A row's wishes, drawn into the palette's box (see gamut.drawn_in), channel after channel."""
    for x in range(width):
        for channel in range(3):
            sums[u64(channel * width + x)] = values[rgba[u64((first + x) * 4 + channel)]]
    reds, greens, blues = sums[:width], sums[width : 2 * width], sums[2 * width :]
    for axis in range(3):
        a, b, c, d, e, f, low, high = box[axis]
        for x in range(width):
            red, green, blue = reds[x], greens[x], blues[x]
            along = red * a + green * b + blue * c
            lack = (min(max(along, low), high) - along) * strength
            reds[x], greens[x], blues[x] = red + lack * d, green + lack * e, blue + lack * f


@leaf
def add_row(sums, errors, first, share):
    """Add an earlier row's errors, from `first` on, times the share."""
    for x in range(sums.shape[0]):
        sums[x] += errors[u64(first + x)] * share


def room(width: int, rows: int) -> tuple[NDArray[np.float32], ...]:
    """Working space: the errors of some rows, a row's sums and a pixel's."""
    return tuple(np.zeros(size, np.float32) for size in (rows * 3 * (width + 2 * EDGE), 3 * width, 3))


@leaf
def serpentine(rgba, opaque, width, prepared, taps, shares, rows, space, known, out):
    """Indices into `out`, for flat pictures; see `fast/diffuse.py` for the rest. Taps of the same row come last."""
    values, box, strength, colors, low, high = prepared
    height, count, span = opaque.shape[0] // width, shares.shape[0], width + 2 * EDGE
    errors, sums, kept = space
    for y in range(height):
        lay_row(rgba, y * width, width, values, box, strength, sums)
        turn = 1 - 2 * (y & 1)
        ahead = count
        for tap in range(count):
            up, right = taps[0, tap], taps[1, tap]
            if up == 0:
                ahead = min(ahead, tap)
            elif up <= y:
                back = -turn if up & 1 else turn
                for channel in range(3):
                    start = ((y - up) % rows * 3 + channel) * span + EDGE - right * back
                    add_row(sums[channel * width : (channel + 1) * width], errors, start, shares[tap])
        here = y % rows * 3 * span + EDGE
        for step in range(width):
            x = step if turn > 0 else width - 1 - step
            if not opaque[u64(y * width + x)]:
                for channel in range(3):
                    errors[u64(here + channel * span + x)] = f32(0)
                out[u64(y * width + x)] = 0
                continue
            for channel in range(3):
                value = sums[u64(channel * width + x)]
                for tap in range(ahead, count):
                    value += errors[u64(here + channel * span + x - taps[1, tap] * turn)] * shares[tap]
                kept[channel] = min(max(value, low[channel]), high[channel])
            found = find(kept[0], kept[1], kept[2], known)
            for channel in range(3):
                errors[u64(here + channel * span + x)] = kept[channel] - colors[u64(3 * found + channel)]
            out[u64(y * width + x)] = found
