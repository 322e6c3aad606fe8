"""A picture while it is painted: colours, what is there at all, what shines, and what the picture is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rasterization import Mask
from ..rendering import Rendering

Colors = NDArray[np.uint8]


@dataclass
class Canvas:
    """`color`: uint8 [height, width, 3]; the masks [height, width] say what is opaque, shines, or is a subject."""

    color: Colors
    opaque: Mask
    shining: Mask
    subject: Mask

    @classmethod
    def empty(cls, width: int, height: int) -> Canvas:
        """A transparent one."""
        masks = (np.zeros((height, width), bool) for _ in range(3))
        return cls(np.zeros((height, width, 3), np.uint8), *masks)

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.color.shape[1]

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.color.shape[0]

    @property
    def side(self) -> int:
        """The smaller side."""
        return min(self.width, self.height)

    @property
    def grain(self) -> int:
        """Pixels of a side that a speck of a pattern has: as thick as outlines of large things are."""
        return max(1, self.side // 80)

    def paste(self, colors: Colors, rendering: Rendering, x: int, y: int, subject: bool) -> Mask:
        """Lay a rendering, in these colours, upon it; what lies outside is left out. The mask of what was laid."""
        size = rendering.shining.shape[0]
        left, top, right, bottom = max(0, x), max(0, y), min(self.width, x + size), min(self.height, y + size)
        laid = np.zeros_like(self.opaque)
        if left >= right or top >= bottom:
            return laid
        here = slice(top, bottom), slice(left, right)
        there = slice(top - y, bottom - y), slice(left - x, right - x)
        mask = rendering.pixels[there][..., 3] > 0
        laid[here] = mask
        self.color[here][mask] = colors[there][mask]
        self.shining[here][mask] = rendering.shining[there][mask]
        self.opaque |= laid
        self.subject = self.subject | laid if subject else self.subject & ~laid
        return laid
