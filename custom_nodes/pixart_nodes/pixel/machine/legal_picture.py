"""A picture as a machine holds it: indices, each cell's palette, the palettes, and the tiles and their map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .machine import TILE, Machine

Indices = NDArray[np.int64]
Slots = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TileSet:
    """Different tiles [N, 64] and for each place of the map [rows, columns] its tile, mirrorings and palette."""

    tiles: Slots
    index: Indices
    across: Indices
    down: Indices
    palette: Indices


@dataclass(frozen=True, eq=False)
class LegalPicture:
    """Slots [H, W] in the palette of each cell.

    palettes: places among the machine's gamut, [P, K]. cells: which palette each cell has, [rows, columns].
    see_through: slot 0 is glass, as in sprites.
    """

    machine: Machine
    palettes: Indices
    cells: Indices
    slots: Slots
    see_through: bool = False

    @property
    def codes(self) -> Indices:
        """The palettes as the hardware counts colours: [P, K]."""
        return self.machine.gamut.codes[self.palettes]

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The palettes as an emulator shows them: uint8 [P, K, 3]."""
        return self.machine.gamut.colors[self.palettes]

    @cached_property
    def owners(self) -> Indices:
        """The palette of each pixel: [H, W]."""
        return spread(self.cells, self.machine.cell)

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """What is seen: uint8 [H, W, 4], zeros where it is glass."""
        glass = np.full((*self.palettes.shape, 1), 255, np.uint8)
        if self.see_through:
            glass[:, 0] = 0
        table = np.concatenate([self.colors, glass], axis=2)
        table[table[..., 3] == 0] = 0
        return table[self.owners, self.slots]

    @property
    def numbers(self) -> Slots:
        """Palette x colours + slot of each pixel, the form that tools read without a guess: uint8 [H, W]."""
        return (self.owners * self.palettes.shape[1] + self.slots).astype(np.uint8)

    @cached_property
    def tile_set(self) -> TileSet:
        """The different tiles in the order in which they first appear."""
        patterns = blocks(self.slots[..., None], (TILE, TILE))[..., 0]
        tiles, index, way = different(patterns, self.machine.flips)
        rows, columns = self.slots.shape[0] // TILE, self.slots.shape[1] // TILE
        palette = self.owners[::TILE, ::TILE]
        shape = rows, columns
        return TileSet(tiles, index.reshape(shape), (way & 1).reshape(shape), (way >> 1).reshape(shape), palette)


def spread(cells: NDArray[Any], cell: tuple[int, int]) -> Indices:
    """Each cell's value [rows, columns] for each of the cell's pixels: [H, W]; `cell` is a cell's width and height."""
    return np.repeat(np.repeat(cells, cell[1], axis=0), cell[0], axis=1).astype(np.int64)


def blocks(picture: NDArray[Any], cell: tuple[int, int]) -> NDArray[Any]:
    """[H, W, C] cut into cells, row by row: [cells, pixels of a cell, C]."""
    height, width, channels = picture.shape
    across, down = width // cell[0], height // cell[1]
    cut = picture.reshape(down, cell[1], across, cell[0], channels).swapaxes(1, 2)
    return np.ascontiguousarray(cut).reshape(down * across, cell[0] * cell[1], channels)


def joined(parts: NDArray[Any], cell: tuple[int, int], width: int) -> NDArray[Any]:
    """The way back from `blocks`, for one channel: [cells, pixels of a cell] -> [H, W]."""
    across = width // cell[0]
    return parts.reshape(-1, across, cell[1], cell[0]).swapaxes(1, 2).reshape(-1, width)


def mirrored(way: int) -> Indices:
    """Where each of a tile's 64 pixels comes from: bit 0 mirrors it across, bit 1 down."""
    places = np.arange(TILE * TILE).reshape(TILE, TILE)
    return places[:: -1 if way & 2 else 1, :: -1 if way & 1 else 1].ravel()


def different(patterns: Slots, flips: bool) -> tuple[Slots, Indices, Indices]:
    """Each pattern [N, 64] once; for each, which one it is and how that one is mirrored to be it."""
    ways = range(4 if flips else 1)
    forms = [[pattern[mirrored(way)].tobytes() for way in ways] for pattern in patterns]
    least = [min(ways, key=form.__getitem__) for form in forms]
    numbers: dict[bytes, int] = {}
    index = [numbers.setdefault(form[way], len(numbers)) for form, way in zip(forms, least, strict=True)]
    tiles = np.frombuffer(b"".join(numbers), np.uint8).reshape(-1, TILE * TILE)
    return tiles, np.array(index), np.array(least)
