"""Pieces of ink pushed off each other without a change to what is joined and what is closed.

Every step moves simple points (see `simple_points`) or a whole piece. What a first pass of steps that are better at
once leaves is negotiated, as wires are that want the same place of a chip (McMurchie and Ebeling, "PathFinder", 1995):
each round makes the cells dearer that are still contended for, until one of the pieces would rather go another way, be
it that it pushes a third one on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..compiled import twins
from .cells import Indices
from .pieces import AT, FRAME_MARGIN, LEFT, TALL, TOP, WIDE, Bits, Counts
from .simple_points import DOWN, NEIGHBORS, NUMBER, RIGHT, around, open_side, sides_of

OVERLAP = 4  # neighbours of another piece that a cell of both pieces is as bad as
PARTING_ROUNDS = 30
CROWD_MARGIN = 2  # cells around the result that ink around a hole and its neighbours may lie in
PATIENT_ROUNDS = 24  # of negotiation without a result that is better than the best one
LONGEST_SHIFT = 6  # cells: a larger piece isn't moved as a whole
ASTRAY = 4  # neighbours of another piece that a cell on the wrong side of its line is as bad as
NOWHERE = -2  # where no part of the ground has most of a cell
STAY = -1


class Piece(NamedTuple):
    """A piece of ink: its number, its frame, and of each cell of that how much it covers and whether it is the piece's.

    Then the part of the ground that a cell is beside, where it isn't the piece's, and the one that has most of it.
    """

    number: int
    own: Indices
    cover: Counts
    mask: Bits
    sides: Indices
    due: Indices


class Board(NamedTuple):
    """What all pieces share: the largest part of the ground in each cell, and the piece that each component lies in.

    `crowd` has how many pieces each cell is of, and how many rounds it was contended for.
    """

    region: Indices
    parent: Indices
    crowd: Counts


@twins.step("parting", patience=1 << 26)
def parted(
    pieces: Indices, frame: Indices, parent: Indices, counts: Counts, ink: Bits, region: Indices, mostly: Bits
) -> Bits:
    """The pieces, in order, pushed off each other where they meet: cells that are simple points of theirs give way.

    Where a line would break it is led around: to the next cell that is farther from the others and that is still ground
    beside the piece, by `region`, the largest part of the ground in each cell [h, w], -1 without. Returns new `ink`.
    """
    first = ink.copy()
    board = Board(region, parent, crowded(pieces, frame, first, region))
    sides = np.full(ink.shape[0], NOWHERE, np.int64)
    for _ in range(PARTING_ROUNDS):
        moved = False
        for n in range(pieces.shape[0]):
            piece = piece_of(pieces[n], frame, counts, first, sides, sides)
            if pushed(piece, board, False):
                moved = True
        if not moved:
            break
    due = sides.copy()
    survey(pieces, frame, counts, first, sides, due, mostly, board)
    least = faults(pieces, frame, counts, first, sides, due, board)
    return first if least == 0 else negotiated(pieces, frame, counts, ink, sides, due, mostly, board, first, least)


def negotiated(
    pieces: Indices,
    frame: Indices,
    counts: Counts,
    ink: Bits,
    sides: Indices,
    due: Indices,
    mostly: Bits,
    board: Board,
    best: Bits,
    least: int,
) -> Bits:
    """Of all rounds of negotiation the ink with the fewest faults, if they are fewer than `least`; else `best`."""
    moving, patience = ink.copy(), PATIENT_ROUNDS
    board = Board(board.region, board.parent, crowded(pieces, frame, moving, board.region))
    survey(pieces, frame, counts, moving, sides, due, mostly, board)
    while least > 0 and patience > 0:
        for n in range(pieces.shape[0]):
            piece = piece_of(pieces[n], frame, counts, moving, sides, due)
            if max(piece.own[TALL], piece.own[WIDE]) <= LONGEST_SHIFT + 2 * FRAME_MARGIN:
                shift(piece, board, np.flatnonzero(piece.mask))
            pushed(piece, board, True)
        left = faults(pieces, frame, counts, moving, sides, due, board)
        patience -= 1
        if left < least:
            best, least, patience = moving.copy(), left, PATIENT_ROUNDS
    return best


def piece_of(number: int, frame: Indices, counts: Counts, ink: Bits, sides: Indices, due: Indices) -> Piece:
    """A piece, with views of its part of the flat tables."""
    own = frame[number]
    first, last = own[AT], own[AT] + own[TALL] * own[WIDE]
    return Piece(number, own, counts[first:last], ink[first:last], sides[first:last], due[first:last])


def crowded(pieces: Indices, frame: Indices, ink: Bits, region: Indices) -> Counts:
    """How many pieces each cell is of, and none contended for: int32 [2, h, w] with margins."""
    crowd = np.zeros((2, region.shape[0] + 2 * CROWD_MARGIN, region.shape[1] + 2 * CROWD_MARGIN), np.int32)
    for n in range(pieces.shape[0]):
        own = frame[pieces[n]]
        for at in range(own[TALL] * own[WIDE]):
            if ink[own[AT] + at]:
                crowd[0, row(own, at), column(own, at)] += 1
    return crowd


def survey(
    pieces: Indices, frame: Indices, counts: Counts, ink: Bits, sides: Indices, due: Indices, mostly: Bits, board: Board
) -> None:
    """Note of each piece which parts of the ground its cells are beside and due to be, as its lines are now."""
    for n in range(pieces.shape[0]):
        piece = piece_of(pieces[n], frame, counts, ink, sides, due)
        piece.sides[:] = sides_of(pieces[n], piece.own, board.parent, board.region)
        settle(piece, mostly)


def settle(piece: Piece, mostly: Bits) -> None:
    """Of sides as the ground has them, make those that lines leave: each part that they enclose has its commonest one.

    What the ground has is kept as due where most of a cell is of it.
    """
    own, mask, sides, due = piece.own, piece.mask, piece.sides, piece.due
    for at in range(mask.shape[0]):
        y, x = own[TOP] + at // own[WIDE], own[LEFT] + at % own[WIDE]
        inside = 0 <= y < mostly.shape[0] and 0 <= x < mostly.shape[1]
        due[at] = sides[at] if inside and mostly[y, x] else NOWHERE
    stack, visited = np.zeros(mask.shape[0], np.int64), mask.copy()
    for start in range(mask.shape[0]):
        if visited[start] == 0:
            visited[start] = 1
            stack[0], size, at = start, 1, 0
            while at < size:
                for k in range(0, 8, 2):
                    y, x = stack[at] // own[WIDE] + DOWN[k], stack[at] % own[WIDE] + RIGHT[k]
                    to = y * own[WIDE] + x
                    if 0 <= y < own[TALL] and 0 <= x < own[WIDE] and visited[to] == 0:
                        visited[to] = 1
                        stack[size] = to
                        size += 1
                at += 1
            sides[stack[:size]] = commonest(sides[stack[:size]])


def commonest(values: Indices) -> int:
    """The value that is there most often, the least of equals."""
    order = np.sort(values)
    best, most, start = order[0], 0, 0
    for n in range(order.shape[0]):
        if order[n] != order[start]:
            start = n
        if n - start + 1 > most:
            best, most = order[n], n - start + 1
    return int(best)


def faults(
    pieces: Indices, frame: Indices, counts: Counts, ink: Bits, sides: Indices, due: Indices, board: Board
) -> int:
    """How many cells of others are in or beside those of each piece, and how many lie on a line's wrong side.

    Cells that are contended for become dearer.
    """
    total = 0
    for n in range(pieces.shape[0]):
        piece = piece_of(pieces[n], frame, counts, ink, sides, due)
        for at in range(piece.mask.shape[0]):
            if piece.mask[at] == 1:
                bad = others(piece, board, at)
                if bad > 0:
                    total += bad
                    board.crowd[1, row(piece.own, at), column(piece.own, at)] += 1
            else:
                total += is_astray(piece, at, piece.sides[at])
    return total


def pushed(piece: Piece, board: Board, late: bool) -> bool:
    """One round for a piece: its cells give way where others are near; whether any did."""
    moved = False
    for at in range(piece.mask.shape[0]):
        if piece.mask[at] == 1:
            bad = others(piece, board, at)
            if bad > 0:
                steps = late_steps(piece, board, at) if late else early_steps(piece, board, at, bad)
                if steps != STAY:
                    take(piece, board, at, steps)
                    moved = True
    return moved


def take(piece: Piece, board: Board, at: int, steps: int) -> None:
    """Let the cells that are so many steps of RING away, as bits, stand for a cell."""
    for k in range(8):
        if steps >> k & 1:
            mark(piece, board, at + DOWN[k] * piece.own[WIDE] + RIGHT[k], 1)
    piece.sides[at] = open_side(around(piece.mask, at, piece.own[WIDE]), piece.sides, at, piece.own[WIDE])
    mark(piece, board, at, -1)


def early_steps(piece: Piece, board: Board, at: int, bad: int) -> int:
    """The step to the cell that a cell can be moved to and be better off, none where it can just go, or STAY.

    Of equals the most covered one.
    """
    mask, wide = piece.mask, piece.own[WIDE]
    code = around(mask, at, wide)
    if NUMBER[code] == 1 and NEIGHBORS[code] >= 2:
        return 0
    best, least, most = STAY, bad, -1
    for k in range(8):
        to = at + DOWN[k] * wide + RIGHT[k]
        if mask[to] or not is_free(piece, board, to) or NUMBER[around(mask, to, wide)] != 1:
            continue
        worse = others(piece, board, to)
        if worse < least or (worse == least and best >= 0 and piece.cover[to] > most):
            mask[to] = 1
            if NUMBER[around(mask, at, wide)] == 1:
                best, least, most = 1 << k, worse, piece.cover[to]
            mask[to] = 0
    return best


def late_steps(piece: Piece, board: Board, at: int) -> int:
    """The steps to one or two cells that can stand for a cell and be better off, none where it can just go, or STAY.

    Two are needed where a line is slanted. No cell that is mostly of the ground on one side goes to the other side.
    """
    mask, wide = piece.mask, piece.own[WIDE]
    code = around(mask, at, wide)
    best, least, most = STAY, price(piece, board, at), -1
    if NUMBER[code] == 1 and NEIGHBORS[code] >= 2 and strayed(piece, at) < least:
        return 0
    for k in range(8):
        one = at + DOWN[k] * wide + RIGHT[k]
        if mask[one] or not is_free(piece, board, one) or NUMBER[around(mask, one, wide)] != 1:
            continue
        alone = price(piece, board, one) - ASTRAY * is_astray(piece, one, int(piece.sides[one]))
        mask[one] = 1
        for n in range(k, 8):
            other = at + DOWN[n] * wide + RIGHT[n]
            worse, more = alone, piece.cover[one]
            if n > k:
                if mask[other] or not is_free(piece, board, other) or NUMBER[around(mask, other, wide)] != 1:
                    continue
                worse += 1 + price(piece, board, other) - ASTRAY * is_astray(piece, other, int(piece.sides[other]))
                more += piece.cover[other]
                mask[other] = 1
            if NUMBER[around(mask, at, wide)] == 1:
                worse += strayed(piece, at)
                if worse < least or (worse == least and best >= 0 and more > most):
                    best, least, most = 1 << k | 1 << n, worse, more
            if n > k:
                mask[other] = 0
        mask[one] = 0
    return best


def strayed(piece: Piece, at: int) -> int:
    """What it costs that a cell is left to the ground that it lies open to."""
    side = open_side(around(piece.mask, at, piece.own[WIDE]), piece.sides, at, piece.own[WIDE])
    return ASTRAY * is_astray(piece, at, side)


def is_astray(piece: Piece, at: int, side: int) -> int:
    """Whether a cell is mostly of ground on another side of its line, 1 or 0."""
    return 1 if piece.due[at] != NOWHERE and piece.due[at] != side else 0


def shift(piece: Piece, board: Board, cells: Indices) -> None:
    """Move a whole piece, whose cells are given, by one where it is better off."""
    own, mask = piece.own, piece.mask
    bad, least, best = 0, shift_price(piece, board, cells, 0), 0
    for at in cells:
        bad += others(piece, board, at)
    if bad == 0:
        return
    for k in range(8):
        step = DOWN[k] * own[WIDE] + RIGHT[k]
        total = shift_price(piece, board, cells, step)
        if total >= 0 and total < least:
            least, best = total, step
    if best != 0:
        old = piece.sides.copy()
        for at in cells:
            mark(piece, board, at, -1)
        for at in range(max(0, best), mask.shape[0] + min(0, best)):
            piece.sides[at] = old[at - best]
        for at in cells:
            mark(piece, board, at + best, 1)


def shift_price(piece: Piece, board: Board, cells: Indices, step: int) -> int:
    """How bad all places of a piece are together when it is moved by a step, or -1 where it can't be."""
    total = 0
    for at in cells:
        if not is_free(piece, board, at + step):
            return -1
        total += price(piece, board, at + step)
    for at in range(max(0, step), piece.mask.shape[0] + min(0, step)):
        if piece.mask[at - step] == 0:
            total += ASTRAY * is_astray(piece, at, piece.sides[at - step])
    return total


