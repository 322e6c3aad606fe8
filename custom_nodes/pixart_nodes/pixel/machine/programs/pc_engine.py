"""PC Engine: 128 KiB HuCard, code of the HuC6280."""

from __future__ import annotations

from ..formats import console
from ..formats.tile_bytes import paired_planes
from ..legal_picture import LegalPicture
from .rom import Rom, little

MAP, PALETTE, TILES, BANK = 0x0800, 0x1000, 0x2000, 0x2000
TILES_TO = 0x400  # words: behind the map
# sei; fast clock; cld; pages 0 and 1 of memory: ports and RAM; stack
BEGIN = bytes.fromhex("78d4d8 a9ff5301 a9f85302 a2ff9a")
# A screen of 256 x 224 with a map of 32 x 32; register, value.
REGISTERS = (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0x202), (11, 0x41F), (12, 0xF02), (13, 0xDF), (14, 3), (15, 0)


def _video(register: int, value: int) -> bytes:
    """st0, st1, st2."""
    return bytes((0x03, register, 0x13, value & 255, 0x23, value >> 8))


def _transfer(source: int, target: int, count: int) -> bytes:
    """tia."""
    return b"\xe3" + little(source) + little(target) + little(count)


def program(legal: LegalPicture) -> bytes:
    """.pce"""
    tiles, palette = paired_planes(legal.tile_set.tiles), console.word_palette(console.LITTLE)(legal)
    cells = legal.tile_set
    words = console.padded(console.pc_engine(cells), 32, 32)
    words[cells.index.shape[0] :] = words[:, cells.index.shape[1] :] = console.PC_ENGINE_FIRST
    words[: cells.index.shape[0], : cells.index.shape[1]] = console.pc_engine(cells)
    rom = Rom(0x20000)
    rom.put(MAP, words.astype(console.LITTLE).tobytes())
    rom.put(PALETTE, palette)
    rom.put(TILES, tiles)
    code = BEGIN + b"".join(_video(*pair) for pair in REGISTERS)
    code += bytes.fromhex("a9008d00048d02048d0304") + _transfer(0xE000 + PALETTE, 0x0404, len(palette))
    code += _video(0, 0) + bytes.fromhex("0302") + _transfer(0xE000 + MAP, 0x0002, 2048)
    code += _video(0, TILES_TO) + bytes.fromhex("0302")
    for bank, at in enumerate(range(0, len(tiles), BANK), 1):
        code += bytes((0xA9, bank, 0x53, 0x04)) + _transfer(0x4000, 0x0002, min(BANK, len(tiles) - at))
    rom.put(0, code + _video(5, 0x80) + bytes.fromhex("80fe"))
    rom.put(0x1FF0, b"\x40")  # rti
    rom.put(0x1FF6, 4 * little(0xFFF0) + little(0xE000))
    return bytes(rom)
