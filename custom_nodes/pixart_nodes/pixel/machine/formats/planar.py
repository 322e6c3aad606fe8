"""Bitmaps in bit planes, and the picture files that hold such, of the PC, the Atari ST and the Amiga."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..legal_picture import LegalPicture
from .console import BIG, word_palette
from .run_length import packed_bits, pcx_packed

EGA_PLANES = 4
ST_PLANES = 4
AMIGA_PLANES = 5
PCX_HEAD, NEO_HEAD = 128, 128  # bytes

st_palette = word_palette(BIG)  # sixteen words, 00000RRR 0GGG0BBB


def rows(legal: LegalPicture, count: int) -> NDArray[np.uint8]:
    """Each row's bytes of each plane, the slots' least bit first, the left pixel highest: [H, count, W / 8]."""
    return np.stack([np.packbits(legal.slots >> plane & 1, axis=1) for plane in range(count)], axis=1)


def interleaved(legal: LegalPicture, count: int) -> bytes:
    """Word after word of all planes: sixteen pixels are a word of each."""
    words = rows(legal, count)
    return words.reshape(len(words), count, -1, 2).swapaxes(1, 2).tobytes()


def planes(legal: LegalPicture, count: int) -> bytes:
    """The picture's bits plane after plane, each plane from the top row to the bottom."""
    return rows(legal, count).swapaxes(0, 1).tobytes()


def ega_planes(legal: LegalPicture) -> bytes:
    """.ega: what lies in video memory, four planes of 8000 bytes, blue, green, red and bright."""
    return planes(legal, EGA_PLANES)


def pcx(legal: LegalPicture) -> bytes:
    """.pcx, version 3.0 with a palette: four planes of a bit, packed row by row."""
    height, width = legal.slots.shape
    head = bytearray(PCX_HEAD)
    head[:4] = 10, 5, 1, 1  # ZSoft; version 3.0; packed; a bit a pixel and plane
    numbers = (0, 0, width - 1, height - 1, width, height)
    head[4:16] = np.array(numbers, "<u2").tobytes()
    colors = legal.colors[0].astype(np.uint8).tobytes()
    head[16 : 16 + len(colors)] = colors
    head[65] = EGA_PLANES
    head[66:68] = (width // 8).to_bytes(2, "little")
    head[68] = 1  # colours, not greys
    return bytes(head) + b"".join(pcx_packed(row) for row in rows(legal, EGA_PLANES).reshape(-1, width // 8))


def degas(legal: LegalPicture) -> bytes:
    """.pi1 of DEGAS: the low resolution, palette and screen."""
    return bytes(2) + st_palette(legal) + interleaved(legal, ST_PLANES)


def neochrome(legal: LegalPicture) -> bytes:
    """.neo: a head of 128 bytes with the palette and the size, then the screen."""
    height, width = legal.slots.shape
    head = bytes(4) + st_palette(legal) + b"        .   " + bytes(6)  # no file name, no animation of colours
    sizes = np.array((0, 0, width, height), ">u2").tobytes()
    return (head + sizes).ljust(NEO_HEAD, b"\0") + interleaved(legal, ST_PLANES)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + len(data).to_bytes(4, "big") + data + b"\0" * (len(data) % 2)


def ilbm(legal: LegalPicture) -> bytes:
    """.iff of Deluxe Paint: FORM ILBM, rows packed plane by plane."""
    height, width = legal.slots.shape
    aspect = bytes((44, 44))  # of a pixel, here as wide as high
    sizes = np.array((width, height, 0, 0), ">u2").tobytes(), np.array((width, height), ">u2").tobytes()
    head = sizes[0] + bytes((AMIGA_PLANES, 0, 1, 0, 0, 0)) + aspect + sizes[1]  # no mask; packed; nothing is glass
    body = b"".join(packed_bits(row) for row in rows(legal, AMIGA_PLANES).reshape(-1, width // 8))
    colors = legal.colors[0].astype(np.uint8).tobytes()
    chunks = (b"BMHD", head), (b"CMAP", colors), (b"CAMG", bytes(4)), (b"BODY", body)
    return _chunk(b"FORM", b"ILBM" + b"".join(_chunk(*each) for each in chunks))


def amiga_planes(legal: LegalPicture) -> bytes:
    """.raw: plane after plane."""
    return planes(legal, AMIGA_PLANES)
