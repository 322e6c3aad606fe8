"""RGB565 words, compiled. Levels come from multiplications and shifts that equal the tables of the plain forms."""

from __future__ import annotations

import numpy as np
from numpy import float32 as f32
from numpy import int32 as i32
from numpy import uint8 as u8
from numpy import uint16 as u16
from numpy import uint32 as u32
from numpy.typing import NDArray

from ...dither.diffusion_kernels import KERNELS
from ...files.panel.rgb565 import BAYER, PLAIN, RGB, Wire, Words
from ..cores import in_bands
from .jit import full_width, inner, kernel, leaf, leaf_kernel

LARGE = 1 << 22  # pixels from which a second thread pays: below, it takes longer to wake than to help
LANES = 32  # rows that are diffused side by side
STEP = 3 * LANES  # values worked on together
COLUMN = STEP + 3  # their errors, and before them those of the row above
RING = 4  # columns whose errors are still wanted

RIGHT, BELOW_LEFT, BELOW, BELOW_RIGHT = (np.float32(share) for _, _, share in KERNELS["floyd-steinberg"].taps)


def truncated(rgb: RGB, wire: Wire) -> Words:
    """As in `rgb565`."""
    return _each_pixel(_truncate, rgb, wire)


def rounded(rgb: RGB, wire: Wire) -> Words:
    """As in `rgb565`."""
    return _each_pixel(_round, rgb, wire)


def _each_pixel(work, rgb: RGB, wire: Wire) -> Words:
    flat, out, how = rgb.reshape(-1), np.empty((*rgb.shape[:2], 2), np.uint8), _travel(wire)
    data = out.reshape(-1)
    pixels = len(data) // 2
    in_bands(lambda a, b: work(flat[3 * a : 3 * b], data[2 * a : 2 * b], *how), pixels, pixels, LARGE)
    return out.view(np.uint16)[..., 0]


def _travel(wire: Wire) -> tuple[bool, np.uint8, bool]:
    """Red and blue swapped? What to flip in each byte? High byte first?"""
    return wire.bgr, np.uint8(255 if wire.invert else 0), wire.byte_order == "big-endian"


# What follows stays within bytes wherever it can: 64 of them are worked on at a time. A cast after each step keeps
# numba from widening it.


@leaf
def _put(out, i, red, green, blue, bgr, flip, high_first):
    """Write the two bytes of pixel i, of its levels."""
    first, last = (blue, red) if bgr else (red, blue)
    high = u8(u8(first << u8(3)) | u8(green >> u8(3))) ^ flip
    low = u8(u8(green << u8(5)) | last) ^ flip
    out[2 * i] = high if high_first else low
    out[2 * i + 1] = low if high_first else high


