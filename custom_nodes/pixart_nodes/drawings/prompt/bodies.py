"""Bodies with more of a part than their kind has: nine tails, two heads."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .coloring import EYE
from .joints import join
from .subjects import Draft, shown

# Ends of adjectives, and the parts that they name.
MANY = {"tailed": "tails", "headed": "heads", "eyed": "eyes", "legged": "legs", "armed": "arms"}
SINGLES = ("tails", "heads")  # parts of which most have one
FANS = {2: "tail pair"}  # drawings of tails by their number; more are a fan of nine
FAN = "tail fan"
TAIL, TIP, TIPPED = "tail", "tip", ("fox",)  # a slot and a role, and whose tails have a tip of another colour
# Who is drawn with two heads, and with three or more.
HEADED: dict[str, tuple[str, ...]] = {
    "dragon": ("two-headed dragon", "hydra"),
    "ogre": ("two-headed ogre",),
    "troll": ("two-headed ogre",),
    "giant": ("two-headed ogre",),
    "snake": ("two-headed snake", "hydra"),
    "dog": ("cerberus", "cerberus"),
    "wolf": ("cerberus", "cerberus"),
}
EYED = {"monster": ("two-eyed monster", "three-eyed monster")}  # who is drawn with one eye, and with two and more
EYES, THIRD_EYE = 2, "third eye"  # so many most have, and the drawing of one more
ONE_EYE, PATCH = (
    "cyclops eye",
    "eye patch",
)  # drawings of the only eye of a creature, and of what hides a person's other one
EYE_SLOTS = ("eyes", EYE, "gaze")


def grow(owner: Draft, count: int, part: str, drafts: list[Draft], notes: list[str]) -> None:
    """Give somebody so many of a part, or say that no drawing shows them."""
    if part == "tails" and count > 1 and traits.is_animate(owner.drawing):
        _fan(owner, count, drafts)
    elif part == "heads" and count > 1:
        if owner.drawing in ("hydra", "cerberus"):
            return  # they have three
        kinds = HEADED.get(owner.drawing.partition("/")[0], ())
        if kinds:
            owner.drawing = kinds[min(count - 2, len(kinds) - 1)]
        else:
            notes.append(f"No drawing of “{owner.word}” has {count} heads.")
    elif part in ("legs", "arms"):
        notes.append(f"No drawing of “{owner.word}” has {count} {part}.")
    elif part == "eyes" and count >= EYES and owner.drawing in EYED:
        kinds = EYED[owner.drawing]
        owner.drawing = kinds[min(count - EYES, len(kinds) - 1)]
    elif part == "eyes" and count == 1 and traits.is_animate(owner.drawing):
        _close_one(owner, drafts)
    elif part == "eyes" and count > EYES:
        drafts.append(Draft(THIRD_EYE, THIRD_EYE))
        join("wearing", owner, drafts[-1])


def _close_one(owner: Draft, drafts: list[Draft]) -> None:
    """Show somebody with a single eye: people with a patch, what looks at us with one in the middle."""
    drawing = traits.drawing(owner.drawing)
    if drawing.faces == "left" or PATCH in shown(owner.drawing) or owner.drawing == "cyclops":
        return
    name = PATCH if drawing.category == "people" else ONE_EYE
    if name == ONE_EYE:
        owner.without += [slot for slot in EYE_SLOTS if traits.has_slot(owner.drawing, slot)]
        face = str(drawing.roles.get("face", drawing.roles[drawing.main_role]))
        if EYE in drawing.painted:
            owner.colors[EYE] = face
    drafts.append(Draft(name, name))
    join("wearing", owner, drafts[-1])


def _fan(owner: Draft, count: int, drafts: list[Draft]) -> None:
    """Spread tails in the owner's colours behind it, in place of its own one."""
    drawing = traits.drawing(owner.drawing)
    body = str(owner.colors.get(drawing.main_role, drawing.roles[drawing.main_role]))
    tip = str(owner.colors.get(TIP, drawing.roles.get(TIP, body))) if owner.drawing in TIPPED else body
    owner.colors.setdefault(drawing.main_role, body)  # else a variant might have another
    owner.without += [TAIL] * (TAIL in drawing.slots)
    fan = FANS.get(count, FAN)
    drafts.append(Draft(fan, fan, colors={"body": body, TIP: tip}, relation=Relation.BEHIND, other=owner))
