"""The things of a picture while its prompt is read, and how each stands to another."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..brief import Relation
from . import emblems, traits
from .coloring import STONES
from .vocabulary import lines

OPPOSITE = {
    Relation.HOLDING: Relation.HELD,
    Relation.WEARING: Relation.WORN,
    Relation.ABOVE: Relation.UNDER,
    Relation.UNDER: Relation.ABOVE,
    Relation.BEHIND: Relation.BEFORE,
    Relation.BEFORE: Relation.BEHIND,
    Relation.ON: Relation.UNDER,
}
CARRYING = {Relation.HOLDING: Relation.HELD, Relation.WEARING: Relation.WORN}
BOTTLES = ("bottle", "vial", "potion", "jar")
CARRIERS = ("purse", "backpack", "boot", "shoe")  # what animals sit in rather than wear it
STUCK_ON = ("bandage", "ribbon", "lock", "door", "window", "ice cube")  # on a thing that is "with" it, or seen in it
HIGH = 200  # centimetres from which on somebody hangs in a plant, and is in a vehicle rather than has it
TOPPINGS = (
    "cherry",
    "strawberry",
    "candle",
    "whipped cream",
    "butter",
    "olive",
    "drinking straw",
)  # what lies on food that is "with" it
WALL = "wall"  # the drawing of what things hang on
HUNG = (
    "golden apple",
    "lantern",
    "bell",
    "star",
    "heart",
    "light bulb",
    "balloon",
    "nest",
    "birdhouse",
    "ornament",
)  # what hangs in trees
RING = "ring"
CLIMB = "climb"  # the pose of who has both arms up
LEADING, LEASH = "leading", "bridle"  # a link, and the drawing of what somebody leads something by
FEW = (0, 2, 3)  # how many have room at the sides of another one; 0 is some
LINKS = {relation.value: relation for relation in Relation} | {"out of": Relation.IN, "before": Relation.BEFORE}
FLAMES = ("fire", "campfire", "volcano", "lava", "smoke")  # what somebody who comes out of it is above
DECKED = ("sailboat", "ship", "viking ship", "raft")  # boats on whose deck somebody in them is
PUDDLES = ("puddle", "lily pad", "wave")  # what somebody is in one of, however many are said
SHALLOW = ("tombstone", "easter egg")  # what nothing is in: "out of a grave" is before it


@dataclass(eq=False)
class Draft:
    """A subject that may still change. `place` is the ground that its word may mean as well.

    `look` is the mood of a face upon a thing that has none, `is_statue` whether it is only shown by a statue.
    """

    drawing: str
    word: str
    count: int = 1
    colors: dict[str, str] = field(default_factory=dict)
    size: float = 1.0
    pose: str = ""
    mood: str = ""
    without: list[str] = field(default_factory=list)
    relation: Relation | None = None
    other: Draft | None = None
    place: str = ""
    cast: str = ""
    arrangement: str = ""
    glow: str = ""
    look: str = ""
    cut: str = ""
    text: str = ""
    is_statue: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the prompt says nothing of it but its name."""
        shown = self.colors or self.cast or self.look or self.pose or self.cut or self.text
        return self.count == 1 and not shown and self.relation is None and self.size == 1


def relation(link: str, one: Draft, other: Draft) -> Relation:
    """How a subject stands to another, by the word between them."""
    if link in ("in", "with") and _is_put_on(link, one, other):
        return Relation.WEARING
    if link == "on" and traits.is_ridden(other.drawing) and traits.is_animate(one.drawing):
        return Relation.RIDING
    if link == "with" and traits.is_animate(one.drawing) and traits.is_carried(other.drawing):
        return Relation.HOLDING
    if link == "in" and traits.is_surface(other.drawing):
        return Relation.ON
    meant = LINKS.get(link, Relation.BESIDE)
    if meant in (Relation.IN, Relation.UNDER) and other.count == 0 and (other.drawing in PUDDLES or _is_tree(other)):
        other.count = 1  # "jumping in puddles", "under cherry blossoms"
    if _stands_in(meant, one, other):
        return Relation.ON
    if link in DEEDS:
        return DEEDS[link](one, other)
    if link == "holding" and traits.drawing(other.drawing).category == "vehicles" and traits.is_animate(one.drawing):
        return Relation.RIDING if traits.drawing(other.drawing).centimeters > HIGH else Relation.HOLDING
    if link == "out of" and _is_left_above(other):
        return Relation.ON
    return Relation.BEFORE if meant is Relation.IN and other.drawing in SHALLOW else meant


