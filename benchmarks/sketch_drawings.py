"""Drawings made from curves, so that every stroke, shape and fill of them is known."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

RGBA = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Points = NDArray[np.float64]
Color = tuple[int, ...]

TILE = 8  # pixels: a stroke goes one way in each tile
FINE = 2  # drawn so many times larger, then averaged: smooth edges
BLACK, WHITE = (20, 18, 24, 255), (250, 248, 240, 255)


@dataclass
class Drawing:
    """A picture [H, W, 4], which of its pixels are ink [H, W], in what colours, and what fills lie under the ink."""

    picture: RGBA
    ink: Mask
    colors: list[Color]
    fills: RGBA
    stroke: float  # pixels

    @cached_property
    def grounds(self) -> tuple[NDArray[np.int32], int]:
        """The parts that ink cuts the ground into, numbered from 1, and how many they are."""
        from scipy.ndimage import label

        return label(~self.ink)

    @cached_property
    def pieces(self) -> int:
        """How many pieces of ink there are, which touch by corners too."""
        return count_pieces(self.ink)

    @cached_property
    def extent(self) -> float:
        """How long the strokes are in chessboard steps, in pixels: of level and upright extents the larger one.

        Each side of a stroke is an edge; edges from left to right add up to how far it goes upright, and the others to
        how far it goes level.
        """
        framed = np.pad(self.ink, 1)
        upright, level = framed[1:-1, 1:] != framed[1:-1, :-1], framed[1:, 1:-1] != framed[:-1, 1:-1]
        return float(np.maximum(_tiles(upright[:, :-1]), _tiles(level[:-1])).sum() / 2)


def _tiles(edges: Mask) -> NDArray[np.int64]:
    """The edges in each tile of TILE x TILE pixels."""
    rows, columns = (np.arange(0, size, TILE) for size in edges.shape)
    return np.add.reduceat(np.add.reduceat(edges, rows, axis=0, dtype=np.int64), columns, axis=1)


def count_pieces(ink: Mask) -> int:
    """Pieces of ink that no step of a pixel, slanted ones included, joins."""
    from scipy.ndimage import label

    return int(label(ink, np.ones((3, 3)))[1])


class Sheet:
    """What a drawing is drawn on: fills below, ink above; a later shape covers earlier ones."""

    def __init__(self, side: int, stroke: float, ground: Color, ink: Color, smooth: bool) -> None:
        self.side, self.stroke, self.smooth = side, stroke, smooth
        self.ground, self.inks = ground, [ink]
        size = (side * FINE, side * FINE)
        self.fills, self.lines = Image.new("RGBA", size, ground), Image.new("L", size, 0)

    def fill(self, points: Points, color: Color) -> None:
        """A closed shape's inside, which covers what was there."""
        outline = [(float(x), float(y)) for x, y in points * FINE]
        ImageDraw.Draw(self.fills).polygon(outline, fill=color)
        ImageDraw.Draw(self.lines).polygon(outline, fill=0)

    def line(self, points: Points, widths: NDArray[np.float64] | float | None = None, ink: int = 1) -> None:
        """A stroke through points that lie close together, in pixels; round, as wide as the sheet's by default."""
        draw = ImageDraw.Draw(self.lines)
        each = np.broadcast_to(self.stroke if widths is None else widths, len(points))
        step = max(1, int(each.min() / 6))  # of two pixels: discs that overlap this much leave no scallops
        for (x, y), width in zip(points[::step] * FINE, each[::step] * FINE / 2, strict=True):
            draw.ellipse((x - width, y - width, x + width, y + width), fill=ink)

    def ink(self, color: Color) -> int:
        """The number of another ink."""
        self.inks.append(color)
        return len(self.inks)

    def drawing(self) -> Drawing:
        """What it has become."""
        lines = np.asarray(self.lines)
        whole = self.fills.copy()
        for number, color in enumerate(self.inks, 1):
            whole.paste(color, mask=Image.fromarray(np.where(lines == number, 255, 0).astype(np.uint8)))
        ink = np.where(lines > 0, 255, 0).astype(np.uint8)
        if self.smooth:
            picture, share = whole.reduce(FINE), Image.fromarray(ink).reduce(FINE)
        else:
            picture, share = (one.resize((self.side, self.side), 0) for one in (whole, Image.fromarray(ink)))
        fills = np.array(self.fills.resize((self.side, self.side), 0))
        return Drawing(np.array(picture), np.asarray(share) >= 128, self.inks, fills, self.stroke)


# Curves


def dense(points: Points, closed: bool = False) -> Points:
    """A smooth curve through points (Catmull and Rom 1974), two pixels a step."""
    ring = np.concatenate([points[-1:], points, points[:2]] if closed else [points[:1], points, points[-1:]])
    parts = []
    for a, b, c, d in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        t = np.linspace(0, 1, max(2, int(np.hypot(*(c - b)) / 2)), endpoint=False)[:, None]
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*parts, points[:1] if closed else points[-1:]])


