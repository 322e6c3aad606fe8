"""What can be measured of a picture by a few of its rows and columns, to say what it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..palette.palette import each_once
from ..resize import ink
from . import sample
from .sample import RGBA, Planes, Runs

Shares = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHORT = 2  # pixels: what is drawn pixel by pixel has many runs up to this length
STEP = 10  # of 255: neighbours that differ by more have an edge between them
LEAST_SPAN = 8  # pixels: spans between edges that are shorter are neither still nor drifting
ROUNDING = 4  # of 255: by so much a mix of two colours may miss what is between them
MARGIN = 2  # pixels at each end of a span that an edge may have blurred
LEVEL = 1.5  # of 255: the halves of what is still differ by no more ...
NOISE = 10.0  # ... and this, shared by its pixels: of few, JPEG moves the mean
GRAIN = 5.0  # of 255: and its pixels from their mean; JPEG makes 2 or 3 of this
NARROW = 3  # pixels: shorter runs may be the edge between their neighbours, or what JPEG left beside one
LIKE = 60.0  # sRGB steps: a narrow run this near to one beside it is part of that
DETOUR = 1.3  # over a mixed colour it is this much further from one side to the other at most
OUTSTANDING = 28.0  # sRGB steps by which a stroke stands out from both its sides, and a fill from the next one
LONGER = 1.25  # times: what is on one side of a stroke is that much wider
WIDEST = 0.06  # of the picture's longer side: a stroke is at most this wide
STRONG, SLANT = 12, 0.2  # of 255, the least slope that counts; and how far from level or upright it may be


class Traits(NamedTuple):
    """Of a picture; shares are 0 to 1.

    `colors`: exact ones in the lines looked at. `run`: pixels of one colour in a row, on average. `short`: of these
    runs, those of one or two pixels that are no mix of what is beside them. `still`, `drifting`: of the pixels, those
    in spans without an edge that keep their colour, and in spans that slowly change it; `unseen`: in still ones that
    are transparent. `edges`: how many places where colours meet were found; `lines`: of these, the share that has a
    stroke between. `straight`: of the slopes, the share that is level or upright.
    """

    colors: int
    run: float
    short: float
    still: float
    drifting: float
    unseen: float
    edges: int
    lines: float
    straight: float

    @property
    def calm(self) -> float:
        """The still share of all spans that can be seen; 1 where there are none."""
        return 1 - self.drifting / max(self.still - self.unseen + self.drifting, 1e-9)


def traits(rgba: RGBA) -> Traits:
    """The traits of uint8 [H, W, 4]."""
    sides = sample.sampled(rgba)
    colors, run, short = _exact(sides)
    across, down = (_spans(sample.premultiplied(lines)) for lines in sides)
    still, drifting, unseen = ((one + other) / 2 for one, other in zip(across, down, strict=True))
    strokes, steps = _strokes(rgba, sides)
    edges = strokes + steps
    return Traits(colors, run, short, still, drifting, unseen, edges, strokes / max(edges, 1), _straight(rgba))


def _exact(sides: tuple[RGBA, RGBA]) -> tuple[int, float, float]:
    """How many colours there are, how long runs of one are, and the share of short ones."""
    keys = [np.ascontiguousarray(lines).view(np.uint32)[..., 0] for lines in sides]
    colors = len(each_once(np.concatenate([each.ravel() for each in keys])))
    counts = [_short(lines, sample.runs(key[:, 1:] != key[:, :-1])) for lines, key in zip(sides, keys, strict=True)]
    every, apart, short = np.sum(counts, axis=0)
    return colors, sum(key.size for key in keys) / max(int(every), 1), float(short / max(apart, 1))


def _short(lines: RGBA, runs: Runs) -> tuple[int, int, int]:
    """How many runs there are; how many inner ones are no narrow mix of what is beside them; how many are short."""
    color = sample.premultiplied(lines.reshape(-1, 4)[runs.start])
    before, after = np.roll(color, 1, axis=1), np.roll(color, -1, axis=1)
    low, high = np.minimum(before, after), np.maximum(before, after)
    mixed = ((color >= low - ROUNDING) & (color <= high + ROUNDING)).all(axis=0)
    short = runs.inner & (runs.length <= SHORT)
    apart = runs.inner & ~(short & mixed)
    return len(runs.start), int(np.count_nonzero(apart)), int(np.count_nonzero(short & ~mixed))


def _spans(planes: Planes) -> tuple[float, float, float]:
    """The shares of pixels in still, in drifting and in transparent spans of lines [4, n, length]."""
    edges = np.abs(planes[:, :, 1:] - planes[:, :, :-1]).max(axis=0) > STEP
    runs = sample.runs(edges)
    long = runs.length >= LEAST_SPAN
    start, stop, length = runs.start[long] + MARGIN, runs.stop[long] - MARGIN, runs.length[long]
    middle, size = (start + stop) // 2, planes[0].size
    calm = np.ones(len(start), np.bool_)
    for plane in planes if (planes[3] < 255).any() else planes[:3]:
        tone = plane.ravel().astype(np.float64)
        sums, squares = (np.concatenate([[0.0], np.cumsum(each)]) for each in (tone, tone * tone))
        calm &= np.abs(_means(sums, start, middle) - _means(sums, middle, stop)) <= LEVEL + NOISE / length
        calm &= _means(squares, start, stop) - _means(sums, start, stop) ** 2 <= GRAIN * GRAIN
    unseen = calm & (planes[3].ravel()[middle] == 0)
    still, drifting, hidden = (float(length[those].sum()) / size for those in (calm, ~calm, unseen))
    return still, drifting, hidden


def _means(sums: Shares, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Shares:
    return (sums[stop] - sums[start]) / (stop - start)


def _strokes(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> tuple[int, int]:
    """Where colours meet: how often with a stroke between, how often without."""
    centers = ink.groups(ink.histogram(rgba))
    apart = ink.distances(centers)
    widest = WIDEST * max(rgba.shape[:2])
    counts = [_met(ink.labelled(lines, centers), apart, widest) for lines in sides]
    return sum(strokes for strokes, _ in counts), sum(steps for _, steps in counts)


def _met(labels: NDArray[np.uint8], apart: Shares, widest: float) -> tuple[int, int]:
    """As `_strokes`, of lines [n, length] of colour groups."""
    runs = sample.runs(labels[:, 1:] != labels[:, :-1])
    group = labels.ravel()[runs.start].astype(np.intp)
    kept = np.flatnonzero(~_mere_edges(runs, group, apart))
    fresh = runs.first[kept] | (group[kept] != np.roll(group[kept], 1))
    kept = kept[fresh]
    group, start, first = group[kept], runs.start[kept], runs.first[kept]
    width = np.diff(start, append=labels.size)
    last = np.append(first[1:], True)
    contrast = np.where(first, 0, apart[group, np.roll(group, 1)])  # to what is before
    after = np.roll(contrast, -1)
    beside = np.maximum(np.roll(width, 1), np.roll(width, -1))
    stroke = ~first & ~last & (np.minimum(contrast, after) >= OUTSTANDING)
    stroke &= (LONGER * width < beside) & (width <= widest)
    stroke &= ~np.roll(stroke, 1)
    step = (contrast >= OUTSTANDING) & ~stroke & ~np.roll(stroke, 1)
    return int(np.count_nonzero(stroke)), int(np.count_nonzero(step))


def _mere_edges(runs: Runs, group: NDArray[np.intp], apart: Shares) -> Mask:
    """Which runs are narrow, and of a colour between those beside them, or nearly one of them."""
    before, after = np.roll(group, 1), np.roll(group, -1)
    there, here, on = apart[before, after], apart[before, group], apart[group, after]
    between = (here < there) & (on < there) & (here + on < DETOUR * there)
    return runs.inner & (runs.length <= NARROW) & (between | (np.minimum(here, on) < LIKE))


def _straight(rgba: RGBA) -> float:
    """The share of strong slopes that are nearly level or upright; 0 where there are none."""
    height, width = rgba.shape[:2]
    if min(height, width) < 3:
        return 0.0
    at = 1 + sample.spread(height - 2)
    above, here, below = (sample.premultiplied(rgba[at + y]).sum(axis=0, dtype=np.int16) for y in (-1, 0, 1))
    x = np.abs(here[:, 2:] - here[:, :-2])
    y = np.abs(below - above)[:, 1:-1]
    steep, slight = np.maximum(x, y), np.minimum(x, y)
    strong = steep > 3 * STRONG
    return float((slight[strong] < SLANT * steep[strong]).mean()) if strong.any() else 0.0