def _is_put_on(link: str, one: Draft, other: Draft) -> bool:
    """Whether somebody "in" or "with" a thing wears it; a cat in a boot sits there."""
    if link == "in" and other.drawing in CARRIERS and traits.is_animal(one.drawing):
        return False
    fits = traits.is_animate(one.drawing) or (link == "with" and traits.is_put_on(one.drawing, other.drawing))
    return traits.is_worn(other.drawing) and fits


def _stands_in(meant: Relation, one: Draft, other: Draft) -> bool:
    """Whether somebody who is in a thing has it below them: a boat's deck, a puddle."""
    return meant is Relation.IN and other.drawing in (*DECKED, *PUDDLES) and traits.is_animate(one.drawing)


def _is_left_above(other: Draft) -> bool:
    """Whether who comes out of a thing is seen above it, as above flames and what isn't hollow."""
    if other.drawing in FLAMES:
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
    is_high = _is_tree(other)
    one.pose = one.pose or CLIMB * (CLIMB in traits.drawing(one.drawing).poses and not is_high)
    return Relation.IN if is_high else Relation.UNDER


def _climbs(one: Draft, other: Draft) -> Relation:
    """Who climbs something, or is wound about it, is seen before its middle."""
    one.pose = one.pose or CLIMB * (CLIMB in traits.drawing(one.drawing).poses)
    return Relation.SHOWN if traits.is_animate(one.drawing) else Relation.BESIDE


def _is_tree(draft: Draft) -> bool:
    drawing = traits.drawing(draft.drawing)
    return drawing.category == "plants" and drawing.centimeters > HIGH


DEEDS = {LEADING: _leads, "hanging from": _hangs, "climbing": _climbs}  # links that say what one does with the other


def shown(drawing: str) -> list[str]:
    """The drawings of what a figure's own drawing has on it or in its hand, and of what a thing is in by itself."""
    bottled = [*BOTTLES] if "bottle-kit" in traits.drawing(drawing).ancestors else []
    return [*lines("shown").get(drawing, "").split(", "), *bottled]


ROUND = ("wrapped", "tied", "wound", "coiled", "curled", "twisted", "growing")
# Words between what is tied or wound about a thing and that.
TIED = ("around", "growing on", "growing over", *(f"{deed} around" for deed in ROUND))
WINDING = "winding"  # a link of what is tied or wound about another thing
# Drawings of what may be, and of how it then looks.
WOUND = {
    "vine": "winding vine",
    "ivy": "winding vine",
    "rope": "winding rope",
    "chain": "winding chain",
    "ribbon": "winding ribbon",
    "fairy lights": "winding lights",
}
FISH = "fish"  # a slot of a bowl whose own fish another one takes the place of
CANDLE, ON_CAKES = "candle", "birthday candle"  # a drawing and a slot, and the drawing of those on a cake


def join(link: str, one: Draft, other: Draft) -> Relation | None:
    """Let a subject stand to another as the word between them says; how, unless it is the other that stands to it."""
    if link == "with" and traits.is_surface(one.drawing) and not traits.is_place(other.drawing):
        _place(other, Relation.ON, one)
    elif link in ("with", "of") and traits.is_hollow(one.drawing) and not traits.is_animate(one.drawing):
        _place(other, Relation.IN, one)
    elif one.arrangement == RING and LINKS.get(link) is Relation.BESIDE:
        return None  # "a ring of mushrooms around a frog"
    elif link == "with" and other.drawing in TOPPINGS and traits.drawing(one.drawing).category == "food":
        _place(other, Relation.ON, one)
    elif link == "with" and (_grows_on(other, one) or _is_stuck_on(other, one)):
        _place(other, Relation.IN if _grows_on(other, one) else Relation.SHOWN, one)
    elif _is_pictured(link, one, other):
        _place(one, Relation.SHOWN, other)
    elif _winds(link, one, other):
        _wind(*((one, other) if link == WINDING else (other, one)))
    elif link == "chasing":
        _chase(one, other)
    else:
        meant = relation(link, one, other)
        if meant is Relation.BESIDE and _are_about(other, one):
            one, other, meant = other, one, Relation.BESIDE
        _place(one, meant, other)
        return meant
    return None


