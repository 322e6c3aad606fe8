"""Mega Drive: 128 KiB, code of the 68000."""

from __future__ import annotations

from ..formats import console
from ..formats.tile_bytes import high_nibble_first
from ..legal_picture import LegalPicture
from .rom import Rom, big

CODE, RETURN, REGISTERS, PALETTE, MAP, TILES = 0x200, 0x3F0, 0x400, 0x500, 0x1000, 0x4000
# Plane A at C000, plane B at E000, a map of 64 x 32, 320 pixels a line; screen off.
VALUES = bytes.fromhex("8004 8104 8230 8300 8407 857c 8600 8700 8800 8900 8aff 8b00 8c81 8d3f 8e00 8f02 9001 9100 9200")
# Interrupts off; the later boards' lock opened; a0 the control port, a1 the data port.
BEGIN = bytes.fromhex("46fc2700 103900a10001 0200000f 670a 23fc5345474100a14000 41f900c00004 43f900c00000")


def _load(source: int, words: int) -> bytes:
    """lea source,a2; move #words - 1,d0."""
    return bytes.fromhex("45f9") + big(source, 4) + bytes.fromhex("303c") + big(words - 1)


def _write(command: int, source: int, words: int) -> bytes:
    """So many words to where the command says."""
    return bytes.fromhex("20bc") + big(command, 4) + _load(source, words) + bytes.fromhex("329a51c8fffc")


def _fill(command: int, value: int, words: int) -> bytes:
    code = bytes.fromhex("20bc") + big(command, 4) + bytes.fromhex("303c") + big(words - 1)
    return code + bytes.fromhex("32bc") + big(value) + bytes.fromhex("51c8fffa")


def program(legal: LegalPicture) -> bytes:
    """.md"""
    tiles, palette = high_nibble_first(legal.tile_set.tiles), console.word_palette(console.BIG)(legal)
    words = console.padded(console.mega_drive(legal.tile_set), 64, 32).astype(console.BIG).tobytes()
    rom = Rom(0x20000)
    for at, data in ((REGISTERS, VALUES), (PALETTE, palette), (MAP, words), (TILES, tiles)):
        rom.put(at, data)
    code = BEGIN + _load(REGISTERS, len(VALUES) // 2) + bytes.fromhex("309a51c8fffc")
    code += _fill(0x40000000, 0, 0x8000) + _fill(0x40000010, 0, 2)  # video memory, vertical scroll
    code += _write(0xC0000000, PALETTE, len(palette) // 2) + _write(0x40000000, TILES, len(tiles) // 2)
    code += _write(0x40000003, MAP, len(words) // 2)
    # Plane B shows through slot 0: it gets a blank tile, else tile 0 would be seen there.
    code += _fill(0x60000003, len(tiles) // 32, 0x800)
    rom.put(CODE, code + bytes.fromhex("30bc8144 60fe"))
    rom.put(0, big(0x00FFFE00, 4) + big(CODE, 4) + 62 * big(RETURN, 4))
    rom.put(RETURN, bytes.fromhex("4e73"))  # rte
    head = b"SEGA MEGA DRIVE ".ljust(32) + 2 * b"PIXART".ljust(48) + b"GM 00000000-00"
    rom.put(0x100, head)
    rom.put(0x190, b"J".ljust(16) + big(0, 4) + big(len(rom) - 1, 4) + big(0xFF0000, 4) + big(0xFFFFFF, 4))
    rom.put(0x1B0, b"JUE".rjust(67).ljust(80))
    rom.put(0x18E, big(sum(rom[0x200::2]) * 256 + sum(rom[0x201::2]) & 0xFFFF))
    return bytes(rom)
