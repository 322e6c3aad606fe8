"""Which colours a picture has and how often: exactly, or by bins that are as fine as the eye needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from ..compiled import twins
from .palette import packed, unpacked

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Points = NDArray[np.float32]  # [3, M]: OKLab's L, a and b
Places = NDArray[np.int32]

BINS = 64  # of each channel
# Even steps of OKLab's lightness, not of sRGB values: half as many bins as needed would else lie in dark colours, and
# with 256 colours the palette of a photograph would be 7 % worse.
BIN_OF = np.minimum(np.cbrt(spaces.linear(np.arange(256.0))) * BINS, BINS - 1).astype(np.uint8)
STEPS = np.float32(1 << 16)  # of 1 in OKLab: so sums over whole pictures are exact, in any order
BLOCK = 1 << 18  # pixels looked at together: bounds what the plain forms take
ENOUGH_PIXELS = 1 << 16  # up to here every colour counts by itself
ENOUGH_BINS = 32  # for each colour to be chosen
FINE_STEPS = 16  # steps of the table of light between two sRGB values

LIGHT = spaces.linear(np.arange(255 * FINE_STEPS + 1) / FINE_STEPS).astype(np.float32)


def _moved(bits: Sequence[int]) -> Places:
    """Where the bits of a 24-bit number go, the lowest first: its bytes' shares of the outcome, int32 [3, 256]."""
    values = np.arange(256)
    shares = [[(values >> bit & 1) << bits[8 * byte + bit] for bit in range(8)] for byte in range(3)]
    return np.array(shares).sum(axis=1).astype(np.int32)


# Bit by bit red, green and blue, the highest first: G. M. Morton's order (1966), in which like colours lie together.
_TO_MORTON = [3 * bit + channel for channel in range(3) for bit in range(8)]
INTERLEAVED = _moved(_TO_MORTON)[::-1]  # of red, of green, of blue
_PARTED = _moved(np.argsort(_TO_MORTON).tolist())
BIN_PLACES = INTERLEAVED[:, BIN_OF]  # of a bin, as shares of the channels


def interleaved(rgb: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The place 0..2^24 - 1 in Morton's order of each colour uint8 [M, 3]: int32 [M]."""
    red, green, blue = (table[plane] for table, plane in zip(INTERLEAVED, rgb.T, strict=True))
    return red | green | blue


def parted(places: NDArray[np.integer]) -> Counts:
    """The packed colours 0xRRGGBB of places in Morton's order, [M] in and out; the inverse of `interleaved`."""
    low, middle, high = (_PARTED[byte][places >> 8 * byte & 255] for byte in range(3))
    return (low | middle | high).astype(np.int64)


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
        """The colours in OKLab: float32 [3, M], multiples of 1 / STEPS."""
        return points(self.sums, self.counts)

    @cached_property
    def weights(self) -> Floats:
        """The counts as float64."""
        return self.counts.astype(np.float64)

    def where(self, selection: NDArray[np.bool_ | np.intp]) -> Tally:
        """The tally of those colours that a mask or indices [M] pick."""
        return Tally(self.sums[selection], self.counts[selection])


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
    """The tally of each distinct colour of uint8 [N, 4] by itself, weighted by uint8 [N], in Morton's order."""
    used = weights > 0
    words = interleaved(pixels[used, :3]).astype(np.uint32) << 8 | weights[used]
    words.sort()
    keys = words >> 8
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    counts = np.add.reduceat((words & 255).astype(np.int64), first)
    return Tally(unpacked(parted(keys[first])).astype(np.int64) * counts[:, None], counts)


@twins.step("extract", patience=1 << 20)
def points(sums: Counts, counts: Counts) -> Points:
    """What `sums` int64 [M, 3] of the sRGB values of `counts` int64 [M] pixels are in OKLab, see `Tally.points`."""
    light = LIGHT[np.rint(sums * FINE_STEPS / counts[:, None]).astype(np.int32).T]
    return (np.rint(spaces.oklab_planes(light) * STEPS) / STEPS).astype(np.float32)


@twins.step("extract", patience=1 << 22)
def bins(pixels: Bytes, weights: Bytes) -> tuple[Counts, Counts]:
    """Sums int64 [M, 3] and counts int64 [M] of the bins that have pixels, in Morton's order; uint8 [N, 4], [N] in."""
    table = np.zeros((4, BINS**3), np.int64)
    for at in range(0, len(pixels), BLOCK):
        block, weight = pixels[at : at + BLOCK, :3], weights[at : at + BLOCK].astype(np.float64)
        place = BIN_PLACES[0][block[:, 0]] | BIN_PLACES[1][block[:, 1]] | BIN_PLACES[2][block[:, 2]]
        for row, values in enumerate([*(weight * channel for channel in block.T), weight]):
            table[row] += np.bincount(place, values, minlength=BINS**3).astype(np.int64)  # whole numbers, exact
    filled = table[3] > 0
    return np.ascontiguousarray(table[:3, filled].T), table[3, filled]


@twins.step("extract", patience=1 << 24)
def few(pixels: Bytes, weights: Bytes, most: int) -> Counts | None:
    """The packed colours of uint8 [N, 4] in order, those of weight 0 in uint8 [N] left out; None if over `most`."""
    keys = np.zeros(0, np.int64)
    for at in range(0, len(pixels), BLOCK):
        used = weights[at : at + BLOCK] > 0
        keys = np.union1d(keys, packed(pixels[at : at + BLOCK][used]))
        if len(keys) > most:
            return None
    return keys
