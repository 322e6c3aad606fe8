"""Where the signs are that show what somebody does: hearts and clashes between two, spells at a hand, beams."""

from __future__ import annotations

from dataclasses import replace

from ..brief import Relation
from .piece import Piece, snapped
from .spot import siblings, standing

BUBBLE, FILLED = "thought bubble", 76  # a sign, and how large it is by who has something in mind, in percent
OF_HEADS = {
    "zzz": 34,
    "music note": -52,
    BUBBLE: 40,
    "smoke": 0,
    "steam": 0,
}  # signs over a head, and how far aside, in percent
SPAT, SPAT_WIDE = "spitting", 34  # how things come out of a mouth, and how large they are, in percent
LEFT, LEFT_WIDE = "leaving", 84  # the same for what comes out at somebody's back
BEAM, LONG_BEAM = "laser beam", 72  # the drawing of what is shot, and how long it is by who shoots, in percent
CONJURED = ("spell", "fireball", "ice shard", "lightning", "water drop", "blood drop", "skull", "leaf")
FLASH, RISEN = "muzzle flash", "zombie hand"  # what is seen before a barrel, and at the feet of who raises the dead
MARKED = {
    "heart": 16,
    "clash": 66,
    "handshake": 94,
    "hand clap": 52,
}  # percent of the height from the top at which the lower edge is


def marking(piece: Piece, parent: Piece) -> Piece:
    """A sign at the side of whoever the other one is: between both, as high as what it says of them happens."""
    name, box = piece.actor.drawing.name, parent.box
    if name == "splash":  # out of the trunk or the mouth
        return standing(piece, box.right if parent.actor.mirror else box.left, box.top + box.height * 64 // 100)
    if piece.actor.arrangement == SPAT:
        return _spat(piece, parent)
    if piece.actor.arrangement == LEFT:
        return _left(piece, parent)
    if name == BEAM:
        return _shot(piece, parent)
    if name == FLASH:
        front = box.right if parent.actor.mirror else box.left
        return standing(piece, front, box.top + (box.height + piece.box.height) * 36 // 100)
    if name == RISEN:
        return standing(piece, box.right + piece.box.width * 40 // 100, box.bottom)
    if name in CONJURED:
        return standing(piece, box.right if parent.actor.mirror else box.left, box.top + box.height * 66 // 100)
    side = box.left if parent.actor.relation is Relation.BESIDE and parent.actor.number % 2 == 0 else box.right
    if name == BUBBLE and piece.actor.children:
        piece = replace(piece, size=snapped(parent.size * FILLED // 100))
    if name in OF_HEADS:
        return standing(piece, box.center + box.width * OF_HEADS[name] // 100, box.top + box.height // 6)
    return standing(piece, side, box.top + box.height * MARKED.get(name, 50) // 100)


def _spat(piece: Piece, parent: Piece) -> Piece:
    """What comes out of a mouth: ahead of who looks aside, else before the chin; each further one farther off."""
    face, box, number = parent.face or parent.box, parent.box, piece.actor.number
    sign = replace(piece, size=snapped(parent.size * SPAT_WIDE // 100))
    step = number * sign.box.width * 90 // 100
    mouth = (face.top + face.bottom) // 2 + parent.size * 12 // 100
    if parent.actor.drawing.faces != "left":
        return standing(sign, face.center + step, mouth + sign.box.height)
    ahead = sign.box.width // 2 + step
    x = box.right + ahead if parent.actor.mirror else box.left - ahead
    return standing(sign, x, mouth + sign.box.height // 2 + number * sign.box.height // 4)


def _left(piece: Piece, parent: Piece) -> Piece:
    """What comes out at somebody's back: below the tail of what looks aside, else at the feet."""
    sign, box = replace(piece, size=snapped(parent.size * LEFT_WIDE // 100)), parent.box
    ahead = sign.box.width * 44 // 100 + piece.actor.number * sign.box.width
    to_left = parent.actor.mirror and parent.actor.drawing.faces == "left"
    return standing(sign, box.left - ahead if to_left else box.right + ahead, box.bottom - parent.size // 12)


def _shot(piece: Piece, parent: Piece) -> Piece:
    """A beam before what looks aside, else above what points upwards, else at the side."""
    piece = replace(piece, size=snapped(parent.size * LONG_BEAM // 100))
    box, count, number = parent.box, len(siblings(piece.actor)), piece.actor.number
    if parent.actor.drawing.category == "vehicles" and parent.actor.drawing.faces == "front" and not _is_driven(parent):
        sign = replace(piece, actor=replace(piece.actor, turn=90, mirror=False))
        aside = (2 * number - count + 1) * box.width // (4 if count > 1 else 1)
        return standing(sign, box.center + aside, box.top + box.height * 30 // 100)
    ahead = piece.box.width // 2 + 1
    low = (2 * number - count + 1) * piece.box.height * 60 // 100
    x = box.right + ahead if parent.actor.mirror or parent.actor.drawing.faces != "left" else box.left - ahead
    return standing(piece, x, box.top + box.height * 55 // 100 + low)


def _is_driven(parent: Piece) -> bool:
    """Whether a vehicle has a drive pose, and so is seen from the side."""
    return "drive" in parent.actor.drawing.poses
