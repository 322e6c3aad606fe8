"""How one thing of a prompt stands to another, by the word between them."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .subjects import BOTTLES, BOWL, CLIMB, FISHBOWL, HIGH, LEASH, Draft, is_tree

CARRIERS = ("purse", "backpack", "boot", "rain boot", "shoe")  # what animals sit in rather than wear it
CEILING = "disco ball"  # what hangs over who is at a disco
LEADING = "leading"  # a link
LINKS = {relation.value: relation for relation in Relation if relation is not Relation.AROUND} | {
    "out of": Relation.IN,
    "before": Relation.BEFORE,
}
FIRES_BELOW = ("fire", "campfire", "volcano", "lava", "smoke")  # what somebody who comes out of it is above
DECKED = ("sailboat", "ship", "viking ship", "raft", "gondola")  # boats on whose deck somebody in them is
ROOFED = ("car", "taxi", "police car", "jeep", "van", "limousine", "caravan")
ROOFED = (*ROOFED, "fire truck", "truck", "bus")
# on whose roof somebody "on" them is, as one is "in" them else
SKATES = ("roller skate", "ice skate", "roller blades")  # what figures are on by wearing it
ASTRIDE = ("broom", "bicycle", "motorbike", "skateboard", "scooter", "surfboard", "flying carpet")
# what nobody is inside of, whatever is said
ARMED = ("snowman",)  # what holds things with the arms that it has, although it doesn't live
SPINNING = {"spider": "hanging spider", "black widow": "hanging spider"}  # who hangs by a thread of its own
PUDDLES = ("puddle", "lily pad", "wave")  # what somebody is in one of, however many are said
FLOATING = ("paper boat", "sailboat", "rowboat", "leaf", "rubber duck", "ship")  # what is on a puddle that it is in
OPEN = ("fishbowl", "jar", "aquarium", "cage", "glass of water")  # glass that who comes out of it is seen above
SHALLOW = ("tombstone", "easter egg")  # what nothing is in: "out of a grave" is before it


def relation(link: str, one: Draft, other: Draft) -> Relation:
    """How a subject stands to another, by the word between them."""
    special = _of_kind(link, one, other)
    if special is not None:
        return special
    meant = LINKS.get(link, Relation.BESIDE)
    if meant in (Relation.IN, Relation.UNDER) and other.count == 0 and (other.drawing in PUDDLES or is_tree(other)):
        other.count = 1  # "jumping in puddles", "under cherry blossoms"
    if _stands_in(meant, one, other):
        return Relation.ON
    if link in BY_DEED:
        return BY_DEED[link](one, other)
    if link == "holding" and traits.drawing(other.drawing).category == "vehicles" and traits.is_animate(one.drawing):
        return Relation.RIDING if traits.drawing(other.drawing).centimeters > HIGH else Relation.HOLDING
    if link == "out of" and other.drawing == BOWL and traits.drawing(one.drawing).is_swimmer:
        other.drawing = FISHBOWL
    if link == "out of" and (_is_left_above(other) or other.drawing in OPEN):
        return Relation.ON
    return Relation.BEFORE if meant is Relation.IN and other.drawing in SHALLOW else meant


def _of_kind(link: str, one: Draft, other: Draft) -> Relation | None:
    """How one stands to what a word means another relation for: clothes, mounts, what is carried, seats."""
    if link in ("in", "with") and _is_put_on(link, one, other):
        return Relation.WEARING
    if link == "in" and other.drawing in ASTRIDE and traits.is_animate(one.drawing):
        return Relation.RIDING  # as Spanish and Portuguese say it
    if link == "on" and other.drawing in SKATES and traits.is_figure(one.drawing):
        return Relation.WEARING
    if link == "on" and other.drawing in ROOFED:
        return Relation.ON
    if link == "on" and traits.is_ridden(other.drawing) and traits.is_animate(one.drawing):
        return Relation.RIDING
    has_arms = traits.is_animate(one.drawing) or one.drawing in ARMED or bool(one.look)
    if link in ("with", "holding") and has_arms and traits.is_carried(other.drawing):
        return Relation.HOLDING
    if link == "in" and traits.is_surface(other.drawing) and not _is_stuck_in(one, other):
        return Relation.ON
    hangs_over = other.drawing == CEILING and link in ("at", "in", "under")
    return Relation.UNDER if hangs_over else None


def _is_stuck_in(one: Draft, other: Draft) -> bool:
    """Whether a blade is in what it cuts: "an axe in a stump"."""
    kinds = [traits.drawing(each.drawing).category for each in (one, other)]
    return kinds[0] in ("weapons", "tools") and kinds[1] in ("nature", "plants", "food")


def _is_put_on(link: str, one: Draft, other: Draft) -> bool:
    """Whether somebody "in" or "with" a thing wears it; a cat in a boot sits there."""
    if link == "in" and other.drawing in CARRIERS and traits.is_animal(one.drawing) and other.word[-1:] != "s":
        return False
    fits = traits.is_animate(one.drawing) or (link == "with" and traits.is_put_on(one.drawing, other.drawing))
    return traits.is_worn(other.drawing) and fits


def _stands_in(meant: Relation, one: Draft, other: Draft) -> bool:
    """Whether somebody who is in a thing has it below them: a boat's deck, a puddle."""
    floats = traits.is_animate(one.drawing) or (other.drawing in PUDDLES and one.drawing in FLOATING)
    return meant is Relation.IN and other.drawing in (*DECKED, *PUDDLES) and floats


def _is_left_above(other: Draft) -> bool:
    """Whether who comes out of a thing is seen above it, as above flames and what isn't hollow."""
    if other.drawing in FIRES_BELOW:
        other.count = 1
        return True
    is_whole = traits.drawing(other.drawing).category == "items" and not traits.is_hollow(other.drawing)
    return is_whole and other.drawing not in (*BOTTLES, "magic lamp")


def _leads(one: Draft, other: Draft) -> Relation:
    """How somebody stands to what they pull: it follows if it has legs or wheels, else they have it in their hands."""
    category = traits.drawing(other.drawing).category
    if not traits.is_animate(one.drawing) or one.count > 1:
        return Relation.BESIDE
    if traits.drawing(other.drawing).is_swimmer or other.drawing == LEASH:
        return Relation.HOLDING
    if traits.is_animate(other.drawing) or category == "vehicles" or other.drawing in ("cart", "wheelbarrow", "sled"):
        return Relation.LEADING
    return Relation.HOLDING if traits.is_carried(other.drawing) else Relation.LEADING


def _hangs(one: Draft, other: Draft) -> Relation:
    """What hangs from a tree is in it; below all else somebody has both arms up."""
    is_high = is_tree(other)
    one.drawing = SPINNING.get(one.drawing.partition("/")[0], one.drawing)
    one.pose = one.pose or CLIMB * (CLIMB in traits.drawing(one.drawing).poses and not is_high)
    return Relation.IN if is_high else Relation.UNDER


def _climbs(one: Draft, other: Draft) -> Relation:
    """Who climbs something, or is wound about it, is seen before its middle."""
    one.pose = one.pose or CLIMB * (CLIMB in traits.drawing(one.drawing).poses)
    return Relation.SHOWN if traits.is_animate(one.drawing) else Relation.BESIDE


BY_DEED = {LEADING: _leads, "hanging from": _hangs, "climbing": _climbs}  # links that say what one does with the other
