"""What the pure core refuses, and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

LONGEST_NAME = 60  # characters of a name that are shown, and compared with others: megabytes would take seconds


class PixelError(ValueError):
    """Root of everything the pixel core raises on purpose."""


class PaletteError(PixelError):
    """A colour, a palette file or a palette that can't be used."""


class PictureError(PixelError):
    """A picture that can't be read, or that has nothing to work on."""


class UnknownName(PixelError):
    """A name that is not in the list it was looked up in."""

    def __init__(
        self, name: str, choices: Iterable[str], *, what: str, called: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        names, shown = list(choices), str(name)[:LONGEST_NAME]
        guess = _nearest(shown, names, called or {})
        hint = f"Did you mean {guess!r}?" if guess else f"Known: {', '.join(names)}."
        super().__init__(f"{what} {shown!r} is unknown. {hint}")


def _nearest(name: str, choices: Iterable[str], called: Mapping[str, Iterable[str]]) -> str:
    """The choice that `called` lists the name for, else the one most like it by either name, else empty."""
    others = {_bare(word): each for each, words in called.items() for word in words}
    if _bare(name) in others:
        return others[_bare(name)]
    plain = {each.casefold(): each for each in choices}
    for spelling, words in ((name.casefold(), plain), (_bare(name), others)):
        if close := difflib.get_close_matches(spelling, words, n=1):
            return words[close[0]]
    return ""


def _bare(name: str) -> str:
    """The letters and digits of a name, in small letters."""
    return re.sub(r"[\W_]", "", name).casefold()


def require(name: str, choices: Iterable[str], *, what: str, called: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raise UnknownName unless `name` is one of `choices`; `what` says in the error what kind of name it is.

    `called` has, by choice, what else people call it.
    """
    if name not in choices:
        raise UnknownName(name, choices, what=what, called=called)
