"""Given pictures changed by a brief: their colours, or what a mask covers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...pixel.clean import clusters
from ..brief import Brief
from ..colors import NAMED, Rgb, rgb, tone
from ..rasterization import Mask, extent
from .contrast import Colors, Numbers, counted, difference, luma, placed
from .scene import MOST, paint

BINS = 12  # of the colour circle
FULL = 80  # chroma from which on a colour counts in full
VIVID = 36  # between the largest and the smallest channel: what has less is a grey and stays
ALIKE = 72  # difference below which a colour counts for one of the ground
EDGE = 2  # percent of the edges' pixels that a colour of the ground has
STEPS = (-70, -24, 24, 64)  # differences of luma from a group's mean at which the next tone begins
FIT = (100, 88, 76, 64, 52)  # percents of a mask's box that are tried, until the subject lies within it
WITHIN = 97  # percent of a subject's pixels that must
DARK, PAPER = 96, 208  # luma of lines at most, and of white grounds at least
SOFT = 20  # percent of a line drawing's pixels that may lie between: edges that were softened
LEAST = 8  # pixels of a side that a picture has at least


def recolor(pixels: NDArray[np.uint8], brief: Brief) -> NDArray[np.uint8]:
    """A picture uint8 [height, width, 4] of few colours, with those of what it shows changed to those of a brief.

    The commonest and most vivid hues, each with its neighbours, get the colours in the order in which they are named,
    each pixel the tone that is as much lighter or darker as it was. Greys stay, and so do the colours that the picture
    has along its edges.
    """
    paints = _named(brief)
    changed = pixels.copy()
    opaque = pixels[..., 3] > 0
    colors, counts, places = placed(pixels[opaque][:, :3])
    if not paints or not len(colors):
        return changed
    behind = _along_edges(pixels, colors)
    kinds = np.where(behind if not behind.all() else False, -1, _hues(colors))
    vivid = np.minimum(colors.max(axis=1) - colors.min(axis=1), FULL) ** 2 * counts
    weights = np.bincount(kinds[kinds >= 0], vivid[kinds >= 0], BINS).astype(np.int64)
    targets = colors.copy()
    common = [int(kind) for kind in np.argsort(-weights, kind="stable") if weights[kind]]
    for kind, color in zip(common, paints, strict=False):
        members = (kinds == kind) | (((kinds == (kind - 1) % BINS) | (kinds == (kind + 1) % BINS)) & (kinds >= 0))
        kinds = np.where(members, -1, kinds)
        if not members.any():
            continue
        mean = int((luma(colors[members]) * counts[members]).sum() // counts[members].sum())
        steps = np.searchsorted(STEPS, luma(colors[members]) - mean, side="right")
        targets[members] = np.array([tone(color, step) for step in range(-2, 3)])[steps]
    changed[opaque, :3] = targets[places]
    return changed


def is_lines(pixels: NDArray[np.uint8]) -> bool:
    """Whether a picture uint8 [height, width, 4] is a drawing of dark lines on white or on nothing, without colours."""
    colors = pixels[pixels[..., 3] > 0][:, :3]
    if not len(colors) or int((colors.max(axis=1) - colors.min(axis=1)).max()) >= VIVID:
        return False
    light = luma(colors)
    between = np.count_nonzero((light > DARK) & (light < PAPER))
    return bool((light <= DARK).any()) and between * 100 <= SOFT * len(colors)


def colored_in(pixels: NDArray[np.uint8], brief: Brief) -> NDArray[np.uint8]:
    """A drawing of lines, uint8 [height, width, 4], with what its lines enclose in the colours that a brief names.

    The largest ground has the first colour, all others the next one. What isn't enclosed stays as it is.
    """
    paints, changed = _named(brief), pixels.copy()
    ground = (pixels[..., 3] == 0) | (luma(pixels[..., :3]) >= PAPER)
    areas = clusters.find(ground.astype(np.int32), corners=False)
    outside = np.concatenate([areas.ids[0], areas.ids[-1], areas.ids[:, 0], areas.ids[:, -1]])
    inside = np.setdiff1d(areas.ids[ground], outside)
    if paints and len(inside):
        largest = inside[areas.sizes[inside].argmax()]
        changed[np.isin(areas.ids, inside)] = (*paints[min(1, len(paints) - 1)], 255)
        changed[areas.ids == largest] = (*paints[0], 255)
    return changed


def _along_edges(pixels: NDArray[np.uint8], colors: Numbers) -> Mask:
    """Which colours the ground has: those that a share of the picture's edges is in."""
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    opaque = edges[edges[:, 3] > 0][:, :3]
    values, counts = counted(opaque)
    ground = values[counts * 100 >= EDGE * len(edges)]
    return np.asarray((difference(colors[:, None], ground[None]) < ALIKE).any(axis=1))


def _named(brief: Brief) -> list[Rgb]:
    """The colours of a brief's subjects, in order, without repeats."""
    values = [color for subject in brief.subjects for color in subject.colors.values()]
    spelled = [color for color in values if not isinstance(color, str) or color in NAMED or color.startswith("#")]
    return list(dict.fromkeys(rgb(color) for color in spelled))


def _hues(colors: Numbers) -> Numbers:
    """The part of the colour circle that each colour is in, -1 for greys."""
    red, green, blue = colors.T
    high, low = colors.max(axis=1), colors.min(axis=1)
    span = np.maximum(high - low, 1)
    sixth = np.where(
        high == red,
        (green - blue) * 60 // span,
        np.where(high == green, 120 + (blue - red) * 60 // span, 240 + (red - green) * 60 // span),
    )
    return np.where(high - low < VIVID, -1, (sixth + 15) % 360 * BINS // 360)


def draw_into(pixels: NDArray[np.uint8], mask: Mask, brief: Brief, seed: int = 0) -> NDArray[np.uint8]:
    """A picture uint8 [height, width, 4] with a brief's subjects drawn where a mask [height, width] is true.

    They are as large as the mask's box, or smaller until they lie within it; nothing outside the mask changes.
    """
    changed = pixels.copy()
    if not mask.any() or not brief.subjects:
        return changed
    left, top, wide, high = extent(mask)
    bare = Brief(brief.subjects, ground="none", time=brief.time, weather=brief.weather)
    for share in FIT:
        width, height = (max(LEAST, side * share // 100) for side in (wide, high))
        drawn = paint(bare, min(width, MOST), min(height, MOST), seed=seed).pixels
        x, y = left + (wide - drawn.shape[1]) // 2, top + high - drawn.shape[0] - high * (100 - share) // 200
        laid = _laid(drawn, x, y, pixels.shape[0], pixels.shape[1])
        shown = laid[..., 3] > 0
        if (shown & mask).sum() * 100 >= shown.sum() * WITHIN or share == FIT[-1]:
            changed[shown & mask] = laid[shown & mask]
            return changed
    return changed


def _laid(drawn: Colors, x: int, y: int, height: int, width: int) -> Colors:
    """A picture in a transparent one of another size."""
    laid = np.zeros((height, width, 4), np.uint8)
    top, left = max(0, y), max(0, x)
    part = drawn[top - y :, left - x :][: height - top, : width - left]
    laid[top : top + part.shape[0], left : left + part.shape[1]] = part
    return laid
