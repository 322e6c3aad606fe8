"""Lines thinned to a cell's width without a change to what is joined and what is closed.

A cell is a simple point where to take it away, or to add it, neither breaks nor joins anything around it (Rosenfeld
1970, "Connectivity in Digital Pictures"); with ink joined by corners and ground by sides, that is where the number of
Yokoi, Toriwaki and Fukumura (1975) is one. Every step here moves one simple point.
"""

from __future__ import annotations

import numpy as np

from ..compiled import twins
from .cells import Floats, Indices
from .pieces import AT, FRAME_MARGIN, LEFT, TALL, TOP, WIDE, Bits, Counts

RING = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))  # down, right: the eight around a cell
DOWN, RIGHT = np.array(RING).T.copy()
CORNER_PART = 2  # a corner has at least 1 / CORNER_PART of the ink of each cell beside it
FAIR_COVER = 3  # a hole may open where the most of it is over this


def _numbers() -> Bits:
    """Yokoi's number for each pattern of the eight cells around, bits in the order of RING."""
    ground = 1 - (np.arange(256)[:, None] >> np.arange(8) & 1)
    sides = [ground[:, k] - ground[:, k] * ground[:, k + 1] * ground[:, (k + 2) % 8] for k in (0, 2, 4, 6)]
    return np.sum(sides, axis=0).astype(np.uint8)


NUMBER = _numbers()
NEIGHBORS = (np.arange(256)[:, None] >> np.arange(8) & 1).sum(axis=1).astype(np.uint8)


def around(ink: Bits, at: int, wide: int) -> int:
    """The pattern of the eight cells around a place in a flat frame."""
    code = 0
    for k in range(8):
        code |= np.int64(ink[at + DOWN[k] * wide + RIGHT[k]]) << k
    return code


@twins.step("simple_points", patience=1 << 26)
def thinned(
    pieces: Indices,
    holes: Indices,
    hole_starts: Indices,
    frame: Indices,
    parent: Indices,
    counts: Counts,
    keep: Floats,
    pinned: Bits,
    region: Indices,
    mostly: Bits,
) -> Bits:
    """Each piece as thin as it may be: uint8, as `counts` is laid out, 1 where a cell is of the piece.

    All cells that a piece touches are its own at first; holes, those of piece n from hole_starts[n] on, are opened
    where no cell is left for them. Then simple points go, least covered first, but for those at the end of a line,
    those that it covers `keep` pixels of [h, w] and those that are `pinned`, which is laid out as `counts` is. First
    those go that lie open to their own part of the ground, by `region`, the largest one in each cell, or -1; then
    others, unless one part of the ground has `mostly` the cell.
    """
    ink = np.zeros(counts.shape[0], np.uint8)
    for n in range(pieces.shape[0]):
        own = frame[pieces[n]]
        first, last = own[AT], own[AT] + own[TALL] * own[WIDE]
        cover, mask = counts[first:last], ink[first:last]
        for at in range(last - first):
            mask[at] = 1 if cover[at] > 0 else 0
        for k in range(hole_starts[n], hole_starts[n + 1]):
            open_hole(frame[holes[k]], own, counts, mask)
        sides = sides_of(pieces[n], own, parent, region)
        for free in range(2):
            peel(own, cover, mask, keep, pinned[first:last], sides, mostly, free == 1)
        for at in range(own[WIDE], mask.shape[0] - own[WIDE]):
            if mask[at] == 1:
                blunt(cover, mask, at, own[WIDE])
    return ink


def sides_of(piece: int, own: Indices, parent: Indices, region: Indices) -> Indices:
    """Of each cell of a piece's frame, the part of the ground beside the piece that is the cell's, or that holds it."""
    sides = np.full(own[TALL] * own[WIDE], parent[piece], np.int64)
    for at in range(sides.shape[0]):
        y, x = own[TOP] + at // own[WIDE], own[LEFT] + at % own[WIDE]
        if 0 <= y < region.shape[0] and 0 <= x < region.shape[1]:
            ground = region[y, x]
            while ground >= 0 and ground != parent[piece] and parent[ground] != piece:
                ground = parent[parent[ground]] if parent[ground] >= 0 else -1
            if ground >= 0:
                sides[at] = ground
    return sides


