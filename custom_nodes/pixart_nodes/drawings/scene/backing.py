"""What is seen behind a thing: at both sides of it if it is wide, else aside."""

from __future__ import annotations

from dataclasses import replace

from .links import is_high
from .piece import Piece, snapped
from .spot import aside, standing

SPREAD_OUT = {
    "arrow": 124,
    "sword": 150,
    "dagger": 140,
    "katana": 150,
    "spear": 150,
    "kitchen knife": 140,
    "wings": 170,
    "tail fan": 150,
    "tail pair": 112,
    "explosion": 160,
    "stick limbs": 156,
    "wooden skewer": 130,
    "full moon": 124,
    "sun": 150,
    "fence": 140,
    "wall": 150,
    "fire": 150,
    "crossed swords": 128,
    "crossed axes": 128,
}  # how large they are by what they are behind
OVERLAPPING, CLEAR = 62, 84  # percent of half of both widths that what is behind another one is aside of it
LOW = 60  # percent of the other one's height below which nothing of it is seen above the other one
FROM_BELOW = ("tail fan", "tail pair", "fence", "wall")  # what of that begins at the ground
LOWER = {
    "splash": 45,
    "branch": 55,
    "wooden skewer": 60,
}  # percent of its height that something hangs below the one that it is under


def behind(piece: Piece, parent: Piece) -> Piece:
    """A thing behind another one, of which enough is seen to be known."""
    if piece.actor.drawing.name in SPREAD_OUT:
        return _spread_out(piece, parent)
    lift = max(2, parent.size // 9)
    is_hidden = piece.box.height * 100 < LOW * parent.box.height and not is_high(parent.actor.drawing)
    share = CLEAR if is_hidden else OVERLAPPING
    return standing(piece, parent.box.center + aside(piece, parent, share), parent.box.bottom - lift)


def _spread_out(piece: Piece, parent: Piece) -> Piece:
    """What is seen at both sides of what it is behind: wings, crossed swords."""
    resized = replace(piece, size=snapped(parent.size * SPREAD_OUT[piece.actor.drawing.name] // 100))
    box = parent.box
    if piece.actor.drawing.name in LOWER:
        return standing(resized, box.center, box.bottom + resized.box.height * LOWER[piece.actor.drawing.name] // 100)
    if piece.actor.drawing.name in FROM_BELOW:
        return standing(resized, box.center, box.bottom)
    return standing(resized, box.center, box.top + (box.height + resized.box.height) // 2)
