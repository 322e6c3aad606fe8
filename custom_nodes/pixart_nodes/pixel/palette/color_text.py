"""Colours as people write them: hex with and without alpha, CSS's names, rgb(); alone and in lists, and back."""

from __future__ import annotations

import re

from ..errors import PaletteError
from .css_names import NAMES
from .palette import MAX_COLORS, Entry, Palette

HEX = re.compile(r"#?(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})|#[0-9a-f]{4}|0x[0-9a-f]{6}")
TRANSPARENT = "transparent"  # in CSS, black that isn't seen
FUNCTION = re.compile(r"rgba?\((.*)\)")
WORD = re.compile(r"[a-z]+\([^)]*\)!?|[^\s,;\"'\[\]]+", re.IGNORECASE)
LOCK = "!"  # behind a colour of a list
NUMBER = re.compile(r"([0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})(%?)")


def parse_entry(text: str) -> Entry:
    """Read `#rgb` or `#rrggbb`, with alpha behind it too, or without `#`; a name; rgb(). Raises PaletteError."""
    plain = text.strip().lower()
    digits = NAMES.get(plain) or (plain.removeprefix("#").removeprefix("0x") if HEX.fullmatch(plain) else "")
    if plain == TRANSPARENT:
        return Entry((0, 0, 0), 0)
    if digits:
        pairs = digits if len(digits) > 4 else "".join(2 * digit for digit in digits)
        return Entry.of(bytes.fromhex(pairs))
    if (match := FUNCTION.fullmatch(plain)) and (values := _values(match[1])):
        return Entry.of(values)
    raise PaletteError(f"{text.strip()[:40]!r} is not a colour; write it as #rrggbb, for example #ff004d.")


def _values(inside: str) -> list[int] | None:
    """Red, green, blue and alpha of what stands in rgb(); None for what is none of CSS's ways to write it."""
    words = re.split(r"[\s,/]+", inside.strip())
    matches = [NUMBER.fullmatch(word) for word in words]
    if len(words) not in (3, 4):
        return None
    values = []
    for place, match in enumerate(matches):
        if match is None:
            return None
        whole = 100 if match[2] else 1 if place == 3 else 255
        values.append(round(min(float(match[1]) / whole, 1) * 255))
    return values


def parse_color(text: str) -> tuple[int, int, int]:
    """Red, green and blue 0..255 of one opaque colour, written as `parse_entry` reads colours.

    Raises PaletteError for a text that is no colour, and for a colour that is see-through.
    """
    entry = parse_entry(text)
    if entry.alpha < 255:
        raise PaletteError(
            f"{text.strip()[:40]!r} is see-through, and a colour that isn't is wanted here; write "
            f"#{bytes(entry.rgb).hex()}."
        )
    return entry.rgb


def parse_colors(text: str, name: str = "custom") -> Palette:
    """Read colours separated by spaces, commas, semicolons or new lines; each keeps its place, repeats and alpha too.

    A `!` behind a colour locks it. Of more than an index can name, repeated ones go. Raises PaletteError.
    """
    entries = [parse_entry(word.removesuffix(LOCK))._replace(locked=word.endswith(LOCK)) for word in WORD.findall(text)]
    if len(entries) > MAX_COLORS:
        entries = list(dict.fromkeys(entries))
    return Palette(tuple(entries), name, "colour list")


def written(entry: Entry) -> str:
    """The entry as text: `#rrggbb`, or `#rrggbbaa` where it isn't opaque, and a `!` at the end where it is locked."""
    values = entry.rgb if entry.alpha == 255 else (*entry.rgb, entry.alpha)
    return f"#{bytes(values).hex()}{LOCK * entry.locked}"
