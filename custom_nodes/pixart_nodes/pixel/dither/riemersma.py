"""Riemersma's dither: error diffusion along a Hilbert curve, which leaves no direction to see.

T. Riemersma, "A balanced dithering technique" (1998): the last 16 errors count, the newest 16 times the oldest. What
is remembered is the wish with what it was owed, less what was shown; and the weights' sum is 1: so flat areas keep
their mean. As in error diffusion, wishes are first drawn into what the palette can mix, nearly (`gamut`): what it
can't would pile up, and wash over the features beside it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..color import gamut, perceptual_metric, spaces
from ..compiled import twins
from ..palette.nearest import Indices
from . import mixable
from .family import Dither, DitherSettings, Family, softened

MEMORY = 16  # errors
OLDEST = 1 / 16  # its weight, the newest's being 1
WISH_SLACK = 0.1  # how far beyond 0..1 a wish may go with what it is owed, or what the box lets through smears
MOST_REFUND = 1.0  # how much brightness cut off so is given back at most, so that no wish can grow without end
# The share of what an error of brightness costs in a mix of two. With none, metrics that ask for hue above all (CIELAB)
# don't pay back the brightness that is owed; OKLab does, and gets none, since in few colours it takes hue. By the means
# of flat areas and S-CIELAB of photographs.
BRIGHTNESS = 0.03
FULL = np.float32(1)
AT_ONCE = 1 << 12  # pixels of the path whose wishes are held at a time


def weights() -> NDArray[np.float64]:
    """The weight of each error, newest first; their sum is 1."""
    raw = OLDEST ** (np.arange(MEMORY) / (MEMORY - 1))
    return raw / raw.sum()


@lru_cache(maxsize=4)
def hilbert(side: int) -> NDArray[np.int32]:
    """Columns and rows [2, side²] along D. Hilbert's curve (1891), top left to top right; `side` a power of two."""
    if side == 1:
        return np.zeros((2, 1), np.int32)
    x, y = hilbert(side // 2)
    half = np.int32(side // 2)
    return np.stack(
        [
            np.concatenate([y, x, x + half, side - 1 - y]),
            np.concatenate([x, y + half, y + half, half - 1 - x]),
        ]
    ).astype(np.int32)


def path(height: int, width: int) -> NDArray[np.int32]:
    """The pixels y * width + x of a picture in the curve's order: squares side by side along the longer side."""
    short = min(height, width)
    side = 1 << (short - 1).bit_length()
    along, across = hilbert(side)
    inside = across < short
    along, across = along[inside], across[inside]
    parts = []
    for start in range(0, max(height, width), side):
        here = along + start < max(height, width)
        x, y = along[here] + np.int32(start), across[here]
        parts.append(y * np.int32(width) + x if width >= height else x * np.int32(width) + y)
    return np.concatenate(parts)


@twins.step("riemersma", patience=1 << 15)
def riemersma(
    rgb: NDArray[np.uint8],
    opaque: NDArray[np.bool_],
    palette: NDArray[np.uint8],
    metric: str,
    light: str = "linear",
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 3 or 4], mask [H, W] and [N, 3] in, int16 [H, W] out.

    Pixels outside the mask get index 0, neither give nor take, and let what is owed grow old.
    """
    values, shares = singles(light), weights().tolist()
    table, box = values[palette].T.astype(np.float64), gamut.slanted_box(values[palette])
    owed, bright = [(0.0, 0.0, 0.0)] * MEMORY, brightness(metric)  # newest first
    indices = np.zeros(opaque.size, np.int16)
    colors, visible = rgb.reshape(-1, rgb.shape[-1])[:, :3], opaque.reshape(-1)
    matrices, way = perceptual_metric.matrices(metric, light).T, path(*opaque.shape)
    for start in range(0, len(way), AT_ONCE):
        part = way[start : start + AT_ONCE]
        wishes = gamut.drawn_in(values[colors[part]], box, FULL).tolist()
        for at, amounts, place in zip(
            part.tolist(), wishes, perceptual_metric.places(colors[part]).tolist(), strict=True
        ):
            error = (0.0, 0.0, 0.0)
            if visible[at]:
                target = _clamp([_target(amounts[c], [each[c] for each in owed], shares) for c in range(3)])
                index = _nearest(target, matrices[place].tolist(), bright, table)
                indices[at] = index
                error = (target[0] - table[0, index], target[1] - table[1, index], target[2] - table[2, index])
            owed = [error, *owed[:-1]]
    return indices.reshape(opaque.shape)


def singles(light: str) -> NDArray[np.float32]:
    """The amount 0..1 of each 8-bit value: float32 [256], for which the box leaves palette colours unchanged."""
    return perceptual_metric.values(light).astype(np.float32)


def brightness(metric: str) -> tuple[float, ...]:
    """What amounts of red, green and blue count as brightness, beside the metric's own coordinates."""
    weights = perceptual_metric.brightness(metric, perceptual_metric.BRIGHTNESS_COLORS).astype(np.float64)
    share = 0.0 if metric == "oklab" else BRIGHTNESS
    return tuple((share**0.5 * weights).tolist())


def _target(amount: float, owed: list[float], shares: list[float]) -> float:
    carry = 0.0
    for each, share in zip(owed, shares, strict=True):
        carry += each * share
    return amount + carry


def _clamp(target: list[float]) -> list[float]:
    """As arithmetic.clamp: cut off, and what that takes from the brightness given to all three channels."""
    cut = [min(max(value, -WISH_SLACK), 1 + WISH_SLACK) for value in target]
    red, green, blue = spaces.LUMINANCE
    lost = (target[0] - cut[0]) * red + (target[1] - cut[1]) * green + (target[2] - cut[2]) * blue
    lost = min(max(lost, -MOST_REFUND), MOST_REFUND)
    return [value + lost for value in cut]


def _nearest(target: list[float], m: list[float], bright: tuple[float, ...], table: NDArray[np.float64]) -> int:
    x, y, z = table[0] - target[0], table[1] - target[1], table[2] - target[2]
    felt = [m[3 * row] * x + m[3 * row + 1] * y + m[3 * row + 2] * z for row in range(3)]
    light = bright[0] * x + bright[1] * y + bright[2] * z
    return int((felt[0] * felt[0] + felt[1] * felt[1] + felt[2] * felt[2] + light * light).argmin())


def _run(
    rgba: NDArray[np.uint8], opaque: NDArray[np.bool_], palette: NDArray[np.uint8], settings: DitherSettings
) -> Indices:
    soft = softened(rgba, palette, settings.metric, settings.strength)
    wishes = mixable.mixes(soft, palette, settings.light)
    return riemersma(wishes, opaque, palette, settings.metric, settings.light)


FAMILY = Family(
    dithers={"riemersma": Dither(_run, sequential=True)},
    hint="",  # error diffusion's speaks for it
    page="""\
  * `riemersma`: hands errors on along a curve that fills the plane, so that it has no direction. Smooth, and crisper
    than `floyd-steinberg`.
""",
)
