"""A picture as a panel's frame: flattened, turned, and brought to exactly the panel's size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ... import errors
from ...palette.picture import flatten
from ...resize.downscale import downscale

FITS = {"cover": "crop", "contain": "pad", "stretch": "stretch"}  # the word for screens -> the one of `downscale`
ROTATIONS = {"0": 0, "90": -1, "180": 2, "270": 1}  # degrees clockwise -> quarter turns the other way


def require(fit: str, rotation: str) -> None:
    """Raise UnknownName unless there are such a fit and such a rotation."""
    errors.require(fit, FITS, what="Fit")
    errors.require(rotation, ROTATIONS, what="Rotation")


def frame(
    rgba: NDArray[np.uint8],
    width: int,
    height: int,
    fit: str = "cover",
    rotation: str = "0",
    background: tuple[int, int, int] = (0, 0, 0),
) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] -> uint8 [height, width, 3]; `background` is behind it and around it.

    First flattened, then turned, then fitted: at the same size pixels are kept, larger ones repeat (so pixel
    art stays crisp), smaller ones are resampled with Lanczos. Raises UnknownName.
    """
    require(fit, rotation)
    upright = np.rot90(flatten(rgba, background), ROTATIONS[rotation])
    opaque = np.dstack([upright, np.full(upright.shape[:2], 255, np.uint8)])
    method = "nearest" if _scale(upright, width, height, fit) >= 1 else "lanczos"
    return flatten(downscale(opaque, width, height, method, FITS[fit]), background)


def cut(rgba: NDArray[np.uint8], width: int, height: int, fit: str = "cover", rotation: str = "0") -> NDArray[np.uint8]:
    """uint8 [H, W, 4] -> uint8 [height, width, 4], as `frame` does it but with its transparency. Raises UnknownName."""
    require(fit, rotation)
    upright = np.ascontiguousarray(np.rot90(rgba, ROTATIONS[rotation]))
    method = "nearest" if _scale(upright, width, height, fit) >= 1 else "lanczos"
    return downscale(upright, width, height, method, FITS[fit])


def _scale(picture: NDArray[np.uint8], width: int, height: int, fit: str) -> float:
    """How much larger the picture becomes; of two different factors the one that shrinks more."""
    factors = width / picture.shape[1], height / picture.shape[0]
    return max(factors) if fit == "cover" else min(factors)
