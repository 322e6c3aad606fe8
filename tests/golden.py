"""Exact pictures to compare with, and the one they are all made from; `python tests/golden.py` rewrites them.

A golden is also the gallery: the file's path says what it shows.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if __name__ == "__main__":  # pytest has its own `pythonpath`
    sys.path.insert(0, str(Path(__file__).parents[1] / "custom_nodes"))

from pixart_nodes import library
from pixart_nodes.chain.parameters import palette
from pixart_nodes.drawings import library as drawings
from pixart_nodes.drawings.brief import Brief, Relation, Subject
from pixart_nodes.drawings.rendering import render
from pixart_nodes.drawings.scene import paint
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.edit.adjust import adjust
from pixart_nodes.pixel.files import indexed
from pixart_nodes.pixel.files.panel import panel, rgb565
from pixart_nodes.pixel.resize.downscale import METHODS, downscale
from pixart_nodes.pixel.resize.enlarge import METHODS as MAGNIFIERS
from pixart_nodes.pixel.resize.enlarge import enlarge

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

FOLDER = Path(__file__).with_name("goldens")
FAILED = Path(__file__).with_name("failed")
PALETTES = ("pico-8", "gameboy", "1bit-monitor-glow", "sweetie-16")
SHOWCASE = ("c64", "cga-1-high", "nes", "zx-spectrum", "endesga-32", "ink", "pixart-64", "db16", "apollo")
LARGE, SMALL = (384, 256), (48, 32)
ZOOM = 8
DRAWN = {  # drawings by the golden's name: name, size, and how they are drawn
    "owl-16": ("owl", 16, {}),
    "owl-32": ("owl", 32, {}),
    "owl-64": ("owl", 64, {}),
    "dragon-red": ("dragon", 32, {"colors": {"body": "red", "wing": "navy"}, "mirror": True}),
    "dog-walk": ("dog", 32, {"pose": "walk"}),
    "person-run": ("person", 32, {"pose": "run", "frame": 2}),
    "wall": ("wall", 24, {}),
    "sword-turned": ("sword", 32, {"turn": -45}),
}
KNIGHT, DRAGON, FOX = (
    Subject("knight", "knight"),
    Subject("dragon", "dragon", colors={"body": "red"}),
    Subject("fox", "fox"),
)
RIDER = Subject("knight", "knight", relation=Relation.RIDING, other=1)
SCENES = {  # pictures of briefs by the golden's name: the brief, and the sides
    "fox-in-the-forest": (Brief((FOX,), ground="forest"), 64, 64),
    "fox-at-16-pixels": (Brief((FOX,), ground="forest"), 16, 16),
    "knight-and-dragon-at-sunset": (Brief((KNIGHT, DRAGON), ground="castle", time="sunset"), 96, 64),
    "rider-in-a-storm": (Brief((RIDER, Subject("horse", "horse")), ground="mountains", weather="storm"), 48, 64),
    "rabbits-at-night": (Brief((Subject("rabbit", "rabbits", count=3),), ground="village", time="night"), 64, 64),
    "fish": (Brief((Subject("fish", "fish", count=5),), ground="underwater"), 64, 48),
    "outline": (Brief((FOX,), style="outline"), 32, 32),
    "sign": (Brief(sign="Grüße, señor!"), 64, 64),
}


def sunset(width: int, height: int) -> RGBA:
    """A sun over the sea, hills, a tree, and transparent rounded corners: uint8 [height, width, 4]."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, height]).reshape(2, 1, 1)
    x, y = x + 0.5 / height, y + 0.5 / height
    picture = _sky(y)
    far = np.hypot(x - 1.0, y - 0.5)
    picture += np.clip(1 - far / 0.55, 0, 1)[..., None] ** 2 * [90, 60, 10]  # the sun's glow
    picture = np.where((far < 0.17)[..., None], [255, 240, 170], picture)
    picture = np.where((y > 0.62)[..., None], _sea(x, y), picture)
    picture = _hills(picture, x, y)
    picture = _tree(picture, x, y)
    corner = np.hypot(np.maximum(np.abs(x - 0.75) - 0.62, 0), np.maximum(np.abs(y - 0.5) - 0.37, 0))
    alpha = np.where(corner < 0.13, 255, 0)
    return np.dstack([np.clip(picture, 0, 255), alpha]).round().astype(np.uint8)


def _sky(y: Floats) -> Floats:
    stops = np.array([[41, 36, 92], [126, 52, 118], [226, 92, 92], [252, 176, 98]], dtype=np.float64)
    at = [0.0, 0.25, 0.45, 0.62]
    return np.dstack([np.interp(y, at, stops[:, channel]) for channel in range(3)])


def _sea(x: Floats, y: Floats) -> Floats:
    depth = (y - 0.62) / 0.38
    water = np.array([70, 66, 120]) - depth[..., None] * [46, 38, 50]
    path = np.exp(-(((x - 1.0) / (0.1 + 0.25 * depth)) ** 2)) * (0.75 + 0.25 * np.sin(y * 140))
    return water + path[..., None] * [180, 120, 60]


def _hills(picture: Floats, x: Floats, y: Floats) -> Floats:
    ridge = 0.62 - 0.17 * np.clip(np.abs(x - 0.95) - 0.32, 0, 1) ** 0.7 + 0.012 * np.sin(x * 23)
    back = (y > ridge) & (y < 0.62)
    picture = np.where(back[..., None], [100, 52, 100], picture)
    front = y > 0.84 - 0.15 * np.cos(x * 2.3) + 0.02 * np.sin(x * 9)
    slope = np.clip((y - 0.68) / 0.32, 0, 1)[..., None]
    return np.where(front[..., None], np.array([70, 150, 66]) * (1 - 0.6 * slope), picture)


