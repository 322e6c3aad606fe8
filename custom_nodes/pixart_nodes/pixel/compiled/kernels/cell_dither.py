"""Compiled pixel/machine/cell_dither.py: dither in which each pixel has the colours of its own cell.

Kernels get plain tuples: of a named one numba's cache keeps the module's name, which ComfyUI makes another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...machine import cell_dither as plain
from ...machine.cell_dither import PATTERN, SHARES, Original, Paints
from .jit import inner, kernel, same

NEVER = 1e300  # above any distance
SIDE, COUNT = PATTERN.shape[0], PATTERN.size

felt = inner(same(plain.felt, globals()))


@inner
def _exact(own, colors, first):
    """The slot of the colour that equals the pixel, -1 for none."""
    for k in range(first, colors.shape[0]):
        if colors[k, 0] == own[0] and colors[k, 1] == own[1] and colors[k, 2] == own[2]:
            return k
    return -1


@inner
def _nearest(red, green, blue, colors, matrix, first):
    least, slot = NEVER, first
    for k in range(first, colors.shape[0]):
        distance = felt(colors[k, 0] - red, colors[k, 1] - green, colors[k, 2] - blue, matrix)
        if distance < least:
            least, slot = distance, k
    return slot


@inner
def _within(value, low, high):
    return min(max(value, low), high)


@inner
def _hand_on(work, x, y, way, red, green, blue):
    for column, row, share in SHARES:
        to = x + column * way
        if 0 <= to < work.shape[1] and y + row < work.shape[0]:
            work[y + row, to, 0] += red * share
            work[y + row, to, 1] += green * share
            work[y + row, to, 2] += blue * share


@kernel
def _diffuse(picture, table, strength, work, slots):
    light, columns, owners, visible = picture
    paints, _, low, high, matrices, first = table
    height, width = owners.shape
    for y in range(height):
        way = -1 if y & 1 else 1
        for step in range(width):
            x = width - 1 - step if y & 1 else step
            if visible[y, x]:
                palette = owners[y, x]
                colors = paints[palette]
                slot = _exact(light[y, x], colors, first)
                if slot < 0:
                    red = _within(work[y, x, 0], low[palette, 0], high[palette, 0])
                    green = _within(work[y, x, 1], low[palette, 1], high[palette, 1])
                    blue = _within(work[y, x, 2], low[palette, 2], high[palette, 2])
                    slot = _nearest(red, green, blue, colors, matrices[columns[y, x]], first)
                    if strength > 0:
                        red = (red - colors[slot, 0]) * strength
                        green = (green - colors[slot, 1]) * strength
                        blue = (blue - colors[slot, 2]) * strength
                        _hand_on(work, x, y, way, red, green, blue)
                slots[y, x] = slot


@inner
def _sorted_in(picks, slot, turn, lightness):
    """Put a slot among the picks so far, the darkest first, behind those as light."""
    at = turn
    while at > 0 and lightness[picks[at - 1]] > lightness[slot]:
        picks[at] = picks[at - 1]
        at -= 1
    picks[at] = slot


@kernel
def _knoll(picture, table, strength, pattern, picks, slots):
    light, columns, owners, visible = picture
    paints, lightness, _, _, matrices, first = table
    height, width = owners.shape
    for y in range(height):
        for x in range(width):
            palette = owners[y, x]
            colors = paints[palette]
            slot = _exact(light[y, x], colors, first) if visible[y, x] else 0
            if slot < 0:
                matrix = matrices[columns[y, x]]
                r, g, b = light[y, x, 0], light[y, x, 1], light[y, x, 2]
                red = green = blue = 0.0
                for turn in range(COUNT):
                    aim_r = min(max(r + red * strength, 0.0), 1.0)
                    aim_g = min(max(g + green * strength, 0.0), 1.0)
                    aim_b = min(max(b + blue * strength, 0.0), 1.0)
                    slot = _nearest(aim_r, aim_g, aim_b, colors, matrix, first)
                    red, green, blue = (
                        red + (r - colors[slot, 0]),
                        green + (g - colors[slot, 1]),
                        blue + (b - colors[slot, 2]),
                    )
                    _sorted_in(picks, slot, turn, lightness[palette])
                slot = picks[pattern[y % SIDE, x % SIDE]]
            slots[y, x] = slot


def _contiguous(picture: Original) -> tuple[NDArray[np.generic], ...]:
    return tuple(np.ascontiguousarray(each) for each in picture)


def diffuse(picture: Original, table: Paints, strength: float) -> NDArray[np.uint8]:
    """The twin of cell_dither.diffuse."""
    slots = np.zeros(picture.owners.shape, np.uint8)
    _diffuse(_contiguous(picture), tuple(table), float(strength), picture.light.copy(), slots)
    return slots


def knoll(picture: Original, table: Paints, strength: float) -> NDArray[np.uint8]:
    """The twin of cell_dither.knoll."""
    slots = np.zeros(picture.owners.shape, np.uint8)
    _knoll(_contiguous(picture), tuple(table), float(strength), PATTERN, np.zeros(COUNT, np.int64), slots)
    return slots


def warm() -> None:
    """Compile the kernels."""
    one = np.zeros((1, 1, 3), np.uint8)
    picture = plain.original(one, np.zeros((1, 1), np.int64), np.ones((1, 1), np.bool_))
    table = plain.paints(one + np.uint8(1))
    diffuse(picture, table, 1.0)
    knoll(picture, table, 1.0)
