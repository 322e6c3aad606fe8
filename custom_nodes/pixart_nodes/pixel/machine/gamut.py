"""The colours that a machine can show: each one's code in the hardware, and what an emulator shows for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from ..palette.palette import packed

Colors = NDArray[np.uint8]
Codes = NDArray[np.int64]
BYTE = 8  # bits
MANY_COLORS = 1 << 12  # colours that are too many to measure the distance to each


@dataclass(frozen=True)
class Gamut:
    """Either every colour by its code, as RRGGBB with blanks between; or so many bits a channel, shifted so far.

    `doubles` are codes that show what another one shows, or that harm a television; they are never chosen.
    """

    fixed: str = ""
    doubles: frozenset[int] = frozenset()
    bits: int = 0
    shifts: tuple[int, int, int] = (0, 0, 0)

    @cached_property
    def codes(self) -> Codes:
        """What the hardware calls each colour: int64 [N]."""
        if self.fixed:
            return np.array([code for code in range(len(self.fixed.split())) if code not in self.doubles])
        red, green, blue = (self._levels[:, channel] << shift for channel, shift in enumerate(self.shifts))
        return red | green | blue

    @cached_property
    def colors(self) -> Colors:
        """What an emulator without colour correction shows for each code: sRGB uint8 [N, 3]."""
        if self.fixed:
            table = np.frombuffer(bytes.fromhex(self.fixed), np.uint8).reshape(-1, 3)
            return table[self.codes]
        return ladder(self.bits)[self._levels]

    @cached_property
    def lab(self) -> NDArray[np.float64]:
        """OKLab of each of `colors`: float64 [N, 3]."""
        return spaces.oklab(self.colors)

    @cached_property
    def _levels(self) -> Codes:
        """Levels of red, green and blue of each colour: [N, 3]."""
        steps = np.arange(1 << self.bits)
        return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)

    @cached_property
    def _sorted(self) -> tuple[Codes, Codes]:
        keys = packed(self.colors)
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def places(self, rgb: Colors) -> Codes:
        """The place among `colors` of each of [..., 3], -1 for what the machine can't show: int64 [...]."""
        keys, order = self._sorted
        rgb_keys = packed(rgb)
        at = np.minimum(np.searchsorted(keys, rgb_keys), len(keys) - 1)
        return np.where(keys[at] == rgb_keys, order[at], -1)

    def nearest(self, lab: NDArray[np.float64]) -> Codes:
        """The place of the colour nearest in OKLab to each of [N, 3]; of equals the first.

        Of very many colours it is the one nearest in each channel, which is as good.
        """
        if len(self.codes) > MANY_COLORS:
            red, green, blue = self.rounded(np.rint(spaces.from_oklab(lab)).astype(np.uint8)).T
            return red << 2 * self.bits | green << self.bits | blue
        return ((lab[:, None] - self.lab) ** 2).sum(axis=2).argmin(axis=1)

    def rounded(self, rgb: Colors) -> NDArray[np.int64]:
        """Channels [..., 3] as levels of so many bits; a fixed gamut leaves them as they are."""
        if not self.bits:
            return rgb.astype(np.int64)
        return np.rint(rgb * (((1 << self.bits) - 1) / 255)).astype(np.int64)


def ladder(bits: int) -> Colors:
    """The 8-bit value of each level of a channel: its bits repeated, as emulators do it."""
    levels = np.arange(1 << bits) << (BYTE - bits)
    values, filled = levels, bits
    while filled < BYTE:
        values = values | levels >> filled
        filled += bits
    return values.astype(np.uint8)
