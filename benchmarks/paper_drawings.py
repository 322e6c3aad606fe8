"""Drawings on paper whose every stroke is known: what pens, pencils and felt pens leave on blank or ruled sheets.

A drawing is made of curves in shares of the sheet's height, so that it can be rendered at any size. `Sheet.marks` is
how much of each pixel a stroke or a fill covers, and with it the truth that a cleaned photo is held against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.clean.paper.opencv import cv2

Curve = NDArray[np.float64]  # [N, 2] as x, y
Plane = NDArray[np.float32]  # [H, W]
Color = tuple[float, float, float]  # sRGB, 0 to 1

ASPECT = 210 / 297  # of A4
FINE = 4  # rendered so many times as large, then averaged

INKS: dict[str, tuple[Color, ...]] = {
    "pen": ((0.08, 0.08, 0.1), (0.1, 0.14, 0.42), (0.16, 0.12, 0.12), (0.05, 0.05, 0.05)),
    "pencil": ((0.36, 0.36, 0.37), (0.46, 0.46, 0.46), (0.28, 0.28, 0.3)),
    "felt": ((0.85, 0.16, 0.14), (0.1, 0.32, 0.72), (0.08, 0.5, 0.22), (0.05, 0.05, 0.06), (0.45, 0.16, 0.5),
             (0.93, 0.45, 0.1)),
    "chalk": ((0.9, 0.9, 0.88), (0.92, 0.85, 0.5), (0.9, 0.62, 0.6)),
    "coloured pencil": ((0.8, 0.35, 0.32), (0.32, 0.48, 0.78), (0.35, 0.62, 0.36), (0.9, 0.62, 0.3),
                        (0.55, 0.36, 0.62)),
    "crayon": ((0.82, 0.22, 0.2), (0.2, 0.38, 0.72), (0.2, 0.55, 0.26), (0.25, 0.2, 0.2), (0.92, 0.55, 0.15)),
    "faint pencil": ((0.84, 0.84, 0.85), (0.86, 0.86, 0.86), (0.82, 0.82, 0.83)),
    "blue ball-pen": ((0.2, 0.26, 0.6), (0.24, 0.3, 0.66), (0.16, 0.2, 0.52)),
    "marker": ((0.1, 0.1, 0.12), (0.75, 0.18, 0.18), (0.15, 0.3, 0.65), (0.1, 0.48, 0.3)),
    "white pencil": ((0.85, 0.85, 0.84), (0.88, 0.86, 0.82), (0.8, 0.8, 0.8)),
}  # fmt: skip
FILLS: tuple[Color, ...] = (
    (0.98, 0.86, 0.2), (0.95, 0.55, 0.5), (0.55, 0.78, 0.95), (0.55, 0.82, 0.45), (0.92, 0.3, 0.2), (0.3, 0.45, 0.8),
)  # fmt: skip
PAPERS: dict[str, Color] = {"white": (0.97, 0.97, 0.97), "cream": (0.96, 0.92, 0.82), "grey": (0.88, 0.88, 0.87)}
COLORED: dict[str, Color] = {
    "yellow": (0.97, 0.92, 0.55), "kraft": (0.72, 0.56, 0.4), "pink": (0.95, 0.72, 0.78),
    "light blue": (0.7, 0.84, 0.93), "black": (0.1, 0.1, 0.11),
}  # fmt: skip
BOARD: Color = (0.16, 0.23, 0.2)
KINDS = ("sheet", "folded sheet", "two pages", "board")
MANY_COLORED = ("felt", "coloured pencil", "crayon", "marker")
RULINGS = ("none", "lines", "squares", "dots")
BOLD_RULINGS: dict[str, tuple[Color, tuple[tuple[float, float, float], ...]]] = {
    "legal pad": ((0.0, 0.0, 0.0), ()),
    "blue graph": ((0.45, 0.65, 0.88), ((5, 0.8, 0.5), (25, 1.6, 0.8))),
    "red graph": ((0.92, 0.5, 0.45), ((5, 0.8, 0.5), (10, 1.2, 0.7))),
    "green graph": ((0.45, 0.75, 0.55), ((4, 0.8, 0.6), (20, 1.5, 0.8))),
    "dark graph": ((0.35, 0.4, 0.6), ((5, 0.8, 0.5), (25, 1.8, 1.0))),
    "dark squares": ((0.32, 0.42, 0.72), ((8, 1.2, 1.0),)),
    "grey graph": ((0.5, 0.5, 0.52), ((5, 1.0, 0.8),)),
}  # colour; of each grid the step in millimetres of A4, width and depth
WIDTHS = {
    "pen": (0.0030, 0.0055),
    "pencil": (0.0032, 0.0060),
    "felt": (0.006, 0.012),
    "chalk": (0.006, 0.011),
    "coloured pencil": (0.0035, 0.007),
    "crayon": (0.010, 0.016),
    "faint pencil": (0.0035, 0.006),
    "blue ball-pen": (0.003, 0.005),
    "marker": (0.006, 0.011),
    "white pencil": (0.004, 0.007),
}  # of the sheet's height


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet of paper: its reflectance as sRGB float32 [H, W, 3], and how much of each pixel is drawn on [H, W]."""

    color: NDArray[np.float32]
    marks: Plane
    lines: Plane  # of marks, the strokes alone
    paper: Plane | None = None  # where the sheet is paper, None if everywhere
    aside: Plane | None = None  # what doesn't count as drawn or as blank


