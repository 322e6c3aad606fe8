"""Maps, attribute maps and palettes of machines whose screen is a map of tiles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..legal_picture import LegalPicture, TileSet

Words = NDArray[np.int64]
Form = Callable[[TileSet], Words]

LITTLE, BIG = "<u2", ">u2"  # words with the low byte first; with the high byte first
PC_ENGINE_FIRST = 64  # tiles' room that a map of 32 x 32 takes
NES_ROWS = 16  # of 16 x 16 blocks in an attribute table, of which the last isn't seen


def numbers(tiles: TileSet) -> Words:
    """The tile alone."""
    return tiles.index


def game_boy_color(tiles: TileSet) -> Words:
    """The attribute byte: palette, tile bank, mirrorings."""
    return tiles.palette | (tiles.index > 255) << 3 | tiles.across << 5 | tiles.down << 6


def super_nintendo(tiles: TileSet) -> Words:
    """vhopppcc cccccccc."""
    return tiles.index | tiles.palette << 10 | tiles.across << 14 | tiles.down << 15


def mega_drive(tiles: TileSet) -> Words:
    """pccvhnnn nnnnnnnn."""
    return tiles.index | tiles.across << 11 | tiles.down << 12 | tiles.palette << 13


def master_system(tiles: TileSet) -> Words:
    """---pcvhn nnnnnnnn."""
    return tiles.index | tiles.across << 9 | tiles.down << 10 | tiles.palette << 11


def pc_engine(tiles: TileSet) -> Words:
    """ppppnnnn nnnnnnnn, tiles counted from the video memory's beginning: the first one lies behind the map."""
    return tiles.index + PC_ENGINE_FIRST | tiles.palette << 12


def advance(tiles: TileSet) -> Words:
    """ppppvhnn nnnnnnnn of the Game Boy Advance."""
    return tiles.index | tiles.across << 10 | tiles.down << 11 | tiles.palette << 12


def wonderswan(tiles: TileSet) -> Words:
    """vh-ppppn nnnnnnnn; the bit between is the tiles' second bank, for which a screen has too few places."""
    return tiles.index | tiles.palette << 9 | tiles.across << 14 | tiles.down << 15


def padded(words: Words, width: int, height: int, top: int = 0, left: int = 0) -> Words:
    """In a map of that size, 0 around it."""
    whole = np.zeros((height, width), np.int64)
    whole[top : top + words.shape[0], left : left + words.shape[1]] = words
    return whole


def byte_map(form: Form) -> Callable[[LegalPicture], bytes]:
    """A writer of a map with a byte a tile, of the picture's size."""
    return lambda legal: (form(legal.tile_set) & 255).astype(np.uint8).tobytes()


def word_map(form: Form, order: str) -> Callable[[LegalPicture], bytes]:
    """A writer of a map with two bytes a tile, of the picture's size."""
    return lambda legal: form(legal.tile_set).astype(order).tobytes()


def filled(legal: LegalPicture) -> NDArray[np.int64]:
    """The codes of all palettes that the machine has, unused ones as the first: [palettes, colours]."""
    codes = legal.codes
    missing = legal.machine.palettes - len(codes)
    return np.concatenate([codes, codes[:1].repeat(missing, axis=0)])


def byte_palette(legal: LegalPicture) -> bytes:
    """A byte a colour, palette after palette."""
    return filled(legal).astype(np.uint8).tobytes()


def word_palette(order: str) -> Callable[[LegalPicture], bytes]:
    """A writer of two bytes a colour, palette after palette."""
    return lambda legal: filled(legal).astype(order).tobytes()


def nes_attributes(legal: LegalPicture) -> bytes:
    """64 bytes, each of which has the palettes of four blocks of 16 x 16."""
    blocks = padded(legal.cells, 16, NES_ROWS)
    corners = blocks[::2, ::2], blocks[::2, 1::2], blocks[1::2, ::2], blocks[1::2, 1::2]
    parts = np.stack([corner << 2 * place for place, corner in enumerate(corners)])
    return parts.sum(axis=0).astype(np.uint8).tobytes()
