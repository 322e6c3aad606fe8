"""What a surface is made of, as darker and lighter pixels on it, drawn in whole pixels at every size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Steps: TypeAlias = NDArray[np.int8]  # -1 is a tone darker, 1 a tone lighter
Places: TypeAlias = NDArray[np.int64]

MIX = (73_856_093, 19_349_663, 83_492_791)  # primes of a spatial hash (M. Teschner and others 2003)
COARSE = 24  # pixels of a side below which no texture is drawn: there it would be noise


def noise(y: Places, x: Places, seed: int) -> Places:
    """A number from 0 to 99 that a place always has."""
    mixed = (y * MIX[0]) ^ (x * MIX[1]) ^ (seed % 65_536 * MIX[2])
    mixed = (mixed ^ (mixed >> 13)) * 1_274_126_177 % (1 << 31)
    return (mixed ^ (mixed >> 16)) % 100


def _brick(y: Places, x: Places, cell: int, seed: int) -> Steps:
    course, across = np.divmod(y, cell)[0], x + np.divmod(y, cell)[0] % 2 * cell
    joint = (y % cell == cell - 1) | (across % (2 * cell) == 2 * cell - 1)
    return np.where(joint, -1, np.where(noise(course, across // (2 * cell), seed) < 12, 1, 0)).astype(np.int8)


def _wood(y: Places, x: Places, cell: int, seed: int) -> Steps:
    board = y // cell
    butt = (x + board * 5 * cell // 2) % (6 * cell) == 0
    return np.where((y % cell == cell - 1) | butt, -1, 0).astype(np.int8)


def _leaf(y: Places, x: Places, cell: int, seed: int) -> Steps:
    clump = noise(y // cell, x // cell, seed)
    v, u = y % cell, x % cell
    bow = (v == u // 2) & (v < max(2, cell - 1))
    return np.where(bow & (clump < 34), 1, np.where(bow & (clump > 74), -1, 0)).astype(np.int8)


def _fur(y: Places, x: Places, cell: int, seed: int) -> Steps:
    hair = (noise(y // cell, x, seed) < 16) & (y % cell < max(1, cell - 1))
    return np.where(hair, -1, 0).astype(np.int8)


def _scale(y: Places, x: Places, cell: int, seed: int) -> Steps:
    row, v = np.divmod(y, max(2, cell - 1))
    u = (x + row % 2 * (cell // 2)) % cell
    return np.where(((u == 0) & (v == 0)) | ((u != 0) & (v == max(2, cell - 1) - 1)), -1, 0).astype(np.int8)


TEXTURES: dict[str, Callable[[Places, Places, int, int], Steps]] = {
    "brick": _brick,
    "wood": _wood,
    "leaf": _leaf,
    "fur": _fur,
    "scale": _scale,
}


def texture(name: str, shape: tuple[int, int], size: int, seed: int = 0) -> Steps:
    """Tones [rows, columns] by which a surface of that many pixels differs, in a picture `size` pixels wide."""
    if size < COARSE:
        return np.zeros(shape, np.int8)
    y, x = np.mgrid[: shape[0], : shape[1]]
    return TEXTURES[name](y.astype(np.int64), x.astype(np.int64), max(4, (size + 4) // 8), seed)
