"""Drawings on paper whose texture, or whose grain, makes all of it tones: what is drawn there has edges, though.

A photograph's tones go over into each other, step by step. On paper only what belongs to one tone does, and where two
tones meet there is an edge.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..resize import ink
from ..resize.cells import RGBA, Indices

EVERY_LINE = 4  # one in so many of the rows and columns is enough
SHADE_STEP = 12  # of 255: steps up to this from one tone to another are no edge
SMALL_STEP_SHARE = 0.5  # of the steps between two tones are no larger: they are one, in two shades
NEAR_TONE = 60.0  # sRGB steps between two tones that may be one
SOFT_SHARE = 0.16  # of the steps between tones that are left are no edges, at most, in a drawing ...
PIXELS_APART = 40  # ... and pixels on each line between two edges, at least


class Tones(NamedTuple):
    """Groups of colours, the one that stands for each, and how many pixels lie between edges and how soft these are."""

    centers: Indices
    stands: NDArray[np.intp]
    apart: float
    soft: float


def flattened(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> RGBA | None:
    """A drawing on such paper with each tone in one colour, uint8 [H, W, 4]; None for what is none, by its `sides`."""
    rows, columns = (np.ascontiguousarray(lines[::EVERY_LINE]) for lines in sides)
    tones = _tones((rows, columns))
    if tones.soft > SOFT_SHARE or tones.apart < PIXELS_APART:
        return None
    colors = np.zeros((len(tones.centers) + 1, 4), np.uint8)
    colors[:-1, :3], colors[:-1, 3] = tones.centers, 255
    return colors[tones.stands][ink.labelled(rgba, tones.centers)]


def _tones(sides: tuple[RGBA, RGBA]) -> Tones:
    """The tones of some rows and columns."""
    rows, columns = sides
    centers = ink.groups(ink.histogram(rows) + ink.histogram(columns), ink.GROUP_REACH)
    distances = ink.distances(centers)
    every, soft = _meetings(sides, centers)
    stands = np.arange(len(distances))
    for one, other in np.argwhere((distances <= NEAR_TONE) & (soft > SMALL_STEP_SHARE * every)):
        low, high = sorted((stands[one], stands[other]))
        if distances[low, high] <= NEAR_TONE:
            stands[stands == high] = low
    edges = stands[:, None] != stands
    count = float(every[edges].sum())
    size = 2.0 * sum(lines[..., 0].size for lines in sides)
    return Tones(centers, stands, size / max(count, 1.0) if count else 0.0, float(soft[edges].sum()) / max(count, 1.0))


def _meetings(sides: tuple[RGBA, RGBA], centers: Indices) -> tuple[Indices, Indices]:
    """How often pixels of two groups are side by side, and how often without an edge: [groups, groups] each, twice."""
    count = len(centers) + 1
    sums = np.zeros((2, count * count), np.int64)
    for lines in sides:
        labels = ink.labelled(lines, centers)
        y, x = np.nonzero(labels[:, 1:] != labels[:, :-1])
        one, other = lines[y, x], lines[y, x + 1]
        step = (np.maximum(one, other) - np.minimum(one, other)).max(axis=-1, initial=0)
        pair = labels[y, x].astype(np.int64) * count + labels[y, x + 1]
        sums += [np.bincount(pair[those], minlength=count * count) for those in (step >= 0, step <= SHADE_STEP)]
    every, soft = sums.reshape(2, count, count)
    return every + every.T, soft + soft.T