def peel(
    own: Indices, cover: Counts, mask: Bits, keep: Floats, pinned: Bits, sides: Indices, mostly: Bits, free: bool
) -> None:
    """Take simple points away, least covered first, until none is left that may go.

    Unless it is `free`, a cell goes only where it lies open to its own side; no side takes what is `mostly` another's.
    """
    order = np.argsort(cover, kind="mergesort")
    wide = own[WIDE]
    changed = True
    while changed:
        changed = False
        for k in range(order.shape[0]):
            at = order[k]
            if mask[at] == 0 or pinned[at] == 1 or cover[at] == 0:  # ink around a hole may lie outside of the picture
                continue
            y, x = own[TOP] + at // wide, own[LEFT] + at % wide
            if cover[at] >= keep[y, x]:
                continue
            code = around(mask, at, wide)
            if NUMBER[code] != 1 or NEIGHBORS[code] < 2 or is_end(code, cover, mask, keep, at, wide, y, x):
                continue
            if not is_corner(code, cover, mask, at, wide):
                side = open_side(code, sides, at, wide)
                if side == sides[at] or (free and mostly[y, x] == 0):
                    mask[at], sides[at] = 0, side
                    changed = True


def open_side(code: int, sides: Indices, at: int, wide: int) -> int:
    """The part of the ground that a simple point lies open to."""
    for k in range(0, 8, 2):
        if code >> k & 1 == 0:
            return int(sides[at + DOWN[k] * wide + RIGHT[k]])
    return -1


def is_end(code: int, cover: Counts, mask: Bits, keep: Floats, at: int, wide: int, y: int, x: int) -> bool:
    """Whether a cell of the picture ends a line that lies on the border between two cells, its twin being gone.

    Else such a line would be eaten up from its end, cell by cell, to where others cross it. The line goes straight on,
    turns no corner, will be one cell wide, as no twin covers `keep` further in, and has ink up to its last cell.
    """
    for k in range(0, 8, 2):
        one = DOWN[k] * wide + RIGHT[k]
        for turn in (1, 7):
            if code == 1 << k | 1 << (k + turn) % 8:
                twin = at + DOWN[(k + turn) % 8] * wide + RIGHT[(k + turn) % 8]
                ahead, beyond = at + 2 * one, 2 * twin - at - one
                if mask[ahead] == 0 or cover[ahead] == 0 or mask[beyond] == 1:
                    return False
                if cover[twin + one] >= keep[y + 2 * DOWN[k], x + 2 * RIGHT[k]]:
                    return False
                return bool(CORNER_PART * cover[at] >= max(cover[at + one], cover[twin]))
    return False


def is_corner(code: int, cover: Counts, mask: Bits, at: int, wide: int) -> bool:
    """Whether a cell is where two sides meet, and not a step of a slanted line: both go straight on, and it has ink."""
    for k in range(0, 8, 2):
        if code == 1 << k | 1 << (k + 2) % 8:
            one = DOWN[k] * wide + RIGHT[k]
            other = DOWN[(k + 2) % 8] * wide + RIGHT[(k + 2) % 8]
            straight = mask[at + 2 * one] == 1 and mask[at + 2 * other] == 1
            return straight and CORNER_PART * cover[at] >= max(cover[at + one], cover[at + other])
    return False


def blunt(cover: Counts, mask: Bits, at: int, wide: int) -> None:
    """Take a tip back that a curve doesn't have: a slanted neighbour on each side, and ink in the cell between them."""
    code = around(mask, at, wide)
    for k in range(1, 8, 2):
        middle = (k + 1) % 8
        if code == 1 << k | 1 << (k + 2) % 8:
            to = at + DOWN[middle] * wide + RIGHT[middle]
            if 2 * cover[to] >= cover[at] and NUMBER[around(mask, to, wide)] == 1:
                mask[to], mask[at] = 1, 0
            return


def open_hole(hole: Indices, own: Indices, counts: Counts, mask: Bits) -> None:
    """Give a part of the ground a cell within a piece, unless it has one: where it has most and ink is all around."""
    wide = own[WIDE]
    most, widest, best, place = 0, -1, 0, -1
    for y in range(FRAME_MARGIN, hole[TALL] - FRAME_MARGIN):
        for x in range(FRAME_MARGIN, hole[WIDE] - FRAME_MARGIN):
            count = counts[hole[AT] + y * hole[WIDE] + x]
            if count > 0:
                at = (y + hole[TOP] - own[TOP]) * wide + x + hole[LEFT] - own[LEFT]
                if mask[at] == 0:
                    return
                if count > most:
                    most, widest = count, at
                if count > best and mask[at - 1] & mask[at + 1] & mask[at - wide] & mask[at + wide]:
                    best, place = count, at
    if widest >= 0:
        if best * FAIR_COVER <= most:
            place = widest
            for k in range(0, 8, 2):
                mask[place + DOWN[k] * wide + RIGHT[k]] = 1
        mask[place] = 0
