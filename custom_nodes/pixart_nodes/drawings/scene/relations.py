"""Where a thing stands that has to do with another one: one rule for each relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..brief import Relation
from ..recipe import CREATURES, Drawing
from .actor import Actor
from .cabins import aboard
from .measure import WHOLE, Box
from .piece import Piece, snapped
from .seats import CLIMBED_AT, LARGE_IN, LARGE_ON, RIMS, SEATS, SEATS_OF_ONE, SHOWN_AT, SMALL_ON, SMALL_SHOWN
from .wearing import worn

LYING = {"broom": 26}  # degrees that they are turned for a rider: as far as nothing of them is cut off
AIRY = {"cloud", "rain cloud", "thundercloud", "snow cloud", "moon", "full moon", "sun", "star", "rainbow", "umbrella"}
CLEAR = {
    "aquarium",
    "bottle",
    "cage",
    "crystal ball",
    "basketball hoop",
    "flaming hoop",
    "goal",
    "fishbowl",
    "hula hoop",
    "ice cube",
    "jar",
    "lantern",
    "light bulb",
    "snow globe",
    "vial",
    "wheel",
}
CROWN = 56  # percent of a plant's height at which that is what is in it
ENTERED = ("buildings", "nature", "plants")  # categories: what is in them is seen before them
HANDS = {"witch": ("back",), "wizard": ("back",)}  # slots with what a drawing holds, where that isn't the slot "held"
OVERHEAD = ("umbrella",)  # what is held above the head, and as large as its holder
CROSSING = ("oar", "steam")  # slots with what would cross the face of whoever is in a boat or a cup
ACROSS = ("bow", "guitar", "electric guitar", "violin", "banjo", "hurdy gurdy", "zither")  # held in front of the body
MOST_CARRIED = 46  # percent of whoever carries something that has no grip
SPREAD = 76  # percent of the width of what several are on over which their middles are spread
MOST_OF_ALL = 130  # percent of what several of a kind are on or in that all of them together are large
# Percent of a glass that things in it are large, and so many of them for which they are smaller.
MOST_IN_GLASS, CROWDED = 42, 3
SPREAD_OUT = {
    "wings": 170,
    "tail fan": 150,
    "tail pair": 112,
    "explosion": 160,
    "fire": 150,
    "crossed swords": 128,
    "crossed axes": 128,
}  # how large they are by what they are behind
WINDING, WINDING_WIDE = "winding ", 104  # drawings of what is about a thing, and their width by its, in percent
FROM_BELOW = ("tail fan", "tail pair")  # what of that begins at the ground
SHOULDER = (38, 56)  # percent of the width from the middle, and of the height from the top
OF_HEADS = {
    "zzz": 34,
    "music note": -52,
    "thought bubble": 40,
    "smoke": 0,
}  # signs over a head, and how far aside, in percent
MARKED = {"heart": 16, "clash": 66, "handshake": 94, "hand clap": 52}
# percent of the height from the top at which the lower edge of a sign is
STACKED = 36  # percent of its height that is seen of what is flat and lies under another of its kind
# So many of a kind stand at the sides of another one, and so many in all beside and before it.
ASIDE, MOST_IN_FRONT = 2, 5
LOW = 40  # percent of its height that one in front stands lower at least
CHEST = (50, 74, 34)  # where emblems are on whoever lives: see SHOWN_AT
LOWER = {"splash": 45, "branch": 55}  # percent of its height that something hangs below the one that it is under
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
    size = parent.size * child.weight // parent.actor.weight
    size = max(parent.size * rule.least // 100, min(parent.size * rule.most // 100, size))
    if relation is Relation.ON:
        size = min(size, parent.size * SMALL_ON.get(parent.actor.drawing.name, rule.most) // 100)
        size = max(size, parent.size * LARGE_ON.get(parent.actor.drawing.name, 0) // 100)
    size = min(size, parent.size * MOST_OF_ALL // (100 * len(_siblings(child)))) if rule.place in (_on, _in) else size
    if relation is Relation.IN:
        size = max(size, parent.size * LARGE_IN.get(parent.actor.drawing.name, 0) // 100)
    is_inside = relation is Relation.IN and _is_seen_through(parent)
    if is_inside and parent.actor.drawing.name not in LARGE_IN:
        size = min(size, parent.size * MOST_IN_GLASS // (100 if len(_siblings(child)) < CROWDED else 160))
    if relation in (Relation.RIDING, Relation.IN) and (made := aboard(Piece(child, snapped(size)), parent)):
        return made
    piece = rule.place(Piece(child, snapped(size)), parent)
    if relation is Relation.HOLDING and parent.face:
        return piece, piece.box.meets(_middle_of(parent.face))
    return piece, rule.is_behind and not is_inside


def _middle_of(face: Box) -> Box:
    """The part of a face without which it isn't known."""
    return Box(
        face.left + face.width // 5,
        face.top + face.height // 5,
        face.right - face.width // 5,
        face.bottom - face.height // 4,
    )


