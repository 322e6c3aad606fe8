"""Ordered dithering with Bayer matrices: each colour is mixed from the two palette colours that fit it best.

No fixed amplitude: how far apart the two are is the palette's own affair, so flat areas keep their mean on a
sparse palette as on a dense one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import color
from .nearest import Indices, scan
from .palette import packed, unpacked

Floats = NDArray[np.float64]

SIZES = (2, 4, 8)
CANDIDATES = 6  # how many of the nearest colours may be the first of the pair
# What a mix of far-apart colours costs against missing the wish, as a share of their squared distance. More
# gives calmer areas and less exact colours; 0.05 keeps black and white apart from grey until nothing else fits.
ROUGHNESS = 0.05
ROWS = 1 << 22  # candidates weighed at a time: bounds memory to about 100 MB


def bayer(size: int) -> NDArray[np.int64]:
    """Ranks 0..size²-1 as [size, size], each spread as far from the ones before as can be; size 2, 4, 8."""
    if size == 1:
        return np.zeros((1, 1), np.int64)
    # B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures" (1973)
    smaller = 4 * bayer(size // 2)
    return np.block([[smaller, smaller + 2], [smaller + 3, smaller + 1]])


def ordered(
    rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, size: int, strength: float = 1.0
) -> Indices:
    """Index of a palette colour for each pixel: [H, W, 3] and [N, 3] in, int16 [H, W] out.

    `strength` 0..1 pulls each colour towards its nearest palette colour first: 0 is no dither.
    """
    height, width = rgb.shape[:2]
    keys, where = np.unique(packed(rgb), return_inverse=True)
    low, high, count = mixes(unpacked(keys), palette, metric, size * size, strength)
    ranks = np.tile(bayer(size), (-(-height // size), -(-width // size)))[:height, :width]
    where = where.reshape(height, width)
    return np.where(ranks < count[where], high[where], low[where])


def mixes(
    colors: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, levels: int, strength: float = 1.0
) -> tuple[Indices, Indices, NDArray[np.int64]]:
    """For each colour [M, 3] the darker and the lighter palette index, and how many of `levels` are lighter.

    The pair's mean in sRGB values is to be near the colour, the two are to look alike in `metric`.
    """
    first = scan(colors, palette, metric)
    near = palette[first].astype(np.float64)
    wish = near + strength * (colors - near)
    chunk = max(1, ROWS // (CANDIDATES * len(palette)))
    parts = [_best_pairs(wish[at : at + chunk], palette, metric, levels) for at in range(0, len(wish), chunk)]
    one, two, count = (np.concatenate(part) for part in zip(*parts, strict=True))
    tone = color.luma(palette) + np.arange(len(palette)) * 1e-9  # equal lumas: the lower index is the darker
    swap = tone[one] > tone[two]
    low, high = np.where(swap, two, one), np.where(swap, one, two)
    return low, high, np.where(swap, levels - count, count)


def _best_pairs(
    wish: Floats, palette: NDArray[np.uint8], metric: str, levels: int
) -> tuple[Indices, Indices, NDArray[np.int64]]:
    """First and second index, and how many of `levels` the second gets, for wishes [M, 3]."""
    table = palette.astype(np.float64)
    gram = table @ table.T
    norms = np.diag(gram)
    near = _nearest_few(wish, palette, metric)  # the candidates a, [M, C]; b below is every colour, [N]
    along = wish @ table.T
    along_a = np.take_along_axis(along, near, axis=1)
    miss = (wish * wish).sum(axis=1)[:, None] - 2 * along_a + norms[near]  # |wish - a|², [M, C]
    way = along[:, None, :] - along_a[..., None] - gram[near] + norms[near][..., None]  # (wish - a)(b - a)
    apart = (norms[:, None] + norms - 2 * gram)[near]  # |b - a|², [M, C, N]
    share = np.divide(way, apart, out=np.zeros_like(way), where=apart > 0)
    share = np.rint(np.clip(share, 0, 1) * levels) / levels
    rough = ROUGHNESS * _contrast(palette, metric)[near]
    cost = miss[..., None] + share * (share * apart - 2 * way + (1 - share) * rough)
    best = np.argmin(cost.reshape(len(wish), -1), axis=1)
    row, (candidate, second) = np.arange(len(wish)), np.divmod(best, len(palette))
    count = np.rint(share[row, candidate, second] * levels).astype(np.int64)
    return near[row, candidate].astype(np.int16), second.astype(np.int16), count


def _nearest_few(wish: Floats, palette: NDArray[np.uint8], metric: str) -> NDArray[np.intp]:
    """Indices of the CANDIDATES nearest palette colours, nearest first: [M, 3] in, [M, C] out."""
    coordinates, distance = color.space(metric)
    offered = coordinates(palette)
    far = distance(coordinates(wish)[:, None, :], offered)
    return np.argsort(far, axis=1, kind="stable")[:, :CANDIDATES]


def _contrast(palette: NDArray[np.uint8], metric: str) -> Floats:
    """Squared distances [N, N] in the metric, scaled so that black to white is what it is in sRGB values."""
    coordinates, distance = color.space(metric)
    black, white = coordinates(np.zeros(3)), coordinates(np.full(3, 255))
    places = coordinates(palette)
    return distance(places[:, None], places[None]) * (3 * 255**2 / distance(black, white))
