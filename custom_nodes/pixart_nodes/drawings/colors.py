"""The colours that recipes name, and the one rule for their darker and lighter tones."""

from __future__ import annotations

import colorsys
import re
from functools import cache
from typing import TypeAlias

from ..errors import DrawingError

Rgb: TypeAlias = tuple[int, int, int]

NAMED = {
    "red": "#d23b43",
    "orange": "#e8893a",
    "yellow": "#f4cb47",
    "leaf": "#5fae45",
    "green": "#3f8f4f",
    "teal": "#3aa6a0",
    "sky": "#7cc3ec",
    "blue": "#3f74d0",
    "navy": "#34437f",
    "purple": "#7d4fb0",
    "pink": "#ee8fa6",
    "brown": "#8a5634",
    "bark": "#6b4430",
    "tan": "#d2a066",
    "cream": "#f5e3bd",
    "white": "#f4f2ee",
    "grey": "#9a9da8",
    "steel": "#b9c4d4",
    "stone": "#8f8c94",
    "dark": "#3a3448",
    "black": "#241b30",
    "skin": "#f0bb8e",
    "gold": "#eeb035",
    "ink": "#21182c",
    "light": "#fffbe8",
    "glow": "#ffe98a",
    "glass": "#bfe3f2",
}

SOFT = {(0xF0, 0xBB, 0x8E): (0xDB, 0x9A, 0x72)}  # the shade of faces: the rule's would look like a beard
COAL = "#352f45"  # between black and dark

LIGHTNESS = {-2: 0.48, -1: 0.74}  # of a darker tone, times that of the colour itself
LIFT = {1: 0.42, 2: 0.66}  # of the way from a colour's lightness to white
VIOLET, YELLOW = 0.72, 0.14  # hues that shade and light turn to
MOST_TURN = 0.04  # of the colour circle
GREY = 0.12  # saturation below which a shade takes violet for its hue
PALE = (0.70, 0.16)  # lightness from which on a shade is lilac, and over what range
LILAC = {-1: (0.80, 0.75, 0.86), -2: (0.50, 0.43, 0.56)}  # of the pale colour's channels
HEX = re.compile(r"#[0-9a-fA-F]{6}")


def rgb(color: str | Rgb) -> Rgb:
    """sRGB 0 to 255 of a name in NAMED, of `#rrggbb`, or of three numbers. Raises DrawingError."""
    if isinstance(color, str):
        text = NAMED.get(color, color)
        if not HEX.fullmatch(text):
            raise DrawingError(f"{color[:40]!r} is no colour. Write #rrggbb or one of: {', '.join(NAMED)}.")
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    values = tuple(int(value) for value in color)
    if len(values) != 3 or not all(0 <= value <= 255 for value in values):
        raise DrawingError(f"{color!r} is no colour: give red, green and blue from 0 to 255.")
    return values


@cache
def tone(color: Rgb, step: int) -> Rgb:
    """A colour `step` tones darker (-1, -2) or lighter (1, 2): every drawing stands in one light.

    Darker tones turn to violet and lighter ones to yellow; pale colours get a lilac shade instead of a muddy one.
    """
    if step == 0:
        return color
    if step == -1 and color in SOFT:
        return SOFT[color]
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in color))
    toward = ((VIOLET if step < 0 else YELLOW) - hue + 0.5) % 1 - 0.5
    hue = (hue + max(-MOST_TURN, min(MOST_TURN, toward * 0.25))) % 1
    if step > 0:
        lighter = lightness + (1 - lightness) * LIFT[step]
        return _bytes(colorsys.hls_to_rgb(hue, min(1.0, lighter), saturation))
    if saturation < GREY:
        hue, saturation = 0.70, 0.13
    darker = colorsys.hls_to_rgb(hue, lightness * LIGHTNESS[step], saturation)
    pale = max(0.0, min(1.0, (lightness - PALE[0]) / PALE[1]))
    lilac = (value / 255 * part for value, part in zip(color, LILAC[step], strict=True))
    return _bytes(tuple(dark * (1 - pale) + mauve * pale for dark, mauve in zip(darker, lilac, strict=True)))


def _bytes(channels: tuple[float, ...]) -> Rgb:
    red, green, blue = (round(channel * 255) for channel in channels)
    return red, green, blue


def border(color: Rgb) -> Rgb:
    """The line between a part and the one below it: darker than the upper part's darkest tone."""
    red, green, blue = tone(color, -2)
    return red * 85 // 100, green * 85 // 100, blue * 85 // 100