def blob(rng: np.random.Generator, x: float, y: float, radius: float) -> Points:
    """A closed curve around a middle: an oval with bumps."""
    turn = np.linspace(0, 2 * np.pi, max(16, int(radius * 3)), endpoint=False)
    away = np.ones_like(turn)
    for wave in range(2, 6):
        away += rng.uniform(0, 0.36 / wave) * np.cos(wave * turn + rng.uniform(0, 2 * np.pi))
    stretch, lean = rng.uniform(0.75, 1.0), rng.uniform(0, np.pi)
    along, across = radius * away * np.cos(turn), radius * away * np.sin(turn) * stretch
    points = np.stack([along * np.cos(lean) - across * np.sin(lean), along * np.sin(lean) + across * np.cos(lean)], 1)
    return dense(points + np.array([x, y]), closed=True)


def corners(rng: np.random.Generator, x: float, y: float, radius: float) -> Points:
    """A closed shape with straight sides: a polygon or a star."""
    count = int(rng.integers(3, 8))
    away = np.tile([1.0, rng.uniform(0.5, 0.8)], count)[: 2 * count] if rng.random() < 0.4 else np.ones(count)
    turn = np.linspace(0, 2 * np.pi, len(away), endpoint=False) + rng.uniform(0, 2 * np.pi)
    tips = radius * away[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1) + np.array([x, y])
    sides = zip(tips, np.roll(tips, -1, axis=0), strict=True)
    return np.concatenate([a + (b - a) * np.arange(0, 1, 2 / np.hypot(*(b - a)))[:, None] for a, b in sides])


def wave(rng: np.random.Generator, side: int, length: float) -> Points:
    """An open curve somewhere on the sheet."""
    start, way = rng.uniform(0.12, 0.88, 2) * side, rng.uniform(0, 2 * np.pi)
    points = [start]
    for _ in range(int(length / 60) + 1):
        way += rng.normal(0, 0.5)
        points.append(np.clip(points[-1] + 60 * np.array([np.cos(way), np.sin(way)]), 0.06 * side, 0.94 * side))
    return dense(np.array(points))


# Colours


def light(rng: np.random.Generator) -> Color:
    """A colour that dark ink is seen on."""
    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.15, 0.75), rng.uniform(0.7, 1))
    return round(255 * r), round(255 * g), round(255 * b), 255


def dark(rng: np.random.Generator) -> Color:
    """A colour that light ink is seen on."""
    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.3, 0.8), rng.uniform(0.15, 0.4))
    return round(255 * r), round(255 * g), round(255 * b), 255


def vivid(rng: np.random.Generator) -> Color:
    """An ink that is neither black nor pale."""
    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.75, 1), rng.uniform(0.35, 0.6))
    return round(255 * r), round(255 * g), round(255 * b), 255


def any_color(rng: np.random.Generator) -> Color:
    """Any colour, nearly black ones among them."""
    r, g, b = rng.integers(0, 256, 3)
    return int(r), int(g), int(b), 255


# Kinds


def shapes(sheet: Sheet, rng: np.random.Generator, color: Callable[[np.random.Generator], Color] = light) -> None:
    """Closed, filled, outlined shapes: apart, one before another, one within another."""
    for x, y, radius in _places(rng, sheet.side, sheet.stroke):
        _shape(sheet, rng, x, y, radius, color(rng))
        what, room = rng.random(), radius / sheet.side
        if what < 0.3:  # a shape that covers a part of the last one
            way = rng.uniform(0, 2 * np.pi)
            place = x + radius * np.cos(way), y + radius * np.sin(way)
            if min(place) > 0.55 * radius and max(place) < sheet.side - 0.55 * radius:
                _shape(sheet, rng, *place, radius * 0.5, color(rng))
        elif what < 0.6 and room > 0.13:
            _shape(sheet, rng, x, y, radius * rng.uniform(0.3, 0.4), color(rng))
        elif room > 0.18:  # two eyes
            for way in (-0.4, 0.4):
                _shape(sheet, rng, x + way * radius, y - 0.1 * radius, 0.22 * radius, color(rng))


def _shape(sheet: Sheet, rng: np.random.Generator, x: float, y: float, radius: float, color: Color) -> None:
    outline = (blob if rng.random() < 0.65 else corners)(rng, x, y, radius)
    sheet.fill(outline, color)
    sheet.line(outline)


def _places(rng: np.random.Generator, side: int, stroke: float) -> Iterator[tuple[float, float, float]]:
    placed: list[tuple[float, float, float]] = []
    count = int(rng.integers(4, 12))
    for _ in range(600):
        radius = side * float(rng.uniform(0.07, 0.23))
        x, y = rng.uniform(1.35 * radius, side - 1.35 * radius, 2)
        apart = [np.hypot(x - a, y - b) - 1.3 * (radius + r) for a, b, r in placed]
        if min(apart, default=1e9) > 1.5 * stroke - 0.3 * radius:
            placed.append((float(x), float(y), radius))
        if len(placed) == count:
            break
    yield from placed


