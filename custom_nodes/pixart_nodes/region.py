"""The part of a picture that a model draws anew: cut out for the model, and put back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fitting import fitted
from .picture_file import resized
from .pixel import errors
from .pixel.edit import repaint
from .pixel.palette.picture import flatten
from .pixel.resize import frame

Bytes = NDArray[np.uint8]

WHITE = (255, 255, 255)  # behind transparency, as AUTOMATIC1111's img2img_background_color


@dataclass(frozen=True)
class Region:
    """What putting back needs: the picture, how much of the drawing shows in it, and where.

    `original` is uint8 [H, W, 3 or 4] of the result's size, `mask` uint8 [H, W]; `box` lies in them, and `spot`
    is the same part in the picture that the model draws, of size `drawn`.
    """

    original: Bytes
    mask: Bytes
    box: repaint.Box
    spot: frame.Place
    drawn: tuple[int, int]


def require(area: str, fill: str, fit: str) -> None:
    """Raise UnknownName unless there are such an area, fill and fit."""
    errors.require(area, repaint.AREAS, what="Area")
    errors.require(fill, repaint.FILLS, what="Fill")
    frame.require(fit)


def soft_mask(rgba: Bytes, width: int, height: int, blur: float, invert: bool) -> Bytes:
    """A painted mask, uint8 [h, w, 4], as large as its picture and blurred: uint8 [height, width]."""
    mask = repaint.mask_of(rgba)
    if mask.shape != (height, width):
        mask = resized(mask, width, height, "bilinear")
    return repaint.blurred(255 - mask if invert else mask, blur)


def whole_picture(
    original: Bytes, mask: Bytes, width: int, height: int, fit: str, result: tuple[int, int] | None = None
) -> tuple[Bytes, Bytes, Region]:
    """All of the picture at the model's size: picture, mask, and the region, which has the result's size if given."""
    result = result or (width, height)
    picture, small = fitted(original, width, height, fit), fitted(mask, width, height, fit)
    backdrop, shown = fitted(original, *result, fit), fitted(mask, *result, fit)
    all_of_it = repaint.Box(0, 0, *result), frame.Place(0, 0, width, height)
    return picture, small, Region(backdrop, repaint.doubled(shown), *all_of_it, (width, height))


def only_masked(
    original: Bytes, mask: Bytes, width: int, height: int, padding: int, *, enlarge: bool = True
) -> tuple[Bytes, Bytes, Region]:
    """The part around the mask at the model's size, its edges drawn out if its shape differs: picture, mask, region.

    Without `enlarge` the part stays as large as it is, so that pixel art comes back in the same whole pixels.
    """
    box = repaint.box(mask, padding, width, height)
    if not enlarge:
        spot = frame.Place(0, 0, *box.size)
        return box.of(original), box.of(mask), Region(original, repaint.doubled(mask), box, spot, box.size)
    picture, part = (fitted(box.of(one), width, height, "extend") for one in (original, mask))
    spot = frame.place(box.size, (width, height), "extend")
    return picture, part, Region(original, mask, box, spot, (width, height))


def cells(masks: Bytes, width: int, height: int) -> Bytes:
    """Masks, uint8 [B, H, W] -> the latent's cells to draw, uint8 [B, height, width] of 0 and 1.

    As in AUTOMATIC1111: bicubic in bytes, then rounded. A mask too fine for that takes every cell that it touches.
    """
    small = np.stack([resized(one, width, height, "bicubic") for one in masks])
    half = small > 127
    return np.where(half.any(axis=(1, 2), keepdims=True), half, small > 0).astype(np.uint8)


def for_model(picture: Bytes, mask: Bytes, fill: str, transparency: bool = False) -> Bytes:
    """The picture as the model starts from it: uint8 [H, W, 3], or [H, W, 4] where it keeps its `transparency`."""
    is_kept = transparency and fill == "original"
    rgb = flatten(picture, WHITE) if picture.shape[2] == 4 and not is_kept else picture
    return rgb if fill == "original" else repaint.filled(rgb, mask)


def put_back(drawn: Bytes, region: Region) -> Bytes:
    """The model's picture, uint8 [h, w, 3 or 4], in its place: uint8 as the original."""
    if drawn.shape[1::-1] != region.drawn:
        drawn = resized(drawn, *region.drawn)
    spot, box = region.spot, region.box
    part = drawn[spot.top : spot.top + spot.height, spot.left : spot.left + spot.width]
    result = region.original.copy()
    box.of(result)[...] = repaint.pasted(box.of(region.original), resized(part, *box.size), box.of(region.mask))
    return result
