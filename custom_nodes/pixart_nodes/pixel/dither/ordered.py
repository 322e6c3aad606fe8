"""Dithers by position: each colour is mixed from the palette colours that fit it best, in a fixed pattern.

No fixed amplitude: how far apart these are is the palette's own affair, so flat areas keep their mean on a
sparse palette as on a dense one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import perceptual_metric
from ..compiled import twins
from ..palette import nearest
from ..palette.nearest import Indices
from ..palette.palette import packed
from . import arithmetic, mixing
from .mixing import Book
from .positional import RECIPES, positional
from .riemersma import riemersma
from .threshold_matrix import PATTERNS, bayer, thresholds

__all__ = ["METHODS", "bayer", "ordered"]

METHODS = (*PATTERNS, *RECIPES, "riemersma")


def ordered(
    rgb: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    metric: str,
    name: str,
    strength: float = 1.0,
    light: str = "linear",
    opaque: NDArray[np.bool_] | None = None,
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 3 or 4] and [N, 3] in, int16 [H, W] out. `name` of METHODS.

    `strength` 0..1 pulls each colour towards its nearest palette colour first: 0 is no dither. Mixes keep the mean
    of `light`'s amounts: "linear" as the eye blends, "srgb" the stored numbers. Only "riemersma" needs the mask
    `opaque` [H, W]. Raises UnknownName.
    """
    errors.require(name, METHODS, what="Ordered dither")
    arithmetic.require(light)
    wish = softened(rgb, palette, metric, strength)
    if name in RECIPES:
        return positional(wish, palette, metric, name, light)
    if name not in PATTERNS:
        return riemersma(wish, np.ones(rgb.shape[:2], np.bool_) if opaque is None else opaque, palette, metric, light)
    plans, matrix = mixing.book(palette, metric, light), thresholds(name)
    while (found := painted(wish, plans, matrix)) is None:
        mixing.fill(plans, unplanned(wish, plans.codes, plans.bits))
    return found


def softened(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, strength: float) -> NDArray[np.uint8]:
    """Each colour [..., 3 or 4] pulled towards its nearest palette colour, to it at 0, not at all at 1; rounded."""
    if strength >= 1:
        return rgb
    near = palette[nearest.indices(rgb, palette, metric)]
    if strength <= 0:
        return near
    pull = np.rint(np.arange(-255, 256) * strength).astype(np.int16)
    return (near + pull[rgb[..., :3].astype(np.int16) - near + 255]).astype(np.uint8)


@twins.step("ordered", patience=1 << 22)
def unplanned(rgb: NDArray[np.uint8], codes: NDArray[np.int32], bits: int) -> NDArray[np.int32]:
    """The cells of a picture's colours [H, W, 3 or 4] that have no plan yet, ascending."""
    asked = np.zeros(len(codes), bool)
    for row in rgb:
        asked[mixing.cells(row, bits)] = True
    return np.flatnonzero(asked & (codes < 0)).astype(np.int32)


@twins.step("ordered", patience=1 << 22)
def painted(rgb: NDArray[np.uint8], plans: Book, matrix: NDArray[np.float32]) -> Indices | None:
    """Index of the lower or the higher of its cell's pair for each pixel [H, W, 3 or 4].

    None where a cell is yet to be planned: the next pictures in a palette ask for few new ones, often for none.
    """
    found = np.empty(rgb.shape[:2], np.int16)
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
        found[y] = np.where(much > limit, code >> 8 & 255, code & 255)
        inside = np.flatnonzero(code & mixing.EXACT)
        colors = packed(row[inside])
        at = np.minimum(np.searchsorted(keys, colors), len(keys) - 1)
        same = keys[at] == colors
        found[y, inside[same]] = indices[at[same]]
    return found