@dataclass(frozen=True)
class Look:
    """What a sheet is like, and by what it was drawn on."""

    tool: str  # pen, pencil, felt or chalk
    filled: bool
    paper: str
    ruling: str
    landscape: bool
    thinnest: float = 0.0  # strokes are at least so wide, as a share of the sheet's height
    kind: str = KINDS[0]


def sheet(look: Look, height: int, seed: int) -> Sheet:
    """The sheet of a seed, `height` pixels high; another height shows the same drawing."""
    rng, texture = np.random.default_rng(seed), np.random.default_rng([seed, 1])  # what depends on the size, and not
    aspect = 1 / ASPECT if look.landscape else ASPECT
    size = (round(height * aspect), height)
    ground = np.array(BOARD if look.kind == "board" else (PAPERS | COLORED)[look.paper], np.float32)
    color = _ruled(np.broadcast_to(ground, (*size[::-1], 3)).copy(), look, rng)
    shapes = _scene(aspect, rng)
    width = max(rng.uniform(*WIDTHS[look.tool]), look.thinnest)
    inks = [INKS[look.tool][k] for k in rng.permutation(len(INKS[look.tool]))[: 4 if look.tool in MANY_COLORED else 1]]
    marks = np.zeros(size[::-1], np.float32)
    lines = np.zeros_like(marks)
    for shape in shapes:
        closed = np.array_equal(shape[0], shape[-1])
        if look.filled and closed and rng.random() < 0.7:
            part, cover = _area(shape, size)
            _lay(color[part], cover * _streaks(size, texture)[part], FILLS[rng.integers(len(FILLS))])
            np.maximum(marks[part], cover, out=marks[part])
        part, cover = _stroke(shape, width * rng.uniform(0.9, 1.15), size)
        _lay(
            color[part], cover * _deposit(look.tool, cover.shape[::-1], size[1], texture), inks[rng.integers(len(inks))]
        )
        for plane in (marks, lines):
            np.maximum(plane[part], cover, out=plane[part])
    return Sheet((color * _shade(look.kind, size)[..., None]).astype(np.float32), marks, lines)


