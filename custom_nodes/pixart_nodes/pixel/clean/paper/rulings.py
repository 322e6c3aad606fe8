"""Ruled and squared paper made blank: faint, thin, straight lines at even distances are divided out of the page.

A ruling takes a share of the light, whatever is drawn over it takes another, so division leaves ink that crosses it.
Lines are looked for as peaks of brightness summed along all slopes (a discrete Radon transform).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import ink
from .opencv import cv2
from .pieces import pieces

RGB = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]  # [H, W]

WIDEST_RULING = 9  # pixels; what is wider is no ruling
FAINT_LEVEL = 115  # of 255: darker is ink
BOLD, BOLD_SHARE = 75, 0.1  # of 255, and of the pixels of a column: as much as a bolder ruling has
THROUGH = 0.7  # of the columns, which a bolder ruling goes through
UNEVEN = 2  # pixels, by which a ruling is off its course here and there
LATTICE, FEWEST_DOTS = 60, 20  # dots of dotted paper, all of them or where the light shows some
PALE_DOT = 0.5  # of the ink's darkness, which these don't reach
LEFT_OVER, PALE = 64, 0.9  # pixels across, and share of the ink's darkness, of what crossings leave at most
VISIBLE = 9  # of 255: mean darkness along a ruling
COLUMN = 16  # pixels along which a ruling has no slope
MOST_SLOPE, MOST_FAN = 0.13, 0.08  # of a ruling, and by how much slopes differ from the first to the last
COARSE_ROWS = 4  # rows at a time, when slopes are tried first
LEAST_LINES = 5
LEAST_SIDE = 100  # pixels; what is narrower has no room for so many
DISTANCE_SPREAD = 0.15  # of the usual distance, by which distances differ
MANY_LINES, NEAREST = 8, 15  # lines, and the percentile of their distances that is a single one
LADDER, ALL_BUT_ENDS = 0.12, 0.85  # of that distance, by which lines are off their ladder, and how many aren't more
BLANK = 0.975  # of paper's light: a line that leaves more isn't one, but dots in a row
HALF_STRIP = 6  # pixels from a ruling's middle to where it surely has ended
STRAIGHT_PIXELS = 64  # pixels of a ruling in which it is straight


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


def removed(page: RGB) -> tuple[RGB, int, Mask]:
    """A page uint8 [H, W, 3] in even light without its rulings, how many there were, and where: 255, else 0 [H, W]."""
    if min(page.shape[:2]) < LEAST_SIDE:
        return page, 0, np.zeros(page.shape[:2], np.uint8)
    blank, across, where = _without(page)
    turned, down, upright = _without(np.ascontiguousarray(blank.transpose(1, 0, 2)), 1 if across else LEAST_LINES)
    where = cv2.max(where, np.ascontiguousarray(upright.T))
    return np.ascontiguousarray(turned.transpose(1, 0, 2)) if down else blank, across + down, where


def _without(page: RGB, fewest: int = LEAST_LINES) -> tuple[RGB, int, Mask]:
    soft = cv2.GaussianBlur(ink.darkness(page), (0, 0), 0.7)
    thin = _thin(soft)
    faint, blank = _faint(soft, thin)
    lines = _rulings(faint, blank, fewest)
    result, count, where = page, 0, np.zeros(thin.shape, np.uint8)
    if lines is None:
        return page, 0, where
    for family, plane in zip(_parted(thin, lines), (faint, thin.astype(np.float32)), strict=True):
        if len(family.at):
            course = _followed(plane, family.course(soft.shape))
            share = _share(page, course)
            drawn = share.min(axis=(1, 2)) < BLANK
            result, count = _divided(result, course[drawn], share[drawn]), count + int(drawn.sum())
            _mark(where, course[drawn])
    return (result, len(lines.at), where) if count >= fewest else (page, 0, np.zeros_like(where))


def _mark(where: Mask, course: Plane) -> None:
    """Set what is within half of the widest ruling from the lines to 255."""
    columns = np.broadcast_to(np.arange(where.shape[1]), course.shape)
    for k in range(-WIDEST_RULING // 2, WIDEST_RULING // 2 + 1):
        rows = np.clip(np.rint(course).astype(np.int64) + k, 0, len(where) - 1)
        where[rows, columns] = 255


def cleared(cover: Mask, dark: Mask, where: Mask) -> Mask:
    """Cover [H, W] without small, pale pieces that lie on rulings alone: what is left of them where they cross."""
    parts = pieces(cover)
    peak, small = parts.peaks(dark), parts.fit(LEFT_OVER)
    beside = np.bincount(parts.labels[where == 0], minlength=parts.count) > 0
    left = small & ~beside & (peak < PALE * _usual(peak[1:][~small[1:]]))
    left[0] = False
    return parts.without(left, 3)


def _usual(values: Mask) -> float:
    return float(np.median(values)) if values.size else 0.0


def _thin(soft: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is darker than all wider things beside it: uint8 [H, W]."""
    kernel = np.ones((WIDEST_RULING, WIDEST_RULING), np.uint8)
    return cv2.subtract(soft, cv2.morphologyEx(soft, cv2.MORPH_OPEN, kernel))


def _faint(soft: NDArray[np.uint8], thin: NDArray[np.uint8]) -> tuple[Plane, Plane]:
    """Thin, faint darkness, and where it could be seen (1) or is hidden by ink (0): float32 [H, W]."""
    hidden = cv2.dilate(cv2.compare(soft, FAINT_LEVEL, cv2.CMP_GT), np.ones((5, 5), np.uint8))
    shown = cv2.subtract(thin, hidden)
    return shown.astype(np.float32), (hidden == 0).astype(np.float32)


