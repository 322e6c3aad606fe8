"""Game Boy Advance: code of the ARM. A real one wants the maker's logo in the head, which isn't here."""

from __future__ import annotations

from ..formats import console
from ..formats.tile_bytes import low_nibble_first
from ..legal_picture import LegalPicture
from .rom import Rom

ROM, CODE, PALETTE, MAP, TILES = 0x08000000, 0xC0, 0x1000, 0x2000, 0x4000
VIDEO, SCREEN_BLOCK = 0x06000000, 31  # of 2 KiB each: behind the tiles
DMA, AT_ONCE = 0x040000D4, 0x84000000  # the third channel: source, target, words and when
LOAD, STORE, HALT = 0xE59F0000, 0xE5810000, 0xEAFFFFFE  # ldr r0,[pc + n]; str r0,[r1]; b .
R1 = 1 << 12


def _assembled(writes: list[tuple[int, int]]) -> bytes:
    """Words to addresses, one after the other; addresses and words lie behind the code."""
    end = 4 * (3 * len(writes) + 1)
    code = []
    for number in range(len(writes)):
        for step, register in enumerate((R1, 0)):
            here = 4 * (3 * number + step) + 8  # the processor reads two instructions ahead
            code.append(LOAD | register | end + 4 * (2 * number + step) - here)
        code.append(STORE)
    words = [*code, HALT, *(word for write in writes for word in write)]
    return b"".join(word.to_bytes(4, "little") for word in words)


def _copy(source: int, target: int, count: int) -> list[tuple[int, int]]:
    return [(DMA, ROM + source), (DMA + 4, target), (DMA + 8, AT_ONCE | count // 4)]


def program(legal: LegalPicture) -> bytes:
    """.gba"""
    tiles, palette = low_nibble_first(legal.tile_set.tiles), console.word_palette(console.LITTLE)(legal)
    words = console.padded(console.advance(legal.tile_set), 32, 32).astype(console.LITTLE).tobytes()
    rom = Rom(0x10000)
    for at, data in ((PALETTE, palette), (MAP, words), (TILES, tiles)):
        rom.put(at, data)
    writes = _copy(PALETTE, 0x05000000, len(palette)) + _copy(TILES, VIDEO, len(tiles))
    writes += _copy(MAP, VIDEO + SCREEN_BLOCK * 0x800, len(words))
    writes += [(0x04000008, SCREEN_BLOCK << 8), (0x04000010, 0), (0x04000000, 0x100)]  # background 0, mode 0
    rom.put(0, bytes.fromhex("2e0000ea"))  # b C0
    rom.put(0xA0, b"PIXART")
    rom[0xB2] = 0x96
    rom[0xBD] = (-sum(rom[0xA0:0xBD]) - 0x19) & 255
    rom.put(CODE, _assembled(writes))
    return bytes(rom)
