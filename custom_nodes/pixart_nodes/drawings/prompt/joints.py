"""What two things of a prompt have to do with each other, by the word between them and by what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..brief import Relation
from . import emblems, servings, traits
from .coloring import STONES
from .links import LINKS, relation
from .subjects import (
    AMONG,
    CARRYING,
    CLIMB,
    COVERED,
    JUGGLING,
    SEVERAL,
    SMOKE,
    STREWN,
    TABLES,
    TOSSED,
    WINDING,
    WOUND,
    Draft,
    is_tree,
    place,
    surround,
)

STUCK_ON = ("bandage", "ribbon", "lock", "door", "window", "ice cube")  # on a thing that is "with" it, or seen in it
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
LOCKED = ("door", "gate")  # buildings that have a lock on them
WEB, SPIDER = "spider web", "spider"  # what somebody is in the middle of, and the slot of who made it
HOARDS, WATCHED = ("coins", "gold bar", "gem", "chest"), 1.62  # what is guarded, and how much of it there is then
RING = "ring"
SPITTING = "spitting"  # a link, and how things come out of a mouth
LONG = ("fence", "wall")  # what is seen behind who is beside it
LANDS = ("floating island", "island", "hill", "lily pad")  # what things that it is "with" stand on
FLOWER = "flower"  # the slot of a thing's own flower
LEANT, FITTED = ("ladder",), {"bicycle": "basket"}  # what leans on the house that has it, and what is fixed to a thing
CROSSED = "crossed "  # how drawings of two begin
ARROW = "arrow"
PIERCING = "piercing"  # a link of what goes through a thing
OVERGROWING, TILE_ENDING = ("vine", "ivy"), " tile"  # what grows over houses, and how drawings of a game's ground end
SHOT = (ARROW, "dart", "throwing knife", "shuriken")  # what sticks in a thing all of whose length is seen
LARGER, MUCH = "larger than", 1.6  # a link, and how much larger one of two is made by it than it is else
WEIGHTS = "dumbbell"  # what is one thing, however many weights it has
LEAVING = "leaving"  # a link, and how things come out at somebody's back
PREDATORS = ("venus flytrap",)  # plants that eat
WAVE = "wave"  # what is all around who is with some
PIZZA = "pizza"  # all over which food lies, however much is named
COINS, COIN = "coins", "coin"  # a heap of them, and a single one
TALL = 180  # centimetres over which a creature guards more than fits into a hand
FEW = (0, 2, 3)  # how many have room at the sides of another one; 0 is some
JUGGLED, LITTLE = 3, 60  # how many are juggled at least, and centimetres of what lies all over a thing

Test: TypeAlias = "Callable[[str, Draft, Draft], bool]"
Joint: TypeAlias = "Callable[[str, Draft, Draft], None]"


def join(link: str, one: Draft, other: Draft) -> Relation | None:
    """Let a subject stand to another as the word between them says; how, unless it is the other that stands to it."""
    if link == COVERED and not _is_strewn(one, other) and other.drawing not in WOUND:
        link = "with"
    for fits, settle in JOINTS:
        if fits(link, one, other):
            settle(link, one, other)
            return None
    meant = relation(link, one, other)
    is_free = one.relation in (None, *CARRYING) and one.count == 1
    if meant is Relation.BESIDE and other.drawing in LONG and is_free:
        one, other, meant = other, one, Relation.BEHIND
    if meant is Relation.BESIDE and _are_grown_about(one, other):
        surround(other, one)
        return None
    if meant is Relation.BESIDE and _are_about(other, one):
        one, other = other, one
    place(one, meant, other)
    return meant


def _put_on_it(_: str, one: Draft, other: Draft) -> None:
    if traits.has_slot(one.drawing, FLOWER) and traits.drawing(other.drawing).category == "plants":
        one.without.append(FLOWER)  # its own one
    place(other, Relation.ON, one)


def _put_in_it(_: str, one: Draft, other: Draft) -> None:
    place(other, Relation.IN, one)


def _strew(_: str, one: Draft, other: Draft) -> None:
    """Have several of a thing lie all over another."""
    other.relation, other.other, other.arrangement = Relation.SHOWN, one, STREWN
    other.count = max(other.count, SEVERAL)


def _serve(link: str, one: Draft, other: Draft) -> None:
    """Put food on a dish, or all over it if it is more than one."""
    (_put_on_it if other.count == 1 and one.drawing != PIZZA else _strew)(link, one, other)


def _is_land(link: str, one: Draft, other: Draft) -> bool:
    return link in ("with", AMONG) and one.drawing in LANDS and one.relation is None


def _is_at_table(link: str, one: Draft, other: Draft) -> bool:
    return link == "at" and other.drawing in TABLES and traits.is_animate(one.drawing)


def _is_carrier(link: str, one: Draft, other: Draft) -> bool:
    return link == "with" and traits.is_surface(one.drawing) and not traits.is_place(other.drawing)


def _holds(link: str, one: Draft, other: Draft) -> bool:
    if servings.is_served_with(one, other):
        return False
    return link in ("with", "of") and traits.is_hollow(one.drawing) and not traits.is_animate(one.drawing)


def _is_ring(link: str, one: Draft, other: Draft) -> bool:
    """Whether several stand about another one already: "a ring of mushrooms around a frog"."""
    return one.arrangement == RING and LINKS.get(link) is Relation.BESIDE


def _is_in_web(link: str, one: Draft, other: Draft) -> bool:
    """Whether somebody is in the middle of a spider's web."""
    return link in ("in", "on") and other.drawing == WEB and traits.is_animate(one.drawing)


