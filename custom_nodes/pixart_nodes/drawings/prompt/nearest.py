"""What comes nearest to a word that no table lists: a broader term, or the word that was meant."""

from __future__ import annotations

from functools import cache

from .vocabulary import english

LEAST_LETTERS = 5  # of a word that may be misspelt; shorter ones have too many neighbours


def broader(words: list[str], start: int) -> tuple[int, str]:
    """How many words from here on are a narrower term for something that is drawn, and the drawing."""
    return 0, ""


def is_plural(text: str) -> bool:
    """Whether a noun ends as a plural does."""
    return text.endswith("s") and not text.endswith("ss")


@cache
def _by_start() -> dict[tuple[str, int], list[str]]:
    """Single words that name drawings, colours or places, by first letter and length."""
    groups: dict[tuple[str, int], list[str]] = {}
    for phrase, senses in english().senses.items():
        if len(phrase) == 1 and len(phrase[0]) >= LEAST_LETTERS and senses.keys() & {"thing", "color", "ground"}:
            groups.setdefault((phrase[0][0], len(phrase[0])), []).append(phrase[0])
    return groups


def misspelt(word: str) -> str:
    """The known word that one letter wrong, missing, too many or in its neighbour's place makes of it; "" for none."""
    if len(word) < LEAST_LETTERS or not word.isascii() or not word.isalpha():
        return ""
    for length in (len(word), len(word) + 1, len(word) - 1):
        for known in _by_start().get((word[0], length), ()):
            if one_slip(word, known):
                return known
    return ""


def one_slip(word: str, known: str) -> bool:
    """Whether one insertion, deletion, substitution or transposition of neighbours makes one of the other."""
    if abs(len(word) - len(known)) > 1 or word == known:
        return word == known
    at = next((i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    rest, other = word[at:], known[at:]
    if len(word) == len(known):
        return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    return rest[1:] == other or rest == other[1:]
