"""Files of machines whose screen is a bitmap with colours for each cell: Spectrum, Commodore 64, MSX."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..legal_picture import LegalPicture, blocks

SCREEN_AT, RAM = 0x4000, 0xC000  # of the Spectrum: where its screen and its memory begin, and how long that is
LOOP_AT, STACK_AT = 0x8000, 0xBF00
LOOP = bytes((0xF3, 0x18, 0xFE))  # di; jr $
INTERRUPT_TABLE, WHITE = 0x3F, 7


def _bits(legal: LegalPicture) -> NDArray[np.uint8]:
    """A bit a pixel, the left one highest: [rows, bytes]."""
    return np.packbits(legal.slots, axis=1)


def _cells(legal: LegalPicture) -> NDArray[np.int64]:
    """The codes of each cell: [rows, columns, K]."""
    return legal.codes[legal.cells]


def spectrum_screen(legal: LegalPicture) -> bytes:
    """.scr: 6144 bytes of pixels, thirds and rows as the machine has them, and 768 of attributes."""
    bits = _bits(legal).reshape(3, 8, 8, 32).swapaxes(1, 2)  # third, row of tiles, line -> third, line, row of tiles
    paper, ink = np.moveaxis(_cells(legal), 2, 0)
    bright = np.maximum(paper, ink) > WHITE
    attributes = bright << 6 | (paper & 7) << 3 | ink & 7
    return bits.tobytes() + attributes.astype(np.uint8).tobytes()


def _spectrum_memory(legal: LegalPicture) -> bytes:
    memory = bytearray(RAM)
    memory[:6912] = spectrum_screen(legal)
    memory[LOOP_AT - SCREEN_AT : LOOP_AT - SCREEN_AT + len(LOOP)] = LOOP
    memory[STACK_AT - SCREEN_AT : STACK_AT - SCREEN_AT + 2] = LOOP_AT.to_bytes(2, "little")
    return bytes(memory)


def spectrum_snapshot(legal: LegalPicture) -> bytes:
    """.sna: 27 bytes of registers, and the memory, from whose stack the program counter is taken."""
    head = bytearray(27)
    head[0] = INTERRUPT_TABLE
    head[23:25] = STACK_AT.to_bytes(2, "little")
    head[25] = 1
    return bytes(head) + _spectrum_memory(legal)


def spectrum_z80(legal: LegalPicture) -> bytes:
    """.z80, version 1, not packed."""
    head = bytearray(30)
    head[6:8], head[8:10] = LOOP_AT.to_bytes(2, "little"), STACK_AT.to_bytes(2, "little")
    head[10], head[29] = INTERRUPT_TABLE, 1
    return bytes(head) + _spectrum_memory(legal)


def koala(legal: LegalPicture) -> bytes:
    """.koa: load address, 8000 bytes of pixel pairs, 1000 of screen, 1000 of colour memory, the background."""
    background, high, low, third = np.moveaxis(_cells(legal), 2, 0)
    pairs = blocks(legal.slots[..., None], legal.machine.cell)[..., 0].reshape(-1, 4)
    bitmap = (pairs * np.array([64, 16, 4, 1])).sum(axis=1)
    parts = bitmap, high << 4 | low, third, background[:1, :1]
    return b"\x00\x60" + b"".join(part.astype(np.uint8).tobytes() for part in parts)


def art_studio(legal: LegalPicture) -> bytes:
    """.art: load address, 8000 bytes of pixels, 1000 of colours, the border and six bytes that nobody reads."""
    paper, ink = np.moveaxis(_cells(legal), 2, 0)
    bitmap = _bits(legal).reshape(25, 8, 40).swapaxes(1, 2)
    return b"\x00\x20" + bitmap.tobytes() + (ink << 4 | paper).astype(np.uint8).tobytes() + bytes(7)


def tms_tables(legal: LegalPicture) -> tuple[bytes, bytes, bytes]:
    """Patterns, colours and names of the TMS9918's Graphics II."""
    paper, ink = np.moveaxis(_cells(legal), 2, 0)
    columns = legal.slots.shape[1] // 8

    def by_tile(rows: NDArray[np.integer]) -> bytes:
        return rows.reshape(-1, 8, columns).swapaxes(1, 2).astype(np.uint8).tobytes()

    return by_tile(_bits(legal)), by_tile(ink << 4 | paper), bytes(range(256)) * 3


def msx_screen_2(legal: LegalPicture) -> bytes:
    """.sc2, as BSAVE writes it: a head of seven bytes, then video memory to 37FF."""
    patterns, colors, names = tms_tables(legal)
    memory = bytearray(0x3800)
    memory[: len(patterns)], memory[0x1800 : 0x1800 + len(names)] = patterns, names
    memory[0x2000 : 0x2000 + len(colors)] = colors
    return b"\xfe\x00\x00\xff\x37\x00\x00" + bytes(memory)
