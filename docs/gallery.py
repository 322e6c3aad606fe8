"""The documents' pictures: the tests' expectations and the example's results, enlarged, unsmoothed.

python docs/gallery.py
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "custom_nodes"))

from pixart_nodes import library  # noqa: E402  # the path comes first
from pixart_nodes.drawings.illustration import illustrated  # noqa: E402
from pixart_nodes.pixel.clean.paper.cleaning import Cleaning  # noqa: E402
from pixart_nodes.pixel.clean.paper.drawing import drawn  # noqa: E402
from pixart_nodes.pixel.dither.quantization import Quantization  # noqa: E402
from pixart_nodes.pixel.dither.quantize import quantize  # noqa: E402
from pixart_nodes.pixel.edit.adjust import adjust  # noqa: E402
from pixart_nodes.pixel.kind.treatment import PHOTO_DITHER, PHOTO_METHOD, treatment  # noqa: E402
from pixart_nodes.pixel.palette.extract import extract  # noqa: E402
from pixart_nodes.pixel.resize.downscale import downscale  # noqa: E402

GOLDENS, EXAMPLES, GALLERY = ROOT / "tests" / "goldens", ROOT / "examples", ROOT / "docs" / "gallery"
SIDE = 256  # what the example's results are enlarged to, as nearly as whole multiples allow
ART = 64  # pixels of a side, of what is made of a sketch
WORDS_ZOOM = 3
WORDS = {
    "fox": "a red fox in the snow",
    "wizard": "a wizard with a purple hat",
    "cats": "two cats on a sofa",
    "ship": "a pirate ship at sea",
}
ZOOM, MARGIN, LABEL, COLUMNS = 4, 8, 16, 4


def enlarged(path: Path, zoom: int) -> Image.Image:
    """A picture at a whole multiple of its size, RGBA."""
    with Image.open(path) as picture:
        size = (picture.width * zoom, picture.height * zoom)
        return picture.convert("RGBA").resize(size, Image.Resampling.NEAREST)


def sheet(paths: list[Path]) -> Image.Image:
    """Pictures of one size in rows, each with its name below."""
    pictures = [enlarged(path, ZOOM) for path in paths]
    width, height = pictures[0].width + MARGIN, pictures[0].height + LABEL + MARGIN
    rows = -(-len(pictures) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * width + MARGIN, rows * height + MARGIN), "white")
    draw = ImageDraw.Draw(page)
    for place, (path, picture) in enumerate(zip(paths, pictures, strict=True)):
        x, y = MARGIN + place % COLUMNS * width, MARGIN + place // COLUMNS * height
        page.paste(picture, (x, y), picture)
        draw.text((x, y + picture.height + 1), path.stem, fill="black")
    return page


def from_paper(path: Path) -> Image.Image:
    """A photo of a drawing, the drawing, and pixel art of it, side by side on grey."""
    with Image.open(path) as photo:
        pixels = np.asarray(photo.convert("RGBA"))
    drawing = drawn(pixels, Cleaning()).pixels
    art = quantize(downscale(drawing, 75, 100, "contrast", "pad"), Quantization(library.palette("pico-8")))
    page = Image.new("RGB", (3 * (225 + MARGIN) + MARGIN, 300 + 2 * MARGIN), "grey")
    for place, step in enumerate((pixels, drawing, art)):
        picture = Image.fromarray(step)
        how = Image.Resampling.NEAREST if picture.height < 300 else Image.Resampling.BOX
        picture = picture.resize((round(picture.width * 300 / picture.height), 300), how)
        page.paste(picture, (MARGIN + place * (225 + MARGIN) + (225 - picture.width) // 2, MARGIN), picture)
    return page


def high_detail(path: Path) -> Image.Image:
    """A small picture, what the editor's cube of colours makes of it, and what 64 of its own do, side by side."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    cube = quantize(adjust(pixels, 1.1), Quantization(library.palette("pixart-64")))
    own = quantize(pixels, Quantization(extract(pixels, 64, "k-means")))
    height, width = (ZOOM * side for side in pixels.shape[:2])
    page = Image.new("RGB", (3 * (width + MARGIN) + MARGIN, height + 2 * MARGIN), "white")
    for place, step in enumerate((pixels, cube, own)):
        picture = Image.fromarray(step).resize((width, height), Image.Resampling.NEAREST)
        page.paste(picture, (MARGIN + place * (width + MARGIN), MARGIN), picture)
    return page


def by_looking(path: Path) -> Image.Image:
    """A sketch in three styles: above as photographs are treated, below as it is once it was looked at."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    seen, styles = treatment(pixels).means, {"pixart-8": 1.3, "pico-8": 1.2, "pixart-4": 1.5}
    page = Image.new("RGB", (len(styles) * (SIDE + MARGIN) + MARGIN, 2 * (SIDE + MARGIN) + MARGIN), "white")
    for row, (method, dither) in enumerate(((PHOTO_METHOD, PHOTO_DITHER), seen[:2])):
        for column, (name, contrast) in enumerate(styles.items()):
            small = downscale(adjust(pixels, contrast), ART, ART, method)
            art = quantize(
                small, Quantization(library.palette(name), dither=dither, strength=0.5, alpha_threshold=0.25)
            )
            shown = Image.fromarray(art).resize((SIDE, SIDE), Image.Resampling.NEAREST)
            page.paste(shown, (MARGIN + column * (SIDE + MARGIN), MARGIN + row * (SIDE + MARGIN)), shown)
    return page


def from_words(prompt: str) -> Image.Image:
    """What `pixart make "PROMPT"` draws on a machine without models, at ART, before it is enlarged."""
    return Image.fromarray(illustrated(prompt, ART, ART, seed=zlib.crc32(prompt.encode()), pixel=1).pixels)


def write(picture: Image.Image, name: str) -> None:
    """Save as small as PNG gets."""
    GALLERY.mkdir(exist_ok=True)
    picture.save(GALLERY / f"{name}.png", optimize=True)


def main() -> None:
    """Write all pictures."""
    for path in [*sorted(EXAMPLES.glob("tree-*.png")), EXAMPLES / "sprite" / "slime.png"]:
        with Image.open(path) as small:
            zoom = max(1, SIDE // small.width)
        write(enlarged(path, zoom).quantize(256), path.stem)
    write(from_paper(EXAMPLES / "paper.jpg").quantize(256), "paper")
    write(high_detail(GOLDENS / "source.png").quantize(256), "high-detail")
    write(by_looking(EXAMPLES / "tree.png").quantize(256), "auto")
    for name, prompt in WORDS.items():
        drawn_small = from_words(prompt)
        size = (drawn_small.width * WORDS_ZOOM, drawn_small.height * WORDS_ZOOM)
        write(drawn_small.resize(size, Image.Resampling.NEAREST), f"words-{name}")
    for folder in ("sweetie-16", "downscale", "palettes", "chain"):
        write(sheet(sorted((GOLDENS / folder).glob("*.png"))).quantize(256), folder)


if __name__ == "__main__":
    main()
