"""The halos that unsharp masking leaves beside lines, and a filter that gives them the colour of their fill.

Unsharp masking adds to a picture what a blur takes from it, so each side of an edge goes beyond its own colour and
slowly comes back (Gonzalez and Woods, "Digital image processing", 3.6.3). That slow way back tells a halo from a line
as narrow as it: a line has an edge on both its sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import RGBA, Indices

Plane = NDArray[np.uint8]

HALO_LINES = 24  # rows, and as many columns, that are looked at
MASKED_SHARE = (
    0.12  # of all edges have a halo after unsharp masking; of those of JPEG at a quality of 50 up to 0.08 have
)
CHANNEL_EDGE = 40  # of 255: the least edge of a channel that a halo is looked for beside
FAINTEST_HALO = 10  # of 255
CLEAR_HALO, BOLDEST_HALO = (
    0.15,
    0.6,
)  # of its edge's height: what counts for MASKED_SHARE at least, and what is one at most
LONGEST_HALO = 18  # pixels: that of a mask of four pixels (sigma), across a slanted edge
CUT_OFF = 9  # pixels: a halo may be so long in full light, or none
STEEPEST_STEP, STEEPEST_LONG_STEP = (
    0.45,
    0.6,
)  # of a halo's height its largest step is; in halos of three steps and more
GENTLE_TIMES = 0.7  # times as steep as the edge is a halo at most, both by their heights
EVEN_STEP = 2  # of 255: a step that is none, in a gradient or in what is left of noise
GROWING = 4  # of 255: a halo's later steps are larger than those before by this at most


def without_halos(rgba: RGBA) -> RGBA:
    """uint8 [H, W, 4], opaque: halos have the colour that they end in where many edges have some, else it is as it was.

    Each channel is by itself, since a halo ends at full light in one and goes on in another.
    """
    counts = np.zeros(2, np.int64)
    down, across = (max(1, size // HALO_LINES) for size in rgba.shape[:2])
    for lines in (rgba[::down], rgba[:, ::across].swapaxes(0, 1)):
        _flat_channels(lines, counts)
    if counts[1] <= MASKED_SHARE * counts[0]:
        return rgba
    return settled(rgba)


@twins.step("halos", patience=1 << 18)
def settled(rgba: RGBA) -> RGBA:
    """uint8 [H, W, 4] without halos, by rows or by columns, whichever changes a value more; by rows of equals."""
    counts = np.zeros(2, np.int64)
    by_rows, by_columns = _flat_channels(rgba, counts), _flat_channels(rgba.swapaxes(0, 1), counts).swapaxes(0, 1)
    return np.where(_apart(by_rows, rgba) >= _apart(by_columns, rgba), by_rows, by_columns)


def _flat_channels(lines: RGBA, counts: Indices) -> RGBA:
    planes = [flat(np.ascontiguousarray(lines[..., channel]), counts) for channel in range(3)]
    return np.stack([*planes, lines[..., 3]], axis=-1)


def _apart(one: RGBA, other: RGBA) -> Plane:
    return np.maximum(one, other) - np.minimum(one, other)


@twins.step("halos", patience=1 << 18)
def flat(plane: Plane, counts: Indices) -> Plane:
    """Lines of a channel, uint8 [n, length], without halos; `counts` are edges, and those that have a clear one."""
    out = plane.copy()
    for n in range(plane.shape[0]):
        flatten(plane[n], out[n], counts)
    return out


def flatten(line: Plane, out: Plane, counts: Indices) -> None:
    """Take the halos of one line away in its copy `out`; `counts` as in `flat`."""
    x = 0
    while x < line.shape[0] - 1:
        if line[x + 1] == line[x]:
            x += 1
            continue
        first, steepest = x, 0
        rising = 1 if line[x + 1] > line[x] else -1
        step = (np.int64(line[x + 1]) - line[x]) * rising
        while step > 0:
            steepest = max(steepest, step)
            x += 1
            step = (np.int64(line[x + 1]) - line[x]) * rising if x < line.shape[0] - 1 else 0
        height = (np.int64(line[x]) - line[first]) * rising
        if height >= CHANNEL_EDGE:
            after = halo_end(line, x, 1, rising, height, steepest)
            before = halo_end(line, first, -1, -rising, height, steepest)
            give_up(out, line, x, after, 1, rising)
            give_up(out, line, first, before, -1, -rising)
            halo = (np.int64(line[x]) - line[after]) * rising
            other = (np.int64(line[before]) - line[first]) * rising
            counts[0] += 1
            counts[1] += max(halo, other) >= CLEAR_HALO * height


def give_up(out: Plane, line: Plane, peak: int, end: int, way: int, rising: int) -> None:
    """Let a halo from its peak to its end, and what of the edge before goes as far, have the value that it ends in."""
    at = end
    while at != peak:
        out[at] = line[end]
        at -= way
    while end != peak and 0 <= at < line.shape[0] and (np.int64(line[at]) - line[end]) * rising > 0:
        out[at] = line[end]
        at -= way


def halo_end(line: Plane, peak: int, way: int, rising: int, height: int, steepest: int) -> int:
    """Where a halo ends that begins where an edge does and goes along a line, 1 or -1; `peak` where there is none.

    `rising`: 1 where the edge rises to its peak, else -1; its height and largest step are compared with the halo's.
    """
    x, end, largest, even, steps, step = peak, peak, 0, 0, 0, 0
    while 0 <= x + way < line.shape[0]:
        if abs(x - peak) >= LONGEST_HALO:
            if step > EVEN_STEP:
                return peak
            break
        step = (np.int64(line[x]) - line[x + way]) * rising
        if step < -1 or (steps >= 2 and step > largest + GROWING):
            break
        x += way
        if step > 0:
            end, even, steps, largest = x, 0, steps + 1, max(largest, step)
        else:
            even += 1
            if even > CUT_OFF or (even > EVEN_STEP and end != peak):
                break
    own = (np.int64(line[peak]) - line[end]) * rising
    if own < FAINTEST_HALO or own > BOLDEST_HALO * height or largest > GENTLE_TIMES * steepest * own / height:
        return peak
    return end if largest <= (STEEPEST_LONG_STEP if steps >= 3 else STEEPEST_STEP) * own else peak
