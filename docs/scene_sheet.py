"""The documents' picture of scenes: one of each place, then relations, times, weathers and styles.

python docs/scene_sheet.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "custom_nodes"))

from pixart_nodes.drawings.brief import Brief, Relation, Subject  # noqa: E402 (the pack has no installed name)
from pixart_nodes.drawings.scene import paint  # noqa: E402
from pixart_nodes.drawings.scene.ground import GROUNDS  # noqa: E402

SHEET = ROOT / "docs" / "gallery" / "scenes.png"
SIDE, GAP, COLUMNS, ZOOM = 48, 2, 14, 2
LIGHT = (128, 128, 132)
FITTING = {"sea": "sailboat", "underwater": "fish", "sky": "airplane", "space": "rocket", "road": "car", "farm": "cow"}
OTHERS = ("fox", "knight", "rabbit", "robot", "cat", "dragon", "witch")
PAIRS = (
    ("cat", Relation.ON, "sofa", "room"),
    ("cat", Relation.UNDER, "table", "kitchen"),
    ("flower", Relation.IN, "vase", "room"),
    ("cat", Relation.BESIDE, "dog", "garden"),
    ("ghost", Relation.BEHIND, "tombstone", "graveyard"),
    ("knight", Relation.BEFORE, "castle", "meadow"),
    ("moon", Relation.ABOVE, "house", "village"),
    ("viking", Relation.HOLDING, "axe", "snow"),
    ("frog", Relation.WEARING, "crown", "swamp"),
    ("knight", Relation.RIDING, "horse", "desert"),
)


def briefs() -> list[Brief]:
    """What the sheet shows, from the first row to the last."""
    places = [
        Brief((_subject(FITTING.get(name, OTHERS[number % len(OTHERS)])),), ground=name)
        for number, name in enumerate(GROUNDS)
    ]
    pairs = [
        Brief((Subject(one, one, relation=relation, other=1), _subject(other)), ground=ground)
        for one, relation, other, ground in PAIRS
    ]
    times = [Brief((_subject("fox"),), ground="forest", time=time) for time in ("night", "sunset", "dawn")]
    weathers = [Brief((_subject("fox"),), ground="forest", weather=each) for each in ("rain", "snow", "fog", "storm")]
    several = [
        Brief((Subject("mouse", "mice", count=12),)),
        Brief((_subject("mouse"), _subject("elephant")), ground="desert"),
        Brief((_subject("sun"), _subject("unicorn")), ground="meadow"),
    ]
    styles = [Brief((_subject("dragon"),), style=style) for style in ("outline", "monochrome")]
    return [*places, *pairs, *times, *weathers, *several, *styles, Brief(sign="words")]


def _subject(name: str) -> Subject:
    return Subject(name, name)


def sheet() -> Image.Image:
    """All of them in rows, enlarged."""
    pictures = [paint(brief, SIDE, SIDE, seed=3).pixels for brief in briefs()]
    step = SIDE + GAP
    rows = -(-len(pictures) // COLUMNS)
    page = np.full((rows * step + GAP, COLUMNS * step + GAP, 3), LIGHT, np.uint8)
    for place, picture in enumerate(pictures):
        y, x = GAP + place // COLUMNS * step, GAP + place % COLUMNS * step
        page[y : y + SIDE, x : x + SIDE] = picture[..., :3]
    return Image.fromarray(page.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1))


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else SHEET
    sheet().quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
