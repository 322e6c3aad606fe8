"""Two colour clusters a cell, sixteen cells side by side as lanes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cells import RGBA, Floats, Indices, edges
from ..majority import MOST_ROUNDS
from .jit import in_bands, kernel

LANES = 16
SLOT = 4 * LANES  # a slot holds one pixel of each lane's cell: 16 reds, 16 greens, 16 blues, 16 alphas
EXACT = 256  # pixels whose colours times alpha add up exactly in float32

Bytes = NDArray[np.uint8]
Singles = NDArray[np.float32]


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
    slots = np.zeros(tallest * widest * SLOT, np.float32)
    axis, middle = np.zeros(3 * LANES, np.float32), np.zeros(LANES, np.float32)
    low, high = np.empty(rgba.shape[1] * 4, np.uint8), np.empty(rgba.shape[1] * 4, np.uint8)
    for y in range(start, stop):
        rows = rgba[down[y] : down[y + 1]].reshape(rgba[down[y] : down[y + 1]].shape[0], -1)
        _spread(rows, low, high)
        used = slots[: rows.shape[0] * widest * SLOT]
        for first in range(0, width, LANES):
            last = min(first + LANES, width)
            used[:] = np.float32(0)
            for x in range(first, last):
                _load(rows, across[x], across[x + 1], used[x - first :], widest)
                left, right = 4 * across[x], 4 * across[x + 1]
                _halve(low[left:right], high[left:right], axis[x - first :], middle[x - first :])
            upper, total = _split(used, axis, middle)
            for x in range(first, last):
                size = np.float64(rows.shape[0] * (across[x + 1] - across[x]))
                _choose(upper[x - first :], total[x - first :], size, around[y, x], sway, out[y, x])


@kernel
def _load(rows: Bytes, left: int, right: int, lane: Singles, widest: int) -> None:
    """Put one cell's pixels into its lane of the slots."""
    for y in range(rows.shape[0]):
        pixels = rows[y, 4 * left : 4 * right]
        places = lane[y * widest * SLOT :]
        for i in range(pixels.shape[0] // 4):
            places[i * SLOT] = pixels[4 * i]
            places[i * SLOT + LANES] = pixels[4 * i + 1]
            places[i * SLOT + 2 * LANES] = pixels[4 * i + 2]
            places[i * SLOT + 3 * LANES] = pixels[4 * i + 3]


@kernel
def _spread(rows: Bytes, low: Bytes, high: Bytes) -> None:
    """The lowest and the highest bytes of each column of pixels [h, 4 w]; what isn't visible doesn't count."""
    low[:], high[:] = np.uint8(255), np.uint8(0)
    for y in range(rows.shape[0]):
        if _all_visible(rows[y]):
            _widen(rows[y], low, high)
        else:
            _widen_by_visible(rows[y], low, high)


@kernel
def _all_visible(pixels: Bytes) -> bool:
    hidden = np.int64(0)
    for i in range(pixels.shape[0] // 4):
        hidden += np.int64(1) if pixels[4 * i + 3] == np.uint8(0) else np.int64(0)
    return hidden == 0


@kernel
def _widen(values: Bytes, low: Bytes, high: Bytes) -> None:
    for i in range(values.shape[0]):  # in this form it becomes 64 bytes a step
        value, least, most = values[i], low[i], high[i]
        low[i] = value if value < least else least
        high[i] = value if value > most else most


@kernel
def _widen_by_visible(pixels: Bytes, low: Bytes, high: Bytes) -> None:
    for i in range(pixels.shape[0] // 4):
        if pixels[4 * i + 3] > 0:
            _widen(pixels[4 * i : 4 * i + 3], low[4 * i : 4 * i + 3], high[4 * i : 4 * i + 3])


@kernel
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


@kernel
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


@kernel
def _same(one: Floats, other: Floats) -> bool:
    different = np.int64(0)
    for i in range(SLOT):
        different += np.int64(one[i] != other[i])
    return different == 0


@kernel
def _above(slots: Singles, axis: Singles, middle: Singles) -> Floats:
    """Sums over the pixels that lie beyond the middle along the axis."""
    sums = np.zeros(SLOT)
    part = np.empty(SLOT, np.float32)
    count = slots.shape[0] // SLOT
    for start in range(0, count, EXACT):
        chunk = slots[start * SLOT : min(start + EXACT, count) * SLOT]
        part[:] = np.float32(0)
        for i in range(chunk.shape[0] // SLOT):
            pixel = chunk[i * SLOT : i * SLOT + SLOT]
            for lane in range(LANES):
                r, g, b = pixel[lane], pixel[LANES + lane], pixel[2 * LANES + lane]
                along = r * axis[lane] + g * axis[LANES + lane] + b * axis[2 * LANES + lane]
                alpha = pixel[3 * LANES + lane] if along > middle[lane] else np.float32(0)
                part[lane] += r * alpha
                part[LANES + lane] += g * alpha
                part[2 * LANES + lane] += b * alpha
                part[3 * LANES + lane] += alpha
        for i in range(SLOT):
            sums[i] += np.float64(part[i])
    return sums


@kernel
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


@kernel
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


@kernel
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
