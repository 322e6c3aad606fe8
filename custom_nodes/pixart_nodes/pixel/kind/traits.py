"""What can be measured of a picture by a few of its rows and columns, to say what it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from ..grid import sample
from ..grid.sample import RGBA, Places, Planes, Runs
from ..palette.palette import each_once
from ..resize import ink

Shares = NDArray[np.float64]
Mask = NDArray[np.bool_]

SHORT_RUN = 2  # pixels: what is drawn pixel by pixel has many runs up to this length
EDGE_STEP = 10  # of 255: neighbours that differ by more have an edge between them
LEAST_SPAN = 8  # pixels: spans between edges that are shorter are neither still nor drifting
MIX_MISS = 4  # of 255: by so much a mix of two colours may miss what is between them
SPAN_MARGIN = 2  # pixels at each end of a span that an edge may have blurred
LEVEL_STEP = 1.5  # of 255: the halves of what is still differ by no more ...
NOISE = 10.0  # ... and this, shared by its pixels: of few, JPEG moves the mean
GRAIN_STEP = 5.0  # of 255: and its pixels from their mean; JPEG makes 2 or 3 of this
NARROW_RUN = 3  # pixels: shorter runs may be the edge between their neighbours, or what JPEG left beside one
LIKE_STEP = 60.0  # sRGB steps: a narrow run this near to one beside it is part of that
DETOUR = 1.3  # over a mixed colour it is this much further from one side to the other at most
STANDING_OUT = 28.0  # sRGB steps by which a stroke stands out from both its sides, and a fill from the next one
WIDER_TIMES = 1.25  # times: what is on one side of a stroke is that much wider
WIDEST_STROKE = 0.06  # of the picture's longer side: a stroke is at most this wide ...
BOLDEST_STROKE = (
    0.12  # ... and this where all are about as wide: icons on a raster of 24 have strokes of 2, those of 16 too
)
STRONG_SLOPE, MOST_SLANT = 12, 0.2  # of 255, the least slope that counts; and how far from level or upright it may be


class Strokes(NamedTuple):
    """Of strokes up to some width; shares are 0 to 1.

    `lines`: of the places where colours meet, those that have a stroke between. `one_ink`: of the strokes, those of the
    most frequent colour. `outlined`: of the places where the ground at a line's end meets what is on it, those with a
    stroke between. `within`: of the strokes, those with one colour on both sides. `uneven`: the standard deviation of
    their widths over the mean.
    """

    lines: float
    one_ink: float
    outlined: float
    within: float
    uneven: float


class Traits(NamedTuple):
    """Of a picture; shares are 0 to 1.

    `looked_at`: pixels of the lines looked at. `colors`: exact ones in these. `run`: pixels of one colour in a row, on
    average. `short`: of these runs, those of one or two pixels that are no mix of what is beside them; `mixed`: of all
    runs, those that are. `still`, `drifting`: of the pixels, those in spans without an edge that keep their colour, and
    in spans that slowly change it; `unseen`: in still ones that are transparent. `straight`: of the slopes, the share
    that is level or upright.
    """

    looked_at: int
    colors: int
    run: float
    short: float
    mixed: float
    still: float
    drifting: float
    unseen: float
    straight: float

    @property
    def calm(self) -> float:
        """The still share of all spans that can be seen; 1 where there are none."""
        return _calm(self.still, self.drifting, self.unseen)


def traits(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> Traits:
    """The traits of uint8 [H, W, 4], by some of its rows and columns."""
    colors, run, short, mixed = _exact(sides)
    across, down = (_spans(sample.premultiplied(lines)) for lines in sides)
    still, drifting, unseen = ((one + other) / 2 for one, other in zip(across, down, strict=True))
    looked_at = sum(lines[..., 0].size for lines in sides)
    return Traits(looked_at, colors, run, short, mixed, still, drifting, unseen, _straight(rgba))


def calm(sides: tuple[RGBA, RGBA]) -> float:
    """The still share of all spans that can be seen in some rows and columns, 0 to 1; 1 where there are none."""
    shares = [_spans(sample.premultiplied(np.ascontiguousarray(lines))) for lines in sides]
    still, drifting, unseen = np.mean(shares, axis=0).tolist()
    return _calm(still, drifting, unseen)


def _calm(still: float, drifting: float, unseen: float) -> float:
    return 1 - drifting / max(still - unseen + drifting, 1e-9)


class Drawing(NamedTuple):
    """`edges`: how many places where colours meet were found; `thin`, `bold`: the strokes there, up to each width."""

    edges: int
    thin: Strokes
    bold: Strokes


def drawing(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> Drawing:
    """The places where colours meet in uint8 [H, W, 4], along some of its rows and columns."""
    thin, bold = _meetings(rgba, sides)
    return Drawing(int(thin.inks.sum()) + thin.steps, _strokes(thin), _strokes(bold))


def _strokes(sums: Meetings) -> Strokes:
    count = int(sums.inks.sum())
    most = max(count, 1)
    mean = sums.width / most
    uneven = max(sums.squares / most - mean * mean, 0.0) ** 0.5 / max(mean, 1.0)
    outlined = _share(sums.outlines, sums.outer_steps)
    return Strokes(_share(count, sums.steps), int(sums.inks.max()) / most, outlined, sums.within / most, uneven)


def _share(some: int, others: int) -> float:
    return some / max(some + others, 1)


def _exact(sides: tuple[RGBA, RGBA]) -> tuple[int, float, float, float]:
    """How many colours there are, how long runs of one are, and the shares of short ones and of narrow mixes."""
    keys = [np.ascontiguousarray(lines).view(np.uint32)[..., 0] for lines in sides]
    colors = len(each_once(np.concatenate([each.ravel() for each in keys])))
    counts = [_short(lines, sample.runs(key[:, 1:] != key[:, :-1])) for lines, key in zip(sides, keys, strict=True)]
    every, apart, short, mixed = np.sum(counts, axis=0).tolist()
    return colors, sum(key.size for key in keys) / max(every, 1), short / max(apart, 1), _share(mixed, apart)


def _short(lines: RGBA, runs: Runs) -> tuple[int, int, int, int]:
    """How many runs there are; how many inner ones are no narrow mix of what is beside them; of these, how many are
    short; and how many are such a mix.
    """
    color = sample.premultiplied(lines.reshape(-1, 4)[runs.start])
    before, after = np.roll(color, 1, axis=1), np.roll(color, -1, axis=1)
    low, high = np.minimum(before, after), np.maximum(before, after)
    mixed = ((color >= low - MIX_MISS) & (color <= high + MIX_MISS)).all(axis=0)
    short = runs.inner & (runs.length <= SHORT_RUN)
    those = runs.inner & ~(short & mixed), short & ~mixed, short & mixed
    apart, few, mixes = (int(np.count_nonzero(one)) for one in those)
    return len(runs.start), apart, few, mixes


def _spans(planes: Planes) -> tuple[float, float, float]:
    """The shares of pixels in still, in drifting and in transparent spans of lines [4, n, length]."""
    edges = np.abs(planes[:, :, 1:] - planes[:, :, :-1]).max(axis=0) > EDGE_STEP
    runs = sample.runs(edges)
    long = runs.length >= LEAST_SPAN
    start, stop, length = runs.start[long] + SPAN_MARGIN, runs.stop[long] - SPAN_MARGIN, runs.length[long]
    middle, size = (start + stop) // 2, planes[0].size
    channels = planes if (planes[3] < 255).any() else planes[:3]
    first, second, squares = moments(channels, start, middle, stop)
    level = np.abs(first / (middle - start) - second / (stop - middle)) <= LEVEL_STEP + NOISE / length
    width = stop - start
    calm = (level & (squares / width - ((first + second) / width) ** 2 <= GRAIN_STEP * GRAIN_STEP)).all(axis=0)
    unseen = calm & (planes[3].ravel()[middle] == 0)
    still, drifting, hidden = (float(length[those].sum()) / size for those in (calm, ~calm, unseen))
    return still, drifting, hidden


@twins.step("spans", patience=1 << 26)
def moments(planes: Planes, start: Places, middle: Places, stop: Places) -> Places:
    """Of spans of lines [channels, n, length]: sums of the first halves and second halves, and of all squares.

    int64 [3, channels, spans]; places are those in the lines as one.
    """
    result = np.empty((3, len(planes), len(start)), np.int64)
    for channel, plane in enumerate(planes):
        tone = plane.ravel().astype(np.int64)
        sums, squares = (np.concatenate([[0], np.cumsum(each)]) for each in (tone, tone * tone))
        result[0, channel], result[1, channel] = sums[middle] - sums[start], sums[stop] - sums[middle]
        result[2, channel] = squares[stop] - squares[start]
    return result


class Meetings(NamedTuple):
    """Where colours meet: strokes between them by their group [groups], and meetings without a stroke.

    `outlines`, `outer_steps`: the same, counted, where the ground at either end of a line ends. `within`: strokes that
    have one group on both sides; `width`, `squares`: the sums of all strokes' widths and of their squares, in pixels.
    """

    inks: NDArray[np.int64]
    steps: int
    outlines: int
    outer_steps: int
    within: int
    width: int
    squares: int


class Parts(NamedTuple):
    """What lines are made of, edges left out: the group and width of each part, whether it begins or ends its line.

    `contrast`: sRGB steps from what is before it.
    """

    group: Places
    width: Places
    first: Mask
    last: Mask
    contrast: Shares


def _meetings(rgba: RGBA, sides: tuple[RGBA, RGBA]) -> list[Meetings]:
    """The meetings where strokes are at most WIDEST_STROKE, and where they are at most BOLDEST_STROKE."""
    centers = ink.groups(ink.histogram(rgba), ink.GROUP_REACH)
    apart = ink.distances(centers)
    narrow = max(NARROW_RUN, ink.edge_width(rgba))
    parts = [_parts(ink.labelled(lines, centers), apart, narrow) for lines in sides]
    side = max(rgba.shape[:2])
    counts = [
        [_counted(each, len(apart), widest * side) for each in parts] for widest in (WIDEST_STROKE, BOLDEST_STROKE)
    ]
    return [
        Meetings(across.inks + down.inks, *(one + other for one, other in zip(across[1:], down[1:], strict=True)))
        for across, down in counts
    ]


def _parts(labels: NDArray[np.uint8], apart: Shares, narrow: int) -> Parts:
    """The parts of lines [n, length] of colour groups, whose edges are `narrow` pixels wide at most."""
    runs = sample.runs(labels[:, 1:] != labels[:, :-1])
    group = labels.ravel()[runs.start].astype(np.intp)
    places = np.flatnonzero(~_mere_edges(runs, group, apart, narrow))
    fresh = runs.first[places] | (group[places] != np.roll(group[places], 1))
    places = places[fresh]
    group, start, first = group[places], runs.start[places], runs.first[places]
    width = np.diff(start, append=labels.size)
    contrast = np.where(first, 0, apart[group, np.roll(group, 1)])
    return Parts(group, width, first, np.append(first[1:], True), contrast)


def _counted(parts: Parts, groups: int, widest: float) -> Meetings:
    """The meetings of parts of lines, with strokes of at most so many pixels."""
    group, width, first, last, contrast = parts
    after = np.roll(contrast, -1)
    beside = np.maximum(np.roll(width, 1), np.roll(width, -1))
    stroke = ~first & ~last & (np.minimum(contrast, after) >= STANDING_OUT)
    stroke &= (WIDER_TIMES * width < beside) & (width <= widest)
    stroke &= ~np.roll(stroke, 1)
    step = (contrast >= STANDING_OUT) & ~stroke & ~np.roll(stroke, 1)
    ends = np.roll(first, 1), np.roll(last, -1)  # what lies beside the ground at either end
    outlines = sum(int(np.count_nonzero(stroke & those)) for those in ends)
    outer_steps = sum(int(np.count_nonzero(step & those)) for those in (ends[0], last))
    within = int(np.count_nonzero(stroke & (np.roll(group, 1) == np.roll(group, -1))))
    wide, inks = width[stroke], np.bincount(group[stroke], minlength=groups)
    steps = int(np.count_nonzero(step))
    return Meetings(inks, steps, outlines, outer_steps, within, int(wide.sum()), int((wide * wide).sum()))


def _mere_edges(runs: Runs, group: NDArray[np.intp], apart: Shares, narrow: int) -> Mask:
    """Which runs are narrow, and of a colour between those beside them, or nearly one of them."""
    before, after = np.roll(group, 1), np.roll(group, -1)
    there, here, on = apart[before, after], apart[before, group], apart[group, after]
    between = (here < there) & (on < there) & (here + on < DETOUR * there)
    like = (runs.length <= NARROW_RUN) & (np.minimum(here, on) < LIKE_STEP)
    return runs.inner & (like | (between & (runs.length <= narrow)))


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
    strong = steep > 3 * STRONG_SLOPE
    return float((slight[strong] < MOST_SLANT * steep[strong]).mean()) if strong.any() else 0.0
