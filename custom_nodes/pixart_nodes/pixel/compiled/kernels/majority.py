"""Two colour clusters a cell, sixteen cells side by side as lanes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import RGBA, Floats, Indices, edges
from ...resize.majority import MOST_ROUNDS
from ..cores import in_bands
from .jit import leaf, leaf_kernel, part
from .tile import ALPHA, BLUE, GREEN, RED, byte

LANES = 16
SLOT = 4 * LANES  # a slot holds one pixel of each lane's cell: 16 reds, 16 greens, 16 blues, 16 alphas
TURN = 4  # slots counted before their sum is put away: that is waited for
EXACT = 256  # pixels whose colours times alpha add up exactly in float32
EVERYWHERE = np.zeros(3 * LANES, np.float32), np.full(LANES, -1, np.float32)  # an axis and a middle that all lie beyond

Bytes = NDArray[np.uint8]
Singles = NDArray[np.float32]
Words = NDArray[np.uint32]
Sums = tuple[Floats, Floats, Floats, Singles]
Room = tuple[tuple[Words, Singles], tuple[Bytes, Bytes], tuple[Singles, Singles], tuple[Singles, Singles], Sums, Any]


def cluster(rgba: RGBA, around: RGBA, sway: float) -> RGBA:
    """The twin of `pixel/resize/majority.py`: uint8 [height, width, 4]."""
    rgba, around = np.ascontiguousarray(rgba), np.ascontiguousarray(around)
    height, width = around.shape[:2]
    down, across = edges(rgba.shape[0], height), edges(rgba.shape[1], width)
    tallest, widest = -(-rgba.shape[0] // height), -(-rgba.shape[1] // width)
    out, lines = np.empty_like(around), rgba.reshape(rgba.shape[0], -1)

    def work(start: int, stop: int) -> None:
        room = _room(tallest * widest, rgba.shape[1])
        _rows(start, stop, lines, lines.view(np.uint32), down, across, widest, around, sway, room, out)

    in_bands(work, height, rgba.shape[0] * rgba.shape[1])
    return out


def _room(pixels: int, width: int) -> Room:
    """What the kernel works in, of cells with so many pixels; to make arrays there would take seconds to compile."""
    laid = np.zeros((pixels + TURN) * LANES, np.uint32), np.zeros((pixels + TURN) * SLOT, np.float32)
    bounds = np.empty(4 * width, np.uint8), np.empty(4 * width, np.uint8)
    way = np.zeros(3 * LANES, np.float32), np.zeros(LANES, np.float32)
    sums = np.empty(SLOT), np.empty(SLOT), np.empty(SLOT), np.empty(SLOT, np.float32)
    return laid, bounds, way, EVERYWHERE, sums, (np.empty(4), np.empty(4))


@leaf_kernel
def _rows(
    start: int,
    stop: int,
    lines: Bytes,
    words: Words,
    down: Indices,
    across: Indices,
    widest: int,
    around: RGBA,
    sway: float,
    room: Room,
    out: RGBA,
) -> None:
    (room_laid, slots), (low, high), (axis, middle), everywhere, sums, pair = room
    width = across.shape[0] - 1
    for y in range(start, stop):
        rows, pixels = lines[down[y] : down[y + 1]], words[down[y] : down[y + 1]]
        _spread(rows, low, high)
        many = -(-rows.shape[0] * widest // TURN) * TURN
        laid, used = room_laid[: many * LANES], slots[: many * SLOT]
        for first in range(0, width, LANES):
            last = min(first + LANES, width)
            for i in range(laid.shape[0]):  # an array's assignment takes a while to compile
                laid[i] = np.uint32(0)
            for x in range(first, last):
                _lay(pixels, across[x], across[x + 1], laid[x - first :], widest)
                left, right = 4 * across[x], 4 * across[x + 1]
                _halve(low[left:right], high[left:right], axis[x - first :], middle[x - first :])
            _take_apart(laid, used)
            upper, total = _split(used, axis, middle, everywhere, sums)
            for x in range(first, last):
                size = np.float64(rows.shape[0] * (across[x + 1] - across[x]))
                _choose(upper[x - first :], total[x - first :], size, around[y, x], sway, pair, out[y, x])


@leaf
def _lay(words: Words, left: int, right: int, lane: Words, widest: int) -> None:
    """Put one cell's pixels into its lane."""
    for y in range(words.shape[0]):
        pixels = words[y, left:right]
        places = lane[y * widest * LANES :]
        for i in range(pixels.shape[0]):
            places[i * LANES] = pixels[i]


