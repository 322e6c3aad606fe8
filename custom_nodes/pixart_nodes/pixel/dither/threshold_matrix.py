"""Threshold matrices: the order in which the pixels of a tile turn light as a colour's share grows.

Adding a pattern is one entry here; the node's menu, the goldens and the tests follow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.int64]

BLUE_NOISE = Path(__file__).with_name("blue_noise_64.npy")  # void_and_cluster(64): 0.6 s to make, 8 KB to keep
CLUSTER_SIGMA = 1.5  # pixels, the Gaussian of void and cluster, as published
AT_FIRST = 0.1  # of all ranks, given to a first, even scatter


def bayer(size: int) -> Ranks:
    """Ranks 0..size²-1 as [size, size], each spread as far from the ones before as can be; a power of two."""
    if size == 1:
        return np.zeros((1, 1), np.int64)
    # B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures" (1973)
    smaller = 4 * bayer(size // 2)
    return np.block([[smaller, smaller + 2], [smaller + 3, smaller + 1]])


def void_and_cluster(size: int, seed: int = 0) -> Ranks:
    """Ranks 0..size²-1 as [size, size] with little of low frequencies; it tiles without a seam.

    R. A. Ulichney, "The void-and-cluster method for dither array generation" (1993). Integers throughout, so that
    every machine makes the same.
    """
    dot = _dot(size)
    first = np.random.default_rng(seed).permutation(size * size)[: int(size * size * AT_FIRST)]
    points = np.zeros((size, size), bool)
    points.flat[first] = True
    heat = sum((_at(dot, place) for place in first.tolist()), np.zeros((size, size), np.int64))
    while True:  # move points out of the tightest cluster into the largest void until that is where they were
        cluster = _hottest(heat, points)
        points.flat[cluster] = False
        heat -= _at(dot, cluster)
        void = _coldest(heat, points)
        points.flat[void] = True
        heat += _at(dot, void)
        if void == cluster:
            break
    return _ranked(points, heat, dot)


def _ranked(points: NDArray[np.bool_], heat: Ranks, dot: Ranks) -> Ranks:
    ranks = np.zeros_like(heat)
    remaining, warmth = points.copy(), heat.copy()
    for rank in reversed(range(int(points.sum()))):
        place = _hottest(warmth, remaining)
        remaining.flat[place], ranks.flat[place] = False, rank
        warmth -= _at(dot, place)
    occupied, warmth = points.copy(), heat.copy()
    for rank in range(int(points.sum()), points.size):
        place = _coldest(warmth, occupied)
        occupied.flat[place], ranks.flat[place] = True, rank
        warmth += _at(dot, place)
    return ranks


def _dot(size: int) -> Ranks:
    """What a point at the origin adds to the heat of every place of the torus."""
    away = np.minimum(np.arange(size), size - np.arange(size)) ** 2
    return np.rint(np.exp(-(away[:, None] + away) / (2 * CLUSTER_SIGMA**2)) * 2**30).astype(np.int64)


def _at(dot: Ranks, place: int) -> Ranks:
    return np.roll(dot, divmod(place, len(dot)), (0, 1))


def _hottest(heat: Ranks, among: NDArray[np.bool_]) -> int:
    return int(np.where(among, heat, -1).argmax())


def _coldest(heat: Ranks, among: NDArray[np.bool_]) -> int:
    return int(np.where(among, 1 << 62, heat).argmin())


def _drawing(picture: str) -> Ranks:
    return np.array([[int(cell) for cell in row.split()] for row in picture.strip().splitlines()], np.int64)


PATTERNS: dict[str, Callable[[], Ranks]] = {
    "bayer-2": lambda: bayer(2),
    "bayer-4": lambda: bayer(4),
    "bayer-8": lambda: bayer(8),
    "bayer-16": lambda: bayer(16),
    # One mix only, the even one: what is drawn by hand
    "checkerboard": lambda: _drawing(
        """
        0 1
        1 0
        """
    ),
    # Dots that grow, as printers make them: a square screen, and one turned by 45 degrees (two dots a tile)
    "clustered-dot-4": lambda: _drawing(
        """
        12  5  6 13
         4  0  1  7
        11  3  2  8
        15 10  9 14
        """
    ),
    "clustered-dot-8": lambda: _drawing(
        """
        24 10 12 26 35 47 49 37
         8  0  2 14 45 59 61 51
        22  6  4 16 43 57 63 53
        30 20 18 28 33 41 55 39
        34 46 48 36 25 11 13 27
        44 58 60 50  9  1  3 15
        42 56 62 52 23  7  5 17
        32 40 54 38 31 21 19 29
        """
    ),
    # Rows and diagonals that fill one after the other
    "horizontal-lines": lambda: _drawing(
        """
         0  2  1  3
         8 10  9 11
         4  6  5  7
        12 14 13 15
        """
    ),
    "diagonal-lines": lambda: _drawing(
        """
         0  8  4 12
        10  6 14  2
         5 13  1  9
        15  3 11  7
        """
    ),
    "blue-noise": lambda: np.load(BLUE_NOISE).astype(np.int64),
}


@cache
def levels(name: str) -> int:
    """How many steps a pattern has from one colour to the other."""
    return int(PATTERNS[name]().max()) + 1


@cache
def thresholds(name: str) -> NDArray[np.float32]:
    """Thresholds of a pattern [h, w], each in the middle of its step, (rank + 1/2) / ranks: their mean is 1/2."""
    ranks = PATTERNS[name]()
    matrix = ((ranks + 0.5) / levels(name)).astype(np.float32)
    matrix.setflags(write=False)
    return matrix
