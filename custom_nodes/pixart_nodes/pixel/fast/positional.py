"""Compiled `positional` of pixel/positional.py: many colours at a time as SIMD lanes, each colour of a block once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import mixing, sense
from ..pattern import bayer
from ..positional import RECIPES, weights
from .jit import in_bands, kernel
from .ordered import flat

LANES = 64
BLOCK = 8192  # pixels whose colours are listed together
SLOTS = 4 * BLOCK  # of the table that finds a colour among them
TOGETHER = 4  # palette colours weighed in one pass over the lanes
AT_LEAST = 1 << 14  # pixels from which a second thread pays
BITS = sense.BITS
HASH = np.uint64(2654435769)  # Knuth: 2^32 over the golden ratio
FAR, MOST = np.float32(1e30), np.float32(3e38)  # a colour that isn't there; more than any cost


@kernel
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


@kernel
def _feel(colors, values, matrices, wish, m):
    """The amounts wished for and the matrices of some colours; lanes beyond their number keep what they had."""
    for i in range(colors.shape[0]):
        r, g, b = colors[i] >> 16, colors[i] >> 8 & 255, colors[i] & 255
        wish[0, i], wish[1, i], wish[2, i] = values[r], values[g], values[b]
        column = r >> (8 - BITS) << (2 * BITS) | g >> (8 - BITS) << BITS | b >> (8 - BITS)
        for j in range(9):
            m[j, i] = matrices[j, column]


@kernel
def _norms(palette, wish, m, norms):
    for k in range(palette.shape[1]):
        red, green, blue = palette[0, k], palette[1, k], palette[2, k]
        row = norms[k]
        for i in range(LANES):
            x, y, z = red - wish[0, i], green - wish[1, i], blue - wish[2, i]
            u = m[0, i] * x + m[1, i] * y + m[2, i] * z
            v = m[3, i] * x + m[4, i] * y + m[5, i] * z
            w = m[6, i] * x + m[7, i] * y + m[8, i] * z
            row[i] = u * u + v * v + w * w


@kernel
def _pull(m, debt, pull):
    for i in range(LANES):
        r, g, b = debt[0, i], debt[1, i], debt[2, i]
        u = m[0, i] * r + m[1, i] * g + m[2, i] * b
        v = m[3, i] * r + m[4, i] * g + m[5, i] * b
        w = m[6, i] * r + m[7, i] * g + m[8, i] * b
        red = m[0, i] * u + m[3, i] * v + m[6, i] * w
        green = m[1, i] * u + m[4, i] * v + m[7, i] * w
        blue = m[2, i] * u + m[5, i] * v + m[8, i] * w
        pull[0, i], pull[1, i], pull[2, i] = red + red, green + green, blue + blue


@kernel
def _choose(palette, norms, weight, pull, least, best):
    """The cheapest colour for each lane; of equals the first."""
    reds, greens, blues = pull[0], pull[1], pull[2]
    least[:] = MOST
    for k in range(0, norms.shape[0], TOGETHER):
        r0, r1, r2, r3 = palette[0, k], palette[0, k + 1], palette[0, k + 2], palette[0, k + 3]
        g0, g1, g2, g3 = palette[1, k], palette[1, k + 1], palette[1, k + 2], palette[1, k + 3]
        b0, b1, b2, b3 = palette[2, k], palette[2, k + 1], palette[2, k + 2], palette[2, k + 3]
        n0, n1, n2, n3 = norms[k], norms[k + 1], norms[k + 2], norms[k + 3]
        k0 = np.int32(k)
        for i in range(LANES):
            r, g, b, low, at = reds[i], greens[i], blues[i], least[i], best[i]
            cost = n0[i] * weight + (r * r0 + g * g0 + b * b0)
            at, low = (k0, cost) if cost < low else (at, low)
            cost = n1[i] * weight + (r * r1 + g * g1 + b * b1)
            at, low = (k0 + np.int32(1), cost) if cost < low else (at, low)
            cost = n2[i] * weight + (r * r2 + g * g2 + b * b2)
            at, low = (k0 + np.int32(2), cost) if cost < low else (at, low)
            cost = n3[i] * weight + (r * r3 + g * g3 + b * b3)
            at, low = (k0 + np.int32(3), cost) if cost < low else (at, low)
            least[i], best[i] = low, at


@kernel
def _owe(palette, wish, best, debt):
    for i in range(LANES):
        k = best[i]
        debt[0, i] += palette[0, k] - wish[0, i]
        debt[1, i] += palette[1, k] - wish[1, i]
        debt[2, i] += palette[2, k] - wish[2, i]


@kernel
def _sort(chosen, lane, counts, listed):
    """One lane's choices in ascending order, by counting."""
    lowest, highest = 256, 0
    for turn in range(chosen.shape[0]):
        k = chosen[turn, lane]
        counts[k] += 1
        lowest, highest = min(lowest, k), max(highest, k)
    at = 0
    for k in range(lowest, highest + 1):
        for _ in range(counts[k]):
            listed[at] = k
            at += 1
        counts[k] = 0


