"""The words of one language other than English, with their endings and compounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from .vocabulary import english

FOLDER = Path(__file__).with_name("languages")
COMPOUNDING = ("de", "nl")
WITH_S = ("es", "fr", "pt")  # whose plurals end in s
CASES = ("pl", "ru")  # whose nouns change after words for places
IDEOGRAPHIC = ("zh", "ja")
ANY_ENDING = "*"
LEAST_STEM = 3  # letters that are left when an ending is taken off
MOST_LETTERS = 40  # of a word; what is longer is none
JOINTS = ("", "s", "n", "en", "es", "er")  # between the parts of a compound

Pair: TypeAlias = tuple[str, str]  # what the prompt says, and its English, "" where the language doesn't have it


@dataclass
class Language:
    """The words of a language, whole and without their endings. `reach` is the length of its longest phrase."""

    code: str
    words: dict[str, str] = field(default_factory=dict)
    several: dict[str, str] = field(default_factory=dict)  # plurals
    stems: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    endings: tuple[str, ...] = ()
    plurals: tuple[str, ...] = ()
    reach: int = 1

    @classmethod
    def read(cls, code: str) -> Language:
        """The table of a language."""
        language = cls(code)
        for line in (FOLDER / f"{code}.txt").read_text(encoding="utf-8").splitlines():
            key, _, listed = line.partition(": ")
            if key == "any":
                language.endings = tuple(sorted(listed.split(", "), key=len, reverse=True))
            elif key == "plural":
                language.plurals = tuple(listed.split(", "))
            elif listed and key[0] not in "#[":
                for text in listed.split(", "):
                    language._add(text, key)
        return language

    def _add(self, text: str, meaning: str) -> None:
        if text.endswith(ANY_ENDING):
            self.prefixes.setdefault(text[:-1], meaning)
            return
        self.words.setdefault(text, meaning)
        self.reach = max(self.reach, len(text) if self.code in IDEOGRAPHIC else len(text.split(" ")))
        if self.code in WITH_S:
            self.several.setdefault(f"{text}s", meaning)
            self.several.setdefault(f"{text}es", meaning)
        if " " not in text:
            self.stems.setdefault(self.stem(text), meaning)

    def stem(self, word: str) -> str:
        """A word without its ending, where enough is left."""
        fitting = (each for each in self.endings if word.endswith(each) and len(word) - len(each) >= LEAST_STEM)
        return word[: len(word) - len(next(fitting, ""))]

    def meaning(self, word: str) -> str:
        """The English of one word in any of its forms, "" for none."""
        if word in self.words or not LEAST_STEM <= len(word) <= MOST_LETTERS:
            return self.words.get(word, "")
        if word in self.several:
            return self.several[word]
        starts = (word[:length] for length in range(len(word), LEAST_STEM - 2, -1))
        prefix = next((self.prefixes[each] for each in starts if each in self.prefixes), "")
        whole = (word.removesuffix(ending) for ending in self.endings)
        exact = next((self.words[each] for each in whole if each in self.words), "")
        stem = self.stem(word)
        short = stem[:-1] if stem[-1] == stem[-2] else stem  # "katten" are more than one "kat"
        return prefix or exact or self.stems.get(stem, "") or self.stems.get(short, "") or self._compound(word)

    def _compound(self, word: str) -> str:
        """The English of a compound of two known nouns: "feuerdrache" is "fire dragon"."""
        if self.code not in COMPOUNDING:
            return ""
        for at in range(LEAST_STEM, len(word) - LEAST_STEM + 1):
            head = self.words.get(word[at:], "")
            for joint in JOINTS if _is_noun(head) else ():
                first = word[:at].removesuffix(joint)
                modifier = self.words.get(first) or self.words.get(f"{first}e", "")
                if _is_noun(modifier):
                    return f"{modifier} {head}"
        return ""

    def translated(self, words: list[str]) -> list[Pair]:
        """Pairs of words and their English; phrases in one pair."""
        words = [part for word in words for part in self._parts(word)]
        pairs: list[Pair] = []
        start = 0
        while start < len(words):
            length, meaning = self._longest(words, start)
            text = " ".join(words[start : start + length])
            if length == 1 and self._is_plural(text, meaning) and not self._is_counted(pairs):
                meaning += "s"
            pairs.append((text, meaning))
            start += length
        return pairs

    def _longest(self, words: list[str], start: int) -> tuple[int, str]:
        for length in range(min(self.reach, len(words) - start), 1, -1):
            meaning = self.words.get(" ".join(words[start : start + length]))
            if meaning:
                return length, meaning
        return 1, self.meaning(words[start])

    def _is_plural(self, word: str, meaning: str) -> bool:
        """Whether a noun isn't as its table has it, and ends as a plural does."""
        return word not in self.words and word.endswith(self.plurals) and _is_noun(meaning)

    def _is_counted(self, pairs: list[Pair]) -> bool:
        """Whether an article or a word for a place stands shortly before, so that an ending may be a case's."""
        last = [meaning for _, meaning in pairs[-2:]]
        senses = [english().senses.get((meaning,), {}) for meaning in last]
        placed = self.code in CASES and any(each.get("relation", "and") != "and" for each in senses)
        return placed or (self.code not in ("es", "fr", "it", "pt") and ("a" in last or "the" in last))

    def _parts(self, word: str) -> list[str]:
        head, mark, rest = word.partition("'")
        return [head + mark, rest] if mark and head + mark in self.words and word not in self.words else [word]

    def segments(self, text: str) -> list[Pair]:
        """Pairs of a text without spaces, the longest known word first; unknown characters in a row are one pair."""
        pairs: list[Pair] = []
        start = 0
        while start < len(text):
            sizes = range(min(self.reach, len(text) - start), 0, -1)
            size = next((size for size in sizes if text[start : start + size] in self.words), 0)
            if size:
                pairs.append((text[start : start + size], self.words[text[start : start + size]]))
            elif pairs and not pairs[-1][1]:
                pairs[-1] = (pairs[-1][0] + text[start], "")
            else:
                pairs.append((text[start], ""))
            start += size or 1
        return pairs


def _is_noun(meaning: str) -> bool:
    return "thing" in english().senses.get(tuple(meaning.split(" ")), {})
