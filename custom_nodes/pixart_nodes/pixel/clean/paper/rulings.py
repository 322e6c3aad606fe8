"""Ruled and squared paper made blank: faint, thin, straight lines at even distances are divided out of the page.

A ruling takes a share of the light, whatever is drawn over it takes another, so division leaves ink that crosses it.
Lines are looked for as peaks of brightness summed along all slopes (a discrete Radon transform).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import ink
from .opencv import cv2

RGB = NDArray[np.uint8]
Plane = NDArray[np.float32]

WIDEST_RULING = 9  # pixels; what is wider is no ruling
FAINT = 115  # of 255: darker is ink
VISIBLE = 9  # of 255: mean darkness along a ruling
COLUMN = 16  # pixels along which a ruling has no slope
MOST_SLOPE, MOST_FAN = 0.13, 0.08  # of a ruling, and by how much slopes differ from the first to the last
COARSE = 4  # rows at a time, when slopes are tried first
LEAST_LINES = 5
LEAST_SIDE = 100  # pixels; what is narrower has no room for so many
EVEN = 0.15  # of the usual distance, by which distances differ
BLANK = 0.975  # of paper's light: a line that leaves more isn't one, but dots in a row
HALF_STRIP = 6  # pixels from a ruling's middle to where it surely has ended
CHUNK = 64  # pixels of a ruling in which it is straight


@dataclass(frozen=True, eq=False)
class Rulings:
    """Lines across: y of each at the page's middle [N], and how slopes go from the top to the bottom."""

    at: NDArray[np.float64]
    slope: float
    fan: float

    def course(self, size: tuple[int, int]) -> Plane:
        """y of each line at each x: float32 [N, W]."""
        height, width = size
        slopes = self.slope + self.fan * (self.at / height - 0.5)
        return (self.at[:, None] + slopes[:, None] * (np.arange(width) - width / 2)).astype(np.float32)


def removed(page: RGB) -> tuple[RGB, int]:
    """A page uint8 [H, W, 3] in even light without its rulings, and how many there were."""
    if min(page.shape[:2]) < LEAST_SIDE:
        return page, 0
    blank, across = _without(page)
    turned, down = _without(np.ascontiguousarray(blank.transpose(1, 0, 2)), fewest=1 if across else LEAST_LINES)
    return np.ascontiguousarray(turned.transpose(1, 0, 2)) if down else blank, across + down


def _without(page: RGB, fewest: int = LEAST_LINES) -> tuple[RGB, int]:
    dark = ink.darkness(page)
    faint, blank = _faint(dark)
    lines = _rulings(faint, blank, fewest)
    if lines is None:
        return page, 0
    course = _followed(faint, lines.course(dark.shape))
    share = _share(page, course)
    drawn = share.min(axis=(1, 2)) < BLANK
    return (_divided(page, course[drawn], share[drawn]), len(course)) if drawn.sum() >= fewest else (page, 0)


def _faint(dark: NDArray[np.uint8]) -> tuple[Plane, Plane]:
    """Thin, faint darkness, and where it could be seen (1) or is hidden by ink (0): float32 [H, W]."""
    soft = cv2.GaussianBlur(dark, (0, 0), 0.7)
    kernel = np.ones((WIDEST_RULING, WIDEST_RULING), np.uint8)
    thin = cv2.subtract(soft, cv2.morphologyEx(soft, cv2.MORPH_OPEN, kernel))
    hidden = cv2.dilate(cv2.compare(soft, FAINT, cv2.CMP_GT), np.ones((5, 5), np.uint8))
    thin[hidden > 0] = 0
    return thin.astype(np.float32), (hidden == 0).astype(np.float32)


