"""The most frequent colour of each cell, counted in a small hash table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...resize.cells import RGBA, Indices, edges
from ..cores import in_bands
from .jit import inner, kernel

Colors = NDArray[np.uint32]
Counts = NDArray[np.int32]


def most_frequent(rgba: RGBA, width: int, height: int) -> RGBA:
    """The twin of `pixel/resize/majority.py`: uint8 [height, width, 4]."""
    rgba = np.ascontiguousarray(rgba)
    down, across = edges(rgba.shape[0], height), edges(rgba.shape[1], width)
    out = np.empty((height, width, 4), np.uint8)
    largest = int(np.diff(down).max() * np.diff(across).max())
    room = 2 << largest.bit_length()  # never more than half full
    in_bands(
        lambda start, stop: _rows(start, stop, rgba, down, across, room, out),
        height,
        rgba.shape[0] * rgba.shape[1],
    )
    return out


@kernel
def _rows(start: int, stop: int, rgba: RGBA, down: Indices, across: Indices, room: int, out: RGBA) -> None:
    table = np.zeros(room, np.int32)  # number of a colour + 1; 0 is free
    colors, counts, places = np.empty(room, np.uint32), np.empty(room, np.int32), np.empty(room, np.int64)
    sums = np.empty(4, np.int64)
    for y in range(start, stop):
        for x in range(across.shape[0] - 1):
            cell = rgba[down[y] : down[y + 1], across[x] : across[x + 1]]
            sums[:] = 0
            count = _count(cell, table, colors, counts, places, sums)
            color = _best(colors[:count], counts[:count], sums, np.float64(cell.shape[0] * cell.shape[1]))
            for channel in range(4):
                out[y, x, channel] = np.uint8(color >> np.uint32(24 - 8 * channel))


@inner
def _count(cell: RGBA, table: Counts, colors: Colors, counts: Counts, places: Indices, sums: Indices) -> int:
    """How many colours there are; colours, counts and sums are filled, the table is left empty again."""
    count = 0
    mask = np.uint32(table.shape[0] - 1)
    for y in range(cell.shape[0]):
        for x in range(cell.shape[1]):
            r, g, b, a = cell[y, x, 0], cell[y, x, 1], cell[y, x, 2], cell[y, x, 3]
            color = np.uint32(0)
            if a > 0:
                color = np.uint32(r) << np.uint32(24) | np.uint32(g) << np.uint32(16) | np.uint32(b) << np.uint32(8)
                color |= np.uint32(a)
                sums[0] += np.int64(r) * np.int64(a)
                sums[1] += np.int64(g) * np.int64(a)
                sums[2] += np.int64(b) * np.int64(a)
                sums[3] += np.int64(a) * 255
            place = np.int64((color * np.uint32(2654435769)) >> np.uint32(15) & mask)  # Knuth's multiplicative hash
            while table[place] and colors[table[place] - 1] != color:
                place = (place + 1) & np.int64(mask)
            if not table[place]:
                colors[count], counts[count], places[count] = color, 0, place
                count += 1
                table[place] = count
            counts[table[place] - 1] += 1
    for number in range(count):
        table[places[number]] = 0
    return count


@inner
def _best(colors: Colors, counts: Counts, sums: Indices, size: float) -> np.uint32:
    """The most frequent colour; of several the nearest to the mean, then the lowest."""
    most = np.int32(0)
    for number in range(counts.shape[0]):
        most = max(most, counts[number])
    best, nearest = np.uint32(0), 1e300
    for number in range(colors.shape[0]):
        if counts[number] == most:
            color = colors[number]
            off = _distance(color, sums, size)
            if off < nearest or (off == nearest and color < best):
                best, nearest = color, off
    return best


@inner
def _distance(color: np.uint32, sums: Indices, size: float) -> float:
    alpha = np.int64(color & np.uint32(255))
    square = 0.0
    for channel in range(4):
        part = np.int64(color >> np.uint32(24 - 8 * channel) & np.uint32(255)) if channel < 3 else np.int64(255)
        off = np.float64(part * alpha) - np.float64(sums[channel]) / size
        square += off * off
    return square


def warm() -> None:
    """Compile the kernels."""
    most_frequent(np.zeros((1, 1, 4), np.uint8), 1, 1)
