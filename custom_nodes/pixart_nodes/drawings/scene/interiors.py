"""Rooms: the grounds of places within walls, by what stands at these."""

from __future__ import annotations

from .terrain import Ground, Row

WINDOW = Row(("window",), 34, every=130, down=-22, haze=26)


def _interior(
    air: str, land: str, behind: tuple[Row, ...], beside: tuple[str, ...], size: int, wall: str = "plain"
) -> Ground:
    """A room by what stands at its walls, so large, and the colours of its walls and boards."""
    sides = Row(beside, size, down=4, haze=16, at_sides=True)
    return Ground((air,), wall, land, "boards", 20, behind=behind, beside=(sides,), is_open=False)


INTERIORS = {
    "bedroom": _interior("#d8cfe6", "#b99a78", (WINDOW,), ("bed", "wardrobe"), 66, "stripes"),
    "library": _interior("#c9a37c", "#8f6a4c", (Row(("bookshelf",), 50, 44, 2, 30),), ("bookshelf",), 78),
    "bathroom": _interior("#cfe6ea", "#a9c4cc", (WINDOW,), ("bathtub", "toilet"), 54, "tiles"),
    "classroom": _interior("#e4e0c8", "#c49a6c", (Row(("chalkboard",), 46, 130, -10, 16),), ("desk", "globe"), 44),
    "tavern": _interior("#b58a62", "#7d5a40", (Row(("window",), 28, 64, -24, 34),), ("barrel", "table"), 44, "stripes"),
    "laboratory": _interior(
        "#cfdde2", "#a7b4bd", (Row(("potion shelf",), 40, 90, -14, 30),), ("microscope", "computer"), 42
    ),
    "stage": _interior("#6a3340", "#a8744a", (), ("curtain",), 108, "stripes"),
    "gym": _interior("#d7dbe0", "#8c93a0", (WINDOW,), ("dumbbell", "treadmill"), 46),
    "museum": _interior("#e6dfd2", "#bfae98", (Row(("picture frame",), 32, 44, -22, 16),), ("pillar",), 78),
    "bakery": _interior("#efdcc2", "#b98d62", (Row(("bread shelf",), 48, 50, -6, 12),), ("counter",), 42),
    "cafe": _interior(
        "#d9b893", "#8f6a4c", (Row(("window", "menu board"), 36, 56, -18, 10),), ("round table", "counter"), 44
    ),
    "hospital": _interior(
        "#d5e8e6",
        "#a9c1c6",
        (Row(("window", "medical poster"), 32, 60, -20, 12),),
        ("bed", "heart monitor"),
        50,
        "tiles",
    ),
    "shop": _interior("#dfe3cf", "#b99a78", (Row(("shop shelf",), 48, 50, -6, 14),), ("counter", "barrel"), 42),
    "workshop": _interior("#c9b598", "#8d7a66", (Row(("tool wall",), 46, 52, -12, 8),), ("crate", "barrel"), 34),
    "smithy": _interior(
        "#8d7b74", "#6b5a54", (Row(("fireplace",), 54, 120, 2, 10),), ("anvil", "barrel"), 36, "blocks"
    ),
    "spaceship": _interior(
        "#8f9bb5", "#6f7a95", (Row(("space window",), 40, 56, -16, 10),), ("control panel",), 46, "panels"
    ),
    "hall": _interior("#b4adc2", "#a4505a", (Row(("banner",), 40, 60, -18, 10),), ("pillar",), 84, "blocks"),
}
