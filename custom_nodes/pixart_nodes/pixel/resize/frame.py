"""A picture in a frame of another shape: stretched, cut, between bars, or with its edges drawn out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..palette.picture import contained_size, covering_size

FITS = ("stretch", "cover", "contain", "extend")


@dataclass(frozen=True)
class Place:
    """A picture's size and corner in the frame; what a negative corner leaves outside is cut off."""

    left: int
    top: int
    width: int
    height: int


def require(fit: str) -> None:
    """Raise UnknownName unless there is such a fit."""
    errors.require(fit, FITS, what="Fit")


def place(size: tuple[int, int], frame: tuple[int, int], fit: str) -> Place:
    """Where a picture of a size (width, height) goes in a frame (width, height). Raises UnknownName.

    Sizes and middles as in AUTOMATIC1111's resize_image: modes 0 (stretch), 1 (cover) and 2 (extend; contain).
    """
    require(fit)
    if fit == "stretch":
        return Place(0, 0, *frame)
    width, height = (covering_size if fit == "cover" else contained_size)(*size, *frame)
    return Place(frame[0] // 2 - width // 2, frame[1] // 2 - height // 2, width, height)


def laid(pixels: NDArray[np.uint8], spot: Place, frame: tuple[int, int], fit: str) -> NDArray[np.uint8]:
    """uint8 [h, w] or [h, w, C], of the place's size, in its frame: what is left is 0, or the edge for `extend`."""
    part = pixels[max(0, -spot.top) :, max(0, -spot.left) :][: frame[1], : frame[0]]
    top, left = max(0, spot.top), max(0, spot.left)
    gaps = [(top, frame[1] - top - part.shape[0]), (left, frame[0] - left - part.shape[1]), (0, 0)]
    return np.pad(part, gaps[: part.ndim], mode="edge" if fit == "extend" else "constant")
