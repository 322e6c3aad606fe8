"""A prompt to a picture of built-in drawings, by itself, over a given picture, or into a part of one.

A picture of more than 128 pixels a side is drawn small and enlarged by whole pixels, as pixel art is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..pixel.errors import PictureError
from ..pixel.resize.downscale import downscale
from .brief import Brief
from .prompt import read
from .scene import colored_in, draw_into, is_lines, paint, recolor

Pixels = NDArray[np.uint8]

NAME = "Pixart built-in drawings"  # what model lists, infotext and metadata call what draws here
FEWEST, MOST = 64, 128  # pixels of the longer side at which drawings are best known
LEAST, LARGEST = 8, 512  # pixels of a side that a scene is painted at
PICTURE_METHOD = "contrast"  # of the downscale of a given picture


@dataclass(frozen=True)
class Illustration:
    """`pixels`: uint8 [height, width, 4]; `pixel` is the side of its pixels; `notes` are sentences for people.

    `palette` is the built-in palette that the words name, in which it isn't drawn yet; "" for none.
    """

    pixels: Pixels
    pixel: int
    notes: tuple[str, ...]
    palette: str = ""


def illustrated(
    prompt: str, width: int, height: int, *, seed: int = 0, negative: str = "", pixel: int = 0
) -> Illustration:
    """A picture of exactly that size that shows what the prompt says; the same arguments give the same bytes.

    `pixel` is the side of its pixels; 0 chooses. Raises PictureError for a size that can't be drawn.
    """
    side = pixel_side(width, height, pixel)
    wide, high = -(-width // side), -(-height // side)
    brief = read(prompt, seed=seed, negative=negative)
    scene = paint(brief, max(LEAST, wide), max(LEAST, high), seed=seed)
    small = downscale(scene.pixels, wide, high, "mode")  # as it is, but for sides of less than 8 pixels
    return Illustration(enlarged(small, side, width, height), side, (*brief.notes, *scene.notes), brief.palette)


def recolored(picture: Pixels, prompt: str, *, seed: int = 0, negative: str = "", pixel: int = 0) -> Illustration:
    """A picture, uint8 [H, W, 4], in larger pixels, and in the colours that the prompt names."""
    height, width = picture.shape[:2]
    side = pixel_side(width, height, pixel)
    small = downscale(picture, -(-width // side), -(-height // side), PICTURE_METHOD)
    brief = read(prompt, seed=seed, negative=negative, alone=False) if prompt.strip() else Brief()
    return Illustration(enlarged(recolor(small, brief), side, width, height), side, brief.notes, brief.palette)


def lines_colored(picture: Pixels, prompt: str, *, seed: int = 0, negative: str = "") -> Illustration:
    """A drawing of lines alone, uint8 [H, W, 4], in the colours that the prompt names; any other picture as it is."""
    if not prompt.strip() or not is_lines(picture):
        return Illustration(picture, 1, ())
    return Illustration(colored_in(picture, read(prompt, seed=seed, negative=negative)), 1, ())


def inserted(
    picture: Pixels, mask: Pixels, prompt: str, *, seed: int = 0, negative: str = "", pixel: int = 0
) -> Illustration:
    """A picture, uint8 [H, W, 4], with what the prompt says drawn where the mask, uint8 [H, W], is over 127.

    What isn't under the mask comes back exactly.
    """
    height, width = picture.shape[:2]
    side = pixel_side(width, height, pixel)
    size = -(-width // side), -(-height // side)
    opaque = np.dstack([mask, mask, mask, np.full_like(mask, 255)])
    hole = downscale(opaque, *size, "box")[..., 0] > 127
    brief = read(prompt, seed=seed, negative=negative)
    drawn = draw_into(downscale(picture, *size, PICTURE_METHOD), hole, brief, seed=seed)
    result = np.where((mask > 127)[..., None], enlarged(drawn, side, width, height), picture)
    return Illustration(result, side, brief.notes, brief.palette)


def pixel_side(width: int, height: int, pixel: int = 0) -> int:
    """The side of a picture's pixels: the one asked for, else such that the longer side has 64 to 128 of them.

    A side that divides width and height goes before others. Raises PictureError for more pixels than are painted.
    """
    longest = max(width, height)
    if pixel and -(-longest // pixel) > LARGEST:
        most = f"A drawing may have {LARGEST * pixel} pixels a side, {LARGEST} of {pixel}, not {longest}"
        raise PictureError(f"{most}: ask for a smaller width and height, choose a larger pixel, or 0.")
    if pixel or longest <= MOST:
        return pixel or 1
    sides = range(longest // FEWEST, longest // MOST - 1, -1)
    return next((side for side in sides if side and width % side == height % side == 0), sides[0])


def enlarged(pixels: Pixels, side: int, width: int, height: int) -> Pixels:
    """Each pixel as a square, cut at the size asked."""
    return np.repeat(np.repeat(pixels, side, axis=0), side, axis=1)[:height, :width]
