"""Dithers that mix as many palette colours as a colour needs: a list of them, dark to light, picked from by position.

Thomas Knoll's pattern dither (US patent 6606166, expired) and Joel Yliluoma's second algorithm choose the list in the
same way, one colour at a time; Yliluoma's also looks at how much the colours of the list differ. What the palette can't
mix is first brought to what it can, nearly (`gamut`), or a list would give up brightness for hue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..color import gamut, perceptual_metric
from ..compiled import twins
from ..palette.nearest import Indices
from ..palette.palette import packed, unpacked
from . import mixable, mixing
from .family import Dither, Family, by_position
from .threshold_matrix import bayer

Floats = NDArray[np.float32]

FULL = np.float32(1)
AT_ONCE = 1 << 16  # distances held at a time: what stays in a core's cache


@dataclass(frozen=True)
class Recipe:
    """How a list is made: `side`² entries for a Bayer matrix of that side; `roughness` as for pairs."""

    side: int
    roughness: float


RECIPES: dict[str, Recipe] = {
    "knoll-4": Recipe(4, 0.0),
    "knoll-8": Recipe(8, 0.0),
    # J. Yliluoma, "Arbitrary-palette positional dithering algorithm" (2011), with a weight on contrast
    "yliluoma-2": Recipe(8, 0.04),
}


@twins.step("positional", patience=1 << 14)
def positional(
    rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, name: str, light: str = "linear"
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 3 or 4] and [N, 3] in, int16 [H, W] out. `name` of RECIPES."""
    recipe, order = RECIPES[name], np.argsort(mixing.ranks_by_tone(palette))
    ranks = bayer(recipe.side)
    indices = np.empty(rgb.shape[:2], np.int16)
    rows = max(1, AT_ONCE // rgb.shape[1])
    for top in range(0, len(rgb), rows):
        block = rgb[top : top + rows]
        keys, where = np.unique(packed(block), return_inverse=True)
        lists = _lists(unpacked(keys), palette[order], metric, light, recipe)
        y, x = np.ogrid[top : top + len(block), : block.shape[1]]
        rank = ranks[y % recipe.side, x % recipe.side]
        indices[top : top + rows] = order[lists[where.reshape(block.shape[:2]), rank]]
    return indices


def _lists(
    colors: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, light: str, recipe: Recipe
) -> NDArray[np.int16]:
    at_once = max(1, AT_ONCE // len(palette))
    values, matrices = perceptual_metric.values(light).astype(np.float32), perceptual_metric.matrices(metric, light)
    box = gamut.slanted_box(values[palette])
    parts = [colors[at : at + at_once] for at in range(0, len(colors), at_once)]
    wishes = [gamut.drawn_in(values[part], box, FULL).T for part in parts]
    return np.concatenate(
        [
            _color_lists(wish, matrices[:, perceptual_metric.places(part)], values[palette], recipe)
            for wish, part in zip(wishes, parts, strict=True)
        ]
    )


def _color_lists(colors: Floats, m: Floats, palette: Floats, recipe: Recipe) -> NDArray[np.int16]:
    """For each wish [3, M] its list [M, side²] of palette indices, ascending; matrices [9, M]."""
    x, y, z = (palette[:, channel] - colors[channel][:, None] for channel in range(3))
    felt = [m[3 * row, :, None] * x + m[3 * row + 1, :, None] * y + m[3 * row + 2, :, None] * z for row in range(3)]
    norms = felt[0] * felt[0] + felt[1] * felt[1] + felt[2] * felt[2]
    debt = [np.zeros(colors.shape[1], np.float32) for _ in range(3)]
    chosen = np.empty((colors.shape[1], recipe.side**2), np.int16)
    for turn, weight in enumerate(weights(recipe)):
        r, g, b = pull(m, debt)
        cost = norms * weight + (r[:, None] * palette[:, 0] + g[:, None] * palette[:, 1] + b[:, None] * palette[:, 2])
        best = cost.argmin(axis=1)
        chosen[:, turn] = best
        for channel in range(3):
            debt[channel] += palette[best, channel] - colors[channel]
    return np.sort(chosen, axis=1)


def pull(m: Floats, debt: list[Floats]) -> list[Floats]:
    """Twice the debt times the metric's matrix and its transpose: factors of a palette colour's amounts in its cost."""
    u = [m[3 * row] * debt[0] + m[3 * row + 1] * debt[1] + m[3 * row + 2] * debt[2] for row in range(3)]
    half = [m[channel] * u[0] + m[3 + channel] * u[1] + m[6 + channel] * u[2] for channel in range(3)]
    return [each + each for each in half]


def weights(recipe: Recipe) -> Floats:
    """What a colour's own squared distance counts at each turn, beside what it repays of the debt.

    The list's cost is |mean|² (1 - roughness) + mean of squared distances * roughness; after n - 1 turns another colour
    y changes it by |y|² (1 + n roughness / (1 - roughness)) + 2 debt y, up to factors that are the same for all. The
    second half of the list looks at the mean only, and so makes good what the first half preferred not to.
    """
    turns = np.arange(1, recipe.side**2 + 1)
    rough = np.where(turns * 2 <= recipe.side**2, recipe.roughness / (1 - recipe.roughness), 0)
    return (1 + turns * rough).astype(np.float32)


def _draw(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, name: str, light: str = "linear") -> Indices:
    return positional(mixable.mixes(rgb, palette, light), palette, metric, name, light)


FAMILY = Family(
    dithers={name: Dither(partial(by_position, _draw, name), sequential=False) for name in RECIPES},
    hint="knoll and yliluoma: exact colours",
    page="""\
  * `knoll-4`, `knoll-8`, `yliluoma-2`: mix as many palette colours as it takes to hit a colour, in a Bayer pattern.
    Closest in colour, busier to look at; `yliluoma-2` prefers colours that don't differ much.
""",
)
