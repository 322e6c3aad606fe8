"""One colour for each cell of a grid: the native picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import require as known
from ..resize.downscale import METHODS as DOWNSCALES
from .grid import Axis, Grid

RGBA = NDArray[np.uint8]
Places = NDArray[np.intp]

INNER_SHARE, SOFT_INNER_SHARE = 0.5, 0.15  # of a cell's width: beyond, the neighbours' colours begin
MOST_SAMPLES = 9  # along a side of a cell
LINE_SHARE = 0.6  # of black or white in a line of the shown grid


def median(samples: RGBA, width: int, height: int) -> RGBA:
    """Of each block the middle value, channel by channel; colours count where they are at all opaque."""
    blocks = samples.reshape(height, samples.shape[0] // height, width, samples.shape[1] // width, 4)
    blocks = blocks.transpose(0, 2, 1, 3, 4).reshape(height, width, -1, 4)
    alpha = _middle(blocks[..., 3], np.ones(blocks.shape[:3], np.bool_))
    colors = [_middle(blocks[..., channel], blocks[..., 3] > 0) for channel in range(3)]
    result = np.stack([*colors, alpha], axis=-1)
    result[alpha == 0] = 0
    return result


def _middle(values: NDArray[np.uint8], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The lower median of the counted values along the last axis; 0 where none is."""
    ranked = np.sort(np.where(valid, values.astype(np.int16), 256), axis=-1)
    place = np.maximum(np.count_nonzero(valid, axis=-1) - 1, 0) // 2
    middle = np.take_along_axis(ranked, place[..., None], axis=-1)[..., 0]
    return np.where(middle > 255, 0, middle).astype(np.uint8)


METHODS: dict[str, Callable[[RGBA, int, int], RGBA]] = {
    "median": median,
    "k-centroid": DOWNSCALES["k-centroid"],
    "mean": DOWNSCALES["box"],
    "centre": DOWNSCALES["nearest"],
}


def require(method: str) -> None:
    """Raise UnknownName unless there is such a method."""
    known(method, METHODS, what="Snap method")


def snap(rgba: RGBA, grid: Grid, method: str = "median") -> RGBA:
    """uint8 [H, W, 4] -> uint8 [grid height, grid width, 4].

    Each native pixel is made of the inner half of its cell, on which blur and compression took least. Raises
    UnknownName.
    """
    require(method)
    width, height = grid.size
    if (width, height) == rgba.shape[1::-1]:
        return rgba.copy()
    samples = 1 if method == "centre" else MOST_SAMPLES
    down, across = (_places(axis, size, samples) for axis, size in zip((grid.y, grid.x), rgba.shape[:2], strict=True))
    return METHODS[method](rgba[down[:, None], across], width, height)


def _places(axis: Axis, size: int, most: int) -> Places:
    """The pixels to look at: the same number for each cell, evenly over its inner part."""
    widths = np.diff(axis.edges)
    inner = SOFT_INNER_SHARE if axis.soft else INNER_SHARE
    count = max(1, min(most, round(inner * axis.pitch)))
    offsets = 0.5 + inner * ((np.arange(count) + 0.5) / count - 0.5)
    at = axis.edges[:-1, None] + widths[:, None] * offsets
    return np.clip(np.floor(at), 0, size - 1).astype(np.intp).ravel()


def shown(rgba: RGBA, grid: Grid) -> RGBA:
    """The picture uint8 [H, W, 4] with the cells' edges drawn over it, dark on light and light on dark.

    A copy where every pixel is a cell.
    """
    picture = rgba.copy()
    if grid.size == rgba.shape[1::-1]:
        return picture
    height, width = rgba.shape[:2]
    lines = np.zeros((height, width), np.bool_)
    lines[_lines(grid.y, height)] = True
    lines[:, _lines(grid.x, width)] = True
    under = rgba[lines].astype(np.float64)
    light = under[:, :3].mean(axis=1) * under[:, 3] / 255 >= 128
    ink = np.where(light[:, None], [0, 0, 0, 255], 255)
    picture[lines] = np.rint(under * (1 - LINE_SHARE) + ink * LINE_SHARE)
    return picture


def _lines(axis: Axis, size: int) -> Places:
    return np.clip(np.rint(axis.edges), 0, size - 1).astype(np.intp)
