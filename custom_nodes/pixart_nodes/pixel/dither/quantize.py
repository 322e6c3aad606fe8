"""A picture in a palette's colours and nothing else: the entry to nearest, diffusion and ordered dither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import levels, spaces
from ..palette import nearest
from ..palette.palette import Palette
from ..palette.picture import opaque_mask
from . import arithmetic, ordered
from . import error_diffusion as dithering
from .diffusion_kernels import KERNELS

DITHERS = ("none", *KERNELS, *ordered.METHODS)
ONE_BY_ONE = (*KERNELS, "riemersma")  # what goes from pixel to pixel: pictures of a batch take one thread each


def quantize(
    rgba: NDArray[np.uint8],
    palette: Palette,
    metric: str = "oklab",
    dither: str = "none",
    strength: float = 1.0,
    serpentine: bool = True,
    alpha_threshold: float = 0.5,
    light: str = "linear",
) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] in and out: opaque pixels are palette colours, the others are (0, 0, 0, 0).

    `alpha_threshold` 0..1: alpha at or above it becomes opaque; 0 keeps every pixel. `light` says in which values
    dithers average colours and keep errors, "linear" or "srgb". Raises UnknownName.
    """
    found, opaque = indexed(rgba, palette, metric, dither, strength, serpentine, alpha_threshold, light)
    return levels.painted(found, opaque, palette.paints)


def draw(
    values: NDArray[np.float32],
    out: NDArray[np.float32],
    palette: Palette,
    metric: str = "oklab",
    dither: str = "none",
    strength: float = 1.0,
    serpentine: bool = True,
    alpha_threshold: float = 0.5,
    light: str = "linear",
) -> None:
    """As `quantize`, for floats 0..1 as ComfyUI has them: [H, W, 1, 3 or 4] in, [H, W, 4] written to `out`.

    Without alpha everything is opaque.
    """
    require(metric, dither, light)
    if _apart(dither, strength):
        nearest.draw(values, palette.paints, metric, alpha_threshold, out)
        return
    threshold = alpha_threshold if values.shape[-1] == 4 else 0.0
    pixels = levels.to_bytes(values)
    found, opaque = indexed(pixels, palette, metric, dither, strength, serpentine, threshold, light)
    levels.paint(found, opaque, levels.to_floats(levels.with_alpha(palette.paints)), out)


def indexed(
    rgba: NDArray[np.uint8],
    palette: Palette,
    metric: str,
    dither: str,
    strength: float,
    serpentine: bool,
    alpha_threshold: float,
    light: str = "linear",
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """As `quantize`: the indices of the palette's `paints` [H, W], and the mask [H, W] of the opaque pixels."""
    require(metric, dither, light)
    opaque = opaque_mask(rgba, alpha_threshold)
    if _apart(dither, strength):
        found = nearest.indices(rgba, palette.paints, metric)
    elif dither in KERNELS:
        kernel = KERNELS[dither]
        found = dithering.diffuse(rgba, opaque, palette.paints, metric, kernel, strength, serpentine, light)
    else:
        found = ordered.ordered(rgba, palette.paints, metric, dither, strength, light, opaque)
    return found, opaque


def _apart(dither: str, strength: float) -> bool:
    """Whether each pixel's colour is its own matter."""
    return dither == "none" or strength == 0


def require(metric: str, dither: str, light: str = "linear") -> None:
    """Raise UnknownName unless there are such a metric, such a dither and such a light."""
    spaces.require(metric)
    errors.require(dither, DITHERS, what="Dither")
    arithmetic.require(light)
