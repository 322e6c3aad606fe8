"""A palette from pictures: k-means, median cut and octree over their colours, weighted by how often each appears.

And `salient`, which sees to it that small patches of a colour of their own keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil

import numpy as np

from .. import errors
from ..color import spaces
from ..errors import PaletteError, PictureError
from .cuts import median_cut, octree
from .histogram import Bytes, Floats, Tally, few, tally
from .k_means import assigned, distance, k_means, mean_error, variance_cut
from .palette import Entry, Palette, distinct, packed, unpacked
from .picture import opaque_mask
from .salient import Sample, four_together

# `method(counted, K, locked)`: sRGB values [.., 3], at most K - F of them, that go with the locked ones, uint8 [F, 3].
Method = Callable[[Sample, int, Bytes], Floats]

MIN_ALPHA = 128  # less than half there is not part of the picture
ALIKE_DISTANCE = 0.02  # OKLab; hardly to be told apart: for what is that near to it, a locked colour stands
BEST_QUALITY = 100.0  # quality
A_POINT = 1e-3  # of quality, in OKLab
STANDS_OUT = 0.04  # OKLab; a patch that is off by no more needs no colour of its own
PATCH_ROUNDS = 8  # in which patches get colours


def extract(
    rgba: Bytes,
    count: int,
    method: str = "median-cut",
    *,
    locked: Palette | None = None,
    quality: float = 0.0,
    weights: Bytes | None = None,
    methods: Mapping[str, Method] | None = None,
) -> Palette:
    """Up to `count` colours, dark to light, of uint8 [..., 4] (any number of pictures).

    Transparent pixels don't count, others as much as uint8 `weights` [...] say. The `locked` colours are among those
    found. Where the picture has no more than `count`, they are its own, and all of them where locked ones and `quality`
    leave room; where it has more, there are `count`.
    `quality` above 0 asks for the fewest that have it: 100 less 1000 times the mean OKLab distance. `methods` is the
    table of them, METHODS if not given.
    Raises PictureError where nothing is opaque, PaletteError for too many locked colours, UnknownName for the method.
    """
    table = METHODS if methods is None else methods
    require(method, table)
    fixed = np.zeros((0, 3), np.uint8) if locked is None else locked.colors
    if len(fixed) > count:
        raise PaletteError(f"{len(fixed)} colours are locked and {count} asked for; ask for more or lock fewer.")
    pixels, pixel_weights = _visible(rgba, weights)
    colors = _colors(pixels, pixel_weights, count, table[method], fixed, quality)
    order = np.lexsort((packed(colors), spaces.luma(colors)))
    named = {} if locked is None else {e.rgb: e._replace(alpha=255, locked=True) for e in locked.entries if e.alpha}
    entries = (named.get(entry.rgb, entry) for entry in map(Entry.of, colors[order].tolist()))
    return Palette(tuple(entries), name=f"extracted-{method}", source="picture")


def _visible(rgba: Bytes, weights: Bytes | None) -> tuple[Bytes, Bytes]:
    """Pixels uint8 [B, H, W, 4] and how much each counts, uint8 [B, H, W]."""
    height, width = (1, *rgba.shape[:-1])[-2:]
    pixels = np.ascontiguousarray(rgba).reshape(-1, height, width, 4)
    pixel_weights = opaque_mask(pixels, MIN_ALPHA / 255).view(np.uint8)
    if weights is not None:
        pixel_weights *= weights.reshape(pixel_weights.shape)
    if not pixel_weights.any():
        what = "" if weights is None else " where the mask isn't black"
        raise PictureError(f"The picture has no opaque pixel to take colours from{what}.")
    return pixels, pixel_weights


def _colors(pixels: Bytes, weights: Bytes, count: int, method: Method, locked: Bytes, quality: float) -> Bytes:
    """The colours, uint8 [K, 3], in any order."""
    flat, flat_weights = pixels.reshape(-1, 4), weights.reshape(-1)
    own = few(flat, flat_weights, count)
    every = None if own is None else distinct(np.concatenate([locked, unpacked(own)]))
    if every is not None and len(every) <= count and quality <= 0:
        return every
    counted = tally(flat, flat_weights, count)
    histogram = Sample(counted.sums, counted.counts, pixels, weights)

    def chosen(number: int) -> Bytes:
        if every is not None and len(every) <= number:
            return every
        free = method(histogram, number, locked) if number > len(locked) else np.zeros((0, 3))
        rounded = np.rint(np.clip(free, 0, 255)).astype(np.uint8)
        if own is not None:
            rounded = _nearest_own(rounded, unpacked(own))
        return _filled_up(distinct(np.concatenate([locked, rounded])), histogram, number)

    return chosen(count) if quality <= 0 else _fewest(chosen, histogram, max(1, len(locked)), count, quality)


def _fewest(chosen: Callable[[int], Bytes], histogram: Tally, low: int, high: int, quality: float) -> Bytes:
    """The smallest choice between `low` and `high` colours that has the quality, or the largest; by halving."""
    allowed = (BEST_QUALITY - quality) * A_POINT
    while low < high:
        middle = (low + high) // 2
        error = mean_error(histogram.points, histogram.weights, spaces.oklab(chosen(middle)))
        low, high = (low, middle) if error <= allowed else (middle + 1, high)
    return chosen(high)


def _nearest_own(colors: Bytes, own: Bytes) -> Bytes:
    """For each of uint8 [K, 3] the nearest of the picture's own, uint8 [M, 3]: art of few colours gets no others."""
    return own[spaces.distances(colors, own, "oklab").argmin(axis=1)]


