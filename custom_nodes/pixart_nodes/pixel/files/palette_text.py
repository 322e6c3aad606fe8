"""Palettes as text: Lospec's .hex and .json, GIMP's .gpl, Paint Shop Pro's .pal and paint.net's .txt."""

from __future__ import annotations

import json
import re
from typing import Any

from ..palette.palette import Entry, Palette
from .palette_bytes import PaletteBytes

COMMENT = re.compile(r"//|#+(?:\s|$)")
REMARK_PATTERN = re.compile(r"\s;.*")
LONG_DIGITS = re.compile(r"[0-9a-fA-F]{5}(?=[0-9a-fA-F])")
JOINER = "\u2060"  # nobody sees it, and no palette's text has it
APART = rf"\g<0>{JOINER}"
LOSPEC_COLORS = ("colors", "colorsArray")  # in its files, and in what its pages load


def read_hex(file: PaletteBytes) -> Palette:
    """A colour a line, or several; lines that start with `;` may say `name:`, `author:` and `source:`.

    A comment may stand behind a blank and `;`, too, or in a line of its own behind `//`, or `#` and a blank.
    """
    notes: dict[str, str] = {}
    colors: list[Entry] = []
    for line in file.lines():
        if line.startswith(";"):
            key, _, value = line[1:].partition(":")
            notes[key.strip().lower()] = value.replace(JOINER, "").strip()
        elif not COMMENT.match(line):
            colors += file.colors(REMARK_PATTERN.sub("", line))
    return file.palette(colors, notes.get("name", ""), notes.get("source", ""), notes.get("author", ""))


def write_hex(palette: Palette) -> bytes:
    """Name, author and source in comments, then a colour a line.

    Aseprite takes six hex digits for a colour wherever they stand, so in comments a joiner goes behind each five.
    """
    notes = {"name": palette.name, "author": palette.author, "source": palette.source}
    lines = [f"; {key}: {LONG_DIGITS.sub(APART, value)}" for key, value in notes.items() if value]
    return _joined([*lines, *(bytes(entry.rgb).hex() for entry in palette.entries)])


def read_gpl(file: PaletteBytes) -> Palette:
    """A header, then `R G B name` lines; Aseprite's `Channels: RGBA` adds alpha after B.

    Lospec gives the title in a comment, `#Palette Name:`.
    """
    lines = file.lines()
    if not lines or not lines[0].startswith("GIMP Palette"):
        raise file.error("the first line of a .gpl file must be 'GIMP Palette'.")
    notes: dict[str, str] = {}
    entries = []
    for line in lines[1:]:
        if field := re.match(r"(?:#Palette )?([A-Za-z]+):(.*)", line):
            notes[field[1].lower()] = field[2].strip()
        elif not line.startswith("#"):
            entries.append(_gpl_entry(file, line, 4 if notes.get("channels", "").upper() == "RGBA" else 3))
    columns = notes.get("columns", "")
    return file.palette(
        entries, notes.get("name", ""), columns=int(columns) if re.fullmatch("[0-9]{1,3}", columns) else 0
    )


def _gpl_entry(file: PaletteBytes, line: str, channels: int) -> Entry:
    values, name = file.numbers(line, channels, channels)
    return Entry.of(values, "" if name == "Untitled" else name)  # GIMP's word for no name


def write_gpl(palette: Palette) -> bytes:
    """GIMP's own layout; with alpha only where some entry isn't opaque, for GIMP takes it for a name.

    GIMP takes what isn't the name in the second line and the columns in the third for colours, and Krita the whole file
    for none: so Aseprite's `Channels`, which may stand anywhere before the colours, follows them.
    """
    alpha = any(entry.alpha < 255 for entry in palette.entries)
    head = ["GIMP Palette", f"Name: {palette.name}", f"Columns: {palette.columns}"]
    lines = [_gpl_line(entry, alpha) for entry in palette.entries]
    return _joined([*head, *(["Channels: RGBA"] if alpha else []), "#", *lines])


