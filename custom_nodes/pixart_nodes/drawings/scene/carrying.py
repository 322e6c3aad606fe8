"""How things are carried: in hands, mouths and arms, on a line through the air, or behind on a rope."""

from __future__ import annotations

from dataclasses import replace

from ..brief import Relation
from .actor import Actor
from .piece import Piece, snapped
from .spot import standing

HANDS = {"witch": ("back",), "wizard": ("back",)}  # slots with what a drawing holds, where that isn't the slot "held"
MOUTHED, IN_MOUTH = "mouth", 46  # how something is held, and how large it then is by who holds it, in percent
MOUTHPIECE, WIND_SIZE = "mouthpiece", (22, 52)
# an anchor of wind instruments, and how large these are by who plays them, in percent
MOUTH = 15  # percent of somebody's size that their mouth is below their eyes
FLOWN, FLOWN_WIDE = ("kite", "balloon"), 62  # what is flown on a line, and how large it is by who flies it, in percent
IN_ARMS, BABY, SMALL_CHILD = 74, 46, 80  # percent of who carries them that a person and a baby are large; centimetres
OVERHEAD = ("umbrella", "striped umbrella")  # what is held above the head, and as large as its holder
AS_UMBRELLA = "overhead"  # how something is held that is used as an umbrella
ACROSS = ("bow", "guitar", "electric guitar", "violin", "banjo", "hurdy gurdy", "zither")  # held in front of the body
MOST_CARRIED = 46  # percent of whoever carries something that has no grip
BELOW_EYES = 12  # percent of its holder's size that a thing without hands to hold it is below the eyes
BEFORE_FRONT = 12  # percent of its width that the middle of what is in a mouth is before its holder at least
FOLLOWING = 64  # percent of their width by which several that are led follow each other


def _in_mouth(piece: Piece, parent: Piece) -> Piece:
    """Across the mouth of who looks at us."""
    face = parent.face or parent.box
    stalked = piece.measure.is_stalked or piece.has("grip")
    actor = replace(piece.actor, turn=90, mirror=False) if stalked else piece.actor
    load = replace(piece, actor=actor, size=snapped(parent.size * (IN_MOUTH if stalked else IN_MOUTH - 12) // 100))
    across = load.box.width * 22 // 100 if stalked else 0
    low = (face.top + face.bottom) // 2 + parent.size * (16 if stalked else 20) // 100 + load.box.height // 2
    return standing(load, face.center + across, low)


def _blown(piece: Piece, parent: Piece) -> Piece:
    """A wind instrument with its mouthpiece at the mouth of who looks at us."""
    face = parent.face or parent.box
    least, most = (parent.size * each // 100 for each in WIND_SIZE)
    load = replace(piece, actor=replace(piece.actor, mirror=False), size=snapped(max(least, min(most, piece.size))))
    x, y = load.at(MOUTHPIECE)
    low = (face.top + face.bottom) // 2 + parent.size * MOUTH // 100
    return load.moved(face.center - x, low - y)


def _flown(piece: Piece, parent: Piece) -> Piece:
    """High in the air, at the end of a line."""
    load = replace(piece, size=snapped(parent.size * FLOWN_WIDE // 100))
    return standing(load, parent.box.right + load.box.width * 40 // 100, parent.box.top + load.box.height * 30 // 100)


def _in_arms(piece: Piece, parent: Piece) -> Piece:
    """Lying across the chest of who carries them."""
    actor = replace(piece.actor, turn=90 if piece.actor.drawing.centimeters > SMALL_CHILD else 0, mirror=False)
    load = replace(piece, actor=actor, size=snapped(parent.size * (IN_ARMS if actor.turn else BABY) // 100))
    x, y = parent.at("head")
    return standing(load, x, y + load.box.height * 88 // 100)


def _is_in_arms(piece: Piece, parent: Piece) -> bool:
    """Whether somebody carries another person."""
    carries = "arm" in parent.actor.drawing.anchors and parent.has("head")
    return carries and "arm" in piece.actor.drawing.anchors and piece.actor.drawing.category == "people"


def _held_otherwise(piece: Piece, parent: Piece) -> Piece | None:
    """What isn't simply in a hand: flown, in a mouth, above the head, in both arms or blown; None for all else."""
    if piece.actor.drawing.name in FLOWN:
        return _flown(piece, parent)
    looks_at_us = bool(parent.face) and parent.actor.drawing.faces == "front"
    if piece.actor.arrangement == MOUTHED and looks_at_us:
        return _in_mouth(piece, parent)
    if piece.actor.arrangement == AS_UMBRELLA:
        load = replace(piece, size=parent.size, actor=replace(piece.actor, turn=0, mirror=False))
        return standing(load, parent.box.center, parent.box.top + parent.size // 6)
    if _is_in_arms(piece, parent):
        return _in_arms(piece, parent)
    return _blown(piece, parent) if piece.has(MOUTHPIECE) and looks_at_us else None


def held(piece: Piece, parent: Piece) -> Piece:
    """What has a grip is held there and points outwards; what has a stalk, by its end; all else by its middle."""
    if (elsewhere := _held_otherwise(piece, parent)) is not None:
        return elsewhere
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
    piece = piece.moved(x - own_x, y - own_y)
    return piece if parent.has("hand") else _below_eyes(piece, parent)


def _below_eyes(piece: Piece, parent: Piece) -> Piece:
    """So small and so low that what is held without hands hides no eyes of who looks at us."""
    face = parent.face
    if face is None or parent.actor.drawing.faces != "front" or not piece.box.meets(face):
        return piece
    edge = (face.top + face.bottom) // 2 + parent.size * BELOW_EYES // 100
    room = max(8, parent.box.bottom - edge)
    if piece.box.height > room:
        piece = replace(piece, size=snapped(max(8, piece.size * room // piece.box.height)))
    return standing(piece, parent.box.center, max(edge + piece.box.height, piece.box.bottom))


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
        before = piece.box.width * BEFORE_FRONT // 100
        if parent.actor.mirror:
            x = max(face.center + ahead, box.right + before)
        else:
            x = min(face.center - ahead, box.left - before)
        return x, (face.top + face.bottom) // 2 + size * 23 // 100
    if piece.has("grip") or piece.measure.is_stalked:
        return box.left + box.width * 10 // 100, box.top + box.height * 70 // 100
    return box.center, box.bottom - piece.box.height * 45 // 100


def led(piece: Piece, parent: Piece) -> Piece:
    """At the right of whoever leads it to the left, so far off that the rope is seen."""
    gap = max(3, parent.size // 5)
    step = piece.actor.number * piece.box.width * FOLLOWING // 100
    return standing(piece, parent.box.right + gap + step + (piece.box.width + 1) // 2, parent.box.bottom)


def emptied(holder: Actor) -> Actor:
    """Somebody without what their drawing has in its hands."""
    slots = HANDS.get(holder.drawing.name.partition("/")[0], ("held",))
    own = tuple(slot for slot in slots if slot in holder.drawing.slots)
    return replace(holder, without=tuple(dict.fromkeys((*holder.without, *own))))
