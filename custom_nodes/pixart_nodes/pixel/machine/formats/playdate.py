"""A Playdate's picture as its compiler writes it: pdi.md of github.com/cranksters/playdate-reverse-engineering."""

from __future__ import annotations

import zlib

import numpy as np

from ..legal_picture import LegalPicture

PACKED = 0x80000000  # of the file's flags


def compiled(legal: LegalPicture) -> bytes:
    """.pdi: a bit a pixel, white as 1, packed by zlib; nothing is glass, so no second plane says what is."""
    height, width = legal.slots.shape
    rows = np.packbits(legal.slots, axis=1)
    cell = np.array((width, height, rows.shape[1], 0, 0, 0, 0, 0), "<u2").tobytes() + rows.tobytes()
    sizes = np.array((PACKED, len(cell), width, height, 0), "<u4").tobytes()
    return b"Playdate IMG" + sizes + zlib.compress(cell, 9)