def _tree(picture: Floats, x: Floats, y: Floats) -> Floats:
    trunk = (np.abs(x - 0.36 - 0.02 * np.sin(y * 9)) < 0.028) & (y > 0.42) & (y < 0.8)
    picture = np.where(trunk[..., None], [64, 38, 36], picture)
    for cx, cy, radius in ((0.36, 0.3, 0.15), (0.25, 0.39, 0.11), (0.47, 0.4, 0.12)):
        crown = np.hypot(x - cx, (y - cy) * 1.15) < radius
        light = np.clip((x - cx - (y - cy)) / radius * 0.5 + 0.5, 0, 1)[..., None]
        picture = np.where(crown[..., None], np.array([20, 70, 54]) + light * [110, 110, 20], picture)
    return picture


@cache
def small() -> RGBA:
    """The scene at the goldens' size."""
    return downscale(sunset(*LARGE), *SMALL, "box")


def tree() -> RGBA:
    """The scene's tree in few colours: lines, slopes and corners."""
    return quantize(small()[2:28, 2:24], Quantization(library.palette("pico-8")))


def cases() -> dict[str, Callable[[], RGBA]]:
    """Every golden by its path without extension, and how it is made."""
    made: dict[str, Callable[[], RGBA]] = {"source": small}
    for name in PALETTES:
        for dither in DITHERS:
            made[f"{name}/{dither}"] = lambda n=name, d=dither: quantize(
                small(), Quantization(library.palette(n), dither=d)
            )
    for name in SHOWCASE:
        made[f"palettes/{name}"] = lambda n=name: quantize(
            small(), Quantization(library.palette(n), dither="bayer-4", strength=0.5)
        )
    for method in METHODS:
        made[f"downscale/{method}"] = lambda m=method: quantize(
            downscale(sunset(*LARGE), *SMALL, m), Quantization(library.palette("resurrect-64"))
        )
    for name, method in MAGNIFIERS.items():
        made[f"enlarge/{name}"] = lambda n=name, m=method: enlarge(tree(), n, max(2, m.base))
    for number in range(24):  # as many as a token's paletteId can say
        made[f"chain/{number:02}"] = lambda n=number: quantize(
            small(), Quantization(palette(n), dither="bayer-4", strength=0.5)
        )
    for rounding in rgb565.ROUNDINGS:
        made[f"rgb565/{rounding}"] = lambda r=rounding: on_panel(r)
    for name, (drawing, size, how) in DRAWN.items():
        made[f"drawings/{name}"] = lambda d=drawing, s=size, h=how: render(drawings.find(d), s, **h).pixels
    for name, (brief, width, height) in SCENES.items():
        made[f"scenes/{name}"] = lambda b=brief, w=width, h=height: paint(b, w, h).pixels
    made["adjust/contrast-sharpen"] = lambda: quantize(
        adjust(small(), 1.4, 0.7), Quantization(library.palette("pico-8"))
    )
    return made


def on_panel(rounding: str) -> RGBA:
    """The scene as a panel of its size shows it, on black."""
    frame = panel.frame(small(), *SMALL)
    shown = rgb565.unpack(rgb565.pack(frame, rounding), *SMALL)
    return np.dstack([shown, np.full(shown.shape[:2], 255, np.uint8)])


def encoded(pixels: RGBA) -> bytes:
    """The golden file of a picture: a palette PNG where it fits."""
    return indexed.encode(pixels, None, {})[0]


def decoded(data: bytes) -> RGBA:
    """The pixels of a golden file, by Pillow, which had no part in writing it."""
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"))


def compare(name: str, pixels: RGBA) -> None:
    """Assert that a golden shows these very pixels; else leave expected|actual, enlarged, in tests/failed."""
    file = FOLDER / f"{name}.png"
    assert file.exists(), f"no golden {name}: look at the picture, then run `python tests/golden.py`"
    expected = decoded(file.read_bytes())
    if expected.shape == pixels.shape and np.array_equal(expected, pixels):
        return
    report = FAILED / f"{name.replace('/', '-')}.png"
    report.parent.mkdir(exist_ok=True)
    _side_by_side(expected, pixels).save(report)
    raise AssertionError(f"{name} differs: see {report}; if it is better, run `python tests/golden.py`")


def _side_by_side(left: RGBA, right: RGBA) -> Image.Image:
    pictures = [Image.fromarray(p.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)) for p in (left, right)]
    sheet = Image.new("RGBA", (sum(p.width for p in pictures) + ZOOM, max(p.height for p in pictures)))
    sheet.paste(pictures[0], (0, 0))
    sheet.paste(pictures[1], (pictures[0].width + ZOOM, 0))
    return sheet


def rewrite() -> int:
    """Write every golden, remove what is none; the number of bytes they take."""
    wanted = {FOLDER / f"{name}.png": make for name, make in cases().items()}
    for file in set(FOLDER.rglob("*.png")) - set(wanted):
        file.unlink()
    for file, make in wanted.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(make()))
    return sum(file.stat().st_size for file in wanted)


if __name__ == "__main__":
    sys.stdout.write(f"{len(cases())} goldens, {rewrite()} bytes\n")
