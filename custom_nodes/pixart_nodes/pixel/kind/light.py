"""Uneven light on a drawing: a lamp beside a page or a board makes all of it tones, but all in the same way.

Brightness is ink times light. Where nothing is drawn, light alone changes: its logarithm is taken for a polynomial of
second order, whose slopes are measured between edges and fitted so that outliers hardly count (Holland and Welsch,
"Robust regression using iteratively reweighted least-squares", 1977).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..grid import sample
from ..grid.sample import RGBA

Floats = NDArray[np.float64]

EDGE_STEP = 10  # of 255: neighbours that differ by more have an edge between them
LEAST_SPAN = 16  # pixels between two edges, of which a slope is measured
SPAN_MARGIN = 3  # pixels at each end of a span that an edge may have blurred
DARKEST = 24  # of 255: in darker spans a slope is mostly noise
FEW_SPANS = 0.36  # spans a line: fewer say nothing about light
ORDER = 2  # of the polynomial
TERMS = [(i, j) for i in range(ORDER + 1) for j in range(ORDER + 1 - i) if i + j]  # exponents of x and of y
FIT_ROUNDS = 12  # of fitting
# Misses of light's logarithm, from side to side, at which a span counts half: in the first round and the last.
LIKELY_MISS = (0.5, 0.03)
LEAST_UNEVEN = 0.04  # of the logarithm: what differs less over a picture is even light
GRID = np.linspace(0, 1, 33)  # where light is looked at, along and across
MOST_UNEVEN = 8.0  # times: what differs more isn't light


class Slopes(NamedTuple):
    """Of spans: where they are, 0 to 1, how much light's logarithm grows over the whole picture, and how sure it is."""

    along: Floats
    across: Floats
    slope: Floats
    weight: Floats


class Light(NamedTuple):
    """The factors of TERMS in the logarithm of a picture's light, and that logarithm where it is brightest."""

    factors: Floats
    brightest: float

    def even(self, rgba: RGBA, y: Floats, x: Floats) -> RGBA:
        """uint8 [H, W, 4] of pixels at y [H] and x [W], 0 to 1, as bright as where light is brightest."""
        factor = np.exp(self.brightest - _polynomial(self.factors, y, x)).astype(np.float32)
        result = rgba.copy()
        result[..., :3] = np.minimum(rgba[..., :3] * factor[..., None] + np.float32(0.5), 255)
        return result

    def even_picture(self, rgba: RGBA) -> RGBA:
        """All of uint8 [H, W, 4] so."""
        height, width = rgba.shape[:2]
        return self.even(rgba, np.arange(height) / height, np.arange(width) / width)

    def even_sides(self, sides: tuple[RGBA, RGBA]) -> tuple[RGBA, RGBA]:
        """Some rows and columns of a picture so."""
        rows, columns = sides
        width, height = rows.shape[1], columns.shape[1]
        across = self.even(rows, _evenly(len(rows)), np.arange(width) / width)
        down = self.even(columns.transpose(1, 0, 2), np.arange(height) / height, _evenly(len(columns)))
        return across, np.ascontiguousarray(down.transpose(1, 0, 2))


def uneven(sides: tuple[RGBA, RGBA]) -> Light | None:
    """The light on a picture, by some of its rows and columns; None where it is even already, or can't be told."""
    rows, columns = (_slopes(lines) for lines in sides)
    if len(rows.slope) + len(columns.slope) < FEW_SPANS * sum(len(lines) for lines in sides):
        return None
    factors = _fitted(rows, columns)
    light = _polynomial(factors, GRID, GRID)
    even = not LEAST_UNEVEN < np.ptp(light) < np.log(MOST_UNEVEN)
    return None if even else Light(factors, float(light.max()))


def _evenly(count: int) -> Floats:
    """Where so many lines are, 0 to 1, that are evenly spread over a picture."""
    return (np.arange(count) + 0.5) / count


def _slopes(lines: RGBA) -> Slopes:
    """The slopes between the edges of lines [n, length, 4]."""
    planes = sample.premultiplied(lines)
    runs = sample.runs(np.abs(planes[:, :, 1:] - planes[:, :, :-1]).max(axis=0) > EDGE_STEP)
    long = runs.length >= LEAST_SPAN
    start, stop = runs.start[long] + SPAN_MARGIN, runs.stop[long] - SPAN_MARGIN
    middle = (start + stop) // 2
    sums = np.concatenate([[0], np.cumsum(planes[:3].sum(axis=0, dtype=np.int64))])
    first, second = (sums[middle] - sums[start]) / (middle - start), (sums[stop] - sums[middle]) / (stop - middle)
    bright = np.minimum(first, second) >= 3 * DARKEST
    first, second, start, stop, middle = (each[bright] for each in (first, second, start, stop, middle))
    count, length = lines.shape[:2]
    width = (stop - start).astype(np.float64)
    slope = np.log(second / first) * 2 * length / width
    return Slopes((middle % length) / length, (middle // length + 0.5) / count, slope, width * width)


def _fitted(rows: Slopes, columns: Slopes) -> Floats:
    """The factors of TERMS in the light's logarithm."""
    of_rows = np.stack([i * _power(rows.along, i - 1) * _power(rows.across, j) for i, j in TERMS], axis=1)
    of_columns = np.stack([j * _power(columns.along, j - 1) * _power(columns.across, i) for i, j in TERMS], axis=1)
    table, slope = np.concatenate([of_rows, of_columns]), np.concatenate([rows.slope, columns.slope])
    weight = np.concatenate([rows.weight, columns.weight])
    share, factors = np.ones_like(weight), np.zeros(len(TERMS))
    for likely in np.geomspace(LIKELY_MISS[0], LIKELY_MISS[1], FIT_ROUNDS):
        root = np.sqrt(weight * share)
        factors = np.linalg.lstsq(table * root[:, None], slope * root, rcond=None)[0].astype(np.float64)
        share = 1 / (1 + (np.abs(slope - table @ factors) / likely) ** 2)
    return factors


def _power(values: Floats, exponent: int) -> Floats:
    return values ** max(exponent, 0)


def _polynomial(factors: Floats, y: Floats, x: Floats) -> Floats:
    """The light's logarithm [H, W]."""
    table = np.zeros((ORDER + 1, ORDER + 1))
    for factor, (i, j) in zip(factors, TERMS, strict=True):
        table[i, j] = factor
    return np.polynomial.polynomial.polygrid2d(x, y, table).T
