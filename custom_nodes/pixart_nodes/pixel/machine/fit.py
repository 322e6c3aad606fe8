"""A picture brought to a machine's screen, and in words what was done with it: nothing is resized without a word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..errors import PictureError
from ..resize import downscale
from .machine import Machine

RGBA = NDArray[np.uint8]

FITS = ("crop", "pad", "stretch", "cut", "keep")
RESIZING = {"crop": "its middle", "pad": "the whole of it between bars", "stretch": "the whole of it, stretched,"}


def require(fit: str, method: str) -> None:
    """Raise UnknownName unless there are such a fit and such a downscale."""
    errors.require(fit, FITS, what="Fit")
    downscale.require(method, "stretch")


def fitted(rgba: RGBA, machine: Machine, fit: str = "crop", method: str = "box") -> tuple[RGBA, str]:
    """uint8 [H, W, 4] in the machine's size, and one sentence.

    crop, pad and stretch resize, in the shape of the machine's pixels; cut takes the middle, pixel for pixel, with
    black around where it is smaller; keep leaves the size, with glass up to whole blocks. Raises PictureError.
    """
    require(fit, method)
    height, width = rgba.shape[:2]
    screen = _screen(machine, height) if fit in ("cut", "keep") else machine.size
    if (width, height) == screen:
        return rgba, f"The picture has the size of the screen, {width} x {height}."
    if fit == "keep":
        return _uncut(rgba, machine)
    if fit == "cut":
        return _cut(rgba, *screen), f"Of {width} x {height} pixels the middle {screen[0]} x {screen[1]}, none resized."
    small = _resized(rgba, machine, fit, method)
    return small, f"Of {width} x {height} pixels {RESIZING[fit]} was resized to {screen[0]} x {screen[1]} by {method}."


def _screen(machine: Machine, height: int) -> tuple[int, int]:
    """The machine's size, as high as the picture where that may be."""
    rows = machine.cell[1]
    whole = -(-height // rows) * rows
    return machine.size[0], min(max(machine.size[1], whole), max(machine.tallest, machine.size[1]))


def _uncut(rgba: RGBA, machine: Machine) -> tuple[RGBA, str]:
    height, width = rgba.shape[:2]
    most = machine.size[0], max(machine.size[1], machine.tallest)
    if width > most[0] or height > most[1]:
        raise PictureError(
            f"{width} x {height} pixels are more than the {most[0]} x {most[1]} of {machine.title}: choose another fit."
        )
    down, right = -height % machine.cell[1], -width % machine.cell[0]
    added = f", {right} columns and {down} rows of glass added" if down or right else ""
    return np.pad(rgba, ((0, down), (0, right), (0, 0))), f"The picture keeps its {width} x {height} pixels{added}."


def _cut(rgba: RGBA, width: int, height: int) -> RGBA:
    top, left = max(0, (rgba.shape[0] - height) // 2), max(0, (rgba.shape[1] - width) // 2)
    return _between_bars(rgba[top : top + height, left : left + width], width, height)


def _resized(rgba: RGBA, machine: Machine, fit: str, method: str) -> RGBA:
    """By way of square pixels, where the machine's are wider than high."""
    width, height = machine.size
    if fit == "stretch" or machine.aspect == 1:
        small = downscale.downscale(rgba, width, height, method, fit)
        return _blackened(small) if fit == "pad" else small
    wide = round(width * machine.aspect)
    if fit == "crop":
        rows, columns = rgba.shape[0], rgba.shape[1]
        part = min(columns, max(1, round(rows * wide / height))), min(rows, max(1, round(columns * height / wide)))
        return downscale.downscale(_cut(rgba, *part), width, height, method)
    scale = min(wide / rgba.shape[1], height / rgba.shape[0])
    inner = max(1, round(rgba.shape[1] * scale / machine.aspect)), max(1, round(rgba.shape[0] * scale))
    return _between_bars(downscale.downscale(rgba, *inner, method), width, height)


def _blackened(rgba: RGBA) -> RGBA:
    """With black instead of the rows and columns of glass that padding put around it."""
    glass = rgba[..., 3] == 0
    bars = glass.all(axis=0)[None] | glass.all(axis=1)[:, None]
    return np.where(bars[..., None], np.array((0, 0, 0, 255), np.uint8), rgba)


def _between_bars(rgba: RGBA, width: int, height: int) -> RGBA:
    """In the middle of a black screen."""
    down, right = height - rgba.shape[0], width - rgba.shape[1]
    if not down and not right:
        return rgba
    screen = np.zeros((height, width, 4), np.uint8)
    screen[..., 3] = 255
    screen[down // 2 : down // 2 + rgba.shape[0], right // 2 : right // 2 + rgba.shape[1]] = rgba
    return screen
