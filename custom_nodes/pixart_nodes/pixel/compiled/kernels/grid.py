"""Evidence of a pixel grid and lines through it: line by line and place by place, without arrays between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...grid.lattice import LINE_COST, Floats, Places
from ...grid.profile import RGBA, Counts, Sizes
from .jit import any_float_kernel, leaf, leaf_kernel
from .tile import ALPHA

Words = NDArray[np.uint32]
Marks = NDArray[np.uint8]
Rows = NDArray[np.uint16]


def changing(rgba: RGBA, across: Marks, down: Marks) -> None:
    """The twin of `pixel/grid/choice.py`."""
    _changing(np.ascontiguousarray(rgba).view(np.uint32)[..., 0], across, down)


@leaf_kernel
def _changing(words: Words, across: Marks, down: Marks) -> None:
    for y in range(words.shape[0]):
        row, above = words[y], words[max(y - 1, 0)]
        for x in range(across.shape[0]):
            across[x] |= np.uint8(_differ(row[x], row[x + 1]))
        for x in range(row.shape[0]):
            if _differ(row[x], above[x]):
                down[y - 1] = 1
                break


@leaf
def _differ(one: np.uint32, other: np.uint32) -> bool:
    """Whether two pixels are of different colours; all that can't be seen is of one."""
    return (one != other) & (((one | other) >> ALPHA & np.uint32(255)) > np.uint32(0))


def differences(band: RGBA) -> tuple[Sizes, Sizes]:
    """The twin of `pixel/grid/profile.py`."""
    lines, size = band.shape[:2]
    inner = lines - 2 if lines > 2 else lines
    steps, bends = (np.empty((inner, max(size - order, 0)), np.uint16) for order in (1, 2))
    planes, sums = np.empty((lines, 4, size), np.uint16), np.empty(size, np.int16)
    _differences(np.ascontiguousarray(band), planes, sums, steps, bends)
    return steps, bends


@leaf_kernel
def _differences(band: RGBA, planes: NDArray[np.uint16], sums: NDArray[np.int16], steps: Sizes, bends: Sizes) -> None:
    for y in range(band.shape[0]):
        _premultiply(band[y], planes[y])
    steps[:], bends[:] = 0, 0
    for y in range(steps.shape[0]):
        for channel in range(4):
            here = planes[y, channel]
            if band.shape[0] > 2:
                middle, below = planes[y + 1, channel], planes[y + 2, channel]
                for x in range(sums.shape[0]):
                    sums[x] = np.int16(here[x] + middle[x] + below[x])
            else:
                for x in range(sums.shape[0]):
                    sums[x] = np.int16(here[x])
            step, bend = steps[y], bends[y]
            for x in range(step.shape[0]):
                step[x] += np.uint16(abs(np.int32(sums[x + 1]) - np.int32(sums[x])))
            for x in range(bend.shape[0]):
                bend[x] += np.uint16(abs(np.int32(sums[x + 2]) - 2 * np.int32(sums[x + 1]) + np.int32(sums[x])))


