"""Words of languages that order or join them otherwise than English, as English has them."""

from __future__ import annotations

from itertools import pairwise

from .vocabulary import english, phrase
from .word_order import ARTICLES, OF

NOUN_FIRST = ("es", "fr", "it", "pt")
MEASURED = ("de", "nl", "pl", "ru")  # languages that say a glass milk
IN_OR_ON = ("es", "pt")  # languages that have one word for both
AND, AT, IN, ON, RIDING, WITH = "and", "at", "in", "on", "riding", "with"
ADJECTIVES = {"color", "size", "age", "mood", "adjective", "cut", "print"}
BORNE = {"beard", "eyes", "glasses", "hair", "horns", "long hair", "mustache", "sunglasses", "tail", "wings", "dots"}
STOOD_ON = {"branch", "chair", "cloud", "flower", "hill", "island", "leaf", "lily pad", "moon", "mushroom", "plate"}
STOOD_ON |= {"rock", "roof", "sunflower", "swing", "throne", "wall", "windowsill"}
RIDDEN = {"bicycle", "horse", "motorbike", "skateboard", "sled", "scooter"}
AS_ADJECTIVE = {"rose": "pink"}  # nouns that are colours after another noun
BESIDE_NOUNS = {"old man": "old", "old woman": "old"}  # persons that are adjectives before or after another noun


def in_english_order(words: list[str], code: str) -> list[str]:
    """Meanings of a language's words as English says them: "cat black" is "black cat"."""
    if code in MEASURED:
        return _with_measures(words)
    if code not in NOUN_FIRST:
        return words
    words = _adjectives_first(_as_adjectives(_with_relations(words)))
    return _on_top(words) if code in IN_OR_ON else words


def _kinds(word: str) -> set[str]:
    words = list(phrase(word))
    length, senses, _ = english().longest(words, 0) if words else (0, {}, False)
    return set(senses) if length == len(words) else set()


def _is_noun(word: str) -> bool:
    return bool(_kinds(word) & {"thing", "part", "weak"}) and word not in BESIDE_NOUNS


def _is_adjective(word: str) -> bool:
    return bool(_kinds(word) & ADJECTIVES)


def _with_measures(words: list[str]) -> list[str]:
    """Vessels before what they hold: "glass milk" is "glass of milk", and "bag gold" is so where no noun follows."""
    result = words[:1]
    for before, (word, following) in zip(words, pairwise([*words[1:], ""]), strict=False):
        is_last = not _is_noun(following)
        is_thing = "thing" in _kinds(word) and (is_last or not _is_adjective(word))
        result += [OF, word] if is_thing and "container" in _kinds(before) else [word]
    return result


def _with_relations(words: list[str]) -> list[str]:
    """Relations without a second preposition, and what somebody has after "with"."""
    result: list[str] = []
    for at, word in enumerate(words):
        before = result[-1] if result else ""
        if word in (AT, OF) and "relation" in _kinds(before):
            continue
        following = next((each for each in words[at + 1 :] if each not in ARTICLES), "")
        result.append(_relation(word, following) if result else word)
    return result


def _relation(word: str, following: str) -> str:
    """The preposition that English has before a noun, "riding bicycle" and "with glasses"."""
    if word in (AT, OF, WITH) and following in BORNE:
        return WITH
    return RIDING if word in (AT, IN) and following in RIDDEN else word


def _as_adjectives(words: list[str]) -> list[str]:
    result: list[str] = []
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        is_doing = bool(_kinds(after) & {"pose", "relation"})
        if word in BESIDE_NOUNS and (_is_noun(before) or (_is_noun(after) and not is_doing)):
            word = BESIDE_NOUNS[word]
        result.append(AS_ADJECTIVE.get(word, word) if _is_noun(before) else word)
    return result


def _adjectives_first(words: list[str]) -> list[str]:
    """Colours, sizes and the like before the noun that they follow."""
    result: list[str] = []
    start = 0
    while start < len(words):
        end = start + 1
        if _is_noun(words[start]) and not (start and _is_adjective(words[start]) and _is_noun(words[start - 1])):
            end = _end_of_adjectives(words, end)
        result += [*words[start + 1 : end], words[start]]
        start = end
    return result


def _end_of_adjectives(words: list[str], start: int) -> int:
    """Where the adjectives end that begin here, with one more after each "and"."""
    end = start
    while end < len(words):
        step = 2 if words[end] == AND and end > start else 1
        if end + step > len(words) or not _is_adjective(words[end + step - 1]):
            break
        if step == 2 and _is_noun(words[end + 1]):
            break
        end += step
    return end


def _on_top(words: list[str]) -> list[str]:
    """The word for "in" and "on" as English has it for the noun that follows."""
    result = list(words)
    for at, word in enumerate(words):
        following = next((each for each in words[at + 1 :] if each not in ARTICLES and not _is_adjective(each)), "")
        if word == IN and following in STOOD_ON:
            result[at] = ON
    return result
