"""What perspective says of a rectangle: its fourth side where the picture ends before it, and its shape.

The camera is taken to look through the middle of the picture. Zhang and He, "Whiteboard scanning and image
enhancement", Digital Signal Processing 17, 2007.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .opencv import cv2

Line = NDArray[np.float64]  # (a, b, c) of a x + b y + c = 0, with a, b of length 1; positive inside of the page
Corners = NDArray[np.float64]  # [4, 2] as x, y, clockwise from the upper left

FOCAL = 0.9  # of the picture's long side, where perspective doesn't tell it: telephones have 0.7 to 1.1
FOCALS = (0.5, 3.0)  # within which it is believed
MOST_SKEW = 0.4  # cosine of the angle between sides that meet
CORNER_ROOM = 0.6  # of the picture's long side, as far as a corner may lie beyond it


def crossing(one: Line, other: Line) -> NDArray[np.float64] | None:
    """Where two lines cross, (x, y); None where they are parallel."""
    x, y, w = np.cross(one, other)
    return np.array([x, y]) / w if abs(w) > 1e-9 else None


def completed(lines: Sequence[Line], width: int, height: int) -> Corners | None:
    """The corners of the rectangle that lines bound, or None; one or two sides may be beyond the picture."""
    if len(lines) < 2:
        return None
    if len(lines) == 2:
        lines = _with_parallels(lines, width, height)
    order = sorted(lines, key=lambda line: float(np.arctan2(line[1], line[0])))
    if len(order) == 3:
        order = _with_fourth(order, width, height)
    if len(order) != 4:
        return None
    corners = [crossing(order[k - 1], order[k]) for k in range(4)]
    if any(corner is None for corner in corners):
        return None
    return _in_order(np.array(corners), width, height)


def _in_order(corners: Corners, width: int, height: int) -> Corners | None:
    """Clockwise from the one nearest the upper left; None unless it is convex and about within the picture."""
    room = CORNER_ROOM * max(width, height)
    if (corners < -room).any() or (corners > np.array([width, height]) + room).any():
        return None
    ways = np.roll(corners, -1, axis=0) - corners
    turns = ways[:, 0] * np.roll(ways, -1, axis=0)[:, 1] - ways[:, 1] * np.roll(ways, -1, axis=0)[:, 0]
    if not ((turns > 0).all() or (turns < 0).all()):
        return None
    clockwise = corners if turns[0] > 0 else corners[::-1]
    return np.roll(clockwise, -int(_first(clockwise)), axis=0)


def _first(corners: Corners) -> int:
    """The corner from which the way to the next leads most to the right, and is the upper one."""
    ways = np.roll(corners, -1, axis=0) - corners
    return int((ways[:, 0] / np.hypot(*ways.T)).argmax())


def _with_fourth(lines: list[Line], width: int, height: int) -> list[Line]:
    """Three sides of a rectangle and the fourth, as far out as the picture shows the two beside it."""
    angles = [np.arctan2(line[1], line[0]) for line in lines]
    gaps = [abs(np.cos(angles[j] - angles[k])) for j, k in ((1, 2), (0, 2), (0, 1))]
    lone = int(np.argmax(gaps))
    base, pair = lines[lone], [line for k, line in enumerate(lines) if k != lone]
    middle = np.array([width, height]) / 2
    focal = FOCAL * max(width, height)
    shift = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]])
    centred = [shift.T @ line for line in (base, *pair)]  # lines in coordinates whose origin is the middle
    vanishing = np.cross(centred[1], centred[2])
    across = vanishing * np.array([1 / focal**2, 1 / focal**2, 1])  # the line of all directions at right angles to it
    other = np.cross(centred[0], across)
    fourth = _outermost(other, [*lines], base, width, height)
    return lines if fourth is None else sorted([*lines, fourth], key=lambda line: float(np.arctan2(line[1], line[0])))


def _outermost(vanishing: NDArray[np.float64], lines: list[Line], base: Line, width: int, height: int) -> Line | None:
    """Of the lines to a vanishing point that one beyond which the picture shows nothing between the sides of a page."""
    middle = np.array([width, height]) / 2
    ends = _seen_within(lines, width, height)
    sides = []
    for place in ends:
        line = np.cross(vanishing, np.array([*(place - middle), 1]))
        line[2] -= line[:2] @ middle
        length = np.hypot(*line[:2])
        if length > 1e-9:
            sides.append(line / (-length if line[:2] @ base[:2] > 0 else length))
    away = [min(float(side[:2] @ end + side[2]) for end in ends) for side in sides]
    return sides[int(np.argmax(away))] if sides else None


def _seen_within(lines: Sequence[Line], width: int, height: int) -> list[NDArray[np.float64]]:
    """Where lines leave the picture, and its corners, as far as they lie within all of the lines."""
    borders = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    ends = [*borders, *(place for line in lines for place in exits(line, width, height))]
    return [end for end in ends if all(line[:2] @ end + line[2] > -1 for line in lines)]


def _with_parallels(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """Two sides that meet, and opposite of each a parallel as far away as the picture reaches."""
    if abs(lines[0][:2] @ lines[1][:2]) > MOST_SKEW:
        return list(lines)
    inside = _seen_within(lines, width, height)
    far = [max(float(line[:2] @ end + line[2]) for end in inside) for line in lines]
    return [*lines, *(np.array([*-line[:2], away - line[2]]) for line, away in zip(lines, far, strict=True))]


def exits(line: Line, width: int, height: int) -> list[NDArray[np.float64]]:
    """Where a line crosses the border of a picture, corners twice."""
    borders = ((1.0, 0, 0), (0, 1.0, 0), (1.0, 0, -width), (0, 1.0, -height))
    places = [crossing(line, np.array(border)) for border in borders]
    return [
        place for place in places if place is not None and -1 <= place[0] <= width + 1 and -1 <= place[1] <= height + 1
    ]


def shape(corners: Corners, width: int, height: int) -> tuple[float, float]:
    """Width and height that the rectangle has, in pixels of its longest sides in the picture."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    wide, high = max(sides[0], sides[2]), max(sides[1], sides[3])
    ratio = _ratio(corners - np.array([width, height]) / 2, max(width, height))
    if not 0.6 < ratio / (wide / high) < 1.7:
        ratio = wide / high
    return (wide, wide / ratio) if wide / ratio >= high else (high * ratio, high)


def _ratio(centred: Corners, long: int) -> float:
    """Width by height of the rectangle whose corners are seen there."""
    matrix = cv2.getPerspectiveTransform(
        np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), centred.astype(np.float32)
    )
    matrix = matrix / matrix[2, 2]
    right, down = matrix[:, 0], matrix[:, 1]
    focal = FOCAL * long
    if abs(right[2] * down[2]) * long**2 > 0.004:
        squared = -(right[0] * down[0] + right[1] * down[1]) / (right[2] * down[2])
        focal = float(np.clip(np.sqrt(max(squared, 0)), FOCALS[0] * long, FOCALS[1] * long))
    lengths = [np.sqrt((way[0] ** 2 + way[1] ** 2) / focal**2 + way[2] ** 2) for way in (right, down)]
    return float(lengths[0] / lengths[1])
