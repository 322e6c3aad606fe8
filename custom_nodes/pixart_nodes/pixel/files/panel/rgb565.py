"""RGB565, the 16-bit colour of small panels: pictures to words and bytes, and back to what the panel shows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import errors
from ...compiled import twins
from ...dither.diffusion_kernels import KERNELS
from ...dither.threshold_matrix import bayer

RGB = NDArray[np.uint8]
Levels = NDArray[np.uint16]
Words = NDArray[np.uint16]

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
    levels = _shown_by(bits)
    below = _below(bits)
    gap = np.append(np.diff(levels), 1)[below]
    return ((_VALUES - levels[below]) * BAYER**2 * 2 + gap) // (2 * gap)  # rounded


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

    @property
    def swapped(self) -> bool:
        """Whether the byte order differs from this CPU's own."""
        return self.byte_order != f"{sys.byteorder}-endian"


PLAIN = Wire()


def require(rounding: str, byte_order: str) -> None:
    """Raise UnknownName unless there are such a rounding and such a byte order."""
    errors.require(rounding, ROUNDINGS, what="Rounding")
    errors.require(byte_order, BYTE_ORDERS, what="Byte order")


def pack(rgb: RGB, rounding: str = "truncate", wire: Wire = PLAIN) -> bytes:
    """uint8 [H, W, 3] -> 2 * H * W bytes, rows from the top. Raises UnknownName.

    A pixel that RGB565 can show exactly comes through unchanged with every rounding.
    """
    errors.require(rounding, ROUNDINGS, what="Rounding")
    return ROUNDINGS[rounding](np.ascontiguousarray(rgb), wire).tobytes()


def shown(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """The colour that a panel shows nearest to red, green and blue 0..255, in 0..255 as well."""
    red, green, blue = (int(_SHOWN[c][_NEAREST[c][value]]) for c, value in enumerate(color))
    return red, green, blue


def pack_keyed(
    rgb: RGB, opaque: NDArray[np.bool_], key: tuple[int, int, int], rounding: str = "truncate", wire: Wire = PLAIN
) -> bytes:
    """As `pack`, where only pixels that aren't opaque [H, W] have the key's word: others differ by a step of blue.

    The key must be a colour that RGB565 holds. Raises UnknownName.
    """
    order = BYTE_ORDERS[wire.byte_order]
    words = np.frombuffer(pack(rgb, rounding, wire), order).reshape(opaque.shape).copy()
    clear = np.frombuffer(pack(np.array([[key]], np.uint8), "round", wire), order)[0]
    words[~opaque] = clear
    words[opaque & (words == clear)] ^= 1 << SHIFTS[0] if wire.bgr else 1
    return words.tobytes()


def unpack(data: bytes, width: int, height: int, wire: Wire = PLAIN) -> RGB:
    """The picture on a panel for which `pack` made the bytes: uint8 [height, width, 3]."""
    words = np.frombuffer(data, BYTE_ORDERS[wire.byte_order]).astype(np.uint16).reshape(height, width)
    words = ~words if wire.invert else words
    planes = [words >> shift & (1 << bits) - 1 for shift, bits in zip(SHIFTS, BITS, strict=True)]
    channels = [table[plane] for table, plane in zip(_SHOWN, planes[::-1] if wire.bgr else planes, strict=True)]
    return np.stack(channels, axis=-1)


def _words(levels: list[Levels], wire: Wire) -> Words:
    """Words as they lie in memory, of the levels of red, green and blue, [H, W] each."""
    high, middle, low = levels[::-1] if wire.bgr else levels
    words = high << np.uint16(11) | middle << np.uint16(5) | low
    words = ~words if wire.invert else words
    return words.byteswap() if wire.swapped else words


@twins.step("rgb565", patience=1 << 24)
def truncated(rgb: RGB, wire: Wire) -> Words:
    """Words [H, W] of the high bits of uint8 [H, W, 3]: what most firmware does, always a little too dark."""
    return _words([table[rgb[..., c]] for c, table in enumerate(_HIGH_BITS)], wire)


@twins.step("rgb565", patience=1 << 24)
def rounded(rgb: RGB, wire: Wire) -> Words:
    """Words [H, W] of uint8 [H, W, 3], each channel the level that shows the value nearest to it."""
    return _words([table[rgb[..., c]] for c, table in enumerate(_NEAREST)], wire)


def ordered(rgb: RGB, wire: Wire) -> Words:
    """Bayer 8 x 8 between the two levels around each value; the pattern's mean is the value to 1/128 of a step."""
    return mixed(rgb, bayer(BAYER).astype(np.uint8), wire)


@twins.step("rgb565", patience=1 << 23)
def mixed(rgb: RGB, ranks: NDArray[np.uint8], wire: Wire) -> Words:
    """The level above instead of the one below where the share of 64 between them exceeds the rank.

    `ranks` 0..63 [N, N] are repeated over the picture.
    """
    height, width = rgb.shape[:2]
    ranks = np.tile(ranks, (-(-height // len(ranks)), -(-width // len(ranks))))[:height, :width]
    tables = zip(np.moveaxis(rgb, -1, 0), _BELOW, _ABOVE, strict=True)
    return _words([below[plane] + (ranks < above[plane]) for plane, below, above in tables], wire)


@twins.step("rgb565", patience=1 << 21)
def diffused(rgb: RGB, wire: Wire) -> Words:
    """Floyd-Steinberg in each channel; a pixel that can be shown exactly is, and hands on what error reaches it."""
    exact = np.logical_and.reduce([_SHOWN[c][_NEAREST[c][rgb[..., c]]] == rgb[..., c] for c in range(3)])
    return _words([_diffused(rgb[..., c], exact, _NEAREST[c], _SHOWN[c]) for c in range(3)], wire)


def _diffused(plane: NDArray[np.uint8], exact: NDArray[np.bool_], nearest: Levels, shown: NDArray[np.uint8]) -> Levels:
    """Levels [H, W], rows from left to right; wishes are clamped to 0..255 and rounded for the look-up.

    Pixels on a line x + 2y = t don't wait for each other, so the picture is done line by line.
    """
    taps = KERNELS["floyd-steinberg"].taps
    height, width = plane.shape
    levels = np.zeros(plane.shape, np.uint16)
    carried = np.zeros((4, height + 1), np.float32)  # error on its way to each row, for the lines t to t + 3 in turn
    for t in range(width + 2 * (height - 1)):
        first, end = max(0, (t - width) // 2 + 1), min(height, t // 2 + 1)
        y = np.arange(first, end)
        x = t - 2 * y
        target = np.clip(plane[y, x] + carried[t % 4, first:end], 0, 255)
        carried[t % 4] = 0
        value = np.where(exact[y, x], plane[y, x], (target + np.float32(0.5)).astype(np.intp))
        levels[y, x] = level = nearest[value]
        error = target - shown[level]
        for dx, dy, share in taps:
            carried[(t + dx + 2 * dy) % 4, first + dy : end + dy] += error * np.float32(share)
    return levels


# Each takes uint8 [H, W, 3] and how the words travel, and gives them as they lie in memory, uint16 [H, W].
ROUNDINGS: dict[str, Callable[[RGB, Wire], Words]] = {
    "truncate": truncated,
    "round": rounded,
    "bayer": ordered,
    "floyd-steinberg": diffused,
}
