"""The built-in palettes: one `palettes/NAME.hex` a palette; a new file is in every menu at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from . import picture_file
from .pixel.errors import require
from .pixel.files import palette_file
from .pixel.palette.palette import Palette

FOLDER = Path(__file__).with_name("palettes")


@cache
def palettes() -> dict[str, Palette]:
    """Every built-in palette by its name (the file's stem), in alphabetical order."""
    files = sorted(FOLDER.glob("*.hex"))
    return {file.stem: palette_file.parse(file.read_bytes(), file.name, picture_file.decode) for file in files}


def palette(name: str) -> Palette:
    """The built-in palette of that name. Raises UnknownName."""
    require(name, palettes(), what="Palette")
    return palettes()[name]
