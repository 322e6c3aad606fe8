"""Animated PNGs, to the byte, alpha included: made of the still PNGs that `png` writes (W3C PNG, Third Edition)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from . import extent, png
from .indexed import Indexed

Still = Callable[[NDArray[np.generic]], bytes]


def indexed(
    indices: NDArray[np.integer], plan: Indexed, durations: Sequence[int], plays: int, texts: Mapping[str, str]
) -> bytes:
    """An animated palette PNG of indices [B, H, W] into the colours of a plan; see `rgba`."""

    def still(part: NDArray[np.generic]) -> bytes:
        return png.indexed(part.astype(np.int64), plan.table, texts=texts)

    return _file(indices, still, durations, plays)


def rgba(frames: NDArray[np.uint8], durations: Sequence[int], plays: int, texts: Mapping[str, str]) -> bytes:
    """An animated PNG of uint8 [B, H, W, 4]. `durations` in milliseconds, one a frame; `plays` 0 is for ever."""

    def still(part: NDArray[np.generic]) -> bytes:
        return png.rgba(part.astype(np.uint8), texts)

    return _file(frames, still, durations, plays)


def _file(frames: NDArray[np.generic], still: Still, durations: Sequence[int], plays: int) -> bytes:
    """The first frame's file with the others' pixels in it: each only where it differs from the one before."""
    head, data, tail = _opened(still(frames[0]))
    whole = slice(0, frames.shape[1]), slice(0, frames.shape[2])
    parts = [*head, png.chunk(b"acTL", struct.pack(">II", len(frames), plays))]
    parts += [_control(0, whole, durations[0]), *data]
    number = 1
    for n in range(1, len(frames)):
        box = extent.changed(frames[n - 1], frames[n])
        parts.append(_control(number, box, durations[n]))
        for chunk in _opened(still(frames[n][box]))[1]:
            number += 1
            parts.append(png.chunk(b"fdAT", struct.pack(">I", number) + chunk[8:-4]))
        number += 1
    return png.SIGNATURE + b"".join([*parts, *tail])


def _control(number: int, box: extent.Box, duration: int) -> bytes:
    """A part that replaces what was there (blend 0) and stays (dispose 0)."""
    (top, bottom), (left, right) = ((side.start, side.stop) for side in box)
    place = struct.pack(">IIIII", number, right - left, bottom - top, left, top)
    return png.chunk(b"fcTL", place + struct.pack(">HHBB", duration, 1000, 0, 0))


def _opened(data: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """The chunks of a PNG before its pixels, with its pixels, and after them."""
    chunks: tuple[list[bytes], list[bytes], list[bytes]] = ([], [], [])
    at, place = len(png.SIGNATURE), 0
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        pixels = data[at + 4 : at + 8] == b"IDAT"
        place = 1 if pixels else 2 if place else 0
        chunks[place].append(data[at:end])
        at = end
    return chunks
