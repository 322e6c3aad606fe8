"""Tiles as each graphics chip has them in memory: [N, 64] slots to bytes, 8 x 8 pixels a tile, row after row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..legal_picture import LegalPicture
from ..machine import TILE

Slots = NDArray[np.uint8]


def _planes(tiles: Slots, count: int) -> Slots:
    """Each row's bytes, one a bit plane, the least bit first: [N, 8, count]."""
    rows = tiles.reshape(-1, TILE, TILE)
    return np.stack([np.packbits(rows >> plane & 1, axis=2)[..., 0] for plane in range(count)], axis=2)


def two_planes(tiles: Slots) -> bytes:
    """Game Boy: a row's low plane, then its high plane."""
    return _planes(tiles, 2).tobytes()


def plane_after_plane(tiles: Slots) -> bytes:
    """NES: the low plane's eight rows, then the high plane's."""
    return _planes(tiles, 2).swapaxes(1, 2).tobytes()


def paired_planes(tiles: Slots) -> bytes:
    """SNES, PC Engine: planes 0 and 1 row by row, then 2 and 3."""
    planes = _planes(tiles, 4)
    return np.concatenate([planes[..., :2].reshape(-1, 16), planes[..., 2:].reshape(-1, 16)], axis=1).tobytes()


def four_planes(tiles: Slots) -> bytes:
    """Master System, Game Gear, WonderSwan Color: a row's four planes, row by row."""
    return _planes(tiles, 4).tobytes()


def high_nibble_first(tiles: Slots) -> bytes:
    """Mega Drive: two pixels a byte, the left one in the high bits."""
    return (tiles[:, ::2] << 4 | tiles[:, 1::2]).astype(np.uint8).tobytes()


def low_nibble_first(tiles: Slots) -> bytes:
    """Game Boy Advance, TIC-80: two pixels a byte, the left one in the low bits."""
    return (tiles[:, 1::2] << 4 | tiles[:, ::2]).astype(np.uint8).tobytes()


def tiles_as(layout: Callable[[Slots], bytes]) -> Callable[[LegalPicture], bytes]:
    """A writer of the different tiles in a layout."""
    return lambda legal: layout(legal.tile_set.tiles)