def _gpl_line(entry: Entry, alpha: bool) -> str:
    numbers = " ".join(f"{value:3d}" for value in (*entry.rgb, entry.alpha)[: 4 if alpha else 3])
    return f"{numbers}\t{entry.name or 'Untitled'}"


def read_jasc(file: PaletteBytes) -> Palette:
    """`JASC-PAL`, a version, the count, then `R G B` lines; a fourth number is alpha."""
    lines = file.lines()
    if lines[:1] != ["JASC-PAL"]:
        raise file.error("a .pal file must begin with 'JASC-PAL' or 'RIFF'.")
    if len(lines) < 3 or not re.fullmatch("[0-9]{1,5}", lines[2]):
        raise file.error("the third line of a JASC palette must be its number of colours.")
    if len(lines) - 3 < int(lines[2]):
        raise file.error(f"cut off; it announces {int(lines[2])} colours and holds {len(lines) - 3}.")
    return file.palette(Entry.of(file.numbers(line, 3, 4)[0]) for line in lines[3:])


def write_jasc(palette: Palette) -> bytes:
    """As Paint Shop Pro writes it, lines ending in CR LF; transparency is lost."""
    lines = ["JASC-PAL", "0100", str(len(palette.entries)), *("{} {} {}".format(*e.rgb) for e in palette.entries)]
    return _joined(lines, "\r\n")


def read_paint_net(file: PaletteBytes) -> Palette:
    """`;` comments, one of which may name the palette, and a colour a line: AARRGGBB, or RRGGBB for an opaque one."""
    title = ""
    entries = []
    for line in file.lines():
        if line.startswith(";"):
            key, _, value = line[1:].partition(":")
            title = value.strip() if key.strip().lower() == "palette name" else title
        elif re.fullmatch(r"[0-9a-fA-F]{8}", line):
            entries.append(file.color(line[2:])._replace(alpha=int(line[:2], 16)))
        else:
            entries += file.colors(line)
    return file.palette(entries, title)


def write_paint_net(palette: Palette) -> bytes:
    """paint.net's own comments, then AARRGGBB lines; paint.net itself shows the first 96."""
    head = [";paint.net Palette File", f";Palette Name: {palette.name}", f";Colors: {len(palette.entries)}"]
    return _joined([*head, *(bytes((e.alpha, *e.rgb)).hex().upper() for e in palette.entries)])


def read_lospec(file: PaletteBytes) -> Palette:
    """What Lospec gives of a palette, {"name", "author", "colors": ["rrggbb", …]}, what its pages load, or a list."""
    content = _json(file)
    content = {"colors": content} if isinstance(content, list) else content
    listed = content.get("palettes") if isinstance(content, dict) else None
    if isinstance(listed, list):
        if len(listed) != 1:
            raise file.error(f"it holds {len(listed)} palettes; keep the one that is wanted.")
        content = listed[0]
    colors = (
        next((content[key] for key in LOSPEC_COLORS if key in content), None) if isinstance(content, dict) else None
    )
    if not isinstance(content, dict) or not isinstance(colors, list):
        raise file.error('expected what Lospec gives: {"name": …, "author": …, "colors": ["rrggbb", …]}.')
    entries = [file.color(color if isinstance(color, str) else json.dumps(color)) for color in colors]
    user = content.get("user")
    author = _text(content.get("author")) or (_text(user.get("name")) if isinstance(user, dict) else "")
    return file.palette(entries, _text(content.get("name")) or _text(content.get("title")), author=author)


def _json(file: PaletteBytes) -> Any:
    try:
        return json.loads(file.data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise file.error(f"not a JSON file: {error}") from error


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def write_lospec(palette: Palette) -> bytes:
    """The same object as Lospec's, on one line."""
    colors = [bytes(entry.rgb).hex() for entry in palette.entries]
    return json.dumps({"name": palette.name, "author": palette.author, "colors": colors}).encode()


def _joined(lines: list[str], end: str = "\n") -> bytes:
    return end.join([*lines, ""]).encode()
