"""RGB565, the 16-bit colour of small panels: pictures to words and bytes, and back to what the panel shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import errors
from .kernels import KERNELS
from .ordered import bayer

RGB = NDArray[np.uint8]
Levels = NDArray[np.uint16]

BITS = (5, 6, 5)  # of red, green, blue
SHIFTS = (11, 5, 0)  # where each begins in the word
BYTE_ORDERS = {"big-endian": ">u2", "little-endian": "<u2"}  # panels read the high byte first, most CPUs the low one
BAYER = 8
_VALUES = np.arange(256)


def _shown_by(bits: int) -> NDArray[np.int64]:
    """The values 0..255 that the levels of a channel show: its bits repeated below them, as panels do it.

    0 stays 0 and the highest level is 255.
    """
    levels = np.arange(1 << bits)
    return levels << (8 - bits) | levels >> (2 * bits - 8)


def _share_above(bits: int) -> NDArray[np.int64]:
    """For each value how many of the 64 Bayer ranks show the next level, so that the mean is the value: [256]."""
    shown = _shown_by(bits)
    below = _below(bits)
    gap = np.append(np.diff(shown), 1)[below]
    return ((_VALUES - shown[below]) * BAYER**2 * 2 + gap) // (2 * gap)  # rounded


def _below(bits: int) -> NDArray[np.int64]:
    """For each value the highest level that doesn't show more: [256]."""
    return np.searchsorted(_shown_by(bits), _VALUES, side="right") - 1


# One table a channel.
_SHOWN = [_shown_by(bits).astype(np.uint8) for bits in BITS]
_HIGH_BITS = [(_VALUES >> (8 - bits)).astype(np.uint16) for bits in BITS]
_NEAREST = [((_VALUES * ((1 << bits) - 1) * 2 + 255) // 510).astype(np.uint16) for bits in BITS]
_BELOW = [_below(bits).astype(np.uint16) for bits in BITS]
_ABOVE = [_share_above(bits) for bits in BITS]


@dataclass(frozen=True)
class Wire:
    """How words travel: `invert` sends every word's complement, `bgr` swaps red and blue. Raises UnknownName."""

    byte_order: str = "big-endian"
    invert: bool = False
    bgr: bool = False

    def __post_init__(self) -> None:
        errors.require(self.byte_order, BYTE_ORDERS, what="Byte order")

    @property
    def name(self) -> str:
        """`rgb565-be` or `rgb565-le`."""
        return "rgb565-be" if self.byte_order == "big-endian" else "rgb565-le"


PLAIN = Wire()


def require(rounding: str, byte_order: str) -> None:
    """Raise UnknownName unless there are such a rounding and such a byte order."""
    errors.require(rounding, ROUNDINGS, what="Rounding")
    errors.require(byte_order, BYTE_ORDERS, what="Byte order")


def pack(rgb: RGB, rounding: str = "truncate", wire: Wire = PLAIN) -> bytes:
    """uint8 [H, W, 3] -> 2 * H * W bytes, rows from the top. Raises UnknownName.

    What RGB565 can show exactly comes through unchanged with every rounding.
    """
    errors.require(rounding, ROUNDINGS, what="Rounding")
    red, green, blue = ROUNDINGS[rounding](np.moveaxis(rgb, -1, 0))
    planes = (blue, green, red) if wire.bgr else (red, green, blue)
    words = sum((plane << shift for plane, shift in zip(planes, SHIFTS, strict=True)), np.uint16(0))
    return (~words if wire.invert else words).astype(BYTE_ORDERS[wire.byte_order]).tobytes()


def unpack(data: bytes, width: int, height: int, wire: Wire = PLAIN) -> RGB:
    """The picture on a panel for which `pack` made the bytes: uint8 [height, width, 3]."""
    words = np.frombuffer(data, BYTE_ORDERS[wire.byte_order]).astype(np.uint16).reshape(height, width)
    words = ~words if wire.invert else words
    planes = [words >> shift & (1 << bits) - 1 for shift, bits in zip(SHIFTS, BITS, strict=True)]
    return np.stack(_looked_up(_SHOWN, planes[::-1] if wire.bgr else planes), axis=-1)


def _looked_up(tables: list[NDArray[Any]], planes: Iterable[NDArray[Any]]) -> list[NDArray[Any]]:
    return [table[plane] for table, plane in zip(tables, planes, strict=True)]


def truncated(planes: RGB) -> list[Levels]:
    """The high bits of each value: what most firmware does, and always a little too dark."""
    return _looked_up(_HIGH_BITS, planes)


def rounded(planes: RGB) -> list[Levels]:
    """The level that shows the nearest value."""
    return _looked_up(_NEAREST, planes)


def ordered(planes: RGB) -> list[Levels]:
    """Bayer 8 x 8 between the two levels around each value; the pattern's mean is the value to 1/128 of a step."""
    _, height, width = planes.shape
    ranks = np.tile(bayer(BAYER), (-(-height // BAYER), -(-width // BAYER)))[:height, :width]
    below, above = _looked_up(_BELOW, planes), _looked_up(_ABOVE, planes)
    return [low + (ranks < share) for low, share in zip(below, above, strict=True)]


def diffused(planes: RGB) -> list[Levels]:
    """Floyd-Steinberg in each channel."""
    return [_diffused(*each) for each in zip(planes, _NEAREST, _SHOWN, strict=True)]


def _diffused(plane: NDArray[np.uint8], nearest: Levels, shown: NDArray[np.uint8]) -> Levels:
    """Levels [H, W], rows from left to right; wishes are clamped to 0..255 and rounded for the look-up.

    Pixels on a line x + 2y = t don't wait for each other, so the picture is done line by line.
    """
    taps = KERNELS["floyd-steinberg"].taps
    height, width = plane.shape
    levels = np.zeros(plane.shape, np.uint16)
    carried = np.zeros((4, height + 1))  # error on its way to each row, for the lines t to t + 3 in turn
    for t in range(width + 2 * (height - 1)):
        first, end = max(0, (t - width) // 2 + 1), min(height, t // 2 + 1)
        y = np.arange(first, end)
        x = t - 2 * y
        wish = np.clip(plane[y, x] + carried[t % 4, first:end], 0, 255)
        carried[t % 4] = 0
        levels[y, x] = level = nearest[(wish + 0.5).astype(np.intp)]
        error = wish - shown[level]
        for dx, dy, share in taps:
            carried[(t + dx + 2 * dy) % 4, first + dy : end + dy] += error * share
    return levels


# Each takes the planes uint8 [3, H, W] and gives three planes of levels.
ROUNDINGS: dict[str, Callable[[RGB], list[Levels]]] = {
    "truncate": truncated,
    "round": rounded,
    "bayer": ordered,
    "floyd-steinberg": diffused,
}
