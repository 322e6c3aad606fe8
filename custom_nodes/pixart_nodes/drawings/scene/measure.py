"""How much of its square a drawing fills, where its eyes are, and what its silhouette carries, at any size.

Lengths are thousandths of the square's side; they are measured once, on a rendering of 48 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .. import library
from ..pose import Stance
from ..rasterization import extent
from ..recipe import SIDE, Drawing
from ..rendering import render

SAMPLE = 48  # pixels of the rendering that is measured
WHOLE = 1000
STALK = 46  # percent of the width: what is narrower than this in its lower part is held there
FACE = 150  # about the eyes, what belongs to a face


@dataclass(frozen=True)
class Box:
    """A rectangle; the right and lower sides lie outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """From the left to the right side."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """From the upper to the lower side."""
        return self.bottom - self.top

    @property
    def center(self) -> int:
        """Its middle from the left."""
        return (self.left + self.right) // 2

    def moved(self, right: int, down: int) -> Box:
        """The same box elsewhere."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def scaled(self, size: int) -> Box:
        """A box of thousandths in a square of so many pixels."""
        left, top = self.left * size // WHOLE, self.top * size // WHOLE
        return Box(left, top, -(-self.right * size // WHOLE), -(-self.bottom * size // WHOLE))

    def with_(self, other: Box) -> Box:
        """The smallest box about both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def lies_in(self, other: Box) -> bool:
        """Whether all of it is within another one."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom

    def meets(self, other: Box) -> bool:
        """Whether they share anything."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Measure:
    """A drawing's box, that of its face (None where it has no eyes), and both edges of each of 48 columns."""

    box: Box
    face: Box | None
    tops: tuple[int, ...]
    is_stalked: bool
    sides: tuple[tuple[int, int], ...] = ((0, WHOLE),) * SAMPLE  # where each of 48 rows begins and ends
    bottoms: tuple[int, ...] = (WHOLE,) * SAMPLE  # 0 where a column is empty

    def across(self, down: int) -> tuple[int, int]:
        """Where the silhouette begins and ends so far down."""
        return self.sides[max(0, min(SAMPLE - 1, down * SAMPLE // WHOLE))]

    def top_at(self, left: int, right: int) -> int:
        """How far down the silhouette begins, at its highest between two places."""
        columns = self.tops[max(0, left * SAMPLE // WHOLE) : max(1, -(-right * SAMPLE // WHOLE))]
        return min(columns, default=0)


@lru_cache(maxsize=2048)
def measure(name: str, pose: str = "", mirror: bool = False, turn: int = 0, without: tuple[str, ...] = ()) -> Measure:
    """What the library's drawing of that name measures as it stands there."""
    drawing = library.find(name)
    opaque = render(drawing, SAMPLE, pose=pose, mirror=mirror, turn=turn, without=without).pixels[..., 3] > 0
    if not opaque.any():
        return Measure(Box(0, 0, WHOLE, WHOLE), None, (0,) * SAMPLE, False)
    left, top, width, height = extent(opaque)
    right, bottom = left + width, top + height
    box = Box(*(edge * WHOLE // SAMPLE for edge in (left, top, right, bottom)))
    first = np.where(opaque.any(axis=0), opaque.argmax(axis=0), SAMPLE)
    low = int(opaque[bottom - max(2, (bottom - top) * 3 // 10) :].any(axis=0).sum())
    tops = tuple(int(row) * WHOLE // SAMPLE for row in first)
    is_stalked = drawing.faces == "front" and low * 100 < STALK * (right - left)
    ends = [np.flatnonzero(row) for row in opaque]
    sides = tuple(
        (int(row[0]) * WHOLE // SAMPLE, int(row[-1] + 1) * WHOLE // SAMPLE) if len(row) else (0, 0) for row in ends
    )
    last = np.where(opaque.any(axis=0), SAMPLE - opaque[::-1].argmax(axis=0), 0)
    bottoms = tuple(int(row) * WHOLE // SAMPLE for row in last)
    return Measure(box, _face(drawing, pose, mirror, turn), tops, is_stalked, sides, bottoms)


def _face(drawing: Drawing, pose: str, mirror: bool, turn: int) -> Box | None:
    """The box about the eyes and what belongs to a face."""
    stance = Stance(drawing, drawing.pose(pose) if pose else {}, turn, mirror)
    points = []
    for shape in drawing.shapes_in():
        if shape.is_eye:
            at = np.array([shape.numbers[:2]], np.int64) - SIDE // 2
            points += [stance.placed(at, shape.limb, side)[0] for side in (False, True)[: 1 + shape.mirrored]]
    if not points:
        return None
    places = (np.array(points) + SIDE // 2) * WHOLE // SIDE
    (left, top), (right, bottom) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return Box(left - FACE, top - FACE, right + FACE, bottom + FACE)
