"""English words in the forms that tables don't list."""

from __future__ import annotations

IRREGULAR = {
    "children": "child",
    "people": "person",
    "mice": "mouse",
    "geese": "goose",
    "feet": "foot",
    "teeth": "tooth",
    "oxen": "ox",
    "cacti": "cactus",
    "fungi": "fungus",
    "octopi": "octopus",
    "dice": "die",
    "pixies": "pixie",
    "zombies": "zombie",
    "cookies": "cookie",
    "pies": "pie",
    "ties": "tie",
    "axes": "axe",
    "horses": "horse",
    "roses": "rose",
    "houses": "house",
}
SAME = {"glass", "dress", "grass", "compass", "cactus", "octopus", "bus", "princess", "walrus", "chess", "moss", "lens"}
NO_PLURALS = {"rhinoceros", "stegosaurus", "triceratops", "pegasus", "cyclops", "brontosaurus"}
NO_PLURALS |= {"ankylosaurus", "brachiosaurus", "spinosaurus", "platypus", "nautilus", "ibis", "praying mantis"}
NO_PLURALS |= {"hibiscus", "iris", "lotus", "virus", "abacus", "thermos", "trellis", "cerberus"}
SPOKEN_WITH_Y = ("uni", "ufo", "eu", "uku")
ENDINGS = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man"), ("s", ""), ("es", ""))


def singulars(word: str) -> list[str]:
    """What a word may be the plural of, the likeliest first."""
    if word in SAME or len(word) < 3:
        return []
    if word in IRREGULAR:
        return [IRREGULAR[word]]
    stems = [word[: -len(end)] + tail for end, tail in ENDINGS if word.endswith(end) and not word.endswith("ss")]
    return [stem for stem in stems if len(stem) > 1]


def article(noun: str) -> str:
    """The noun with "a" or "an" before it, or alone where it is a plural."""
    if singulars(noun.partition(" of ")[0].split(" ")[-1]) and noun not in NO_PLURALS:
        return noun
    return f"{'an' if noun[:1] in 'aeiou' and not noun.startswith(SPOKEN_WITH_Y) else 'a'} {noun}"