def _net(_: str, one: Draft, other: Draft) -> None:
    """Have somebody in a web in the place of the web's own spider."""
    other.without.append(SPIDER)
    place(one, Relation.SHOWN, other)


def _is_guarded(link: str, one: Draft, other: Draft) -> bool:
    """Whether a large creature is beside a hoard."""
    is_large = traits.is_animal(one.drawing) and traits.drawing(one.drawing).centimeters > TALL
    return link == "beside" and is_large and other.drawing in HOARDS and other.size == 1


def _hoard(_: str, one: Draft, other: Draft) -> None:
    """Have as much of a hoard as is worth guarding: "a dragon guarding gold"."""
    other.size = WATCHED
    place(one, Relation.BESIDE, other)


def _is_pictured(link: str, one: Draft, other: Draft) -> bool:
    """Whether a thing hangs on a wall, or is a picture on what is flat."""
    hangs = other.drawing == WALL and not traits.is_animate(one.drawing)
    printed = link == "on" and emblems.is_printed(one.drawing, other.drawing, link)
    return printed or (hangs and link in ("on", "hanging from"))


def _grows_on(one: Draft, other: Draft) -> bool:
    """Whether a tree is with something that hangs in it, as fruit and lanterns do."""
    return is_tree(other) and (traits.drawing(one.drawing).category == "food" or one.drawing in HUNG)


def _is_stuck_on(one: Draft, other: Draft) -> bool:
    """Whether what a thing is with is a picture upon it, or sticks to it."""
    sticks = (
        one.drawing in (*STUCK_ON, *STONES)
        and not traits.is_animate(other.drawing)
        and (not traits.is_place(other.drawing) or other.drawing in LOCKED)
    )
    return sticks or emblems.is_printed(one.drawing, other.drawing, "with")


def _are_about(several: Draft, one: Draft) -> bool:
    """Whether a few of a kind stand at both sides of one, as what is fed does."""
    are_few = one.count == 1 and several.count in FEW
    return are_few and one.relation is several.relation is None


def _are_grown_about(several: Draft, one: Draft) -> bool:
    """Whether several plants grow at a thing: "wildflowers around a cart"."""
    kind = traits.drawing(several.drawing)
    is_low = kind.category == "plants" and not is_tree(several) and several.count != 1 and not several.arrangement
    return is_low and one.count == 1 and one.relation is several.relation is None


def _winds(link: str, one: Draft, other: Draft) -> bool:
    """Whether one of two things is wound about the other."""
    is_in = link in ("in", COVERED) and other.drawing in WOUND and not traits.is_animate(one.drawing)
    return is_in or (link == WINDING and one.drawing in WOUND)


def _is_leant(link: str, one: Draft, other: Draft) -> bool:
    """Whether a ladder is at a house or a tree that is with it."""
    return link == "with" and other.drawing in LEANT and (traits.is_place(one.drawing) or is_tree(one))


def _is_fitted(link: str, one: Draft, other: Draft) -> bool:
    """Whether a thing is fixed to one that is with it: "a bicycle with a basket"."""
    return link == "with" and FITTED.get(one.drawing.partition("/")[0]) == other.drawing


def _is_had_on(link: str, one: Draft, other: Draft) -> bool:
    """Whether a hat or glasses are on somebody, who then wears them: "a bucket hat on a frog"."""
    is_small = traits.is_headgear(one.drawing) or one.drawing in traits.EYEWEAR
    return link == "on" and is_small and traits.is_worn(one.drawing) and traits.is_animate(other.drawing)


