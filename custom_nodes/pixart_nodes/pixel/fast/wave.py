"""Error diffusion from left to right: 32 rows at a time in SIMD lanes, each some pixels behind the one above.

A pixel's row in the band is its lane; at step t the lane `row` is at column t - lag * row, so that every error it
needs was made in an earlier step. Errors of the last steps are in a ring, 3 x 32 a step, and once more moved down by
one, two and three lanes for taps that reach up so many rows; there the first lanes hold the errors of the band above.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .jit import leaf, part
from .lanes import ALL, EMBEDDED, LANES, WHOLE, embed, search, search_whole
from .lookup import find_all

f32 = np.float32
u64 = np.uint64

BLOCK = 64  # steps prepared and put away at a time: with fewer, most of a cache line is read in vain; more need room
LINE = 16  # pixels in a cache line; BLOCK of the mask
SLOT = 128  # places of a step in the ring: ALL and what is moved over its end
TAPS = 4  # taps added a pass; kernels are filled up with taps of no weight


@leaf
def ask_for(rgba, opaque, width, top, rows, start, lag):
    """Read one byte of each cache line that `lay` will read: the memory then brings all at once, not one by one."""
    asked = np.uint8(0)
    for lane in range(rows):
        row, left = (top + lane) * width, start - lag * lane
        for x in range(max(0, left), min(width, left + BLOCK), LINE):
            asked |= rgba[u64((row + x) * 4)]
        asked |= np.uint8(opaque[u64(row + min(max(0, left), width - 1))])
        asked |= np.uint8(opaque[u64(row + min(max(0, left + BLOCK - 1), width - 1))])
    return f32(asked)


@leaf
def lay(rgba, opaque, width, top, start, lag, values, wishes, masks):
    """Wishes and masks of BLOCK steps from `start`, by step, channel and lane; no mask where a lane has no pixel."""
    rows = min(LANES, opaque.shape[0] // width - top)
    wishes[0] = ask_for(rgba, opaque, width, top, rows, start, lag)
    for i in range(masks.shape[0]):
        masks[i] = f32(0)
    for lane in range(rows):
        left = start - lag * lane  # the column at the block's first step
        for x in range(max(0, left), min(width, left + BLOCK)):
            at, step = u64((top + lane) * width + x), u64(x - left)
            wish, pixel = step * u64(ALL) + u64(lane), at * u64(4)
            wishes[wish] = values[rgba[pixel]]
            wishes[wish + u64(LANES)] = values[rgba[pixel + u64(1)]]
            wishes[wish + u64(2 * LANES)] = values[rgba[pixel + u64(2)]]
            masks[step * u64(LANES) + u64(lane)] = f32(opaque[at])


@leaf
def put(chosen, opaque, width, top, start, lag, out):
    """The indices of BLOCK steps to where they belong; 0 outside the mask."""
    for lane in range(min(LANES, opaque.shape[0] // width - top)):
        left = start - lag * lane
        for x in range(max(0, left), min(width, left + BLOCK)):
            at = u64((top + lane) * width + x)
            out[at] = np.int16(chosen[u64((x - left) * LANES + lane)]) * np.int16(opaque[at])


@leaf
def draw_in(wishes, box, strength):
    """Bring the block's wishes into the palette's box, see gamut.drawn_in."""
    for step in range(BLOCK):
        red = u64(step * ALL)
        green, blue = red + u64(LANES), red + u64(2 * LANES)
        for axis in range(3):
            a, b, c = box[axis, 0], box[axis, 1], box[axis, 2]
            d, e, f, low, high = box[axis, 3], box[axis, 4], box[axis, 5], box[axis, 6], box[axis, 7]
            for i in range(LANES):
                u = u64(i)
                x, y, z = wishes[red + u], wishes[green + u], wishes[blue + u]
                along = x * a + y * b + z * c
                lack = (min(max(along, low), high) - along) * strength
                wishes[red + u] = x + lack * d
                wishes[green + u] = y + lack * e
                wishes[blue + u] = z + lack * f


@part
def add(before, at, ring, starts, shares, group, sums):
    """`before` from `at` on and TAPS taps' errors, one after the other, into `sums`."""
    g = u64(group * TAPS)
    a, b, c, d = starts[g], starts[g + u64(1)], starts[g + u64(2)], starts[g + u64(3)]
    p, q, r, s = shares[g], shares[g + u64(1)], shares[g + u64(2)], shares[g + u64(3)]
    for i in range(ALL):
        u = u64(i)
        total = before[at + u] + ring[a + u] * p
        total = total + ring[b + u] * q
        total = total + ring[c + u] * r
        sums[i] = total + ring[d + u] * s


@part
def keep(sums, low, high):
    """Keep the sums within the bounds, given for all lanes."""
    for i in range(ALL):
        sums[i] = min(max(sums[i], low[i]), high[i])


@part
def leave(sums, colors, found, masks, mask, ring, slot):
    """What the colours found leave of the sums, into the ring's slot."""
    for i in range(LANES):
        u = u64(i)
        color, visible = u64(np.uint32(found[i])) * u64(3), masks[mask + u]
        ring[slot + u] = (sums[i] - colors[color]) * visible
        ring[slot + u + u64(LANES)] = (sums[i + LANES] - colors[color + u64(1)]) * visible
        ring[slot + u + u64(2 * LANES)] = (sums[i + 2 * LANES] - colors[color + u64(2)]) * visible


