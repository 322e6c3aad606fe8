"""Where several of a kind stand along what they share, and how a piece is put at a place."""

from __future__ import annotations

from ..brief import Relation
from .actor import Actor
from .piece import Piece
from .seats import SEATS_OF_ONE

SPREAD = 76  # percent of the width of what several are on over which their middles are spread

BESIDE_TRUNK = 27  # percent of a tree's width that who is under it is away from its trunk


def standing(piece: Piece, x: int, bottom: int) -> Piece:
    """A piece whose middle is at x, and whose lower edge is at `bottom`."""
    return piece.moved(x - piece.box.center, bottom - piece.box.bottom)


def spread(piece: Piece, parent: Piece) -> int:
    """How far from the middle one of several stands along what they share."""
    actor, step = piece.actor, piece.box.width * 9 // 10
    places = [(each.subject, each.number) for each in siblings(actor)]
    further = len(places) - 1
    if further:
        step = min(step, parent.box.width * SPREAD // (100 * further))
    return places.index((actor.subject, actor.number)) * step - further * step // 2


def siblings(actor: Actor) -> list[Actor]:
    """All of a subject that are placed by the same one, itself included; of all subjects, where they share a place."""
    if not actor.parent:
        return [actor]
    shared = actor.relation in (Relation.ON, Relation.RIDING) and actor.parent.drawing.name not in SEATS_OF_ONE
    shared = shared or (actor.relation is Relation.SHOWN and actor.drawing.category == "food")  # on a board
    mine = (each for each in actor.parent.children if shared or each.subject == actor.subject)
    return [each for each in mine if each.relation is actor.relation]


def beside_trunk(actor: Actor, parent: Piece) -> int:
    """The middle of who is under a tree, at one side of its trunk and then at the other."""
    below = [(each.subject, each.number) for each in parent.actor.children if each.relation is Relation.UNDER]
    place = below.index((actor.subject, actor.number))
    reach = parent.box.width * BESIDE_TRUNK * (2 + place // 2) // 200
    return parent.box.center + (reach if place % 2 else -reach)


def aside(piece: Piece, parent: Piece, share: int) -> int:
    """How far to the side one stands that the other one doesn't hide."""
    reach = (parent.box.width + piece.box.width) * share // 200
    return reach * (1 + piece.actor.number // 2) * (-1 if piece.actor.number % 2 else 1)
