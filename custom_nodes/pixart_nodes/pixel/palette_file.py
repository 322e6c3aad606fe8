"""Palette files: .hex .gpl .pal (JASC and RIFF) .act .png; bytes in, a Palette out, and back for most."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from . import png
from .errors import PaletteError, UnknownName
from .palette import MAX_COLORS, Palette, distinct, parse_color

Decode = Callable[[bytes], NDArray[np.uint8]]


def parse(data: bytes, filename: str, decode: Decode) -> Palette:
    """Read a palette file by its extension; `decode` turns PNG bytes into uint8 [H, W, 4].

    Raises PaletteError, naming the file and the offending text or length.
    """
    path = PurePath(filename)
    kind = path.suffix.lower()
    if kind == ".png":
        return Palette.of(_from_png(data, path.name, decode), path.stem, path.name)
    if kind not in READERS:
        raise UnknownName(kind or path.name, [*READERS, ".png"], what="Palette file type")
    return READERS[kind](data, path.name)


def read_hex(data: bytes, name: str) -> Palette:
    """Lospec's .hex: a colour a line; lines that start with `;` may say `name:`, `author:` and `source:`."""
    notes: dict[str, str] = {}
    colors = []
    for line in _lines(data, name):
        if line.startswith(";"):
            key, _, value = line[1:].partition(":")
            notes[key.strip().lower()] = value.strip()
        else:
            colors.append(_color(line, name))
    stem = PurePath(name).stem
    return Palette.of(colors, notes.get("name", stem), notes.get("source", name), notes.get("author", ""))


def read_gpl(data: bytes, name: str) -> Palette:
    """GIMP's .gpl: a header, then `R G B name` lines (Aseprite's fourth channel is ignored)."""
    lines = _lines(data, name)
    if not lines or not lines[0].startswith("GIMP Palette"):
        raise PaletteError(f"{name}: the first line of a .gpl file must be 'GIMP Palette'.")
    title = PurePath(name).stem
    colors = []
    for line in lines[1:]:
        if line.startswith("Name:"):
            title = line[5:].strip() or title
        elif not re.match(r"#|[A-Za-z]+:", line):
            colors.append(_numbers(line, name))
    return Palette.of(colors, title, name)


def read_pal(data: bytes, name: str) -> Palette:
    """A .pal file: Microsoft's RIFF or Paint Shop Pro's JASC, by its first bytes."""
    if data[:4] == b"RIFF":
        return Palette.of(_from_riff(data, name), PurePath(name).stem, name)
    lines = _lines(data, name)
    if lines[:1] != ["JASC-PAL"]:
        raise PaletteError(f"{name}: a .pal file must begin with 'JASC-PAL' or 'RIFF'.")
    return Palette.of([_numbers(line, name) for line in lines[3:]], PurePath(name).stem, name)


def read_act(data: bytes, name: str) -> Palette:
    """Adobe's .act: 256 RGB triplets; the optional last four bytes hold the count."""
    if len(data) not in (768, 772):
        raise PaletteError(f"{name}: an .act file has 768 or 772 bytes, this one has {len(data)}.")
    count = struct.unpack(">H", data[768:770])[0] if len(data) == 772 else MAX_COLORS
    table = np.frombuffer(data[:768], np.uint8).reshape(-1, 3)
    return Palette.of(table[: count or MAX_COLORS], PurePath(name).stem, name)


READERS: dict[str, Callable[[bytes, str], Palette]] = {
    ".hex": read_hex,
    ".gpl": read_gpl,
    ".pal": read_pal,
    ".act": read_act,
}


def write_hex(palette: Palette) -> bytes:
    """The palette as a .hex file with its name, author and source in comment lines."""
    notes = {"name": palette.name, "author": palette.author, "source": palette.source}
    lines = [f"; {key}: {value}" for key, value in notes.items() if value]
    return "\n".join([*lines, *palette.hex(), ""]).encode()


def _lines(data: bytes, name: str) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PaletteError(f"{name}: not a text file; is the extension right?") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _color(text: str, name: str) -> tuple[int, int, int]:
    try:
        return parse_color(text)
    except PaletteError as error:
        raise PaletteError(f"{name}: {error}") from error


def _numbers(line: str, name: str) -> list[int]:
    numbers = [int(n) for n in re.findall(r"\d+", line)[:3]] if re.match(r"\s*\d", line) else []
    if len(numbers) != 3 or max(numbers) > 255:
        raise PaletteError(f"{name}: {line[:40]!r} is not a colour; expected three numbers 0..255.")
    return numbers


def _from_riff(data: bytes, name: str) -> NDArray[np.uint8]:
    at = data.find(b"data", 8)
    if data[8:12] != b"PAL " or at < 0 or len(data) < at + 12:
        raise PaletteError(f"{name}: a RIFF file, but not a palette.")
    count = struct.unpack("<H", data[at + 10 : at + 12])[0]
    body = data[at + 12 : at + 12 + 4 * count]
    if len(body) < 4 * count:
        raise PaletteError(f"{name}: cut off; it announces {count} colours and holds {len(body) // 4}.")
    return np.frombuffer(body, np.uint8).reshape(-1, 4)[:, :3]


def _from_png(data: bytes, name: str, decode: Decode) -> NDArray[np.uint8]:
    """The PLTE entries that aren't transparent, or else the visible colours in reading order."""
    table = png.palette_of(data)
    if table is not None:
        return table
    pixels = decode(data)
    colors = distinct(pixels[pixels[..., 3] > 0][:, :3])
    if len(colors) > MAX_COLORS:
        raise PaletteError(
            f"{name} shows {len(colors)} colours; a palette has at most {MAX_COLORS}. "
            "Use Extract Palette to make one from a picture."
        )
    return colors