@part
def pass_down(ring, slot, plane, edges, span, at, lag, reach):
    """Copy a slot's errors to the planes for taps from above, and pass on those between bands."""
    for up in range(1, reach + 1):
        moved = u64(slot + up * plane)
        for i in range(ALL):
            ring[moved + u64(up + i)] = ring[u64(slot + i)]
        arrive(ring, moved, up, edges, span, at, lag)
    for above in range(1, reach + 1):
        for channel in range(3):
            column = u64(((above - 1) * 3 + channel) * span + at - lag * (LANES - above))
            edges[column] = ring[u64(slot + (channel + 1) * LANES - above)]


@part
def arrive(ring, moved, up, edges, span, at, lag):
    """Into the first `up` lanes of a moved slot, the errors of the last rows of the band above."""
    for channel in range(3):
        for above in range(1, up + 1):
            column = u64(((above - 1) * 3 + channel) * span + at + lag * above)
            ring[moved + u64(channel * LANES + up - above)] = edges[column]


def room(width: int, taps: NDArray[np.int64], lag: int) -> tuple[tuple[int, ...], tuple[NDArray[Any], ...]]:
    """The sizes of a raster's working space and the space itself, for taps [2, n]: rows up and steps ago."""
    reach, depth = int(taps[0].max()), 1 << int(taps[1].max()).bit_length()
    margin = max(lag * LANES, depth)
    span = margin + width + lag * (LANES + reach) + BLOCK
    ring, edges = np.zeros((reach + 1) * depth * SLOT, np.float32), np.zeros(max(1, reach) * 3 * span, np.float32)
    singles = [np.zeros(size, np.float32) for size in (BLOCK * ALL, BLOCK * LANES, ALL, ALL + LANES, LANES)]
    starts = np.zeros(taps.shape[1], np.uint64)
    indices = (np.zeros(size, np.int32) for size in (LANES, LANES, LANES, BLOCK * LANES))
    return (lag, reach, depth, margin, span), (ring, edges, starts, *singles, *indices)


@part
def begin(ring, edges, sizes):
    """Errors before a band's first step: none of its own, and those that the band above left."""
    lag, reach, depth, margin, span = sizes
    for i in range(ring.shape[0]):
        ring[i] = f32(0)
    for back in range(1, depth):
        for up in range(1, reach + 1):
            arrive(ring, u64(up * depth * SLOT + (depth - back) * SLOT), up, edges, span, margin - back, lag)


@part
def gather(wishes, at, t, ring, taps, shares, sizes, starts, bounds, sums):
    """What each lane's pixel would be at step t: its wish at `at` and the errors that reach it, within bounds."""
    depth, count = sizes[2], shares.shape[0]
    for tap in range(count):
        starts[tap] = u64(taps[0, tap] * depth * SLOT + ((t - taps[1, tap]) & (depth - 1)) * SLOT)
    add(wishes, u64(at), ring, starts, shares, 0, sums)
    for group4 in range(1, count // TAPS):
        add(sums, u64(0), ring, starts, shares, group4, sums)
    keep(sums, bounds[0], bounds[1])


@part
def settle(sums, found, colors, masks, lane, t, ring, edges, sizes, chosen):
    """Note the colours found at step t, and what they leave."""
    lag, reach, depth, margin, span = sizes
    slot = (t & (depth - 1)) * SLOT
    leave(sums, colors, found, masks, u64(lane), ring, u64(slot))
    for i in range(LANES):
        chosen[u64(lane) + u64(i)] = found[i]
    pass_down(ring, slot, depth * SLOT, edges, span, margin + t, lag, reach)


# Two kernels of the same loops, for the ways to find colours: one of both takes eight seconds to compile.


@leaf
def tried(rgba, opaque, width, prepared, taps, shares, sizes, space, way, table, out):
    """Indices into `out`, for flat pictures, by trying all colours; see `fast/diffuse.py` for the rest."""
    values, box, strength, colors, low, high = prepared
    ring, edges, starts, wishes, masks, sums, place, best, found, _, _, chosen = space
    lag = sizes[0]
    for top in range(0, opaque.shape[0] // width, LANES):
        begin(ring, edges, sizes)
        for start in range(0, width + lag * (LANES - 1), BLOCK):
            lay(rgba, opaque, width, top, start, lag, values, wishes, masks)
            draw_in(wishes, box, strength)
            for t in range(start, start + BLOCK):
                at = t - start
                gather(wishes, at * ALL, t, ring, taps, shares, sizes, starts, (low, high), sums)
                if way == WHOLE:
                    search_whole(sums, table, place, found)
                elif way == EMBEDDED:
                    embed(sums, place)
                    search(place, table, best, found)
                else:
                    search(sums, table, best, found)
                settle(sums, found, colors, masks, at * LANES, t, ring, edges, sizes, chosen)
            put(chosen, opaque, width, top, start, lag, out)


@leaf
def looked_up(rgba, opaque, width, prepared, taps, shares, sizes, space, known, out):
    """The same by what is known of the palette."""
    values, box, strength, colors, low, high = prepared
    ring, edges, starts, wishes, masks, sums, _, _, found, open_keys, open_lanes, chosen = space
    lag = sizes[0]
    for top in range(0, opaque.shape[0] // width, LANES):
        begin(ring, edges, sizes)
        for start in range(0, width + lag * (LANES - 1), BLOCK):
            lay(rgba, opaque, width, top, start, lag, values, wishes, masks)
            draw_in(wishes, box, strength)
            for t in range(start, start + BLOCK):
                at = t - start
                gather(wishes, at * ALL, t, ring, taps, shares, sizes, starts, (low, high), sums)
                find_all(sums, known, open_keys, open_lanes, found)
                settle(sums, found, colors, masks, at * LANES, t, ring, edges, sizes, chosen)
            put(chosen, opaque, width, top, start, lag, out)