def _is_pictured(link: str, one: Draft, other: Draft) -> bool:
    """Whether a thing hangs on a wall, or is a picture on what is flat."""
    hangs = other.drawing == WALL and not traits.is_animate(one.drawing)
    printed = link == "on" and emblems.is_printed(one.drawing, other.drawing, link)
    return printed or (hangs and link in ("on", "hanging from"))


def _grows_on(one: Draft, other: Draft) -> bool:
    """Whether a tree is with something that hangs in it, as fruit and lanterns do."""
    return _is_tree(other) and (traits.drawing(one.drawing).category == "food" or one.drawing in HUNG)


def _is_stuck_on(one: Draft, other: Draft) -> bool:
    """Whether what a thing is with is a picture upon it, or sticks to it."""
    sticks = (
        one.drawing in (*STUCK_ON, *STONES)
        and not traits.is_animate(other.drawing)
        and not traits.is_place(other.drawing)
    )
    return sticks or emblems.is_printed(one.drawing, other.drawing, "with")


def _are_about(several: Draft, one: Draft) -> bool:
    """Whether a few of a kind stand at both sides of one, as what is fed does."""
    are_few = one.count == 1 and several.count in FEW
    return are_few and one.relation is several.relation is None


def _winds(link: str, one: Draft, other: Draft) -> bool:
    """Whether one of two things is wound about the other."""
    is_in = link == "in" and other.drawing in WOUND and not traits.is_animate(one.drawing)
    return is_in or (link == WINDING and one.drawing in WOUND)


def _wind(one: Draft, other: Draft) -> None:
    """Tie or wind one thing about another: "chains around a chest", "a statue wrapped in vines"."""
    one.drawing, one.count = WOUND[one.drawing], 1
    _place(one, Relation.SHOWN, other)


def _chase(one: Draft, other: Draft) -> None:
    """Have both run, or drive, one beside the other."""
    for runner in (one, other):
        if "run" in traits.drawing(runner.drawing).poses and traits.is_animate(runner.drawing):
            runner.pose = runner.pose or "run"
        elif "drive" in traits.drawing(runner.drawing).poses:
            runner.pose = "drive"
    _place(one, Relation.BESIDE, other)


def _place(one: Draft, relation: Relation, other: Draft) -> None:
    """A subject has one relation only: what it holds or wears says so itself, once it stands to something else too."""
    if relation is Relation.IN and traits.has_slot(other.drawing, FISH):
        other.without.append(FISH)
    if relation is Relation.ON and one.drawing == CANDLE and traits.drawing(other.drawing).category == "food":
        one.drawing = ON_CAKES
        other.without += [CANDLE] * traits.has_slot(other.drawing, CANDLE)  # its own one
    if one.relation is None:
        one.relation, one.other = relation, other
    elif one.relation in CARRYING and relation not in CARRYING and one.other:
        one.other.relation, one.other.other = CARRYING[one.relation], one
        one.relation, one.other = relation, other
    elif relation is Relation.UNDER and _is_tree(other) and one.other and one.other.relation is None:
        one.other.relation, one.other.other = relation, other  # "on a swing under a tree"
    else:
        other.relation, other.other = OPPOSITE.get(relation, Relation.BESIDE), one


def untangle(drafts: list[Draft]) -> None:
    """Let a subject stand by itself where what it stands to stands to it in turn, however many are between."""
    for draft in drafts:
        seen = [draft]
        while seen[-1].other is not None and seen[-1].other not in seen:
            seen.append(seen[-1].other)
        if seen[-1].other is draft:
            draft.relation, draft.other = None, None