def _rulings(faint: Plane, blank: Plane, fewest: int) -> Rulings | None:
    """The family of lines across a page; None where there is none."""
    height, width = faint.shape
    columns = max(8, width // COLUMN)
    thin, bare = (cv2.resize(one, (columns, height), interpolation=cv2.INTER_AREA) for one in (faint, blank))
    slope, fan = _slopes(thin, width)
    course = _sheared(thin, slope, fan, width).mean(axis=1), _sheared(bare, slope, fan, width).mean(axis=1)
    profile = course[0] / np.maximum(course[1], 0.25)
    at = _peaks(profile)
    if len(at) >= LEAST_LINES:
        at = _evenly(at)
    if len(at) < fewest or (
        fewest == 1 and len(at) < LEAST_LINES and not (profile[at.astype(int)] > 2 * VISIBLE).all()
    ):
        return None
    return Rulings(at, slope, fan)


def _slopes(thin: Plane, width: int) -> tuple[float, float]:
    """The slope and the fan under which sums along lines differ most."""
    height, columns = thin.shape
    small = cv2.resize(thin, (columns // 2, height // COARSE), interpolation=cv2.INTER_AREA)
    step = 2.0 * COARSE / width
    slopes = np.arange(-MOST_SLOPE, MOST_SLOPE + step, step)
    fans = np.arange(-4, 5) * (MOST_FAN / 4)
    best = max(((s, f) for s in slopes for f in fans), key=lambda way: _contrast(small, *way, width, COARSE))
    for reach in (step / 2, step / 4, step / 8):
        near = [(best[0] + j * reach, best[1] + k * 2 * reach) for j in (-1, 0, 1) for k in (-1, 0, 1)]
        best = max(near, key=lambda way: _contrast(thin, *way, width, 1))
    return float(best[0]), float(best[1])


def _contrast(thin: Plane, slope: float, fan: float, width: int, rows: int) -> float:
    profile = _sheared(thin, slope, fan, width, rows).mean(axis=1)
    return float(((profile - profile.mean()) ** 2).sum())


def _sheared(thin: Plane, slope: float, fan: float, width: int, rows: int = 1) -> Plane:
    """A plane whose columns are moved so that lines of this slope are level."""
    height, columns = thin.shape
    y = np.arange(height, dtype=np.float32)[:, None]
    away = ((np.arange(columns, dtype=np.float32) + 0.5) / columns - 0.5) * np.float32(width / rows)
    moved = y + (np.float32(slope) + np.float32(fan) * (y / height - np.float32(0.5))) * away
    x = np.broadcast_to(np.arange(columns, dtype=np.float32), moved.shape)
    return cv2.remap(thin, np.ascontiguousarray(x), moved, cv2.INTER_LINEAR, borderValue=0)


def _peaks(profile: Plane) -> NDArray[np.float64]:
    """Rows that are darker than all near by, and visibly so."""
    level = cv2.dilate(profile[:, None], np.ones((HALF_STRIP * 2 - 1, 1), np.uint8))[:, 0]
    ground = cv2.erode(profile[:, None], np.ones((4 * HALF_STRIP + 1, 1), np.uint8))[:, 0]
    rows = np.flatnonzero((profile == level) & (profile - ground > VISIBLE))
    alike = np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1)  # rows of a line that are equally dark
    return np.array([group.mean() for group in alike if len(group)])


def _evenly(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those of the rows that lie at a multiple of the usual distance from the next; none unless most do."""
    gaps = np.diff(at)
    usual = float(np.median(gaps))
    times = np.maximum(np.rint(gaps / usual), 1)
    even = np.abs(gaps - times * usual) < EVEN * usual * np.sqrt(times)
    if even.mean() < 0.6 or usual < 2 * HALF_STRIP:
        return at[:0]
    return at[np.concatenate([[False], even]) | np.concatenate([even, [False]])]


def _followed(faint: Plane, course: Plane) -> Plane:
    """The course of lines [N, W], moved by what each is off in each stretch: paper is never quite flat."""
    count, width = course.shape
    strips = _strips(faint, course)
    chunks = max(1, width // CHUNK)
    sums = np.stack([part.sum(axis=2) for part in np.array_split(strips, chunks, axis=2)], axis=2)  # [N, rows, chunks]
    sums = sums + 0.5 * (np.roll(sums, 1, axis=2) + np.roll(sums, -1, axis=2))
    away = np.arange(-HALF_STRIP, HALF_STRIP + 1)
    weight = sums**2 + 1e-3
    offset = (weight * away[:, None]).sum(axis=1) / weight.sum(axis=1)
    offset = np.where(sums.max(axis=1) > 2.0 * np.median(sums, axis=1) + 1, offset, 0).astype(np.float32)
    offset = cv2.blur(offset, (3, 1)) if count > 1 else offset
    return course + cv2.resize(offset, (width, count), interpolation=cv2.INTER_LINEAR)


def _strips(plane: NDArray[np.generic], course: Plane) -> NDArray[np.float32]:
    """What is along each line: [N, 2 HALF_STRIP + 1, W] and channels."""
    count, width = course.shape
    y = (course[:, None] + np.arange(-HALF_STRIP, HALF_STRIP + 1, dtype=np.float32)[:, None]).reshape(-1, width)
    x = np.ascontiguousarray(np.broadcast_to(np.arange(width, dtype=np.float32), y.shape))
    strips = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return strips.reshape(count, 2 * HALF_STRIP + 1, *strips.shape[1:]).astype(np.float32)


def _share(page: RGB, course: Plane) -> Plane:
    """The share of light that each line leaves, by rows across it and channels: float32 [N, 2 HALF_STRIP + 1, 3]."""
    strips = _strips(page, course)  # [N, rows, W, 3]
    share = np.median(strips[:, :, ::3], axis=2)  # of the whole line: strokes cross it here and there
    ends = (share[:, :2].mean(axis=1) + share[:, -2:].mean(axis=1)) / 2
    share = np.minimum(share / ends[:, None], 1)
    return np.maximum(
        share, 2 * np.median(share, axis=0) - 1
    )  # one that was drawn over is taken for one like the others


def _divided(page: RGB, course: Plane, share: Plane) -> RGB:
    """The page, divided by the share of light that each line leaves."""
    height, width = page.shape[:2]
    result = page.copy()
    rows = np.floor(course).astype(np.int64)
    part = (course - rows)[..., None]
    columns = np.broadcast_to(np.arange(width), course.shape)
    for k in range(-HALF_STRIP + 1, HALF_STRIP + 1):
        y = rows + k
        inside = (y >= 0) & (y < height)
        value = share[:, None, k + HALF_STRIP] * (1 - part) + share[:, None, k + HALF_STRIP - 1] * part
        places = y[inside], columns[inside]
        result[places] = np.minimum(result[places] / value[inside] + 0.5, 255).astype(np.uint8)
    return result


def dotted(cover: NDArray[np.uint8], dark: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Cover [H, W] without the dots of dotted paper, and how many there were."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats((cover >= 128).astype(np.uint8), connectivity=8)
    small = (stats[:, 2:4] <= 2 * WIDEST_RULING).all(axis=1)
    small[0] = False
    number = np.flatnonzero(small)
    if len(number) < 60:
        return cover, 0
    places = centres[number].astype(np.float32)
    sample = places[:: max(1, len(places) // 300)]
    away = np.sqrt(((sample[:, None] - places[None]) ** 2).sum(axis=2))
    away[away == 0] = np.inf
    nearest = away.min(axis=1)
    usual = float(np.median(nearest))
    if (np.abs(nearest - usual) < EVEN * usual).mean() < 0.6:
        return cover, 0
    peak = np.zeros(count, np.uint8)
    np.maximum.at(peak, labels[cover >= 128], dark[cover >= 128])
    area = stats[:, cv2.CC_STAT_AREA]
    dots = small & (peak < 1.6 * np.median(peak[number])) & (area < 2.5 * np.median(area[number]))
    dot_mask = cv2.dilate(dots[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    return cover * (1 - dot_mask), int(dots.sum())
