"""Palette files: one table of formats, bytes in and a Palette out, and back. A new format is one more entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from .. import errors
from ..errors import UnknownName
from ..palette.palette import Palette
from . import palette_binary, palette_swatch, palette_text, png
from .palette_bytes import Decode, PaletteBytes


@dataclass(frozen=True)
class Format:
    """A kind of file: what people call it, how it is read and written, and what it keeps beside the colours.

    `keeps` names fields of Palette (name, source, author, columns) and of its entries (alpha, names).
    """

    suffix: str
    what: str
    read: Callable[[PaletteBytes], Palette]
    write: Callable[[Palette], bytes] | None = None
    keeps: frozenset[str] = frozenset()


def _read_pal(file: PaletteBytes) -> Palette:
    if file.data[:4] == b"RIFF":
        return palette_binary.read_riff(file)
    raw = len(file.data) in palette_binary.RAW_SIZES and not file.data.startswith(b"JASC-PAL")
    return palette_binary.read_raw(file) if raw else palette_text.read_jasc(file)


def _read_ase(file: PaletteBytes) -> Palette:
    """Adobe's swatches, or the palette of an Aseprite sprite of the same extension."""
    aseprite = palette_binary.is_aseprite(file.data)
    return palette_binary.read_aseprite(file) if aseprite else palette_swatch.read_ase(file)


def _format(
    suffix: str,
    what: str,
    read: Callable[[PaletteBytes], Palette],
    write: Callable[[Palette], bytes] | None = None,
    keeps: Iterable[str] = (),
) -> Format:
    return Format(suffix, what, read, write, frozenset(keeps))


_text, _binary, _swatch = palette_text, palette_binary, palette_swatch
FORMATS: dict[str, Format] = {
    "hex": _format(".hex", "Lospec's list of colours", _text.read_hex, _text.write_hex, ["name", "source", "author"]),
    "gpl": _format(".gpl", "GIMP, Aseprite", _text.read_gpl, _text.write_gpl, ["name", "columns", "names", "alpha"]),
    "jasc-pal": _format(".pal", "Paint Shop Pro, Aseprite", _read_pal, _text.write_jasc),
    "riff-pal": _format(".pal", "Windows", _read_pal, _binary.write_riff),
    "act": _format(".act", "Photoshop's colour table", _binary.read_act, _binary.write_act, ["transparent"]),
    "ase": _format(".ase", "Adobe Swatch Exchange", _read_ase, _swatch.write_ase, ["names"]),
    "aco": _format(".aco", "Photoshop's swatches", _swatch.read_aco, _swatch.write_aco, ["names"]),
    "png": _format(".png", "a strip, or any palette PNG", _binary.read_picture, _binary.write_png, ["alpha"]),
    "gif": _format(".gif", "a GIF's first table", _binary.read_picture),
    "bmp": _format(".bmp", "an indexed BMP's table", _binary.read_picture),
    "paint-net": _format(".txt", "paint.net", _text.read_paint_net, _text.write_paint_net, ["name", "alpha"]),
    "lospec-json": _format(".json", "Lospec", _text.read_lospec, _text.write_lospec, ["name", "author"]),
    "aseprite": _format(".aseprite", "an Aseprite sprite's palette", _binary.read_aseprite),
}