def _filled_up(colors: Bytes, histogram: Tally, count: int) -> Bytes:
    """Add what the picture has and the palette lacks most, until there are `count` colours or none is left."""
    missing = count - len(colors)
    if missing <= 0:
        return colors
    spare = np.rint(histogram.means).astype(np.uint8)
    new = ~np.isin(packed(spare), packed(colors))
    rest, spare = histogram.where(new), spare[new]
    far = _to_nearest(rest, colors)
    for _ in range(min(missing, len(rest))):
        most = int(np.argmax(far * far * rest.weights))
        colors = np.concatenate([colors, spare[most : most + 1]])
        far = np.minimum(far, distance(rest.points, rest.points[:, most]))
    return colors


def _to_nearest(histogram: Tally, colors: Bytes) -> Floats:
    """OKLab distance of each counted colour to the nearest of uint8 [K, 3]; infinite where there are none."""
    if not len(colors):
        return np.full(len(histogram), np.inf)
    centers = spaces.oklab(colors)
    return distance(histogram.points, centers[assigned(histogram.points, histogram.weights, centers)[0]])


def _k_means(histogram: Tally, count: int, locked: Bytes) -> Floats:
    rest, centers = _rest(histogram, locked), spaces.oklab(locked)
    if len(rest):
        start = variance_cut(rest.points, rest.weights, count - len(locked))
        centers = k_means(histogram.points, histogram.weights, np.concatenate([centers, start]), len(locked))
    return spaces.from_oklab(centers[len(locked) :])


def _salient(sample: Sample, count: int, locked: Bytes) -> Floats:
    """k-means, but round by round the patches that its colours show worst get one of their own, and it has fewer.

    Of all rounds that counts whose worst patch and mean are off least, together: more of their own may cost others.
    """
    anchors, most = locked, count - 1
    share = ceil((most - len(locked)) / PATCH_ROUNDS)
    least, best = np.inf, np.zeros((0, 3))
    while True:
        free = _k_means(sample, count, anchors)
        centers = np.concatenate([spaces.oklab(anchors), spaces.oklab(free)])
        errors = sample.patches.errors(centers)
        off = float(four_together(errors).max()) + mean_error(sample.points, sample.weights, centers)
        if off < least:
            least, best = off, np.concatenate([anchors[len(locked) :].astype(np.float64), free])
        picks = sample.patches.worst(errors, min(share, most - len(anchors)), STANDS_OUT)
        if not len(picks):
            return best
        anchors = np.concatenate([anchors, picks])


def _rest(histogram: Tally, locked: Bytes) -> Tally:
    """The part of the histogram that is not close to a locked colour."""
    return histogram.where(_to_nearest(histogram, locked) > ALIKE_DISTANCE) if len(locked) else histogram


def _beside(method: Callable[[Tally, int], Floats]) -> Method:
    """Apply a method without support for locked colours to the colours that no locked one represents."""

    def chosen(counted: Tally, count: int, locked: Bytes) -> Floats:
        rest = _rest(counted, locked)
        return method(rest, count - len(locked)) if len(rest) else np.zeros((0, 3))

    return chosen


METHODS: dict[str, Method] = {
    "median-cut": _beside(median_cut),
    "k-means": _k_means,
    "octree": _beside(octree),
    "salient": _salient,
}


def require(method: str, methods: Mapping[str, Method] | None = None) -> None:
    """Raise UnknownName unless there is such a method among `methods`, which are METHODS where none are given."""
    errors.require(method, methods or METHODS, what="Extraction method")
