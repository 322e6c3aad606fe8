"""The palette that the Pixart editor sends: a list of hex colours, or its default, which is no wish. Pure."""

from __future__ import annotations

from typing import Any

from bridge.adapters.fields import HEX_COLOR, shown
from bridge.adapters.tuning import MOST_COLORS
from bridge.core.errors import BadRequest

MOST_LISTED = 4096  # entries, repetitions included, that are looked at

# What the editor sends when the user chose no palette and its prompt has none of the words it knows.
NO_WISH = ("#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff")


def listed_colors(palette: Any, *, literal: bool) -> list[str]:
    """The caller's colours as `rrggbb`, as `in_places` has them; empty when there is no wish."""
    if palette in (None, []):
        return []
    if not isinstance(palette, list):
        raise BadRequest(f"colorPalette must be a list of colours, not {shown(palette)}.", field="colorPalette")
    if len(palette) > MOST_LISTED:
        raise _miscounted(f"{len(palette)} entries")
    colors = [_color(text, place) for place, text in enumerate(palette)]
    if not 2 <= len(set(colors)) <= MOST_COLORS:
        raise _miscounted(f"{len(set(colors))} different colours")
    colors = in_places(colors)
    return [] if not literal and tuple(f"#{color}" for color in colors) == NO_WISH else colors


def in_places(colors: list[str]) -> list[str]:
    """The colours, repeated ones too, so that an index means what the caller means by it; each once where all of them
    are more than a PNG can hold."""
    return colors if len(colors) <= MOST_COLORS else list(dict.fromkeys(colors))


def _miscounted(what: str) -> BadRequest:
    hint = f"Give 2 to {MOST_COLORS} colours, or leave it out for the style's own."
    return BadRequest(f"colorPalette has {what}.", field="colorPalette", hint=hint)


def _color(text: Any, place: int) -> str:
    result = HEX_COLOR.fullmatch(text) if isinstance(text, str) else None
    if result is None:
        field = f"colorPalette[{place}]"
        raise BadRequest(f"{field} is no colour: {shown(text)}.", field=field, hint="Write it like #ff004d.")
    digits = result[1].lower()
    return digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
