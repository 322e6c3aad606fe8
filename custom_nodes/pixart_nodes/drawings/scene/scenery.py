"""Grounds to pixels: air in bands, skylines, rows of drawings that fade into the air, the floor with its pattern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import library
from ..colors import Rgb, rgb
from ..geometry import DEGREE, ONE, sine
from ..rasterization import Mask
from ..rendering import Rendering
from ..texture import noise
from . import chance
from .canvas import Canvas
from .light import Light, lit, mixed
from .measure import measure
from .pattern import PATTERNS
from .piece import Piece, rendered, snapped
from .terrain import Ground, Ridge, Row

Colors = NDArray[np.uint8]
DARKER, LIGHTER = (rgb("#3a3a5c"), 15), (rgb("#ffffff"), 20)  # what a pattern's tones are mixed with, in percent
COARSE = 24  # pixels of the smaller side below which there are neither specks nor dithered rows
LINE = rgb("#4a4560")  # outlines of what stands in the background
SEASONS = {  # what stands in for trees in a place that isn't of one season by itself
    "spring": {"tree": "cherry tree"},
    "autumn": {"tree": "tree/autumn", "bush": "tree/autumn", "pine": "tree/autumn"},
    "winter": {"tree": "pine/snowy", "pine": "pine/snowy", "bush": "pine/snowy", "flower": "pine/snowy"},
}
FALLEN = {"autumn": (rgb("#c99a4e"), 34)}  # what green land is mixed with
SNOW = rgb("#f2f6fa")
LEAST_THING = 8
AFLOAT = ("vehicles", "buildings", "nature", "items")  # categories that no sea hides a part of
SUNK = 26  # percent of what swims that is under water


@dataclass(frozen=True)
class View:
    """A ground as it is seen: the canvas, where the horizon is, and in what light."""

    canvas: Canvas
    ground: Ground
    horizon: int
    air: Colors  # uint8 [bands, 3]
    light: Light
    seed: int
    season: str = ""
    has_snow: bool = False

    @property
    def haze(self) -> Rgb:
        """What far things fade into."""
        red, green, blue = (int(value) for value in self.air[-1])
        return red, green, blue

    def percent(self, share: int) -> int:
        """So many hundredths of the smaller side, in pixels."""
        return share * self.canvas.side // 100

    def in_season(self, name: str) -> str:
        """The drawing that stands in for one at this time of the year."""
        return SEASONS.get(self.season, {}).get(name, name)

    def lit(self, color: str, haze: int = 0) -> Colors:
        """A colour of the place in its light, uint8 [3]."""
        own = mixed(np.array(rgb(color), np.uint8), SNOW, 72 if self.has_snow else 0)
        return mixed(lit(own, self.light.place), self.haze, haze)


def paint_ground(view: View) -> None:
    """All of a ground but its air."""
    for layer in view.ground.behind:
        _layer(view, layer)
    if view.ground.land:
        _land(view)
    for layer in view.ground.beside:
        _layer(view, layer)
    view.canvas.opaque[:] = True


def _layer(view: View, layer: Ridge | Row) -> None:
    if isinstance(layer, Ridge):
        _ridge(view, layer)
    elif layer.at_sides:
        _sides(view, layer)
    else:
        _row(view, layer)


def tones(base: Colors) -> Colors:
    """A surface's darker, own and lighter colour, uint8 [3, 3]."""
    return np.stack([mixed(base, *DARKER), base, mixed(base, *LIGHTER)])


