"""Soft edges made sharp, a strip of rows after another, each with so many more rows around as can tell on its own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import RGBA
from ...resize.ink import VISIBLE_ALPHA
from ...resize.shock_filter import LEAST_STEP
from ..cores import in_bands
from .jit import full_width, leaf, leaf_kernel

Bytes = NDArray[np.uint8]  # a plane of them or a line, as of all others
Words = NDArray[np.uint32]  # whole pixels
Values = NDArray[Any]  # either
Sums = NDArray[np.int32]

ROWS = 96  # of a strip: what is worked on stays in the nearer caches
LOW, HIGH = 1, 2  # the darker side of an edge, and the lighter one
CHANNELS = 3
NEAREST = 3  # pixels a side of what is nearest to one


class _Room(NamedTuple):
    """What a strip is worked on in: planes for it, and lines with room for what lies beyond their ends."""

    planes: list[Bytes]
    more_planes: list[Bytes]
    colors: list[Words]
    sums: Sums
    ends: tuple[Words, Words]
    byte_ends: tuple[Bytes, Bytes]


def grown(rgba: RGBA, rounds: int, radius: int) -> RGBA:
    """The twin of `pixel/resize/shock_filter.py`: uint8 [H, W, 4]."""
    rgba = np.ascontiguousarray(rgba)
    height, width = rgba.shape[:2]
    out = np.empty_like(rgba)
    around = rounds + radius
    if _hides(rgba.view(np.uint32)[..., 0]):  # what is seen goes on beyond where it ends
        around *= 2

    def work(start: int, stop: int) -> None:
        room = _room(min(height, ROWS + 2 * around), width, max(rounds, radius))
        for top in range(start, stop, ROWS):
            bottom = min(stop, top + ROWS)
            first, last = max(0, top - around), min(height, bottom + around)
            _strip(rgba[first:last], top - first, bottom - first, rounds, radius, room, out[top:bottom])

    in_bands(work, height, height * width)
    return out


def _room(rows: int, width: int, beyond: int) -> _Room:
    planes = [np.empty((rows, width), np.uint8) for _ in range(8)]
    colors = [np.empty((rows, width), np.uint32) for _ in range(3)]
    ends, byte_ends = (np.empty((2, width + 2 * beyond), kind) for kind in (np.uint32, np.uint8))
    sums = np.empty((3, width + 2 * beyond + 2), np.int32)
    return _Room(planes[:6], planes[6:], colors, sums, (ends[0], ends[1]), (byte_ends[0], byte_ends[1]))


def _strip(rgba: RGBA, top: int, bottom: int, rounds: int, radius: int, room: _Room, out: RGBA) -> None:
    """Rows `top` to `bottom` of those given."""
    light, hidden, sides, by_edge, apart, own = (plane[: len(rgba)] for plane in room.planes)
    colors, near, spare = (plane[: len(rgba)] for plane in room.colors)
    one, other = (plane[: len(rgba)] for plane in room.more_planes)
    pixels, shown = (each.view(np.uint32)[..., 0] for each in (rgba, out))
    if _pack(pixels, colors, light, hidden):
        for _ in range(rounds + radius):
            _reach(colors, hidden, spare, room.ends[1])
            colors, spare = spare, colors
        _lights(colors, light)
    _tell(light, radius, room.sums, sides)
    _find(light, rounds, *room.byte_ends, by_edge)
    _show(_grow(colors, sides, rounds, near, spare, room.ends), colors, by_edge, hidden, top, bottom, shown)
    for channel in range(CHANNELS):
        _take(rgba, channel, own)
        _find(own, rounds, *room.byte_ends, apart)
        first, last = _leave(apart, by_edge, hidden, top, bottom)
        if first <= last:
            enough = slice(max(0, first - rounds - radius), last + 1 + rounds + radius)
            _tell(own[enough], radius, room.sums, sides[enough])
            values = _grow(own[enough], sides[enough], rounds, one[enough], other[enough], room.byte_ends)
            _put(values[first - enough.start :], apart[first : last + 1], channel, shown[first - top :])


def _grow(
    values: Values, sides: Bytes, rounds: int, near: Values, spare: Values, ends: tuple[Values, Values]
) -> Values:
    """The values after so many rounds."""
    for _ in range(rounds):
        _step(values, sides, *ends, near)
        values, near, spare = near, spare, near
    return values


@leaf_kernel
def _hides(pixels: Words) -> bool:
    """Whether something can hardly be seen."""
    least = np.uint32(0xFFFFFFFF)
    for y in range(pixels.shape[0]):
        line = pixels[y]
        for x in range(line.shape[0]):
            least = min(least, line[x])
    return (least >> 24) < VISIBLE_ALPHA


@leaf_kernel
def _pack(pixels: Words, colors: Words, light: Bytes, hidden: Bytes) -> bool:
    """Brightness above colour, as `_packed` has it; whether something can hardly be seen."""
    some = 0
    for y in range(pixels.shape[0]):
        _weigh(pixels[y], light[y], hidden[y])
        _set(pixels[y], light[y], colors[y])
        for x in range(hidden.shape[1]):
            some |= hidden[y, x]
    return some != 0


@leaf
def _weigh(pixels: Words, light: Bytes, hidden: Bytes) -> None:
    """The brightness of each pixel, 0 where nothing is seen."""
    full_width()
    for x in range(pixels.shape[0]):
        p = pixels[x]
        sum_of_eighths = np.uint32(2 * (p & 255) + 5 * ((p >> 8) & 255) + ((p >> 16) & 255))
        bright = max(np.uint32(1), np.uint32(sum_of_eighths >> 3))
        hides = (p >> 24) < VISIBLE_ALPHA
        light[x] = np.uint8(0) if hides else np.uint8(bright)
        hidden[x] = np.uint8(1) if hides else np.uint8(0)


@leaf
def _set(pixels: Words, light: Bytes, colors: Words) -> None:
    full_width()
    for x in range(pixels.shape[0]):
        p, bright = pixels[x], np.uint32(light[x])
        color = np.uint32(np.uint32(bright << 24) | np.uint32((p & 255) << 16) | (p & 0xFF00) | ((p >> 16) & 255))
        colors[x] = color if bright > 0 else np.uint32(0)


@leaf_kernel
def _lights(colors: Words, light: Bytes) -> None:
    for y in range(colors.shape[0]):
        packed, lights = colors[y], light[y]
        for x in range(lights.shape[0]):
            lights[x] = np.uint8(packed[x] >> np.uint32(24))


@leaf_kernel
def _reach(colors: Words, hidden: Bytes, out: Words, most: Words) -> None:
    """What is hidden becomes the largest of the nine around; what is seen stays."""
    full_width()
    last, width = colors.shape[0] - 1, colors.shape[1]
    for y in range(colors.shape[0]):
        above, here, below = colors[max(y - 1, 0)], colors[y], colors[min(y + 1, last)]
        for x in range(width):
            most[1 + x] = max(max(above[x], here[x]), below[x])
        most[0], most[width + 1] = most[1], most[width]
        hides, reached = hidden[y], out[y]
        for x in range(width):
            reached[x] = max(max(most[x], most[x + 1]), most[x + 2]) if hides[x] else here[x]


@leaf_kernel
def _tell(light: Bytes, radius: int, sums: Sums, sides: Bytes) -> None:
    """On which side of an edge each pixel is, by whether those about it are darker than those farther around."""
    full_width()
    last, width = light.shape[0] - 1, light.shape[1]
    near, far, total = sums[0], sums[1], sums[2]
    size = 2 * radius + 1
    far[:] = np.int32(0)
    for k in range(-radius, radius + 1):
        _add(light[min(max(k, 0), last)], radius, far)
    for y in range(last + 1):
        _add_three(light[max(y - 1, 0)], light[y], light[min(y + 1, last)], near)
        _widen(near, 1, width)
        _widen(far, radius, width)
        _sum(far, size, width, total)
        _decide(near, total, np.int32(size * size), sides[y])
        _slide(light[max(y - radius, 0)], light[min(y + radius + 1, last)], radius, far)


@leaf
def _add(line: Bytes, at: int, sums: Sums) -> None:
    full_width()
    inside = sums[at:]
    for x in range(line.shape[0]):
        inside[x] += np.int32(line[x])


@leaf
def _add_three(above: Bytes, here: Bytes, below: Bytes, sums: Sums) -> None:
    full_width()
    for x in range(here.shape[0]):
        sums[1 + x] = np.int32(np.int32(above[x]) + np.int32(here[x]) + np.int32(below[x]))


@leaf
def _slide(before: Bytes, after: Bytes, at: int, sums: Sums) -> None:
    full_width()
    inside = sums[at:]
    for x in range(before.shape[0]):
        inside[x] += np.int32(np.int32(after[x]) - np.int32(before[x]))


@leaf
def _widen(line: Values, beyond: int, width: int) -> None:
    """Let what begins at `beyond` go on beyond its ends as it ends."""
    for i in range(beyond):
        line[i], line[beyond + width + i] = line[beyond], line[beyond + width - 1]


@leaf
def _sum(line: Sums, size: int, width: int, total: Sums) -> None:
    """The sums of so many neighbours, an odd number: two at a time."""
    full_width()
    for x in range(width):
        total[x] = line[x]
    for k in range(1, size, 2):
        one, other = line[k:], line[k + 1 :]
        for x in range(width):
            total[x] += np.int32(one[x] + other[x])


@leaf
def _decide(near: Sums, total: Sums, own: np.int32, sides: Bytes) -> None:
    """`near`: sums of columns, from one to the left of the first pixel on."""
    full_width()
    others = np.int32(NEAREST * NEAREST)
    for x in range(sides.shape[0]):
        here = np.int32(np.int32(near[x] + near[x + 1] + near[x + 2]) * own)
        there = np.int32(total[x] * others)
        sides[x] = np.uint8(LOW) if here < there else np.uint8(HIGH) if here > there else np.uint8(0)


@leaf_kernel
def _find(light: Bytes, rounds: int, least: Bytes, most: Bytes, by_edge: Bytes) -> None:
    """Where an edge is so near, as `_is_by_edge` has it."""
    last, width = light.shape[0] - 1, light.shape[1]
    for y in range(last + 1):
        low, high = least[rounds : rounds + width], most[rounds : rounds + width]
        _copy(light[y], low, high)
        for k in range(1, rounds + 1):
            _stretch(light[max(y - k, 0)], light[min(y + k, last)], low, high)
        _widen(least, rounds, width)
        _widen(most, rounds, width)
        for _ in range(rounds):
            _narrow(least, most)
        _compare(least, most, by_edge[y])


@leaf
def _copy(line: Bytes, low: Bytes, high: Bytes) -> None:
    for x in range(line.shape[0]):
        low[x] = high[x] = line[x]


@leaf
def _stretch(one: Bytes, other: Bytes, low: Bytes, high: Bytes) -> None:
    full_width()
    for x in range(one.shape[0]):
        low[x] = min(low[x], min(one[x], other[x]))
        high[x] = max(high[x], max(one[x], other[x]))


@leaf
def _narrow(least: Bytes, most: Bytes) -> None:
    """The least and the largest of three, which each round moves to the left by one."""
    full_width()
    for x in range(least.shape[0] - 2):
        least[x] = min(min(least[x], least[x + 1]), least[x + 2])
        most[x] = max(max(most[x], most[x + 1]), most[x + 2])


@leaf
def _compare(least: Bytes, most: Bytes, by_edge: Bytes) -> None:
    full_width()
    for x in range(by_edge.shape[0]):
        by_edge[x] = np.uint8(1) if np.uint8(most[x] - least[x]) >= LEAST_STEP else np.uint8(0)


@leaf_kernel
def _step(values: Values, sides: Bytes, least: Values, most: Values, out: Values) -> None:
    """Each pixel the least of nine on the darker side of an edge, the largest on the lighter one."""
    last, width = values.shape[0] - 1, values.shape[1]
    for y in range(last + 1):
        _columns(values[max(y - 1, 0)], values[y], values[min(y + 1, last)], least, most)
        _widen(least, 1, width)
        _widen(most, 1, width)
        _choose(least, most, values[y], sides[y], out[y])


@leaf
def _columns(above: Values, here: Values, below: Values, least: Values, most: Values) -> None:
    full_width()
    for x in range(here.shape[0]):
        least[1 + x] = min(min(above[x], here[x]), below[x])
        most[1 + x] = max(max(above[x], here[x]), below[x])


@leaf
def _choose(least: Values, most: Values, here: Values, sides: Bytes, out: Values) -> None:
    full_width()
    for x in range(here.shape[0]):
        low = min(min(least[x], least[x + 1]), least[x + 2])
        high = max(max(most[x], most[x + 1]), most[x + 2])
        side = sides[x]
        out[x] = low if side == LOW else high if side == HIGH else here[x]


@leaf_kernel
def _show(values: Words, colors: Words, by_edge: Bytes, hidden: Bytes, top: int, bottom: int, out: Words) -> None:
    """Opaque pixels, grown where an edge is near; nothing where nothing was seen."""
    for y in range(top, bottom):
        _unpack(values[y], colors[y], by_edge[y], hidden[y], out[y - top])


@leaf
def _unpack(
    values: Words,
    colors: Words,
    by_edge: Bytes,
    hidden: Bytes,
    out: Words,
) -> None:
    full_width()
    for x in range(out.shape[0]):
        p = values[x] if by_edge[x] else colors[x]
        shown = np.uint32(0xFF000000 | np.uint32((p & 255) << 16) | (p & 0xFF00) | ((p >> 16) & 255))
        out[x] = np.uint32(0) if hidden[x] else shown


@leaf_kernel
def _take(rgba: RGBA, channel: int, own: Bytes) -> None:
    for y in range(own.shape[0]):
        line, values = rgba[y].reshape(-1)[channel:], own[y]
        for x in range(values.shape[0]):
            values[x] = line[4 * x]


@leaf_kernel
def _leave(apart: Bytes, by_edge: Bytes, hidden: Bytes, top: int, bottom: int) -> tuple[int, int]:
    """Of a channel's places near an edge those where brightness has none, and something is seen; their rows."""
    first, last = bottom, -1
    for y in range(top, bottom):
        if _take_out(apart[y], by_edge[y], hidden[y]):
            first, last = min(first, y), y
    return first, last


@leaf
def _take_out(those: Bytes, near: Bytes, hides: Bytes) -> bool:
    """Whether some are left."""
    full_width()
    some = np.uint8(0)
    for x in range(those.shape[0]):
        left = np.uint8(those[x] & ~(near[x] | hides[x]))
        those[x] = left
        some |= left
    return some != 0


@leaf_kernel
def _put(values: Bytes, apart: Bytes, channel: int, out: Words) -> None:
    for y in range(apart.shape[0]):
        _mix(values[y], apart[y], np.uint32(8 * channel), out[y])


@leaf
def _mix(values: Bytes, apart: Bytes, shift: np.uint32, out: Words) -> None:
    full_width()
    others = np.uint32(~(255 << shift))
    for x in range(out.shape[0]):
        p = out[x]
        out[x] = np.uint32((p & others) | np.uint32(np.uint32(values[x]) << shift)) if apart[x] else p


def warm() -> None:
    """Compile the kernels."""
    step = np.zeros((1, 4, 4), np.uint8)
    step[:, 2:] = 255, 0, 0, 255
    grown(step, 1, 2)
