"""The places that a picture may show: one entry each.

Lengths are percents of the picture's smaller side, so that a place fits every shape. Colours are paler than those of
drawings, so that what the picture is about stands out from them.
"""

from __future__ import annotations

from dataclasses import replace

from .interiors import INTERIORS
from .terrain import Ground, Medium, Ridge, Row

CLOUDS = Row(("cloud",), 24, every=74, down=-46, haze=55)
PLAIN = "plain"
NONE = "none"

GROUNDS: dict[str, Ground] = {
    "meadow": Ground(
        land="#97cb78",
        floor="tufts",
        behind=(CLOUDS, Ridge("hills", "#b4d9a6", 12), Row(("bush", "tree"), 22, every=44, down=2, haze=48)),
        beside=(Row(("tree",), 54, down=6, haze=26, at_sides=True),),
    ),
    "forest": Ground(
        land="#86ae66",
        floor="tufts",
        behind=(Ridge("hills", "#a9cbb0", 26, every=34), Row(("pine", "tree"), 50, every=30, down=3, haze=56)),
        beside=(Row(("pine", "tree"), 74, down=10, haze=24, at_sides=True),),
    ),
    "forest path": Ground(
        land="#86ae66",
        floor="tufts",
        path="#cdb98c",
        behind=(Ridge("hills", "#a9cbb0", 26, every=34), Row(("tree", "pine"), 50, every=30, down=3, haze=50)),
        beside=(Row(("tree",), 74, down=10, haze=20, at_sides=True),),
    ),
    "beach": Ground(
        land="#f0dcaa",
        floor="grains",
        water="#74bfe0",
        depth=34,
        behind=(CLOUDS,),
        beside=(Row(("palm",), 66, down=22, haze=18, at_sides=True),),
    ),
    "desert": Ground(
        land="#efd6a0",
        floor="drifts",
        behind=(Ridge("hills", "#e7c58c", 14, every=80), Ridge("hills", "#ebcd95", 7, every=50)),
        beside=(Row(("cactus/desert", "rock"), 34, down=10, haze=22, at_sides=True),),
    ),
    "oasis": Ground(
        land="#efd6a0",
        floor="drifts",
        depth=34,
        behind=(Ridge("hills", "#e7c58c", 16, every=80), Ridge("hills", "#ebcd95", 8, every=50)),
        beside=(Row(("puddle",), 46, every=56, down=26, haze=16), Row(("palm",), 60, down=20, haze=18, at_sides=True)),
    ),
    "snow": Ground(
        land="#e6eef5",
        floor="drifts",
        behind=(Ridge("hills", "#cfdeea", 18, every=60), Row(("pine/snowy",), 34, every=34, down=2, haze=46)),
        beside=(Row(("pine/snowy",), 60, down=8, haze=22, at_sides=True),),
    ),
    "frozen lake": Ground(
        land="#a8d8ee",
        floor="cracks",
        depth=38,
        is_snowy=True,
        behind=(Ridge("hills", "#dfe9f1", 16, every=60), Row(("pine/snowy",), 30, every=34, down=2, haze=36)),
    ),
    "mountains": Ground(
        land="#9fc088",
        floor="tufts",
        behind=(
            CLOUDS,
            Ridge("peaks", "#b4bfd6", 62, every=70, cap="#eef3f8"),
            Ridge("peaks", "#9aa8c3", 30, every=46, cap="#d9e2ee"),
        ),
        beside=(Row(("pine",), 38, down=6, haze=28, at_sides=True),),
    ),
    "sea": Ground(
        land="#63aedb",
        floor="waves",
        depth=40,
        behind=(CLOUDS, Row(("island",), 24, every=120, down=3, haze=60)),
        medium=Medium.SURFACE,
    ),
    "harbor": Ground(
        land="#63aedb",
        floor="waves",
        depth=34,
        behind=(
            CLOUDS,
            Ridge("hills", "#a9cf9f", 12, every=50),
            Row(("house/tall", "house", "house/other", "house/brick", "lighthouse"), 24, every=21, down=2, haze=34),
        ),
        beside=(Row(("sailboat/small",), 36, every=44, down=16, haze=24),),
        medium=Medium.SURFACE,
    ),
    "quay": Ground(
        land="#b9a58c",
        floor="boards",
        water="#63aedb",
        depth=30,
        behind=(CLOUDS,),
        beside=(Row(("sailboat/small",), 40, down=14, haze=22, at_sides=True),),
    ),
    "lake": Ground(
        land="#6fb6c9",
        floor="waves",
        depth=40,
        behind=(CLOUDS, Ridge("hills", "#a9cf9f", 16, every=44), Row(("pine", "tree", "bush"), 30, 26, 3, 44)),
        beside=(Row(("cattail",), 34, down=8, haze=18, at_sides=True),),
        medium=Medium.SURFACE,
    ),
    "lakeside": Ground(
        land="#97cb78",
        floor="tufts",
        water="#7cc0d6",
        depth=34,
        behind=(CLOUDS, Ridge("hills", "#a9cf9f", 16, every=44), Row(("pine", "tree"), 28, 26, 2, 48)),
        beside=(Row(("cattail",), 40, down=20, haze=18, at_sides=True),),
    ),
    "underwater": Ground(
        air=("#7fd0e2", "#66bddb", "#4fa8d0", "#4094c2"),
        land="#a9c7b8",
        floor="grains",
        depth=10,
        behind=(Ridge("hills", "#4a9cc4", 26, every=56),),
        beside=(Row(("seaweed", "coral"), 38, down=6, haze=34, at_sides=True),),
        medium=Medium.DEEP,
        is_open=False,
    ),
    "sky": Ground(
        behind=(
            Row(("cloud",), 30, every=64, down=-56, haze=60),
            Row(("cloud",), 46, every=84, down=-16, haze=50),
            Row(("cloud",), 62, every=70, down=22, haze=36),
        ),
        medium=Medium.AIR,
    ),
    "space": Ground(
        air=("#15163a", "#1a1b45", "#212150", "#2b285c"),
        behind=(Row(("planet", "mars", "full moon"), 26, every=110, down=-40, haze=30),),
        medium=Medium.AIR,
        is_open=False,
        has_stars=True,
    ),
    "city": Ground(
        land="#b7b9c2",
        floor="flags",
        depth=22,
        behind=(CLOUDS, Ridge("roofs", "#b3c0d6", 64, every=15), Ridge("roofs", "#95a4c0", 40, every=19)),
    ),
    "street": Ground(
        land="#9a9ca6",
        floor="asphalt",
        depth=22,
        behind=(Ridge("roofs", "#b9c4d6", 40, every=18), Row(("house", "shop", "house/tall"), 50, 46, 1, 40)),
        beside=(Row(("street lamp",), 66, down=4, haze=16, at_sides=True),),
    ),
    "village": Ground(
        land="#a3cb80",
        floor="tufts",
        path="#d9c69a",
        behind=(CLOUDS, Ridge("hills", "#bbdcab", 14), Row(("house", "cabin", "church", "house/tall"), 42, 44, 2, 38)),
    ),
    "castle": Ground(
        land="#9cc47f",
        floor="tufts",
        path="#d3c2a0",
        behind=(Ridge("hills", "#b5d3a6", 14), Row(("castle",), 80, every=86, down=3, haze=44)),
    ),
    "dungeon": Ground(
        air=("#6f6b86",),
        wall="blocks",
        land="#837d93",
        floor="flags",
        beside=(
            Row(("torch",), 30, down=-28, haze=0, at_sides=True),
            Row(("skull", "chain", "bone"), 20, down=8, haze=30, at_sides=True),
        ),
        is_open=False,
    ),
    "cave": Ground(
        air=("#5f586e", "#6a6277", "#766d80"),
        wall="cracks",
        land="#8b8089",
        floor="cracks",
        behind=(Ridge("teeth", "#4f495e", 26, every=20), Ridge("hills", "#807786", 12, every=24)),
        beside=(Row(("crystal", "rock"), 28, down=8, haze=24, at_sides=True),),
        is_open=False,
    ),
    "room": Ground(
        air=("#e9d8bd",),
        wall="stripes",
        land="#c49a6c",
        floor="boards",
        depth=20,
        behind=(Row(("window", "picture frame"), 34, every=70, down=-22, haze=26),),
        beside=(Row(("flower pot", "lamp"), 34, down=3, haze=26, at_sides=True),),
        is_open=False,
    ),
    "kitchen": Ground(
        air=("#d6e4e2",),
        wall="tiles",
        land="#d9d2c4",
        floor="checks",
        depth=20,
        behind=(Row(("window",), 32, every=120, down=-24, haze=30),),
        beside=(Row(("refrigerator", "oven"), 56, down=4, haze=32, at_sides=True),),
        is_open=False,
    ),
    "garden": Ground(
        land="#9ccd7c",
        floor="tufts",
        behind=(CLOUDS, Row(("bush",), 28, every=30, down=1, haze=46), Row(("fence",), 26, 26, 5, 40)),
        beside=(Row(("flower", "tulip", "sunflower"), 30, down=16, haze=18, at_sides=True),),
    ),
    "farm": Ground(
        land="#b4c878",
        floor="tufts",
        path="#d6bf8a",
        behind=(
            CLOUDS,
            Ridge("hills", "#c9d79b", 10),
            Row(("barn", "windmill"), 46, 88, 2, 36),
            Row(("fence",), 20, 20, 6, 42),
        ),
        beside=(Row(("wheat",), 34, down=12, haze=22, at_sides=True),),
    ),
    "swamp": Ground(
        air=("#9fb3a0", "#aebfa6", "#bdcbad", "#ccd7b7"),
        land="#8a9c6c",
        floor="waves",
        behind=(Ridge("hills", "#93a98f", 22, every=28), Row(("willow", "dead tree"), 44, 46, 4, 52)),
        beside=(Row(("dead tree", "grass"), 56, down=10, haze=26, at_sides=True),),
    ),
    "volcano": Ground(
        air=("#6d4a66", "#955a66", "#be7264", "#e0986c"),
        land="#86747a",
        floor="cracks",
        behind=(Ridge("hills", "#8f6a72", 10, every=30), Row(("volcano",), 66, every=100, down=3, haze=34)),
        beside=(Row(("rock",), 28, down=10, haze=18, at_sides=True),),
        is_open=False,
    ),
    "graveyard": Ground(
        air=("#8f98b4", "#a2a9c0", "#b5bbcc", "#c9ced9"),
        land="#93a587",
        floor="tufts",
        behind=(Ridge("hills", "#a3aebd", 14, every=36), Row(("tombstone", "tombstone", "fence"), 24, 30, 4, 40)),
        beside=(Row(("dead tree", "tombstone"), 50, down=8, haze=28, at_sides=True),),
    ),
    "jungle": Ground(
        air=("#8cc9a8", "#a2d6ae", "#b9e2b6", "#d0edc3"),
        land="#7fae66",
        floor="tufts",
        behind=(Ridge("hills", "#93c39c", 34, every=24), Row(("palm", "bamboo", "tree"), 54, 34, 4, 54)),
        beside=(Row(("palm", "bush"), 66, down=12, haze=24, at_sides=True),),
    ),
    "road": Ground(
        land="#a9cb86",
        floor="tufts",
        path="#a2a4ae",
        behind=(CLOUDS, Ridge("hills", "#bcd9aa", 12), Row(("tree", "bush"), 24, 52, 3, 46)),
    ),
    "moon": Ground(
        air=("#15163a", "#1a1b45", "#212150", "#2b285c"),
        land="#b4b6c6",
        floor="drifts",
        behind=(Row(("earth",), 26, every=150, down=-46, haze=12), Ridge("hills", "#8f91a8", 14, every=46)),
        beside=(Row(("rock",), 26, down=10, haze=18, at_sides=True),),
        is_open=False,
        has_stars=True,
    ),
    "mars": Ground(
        air=("#e6ac84", "#ebba95", "#f0c8a7", "#f5d6ba"),
        land="#cf7a50",
        floor="drifts",
        behind=(Ridge("peaks", "#d9936c", 26, every=64), Ridge("hills", "#bf6d48", 12, every=44)),
        beside=(Row(("rock",), 28, down=10, haze=22, at_sides=True),),
        is_open=False,
    ),
    "planet": Ground(
        air=("#463b82", "#63509a", "#9270b2", "#c795c4"),
        land="#74b8a4",
        floor="grains",
        behind=(Row(("planet",), 30, every=130, down=-44, haze=26), Ridge("peaks", "#7d66a8", 30, every=52)),
        beside=(Row(("crystal", "rock"), 32, down=10, haze=22, at_sides=True),),
        is_open=False,
        has_stars=True,
    ),
    PLAIN: Ground(air=("#cfd8e6",), land="#b9c4d6", depth=8, is_open=False),
    "alley": Ground(
        land="#8f8f9a",
        floor="flags",
        depth=26,
        behind=(Ridge("roofs", "#a9b1c4", 40, every=18), Row(("house/tall", "shop"), 56, 60, 1, 34)),
        beside=(
            Row(("skyscraper",), 124, down=8, haze=14, at_sides=True),
            Row(("trash can", "crate"), 24, down=16, haze=8, at_sides=True),
        ),
    ),
    "neon city": Ground(
        land="#b08ad0",
        floor="flags",
        depth=26,
        behind=(
            Ridge("roofs", "#c49ae0", 66, every=15),
            Ridge("roofs", "#9a74c4", 46, every=19),
            Row(("neon banner", "neon board"), 34, every=36, down=-12, haze=0),
        ),
        beside=(Row(("neon tower",), 110, down=6, haze=0, at_sides=True),),
    ),
}
GROUNDS |= INTERIORS
GROUNDS |= {  # others with something in them
    "lavender field": replace(
        GROUNDS["meadow"],
        land="#a78fd0",
        behind=(CLOUDS, Ridge("hills", "#b4d9a6", 12), Row(("lavender",), 18, every=13, down=4, haze=18)),
    ),
    "desert road": replace(GROUNDS["desert"], path="#8f8f9a"),
    "mountain road": replace(GROUNDS["mountains"], path="#a2a4ae"),
}

# Backdrops of the plain ground: wall and floor. The one that is least like the subject is taken.
BACKDROPS = (
    ("#c3dcea", "#a5c6da"),
    ("#cfe3c6", "#b2cfa8"),
    ("#f1e3b8", "#ddc996"),
    ("#f0cfc4", "#dcb1a6"),
    ("#d9cdea", "#bfb1d6"),
    ("#c2e2dc", "#a2cac4"),
    ("#5d6f96", "#4d5d82"),
    ("#e8e4dc", "#cfc8bd"),
)
DUSK = ("#3b4266", "#2f3555")  # the same about what glows
