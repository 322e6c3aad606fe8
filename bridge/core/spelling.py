"""The name that was most likely meant in place of an unknown one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

LONGEST_NAME = 60  # characters of a name that are compared with others: megabytes would take seconds
SHORTEST_BEGINNING = 3  # letters that a name must have to be taken for the beginning of another
LEAST_SIMILARITY = 0.6  # the least similarity of two names that may be mistaken for each other, by `difflib`'s ratio


def question(name: str, names: Iterable[str], alike: float = LEAST_SIMILARITY) -> str:
    """A question for the one of `names` that `name` most likely stands for, in any letter case; empty for none."""
    plain = {each.casefold(): each for each in names}
    beginning = name[:LONGEST_NAME].casefold()
    close = difflib.get_close_matches(beginning, plain, n=1, cutoff=alike)
    close += [each for each in plain if len(beginning) >= SHORTEST_BEGINNING and each.startswith(beginning)]
    return f"Did you mean {plain[close[0]]!r}?" if close else ""


def with_question(sentence: str, name: str, names: Collection[str], alike: float = LEAST_SIMILARITY) -> str:
    """The sentence that `name` is unknown, and behind it the `question`, where there is one."""
    guess = "" if name in names else question(name, names, alike)
    return f"{sentence} {guess}" if guess else sentence


def usual(name: str, names: Iterable[str], called: Mapping[str, Iterable[str]] | None) -> str:
    """The `question` for the one of `names` that people usually call `name`, by the words that `called` has for it.

    Spaces, hyphens and letter case don't count; empty for none.
    """
    words = {bare(word): each for each in names for word in (called or {}).get(each, ())}
    word = bare(name[:LONGEST_NAME])
    return f"Did you mean {words[word]!r}?" if word in words else ""


def nearest_path(path: str, paths: Iterable[str]) -> str:
    """The path most like `path` among those that differ from it in one part alone; empty for none.

    A part such as `{id}` stands for any.
    """
    parts, likeness, nearest = path.split("/"), LEAST_SIMILARITY, ""
    for each in paths:
        pairs = zip(parts, each.split("/"), strict=False)
        other = [(mine, theirs) for mine, theirs in pairs if mine != theirs and not theirs.startswith("{")]
        if len(other) != 1 or each.count("/") + 1 != len(parts):
            continue
        part, theirs = other[0]
        ratio = difflib.SequenceMatcher(None, part.casefold(), theirs.casefold()).ratio()
        if ratio > likeness:
            likeness, nearest = ratio, each
    return nearest


def bare(name: str) -> str:
    """The letters and digits of a name, in small letters."""
    return re.sub(r"[\W_]", "", name).casefold()
