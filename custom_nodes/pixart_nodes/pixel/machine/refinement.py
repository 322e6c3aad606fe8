"""A dithered picture made more like its original: its pixels' slots, and its cells' palettes, one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from . import cell_search, eye_search, likeness, own_colors, tile_reduction
from .cell_cost import FEW_COLORS, GRAIN_WEIGHT, ONE_COLOR, lowest_costs
from .legal_picture import LegalPicture, blocks, different, joined, mirrored
from .machine import TILE

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

TURNS, TURNS_AFTER = 4, 2  # times that all pixels are tried, first and after cells or tiles have changed
TILE_TURNS = 2  # times that each place takes the tile that suits it best by now
NEAR_PALETTES = 4  # palettes that are tried in a cell
PHASES = 4  # of a turn: what is seen far away is looked at anew after each
SETTLED_SHARE = 0.003  # of all pixels: where fewer change, a turn was the last


class Original:
    """A picture's light [H, W, 3], as the eye sees it, and which of its pixels [H, W] may change."""

    def __init__(self, light: Floats, free: Mask, aspect: float) -> None:
        self.free, self.aspect = free, round(aspect)
        self.view = likeness.view(light, self.aspect)

    def shown(self, legal: LegalPicture) -> Floats:
        """A picture as the eye sees it: XYZ [H, W x aspect, 3]."""
        return likeness.view(_light(legal), self.aspect)

    def sight(self, shown: Floats) -> eye_search.Sight:
        """Both pictures, for a search, which changes what is `shown`."""
        return eye_search.sight(shown, self.view, self.aspect)

    def off(self, legal: LegalPicture) -> float:
        """How far the eye tells a picture from the original: mean distance in CIELAB."""
        return self.apart(self.shown(legal))

    def apart(self, shown: Floats) -> float:
        """The mean distance in CIELAB between what the eye sees, XYZ [H, W x aspect, 3], and the original."""
        return float(likeness.apart(self.view, shown).mean())


class Options(NamedTuple):
    """Palettes [S, K] as places of the gamut, which each cell has, [C], and which are worth a try there, [C, N]."""

    palettes: Indices
    owners: Indices
    choices: Indices


def improved(legal: LegalPicture, colors: NDArray[np.uint8], visible: Mask) -> LegalPicture:
    """The picture made as like as can be to sRGB `colors` [H, W, 3], where `visible` [H, W], in any number of tiles.

    Pixels that have exactly their colour keep it.
    """
    original = Original(spaces.linear(colors), visible & ~_exact(legal, colors), legal.machine.aspect)
    now = refined(legal, original)
    if legal.machine.palettes != 1:
        other = recolored(now, original, _options(now, blocks(spaces.oklab(colors), legal.machine.cell)))
        now = min(now, refined(other, original, TURNS_AFTER), key=original.off)
    return now


def retiled(legal: LegalPicture, colors: NDArray[np.uint8], visible: Mask) -> LegalPicture:
    """As `improved`, with no more tiles than there are: each becomes what suits all of its places."""
    light = spaces.linear(colors)
    original = Original(light, visible & ~_exact(legal, colors), legal.machine.aspect)
    best = now = refined(legal, original, tied=True)
    for _ in range(TILE_TURNS):
        now = refined(tile_reduction.placed(now, light), original, TURNS_AFTER, tied=True)
        best = min(best, now, key=original.off)
    return best


def _exact(legal: LegalPicture, colors: NDArray[np.uint8]) -> Mask:
    return (legal.pixels[..., :3] == colors).all(axis=2)


def _options(legal: LegalPicture, cells: Floats) -> Options:
    machine = legal.machine
    if not machine.palettes:
        palettes = own_colors.sets(machine, int(legal.palettes[0, 0]) if machine.shared else None)
        numbers = {tuple(each): number for number, each in enumerate(palettes.tolist())}
        owners = np.array([numbers[tuple(each)] for each in legal.palettes[legal.cells.reshape(-1)].tolist()])
        return Options(palettes, owners, own_colors.likely(cells, machine, palettes))
    points, first = cells.reshape(-1, 3), int(legal.see_through)
    grain = GRAIN_WEIGHT if machine.colors <= FEW_COLORS else ONE_COLOR
    costs = [lowest_costs(points, machine.gamut.lab[palette[first:]], grain) for palette in legal.palettes]
    whole = np.stack(costs, axis=1).reshape(*cells.shape[:2], -1).sum(axis=1)
    choices = np.argsort(whole, axis=1, kind="stable")[:, :NEAR_PALETTES]
    return Options(legal.palettes, legal.cells.reshape(-1), np.ascontiguousarray(choices))