def is_free(piece: Piece, board: Board, at: int) -> bool:
    """Whether a place of a piece's frame, not at its edge, is in the picture and no ground apart from the piece."""
    own = piece.own
    inner_y, inner_x = at // own[WIDE], at % own[WIDE]
    y, x = own[TOP] + inner_y, own[LEFT] + inner_x
    if y < 0 or x < 0 or y >= board.region.shape[0] or x >= board.region.shape[1]:
        return False
    if inner_y < 1 or inner_x < 1 or inner_y >= own[TALL] - 1 or inner_x >= own[WIDE] - 1:
        return False
    ground = board.region[y, x]
    return bool(ground < 0 or board.parent[ground] == piece.number or board.parent[piece.number] == ground)


def price(piece: Piece, board: Board, at: int) -> int:
    """How bad a place is for a piece: by those that are there, and by how long it was contended for."""
    return others(piece, board, at) + board.crowd[1, row(piece.own, at), column(piece.own, at)]


def others(piece: Piece, board: Board, at: int) -> int:
    """How many cells of other pieces are in a cell, which counts OVERLAP, and in the eight around."""
    crowd, mask, wide = board.crowd, piece.mask, piece.own[WIDE]
    y, x = row(piece.own, at), column(piece.own, at)
    total = OVERLAP * (crowd[0, y, x] - mask[at])
    for k in range(8):
        total += crowd[0, y + DOWN[k], x + RIGHT[k]] - mask[at + DOWN[k] * wide + RIGHT[k]]
    return total


def mark(piece: Piece, board: Board, at: int, change: int) -> None:
    """Give a piece a cell, 1, or take it, -1."""
    piece.mask[at] = (change + 1) // 2
    board.crowd[0, row(piece.own, at), column(piece.own, at)] += change


def row(own: Indices, at: int) -> int:
    """The row of `crowd` that a place of a frame is in."""
    return own[TOP] + at // own[WIDE] + CROWD_MARGIN


def column(own: Indices, at: int) -> int:
    """The column of `crowd` that a place of a frame is in."""
    return own[LEFT] + at % own[WIDE] + CROWD_MARGIN
