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
# What a mix of far-apart colours costs against missing the wish, as a share of their squared distance, times
# the pattern's own spread. More gives calmer areas with fewer stray specks, and less exact colours.
ROUGHNESS = 0.08
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
    cost = miss[..., None] + share * (share * apart - 2 * way) + np.sqrt(share * (1 - share)) * rough
    best = np.argmin(cost.reshape(len(wish), -1), axis=1)
    row, (candidate, second) = np.arange(len(wish)), np.divmod(best, len(palette))
    count = np.rint(share[row, candidate, second] * levels).astype(np.int64)
    return near[row, candidate].astype(np.int16), second.astype(np.int16), count


def _nearest_few(wish: Floats, palette: NDArray[np.uint8], metric: str) -> NDArray[np.intp]:
    """Indices of the CANDIDATES nearest palette colours, nearest first: [M, 3] in, [M, C] out."""
    far = color.distances(wish, palette, metric)
    return np.argsort(far, axis=1, kind="stable")[:, :CANDIDATES]


def _contrast(palette: NDArray[np.uint8], metric: str) -> Floats:
    """How much farther apart [N, N] than needed: squared distances in the metric beyond the next neighbours'.

    Scaled so that black to white is what it is in sRGB values. Two colours with nothing nearer cost nothing,
    else a sparse palette could not show greys at all.
    """
    black_to_white = color.distances(np.zeros((1, 3)), np.full((1, 3), 255), metric)
    apart = color.distances(palette, palette, metric) * (3 * 255**2 / black_to_white)
    neighbour = np.where(np.eye(len(palette), dtype=bool), np.inf, apart).min(axis=1)
    return np.maximum(apart - np.maximum(neighbour[:, None], neighbour), 0)
