"""Clothes and hair of people over those of their drawing, and what of the drawing has their colour then."""

from __future__ import annotations

from dataclasses import dataclass

from ..brief import Relation
from . import traits
from .coloring import HAIR
from .figures import LONG_HAIR
from .subjects import Draft

SKIN, BODY, LEGS, BACK, HAT = "skin", "body", "legs", "back", "hat"  # roles and slots of people
TIED_HAIR = ("girl",)  # who have ribbons in their hair, in place of a hat
PIGTAILS = ("twin tails", "twintails", "pigtails")  # words for hair that is tied at both sides
IN_PLAIN_CLOTHES = ("person", "woman", "girl", "boy", "elf", "old man", "old woman")  # who are drawn without armour
UNIFORM = "uniform"  # what only they have none of
BALD = "bald"  # who has no hair


@dataclass(frozen=True)
class Outfit:
    """What is drawn over somebody. `sleeves` and `legs` are colours, "own" that of the outfit, "" what they have."""

    drawing: str
    sleeves: str = "own"
    legs: str = ""


SUIT = Outfit("worn suit", legs="own")
SWEATER, COAT = Outfit("worn sweater"), Outfit("worn coat")
VEST = Outfit("worn vest", sleeves="white")
SAILOR = Outfit("worn sailor suit", legs=SKIN)
OUTFITS = {
    **dict.fromkeys(("suit", "suits", "business suit", "blazer", "tuxedo"), SUIT),
    **dict.fromkeys(("sweater", "pullover", "jumper"), SWEATER),
    "cardigan": Outfit("worn cardigan"),
    **dict.fromkeys(("tracksuit", "track suit"), Outfit("worn tracksuit", legs="own")),
    **dict.fromkeys(("raincoat", "rain coat"), Outfit("worn raincoat")),
    **dict.fromkeys(("bathrobe", "dressing gown"), Outfit("worn bathrobe")),
    **dict.fromkeys(("sari", "saree"), Outfit("worn sari", sleeves="purple")),
    "toga": Outfit("worn toga", sleeves=SKIN),
    "poncho": Outfit("worn poncho"),
    "shawl": Outfit("worn shawl", sleeves=""),
    "hijab": Outfit("worn hijab", sleeves=""),
    "suspenders": Outfit("worn suspenders", sleeves="white"),
    "kilt": Outfit("worn kilt", sleeves="white", legs=SKIN),
    "hawaiian shirt": Outfit("worn hawaiian shirt"),
    **dict.fromkeys(("hoodie", "sweatshirt", "hooded sweatshirt"), Outfit("worn hoodie")),
    **dict.fromkeys(("jacket", "leather jacket", "denim jacket"), Outfit("worn jacket")),
    **dict.fromkeys(("coat", "trenchcoat", "trench coat", "overcoat", "winter coat"), COAT),
    **dict.fromkeys(("lab coat", "doctor coat"), Outfit("worn lab coat")),
    **dict.fromkeys(("vest", "waistcoat"), VEST),
    **dict.fromkeys(("overalls", "dungarees"), Outfit("worn overalls", sleeves="", legs="own")),
    "apron": Outfit("worn apron", sleeves=""),
    **dict.fromkeys(("kimono", "yukata"), Outfit("worn kimono")),
    UNIFORM: Outfit("worn uniform", legs="own"),
    **dict.fromkeys(("school uniform", "sailor uniform", "sailor suit"), SAILOR),
    **dict.fromkeys(("pajamas", "pyjamas"), Outfit("worn pajamas", legs="own")),
    **dict.fromkeys(("scarf", "neckerchief"), Outfit("worn scarf", sleeves="")),
    "skirt": Outfit("worn skirt", sleeves="", legs=SKIN),
    "shorts": Outfit("worn shorts", sleeves="", legs=SKIN),
}  # by word, what people have on
HAIRDOS = {
    **dict.fromkeys(("ponytail", "hair in ponytail", "pony tail"), "ponytail"),
    **dict.fromkeys(("braids", "braid", "braided hair", "plaits", "hair in braids"), "braids"),
    **dict.fromkeys(PIGTAILS, "braids"),
    **dict.fromkeys(("bun", "hair bun", "hair in bun", "topknot", "top knot"), "hair bun"),
    **dict.fromkeys(("long hair", "very long hair"), LONG_HAIR),
    **dict.fromkeys(("afro", "afro hair"), "afro"),
}  # by word, the drawing of how hair is done
OF_HAIR = {*HAIRDOS.values(), "mohawk"}  # drawings that have the colour of somebody's hair


def fits(word: str, name: str) -> bool:
    """Whether somebody may have it on: over bones what has no sleeves, over the clothes of a trade no uniform."""
    outfit = OUTFITS.get(word)
    if outfit is None or not traits.is_figure(name) or (word == UNIFORM and name not in IN_PLAIN_CLOTHES):
        return False
    return not outfit.sleeves or SKIN in traits.drawing(name).painted


def dressed(owner: Draft, word: str, colors: list[str]) -> Draft | None:
    """What somebody wears over their drawing's clothes, which take its colour; None where a word says no such."""
    if not fits(word, owner.drawing):
        return None
    outfit = OUTFITS[word]
    drawing, kind = traits.drawing(outfit.drawing), traits.drawing(owner.drawing)
    color = colors[0] if colors else str(drawing.roles[BODY])
    skin = str(owner.colors.get(SKIN, kind.roles.get(SKIN, SKIN)))
    for role, meant in ((BODY, outfit.sleeves), (LEGS, outfit.legs)):
        if meant and role in kind.roles:
            owner.colors[role] = {"own": color, SKIN: skin}.get(meant, meant)
    return _worn(owner, Draft(outfit.drawing, word, colors={BODY: color}))


def combed(owner: Draft, word: str, colors: list[str]) -> Draft | None:
    """Hair that somebody has done so, in place of their own ribbons and locks; None where a word says no such."""
    name = HAIRDOS.get(word, "")
    kind = traits.drawing(owner.drawing)
    if not name or not traits.is_figure(owner.drawing) or HAIR not in kind.roles:
        return None
    is_long = owner.drawing not in TIED_HAIR and traits.has_slot(owner.drawing, BACK)
    if (name == LONG_HAIR and is_long) or (word in PIGTAILS and owner.drawing in TIED_HAIR):
        return None  # whose hair is so already
    owner.colors.setdefault(HAIR, colors[0] if colors else str(kind.roles[HAIR]))
    owner.without += [BACK] * traits.has_slot(owner.drawing, BACK)
    owner.without += [HAT] * (owner.drawing in TIED_HAIR)
    return _worn(owner, Draft(name, word, colors={BODY: owner.colors[HAIR]}))


def shave(draft: Draft) -> None:
    """Leave out all of somebody's hair."""
    if traits.is_figure(draft.drawing) and HAIR in traits.drawing(draft.drawing).roles:
        draft.without += [slot for slot in (HAIR, BACK) if traits.has_slot(draft.drawing, slot)]


def _worn(owner: Draft, worn: Draft) -> Draft:
    """Something that somebody has on, whatever else they have to do with others."""
    worn.relation, worn.other = Relation.WORN, owner
    return worn
