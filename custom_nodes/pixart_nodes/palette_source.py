"""Whatever a person gives for a palette: a name, colours as text, an address of Lospec, a file's bytes, a picture."""

from __future__ import annotations

import re
from dataclasses import replace

from . import library, picture_file
from .errors import PaletteError, PictureError, UnknownName
from .pixel.files import palette_file
from .pixel.palette import extract
from .pixel.palette.color_text import WORD, parse_colors
from .pixel.palette.palette import Palette

LOSPEC = re.compile(r"(?:https?://)?(?:www\.)?lospec\.com/palette-list/([\w-]+)(?:\.\w+)?/?", re.IGNORECASE)
MOST_PIXELS = 1 << 24  # of a picture that colours are taken from: 4096 x 4096, which needs 64 MB
PICTURE_COLORS = 16  # taken from a picture that shows more than a palette has room for
METHOD = "median-cut"
UNNAMED = Palette.name  # as the palette of a text is called
FILE = "palette"  # what errors call a file without a name


def of_text(text: str) -> Palette:
    """The palette of `sweetie-16`, of `red #1d2b53 rgb(1, 2, 3)`, or of a Lospec page whose palette is built in.

    No address is asked. Raises PaletteError.
    """
    address = LOSPEC.fullmatch(text.strip())
    slug = (address[1] if address else "-".join(text.split())).lower()
    if slug in library.palettes():
        return library.palette(slug)
    if address:
        raise PaletteError(
            f"The palette {slug!r} isn't built in, and addresses aren't fetched: download its file from Lospec and "
            "give that."
        )
    try:
        return parse_colors(text)
    except PaletteError as error:
        raise _neither(text, error) from error


def _neither(text: str, error: PaletteError) -> PaletteError:
    """For a single word, which may be meant as a name, what it resembles."""
    words = WORD.findall(text)
    if len(words) != 1 or words[0].startswith("#") or "(" in text:
        return error
    hint = str(UnknownName(words[0], library.palettes(), what="Palette")).partition("Did you mean ")[2]
    return PaletteError(
        f"{error} {f'Or is the palette {hint}' if hint else 'No built-in palette is called so either.'}"
    )


def of_bytes(data: bytes, name: str = "", colors: int = PICTURE_COLORS) -> tuple[Palette, str]:
    """The palette of a palette file, a text or a picture; and what it was, as `palette_file.FORMATS` calls it.

    Without a name the content decides. A picture of more colours than a palette has room for gives its best `colors`;
    it is "picture" then, and a text is "text". Raises PaletteError, PictureError and UnknownName.
    """
    text = None if name or palette_file.is_told(data) else _text(data)
    if text is not None:
        return of_text(text), "text"
    try:
        palette = palette_file.parse(data, name or FILE, lambda png: _decoded(png, name))
        return (palette if name or palette.name != FILE else replace(palette, name=UNNAMED)), _kind(data, name)
    except (PaletteError, UnknownName) as error:
        return _extracted(data, name, colors, error), "picture"


def _kind(data: bytes, name: str) -> str:
    return palette_file.kind(data, name or FILE)


def _text(data: bytes) -> str | None:
    """The bytes as text; None for what is none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\x00-\x08\x0e-\x1f]", text) else text


def _extracted(data: bytes, name: str, colors: int, error: Exception) -> Palette:
    """The colours of what is a picture; else what was wrong with the palette file."""
    if not picture_file.is_picture(data):
        raise error
    palette = extract.extract(_decoded(data, name)[None], colors, METHOD)
    return replace(palette, name=name.rpartition(".")[0] or palette.name)


def _decoded(data: bytes, name: str) -> picture_file.Pixels:
    name = name or "picture"
    width, height = picture_file.size(data, name)
    if width * height > MOST_PIXELS:
        raise PictureError(f"The picture {name!r} has {width} x {height} pixels; 4096 x 4096 is the most here.")
    return picture_file.decode(data, name)
