"""A palette as a picture of swatches that a person can look at, with the number of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from .palette import Entry, Palette

COLUMNS = 8  # where neither the palette nor a person says how many; 16 for more than 64 entries
SMALLEST_NUMBERED = 16  # pixels a side; in less there is no room for three digits
CHECKS = (0x99, 0x66)  # the greys that stand for transparency
EMPTY = 0x20

# 3 x 5 pixels each, a row a digit of octal, the left pixel its highest bit
DIGITS = ("75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717")
_GLYPHS = np.array([[[int(row) >> bit & 1 for bit in (2, 1, 0)] for row in digit] for digit in DIGITS], bool)


def swatches(palette: Palette, size: int = 32, columns: int = 0, numbered: bool = True) -> NDArray[np.uint8]:
    """A square of `size` pixels an entry, row by row: uint8 [H, W, 3].

    Locked ones have a mark in the lower right corner. `columns` 0: as the palette says, else 8, or 16 for more than
    64 entries. Numbers need 16 pixels a square.
    """
    across = columns or palette.columns or (COLUMNS if len(palette.entries) <= 64 else 2 * COLUMNS)
    across = min(across, len(palette.entries))
    rows = -(-len(palette.entries) // across)
    picture = np.full((rows * size, across * size, 3), EMPTY, np.uint8)
    for at, entry in enumerate(palette.entries):
        y, x = (part * size for part in divmod(at, across))
        picture[y : y + size, x : x + size] = _swatch(entry, str(at) if numbered else "", size)
    return picture


def _swatch(entry: Entry, text: str, size: int) -> NDArray[np.uint8]:
    y, x = np.indices((size, size)) // max(1, size // 4)
    checks = np.where((x + y) % 2 == 0, *CHECKS)[..., None]
    square = (np.array(entry.rgb) * entry.alpha + checks * (255 - entry.alpha)) // 255
    light = spaces.luma(square.mean(axis=(0, 1))) > 127
    ink = 0 if light else 255
    if text and size >= SMALLEST_NUMBERED:
        scale = size // SMALLEST_NUMBERED
        digits = _digits(text).repeat(scale, axis=0).repeat(scale, axis=1)
        square[scale : scale + digits.shape[0], scale : scale + digits.shape[1]][digits] = ink
    if entry.locked:
        side = max(1, size // 8)
        square[size - 1 - side : size - 1, size - 1 - side : size - 1] = ink
    return square.astype(np.uint8)


def _digits(text: str) -> NDArray[np.bool_]:
    """The number's pixels, digits one pixel apart: [5, 4 a digit]."""
    return np.concatenate([np.pad(_GLYPHS[int(digit)], ((0, 0), (0, 1))) for digit in text], axis=1)
