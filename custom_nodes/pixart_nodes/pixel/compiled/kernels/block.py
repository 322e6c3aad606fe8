"""What the wave does for many steps at a time: a block's wishes laid out in its lanes, and its colours put away.

A lane's pixels are side by side in the picture, and a step's in the block: 16 lanes that are each within one row for
the whole block are turned as squares. Others, at the ends of rows and below the picture, go pixel by pixel.
"""

from __future__ import annotations

import numpy as np

from . import vector
from .jit import full_width, leaf, part, rare
from .lanes import ALL, LANES
from .tile import BLUE, GREEN, RED
from .vector import SIZE

i32 = np.int32
u64 = np.uint64

BLOCK = 64  # steps prepared and put away at a time: with fewer, most of a cache line is read in vain; more need room
BYTE = np.uint32(255)
LINE = 16  # pixels in a cache line; there are more of the mask and of what is found


@leaf
def stretch(start, turn, lane, sizes, width, height):
    """Pixels side by side that a lane has in the block from step `start` on, at turn 1 those of its next row.

    The first one's step in the block, how many they are, and the first one's index.
    """
    left, period, share, shares = start - sizes[0] * lane, sizes[3], sizes[4], sizes[5]
    band, column = max(0, left) // period, max(0, left) % period
    if turn:
        band, column = band + 1, 0
    step, row = band * period + column - left, (share + shares * band) * LANES + lane
    many = min(width - column, BLOCK - step) if row < height else 0
    return step, max(0, many), row * width + column


@leaf
def square(start, first, sizes, width, height):
    """Where SIZE lanes from `first` on all have pixels of one row in the whole block, the first lane's; else -1.

    The next lane's are a row below and as many columns to the left as it lags.
    """
    step, many, at = stretch(start, 0, first, sizes, width, height)
    last_step, last_many, last = stretch(start, 0, first + SIZE - 1, sizes, width, height)
    full = step == 0 and last_step == 0 and many == BLOCK and last_many == BLOCK
    return at if full and last - at == (SIZE - 1) * (width - sizes[0]) else -1


@leaf
def ask_for(words, opaque, out, width, sizes, start):
    """Have the memory bring what the block from step `start` on reads and writes, while there is other work."""
    for lane in range(LANES):
        for turn in range(2):
            _, many, at = stretch(start, turn, lane, sizes, width, out.shape[0] // width)
            for x in range(0, many + LINE - 1 if many else 0, LINE):
                pixel = u64(at + min(x, many - 1))
                vector.fetch(words, pixel)
                vector.fetch(opaque, pixel)
                vector.fetch(out, pixel)


@part
def lay(words, opaque, width, sizes, start, values, wishes, masks):
    """Wishes and masks of BLOCK steps from `start`, by step, channel and lane; no mask where a lane has no pixel.

    Pixels are words of four bytes.
    """
    for first in range(0, LANES, SIZE):
        at = square(start, first, sizes, width, opaque.shape[0] // width)
        if at < 0 or not lay_square(words, opaque, at, width - sizes[0], values, wishes[first:], masks[first:]):
            lay_lanes(words, opaque, first, width, sizes, start, values, wishes, masks)


@leaf
def lay_square(words, opaque, at, apart, values, wishes, masks):
    """Lay SIZE lanes, the first from pixel `at` on, the next ones `apart`, and say whether all pixels are opaque."""
    visible = np.uint8(1)
    for lane in range(SIZE):
        first = u64(at + lane * apart)
        for i in range(BLOCK):
            visible &= np.uint8(opaque[first + u64(i)])
    if visible != np.uint8(1):
        return False
    for step in range(0, BLOCK, SIZE):
        vector.turn(words, u64(at + step), u64(apart), masks, u64(step * LANES), u64(LANES))
    for step in range(BLOCK):
        here, wish = u64(step * LANES), u64(step * ALL)
        for i in range(SIZE):
            u = u64(i)
            word = np.uint32(masks[here + u])
            wishes[wish + u] = values[u64(word >> RED & BYTE)]
            wishes[wish + u64(LANES) + u] = values[u64(word >> GREEN & BYTE)]
            wishes[wish + u64(2 * LANES) + u] = values[u64(word >> BLUE & BYTE)]
        for i in range(SIZE):
            masks[here + u64(i)] = i32(1)
    return True


@leaf
def lay_lanes(words, opaque, first, width, sizes, start, values, wishes, masks):
    """Those of SIZE lanes from `first` on, wherever they are."""
    rare()
    for step in range(BLOCK):
        for i in range(SIZE):
            masks[u64(step * LANES + first + i)] = i32(0)
    for lane in range(first, first + SIZE):
        for turn in range(2):
            step, many, pixel = stretch(start, turn, lane, sizes, width, opaque.shape[0] // width)
            for i in range(many):
                at, here = u64(pixel + i), u64(step + i)
                word, wish = words[at], here * u64(ALL) + u64(lane)
                masks[here * u64(LANES) + u64(lane)] = i32(opaque[at])
                wishes[wish] = values[u64(word >> RED & BYTE)]
                wishes[wish + u64(LANES)] = values[u64(word >> GREEN & BYTE)]
                wishes[wish + u64(2 * LANES)] = values[u64(word >> BLUE & BYTE)]


@part
def put(chosen, width, sizes, start, out):
    """The indices of BLOCK steps to where they belong."""
    for first in range(0, LANES, SIZE):
        at = square(start, first, sizes, width, out.shape[0] // width)
        if at < 0:
            put_lanes(chosen, first, width, sizes, start, out)
        else:
            for step in range(0, BLOCK, SIZE):
                vector.turn(chosen, u64(step * LANES + first), u64(LANES), out, u64(at + step), u64(width - sizes[0]))


@leaf
def put_lanes(chosen, first, width, sizes, start, out):
    """Those of SIZE lanes from `first` on, wherever they are."""
    rare()
    for lane in range(first, first + SIZE):
        for turn in range(2):
            step, many, pixel = stretch(start, turn, lane, sizes, width, out.shape[0] // width)
            for i in range(many):
                out[u64(pixel + i)] = np.int16(chosen[u64((step + i) * LANES + lane)])


@leaf
def draw_in(wishes, box, strength):
    """Bring the block's wishes into the palette's box, see gamut.drawn_in."""
    full_width()
    for axis in range(3):
        a, b, c = box[axis, 0], box[axis, 1], box[axis, 2]
        d, e, f, low, high = box[axis, 3], box[axis, 4], box[axis, 5], box[axis, 6], box[axis, 7]
        for step in range(BLOCK):
            red = u64(step * ALL)
            green, blue = red + u64(LANES), red + u64(2 * LANES)
            for i in range(LANES):
                u = u64(i)
                x, y, z = wishes[red + u], wishes[green + u], wishes[blue + u]
                along = x * a + y * b + z * c
                lack = (min(max(along, low), high) - along) * strength
                wishes[red + u] = x + lack * d
                wishes[green + u] = y + lack * e
                wishes[blue + u] = z + lack * f
