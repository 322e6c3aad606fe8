"""SNES: 128 KiB LoROM in mode 1, code of the 65816."""

from __future__ import annotations

from ..formats import console
from ..formats.tile_bytes import paired_planes
from ..legal_picture import LegalPicture
from .rom import Rom, little

MAP, PALETTE, TILES, HEAD = 0x1000, 0x2000, 0x8000, 0x7FC0
BEGIN = bytes.fromhex("7818fbc210e220a2ff1f9a")  # native mode, 8-bit a, 16-bit x, stack at 1fff


def _set(register: int, value: int) -> bytes:
    """lda #value; sta register."""
    return bytes((0xA9, value, 0x8D)) + little(register)


def _transfer(port: int, mode: int, bank: int, address: int, count: int) -> bytes:
    """The first channel of direct memory access, once."""
    values = mode, port, address & 255, address >> 8, bank, count & 255, count >> 8
    return b"".join(_set(0x4300 + at, value) for at, value in enumerate(values)) + _set(0x420B, 1)


def _silence() -> bytes:
    """Screen dark, interrupts off, every register of the picture unit 0."""
    single = [*range(0x2101, 0x2105), *range(0x2106, 0x210D), *range(0x2123, 0x2134)]
    double = range(0x210D, 0x2115)
    code = _set(0x2100, 0x8F) + _set(0x4200, 0) + _set(0x420C, 0)
    return code + b"".join(_set(at, 0) for at in single) + b"".join(2 * _set(at, 0) for at in double)


def program(legal: LegalPicture) -> bytes:
    """.sfc"""
    tiles, palette = paired_planes(legal.tile_set.tiles), console.word_palette(console.LITTLE)(legal)
    words = console.padded(console.super_nintendo(legal.tile_set), 32, 32).astype(console.LITTLE).tobytes()
    rom = Rom(0x20000)
    rom.put(TILES, tiles)
    rom.put(MAP, words)
    rom.put(PALETTE, palette)
    code = BEGIN + _silence()
    code += _set(0x2105, 1) + _set(0x2107, 0x70) + _set(0x210B, 0) + _set(0x212C, 1) + _set(0x2115, 0x80)
    code += _set(0x210E, 0xFF) + _set(0x210E, 0x03)  # the first line is never drawn: one up
    code += _set(0x2116, 0) + _set(0x2117, 0) + _transfer(0x18, 1, 1, 0x8000, len(tiles))
    code += _set(0x2116, 0) + _set(0x2117, 0x70) + _transfer(0x18, 1, 0, 0x8000 + MAP, len(words))
    code += _set(0x2121, 0) + _transfer(0x22, 0, 0, 0x8000 + PALETTE, len(palette))
    rom.put(0, code + _set(0x2100, 0x0F) + bytes.fromhex("80fe"))
    rom.put(0x7000, b"\x40")  # rti
    rom.put(HEAD, b"PIXART".ljust(21) + bytes.fromhex("20000700010000") + b"\xff\xff\0\0")
    rom.put(0x7FE4, 14 * little(0xF000))
    rom.put(0x7FFC, little(0x8000))
    total = sum(rom) & 0xFFFF
    rom.put(HEAD + 0x1C, little(total ^ 0xFFFF) + little(total))
    return bytes(rom)
