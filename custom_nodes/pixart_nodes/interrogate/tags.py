"""A tagger's list of tags, and the words that are made of what it finds. Pure but for reading the list."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InterrogatorError

RATING, CHARACTER = 9, 4  # categories of Danbooru, as the lists of tags number them; 0 is general
# Faces made of signs, in which `_` is no space (as in SmilingWolf's wd-tagger).
FACES = frozenset(
    "0_0 (o)_(o) +_+ +_- ._. <o>_<o> <|>_<|> =_= >_< 3_3 6_9 >_o @_@ ^_^ o_o u_u x_x |_| ||_||".split()  # noqa: SIM905
)
_SPECIAL = re.compile(r"([\\()])")  # what has a meaning in AUTOMATIC1111's prompts


@dataclass(frozen=True)
class Tag:
    """One tag of a list, spelled as the list has it."""

    name: str
    category: int


@dataclass(frozen=True)
class Wish:
    """How tags are chosen and written.

    `threshold` is for general tags and `character_threshold` for names of characters, both 0..1; `leave_out` are tags
    with commas between.
    """

    threshold: float = 0.35
    character_threshold: float = 0.85
    alphabetical: bool = False
    spaces: bool = True
    escape: bool = True
    scores: bool = False
    leave_out: str = ""


def read(path: Path) -> tuple[Tag, ...]:
    """The tags in the order of the model's outputs. Raises InterrogatorError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(Tag(row["name"], int(row["category"])) for row in csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise InterrogatorError(
            f"{path.name} isn't a list of tags: it needs the columns name and category ({error}). Take the "
            "selected_tags.csv that belongs to the model."
        ) from error


def chosen(tags: Sequence[Tag], scores: Sequence[float], wish: Wish) -> list[tuple[str, float]]:
    """The tags that are sure enough, with their scores, the surest first; ratings are none."""
    least = {CHARACTER: wish.character_threshold}
    left_out = {_key(each) for each in wish.leave_out.split(",")}
    pairs = [
        (tag.name, float(score))
        for tag, score in zip(tags, scores, strict=True)
        if tag.category != RATING and score > least.get(tag.category, wish.threshold) and _key(tag.name) not in left_out
    ]
    return sorted(pairs, key=lambda each: -each[1])


def surest(tags: Sequence[Tag], scores: Sequence[float]) -> tuple[str, float] | None:
    """The one tag with the highest score, however low that is."""
    every = [(tag.name, float(score)) for tag, score in zip(tags, scores, strict=True) if tag.category != RATING]
    return max(every, key=lambda each: each[1], default=None)


def _key(name: str) -> str:
    return name.strip().replace(" ", "_").lower()


def caption(tags: Sequence[tuple[str, float]], wish: Wish) -> str:
    """The tags as a prompt, a comma between."""
    ordered = sorted(tags) if wish.alphabetical else tags
    return ", ".join(_written(name, score, wish) for name, score in ordered)


def _written(name: str, score: float, wish: Wish) -> str:
    text = spaced(name) if wish.spaces else name
    text = _SPECIAL.sub(r"\\\1", text) if wish.escape else text
    return f"({text}:{score:.3f})" if wish.scores else text


def spaced(name: str) -> str:
    """A tag with spaces for `_`, but for faces."""
    return name if name in FACES else name.replace("_", " ")
