"""The documents' pictures of scenes: one of each place, then relations, times, weathers and styles; and 300 prompts.

python docs/scene_sheet.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "custom_nodes"))

from pixart_nodes.drawings.brief import Brief, Relation, Subject  # noqa: E402 (the pack has no installed name)
from pixart_nodes.drawings.prompt import read  # noqa: E402
from pixart_nodes.drawings.scene import paint  # noqa: E402
from pixart_nodes.drawings.scene.ground import GROUNDS  # noqa: E402

GALLERY = ROOT / "docs" / "gallery"
PROMPTS = GALLERY / "prompts.txt"  # one a line, in the order of the sheet, 20 in a row
SIDE, GAP, COLUMNS, ZOOM = 48, 2, 14, 2
LIGHT = (128, 128, 132)
FITTING = {
    "harbor": "ship",
    "sea": "sailboat",
    "underwater": "fish",
    "sky": "airplane",
    "space": "rocket",
    "road": "car",
    "farm": "cow",
}
FITTING |= {"moon": "astronaut", "mars": "moon rover", "planet": "alien"}
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
    ("crab", Relation.SHOWN, "shield", "room"),
    ("parrot", Relation.PERCHED, "pirate", "beach"),
    ("heart", Relation.MARKING, "penguin", "frozen lake"),
    ("girl", Relation.LEADING, "dog", "meadow"),
    ("grass", Relation.AROUND, "rabbit", "meadow"),
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
    weathers = [
        Brief((_subject("fox"),), ground="forest", weather=each)
        for each in ("rain", "snow", "fog", "storm", "sandstorm")
    ]
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
    return _page([paint(brief, SIDE, SIDE, seed=3).pixels for brief in briefs()], COLUMNS, ZOOM)


def prompts() -> Image.Image:
    """What the prompts of PROMPTS draw, each with its number for a seed."""
    lines = PROMPTS.read_text(encoding="utf-8").splitlines()
    pictures = [paint(read(line, seed=seed), SIDE, SIDE, seed=seed).pixels for seed, line in enumerate(lines)]
    return _page(pictures, 20, 1)


def _page(pictures: list[NDArray[np.uint8]], columns: int, zoom: int) -> Image.Image:
    """Pictures of SIDE pixels in rows, on grey."""
    step = SIDE + GAP
    rows = -(-len(pictures) // columns)
    page = np.full((rows * step + GAP, columns * step + GAP, 3), LIGHT, np.uint8)
    for place, picture in enumerate(pictures):
        y, x = GAP + place // columns * step, GAP + place % columns * step
        shown = picture[..., 3] > 0
        page[y : y + SIDE, x : x + SIDE][shown] = picture[shown][:, :3]
    return Image.fromarray(page.repeat(zoom, axis=0).repeat(zoom, axis=1))


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GALLERY
    for name, page in (("scenes", sheet()), ("prompts", prompts())):
        page.quantize(256, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
