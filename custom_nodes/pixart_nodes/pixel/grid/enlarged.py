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

from . import sample, ways
from .lattice import window_mean
from .ways import Way

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]

WINDOW = 8  # pixels in which an edge is looked at
STRONG = 90  # of 1020, four channels of 255: less change in a window is no edge
LEAST_EDGES = 20  # windows
SOFT = 0.45  # of an edge's change that its steepest step has at most: enlarged three times by ramps it has a third
LINES = 24  # rows and columns that are looked at
PIECES, PIECE = 6, 32  # parts of each, and pixels of a part, that are made again: single ones may all be in middles
LAGS = (2, 3)  # pixels over which bends are measured: over one, grain is stronger than they are
BENT = 2.0  # times the mean that a bend counts at most, so that no single edge is all
AROUND = 8  # sizes on either side that one must stand out from
LEAST_CELLS, LEAST_LONGER = 4, 8  # along the shorter side, and along the longer one
LEAST_SIDE = 16  # pixels: in less there is no rhythm
LEAST_TIMES, MOST_TIMES = 2.4, 64.0  # that the picture was enlarged: lesser bends are sharp edges
STANDING = 9.0  # of 68, with which a size stands out from those around it; grain has as much
MOST_SIZES = 5  # that are tried
MOST_FEW, FEW_CELLS = 3, 48  # ... and of those that have at most so many cells along the longer side
NEARER = 0.6  # of what cells half a cell off miss, that true ones miss at most, or less where those miss little
HOPEFUL = 0.7  # ... by cubics, for other ways to be tried
TELLING = 2.0  # of 1020, by the pixels of a cell: what the others miss times how much nearer it is; in level colours,
# and beside edges that are blurred over a cell, all fit
FLATTEST = 0.95  # cells over which an edge goes at most: a ramp goes over one
STEEPEST = 1.3  # cells: a ramp over a cell has a step of one by its pixels, Lanczos one that is a third steeper ...
GRAIN = 0.1  # ... and this comes from what JPEG and noise add; in a picture that was merely blurred, edges are shorter
FAR = 40  # of 255 by which pixels two apart differ, where the one between is looked at
TIED, SLACK = 0.15, 8  # of that, and of 255: so near to one of the two, or outside of them, it is no mix
MIXED = 0.36  # of such pixels that are mixes, at most: of pixel art a third is; smooth edges and photographs have more


class Trial(NamedTuple):
    """What cells miss, over what cells half a cell off miss; the latter, of 1020; and how many cells there are."""

    share: float
    off: float
    size: tuple[int, int]


def soft(rgba: RGBA) -> bool:
    """Whether most edges in uint8 [H, W, 4] go over several pixels."""
    return steepness(rgba) <= SOFT


def steepness(rgba: RGBA) -> float:
    """The share of an edge's change that its steepest step has, mostly; 1 where there are hardly any edges."""
    shares = np.concatenate([_steepest(lines) for lines in sample.sampled(rgba)])
    return float(np.median(shares)) if len(shares) >= LEAST_EDGES else 1.0


def _steepest(lines: RGBA) -> Floats:
    """Of each window with an edge in lines [n, length, 4], the share of its change that its steepest step has."""
    tones = sample.premultiplied(lines).sum(axis=0, dtype=np.int16)
    if tones.shape[1] < WINDOW:
        return np.zeros(0)
    steps = np.abs(np.diff(tones, axis=1))
    steepest = _over(steps, WINDOW - 1, np.maximum)
    change = _over(tones, WINDOW, np.maximum) - _over(tones, WINDOW, np.minimum)
    edges = change >= STRONG
    return steepest[edges] / change[edges]


def _over(lines: NDArray[np.int16], width: int, of: np.ufunc) -> NDArray[np.int16]:
    """The greatest or least of each so many values in a row."""
    result = lines[:, : lines.shape[1] - width + 1]
    for place in range(1, width):
        result = of(result, lines[:, place : lines.shape[1] - width + 1 + place])
    return result


def native_size(rgba: RGBA) -> Trial | None:
    """The native size of uint8 [H, W, 4], if that is pixel art enlarged softly; else None."""
    if min(rgba.shape[:2]) < LEAST_SIDE:
        return None
    lines = _tones(rgba), _tones(rgba.transpose(1, 0, 2))
    hopeful = [size for size in _sizes(lines, steepness(rgba)) if _tried(lines, size, (ways.CUBIC,)).share <= HOPEFUL]
    trials = [_tried(lines, size, ways.SMOOTH) for size in hopeful]
    passed = [one for one in trials if one.off * (NEARER - one.share) >= TELLING * one.size[0] / rgba.shape[1]]
    return min((one for one in passed if mixed(_native(rgba, one.size)) <= MIXED), default=None)


def _tones(rgba: RGBA) -> Floats:
    """Some rows [n, W] of [H, W, 4]: the sums of all channels."""
    rows = np.ascontiguousarray(rgba[sample.spread(rgba.shape[0], LINES)])
    return sample.premultiplied(rows).sum(axis=0, dtype=np.int16).astype(np.float64)


