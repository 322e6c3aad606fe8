"""WonderSwan Color: 128 KiB, of which the last 64 are in use; code of the V30MZ, an 8086.

Ports and the cartridge's last sixteen bytes: https://ws.nesdev.org/wiki/. There is no maker's logo in them.
"""

from __future__ import annotations

from ..formats import console
from ..formats.tile_bytes import four_planes
from ..legal_picture import LegalPicture
from .rom import Rom, little

BANK, SIZE = 0x10000, 0x20000  # the bank that is seen from F000:0000, and the smallest cartridge
CODE, PALETTE, MAP, TILES = 0x0000, 0x0200, 0x0800, 0x1000
MAP_TO, TILES_TO, PALETTE_TO = 0x1000, 0x4000, 0xFE00  # in the console's memory; the map in steps of 800 by port 7
# cli; cld; ds the cartridge; es and ss the console's memory
BEGIN = bytes.fromhex("fafc b800f08ed8 31c08ec08ed0 bc0040")
# Ports and values: screen off; interrupts off; 16 colours a tile in planes; backdrop; the map; no scroll; display on.
BLANK = (0x00, 0), (0xB2, 0), (0x60, 0xC0), (0x01, 0), (0x07, MAP_TO // 0x800), (0x10, 0), (0x11, 0), (0x14, 1)
SHOW = (0x00, 1)  # the first screen alone
COLOR, HORIZONTAL = 1, 4  # of the cartridge's head: it wants a WonderSwan Color; 16-bit bus, held across


def _out(port: int, value: int) -> bytes:
    """mov al,value; out port,al."""
    return bytes((0xB0, value, 0xE6, port))


def _copy(source: int, target: int, count: int) -> bytes:
    """mov si; mov di; mov cx; rep movsw."""
    return b"\xbe" + little(source) + b"\xbf" + little(target) + b"\xb9" + little(count // 2) + b"\xf3\xa5"


def program(legal: LegalPicture) -> bytes:
    """.wsc"""
    tiles, palette = four_planes(legal.tile_set.tiles), console.word_palette(console.LITTLE)(legal)
    words = console.padded(console.wonderswan(legal.tile_set), 32, 32).astype(console.LITTLE).tobytes()
    code = BEGIN + b"".join(_out(*pair) for pair in BLANK)
    code += _copy(PALETTE, PALETTE_TO, len(palette)) + _copy(MAP, MAP_TO, len(words))
    code += _copy(TILES, TILES_TO, len(tiles)) + _out(*SHOW) + bytes.fromhex("ebfe")
    bank = Rom(BANK)
    for at, data in ((CODE, code), (PALETTE, palette), (MAP, words), (TILES, tiles)):
        bank.put(at, data)
    bank.put(0xFFF0, b"\xea" + little(CODE) + little(0xF000))  # jmp F000:0000
    bank[0xFFF7], bank[0xFFFC] = COLOR, HORIZONTAL
    bank.put(0xFFFE, little(sum(bank) & 0xFFFF))
    return bytes(SIZE - BANK) + bytes(bank)
