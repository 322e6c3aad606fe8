"""What comes nearest to a word that no table lists: a broader term, or the word that was meant."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import groupby

from .inflection import singulars
from .tokens import PAUSE
from .vocabulary import ARTICLES, drawings, english, plain, rows, stem

SAYING_LITTLE = {"filler", "style", "palette"}
LEAST_LETTERS_OF_SOUND = 7  # of a word that may be written as it sounds: "astronaught"
ALIKE_IN_SOUND = (("aught", "aut"), ("ought", "aut"), ("ph", "f"), ("ck", "k"), ("c", "k"), ("z", "s"))
ALIKE_IN_SOUND = (*ALIKE_IN_SOUND, ("y", "i"), ("e", "i"), ("o", "a"), ("u", "a"))
LEAST_LETTERS = 5  # of a word that may be misspelt; shorter ones have too many neighbours


@cache
def _narrower() -> tuple[dict[tuple[str, ...], str], dict[str, int]]:
    """The drawing of each narrower term, and how many words the longest term has that begins with a word."""
    terms: dict[tuple[str, ...], str] = {}
    reach: dict[str, int] = {}
    for _, drawing, listed in rows("broader"):
        for term in listed:
            words = tuple(term.split(" "))
            terms[words] = drawing
            reach[words[0]] = max(reach.get(words[0], 0), len(words))
    return terms, reach


def broader(words: list[str], start: int) -> tuple[int, str, bool]:
    """How many words from here on are a narrower term for a drawing, the drawing, and whether they are a plural."""
    terms, reach = _narrower()
    first = words[start]
    longest = max([reach.get(first, 0), *(reach.get(one, 0) for one in singulars(first))])
    for length in range(min(longest, len(words) - start), 0, -1):
        phrase = tuple(words[start : start + length])
        for last, is_plural in ((phrase[-1], False), *((one, True) for one in singulars(phrase[-1]))):
            drawing = terms.get((*phrase[:-1], last))
            if drawing and drawings().has(drawing):
                return length, drawings().synonyms[plain(drawing)], is_plural
    return 0, "", False


def is_known(word: str) -> bool:
    """Whether a word is English, or no word at all."""
    if word in ARTICLES or _is_no_word(word):
        return True
    _, reach = _narrower()
    one = stem(word)
    return any(each in english().words or each in reach for each in (one, *singulars(one)))


def _is_no_word(word: str) -> bool:
    """Whether it is a pause, a colour in hexadecimal or a number."""
    return word == PAUSE or word[0] == "#" or word[0].isdecimal()


def is_telling(word: str) -> bool:
    """Whether a word is English and says something, rather than what a prompt of any language may have."""
    senses = english().senses.get((stem(word),))
    return not _is_no_word(word) and is_known(word) and (senses is None or bool(senses.keys() - SAYING_LITTLE))


@cache
def _by_start() -> dict[tuple[str, int], list[str]]:
    """Single words that name drawings, colours or places, by first letter and length."""
    groups: dict[tuple[str, int], list[str]] = {}
    for phrase, senses in english().senses.items():
        if len(phrase) == 1 and len(phrase[0]) >= LEAST_LETTERS and senses.keys() & {"thing", "color", "ground"}:
            groups.setdefault((phrase[0][0], len(phrase[0])), []).append(phrase[0])
    return groups


def has_meaning(word: str) -> bool:
    """Whether a word alone, or what it is the plural of, means something, so that it is read as it stands."""
    ones = (word, *singulars(word))
    return any((one,) in english().senses or (one,) in _narrower()[0] for one in ones)


@cache
def _alike() -> frozenset[str]:
    """English words that are no misspelt ones, however near they are to a name."""
    return frozenset(word for _, _, listed in rows("alike") for word in listed)


def misspelt(word: str) -> str:
    """The known word that was meant by one that is no English word, "" for none."""
    return "" if word in _alike() else meant(word)


@lru_cache(maxsize=256)
def meant(word: str) -> str:
    """The known word that one letter wrong, missing, too many or in its neighbour's place makes of it; "" for none.

    Where a letter may have been doubled, or not, that is what was meant: "baloon" is a balloon, and no baboon. A
    drawing's own name goes before what only means it: "dragn" is a dragon, and no drain.
    """
    if len(word) < LEAST_LETTERS or not word.isascii() or not word.isalpha():
        return ""
    lengths = (len(word), len(word) + 1, len(word) - 1)
    near = [entry for each in lengths for entry in _by_start().get((word[0], each), ()) if one_slip(word, entry)]
    by_sound = _by_sound().get(_sound(word), "") if len(word) >= LEAST_LETTERS_OF_SOUND and not near else ""
    near += [by_sound] * bool(by_sound)
    return min(near, key=lambda entry: (_undoubled(entry) != _undoubled(word), not _is_own(entry)), default="")


@cache
def _by_sound() -> dict[str, str]:
    """Names of drawings by how they sound; those that sound as another one does are left out."""
    sounds: dict[str, str] = {}
    for words in _by_start().values():
        for word in words if len(words[0]) >= LEAST_LETTERS_OF_SOUND - 1 else ():
            sound = _sound(word)
            sounds[sound] = "" if sound in sounds else word
    return sounds


def _sound(word: str) -> str:
    """A word as it sounds, roughly: letters that sound alike are the same one."""
    for written, spoken in ALIKE_IN_SOUND:
        word = word.replace(written, spoken)
    return _undoubled(word)


def _is_own(word: str) -> bool:
    """Whether a drawing is called by this word in the library."""
    return drawings().synonyms.get(word) == word


def _undoubled(word: str) -> str:
    """The word with each run of one letter as a single one."""
    return "".join(letter for letter, _ in groupby(word))


def one_slip(word: str, entry: str) -> bool:
    """Whether one insertion, deletion, substitution or transposition of neighbours makes one of the other."""
    if abs(len(word) - len(entry)) > 1 or word == entry:
        return word == entry
    at = next((i for i, (a, b) in enumerate(zip(word, entry, strict=False)) if a != b), min(len(word), len(entry)))
    rest, other = word[at:], entry[at:]
    if len(word) == len(entry):
        return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
    return rest[1:] == other or rest == other[1:]
