"""Which colours a picture has and how often: exactly, or by bins that are as fine as the eye needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import color, engine
from .palette import packed, unpacked

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Points = NDArray[np.float32]  # [3, M]: OKLab's L, a and b

BINS = 64  # of each channel
# Even steps of OKLab's lightness, not of sRGB values: half as many bins as needed would else lie in dark colours, and
# with 256 colours the palette of a photograph would be 7 % worse.
BIN_OF = np.minimum(np.cbrt(color.linear(np.arange(256.0))) * BINS, BINS - 1).astype(np.uint8)
BLOCK = 1 << 18  # pixels looked at together: bounds what the plain forms take
ENOUGH_PIXELS = 1 << 16  # up to here every colour counts by itself
ENOUGH_BINS = 32  # for each colour to be chosen
FINE = 16  # steps of the table of light between two sRGB values

_LIGHT = color.linear(np.arange(255 * FINE + 1) / FINE).astype(np.float32)


@dataclass(frozen=True)
class Tally:
    """Colours as `sums` int64 [M, 3] of the sRGB values of `counts` int64 [M] pixels each."""

    sums: Counts
    counts: Counts

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def means(self) -> Floats:
        """The colours themselves: sRGB values [M, 3], not rounded."""
        return self.sums / self.counts[:, None]

    @cached_property
    def points(self) -> Points:
        """The colours in OKLab: float32 [3, M]."""
        light = _LIGHT[np.rint(self.means * FINE).astype(np.int32).T]
        return color.oklab_planes(light)

    @cached_property
    def weights(self) -> Floats:
        """The counts, as what they are multiplied with."""
        return self.counts.astype(np.float64)

    def where(self, wanted: NDArray[np.bool_ | np.intp]) -> Tally:
        """Those colours that a mask or indices [M] pick."""
        return Tally(self.sums[wanted], self.counts[wanted])


def tally(pixels: Bytes, weights: Bytes, colors: int) -> Tally:
    """The colours of uint8 [N, 4], weighted by uint8 [N], counted well enough to choose `colors` of them.

    In bins; but one by one where the picture is small, or has so few bins that they would be too coarse.
    """
    if len(pixels) > ENOUGH_PIXELS:
        binned = Tally(*bins(pixels, weights))
        if len(binned) >= ENOUGH_BINS * colors:
            return binned
    return exact(pixels, weights)


def exact(pixels: Bytes, weights: Bytes) -> Tally:
    """Each distinct colour by itself, in order of its packed value."""
    seen = weights > 0
    words = packed(pixels[seen]).astype(np.uint32) << 8 | weights[seen]
    words.sort()
    keys = words >> 8
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    counts = np.add.reduceat((words & 255).astype(np.int64), first)
    return Tally(unpacked(keys[first].astype(np.int64)).astype(np.int64) * counts[:, None], counts)


@engine.step("extract", patience=1 << 22)
def bins(pixels: Bytes, weights: Bytes) -> tuple[Counts, Counts]:
    """Sums int64 [M, 3] and counts int64 [M] of the bins that have pixels; uint8 [N, 4] and [N] in."""
    table = np.zeros((4, BINS**3), np.int64)
    for at in range(0, len(pixels), BLOCK):
        block, weight = pixels[at : at + BLOCK, :3], weights[at : at + BLOCK].astype(np.float64)
        place = BIN_OF[block].astype(np.intp) @ np.array([BINS * BINS, BINS, 1])
        for row, values in enumerate([*(weight * channel for channel in block.T), weight]):
            table[row] += np.bincount(place, values, minlength=BINS**3).astype(np.int64)  # whole numbers, exact
    filled = table[3] > 0
    return np.ascontiguousarray(table[:3, filled].T), table[3, filled]


@engine.step("extract", patience=1 << 24)
def few(pixels: Bytes, weights: Bytes, most: int) -> Counts | None:
    """The packed colours of uint8 [N, 4] in order, those of weight 0 in uint8 [N] left out; None if over `most`."""
    found = np.zeros(0, np.int64)
    for at in range(0, len(pixels), BLOCK):
        seen = weights[at : at + BLOCK] > 0
        found = np.union1d(found, packed(pixels[at : at + BLOCK][seen]))
        if len(found) > most:
            return None
    return found
