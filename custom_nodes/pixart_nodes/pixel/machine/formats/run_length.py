"""Bytes packed by runs, as picture files of the eighties do it."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

PCX_RUN, PCX_LONGEST = 0xC0, 63  # a byte of at least the first is the length of a run
LONGEST = 128  # bytes of one of PackBits' runs


def _runs(row: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Each value and how often it comes one after the other."""
    return [(value, len(list(same))) for value, same in groupby(row.tolist())]


def pcx_packed(row: NDArray[np.uint8]) -> bytes:
    """A row of PCX: C0 + length and value of a run; a value below C0 may stand alone."""
    packed = bytearray()
    for value, length in _runs(row):
        for start in range(0, length, PCX_LONGEST):
            count = min(PCX_LONGEST, length - start)
            alone = count == 1 and value < PCX_RUN
            packed += bytes((value,)) if alone else bytes((PCX_RUN | count, value))
    return bytes(packed)


def packed_bits(row: NDArray[np.uint8]) -> bytes:
    """A row of IFF's ByteRun1, Apple's PackBits: 257 - length before a run's value, length - 1 before other bytes."""
    packed, plain = bytearray(), bytearray()

    def end() -> None:
        for start in range(0, len(plain), LONGEST):
            part = plain[start : start + LONGEST]
            packed.extend((len(part) - 1, *part))
        plain.clear()

    for value, length in _runs(row):
        if length < 3:  # a run of two saves nothing, and breaks what stands around it
            plain.extend((value,) * length)
            continue
        end()
        for start in range(0, length, LONGEST):
            count = min(LONGEST, length - start)
            packed.extend((257 - count, value) if count > 1 else (0, value))
    end()
    return bytes(packed)
