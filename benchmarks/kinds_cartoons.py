"""Pictures of known kind that code paints: flat cartoons without outlines, and what changes its tone everywhere."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .sketch_drawings import Points, blob, corners, dense

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]
Paint = Callable[[np.random.Generator, int], RGBA]

FINE = 2  # drawn so many times larger, then averaged: smooth edges


def _color(rng: np.random.Generator) -> tuple[int, ...]:
    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.9), rng.uniform(0.2, 1))
    return round(255 * r), round(255 * g), round(255 * b), 255


class _Paper:
    """What is painted on: fills alone, a later one covers earlier ones."""

    def __init__(self, side: int, ground: tuple[int, ...], smooth: bool) -> None:
        self.side, self.fine = side, FINE if smooth else 1
        self.picture = Image.new("RGBA", (side * self.fine, side * self.fine), ground)

    def fill(self, points: Points, color: tuple[int, ...]) -> None:
        """A closed shape, in pixels."""
        ImageDraw.Draw(self.picture).polygon([(float(x), float(y)) for x, y in points * self.fine], fill=color)

    def pixels(self) -> RGBA:
        """What has been painted: uint8 [side, side, 4]."""
        return np.array(self.picture.reduce(self.fine) if self.fine > 1 else self.picture)


def _paper(rng: np.random.Generator, side: int) -> _Paper:
    ground = (0, 0, 0, 0) if rng.random() < 0.25 else _color(rng)
    return _Paper(side, ground, bool(rng.random() < 0.75))


def shapes(rng: np.random.Generator, side: int) -> RGBA:
    """Blobs, polygons and stars over each other."""
    paper = _paper(rng, side)
    for _ in range(int(rng.integers(4, 14))):
        x, y = rng.uniform(0.1, 0.9, 2) * side
        outline = (blob if rng.random() < 0.6 else corners)(rng, x, y, rng.uniform(0.06, 0.25) * side)
        paper.fill(outline, _color(rng))
    return paper.pixels()


def landscape(rng: np.random.Generator, side: int) -> RGBA:
    """Hills before a sky with a sun and clouds, houses and trees on them."""
    paper = _Paper(side, _color(rng), bool(rng.random() < 0.75))
    paper.fill(blob(rng, *(rng.uniform(0.2, 0.8, 2) * side * (1, 0.5)), 0.08 * side), _color(rng))
    cloud = _color(rng)
    for _ in range(int(rng.integers(0, 4))):
        x, y = rng.uniform(0.1, 0.9) * side, rng.uniform(0.08, 0.3) * side
        for step in range(4):
            paper.fill(blob(rng, x + step * 0.045 * side, y, 0.045 * side), cloud)
    for depth in range(int(rng.integers(2, 5))):
        ridge = 0.4 + 0.15 * depth + 0.06 * rng.normal(size=7)
        across = np.linspace(-0.1, 1.1, 7)
        top = dense(np.stack([across, ridge], axis=1) * side)
        paper.fill(np.concatenate([top, [[1.1 * side, 1.1 * side], [-0.1 * side, 1.1 * side]]]), _color(rng))
        for _ in range(int(rng.integers(0, 3))):
            _house(
                paper, rng, rng.uniform(0.1, 0.9) * side, (0.45 + 0.15 * depth) * side, rng.uniform(0.05, 0.1) * side
            )
    return paper.pixels()


def _house(paper: _Paper, rng: np.random.Generator, x: float, y: float, size: float) -> None:
    box = np.array([[0, 0], [1, 0], [1, -0.8], [0, -0.8]])
    paper.fill(box * size + (x, y), _color(rng))
    paper.fill(np.array([[-0.1, -0.8], [1.1, -0.8], [0.5, -1.4]]) * size + (x, y), _color(rng))
    paper.fill(box * 0.25 * size + (x + 0.2 * size, y), _color(rng))


def creature(rng: np.random.Generator, side: int) -> RGBA:
    """A body with a belly, limbs, eyes and a mouth."""
    paper = _paper(rng, side)
    body, belly, dark, white = _color(rng), _color(rng), (30, 26, 38, 255), (250, 250, 250, 255)
    x, y = rng.uniform(0.42, 0.58, 2) * side
    radius = rng.uniform(0.2, 0.3) * side
    for way in (-1, 1):
        paper.fill(blob(rng, x + way * 0.6 * radius, y + 1.1 * radius, 0.35 * radius), body)
        paper.fill(blob(rng, x + way * 1.05 * radius, y, 0.3 * radius), body)
    paper.fill(blob(rng, x, y, radius), body)
    paper.fill(blob(rng, x, y + 0.35 * radius, 0.5 * radius), belly)
    for way in (-0.4, 0.4):
        paper.fill(blob(rng, x + way * radius, y - 0.35 * radius, 0.2 * radius), white)
        paper.fill(blob(rng, x + way * radius, y - 0.33 * radius, 0.1 * radius), dark)
    return paper.pixels()


def poster(rng: np.random.Generator, side: int) -> RGBA:
    """Rays, rings and bars: straight edges and round ones."""
    paper = _Paper(side, _color(rng), bool(rng.random() < 0.75))
    middle, one, other = rng.uniform(0.3, 0.7, 2) * side, _color(rng), _color(rng)
    count = int(rng.integers(5, 12))
    for turn in np.arange(count) * 2 * np.pi / count + rng.random():
        way = np.array([[np.cos(turn), np.sin(turn)], [np.cos(turn + np.pi / count), np.sin(turn + np.pi / count)]])
        paper.fill(np.concatenate([[middle], middle + 2 * side * way]), one)
    for share in (0.32, 0.24, 0.15, 0.08):
        turn = np.linspace(0, 2 * np.pi, 200)
        paper.fill(middle + share * side * np.stack([np.cos(turn), np.sin(turn)], axis=1), other)
        one, other = other, _color(rng)
    return paper.pixels()


FLAT: dict[str, Paint] = {"shapes": shapes, "landscape": landscape, "creature": creature, "poster": poster}


# What changes its tone everywhere


def _opaque(rgb: Floats) -> RGBA:
    return np.dstack([np.clip(np.rint(rgb), 0, 255), np.full(rgb.shape[:2], 255)]).astype(np.uint8)


def _plane(side: int) -> tuple[Floats, Floats]:
    y, x = np.mgrid[0:side, 0:side] / side
    return x, y


def _blend(share: Floats, colors: list[tuple[int, ...]]) -> Floats:
    places = np.linspace(0, 1, len(colors))
    return np.stack([np.interp(share, places, [c[channel] for c in colors]) for channel in range(3)], axis=-1)


def gradient(rng: np.random.Generator, side: int) -> RGBA:
    """Two to four colours that go over into each other along a line or around a middle."""
    x, y = _plane(side)
    turn = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(turn) + y * np.sin(turn)
    away = np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.2, 0.8))
    share = along if rng.random() < 0.5 else away
    share = (share - share.min()) / (share.max() - share.min())
    return _opaque(_blend(share, [_color(rng) for _ in range(int(rng.integers(2, 5)))]))


def octaves(rng: np.random.Generator, side: int, first: int = 2, decay: float = 0.5) -> Floats:
    """Noise whose detail is finer and weaker in each octave, 0 to 1: [side, side]."""
    total, weight, count = np.zeros((side, side)), 1.0, first
    while count <= side:
        coarse = Image.fromarray(rng.random((count + 1, count + 1)).astype(np.float32))
        total += weight * np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC))
        weight, count = weight * decay, count * 2
    return (total - total.min()) / (total.max() - total.min())


def clouds(rng: np.random.Generator, side: int) -> RGBA:
    """Noise of all sizes between some colours."""
    share = octaves(rng, side, decay=float(rng.uniform(0.4, 0.7)))
    return _opaque(_blend(share, [_color(rng) for _ in range(int(rng.integers(2, 5)))]))


def balls(rng: np.random.Generator, side: int) -> RGBA:
    """A render: shaded, shining balls over a floor that fades, with a camera's grain."""
    x, y = _plane(side)
    rgb = _blend(y, [_color(rng), _color(rng)])
    for _ in range(int(rng.integers(2, 7))):
        radius, middle = rng.uniform(0.08, 0.25), rng.uniform(0.15, 0.85, 2)
        dx, dy = (x - middle[0]) / radius, (y - middle[1]) / radius
        inside = dx * dx + dy * dy < 1
        height = np.sqrt(np.maximum(1 - dx * dx - dy * dy, 0))
        light = np.clip(-0.5 * dx - 0.6 * dy + 0.62 * height, 0.08, 1)[..., None]
        shaded = np.array(_color(rng)[:3]) * light + 200 * light**24
        rgb = np.where(inside[..., None], shaded, rgb * (1 - 0.4 * np.exp(-(dx**2 + (3 * dy - 3) ** 2))[..., None]))
    return _opaque(rgb + rng.normal(0, rng.uniform(0, 5), rgb.shape))


