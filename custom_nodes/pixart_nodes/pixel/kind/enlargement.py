"""Whether a picture is what enlarging makes of the pixels that a grid finds in it.

A grid of soft cells is hard to tell from a drawing on a raster by where it changes. But small pixels can be enlarged
again: of pixel art the picture itself comes out, of anything else it doesn't, and a grid half a cell off does as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..grid import snap
from ..grid.grid import Axis, Grid
from . import sample

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

WINDOW = 8  # pixels in which an edge is looked at
STRONG = 90  # of 1020, four channels of 255: less change in a window is no edge
LEAST_EDGES = 20  # windows
SOFT = 0.45  # of an edge's change that its steepest step has at most: enlarged three times by ramps it has a third
ROWS, COLUMNS = 40, 400  # of the picture that are compared
TELLING = 1.3  # of 255, that a grid half a cell off misses at least: in a slow gradient any grid fits
NEARER = 0.75  # of what a grid half a cell off misses, that one whose rhythm is sure misses at most: both miss noise
NEAR = 0.5  # ... that another one misses at most ...
# ... and of 255: JPEG of quality 70 and Lanczos over four pixels cost as much together; rasters of icons miss 5 up.
MISSED = 4.5


def soft(rgba: RGBA) -> bool:
    """Whether most edges in uint8 [H, W, 4] go over several pixels."""
    steepness = np.concatenate([_steepness(lines) for lines in sample.sampled(rgba)])
    return len(steepness) >= LEAST_EDGES and float(np.median(steepness)) <= SOFT


def _steepness(lines: RGBA) -> Floats:
    """Of each window with an edge in lines [n, length, 4], the share of its change that its steepest step has."""
    tones = sample.premultiplied(lines).sum(axis=0, dtype=np.int16)
    if tones.shape[1] < WINDOW:
        return np.zeros(0)
    steps = np.abs(np.diff(tones, axis=1))
    steepest = _over(steps, WINDOW - 1, np.maximum)
    change = _over(tones, WINDOW, np.maximum) - _over(tones, WINDOW, np.minimum)
    edges = change >= STRONG
    return steepest[edges] / change[edges]


def _over(lines: NDArray[np.int16], width: int, of: np.ufunc) -> NDArray[np.int16]:
    """The greatest or least of each so many values in a row."""
    result = lines[:, : lines.shape[1] - width + 1]
    for place in range(1, width):
        result = of(result, lines[:, place : lines.shape[1] - width + 1 + place])
    return result


def explains(rgba: RGBA, grid: Grid) -> bool:
    """Whether uint8 [H, W, 4] is its cells' colours enlarged, clearly more so than those of cells half a cell off."""
    missed = _missed(rgba, grid)
    return missed <= MISSED and _tells(rgba, grid, missed, NEAR)


def allows(rgba: RGBA, grid: Grid) -> bool:
    """Whether uint8 [H, W, 4] may be its cells' colours enlarged and then spoiled: cells half a cell off are worse."""
    return _tells(rgba, grid, _missed(rgba, grid), NEARER)


def _tells(rgba: RGBA, grid: Grid, missed: float, share: float) -> bool:
    off = _missed(rgba, replace(grid, x=_between(grid.x), y=_between(grid.y)))
    return off >= TELLING and missed <= share * off


def _between(axis: Axis) -> Axis:
    """The cells from each cell's middle to the next one's."""
    edges = axis.edges
    return replace(axis, edges=np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]]))


def _missed(rgba: RGBA, grid: Grid) -> float:
    """By how much of 255 a pixel differs, on average, from what the best way of enlarging makes of the cells."""
    rows, columns = (sample.spread(size, most) for size, most in zip(rgba.shape[:2], (ROWS, COLUMNS), strict=True))
    cells, pixels = (_planes(each) for each in (snap.snap(rgba, grid), rgba[rows][:, columns]))
    ways = [(_weights(grid.y, rows, *way), _weights(grid.x, columns, *way).T) for way in WAYS]
    return min(float(np.abs(down @ cells @ across - pixels).mean()) for down, across in ways)


def _planes(rgba: RGBA) -> Floats:
    return sample.premultiplied(rgba).astype(np.float64)


def _square(far: Floats) -> Floats:
    return np.where(far <= 0.5, 1.0, 0.0)


def _ramp(far: Floats) -> Floats:
    return 1 - far


def _cubic(far: Floats) -> Floats:
    """Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -1/2."""
    return np.where(far < 1, (1.5 * far - 2.5) * far * far + 1, ((2.5 - 0.5 * far) * far - 4) * far + 2)


def _lanczos(far: Floats) -> Floats:
    return np.sinc(far) * np.sinc(far / 3)


Way = tuple[Callable[[Floats], Floats], int]  # weights by distance in cells, 0 from the reach on
WAYS: tuple[Way, ...] = ((_square, 1), (_ramp, 1), (_cubic, 2), (_lanczos, 3))


def _weights(axis: Axis, at: NDArray[np.intp], kernel: Callable[[Floats], Floats], reach: int) -> Floats:
    """How much each cell counts in each of the pixels `at`: [pixels, cells], rows summing to 1; ends are repeated."""
    place = np.interp(at + 0.5, axis.edges, np.arange(axis.cells + 1)) - 0.5
    weights = np.zeros((len(at), axis.cells))
    for near in np.floor(place).astype(np.intp)[None] + np.arange(1 - reach, 1 + reach)[:, None]:
        far = np.abs(place - near)
        value = np.where(far < reach, kernel(far), 0)
        np.add.at(weights, (np.arange(len(at)), np.clip(near, 0, axis.cells - 1)), value)
    return weights / weights.sum(axis=1, keepdims=True)
