"""Error diffusion from left to right: 32 rows at a time in SIMD lanes, each some pixels behind the one above.

At step t the lane `row` is at place t - lag * row, so that every error it needs was made in an earlier step. A lane's
places are its rows one after the other, each 32 below the last and followed by a gap that no error crosses: so the
first lanes are in the next band of rows while the last ones are still in this.

Errors of the last steps are in a ring, 3 x 32 a step, and once more moved down by one, two and three lanes for taps
that reach up so many rows; there the first lanes hold the errors of the last lanes in the band above, kept by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import vector
from .block import BLOCK, ask_for, draw_in, lay, put
from .jit import full_width, leaf_kernel, part
from .lanes import ALL, LANES, STEPPED, WHOLE, clamp, search, search_whole, to_steps, to_values
from .lookup import find_all
from .relay import note, steps_done

f32 = np.float32
u64 = np.uint64

SLOT = 128  # places of a step in the ring: ALL and what is moved over its end
FIRST = BLOCK * ALL  # floats of a block's wishes
FOURTH = 2 * ALL + 2 * LANES  # a step's sums, place and best
SINGLES, INDICES = FIRST + FOURTH, (3 + BLOCK) * LANES
TAPS = 4  # taps added a pass; kernels are filled up with taps of no weight


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
    """Keep the sums within the bounds, given for all lanes, and their brightness, see arithmetic.clamp."""
    for i in range(LANES):
        u, v, w = u64(i), u64(LANES + i), u64(2 * LANES + i)
        sums[u], sums[v], sums[w] = clamp(sums[u], sums[v], sums[w], low[u], high[u], low[v], high[v], low[w], high[w])


@part
def leave(sums, colors, indices, chosen, lane, ring, slot, near):
    """What the colours found leave of the sums, into the ring's slot. `chosen` has a step's mask, then its colours."""
    for first in range(0, LANES, vector.SIZE):
        vector.pick3(colors, indices, u64(first), near, u64(first), u64(LANES))
    for i in range(LANES):
        u = u64(i)
        seen_here = chosen[lane + u]
        visible = f32(seen_here)
        ring[slot + u] = (sums[i] - near[i]) * visible
        ring[slot + u + u64(LANES)] = (sums[i + LANES] - near[i + LANES]) * visible
        ring[slot + u + u64(2 * LANES)] = (sums[i + 2 * LANES] - near[i + 2 * LANES]) * visible
        chosen[lane + u] = indices[i] * seen_here


@part
def pass_down(ring, slot, plane, above_us, edges, sizes, t):
    """Copy a slot's errors to the planes for taps from above, and pass on those from band to band."""
    lag, reach, _, period, _, _ = sizes
    column = t % period  # of the first lane
    for up in range(1, reach + 1):
        moved = u64(slot + up * plane)
        for i in range(0, ALL, vector.SIZE):
            vector.move(ring, u64(slot + i), ring, moved + u64(up + i))
        for above in range(1, up + 1):
            ahead = column + lag * above
            at = (above - 1) * 3 * period + (ahead if ahead < period else ahead - period)
            for channel in range(3):
                ring[moved + u64(channel * LANES + up - above)] = above_us[u64(at + channel * period)]
    for above in range(1, reach + 1):
        behind = column - lag * (LANES - above)
        at = (above - 1) * 3 * period + (behind if behind >= 0 else behind + period)
        for channel in range(3):
            edges[u64(at + channel * period)] = ring[u64(slot + (channel + 1) * LANES - above)]


Room = tuple[tuple[int, ...], tuple[NDArray[Any], ...]]


class Reach(NamedTuple):
    """How far a kernel's so many taps go: rows up, steps ago as a power of two, and beyond the first lane of a row."""

    lag: int
    taps: int
    rows: int
    depth: int
    gap: int


def reach(taps: NDArray[np.int64], lag: int) -> Reach:
    """Of taps [2, n], which are rows up and steps ago."""
    depth = 1 << int(taps[1].max()).bit_length()
    return Reach(lag, taps.shape[1], int(taps[0].max()), depth, int(np.abs(taps[1] - lag * taps[0]).max()))


def rooms(width: int, far: Reach, shares: int) -> list[Room]:
    """For each of so many threads, which take bands in turn, the sizes of its working space and the space itself.

    A thread finds the errors of the band above with the one before it.
    """
    length = period(width, far)
    edges = [np.zeros(max(1, far.rows) * 3 * length, np.float32) for _ in range(shares)]
    result = []
    for share in range(shares):
        starts, indices = np.zeros(far.taps, np.uint64), np.zeros(INDICES, np.int32)
        singles = np.zeros(SINGLES + (far.rows + 1) * far.depth * SLOT, np.float32)
        space = edges[share - 1], edges[share], starts, singles, indices
        result.append(((far.lag, far.rows, far.depth, length, share, shares), space))
    return result


