"""The documents' pictures: the tests' expectations and the example's results, enlarged, unsmoothed.

python docs/gallery.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
GOLDENS, EXAMPLES, GALLERY = ROOT / "tests" / "goldens", ROOT / "examples", ROOT / "docs" / "gallery"
SIDE = 256  # what the example's results are enlarged to, as nearly as whole multiples allow
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
    for folder in ("sweetie-16", "downscale", "palettes", "chain"):
        write(sheet(sorted((GOLDENS / folder).glob("*.png"))).quantize(256), folder)


if __name__ == "__main__":
    main()
