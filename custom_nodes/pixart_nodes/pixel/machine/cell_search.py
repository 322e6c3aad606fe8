"""Cells given another palette where an eye at a distance then sees the picture nearer its original."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .eye_search import ENOUGH_GAIN, NEVER, REACH, Sight, SightParts, around, change, gap, lab_offset, root, tried

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Slots = NDArray[np.uint8]
Mask = NDArray[np.bool_]

CELL_TURNS = 2  # times that the pixels of a cell are tried in another palette
HOPE_TIMES = 1.1  # times the best so far: what is farther off after a turn has never become the best by another one
STRIP = 2  # pixels on each side of an edge of a cell that are compared
SEEN_EDGE = 3.0
PHASES = 4  # of cells, none of which touch


class Cells(NamedTuple):
    """Slots [C, h x w] and palette [C] of each cell; which palettes are worth a try in each, [C, N].

    shape: cells in a row, h, w, a pixel's width.
    """

    slots: Slots
    owners: Indices
    choices: Indices
    shape: tuple[int, int, int, int]


def likest_slot(wish: Floats, colors: Floats, table: Floats, first: int) -> tuple[int, float]:
    """The slot of a palette [K, 3, 3] that looks most like a colour, both by their `parts`, and how far it is."""
    target = np.zeros(3)
    for axis in range(3):
        target[axis] = root(wish[0, axis] + wish[1, axis] + wish[2, axis], table)
    least, best = NEVER, first
    for slot in range(first, colors.shape[0]):
        one = colors[slot]
        x = root(one[0, 0] + one[1, 0] + one[2, 0], table)
        y = root(one[0, 1] + one[1, 1] + one[2, 1], table)
        z = root(one[0, 2] + one[1, 2] + one[2, 2], table)
        off = gap(x, y, z, target)
        if off < least:
            least, best = off, slot
    return best, least


def repainted(
    sight: SightParts, slots: Slots, old: Floats, new: Floats, free: Mask, where: Indices, first: int
) -> bool:
    """Put a cell's slots into another palette, each as the likest colour; False where one that isn't free can't be.

    where: top and left of the cell within what is seen, its width in pixels, a pixel's width.
    """
    like = np.zeros(old.shape[0], np.int64)
    equal = np.zeros(old.shape[0], np.bool_)
    for slot in range(first, old.shape[0]):
        like[slot], off = likest_slot(old[slot], new, sight[4], first)
        equal[slot] = off == 0.0
    for pixel in range(slots.shape[0]):
        own = slots[pixel]
        if own < first:
            continue
        if not free[pixel] and not equal[own]:
            return False
        top, left = where[0] + pixel // where[2], where[1] + pixel % where[2] * where[3]
        change(sight, top - REACH, left - REACH, old[own], new[like[own]])
        slots[pixel] = like[own]
    return True


def settled(sight: SightParts, slots: Slots, colors: Floats, free: Mask, where: Indices, first: int) -> None:
    """Give a cell's free pixels the slots with which what is seen is nearest, pixel by pixel."""
    for pixel in range(slots.shape[0]):
        own = slots[pixel]
        if not free[pixel] or own < first:
            continue
        top = where[0] + pixel // where[2] - REACH
        left = where[1] + pixel % where[2] * where[3] - REACH
        before = around(sight[2], top, left, sight[3])
        least, best = before - ENOUGH_GAIN, own
        for slot in range(first, colors.shape[0]):
            if slot == own:
                continue
            off = tried(sight, top, left, colors[own], colors[slot], before, least)
            if off < least:
                least, best = off, slot
        if best != own:
            change(sight, top, left, colors[own], colors[best])
            slots[pixel] = best


def total(gaps: Floats) -> float:
    """The sum of all gaps [H, W], added up in order."""
    whole = 0.0
    for y in range(gaps.shape[0]):
        for x in range(gaps.shape[1]):
            whole += gaps[y, x]
    return whole


