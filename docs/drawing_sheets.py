"""Contact sheets of drawings, for people who review them: with names, and without names but with numbers.

python docs/drawing_sheets.py FOLDER [--category animals] [--names cat,dog] [--size 32] [--zoom 5] [--seed 1]

Writes labelled.png and unlabelled.png, in which the drawings are enlarged and shuffled, key.txt with what the numbers
mean, and plain.png, in which they have their own size. `python docs/drawing_sheets.py` alone renews the documents'
pictures.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "custom_nodes"))

from pixart_nodes.drawings import library, recipe_text  # noqa: E402 (the pack has no installed name)
from pixart_nodes.drawings.recipe import Drawing  # noqa: E402
from pixart_nodes.drawings.rendering import render  # noqa: E402

BACKGROUND, LABEL, MARGIN = (128, 128, 132), 12, 6
WIDTH = 1500  # pixels of a sheet at most
EXAMPLE = "owl"  # of docs/DRAWINGS.md


def picture(drawing: Drawing, size: int, zoom: int = 1) -> Image.Image:
    """A drawing, enlarged."""
    return Image.fromarray(np.kron(render(drawing, size).pixels, np.ones((zoom, zoom, 1), np.uint8)))


def sheet(pictures: list[Image.Image], labels: list[str], label: int = LABEL) -> Image.Image:
    """Pictures of one size in rows, each with its label below."""
    side = pictures[0].width + MARGIN
    columns = max(1, min(len(pictures), WIDTH // side))
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * side + MARGIN, rows * (side + label) + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(page)
    for place, (each, text) in enumerate(zip(pictures, labels, strict=True)):
        x, y = MARGIN + place % columns * side, MARGIN + place // columns * (side + label)
        page.paste(each, (x, y), each)
        draw.text((x, y + each.height), text, fill="white")
    return page


def write(folder: Path, names: list[str], size: int, zoom: int, seed: int) -> None:
    """The sheets of some drawings."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {name: library.find(name) for name in names}
    large = {name: picture(drawing, size, zoom) for name, drawing in drawings.items()}
    sheet(list(large.values()), names).save(folder / "labelled.png")
    sheet([picture(each, size) for each in drawings.values()], [""] * len(names), 0).save(folder / "plain.png")
    random.Random(seed).shuffle(names)
    numbers = [str(number) for number in range(1, len(names) + 1)]
    sheet([large[name] for name in names], numbers).save(folder / "unlabelled.png")
    key = "".join(f"{number} {name}\n" for number, name in zip(numbers, names, strict=True))
    (folder / "key.txt").write_text(key, encoding="utf-8")


def steps(page: str) -> Image.Image:
    """The example of a page, as it grows from line to line."""
    recipe = re.search(rf"```text\n({EXAMPLE}: .*?)```", page, re.S)
    assert recipe, f"the page has no recipe of {EXAMPLE}"
    head, *lines = recipe[1].strip().splitlines()
    texts = ["\n".join([head, *lines[: number + 1]]) for number in range(len(lines))]
    drawings = [recipe_text.drawings(text)[EXAMPLE] for text in texts]
    return sheet([picture(each, 32, 4) for each in drawings], [str(number) for number in range(2, len(drawings) + 2)])


def documents() -> None:
    """The documents' pictures: how a drawing grows, and some of what there is."""
    gallery = ROOT / "docs" / "gallery"
    page = (ROOT / "docs" / "DRAWINGS.md").read_text(encoding="utf-8")
    steps(page).quantize(64).save(gallery / "drawing-steps.png", optimize=True)
    names = [name for category in library.built_in().categories() for name in library.built_in().names(category)]
    pictures = [picture(library.find(name), 32) for name in names]
    sheet(pictures, [""] * len(names), 0).quantize(256).save(gallery / "drawings.png", optimize=True)


def main() -> None:
    """Write the sheets of a category, of named drawings, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--category", default="")
    parser.add_argument("--names", default="", help="separated by commas; kits and variants too")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--zoom", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the order in the unlabelled sheet")
    given = parser.parse_args()
    if given.folder is None:
        documents()
        return
    names = [name.strip() for name in given.names.split(",") if name.strip()]
    write(given.folder, names or library.built_in().names(given.category), given.size, given.zoom, given.seed)


if __name__ == "__main__":
    main()