@leaf
def _take_apart(laid: Words, slots: Singles) -> None:
    """The lanes' pixels as slots."""
    for i in range(laid.shape[0] // LANES):
        words, slot = laid[i * LANES : (i + 1) * LANES], slots[i * SLOT : (i + 1) * SLOT]
        for lane in range(words.shape[0]):
            word = words[lane]
            slot[lane], slot[LANES + lane] = byte(word, RED), byte(word, GREEN)
            slot[2 * LANES + lane], slot[3 * LANES + lane] = byte(word, BLUE), byte(word, ALPHA)


@leaf
def _spread(rows: Bytes, low: Bytes, high: Bytes) -> None:
    """The lowest and the highest bytes of each column of pixels [h, 4 w]; what isn't visible doesn't count."""
    for i in range(low.shape[0]):
        low[i], high[i] = np.uint8(255), np.uint8(0)
    for y in range(rows.shape[0]):
        if _all_visible(rows[y]):
            _widen(rows[y], low, high)
        else:
            _widen_by_visible(rows[y], low, high)


@leaf
def _all_visible(pixels: Bytes) -> bool:
    hidden = np.int64(0)
    for i in range(pixels.shape[0] // 4):
        hidden += np.int64(1) if pixels[4 * i + 3] == np.uint8(0) else np.int64(0)
    return hidden == 0


@leaf
def _widen(values: Bytes, low: Bytes, high: Bytes) -> None:
    for i in range(values.shape[0]):  # in this form it becomes 64 bytes a step
        value, least, most = values[i], low[i], high[i]
        low[i] = value if value < least else least
        high[i] = value if value > most else most


@leaf
def _widen_by_visible(pixels: Bytes, low: Bytes, high: Bytes) -> None:
    for i in range(pixels.shape[0] // 4):
        if pixels[4 * i + 3] > 0:
            _widen(pixels[4 * i : 4 * i + 3], low[4 * i : 4 * i + 3], high[4 * i : 4 * i + 3])


@leaf
def _halve(low: Bytes, high: Bytes, axis: Singles, middle: Singles) -> None:
    """Begin a lane at the middle of its cell's widest channel, from the bounds of the cell's columns."""
    widest, most = 0, np.int64(-256)
    for channel in range(3):
        bottom, top = np.int64(255), np.int64(0)
        for i in range(low.shape[0] // 4):
            bottom = min(bottom, np.int64(low[4 * i + channel]))
            top = max(top, np.int64(high[4 * i + channel]))
        if top - bottom > most:
            widest, most = channel, top - bottom
            middle[0] = (np.float32(bottom) + np.float32(top)) / np.float32(2)
    for channel in range(3):
        axis[channel * LANES] = np.float32(channel == widest)


@leaf
def _split(
    slots: Singles, axis: Singles, middle: Singles, everywhere: tuple[Singles, Singles], sums: Sums
) -> tuple[Floats, Floats]:
    """Sums of the upper cluster and of all pixels: colour times alpha and alpha, [64] each in a slot's order."""
    total, upper, before, some = sums
    _above(slots, everywhere[0], everywhere[1], some, total)
    _above(slots, axis, middle, some, upper)
    for _ in range(MOST_ROUNDS):
        upper, before = before, upper
        _between(before, total, axis, middle)
        _above(slots, axis, middle, some, upper)
        if _same(upper, before):
            break
    return upper, total


@leaf
def _same(one: Floats, other: Floats) -> bool:
    different = np.int64(0)
    for i in range(SLOT):
        different += np.int64(one[i] != other[i])
    return different == 0


@part
def _counted(pixels, at, way):
    """Colour times alpha, and alpha, of the pixel at a place, where it lies beyond the middle."""
    r, g, b = pixels[at], pixels[LANES + at], pixels[2 * LANES + at]
    along = r * way[0] + g * way[1] + b * way[2]
    alpha = pixels[3 * LANES + at] if along > way[3] else np.float32(0)
    return r * alpha, g * alpha, b * alpha, alpha


@leaf
def _above(slots: Singles, axis: Singles, middle: Singles, some: Singles, sums: Floats) -> None:
    """Sums over the pixels that lie beyond the middle along the axis."""
    for i in range(SLOT):
        sums[i] = 0.0
    count = slots.shape[0] // SLOT
    for start in range(0, count, EXACT):
        chunk = slots[start * SLOT : min(start + EXACT, count) * SLOT]
        for i in range(SLOT):
            some[i] = np.float32(0)
        for i in range(chunk.shape[0] // (TURN * SLOT)):
            pixels = chunk[i * TURN * SLOT : (i + 1) * TURN * SLOT]
            for lane in range(LANES):
                way = axis[lane], axis[LANES + lane], axis[2 * LANES + lane], middle[lane]
                r0, g0, b0, a0 = _counted(pixels, lane, way)
                r1, g1, b1, a1 = _counted(pixels, SLOT + lane, way)
                r2, g2, b2, a2 = _counted(pixels, 2 * SLOT + lane, way)
                r3, g3, b3, a3 = _counted(pixels, 3 * SLOT + lane, way)
                some[lane] += (r0 + r1) + (r2 + r3)
                some[LANES + lane] += (g0 + g1) + (g2 + g3)
                some[2 * LANES + lane] += (b0 + b1) + (b2 + b3)
                some[3 * LANES + lane] += (a0 + a1) + (a2 + a3)
        for i in range(SLOT):
            sums[i] += np.float64(some[i])


@leaf
def _between(upper: Floats, total: Floats, axis: Singles, middle: Singles) -> None:
    """The axis from the lower centroid to the upper one, and how far along it the middle lies."""
    for lane in range(LANES):
        above, below = upper[3 * LANES + lane], total[3 * LANES + lane] - upper[3 * LANES + lane]
        square = np.float32(0)
        for channel in range(3):
            at = channel * LANES + lane
            high = np.float32(upper[at] / above) if above > 0.0 else np.float32(0)
            low = np.float32((total[at] - upper[at]) / below) if below > 0.0 else np.float32(0)
            axis[at] = high - low if above > 0.0 else np.float32(0)
            square += high * high - low * low
        middle[lane] = square * np.float32(0.5) if above > 0.0 else np.float32(0)


@leaf
def _choose(
    upper: Floats, total: Floats, size: float, around: RGBA, sway: float, pair: tuple[Floats, Floats], out: RGBA
) -> None:
    """Write the cluster with the better score; `upper` and `total` begin at the cell's lane."""
    one, other = pair
    for channel in range(4):
        one[channel] = upper[channel * LANES]
        other[channel] = total[channel * LANES] - upper[channel * LANES]
    best = one if _score(one, around, sway) > _score(other, around, sway) else other
    alpha = np.rint(total[3 * LANES] / size)
    for channel in range(3):
        out[channel] = np.uint8(np.rint(best[channel] / best[3])) if alpha > 0.0 else np.uint8(0)
    out[3] = np.uint8(alpha)


@leaf
def _score(sums: Floats, around: RGBA, sway: float) -> float:
    square = 0.0
    for channel in range(3):
        mean = sums[channel] / sums[3] if sums[3] > 0.0 else 0.0
        off = mean - np.float64(around[channel])
        square += off * off
    return sums[3] * (1.0 + sway * np.sqrt(square))


def warm() -> None:
    """Compile the kernels."""
    cluster(np.zeros((1, 1, 4), np.uint8), np.zeros((1, 1, 4), np.uint8), 0.0)
