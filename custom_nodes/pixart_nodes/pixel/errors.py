"""What the pure core refuses, and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

LONGEST = 60  # characters of a name that are shown, and compared with others: megabytes would take seconds


class PixelError(ValueError):
    """Root of everything the pixel core raises on purpose."""


class PaletteError(PixelError):
    """A colour, a palette file or a palette that can't be used."""


class PictureError(PixelError):
    """A picture that can't be read, or that has nothing to work on."""


class UnknownName(PixelError):
    """A name that is not in the list it was looked up in."""

    def __init__(
        self, name: str, known: Iterable[str], *, what: str, called: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        names, shown = list(known), str(name)[:LONGEST]
        meant = _meant(shown, names, called or {})
        hint = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(names)}."
        super().__init__(f"{what} {shown!r} is unknown. {hint}")


def _meant(name: str, known: Iterable[str], called: Mapping[str, Iterable[str]]) -> str:
    """The known name that is called so, else the one that is most like it, or is called most like it; else empty."""
    others = {_bare(word): each for each, words in called.items() for word in words}
    if _bare(name) in others:
        return others[_bare(name)]
    plain = {each.casefold(): each for each in known}
    for asked, words in ((name.casefold(), plain), (_bare(name), others)):
        if close := difflib.get_close_matches(asked, words, n=1):
            return words[close[0]]
    return ""


def _bare(name: str) -> str:
    """The letters and digits of a name, in small letters."""
    return re.sub(r"[\W_]", "", name).casefold()


def require(name: str, known: Iterable[str], *, what: str, called: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raise UnknownName unless the name is in the list; `called` is what else people call each."""
    if name not in known:
        raise UnknownName(name, known, what=what, called=called)
