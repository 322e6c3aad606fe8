"""Outlines to samples, and samples to pixels: each part is area-sampled at the very size that it is drawn at.

A drawing's 100 units lie on the picture without a margin, in which the outline runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .geometry import Contours, Points, divided
from .recipe import SIDE, UNIT

Mask: TypeAlias = NDArray[np.bool_]
Counts: TypeAlias = NDArray[np.int64]

FINE = 64  # positions within a sample
SMOOTH = 64  # pixels of a side, up to which a pixel has 8 x 8 samples; above it has 4 x 4
# By samples along a pixel's side: the number that they are in memory, and what brings the sum of its bytes to its end.
PACKED = {
    8: (np.uint64, np.uint64(0x0101010101010101), np.uint64(56)),
    4: (np.uint32, np.uint32(0x01010101), np.uint32(24)),
}
HALF, THIN = 50, 42  # percent of a pixel that a part must cover; less where it is a thin line


@dataclass(frozen=True)
class Frame:
    """A square picture's side in pixels, and what follows from it."""

    size: int

    @cached_property
    def margin(self) -> int:
        """Thickness of the outline in pixels."""
        return max(1, (2 * self.size + 44) // 88)

    @cached_property
    def inside(self) -> int:
        """Pixels of a side that the drawing itself has."""
        return self.size - 2 * self.margin

    @cached_property
    def samples(self) -> int:
        """Samples along a pixel's side."""
        return 8 if self.size <= SMOOTH else 4

    @cached_property
    def pixel(self) -> int:
        """Positions along a pixel's side."""
        return self.samples * FINE

    @cached_property
    def thinnest(self) -> int:
        """Width in 1/1024 units of the thinnest line, a little more than a pixel."""
        return 108 * UNIT // self.inside

    @cached_property
    def thin(self) -> int:
        """Width in 1/1024 units below which a line counts as thin: two pixels."""
        return 200 * UNIT // self.inside

    def placed(self, points: Points) -> Points:
        """Positions from the picture's centre of points from the drawing's."""
        return divided(points * (self.inside * self.pixel), SIDE)


@dataclass(frozen=True)
class Region:
    """Samples [rows * samples, columns * samples] that are covered, within a window of whole pixels of a picture."""

    frame: Frame
    top: int
    left: int
    mask: Mask

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """The window's rows and columns of pixels."""
        rows, columns = (side // self.frame.samples for side in self.mask.shape)
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)

    def counts(self, mask: Mask | None = None) -> Counts:
        """How many of a pixel's samples are covered, by this mask or by another one of the same window."""
        samples = self.frame.samples
        mask = np.ascontiguousarray(self.mask if mask is None else mask)
        kind, ones, shift = PACKED[samples]
        along = (mask.view(kind) * ones) >> shift  # how many of a row's samples of a pixel are covered
        return along.reshape(len(mask) // samples, samples, -1).sum(axis=1, dtype=np.int64)

    def pixels(self, thin: bool = False) -> Mask:
        """Pixels of the window that count as covered; the most covered ones if else there were none."""
        counts = self.counts()
        full = counts * 100 >= (THIN if thin else HALF) * self.frame.samples**2
        return full if full.any() or not counts.any() else counts == counts.max()

    def within(self, other: Region) -> Region:
        """What of it another region covers too."""
        samples = self.frame.samples
        whole = np.zeros((self.frame.size * samples,) * 2, bool)
        rows, columns = (slice(each.start * samples, each.stop * samples) for each in other.window)
        whole[rows, columns] = other.mask
        rows, columns = (slice(each.start * samples, each.stop * samples) for each in self.window)
        return Region(self.frame, self.top, self.left, self.mask & whole[rows, columns])


def region(outlines: Contours, frame: Frame) -> Region | None:
    """The samples that outlines (positions from the picture's centre) enclose; None where no sample may be covered."""
    edges = np.concatenate([_edges(each) for each in outlines])
    if not len(edges):
        return None
    left, right = _pixel(edges[:, :4:2].min(), frame), _pixel(edges[:, :4:2].max(), frame) + 1
    top, bottom = _pixel(edges[:, 1].min(), frame), _pixel(edges[:, 3].max(), frame) + 1
    mask = _filled(edges, frame, (top, bottom), (left, right))
    return Region(frame, top, left, mask)


def _pixel(position: int, frame: Frame) -> int:
    """The pixel of a position, or the nearest one that isn't in the margin."""
    pixel = (int(position) + frame.size * frame.pixel // 2) // frame.pixel
    return max(frame.margin, min(frame.size - frame.margin - 1, pixel))


def _edges(outlines: Points) -> Points:
    """int64 [edges, 5] of outlines [outlines, corners, 2]: start, the end below it, and +1 or -1 for what is inside."""
    after = np.concatenate([outlines[:, 1:], outlines[:, :1]], axis=1)
    x0, y0, x1, y1 = outlines[..., 0], outlines[..., 1], after[..., 0], after[..., 1]
    clockwise = np.where((x0 * y1 - x1 * y0).sum(axis=1, keepdims=True) >= 0, 1, -1)
    down = y1 > y0
    edges = np.empty((*down.shape, 5), np.int64)
    edges[..., 0], edges[..., 1] = np.where(down, x0, x1), np.where(down, y0, y1)
    edges[..., 2], edges[..., 3] = np.where(down, x1, x0), np.where(down, y1, y0)
    edges[..., 4] = np.where(down, clockwise, -clockwise)
    return edges[y0 != y1]


def _between(values: Points, least: int, most: int) -> Points:
    """As `np.clip`, which takes several times as long for so few numbers."""
    return np.minimum(np.maximum(values, least), most)


def _filled(edges: Points, frame: Frame, rows: tuple[int, int], columns: tuple[int, int]) -> Mask:
    """Samples whose winding number isn't 0. Where an edge meets a sample's centre, left and right decide alike."""
    samples, half = frame.samples, frame.size * frame.pixel // 2
    (top, bottom), (left, right) = ((first * samples, last * samples) for first, last in (rows, columns))
    first, last = (_between(-((half - FINE // 2 + edges[:, at]) // -FINE), top, bottom) for at in (1, 3))
    counts = last - first
    edge = np.repeat(np.arange(len(edges)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    x0, y0, x1, y1, sign = edges[edge].T
    x = x0 + divided((row * FINE + FINE // 2 - half - y0) * (x1 - x0), y1 - y0)
    from_first = x + half - FINE // 2
    column = np.where(x < 0, from_first // FINE + 1, -(from_first // -FINE))
    column = _between(column, left, right) - left
    width = right - left + 1
    crossings = np.bincount((row - top) * width + column, sign, (bottom - top) * width)
    return np.cumsum(crossings.reshape(-1, width), axis=1)[:, :-1] != 0


def extent(mask: Mask) -> tuple[int, int, int, int]:
    """The box about what a mask has, which is something: left, top, width and height in places."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    left, top, right, bottom = (int(edge) for edge in (columns[0], rows[0], columns[-1], rows[-1]))
    return left, top, right - left + 1, bottom - top + 1


def shifted(mask: Mask, right: int, down: int) -> Mask:
    """A mask moved by so many places; what comes in is empty."""
    moved = np.zeros_like(mask)
    height, width = mask.shape
    if abs(down) < height and abs(right) < width:
        rows = slice(max(down, 0), height + min(down, 0)), slice(max(-down, 0), height + min(-down, 0))
        columns = slice(max(right, 0), width + min(right, 0)), slice(max(-right, 0), width + min(-right, 0))
        moved[rows[0], columns[0]] = mask[rows[1], columns[1]]
    return moved
