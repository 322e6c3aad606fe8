"""Grain on a drawing: noise of a camera, or the dots of a GIF; what is seen from afar, where grain is averaged away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..grid import sample
from ..grid.sample import RGBA
from ..resize.noise import median

LEAST, MOST = 3.0, 16.0  # of 255, the noise that there is: with less all is seen near by, more is a texture
LEFT = 2.2  # of 255, the noise that may be left
FARTHEST = 4  # times smaller
LEAST_SIDE = 160  # pixels of the shorter side, made so small
TO_SIGMA = 1.4826  # times the median of how far values are from theirs is a normal noise's standard deviation
STEP = 51  # of 255, between two levels of a channel in the web's palette


def smaller(rgba: RGBA, times: int) -> RGBA:
    """uint8 [H, W, 4] so many times smaller, each pixel a mean; what is left at the ends is cut off."""
    height, width = (size // times for size in rgba.shape[:2])
    blocks = rgba[: height * times, : width * times].reshape(height, times, width, times, 4)
    sums = blocks.sum(axis=(1, 3), dtype=np.uint32)
    return ((sums + times * times // 2) // (times * times)).astype(np.uint8)


def noise(sides: tuple[RGBA, RGBA]) -> float:
    """The standard deviation of normal noise in some rows and columns, of 255: by their second differences."""
    return float(np.median([_noise(sample.premultiplied(lines)[:3]) for lines in sides]))


def _noise(planes: NDArray[np.int16]) -> float:
    if planes.shape[2] < 3:
        return 0.0
    bend = np.abs(planes[:, :, 2:] + planes[:, :, :-2] - 2 * planes[:, :, 1:-1])
    return float(np.median(bend)) * TO_SIGMA / 6**0.5


def from_afar(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> RGBA | None:
    """uint8 [H, W, 4] made so small that noise is gone; None where there is none, or too much."""
    strength = noise(sides)
    if not LEAST <= strength <= MOST:
        return None
    times = min(int(np.ceil(strength / LEFT)), FARTHEST, min(rgba.shape[:2]) // LEAST_SIDE)
    return median(smaller(rgba, times)) if times > 1 else None


def on_web_palette(sides: tuple[RGBA, RGBA]) -> bool:
    """Whether some rows and columns have no colours but those of six levels a channel that were safe for the web."""
    return all(bool((lines[..., :3] % STEP == 0).all()) for lines in sides)


def without_dots(rgba: RGBA) -> RGBA:
    """uint8 [H, W, 4] made so small that dots of colours become the colour that they stand for."""
    times = min(FARTHEST, min(rgba.shape[:2]) // LEAST_SIDE)
    return median(smaller(rgba, times)) if times > 1 else rgba


def gentle(sides: tuple[RGBA, RGBA]) -> float:
    """The share of changes in some rows and columns that go one level of the web's palette up or down in a channel."""
    steps = np.concatenate([_steps(sample.premultiplied(lines)[:3]) for lines in sides])
    return float(np.count_nonzero(steps <= STEP) / max(len(steps), 1))


def _steps(planes: NDArray[np.int16]) -> NDArray[np.int16]:
    steps = np.abs(np.diff(planes, axis=2)).sum(axis=0).ravel()
    return steps[steps > 0]
