"""What things of a prompt say of each other once all of them are known: smoke of a house, and who is named twice."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .coloring import ARMOR, HAIR
from .senses import CHIMNEYS
from .subjects import SMOKE, Draft
from .uses import UMBRELLAS

MANY_SIDED = ("couple", "lovers", "newlyweds")  # words for two of whom one may be named in vain
FACE = (  # its slots
    *("face", "gaze", "lips", "eyes", "eye", "mouth", "nose", "snout"),
    *("muzzle", "whiskers", "belly", "front", "beard"),
)
HELMED, HELMET = ("knight", "dark knight", "gladiator"), "hat"  # whose face a helmet hides, and its slot
LAST_ENEMY = "boss monster"  # the drawing of a game's boss of no kind: of none where somebody is named beside it
IN_CHARGE = ("businessman", "boss")  # the drawing of a boss of whom a prompt names no kind, and the word
UNDER_ONE = 1.7  # factor on the size of several who are under one umbrella
NAPE = "back of head"  # the drawing of what is seen of people from behind
TITLES = (
    "character",
    "characters",
    "family",
    "hero",
    "npc",
    "protagonist",
)  # words before or after those who are meant


def gather(drafts: list[Draft], notes: list[str]) -> None:
    """Leave out what is seen in another one anyway."""
    _light_fires(drafts, notes)
    _merge(drafts)
    titles = [each for each in drafts if each.word.split(" ")[-1] in TITLES and each.drawing == "person"]
    titles += [each for each in drafts if each.drawing == LAST_ENEMY or (each.drawing, each.word) == IN_CHARGE]
    for title in titles:
        others = [each for each in drafts if traits.is_animate(each.drawing) and each is not title]
        if others and title.relation is None and not title.colors and all(each.other is not title for each in drafts):
            remove(drafts, title)


def _merge(drafts: list[Draft]) -> None:
    """Somebody who is only named again is the same one: "cute girl, pink dress, magical girl"."""
    for later in [each for each in drafts if traits.is_figure(each.drawing) and each.is_plain]:
        earlier = [each for each in drafts[: drafts.index(later)] if each.drawing == later.drawing and each.count == 1]
        is_had = any(each.other is later for each in drafts)
        if earlier and not is_had and later.word not in MANY_SIDED:
            remove(drafts, later)


def take_off_helmets(drafts: list[Draft]) -> None:
    """Show who is drawn with a closed helmet, but whose hair is named or who has none on, as a person in armour."""
    helmed = [each for each in drafts if each.drawing in HELMED]
    for draft in [each for each in helmed if HAIR in each.colors or HELMET in each.without]:
        plate = str(draft.colors.pop("body", "steel"))
        draft.drawing, draft.colors["body"] = "person", plate
        draft.without = [slot for slot in draft.without if slot != HELMET]
        drafts.append(Draft(ARMOR, ARMOR, colors={"body": plate}, relation=Relation.WORN, other=draft))


def share_umbrella(drafts: list[Draft]) -> None:
    """Let who is under an umbrella hold it, and several be as large as it is wide."""
    for draft in [each for each in drafts if each.relation is Relation.UNDER and traits.is_figure(each.drawing)]:
        if draft.other is None or draft.other.drawing not in UMBRELLAS:
            continue
        if draft.count == 1 and draft.other.relation is None:
            draft.relation = Relation.HOLDING
        else:
            draft.size *= UNDER_ONE


def turn_away(drafts: list[Draft]) -> None:
    """Show whoever looks at us from behind: without a face, people with the back of their heads."""
    for draft in [each for each in drafts if traits.is_animate(each.drawing)]:
        drawing = traits.drawing(draft.drawing)
        draft.without += [slot for slot in drawing.slots if slot in FACE]
        if not traits.is_figure(draft.drawing):
            continue
        role = HAIR if traits.has_slot(draft.drawing, HAIR) and HAIR in drawing.roles else drawing.main_role
        hair = draft.colors.setdefault(role, str(drawing.roles[role]))
        drafts.append(Draft(NAPE, NAPE, colors={"body": str(hair)}, relation=Relation.WORN, other=draft))


def _light_fires(drafts: list[Draft], notes: list[str]) -> None:
    """A chimney is its house's, and the smoke of one comes out of that."""
    houses = [each for each in drafts if traits.is_place(each.drawing) and each.word not in CHIMNEYS]
    chimneys = [each for each in drafts if each.word in CHIMNEYS]
    is_lit = any(
        each.drawing == SMOKE and SMOKE in traits.drawing(house.drawing).poses for each in drafts for house in houses
    )
    if not houses or not (chimneys or is_lit):
        return
    for each in chimneys:
        remove(drafts, each)
        notes[:] = [note for note in notes if f"“{each.word}”" not in note]
    for each in [one for one in drafts if one.drawing == SMOKE]:
        if SMOKE in traits.drawing(houses[0].drawing).poses:
            houses[0].pose = SMOKE
            remove(drafts, each)
        else:
            each.relation, each.other = Relation.MARKING, houses[0]


def remove(drafts: list[Draft], one: Draft) -> None:
    """Take a draft out of the others' way."""
    drafts.remove(one)
    for each in drafts:
        if each.other is one:
            each.relation, each.other = None, None
