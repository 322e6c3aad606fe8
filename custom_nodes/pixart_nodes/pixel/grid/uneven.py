"""Cells whose size is no whole number, in a sharp picture: each pixel repeated, some of them once more than others.

Where cells are `pitch` wide, all changes are less than a pixel behind the even lines, so what is left of their places
over a multiple of `pitch` lies within one pixel. By chance a place does so once in `pitch` times.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .choice import Choice, Pair, changing
from .lattice import Lines

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FINEST_PITCH, COARSEST_PITCH = 2.2, 64.0  # pixels a cell
FINENESS = 20  # pitches tried for each that moves the last line by a pixel
FIRST_PLACES = 48  # places that are tried with all pitches, before all of them are with the pitches that are left
WIDTH = 1.02  # pixels within which all rests lie: where a line falls between two pixels, rounding chooses
ROUNDING_ERROR = 1e-6  # pixels
MOST_FITS = 64  # pitches that fit, of which the likeliest is taken
LEAST_BITS = 12  # that no chance has: changes times the logarithm of the pitch, less that of the pitches tried
ALIKE_SHARE = 0.06  # by so much of the smaller one the pitches of both axes may differ


class Cells(NamedTuple):
    """How wide cells are along an axis and where one of them begins, in pixels; how many bits speak for them."""

    pitch: float
    start: float
    bits: float


def repeated(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> Pair | None:
    """The lattice of uint8 [H, W, 4], some rows and columns of which are `sides`; None unless all of it is sharp."""
    if any(FINEST_PITCH * np.count_nonzero(_changes(lines)) > lines.shape[1] for lines in sides):
        return None  # some of its lines say so already
    height, width = rgba.shape[:2]
    across, down = np.zeros(max(width - 1, 0), np.uint8), np.zeros(max(height - 1, 0), np.uint8)
    changing(rgba, across, down)
    both = cells(np.flatnonzero(across) + 1, np.flatnonzero(down) + 1, width, height)
    if both is None:
        return None
    axes = [Choice(one.bits, one.pitch, "steps", Lines(np.array([one.start]), one.bits)) for one in both]
    return Pair(axes[0].gain + axes[1].gain, axes[0], axes[1])


def _changes(lines: RGBA) -> NDArray[np.bool_]:
    pixels = lines.view(np.uint32)[..., 0]
    return (pixels[:, 1:] != pixels[:, :-1]).any(axis=0)


def cells(columns: Places, rows: Places, width: int, height: int) -> tuple[Cells, Cells] | None:
    """The cells of a picture in which only these columns and rows differ from the one before; None where chance may.

    `columns` are ascending places of 1 to `width` - 1, and `rows` of 1 to `height` - 1.
    """
    across, down = _cells(columns, width), _cells(rows, height)
    if not across or not down or min(across.bits, down.bits) < LEAST_BITS:
        return None
    low, high = sorted((across.pitch, down.pitch))
    return (across, down) if high <= (1 + ALIKE_SHARE) * low else None


def _cells(places: Places, size: int) -> Cells | None:
    """The cells that all the places allow and chance allows least."""
    if len(places) < 2 or FINEST_PITCH * len(places) > size:
        return None
    narrowest = int(np.diff(places).min())
    pitches = _tried(max(FINEST_PITCH, narrowest - 1.0), min(narrowest + 1.0, COARSEST_PITCH), size)
    pitches = pitches[_rests(places[:FIRST_PLACES], pitches)[1] <= WIDTH]
    start, width = _rests(places, pitches)
    fits = np.flatnonzero(width <= WIDTH)
    fits = fits[:: len(fits) // MOST_FITS + 1]
    if not len(fits):
        return None
    start, width, pitches = start[fits], width[fits], pitches[fits]
    share = ((np.arange(1, size) - start[:, None]) % pitches[:, None] <= width[:, None] + ROUNDING_ERROR).mean(axis=1)
    best = np.argmin(share)
    bits = -len(places) * np.log2(share[best]) - np.log2(FINENESS * size)
    return Cells(float(pitches[best]), float(start[best] + width[best] / 2), float(bits))


def _tried(low: float, high: float, size: int) -> Floats:
    """Pitches between two, so near to each other that the last line of `size` pixels moves by a part of a pixel."""
    return 1 / np.arange(1 / high, 1 / low, 1 / (FINENESS * size * low)) if low < high else np.zeros(0)


def _rests(places: Places, pitches: Floats) -> tuple[Floats, Floats]:
    """For each pitch the first rest of all places over a multiple of it, and how many pixels all of them go over.

    The rests are on a circle, and begin behind their widest gap.
    """
    rests = np.sort(places % pitches[:, None], axis=1)
    gaps = np.diff(rests, append=rests[:, :1] + pitches[:, None], axis=1)
    widest = np.argmax(gaps, axis=1)
    lines = np.arange(len(pitches))
    return rests[lines, (widest + 1) % rests.shape[1]], pitches - gaps[lines, widest]
