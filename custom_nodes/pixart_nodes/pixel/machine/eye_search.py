"""Pixels, and cells' palettes, changed one by one as long as an eye at a distance sees the picture nearer its original.

M. Analoui, J. P. Allebach, "Model-based halftoning using direct binary search" (1992), with the eye of `likeness.py`
and CIELAB instead of a linear one: few large errors are seen less than their sum says. All go step by step, so there
is one form of it, which is compiled where numba is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from . import likeness

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Slots = NDArray[np.uint8]

STEPS = 1 << 12  # of the table of roots, from black to white
REACH = likeness.REACH
NEVER = 1e300  # above any distance
STAYING_SHARE = 0.9  # of how far apart rows are that are still to be looked at: what no colour takes away
ENOUGH_GAIN = 1e-7  # of CIELAB: a change that gains less is none


class Sight(NamedTuple):
    """Shown colours in XYZ [H, W, 3], the goal's roots [H, W, 3], and the gaps between both in CIELAB [H, W].

    taps: what a pixel's opponent colours add to those around it, [5, 4 + aspect, 3]; `roots` [STEPS + 1] the table.
    """

    shown: Floats
    goal: Floats
    gaps: Floats
    taps: Floats
    roots: Floats


SightParts = tuple[Floats, Floats, Floats, Floats, Floats]  # a Sight, or its parts


class Tiles(NamedTuple):
    """Patterns [N, h x w] of slots and where each stands: places `starts[n]` to `starts[n + 1]` have pattern n.

    places, ways, owners: of each its number on the screen row by row, its mirroring and its palette, [M] each.
    turns: where a mirrored block's pixels come from, [4, h x w]; shape: places in a row, h, w, a pixel's width.
    """

    patterns: Slots
    starts: Indices
    places: Indices
    ways: Indices
    owners: Indices
    turns: Indices
    shape: tuple[int, int, int, int]


def sight(shown: Floats, goal: Floats, aspect: int) -> Sight:
    """What a search needs to see of the shown picture and its goal, XYZ [H, W x aspect, 3] after the eye's blur."""
    table = likeness.roots(np.arange(STEPS + 1) / STEPS)
    target = likeness.roots(goal)
    gap = likeness.mixed(_roots(shown, table) - target, likeness.ROOTS_TO_LAB)
    gaps = np.sqrt((gap * gap).sum(axis=2))
    return Sight(np.ascontiguousarray(shown), np.ascontiguousarray(target), gaps, _taps(aspect), table)


def parts(light: Floats) -> Floats:
    """XYZ of each of the opponent colours of light [..., 3]: [..., 3, 3]."""
    opponent = likeness.mixed(light, likeness.OPPONENT)
    return np.ascontiguousarray(opponent[..., :, None] * likeness.BACK.T)


def _taps(aspect: int) -> Floats:
    planes = []
    for number, (share, _) in enumerate(likeness.NARROW_BLURS):
        down = likeness.narrow_blur(number)
        across = np.zeros(len(down) + aspect - 1)
        for column in range(aspect):
            across[column : column + len(down)] += down
        planes.append(share * down[:, None] * across)
    return np.ascontiguousarray(np.stack(planes, axis=-1))


def _roots(responses: Floats, table: Floats) -> Floats:
    at = np.maximum(responses, 0.0) * STEPS
    below = np.minimum(at.astype(np.int64), STEPS - 1)
    return np.where(at >= STEPS, table[STEPS], table[below] + (table[below + 1] - table[below]) * (at - below))


def root(response: float, table: Floats) -> float:
    """CIELAB's root of one response, by the table."""
    at = max(response, 0.0) * STEPS
    if at >= STEPS:
        return table[STEPS]
    below = int(at)
    return table[below] + (table[below + 1] - table[below]) * (at - below)


def lab_offset(x: float, y: float, z: float, goal: Floats) -> tuple[float, float, float]:
    """In brightness, red and blue of CIELAB how far a colour is off the goal [3], both given by their roots."""
    x, y, z = x - goal[0], y - goal[1], z - goal[2]
    return 116.0 * y, 500.0 * (x - y), 200.0 * (y - z)


def gap(x: float, y: float, z: float, goal: Floats) -> float:
    """The distance in CIELAB of a colour from the goal [3], both given by their roots."""
    bright, red, blue = lab_offset(x, y, z, goal)
    return np.sqrt(bright * bright + red * red + blue * blue)


def around(gaps: Floats, top: int, left: int, taps: Floats) -> float:
    """The sum of the gaps of all places that a pixel adds to; the pixel's first tap is at `top`, `left`."""
    total = 0.0
    for down in range(max(0, -top), min(taps.shape[0], gaps.shape[0] - top)):
        for across in range(max(0, -left), min(taps.shape[1], gaps.shape[1] - left)):
            total += gaps[top + down, left + across]
    return total


