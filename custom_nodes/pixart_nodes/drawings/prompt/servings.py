"""What food lies on other food, is in a drink or on a stick."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .subjects import ON_CAKES, Draft

TOPPINGS = (
    "cherry",
    "strawberry",
    "candle",
    "whipped cream",
    "butter",
    "olive",
    "drinking straw",
    "flag",
)  # what lies on food that is "with" it
STICK, SKEWER = "stick", "wooden skewer"  # the word after food that is on one, and its drawing
SMALL_CAKE = "cupcake"  # the drawing of what has room for one thing only
DRINKS = ("tea", "iced tea", "coffee", "juice", "cocktail", "soda", "glass of water", "whiskey", "cup")
GARNISH = ("half lemon", "half lime", "half orange", "lemon", "lime", "mint", "olive", "umbrella", "striped umbrella")
GARNISH = (*GARNISH, "cinnamon", "marshmallow", "marshmallows")  # what is in a drink that is with it
BREADS = ("toast", "bread slice", "pizza", "cracker")  # food that is seen from above, on which other food lies
DISHES = (
    "pizza",
    "spaghetti",
    "noodles",
    "salad",
    "soup",
    "rice",
    "cake",
    "cupcake",
    "pancakes",
    "waffle",
    "pie",
    "toast",
)
DISHES = (*DISHES, "cereal", "oatmeal", "curry", "ice cream", "donut", "cake slice")  # food on which other food lies


def make_room(drafts: list[Draft]) -> None:
    """Leave the fruit off a cupcake that has a candle, for both have no room there: its colour shows the taste."""
    lit = [each.other for each in drafts if each.drawing == ON_CAKES]
    for each in list(drafts):
        is_small = each.other in lit and each.other is not None and each.other.drawing == SMALL_CAKE
        if is_small and each.relation is Relation.ON and traits.drawing(each.drawing).category == "food":
            drafts.remove(each)


def take_one_bottle(drafts: list[Draft]) -> None:
    """Leave out what is in another one of its kind: "a green potion in a round flask" is one flask, and green."""
    for each in list(drafts):
        vessel = each.other if each.relation is Relation.IN else None
        if vessel is None or vessel.word == each.word or _stem(vessel) != _stem(each):
            continue
        if traits.is_animate(each.drawing):
            continue
        vessel.colors = {**each.colors, **vessel.colors}
        drafts.remove(each)
        for other in drafts:
            other.other = vessel if other.other is each else other.other


def _stem(draft: Draft) -> str:
    return draft.drawing.partition("/")[0]


def is_topped(link: str, one: Draft, other: Draft) -> bool:
    """Whether a cherry, a candle or the like is on food."""
    return link == "with" and other.drawing in TOPPINGS and traits.drawing(one.drawing).category == "food"


def is_dish(link: str, one: Draft, other: Draft) -> bool:
    """Whether food is with a dish that it lies on."""
    return link == "with" and one.drawing in DISHES and traits.drawing(other.drawing).category == "food"


def is_garnished(link: str, one: Draft, other: Draft) -> bool:
    """Whether a slice of fruit or the like is in a drink."""
    return link == "with" and one.drawing in DRINKS and other.drawing in GARNISH


def is_spread(link: str, one: Draft, other: Draft) -> bool:
    """Whether food lies on bread."""
    return link == "on" and other.drawing in BREADS and traits.drawing(one.drawing).category == "food"


def is_skewered(link: str, one: Draft, other: Draft) -> bool:
    """Whether food is on a stick."""
    return link == "on" and other.word == STICK and traits.drawing(one.drawing).category == "food"
