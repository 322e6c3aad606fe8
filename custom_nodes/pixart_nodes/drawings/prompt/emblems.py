"""Pictures on things: emblems of shields and flags, prints of shirts, signs of shops."""

from __future__ import annotations

from . import traits

EMBLEMS = {"animals", "birds", "sea", "reptiles", "insects", "plants", "food", "faces", "fantasy", "instruments"}
# categories of what is painted on shields, flags and shirts
EMBLEMS_TOO = {"star", "moon", "full moon", "sun", "heart", "crown", "skull", "anchor", "lightning", "fire", "key"}
EMBLEMS_TOO |= {"sword", "rocket", "rainbow", "snowflake", "gem", "eye", "hand", "skull and crossbones", "potion"}
EMBLEMS_TOO |= {"bitcoin", "ethereum"}
EMBLEMS_TOO |= {"book", "tree", "mountain", "planet", "dice", "gear", "clover", "teddy bear", "doll", "bone"}
PRINTED = {
    "shield",
    "flag",
    "shirt",
    "sweater",
    "hoodie",
    "robe",
    "kimono",
    "sign",
    "picture frame",
    "tombstone",
    "backpack",
}
PRINTED |= {"book", "magic book", "cardboard box", "crate", "kite", "balloon", "shop", "stall", "truck", "television"}
PRINTED |= {"computer", "laptop", "smartphone", "coin", "medal", "carpet", "pillow", "bag", "jar", "vase", "dress"}
PRINTED |= {"jacket", "cape", "purse", "suitcase", "gift", "letter", "tapestry", "banner", "stained glass"}
PRINTED |= {"ice cream truck", "food truck", "lunchbox", "vest", "apron", "lantern", "hot air balloon"}
PRINTED |= {"drum", "barrel", "playing card", "rocket"}
# drawings that are flat enough to show an emblem
PRINTED_BUT_FOOD = {"cup", "plate", "bowl", "cookie", "egg"}
PRINTED |= {"skirt", "pajamas", "tie", "bandana", "towel", "blanket", "spaceship", "surfboard", "skateboard"}
CLOTHLIKE = ("flag", "banner", "shield", "tapestry")  # what nothing lies on


def is_emblem(one: str, other: str) -> bool:
    """Whether a thing on another, or before it in one noun, is a picture upon it: "crab shield", "cranes on a robe"."""
    category, other = traits.drawing(one).category, other.partition("/")[0]
    printed = other in PRINTED or (other in PRINTED_BUT_FOOD and category != "food")
    return printed and (category in EMBLEMS or one in EMBLEMS_TOO) and one != other


def is_printed(one: str, other: str, link: str) -> bool:
    """Whether something "with" or "on" a thing is a picture upon it, rather than beside it or lying there."""
    other = other.partition("/")[0]
    flat = (
        CLOTHLIKE
        if link == "on"
        else (
            *CLOTHLIKE,
            "sign",
            "kite",
            "carpet",
            "pillow",
            "book",
            "surfboard",
            "coin",
            "medal",
            "playing card",
            "letter",
        )
    )
    return (traits.is_worn(other) or other in flat) and is_emblem(one, other)
