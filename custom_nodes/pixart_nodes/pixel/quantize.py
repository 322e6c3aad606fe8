"""A picture in a palette's colours and nothing else: the entry to nearest, diffusion and ordered dither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import color, errors, nearest, ordered
from . import dither as dithering
from .kernels import KERNELS
from .palette import Palette
from .picture import opaque_mask

BAYER = {f"bayer-{size}": size for size in ordered.SIZES}
DITHERS = ("none", *KERNELS, *BAYER)


def quantize(
    rgba: NDArray[np.uint8],
    palette: Palette,
    metric: str = "oklab",
    dither: str = "none",
    strength: float = 1.0,
    serpentine: bool = True,
    alpha_threshold: float = 0.5,
) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] in and out: opaque pixels are palette colours, the others are (0, 0, 0, 0).

    `alpha_threshold` 0..1: alpha at or above it becomes opaque; 0 keeps every pixel. Raises UnknownName.
    """
    require(metric, dither)
    rgb, opaque = rgba[..., :3], opaque_mask(rgba[..., 3], alpha_threshold)
    if dither == "none":
        found = nearest.indices(rgb, palette.colors, metric)
    elif dither in KERNELS:
        kernel = KERNELS[dither]
        found = dithering.diffuse(rgb, opaque, palette.colors, metric, kernel, strength, serpentine)
    else:
        found = ordered.ordered(rgb, palette.colors, metric, BAYER[dither], strength)
    return painted(found, opaque, palette)


def require(metric: str, dither: str) -> None:
    """Raise UnknownName unless there are such a metric and such a dither."""
    color.require(metric)
    errors.require(dither, DITHERS, what="Dither")


def painted(found: NDArray[np.int16], opaque: NDArray[np.bool_], palette: Palette) -> NDArray[np.uint8]:
    """Colours for indices [H, W]: uint8 [H, W, 4], zeros outside the mask."""
    out = np.zeros((*found.shape, 4), np.uint8)
    out[..., :3] = palette.colors[found]
    out[..., 3] = 255
    out[~opaque] = 0
    return out
