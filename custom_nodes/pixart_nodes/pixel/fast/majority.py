"""Two colour clusters a cell, sixteen cells side by side as lanes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cells import RGBA, Floats, Indices, edges
from ..cores import in_bands
from ..majority import MOST_ROUNDS
from .jit import inner, kernel, part
from .tile import ALPHA, BLUE, GREEN, RED, byte

LANES = 16
SLOT = 4 * LANES  # a slot holds one pixel of each lane's cell: 16 reds, 16 greens, 16 blues, 16 alphas
TURN = 4  # slots counted before their sum is put away: that is waited for
EXACT = 256  # pixels whose colours times alpha add up exactly in float32

Bytes = NDArray[np.uint8]
Singles = NDArray[np.float32]
Words = NDArray[np.uint32]


def cluster(rgba: RGBA, around: RGBA, sway: float) -> RGBA:
    """The twin of `pixel/majority.py`: uint8 [height, width, 4]."""
    rgba, around = np.ascontiguousarray(rgba), np.ascontiguousarray(around)
    height, width = around.shape[:2]
    down, across = edges(rgba.shape[0], height), edges(rgba.shape[1], width)
    out = np.empty_like(around)
    in_bands(
        lambda start, stop: _rows(start, stop, rgba, down, across, around, sway, out),
        height,
        rgba.shape[0] * rgba.shape[1],
    )
    return out


@kernel
def _rows(
    start: int,
    stop: int,
    rgba: RGBA,
    down: Indices,
    across: Indices,
    around: RGBA,
    sway: float,
    out: RGBA,
) -> None:
    width = across.shape[0] - 1
    widest = np.int64(0)
    for x in range(width):
        widest = max(widest, across[x + 1] - across[x])
    tallest = np.int64(0)
    for y in range(start, stop):
        tallest = max(tallest, down[y + 1] - down[y])
    slots = np.zeros((tallest * widest + TURN) * SLOT, np.float32)
    room = np.zeros((tallest * widest + TURN) * LANES, np.uint32)
    axis, middle = np.zeros(3 * LANES, np.float32), np.zeros(LANES, np.float32)
    low, high = np.empty(rgba.shape[1] * 4, np.uint8), np.empty(rgba.shape[1] * 4, np.uint8)
    for y in range(start, stop):
        rows = rgba[down[y] : down[y + 1]].reshape(rgba[down[y] : down[y + 1]].shape[0], -1)
        _spread(rows, low, high)
        words, many = rows.view(np.uint32), -(-rows.shape[0] * widest // TURN) * TURN
        laid, used = room[: many * LANES], slots[: many * SLOT]
        for first in range(0, width, LANES):
            last = min(first + LANES, width)
            laid[:] = np.uint32(0)
            for x in range(first, last):
                _lay(words, across[x], across[x + 1], laid[x - first :], widest)
                left, right = 4 * across[x], 4 * across[x + 1]
                _halve(low[left:right], high[left:right], axis[x - first :], middle[x - first :])
            _take_apart(laid, used)
            upper, total = _split(used, axis, middle)
            for x in range(first, last):
                size = np.float64(rows.shape[0] * (across[x + 1] - across[x]))
                _choose(upper[x - first :], total[x - first :], size, around[y, x], sway, out[y, x])


@inner
def _lay(words: Words, left: int, right: int, lane: Words, widest: int) -> None:
    """Put one cell's pixels into its lane."""
    for y in range(words.shape[0]):
        pixels = words[y, left:right]
        places = lane[y * widest * LANES :]
        for i in range(pixels.shape[0]):
            places[i * LANES] = pixels[i]


