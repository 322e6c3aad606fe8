"""What a panel's file has of transparency: nothing, a byte of alpha a pixel, or one colour that stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import errors
from ...palette.picture import opaque_mask
from . import panel, rgb565

WAYS = ("background", "alpha", "key-color")
Color = tuple[int, int, int]


class Packed(NamedTuple):
    """Words in their byte order, a byte of alpha a pixel or none, and the colours that were meant: uint8 [H, W, 3]."""

    words: bytes
    alpha: bytes
    colors: NDArray[np.uint8]


@dataclass(frozen=True)
class Transparency:
    """A way of WAYS; `ground` is the colour behind what is transparent, `key` one that stands for it.

    Alpha below the `threshold` 0..1 takes the key, as RGB565 shows that nearest. Raises UnknownName.
    """

    way: str = "background"
    ground: Color = (0, 0, 0)
    key: Color = (255, 0, 255)
    threshold: float = 0.5

    def __post_init__(self) -> None:
        require(self.way)
        object.__setattr__(self, "key", rgb565.shown(self.key))

    def packed(
        self,
        rgba: NDArray[np.uint8],
        size: tuple[int, int],
        fit: str = "cover",
        rotation: str = "0",
        rounding: str = "truncate",
        wire: rgb565.Wire = rgb565.PLAIN,
    ) -> Packed:
        """uint8 [H, W, 4] as the frame of a panel of that size (width, height). Raises UnknownName."""
        if self.way == "background":
            colors = panel.frame(rgba, *size, fit, rotation, self.ground)
            return Packed(rgb565.pack(colors, rounding, wire), b"", colors)
        cut = panel.cut(rgba, *size, fit, rotation)
        if self.way == "alpha":
            colors = np.where(cut[..., 3:] > 0, cut[..., :3], np.array(self.ground, np.uint8))
            return Packed(rgb565.pack(colors, rounding, wire), cut[..., 3].tobytes(), colors)
        opaque = opaque_mask(cut, self.threshold)
        colors = np.where(opaque[..., None], cut[..., :3], np.array(self.key, np.uint8))
        return Packed(rgb565.pack_keyed(colors, opaque, self.key, rounding, wire), b"", colors)


def require(way: str) -> None:
    """Raise UnknownName unless there is such a way."""
    errors.require(way, WAYS, what="Way with transparency")
