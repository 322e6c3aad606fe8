"""Specks that a pixel artist would remove by hand: orphan pixels, and small clusters inside flat areas.

Only colours of the picture are used, and each step leaves nothing for itself to do when it is run again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import spaces
from ..palette.palette import each_once
from . import clusters, jaggies
from .clusters import Clusters, Flat, Ids, Labels

DITHERS = ("keep", "remove")
MAJORITY_SHARE = 0.75  # share of an orphan's neighbours that must have one colour: 6 of 8
PATTERN_RADIUS = 4  # pixels around a speck in which others like it make it part of a pattern: what Bayer's 4 x 4 needs
PATTERN = 3  # others like it, from which on: the corner of a regular pattern has as many
LINE = 4  # pixels; a cluster one pixel wide and at least as long is a line
SPECK_PIXELS_AT_ONCE = 1 << 14  # pixels of specks looked at together, each with up to 80 neighbours

EIGHT_AROUND = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
PATTERN_OFFSETS = [
    (dy, dx)
    for dy in range(-PATTERN_RADIUS, PATTERN_RADIUS + 1)
    for dx in range(-PATTERN_RADIUS, PATTERN_RADIUS + 1)
    if dy or dx
]


@dataclass(frozen=True)
class Cleanup:
    """What to clean, and what to leave.

    `orphans`: clusters up to so many pixels go where 3 of 4 neighbours agree. `specks`: clusters up to so many
    pixels go inside a flat area. 0 switches either off. `contrast`: a speck that differs from what is around it by
    this OKLab distance or more is meant, an eye or a highlight (0 keeps all, 1 none). `dither`: keep or remove
    dots that recur. `corners` and `steps`: see `jaggies`.
    """

    orphans: int = 1
    specks: int = 0
    contrast: float = 0.2
    dither: str = "keep"
    corners: bool = True
    steps: bool = True


def require(dither: str) -> None:
    """Raise UnknownName unless there is such a way with dithers."""
    errors.require(dither, DITHERS, what="Way with dithers")


def clean(rgba: NDArray[np.uint8], what: Cleanup) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] in and out, in colours of the picture; pixels left alone keep their bytes. Raises UnknownName."""
    require(what.dither)
    flat = Flat.of(rgba)
    labels = dissolved(flat, what.orphans, what.contrast, what.dither)
    labels = dissolved(Flat(labels, flat.colors), what.specks, what.contrast, what.dither, flat_only=True)
    if what.corners:
        labels = jaggies.without_corners(labels, flat.clear)
    if what.steps:
        labels = jaggies.with_even_steps(labels, flat.clear)
    changed = labels != flat.labels
    return np.where(changed[..., None], flat.painted(labels), rgba)


def dissolved(flat: Flat, largest: int, contrast: float, dither: str, flat_only: bool = False) -> Labels:
    """Labels [H, W] in which specks up to `largest` pixels have taken the colour around them; until none is left.

    A speck only ever joins a larger cluster, so there are fewer clusters after each round.
    """
    labels = flat.labels
    while largest > 0:
        groups = clusters.find(labels)
        small = np.flatnonzero(groups.sizes <= largest)
        wishes = _wishes(Flat(labels, flat.colors), groups, small, flat_only)
        _keep_contrast(wishes, flat, contrast)
        if dither == "keep":
            _keep_patterns(wishes, labels, groups)
        if not (wishes.colors >= 0).any():
            break
        labels = np.where(wishes.colors[groups.ids] >= 0, wishes.colors[groups.ids], labels).astype(np.int32)
    return labels


@dataclass(frozen=True, eq=False)
class _Wishes:
    """For each cluster the colour number it has (`own`) and should get (`colors`, -1: none)."""

    own: Ids
    colors: Ids


def _wishes(flat: Flat, groups: Clusters, small: Ids, flat_only: bool) -> _Wishes:
    count = len(groups.sizes)
    own = np.zeros(count, np.int64)
    own[groups.ids] = flat.labels
    wishes = _Wishes(own, np.full(count, -1, np.int64))
    ground = _Ground.of(flat, groups, flat_only)
    for part in _parts(groups, small):
        speck, pixel = _ring(groups.ids, part)
        at, color = ground.decided(speck, pixel)
        wishes.colors[at] = color
    if flat_only:
        wishes.colors[_lines(flat.labels, groups, small)] = -1
    return wishes


def _parts(groups: Clusters, small: Ids) -> list[Ids]:
    """The pixels (flat positions) of small clusters, in parts that don't cut a cluster."""
    chosen = np.zeros(len(groups.sizes), bool)
    chosen[small] = True
    pixels = np.flatnonzero(chosen[groups.ids])
    pixels = pixels[np.argsort(groups.ids.ravel()[pixels], kind="stable")]
    ids = groups.ids.ravel()[pixels]
    cuts = np.searchsorted(ids, ids[SPECK_PIXELS_AT_ONCE::SPECK_PIXELS_AT_ONCE])
    return [part for part in np.split(pixels, np.unique(cuts)) if len(part)]


def _neighbours(shape: tuple[int, ...], pixels: Ids, offsets: list[tuple[int, int]]) -> tuple[Ids, NDArray[np.bool_]]:
    """Flat positions [N, len(offsets)] of the pixels at offsets, and where they are inside the picture."""
    y, x = np.divmod(pixels, shape[1])
    shift = np.array(offsets)
    ny, nx = y[:, None] + shift[:, 0], x[:, None] + shift[:, 1]
    inside = (ny >= 0) & (ny < shape[0]) & (nx >= 0) & (nx < shape[1])
    return np.where(inside, ny * shape[1] + nx, 0), inside


