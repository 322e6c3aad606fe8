"""The words of one language other than English, with their endings and compounds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from .tokens import PAUSE
from .vocabulary import english

FOLDER = Path(__file__).with_name("languages")
COMPOUNDING = ("de", "nl")
WITH_S = ("es", "fr", "pt")  # whose plurals end in s
CASES = ("pl", "ru")  # whose nouns change after words for places
IDEOGRAPHIC = ("zh", "ja")
ANY_ENDING = "*"
LEAST_STEM = 3  # letters that are left when an ending is taken off
MOST_LETTERS = 40  # of a word; what is longer is none
UMLAUTS = {"a": "ä", "o": "ö", "u": "ü"}  # of German plurals and diminutives
JOINTS = ("", "s", "n", "en", "es", "er")  # between the parts of a compound

# Vowels that are in a noun as tables have it, and in none of its other forms: "koszyczek", "koszyczkiem".
FLEETING = {"pl": (("iec", "c"), ("ek", "k")), "ru": (("ок", "к"), ("ек", "к"), ("ёк", "к"), ("ец", "ц"))}
HARD = {"z": "s", "v": "f"}  # the last letter of a Dutch word alone, by the one before an ending: "wolven", "wolf"
# Before a clause whose verb is at its end: "der Honig isst".
RELATIVE = {"de": ("der", "die", "das", "welcher", "welche", "welches"), "nl": ("die", "dat")}
SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})  # as German is typed on other keyboards

Pair: TypeAlias = tuple[str, str]  # what the prompt says, and its English, "" where the language doesn't have it


@dataclass
class Language:
    """The words of a language, whole and without their endings. `reach` is the length of its longest phrase.

    `typed` are words and phrases as they are typed without accents, `phrases` are those of several words in any form.
    """

    code: str
    words: dict[str, str] = field(default_factory=dict)
    several: dict[str, str] = field(default_factory=dict)  # plurals
    stems: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
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
        if not text.isascii() and self.code not in IDEOGRAPHIC:
            for form in (without_accents(text), text.translate(SPELLED_OUT)):
                self.typed.setdefault(form, meaning)
        self.reach = max(self.reach, len(text) if self.code in IDEOGRAPHIC else len(text.split(" ")))
        if self.code in WITH_S:
            self.several.setdefault(f"{text}s", meaning)
            self.several.setdefault(f"{text}es", meaning)
            if text.endswith("z"):
                self.several.setdefault(f"{text[:-1]}ces", meaning)  # Spanish: "pez", "peces"
        if " " in text:
            self.phrases.setdefault(self._stems(text), meaning)
            return
        self.stems.setdefault(self.stem(text), meaning)
        if self.code == "de":
            self.stems.setdefault(_umlauted(text), meaning)
            self.stems.setdefault(self.stem(_umlauted(text)), meaning)
        for vowel, other in FLEETING.get(self.code, ()):
            if text.endswith(vowel) and len(text) - len(vowel) + len(other) >= LEAST_STEM:
                self.stems.setdefault(text.removesuffix(vowel) + other, meaning)

    def _stems(self, phrase: str) -> str:
        return " ".join(self.stem(word) for word in phrase.split(" "))

    def stem(self, word: str) -> str:
        """A word without its ending, where enough is left."""
        if word.endswith(self.endings):
            for ending in self.endings:
                if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
                    return word.removesuffix(ending)
        return word

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
        return prefix or exact or self.stems.get(stem, "") or self.stems.get(short, "") or self._typed(word)

    def _typed(self, word: str) -> str:
        """The English of a word that is typed without accents, spelt another way before an ending, or compounded."""
        forms = (word, without_accents(word))
        exact = next((self.typed[each] for each in forms if each in self.typed), "")
        return exact or (self._dutch(self.stem(word)) if self.code == "nl" else "") or self._compound(word)

    def _dutch(self, stem: str) -> str:
        """The English of a Dutch word by what is left of it before an ending: "muiz" of "muizen", "og" of "ogen"."""
        whole = (
            stem[:-1] + HARD.get(stem[-1], stem[-1]),
            stem[:-1] + stem[-2:],
            stem[:-2] + 2 * stem[-2] + HARD.get(stem[-1], stem[-1]),
        )
        return next((self.words[each] for each in whole if each in self.words), "")

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
        return self._relative(pairs)

    def _relative(self, pairs: list[Pair]) -> list[Pair]:
        """Clauses with their verbs first, as English has them: "der Honig isst" is "that eats honey"."""
        result = list(pairs)
        for at in range(1, len(result) - 2):
            if result[at][0] not in RELATIVE.get(self.code, ()):
                continue
            end = next(
                (i for i in range(at, len(result)) if result[i][0] == PAUSE or result[i][1] == "and"), len(result)
            )
            if end > at + 2 and _is_deed(result[end - 1][1]):
                result.insert(at + 1, result.pop(end - 1))
        return result

    def _longest(self, words: list[str], start: int) -> tuple[int, str]:
        for length in range(min(self.reach, len(words) - start), 1, -1):
            text = " ".join(words[start : start + length])
            meaning = self.words.get(text) or self.typed.get(text) or self.phrases.get(self._stems(text))
            if meaning:
                return length, meaning
        return 1, self.meaning(words[start])

    def _is_plural(self, word: str, meaning: str) -> bool:
        """Whether a noun isn't as its table has it, and ends as a plural does."""
        return word not in self.words and word.endswith(self.plurals) and _is_noun(meaning)

    def _is_counted(self, pairs: list[Pair]) -> bool:
        """Whether an article or a word for a place stands shortly before, so that an ending may be a case's."""
        last = [meaning for _, meaning in pairs[-2:]]
        senses = [english().senses.get(tuple(meaning.split(" ")), {}) for meaning in last]
        placed = self.code in CASES and any(each.get("relation", "and") != "and" for each in senses)
        return placed or (self.code not in ("es", "fr", "it", "pt") and ("a" in last or "the" in last))

    def _parts(self, word: str) -> list[str]:
        head, mark, rest = word.partition("'")
        return [head + mark, rest] if mark and head + mark in self.words and word not in self.words else [word]

    def segments(self, text: str) -> list[Pair]:
        """Pairs of a text without spaces: of all divisions the one that leaves fewest characters without a meaning.

        Of several such the one of fewest pairs. Unknown characters in a row are one pair.
        """
        pairs: list[Pair] = []
        for part in self._division(text):
            meaning = self.words.get(part, "")
            if meaning or not pairs or pairs[-1][1]:
                pairs.append((part, meaning))
            else:
                pairs[-1] = (pairs[-1][0] + part, "")
        return pairs

    def _division(self, text: str) -> Iterator[str]:
        """The words that a text without spaces is made of."""
        best: list[tuple[int, int, int]] = [(0, 0, 0)] * (len(text) + 1)  # unknown, pairs and first length from there
        for start in range(len(text) - 1, -1, -1):
            choices = [(best[start + 1][0] + 1, best[start + 1][1] + 1, -1)]
            for size in range(1, min(self.reach, len(text) - start) + 1):
                if text[start : start + size] in self.words:
                    unknown, count, _ = best[start + size]
                    choices.append((unknown, count + 1, -size))
            best[start] = min(choices)
        start = 0
        while start < len(text):
            end = start - best[start][2]
            yield text[start:end]
            start = end


def without_accents(text: str) -> str:
    """A text without the marks above, below and through its letters: "żółw" is "zolw", "ёж" is "еж"."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFD", text.replace("ł", "l"))
    return "".join(each for each in letters if not unicodedata.combining(each))


def _is_deed(meaning: str) -> bool:
    senses = english().senses.get(tuple(meaning.split(" ")), {})
    return meaning.endswith("ing") and ("pose" in senses or "relation" in senses)


def _umlauted(word: str) -> str:
    """A word as it is in its plural: "haus" is "häus" before an ending."""
    at = max(word.rfind(vowel) for vowel in UMLAUTS)
    at -= word[max(at - 1, 0) : at + 1] == "au"
    return word if at < 0 else word[:at] + UMLAUTS[word[at]] + word[at + 1 :]


def _is_noun(meaning: str) -> bool:
    return "thing" in english().senses.get(tuple(meaning.split(" ")), {})
