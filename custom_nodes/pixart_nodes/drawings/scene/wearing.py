"""Where clothes, hats and ornaments go on whoever wears them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..recipe import UNIT
from .actor import Actor
from .garments import WORN_AT
from .measure import FACE, WHOLE
from .outfits import FITTED, fitted
from .piece import Piece, snapped
from .seats import SHOWN_AT

HAT = ("top", 100)
HUNG = ("neck", 44)  # what hangs around a neck that is no garment
LOOSE = {"ears": 116, "around": 122, "hooded": 112}  # percent that what is about a head is wider on animals
WINGS, SPREAD = "wings", 150  # what is seen at both sides of somebody, and percent of their width that it has at least
USUAL_EYES = 36  # percent of its height at which the eyes of what has none would be
EYES_OVER = 6  # the same by which they are over the middle of a face that is drawn on it
LEAST_ON_CHEST, MOST_AT = 20, {"hips": 44, "neck": 40}  # percent of the wearer that clothes are large there
PAIRS = ("feet",)  # parts of the body where two are worn


def is_pair(name: str) -> bool:
    """Whether two of a drawing are worn."""
    return WORN_AT.get(name, HAT)[0] in PAIRS


def across_head(parent: Piece) -> int:
    """Pixels that a head is wide: that of the recipe, that about the eyes, or most of what has no eyes."""
    for shape in parent.actor.drawing.shapes:
        if shape.slot == "head" and shape.kind == "o":
            return 2 * shape.numbers[2] * parent.size // (100 * UNIT)
    face = parent.face
    return min(parent.box.width, max(face.width, parent.size * 38 // 100)) if face else parent.box.width * 7 // 10


def worn(child: Actor, parent: Piece) -> tuple[Piece, bool]:
    """What is worn, at the part of the body where it belongs, and whether it is painted before the wearer."""
    if child.drawing.name.startswith(FITTED):
        return fitted(child, parent), False
    where, percent = HUNG if child.arrangement == HUNG[0] else WORN_AT.get(child.drawing.name, HAT)
    if where in LOOSE and not _is_upright(parent):
        percent = percent * LOOSE[where] // 100
    wide = across_head(parent) * percent // 100
    if child.drawing.name.endswith(WINGS) and parent.actor.drawing.faces == "front":
        wide = max(wide, parent.box.width * SPREAD // 100)
    wide = max(wide, parent.size * LEAST_ON_CHEST // 100) if where == "chest" else wide
    piece = Piece(replace(child, mirror=parent.actor.mirror), snapped(wide))
    most = MOST_AT.get(where)
    if most and piece.box.height * 100 > parent.box.height * most:
        piece = replace(piece, size=snapped(piece.size * parent.box.height * most // (100 * piece.box.height)))
    x, bottom = PARTS[where](piece, parent)
    return piece.moved(x - piece.box.center, bottom - piece.box.bottom), where in ("behind", "back", "nape", "mane")


def _is_upright(parent: Piece) -> bool:
    """Whether somebody has arms, and so a head that clothes are made for."""
    return "arm" in parent.actor.drawing.anchors


def _middle(parent: Piece) -> int:
    return parent.face.center if parent.face else parent.box.center


def _eyes(parent: Piece) -> int:
    """The row that eyes are on, or would be: of what a face can be drawn on, its upper part."""
    face, box = parent.face, parent.box
    drawing = parent.actor.drawing
    down = SHOWN_AT[drawing.name][1] - EYES_OVER if drawing.name in SHOWN_AT else USUAL_EYES
    return (face.top + face.bottom) // 2 if face else box.top + box.height * down // 100


def _neck(parent: Piece) -> tuple[int, int]:
    if parent.has("head"):
        return parent.at("head")
    return _middle(parent), _eyes(parent) + parent.size * 25 // 100


def _at_top(piece: Piece, parent: Piece) -> tuple[int, int]:
    """A hat sits on the hair, its brim over the eyes."""
    x = _middle(parent)
    top = parent.top_between(x, across_head(parent) // 6)
    return x, max(top + 1, min(_eyes(parent) - parent.size // 14, top + piece.box.height // 2))


def _at_crown(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Ears stand on the head, whose rounding their band follows."""
    x = _middle(parent)
    return x, parent.top_between(x, across_head(parent) // 6) + piece.box.height * 6 // 10


def _at_crest(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Hair that stands up grows out of the top of the head."""
    x = _middle(parent)
    return x, parent.top_between(x, across_head(parent) // 6) + piece.box.height * 5 // 10


def _at_eyes(piece: Piece, parent: Piece) -> tuple[int, int]:
    return _middle(parent), _eyes(parent) + (piece.box.height + 1) // 2


def _at_lobe(piece: Piece, parent: Piece) -> tuple[int, int]:
    """At the side of the head, below the eyes."""
    aside = across_head(parent) * 46 // 100
    return _middle(parent) + (-aside if parent.actor.mirror else aside), _eyes(parent) + piece.box.height


def _at_eye(piece: Piece, parent: Piece) -> tuple[int, int]:
    x, y = _at_eyes(piece, parent)
    aside = parent.face.width // 2 - parent.size * FACE // WHOLE if parent.face else 0
    return x + aside, y


def _at_mouth(piece: Piece, parent: Piece) -> tuple[int, int]:
    return _middle(parent), _eyes(parent) + parent.size * 13 // 100 + piece.box.height // 2


def _at_lips(piece: Piece, parent: Piece) -> tuple[int, int]:
    """With the end at the mouth, all else aside and below."""
    aside = piece.box.width * 42 // 100
    x, y = _at_mouth(piece, parent)
    return x + (aside if parent.actor.mirror else -aside), y + piece.box.height * 10 // 100


def _at_chin(piece: Piece, parent: Piece) -> tuple[int, int]:
    """A beard begins beside the mouth and hangs over the chest."""
    return _middle(parent), _eyes(parent) + parent.size * 5 // 100 + piece.box.height


def _at_nose(piece: Piece, parent: Piece) -> tuple[int, int]:
    return _middle(parent), _eyes(parent) + parent.size * 7 // 100 + piece.box.height


def _around(piece: Piece, parent: Piece) -> tuple[int, int]:
    """About the whole head."""
    return _middle(parent), _eyes(parent) + piece.box.height * 55 // 100


def _hooded(piece: Piece, parent: Piece) -> tuple[int, int]:
    """About the whole head, ears or spikes above it."""
    return _middle(parent), _eyes(parent) + piece.box.height * 45 // 100


def _at_collar(piece: Piece, parent: Piece) -> tuple[int, int]:
    """From the neck up and backwards, as if somebody beyond the picture's edge held it."""
    x, y = _neck(parent)
    aside = piece.box.width // 2
    return x + (-aside if parent.actor.mirror else aside), y


def _at_nape(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Behind the head, down to the shoulders."""
    return _middle(parent), _eyes(parent) + piece.box.height * 62 // 100


def _about_face(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Behind the head, at all its sides but the lower one."""
    return _middle(parent), _eyes(parent) + piece.box.height * 36 // 100


def _over(piece: Piece, parent: Piece) -> tuple[int, int]:
    """In the air over the head."""
    x = _middle(parent)
    return x, parent.top_between(x, across_head(parent) // 6) - max(1, parent.size // 40)


def _at_cheeks(piece: Piece, parent: Piece) -> tuple[int, int]:
    """At both sides of the face, from the eyes down."""
    return _middle(parent), _eyes(parent) + piece.box.height


def _on_cheeks(piece: Piece, parent: Piece) -> tuple[int, int]:
    """At both sides of the mouth, below the eyes."""
    return _middle(parent), _eyes(parent) + parent.size * 11 // 100 + piece.box.height // 2


def _at_nostril(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Below where a nose is, over the mouth."""
    return _middle(parent), _eyes(parent) + parent.size * 14 // 100


def _at_leg(piece: Piece, parent: Piece) -> tuple[int, int]:
    """In one leg's place."""
    aside = parent.size * 10 // 100
    return parent.box.center + (-aside if parent.actor.mirror else aside), parent.box.bottom


def _at_brow(piece: Piece, parent: Piece) -> tuple[int, int]:
    return _middle(parent), _eyes(parent) - parent.size * 6 // 100


def _at_neck(piece: Piece, parent: Piece) -> tuple[int, int]:
    x, y = _neck(parent)
    return x, y + piece.box.height * 80 // 100


def _at_chest(piece: Piece, parent: Piece) -> tuple[int, int]:
    x, y = _neck(parent)
    return x, y + piece.box.height


def _at_hips(piece: Piece, parent: Piece) -> tuple[int, int]:
    return parent.box.center, parent.box.bottom - parent.size // 16


def _behind(piece: Piece, parent: Piece) -> tuple[int, int]:
    if parent.actor.drawing.faces == "left" and parent.has("back"):
        x, y = parent.at("back")
        return x, y + piece.box.height * 22 // 100
    x, y = _neck(parent)
    return x, min(parent.box.bottom, y + piece.box.height * 8 // 10)


def _on_back(piece: Piece, parent: Piece) -> tuple[int, int]:
    """Behind whoever looks at us, so far to the side that it is seen; on the back of what looks aside."""
    if parent.has("back"):
        x, y = parent.at("back")
        return x, y + parent.size // 12
    x, y = _neck(parent)
    aside = parent.box.width * 34 // 100
    return x + (-aside if parent.actor.mirror else aside), y + piece.box.height * 7 // 10


def _at_feet(piece: Piece, parent: Piece) -> tuple[int, int]:
    aside = max(piece.box.width // 2, parent.box.width // 5)
    return parent.box.center + (aside if piece.actor.number % 2 else -aside), parent.box.bottom


def _at_hand(piece: Piece, parent: Piece) -> tuple[int, int]:
    x, y = parent.at("hand") if parent.has("hand") else (parent.box.left, parent.box.top + parent.box.height * 7 // 10)
    return x, y + piece.box.height // 2


PARTS: dict[str, Callable[[Piece, Piece], tuple[int, int]]] = {
    "top": _at_top,
    "ears-up": _at_crown,
    "crest": _at_crest,
    "eyes": _at_eyes,
    "ears": _at_eyes,
    "lobe": _at_lobe,
    "eye": _at_eye,
    "mouth": _at_mouth,
    "lips": _at_lips,
    "chin": _at_chin,
    "nose": _at_nose,
    "brow": _at_brow,
    "hooded": _hooded,
    "cheeks": _at_cheeks,
    "blush": _on_cheeks,
    "nape": _at_nape,
    "mane": _about_face,
    "collar": _at_collar,
    "over": _over,
    "nostril": _at_nostril,
    "leg": _at_leg,
    "around": _around,
    "neck": _at_neck,
    "chest": _at_chest,
    "hips": _at_hips,
    "behind": _behind,
    "back": _on_back,
    "feet": _at_feet,
    "hand": _at_hand,
}
