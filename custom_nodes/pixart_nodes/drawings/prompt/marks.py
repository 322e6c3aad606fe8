"""A prompt's words grouped into phrases that mean something, each with all that it can mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ..recipe import CREATURES
from . import languages, nearest, tokens, traits
from .emblems import is_emblem
from .homonyms import by_context
from .inflection import article
from .inscription import text_at
from .vocabulary import ARTICLES, Senses, Vocabulary, english, stem

PAUSE = tokens.PAUSE
ONE = ("a", "an")
WHOSE = ("his", "her", "its", "their")
FRIENDS = ("friends", "best friends", "good friends", "besties", "buddies")
MAKES = ("color", "colors", "colour", "colours", "string", "stringed", "story", "storey", "stories", "wheeled")
# words after a number that tells how a thing is made
FRIENDLY = 2  # words for so many at least who are named before
TAGS = ("pickup", "pickups", "collectible", "collectable", "crest")  # words after a thing that say nothing of its looks
WHO = {"she": "woman", "he": "man", "me": "person", "someone": "person", "somebody": "person"}
# words that a prompt begins with, and who is drawn for them
MINE, FEW = ("my", "our"), 2  # words before who gets a picture, and how many then say who that is
NUMBER_TAG = re.compile(r"([2-9])(girls|boys|women|men|people|cats|dogs)")  # as lists of tags write numbers
ON, SPOTS = "on", ("nose", "head", "back", "lap", "finger", "knee", "belly")  # where on somebody something is
BARE_DEEDS = (
    "drink",
    "cook",
    "paint",
    "play",
    "milk",
    "plant",
    "hammer",
    "photograph",
    "lift",
)  # nouns that may stand for what somebody does, where they have no ending
SWAYS = {"slide": "sliding", "swing": "swinging"}  # nouns that so become verbs which go on with the words after them
BARE_MOVES = ("fly", "surf", "skate", "march", *SWAYS)  # the same of how somebody moves, whatever follows
MOVED = (*CREATURES, "vehicles")  # categories of what moves so
OF_PALETTES = ("palette", "color", "colour", "style", "graphic", "look", "aesthetic", "art", "screen", "era", "game")
OF_PALETTES = (*OF_PALETTES, *(f"{word}s" for word in OF_PALETTES))  # words after the name of a palette
LONGEST_SLIP = 3  # words before a misspelt one that may be of one phrase with it
STANDS = ("on", "under", "in", "beside", "behind", "in front of", "above", "and")  # what says where a thing is
OWNED = ("with", "made of", "shaped like")  # the same where clothes that nobody wears come first
FALLING = ("falling", "floating", "blowing", "drifting")  # what parts that came off do
IN_ICE = ["in", "block", "of", "ice"]  # a state with a noun in it
COVERED = ("covered", "coated", "themed", "flavored", "powered")  # between two nouns these only join them


@dataclass(frozen=True)
class Mark:
    """A phrase of the prompt. No senses: nothing is known of it. `note` says what stands in for it, if anything does.

    `begins` is whether an article stands before it, `whose` whether that is "her", "their" and the like, `owns` whether
    it is a genitive such as "pirate's".
    """

    word: str
    senses: Senses = field(default_factory=dict)
    plural: bool = False
    begins: bool = False
    whose: bool = False
    owns: bool = False
    note: str = ""

    def means(self, *kinds: str) -> bool:
        """Whether it can be a word of one of these kinds."""
        return any(kind in self.senses for kind in kinds)


def marks(prompt: str) -> list[Mark]:
    """All phrases of a prompt in their order, pauses included."""
    words: list[str] = []
    begun: dict[int, str] = {}  # by place: the article before the word
    owners: set[int] = set()
    spoken = [part for word in tokens.words(prompt) for part in _parted(word)]
    spoken = languages.translated(spoken)[: tokens.MOST_WORDS]
    if len(spoken) > 1 and spoken[0] in WHO and "thing" not in english().senses.get((spoken[1],), {}):
        spoken[0] = WHO[spoken[0]]  # but "a she wolf"
    for at, word in enumerate(spoken):
        if _is_for_whom(words, word, spoken[at + 1 :]):
            words.pop()  # "a fire truck for my brother"
            break
        if word in ARTICLES:
            begun[len(words)] = word
            continue
        if word in COVERED and words and _joins(words[-1], spoken[at + 1 : at + 2]):
            continue
        if word in SPOTS and len(words) > 1 and words[-1].endswith("s") and owners and ON in words[-3:-1]:
            owners.discard(len(words) - 1)  # "on a girl's nose" is on the girl
            words[-1] = words[-1][:-1]
            continue
        if word.endswith("'s"):
            owners.add(len(words))
        words.append(stem(word))
    words, slips = _respelled([_sway(words, at) for at in range(len(words))])
    result: list[Mark] = []
    start = 0
    while start < len(words):
        is_deed = words[start].endswith("ing") and start + 1 in begun  # "throwing a star" is no throwing star
        length, mark = _mark(english(), words, start, start in owners)
        is_other = (
            mark.senses.get("body") == "shown" and begun.get(start + 1) in ONE
        )  # "on a chest" is no part of a body
        is_other = is_other or (length > 1 and mark.means("weather") and _goes_on(words, start, length))
        is_other = is_other or (mark.means("state") and _is_cut_short(words, start, length, begun))
        if (is_deed and mark.means("thing")) or is_other:
            length, mark = _mark(english(), words[: start + 1], start, start in owners)
        article = begun.get(start, "")
        several = mark.plural and article not in ONE  # "on a pirates shoulder" is one pirate's
        note = mark.note or next((slips[at] for at in range(start, start + length) if at in slips), "")
        about = {"note": note, "begins": bool(article), "whose": article in WHOSE, "owns": start in owners}
        result.append(replace(mark, plural=several, **about))
        start += length
    return _with_friends(_without_makes(_without_tags(_with_things(english(), result))))


def _with_things(vocabulary: Vocabulary, phrases: list[Mark]) -> list[Mark]:
    """Phrases, the first noun of which is a thing where it is a part that nothing has: "leaves on a road"."""
    at = next((at for at, mark in enumerate(phrases) if mark.means("thing", "part", "garment", "weak")), None)
    if at is None or phrases[at].means("thing", "weak"):
        return phrases
    after = phrases[at + 1].senses.get("relation") if at + 1 < len(phrases) else ""
    falls = phrases[at].word.endswith("s") and any(mark.word in FALLING for mark in phrases[at + 1 : at + 2])
    has_more = after in OWNED and phrases[at].means("garment")
    if after not in STANDS and not has_more and not falls and any(mark.means("thing") for mark in phrases):
        return phrases
    ones = vocabulary.ones(tuple(phrases[at].word.split(" ")))
    name = next((senses["thing"] for one in ones if "thing" in (senses := vocabulary.senses.get(one, {}))), "")
    if not name:
        return phrases
    several = traits.drawing(name).category != "clothes"  # shoes come in pairs
    thing = replace(phrases[at], senses={**phrases[at].senses, "thing": name}, plural=several)
    return [*phrases[:at], thing, *phrases[at + 1 :]]


def _without_tags(phrases: list[Mark]) -> list[Mark]:
    """Phrases in which "pickup" after a thing of a game is no truck, and "crest" after an animal no comb."""
    return [
        Mark(mark.word, {"filler": ""}) if at and mark.word in TAGS and phrases[at - 1].means("thing") else mark
        for at, mark in enumerate(phrases)
    ]


def _without_makes(phrases: list[Mark]) -> list[Mark]:
    """Phrases in which a number of colours, strings or storeys counts no things: "4 color bat", "five-string banjo"."""
    result = list(phrases)
    for at, mark in enumerate(phrases[:-1]):
        if mark.means("number") and phrases[at + 1].word in MAKES:
            result[at : at + 2] = (Mark(each.word, {"filler": ""}) for each in phrases[at : at + 2])
    return result


def _with_friends(phrases: list[Mark]) -> list[Mark]:
    """Phrases, "friends" of which are happy where two at least are named before: "a cat and a dog, best friends"."""
    at = next((at for at, mark in enumerate(phrases) if mark.word in FRIENDS), None)
    if at is None or sum(mark.means("thing") for mark in phrases[:at]) < FRIENDLY:
        return phrases
    return [*phrases[:at], Mark(phrases[at].word, {"mood": "happy"}), *phrases[at + 1 :]]


def _respelled(words: list[str]) -> tuple[list[str], dict[int, str]]:
    """Words, misspelt ones of a longer phrase as they are meant, and notes of these by place: "mashroom house"."""
    spelled, slips = list(words), {}
    for at, word in enumerate(words):
        meant = "" if nearest.is_known(word) else nearest.misspelt(word)
        trial = [*spelled[:at], meant, *spelled[at + 1 :]]
        starts = range(max(0, at - LONGEST_SLIP), at + 1) if meant else ()
        reach = ((start, english().longest(trial, start)[0]) for start in starts)
        if any(length > 1 and start + length > at for start, length in reach):
            spelled[at], slips[at] = meant, f"“{word}” is read as “{meant}”."
    return spelled, slips


def _is_for_whom(words: list[str], word: str, further: list[str]) -> bool:
    """Whether a prompt of some thing ends with who gets the picture, rather than with who is seen there."""
    if word not in MINE or not 0 < len(further) <= FEW or words[-1:] != ["for"]:
        return False
    who = english().senses.get((further[-1],), {}).get("thing", "")
    is_of_a_thing = any("thing" in english().senses.get((each,), {}) for each in words)
    return is_of_a_thing and bool(who) and traits.is_figure(who)


def _is_cut_short(words: list[str], start: int, length: int, begun: dict[int, str]) -> bool:
    """Whether a phrase ends within a noun, or goes over an article: "on fire", but "on a fire truck"."""
    is_over = start + 1 in begun and words[start : start + length] != IN_ICE  # "on a fire truck"
    return length > 1 and (is_over or _goes_on(words, start, length))


def _goes_on(words: list[str], start: int, length: int) -> bool:
    """Whether a phrase ends within a longer noun: "in rain" of "in rain boots"."""
    return english().longest(words, start + 1)[0] >= length


def _parted(word: str) -> tuple[str, ...]:
    """A number and a noun that are written as one word: "2girls"."""
    several = NUMBER_TAG.fullmatch(word)
    return several.groups() if several else (word,)


def _gerund(vocabulary: Vocabulary, word: str) -> str:
    """The form with its ending of a verb that stands without, as in "cat eat fish"; "" for what is no verb."""
    ones = (f"{word}ing", f"{word.removesuffix('e')}ing", f"{word}{word[-1]}ing") if word.isalpha() else ()
    return next((one for one in ones if {"relation", "pose", "mood"} & vocabulary.senses.get((one,), {}).keys()), "")


def _has_object(vocabulary: Vocabulary, words: list[str], start: int) -> bool:
    """Whether a word is a deed between who does it and what it is done to: "cow drink milk", but "a drink with ice"."""
    if not 0 < start < len(words) - 1:
        return False
    before, after = (vocabulary.longest(words, at)[1] for at in (start - 1, start + 1))
    return "thing" in before and "thing" in after and "relation" not in after


def _is_move(vocabulary: Vocabulary, words: list[str], start: int) -> bool:
    """Whether a word says how what is named before it moves: "plane fly over mountain", but "a fruit fly"."""
    if words[start] not in BARE_MOVES or not 0 < start < len(words) - 1 or words[start + 1] == PAUSE:
        return False
    mover = vocabulary.longest(words, start - 1)[1].get("thing", "")
    return bool(mover) and (traits.drawing(mover).category in MOVED or mover == "kite")


def _sway(words: list[str], at: int) -> str:
    """A word, with the ending of a verb if it is one where it stands: "penguin slide on ice"."""
    return SWAYS[words[at]] if words[at] in SWAYS and _is_move(english(), words, at) else words[at]


def _joins(before: str, after: list[str]) -> bool:
    """Whether two nouns are on both sides of a word, or may be: "moss covered golem", but "covered in moss"."""
    return "thing" in english().senses.get((before,), {}) and after not in ([], ["in"], ["with"], ["by"], [PAUSE])


def _mark(vocabulary: Vocabulary, words: list[str], start: int, owns: bool) -> tuple[int, Mark]:
    length, literal = _literal(vocabulary, words, start)
    if literal is not None:
        return length, literal
    length, senses, plural = vocabulary.longest(words, start)
    is_deed = words[start] in BARE_DEEDS and _has_object(vocabulary, words, start)
    if length == 1 and (is_deed or _is_move(vocabulary, words, start)):
        return 1, Mark(words[start], vocabulary.senses[(_gerund(vocabulary, words[start]),)])
    if owns and length < 2:
        word = words[start][:-1]
        return 1, Mark(word, vocabulary.senses.get((word,), {}))
    text = " ".join(words[start : start + length])
    further, name, several = nearest.broader(words, start)
    phrase = words[start : start + further]
    if further > length and not _is_colored(vocabulary, phrase) and not _is_printed(vocabulary, phrase):
        text = " ".join(words[start : start + further])
        several = several and traits.drawing(name).category != "clothes"  # shoes come in pairs
        return further, Mark(text, {"thing": name}, several, note=_note(text, name))
    if length:
        meant = by_context(text.removesuffix("s") if plural else text, words)
        note = _note(text, senses["thing"]) if "stands_in" in senses and not meant else ""
        return length, Mark(text, {**senses, "thing": meant} if meant else senses, plural, note=note)
    verb = _gerund(vocabulary, words[start]) if start else ""
    if verb:
        return 1, Mark(verb, vocabulary.senses[(verb,)])
    if words[start].isdecimal() and len(words[start]) < 9:
        return 1, Mark(words[start], {"number": words[start]})
    return 1, _misspelt(vocabulary, words[start])


def _literal(vocabulary: Vocabulary, words: list[str], start: int) -> tuple[int, Mark | None]:
    """A pause, what is to be read, a colour in hexadecimal or a palette, none of which has another meaning."""
    if words[start] == PAUSE:
        return 1, Mark(PAUSE, {"pause": ""})
    length, text = text_at(words, start)
    if length:
        return length, Mark(" ".join(words[start : start + length]), {"text": text})
    if words[start][0] == "#":
        return 1, Mark(words[start], {"color": words[start]})
    length, senses, _ = vocabulary.longest(words, start)
    end = start + length + _of_palette(words[start + length :])
    if "palette" in senses and end > start + length:
        return end - start, Mark(" ".join(words[start:end]), {"palette": senses["palette"]})
    return 0, None


def _of_palette(words: list[str]) -> int:
    """How many words after a palette's name only say that it is one: "game boy color palette"."""
    return next((at for at, word in enumerate(words) if word not in OF_PALETTES), len(words))


