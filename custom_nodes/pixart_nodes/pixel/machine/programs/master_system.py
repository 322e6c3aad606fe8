"""Master System, Game Gear and, with an older chip, SG-1000: 32 KiB, code of the Z80."""

from __future__ import annotations

from ..formats import bitmap, console
from ..formats.tile_bytes import four_planes
from ..legal_picture import LegalPicture
from .rom import Rom, little

START, REGISTERS, PALETTE, MAP, DATA, COLORS, NAMES = 0x100, 0x600, 0x700, 0x800, 0x1000, 0x2800, 0x4000
JUMP, RETURN = bytes.fromhex("c30001"), bytes.fromhex("ed45")
MODE_4 = bytes.fromhex("0480 8081 ff82 ff83 ff84 ff85 fb86 0087 0088 0089 ff8a")
GRAPHICS_2 = bytes.fromhex("0280 8281 0682 ff83 0384 3685 0786 0187")
CONTROL, VIDEO = 0xBF, 0xBE  # ports
NO_SPRITES = bytes.fromhex("3ed0d3be")
BEGIN = bytes.fromhex("f3ed56")  # di; im 1
SMS_HEAD, GEAR_HEAD = (b"TMR SEGA" + bytes(7) + bytes((region,)) for region in (0x4C, 0x6C))
CORNER = {"gamegear": (3, 6)}  # rows and columns of the map that the smaller screen doesn't show


def _out(value: int) -> bytes:
    return bytes((0x3E, value, 0xD3, CONTROL))


def _to(address: int, kind: int = 0x40) -> bytes:
    """Where in video memory what follows goes; kind C0: in the palette."""
    return _out(address & 255) + _out(address >> 8 | kind)


def _copy(source: int, count: int, port: int = VIDEO) -> bytes:
    """ld hl; ld bc; and byte by byte to a port."""
    return (
        b"\x21" + little(source) + b"\x01" + little(count) + bytes((0x7E, 0xD3, port)) + bytes.fromhex("230b78b120f7")
    )


def _finished(rom: Rom, code: bytes) -> bytes:
    rom.put(0, JUMP)
    rom.put(0x66, RETURN)
    rom.put(START, code)
    return bytes(rom)


def program(legal: LegalPicture) -> bytes:
    """.sms or .gg"""
    gear = legal.machine.name in CORNER
    tiles = four_planes(legal.tile_set.tiles)
    palette = console.word_palette(console.LITTLE)(legal) if gear else console.byte_palette(legal)
    corner = CORNER.get(legal.machine.name, (0, 0))
    words = console.padded(console.master_system(legal.tile_set), 32, 28, *corner).astype(console.LITTLE).tobytes()
    rom = Rom(0x8000)
    for at, data in ((REGISTERS, MODE_4), (PALETTE, palette), (MAP, words), (DATA, tiles)):
        rom.put(at, data)
    rom.put(0x7FF0, GEAR_HEAD if gear else SMS_HEAD)
    code = BEGIN + bytes.fromhex("31f0df") + _copy(REGISTERS, len(MODE_4), CONTROL)
    code += _to(0) + _copy(DATA, len(tiles)) + _to(0x3800) + _copy(MAP, len(words))
    code += _to(0, 0xC0) + _copy(PALETTE, len(palette)) + _to(0x3F00) + NO_SPRITES
    return _finished(rom, code + _out(0xC0) + _out(0x81) + bytes.fromhex("18fe"))


def sg_1000(legal: LegalPicture) -> bytes:
    """.sg: what an MSX 1 shows, on the console with the same chip."""
    patterns, colors, names = bitmap.tms_tables(legal)
    rom = Rom(0x8000)
    for at, data in ((REGISTERS, GRAPHICS_2), (DATA, patterns), (COLORS, colors), (NAMES, names)):
        rom.put(at, data)
    code = BEGIN + bytes.fromhex("31f0c3") + _copy(REGISTERS, len(GRAPHICS_2), CONTROL)
    code += _to(0) + _copy(DATA, len(patterns)) + _to(0x2000) + _copy(COLORS, len(colors))
    code += _to(0x1800) + _copy(NAMES, len(names)) + _to(0x1B00) + NO_SPRITES
    return _finished(rom, code + _out(0xC2) + _out(0x81) + bytes.fromhex("18fe"))
