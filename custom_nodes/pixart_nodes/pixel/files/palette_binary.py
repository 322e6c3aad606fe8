"""Palettes as numbers: Microsoft's RIFF .pal, Photoshop's .act, palette PNGs, and those inside Aseprite's sprites."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..palette.palette import MAX_COLORS, Entry, Palette, distinct
from . import color_tables, png
from .palette_bytes import Cursor, PaletteBytes

RIFF_VERSION = 0x300  # Windows 3.0
NO_INDEX = 0xFFFF
RAW_SIZES = (192, 768, 1536)  # bytes
NES_EMPHASES = 8  # times the 64 colours of a NES are in 1536 bytes, once for each way of dimming them


def read_riff(file: PaletteBytes) -> Palette:
    """The `data` chunk of a RIFF file of type `PAL `: version, count, then R, G, B and flags each."""
    at = file.cursor()
    magic, _, kind = at.unpack("<4sI4s")
    if (magic, kind) != (b"RIFF", b"PAL "):
        raise file.error("a RIFF file, but not a palette.")
    name, size = at.unpack("<4sI")
    while name != b"data":
        at.take(size + size % 2)
        name, size = at.unpack("<4sI")
    _, count = at.unpack("<2H")
    if at.left < 4 * count:
        raise file.error(f"cut off; it announces {count} colours and holds {at.left // 4}.")
    return file.palette(Entry(at.unpack("3Bx")) for _ in range(count))


def write_riff(palette: Palette) -> bytes:
    """One `data` chunk; transparency is lost."""
    body = b"".join(bytes((*entry.rgb, 0)) for entry in palette.entries)
    data = struct.pack("<2H", RIFF_VERSION, len(palette.entries)) + body
    riff = b"PAL data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(riff)) + riff


def read_act(file: PaletteBytes) -> Palette:
    """256 RGB triplets; the optional last four bytes hold the count and the index that is transparent.

    Index 0 is read as none: Aseprite writes 0 into every file, and its first colour would be lost.
    """
    if len(file.data) not in (768, 772):
        raise file.error(f"an .act file has 768 or 772 bytes, this one has {len(file.data)}.")
    count, transparent = struct.unpack(">2H", file.data[768:]) if len(file.data) == 772 else (MAX_COLORS, NO_INDEX)
    table = np.frombuffer(file.data[:768], np.uint8).reshape(-1, 3)[: count or MAX_COLORS].tolist()
    alphas = [0 if at == transparent > 0 else 255 for at in range(len(table))]
    return file.palette(Entry.of([*color, alpha]) for color, alpha in zip(table, alphas, strict=True))


def write_act(palette: Palette) -> bytes:
    """The table filled up with black, its count, and the first transparent index."""
    colors = b"".join(bytes(entry.rgb) for entry in palette.entries)
    hidden = NO_INDEX if palette.transparent is None else palette.transparent
    return colors.ljust(3 * MAX_COLORS, b"\0") + struct.pack(">2H", len(palette.entries), hidden)


def read_raw(file: PaletteBytes) -> Palette:
    """Red, green and blue of each entry and nothing else: 64 of a NES, 256 of many old programs.

    Of an emulator's 512 for the NES, the 64 that aren't dimmed.
    """
    size = len(file.data)
    if size not in RAW_SIZES:
        raise file.error(f"a bare list of colours has 192, 768 or 1536 bytes, this one has {size}.")
    data = file.data[: size // NES_EMPHASES] if size > 3 * MAX_COLORS else file.data
    return file.palette(map(Entry.of, np.frombuffer(data, np.uint8).reshape(-1, 3).tolist()))


def read_picture(file: PaletteBytes) -> Palette:
    """The table of an indexed PNG, GIF or BMP as it is; a strip's swatches; else the visible colours as they appear.

    A strip is one row or column of squares of one colour each; there, too, every entry keeps its place.
    """
    try:
        indexed = color_tables.table_of(file.data)
    except ValueError as error:
        raise file.error(f"cut off or damaged; {error}.") from error
    if indexed is not None:
        table = _in_srgb(file) if file.data.startswith(png.SIGNATURE) else None
        return file.palette(map(Entry.of, (indexed[0] if table is None else table).tolist()))
    pixels = file.pixels()
    swatches = _swatches(pixels)
    if swatches is not None:
        return file.palette(map(Entry.of, swatches.tolist()))
    colors = distinct(pixels[pixels[..., 3] > 0][:, :3])
    if len(colors) > MAX_COLORS:
        raise file.error(
            f"the picture shows {len(colors)} colours; a palette has at most {MAX_COLORS}. "
            "Use Extract Palette to make one from a picture."
        )
    return file.palette(map(Entry.of, colors.tolist()))


def _in_srgb(file: PaletteBytes) -> NDArray[np.uint8] | None:
    """The table as the PNG's profile or gamma means it, uint8 [N, 4]; None without one."""
    swatches = png.swatches(file.data)
    return None if swatches is None else replace(file, data=swatches).pixels()[0]


