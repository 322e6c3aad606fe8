"""Where a thing stands that has to do with another one: one rule for each relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..brief import Relation
from ..recipe import CREATURES, Drawing
from ..rendering import LEAST
from .actor import Actor
from .backing import LOWER, behind
from .cabins import aboard
from .carrying import MOUTHED, MOUTHPIECE, emptied, held, led
from .links import REFLECTED, is_high
from .measure import WHOLE, Box
from .piece import Piece, snapped
from .seats import CLIMBED_AT, LARGE_IN, LARGE_ON, RIMS, SEATS, SHOWN_AT, SMALL_ON, SMALL_SHOWN
from .signs import marking
from .spot import aside, beside_trunk, siblings, spread, standing
from .surroundings import JUGGLED, STREWN, around, behind_of, beside, juggled, strewn
from .wearing import worn

TILTS = {"broom": 26}  # degrees that they are turned for a rider: as far as nothing of them is cut off
AIRY = {"cloud", "rain cloud", "thundercloud", "snow cloud", "moon", "full moon", "sun", "star", "rainbow", "umbrella"}
AIRY |= {"dark cloud"}
STIRRING = ("spoon", "ladle")  # what is in a cup or a pot with its handle up
BY_THREAD = ("hanging spider",)  # what hangs with the upper end of its drawing at what is over it
CLEAR = {
    "aquarium",
    "gelatinous cube",
    "bottle",
    "cage",
    "crystal ball",
    "basketball hoop",
    "flaming hoop",
    "goal",
    "fishbowl",
    "glass dome",
    "hamster ball",
    "hula hoop",
    "ice cube",
    "jar",
    "lantern",
    "light bulb",
    "open coffin",
    "snow globe",
    "vial",
    "wheel",
}
POOLS = {"swimming pool": 84, "hot spring": 92}  # percent of its height at which who is in a pool would stand
CROWN = 56  # percent of a plant's height at which that is what is in it
ENTERED = ("buildings", "nature", "plants")  # categories: what is in them is seen before them
TABLE_SIZES = {
    "table": 78,
    "round table": 78,
    "desk": 108,
    "counter": 78,
}  # what somebody sits at, and how large it is, in percent
BARING = ("mohawk", "headscarf")  # hair in the place of all other, and what hides all of it
SOLID, STUCK = (
    ("nature", "plants", "food"),
    96,
)  # categories of what blades are stuck in, and how large these are, in percent
LIVING = 42  # percent of another one that who lives beside it is large at least
ATOP = 36  # percent of a rock, a tree or a house that who lives on it is large at least
LEAPING, HURDLE = 84, 36  # percent of what somebody leaps over that they are large at least, and that they hide
FLAGS = {"flag": 56}  # percent of anything that they are large on it at most
RIDER = 46  # percent of a mount that who would hide its head is large at least
CROSSING = ("oar", "steam")  # slots with what would cross the face of whoever is in a boat or a cup
MOST_OF_ALL = 130  # percent of what several of a kind are on or in that all of them together are large
# Percent of a glass that things in it are large, and so many of them for which they are smaller.
MOST_IN_GLASS, CROWDED = 42, 3
CUPS, MOST_IN_CUP = ("cup", "tea"), 26  # drinks, and percent of them that things are large of which several swim in one
WINDING, WINDING_WIDE = "winding ", 104  # drawings of what is about a thing, and their width by its, in percent
DRAWN_FACES = ("drawn face", "weeping drawn face", "silly drawn face", "laughing drawn face")
LEAST_FACE = 13  # pixels that one needs to be seen
SHOULDER = (38, 56)  # percent of the width from the middle, and of the height from the top
STACKED = 36  # percent of its height that is seen of what is flat and lies under another of its kind
HIGH_AROUND, HIGH_BY_THINGS = 130, 70  # percent of somebody, or of a thing, that trees around them are large
CHEST = (50, 74, 34)  # where emblems are on whoever lives: see SHOWN_AT
FLAT = {"waffle", "cookie", "pancakes", "plate", "coin", "book", "pizza", "toast", "pillow", "towel", "record", "hat"}
FLAT |= {"magic book", "newspaper", "letter", "bread", "donut", "macaron", "sandwich", "cracker", "tire", "bowl", "cup"}
FLAT |= {"straw hat", "top hat", "cowboy hat", "burger", "log", "plank", "blanket", "bagel", "brownie"}


@dataclass(frozen=True)
class Rule:
    """How large a thing is by the one that it is placed by, in percent, and where it is put."""

    least: int
    most: int
    place: Callable[[Piece, Piece], Piece]
    is_behind: bool = False


def placed(child: Actor, parent: Piece) -> tuple[Piece, bool]:
    """A child beside its parent, and whether it is painted before it."""
    relation = child.relation or Relation.BESIDE
    if relation is Relation.WEARING:
        return worn(child, parent)
    rule = RULES[relation]
    size = _size(child, parent, rule)
    if relation in (Relation.RIDING, Relation.IN) and (passenger := aboard(Piece(child, snapped(size)), parent)):
        return passenger
    piece = rule.place(Piece(child, snapped(size)), parent)
    if relation is Relation.AROUND:
        return piece, child.number < behind_of(child)
    if relation is Relation.HOLDING and parent.face and child.arrangement != MOUTHED and not piece.has(MOUTHPIECE):
        return piece, piece.box.meets(_middle_of(parent.face)) and not piece.box.lies_in(parent.box)
    is_inside = relation is Relation.IN and (_is_seen_through(parent) or _floats(child, parent))
    return piece, rule.is_behind and (not is_inside or _is_stuck(child))


def _size(child: Actor, parent: Piece, rule: Rule) -> int:
    """How large a child is by its parent, in pixels."""
    relation, name = child.relation, parent.actor.drawing.name
    if relation is Relation.AROUND and is_high(child.drawing):
        return parent.size * (HIGH_AROUND if parent.face else HIGH_BY_THINGS) // 100
    size = parent.size * child.weight // parent.actor.weight
    size = max(parent.size * _least(child, parent, rule) // 100, min(parent.size * rule.most // 100, size))
    if relation is Relation.ON:
        size = min(
            size, parent.size * min(SMALL_ON.get(name, rule.most), FLAGS.get(child.drawing.name, rule.most)) // 100
        )
        size = max(size, parent.size * LARGE_ON.get(name, 0) // 100)
    size = min(size, parent.size * MOST_OF_ALL // (100 * len(siblings(child)))) if rule.place in (_on, _in) else size
    if relation is Relation.IN:
        size = max(size, parent.size * LARGE_IN.get(name, 0) // 100)
        if _floats(child, parent):
            size = min(size, parent.size * MOST_IN_CUP // 100)
        if _is_seen_through(parent) and name not in LARGE_IN:
            size = min(size, parent.size * MOST_IN_GLASS // (100 if len(siblings(child)) < CROWDED else 160))
    return size


def _least(child: Actor, parent: Piece, rule: Rule) -> int:
    """Percent of its parent that a child is large at least: who lives is seen beside and upon large things too."""
    if child.drawing.category not in CREATURES:
        return rule.least
    if child.relation is Relation.ON and parent.actor.drawing.category in ENTERED:
        return ATOP
    return LIVING if child.relation in (None, Relation.BESIDE) else rule.least


def _middle_of(face: Box) -> Box:
    """The part of a face without which it isn't known."""
    return Box(
        face.left + face.width // 5,
        face.top + face.height // 5,
        face.right - face.width // 5,
        face.bottom - face.height // 4,
    )


