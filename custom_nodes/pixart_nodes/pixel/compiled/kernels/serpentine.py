"""Error diffusion there and back: pixel after pixel along a row; what comes from above is added a row at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jit import leaf, leaf_kernel
from .lanes import clamp
from .lookup import find

f32 = np.float32
i64 = np.int64
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
    """Working space: the errors of some rows and a row's sums."""
    return tuple(np.zeros(size, np.float32) for size in (rows * 3 * (width + 2 * EDGE), 3 * width))


@leaf
def add_above(sums, width, y, taps, shares, rows, errors):
    """Add what comes from the rows above row y."""
    span = width + 2 * EDGE
    for tap in range(shares.shape[0]):
        up, right = taps[0, tap], taps[1, tap]
        if 0 < up <= y:
            back = right if (y - up) & 1 else -right  # every other row is drawn mirrored
            for channel in range(3):
                start = ((y - up) % rows * 3 + channel) * span + EDGE + back
                add_row(sums[channel * width : (channel + 1) * width], errors, start, shares[tap])


@leaf
def go(opaque, first, width, turn, sums, ahead, near, taps, shares, bounds, colors, errors, here, knowledge, out):
    """Along a row, `turn` 1 or -1 a step. Taps from `ahead` on are of the same row, from `near` on at most two pixels
    back, whose errors stay in registers."""
    low, high = bounds
    span, share1, share2 = u64(width + 2 * EDGE), f32(0), f32(0)
    for tap in range(near, shares.shape[0]):
        if taps[1, tap] == 2:
            share2 = shares[tap]
        else:
            share1 = shares[tap]
    red, green, blue, red2, green2, blue2 = f32(0), f32(0), f32(0), f32(0), f32(0), f32(0)
    for step in range(width):
        x = u64(step if turn > 0 else width - 1 - step)
        r, g, b = sums[x], sums[u64(width) + x], sums[u64(2 * width) + x]
        for tap in range(ahead, near):
            at, share = u64(i64(here + x) - taps[1, tap] * turn), shares[tap]
            r += errors[at] * share
            g += errors[at + span] * share
            b += errors[at + span + span] * share
        r = r + red2 * share2 + red * share1
        g = g + green2 * share2 + green * share1
        b = b + blue2 * share2 + blue * share1
        cut_r, cut_g, cut_b = min(max(r, low[0]), high[0]), min(max(g, low[1]), high[1]), min(max(b, low[2]), high[2])
        if cut_r != r or cut_g != g or cut_b != b:  # seldom, and every pixel waits for the one before
            r, g, b = clamp(r, g, b, low[0], high[0], low[1], high[1], low[2], high[2])
        red2, green2, blue2 = red, green, blue
        red, green, blue, index = f32(0), f32(0), f32(0), i64(0)
        if opaque[u64(first) + x]:
            index = i64(find(r, g, b, knowledge))
            color = u64(4 * index)
            red, green, blue = r - colors[color], g - colors[color + u64(1)], b - colors[color + u64(2)]
        errors[here + x], errors[here + span + x], errors[here + span + span + x] = red, green, blue
        out[u64(first) + x] = index


@leaf_kernel
def serpentine(rgba, opaque, width, prepared, taps, shares, rows, space, knowledge, out):
    """Indices into `out`, for flat pictures; see `diffuse.py` for the rest. Taps of the same row come last."""
    values, box, strength, colors, low, high = prepared
    errors, sums = space
    ahead = near = shares.shape[0]
    for tap in range(shares.shape[0] - 1, -1, -1):
        if taps[0, tap] == 0:
            ahead = tap
            near = tap if taps[1, tap] <= 2 else near
    for y in range(opaque.shape[0] // width):
        lay_row(rgba, y * width, width, values, box, strength, sums)
        add_above(sums, width, y, taps, shares, rows, errors)
        here, turn = u64(y % rows * 3 * (width + 2 * EDGE) + EDGE), 1 - 2 * (y & 1)
        row = ahead, near, taps, shares, (low, high), colors, errors, here
        go(opaque, y * width, width, turn, sums, *row, knowledge, out)
