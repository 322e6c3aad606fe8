"""Adobe's swatches in four colour models: Adobe Swatch Exchange (.ase) and Photoshop's .aco.

Layouts: "Adobe Photoshop File Formats Specification" for .aco; .ase was never published, this is what readers of it
agree on. CMYK is converted plainly, without a printer's profile.
"""

from __future__ import annotations

import colorsys
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

import numpy as np

from ..color import spaces
from ..palette.palette import Entry, Palette
from .palette_bytes import Cursor, PaletteBytes

Rgb: TypeAlias = tuple[int, int, int]

# XYZ under D50, as Adobe's Lab means it, to linear sRGB, adapted to D65 after Bradford (Bruce Lindbloom's tables).
_LINEAR_FROM_XYZ_D50 = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
_WHITE_D50 = np.array([0.96422, 1.0, 0.82521])


def _bytes(values: Sequence[float]) -> Rgb:
    red, green, blue = (round(255 * min(max(value, 0.0), 1.0)) for value in values)
    return red, green, blue


def _rgb(values: Sequence[float]) -> Rgb:
    return _bytes(values)


def _gray(values: Sequence[float]) -> Rgb:
    return _bytes([values[0]] * 3)


def _cmyk(values: Sequence[float]) -> Rgb:
    c, m, y, k = values
    return _bytes([(1 - ink) * (1 - k) for ink in (c, m, y)])


def _hsb(values: Sequence[float]) -> Rgb:
    return _bytes(colorsys.hsv_to_rgb(*values[:3]))


def _lab(values: Sequence[float]) -> Rgb:
    """L 0..100, a and b -128..127."""
    y = (values[0] + 16) / 116
    f = np.clip([y + values[1] / 500, y, y - values[2] / 200], 0, 2)  # 2 is far beyond white
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE_D50
    return _bytes((spaces.encoded(_LINEAR_FROM_XYZ_D50 @ xyz) / 255).tolist())


# model -> (number of floats, to sRGB); L is 0..1 here
ASE_MODELS: dict[bytes, tuple[int, Callable[[Sequence[float]], Rgb]]] = {
    b"RGB ": (3, _rgb),
    b"CMYK": (4, _cmyk),
    b"LAB ": (3, lambda values: _lab([100 * values[0], *values[1:]])),
    b"Gray": (1, _gray),
}
ASE_GROUP, ASE_GROUP_END, ASE_COLOR = 0xC001, 0xC002, 0x0001
ASE_GLOBAL = 0  # the kind of swatch that changes wherever it was used


def read_ase(file: PaletteBytes) -> Palette:
    """Colour blocks in order; a colour in a group is named "group/colour"."""
    at = file.cursor()
    magic, _, _, blocks = at.unpack(">4sHHI")
    if magic != b"ASEF":
        raise file.error("neither an Adobe Swatch Exchange file nor an Aseprite sprite.")
    group, entries = "", []
    for _ in range(blocks):
        kind, size = at.unpack(">HI")
        block = Cursor(file, at.take(size))
        if kind == ASE_GROUP:
            group = _ase_name(block)
        elif kind == ASE_GROUP_END:
            group = ""
        elif kind == ASE_COLOR:
            entries.append(_ase_color(block, group))
    return file.palette(entries)


def _ase_name(block: Cursor) -> str:
    return block.utf16(*block.unpack(">H"))


def _ase_color(block: Cursor, group: str) -> Entry:
    name = _ase_name(block)
    (model,) = block.unpack("4s")
    if model not in ASE_MODELS:
        models = ", ".join(key.decode().strip() for key in ASE_MODELS)
        raise block.file.error(f"the colour {name[:40]!r} is in a model that isn't one of {models}.")
    count, convert = ASE_MODELS[model]
    values = block.unpack(f">{count}f")
    if not np.isfinite(values).all():
        raise block.file.error(f"the colour {name[:40]!r} is not a number.")
    return Entry(convert(values), name=f"{group}/{name}" if group else name)


def write_ase(palette: Palette) -> bytes:
    """RGB swatches; neighbours with names like "group/colour" stand in a group. Transparency is lost."""
    blocks = []
    for group, entries in groupby(palette.entries, key=_group):
        own = [_ase_block(ASE_COLOR, e.name[len(group) + 1 if group else 0 :], _ase_rgb(e)) for e in entries]
        blocks += [_ase_block(ASE_GROUP, group), *own, _ase_block(ASE_GROUP_END)] if group else own
    return struct.pack(">4sHHI", b"ASEF", 1, 0, len(blocks)) + b"".join(blocks)


def _group(entry: Entry) -> str:
    before, slash, _ = entry.name.partition("/")
    return before if slash else ""


def _ase_block(kind: int, name: str | None = None, rest: bytes = b"") -> bytes:
    body = b"" if name is None else _utf16(name, ">H") + rest
    return struct.pack(">HI", kind, len(body)) + body


def _ase_rgb(entry: Entry) -> bytes:
    return struct.pack(">4s3fH", b"RGB ", *(value / 255 for value in entry.rgb), ASE_GLOBAL)


def _utf16(text: str, length: str) -> bytes:
    """A count of units, the closing zero among them, and the text."""
    body = text.encode("utf-16-be") + b"\0\0"
    return struct.pack(length, len(body) // 2) + body


def _signed(value: int) -> int:
    return value - 0x10000 if value > 0x7FFF else value


# space -> to sRGB from four 16-bit numbers
ACO_SPACES: dict[int, Callable[[Sequence[int]], Rgb]] = {
    0: lambda v: _rgb([part / 0xFFFF for part in v[:3]]),
    1: lambda v: _hsb([part / 0xFFFF for part in v[:3]]),
    2: lambda v: _cmyk([1 - part / 0xFFFF for part in v]),
    7: lambda v: _lab([v[0] / 100, _signed(v[1]) / 100, _signed(v[2]) / 100]),
    8: lambda v: _gray([v[0] / 10000]),
    9: lambda v: _cmyk([part / 10000 for part in v]),
}


def read_aco(file: PaletteBytes) -> Palette:
    """Version 1, or version 2 with names, which usually follows version 1 in the same file."""
    at = file.cursor()
    version, count = at.unpack(">2H")
    if version not in (1, 2):
        raise file.error("not a colour file of Photoshop; one begins with its version, 1 or 2.")
    entries = list(_aco_entries(at, count, version))
    if version == 1 and at.left >= 4 and at.unpack(">2H") == (2, count):
        entries = list(_aco_entries(at, count, 2))
    return file.palette(entries)


def _aco_entries(at: Cursor, count: int, version: int) -> Iterator[Entry]:
    for _ in range(count):
        space, *values = at.unpack(">5H")
        if space not in ACO_SPACES:
            raise at.file.error(f"it holds a colour in space {space}; known: {', '.join(map(str, ACO_SPACES))}.")
        name = at.utf16(*at.unpack(">I")) if version == 2 else ""
        yield Entry(ACO_SPACES[space](values), name=name)


def write_aco(palette: Palette) -> bytes:
    """Both versions, RGB; transparency is lost."""
    colors = [struct.pack(">5H", 0, *(257 * value for value in entry.rgb), 0) for entry in palette.entries]
    named = [one + _utf16(entry.name, ">I") for one, entry in zip(colors, palette.entries, strict=True)]
    parts = [struct.pack(">2H", 1, len(colors)), *colors, struct.pack(">2H", 2, len(colors)), *named]
    return b"".join(parts)
