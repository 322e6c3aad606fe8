"""Rain, snow, fog, storms and northern lights over a place, behind what the picture is about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..colors import rgb
from ..texture import noise
from . import chance
from .canvas import Canvas, Mask
from .light import FOG, MOON_FOG, mixed
from .piece import rendered

CURTAINS = tuple(rgb(color) for color in ("#4dffb0", "#39d6d0", "#b06cf0"))  # of the northern lights
DROP, FLAKE, BOLT = rgb("#dcebf5"), rgb("#ffffff"), rgb("#ffe98a")
SAND, MOON_SAND, STREAKS = (
    rgb("#d9b27a"),
    rgb("#837b7f"),
    (rgb("#f0d9a8"), rgb("#b98f58")),
)  # of what flies in a sandstorm
THICK_FOG, THIN_FOG = (55, 32), (22, 8)
# percent of fog above the horizon and below it, by day and at night, when less would be seen through it
STORM = "storm"  # the weather with lightning
COARSE = 16  # pixels of the smaller side below which no drops are drawn


def _rain(canvas: Canvas, horizon: int, time: str, seed: int) -> None:
    """Slanting strokes of three specks, in two of five places."""
    grain = canvas.grain
    y, x = np.mgrid[: canvas.height, : canvas.width].astype(np.int64) // grain
    along = x + y // 2  # strokes lean to the left
    stroke = (noise(y // 6, along // 5, seed) < 42) & (along % 5 == noise(y // 6, along // 5, seed + 1) % 5)
    stroke &= y % 6 < 3
    around = canvas.color[max(0, horizon - 1), 0]
    canvas.color[stroke] = mixed(around, DROP, 52 if time != "night" else 24)


def _snow(canvas: Canvas, horizon: int, time: str, seed: int) -> None:
    """Flakes of a speck, some of two."""
    grain = canvas.grain
    y, x = np.mgrid[: canvas.height, : canvas.width].astype(np.int64) // grain
    cell = noise(y // 5, x // 5, seed)
    spot = noise(y // 5, x // 5, seed + 1) % 16
    v, u = y % 5, x % 5
    flake = (v == spot // 4) & (u == spot % 4)
    right, down = u - spot % 4, v - spot // 4
    large = (right >= 0) & (right <= 1) & (down >= 0) & (down <= 1)
    mask = (flake & (cell < 38)) | (large & (cell > 90) & (canvas.side >= 48))
    canvas.color[mask] = FLAKE if time != "night" else mixed(np.array(FLAKE, np.uint8), (60, 70, 130), 30)


def _fog(canvas: Canvas, horizon: int, time: str, seed: int) -> None:
    """What is far fades most; banks of fog lie along the horizon."""
    color, (far_percent, near_percent) = (MOON_FOG, THIN_FOG) if time == "night" else (FOG, THICK_FOG)
    far = slice(0, max(1, horizon))
    canvas.color[far] = mixed(canvas.color[far], color, far_percent)
    canvas.color[max(1, horizon) :] = mixed(canvas.color[max(1, horizon) :], color, near_percent)
    grain = canvas.grain
    y, x = np.mgrid[: canvas.height, : canvas.width].astype(np.int64) // grain
    reach = max(3, canvas.side // (5 * grain))
    for number, percent in enumerate((46, 80)):
        middle = (horizon + canvas.side * (number * 24 - 10) // 100) // grain
        long = 9 + 6 * number
        bank = (np.abs(y - middle) < reach // 3) & (noise(y // 2, (x + y * 3) // long, seed + number) < percent)
        canvas.color[bank] = mixed(canvas.color[bank], color, 40)


def _sandstorm(canvas: Canvas, horizon: int, time: str, seed: int) -> None:
    """Sand fills the air, and flies along in streaks of a speck's height."""
    grain = canvas.grain
    canvas.color[:] = mixed(canvas.color, MOON_SAND if time == "night" else SAND, 62)
    y, x = np.mgrid[: canvas.height, : canvas.width].astype(np.int64) // grain
    for number, (long, percent) in enumerate(((11, 10), (7, 8))):
        along = x + y * 5 + noise(y, y * 0, seed + number) % long
        streak = (noise(y, along // long, seed + number + 2) < percent) & (y % 2 == number)
        canvas.color[streak] = mixed(canvas.color[streak], STREAKS[number], 60)


def _lightning(canvas: Canvas, seed: int, hidden: Mask) -> None:
    """A flash at the side where less of it is hidden by what the picture is about."""
    size = max(8, canvas.side * 30 // 100)
    bolt = rendered("lightning", size)
    inward, top = canvas.side * 12 // 100, canvas.side * 4 // 100
    lefts = [canvas.width - inward - size // 2, inward - size // 2]
    lefts = lefts[::-1] if chance.number(seed, "bolt", 2) else lefts
    left = min(lefts, key=lambda left: int(hidden[top : top + size, max(0, left) : left + size].sum()))
    canvas.paste(bolt.pixels[..., :3], bolt, left, top, subject=False)


def _aurora(canvas: Canvas, horizon: int, time: str, seed: int) -> None:
    """Curtains of light in the sky, brightest at their wavy lower edge; the rays in them have heights of their own."""
    grain = canvas.grain
    y, x = np.mgrid[: max(1, horizon), : canvas.width].astype(np.int64) // grain
    side = canvas.side // grain
    sky = canvas.color[: max(1, horizon)]
    for number, color in enumerate(CURTAINS):
        period = side * (9 - number) // 10 + 1
        bend = np.abs((x + side * number // 3 + seed % 17) % period - period // 2)
        low = side * (52 - 15 * number) // 100 - bend * 4 // 10
        high = side * (22 + noise(x // 2, x * 0, seed + number) % 14) // 100
        for part, percent in ((4, 26), (3, 48), (2, 66)):
            band = (y <= low) & (y > low - high * part // 4)
            sky[band] = mixed(sky[band], color, percent // 2)


WEATHERS: dict[str, Callable[[Canvas, int, str, int], None]] = {
    "rain": _rain,
    "snow": _snow,
    "fog": _fog,
    "sandstorm": _sandstorm,
    STORM: _rain,
    "aurora": _aurora,
}


def paint_weather(canvas: Canvas, weather: str, horizon: int, time: str, seed: int, hidden: Mask) -> None:
    """A weather, "" for none, over what has been painted; `hidden` is what will be painted over it [height, width]."""
    if weather in WEATHERS and canvas.side >= COARSE:
        WEATHERS[weather](canvas, horizon, time, seed)
        if weather == STORM:
            _lightning(canvas, seed, hidden)