def standing(piece: Piece, x: int, bottom: int) -> Piece:
    """A piece whose middle is at x, and whose lower edge is at `bottom`."""
    return piece.moved(x - piece.box.center, bottom - piece.box.bottom)


def _spread(piece: Piece, parent: Piece) -> int:
    """How far from the middle one of several stands along what they share."""
    actor, step = piece.actor, piece.box.width * 9 // 10
    places = [(each.subject, each.number) for each in _siblings(actor)]
    further = len(places) - 1
    if further:
        step = min(step, parent.box.width * SPREAD // (100 * further))
    return places.index((actor.subject, actor.number)) * step - further * step // 2


def _siblings(actor: Actor) -> list[Actor]:
    """All of a subject that are placed by the same one, itself included; of all subjects, where they share a place."""
    if not actor.parent:
        return [actor]
    shared = actor.relation is Relation.ON and actor.parent.drawing.name not in SEATS_OF_ONE
    mine = (each for each in actor.parent.children if shared or each.subject == actor.subject)
    return [each for each in mine if each.relation is actor.relation]


def _on(piece: Piece, parent: Piece) -> Piece:
    box = parent.box
    seat = SEATS.get(parent.actor.drawing.name.partition("/")[0])
    x = box.center + _spread(piece, parent)
    if piece.actor.drawing is parent.actor.drawing and parent.actor.drawing.name.partition("/")[0] in FLAT:
        lean = parent.size // 24 * (1 if piece.actor.number % 2 else -1)
        return standing(piece, box.center + lean, box.bottom - box.height * STACKED // 100)
    if parent.has("back"):
        x, y = parent.at("back")
        return standing(piece, x + _spread(piece, parent), y + parent.size // 24)
    if seat is not None:
        return standing(piece, x, box.top + box.height * seat // WHOLE)
    return standing(piece, x, parent.top_between(x, piece.box.width // 5) + 1 + parent.size // 48)


def _under(piece: Piece, parent: Piece) -> Piece:
    box, x = parent.box, parent.box.center + _spread(piece, parent)
    if parent.actor.drawing.name in AIRY:
        return standing(piece, x, box.bottom + piece.box.height - box.height // 6)
    lower = LOWER.get(piece.actor.drawing.name, LOWER.get(parent.actor.drawing.name, 0))
    return standing(piece, x, box.bottom + piece.box.height * lower // 100)


def _is_seen_through(parent: Piece) -> bool:
    """Whether what is in it is painted upon it: glass, and what is entered."""
    drawing = parent.actor.drawing
    return drawing.name in CLEAR or drawing.category in ENTERED


def _floor(drawing: Drawing) -> int:
    """How far down lies what is in something that is seen through, in percent of its height."""
    if drawing.category == "plants":
        return CROWN
    return 74 if drawing.name in LARGE_IN else 88 if drawing.name in CLEAR else 100


def _in(piece: Piece, parent: Piece) -> Piece:
    box, x = parent.box, parent.box.center + _spread(piece, parent)
    if _is_seen_through(parent):
        return standing(piece, x, box.top + box.height * _floor(parent.actor.drawing) // 100)
    deep = piece.box.height * (50 if piece.measure.is_stalked or parent.actor.drawing.faces == "left" else 38) // 100
    rim = RIMS.get(parent.actor.drawing.name)
    top = parent.top_between(x, piece.box.width // 3) if rim is None else box.top + box.height * rim // WHOLE
    return standing(piece, x, top + deep)


def _beside(piece: Piece, parent: Piece) -> Piece:
    gap, number, several = parent.size // 16, piece.actor.number, len(_siblings(piece.actor))
    hides = piece.box.height > parent.box.height and not parent.face  # people before a fire
    if number >= ASIDE and several <= MOST_IN_FRONT and not hides:
        return _in_front(piece, parent, number - ASIDE, several - ASIDE)
    box, step = parent.box, (number // 2) * (piece.box.width + gap)
    if number % 2:
        return standing(piece, box.left - gap - step - piece.box.width // 2, box.bottom)
    return standing(piece, box.right + gap + step + (piece.box.width + 1) // 2, box.bottom)


def _in_front(piece: Piece, parent: Piece, place: int, count: int) -> Piece:
    """Those of several that have no room at the sides, in a row before the one, so low that its face is seen."""
    box, high = parent.box, piece.box.height
    lowest = box.bottom - parent.face.bottom if parent.face else high * (100 - LOW) // 100
    x = box.center + (2 * place - count + 1) * (piece.box.width + parent.size // 16) // 2
    return standing(piece, x, box.bottom + max(high * LOW // 100, high - lowest))


def _led(piece: Piece, parent: Piece) -> Piece:
    """At the right of whoever leads it to the left, so far off that the rope is seen."""
    gap = max(3, parent.size // 5)
    step = piece.actor.number * (piece.box.width + parent.size // 16)
    return standing(piece, parent.box.right + gap + step + (piece.box.width + 1) // 2, parent.box.bottom)


def _aside(piece: Piece, parent: Piece, share: int) -> int:
    """How far to the side one stands that the other one doesn't hide."""
    reach = (parent.box.width + piece.box.width) * share // 200
    return reach * (1 + piece.actor.number // 2) * (-1 if piece.actor.number % 2 else 1)


def _behind(piece: Piece, parent: Piece) -> Piece:
    if piece.actor.drawing.name in SPREAD_OUT:
        return _spread_out(piece, parent)
    lift = max(2, parent.size // 9)
    return standing(piece, parent.box.center + _aside(piece, parent, 62), parent.box.bottom - lift)


def _spread_out(piece: Piece, parent: Piece) -> Piece:
    """What is seen at both sides of what it is behind: wings, crossed swords."""
    made = replace(piece, size=snapped(parent.size * SPREAD_OUT[piece.actor.drawing.name] // 100))
    box = parent.box
    if piece.actor.drawing.name in FROM_BELOW:
        return standing(made, box.center, box.bottom)
    return standing(made, box.center, box.top + (box.height + made.box.height) // 2)


def _before(piece: Piece, parent: Piece) -> Piece:
    is_small = piece.box.width * 3 < parent.box.width * 2
    aside = -_aside(piece, parent, 30 if is_small else 62)
    return standing(piece, parent.box.center + aside, parent.box.bottom + max(2, piece.size // 12))


def _above(piece: Piece, parent: Piece) -> Piece:
    if piece.actor.drawing.name == "lightning":
        return standing(piece, parent.box.center + _spread(piece, parent), parent.box.top + parent.box.height // 8)
    return standing(piece, parent.box.center + _spread(piece, parent), parent.box.top - max(2, parent.size // 16))


def ready(actor: Actor) -> Actor:
    """Whoever holds something lets go of what its drawing has in its hands; a broom that is ridden lies.

    A boat with somebody in it has no oar before them, a cup no steam.
    """
    relations = {child.relation for child in actor.children}
    if Relation.HOLDING in relations:
        actor = _emptied(actor)
    crossing = [slot for slot in CROSSING if Relation.IN in relations and slot in actor.drawing.slots]
    actor = replace(actor, without=tuple(dict.fromkeys((*actor.without, *crossing)))) if crossing else actor
    if Relation.RIDING in relations and actor.drawing.name in LYING:
        actor = replace(actor, turn=LYING[actor.drawing.name])
    return actor


def _emptied(holder: Actor) -> Actor:
    slots = HANDS.get(holder.drawing.name.partition("/")[0], ("held",))
    kept = tuple(slot for slot in slots if slot in holder.drawing.slots)
    return replace(holder, without=tuple(dict.fromkeys((*holder.without, *kept))))


def _held(piece: Piece, parent: Piece) -> Piece:
    """What has a grip is held there and points outwards; what has a stalk, by its end; all else by its middle."""
    if piece.actor.drawing.name in OVERHEAD:
        piece = replace(piece, size=parent.size)
    elif not piece.has("grip") and not piece.measure.is_stalked:
        piece = replace(piece, size=snapped(min(piece.size, parent.size * MOST_CARRIED // 100)))
    x, y = parent.at("hand") if parent.has("hand") else _mouth_or_paw(piece, parent)
    if _is_second(piece.actor, parent.actor):
        x = 2 * parent.box.center - x
    piece = replace(piece, actor=replace(piece.actor, mirror=False))
    points_left = piece.has("grip") and piece.actor.drawing.name not in ACROSS and _is_gripped_at_right(piece)
    piece = replace(piece, actor=replace(piece.actor, mirror=(x < parent.box.center) != points_left))
    if piece.has("grip"):
        own_x, own_y = piece.at("grip")
    elif piece.measure.is_stalked:
        own_x, own_y = piece.box.center, piece.box.bottom - piece.box.height // 8
    else:
        own_x, own_y = piece.box.center, piece.box.top + piece.box.height * 55 // 100
    return piece.moved(x - own_x, y - own_y)


def _is_gripped_at_right(piece: Piece) -> bool:
    """Whether the grip of a thing is so far to the right that the thing points to the left."""
    return piece.at("grip")[0] > piece.box.center + piece.box.width // 10


def _is_second(actor: Actor, holder: Actor) -> bool:
    """Whether it is in the other hand, because there is something in the first."""
    held = [(child.subject, child.number) for child in holder.children if child.relation is Relation.HOLDING]
    return held.index((actor.subject, actor.number)) % 2 == 1


def _mouth_or_paw(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Where something is carried without hands: in the mouth of what looks aside, else at the side or low in front."""
    face, box, size = parent.face, parent.box, parent.size
    if parent.actor.drawing.faces == "left" and face:
        ahead = size * 12 // 100 + piece.box.width // 6
        x = face.center + (ahead if parent.actor.mirror else -ahead)
        return x, (face.top + face.bottom) // 2 + size * 23 // 100
    if piece.has("grip") or piece.measure.is_stalked:
        return box.left + box.width * 10 // 100, box.top + box.height * 70 // 100
    return box.center, box.bottom - piece.box.height * 45 // 100


def _riding(piece: Piece, parent: Piece) -> Piece:
    """Whoever has legs is seen to the hips, as if these were on the far side; without a back it is behind the head."""
    drawing = piece.actor.drawing
    if "legs" in drawing.slots and "arm" in drawing.anchors and not _is_stood_on(parent):
        without = tuple(dict.fromkeys((*piece.actor.without, "legs")))
        piece = replace(piece, actor=replace(piece.actor, without=without))
    mount = parent.actor.drawing
    emptied = replace(piece, actor=_emptied(piece.actor))
    if mount.name == "broom" or emptied.box.height < piece.box.height:
        piece = emptied  # a staff that reaches below the hips would stand on the mount's back
    if mount.faces == "left" and parent.face and not parent.has("back"):
        aside = parent.box.width * 18 // 100
        x = parent.box.center + (-aside if parent.actor.mirror else aside)
        return standing(piece, x, parent.top_between(x, piece.box.width // 8) + parent.size // 8)
    return _on(piece, parent)


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
    box, name = parent.box, parent.actor.drawing.name.partition("/")[0]
    across, down, wide = _places(piece).get(name, CHEST if _has_chest(piece, parent) else (50, 54, 46))
    if piece.actor.drawing.name.startswith(WINDING):
        across, down, wide = 50, 54, WINDING_WIDE
    wide = min(wide, SMALL_SHOWN.get(piece.actor.drawing.name, wide))
    size = max(8, snapped(min(box.width, box.height * 2) * wide // 100))
    piece = replace(piece, size=size, actor=replace(piece.actor, mirror=False))
    mirrored = 100 - across if parent.actor.mirror else across
    x = box.left + box.width * mirrored // 100 + _spread(piece, parent) * 2 // 3
    return standing(piece, x, box.top + box.height * down // 100 + piece.box.height // 2)


def _perched(piece: Piece, parent: Piece) -> Piece:
    """On a shoulder, which is where the head ends, or on the back of what looks aside."""
    if parent.actor.drawing.faces == "left":
        return _on(piece, parent)
    x = parent.box.center + parent.box.width * SHOULDER[0] // 100
    return standing(piece, x, parent.box.top + parent.box.height * SHOULDER[1] // 100)


def _marking(piece: Piece, parent: Piece) -> Piece:
    """A sign at the side of whoever the other one is: between both, as high as what it says of them happens."""
    name, box = piece.actor.drawing.name, parent.box
    if name == "splash":  # out of the trunk or the mouth
        return standing(piece, box.right if parent.actor.mirror else box.left, box.top + box.height * 64 // 100)
    side = box.left if parent.actor.relation is Relation.BESIDE and parent.actor.number % 2 == 0 else box.right
    if name in OF_HEADS:
        return standing(piece, box.center + box.width * OF_HEADS[name] // 100, box.top + box.height // 6)
    return standing(piece, side, box.top + box.height * MARKED.get(name, 50) // 100)


RULES = {
    Relation.ON: Rule(26, 110, _on),
    Relation.UNDER: Rule(24, 52, _under),
    Relation.IN: Rule(30, 74, _in, is_behind=True),
    Relation.BESIDE: Rule(22, 450, _beside),
    Relation.LEADING: Rule(22, 450, _led),
    Relation.BEHIND: Rule(36, 400, _behind, is_behind=True),
    Relation.BEFORE: Rule(38, 200, _before),
    Relation.ABOVE: Rule(36, 80, _above),
    Relation.SHOWN: Rule(34, 46, _shown),
    Relation.HOLDING: Rule(34, 78, _held),
    Relation.RIDING: Rule(48, 84, _riding),
    Relation.PERCHED: Rule(22, 40, _perched),
    Relation.MARKING: Rule(44, 48, _marking),
}
