"""Clusters: pixels of one colour that touch, over corners too or not; found by joining runs, no loop over pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..palette.palette import each_once

Labels = NDArray[np.int32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Flat:
    """A picture as colour numbers: `labels` [H, W] into `colors` [N, 4]; what is transparent has one number."""

    labels: Labels
    colors: NDArray[np.uint8]

    @classmethod
    def of(cls, rgba: NDArray[np.uint8]) -> Flat:
        """Number the colours of uint8 [H, W, 4]; colours under alpha 0 are one and the same."""
        visible = np.where(rgba[..., 3:] > 0, rgba, 0).astype(np.uint8)
        pixels = np.ascontiguousarray(visible).view(np.uint32)[..., 0]
        keys = each_once(pixels.ravel())  # an inverse as np.unique's would be four arrays of 64 bits a pixel
        colors = keys.astype(np.uint32).view(np.uint8).reshape(-1, 4)
        return cls(np.searchsorted(keys, pixels).astype(np.int32), colors)

    @property
    def clear(self) -> int:
        """The number of the transparent colour; -1 where all pixels are visible."""
        transparent = np.flatnonzero(self.colors[:, 3] == 0)
        return int(transparent[0]) if len(transparent) else -1

    def painted(self, labels: Labels) -> NDArray[np.uint8]:
        """The picture uint8 [H, W, 4] that other labels show in these colours."""
        return self.colors[labels]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which cluster each pixel is in (`ids` [H, W]) and how many pixels each has (`sizes` [N])."""

    ids: Ids
    sizes: Ids


def find(labels: Labels, corners: bool = True) -> Clusters:
    """The clusters of labels [H, W], numbered in the order in which a reader meets them.

    Pixels touch over corners too (8-connected), without `corners` by sides only (4-connected).
    """
    starts = np.ones(labels.shape, bool)
    starts[:, 1:] = labels[:, 1:] != labels[:, :-1]
    runs = np.cumsum(starts, dtype=np.int32).reshape(labels.shape)
    runs -= 1
    roots = _joined(int(runs[-1, -1]) + 1, _contacts(labels, runs, starts, corners))
    numbers = np.cumsum(roots == np.arange(len(roots))) - 1
    ids = numbers[roots][runs]
    return Clusters(ids, np.bincount(ids.ravel()))


def _contacts(labels: Labels, runs: Labels, starts: NDArray[np.bool_], corners: bool) -> Labels:
    """Pairs [N, 2] of runs of one colour that touch in two rows; few of them twice, or a large picture fills memory.

    Runs one below the other touch first where either starts; what touches over a corner only starts or ends there.
    """
    upper, lower = labels[:-1], labels[1:]
    straight = (upper == lower) & (starts[:-1] | starts[1:])
    above, below = runs[:-1], runs[1:]
    if not corners:
        return np.stack([above[straight], below[straight]], axis=1)
    corner = starts[:-1, 1:] & starts[1:, 1:]
    falling = (upper[:, :-1] == lower[:, 1:]) & corner
    rising = (upper[:, 1:] == lower[:, :-1]) & corner
    ways = ((straight, above, below), (falling, above[:, :-1], below[:, 1:]), (rising, above[:, 1:], below[:, :-1]))
    return np.concatenate([np.stack([one[same], other[same]], axis=1) for same, one, other in ways])


def _joined(count: int, pairs: Labels) -> Ids:
    """The lowest number each of `count` things is connected with: trees hooked onto lower trees, then flattened."""
    root = np.arange(count)
    one, other = pairs.T
    while len(one):
        one, other = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        different = one != other
        one, other = one[different], other[different]
        np.minimum.at(root, other, one)
        while not np.array_equal(root, above := root[root]):
            root = above
    return root


def in_blocks(labels: Labels) -> NDArray[np.bool_]:
    """Which pixels of labels [H, W] lie in a 2 x 2 block of their colour, bool [H, W]: areas, but no thin lines."""
    across = labels[:, 1:] == labels[:, :-1]
    block = across[1:] & across[:-1] & (labels[1:, :-1] == labels[:-1, :-1])
    inside = np.zeros(labels.shape, bool)
    for rows in (slice(0, -1), slice(1, None)):
        for columns in (slice(0, -1), slice(1, None)):
            inside[rows, columns] |= block
    return inside