def _shade(kind: str, size: tuple[int, int]) -> Plane:
    """What folds, or the gutter between two pages, leave of the sheet's brightness: float32 [H, W]."""
    x = np.abs((np.arange(size[0]) + 0.5) / size[0] - 0.5)[None, :]
    y = ((np.arange(size[1]) + 0.5) / size[1] - 0.5)[:, None]
    shade = np.ones(size[::-1])
    if kind == "two pages":
        shade = shade - 0.55 * np.exp(-x / 0.012) - 0.12 * np.exp(-x / 0.05)
    if kind == "folded sheet":
        shade = (shade - 0.2 * np.exp(-x / 0.0012)) * np.where(y > 0, 1 - 0.1 * np.exp(-y / 0.12), 1.0)
    return shade.astype(np.float32)


def _lay(color: NDArray[np.float32], cover: Plane, ink: Color) -> None:
    color += (np.array(ink, np.float32) - color) * cover[..., None]


SHIFT = 4  # fractional bits of coordinates
Part = tuple[slice, slice]


def _stroke(curve: Curve, width: float, size: tuple[int, int]) -> tuple[Part, Plane]:
    thick = max(1, round(width * size[1] * FINE) - 1)  # OpenCV's anti-aliased lines are a pixel wider than asked
    return _drawn(lambda fine, at: cv2.polylines(fine, [at], False, 255, thick, cv2.LINE_AA, SHIFT), curve, width, size)


def _area(curve: Curve, size: tuple[int, int]) -> tuple[Part, Plane]:
    return _drawn(lambda fine, at: cv2.fillPoly(fine, [at], 255, cv2.LINE_AA, SHIFT), curve, 0.0, size)


