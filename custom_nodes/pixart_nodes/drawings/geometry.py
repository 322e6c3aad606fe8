"""The outlines of shapes, in whole numbers throughout, so that every machine gets the same pixels.

Points are int64 [..., 2] in 1/1024 of a unit from the drawing's centre: what is mirrored is so exactly. Closed outlines
of as many corners lie in one array [outlines, corners, 2].
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .recipe import SIDE, Point, Shape

Points: TypeAlias = NDArray[np.int64]
Contours: TypeAlias = list[Points]

DEGREE = 64  # steps of a degree
QUARTER = 90 * DEGREE
ONE = 1 << 14  # of sine and cosine
ROUND = 64  # corners of an ellipse
ROUND_END = 16  # corners of a line's round end
BETWEEN = 12  # pieces of a smooth curve between two points
# Catmull-Rom splines (E. Catmull, R. Rom 1974), halved: by powers of t, from the point before, two at and one after it.
SPLINE = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]], np.int64)


def divided(value: Points, by: int | Points) -> Points:
    """Whole numbers nearest to the quotients by positive numbers, halves away from 0: as exact to the left as right."""
    return np.sign(value) * ((2 * np.abs(value) + by) // (2 * by))


@cache
def _sines() -> Points:
    """Sines of the angles 0 to 90 degrees. Rounded, they don't hang on a machine's mathematics: none is near a half."""
    return np.rint(np.sin(np.deg2rad(np.arange(QUARTER + 1) / DEGREE)) * ONE).astype(np.int64)


def sine(angles: Points) -> Points:
    """Sines, times ONE, of angles in steps."""
    quadrant, rest = np.divmod(angles % (4 * QUARTER), QUARTER)
    rising = np.where(quadrant % 2 == 0, rest, QUARTER - rest)
    return np.where(quadrant < 2, _sines()[rising], -_sines()[rising])


@cache
def _circle(corners: int) -> Points:
    """Cosines and sines [corners, 2], times ONE, of angles all around."""
    angles = np.arange(corners, dtype=np.int64) * (4 * QUARTER // corners)
    return np.stack([sine(angles + QUARTER), sine(angles)], axis=1)


def turned(points: Points, degrees: int, about: Point = (0, 0)) -> Points:
    """Points turned clockwise."""
    if degrees % 360 == 0:
        return points
    sin, cos = (int(sine(np.array(angle * DEGREE))) for angle in (degrees, degrees + 90))
    center = np.array(about, np.int64)
    x, y = np.moveaxis(points - center, -1, 0)
    return np.stack([divided(x * cos - y * sin, ONE), divided(x * sin + y * cos, ONE)], axis=-1) + center


def moved(points: Points, right: int, down: int) -> Points:
    """Points so far to the right and down."""
    return points + np.array((right, down), np.int64)


def contours(shape: Shape, thinnest: int) -> Contours:
    """The closed outlines that a shape fills together; lines are at least `thinnest` wide."""
    points = np.array(shape.points, np.int64).reshape(-1, 2) - SIDE // 2
    if shape.kind == "o":
        return [_ellipse(shape.numbers)[None]]
    if shape.kind == "r":
        x, y, width, height = shape.numbers
        return [np.array([[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]], np.int64) - SIDE // 2]
    if shape.kind == "a":
        return _stroke(_arc(shape.numbers), max(thinnest, shape.numbers[0]), round_ends=True)
    if shape.kind == "l":
        return _stroke(_smooth(points, closed=False), max(thinnest, shape.numbers[0]), round_ends=True)
    if shape.kind == "L":
        return _stroke(points, max(thinnest, shape.numbers[0]), round_ends=False)
    if shape.kind in ("h", "H"):
        points = _both_halves(points)
    return [(_smooth(points, closed=True) if shape.kind in ("s", "h") else points)[None]]


def _both_halves(points: Points) -> Points:
    """The right half's points, and their mirror images back to the top; those on the axis stand once."""
    other = points[::-1] * (-1, 1)
    return np.concatenate([points, other[other[:, 0] != 0]])


def _ellipse(numbers: tuple[int, ...]) -> Points:
    x, y, across, down, turn = (*numbers, 0)[:5]
    return moved(turned(divided(_circle(ROUND) * (across, down), ONE), turn), x - SIDE // 2, y - SIDE // 2)


def _arc(numbers: tuple[int, ...]) -> Points:
    _, x, y, across, down, start, end = numbers
    steps = np.arange(ROUND // 2 + 1, dtype=np.int64)
    angles = start * DEGREE + divided((end - start) * DEGREE * steps, ROUND // 2)
    points = np.stack([across * sine(angles + QUARTER), down * sine(angles)], axis=1)
    return moved(divided(points, ONE), x - SIDE // 2, y - SIDE // 2)


def _smooth(points: Points, closed: bool) -> Points:
    """A curve through the points."""
    if len(points) < 3:
        return points
    around = np.concatenate([points[-1:], points, points[:2]] if closed else [points[:1], points, points[-1:]])
    spans = np.stack([around[at : len(around) - 3 + at] for at in range(4)], axis=1)  # [spans, 4, 2]
    steps = np.arange(BETWEEN, dtype=np.int64)
    powers = np.stack([steps**power * BETWEEN ** (3 - power) for power in range(4)], axis=1)  # of t, times BETWEEN³
    curve = divided(np.einsum("tp,pk,skc->stc", powers, SPLINE, spans), 2 * BETWEEN**3).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def _stroke(points: Points, width: int, round_ends: bool) -> Contours:
    """A line as a rectangle a piece and a disc at each corner."""
    start, end = points[:-1], points[1:]
    along = end - start
    length = np.sqrt((along**2).sum(axis=1)).astype(np.int64)[:, None]
    start, end, along, length = (each[length[:, 0] > 0] for each in (start, end, along, length))
    side = divided(np.stack([-along[:, 1], along[:, 0]], axis=1) * width, 2 * length)
    pieces = np.stack([start + side, end + side, end - side, start - side], axis=1)
    disc = divided(_circle(ROUND_END) * width, 2 * ONE)
    corners = points if round_ends else points[1:-1]
    return [pieces, corners[:, None] + disc] if len(corners) else [pieces]
