"""What food lies on other food, is in a drink or on a stick."""

from __future__ import annotations

from ..brief import Relation
from . import traits
from .subjects import BOTTLES, ON_CAKES, Draft, shown

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
PAN, PANS_OWN, FRIED = "frying pan", "egg", {"egg": "fried egg"}
# a drawing, its slot, and what becomes of food in it
DRINKS = ("tea", "iced tea", "coffee", "juice", "cocktail", "soda", "glass of water", "whiskey", "cup")
POURED = (*DRINKS, "bubble tea", "milkshake", "beer", "hot chocolate", "champagne", "wine", "sundae")
# drawings of drinks in a vessel
VESSELS = ("cup", "tea", "glass of water", "jar", "wine")  # drawings of what these may be said to be in
STEAM, STEAMING = "steam", ("cup", "tea", "soup", "hot chocolate", "train")
# a drawing, and those of what has some
SOUPS, POTS = ("soup", "noodles", "chili"), ("cauldron", "cooking pot")  # drawings
GARNISH = ("half lemon", "half lime", "half orange", "lemon", "lime", "mint", "olive", "umbrella", "striped umbrella")
GARNISH = (*GARNISH, "cinnamon", "marshmallow", "marshmallows")  # what is in a drink that is with it
BREADS = ("toast", "bread slice", "pizza", "cracker", "cutting board")  # what is seen from above under food on it
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


def take_one_vessel(drafts: list[Draft]) -> None:
    """Leave out the cup or glass of a drink that is drawn in one: "boba tea in a plastic cup"."""
    for drink in drafts:
        vessel = drink.other
        if vessel is None or drink.relation is not Relation.IN or drink.drawing not in POURED:
            continue
        if vessel.drawing in VESSELS and not any(each.other is vessel for each in drafts if each is not drink):
            drink.relation, drink.other = vessel.relation, vessel.other
            drafts.remove(vessel)
            return


def take_one_bottle(drafts: list[Draft]) -> None:
    """Leave out what is in another one of its kind: "a green potion in a round flask" is one flask, and green."""
    for each in list(drafts):
        vessel = each.other if each.relation is Relation.IN else None
        if vessel is None or vessel.word == each.word or _stem(vessel) != _stem(each):
            continue
        if traits.is_animate(each.drawing):
            continue
        vessel.colors = {**each.colors, **vessel.colors}
        _stand_in(vessel, each, drafts)


def take_one_pot(drafts: list[Draft]) -> None:
    """Leave out the bowl of a soup that is in a pot: "soup in a cauldron"."""
    for each in list(drafts):
        if each.relation is Relation.IN and each.drawing in SOUPS and each.other and each.other.drawing in POTS:
            _stand_in(each.other, each, drafts)


def name_once(drafts: list[Draft]) -> None:
    """Leave out a bottle that is named beside what is in one by itself: "a health potion, red, round bottle"."""
    for each in [each for each in drafts if each.word in BOTTLES and each.relation is None]:
        is_pointed_at = any(other.other is each for other in drafts)
        if not is_pointed_at and any(each.word in shown(other.drawing) for other in drafts if other is not each):
            drafts.remove(each)


def _stand_in(vessel: Draft, content: Draft, drafts: list[Draft]) -> None:
    """Let a vessel be all that is seen of it and its content, for whatever stands to that too."""
    drafts.remove(content)
    for other in drafts:
        other.other = vessel if other.other is content else other.other


def rise(drafts: list[Draft]) -> None:
    """Have steam rise from what it is said to be with, unless that is drawn with some."""
    for steam in [each for each in drafts if each.drawing == STEAM]:
        owner = steam.other or next((each for each in drafts if each.other is steam), None)
        at = drafts.index(steam)
        if owner is None and not at:
            continue  # steam alone
        owner = owner or drafts[at - 1]
        if owner.other is steam:
            owner.relation, owner.other = None, None
        steam.relation, steam.other = Relation.MARKING, owner
        if owner.drawing in STEAMING:
            drafts.remove(steam)


def _stem(draft: Draft) -> str:
    return draft.drawing.partition("/")[0]


def is_topped(link: str, one: Draft, other: Draft) -> bool:
    """Whether a cherry, a candle or the like is on food."""
    return link == "with" and other.drawing in TOPPINGS and traits.drawing(one.drawing).category == "food"


def is_fried(link: str, one: Draft, other: Draft) -> bool:
    """Whether food is in a pan, of which all is seen from above."""
    return link in ("in", "on") and other.drawing == PAN and traits.drawing(one.drawing).category == "food"


def fried(food: Draft, pan: Draft) -> Draft:
    """Food that is in a pan in the place of the pan's own egg."""
    food.drawing = FRIED.get(food.drawing, food.drawing)
    pan.without.append(PANS_OWN)
    return food


def is_dish(link: str, one: Draft, other: Draft) -> bool:
    """Whether food is with a dish that it lies on."""
    return link == "with" and one.drawing in DISHES and traits.drawing(other.drawing).category == "food"


def is_garnished(link: str, one: Draft, other: Draft) -> bool:
    """Whether a slice of fruit or the like is in a drink."""
    return link == "with" and one.drawing in DRINKS and other.drawing in GARNISH


def is_served_with(one: Draft, other: Draft) -> bool:
    """Whether food comes beside a drink rather than in it: "a cup of coffee with a croissant"."""
    is_food = traits.drawing(other.drawing).category == "food"
    return one.drawing in DRINKS and is_food and other.drawing not in (*GARNISH, *TOPPINGS)


def is_spread(link: str, one: Draft, other: Draft) -> bool:
    """Whether food lies on bread."""
    return link == "on" and other.drawing in BREADS and traits.drawing(one.drawing).category == "food"


def is_skewered(link: str, one: Draft, other: Draft) -> bool:
    """Whether food is on a stick."""
    return link == "on" and other.word == STICK and traits.drawing(one.drawing).category == "food"
