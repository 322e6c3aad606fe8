"""torch's random normal numbers on the CPU, made by NumPy alone: the same pictures for the same seeds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

BLOCK = 16  # numbers that torch makes at once: 8 radii and 8 angles give 16
SINGLE_BITS, DOUBLE_BITS = 24, 53  # random bits of a uniform number in single and in double precision


class Generator:
    """`torch.Generator().manual_seed(seed)`: any integer is a seed, and its low 32 bits are what counts.

    Method: torch's ATen/core/MT19937RNGEngine.h, ATen/core/DistributionsHelper.h (normal_distribution) and
    ATen/native/cpu/DistributionTemplates.h (normal_fill). What differs from torch is the rounding of log, sin and cos
    in float32: 2e-6 at most.
    """

    def __init__(self, seed: int) -> None:
        self._twister = np.random.RandomState(seed & 0xFFFFFFFF)
        self._spare: float | None = None  # the second number of a pair, kept for the next small draw

    def normal(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """`torch.randn(shape, generator=self)`: the next float32 numbers with mean 0 and deviation 1."""
        count = math.prod(shape)
        if count < BLOCK:
            return np.array([self._single() for _ in range(count)], np.float32).reshape(shape)
        uniform, whole = self._uniform(count), count - count % BLOCK
        numbers = np.empty(count, np.float32)
        numbers[:whole] = _box_muller(uniform[:whole])
        if whole < count:  # torch then makes the last 16 anew, of fresh draws
            numbers[-BLOCK:] = _box_muller(self._uniform(BLOCK))
        return numbers.reshape(shape)

    def _words(self, count: int) -> NDArray[np.uint32]:
        """The Mersenne Twister's next outputs, 32 bits each."""
        return self._twister.randint(0, 2**32, count, np.uint32)

    def _uniform(self, count: int) -> NDArray[np.float32]:
        bits = self._words(count) & np.uint32(2**SINGLE_BITS - 1)
        return bits.astype(np.float32) * np.float32(2.0**-SINGLE_BITS)

    def _single(self) -> float:
        """One number in double precision: fewer than 16 are made one by one, out of pairs."""
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        words = [int(word) for word in self._words(4)]
        turn, share = (
            ((high << 32 | low) & (2**DOUBLE_BITS - 1)) * 2.0**-DOUBLE_BITS for high, low in (words[:2], words[2:])
        )
        radius, angle = math.sqrt(-2.0 * math.log1p(-share)), 2.0 * math.pi * turn
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)


def _box_muller(uniform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normal numbers of uniform ones, 16 by 16: the first 8 of each become radii, the last 8 angles."""
    pairs = uniform.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(np.float32(-2) * np.log(np.float32(1) - pairs[:, 0]))
    angle = np.float32(2 * np.pi) * pairs[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)