def terrain(rng: np.random.Generator, side: int) -> RGBA:
    """Mountains in haze below a sky, each with its own grain."""
    _, y = _plane(side)
    rgb = _blend(y, [_color(rng), _color(rng)])
    haze = np.array(_color(rng)[:3], np.float64)
    for depth in range(4):
        ridge = 0.3 + 0.17 * depth + 0.25 * (octaves(rng, side)[side // 2] - 0.5)
        rock = _blend(octaves(rng, side, first=8, decay=0.75), [_color(rng), _color(rng)])
        share = (depth + 1) / 4
        rgb = np.where((y > ridge)[..., None], rock * share + haze * (1 - share), rgb)
    return _opaque(rgb + rng.normal(0, 3, rgb.shape))


def painting(rng: np.random.Generator, side: int) -> RGBA:
    """Brush strokes, half of them see-through, along the slopes of noise."""
    small = 3 * side // 4
    field, tones = octaves(rng, small), octaves(rng, small, first=3)
    colors = [_color(rng) for _ in range(5)]
    picture = Image.fromarray(_opaque(_blend(tones, colors))[..., :3])
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(2500):
        x, y = rng.integers(0, small, 2)
        turn, length = 6 * field[y, x], rng.uniform(0.01, 0.05) * small
        color = _blend(np.clip(tones[y, x] + rng.normal(0, 0.08, 1), 0, 1), colors)[0]
        end = (x + length * np.cos(turn), y + length * np.sin(turn))
        draw.line([(float(x), float(y)), end], fill=(*map(int, color), 130), width=int(rng.integers(2, 9)))
    return _opaque(np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC), np.float64))


CONTINUOUS: dict[str, Paint] = {
    "gradient": gradient,
    "clouds": clouds,
    "balls": balls,
    "terrain": terrain,
    "painting": painting,
}
