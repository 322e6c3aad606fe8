"""Who drives or rides in a vehicle is seen in it: a head at its window, or a body above its edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..recipe import CREATURES, FACIAL
from .piece import Piece, snapped
from .wearing import across_head

Places = Mapping[str, tuple[int, int, int]]  # by drawing: across, down and how large, in percent of its square

WINDOWS: Places = {  # the middle of the window, and how wide a head at it is
    "ambulance": (20, 50, 30),
    "bulldozer": (67, 34, 30),
    "bullet train": (24, 44, 28),
    "bus": (20, 36, 26),
    "cable car": (50, 48, 34),
    "car": (44, 36, 32),
    "caravan": (26, 42, 26),
    "combine harvester": (46, 28, 32),
    "double decker bus": (18, 56, 24),
    "dump truck": (18, 46, 28),
    "excavator": (66, 46, 30),
    "fire truck": (14, 46, 28),
    "garbage truck": (16, 42, 28),
    "helicopter": (24, 46, 32),
    "ice cream truck": (16, 50, 28),
    "jeep": (47, 34, 30),
    "limousine": (30, 44, 26),
    "monster truck": (58, 18, 28),
    "pickup truck": (46, 34, 30),
    "police car": (44, 40, 32),
    "rocket": (50, 43, 30),
    "school bus": (20, 36, 26),
    "snowplow": (42, 36, 28),
    "spaceship": (50, 40, 28),
    "steamroller": (66, 34, 30),
    "submarine": (26, 54, 28),
    "taxi": (44, 38, 32),
    "tow truck": (30, 40, 30),
    "tractor": (71, 30, 32),
    "train": (77, 43, 28),
    "tram": (20, 46, 28),
    "truck": (16, 40, 30),
    "ufo": (50, 26, 30),
    "van": (20, 40, 30),
}
COCKPITS: Places = {  # the edge that hides who sits behind it, and how large they are
    "airplane": (34, 48, 44),
    "biplane": (46, 56, 46),
    "bumper car": (46, 66, 60),
    "convertible": (58, 57, 58),
    "fighter jet": (40, 54, 40),
    "golf cart": (58, 68, 56),
    "minecart": (50, 44, 66),
    "moon rover": (52, 50, 50),
    "racing car": (50, 54, 48),
    "seaplane": (40, 54, 46),
    "speedboat": (60, 58, 56),
    "sports car": (48, 50, 46),
    "tank": (58, 34, 46),
    "time machine": (50, 66, 56),
}


def aboard(piece: Piece, parent: Piece) -> tuple[Piece, bool] | None:
    """Somebody in a vehicle, and whether they are painted before it; None where it has no place for them."""
    name = parent.actor.drawing.name.partition("/")[0]
    if piece.actor.drawing.category not in CREATURES:
        return None
    if name in WINDOWS:
        across, down, wide = WINDOWS[name]
        passenger = _at_window(_ahead(piece, parent), parent.size * wide // 100)
        x, y = _spot(parent, across, down)
        return passenger.moved(x - passenger.box.center, y - (passenger.box.top + passenger.box.bottom) // 2), False
    if name in COCKPITS:
        across, down, large = COCKPITS[name]
        passenger = replace(_ahead(piece, parent), size=snapped(parent.size * large // 100))
        x, y = _spot(parent, across, down)
        return passenger.moved(x - passenger.box.center, y - passenger.box.bottom), True
    return None


def _ahead(piece: Piece, parent: Piece) -> Piece:
    """Somebody who looks where the vehicle goes."""
    return replace(piece, actor=replace(piece.actor, mirror=parent.actor.mirror))


def _spot(parent: Piece, across: int, down: int) -> tuple[int, int]:
    """A place of a vehicle's square as a pixel of the picture."""
    aside = 100 - across if parent.actor.mirror else across
    return parent.x + parent.size * aside // 100, parent.y + parent.size * down // 100


def _at_window(piece: Piece, wide: int) -> Piece:
    """The head alone of whoever has one, so many pixels wide; all of whoever hasn't."""
    slots = set(piece.actor.drawing.slots)
    if not {"head", "eye", "eyes"} & slots or "head" not in slots:
        return replace(piece, size=snapped(piece.size * wide * 5 // (4 * max(1, piece.box.width))))
    bodily = tuple(slot for slot in piece.actor.drawing.slots if slot not in FACIAL)
    without = tuple(dict.fromkeys((*piece.actor.without, *bodily)))
    actor = replace(piece.actor, without=without, pose="")
    return replace(piece, size=snapped(piece.size * wide // max(1, across_head(piece))), actor=actor)