def _sizes(lines: tuple[Floats, Floats], steep: float) -> list[tuple[int, int]]:
    """The native sizes, of square cells, that are worth a trial where edges are so steep.

    Those whose period stands out most from that of those beside them in rows and columns. Of few cells the period
    doesn't stand out from what the picture shows: of those the ones that make its rows best.
    """
    width, height = (each.shape[1] for each in lines)
    most, least = int(max(width, height) / LEAST_TIMES), max(LEAST_LONGER, int(max(width, height) / MOST_TIMES))
    times = max(width, height) / np.arange(least, most + 1)
    times = times[(steep * times >= FLATTEST) & (steep <= GRAIN + STEEPEST / np.minimum(times, WINDOW))]
    across, down = (np.rint(size / times).astype(np.intp) for size in (width, height))
    enough = np.minimum(across, down) >= LEAST_CELLS
    sizes = list(zip(across[enough].tolist(), down[enough].tolist(), strict=True))
    if not sizes:
        return []
    standing = _standing(lines[0])[across[enough]] + _standing(lines[1])[down[enough]]
    likely = [place for place in np.argsort(-standing, kind="stable")[:MOST_SIZES] if standing[place] >= STANDING]
    few = [size for size in sizes if max(size) <= FEW_CELLS]
    few.sort(
        key=lambda size: (
            _missed(lines[0], size[0], ways.CUBIC, 0) / max(_missed(lines[0], size[0], ways.CUBIC, 0.5), 1e-9)
        )
    )
    return list(dict.fromkeys([sizes[place] for place in likely] + few[:MOST_FEW]))


def _standing(lines: Floats) -> Floats:
    """For each number of cells along lines [n, length], how far the bends' period stands out: [length / 2 + 1]."""
    length = lines.shape[1]
    total = np.zeros(length // 2 + 1)
    for lag in LAGS:
        bends = np.abs(2 * lines[:, lag:-lag] - lines[:, : -2 * lag] - lines[:, 2 * lag :])
        profile = np.minimum(bends, BENT * bends.mean()).mean(axis=0)
        power = np.abs(np.fft.rfft(np.pad(profile - profile.mean(), lag))) ** 2
        total += power / (window_mean(power, np.full(len(power), AROUND)) + 1e-9)
    return total


def _tried(lines: tuple[Floats, Floats], size: tuple[int, int], kinds: tuple[Way, ...]) -> Trial:
    """The best trial of cells, as many along the rows and the columns as `size` has, in these ways of enlarging."""
    trials = []
    for way in kinds:
        on, off = (sum(_missed(one, cells, way, by) for one, cells in zip(lines, size, strict=True)) for by in (0, 0.5))
        trials.append(Trial(on / max(off, 1e-9), off / 2, size))
    return min(trials)


def _missed(lines: Floats, cells: int, way: Way, by: float) -> float:
    """How far lines [n, length] differ from those made of their values in the middles of cells, `by` of a cell off."""
    length = lines.shape[1]
    pitch, count = length / cells, cells + (by > 0)
    middles = np.clip((np.arange(count) + 0.5 - by) * pitch - 0.5, 0, length - 1)
    before = np.minimum(middles.astype(np.intp), length - 2)
    after = middles - before
    values = lines[:, before] * (1 - after) + lines[:, before + 1] * after
    at = _places(length)
    again = sum(
        values[:, cell] * weight
        for cell, weight in zip(*ways.taps((at + 0.5) / pitch - 0.5 + by, count, way), strict=True)
    )
    return float(np.abs(again - lines[:, at]).mean())


def _places(length: int) -> NDArray[np.intp]:
    """The pixels of a line that are made again: parts that are spread over it."""
    if length <= PIECES * PIECE:
        return np.arange(length)
    return (sample.spread(length - PIECE, PIECES)[:, None] + np.arange(PIECE)).ravel()


def _native(rgba: RGBA, size: tuple[int, int]) -> RGBA:
    """The pixels in the middles of so many cells."""
    x, y = (
        ((np.arange(n) + 0.5) * length / n).astype(np.intp) for n, length in zip(size, rgba.shape[1::-1], strict=True)
    )
    return rgba[y[:, None], x]


def mixed(native: RGBA) -> float:
    """Of the pixels of uint8 [H, W, 4] between two unlike ones, the share that mixes these; 0 where there are none."""
    planes = sample.premultiplied(native)
    counts = np.add(_mixes(planes), _mixes(planes.transpose(0, 2, 1)))
    return float(counts[1] / max(counts[0], 1))


def _mixes(planes: sample.Planes) -> tuple[int, int]:
    """How many pixels lie between two unlike ones in a row of [4, H, W], and how many of these mix them."""
    before, here, after = planes[:, :, :-2], planes[:, :, 1:-1], planes[:, :, 2:]
    far = np.abs(before - after).max(axis=0)
    least = np.minimum(np.abs(here - before).max(axis=0), np.abs(after - here).max(axis=0))
    low, high = np.minimum(before, after) - SLACK, np.maximum(before, after) + SLACK
    mixes = (far > FAR) & (least > TIED * far) & ((here >= low) & (here <= high)).all(axis=0)
    return int(np.count_nonzero(far > FAR)), int(np.count_nonzero(mixes))
