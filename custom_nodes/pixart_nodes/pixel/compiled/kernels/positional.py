"""Compiled `positional` of ../../dither: many colours at a time as SIMD lanes, each colour of a block once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...color import gamut, perceptual_metric
from ...dither import mixing
from ...dither.positional import RECIPES, weights
from ...dither.threshold_matrix import bayer
from ..cores import in_bands
from .jit import inner, kernel, leaf
from .ordered import flat

LANES = 64
BLOCK = 8192  # pixels whose colours are listed together
SLOTS = 4 * BLOCK  # of the table that finds a colour among them
u64 = np.uint64
# Rows of lanes lie one after the other in flat arrays, at distances that the compiler knows, else it doesn't use SIMD
L1, L2, L3, L4 = u64(LANES), u64(2 * LANES), u64(3 * LANES), u64(4 * LANES)
L5, L6, L7, L8 = u64(5 * LANES), u64(6 * LANES), u64(7 * LANES), u64(8 * LANES)
TOGETHER = 8  # palette colours weighed in one pass over the lanes
AT_LEAST = 1 << 14  # pixels from which a second thread pays
BITS = perceptual_metric.BITS
HASH = np.uint64(2654435769)  # Knuth: 2^32 over the golden ratio
FAR, MOST = np.float32(1e30), np.float32(3e38)  # a colour that isn't there; more than any cost


@inner
def _distinct(pixels, step, slots, colors, which):
    """The distinct packed colours of a block, in order of appearance, and which of them each pixel is."""
    slots[:] = -1
    count = 0
    for i in range(which.shape[0]):
        r, g, b = np.int32(pixels[step * i]), np.int32(pixels[step * i + 1]), np.int32(pixels[step * i + 2])
        color = r << 16 | g << 8 | b
        slot = np.uint32((np.uint64(color) * HASH >> np.uint64(17)) & np.uint64(SLOTS - 1))
        while slots[slot] >= 0 and colors[slots[slot]] != color:
            slot = (slot + np.uint32(1)) & np.uint32(SLOTS - 1)
        if slots[slot] < 0:
            slots[slot] = count
            colors[count] = color
            count += 1
        which[i] = slots[slot]
    return count


@leaf
def _feel(colors, values, box, matrices, wish, m):
    """The amounts wished for (gamut.drawn_in) and the matrices of colours; lanes beyond their number keep theirs."""
    for i in range(colors.shape[0]):
        r, g, b = colors[i] >> 16, colors[i] >> 8 & 255, colors[i] & 255
        red, green, blue = values[r], values[g], values[b]
        for axis in range(3):
            along = red * box[axis, 0] + green * box[axis, 1] + blue * box[axis, 2]
            lack = min(max(along, box[axis, 6]), box[axis, 7]) - along
            red, green, blue = red + lack * box[axis, 3], green + lack * box[axis, 4], blue + lack * box[axis, 5]
        wish[i], wish[LANES + i], wish[2 * LANES + i] = red, green, blue
        column = r >> (8 - BITS) << (2 * BITS) | g >> (8 - BITS) << BITS | b >> (8 - BITS)
        for j in range(9):
            m[j * LANES + i] = matrices[column, j]


@leaf
def _norms(palette, wish, m, norms):
    """How far each palette colour is, squared, from each wish."""
    for k in range(norms.shape[0] // LANES):
        red, green, blue = palette[0, k], palette[1, k], palette[2, k]
        row = norms[k * LANES : (k + 1) * LANES]
        for lane in range(LANES):
            i = u64(lane)
            x, y, z = red - wish[i], green - wish[i + L1], blue - wish[i + L2]
            u = m[i] * x + m[i + L1] * y + m[i + L2] * z
            v = m[i + L3] * x + m[i + L4] * y + m[i + L5] * z
            w = m[i + L6] * x + m[i + L7] * y + m[i + L8] * z
            row[i] = u * u + v * v + w * w


@leaf
def _pull(m, debt, pull):
    for lane in range(LANES):
        i = u64(lane)
        r, g, b = debt[i], debt[i + L1], debt[i + L2]
        u = m[i] * r + m[i + L1] * g + m[i + L2] * b
        v = m[i + L3] * r + m[i + L4] * g + m[i + L5] * b
        w = m[i + L6] * r + m[i + L7] * g + m[i + L8] * b
        red = m[i] * u + m[i + L3] * v + m[i + L6] * w
        green = m[i + L1] * u + m[i + L4] * v + m[i + L7] * w
        blue = m[i + L2] * u + m[i + L5] * v + m[i + L8] * w
        pull[i], pull[i + L1], pull[i + L2] = red + red, green + green, blue + blue


@leaf
def _cheaper(norm, weight, r, g, b, entry, k, cost, index):
    """Cost and index of colour k where it costs less than the best so far, else those."""
    its = norm * weight + (r * entry[0] + g * entry[1] + b * entry[2])
    less = its < cost
    return (its if less else cost), (k if less else index)


@leaf
def _entry(palette, k):
    return palette[0, k], palette[1, k], palette[2, k]


@leaf
def _choose(palette, norms, weight, pull, least, best):
    """The cheapest colour for each lane; of equals the first."""
    for i in range(LANES):
        least[i] = MOST
    for turn in range(norms.shape[0] // (TOGETHER * LANES)):
        k = np.int32(TOGETHER * turn)
        c0, c1, c2, c3 = _entry(palette, k), _entry(palette, k + 1), _entry(palette, k + 2), _entry(palette, k + 3)
        c4, c5, c6, c7 = _entry(palette, k + 4), _entry(palette, k + 5), _entry(palette, k + 6), _entry(palette, k + 7)
        rows = norms[k * LANES : (k + TOGETHER) * LANES]
        for lane in range(LANES):
            i = u64(lane)
            r, g, b = pull[i], pull[i + L1], pull[i + L2]
            cost, at = _cheaper(rows[i], weight, r, g, b, c0, k, least[i], best[i])
            cost, at = _cheaper(rows[i + L1], weight, r, g, b, c1, np.int32(k + 1), cost, at)
            cost, at = _cheaper(rows[i + L2], weight, r, g, b, c2, np.int32(k + 2), cost, at)
            cost, at = _cheaper(rows[i + L3], weight, r, g, b, c3, np.int32(k + 3), cost, at)
            cost, at = _cheaper(rows[i + L4], weight, r, g, b, c4, np.int32(k + 4), cost, at)
            cost, at = _cheaper(rows[i + L5], weight, r, g, b, c5, np.int32(k + 5), cost, at)
            cost, at = _cheaper(rows[i + L6], weight, r, g, b, c6, np.int32(k + 6), cost, at)
            least[i], best[i] = _cheaper(rows[i + L7], weight, r, g, b, c7, np.int32(k + 7), cost, at)


@leaf
def _owe(palette, wish, best, debt):
    for lane in range(LANES):
        i, k = u64(lane), u64(np.uint32(best[lane]))
        debt[i] += palette[0, k] - wish[i]
        debt[i + L1] += palette[1, k] - wish[i + L1]
        debt[i + L2] += palette[2, k] - wish[i + L2]


@leaf
def _exchange(chosen, one, other):
    """The lesser of two rows' lanes into the one, the greater into the other."""
    for lane in range(LANES):
        i, j = u64(one * LANES + lane), u64(other * LANES + lane)
        low, high = min(chosen[i], chosen[j]), max(chosen[i], chosen[j])
        chosen[i], chosen[j] = low, high


