"""All words that mean something, from the tables in `words/` and the names of drawings; read at the first prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import tokens
from .inflection import singulars

if TYPE_CHECKING:
    from ..library import Library

FOLDER = Path(__file__).with_name("words")
ARTICLES = {"a", "an", "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "their", "our"}
BUILDINGS, ROOM, INSIDE = "buildings", "room", ("interior", "inside", "indoors")
# a category, the place inside of what has no other, and words after what is seen from within
INDOORS = ("room", "bedroom", "library", "bathroom", "classroom", "tavern", "laboratory", "stage", "gym", "museum")
INDOORS = (
    *INDOORS,
    "kitchen",
    "hall",
    "cafe",
    "hospital",
    "workshop",
    "dungeon",
    "shop",
    "bakery",
    "smithy",
    "spaceship",
)  # places within walls
OF_OTHERS = {"part", "garment"}  # kinds of what others have
OF_ANOTHER = "!"  # before a word that is a synonym of another drawing

Phrase = tuple[str, ...]
Senses = dict[str, str]  # what a phrase can mean: by kind of word, "thing", "color", "ground" and so on


@dataclass
class Vocabulary:
    """Phrases with their senses. `reach` is how many words the longest phrase has that begins with a word."""

    senses: dict[Phrase, Senses] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)

    def add(self, phrase: Phrase, kind: str, meaning: str) -> None:
        """Give a phrase a meaning of a kind; a later one of the same kind stands over an earlier one."""
        if phrase:
            self.senses.setdefault(phrase, {})[kind] = meaning
            self.words.update(phrase)
            self.reach[phrase[0]] = max(self.reach.get(phrase[0], 0), len(phrase))

    def longest(self, words: list[str], start: int) -> tuple[int, Senses, bool]:
        """The longest phrase that begins at a word: how many words, its senses, and whether it is a plural."""
        first = words[start]
        reach = max([self.reach.get(first, 0), *(self.reach.get(one, 0) for one in singulars(first))])
        for length in range(min(reach, len(words) - start), 0, -1):
            phrase = tuple(words[start : start + length])
            if phrase in self.senses:
                return length, self.senses[phrase], self._is_plural(phrase)
            for one in self.ones(phrase):
                senses = self.senses.get(one, {})
                if senses:
                    return length, senses, "thing" in senses or "part" in senses
        return 0, {}, False

    def _is_plural(self, phrase: Phrase) -> bool:
        """Whether a drawing has a phrase for a name beside its singular, such as "stars"; shoes come in pairs."""
        drawing = self.senses[phrase].get("thing", "")
        if (
            not drawing
            or "and" in phrase
            or " ".join(phrase) == plain(drawing)
            or drawings().blocks[drawing].category == "clothes"
        ):
            return False
        return any(self.senses.get(one, {}).get("thing") == drawing for one in self.ones(phrase))

    def ones(self, phrase: Phrase) -> list[Phrase]:
        """What a phrase may be the plural of."""
        return [(*phrase[:-1], one) for one in singulars(phrase[-1])]


def phrase(text: str) -> Phrase:
    """A phrase of a table as the words that a prompt is compared with: without articles and apostrophes."""
    return tuple(stem(word) for word in tokens.words(text) if word not in ARTICLES and word != tokens.PAUSE)


def plain(name: str) -> str:
    """A drawing's name as the library's list of synonyms has it."""
    return name.replace("-", " ")


def stem(word: str) -> str:
    """A word without the apostrophe of a genitive: `witch's` is `witchs`."""
    return word.replace("'", "")


def rows(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Section, meaning and phrases of each line of a table in `words/`."""
    section = ""
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif line and not line.startswith("# "):
            meaning, _, listed = line.partition(": ")
            yield section, meaning, listed.split(", ")


@cache
def english() -> Vocabulary:
    """What English words mean. Names of drawings come before the pack's own words for them."""
    vocabulary = Vocabulary()
    for name, drawing in drawings().synonyms.items():
        vocabulary.add(phrase(name), "thing", drawing)
    _add_nouns(vocabulary, "synonyms")
    _add_nouns(vocabulary, "stand_ins")
    for section, meaning, listed in (*rows("colors"), *rows("english")):
        for word in listed:
            vocabulary.add(phrase(word), section, meaning)
    _add_interiors(vocabulary)
    for senses in vocabulary.senses.values():
        if "weak" in senses and "thing" in senses:
            senses["weak"] = senses.pop("thing")
    _free_colors(vocabulary)
    return vocabulary


def _free_colors(vocabulary: Vocabulary) -> None:
    """Take out names such as "red flag" of what is called "flag" too: a castle has one as a part, which may be red."""
    for words, senses in list(vocabulary.senses.items()):
        if len(words) < 2 or "color" not in vocabulary.senses.get(words[:1], {}):
            continue
        rest = vocabulary.senses.get(words[1:], {})
        if not OF_OTHERS.isdisjoint(rest) and senses.get("thing", "").partition("/")[0] == rest.get("thing"):
            del vocabulary.senses[words]


@cache
def alone() -> Mapping[Phrase, str]:
    """Prompts of a word that is known only by who has it, and the prompt that shows both."""
    return {phrase(word): shown for _, shown, listed in rows("alone") for word in listed}


def _add_interiors(vocabulary: Vocabulary) -> None:
    """Make the inside of every building a place, whichever way it is said: "a cozy bakery interior"."""
    for words, senses in list(vocabulary.senses.items()):
        place = senses.get("ground", "")
        is_building = drawings().blocks[senses["thing"]].category == BUILDINGS if "thing" in senses else False
        if not (place in INDOORS or (is_building and not place)) or words[-1] in INSIDE:
            continue
        for phrase in (*((*words, word) for word in INSIDE), ("interior", "of", *words)):
            if "ground" not in vocabulary.senses.get(phrase, {}):
                vocabulary.add(phrase, "ground", place or ROOM)


def _add_nouns(vocabulary: Vocabulary, table: str) -> None:
    for _, drawing, listed in rows(table):
        for word in listed:
            words = phrase(word.lstrip(OF_ANOTHER))
            if word.startswith(OF_ANOTHER) or "thing" not in vocabulary.senses.get(words, {}):
                vocabulary.add(words, "thing", drawings().synonyms.get(plain(drawing), drawing))
                if table == "stand_ins":
                    vocabulary.add(words, "stands_in", "")


@cache
def lines(name: str) -> Mapping[str, str]:
    """A table with one meaning a line, as it stands."""
    return {meaning: ", ".join(listed) for _, meaning, listed in rows(name)}


@cache
def drawings() -> Library:
    """The library. It is imported here, because recipes bring numpy along, and who only imports this needs neither."""
    from .. import library

    return library.built_in()