def colored(sheet: Sheet, rng: np.random.Generator) -> None:
    """Each shape outlined in a colour of its own."""
    for x, y, radius in _places(rng, sheet.side, sheet.stroke):
        outline = blob(rng, x, y, radius)
        sheet.fill(outline, light(rng))
        sheet.line(outline, ink=sheet.ink(vivid(rng)))


def light_on_dark(sheet: Sheet, rng: np.random.Generator) -> None:
    """Pale lines around dark fills."""
    shapes(sheet, rng, dark)


def any_fills(sheet: Sheet, rng: np.random.Generator) -> None:
    """Fills of any colour, some of which are nearly as dark as the ink."""
    shapes(sheet, rng, any_color)


def pencil(sheet: Sheet, rng: np.random.Generator) -> None:
    """Open grey strokes that swell and fade a little, no fills."""
    for _ in range(int(rng.integers(4, 8))):
        curve = wave(rng, sheet.side, float(rng.uniform(300, 900)))
        grey = int(rng.integers(70, 130))
        swell = 1 + 0.3 * np.sin(np.arange(len(curve)) / 40 + rng.uniform(0, 6))
        sheet.line(curve, sheet.stroke * swell, sheet.ink((grey, grey, grey + 8, 255)))


def hatching(sheet: Sheet, rng: np.random.Generator) -> None:
    """A shape whose shade is made of lines, some way apart."""
    x, y = rng.uniform(0.4, 0.6, 2) * sheet.side
    outline = blob(rng, x, y, 0.3 * sheet.side)
    sheet.fill(outline, light(rng))
    sheet.line(outline)
    way = rng.uniform(0, np.pi)
    along, across = np.array([np.cos(way), np.sin(way)]), np.array([-np.sin(way), np.cos(way)])
    for number in range(-2, 3):
        middle = np.array([x, y]) + across * number * max(4 * sheet.stroke, 0.07 * sheet.side)
        sheet.line(middle + along * np.arange(-0.11 * sheet.side, 0.11 * sheet.side, 2)[:, None])


def brush(sheet: Sheet, rng: np.random.Generator) -> None:
    """Outlines that are thick on one side and thin on the other."""
    for x, y, radius in _places(rng, sheet.side, sheet.stroke):
        outline = blob(rng, x, y, radius)
        sheet.fill(outline, light(rng))
        turn = np.linspace(0, 2 * np.pi, len(outline)) + rng.uniform(0, 6)
        sheet.line(outline, sheet.stroke * (1 + 0.6 * np.sin(turn)))


def double(sheet: Sheet, rng: np.random.Generator) -> None:
    """Outlines drawn twice, one within the other."""
    for x, y, radius in _places(rng, sheet.side, sheet.stroke):
        outline = blob(rng, x, y, radius)
        inner = (outline - (x, y)) * (1 - 3.2 * sheet.stroke / radius) + (x, y)
        sheet.fill(outline, light(rng))
        sheet.line(outline)
        if radius > 8 * sheet.stroke:
            sheet.line(inner)


def lettering(sheet: Sheet, rng: np.random.Generator) -> None:
    """A few large letters in Pillow's own face."""
    size = sheet.side * FINE // 3
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(sheet.lines)
    for row in range(2):
        word = "".join(rng.choice(list("ABCDEHKLMNORSTUXZ"), 3))
        draw.text((0.08 * sheet.side * FINE, (0.08 + 0.45 * row) * sheet.side * FINE), word, fill=1, font=font)


KINDS: dict[str, Callable[[Sheet, np.random.Generator], None]] = {
    "shapes": shapes,
    "coloured lines": colored,
    "light on dark": light_on_dark,
    "pencil": pencil,
    "hatching": hatching,
    "brush": brush,
    "double lines": double,
    "lettering": lettering,
    "transparent ground": shapes,
    "native art": shapes,
    "any fills": any_fills,
}


def drawing(kind: str, seed: int, stroke: float = 14, side: int = 1024) -> Drawing:
    """The drawing of a kind that a seed stands for; `native art` is four times smaller, lines included."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    if kind == "native art":
        side, stroke = side // 4, stroke / 4
    ground = dark(rng) if kind == "light on dark" else (0, 0, 0, 0) if kind == "transparent ground" else WHITE
    ink = light(rng) if kind == "light on dark" else BLACK
    sheet = Sheet(side, stroke, ground, ink, smooth=kind == "native art" or bool(rng.random() < 0.5))
    KINDS[kind](sheet, rng)
    return sheet.drawing()