def _is_colored(vocabulary: Vocabulary, words: list[str]) -> bool:
    """Whether a term is a colour and what is drawn by itself: "blue flag" is a flag, although an iris is called so."""
    first = vocabulary.senses.get((words[0],), {})
    length, senses, _ = vocabulary.longest(words, 1) if len(words) > 1 else (0, {}, False)
    is_noun = length == len(words) - 1 and any(kind in senses for kind in ("thing", "part", "garment"))
    return is_noun and "color" in first and "thing" not in first


def _is_printed(vocabulary: Vocabulary, words: list[str]) -> bool:
    """Whether a term is two drawings, one of which is the sign or the print of the other: "pet shop"."""
    names = [vocabulary.longest([word], 0)[1].get("thing", "") for word in words]
    return len(names) == 2 and all(names) and is_emblem(*names)


def _note(word: str, name: str) -> str:
    return f"“{word}” is drawn as {article(name.partition('/')[0])}."


def _misspelt(vocabulary: Vocabulary, word: str) -> Mark:
    """A word that nothing is known of, or the word that it differs from by one slip of the hand."""
    meant = nearest.misspelt(word)
    if not meant:
        return Mark(word)
    return Mark(meant, vocabulary.senses[(meant,)], note=f"“{word}” is read as “{meant}”.")