def _is_crossed(link: str, one: Draft, other: Draft) -> bool:
    """Whether one is a drawing of two that are crossed, which are seen at both sides of a thing."""
    return one.drawing.startswith(CROSSED) and link in ("above", "behind")


def _cross(_: str, one: Draft, other: Draft) -> None:
    one.count = 1
    place(one, Relation.BEHIND, other)


def _skewer(_: str, one: Draft, other: Draft) -> None:
    """Have food on a stick that is seen below it."""
    other.drawing = servings.SKEWER
    place(other, Relation.BEHIND, one)


def _is_shot_into(link: str, one: Draft, other: Draft) -> bool:
    is_target = not traits.is_animate(other.drawing) and not traits.is_hollow(other.drawing)
    return link == "in" and one.drawing in SHOT and is_target and traits.drawing(other.drawing).category == "weapons"


def _is_pierced(link: str, one: Draft, other: Draft) -> bool:
    """Whether an arrow goes through a heart or a fruit that is with it."""
    is_target = traits.drawing(one.drawing).category in ("symbols", "food")
    return link == "with" and other.drawing == ARROW and other.count == 1 and is_target


def _runs_through(link: str, one: Draft, other: Draft) -> bool:
    """Whether a weapon goes through a thing: "an arrow through a heart"."""
    return link == PIERCING and traits.drawing(one.drawing).category == "weapons"


def _is_overgrown(link: str, one: Draft, other: Draft) -> bool:
    """Whether a building or a statue is with what grows over it: "a tower with ivy"."""
    return link == "with" and other.drawing in OVERGROWING and traits.is_place(one.drawing)


def _is_tiled(link: str, one: Draft, other: Draft) -> bool:
    """Whether a thing lies on a tile of a game's ground that is with it."""
    return link == "with" and one.drawing.endswith(TILE_ENDING)


def _is_left(link: str, one: Draft, other: Draft) -> bool:
    smokes = other.drawing == SMOKE and traits.drawing(one.drawing).category == "vehicles"
    leaves = link == LEAVING and traits.is_animate(one.drawing) and not traits.is_animate(other.drawing)
    return leaves or smokes


def _leave(_: str, one: Draft, other: Draft) -> None:
    """Have a thing come out at somebody's back: "a unicorn pooping a rainbow"."""
    other.relation, other.other, other.arrangement = Relation.MARKING, one, LEAVING


def _outgrow(_: str, one: Draft, other: Draft) -> None:
    """Have one of two larger than the other, whatever they are in life."""
    one.size *= MUCH
    if traits.drawing(one.drawing).centimeters * SEVERAL < traits.drawing(other.drawing).centimeters:
        other.size /= MUCH * MUCH
    place(other, Relation.BESIDE, one)


def _is_prey(link: str, one: Draft, other: Draft) -> bool:
    return link == "holding" and one.drawing in PREDATORS and traits.is_animate(other.drawing)


def _is_spat(link: str, one: Draft, other: Draft) -> bool:
    return link == SPITTING and traits.is_animate(one.drawing) and not traits.is_animate(other.drawing)


def _spit(_: str, one: Draft, other: Draft) -> None:
    """Have a thing come out of somebody's mouth: "a dragon breathing bubbles"."""
    other.relation, other.other, other.arrangement = Relation.MARKING, one, SPITTING


def _wind(one: Draft, other: Draft) -> None:
    """Tie or wind one thing about another: "chains around a chest", "a statue wrapped in vines"."""
    one.drawing, one.count = WOUND[one.drawing], 1
    place(one, Relation.SHOWN, other)


def _is_strewn_over(one: Draft, other: Draft) -> bool:
    """Whether a thing is made of many of another: "a throne of skulls"."""
    categories = [traits.drawing(each.drawing).category for each in (one, other)]
    is_built = categories[0] in ("buildings", "furniture") and not traits.is_hollow(one.drawing)
    if other.drawing == COINS:
        other.drawing, other.count = COIN, 0
    return is_built and other.count != 1 and other.relation is None and not traits.is_animate(other.drawing)


def _toss(link: str, one: Draft, other: Draft) -> None:
    """Have somebody's arms up and things over their head."""
    one.pose = CLIMB if CLIMB in traits.drawing(one.drawing).poses else one.pose
    if link == JUGGLING:
        other.count, other.arrangement = max(other.count, JUGGLED), JUGGLING
    elif other.drawing == WEIGHTS:
        other.count = 1  # "lifting weights"
    other.relation, other.other = Relation.ABOVE, one


