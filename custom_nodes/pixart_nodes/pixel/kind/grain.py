"""Grain on a drawing: noise of a camera, or the dots of a GIF; what is seen from afar, where grain is averaged away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..grid import sample
from ..grid.sample import RGBA
from ..resize.noise import median

LEAST_NOISE, MOST_NOISE = 3.0, 16.0  # of 255, the noise that there is: with less all is seen near by, more is a texture
NOISE_LEFT = 2.2  # of 255, the noise that may be left
FARTHEST_SCALE = 4  # times smaller
LEAST_SIDE = 160  # pixels of the shorter side, made so small
TO_SIGMA = 1.4826  # times the median of how far values are from theirs is a normal noise's standard deviation
FEW_LINES = 14  # rows, and as many columns: enough to leave most photographs alone
WEB_STEP = 51  # of 255, between two levels of a channel in the web's palette


def smaller(rgba: RGBA, times: int) -> RGBA:
    """uint8 [H, W, 4] so many times smaller, each pixel a mean; what is left at the ends is cut off."""
    height, width = (size // times for size in rgba.shape[:2])
    sums = np.full((height, width, 4), times * times // 2, np.uint16)
    for y, x in np.ndindex(times, times):
        sums += rgba[y : height * times : times, x : width * times : times]
    return (sums // np.uint16(times * times)).astype(np.uint8)


def noise(sides: tuple[RGBA, RGBA]) -> float:
    """The standard deviation of normal noise in some rows and columns, of 255: by their second differences."""
    return float(np.median([_noise(sample.premultiplied(lines)[:3]) for lines in sides]))


def _noise(planes: NDArray[np.int16]) -> float:
    if planes.shape[2] < 3:
        return 0.0
    bend = np.abs(planes[:, :, 2:] + planes[:, :, :-2] - 2 * planes[:, :, 1:-1])
    return float(np.median(bend)) * TO_SIGMA / 6**0.5


def distance(rgba: RGBA, lines: tuple[RGBA, RGBA]) -> int:
    """How many times smaller uint8 [H, W, 4] has no noise, by some of its lines; 1 where it has none, or too much."""
    strength = noise(lines)
    if not LEAST_NOISE <= strength <= MOST_NOISE:
        return 1
    return max(1, min(int(np.ceil(strength / NOISE_LEFT)), FARTHEST_SCALE, min(rgba.shape[:2]) // LEAST_SIDE))


def from_afar(rgba: RGBA, times: int) -> RGBA:
    """uint8 [H, W, 4] so many times smaller, without the noise that is left."""
    return median(smaller(rgba, times))


def few(sides: tuple[RGBA, RGBA]) -> tuple[RGBA, RGBA]:
    """Some of the rows and columns of a picture."""
    rows, columns = (lines[sample.spread(len(lines), FEW_LINES)] for lines in sides)
    return rows, columns


def few_from_afar(rgba: RGBA, times: int) -> tuple[RGBA, RGBA]:
    """Some rows and columns of uint8 [H, W, 4] from afar."""
    return _rows_from_afar(rgba, times), _rows_from_afar(rgba.transpose(1, 0, 2), times)


def _rows_from_afar(rgba: RGBA, times: int) -> RGBA:
    """Rows of a picture from afar, each by a strip that is three of them high, as a median needs it."""
    middles = 1 + sample.spread(len(rgba) // times - 2, FEW_LINES)
    strips = np.concatenate([rgba[(y - 1) * times : (y + 2) * times] for y in middles])
    return from_afar(strips, times)[1::3]


def on_web_palette(sides: tuple[RGBA, RGBA]) -> bool:
    """Whether some rows and columns have no colours but those of six levels a channel that were safe for the web."""
    return all(bool((lines[..., :3] % WEB_STEP == 0).all()) for lines in sides)


def without_dots(rgba: RGBA) -> RGBA:
    """uint8 [H, W, 4] made so small that dots of colours become the colour that they stand for."""
    times = min(FARTHEST_SCALE, min(rgba.shape[:2]) // LEAST_SIDE)
    return median(smaller(rgba, times)) if times > 1 else rgba


def gentle(sides: tuple[RGBA, RGBA]) -> float:
    """The share of changes in some rows and columns that go one level of the web's palette up or down in a channel."""
    steps = np.concatenate([_steps(sample.premultiplied(lines)[:3]) for lines in sides])
    return float(np.count_nonzero(steps <= WEB_STEP) / max(len(steps), 1))


def _steps(planes: NDArray[np.int16]) -> NDArray[np.int16]:
    steps = np.abs(np.diff(planes, axis=2)).sum(axis=0).ravel()
    return steps[steps > 0]
