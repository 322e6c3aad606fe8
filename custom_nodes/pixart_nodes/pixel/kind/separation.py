"""Flat colours that touch, and that a palette would make one, kept apart: one of them gets a regular pattern.

Pixel artists dither so: areas stay plain, and a pattern stands for the colour that is missing beside its neighbour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from ..color.levels import with_alpha
from ..dither.ordered import ordered
from ..dither.quantization import Quantization
from ..palette import nearest
from ..palette.palette import packed, unpacked
from ..palette.picture import opaque_mask

RGBA = NDArray[np.uint8]
Labels = NDArray[np.intp]

PATTERN = "bayer-2"
UNLIKE_STEP = 0.06  # in OKLab: three times what is just visible, so that a shade may fall together with its colour
ALIKE_STEP = 0.02  # just visible: so far apart, pixels are of one colour, as JPEG files leave it
MOST_COLORS = 64  # flat colours that are looked at, the most frequent ones
LEAST_SHARE = 1 / 256  # of the picture that a colour covers; what is smaller is a detail, where a pattern isn't seen
LEAST_BORDER = 4  # pixels along which two colours touch


def separated(rgba: RGBA, settings: Quantization) -> tuple[NDArray[np.bool_], RGBA]:
    """Where uint8 [H, W, 4] needs a pattern, bool [H, W], and the pattern there, uint8 [H, W, 4]; elsewhere undefined.

    Of the settings palette, metric, light and alpha threshold count.
    """
    opaque = opaque_mask(rgba, settings.alpha_threshold)
    colors, labels = _flat_colors(rgba, opaque)
    areas = np.bincount(labels[labels >= 0], minlength=len(colors))
    patterned = _chosen(colors, areas, _borders(labels, len(colors)), settings)
    where = np.append(patterned, False)[labels]
    flat = np.append(colors, [[0, 0, 0]], axis=0).astype(np.uint8)[labels]
    indices = ordered(flat, settings.palette.paints, settings.metric, PATTERN, settings.light)
    return where, with_alpha(settings.palette.paints)[indices]


def _flat_colors(rgba: RGBA, opaque: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], Labels]:
    """The colours [N, 3] that cover enough of the picture, and which each pixel is of [H, W]; -1 is none of them."""
    keys, inverse, counts = np.unique(packed(rgba[opaque][:, :3]), return_inverse=True, return_counts=True)
    labs = spaces.oklab(unpacked(keys))
    labels, centers = np.full(len(keys), -1), []
    for key in np.argsort(-counts, kind="stable"):
        if len(centers) == MOST_COLORS or counts[key] * MOST_COLORS < LEAST_SHARE * opaque.size:
            break
        near = (labels < 0) & (np.linalg.norm(labs - labs[key], axis=1) <= ALIKE_STEP)
        if labels[key] < 0 and counts[near].sum() >= LEAST_SHARE * opaque.size:
            labels[near] = len(centers)
            centers.append(key)
    result = np.full(opaque.shape, -1)
    result[opaque] = labels[inverse.ravel()]
    return unpacked(keys[centers]).reshape(-1, 3), result


def _borders(labels: Labels, count: int) -> NDArray[np.intp]:
    """Along how many pixels two colours touch: [N, N], symmetric."""
    table = np.zeros((count, count), np.intp)
    for one, other in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])):
        touching = (one != other) & (one >= 0) & (other >= 0)
        np.add.at(table, (one[touching], other[touching]), 1)
    return table + table.T


def _chosen(
    colors: NDArray[np.uint8], areas: NDArray[np.intp], borders: NDArray[np.intp], settings: Quantization
) -> NDArray[np.bool_]:
    """Which colours [N] get the pattern, so that no two unlike ones that touch look the same; longest borders first.

    Of two it is the one that covers less, if the palette can mix it.
    """
    indices, mixed = _in_palette(colors, settings)
    labs = spaces.oklab(colors)
    apart = np.linalg.norm(labs[:, None] - labs[None], axis=-1)
    merged = np.triu((apart > UNLIKE_STEP) & (indices[:, None] == indices[None]) & (borders >= LEAST_BORDER))
    pairs = np.argwhere(merged)
    chosen = np.zeros(len(colors), bool)
    for pair in pairs[np.argsort(-borders[merged], kind="stable")]:
        if not chosen[pair].any():
            chosen[min(pair, key=lambda color: (not mixed[color], areas[color]))] = True
    return chosen & mixed


def _in_palette(colors: NDArray[np.uint8], settings: Quantization) -> tuple[nearest.Indices, NDArray[np.bool_]]:
    """The nearest palette colour of each colour [N], and whether the pattern would show any other one."""
    palette = settings.palette.paints
    plain = nearest.indices(colors, palette, settings.metric)
    tiles = np.broadcast_to(np.repeat(colors, 2, axis=0), (2, 2 * len(colors), 3))
    shown = ordered(tiles, palette, settings.metric, PATTERN, settings.light).reshape(2, -1, 2)
    return plain, (shown != plain[:, None]).any(axis=(0, 2))