def _drawn(
    draw: Callable[[NDArray[np.uint8], NDArray[np.int32]], object], curve: Curve, width: float, size: tuple[int, int]
) -> tuple[Part, Plane]:
    """The part of the sheet that a curve is in, and how much it covers of each pixel there."""
    places = curve * size[1]
    low = np.clip(np.floor(places.min(axis=0) - width * size[1] - 2), 0, np.array(size) - 1).astype(int)
    high = np.clip(np.ceil(places.max(axis=0) + width * size[1] + 2), low + 1, size).astype(int)
    fine = np.zeros(((high - low) * FINE)[::-1], np.uint8)
    draw(fine, np.rint(((places - low) * FINE - 0.5) * (1 << SHIFT)).astype(np.int32))
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    return part, cv2.resize(fine, (high - low).tolist(), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(
        255
    )


def _deposit(tool: str, size: tuple[int, int], height: int, rng: np.random.Generator) -> Plane | float:
    """How much of its colour a tool leaves: graphite misses the valleys of paper and varies with pressure."""
    if tool == "pen":
        return float(rng.uniform(0.92, 1))
    if tool in ("felt", "marker"):
        return float(rng.uniform(0.85, 0.98))
    grain = cv2.GaussianBlur(rng.standard_normal(size[::-1], np.float32), (0, 0), height / 2600)
    pressure = _smooth(size, rng, 7)
    if tool == "crayon":
        return np.clip(0.8 + 0.15 * pressure + 0.25 * grain / grain.std(), 0.2, 1).astype(np.float32)
    return np.clip(0.86 + 0.14 * pressure + 0.11 * grain / grain.std(), 0.35, 1).astype(np.float32)


def _streaks(size: tuple[int, int], rng: np.random.Generator) -> Plane:
    """A fill is drawn to and fro, so it has stripes."""
    coarse = rng.uniform(0.8, 0.97, (max(4, size[1] // 14), 3)).astype(np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def _smooth(size: tuple[int, int], rng: np.random.Generator, cells: int) -> Plane:
    return cv2.resize(rng.uniform(-1, 1, (cells, cells)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)


def _ruled(color: NDArray[np.float32], look: Look, rng: np.random.Generator) -> NDArray[np.float32]:
    height, width = color.shape[:2]
    step = height * {"lines": 8, "squares": 5, "dots": 5}.get(look.ruling, 1) / 297
    ink = np.array([(0.62, 0.72, 0.86), (0.72, 0.72, 0.74), (0.66, 0.8, 0.78)][rng.integers(3)], np.float32)
    thin = max(0.7, height * 0.0009)
    ys, xs = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    across, down = _comb(ys, step, thin), _comb(xs, step, thin)
    if look.ruling == "lines":
        cover = np.broadcast_to(across[:, None], color.shape[:2]).copy()
        margin = np.clip(thin - np.abs(xs - width * 0.14) + 0.5, 0, 1)
        color += (np.array((0.9, 0.6, 0.6), np.float32) - color) * margin[None, :, None]
    elif look.ruling == "squares":
        cover = np.maximum(across[:, None], down[None, :])
    elif look.ruling == "dots":
        y = (ys + step / 2) % step - step / 2
        x = (xs + step / 2) % step - step / 2
        cover = np.clip(thin * 1.6 - np.hypot(y[:, None], x[None, :]) + 0.5, 0, 1)
    elif look.ruling in BOLD_RULINGS:
        return _bold(color, look.ruling)
    else:
        return color
    return (color + (ink - color) * cover[..., None]).astype(np.float32)


def _bold(color: NDArray[np.float32], ruling: str) -> NDArray[np.float32]:
    """A legal pad's lines with a double margin, or millimetres with bolder lines for five and ten of them."""
    height, width = color.shape[:2]
    ys, xs = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    thin, one = max(0.7, height * 0.0009), height / 297
    if ruling == "legal pad":
        _lay(color, np.broadcast_to(_comb(ys, 8.7 * one, 1.3 * thin)[:, None], color.shape[:2]), (0.45, 0.58, 0.8))
        for at in (0.15, 0.162):
            margin = np.clip(thin - np.abs(xs - width * at) + 0.5, 0, 1)
            _lay(color, np.broadcast_to(margin[None, :], color.shape[:2]), (0.85, 0.4, 0.42))
        return color
    ink, steps = BOLD_RULINGS[ruling]
    for step, wide, depth in steps:
        first = 1.2 * (step - steps[0][0]) * one  # so that bolder lines lie on finer ones
        across, down = (_comb(at + first, step * one, wide * thin) for at in (ys, xs))
        _lay(color, np.maximum(across[:, None], down[None, :]) * np.float32(depth), ink)
    return color


def _comb(at: Plane, step: float, thin: float) -> Plane:
    near = np.abs((at - step * 0.7) % step - step / 2)
    return np.clip(thin / 2 - near + 0.5, 0, 1).astype(np.float32)


def _scene(aspect: float, rng: np.random.Generator) -> list[Curve]:
    """Some things, each in a place of its own."""
    places = [(x, y) for y in range(4) for x in range(3)]
    count = int(rng.integers(5, 10))
    shapes: list[Curve] = []
    for k in rng.permutation(len(places))[:count]:
        x, y = places[k]
        middle = np.array([(x + 0.5) / 3 * aspect * 0.9 + 0.05 * aspect, (y + 0.5) / 4 * 0.9 + 0.05])
        radius = min(aspect / 3, 1 / 4) * 0.42
        thing = THINGS[rng.integers(len(THINGS))]
        shapes += [middle + radius * rng.uniform(0.8, 1.25) * part for part in thing(rng)]
    return shapes


def _circle(radius: float = 1.0, x: float = 0.0, y: float = 0.0, tall: float = 1.0) -> Curve:
    turn = np.linspace(0, 2 * np.pi, 97)
    ring = np.stack([x + radius * np.cos(turn), y + radius * tall * np.sin(turn)], axis=1)
    ring[-1] = ring[0]
    return ring


def _path(*points: tuple[float, float]) -> Curve:
    return np.array(points, np.float64)


def _blob(rng: np.random.Generator) -> list[Curve]:
    turn = np.linspace(0, 2 * np.pi, 161)
    radius = 0.8 + sum(rng.normal(0, 0.28 / k) * np.cos(k * turn + rng.uniform(0, 6)) for k in range(2, 6))
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    ring[-1] = ring[0]
    return [ring]


def _house(rng: np.random.Generator) -> list[Curve]:
    top = rng.uniform(-1, -0.7)
    return [
        _path((-0.7, -0.2), (0.7, -0.2), (0.7, 0.8), (-0.7, 0.8), (-0.7, -0.2)),
        _path((-0.85, -0.2), (0, top), (0.85, -0.2), (-0.85, -0.2)),
        _path((-0.15, 0.8), (-0.15, 0.25), (0.2, 0.25), (0.2, 0.8)),
        _path((0.35, 0.0), (0.6, 0.0), (0.6, 0.3), (0.35, 0.3), (0.35, 0.0)),
    ]


def _face(rng: np.random.Generator) -> list[Curve]:
    smile = np.linspace(0.2, np.pi - 0.2, 30)
    mouth = np.stack([0.45 * np.cos(smile), 0.1 + rng.uniform(0.2, 0.4) * np.sin(smile)], axis=1)
    return [_circle(0.9), _circle(0.09, -0.32, -0.25), _circle(0.09, 0.32, -0.25), mouth]


def _spiral(rng: np.random.Generator) -> list[Curve]:
    turn = np.linspace(0, rng.uniform(4, 7) * np.pi, 300)
    return [np.stack([turn * np.cos(turn), turn * np.sin(turn)], axis=1) / turn[-1]]


def _man(rng: np.random.Generator) -> list[Curve]:
    arm = rng.uniform(-0.5, 0.2)
    return [
        _circle(0.24, 0, -0.72),
        _path((0, -0.48), (0, 0.3)),
        _path((-0.5, arm), (0, -0.3), (0.5, -arm - 0.2)),
        _path((-0.4, 0.95), (0, 0.3), (0.4, 0.95)),
    ]


def _tree(rng: np.random.Generator) -> list[Curve]:
    turn = np.linspace(0, 2 * np.pi, 181)
    radius = 0.55 + 0.07 * np.cos(rng.integers(6, 10) * turn)
    crown = np.stack([radius * np.cos(turn), radius * np.sin(turn) - 0.35], axis=1)
    crown[-1] = crown[0]
    return [crown, _path((-0.12, 0.2), (-0.16, 0.95), (0.18, 0.95), (0.12, 0.2))]


def _hatching(rng: np.random.Generator) -> list[Curve]:
    edge = _path((-0.8, -0.5), (0.8, -0.5), (0.8, 0.6), (-0.8, 0.6), (-0.8, -0.5))
    return [edge, *(_path((x, 0.6), (x + 0.5, -0.5)) for x in np.linspace(-0.8, 0.3, int(rng.integers(4, 7))))]


def _star(rng: np.random.Generator) -> list[Curve]:
    points = int(rng.integers(5, 8))
    turn = np.arange(2 * points + 1) * np.pi / points - np.pi / 2
    radius = np.where(np.arange(2 * points + 1) % 2, 0.42, 0.95)
    ring = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    ring[-1] = ring[0]
    return [ring]


def _wave(rng: np.random.Generator) -> list[Curve]:
    x = np.linspace(-1, 1, 120)
    return [np.stack([x, y + 0.18 * np.sin(x * rng.uniform(6, 11))], axis=1) for y in (-0.5, 0, 0.5)]


def _fish(rng: np.random.Generator) -> list[Curve]:
    return [_circle(0.65, -0.15, 0, rng.uniform(0.5, 0.75)), _circle(0.07, -0.5, -0.1),
            _path((0.48, 0), (0.95, -0.4), (0.95, 0.4), (0.48, 0))]  # fmt: skip


THINGS = (_blob, _house, _face, _spiral, _man, _tree, _hatching, _star, _wave, _fish)
