"""Prompts of other languages, word by word in English: what a table of a language doesn't have stays as it is."""

from __future__ import annotations

from functools import cache

from . import nearest, tokens
from .language import Language, Pair
from .word_order import in_english_order

SPACED = ("de", "fr", "es", "it", "pt", "nl", "pl", "ru")  # the order in which equals are tried
KANA = (("\u3040", "\u30ff"), ("\uff66", "\uff9f"))
IDEOGRAPHS = (*KANA, ("\u3400", "\u9fff"))  # from and to, as the kana above
SILENT = "-"  # the English of what says nothing


@cache
def language(code: str) -> Language:
    """A language by its code of two letters, read when it is first needed."""
    return Language.read(code)


def translated(words: list[str]) -> list[str]:
    """The words of a prompt in English, as far as the language that has most of them knows them."""
    if all(nearest.is_known(word) for word in words):
        return words
    if any(_has(word, IDEOGRAPHS) for word in words):
        return _without_spaces(words)
    pairs = max((language(code).translated(words) for code in SPACED), key=_known)
    own = sum(nearest.is_known(word) and word != tokens.PAUSE for word in words)
    is_foreign = _known(pairs) >= own
    result: list[str] = []
    for text, meaning in pairs:
        parts = text.split(" ")
        keeps = not meaning or (not is_foreign and all(nearest.is_known(word) for word in parts))
        result += parts if keeps else meaning.split(" ") * (meaning != SILENT)
    return result


def _has(word: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    """Whether a word has a character from one of some ranges."""
    return any(first <= character <= last for character in word for first, last in ranges)


def _known(pairs: list[Pair]) -> int:
    """How many words have a meaning in a language."""
    return sum(len(text.split(" ")) for text, meaning in pairs if meaning)


def _segments(words: list[str], code: str) -> list[Pair]:
    pairs: list[Pair] = []
    for word in words:
        pairs += language(code).segments(word) if _has(word, IDEOGRAPHS) else [(word, word)]
    return pairs[: tokens.MOST_WORDS]


def _covered(pairs: list[Pair]) -> int:
    """How many characters have a meaning."""
    return sum(len(text) for text, meaning in pairs if meaning)


def _without_spaces(words: list[str]) -> list[str]:
    if any(_has(word, KANA) for word in words):
        code, pairs = "ja", _segments(words, "ja")
    else:
        code, pairs = max(((code, _segments(words, code)) for code in ("zh", "ja")), key=lambda each: _covered(each[1]))
    return in_english_order([meaning or text for text, meaning in pairs if meaning != SILENT], code)
