"""Pictures whose kind is known: painted by code, and what there is of packages that carry real ones.

Those that are held out have other seeds, sizes and ways to be spoilt, and other packages; they are only for the last
measurement. Icons are there after `pip install resvg-py` and, in the working folder, `npm install @iconify-json/NAME`
for each of the sets below. Nothing of the packages is copied into this project.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pixart_nodes.drawings.library import built_in
from pixart_nodes.drawings.rendering import render

from . import grid_sources
from .grid_distortions import DISTORTIONS, FURTHER, Distortion, blurred, jpeg, resized
from .kinds_cartoons import CONTINUOUS, FLAT
from .sketch_drawings import KINDS, drawing

RGBA = NDArray[np.uint8]

PIXEL, FALSE, LINES, CARTOON, TONES = "pixel art", "false pixel art", "line art", "flat", "photograph"
LARGEST = 1400  # pixels of a side, to which real pictures are made smaller
# Sets of icons from npm's @iconify-json, by other hands: CC BY-SA 4.0, CC BY 4.0, MIT and Apache 2.0.
ICONS = ((LINES, "openmoji"), (CARTOON, "fluent-emoji-flat"), (CARTOON, "twemoji"))
ICONS_HELD_OUT = ((LINES, "streamline-emojis"), (CARTOON, "emojione"), (CARTOON, "fxemoji"))


class Picture(NamedTuple):
    """A picture [H, W, 4], its kind, and who made it."""

    kind: str
    origin: str
    pixels: RGBA


# What happens to pictures on their way


def _same(picture: RGBA, seed: int) -> RGBA:
    return picture


SPOILT: dict[str, Callable[[RGBA, int], RGBA]] = {
    "as it is": _same,
    "JPEG 90": lambda picture, seed: jpeg(picture, 90),
    "JPEG 75": lambda picture, seed: jpeg(picture, 75),
    "blur": lambda picture, seed: blurred(picture, 0.7),
    "smaller": lambda picture, seed: resized(picture, 0.61, Image.Resampling.LANCZOS),
}
SPOILT_HELD_OUT: dict[str, Callable[[RGBA, int], RGBA]] = {
    "as it is": _same,
    "JPEG 85": lambda picture, seed: jpeg(picture, 85),
    "JPEG 60": lambda picture, seed: jpeg(picture, 60),
    "larger": lambda picture, seed: resized(picture, 1.37, Image.Resampling.BICUBIC),
    "smaller": lambda picture, seed: resized(picture, 0.47, Image.Resampling.BOX),
}


def spoilt(number: int, picture: RGBA, held_out: bool) -> RGBA:
    """The picture, or what became of it: each way in turn."""
    ways = list((SPOILT_HELD_OUT if held_out else SPOILT).values())
    return ways[number % len(ways)](picture, number)


# By kind


def native(held_out: bool) -> Iterator[Picture]:
    """True pixel art: what the bench of grids has, and drawings of the pack's library."""
    for name, art in grid_sources.sources(held_out):
        yield Picture(PIXEL, name, art)
    names = built_in().names()
    rng = np.random.default_rng(1000 + held_out)
    for name in rng.choice(names, 16, replace=False):
        size = int(rng.choice((20, 28, 40, 56, 100) if held_out else (16, 24, 32, 48, 64, 128)))
        yield Picture(PIXEL, f"{name} {size}", render(built_in().find(str(name)), size).pixels)


def blown_up(held_out: bool) -> Iterator[Picture]:
    """Pixel art enlarged, resampled, blurred or compressed."""
    ways: dict[str, Distortion] = DISTORTIONS | FURTHER
    for number, art in enumerate(native(held_out)):
        scale = (5.0, 7.0, 10.0, 12.0)[number % 4] if held_out else 8.0
        name = list(ways)[number % len(ways)]
        distorted = ways[name](art.pixels, min(scale, 1024 / max(art.pixels.shape)), number)
        yield Picture(FALSE, f"{art.origin}, {name}", distorted)


def outlined(held_out: bool) -> Iterator[Picture]:
    """Drawings made of lines: their strokes and sides in pixels."""
    sizes = ((9, 700), (16, 1200), (6, 512), (24, 900)) if held_out else ((8, 1024), (14, 1024), (20, 768), (5, 512))
    for number, (kind, (stroke, side)) in enumerate(product(KINDS, sizes)):
        made = drawing(kind, 500 * held_out + number, stroke, side).picture
        yield Picture(LINES, f"{kind} {number}", spoilt(number, made, held_out))


