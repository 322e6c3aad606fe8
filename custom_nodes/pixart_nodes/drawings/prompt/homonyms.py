"""Words with several meanings, told apart by the other words of the prompt."""

from __future__ import annotations

from functools import cache

from .vocabulary import drawings, plain, rows


@cache
def _clues() -> dict[str, list[tuple[str, frozenset[str]]]]:
    """By word: a drawing, and the words beside which it is meant."""
    clues: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for _, word, listed in rows("homonyms"):
        for clue in ", ".join(listed).split("; "):
            drawing, _, others = clue.partition(" if ")
            clues.setdefault(word, []).append(
                (drawings().synonyms.get(plain(drawing), drawing), frozenset(others.split()))
            )
    return clues


def by_context(word: str, words: list[str]) -> str:
    """The drawing that a word means beside the other words of its prompt, "" where they don't say."""
    for drawing, others in _clues().get(word, ()):
        if others.intersection(words):
            return drawing
    return ""