@kernel
def _truncate(flat, out, bgr, flip, high_first):
    for i in range(out.shape[0] // 2):
        red, green, blue = u8(flat[3 * i] >> u8(3)), u8(flat[3 * i + 1] >> u8(2)), u8(flat[3 * i + 2] >> u8(3))
        _put(out, i, red, green, blue, bgr, flip, high_first)


@kernel
def _round(flat, out, bgr, flip, high_first):
    for i in range(out.shape[0] // 2):
        red = (u32(flat[3 * i]) * u32(249) + u32(1016)) >> u32(11)
        green = (u32(flat[3 * i + 1]) * u32(253) + u32(506)) >> u32(10)
        blue = (u32(flat[3 * i + 2]) * u32(249) + u32(1016)) >> u32(11)
        _put(out, i, u8(red), u8(green), u8(blue), bgr, flip, high_first)


def mixed(rgb: RGB, ranks: NDArray[np.uint8], wire: Wire) -> Words:
    """As in `rgb565`."""
    height, width = rgb.shape[:2]
    lines, out, how = rgb.reshape(height, -1), np.empty((height, 2 * width), np.uint8), _travel(wire)
    tiled = np.ascontiguousarray(np.tile(ranks, (1, -(-width // len(ranks))))[:, :width])
    in_bands(lambda a, b: _mix(lines[a:b], tiled, a, out[a:b], *how), height, height * width, LARGE)
    return out.view(np.uint16)


@leaf_kernel
def _mix(lines, tiled, top, out, bgr, flip, high_first):
    for y in range(len(lines)):
        _mix_row(lines[y], tiled[(top + y) % len(tiled)], out[y], bgr, flip, high_first)


@leaf
def _mix_row(flat, ranks, out, bgr, flip, high_first):
    full_width()
    for i in range(ranks.shape[0]):
        red, green, blue, rank = flat[3 * i], flat[3 * i + 1], flat[3 * i + 2], ranks[i]
        _put(out, i, _mixed_5(red, rank), _mixed_6(green, rank), _mixed_5(blue, rank), bgr, flip, high_first)


@leaf
def _mixed_5(value, rank):
    """The level below, or the one above where its share, rounded to 64ths, exceeds the rank."""
    level, way = _below_5(value)
    wide = u8(level & u8(3)) == u8(3)  # 9 values to the next level: 64 / 9 is nearly 7. Else 8.
    less = u8(way - (u8(1) if way > u8(4) else u8(0))) if wide else u8(0)
    share = u8(u8(way << u8(3)) - less)
    return u8(level + (u8(1) if rank < share else u8(0)))


@leaf
def _mixed_6(value, rank):
    level, way = _below_6(value)
    wide = u8(level & u8(15)) == u8(15)  # 5 values to the next level: 64 / 5 is nearly 13. Else 4.
    less = u8(u8(way * u8(3)) + (u8(1) if way > u8(2) else u8(0))) if wide else u8(0)
    share = u8(u8(way << u8(4)) - less)
    return u8(level + (u8(1) if rank < share else u8(0)))


@leaf
def _below_5(value):
    """The highest level that doesn't show more than the value, and how much less it shows."""
    level = u8(u8(value - u8(value >> u8(5))) >> u8(3))
    return level, u8(value - u8(u8(level << u8(3)) | u8(level >> u8(2))))


@leaf
def _below_6(value):
    level = u8(u8(value - u8(value >> u8(6))) >> u8(2))
    return level, u8(value - u8(u8(level << u8(2)) | u8(level >> u8(4))))


def diffused(rgb: RGB, wire: Wire) -> Words:
    """As in `rgb565`."""
    height, width = rgb.shape[:2]
    out = np.empty((height, 2 * width), np.uint8)
    lanes = np.arange(STEP, dtype=np.int32), *np.tile(_CHANNELS, (1, LANES))
    _diffuse(rgb.reshape(height, -1), out, lanes, *_travel(wire))
    return out.view(np.uint16)


# Of red, green and blue: (value * first + second) >> 11 is the level, (level * third) >> 4 the value that it shows.
_CHANNELS = np.array([[249, 506, 249], [1016, 1012, 1016], [132, 65, 132]], np.int32)


@kernel
def _diffuse(lines, out, lanes, bgr, flip, high_first):
    """As many rows as lanes at a time, slanted: each lane is 2 pixels behind the one above, so what it needs is known.

    A step is one pixel of each lane: red, green and blue of lane 0, then of lane 1 and so on.
    """
    height, width = len(lines), out.shape[1] // 2
    steps = width + 2 * (LANES - 1)
    values, levels = np.zeros(steps * STEP, np.uint16), np.zeros(steps * STEP, np.uint8)
    value_steps, level_steps = values.reshape(steps, STEP), levels.reshape(steps, STEP)
    exact = np.zeros(width, np.uint8)
    above = np.zeros((steps + 2, 3), np.float32)  # errors of the last of the rows before
    errors = np.zeros((RING, COLUMN), np.float32)
    for top in range(0, height, LANES):
        rows = min(LANES, height - top)
        for lane in range(rows):
            _mark_exact(lines[top + lane], exact)
            _slant(lines[top + lane], exact, values[2 * lane * STEP + 3 * lane :])
        errors[:] = 0
        for channel in range(3):
            errors[RING - 2, channel] = above[0, channel]
        for step in range(steps):
            now, one, two, three = errors[step & 3], errors[step + 3 & 3], errors[step + 2 & 3], errors[step + 1 & 3]
            for channel in range(3):
                one[channel] = above[step + 1, channel]
            first, end = max(0, (step - width) // 2 + 1), min(LANES, step // 2 + 1)
            _advance(value_steps[step], now, one, two, three, level_steps[step], i32(3 * first), i32(3 * end), *lanes)
            if step >= 2 * (LANES - 1):
                for channel in range(3):
                    above[step - 2 * (LANES - 1), channel] = now[STEP + channel]
        for lane in range(rows):
            _straighten(levels[2 * lane * STEP + 3 * lane :], out[top + lane], bgr, flip, high_first)


@inner
def _mark_exact(line, exact):
    """1 for the pixels whose channels all are what a level shows."""
    for x in range(exact.shape[0]):
        red, green, blue = line[3 * x], line[3 * x + 1], line[3 * x + 2]
        fits = (_below_5(red)[1] == u8(0)) & (_below_6(green)[1] == u8(0)) & (_below_5(blue)[1] == u8(0))
        exact[x] = u8(1) if fits else u8(0)


@inner
def _slant(line, exact, values):
    """Put a row's values where its lane meets them, with 256 added in exact pixels."""
    for x in range(exact.shape[0]):
        mark = u16(exact[x]) << u16(8)
        values[STEP * x] = u16(line[3 * x]) | mark
        values[STEP * x + 1] = u16(line[3 * x + 1]) | mark
        values[STEP * x + 2] = u16(line[3 * x + 2]) | mark


@inner
def _straighten(levels, out, bgr, flip, high_first):
    for x in range(out.shape[0] // 2):
        red, green, blue = levels[STEP * x], levels[STEP * x + 1], levels[STEP * x + 2]
        _put(out, x, red, green, blue, bgr, flip, high_first)


@inner
def _advance(values, now, one, two, three, levels, first, end, place, to_level, offset, to_value):
    """One pixel of each lane; `now` gets the errors, those of one, two and three steps ago are known.

    Outside of `first` to before `end` there is no picture, and no error comes of it.
    """
    for i in range(STEP):
        value = i32(values[i]) & i32(255)
        # From above left, above, left and above right: in the order of their lines, and of the taps in them.
        carried = three[i] * BELOW_RIGHT + two[i] * BELOW + one[i + 3] * RIGHT + one[i] * BELOW_LEFT
        wish = max(f32(value) + carried, f32(0))
        wish = min(wish, f32(255))
        near = i32(wish + f32(0.5))
        exact_value = value if i32(values[i]) > i32(255) else near
        level = i32(i32(exact_value * to_level[i]) + offset[i]) >> i32(11)
        error = wish - f32(i32(level * to_value[i]) >> i32(4))
        inside = (place[i] >= first) & (place[i] < end)
        now[i + 3] = error if inside else f32(0)
        levels[i] = u8(level)


def warm() -> None:
    """Compile every kernel."""
    pixel = np.zeros((1, 1, 3), np.uint8)
    truncated(pixel, PLAIN)
    rounded(pixel, PLAIN)
    diffused(pixel, PLAIN)
    mixed(pixel, np.zeros((BAYER, BAYER), np.uint8), PLAIN)
