"""Whether a picture is what enlarging makes of the pixels that a grid finds in it.

A grid of soft cells is hard to tell from a drawing on a raster by where it changes. But small pixels can be enlarged
again: of pixel art the picture itself comes out, of anything else it doesn't, and a grid half a cell off does as well.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..grid import filters, sample, snap
from ..grid.filters import Filter
from ..grid.grid import Axis, Grid

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

ROWS, COLUMNS = 40, 400  # of the picture that are compared
TELLING_MISS = 1.3  # of 255, that a grid half a cell off misses at least: in a slow gradient any grid fits
NEARER_SHARE = (
    0.75  # of what a grid half a cell off misses, that one whose rhythm is sure misses at most: both miss noise
)
NEAR_SHARE = 0.5  # ... that another one misses at most ...
# ... and of 255: JPEG of quality 70 and Lanczos over four pixels cost as much together; rasters of icons miss 5 up.
MOST_MISFIT = 4.5

INNER_RADIUS = 0.3  # cells from its middle: farther out, blur may have reached, and edges that drift
BESIDE_CELL = 0.4  # cells on either side, at which what is narrower than a cell has ended
STANDING_OUT = 48  # of 255, by which that stands out on both sides
UNLIKE_STEP = 64  # of 255, from which two colours aren't one that was spoilt


def explains(rgba: RGBA, grid: Grid) -> bool:
    """Whether uint8 [H, W, 4] is its cells' colours enlarged, clearly more so than those of cells half a cell off."""
    misfit = _misfit(rgba, grid)
    return misfit <= MOST_MISFIT and _tells(rgba, grid, misfit, NEAR_SHARE)


def allows(rgba: RGBA, grid: Grid) -> bool:
    """Whether uint8 [H, W, 4] may be its cells' colours enlarged and then spoiled: cells half a cell off are worse."""
    return _tells(rgba, grid, _misfit(rgba, grid), NEARER_SHARE)


def impurity(rgba: RGBA, grid: Grid) -> float:
    """How much of the cells of uint8 [H, W, 4] isn't of their colour, by how many cells are unlike the next one.

    Curves and slanted edges go through the cells of a drawing, but not through those of pixel art.
    """
    rows, columns = (sample.spread(size, most) for size, most in zip(rgba.shape[:2], (ROWS, COLUMNS), strict=True))
    (down, middle), (across, center) = _inside(grid.y, rows), _inside(grid.x, columns)
    cells = sample.premultiplied(snap.snap(rgba, grid))
    pixels = sample.premultiplied(rgba[rows[middle]][:, columns[center]])
    other = np.abs(pixels - cells[:, down[middle]][:, :, across[center]]).max(axis=0) > UNLIKE_STEP
    borders = np.concatenate([np.abs(np.diff(cells, axis=axis)).max(axis=0).ravel() > UNLIKE_STEP for axis in (1, 2)])
    return _share(other) / max(_share(borders), 1e-9)


def crossed(sides: tuple[RGBA, RGBA], grid: Grid) -> float:
    """How much of the changes in some rows and columns is strokes narrower than a cell, on the axis with less: 0 to 1.

    Thin lines and letters are, and may lie on a grid all the same; in pixel art only the dark lines of a tube are.
    """
    return min(_crossed(lines, axis.pitch) for lines, axis in zip(sides, (grid.x, grid.y), strict=True))


def _crossed(lines: RGBA, pitch: float) -> float:
    planes, far = sample.premultiplied(lines), max(1, int(BESIDE_CELL * pitch))
    here = planes[:, :, far : planes.shape[2] - far]
    before, after = here - planes[:, :, : here.shape[2]], here - planes[:, :, 2 * far :]
    narrow = (np.minimum(before, after) > STANDING_OUT) | (np.maximum(before, after) < -STANDING_OUT)
    change = np.maximum(np.abs(before), np.abs(after)) > STANDING_OUT
    return float(narrow.any(axis=0).sum() / max(change.any(axis=0).sum(), 1))


def _share(those: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(those)) / max(those.size, 1)


def _inside(axis: Axis, at: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The cell that each of the pixels `at` is in, and whether it is in the inner part of that."""
    place = np.interp(at + 0.5, axis.edges, np.arange(axis.cells + 1))
    cell = np.minimum(place.astype(np.intp), axis.cells - 1)
    return cell, np.abs(place - cell - 0.5) < INNER_RADIUS


def _tells(rgba: RGBA, grid: Grid, misfit: float, share: float) -> bool:
    off = _misfit(rgba, replace(grid, x=_between(grid.x), y=_between(grid.y)))
    return off >= TELLING_MISS and misfit <= share * off


def _between(axis: Axis) -> Axis:
    """The cells from each cell's middle to the next one's."""
    edges = axis.edges
    return replace(axis, edges=np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]]))


def _misfit(rgba: RGBA, grid: Grid) -> float:
    """By how much of 255 a pixel differs, on average, from what the best way of enlarging makes of the cells."""
    rows, columns = (sample.spread(size, most) for size, most in zip(rgba.shape[:2], (ROWS, COLUMNS), strict=True))
    cells, pixels = (_planes(each) for each in (snap.snap(rgba, grid), rgba[rows][:, columns]))
    matrices = [(_weights(grid.y, rows, filter), _weights(grid.x, columns, filter).T) for filter in filters.ALL_FILTERS]
    return min(float(np.abs(down @ cells @ across - pixels).mean()) for down, across in matrices)


def _planes(rgba: RGBA) -> Floats:
    return sample.premultiplied(rgba).astype(np.float64)


def _weights(axis: Axis, at: NDArray[np.intp], filter: Filter) -> Floats:
    """How much each cell counts in each of the pixels `at`: [pixels, cells]."""
    place = np.interp(at + 0.5, axis.edges, np.arange(axis.cells + 1)) - 0.5
    return filters.weights(place, axis.cells, filter)