@leaf
def _sort(chosen, turns):
    """Each lane's choices in ascending order: K. E. Batcher's merge exchange, Knuth's algorithm 5.2.2M.

    What is compared doesn't depend on what is there, so that all lanes are sorted at once.
    """
    top = 1
    while 2 * top < turns:
        top *= 2
    step = top
    while step > 0:
        far, rest, apart = top, 0, step
        while apart > 0:
            for row in range(turns - apart):
                if row & step == rest:
                    _exchange(chosen, row, row + apart)
            apart, rest, far = far - step, step, far // 2
        step //= 2


@inner
def _lists(colors, palette, size, values, box, matrices, weights, listed):
    wish, m = np.zeros(3 * LANES, np.float32), np.zeros(9 * LANES, np.float32)
    debt, pull = np.empty(3 * LANES, np.float32), np.empty(3 * LANES, np.float32)
    norms, least = np.empty(palette.shape[1] * LANES, np.float32), np.empty(LANES, np.float32)
    best, turns = np.zeros(LANES, np.int32), weights.shape[0]
    chosen = np.empty(turns * LANES, np.int32)
    for start in range(0, colors.shape[0], LANES):
        here = colors[start : start + LANES]
        _feel(here, values, box, matrices, wish, m)
        _norms(palette, wish, m, norms)
        norms[size * LANES :] = FAR
        debt[:] = 0
        for turn in range(turns):
            _pull(m, debt, pull)
            _choose(palette, norms, weights[turn], pull, least, best)
            for i in range(LANES):  # an array's assignment compiles numba's error messages too: seconds
                chosen[turn * LANES + i] = best[i]
            _owe(palette, wish, best, debt)
        _sort(chosen, turns)
        for turn in range(turns):
            for i in range(here.shape[0]):
                listed[turn, start + i] = chosen[turn * LANES + i]


@kernel
def _paint(pixels, step, first, width, palette, values, box, matrices, weights, order, ranks, size, out):
    slots, colors = np.empty(SLOTS, np.int32), np.empty(BLOCK, np.int32)
    which, listed = np.empty(BLOCK, np.int32), np.empty((weights.shape[0], BLOCK), np.uint8)
    mask = np.int64(ranks.shape[0] - 1)  # sides are powers of two
    y, x = divmod(first, width)
    for start in range(0, out.shape[0], BLOCK):
        here = out[start : start + BLOCK]
        count = _distinct(pixels[start * step :], step, slots, colors, which[: here.shape[0]])
        _lists(colors[:count], palette, size, values, box, matrices, weights, listed)
        for i in range(here.shape[0]):
            here[i] = order[listed[ranks[y & mask, x & mask], which[i]]]
            x += 1
            if x == width:
                y, x = y + 1, 0


def positional(
    rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, name: str, light: str = "linear"
) -> NDArray[np.int16]:
    """See pixel/dither/positional.py."""
    recipe, order = RECIPES[name], np.argsort(mixing.ranks_by_tone(palette)).astype(np.int16)
    values = perceptual_metric.values(light).astype(np.float32)
    padded = np.zeros((3, -(-len(palette) // TOGETHER) * TOGETHER), np.float32)
    padded[:, : len(palette)] = values[palette[order]].T
    pixels, step = flat(rgb)
    result = np.empty(rgb.shape[:2], np.int16)
    task = (
        padded,
        values,
        gamut.slanted_box(values[palette]),
        np.ascontiguousarray(perceptual_metric.matrices(metric, light).T),
        weights(recipe),
        order,
        bayer(recipe.side),
        len(palette),
    )

    def work(start: int, stop: int) -> None:
        _paint(pixels[start * step :], step, start, rgb.shape[1], *task, result.reshape(-1)[start:stop])

    in_bands(work, result.size, result.size, AT_LEAST)
    return result


def warm() -> None:
    """Compile every kernel for the types it is called with."""
    positional(np.zeros((2, 2, 3), np.uint8), np.zeros((1, 3), np.uint8), "srgb", "knoll-4", "srgb")
