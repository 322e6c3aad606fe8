"""What the pure core refuses, and why."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 60  # characters of a name that are shown, and compared with others: megabytes would take seconds


class PixelError(ValueError):
    """Root of everything the pixel core raises on purpose."""


class PaletteError(PixelError):
    """A colour, a palette file or a palette that can't be used."""


class PictureError(PixelError):
    """A picture that can't be read, or that has nothing to work on."""


class UnknownName(PixelError):
    """A name that is not in the list it was looked up in."""

    def __init__(self, name: str, known: Iterable[str], *, what: str) -> None:
        names, shown = list(known), str(name)[:LONGEST]
        plain = {each.casefold(): each for each in names}
        close = difflib.get_close_matches(shown.casefold(), plain, n=1)
        hint = f"Did you mean {plain[close[0]]!r}?" if close else f"Known: {', '.join(names)}."
        super().__init__(f"{what} {shown!r} is unknown. {hint}")


def require(name: str, known: Iterable[str], *, what: str) -> None:
    """Raise UnknownName unless the name is in the list."""
    if name not in known:
        raise UnknownName(name, known, what=what)
