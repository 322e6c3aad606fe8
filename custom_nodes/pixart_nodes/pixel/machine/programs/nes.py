"""NES: 32 KiB of code and 8 KiB of patterns without a mapper, code of the 6502."""

from __future__ import annotations

from ..formats import nes
from ..formats.console import byte_palette
from ..legal_picture import LegalPicture
from .rom import Rom, little

BASE, PALETTE, TABLE, RETURN = 0x8000, 0x9000, 0x9100, 0xF000
HEAD = b"NES\x1a\x02\x01" + bytes(10)
WAIT = bytes.fromhex("2c022010fb")  # bit 2002; bpl
BEGIN = bytes.fromhex("78d8a2ff9a a9008d00208d0120") + 2 * WAIT
SHOW = bytes.fromhex("a9008d05208d05208d0020 a90a8d0120")  # no scroll, background on, the left column too


def _address(at: int) -> bytes:
    """Where in video memory what follows goes, and ldx #0."""
    return bytes((0xA9, at >> 8, 0x8D, 0x06, 0x20, 0xA9, at & 255, 0x8D, 0x06, 0x20, 0xA2, 0x00))


def program(legal: LegalPicture) -> bytes:
    """.nes"""
    rom = Rom(0x8000)
    palette = byte_palette(legal)
    rom.put(PALETTE - BASE, palette + palette)
    rom.put(TABLE - BASE, nes.nametable(legal))
    code = BEGIN + _address(0x3F00) + b"\xbd" + little(PALETTE) + bytes.fromhex("8d0720e8e020d0f5")
    code += _address(0x2000)
    for page in range(4):
        code += b"\xbd" + little(TABLE + 256 * page) + bytes.fromhex("8d0720e8d0f7")
    code += WAIT + SHOW
    rom.put(0, code + b"\x4c" + little(BASE + len(code)))
    rom.put(RETURN - BASE, b"\x40")  # rti
    rom.put(0x7FFA, little(RETURN) + little(BASE) + little(RETURN))
    return HEAD + bytes(rom) + nes.patterns(legal) + bytes(nes.BANK)
