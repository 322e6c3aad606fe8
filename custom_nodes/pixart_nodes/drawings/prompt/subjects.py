"""The things of a picture while its prompt is read, and that one stands to another."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..brief import Relation
from . import traits
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
HIGH = 200  # centimetres from which on somebody hangs in a plant, and is in a vehicle rather than has it
TOSSED, JUGGLING = ("lifting", "juggling"), "juggling"  # links, and how what is juggled is in the air
COVERED, STREWN = "covered", "strewn"  # a link, and how things lie all over another one
TABLES = ("table", "round table", "desk", "counter")  # what stands before who is at it
AMONG, SEVERAL = "all around", 5  # a link, and how many are around one where no number is said
CLIMB = "climb"  # the pose of who has both arms up
SMOKE = "smoke"  # a drawing, and the pose of a house whose chimney smokes
LEASH = "leash"  # the drawing of what somebody leads something by
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
COILED = ("snake", "cobra", "rattlesnake", "python", "eel", "chinese dragon")  # who is about a thing with the body
BOWL, FISHBOWL = "bowl", "fishbowl"  # drawings of what fish swim in, as it is called and as it is
WET = ("fish", "liquid")  # slots of bowls and buckets with what others take the place of
BALL = "ball"  # in the names of drawings, and the slot of a player's own one
WORN_FORMS = {"space helmet": "open helmet"}  # drawings of what hides a face -> those of what is worn
EGG, EGGS = "egg", "eggs"  # a drawing, and the slot of a nest with some of its own
HOLE = "hole"  # the slot of where a neck is, in clothes
OPEN_FORMS = {"cardboard box": "open box", "egg": "hatched egg", "broken egg": "hatched egg", "coffin": "open coffin"}
# what is drawn open where somebody is in it, and that drawing
BOX = "box"  # the word for one of cardboard, where somebody is in it
CANDLE, ON_CAKES = "candle", "birthday candle"  # a drawing and a slot, and the drawing of those on a cake


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
    turn: int = 0
    is_statue: bool = False
    print: tuple[str, str] | None = None  # what is all over it, and in which colour

    @property
    def is_plain(self) -> bool:
        """Whether the prompt says nothing of it but its name."""
        shown = self.colors or self.cast or self.look or self.pose or self.cut or self.text
        return self.count == 1 and not shown and self.relation is None and self.size == 1


def shown(drawing: str) -> list[str]:
    """The drawings of what a figure's own drawing has on it or in its hand, and of what a thing is in by itself."""
    bottled = [*BOTTLES] if "bottle-kit" in traits.drawing(drawing).ancestors else []
    return [*lines("shown").get(drawing, "").split(", "), *bottled]


def is_lifted(one: Draft, other: Draft) -> bool:
    """Whether somebody lifts a thing with both hands, as no weapon is lifted."""
    return (
        traits.is_animate(one.drawing)
        and traits.drawing(other.drawing).category not in ("weapons", "tools")
        and not traits.is_worn(other.drawing)
    )


def surround(one: Draft, others: Draft) -> None:
    """Have several of a kind at the sides of one and before it."""
    others.count, others.arrangement = max(others.count, SEVERAL), ""
    if one.other is others:
        one.relation, one.other = None, None
    others.relation, others.other = Relation.AROUND, one


def is_tree(draft: Draft) -> bool:
    """Whether it is a plant that is higher than somebody."""
    drawing = traits.drawing(draft.drawing)
    return drawing.category == "plants" and drawing.centimeters > HIGH


def _is_food(draft: Draft) -> bool:
    return traits.drawing(draft.drawing).category == "food"


def _yielding(one: Draft, relation: Relation, other: Draft) -> tuple[str, ...]:
    """The slots with what a drawing has by itself, which a thing that is there takes the place of."""
    if relation is Relation.ON and _is_food(other) and (one.drawing == ON_CAKES or _is_food(one)):
        return (CANDLE,)
    if relation is Relation.IN:
        return (EGGS,) if one.drawing == EGG else WET
    return (HOLE,) if relation is Relation.WEARING else ()


def place(one: Draft, relation: Relation, other: Draft) -> None:
    """A subject has one relation only: what it holds or wears says so itself, once it stands to something else too."""
    if relation is Relation.IN and other.drawing == BOWL and traits.drawing(one.drawing).is_swimmer:
        other.drawing = FISHBOWL
    if relation is Relation.IN and traits.is_animate(one.drawing):
        other.drawing = (
            OPEN_FORMS["cardboard box"] if other.word == BOX else OPEN_FORMS.get(other.drawing, other.drawing)
        )
    if relation is Relation.WEARING:
        other.drawing = WORN_FORMS.get(other.drawing, other.drawing)
    if relation is Relation.ON and _is_food(other):
        one.drawing = ON_CAKES if one.drawing == CANDLE else one.drawing
    if BALL in other.drawing and traits.has_slot(one.drawing, BALL):
        one.without.append(BALL)  # "a football player kicking a ball"
    other.without += [slot for slot in _yielding(one, relation, other) if traits.has_slot(other.drawing, slot)]
    if one.relation is None:
        one.relation, one.other = relation, other
    elif one.relation in CARRYING and relation not in CARRYING and one.other:
        one.other.relation, one.other.other = CARRYING[one.relation], one
        one.relation, one.other = relation, other
    elif relation is Relation.UNDER and is_tree(other) and one.other and one.other.relation is None:
        one.other.relation, one.other.other = relation, other  # "on a swing under a tree"
    else:
        other.relation, other.other = OPPOSITE.get(relation, Relation.BESIDE), one


def untangle(drafts: list[Draft]) -> None:
    """Let a subject stand by itself where what it stands to stands to it in turn, however many are between."""
    for draft in drafts:
        chain = [draft]
        while chain[-1].other is not None and chain[-1].other not in chain:
            chain.append(chain[-1].other)
        if chain[-1].other is draft:
            draft.relation, draft.other = None, None
