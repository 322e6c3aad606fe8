"""Dithers by threshold patterns: each colour is mixed from the palette colours that fit it best, in a fixed pattern.

No fixed amplitude: how far apart these are is the palette's own affair, so flat areas keep their mean on a
sparse palette as on a dense one.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..color import perceptual_metric
from ..compiled import twins
from ..palette.nearest import Indices
from ..palette.palette import packed
from . import mixing
from .family import Dither, Family, by_position
from .mixing import Book
from .threshold_matrix import PATTERNS, levels, thresholds


def ordered(
    rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, name: str, light: str = "linear"
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 3 or 4] and [N, 3] in, int16 [H, W] out. `name` of PATTERNS.

    Mixes keep the mean of `light`'s amounts: "linear" as the eye blends, "srgb" the stored numbers. Raises
    UnknownName for the light.
    """
    plans, matrix = mixing.book(palette, metric, light, levels(name)), thresholds(name)
    while (indices := painted(rgb, plans, matrix)) is None:
        mixing.fill(plans, unplanned(rgb, plans.codes, plans.bits))
    return indices


@twins.step("ordered", patience=1 << 22)
def unplanned(rgb: NDArray[np.uint8], codes: NDArray[np.int32], bits: int) -> NDArray[np.int32]:
    """The cells of a picture's colours [H, W, 3 or 4] that have no plan yet, ascending."""
    present = np.zeros(len(codes), bool)
    for row in rgb:
        present[mixing.cells(row, bits)] = True
    return np.flatnonzero(present & (codes < 0)).astype(np.int32)


@twins.step("ordered", patience=1 << 22)
def painted(rgb: NDArray[np.uint8], plans: Book, matrix: NDArray[np.float32]) -> Indices | None:
    """Index of the lower or the higher of its cell's pair for each pixel [H, W, 3 or 4].

    None where a cell is yet to be planned: the next pictures in a palette ask for few new ones, often for none.
    """
    result = np.empty(rgb.shape[:2], np.int16)
    values = perceptual_metric.values(plans.light).astype(np.float32)
    keys, indices = plans.exact
    for y, row in enumerate(rgb):
        cell = mixing.cells(row, plans.bits)
        code, share = plans.codes[cell], plans.shares[cell]
        if (code < 0).any():
            return None
        r, g, b = (values[row[:, channel]] for channel in range(3))
        much = share[:, 0] * r + share[:, 1] * g + share[:, 2] * b + share[:, 3]
        limit = np.resize(matrix[y % len(matrix)], len(row))
        result[y] = np.where(much > limit, code >> 8 & 255, code & 255)
        inside = np.flatnonzero(code & mixing.EXACT_CODE)
        colors = packed(row[inside])
        at = np.minimum(np.searchsorted(keys, colors), len(keys) - 1)
        same = keys[at] == colors
        result[y, inside[same]] = indices[at[same]]
    return result


FAMILY = Family(
    dithers={name: Dither(partial(by_position, ordered, name), sequential=False) for name in PATTERNS},
    hint="bayer, checkerboard, lines and dots: regular patterns; blue-noise: an even grain",
    page="""\
  * `bayer-2`, `bayer-4`, `bayer-8`, `bayer-16`, `checkerboard`, `horizontal-lines`, `diagonal-lines`,
    `clustered-dot-4`, `clustered-dot-8`: regular patterns that stay still in animations. Each colour is mixed from the
    two palette colours that fit it best, so they work on two colours as on two hundred. `checkerboard` knows the even
    mix only, as drawn by hand; dots look like print.
  * `blue-noise`: mixed in the same way, in an even grain instead of a pattern; it stays still too.
""",
)