def _parted(thin: NDArray[np.uint8], lines: Rulings) -> tuple[Rulings, Rulings]:
    """The lines that are faint, and those as dark as ink: they go right through the page, fewer than the others."""
    height, width = thin.shape
    ink_share = cv2.resize(
        (thin > BOLD).astype(np.float32), (max(8, width // COLUMN), height), interpolation=cv2.INTER_AREA
    )
    level = cv2.dilate(_sheared(ink_share, lines.slope, lines.fan, width), np.ones((2 * UNEVEN + 1, 1), np.uint8))
    rows = np.flatnonzero((level > BOLD_SHARE).mean(axis=1) > THROUGH)
    bold = np.array([group.mean() for group in np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1) if len(group)])
    if len(lines.at) < LEAST_LINES or not 0 < len(bold) < len(lines.at) / 2:
        return lines, replace(lines, at=lines.at[:0])
    away = np.abs(bold[:, None] - lines.at)
    usual = float(np.median(np.diff(lines.at)))
    steps = away.min(axis=1) / usual
    bold = bold[(away.min(axis=1) <= HALF_STRIP) | (np.abs(steps - np.rint(steps)) < DISTANCE_SPREAD)]
    near = np.abs(lines.at[:, None] - bold).min(axis=1, initial=np.inf) <= HALF_STRIP
    return replace(lines, at=lines.at[~near]), replace(lines, at=bold)


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
        at = evenly(at)
    elif fewest == 1:
        at = at[profile[at.astype(int)] > 2 * VISIBLE]  # margins, and not a rest of the page's edge
    if len(at) < fewest:
        return None
    return Rulings(at, slope, fan)


def _slopes(thin: Plane, width: int) -> tuple[float, float]:
    """The slope and the fan under which sums along lines differ most."""
    height, columns = thin.shape
    small = cv2.resize(thin, (columns // 2, height // COARSE_ROWS), interpolation=cv2.INTER_AREA)
    step = 2.0 * COARSE_ROWS / width
    slopes = np.arange(-MOST_SLOPE, MOST_SLOPE + step, step)
    fans = np.arange(-4, 5) * (MOST_FAN / 4)
    best = max(((s, f) for s in slopes for f in fans), key=lambda way: _contrast(small, *way, width, COARSE_ROWS))
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


def evenly(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those of the rows that lie at a multiple of the usual distance from the next; none unless most do."""
    gaps = np.diff(at)
    usual = float(np.median(gaps))
    times = np.maximum(np.rint(gaps / usual), 1)
    even = np.abs(gaps - times * usual) < DISTANCE_SPREAD * usual * np.sqrt(times)
    if even.mean() >= 0.6 and usual >= 2 * HALF_STRIP:
        return at[np.concatenate([[False], even]) | np.concatenate([even, [False]])]
    return _on_steps(at)


def _on_steps(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those of many rows that lie on a ladder of which some lines can't be seen; none unless most do."""
    step = max(float(np.percentile(np.diff(at), NEAREST)), 2.0 * HALF_STRIP)
    if len(at) < MANY_LINES:
        return at[:0]
    number = np.concatenate([[0], np.cumsum(np.rint(np.diff(at) / step))])
    step, first = np.polyfit(number, at, 1)
    number = np.rint((at - first) / step)
    step, first = np.polyfit(number, at, 1)
    number = np.rint((at - first) / step)
    near = np.abs(at - first - number * step) < LADDER * step
    return at[near] if near.mean() >= ALL_BUT_ENDS else at[:0]


def _followed(faint: Plane, course: Plane) -> Plane:
    """The course of lines [N, W], moved by what each is off in each stretch: paper is never quite flat."""
    count, width = course.shape
    strips = _strips(faint, course)
    chunks = max(1, width // STRAIGHT_PIXELS)
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


def dotted(cover: Mask, dark: Mask) -> tuple[Mask, int]:
    """Cover [H, W] without the dots of dotted paper, and how many there were."""
    parts = pieces(cover)
    small = parts.fit(2 * WIDEST_RULING)
    small[0] = False
    if small.sum() < FEWEST_DOTS:
        return cover, 0
    peak = parts.peaks(dark)
    if _on_lattice(parts.centres[small].astype(np.float32)):
        area = parts.stats[:, cv2.CC_STAT_AREA]
        dots = small & (peak < 1.6 * np.median(peak[small])) & (area < 2.5 * np.median(area[small]))
    else:
        dots = small & (peak < PALE_DOT * _usual(peak[1:][~small[1:]]))
        if dots.sum() < FEWEST_DOTS:
            return cover, 0
    return parts.without(dots, 5), int(dots.sum())


def _on_lattice(places: Plane) -> bool:
    """Whether places [N, 2] are many, most of them at the usual distance from the next."""
    if len(places) < LATTICE:
        return False
    sample = places[:: max(1, len(places) // 300)]
    away = np.sqrt(((sample[:, None] - places[None]) ** 2).sum(axis=2))
    away[away == 0] = np.inf
    nearest = away.min(axis=1)
    usual = float(np.median(nearest))
    return bool((np.abs(nearest - usual) < DISTANCE_SPREAD * usual).mean() >= 0.6)