def _is_strewn(one: Draft, other: Draft) -> bool:
    """Whether something lies all over a thing: leaves, flowers, stars."""
    is_small = traits.drawing(other.drawing).centimeters <= LITTLE or other.count != 1
    return is_small and not traits.is_animate(other.drawing) and other.relation is None and one is not other


def _is_in_midst(link: str, one: Draft, other: Draft) -> bool:
    """Whether there are so many of a thing that somebody is in their midst: "among ferns", "in the reeds"."""
    if other.count == 1 or other.relation is not None:
        return False
    if link == COVERED and traits.is_animate(one.drawing):
        return True
    if link == "with" and other.drawing == WAVE:
        return True
    is_in = link in ("in", "at") and traits.drawing(other.drawing).category == "plants" and not is_tree(other)
    return link == AMONG or is_in


def _chase(one: Draft, other: Draft) -> None:
    """Have both run, or drive, one beside the other."""
    for runner in (one, other):
        if "run" in traits.drawing(runner.drawing).poses and traits.is_animate(runner.drawing):
            runner.pose = runner.pose or "run"
        elif "drive" in traits.drawing(runner.drawing).poses:
            runner.pose = "drive"
    if traits.is_aloft(other.drawing) and one.relation is None:
        one, other = other, one  # what flies is in the air beside who chases it
    place(one, Relation.BESIDE, other)


JOINTS: tuple[tuple[Test, Joint], ...] = (
    (_is_leant, lambda _, one, other: place(other, Relation.SHOWN, one)),
    (_is_fitted, lambda _, one, other: place(other, Relation.SHOWN, one)),
    (servings.is_garnished, _put_in_it),
    (servings.is_spread, lambda _, one, other: place(one, Relation.SHOWN, other)),
    (servings.is_fried, lambda _, one, other: place(servings.fried(one, other), Relation.SHOWN, other)),
    (
        lambda link, one, other: link == "with" and servings.is_fried("in", other, one),
        lambda _, one, other: place(servings.fried(other, one), Relation.SHOWN, one),
    ),
    (_is_had_on, lambda _, one, other: place(other, Relation.WEARING, one)),
    (_is_crossed, _cross),
    (servings.is_skewered, _skewer),
    (_is_shot_into, lambda _, one, other: place(one, Relation.SHOWN, other)),
    (_runs_through, lambda _, one, other: place(one, Relation.BEHIND, other)),
    (_is_overgrown, lambda _, one, other: _wind(other, one)),
    (_is_tiled, _strew),
    (_is_pierced, lambda _, one, other: place(other, Relation.BEHIND, one)),
    (_is_left, _leave),
    (lambda link, *_: link == LARGER, _outgrow),
    (_is_prey, lambda _, one, other: place(other, Relation.ABOVE, one)),
    (_is_land, _put_on_it),
    (_is_at_table, lambda _, one, other: place(other, Relation.BEFORE, one)),
    (lambda link, one, other: link == "of" and _is_strewn_over(one, other), _strew),
    (lambda link, *_: link == "inside", lambda _, one, other: place(one, Relation.IN, other)),
    (_is_carrier, _put_on_it),
    (_holds, _put_in_it),
    (_is_ring, lambda *_: None),
    (servings.is_topped, lambda link, one, other: (_strew if one.drawing == PIZZA else _put_on_it)(link, one, other)),
    (servings.is_dish, _serve),
    (lambda link, one, other: link == "with" and _grows_on(other, one), _put_in_it),
    (
        lambda link, one, other: link == "with" and _is_stuck_on(other, one),
        lambda _, one, other: place(other, Relation.SHOWN, one),
    ),
    (_is_pictured, lambda _, one, other: place(one, Relation.SHOWN, other)),
    (_is_in_web, _net),
    (_is_guarded, _hoard),
    (_winds, lambda link, one, other: _wind(*((one, other) if link == WINDING else (other, one)))),
    (lambda link, *_: link == "chasing", lambda _, one, other: _chase(one, other)),
    (lambda link, *_: link in TOSSED, _toss),
    (_is_spat, _spit),
    (_is_in_midst, lambda _, one, others: surround(one, others)),
    (lambda link, *_: link == COVERED, _strew),
)  # the first that fits settles how two things stand; else the word alone does
