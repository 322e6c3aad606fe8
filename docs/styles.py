"""The editor's five styles on twenty pictures, as they were before the picture was looked at first and as they are.

python docs/styles.py

It needs a ComfyUI, which `pixart make` starts, and the pictures that scikit-image brings (benchmarks/peers.txt). It
writes docs/STYLES.md and its pictures.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "custom_nodes")]

from benchmarks import eye, report  # noqa: E402  # the path comes first
from benchmarks.kinds_cartoons import FLAT  # noqa: E402
from benchmarks.pictures import photo  # noqa: E402
from benchmarks.sketch_drawings import drawing  # noqa: E402
from bridge.adapters.styling import STYLES  # noqa: E402

RGB = NDArray[np.uint8]
SIDE, ART = 512, 64  # pixels of a side: of a source, and of what is made of it
CELL, GAP, LABEL = 128, 4, 14  # of the sheets, in pixels
BEFORE, AFTER = "pixelate@1", "pixelate@2"  # the first treats everything as a photograph
PAGE, GALLERY = ROOT / "docs" / "STYLES.md", ROOT / "docs" / "gallery"
PHOTOS = ("astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina", "immunohistochemistry", "camera")
SAMPLES = ROOT / "custom_nodes" / "pixart_nodes" / "samples"
KINDS_OF_LINES = ("shapes", "coloured lines", "light on dark", "pencil", "brush")


TEXT = f"""# The editor's five styles, on twenty pictures

Each style as it was while every picture was treated as a photograph (`{BEFORE}`), and as it is since pictures are
looked at first (`{AFTER}`): {ART} x {ART} pixels, twice as large here.

## Drawings

![ten drawings in five styles](gallery/styles-drawings.png)

Lines stay whole and closed, and fills stay plain, where speckles cut both. Only flat cartoons in few colours have a
pattern, where two colours that touch would have become one: the belly of the animal, hills in four greys. In lines and
fills `pixel-modern` changes least, since it never dithered; its lines are one colour now. `high-detail` keeps every
colour, of which its cube of 64 missed most. What four or eight colours can't show is lost in both: the tree, which is
shaded like a photograph, is treated as one.

## Photographs

![ten photographs and paintings in five styles](gallery/styles-photographs.png)

Photographs are dithered as before, by half the error, and shapes read best in `retro-16bit` and `low-res`; in
`retro-8bit` skin and fruit turn brown and grey, since its eight colours have no red. `pixel-modern` is posterized on
purpose. `high-detail` keeps skin, sky and greys, where the cube made skin white and grey pink.

## In figures

S-CIELAB between a picture and what a style makes of it, shown as large; mean of ten, less is nearer. It knows
nothing of shapes: speckles that mix a colour from afar count as near, a plain area in the nearest colour of four as
far.

TABLE

Made by `python docs/styles.py`; the photographs are the public-domain ones of scikit-image.
"""
Pictures = dict[str, Image.Image]


def drawings() -> Pictures:
    """Ten sketches and cartoons: one by hand, the others made from curves."""
    lines = {f"{kind} with lines": drawing(kind, seed=40, side=SIDE, stroke=10).picture for kind in KINDS_OF_LINES}
    flat = {name: paint(np.random.default_rng(60), SIDE) for name, paint in FLAT.items()}
    return {"tree": _square(ROOT / "examples" / "tree.png")} | {
        name: Image.fromarray(pixels) for name, pixels in (lines | flat).items()
    }


def photos() -> Pictures:
    """Ten photographs and paintings."""
    ours = {name: _square(SAMPLES / f"pixart_{name}") for name in ("photo.jpg", "style.png")}
    return {name: Image.fromarray(photo(name, SIDE)) for name in PHOTOS} | ours


def _square(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGBA").resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def draw(sources: Path, style: str, workflow: str, into: Path) -> None:
    """Put what the style makes of each picture of a folder, by the workflow, into another folder."""
    into.mkdir()
    command = [sys.executable, "-m", "bridge", "make", str(sources), "--style", style, "--workflow", workflow]
    subprocess.run([*command, "--size", f"{ART}x{ART}", "-o", str(into)], cwd=ROOT, check=True)


def on_white(path: Path, side: int) -> RGB:
    """A picture in whole multiples of its size, or made smaller by the mean: uint8 [side, side, 3]."""
    with Image.open(path) as picture:
        whole = picture.convert("RGBA")
    page = Image.new("RGBA", whole.size, "white")
    page.alpha_composite(whole)
    how = Image.Resampling.NEAREST if whole.width < side else Image.Resampling.BOX
    return np.asarray(page.convert("RGB").resize((side, side), how))


def sheet(names: Sequence[str], folders: Mapping[str, Path]) -> Image.Image:
    """A row a picture, a column a folder, whose name stands above."""
    step = CELL + GAP
    page = Image.new("RGB", (len(folders) * step + GAP, len(names) * step + GAP + LABEL), "white")
    pen = ImageDraw.Draw(page)
    for column, (title, folder) in enumerate(folders.items()):
        pen.text((GAP + column * step, 1), title, fill="black")
        for row, name in enumerate(names):
            cell = Image.fromarray(on_white(folder / f"{name}.png", CELL))
            page.paste(cell, (GAP + column * step, LABEL + GAP + row * step))
    return page


def distance(names: Sequence[str], sources: Path, folder: Path) -> float:
    """Mean S-CIELAB between sources and what was made of them, shown as large as those."""
    pairs = [(on_white(sources / f"{name}.png", SIDE), on_white(folder / f"{name}.png", SIDE)) for name in names]
    return statistics.mean(eye.s_cielab(source, art) for source, art in pairs)


def columns(sources: Path, scratch: Path) -> dict[str, Path]:
    """The folders of the sheets, by their titles: the sources, then each style before and after."""
    folders = {"source": sources}
    for style in STYLES:
        for workflow in (BEFORE, AFTER):
            folder = scratch / f"{style} {workflow}"
            draw(sources, style, workflow, folder)
            folders[f"{style} {workflow[-2:]}"] = folder
    return folders


def main() -> None:
    """Draw everything, and write the page."""
    groups, rows = {"drawings": drawings(), "photographs": photos()}, []
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch, "sources")
        sources.mkdir()
        for pictures in groups.values():
            for name, picture in pictures.items():
                picture.save(sources / f"{name}.png")
        folders = columns(sources, Path(scratch))
        for title, pictures in groups.items():
            sheet(list(pictures), folders).quantize(256).save(GALLERY / f"styles-{title}.png", optimize=True)
            for style in STYLES:
                before, after = (
                    distance(list(pictures), sources, folders[f"{style} {each[-2:]}"]) for each in (BEFORE, AFTER)
                )
                rows.append([title, f"`{style}`", f"{before:.1f}", f"{after:.1f}"])
    table = report.table(["", "style", BEFORE, AFTER], rows)
    PAGE.write_text(TEXT.replace("TABLE", table))


if __name__ == "__main__":
    main()
