"""What is at the sides of a thing, in the air about it, all around it, or strewn over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..geometry import DEGREE, ONE, QUARTER, sine
from ..recipe import CREATURES
from .actor import Actor
from .links import is_high
from .piece import Piece, snapped
from .spot import siblings, standing
from .touch import TOUCHES

# So many of a kind stand at the sides of another one, and so many in all beside and before it.
ASIDE, MOST_IN_FRONT = 2, 5
HIDING = 70  # percent of the height of somebody that who stands before them hides too much of
LOW = 40  # percent of its height that one in front stands lower at least
STREWN, LIES = "strewn", ((30, 66), (64, 40), (50, 84), (24, 34), (78, 72))  # where things lie, in percent of the box
JUGGLED, ARC = "juggling", 26  # an arrangement, and percent of their width by which the outer ones are lower
UPMOST, LIFT = 30, 6  # percent of its height that things lie down at least, and by which they go up for room
HOVERING = ("heart", "bubble", "music note", "snowflake", "star")  # signs that things are about
OVER = 110 * DEGREE  # of straight up: so far down the outermost of what is over a thing is
RINGED = 46  # percent of what they are about that several in a ring are large at most
OVERLAPPING = 30  # percent of its width by which who lives overlaps a house or a tree beside it


def beside(piece: Piece, parent: Piece) -> Piece:
    """At the right, then at the left of a thing; the third and further ones before it."""
    gap, number, several = parent.size // 16, piece.actor.number, len(siblings(piece.actor))
    box = parent.box
    if several == 1 and piece.actor.arrangement in TOUCHES:
        return TOUCHES[piece.actor.arrangement](piece, parent)
    if several > ASIDE and _hovers(piece.actor) and (_hovers(parent.actor) or not piece.actor.is_airborne):
        return _in_ring(piece, parent, several)
    if piece.actor.is_airborne and not parent.actor.is_airborne and piece.box.height * 100 < parent.box.height * 90:
        return _in_air(piece, parent)
    high = piece.box.height * 100
    hides = high > parent.box.height * (HIDING if parent.face else 100)  # people before a fire, children at a snowman
    if number >= ASIDE and several <= MOST_IN_FRONT and not hides:
        return _in_front(piece, parent, number - ASIDE, several - ASIDE)
    if number in (ASIDE, ASIDE + 1) and hides and parent.face:
        half = piece.box.width // 2 + 1
        left, right = min(box.left, parent.face.left - half), max(box.right, parent.face.right + half)
        return standing(piece, left if number == ASIDE else right, box.bottom + piece.box.height * LOW // 100)
    step = (number // 2) * (piece.box.width + gap)
    lives = piece.actor.drawing.category in CREATURES
    if several == 1 and lives and not parent.face and is_high(parent.actor.drawing):
        return standing(piece, box.right + piece.box.width * (50 - OVERLAPPING) // 100, box.bottom + max(1, gap // 2))
    if number % 2:
        return standing(piece, box.left - gap - step - piece.box.width // 2, box.bottom)
    return standing(piece, box.right + gap + step + (piece.box.width + 1) // 2, box.bottom)


def _in_air(piece: Piece, parent: Piece) -> Piece:
    """What flies about a thing: at both sides of its upper edge, the third and all further ones above it."""
    number, box = piece.actor.number, parent.box
    ahead = -1 if parent.actor.drawing.faces == "left" and not parent.actor.mirror else 1
    aside = ahead * (box.width * 46 // 100, -box.width * 46 // 100, 0, box.width // 4, -box.width // 4)[number % 5]
    bottom = box.top + box.height * 24 // 100 if number < ASIDE else box.top - (number // 3) * piece.box.height // 3
    return standing(piece, box.center + aside, bottom)


def _hovers(actor: Actor) -> bool:
    """Whether it is in the air, or a sign that is seen in the air about things."""
    return actor.is_airborne or actor.drawing.name in HOVERING


def _in_ring(piece: Piece, parent: Piece, several: int) -> Piece:
    """One of several in the air about a thing: all around it where that is in the air too, else over it."""
    resized = replace(piece, size=snapped(min(piece.size, parent.size * RINGED // 100)))
    number, goes_round = resized.actor.number, _hovers(parent.actor)
    angle = 4 * QUARTER * number // several if goes_round else OVER * (2 * number - several + 1) // (several - 1)
    right, up = sine(np.array([angle, angle + QUARTER])).tolist()
    box, own = parent.box, resized.box
    reach = max(box.width + own.width, box.height + own.height) * 56 // 100
    middle = box.bottom - box.height // 2
    return standing(resized, box.center + right * reach // ONE, middle - up * reach // ONE + own.height // 2)


def _in_front(piece: Piece, parent: Piece, place: int, count: int) -> Piece:
    """Those of several that have no room at the sides, in a row before the one, so low that its face is seen."""
    box, high = parent.box, piece.box.height
    lowest = box.bottom - parent.face.bottom if parent.face else high * (100 - LOW) // 100
    x = box.center + (2 * place - count + 1) * (piece.box.width + parent.size // 16) // 2
    return standing(piece, x, box.bottom + max(high * LOW // 100, high - lowest))


def behind_of(actor: Actor) -> int:
    """How many of those around another one are behind it: high ones all, so that nothing of it is hidden."""
    count = len(siblings(actor))
    return count if is_high(actor.drawing) else count * 2 // 5


def around(piece: Piece, parent: Piece) -> Piece:
    """At both sides of one and, if they are low, in a row before its feet."""
    number, behind = piece.actor.number, behind_of(piece.actor)
    box, wide = parent.box, piece.box.width
    if number < behind:
        near, lift = (74 - 44 * (number // 2), 6 + 22 * (number // 2)) if is_high(piece.actor.drawing) else (0, 0)
        reach = box.width * 42 + wide * (24 + (number // 2) * 30)
        reach = (wide * near if near else reach) // 100
        lift = piece.box.height * (lift or 20 + 16 * (number // 2)) // 100
        return standing(piece, box.center + reach * (1 if number % 2 else -1), box.bottom - lift)
    row = len(siblings(piece.actor)) - behind
    step = max(wide * 70 // 100, (box.width + wide * 20 // 100) // max(1, row))
    x = box.center + (2 * (number - behind) - row + 1) * step // 2
    lowest = parent.face.bottom + piece.box.height if parent.face else 0
    return standing(piece, x, max(lowest, box.bottom + piece.box.height * 14 // 100))


def juggled(piece: Piece, parent: Piece) -> Piece:
    """One of several that are in the air at once, the middle ones highest."""
    resized = replace(piece, size=snapped(parent.size * 28 // 100))
    count, number = len(siblings(resized.actor)), resized.actor.number
    aside = (2 * number - count + 1) * resized.box.width * 55 // 100
    low = abs(2 * number - count + 1) * resized.box.width * ARC // 100
    return standing(resized, parent.box.center + aside, parent.box.top - 1 + low)


def strewn(piece: Piece, parent: Piece) -> Piece:
    """One of several that lie all over a thing."""
    across, down = LIES[piece.actor.number % len(LIES)]
    box, own = parent.box, parent.measure.box
    resized = replace(piece, size=max(8, snapped(min(box.width, box.height) * 30 // 100)))
    wide = resized.box.width * own.width // max(1, box.width)
    left, right = _span(parent, down)
    while down > UPMOST and right - left < wide:
        down -= LIFT
        left, right = _span(parent, down)
    place = own.left + own.width * across // 100
    if right - left >= wide:
        place = max(left + wide // 2, min(right - wide // 2, place))
    x = box.left + box.width * (place - own.left) // max(1, own.width)
    return standing(resized, x, box.top + box.height * down // 100 + resized.box.height // 2)


def _span(parent: Piece, down: int) -> tuple[int, int]:
    """Where a thing begins and ends so many percent of its height down, in thousandths of its side."""
    own = parent.measure.box
    return parent.measure.across(own.top + own.height * down // 100)
