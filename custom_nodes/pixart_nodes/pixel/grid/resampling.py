"""The native size of a picture that as a whole was enlarged softly: by ramps, by cubics or by Lanczos.

Its cells have no edges, and what JPEG leaves beside each change is stronger than what is left of them. But a line of
such a picture bends most in the middles of cells, so how much the lines bend has a period, whatever they show:
Gallagher, Detection of linear and cubic interpolation in JPEG compressed images, 2005. And a line that is made again
of its values in the middles of cells is the same line, while one that is made of the values between cells isn't.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import filters, sample
from .filters import Filter
from .lattice import window_mean

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

WINDOW = 8  # pixels in which an edge is looked at
STRONG_CHANGE = 90  # of 1020, four channels of 255: less change in a window is no edge
LEAST_EDGES = 20  # windows
SOFT_STEP = 0.45  # of an edge's change that its steepest step has at most: enlarged three times by ramps it has a third
LINES = 24  # rows and columns that are looked at
PIECES, PIECE = 6, 32  # parts of each, and pixels of a part, that are made again: single ones may all be in middles
LAGS = (2, 3)  # pixels over which bends are measured: over one, grain is stronger than they are
MOST_BEND = 2.0  # times the mean that a bend counts at most, so that no single edge is all
SIZES_AROUND = 8  # sizes on either side that one must stand out from
LEAST_CELLS, LEAST_LONGER = 4, 8  # along the shorter side, and along the longer one
LEAST_SIDE = 16  # pixels: in less there is no rhythm
LEAST_TIMES, MOST_TIMES = 2.4, 64.0  # that the picture was enlarged: lesser bends are sharp edges
STANDING_OUT = 9.0  # of 68, with which a size stands out from those around it; grain has as much
MOST_SIZES = 4  # that are tried
MOST_FEW, FEW_CELLS = 3, 48  # ... and of those that have at most so many cells along the longer side
NEARER_SHARE = 0.6  # of what cells half a cell off miss, that true ones miss at most, or less where those miss little
PHASES_TRIED = 4  # parts of a period in the picture, where cells may begin anywhere
STANDING_CUT, MOST_CUT = 18.0, 3  # and how far those stand out at least, and how many are tried
HOPEFUL_ROWS, HOPEFUL = 0.85, 0.7  # ... by cubics in rows, and in both, for other ways to be tried
MOST_MISSED = (
    12.0  # of 1020 that true cells miss at most: JPEG of quality 70 and noise cost 8; rasters of icons miss 16 up
)
TELLING_MISS = (
    2.0  # of 1020, by the pixels of a cell: what the others miss times how much nearer it is; in level colours,
)
# and beside edges that are blurred over a cell, all fit
FLATTEST_EDGE = 0.95  # cells over which an edge goes at most: a ramp goes over one
STEEPEST_EDGE = (
    1.3  # cells: a ramp over a cell has a step of one by its pixels, Lanczos one that is a third steeper ...
)
EDGE_GRAIN = (
    0.1  # ... and this comes from what JPEG and noise add; in a picture that was merely blurred, edges are shorter
)
FAR_APART = 40  # of 255 by which pixels are unlike
TIED_SHARE, MIX_SLACK = 0.15, 8  # of that, and of 255: so near to one of two, or outside of them, a pixel is no mix
MOST_MIXED = (
    0.31  # of changes that are mixes, at most: in pixel art with shades a quarter; smooth edges and tones have more
)


class Side(NamedTuple):
    """Cells along one axis: how many pixels wide they are, and where the first one begins, at 0 or before it."""

    pitch: float
    start: float = 0.0

    @property
    def off(self) -> Side:
        """The cells that reach from the middle of each cell to the middle of the next."""
        return Side(self.pitch, self.start - self.pitch / 2 + (self.pitch if self.start <= -self.pitch / 2 else 0))

    def middles(self, length: int) -> Floats:
        """The middles, in pixels, of all cells that lie in a line of `length` pixels, wholly or partly."""
        count = int(np.ceil((length - self.start) / self.pitch - 0.01))
        return self.start + (np.arange(count, dtype=np.float64) + 0.5) * self.pitch


class Lines(NamedTuple):
    """Some rows, or columns, as sums of all channels [n, length], and the spectra of how much they bend where.

    Of PHASES_TRIED lengths, with nothing after the first: a spectrum for each lag.
    """

    tones: Floats
    spectra: NDArray[np.complex128]

    @property
    def length(self) -> int:
        """How many pixels a line has."""
        return self.tones.shape[1]

    def standing(self, fine: int) -> Floats:
        """For each number of cells in `fine` lengths, how far the bends' period stands out from those beside it."""
        powers = np.abs(self.spectra[:, :: PHASES_TRIED // fine]) ** 2
        around = np.full(powers.shape[1], fine * SIZES_AROUND)
        return sum((power / (window_mean(power, around) + 1e-9) for power in powers), np.zeros(len(around)))


Both = tuple[Lines, Lines]  # rows and columns


class Trial(NamedTuple):
    """What cells miss, over what cells half a cell off miss; the latter, of 1020; and the cells across and down."""

    share: float
    off: float
    sides: tuple[Side, Side]


def steepness(rgba: RGBA) -> float:
    """How steep the edges in uint8 [H, W, 4] are, 0..1: 1 where each edge is a single step."""
    return steepness_along(sample.sampled(rgba))


def steepness_along(sides: tuple[RGBA, RGBA]) -> float:
    """Of an edge in rows and columns, the share of its change that its steepest step has, mostly; 1 without edges."""
    shares = np.concatenate([_steepest(lines) for lines in sides])
    return float(np.median(shares)) if len(shares) >= LEAST_EDGES else 1.0


def _steepest(lines: RGBA) -> Floats:
    """Of each window with an edge in lines [n, length, 4], the share of its change that its steepest step has."""
    tones = sample.premultiplied(lines).sum(axis=0, dtype=np.int16)
    if tones.shape[1] < WINDOW:
        return np.zeros(0)
    steps = np.abs(np.diff(tones, axis=1))
    steepest = _over(steps, WINDOW - 1, np.maximum)
    change = _over(tones, WINDOW, np.maximum) - _over(tones, WINDOW, np.minimum)
    edges = change >= STRONG_CHANGE
    return steepest[edges] / change[edges]


def _over(lines: NDArray[np.int16], width: int, of: np.ufunc) -> NDArray[np.int16]:
    """The greatest or least of each so many values in a row."""
    result = lines[:, : lines.shape[1] - width + 1]
    for place in range(1, width):
        result = of(result, lines[:, place : lines.shape[1] - width + 1 + place])
    return result


def cells(rgba: RGBA, steep: float) -> Trial | None:
    """The native cells of uint8 [H, W, 4], if that is pixel art enlarged softly, or cut out of some; else None.

    `steep`: the steepness of its edges.
    """
    if steep > SOFT_STEP or min(rgba.shape[:2]) < LEAST_SIDE:
        return None
    lines = _lines(rgba), _lines(rgba.transpose(1, 0, 2))
    return _best(rgba, lines, _whole(lines, steep)) or _best(rgba, lines, _cut(lines, steep))


def _best(rgba: RGBA, lines: Both, pairs: list[tuple[Side, Side]]) -> Trial | None:
    pairs = [sides for sides in pairs if _share(lines[0].tones, sides[0]) <= HOPEFUL_ROWS]
    hopeful = [sides for sides in pairs if _best_trial(lines, sides, (filters.CUBIC,)).share <= HOPEFUL]
    trials = [_best_trial(lines, sides, filters.SMOOTH_FILTERS) for sides in hopeful]
    passed = [one for one in trials if one.off * (NEARER_SHARE - one.share) >= TELLING_MISS / one.sides[0].pitch]
    passed = [one for one in passed if one.share * one.off <= MOST_MISSED]
    best = min((one for one in passed if mixed(_native(rgba, one.sides)) <= MOST_MIXED), default=None)
    return None if best is None or _halved(lines, best) else best


def _halved(lines: Both, trial: Trial) -> bool:
    """Whether half as many cells do nearly as well: then they are blurred squares, of which edges tell more."""
    x, y = ([Side(2 * side.pitch, side.start - by * side.pitch) for by in (0, 1)] for side in trial.sides)
    return any(
        _best_trial(lines, (across, down), filters.SMOOTH_FILTERS).share <= NEARER_SHARE for across in x for down in y
    )


def _lines(rgba: RGBA) -> Lines:
    """Some rows of [H, W, 4]."""
    rows = np.ascontiguousarray(rgba[sample.spread(rgba.shape[0], LINES)])
    tones = sample.premultiplied(rows).sum(axis=0, dtype=np.int16).astype(np.float64)
    return Lines(tones, np.stack([_spectrum(tones, lag) for lag in LAGS]))


def _spectrum(tones: Floats, lag: int) -> NDArray[np.complex128]:
    bends = np.abs(2 * tones[:, lag:-lag] - tones[:, : -2 * lag] - tones[:, 2 * lag :])
    profile = np.minimum(bends, MOST_BEND * bends.mean()).mean(axis=0)
    return np.fft.rfft(np.pad(profile - profile.mean(), lag), PHASES_TRIED * tones.shape[1])


def _whole(lines: Both, steep: float) -> list[tuple[Side, Side]]:
    """The square cells that fit the picture and are worth a trial where edges are so steep.

    Those whose period stands out most from that of those beside them in rows and columns. Of few cells the period
    doesn't stand out from what the picture shows: of those the ones that make its rows best.
    """
    pitch, standing, sizes = _periods(lines, steep, 1)
    likely = [place for place in np.argsort(-standing, kind="stable")[:MOST_SIZES] if standing[place] >= STANDING_OUT]
    few = np.flatnonzero(max(one.length for one in lines) <= FEW_CELLS * pitch)
    few = sorted(few.tolist(), key=lambda place: _share(lines[0].tones, Side(lines[0].length / int(sizes[0][place]))))
    chosen = dict.fromkeys([*map(int, likely), *few[:MOST_FEW]])
    across, down = (
        [Side(line.length / int(own[one])) for one in chosen] for line, own in zip(lines, sizes, strict=True)
    )
    return list(zip(across, down, strict=True))


def _cut(lines: Both, steep: float) -> list[tuple[Side, Side]]:
    """The square cells, wherever they begin, whose period stands out clearly; their middles are where lines bend."""
    pitch, standing, bins = _periods(lines, steep, PHASES_TRIED)
    inner = np.pad(standing, 1)
    peaks = np.flatnonzero((standing >= inner[:-2]) & (standing > inner[2:]) & (standing >= STANDING_CUT))
    peaks = peaks[np.argsort(-standing[peaks], kind="stable")][:MOST_CUT]
    sides = [
        [_placed(line, int(own[one]), float(pitch[one])) for one in peaks]
        for line, own in zip(lines, bins, strict=True)
    ]
    pairs = list(zip(*sides, strict=True))
    return pairs + [(x.off, y.off) for x, y in pairs]


def _placed(lines: Lines, bin_: int, pitch: float) -> Side:
    """The cells whose middles are where so many periods in PHASES_TRIED lengths have their tops."""
    middle = 0.5 - np.angle(lines.spectra[:, bin_].sum()) / (2 * np.pi) * PHASES_TRIED * lines.length / bin_
    return Side(pitch, float((middle - pitch / 2) % pitch - pitch))


def _periods(lines: Both, steep: float, fine: int) -> tuple[Floats, Floats, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pitches of square cells that edges so steep allow, how far their periods stand out, and how many there are.

    The last in `fine` lengths of the rows, and of the columns.
    """
    width, height = (each.length for each in lines)
    longer = max(width, height)
    least, most = max(LEAST_LONGER, int(longer / MOST_TIMES)), int(longer / LEAST_TIMES)
    pitch = fine * longer / np.arange(fine * least, fine * most + 1)
    pitch = pitch[(steep * pitch >= FLATTEST_EDGE) & (steep <= EDGE_GRAIN + STEEPEST_EDGE / np.minimum(pitch, WINDOW))]
    pitch = pitch[np.rint(min(width, height) / pitch) >= LEAST_CELLS]
    across, down = (np.rint(fine * size / pitch).astype(np.intp) for size in (width, height))
    standing = lines[0].standing(fine)[across] + lines[1].standing(fine)[down] if len(pitch) else pitch
    return pitch, standing, (across, down)


def _best_trial(lines: Both, sides: tuple[Side, Side], among: tuple[Filter, ...]) -> Trial:
    """The best trial of cells across and down, in these ways of enlarging."""
    trials = []
    for filter in among:
        pairs = [_misfit(line.tones, side, filter) for line, side in zip(lines, sides, strict=True)]
        on, off = (sum(each) for each in zip(*pairs, strict=True))
        trials.append(Trial(on / max(off, 1e-9), off / 2, sides))
    return min(trials)


def _share(lines: Floats, side: Side) -> float:
    on, off = _misfit(lines, side, filters.CUBIC)
    return on / max(off, 1e-9)


def _misfit(lines: Floats, side: Side, filter: Filter) -> tuple[float, float]:
    """How far lines [n, length] differ from those made of their values in the middles of cells, or of those between."""
    at = _places(lines.shape[1])
    if side.start:  # cells that are only partly there are made wrong
        at = at[(at >= filter.reach * side.pitch) & (at < lines.shape[1] - filter.reach * side.pitch)]
    return _off_by(lines, side, filter, at), _off_by(lines, side.off, filter, at)


def _off_by(lines: Floats, side: Side, filter: Filter, at: NDArray[np.intp]) -> float:
    if not len(at):
        return 0.0
    middles = np.clip(side.middles(lines.shape[1]) - 0.5, 0, lines.shape[1] - 1)
    before = np.minimum(middles.astype(np.intp), lines.shape[1] - 2)
    after = middles - before
    values = lines[:, before] * (1 - after) + lines[:, before + 1] * after
    taps = zip(
        *filters.taps((at.astype(np.float64) + 0.5 - side.start) / side.pitch - 0.5, len(middles), filter), strict=True
    )
    again = sum((values[:, cell] * weight for cell, weight in taps), np.zeros((len(lines), len(at))))
    return float(np.abs(again - lines[:, at]).mean())


def _places(length: int) -> NDArray[np.intp]:
    """The pixels of a line that are made again: parts that are spread over it."""
    if length <= PIECES * PIECE:
        return np.arange(length)
    return (sample.spread(length - PIECE, PIECES)[:, None] + np.arange(PIECE)).ravel()


def _native(rgba: RGBA, sides: tuple[Side, Side]) -> RGBA:
    """The pixels in the middles of cells."""
    x, y = (_within(side, length) for side, length in zip(sides, rgba.shape[1::-1], strict=True))
    return rgba[y[:, None], x]


def _within(side: Side, length: int) -> NDArray[np.intp]:
    middles = side.middles(length)
    return middles[(middles >= 0) & (middles < length)].astype(np.intp)


def mixed(native: RGBA) -> float:
    """Of the places where uint8 [H, W, 4] changes, the share that are mixes of what is beside them; 0 without any."""
    planes = sample.premultiplied(native)
    steps, mixes = np.add(_changes(planes), _changes(planes.transpose(0, 2, 1)))
    return float(mixes / max(steps + mixes, 1))


def _changes(planes: sample.Planes) -> tuple[int, int]:
    """In rows of [4, H, W], how many neighbours are unlike, and how many pixels mix two unlike ones beside them."""
    before, here, after = planes[:, :, :-2], planes[:, :, 1:-1], planes[:, :, 2:]
    far = np.abs(before - after).max(axis=0)
    least = np.minimum(np.abs(here - before).max(axis=0), np.abs(after - here).max(axis=0))
    low, high = np.minimum(before, after) - MIX_SLACK, np.maximum(before, after) + MIX_SLACK
    mixes = (far > FAR_APART) & (least > TIED_SHARE * far) & ((here >= low) & (here <= high)).all(axis=0)
    steps = np.abs(np.diff(planes, axis=2)).max(axis=0) > FAR_APART
    return int(np.count_nonzero(steps)), int(np.count_nonzero(mixes))