def refined(legal: LegalPicture, original: Original, turns: int = TURNS, *, tied: bool = False) -> LegalPicture:
    """The picture with those slots by which the eye tells it least from its original.

    tied: tiles that are equal stay so, so that there are no more of them.
    """
    tiles = _tiles(legal, tied)
    free = _anywhere(blocks(original.free[..., None], _block(legal))[..., 0], tiles)
    colors = eye_search.parts(spaces.linear(legal.colors))
    now, shown = legal, original.shown(legal)
    best = legal, original.apart(shown)
    for _ in range(turns):
        count = 0
        for phase in range(PHASES):
            count += eye_search.sweep(original.sight(shown), tiles, colors, free, phase, int(legal.see_through))
            now = replace(legal, slots=_slots(tiles, legal))
            shown = original.shown(now)
        best = min(best, (now, original.apart(shown)), key=lambda each: each[1])
        if count < SETTLED_SHARE * original.free.size:
            break
    return best[0]


def recolored(legal: LegalPicture, original: Original, options: Options) -> LegalPicture:
    """The picture with the best of its options for each cell, where slots are then chosen anew."""
    cells, colors, free = _searched(legal, original, options)
    now = legal
    for phase in range(cell_search.PHASES):
        cell_search.recolor(original.sight(original.shown(now)), cells, colors, free, phase, int(legal.see_through))
        now = _in_cells(legal, cells, options.palettes)
    return now


def _searched(legal: LegalPicture, original: Original, options: Options) -> tuple[cell_search.Cells, Floats, Mask]:
    """The cells to search, all palettes by their parts, and each cell's free pixels."""
    cell, width = legal.machine.cell, legal.slots.shape[1]
    shape = width // cell[0], cell[1], cell[0], original.aspect
    slots = blocks(legal.slots[..., None], cell)[..., 0]
    cells = cell_search.Cells(slots, options.owners.copy(), options.choices, shape)
    colors = eye_search.parts(spaces.linear(legal.machine.gamut.colors[options.palettes]))
    return cells, colors, blocks(original.free[..., None], cell)[..., 0]


def _in_cells(legal: LegalPicture, cells: cell_search.Cells, palettes: Indices) -> LegalPicture:
    slots = joined(cells.slots, legal.machine.cell, legal.slots.shape[1])
    if legal.machine.palettes:
        return replace(legal, slots=slots, cells=cells.owners.reshape(legal.cells.shape))
    own = legal.palettes.copy()
    own[legal.cells.reshape(-1)] = palettes[cells.owners]
    return replace(legal, slots=slots, palettes=own)


def _light(legal: LegalPicture) -> Floats:
    """What is shown, where it is glass black: [H, W, 3]."""
    shown = spaces.linear(legal.colors)[legal.owners, legal.slots]
    return np.where((legal.slots == 0)[..., None], 0.0, shown) if legal.see_through else shown


def _block(legal: LegalPicture) -> tuple[int, int]:
    return (TILE, TILE) if legal.machine.palettes else legal.machine.cell


def _tiles(legal: LegalPicture, tied: bool) -> eye_search.Tiles:
    """The picture's blocks; those that are equal as one where they are tied."""
    width, height = _block(legal)
    slots = blocks(legal.slots[..., None], (width, height))[..., 0]
    owners = blocks(legal.owners[..., None], (width, height))[:, 0, 0]
    turns = np.arange(width * height)[None]
    number, ways = np.arange(len(slots)), np.zeros(len(slots), np.int64)
    if tied:
        slots, number, ways = different(slots, legal.machine.flips)
        turns = np.stack([mirrored(way) for way in range(4)])
    places = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[places], np.arange(len(slots) + 1))
    shape = legal.slots.shape[1] // width, height, width, round(legal.machine.aspect)
    return eye_search.Tiles(slots.copy(), starts, places, ways[places], owners[places], turns, shape)


def _anywhere(free: Mask, tiles: eye_search.Tiles) -> Mask:
    """Which pixels of each pattern are free at one of its places: [N, pixels]."""
    turned = np.take_along_axis(free[tiles.places], tiles.turns[tiles.ways], axis=1)
    return np.logical_or.reduceat(turned, tiles.starts[:-1], axis=0)


def _slots(tiles: eye_search.Tiles, legal: LegalPicture) -> NDArray[np.uint8]:
    number = np.repeat(np.arange(len(tiles.patterns)), np.diff(tiles.starts))
    parts = np.empty((len(number), tiles.patterns.shape[1]), np.uint8)
    parts[tiles.places] = np.take_along_axis(tiles.patterns[number], tiles.turns[tiles.ways], axis=1)
    return joined(parts, _block(legal), legal.slots.shape[1])
