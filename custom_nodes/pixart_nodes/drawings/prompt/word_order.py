"""Chinese and Japanese put what says where something is before it: here it comes after it, as in English."""

from __future__ import annotations

from .tokens import PAUSE
from .vocabulary import english

AFTER = ">"  # before the English of what stands after its noun
SUBJECT = "="  # the English of what says who does something
OF = "of"
ARTICLES = ("a", "the")


def in_english_order(words: list[str], code: str) -> list[str]:
    """Meanings in their own order as English words in theirs: "forest >in of fox" is "fox in forest"."""
    result: list[str] = []
    clause: list[str] = []
    for word in [*words, PAUSE]:
        if word == PAUSE:
            result += [*_clause(_postposed(_subject_last(clause)), code), PAUSE]
            clause = []
        else:
            clause.append(word)
    return [part for word in result[:-1] for part in word.split(" ")]


def _subject_last(words: list[str]) -> list[str]:
    """A clause with who does something after what is done, as before a noun: "astronaut = horse >riding"."""
    if SUBJECT not in words:
        return words
    at = words.index(SUBJECT)
    return [word for word in [*words[at + 1 :], *words[:at]] if word != SUBJECT]


def _clause(words: list[str], code: str) -> list[str]:
    """A clause with the noun first whose place or deed the words before it say; its number stays before it."""
    if words and (words[0] in ARTICLES or _is(words[0], "number")):
        return [words[0], *_clause(words[1:], code)]
    at = next((i for i in range(len(words)) if _is_noun_described(words, i, code)), None)
    if at is None:
        return [word for word in words if word != OF]
    end = next((i for i in range(at, len(words)) if i > at and _is(words[i], "relation")), len(words))
    start = at
    while start > 0 and not _is(words[start - 1], "thing", "ground", "relation") and words[start - 1] != OF:
        start -= 1
    rest = _clause(words[end:], code)
    return [word for word in [*words[start:end], *words[:start], *rest] if word != OF]


def _postposed(words: list[str]) -> list[str]:
    """Relations before their nouns: "forest >in" is "in forest", and so is "in forest >in"."""
    result: list[str] = []
    for word in words:
        if not word.startswith(AFTER):
            result.append(word)
            continue
        first = len(result)
        while first > 0 and not _is(result[first - 1], "relation") and result[first - 1] != OF:
            first -= 1
        if first > 0 and result[first - 1] in ("in", "on"):
            result[first - 1] = word[len(AFTER) :]
        elif word != AFTER:
            result.insert(first, word[len(AFTER) :])
    return result


def _is_noun_described(words: list[str], at: int, code: str) -> bool:
    """Whether this noun is what a relation with its own noun, at the start of the clause, speaks of."""
    if not words or not _is(words[0], "relation", "pose") or words[0] == "and" or not _is(words[at], "thing"):
        return False
    nouns = sum(_is(word, "thing", "ground") for word in words[:at])
    return nouns > 0 and (code == "ja" or OF in words[:at])


def _is(word: str, *kinds: str) -> bool:
    senses = english().senses.get(tuple(word.split(" ")), {})
    return word != OF and any(kind in senses for kind in kinds)