@leaf
def _premultiply(pixels: RGBA, planes: Rows) -> None:
    for x in range(pixels.shape[0]):
        alpha = np.uint32(pixels[x, 3])
        for channel in range(3):
            planes[channel, x] = np.uint16((np.uint32(pixels[x, channel]) * alpha + np.uint32(127)) // np.uint32(255))
        planes[3, x] = np.uint16(alpha)


def peaks(band: Sizes, changes: Counts, counts: Counts) -> Sizes:
    """The twin of `pixel/grid/profile.py`."""
    result = np.empty_like(band)
    _peaks(band, result, changes, counts)
    return result


@leaf_kernel
def _peaks(band: Sizes, result: Sizes, changes: Counts, counts: Counts) -> None:
    size = band.shape[1]
    for y in range(band.shape[0]):
        row, out = band[y], result[y]
        for x in range(size):
            own = row[x]
            left, right = np.uint16(0), np.uint16(0)
            if x > 0:
                left = row[x - 1]
            if x + 1 < size:
                right = row[x + 1]
            before = min(left, row[x - 2]) if x > 1 else np.uint16(0)
            after = min(right, row[x + 2]) if x + 2 < size else np.uint16(0)
            base = max(before, after)
            out[x] = np.uint16(own - base) if (own > left) & (own >= right) & (own > base) else np.uint16(0)
        for x in range(size):
            changes[row[x]] += 1
            counts[out[x]] += 1


def weighed(band: Sizes, weights: NDArray[np.float32]) -> Floats:
    """The twin of `pixel/grid/profile.py`."""
    total = np.zeros(band.shape[1])
    _weighed(band, weights, total)
    return total


@leaf_kernel
def _weighed(band: Sizes, weights: NDArray[np.float32], total: Floats) -> None:
    for y in range(band.shape[0]):
        for x in range(total.shape[0]):
            total[x] += np.float64(weights[band[y, x]])


def phased(gains: Floats, mean: float, pitch: float, tried: Floats) -> tuple[float, float, float]:
    """The twin of `pixel/grid/lattice.py`."""
    best = np.empty(3)
    totals = np.empty(4 * int(max(tried)) + 16)
    _phased(gains, mean, round(1.5 * pitch), tried, np.empty(len(gains) + 1), np.empty_like(gains), totals, best)
    return float(best[0]), float(best[1]), float(best[2])


@any_float_kernel
def _phased(
    gains: Floats, mean: float, half: int, tried: Floats, sums: Floats, value: Floats, totals: Floats, best: Floats
) -> None:
    _price(gains, mean, half, sums, value)
    size, best[0] = value.shape[0] - 1, -np.inf
    for one in tried:
        step = min(0.5, one / 8)
        count = int(np.ceil(one / step))
        totals[:count] = 0.0
        for line in range(int(size / one) + 1):
            start = one * line
            for phase in range(count):
                at = phase * step + start
                if at <= size:
                    totals[phase] += value[int(np.rint(at))]
        for phase in range(count):
            if totals[phase] > best[0]:
                best[0], best[1], best[2] = totals[phase], one, phase * step


@leaf
def _price(gains: Floats, mean: float, half: int, sums: Floats, value: Floats) -> None:
    """What lines gain, less what they cost."""
    _add_up(gains, sums)
    for at in range(gains.shape[0]):
        value[at] = gains[at] - (LINE_COST + mean) * min(1.0, _mean(sums, at, half) / mean)


@leaf
def _add_up(values: Floats, sums: Floats) -> None:
    """The sums of all values before each place."""
    sums[0] = 0.0
    for at in range(values.shape[0]):
        sums[at + 1] = sums[at] + values[at]


@leaf
def _mean(sums: Floats, at: int, half: int) -> float:
    low, high = max(at - half, 0), min(at + half + 1, sums.shape[0] - 1)
    return (sums[high] - sums[low]) / (high - low)


def window_mean(values: Floats, half: Places) -> Floats:
    """The twin of `pixel/grid/lattice.py`."""
    result = np.empty_like(values)
    _window_mean(values, half, np.empty(len(values) + 1), result)
    return result


@leaf_kernel
def _window_mean(values: Floats, half: Places, sums: Floats, result: Floats) -> None:
    _add_up(values, sums)
    for at in range(result.shape[0]):
        result[at] = _mean(sums, at, half[at])


def chained(value: Floats, bend: Floats, far: int) -> tuple[Floats, Places]:
    """The twin of `pixel/grid/lattice.py`."""
    total, came = np.full(len(value) + far, -np.inf), np.full(len(value), -1)
    _chained(value, bend, far, total, came)
    return total[far:], came


@any_float_kernel
def _chained(value: Floats, bend: Floats, far: int, total: Floats, came: Places) -> None:
    for place in range(value.shape[0]):
        top, most = 0, -np.inf
        for gap in range(bend.shape[0]):
            gain = total[place + gap] - bend[gap]
            if gain > most:
                top, most = gap, gain
        if place < far and most < 0.0:
            total[place + far] = value[place]
        else:
            total[place + far] = most + value[place]
            came[place] = place - far + top


def warm() -> None:
    """Compile the kernels."""
    rgba, none = np.zeros((1, 1, 4), np.uint8), np.zeros(0, np.uint8)
    changing(rgba, none, none)
    steps, _ = differences(rgba)
    counts, line = np.zeros(1, np.int64), np.zeros(1)
    weighed(peaks(steps, counts, counts), np.zeros(1, np.float32))
    window_mean(line, counts)
    phased(line, 1.0, 2.0, line + 2)
    chained(line, line, 1)