@inner
def _take_apart(laid: Words, slots: Singles) -> None:
    """The lanes' pixels as slots."""
    for i in range(laid.shape[0] // LANES):
        words, slot = laid[i * LANES : (i + 1) * LANES], slots[i * SLOT : (i + 1) * SLOT]
        for lane in range(words.shape[0]):
            word = words[lane]
            slot[lane], slot[LANES + lane] = byte(word, RED), byte(word, GREEN)
            slot[2 * LANES + lane], slot[3 * LANES + lane] = byte(word, BLUE), byte(word, ALPHA)


@inner
def _spread(rows: Bytes, low: Bytes, high: Bytes) -> None:
    """The lowest and the highest bytes of each column of pixels [h, 4 w]; what isn't visible doesn't count."""
    low[:], high[:] = np.uint8(255), np.uint8(0)
    for y in range(rows.shape[0]):
        if _all_visible(rows[y]):
            _widen(rows[y], low, high)
        else:
            _widen_by_visible(rows[y], low, high)


@inner
def _all_visible(pixels: Bytes) -> bool:
    hidden = np.int64(0)
    for i in range(pixels.shape[0] // 4):
        hidden += np.int64(1) if pixels[4 * i + 3] == np.uint8(0) else np.int64(0)
    return hidden == 0


@inner
def _widen(values: Bytes, low: Bytes, high: Bytes) -> None:
    for i in range(values.shape[0]):  # in this form it becomes 64 bytes a step
        value, least, most = values[i], low[i], high[i]
        low[i] = value if value < least else least
        high[i] = value if value > most else most


@inner
def _widen_by_visible(pixels: Bytes, low: Bytes, high: Bytes) -> None:
    for i in range(pixels.shape[0] // 4):
        if pixels[4 * i + 3] > 0:
            _widen(pixels[4 * i : 4 * i + 3], low[4 * i : 4 * i + 3], high[4 * i : 4 * i + 3])


@inner
def _halve(low: Bytes, high: Bytes, axis: Singles, middle: Singles) -> None:
    """Begin a lane at the middle of its cell's widest channel, from the bounds of the cell's columns."""
    bottom, top = np.full(3, 255, np.uint8), np.zeros(3, np.uint8)
    for i in range(low.shape[0] // 4):
        for channel in range(3):
            bottom[channel] = min(bottom[channel], low[4 * i + channel])
            top[channel] = max(top[channel], high[4 * i + channel])
    widest = 0
    for channel in range(1, 3):
        if np.int64(top[channel]) - bottom[channel] > np.int64(top[widest]) - bottom[widest]:
            widest = channel
    for channel in range(3):
        axis[channel * LANES] = np.float32(channel == widest)
    middle[0] = (np.float32(bottom[widest]) + np.float32(top[widest])) / np.float32(2)


@inner
def _split(slots: Singles, axis: Singles, middle: Singles) -> tuple[Floats, Floats]:
    """Sums of the upper cluster and of all pixels: colour times alpha and alpha, [64] each in a slot's order."""
    total = _above(slots, np.zeros(3 * LANES, np.float32), np.full(LANES, -1, np.float32))
    upper = _above(slots, axis, middle)
    for _ in range(MOST_ROUNDS):
        before = upper
        _between(upper, total, axis, middle)
        upper = _above(slots, axis, middle)
        if _same(upper, before):
            break
    return upper, total


@inner
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


@inner
def _above(slots: Singles, axis: Singles, middle: Singles) -> Floats:
    """Sums over the pixels that lie beyond the middle along the axis."""
    sums, some = np.zeros(SLOT), np.empty(SLOT, np.float32)
    count = slots.shape[0] // SLOT
    for start in range(0, count, EXACT):
        chunk = slots[start * SLOT : min(start + EXACT, count) * SLOT]
        some[:] = np.float32(0)
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
    return sums


@inner
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


@inner
def _choose(upper: Floats, total: Floats, size: float, around: RGBA, sway: float, out: RGBA) -> None:
    """Write the cluster with the better score; `upper` and `total` begin at the cell's lane."""
    one, other = np.empty(4), np.empty(4)
    for channel in range(4):
        one[channel] = upper[channel * LANES]
        other[channel] = total[channel * LANES] - upper[channel * LANES]
    best = one if _score(one, around, sway) > _score(other, around, sway) else other
    alpha = np.rint(total[3 * LANES] / size)
    for channel in range(3):
        out[channel] = np.uint8(np.rint(best[channel] / best[3])) if alpha > 0.0 else np.uint8(0)
    out[3] = np.uint8(alpha)


@inner
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
