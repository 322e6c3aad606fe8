"""The order of slots that leaves the fewest different tiles: colours alone don't tell in which a picture was drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from .legal_picture import LegalPicture, blocks, joined
from .machine import TILE

Slots = NDArray[np.uint8]
Indices = NDArray[np.int64]

MOST_ORDERS = 1000  # of all palettes together, up to which each is tried: the NES has 216
LIKELIEST_ORDERS = 8  # orders for which cells that several palettes can colour are looked at too
NO_SLOT = 255  # the slot of a colour that a palette lacks


def thrifty(legal: LegalPicture) -> LegalPicture:
    """The same pixels with fewer different tiles, where they are more than the machine has room for.

    Slot 0 stays. Nothing is tried where palettes are too many or too large for all of their orders.
    """
    machine, (count, colors) = legal.machine, legal.palettes.shape
    orders = math.factorial(colors - 1) ** (count - 1)
    if not machine.shared or not machine.tiles or count == 1 or orders > MOST_ORDERS:
        return legal
    if len(legal.tile_set.tiles) <= machine.tiles:
        return legal
    tiles, able = _tiles(legal)
    alone = able.sum(axis=1) == 1
    likely = sorted(_orders(count, colors), key=lambda order: _different(tiles, able & alone[:, None], order))
    tries = [(order, _owners(legal, tiles, able, order)) for order in likely[:LIKELIEST_ORDERS]]
    order, owners = min(tries, key=lambda each: _different(tiles, _only(each[1], count), each[0]))
    return _ordered(legal, tiles, order, owners)


def _orders(count: int, colors: int) -> Iterator[Slots]:
    """Which slot each slot of each palette becomes [P, K]; the first palette stays, since only the others' matter."""
    first = tuple(range(colors))
    ways = [(0, *way) for way in permutations(range(1, colors))]
    for others in product(ways, repeat=count - 1):
        yield np.array((first, *others), np.uint8)


def _tiles(legal: LegalPicture) -> tuple[Slots, NDArray[np.bool_]]:
    """Each tile in the slots of each palette [P, T, 64], and whether that one has all colours of its cell [T, P]."""
    colors = legal.palettes[legal.owners, legal.slots]
    if legal.see_through:
        colors = np.where(legal.slots == 0, -1, colors)
    parts = blocks(colors[..., None], (TILE, TILE))[..., 0]
    tiles = np.full((len(legal.palettes), *parts.shape), NO_SLOT, np.uint8)
    for number, palette in enumerate(legal.palettes):
        for slot in range(len(palette) - 1, -1, -1):
            color = -1 if legal.see_through and slot == 0 else palette[slot]
            tiles[number][parts == color] = slot
    across, down = (side // TILE for side in legal.machine.cell)
    lacks = (tiles == NO_SLOT).any(axis=2).reshape(len(tiles), *legal.tile_set.index.shape)
    cells = lacks.reshape(len(tiles), lacks.shape[1] // down, down, lacks.shape[2] // across, across).any(axis=(2, 4))
    whole = np.repeat(np.repeat(cells, down, axis=1), across, axis=2)
    return tiles, ~whole.reshape(len(tiles), -1).T


def _different(tiles: Slots, chosen: NDArray[np.bool_], order: Slots) -> int:
    """How many different ones the chosen tiles are, in their palettes [T, P], in that order."""
    parts = [order[palette][tiles[palette, chosen[:, palette]]] for palette in range(len(order))]
    return len(np.unique(np.concatenate(parts).view(f"V{TILE * TILE}")))


def _only(owners: Indices, count: int) -> NDArray[np.bool_]:
    return owners.reshape(-1, 1) == np.arange(count)


def _owners(legal: LegalPicture, tiles: Slots, able: NDArray[np.bool_], order: Slots) -> Indices:
    """The palette of each tile [rows, columns]: of those that can colour its cell, the one that adds fewest tiles."""
    across, down = (side // TILE for side in legal.machine.cell)
    shape = legal.tile_set.index.shape
    numbers = np.arange(shape[0] * shape[1]).reshape(shape)
    cells = [
        numbers[row : row + down, column : column + across].ravel()
        for row in range(0, shape[0], down)
        for column in range(0, shape[1], across)
    ]
    tile_keys: set[bytes] = set()
    owners = np.zeros(numbers.size, np.int64)
    for cell in sorted(cells, key=lambda each: able[each[0]].sum()):
        options = [
            ({order[palette][tiles[palette, tile]].tobytes() for tile in cell}, palette)
            for palette in np.flatnonzero(able[cell[0]]).tolist()
        ]
        added, palette = min(options, key=lambda option: (len(option[0] - tile_keys), option[1]))
        tile_keys |= added
        owners[cell] = palette
    return owners.reshape(shape)


def _ordered(legal: LegalPicture, tiles: Slots, order: Slots, owners: Indices) -> LegalPicture:
    palettes = np.empty_like(legal.palettes)
    np.put_along_axis(palettes, order.astype(np.int64), legal.palettes, axis=1)
    flat = owners.ravel()
    slots = np.stack([order[palette][tiles[palette, tile]] for tile, palette in enumerate(flat)])
    across, down = (side // TILE for side in legal.machine.cell)
    shown = joined(slots, (TILE, TILE), legal.slots.shape[1])
    result = replace(legal, palettes=palettes, cells=owners[::down, ::across], slots=shown)
    return result if len(result.tile_set.tiles) < len(legal.tile_set.tiles) else legal