@kernel
def _lists(colors, palette, size, values, matrices, weights, listed):
    wish, m = np.zeros((3, LANES), np.float32), np.zeros((9, LANES), np.float32)
    debt, pull = np.empty((3, LANES), np.float32), np.empty((3, LANES), np.float32)
    norms, least = np.empty((palette.shape[1], LANES), np.float32), np.empty(LANES, np.float32)
    best, counts = np.zeros(LANES, np.int32), np.zeros(256, np.int32)
    chosen = np.empty((weights.shape[0], LANES), np.int32)
    for start in range(0, colors.shape[0], LANES):
        here = colors[start : start + LANES]
        _feel(here, values, matrices, wish, m)
        _norms(palette, wish, m, norms)
        for k in range(size, palette.shape[1]):
            norms[k] = FAR
        debt[:] = 0
        for turn in range(weights.shape[0]):
            _pull(m, debt, pull)
            _choose(palette, norms, weights[turn], pull, least, best)
            for i in range(LANES):  # an array's assignment compiles numba's error messages too: seconds
                chosen[turn, i] = best[i]
            _owe(palette, wish, best, debt)
        for lane in range(here.shape[0]):
            _sort(chosen, lane, counts, listed[start + lane])


@kernel
def _paint(pixels, step, first, width, palette, values, matrices, weights, order, ranks, size, found):
    slots, colors = np.empty(SLOTS, np.int32), np.empty(BLOCK, np.int32)
    which, listed = np.empty(BLOCK, np.int32), np.empty((BLOCK, weights.shape[0]), np.uint8)
    side = ranks.shape[0]
    for start in range(0, found.shape[0], BLOCK):
        here = found[start : start + BLOCK]
        count = _distinct(pixels[start * step :], step, slots, colors, which[: here.shape[0]])
        _lists(colors[:count], palette, size, values, matrices, weights, listed)
        for i in range(here.shape[0]):
            y, x = divmod(first + start + i, width)
            here[i] = order[listed[which[i], ranks[y % side, x % side]]]


def positional(
    rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, name: str, light: str = "linear"
) -> NDArray[np.int16]:
    """See pixel/positional.py."""
    recipe, order = RECIPES[name], np.argsort(mixing.ranks_by_tone(palette)).astype(np.int16)
    values = sense.values(light).astype(np.float32)
    padded = np.zeros((3, -(-len(palette) // TOGETHER) * TOGETHER), np.float32)
    padded[:, : len(palette)] = values[palette[order]].T
    pixels, step = flat(rgb)
    found = np.empty(rgb.shape[:2], np.int16)
    task = padded, values, sense.matrices(metric, light), weights(recipe), order, bayer(recipe.side), len(palette)

    def work(start: int, stop: int) -> None:
        _paint(pixels[start * step :], step, start, rgb.shape[1], *task, found.reshape(-1)[start:stop])

    in_bands(work, found.size, found.size, AT_LEAST)
    return found


def warm() -> None:
    """Compile every kernel for the types it is called with."""
    positional(np.zeros((2, 2, 3), np.uint8), np.zeros((1, 3), np.uint8), "srgb", "knoll-4", "srgb")