# How files begin that can be told by it, whatever they are called.
BEGINNINGS: dict[bytes, Callable[[PaletteBytes], Palette]] = {
    png.SIGNATURE: _binary.read_picture,
    b"GIF8": _binary.read_picture,
    b"II*\0": _binary.read_picture,  # TIFF
    b"MM\0*": _binary.read_picture,
    b"JASC-PAL": _text.read_jasc,
    b"GIMP Palette": _text.read_gpl,
    b"ASEF": _swatch.read_ase,
    b";paint.net": _text.read_paint_net,
    b"; paint.net": _text.read_paint_net,
}
_ALSO_READ = {  # told by content
    "jasc-pal": (_text.read_jasc, _binary.read_raw),
    "riff-pal": (_binary.read_riff,),
    "ase": (_swatch.read_ase,),
}
# Bytes without a beginning, by how many they are, where the ending says nothing and they are no text.
SIZES = {192: _binary.read_raw, 768: _binary.read_raw, 1536: _binary.read_raw, 772: _binary.read_act}
BARE_BYTES = (".act", ".aco")  # which may begin with anything
TEXTS_OWN = (".txt",)  # where eight digits are paint.net's, alpha first
# Comments, and colours of six or eight digits one after the other. Each line can be read in one way only: with two, a
# file of a few hundred digits that ends otherwise would take years.
LIST = re.compile(rb'\[\s*"')  # of JSON
COLOR_LINES = re.compile(
    rb"(?:\s*(?:;[^\r\n]*(?![^\r\n])|#?(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8}|(?:[0-9a-fA-F]{2}){6,})(?![0-9a-fA-F])))+\s*"
)


def parse(data: bytes, filename: str, decode: Decode) -> Palette:
    """Read a palette file by what is in it, and where that doesn't tell by its extension.

    `decode` turns a picture's bytes into uint8 [H, W, 4]. Raises PaletteError, naming the file and the offending text
    or length, and UnknownName for an extension where the content is unknown, too.
    """
    return _reader(data, filename)(PaletteBytes(data, filename, decode))


def kind(data: bytes, filename: str) -> str:
    """The name in FORMATS by which such a file is read. Raises UnknownName where neither content nor extension tell."""
    reader, suffix = _reader(data, filename), PurePath(filename).suffix.lower()
    names = [name for name, format in FORMATS.items() if reader in (format.read, *_ALSO_READ.get(name, ()))]
    return next((name for name in names if FORMATS[name].suffix == suffix), names[0])


def is_told(data: bytes) -> bool:
    """Whether the content alone says that these are a palette file's bytes."""
    return _reader_by_content(data, "") is not None


def _reader(data: bytes, filename: str) -> Callable[[PaletteBytes], Palette]:
    readers = {format.suffix: format.read for format in reversed(FORMATS.values())}
    suffix = PurePath(filename).suffix.lower()
    reader = _reader_by_content(data, suffix) or readers.get(suffix) or _sized(data)
    if reader is None:
        raise UnknownName(suffix or PurePath(filename).name, sorted(readers), what="Palette file type")
    return reader


def _reader_by_content(data: bytes, suffix: str) -> Callable[[PaletteBytes], Palette] | None:
    """What reads a file with such a content; None where it doesn't tell."""
    if data[8:12] == b"PAL " and data.startswith(b"RIFF"):
        return _binary.read_riff
    if _binary.is_whole_aseprite(data):
        return _binary.read_aseprite
    if data[8:12] == b"WEBP" or _is_bitmap(data):
        return _binary.read_picture
    bare = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    by_beginning = next((reader for begin, reader in BEGINNINGS.items() if bare.startswith(begin)), None)
    if by_beginning or suffix in BARE_BYTES:
        return by_beginning
    if bare.startswith(b"{") or LIST.match(bare):
        return _text.read_lospec
    if suffix in TEXTS_OWN:
        return None
    return _text.read_hex if COLOR_LINES.fullmatch(bare) else None


def _is_bitmap(data: bytes) -> bool:
    """Whether these are a BMP's bytes, which begin with two letters and with how many they are."""
    return data.startswith(b"BM") and data[2:6] == len(data).to_bytes(4, "little")


def _sized(data: bytes) -> Callable[[PaletteBytes], Palette] | None:
    return None if data.isascii() and data.decode().isprintable() else SIZES.get(len(data))


def written() -> dict[str, Format]:
    """The formats that can be written, by their names."""
    return {name: format for name, format in FORMATS.items() if format.write}


def require(format: str) -> None:
    """Raise UnknownName unless there is such a format to write."""
    errors.require(format, written(), what="Palette format")


def write(palette: Palette, format: str) -> bytes:
    """The palette as a file of that format; what the format doesn't keep is lost. Raises UnknownName."""
    require(format)
    writer = FORMATS[format].write
    assert writer is not None
    return writer(palette)
