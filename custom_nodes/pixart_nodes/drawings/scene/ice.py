"""Things that are frozen in a block of ice, and wet ones that drip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..colors import rgb
from ..outline import ring
from ..rasterization import Mask, extent
from ..rendering import Rendering
from ..texture import noise
from .light import mixed

ICE, DROPS = "ice", "drops"  # what is all over a thing
WITHIN = 80  # percent of its size that a thing has in its block
DIM = 42  # percent of ice in the colours of what is visible through it
COLOR, SHINE, SHADE, INK = rgb("#bfe4f6"), rgb("#f2fbff"), rgb("#93c4e6"), rgb("ink")
WATER, GLINT = rgb("#4aa8e8"), rgb("#d8f2ff")
STREAKS = ((18, 26), (32, 36), (96, 108))  # percent of the size, along the diagonal, at which light lies on the ice
CELL = 7  # drops lie one in a square of this part of the size


def encased(size: int, draw: Callable[[int], Rendering]) -> Rendering:
    """A thing of so many pixels in a block of ice that fills its square; `draw` draws it smaller, for a size."""
    small = draw(max(8, size * WITHIN // 100 // 2 * 2))
    side = small.pixels.shape[0]
    pixels = np.zeros((size, size, 4), np.uint8)
    first, upper, wide, high = extent(small.pixels[..., 3] > 0)
    pad = max(2, size * (100 - WITHIN) // 220)
    left, top = (size - side) // 2, max(0, size - max(1, pad // 2) - upper - high)
    box = (left + first - pad, top + upper - pad, left + first + wide - 1 + pad, size - 1)
    block = _block(size, box)
    _color(pixels, block)
    thing = np.zeros_like(pixels)
    thing[top : top + side, left : left + side] = small.pixels[: size - top]
    visible = (thing[..., 3] > 0) & block
    pixels[visible, :3] = mixed(thing[visible, :3], COLOR, DIM)
    rim = ring(~np.pad(block, 1), 1)[1:-1, 1:-1]  # also where the block ends with the square
    _streak(pixels, block & ~rim)
    pixels[rim, :3] = INK
    return replace(small, pixels=pixels, shining=np.zeros((size, size), bool))


def _block(size: int, box: tuple[int, int, int, int]) -> Mask:
    """A box with its corners cut off, as far as the square goes."""
    left, top, right, bottom = box
    y, x = np.mgrid[:size, :size]
    corner = max(2, size // 12)
    inside = (x >= max(0, left)) & (x <= min(size - 1, right)) & (y >= max(0, top)) & (y <= bottom)
    far = np.minimum(x - max(0, left), min(size - 1, right) - x) + np.minimum(y - max(0, top), (bottom - y) * 2)
    return np.asarray(inside & (far >= corner))


def _color(pixels: np.ndarray, block: Mask) -> None:
    """Ice that is darker at its right and its lower side."""
    size = len(block)
    y, x = np.mgrid[:size, :size]
    left, top, wide, high = extent(block)
    width = max(2, size // 14)
    shaded = (x >= left + wide - width) | (y >= top + high - width)
    pixels[block] = (*COLOR, 255)
    pixels[block & shaded, :3] = SHADE


def _streak(pixels: np.ndarray, block: Mask) -> None:
    size = len(block)
    y, x = np.mgrid[:size, :size]
    along = (x + y) * 100 // size
    for first, last in STREAKS:
        streak = block & (along >= first) & (along < last)
        pixels[streak, :3] = mixed(pixels[streak, :3], SHINE, 62)


def dripping(drawn: Rendering) -> Rendering:
    """A rendering with drops of water all over it."""
    opaque = drawn.pixels[..., 3] > 0
    size = len(opaque)
    cell, high = max(5, size // CELL), max(2, size // 16)
    y, x = np.mgrid[:size, :size]
    row, down = np.divmod(y, cell)
    column, across = np.divmod(x + row % 2 * (cell // 2), cell)
    is_there = noise(row, column, 3) % 100 < 62
    wide = max(1, high // 2)
    drop = opaque & is_there & (across >= 1) & (across <= wide) & (down >= 1) & (down <= high)
    pixels = drawn.pixels.copy()
    pixels[drop, :3] = WATER
    pixels[drop & (down == 1), :3] = GLINT
    return replace(drawn, pixels=pixels)
