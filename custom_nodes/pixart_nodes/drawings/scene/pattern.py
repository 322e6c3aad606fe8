"""What floors and walls are made of, as darker and lighter specks on them: -1 a tone darker, 1 a tone lighter.

A pattern is a function of rows and columns, counted in specks, of the row counted from the surface's upper edge, and of
a seed. A new one is a function and a line in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ..texture import Places, Steps, noise

Pattern: TypeAlias = Callable[[Places, Places, int], Steps]


def _steps(darker: np.ndarray, lighter: np.ndarray | None = None) -> Steps:
    steps = np.where(darker, -1, 0).astype(np.int8)
    if lighter is not None:
        steps[lighter & ~darker] = 1
    return steps


def _plain(y: Places, x: Places, seed: int) -> Steps:
    return np.zeros(y.shape, np.int8)


def _tufts(y: Places, x: Places, seed: int) -> Steps:
    """Grass: three specks that open like a V here and there."""
    v, u = y % 5, (x + y // 5 * 3) % 7
    clump = noise(y // 5, (x + y // 5 * 3) // 7, seed)
    blade = ((v == 2) & ((u == 2) | (u == 4))) | ((v == 3) & (u == 3))
    return _steps(blade & (clump < 30), blade & (clump > 82))


def _grains(y: Places, x: Places, seed: int) -> Steps:
    """Sand and snow: single specks, few."""
    speck = noise(y, x, seed)
    return _steps((speck == 0) & (y % 2 == 0), (speck == 99) & (y % 2 == 1))


def _drifts(y: Places, x: Places, seed: int) -> Steps:
    """Dunes and drifts: long flat lines."""
    row = noise(y // 4, y * 0, seed)
    part = noise(y // 4, (x + row) // 11, seed + 1)
    return _steps((y % 4 == 2) & (part < 34) & ((x + row) % 11 < 9))


def _waves(y: Places, x: Places, seed: int) -> Steps:
    """Water: short lines, lighter ones on darker ones, longer towards the front."""
    row = noise(y // 3, y * 0, seed)
    part = noise(y // 3, (x + row) // 7, seed + 1)
    along = (x + row) % 7
    return _steps((y % 3 == 1) & (part < 26) & (along < 5), (y % 3 == 0) & (part > 80) & (along > 1) & (along < 6))


def _bricks(y: Places, x: Places, seed: int) -> Steps:
    course = y // 4
    across = x + course % 2 * 4
    joint = (y % 4 == 3) | (across % 8 == 7)
    return _steps(joint, noise(course, across // 8, seed) < 9)


def _blocks(y: Places, x: Places, seed: int) -> Steps:
    """Walls of large stones."""
    course = y // 7
    across = x + course % 2 * 6
    joint = (y % 7 == 6) | (across % 12 == 11)
    return _steps(joint, noise(course, across // 12, seed) < 12)


def _boards(y: Places, x: Places, seed: int) -> Steps:
    board = y // 4
    butt = (x + noise(board, board * 0, seed) % 17) % 17 == 0
    return _steps((y % 4 == 3) | butt)


def _panels(y: Places, x: Places, seed: int) -> Steps:
    """Upright boards."""
    return _steps(x % 6 == 5)


def _stripes(y: Places, x: Places, seed: int) -> Steps:
    """Wallpaper."""
    return _steps(np.zeros(y.shape, bool), x % 8 < 3)


def _tiles(y: Places, x: Places, seed: int) -> Steps:
    return _steps((y % 6 == 5) | (x % 6 == 5))


def _checks(y: Places, x: Places, seed: int) -> Steps:
    return _steps((y // 4 + x // 5) % 2 == 0)


def _flags(y: Places, x: Places, seed: int) -> Steps:
    """Paving stones, wider towards the front."""
    course = y // 4
    width = 7 + course % 3 * 2
    return _steps((y % 4 == 3) | ((x + course * 3) % width == 0))


def _cracks(y: Places, x: Places, seed: int) -> Steps:
    """Rock: stairs of specks here and there."""
    cell = noise(y // 5, x // 6, seed)
    v, u = y % 5, x % 6
    step = (v == 1) & (u < 3) | (v == 2) & (u == 3) | (v == 3) & (u == 4)
    return _steps(step & (cell < 26), (v == 0) & (u < 2) & (cell > 84))


def _asphalt(y: Places, x: Places, seed: int) -> Steps:
    """A road along the picture, with a broken line in its middle."""
    return _steps(noise(y, x, seed) == 3, (y % 16 // 2 == 4) & (x % 10 < 6))


PATTERNS: dict[str, Pattern] = {
    "plain": _plain,
    "tufts": _tufts,
    "grains": _grains,
    "drifts": _drifts,
    "waves": _waves,
    "bricks": _bricks,
    "blocks": _blocks,
    "boards": _boards,
    "panels": _panels,
    "stripes": _stripes,
    "tiles": _tiles,
    "checks": _checks,
    "flags": _flags,
    "cracks": _cracks,
    "asphalt": _asphalt,
}
