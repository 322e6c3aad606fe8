"""Prompts of other languages, word by word in English: what a table of a language doesn't have stays as it is."""

from __future__ import annotations

from functools import cache

from . import nearest, noun_first, tokens
from .language import Language, Pair
from .vocabulary import rows
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
    code, pairs = max(((code, language(code).translated(words)) for code in SPACED), key=_fit)
    english = sum(nearest.is_telling(word) for word in words)
    is_foreign = _senses_of(pairs) >= english and _is_more_than_english(pairs)
    read = [meaning if meaning and (is_foreign or _is_borrowed(text)) else text for text, meaning in pairs]
    spoken = [each for each in read if each != SILENT]
    ordered = noun_first.in_english_order(spoken, code) if is_foreign else spoken
    return [word for each in ordered for word in each.split(" ")]


def _is_more_than_english(pairs: list[Pair]) -> bool:
    """Whether a word has a meaning that no English word is: "line art" isn't Dutch for a doctor."""
    return any(meaning and not all(nearest.is_known(word) for word in text.split(" ")) for text, meaning in pairs)


def _is_borrowed(text: str) -> bool:
    """Whether words that stand in an English prompt are another language's alone: "a cute gato", no "lit candle"."""
    is_english = text in _false_friends() or all(nearest.is_known(word) for word in text.split(" "))
    return not is_english and any(text in language(code).words for code in SPACED)


@cache
def _false_friends() -> frozenset[str]:
    """English words that nothing is known of, and that mean something else in another language."""
    return frozenset(word for _, _, listed in rows("false_friends") for word in listed)


def _has(word: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    """Whether a word has a character from one of some ranges."""
    return any(first <= character <= last for character in word for first, last in ranges)


def _senses_of(pairs: list[Pair]) -> int:
    """How many words have a meaning in a language."""
    return sum(len(text.split(" ")) for text, meaning in pairs if meaning)


def _fit(spoken: tuple[str, list[Pair]]) -> tuple[int, int]:
    """How many words have a meaning in a language, and how many stand in its table as they are."""
    code, pairs = spoken
    return _senses_of(pairs), sum(text in language(code).words for text, _ in pairs)


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
