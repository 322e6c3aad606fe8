"""A picture within another: on a page with margins and words, or in the window of an editor."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..grid import sample
from ..grid.grid import Axis, Grid

RGBA = NDArray[np.uint8]

PLAIN_SHARE = 0.9  # of a page's outermost pixels are of its colour
PAGE_STEP = 10  # of 255: what differs from the page by more lies on it
LEAST_SIDE, LEAST_SHARE = 48, 0.1  # pixels of a figure's sides, and of the page's pixels
DENSE_SHARE = (
    0.45  # of the pixels along each of a figure's sides aren't of the page's colour: it is a picture of its own
)
RIPPLES = 8  # pixels around a figure, at most, that JPEG leaves: its block's side
LAYOUT_ROUNDS = 3  # of looking for its rows among its columns, and for these among its rows


class Figure(NamedTuple):
    """A rectangle of a page, in pixels: up to `bottom` and `right`."""

    top: int
    bottom: int
    left: int
    right: int

    def part(self, rgba: RGBA) -> RGBA:
        """These pixels of uint8 [H, W, 4]."""
        return np.ascontiguousarray(rgba[self.top : self.bottom, self.left : self.right])

    def share(self, rgba: RGBA) -> float:
        """How much of uint8 [H, W, 4] this is: 0 to 1."""
        return (self.bottom - self.top) * (self.right - self.left) / max(rgba[..., 0].size, 1)

    def whole(self, grid: Grid, rgba: RGBA) -> Grid:
        """The grid of this figure, continued over all of uint8 [H, W, 4]."""
        height, width = rgba.shape[:2]
        return replace(grid, x=_continued(grid.x, self.left, width), y=_continued(grid.y, self.top, height), afar=None)


def figure(rgba: RGBA) -> Figure | None:
    """The largest picture on a page uint8 [H, W, 4] of one colour; None where there is none, or no page."""
    height, width = rgba.shape[:2]
    if min(height, width) < LEAST_SIDE:
        return None
    rim = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
    ground = np.median(rim, axis=0).astype(np.int16)
    if ground[3] == 0 or _apart(rim, ground).mean() > 1 - PLAIN_SHARE:
        return None
    box = Figure(0, height, 0, width)
    for _ in range(LAYOUT_ROUNDS):
        box = _nearer(rgba, ground, box)
        if min(box.bottom - box.top, box.right - box.left) < LEAST_SIDE:
            return None
    box = _without_ripples(_far(box.part(rgba), ground), box)
    return box if box and LEAST_SHARE <= box.share(rgba) < 1 else None


def _without_ripples(far: NDArray[np.int16], box: Figure) -> Figure | None:
    """A box whose pixels are so far from the page, without thin sides; None where these are no picture's."""
    rows, columns = (_solid(far, axis) for axis in (1, 0))
    thin = [int(np.argmax(line)) for line in (rows, rows[::-1], columns, columns[::-1])]
    if max(thin) > RIPPLES or not (rows.any() and columns.any()):
        return None
    return Figure(box.top + thin[0], box.bottom - thin[1], box.left + thin[2], box.right - thin[3])


def _solid(far: NDArray[np.int16], axis: int) -> NDArray[np.bool_]:
    """Which lines differ from the page nearly all along, and by half as much as those farther in at least."""
    strength = far.mean(axis=axis)
    inner = np.minimum(np.roll(strength, RIPPLES), np.roll(strength, -RIPPLES))
    inner[:RIPPLES], inner[-RIPPLES:] = strength[RIPPLES : 2 * RIPPLES], strength[-2 * RIPPLES : -RIPPLES]
    return ((far > PAGE_STEP).mean(axis=axis) >= DENSE_SHARE) & (strength >= inner / 2)


def _nearer(rgba: RGBA, ground: NDArray[np.int16], box: Figure) -> Figure:
    """The longest stretch of a box's rows with anything on them, and of its columns."""
    inner = rgba[box.top : box.bottom, box.left : box.right]
    top, bottom = _longest(_some(_apart(inner[:, sample.spread(inner.shape[1])], ground), 1))
    left, right = _longest(_some(_apart(inner[sample.spread(inner.shape[0])], ground), 0))
    return Figure(box.top + top, box.top + bottom, box.left + left, box.left + right)


def _some(marks: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    return np.asarray(marks.any(axis=axis))


def _apart(pixels: RGBA, ground: NDArray[np.int16]) -> NDArray[np.bool_]:
    return _far(pixels, ground) > PAGE_STEP


def _far(pixels: RGBA, ground: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.abs(pixels - ground).max(axis=-1)


def _longest(marks: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest stretch of marks begins and ends."""
    turns = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=0, append=0))
    if not len(turns):
        return 0, 0
    longest = int(np.argmax(turns[1::2] - turns[::2]))
    return int(turns[2 * longest]), int(turns[2 * longest + 1])


def _continued(axis: Axis, start: int, size: int) -> Axis:
    """The cells of a part that begins at `start`, with cells about as wide before and after them."""
    edges = axis.edges + start
    before, after = round(edges[0] / axis.pitch), round((size - edges[-1]) / axis.pitch)
    head = np.linspace(0, edges[0], before + 1)[:-1] if before else [0.0]
    tail = np.linspace(edges[-1], size, after + 1)[1:] if after else [float(size)]
    middle = edges[0 if before else 1 : len(edges) if after else -1]
    return replace(axis, edges=np.concatenate([head, middle, tail]), phase=float(edges[0] % axis.pitch))