def patterned(name: str, base: Colors, width: int, height: int, grain: int, seed: int) -> Colors:
    """A surface uint8 [height, width, 3] with a pattern in specks of so many pixels."""
    rows, columns = -(-height // grain), -(-width // grain)
    y, x = np.mgrid[:rows, :columns].astype(np.int64)
    steps = PATTERNS[name](y, x, seed)
    return np.kron(tones(base)[steps + 1], np.ones((grain, grain, 1), np.uint8))[:height, :width]


def paint_air(view: View) -> None:
    """The sky or the wall, down to the horizon."""
    canvas, bands = view.canvas, view.air
    end = view.horizon if view.ground.land else canvas.height
    if view.ground.wall != "plain" and canvas.side >= COARSE:
        base = bands[len(bands) // 2]
        surface = patterned(view.ground.wall, base, canvas.width, max(1, end), canvas.grain, view.seed)
        canvas.color[: max(1, end)] = surface
        return
    canvas.color[:] = banded(bands, canvas.width, max(1, end), canvas.grain, canvas.side >= COARSE)[
        np.minimum(np.arange(canvas.height), max(1, end) - 1)
    ]


def banded(bands: Colors, width: int, height: int, grain: int, dithered: bool) -> Colors:
    """Bands of colours uint8 [height, width, 3], from above, with two dithered rows of specks where they meet."""
    y, x = np.mgrid[:height, :width].astype(np.int64) // grain
    count, rows = len(bands), -(-height // grain)
    band = np.minimum(y * count // max(1, rows), count - 1)
    if dithered and rows >= 4 * count:
        upper = np.maximum(y - 1, 0) * count // rows
        lower = np.minimum((y + 1) * count // rows, count - 1)
        band = np.where((x + y) % 2 == 0, np.where(lower > band, lower, band), np.where(upper < band, upper, band))
    return bands[band]


def _profile(view: View, ridge: Ridge) -> NDArray[np.int64]:
    """Pixels that a skyline is high, by column."""
    width, grain = view.canvas.width, view.canvas.grain
    top, step = view.percent(ridge.height), max(3, view.percent(ridge.every))
    x = np.arange(width, dtype=np.int64) // grain * grain + chance.number(view.seed, ridge.color, step)
    key, seed = np.frombuffer(bytes(rgb(ridge.color)), np.uint8).sum(dtype=np.int64), view.seed
    if ridge.shape == "hills":
        angles = x * 360 * DEGREE // step
        wave = 2 * sine(angles) + sine(angles * 5 // 3 + int(key) * DEGREE)
        return top * (4 * ONE + wave) // (7 * ONE)
    knot, rest = np.divmod(x, step)
    here, after = (top * (45 + noise(each, each * 0 + key, seed) * 55 // 100) // 100 for each in (knot, knot + 1))
    if ridge.shape == "roofs":
        return here // grain * grain
    if ridge.shape == "teeth":
        half = np.abs(2 * rest - step)
        return here * (step - half) // step * 3 // 4 + top // 4
    rising = rest * 2 < step
    valley = top * 30 // 100
    slope = np.where(rising, rest * 2, (step - rest) * 2)
    return valley + (here - valley) * slope // step + after * 0


def skyline(view: View) -> NDArray[np.int64]:
    """Pixels that the highest of a ground's skylines is high, by column; 0 where there is none."""
    ridges = [layer for layer in view.ground.behind if isinstance(layer, Ridge) and layer.shape != "teeth"]
    flat = np.zeros(view.canvas.width, np.int64)
    return np.max([flat, *(_profile(view, ridge) for ridge in ridges)], axis=0)


def _ridge(view: View, ridge: Ridge) -> None:
    canvas = view.canvas
    height = _profile(view, ridge)
    y = np.arange(canvas.height)[:, None]
    mask = (y >= view.horizon - height) & (y <= max(view.horizon, 0))
    if ridge.shape == "teeth":
        mask = y < height
    turns = view.season in FALLEN and ridge.shape == "hills" and not view.ground.is_snowy
    color = view.lit(ridge.color, ridge.haze)
    canvas.color[mask] = mixed(color, *FALLEN[view.season]) if turns else color
    deep = y - (view.horizon - height)
    if ridge.cap:
        jag = (np.arange(canvas.width) // canvas.grain % 3 == 1) * canvas.grain * 2
        peak = height > view.percent(ridge.height) * 45 // 100
        canvas.color[mask & peak & (deep < height * 34 // 100 + jag)] = view.lit(ridge.cap, ridge.haze)
    if ridge.shape == "roofs" and canvas.side >= COARSE:
        _windows(view, ridge, mask, deep)


def _windows(view: View, ridge: Ridge, mask: NDArray[np.bool_], deep: NDArray[np.int64]) -> None:
    """Windows of a skyline; at night some have light."""
    canvas, grain = view.canvas, view.canvas.grain
    x = np.arange(canvas.width)[None] // grain
    row = deep // grain
    night = view.light.place[0] < 140
    share = noise(row // 3, x // 3, view.seed)
    window = mask & (row % 3 == 2) & (x % 3 == 1) & (share < (34 if night else 60))
    base = view.lit(ridge.color, ridge.haze)
    canvas.color[window] = rgb("#f2d98c") if night else mixed(base, *LIGHTER)
    if night:
        canvas.shining |= window


def _row(view: View, row: Row) -> None:
    """Drawings along the whole picture, each a little out of its place."""
    step = max(LEAST_THING, view.percent(row.every))
    key = row.drawings[0] + str(row.down)
    start = -chance.number(view.seed, key, step)
    for number, x in enumerate(range(start, view.canvas.width + step, step)):
        name = view.in_season(chance.choice(view.seed, f"{key} {number}", row.drawings))
        jitter = chance.number(view.seed, f"{key} x{number}", max(1, step // 3))
        _thing(view, row, name, x + jitter, number)


def _sides(view: View, row: Row) -> None:
    """One drawing at each side of the picture, partly outside; in wide pictures a second one further in."""
    size = view.percent(row.size)
    wide = max(0, view.canvas.width - view.canvas.side)
    for number, side in enumerate((0, view.canvas.width)):
        name = view.in_season(chance.choice(view.seed, f"side {row.drawings[0]} {number}", row.drawings))
        inward = min(wide // 4, size // 3) - size // 12
        _thing(view, row, name, side + (inward if number == 0 else -inward), number)


def _thing(view: View, row: Row, name: str, x: int, number: int) -> None:
    """A drawing that stands there with its middle at x, faded into the air."""
    if not library.built_in().has(name):
        return
    grain = view.canvas.grain
    size = view.percent(row.size - chance.number(view.seed, f"size {name} {number}", 2) * row.size // 8) // grain
    if size < LEAST_THING or (view.canvas.side < 20 and row.size < 40):
        return
    mirror = chance.number(view.seed, f"turn {name} {number}", 2) == 1
    drawn = enlarged(rendered(name, snapped(size), (("ink", LINE),), mirror=mirror), grain)
    box = measure(name, mirror=mirror).box.scaled(len(drawn.shining))
    colors = drawn.pixels[..., :3]
    dimmed = mixed(lit(colors, view.light.place), view.haze, row.haze)
    colors = np.where(drawn.shining[..., None], mixed(colors, view.haze, row.haze // 2), dimmed)
    y = view.horizon + view.percent(row.down) - box.bottom
    view.canvas.paste(colors, drawn, x - box.center, y, subject=False)


def enlarged(drawn: Rendering, grain: int) -> Rendering:
    """A rendering in specks of so many pixels: backgrounds are coarser than what stands before them."""
    if grain == 1:
        return drawn
    pixels = drawn.pixels.repeat(grain, axis=0).repeat(grain, axis=1)
    return Rendering(pixels, drawn.shining.repeat(grain, axis=0).repeat(grain, axis=1), drawn.palette)


def _land(view: View) -> None:
    canvas, ground, grain = view.canvas, view.ground, view.canvas.grain
    top = max(0, min(canvas.height, view.horizon))
    deep = canvas.height - top
    if not deep:
        return
    name = ground.floor if canvas.side >= COARSE else "plain"
    base = view.lit(ground.land)
    if view.season in FALLEN and ground.floor == "tufts":
        base = mixed(base, *FALLEN[view.season])
    canvas.color[top:] = patterned(name, base, canvas.width, deep, grain, view.seed)
    canvas.shining[top:] = False
    far = min(deep, max(1, view.percent(ground.depth) * 22 // 100))
    if ground.water:
        sea = max(2, view.percent(ground.depth) * 42 // 100)
        surface = patterned(
            "waves" if name != "plain" else name, view.lit(ground.water), canvas.width, sea, grain, view.seed
        )
        canvas.color[top : top + sea] = surface[: max(0, canvas.height - top)]
        foam = top + sea
        canvas.color[foam : foam + grain] = mixed(view.lit(ground.water), *LIGHTER)
    elif ground.is_open:
        canvas.color[top : top + far] = mixed(base, view.haze, 30)
    else:
        canvas.color[top : top + grain] = mixed(base, DARKER[0], 30)
    if ground.path:
        _path(view, top)


def submerge(view: View, piece: Piece, mask: Mask) -> None:
    """Let the sea hide the lower part of what swims; boats float on their own, and land lies in it."""
    drawing, box, canvas = piece.actor.drawing, piece.box, view.canvas
    if drawing.category in AFLOAT or piece.actor.is_airborne:
        return
    _sink(canvas, mask, box.bottom - box.height * SUNK // 100, view.lit(view.ground.land))


def bathe(canvas: Canvas, piece: Piece, mask: Mask, color: Rgb) -> None:
    """Let the water of a pool hide the lower part of who is in it."""
    _sink(canvas, mask, piece.box.bottom - piece.box.height * SUNK // 100, np.array(color, np.uint8))


def _sink(canvas: Canvas, mask: Mask, line: int, base: NDArray[np.uint8]) -> None:
    """Paint all of something that is below a line in the colour of water."""
    rows = np.arange(canvas.height)[:, None]
    below = mask & (rows >= line)
    canvas.color[below] = base
    canvas.subject &= ~below
    edge = mask & (rows >= line) & (rows < line + canvas.grain)
    canvas.color[edge] = tones(base)[2]


def _path(view: View, top: int) -> None:
    """A way that leads from the front to the horizon, with a lighter edge."""
    canvas = view.canvas
    deep = max(1, canvas.height - top)
    y = np.arange(deep)[:, None]
    half = view.percent(4) + y * view.percent(34) // deep
    bend = chance.number(view.seed, "path", 40) - 20
    middle = canvas.width // 2 + view.percent(bend) * (deep - y) // deep
    away = np.abs(np.arange(canvas.width)[None] - middle)
    base = view.lit(view.ground.path)
    land = canvas.color[top:]
    land[away <= half] = base
    land[(away <= half) & (away > half - canvas.grain)] = mixed(base, *DARKER)