@part
def parted(space):
    """A thread's working space, part by part. Few arrays are handed to the kernel: each costs a call of its time."""
    above_us, edges, starts, singles, indices = space
    wishes, rest = singles[:FIRST], singles[FIRST:]
    sums, place, best, ring = rest[:ALL], rest[ALL : 2 * ALL + LANES], rest[2 * ALL + LANES : FOURTH], rest[FOURTH:]
    nearest, open_keys, open_lanes = indices[:LANES], indices[LANES : 2 * LANES], indices[2 * LANES : 3 * LANES]
    scratch = sums, place, best, nearest, open_keys, open_lanes
    return ring, above_us, edges, starts, wishes, scratch, indices[3 * LANES :]


def period(width: int, far: Reach) -> int:
    """Steps from a row of a lane to its next: a row and its gap, and as many as errors take to the first lane."""
    return max(width + far.gap, lead(far.lag))


def lead(lag: int) -> int:
    """How many steps after it was made the first lane may use an error of the last."""
    return lag * LANES + 1


def spans(every: Sequence[tuple[int, ...]], height: int) -> list[range]:
    """Of threads with these sizes, the steps that all pixels of their bands take.

    Whoever has a band above its first begins a block earlier, with the last errors from before its first step.
    """
    lag, _, _, length, _, shares = every[0]
    bands = -(-height // LANES)
    totals = [len(range(share, bands, shares)) * length + lag * (LANES - 1) for share in range(shares)]
    return [range(-BLOCK if share else 0, total) for share, total in enumerate(totals)]


@part
def held_up(done, sizes, step):
    """Whether the block from a step on needs what another thread hasn't done yet.

    That is `lead` steps more by the one before; the first thread needs those of the last, but as of a period ago.
    """
    lag, _, _, length, share, shares = sizes
    if shares == 1:
        return False
    needed = step + BLOCK + lag * LANES + 1 - (0 if share else length)  # see `lead`, which Python calls
    return steps_done(done, (share + shares - 1) % shares) < needed


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
def settle(sums, indices, colors, lane, t, ring, above_us, edges, sizes, chosen, near):
    """Note the colours found at step t, and what they leave."""
    depth = sizes[2]
    slot = (t & (depth - 1)) * SLOT
    leave(sums, colors, indices, chosen, u64(lane), ring, u64(slot), near)
    pass_down(ring, slot, depth * SLOT, above_us, edges, sizes, t)


# Two kernels of the same loops, for the ways to find colours: one of both takes eight seconds to compile.


@leaf_kernel
def tried(words, opaque, width, prepared, taps, shares, sizes, space, done, first, stop, way, table, steps, out):
    """Indices into `out`, for flat pictures, by trying all colours: the steps from `first` on, up to the one returned.

    See `diffuse.py` for the rest.
    """
    full_width()
    values, box, strength, colors, low, high = prepared
    ring, above_us, edges, starts, wishes, (sums, place, best, nearest, _, _), chosen = parted(space)
    for start in range(first, stop, BLOCK):
        if held_up(done, sizes, start):
            return start
        ask_for(words, opaque, out, width, sizes, start + BLOCK)
        lay(words, opaque, width, sizes, start, values, wishes, chosen)
        draw_in(wishes, box, strength)
        for t in range(start, start + BLOCK):
            at = t - start
            gather(wishes, at * ALL, t, ring, taps, shares, sizes, starts, (low, high), sums)
            if way == WHOLE:
                to_values(sums, place)
                search_whole(place, table, nearest)
            elif way == STEPPED:
                to_steps(sums, steps, place)
                search_whole(place, table, nearest)
            else:
                search(sums, table, best, nearest)
            settle(sums, nearest, colors, at * LANES, t, ring, above_us, edges, sizes, chosen, place)
        put(chosen, width, sizes, start, out)
        note(done, sizes[4], start + BLOCK)
    return stop


@leaf_kernel
def looked_up(words, opaque, width, prepared, taps, shares, sizes, space, done, first, stop, knowledge, out):
    """The same by what is known of the palette."""
    full_width()
    values, box, strength, colors, low, high = prepared
    ring, above_us, edges, starts, wishes, scratch, chosen = parted(space)
    sums, place, _, nearest, open_keys, open_lanes = scratch
    for start in range(first, stop, BLOCK):
        if held_up(done, sizes, start):
            return start
        ask_for(words, opaque, out, width, sizes, start + BLOCK)
        lay(words, opaque, width, sizes, start, values, wishes, chosen)
        draw_in(wishes, box, strength)
        for t in range(start, start + BLOCK):
            at = t - start
            gather(wishes, at * ALL, t, ring, taps, shares, sizes, starts, (low, high), sums)
            find_all(sums, knowledge, open_keys, open_lanes, nearest)
            settle(sums, nearest, colors, at * LANES, t, ring, above_us, edges, sizes, chosen, place)
        put(chosen, width, sizes, start, out)
        note(done, sizes[4], start + BLOCK)
    return stop
