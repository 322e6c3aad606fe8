"""Pieces of ink on a page: pixels that it covers by half or more, and that meet at their sides or corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .opencv import cv2

Plane = NDArray[np.uint8]  # [H, W]
Flags = NDArray[np.bool_]  # [pieces]

HALF = 128  # of 255


@dataclass(frozen=True)
class Pieces:
    """The pieces of a cover [H, W]: their number with the ground, which is the first of them, and what each measures.

    `labels` [H, W] says which piece a pixel is of, `stats` [pieces, 5] are left, top, width, height and area in pixels,
    `centres` [pieces, 2] are across and down.
    """

    cover: Plane
    count: int
    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    centres: NDArray[np.float64]

    def fit(self, most: int) -> Flags:
        """Which of them are so many pixels wide and high at most, the ground among them."""
        return np.asarray((self.stats[:, 2:4] <= most).all(axis=1))

    def peaks(self, dark: Plane) -> NDArray[np.uint8]:
        """The greatest darkness of each piece, 0 for the ground: uint8 [pieces]."""
        peak, inked = np.zeros(self.count, np.uint8), self.cover >= HALF
        np.maximum.at(peak, self.labels[inked], dark[inked])
        return peak

    def around(self, which: Flags, window: int) -> Plane:
        """1 where a window of so many pixels a side has a pixel of one of those pieces, else 0: uint8 [H, W]."""
        return cv2.dilate(which[self.labels].astype(np.uint8), np.ones((window, window), np.uint8))

    def without(self, which: Flags, window: int) -> Plane:
        """The cover without those pieces and what is within half a window of them."""
        return self.cover * (1 - self.around(which, window))


def pieces(cover: Plane) -> Pieces:
    """The pieces of ink of a cover uint8 [H, W]."""
    return Pieces(cover, *cv2.connectedComponentsWithStats((cover >= HALF).astype(np.uint8), connectivity=8))