def _on(piece: Piece, parent: Piece) -> Piece:
    box = parent.box
    seat = SEATS.get(parent.actor.drawing.name.partition("/")[0])
    x = box.center + spread(piece, parent)
    if piece.actor.drawing is parent.actor.drawing and parent.actor.drawing.name.partition("/")[0] in FLAT:
        lean = parent.size // 24 * (1 if piece.actor.number % 2 else -1)
        return standing(piece, box.center + lean, box.bottom - box.height * STACKED // 100)
    if parent.actor.relation is Relation.BEFORE and parent.actor.drawing.name in TABLE_SIZES:
        resized = replace(piece, size=min(piece.size, snapped(parent.size * 46 // 100)))  # beside the face behind it
        return standing(resized, box.center + box.width * 30 // 100, box.top + box.height * (seat or 40) // WHOLE + 1)
    if parent.has("back"):
        x, y = parent.at("back")
        return standing(piece, x + spread(piece, parent), y + parent.size // 24)
    if seat is not None:
        return standing(piece, x, box.top + box.height * seat // WHOLE)
    sunk = 1 + parent.size // 48  # so that outlines meet
    stood = standing(piece, x, parent.top_between(x, piece.box.width // 5) + sunk)
    gap = stood.gap_to(parent)
    return stood.moved(0, gap + sunk) if gap else stood


def _under(piece: Piece, parent: Piece) -> Piece:
    if piece.actor.arrangement == REFLECTED:
        resized = replace(piece, size=parent.size, actor=replace(piece.actor, mirror=not parent.actor.mirror))
        return standing(resized, parent.box.center, parent.box.bottom + resized.box.height)
    box, x = parent.box, parent.box.center + spread(piece, parent)
    if piece.actor.drawing.name in BY_THREAD:
        return standing(piece, x, box.bottom - box.height // 3 + piece.box.height)
    if parent.actor.drawing.name in AIRY:
        return standing(piece, x, box.bottom + piece.box.height - box.height // 6)
    if parent.actor.drawing.category == "plants" and is_high(parent.actor.drawing):
        x = beside_trunk(piece.actor, parent)
    lower = LOWER.get(piece.actor.drawing.name, LOWER.get(parent.actor.drawing.name, 0))
    return standing(piece, x, box.bottom + piece.box.height * lower // 100)


def _floats(child: Actor, parent: Piece) -> bool:
    """Whether it is one of several that swim in a drink."""
    return parent.actor.drawing.name in CUPS and len(siblings(child)) >= CROWDED


def _is_seen_through(parent: Piece) -> bool:
    """Whether what is in it is painted upon it: glass, and what is entered."""
    drawing = parent.actor.drawing
    return drawing.name in CLEAR or drawing.category in ENTERED


def is_bath(actor: Actor) -> bool:
    """Whether somebody is in the water of a pool."""
    return actor.relation is Relation.IN and actor.parent is not None and actor.parent.drawing.name in POOLS


def _floor(drawing: Drawing) -> int:
    """How far down lies what is in something that is seen through, in percent of its height."""
    if drawing.category == "plants":
        return CROWN
    if drawing.name in POOLS:
        return POOLS[drawing.name]
    return 74 if drawing.name in LARGE_IN else 88 if drawing.name in CLEAR else 100


def _is_stuck(actor: Actor) -> bool:
    """Whether a blade or a tool is in what isn't hollow, with its grip up."""
    parent = actor.parent
    is_in = actor.relation is Relation.IN and parent is not None and parent.drawing.category in SOLID
    return is_in and actor.drawing.category in ("weapons", "tools") and "grip" in actor.drawing.anchors


def _stuck(piece: Piece, parent: Piece) -> Piece:
    """With the grip up and the lower part hidden, whichever way it is drawn."""
    grip, box = piece.at("grip"), piece.box
    right = box.center - grip[0]
    aslant = abs(right) * 4 > box.width
    turn = (135 if right > 0 else 225) if aslant else 180 if grip[1] * 2 > box.top + box.bottom else 0
    resized = replace(
        piece, actor=replace(piece.actor, turn=turn, mirror=False), size=snapped(parent.size * STUCK // 100)
    )
    x = parent.box.center
    return standing(resized, x, parent.top_between(x, resized.box.width // 4) + resized.box.height * 42 // 100)


def _in(piece: Piece, parent: Piece) -> Piece:
    if _is_stuck(piece.actor):
        return _stuck(piece, parent)
    box, x = parent.box, parent.box.center + spread(piece, parent)
    if _is_seen_through(parent):
        return standing(piece, x, box.top + box.height * _floor(parent.actor.drawing) // 100)
    deep = piece.box.height * (50 if piece.measure.is_stalked or parent.actor.drawing.faces == "left" else 38) // 100
    if piece.actor.drawing.name in STIRRING:
        piece = replace(piece, actor=replace(piece.actor, turn=180))
    rim = RIMS.get(parent.actor.drawing.name)
    top = parent.top_between(x, piece.box.width // 3) if rim is None else box.top + box.height * rim // WHOLE
    return standing(piece, x, top + deep)


def _before(piece: Piece, parent: Piece) -> Piece:
    if piece.actor.drawing.name in TABLE_SIZES:
        resized = replace(piece, size=snapped(parent.size * TABLE_SIZES[piece.actor.drawing.name] // 100))
        breast = parent.at("head")[1] if parent.has("head") else parent.box.bottom - parent.box.height * 36 // 100
        top = resized.box.height * SEATS.get(piece.actor.drawing.name, 0) // WHOLE
        low = max(parent.box.bottom + resized.box.height // 8, breast + parent.size // 16 + resized.box.height - top)
        return standing(resized, parent.box.center, low)
    is_small = piece.box.width * 3 < parent.box.width * 2
    away = -aside(piece, parent, 30 if is_small else 62)
    return standing(piece, parent.box.center + away, parent.box.bottom + max(2, piece.size // 12))


def _above(piece: Piece, parent: Piece) -> Piece:
    if piece.actor.arrangement == JUGGLED:
        return juggled(piece, parent)
    if piece.actor.pose == "jump":
        resized = replace(piece, size=max(piece.size, snapped(parent.size * LEAPING // 100)))
        share = HURDLE if parent.actor.drawing.category in ENTERED else HURDLE // 3
        return standing(resized, parent.box.center, parent.box.top + parent.box.height * share // 100)
    if parent.actor.pose == "climb":  # it is lifted
        return standing(piece, parent.box.center + spread(piece, parent), parent.box.top + parent.size // 12)
    if piece.actor.drawing.name == "lightning":
        return standing(piece, parent.box.center + spread(piece, parent), parent.box.top + parent.box.height // 8)
    return standing(piece, parent.box.center + spread(piece, parent), parent.box.top - max(2, parent.size // 16))


def ready(actor: Actor) -> Actor:
    """Whoever holds something lets go of what its drawing has in its hands; a broom that is ridden lies.

    A boat with somebody in it has no oar before them, a cup no steam.
    """
    relations = {child.relation for child in actor.children}
    if Relation.HOLDING in relations:
        actor = emptied(actor)
    if any(child.drawing.name in BARING for child in actor.children):
        shaved = [slot for slot in ("hair", "back") if slot in actor.drawing.slots and "hair" in actor.drawing.roles]
        shaved += ["hat"] * ("bow" in actor.drawing.roles)
        actor = replace(actor, without=tuple(dict.fromkeys((*actor.without, *shaved))))
    crossing = [slot for slot in CROSSING if Relation.IN in relations and slot in actor.drawing.slots]
    actor = replace(actor, without=tuple(dict.fromkeys((*actor.without, *crossing)))) if crossing else actor
    if Relation.RIDING in relations and actor.drawing.name in TILTS:
        actor = replace(actor, turn=TILTS[actor.drawing.name])
    return actor


def _riding(piece: Piece, parent: Piece) -> Piece:
    """Whoever has legs is seen to the hips, as if these were on the far side; without a back it is behind the head."""
    drawing = piece.actor.drawing
    if "legs" in drawing.slots and "arm" in drawing.anchors and not _is_stood_on(parent):
        without = tuple(dict.fromkeys((*piece.actor.without, "legs")))
        piece = replace(piece, actor=replace(piece.actor, without=without))
    mount = parent.actor.drawing
    bare = replace(piece, actor=emptied(piece.actor))
    if mount.name == "broom" or bare.box.height < piece.box.height:
        piece = bare  # a staff that reaches below the hips would stand on the mount's back
    if mount.faces == "left" and parent.face and not parent.has("back"):
        aside = parent.box.width * 18 // 100
        x = parent.box.center + (-aside if parent.actor.mirror else aside)
        return standing(piece, x, parent.top_between(x, piece.box.width // 8) + parent.size // 8)
    resized = _on(piece, parent)
    while (
        parent.face
        and mount.faces == "left"
        and resized.size > max(LEAST, parent.size * RIDER // 100)
        and resized.box.meets(parent.face)
    ):
        piece = replace(piece, size=snapped(piece.size - 2))
        resized = _on(piece, parent)
    return resized


def _is_stood_on(parent: Piece) -> bool:
    return parent.actor.drawing.name in ("skateboard", "surfboard", "snowboard", "scooter", "raft", "pogo stick")


def _places(piece: Piece) -> Mapping[str, tuple[int, int, int]]:
    """Where on things something is: whoever lives climbs them, all else is pictured there."""
    lives = piece.actor.drawing.category in CREATURES
    return {**SHOWN_AT, **CLIMBED_AT} if lives else SHOWN_AT


def _has_chest(piece: Piece, parent: Piece) -> bool:
    """Whether something is pictured on the chest of who looks at us, rather than a face drawn there."""
    upright = parent.actor.drawing.faces == "front"
    return upright and parent.actor.drawing.category in CREATURES and piece.actor.drawing.category != "faces"


def _shown(piece: Piece, parent: Piece) -> Piece:
    """An emblem or a face is in the middle of what it is shown on, or where that has room for it."""
    if piece.actor.arrangement == STREWN:
        return strewn(piece, parent)
    box, name = parent.box, parent.actor.drawing.name.partition("/")[0]
    across, down, wide = _places(piece).get(name, CHEST if _has_chest(piece, parent) else (50, 54, 46))
    if piece.actor.drawing.name.startswith(WINDING):
        across, down, wide = 50, 54, WINDING_WIDE
    wide = min(wide, SMALL_SHOWN.get(piece.actor.drawing.name, wide))
    least = LEAST_FACE if piece.actor.drawing.name in DRAWN_FACES else LEAST
    size = max(least, snapped(min(box.width, box.height * 2) * wide // 100))
    piece = replace(piece, size=size, actor=replace(piece.actor, mirror=False))
    mirrored = 100 - across if parent.actor.mirror else across
    x = box.left + box.width * mirrored // 100 + spread(piece, parent) * 2 // 3
    return standing(piece, x, box.top + box.height * down // 100 + piece.box.height // 2)


def _perched(piece: Piece, parent: Piece) -> Piece:
    """On a shoulder, which is where the head ends, or on the back of what looks aside."""
    if parent.actor.drawing.faces == "left":
        return _on(piece, parent)
    x = parent.box.center + parent.box.width * SHOULDER[0] // 100
    return standing(piece, x, parent.box.top + parent.box.height * SHOULDER[1] // 100)


RULES = {
    Relation.ON: Rule(26, 110, _on),
    Relation.UNDER: Rule(24, 52, _under),
    Relation.IN: Rule(30, 74, _in, is_behind=True),
    Relation.BESIDE: Rule(32, 450, beside),
    Relation.LEADING: Rule(22, 450, led),
    Relation.BEHIND: Rule(36, 400, behind, is_behind=True),
    Relation.BEFORE: Rule(38, 200, _before),
    Relation.ABOVE: Rule(36, 80, _above),
    Relation.SHOWN: Rule(34, 46, _shown),
    Relation.HOLDING: Rule(34, 78, held),
    Relation.RIDING: Rule(48, 84, _riding),
    Relation.AROUND: Rule(34, 46, around),
    Relation.PERCHED: Rule(22, 40, _perched),
    Relation.MARKING: Rule(44, 48, marking),
}
