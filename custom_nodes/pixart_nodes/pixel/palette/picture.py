"""Whole-picture arithmetic on straight alpha: flatten, threshold, count, and the size a model draws at."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError
from .palette import each_once, packed

AT_ONCE = 1 << 18  # pixels flattened together: bounds what float64 takes
MOST_CUT_OFF = 4  # times what is left of a huge picture: more is made for nothing
MOST_KEPT = 1 << 26  # pixels of a result whose shape is the picture's: 8192 x 8192, 1 GB of ComfyUI's floats
LATENT = 8  # diffusion models draw in blocks of 8 x 8 pixels
SMALLEST_SIDE = 64  # below this the models' inner layers have nothing left to look at


@dataclass(frozen=True)
class Census:
    """What is in a picture: its size, distinct visible colours, and how many pixels show or don't."""

    width: int
    height: int
    colors_used: int
    opaque_pixels: int
    transparent_pixels: int


def census(rgba: NDArray[np.uint8]) -> Census:
    """Count uint8 [H, W, 4]; a pixel with any alpha at all counts as opaque."""
    visible = rgba[..., 3] > 0
    opaque = int(visible.sum())
    colors = len(each_once(packed(rgba[visible])))
    return Census(rgba.shape[1], rgba.shape[0], colors, opaque, visible.size - opaque)


def flatten(rgba: NDArray[np.uint8], background: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Lay uint8 [..., 4] over a colour: uint8 [..., 3], rounded."""
    flat = rgba.reshape(-1, 4)
    out = np.empty((len(flat), 3), np.uint8)
    for at in range(0, len(flat), AT_ONCE):
        part = flat[at : at + AT_ONCE]
        alpha = part[:, 3:].astype(np.float64) / 255
        out[at : at + AT_ONCE] = np.rint(part[:, :3] * alpha + np.asarray(background) * (1 - alpha))
    return out.reshape(*rgba.shape[:-1], 3)


def opaque_mask(rgba: NDArray[np.uint8], threshold: float) -> NDArray[np.bool_]:
    """Where the alpha (0..255) of [..., 4] reaches `threshold` (0..1); 0 is everywhere."""
    least = least_alpha(threshold)
    if not least:
        return np.ones(rgba.shape[:-1], np.bool_)
    if rgba.flags.c_contiguous and sys.byteorder == "little":  # the alpha is a pixel's highest byte: all four at once
        return rgba.view(np.uint32)[..., 0] >= np.uint32(least << 24)
    return rgba[..., 3] >= least


def least_alpha(threshold: float) -> int:
    """The least alpha 0..255 that reaches the share `threshold` 0..1 of full alpha."""
    return max(0, math.ceil(threshold * 255 - 1e-6))  # a little slack: 0.5 must not lose to 127.5 in binary


def generation_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height for the model: the canvas's aspect, long side about `side`, multiples of 8, >= 64."""
    scale = side / max(width, height)
    return _model_side(width * scale), _model_side(height * scale)


def _model_side(length: float) -> int:
    return max(SMALLEST_SIDE, int(length / LATENT + 0.5) * LATENT)


def model_size(width: int, height: int, side: int, multiple: int = LATENT) -> tuple[int, int]:
    """The size at which a model draws a picture that is then brought to width x height.

    The short side grows to at least `side`, but the long side to at most twice that; a picture that is larger
    shrinks to it. Multiples of `multiple` pixels and at least 64, rounded up. Side 0: the size as it is, rounded up.
    """
    if side == 0:
        return up_to_blocks(width, multiple), up_to_blocks(height, multiple)
    short, long = min(width, height), max(width, height)
    share, whole = max(side, short), short
    if long * share > 2 * side * whole:
        share, whole = 2 * side, long
    least = up_to_blocks(SMALLEST_SIDE, multiple)
    grown = [max(least, up_to_blocks(-(-length * share // whole), multiple)) for length in (width, height)]
    return grown[0], grown[1]


def up_to_blocks(length: int, block: int = LATENT) -> int:
    """`length` in pixels, rounded up to a multiple of `block` pixels."""
    return -(-length // block) * block


def kept_shape(picture: tuple[int, int], width: int, height: int, divisor: int = 0) -> tuple[int, int]:
    """The width and height asked for, where 0 is what keeps the shape of a picture (width, height); at least 1.

    With a divisor the picture's own sides are divided by it instead. Raises PictureError where both sides are 0, and
    where the picture is so much longer than wide that the other side would be out of all bounds.
    """
    across, down = picture
    if divisor:
        return max(1, round(across / divisor)), max(1, round(down / divisor))
    if not (width or height):
        raise PictureError("width and height are both 0: give at least one of them; the other may keep the shape.")
    width, height = width or max(1, round(height * across / down)), height or max(1, round(width * down / across))
    if width * height > MOST_KEPT:
        raise PictureError(
            f"A picture of {across} x {down} pixels would become {width} x {height}: give both width and height."
        )
    return width, height


def covering_size(width: int, height: int, target_width: int, target_height: int) -> tuple[int, int]:
    """The smallest size with the aspect of width x height that covers the target; the free side is rounded down.

    Raises PictureError where the picture is so much longer than wide that most of a huge result would be cut off.
    """
    across, down = target_height * width // height, target_height
    if width * target_height < target_width * height:
        across, down = target_width, target_width * height // width
    if across * down > max(MOST_KEPT, MOST_CUT_OFF * target_width * target_height):
        raise PictureError(
            f"A picture of {width} x {height} pixels would become {across} x {down} to cover {target_width} x "
            f"{target_height}: crop it first, or have it stretched."
        )
    return across, down


def contained_size(width: int, height: int, target_width: int, target_height: int) -> tuple[int, int]:
    """The largest size with the aspect of width x height inside the target; the free side is rounded down, but >= 1."""
    if width * target_height > target_width * height:
        return target_width, max(1, target_width * height // width)
    return max(1, target_height * width // height), target_height
