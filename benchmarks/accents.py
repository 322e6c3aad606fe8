"""Pictures with colours that are few and matter: faces, sprites and scenes whose accents are two pixels wide."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RGB = NDArray[np.uint8]
Floats = NDArray[np.float64]
SIDE = 64
CASES = Path(__file__).parents[1] / "tests" / "cases"
GRAIN = 5.0  # standard deviation, sRGB values
WHITE, BLACK, RED, BLUE = (250, 250, 245), (20, 18, 24), (205, 40, 60), (60, 110, 220)
GREEN, GOLD, CYAN, MAGENTA = (60, 190, 90), (250, 205, 70), (80, 220, 230), (220, 70, 200)
Accent = tuple[int, int, int, int, tuple[int, int, int]]  # row, column, height, width, colour


def _ramp(top: tuple[int, int, int], bottom: tuple[int, int, int], seed: int) -> Floats:
    """From one colour down to another, with grain: [SIDE, SIDE, 3]."""
    share = np.linspace(0, 1, SIDE)[:, None, None]
    plain = np.array(top) * (1 - share) + np.array(bottom) * share
    return plain + np.random.default_rng(seed).normal(0, GRAIN, (SIDE, SIDE, 3))


def _disc(row: int, column: int, radius: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def _with(picture: Floats, *accents: Accent) -> RGB:
    made = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    for row, column, height, width, color in accents:
        made[row : row + height, column : column + width] = color
    return made


def _face() -> RGB:
    skin = np.where(
        _disc(32, 32, 22)[..., None], _ramp((250, 205, 175), (195, 135, 105), 1), _ramp(*[(96, 80, 72)] * 2, 2)
    )
    eyes = [(26, column, 2, 2, BLUE) for column in (24, 38)]
    return _with(skin, *eyes, (26, 26, 2, 2, WHITE), (26, 40, 2, 2, WHITE), (42, 31, 2, 2, RED))


def _night() -> RGB:
    hills = np.where(
        _disc(80, 30, 40)[..., None], _ramp((30, 44, 40), (12, 20, 18), 3), _ramp((22, 26, 60), (70, 60, 110), 4)
    )
    return _with(hills, (50, 20, 2, 2, GOLD), (54, 40, 2, 2, RED), (10, 50, 2, 2, WHITE), (56, 12, 1, 4, CYAN))


def _knight() -> RGB:
    steel = np.where(
        _disc(34, 32, 20)[..., None], _ramp((225, 228, 235), (60, 62, 74), 5), _ramp(*[(120, 128, 120)] * 2, 6)
    )
    return _with(steel, (16, 31, 2, 2, RED), (34, 22, 1, 4, GREEN), (34, 36, 4, 1, BLUE), (44, 31, 2, 2, GOLD))


def _hedge() -> RGB:
    leaves = _ramp((70, 130, 50), (30, 70, 30), 7)
    return _with(leaves, (12, 12, 2, 2, RED), (30, 44, 2, 2, MAGENTA), (48, 20, 2, 2, WHITE), (40, 52, 2, 2, BLUE))


def _sunset() -> RGB:
    return _with(
        _ramp((250, 190, 110), (120, 50, 90), 8), (40, 14, 2, 2, CYAN), (52, 40, 2, 2, GREEN), (56, 20, 1, 4, BLACK)
    )


@cache
def pictures() -> dict[str, RGB]:
    """Each by its name, uint8 [H, W, 3]."""
    case = np.asarray(Image.open(CASES / "salient_eyes.png").convert("RGB"))
    return {
        "meadow": case,
        "face": _face(),
        "night": _night(),
        "knight": _knight(),
        "hedge": _hedge(),
        "sunset": _sunset(),
    }
