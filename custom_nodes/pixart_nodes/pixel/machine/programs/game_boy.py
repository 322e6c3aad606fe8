"""Game Boy and Game Boy Color: 32 KiB without a mapper. A real one wants its maker's logo in the head: it isn't here.

Code is the LR35902's; its mnemonics stand beside the bytes.
"""

from __future__ import annotations

import numpy as np

from ..formats import console
from ..formats.tile_bytes import two_planes
from ..legal_picture import LegalPicture, blocks
from .rom import Rom, big, little

PALETTES, DATA, MAP, ATTRIBUTES, CODE = 0x0F00, 0x1000, 0x3800, 0x3C00, 0x0150
BANK = 256  # tiles that a map's byte can name
# di; ld sp,fffe; wait for line 144; screen off
BEGIN = bytes.fromhex("f331feff f044fe9020fa afe040")
LOOP = bytes.fromhex("18fe")  # jr $
NO_SCROLL = bytes.fromhex("afe042e043")
# LCDC 91 from line 0: tiles 0 to 255; 81 from the end of line 95, twelve rows of tiles down: tiles 128 to 383
SWITCH = bytes.fromhex("f044a720fb 3e91e040 f044fe5f20fa f041e60320fa 3e81e040 18e5")


def _copy(source: int, target: int, count: int) -> bytes:
    """ld hl; ld de; ld bc; and byte by byte."""
    head = b"\x21" + little(source) + b"\x11" + little(target) + b"\x01" + little(count)
    return head + bytes.fromhex("2a12130b78b120f8")


def _headed(rom: Rom, color: bool) -> bytes:
    """The entry point, a name and the checksums."""
    rom.put(0x100, bytes.fromhex("00c35001"))
    rom.put(0x134, b"PIXART")
    rom[0x143] = 0xC0 if color else 0
    rom[0x14D] = (-sum(rom[0x134:0x14D]) - 25) & 255
    rom.put(0x14E, big(sum(rom) & 0xFFFF))
    return bytes(rom)


def game_boy(legal: LegalPicture) -> bytes:
    """.gb: beyond 256 tiles every place has its own, and the block of tiles is switched while the screen is drawn."""
    tiles, index = legal.tile_set.tiles, legal.tile_set.index
    many = len(tiles) > BANK
    if many:
        tiles = blocks(legal.slots[..., None], (8, 8))[..., 0]
        index = np.arange(len(tiles)).reshape(index.shape)
    rom, data = Rom(0x8000), two_planes(tiles)
    rom.put(DATA, data)
    rom.put(MAP, (console.padded(index, 32, 32) & 255).astype("u1").tobytes())
    code = BEGIN + _copy(DATA, 0x8000, len(data)) + _copy(MAP, 0x9800, 0x400)
    code += bytes.fromhex("3ee4e047") + NO_SCROLL  # colours 0 to 3, light to dark
    rom.put(CODE, code + (SWITCH if many else bytes.fromhex("3e91e040") + LOOP))
    return _headed(rom, color=False)


def game_boy_color(legal: LegalPicture) -> bytes:
    """.gbc: two banks of 256 tiles."""
    tiles = legal.tile_set
    rom, data = Rom(0x8000), two_planes(tiles.tiles)
    first, second = data[:0x1000], data[0x1000:]
    rom.put(DATA, data)
    rom.put(MAP, (console.padded(tiles.index, 32, 32) & 255).astype("u1").tobytes())
    rom.put(ATTRIBUTES, console.padded(console.game_boy_color(tiles), 32, 32).astype("u1").tobytes())
    rom.put(PALETTES, console.word_palette(console.LITTLE)(legal))
    code = BEGIN + bytes.fromhex("e04f") + _copy(DATA, 0x8000, len(first)) + _copy(MAP, 0x9800, 0x400)
    code += bytes.fromhex("3e01e04f") + (_copy(DATA + 0x1000, 0x8000, len(second)) if second else b"")
    code += _copy(ATTRIBUTES, 0x9800, 0x400)
    code += bytes.fromhex("afe04f 3e80e068 21000f 0640 2ae0690520fa")  # 64 bytes of palettes
    rom.put(CODE, code + NO_SCROLL + bytes.fromhex("3e91e040") + LOOP)
    return _headed(rom, color=True)