def _ring(ids: Ids, pixels: Ids) -> tuple[Ids, Ids]:
    """Pairs (cluster, pixel beside it), each once, for the clusters of pixels."""
    around, inside = _neighbours(ids.shape, pixels, EIGHT_AROUND)
    own = np.broadcast_to(ids.ravel()[pixels][:, None], around.shape)
    outer = inside & (ids.ravel()[around] != own)
    pairs = np.divmod(each_once(own[outer] * ids.size + around[outer]), ids.size)
    return pairs[0], pairs[1]


@dataclass(frozen=True, eq=False)
class _Ground:
    """The surroundings of specks, by flat pixel positions, and the colours they decide on."""

    labels: Labels
    ids: Ids
    sizes: Ids
    thick: NDArray[np.bool_]
    clear: int
    lab: NDArray[np.float64]
    flat_only: bool

    @classmethod
    def of(cls, flat: Flat, groups: Clusters, flat_only: bool) -> _Ground:
        beyond = np.pad(flat.labels, 1, mode="edge")  # an area goes on beyond the border
        thick = clusters.in_blocks(beyond)[1:-1, 1:-1].ravel()
        lab = spaces.oklab(flat.colors[:, :3])
        return cls(flat.labels.ravel(), groups.ids.ravel(), groups.sizes, thick, flat.clear, lab, flat_only)

    def decided(self, speck: Ids, pixel: Ids) -> tuple[Ids, Ids]:
        """The clusters whose neighbours agree, and the colour they agree on; one count a ring pixel."""
        larger = self.sizes[self.ids[pixel]] > self.sizes[speck]
        all_around = np.bincount(speck, minlength=len(self.sizes))
        voters = larger & self.thick[pixel] if self.flat_only else larger
        keys, votes = np.unique(speck[voters] * len(self.lab) + self.labels[pixel[voters]], return_counts=True)
        at, wish = np.divmod(keys, len(self.lab))
        if self.flat_only:
            strangers = self._strangers(speck[larger], self.labels[pixel[larger]])
            enough = (votes >= MAJORITY_SHARE * all_around[at]) & ~strangers[at]
        else:
            enough = votes >= np.where(wish == self.clear, 1.0, MAJORITY_SHARE) * all_around[at]
        return at[enough], wish[enough]

    def _strangers(self, speck: Ids, label: Labels) -> NDArray[np.bool_]:
        """Where larger clusters of more than one colour are beside a speck: an edge, not the middle of an area."""
        pairs = each_once(speck * len(self.lab) + label) // len(self.lab)
        return np.bincount(pairs, minlength=len(self.sizes)) > 1


def _keep_contrast(wishes: _Wishes, flat: Flat, contrast: float) -> None:
    """Take back wishes where the speck stands out; against transparency nothing does."""
    at = np.flatnonzero(wishes.colors >= 0)
    lab = spaces.oklab(flat.colors[:, :3])
    old, new = wishes.own[at], wishes.colors[at]
    far = np.linalg.norm(lab[old] - lab[new], axis=1) >= contrast
    wishes.colors[at[far & (old != flat.clear) & (new != flat.clear)]] = -1


def _keep_patterns(wishes: _Wishes, labels: Labels, groups: Clusters) -> None:
    """Take back wishes of specks among others that have the same colour and the same wish: a dither.

    What is near to such a speck stays with it, so that a pattern isn't eaten from its edges.
    """
    ids, names = groups.ids.ravel(), labels.ravel()
    wish = wishes.colors[ids]
    core = np.zeros(len(groups.sizes), bool)
    parts = _parts(groups, np.flatnonzero(wishes.colors >= 0))

    def alike(part: Ids) -> tuple[Ids, NDArray[np.bool_]]:
        near, inside = _neighbours(labels.shape, part, PATTERN_OFFSETS)
        same = (wish[near] == wish[part][:, None]) & (names[near] == names[part][:, None])
        return near, inside & same & (ids[near] != ids[part][:, None])

    for part in parts:
        core[ids[part[alike(part)[1].sum(axis=1) >= PATTERN]]] = True
    pattern = core.copy()
    for part in parts:
        near, same = alike(part)
        pattern[ids[part[(same & core[ids[near]]).any(axis=1)]]] = True
    wishes.colors[pattern] = -1


def _lines(labels: Labels, groups: Clusters, small: Ids) -> Ids:
    """Those of the small clusters that are one pixel wide and long: lines, not specks."""
    count = len(groups.sizes)
    thick = np.zeros(count, bool)
    thick[groups.ids[clusters.in_blocks(labels)]] = True
    extent = np.zeros(count, np.int64)
    for line in np.ogrid[: labels.shape[0], : labels.shape[1]]:
        place = np.broadcast_to(line, labels.shape)
        low, high = np.full(count, place.size), np.zeros(count, np.int64)
        np.minimum.at(low, groups.ids, place)
        np.maximum.at(high, groups.ids, place)
        extent = np.maximum(extent, high - low + 1)
    return small[~thick[small] & (extent[small] >= LINE)]