def _swatches(pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The colours [N, 4] of a strip of at least two squares, uint8 [H, W, 4]; None where it is no strip."""
    across = pixels if pixels.shape[1] >= pixels.shape[0] else pixels.swapaxes(0, 1)
    side, length = across.shape[:2]
    if length % side or not 2 <= length // side <= MAX_COLORS:
        return None
    squares = across.reshape(side, -1, side, 4)
    first = squares[:1, :, :1]
    return first[0, :, 0] if (squares == first).all() else None


def write_png(palette: Palette) -> bytes:
    """A strip with a pixel an entry, and the palette itself as its table."""
    return png.indexed(np.arange(len(palette.entries))[None], palette.table)


ASEPRITE_MAGIC, ASEPRITE_FRAME = 0xA5E0, 0xF1FA
ASEPRITE_OLD_PALETTE, ASEPRITE_SIX_BITS, ASEPRITE_LAYER, ASEPRITE_PALETTE = 0x0004, 0x0011, 0x2004, 0x2019
BACKGROUND_LAYER = 8


def is_aseprite(data: bytes) -> bool:
    """Whether these are an Aseprite sprite's bytes; it shares the extension .ase with Adobe's swatches."""
    return data[4:6] == struct.pack("<H", ASEPRITE_MAGIC)


def is_whole_aseprite(data: bytes) -> bool:
    """Whether a first frame follows, too, as in no other file by chance."""
    return is_aseprite(data) and data[132:134] == struct.pack("<H", ASEPRITE_FRAME)


def read_aseprite(file: PaletteBytes) -> Palette:
    """The palette of a sprite's first frame; an indexed sprite's transparent index is see-through in it.

    Layout: "Aseprite File Format Specifications" (docs/ase-file-specs.md in Aseprite's repository).
    """
    if not is_aseprite(file.data):
        raise file.error("not an Aseprite sprite.")
    at = file.cursor()
    *_, depth, _, _, _, hidden = at.unpack("<I5HIHQB99x")
    size, magic, old_count, _, count = at.unpack("<I3H2xI")
    if magic != ASEPRITE_FRAME:
        raise file.error("damaged; there is no first frame.")
    old: dict[int, Entry] = {}
    new: dict[int, Entry] = {}
    background = False
    for kind, chunk in _chunks(Cursor(file, at.take(max(size, 16) - 16)), count or old_count):
        if kind == ASEPRITE_LAYER:
            background |= bool(chunk.unpack("<H")[0] & BACKGROUND_LAYER)
        elif kind == ASEPRITE_PALETTE:
            new.update(_new_palette(chunk))
        elif kind in (ASEPRITE_OLD_PALETTE, ASEPRITE_SIX_BITS):
            old.update(_old_palette(chunk, kind == ASEPRITE_SIX_BITS))
    table = new or old
    if depth == 8 and hidden in table and not background:
        table[hidden] = table[hidden]._replace(alpha=0)
    return file.palette(table.get(index, Entry((0, 0, 0))) for index in range(max(table, default=-1) + 1))


def _chunks(at: Cursor, count: int) -> Iterator[tuple[int, Cursor]]:
    for _ in range(count):
        size, kind = at.unpack("<IH")
        yield kind, Cursor(at.file, at.take(max(size, 6) - 6))


def _new_palette(chunk: Cursor) -> Iterator[tuple[int, Entry]]:
    _, first, last = chunk.unpack("<3I8x")
    for index in range(first, min(last, MAX_COLORS - 1) + 1):
        flags, red, green, blue, alpha = chunk.unpack("<H4B")
        name = chunk.take(*chunk.unpack("<H")).decode("utf-8", "replace") if flags & 1 else ""
        yield index, Entry((red, green, blue), alpha, name)


def _old_palette(chunk: Cursor, six_bits: bool) -> Iterator[tuple[int, Entry]]:
    """Six bits fill eight as Aseprite fills them: the highest two come again at the end."""
    index = 0
    for _ in range(*chunk.unpack("<H")):
        skip, count = chunk.unpack("2B")
        index += skip
        for _ in range(count or MAX_COLORS):
            color = chunk.unpack("3B")
            if six_bits:
                color = tuple((value << 2 | value >> 4) & 255 for value in color)
            if index < MAX_COLORS:
                yield index, Entry.of(color)
            index += 1