def moved(response: float, a: float, b: float, c: float, old: Floats, new: Floats) -> float:
    """What a pixel's change in its three opponent colours makes of one response near it."""
    return response + a * (new[0] - old[0]) + b * (new[1] - old[1]) + c * (new[2] - old[2])


def tried(sight: SightParts, top: int, left: int, old: Floats, new: Floats, rest: float, most: float) -> float:
    """What `around` would be with another colour, both by their `parts`; NEVER where it won't be below `most`.

    `rest` is what `around` is now. The rows nearest to the pixel come first: they change most.
    """
    shown, goal, gaps, taps, table = sight
    total = 0.0
    for turn in range(taps.shape[0]):
        down = REACH - (turn + 1) // 2 if turn % 2 else REACH + turn // 2
        y = top + down
        if y < 0 or y >= gaps.shape[0]:
            continue
        for across in range(max(0, -left), min(taps.shape[1], gaps.shape[1] - left)):
            x = left + across
            a, b, c = taps[down, across, 0], taps[down, across, 1], taps[down, across, 2]
            one = root(moved(shown[y, x, 0], a, b, c, old[:, 0], new[:, 0]), table)
            two = root(moved(shown[y, x, 1], a, b, c, old[:, 1], new[:, 1]), table)
            three = root(moved(shown[y, x, 2], a, b, c, old[:, 2], new[:, 2]), table)
            total += gap(one, two, three, goal[y, x])
            rest -= gaps[y, x]
        if total + STAYING_SHARE * rest >= most:
            return NEVER
    return total


def change(sight: SightParts, top: int, left: int, old: Floats, new: Floats) -> None:
    """Change a pixel from the colour `old` to `new`, both by their `parts`, in what is shown and in the gaps."""
    shown, goal, gaps, taps, table = sight
    for down in range(max(0, -top), min(taps.shape[0], gaps.shape[0] - top)):
        y = top + down
        for across in range(max(0, -left), min(taps.shape[1], gaps.shape[1] - left)):
            x = left + across
            a, b, c = taps[down, across, 0], taps[down, across, 1], taps[down, across, 2]
            for axis in range(3):
                shown[y, x, axis] = moved(shown[y, x, axis], a, b, c, old[:, axis], new[:, axis])
            one, two, three = root(shown[y, x, 0], table), root(shown[y, x, 1], table), root(shown[y, x, 2], table)
            gaps[y, x] = gap(one, two, three, goal[y, x])


def corner(tiles: Tiles, place: int, pixel: int) -> tuple[int, int]:
    """The top and left of the taps of a pattern's pixel at one of its places."""
    per_row, height, width, aspect = tiles[6]
    number, at = tiles[2][place], tiles[5][tiles[3][place], pixel]
    row, column = number // per_row * height + at // width, number % per_row * width + at % width
    return row - REACH, column * aspect - REACH


def better_slot(sight: SightParts, tiles: Tiles, colors: Floats, number: int, pixel: int, first: int) -> int:
    """The slot of a pattern's pixel with which all of its places are nearest to the original; of equals its own."""
    patterns, starts, _, _, owners, _, _ = tiles
    own, before = patterns[number, pixel], 0.0
    for place in range(starts[number], starts[number + 1]):
        top, left = corner(tiles, place, pixel)
        before += around(sight[2], top, left, sight[3])
    least, best = before - ENOUGH_GAIN, own
    for slot in range(first, colors.shape[1]):
        if slot == own:
            continue
        total = 0.0
        for place in range(starts[number], starts[number + 1]):
            top, left = corner(tiles, place, pixel)
            old, new = colors[owners[place], own], colors[owners[place], slot]
            rest = around(sight[2], top, left, sight[3])
            total += tried(sight, top, left, old, new, rest, least - total)
            if total >= least:
                break
        if total < least:
            least, best = total, slot
    return best


@twins.step("eye_search", patience=0)
def sweep(sight: Sight, tiles: Tiles, colors: Floats, free: NDArray[np.bool_], phase: int, first: int) -> int:
    """Give the free pixels of one phase better slots, where there are; how many changed.

    colors: `parts` of the palettes [P, K, 3, 3]; free [N, h x w]. What is shown and the patterns are changed in place.
    """
    patterns, starts, _, _, owners, _, shape = tiles
    count = 0
    for number in range(patterns.shape[0]):
        for pixel in range(patterns.shape[1]):
            if not free[number, pixel] or (pixel % shape[2] + 3 * (pixel // shape[2])) % 4 != phase:
                continue
            own, slot = patterns[number, pixel], better_slot(sight, tiles, colors, number, pixel, first)
            if slot != own:
                for place in range(starts[number], starts[number + 1]):
                    top, left = corner(tiles, place, pixel)
                    change(sight, top, left, colors[owners[place], own], colors[owners[place], slot])
                patterns[number, pixel] = slot
                count += 1
    return count
