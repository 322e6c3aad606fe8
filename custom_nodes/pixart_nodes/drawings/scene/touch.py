"""Who or what touches the thing that it is beside: pushes it with the hands, or leans on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..recipe import CREATURES
from .links import is_high
from .measure import SAMPLE
from .piece import Piece
from .spot import standing

REACH = 12  # percent of somebody's width that their hands reach over what they push
SLOPE, SLIGHT = 16, 8  # degrees by which what leans is out of the upright, and who leans
ASLANT = 20  # percent of its width that the top of a thing is aside which is drawn aslant
TRUNK = 16  # percent of a tree's width that its trunk ends beside its middle
OVERLAP = 10  # percent of its width by which what leans lies over the thing


def pushing(piece: Piece, parent: Piece) -> Piece:
    """At the end of a thing at which it has its grips, which is the one that it doesn't look to."""
    box, reach = parent.box, piece.box.width * REACH // 100
    if parent.actor.mirror:
        turned = replace(piece, actor=replace(piece.actor, mirror=piece.actor.drawing.faces == "left"))
        return standing(turned, box.left + reach - piece.box.width // 2, box.bottom)
    ahead = replace(piece, actor=replace(piece.actor, mirror=False))
    return standing(ahead, box.right - reach + piece.box.width // 2, box.bottom)


def leaning(piece: Piece, parent: Piece) -> Piece:
    """At the right of a thing, with the upper end at it."""
    lean = _summit(piece)
    is_aslant = abs(lean) > ASLANT
    lives = piece.actor.drawing.category in CREATURES
    mirror = piece.actor.mirror != (is_aslant and lean > 0 and not lives)
    turn = 360 - (SLIGHT if lives else SLOPE) if lives or not is_aslant else piece.actor.turn
    turned = replace(piece, actor=replace(piece.actor, mirror=mirror, turn=turn))
    box = parent.box
    is_tree = is_high(parent.actor.drawing) and parent.actor.drawing.category == "plants"
    edge = box.center + box.width * TRUNK // 100 if is_tree else box.right
    return standing(turned, edge + turned.box.width * (50 - OVERLAP) // 100, box.bottom)


def _summit(piece: Piece) -> int:
    """How far right of its middle a thing's highest point is, in percent of its width."""
    tops, box = piece.measure.tops, piece.measure.box
    highest = [column for column, top in enumerate(tops) if top == min(tops)]
    middle = (highest[0] + highest[-1] + 1) * 500 // SAMPLE
    return (middle - (box.left + box.right) // 2) * 100 // max(1, box.width)


TOUCHES: Mapping[str, Callable[[Piece, Piece], Piece]] = {"pushing": pushing, "leaning": leaning}