def seams(sight: SightParts, cell: Indices) -> float:
    """How far what is off in a cell is from what is off beside it, along its four edges, in CIELAB times pixels.

    cell: its top, left, bottom and right within what is seen. An edge of a cell is seen where colours on its two sides
    are off in unlike ways, even if each of them is as near as can be.
    """
    whole = 0.0
    if min(cell[2] - cell[0], cell[3] - cell[1]) < 2 * STRIP:
        return whole
    for side in range(4):
        along, edge, back = 1 - side % 2, cell[side], side >= 2  # along the columns of a row, or the rows of a column
        beyond, start, stop = sight[2].shape[1 - along], cell[along], cell[along + 2]
        if (edge + STRIP > beyond) if back else (edge < STRIP):
            continue
        inner, outer = np.zeros(3), np.zeros(3)
        for at in range(start, stop):
            for deep in range(STRIP):
                far, near = (edge + deep, edge - 1 - deep) if back else (edge - 1 - deep, edge + deep)
                add_off(sight, (near, at) if along else (at, near), inner)
                add_off(sight, (far, at) if along else (at, far), outer)
        whole += np.sqrt(((inner - outer) ** 2).sum()) / STRIP
    return whole * SEEN_EDGE


def add_off(sight: SightParts, at: tuple[int, int], sums: Floats) -> None:
    """Add how a place is off, in brightness, red and blue of CIELAB."""
    shown, goal, _, _, table = sight
    x, y, z = root(shown[at][0], table), root(shown[at][1], table), root(shown[at][2], table)
    bright, red, blue = lab_offset(x, y, z, goal[at])
    sums[0] += bright
    sums[1] += red
    sums[2] += blue


@twins.step("cell_search", patience=0)
def recolor(sight: Sight, cells: Cells, colors: Floats, free: Mask, phase: int, first: int) -> int:
    """Give the cells of one phase the best of their choices; how many changed.

    colors: `parts` of all palettes [S, K, 3, 3]; free [C, h x w]. What is shown, the cells' slots and palettes are
    changed in place.
    """
    shown, target, gaps, taps, table = sight
    slots, owners, choices, shape = cells
    per_row, height, width, aspect = shape
    count = 0
    for cell in range(slots.shape[0]):
        row, column = cell // per_row, cell % per_row
        if row % 2 * 2 + column % 2 != phase:
            continue
        top, bottom = max(0, row * height - REACH), min(gaps.shape[0], (row + 1) * height + REACH)
        left = max(0, column * width * aspect - REACH)
        right = min(gaps.shape[1], (column + 1) * width * aspect + REACH)
        where = np.array([row * height - top, column * width * aspect - left, width, aspect])
        goal = target[top:bottom, left:right].copy()
        best_shown, best_gaps = shown[top:bottom, left:right].copy(), gaps[top:bottom, left:right].copy()
        edges = np.array([where[0], where[1], where[0] + height, where[1] + width * aspect])
        least = total(best_gaps) + seams((best_shown, goal, best_gaps, taps, table), edges) - ENOUGH_GAIN
        own, old = owners[cell], slots[cell].copy()
        for choice in choices[cell]:
            if choice == own:
                continue
            part = (shown[top:bottom, left:right].copy(), goal, gaps[top:bottom, left:right].copy(), taps, table)
            mine = old.copy()
            if not repainted(part, mine, colors[own], colors[choice], free[cell], where, first):
                continue
            whole = NEVER
            for turn in range(CELL_TURNS):
                if turn == 0 or whole < HOPE_TIMES * least:
                    settled(part, mine, colors[choice], free[cell], where, first)
                    whole = total(part[2]) + seams(part, edges)
            if whole < least:
                least, owners[cell] = whole, choice
                slots[cell] = mine
                best_shown, best_gaps = part[0], part[2]
        if owners[cell] != own:
            shown[top:bottom, left:right] = best_shown
            gaps[top:bottom, left:right] = best_gaps
            count += 1
    return count
