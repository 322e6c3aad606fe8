"""Colour words as colours of a drawing's roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import traits
from .inflection import singulars

if TYPE_CHECKING:
    from .marks import Mark

NEVER_SECOND = ("skin", "hair", "shoe", "glass", "window", "wheel", "eye", "stem", "hoof", "water")
NEVER_SECOND = (*NEVER_SECOND, "pole", "post", "handle", "grip", "trunk", "string", "cork", "stick")
SECONDS = "edge stripe stripes spot tip trim"  # roles of what a part has in a second colour
SHINE = "glow"  # the colour of what glows in no other one
RAINBOW = "rainbow"  # a word for many colours
HAIR = "hair"  # the role of it
EYE, EYES = "eye", "eyes"  # among the roles that a word may mean; and the role of all pupils
SKIN = {"black": "#6f452f", "brown": "#a8683f", "dark brown": "#6f452f", "white": "skin", "tan": "#c98a5c"}
SKIN_OF = {"person", "woman", "boy", "girl", "baby", "old man", "old woman"}  # whose colour is that of their skin
GEMS = {"emerald", "ruby", "sapphire", "diamond", "amethyst", "topaz", "pearl", "jade", "opal", "onyx", "turquoise"}
GEMS |= {"aquamarine", "amber", "crystal"}  # whose colours are those of a jewel's stone
STONES = ("gem", "ruby", "emerald", "sapphire", "amethyst", "topaz", "diamond", "pearl", "crystal")  # drawings of them
SET_IN = "gem orb"  # roles of what a stone is set in
MATERIALS = {"leather", "denim", "wood", "wooden", "oak", "metal", "metallic", "iron", "steel", "stone", "marble"}
MATERIALS |= {"cardboard", "glass", "brick", "velvet", "wool", "paper", "plastic", "chrome", "tin", "bronze", "brass"}
MATERIALS |= {"clay"}
# colour words that beside a colour say only what something is made of
ROBE, ARMOR = "robe", "armor"
OVER = {"dress": "dress", "gown": "dress", "robe": ROBE, "robes": ROBE, "armor": ARMOR, "armour": ARMOR}
OVER |= {"raincoat": "raincoat", "rain coat": "raincoat"}
OVER |= {"plate armor": ARMOR, "plate armour": ARMOR}  # words for what covers the clothes below, and its drawing
USUAL_COLORS = {"armor": "steel", "tights": "leaf", "leggings": "purple", "jeans": "blue"}
# of garments where no colour is named


def whole(name: str, colors: list[str], *, clothes: bool = False) -> dict[str, str]:
    """Colours of a drawing's roles for "a red …" or "a black and white …", of people's clothes alone if wanted."""
    drawing = traits.drawing(name)
    if colors[0] == SHINE and SHINE in drawing.roles.values():
        return {}  # a lantern glows by itself
    if name in SKIN_OF and colors[0] in SKIN and not clothes:
        return {"skin": SKIN[colors[0]]}
    first = drawing.main_role
    others = [role for role in drawing.painted if role not in (first, *NEVER_SECOND) and drawing.roles[role] != "glass"]
    if len(colors) > 1 and colors[1] == drawing.roles.get(first):
        colors = [colors[1], colors[0], *colors[2:]]  # a "black and yellow" bee is yellow
    return {role: color for role, color in zip([first, *others], colors, strict=False) if role}


def roles_of(mark: Mark) -> str:
    """The roles that a part, a garment or a thing may be on a drawing that has it, the likeliest first."""
    kinds = (mark.senses.get(kind, "") for kind in ("part", "garment"))
    return " ".join(filter(None, [*kinds, mark.word, *singulars(mark.word)]))


def role_of(name: str, candidates: str) -> str:
    """The first of the candidate roles, separated by spaces, that a drawing has; "" for none. Pupils are one of all."""
    roles = traits.drawing(name).roles
    pupils = EYES if EYE in candidates.split() and any(shape.is_eye for shape in traits.drawing(name).shapes) else ""
    return next((role for role in candidates.split() if role in roles), pupils)