def painted(kind: str, held_out: bool) -> Iterator[Picture]:
    """Cartoons without outlines, or what changes its tone everywhere."""
    paints = FLAT if kind == CARTOON else CONTINUOUS
    sides = (360, 800, 1200, 600, 1000, 480, 700) if held_out else (512, 1024, 768, 256, 640, 900)
    for number, (name, side) in enumerate(product(paints, sides)):
        made = paints[name](np.random.default_rng([number, 7 + held_out]), side)
        yield Picture(kind, f"{name} {number}", spoilt(number, made, held_out))


# Real ones


PHOTOS = (
    "skimage/data/coffee.png",
    "skimage/data/astronaut.png",
    "skimage/data/chelsea.png",
    "skimage/data/rocket.jpg",
    "skimage/data/camera.png",
    "skimage/data/moon.png",
    "skimage/data/brick.png",
    "skimage/data/ihc.png",
)
PHOTOS_HELD_OUT = (
    "sklearn/datasets/images/china.jpg",
    "sklearn/datasets/images/flower.jpg",
    "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
    "skimage/data/motorcycle_left.png",
    "skimage/data/hubble_deep_field.jpg",
    "skimage/data/retina.jpg",
    "skimage/data/grass.png",
    "skimage/data/gravel.png",
    "skimage/data/coins.png",
    "arcade/resources/assets/images/backgrounds/abstract_1.jpg",
    "arcade/resources/assets/images/backgrounds/abstract_2.jpg",
)


def photographed(held_out: bool) -> Iterator[Picture]:
    """Photographs, whole and a part of each."""
    for number, file in enumerate(PHOTOS_HELD_OUT if held_out else PHOTOS):
        if found := grid_sources.packaged(file):
            with Image.open(found) as opened:
                picture = opened.convert("RGBA")
            picture.thumbnail((LARGEST, LARGEST))
            whole = np.array(picture)
            height, width = whole.shape[:2]
            part = whole[height // 4 : height * 3 // 4, width // 4 : width * 3 // 4]
            name = file.rpartition("/")[2]
            yield Picture(TONES, name, whole)
            yield Picture(TONES, f"{name}, a part", spoilt(number, part, held_out))


def icons(held_out: bool, count: int = 40) -> Iterator[Picture]:
    """Icons that have outlines, and those that have none, of several sets and sizes."""
    try:
        import resvg_py
    except ImportError:
        return
    rng = np.random.default_rng(3)
    for kind, name in ICONS_HELD_OUT if held_out else ICONS:
        for number, (icon, text) in enumerate(islice(_drawn(rng, _iconify(name)), count)):
            side = ((400, 960, 288) if held_out else (512, 1024, 320))[number % 3]
            png = resvg_py.svg_to_bytes(svg_string=text, width=side, height=side)
            with Image.open(io.BytesIO(bytes(png))) as opened:
                picture = np.array(opened.convert("RGBA"))
            yield Picture(kind, f"{name} {icon}", spoilt(number, picture, held_out) if number % 2 else picture)


def _drawn(rng: np.random.Generator, icons: dict[str, str]) -> Iterator[tuple[str, str]]:
    names = sorted(icons)
    for place in rng.permutation(len(names)):
        yield names[place], icons[names[place]]


def _iconify(name: str) -> dict[str, str]:
    """Icons by their names, as SVG; of `npm install @iconify-json/NAME` in the working folder."""
    file = Path("node_modules/@iconify-json") / name / "icons.json"
    if not file.exists():
        return {}
    known = json.loads(file.read_text(encoding="utf-8"))
    side = known.get("height", 16)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {known.get("width", side)} {side}">'
    return {icon: f"{head}{entry['body']}</svg>" for icon, entry in known["icons"].items()}


def pictures(held_out: bool) -> Iterator[Picture]:
    """All pictures that there are."""
    yield from native(held_out)
    yield from blown_up(held_out)
    yield from outlined(held_out)
    yield from painted(CARTOON, held_out)
    yield from painted(TONES, held_out)
    yield from photographed(held_out)
    yield from icons(held_out)
