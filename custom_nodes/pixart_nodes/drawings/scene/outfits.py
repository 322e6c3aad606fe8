"""Clothes that are drawn for the body of people, in the square that the wearer's drawing fills."""

from __future__ import annotations

from dataclasses import replace

from .actor import Actor
from .piece import Piece

FITTED = "worn "  # how the names of such drawings begin
NECK = 56  # percent of the height at which the neck of people is


def fitted(child: Actor, parent: Piece) -> Piece:
    """An outfit upon somebody's body, neck on neck."""
    piece = Piece(replace(child, mirror=parent.actor.mirror), parent.size)
    x, y = parent.at("head") if parent.has("head") else (parent.box.center, parent.y + parent.size * NECK // 100)
    own_x, own_y = piece.at("head")
    return piece.moved(x - own_x, y - own_y)
