"""Where the sheet of paper is in a photo: regions without edges are grown, and straight lines fitted to their outline.

Lines are then moved to the steepest step of brightness across them, to a fraction of a pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from . import tint
from .camera import Corners, Line, completed, exits
from .opencv import cv2

RGB = NDArray[np.uint8]

PAGE_SIDE = 512  # pixels of the long side on which the page is looked for
REGION_STEPS = (
    0.025,
    0.04,
    0.06,
    0.09,
    0.14,
    0.2,
)  # relative steps of brightness from pixel to pixel that end a region
LEAST_AREA = 0.12  # of the picture
LEAST_TINTED = 0.25  # of the picture, where its tint alone tells a page: things that are painted have one, too
LEAST_PART = 0.03  # of the picture, for a part between folds
FOLD_WIDTH = 31  # pixels of the small picture, which the shadow in a fold, or between two pages, is narrower than
PART_STEPS = (0.06, 0.12, 0.2)  # parts of one sheet differ by less: a table may differ as little, so each is tried
SAME_SHARE = 0.97  # of what either has: parts that together are no other region are none of a folded sheet
FOLDED_TIMES = 1.05  # times the area of what is a page without it, which a folded sheet has at least
WHOLE_TIMES = 1.1  # times what a page without one more of its parts scores, where it is a page as well
LEAST_LENGTH = 0.16  # of the picture's long side, for a side of the page
OUTLINE_MISS = 1.5  # pixels that a point of the outline may be away from its line
BORDER = 4  # pixels of the small picture beside its border, where an outline is the picture's and not the page's
CONTRAST = 0.035  # relative difference between page and table
SUPPORT = 0.7  # share of a side along which the table differs from the page
LIGHT = 1.5  # exponent from sRGB to something between light and what programs blur, see `ink`
SAMPLES = 240  # places along a side
FINE_REACH = 4  # pixels of the small picture within which a side is refined


@dataclass(frozen=True, eq=False)
class Page:
    """What is known of the page: the lines that bound it, and its corners where they can be told."""

    lines: tuple[Line, ...] = ()
    corners: Corners | None = None


@dataclass(frozen=True, eq=False)
class Candidate:
    """A region of the small picture, uint8 [h, w], that may be the page, and the sides that bound it."""

    score: float = 0.0
    region: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((1, 1), np.uint8))
    lines: list[Line] = field(default_factory=list)


def find(photo: RGB) -> Page:
    """The page in uint8 [H, W, 3], in pixels of it where (0, 0) is the upper left pixel's corner."""
    factor = min(1.0, PAGE_SIDE / max(photo.shape[:2]))
    small = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    lines = _lines(small)
    if not lines:
        return Page()
    scale = np.array(small.shape[1::-1]) / photo.shape[1::-1]
    coarse = [_scaled(line, scale) for line in lines]
    reach = FINE_REACH / factor
    fine = [_refined(photo, line, reach) for line in coarse]
    fine = [_refined(photo, line, max(2.5, reach / 3)) for line in fine]
    return Page(tuple(fine), completed(fine, photo.shape[1], photo.shape[0]))


def _scaled(line: Line, scale: NDArray[np.float64]) -> Line:
    moved = line * np.array([*scale, 1.0])
    return moved / np.hypot(*moved[:2])


def _lines(small: RGB) -> list[Line]:
    """The three or four lines (or fewer) of the best page in a small picture."""
    best = Candidate()
    for region, worth in sorted(_regions(small, _steps(small)), key=lambda each: each[1]):
        if worth == 1 or _share(region) >= FOLDED_TIMES * _share(best.region):
            best = _better(best, small, region, worth)
    for region in tint.regions(small, LEAST_TINTED):
        if best.lines and not tint.goes_on(small, best.region, region):
            continue
        if _share(region) >= FOLDED_TIMES * _share(best.region):
            best = _better(best, small, region, WHOLE_TIMES if best.lines else 1.0)
    return best.lines


def _better(best: Candidate, small: RGB, region: NDArray[np.uint8], worth: float) -> Candidate:
    """The best candidate, or a region with the sides that bound it best where those are better."""
    lines = [line for line in _sides(region) if _support(small, line, region) >= SUPPORT]
    for chosen in _choices(lines):
        score = worth * _score(chosen, region, small)
        if score > best.score:
            best = Candidate(score, region, chosen)
    return best


def _share(region: NDArray[np.uint8]) -> float:
    return float((region > 0).mean())


def _steps(small: RGB) -> NDArray[np.float32]:
    """How much brightness changes from pixel to pixel, relative to what is there: float32 [h, w]."""
    soft = cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32)
    across, down = (cv2.Scharr(soft, cv2.CV_32F, *way, scale=1 / 32) for way in ((1, 0), (0, 1)))
    steps = np.sqrt(across**2 + down**2) / (soft + 12)
    return steps.max(axis=2)


def _regions(small: RGB, steps: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Large regions that no step divides, without holes: uint8 [h, w] of 0 and 255, and by how much their score counts.

    Then those that folds alone divide, as one.
    """
    tried: list[NDArray[np.uint8]] = []
    for step in REGION_STEPS:
        calm = (steps < step).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(calm, connectivity=4)
        areas = stats[:, cv2.CC_STAT_AREA] / steps.size
        for number in range(1, count):
            if areas[number] >= LEAST_AREA:
                tried.append(_filled((labels == number).astype(np.uint8)))
                yield tried[-1], 1.0
        parts = [number for number in range(1, count) if areas[number] >= LEAST_PART]
        for sheet in _sheets(small, labels, parts):
            region = _filled(np.isin(labels, sheet).astype(np.uint8), FOLD_WIDTH)
            if all(_common(region, other) < SAME_SHARE for other in tried):
                tried.append(region)
                yield region, WHOLE_TIMES ** (len(sheet) - 1)


def _filled(mask: NDArray[np.uint8], window: int = 11) -> NDArray[np.uint8]:
    filled = tint.largest(mask, window)
    return np.zeros_like(mask) if filled is None else filled


def _common(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The area that regions have in common, of what either has."""
    return float((one & other)[::4, ::4].sum() / max(1, (one | other)[::4, ::4].sum()))


def _sheets(small: RGB, labels: NDArray[np.int32], parts: list[int]) -> Iterator[list[int]]:
    """Groups of parts that lie along each other and are alike there, little and more."""
    apart = _differences(small, labels, parts)
    for most in PART_STEPS:
        left = list(range(len(parts)))
        while left:
            group = [left.pop(0)]
            while near := [at for at in left if (apart[at, group] < most).any()]:
                group += near
                left = [at for at in left if at not in near]
            if len(group) > 1:
                yield [parts[at] for at in group]


def _differences(small: RGB, labels: NDArray[np.int32], parts: list[int]) -> NDArray[np.float64]:
    """By how much parts differ on both sides of what divides them, in logarithms [P, P]; tints count three times.

    Of every other pixel and row.
    """
    logs = np.log(np.maximum(cv2.GaussianBlur(small, (0, 0), 1.0)[::2, ::2].astype(np.float32), 8))
    window = np.ones((FOLD_WIDTH, FOLD_WIDTH), np.uint8)
    own = [labels[::2, ::2] == number for number in parts]
    near = [cv2.dilate(part.astype(np.uint8), window) > 0 for part in own]
    apart = np.full((len(parts), len(parts)), np.inf)
    for one, other in combinations(range(len(parts)), 2):
        sides = own[one] & near[other], own[other] & near[one]
        if min(side.sum() for side in sides) > LEAST_LENGTH * max(labels.shape) / 4:
            here, there = (np.median(logs[side], axis=0) for side in sides)
            level = (here - there).mean()
            apart[one, other] = apart[other, one] = abs(level) + 3 * np.abs(here - there - level).max()
    return apart


def _sides(region: NDArray[np.uint8]) -> list[Line]:
    """Up to six straight lines along a region's outline, longest first, where that isn't the picture's border."""
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(outlines, key=len)[:, 0].astype(np.float64) + 0.5
    height, width = region.shape
    free = (points > BORDER).all(axis=1) & (points < np.array([width, height]) - BORDER).all(axis=1)
    points = points[free]
    lines = []
    rng = np.random.default_rng(0)
    while len(points) > LEAST_LENGTH * max(region.shape) and len(lines) < 6:
        line, near = _longest(points, rng)
        if np.count_nonzero(near) < LEAST_LENGTH * max(region.shape):
            break
        lines.append(line if line[:2] @ _middle(region) + line[2] > 0 else -line)
        points = points[np.abs(points @ line[:2] + line[2]) > 3 * OUTLINE_MISS]
    return lines


def _middle(region: NDArray[np.uint8]) -> NDArray[np.float64]:
    moments = cv2.moments(region, binaryImage=True)
    return np.array([moments["m10"], moments["m01"]]) / moments["m00"]


def _longest(points: NDArray[np.float64], rng: np.random.Generator) -> tuple[Line, NDArray[np.bool_]]:
    """The line near which most points are, by trying pairs of points (RANSAC), and which points those are."""
    pairs = rng.integers(len(points), size=(200, 2))
    one, way = points[pairs[:, 0]], points[pairs[:, 1]] - points[pairs[:, 0]]
    length = np.hypot(*way.T)
    normal = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.maximum(length, 1)[:, None]
    away = np.abs(normal @ points.T - (normal * one).sum(axis=1)[:, None])
    near = (away < OUTLINE_MISS) & (length > 20)[:, None]
    chosen = near[near.sum(axis=1).argmax()]
    return (_fitted(points[chosen]) if chosen.sum() > 1 else np.array([1.0, 0, 0])), chosen


def _fitted(points: NDArray[np.float64]) -> Line:
    dx, dy, x, y = (
        float(value) for value in cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    )
    return np.array([-dy, dx, dy * x - dx * y])


def _support(small: RGB, line: Line, region: NDArray[np.uint8]) -> float:
    """Along which share of a side the picture outside differs from the page inside, near the line and further away."""
    at = _along(line, region)
    if len(at) < 8:
        return 0.0
    inside, near, far = (_colors_at(small, at + line[:2] * away) for away in (4.0, -4.0, -9.0))
    differs = [(np.abs(outside - inside) / (inside + 12)).max(axis=1) > CONTRAST for outside in (near, far)]
    return float((differs[0] & differs[1]).mean())


def _along(line: Line, region: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Points a pixel apart on the line [N, 2] where it is the region's outline."""
    outline = region - cv2.erode(region, np.ones((3, 3), np.uint8))
    points = np.argwhere(outline)[:, ::-1] + 0.5
    away = points @ line[:2] + line[2]
    near = np.abs(away) < 2 * OUTLINE_MISS
    return points[near] - away[near, None] * line[:2]


def _colors_at(small: RGB, at: NDArray[np.float64]) -> NDArray[np.float32]:
    """The picture's colours at places [N, 2]: float32 [N, 3]; beyond the border, the border's."""
    places = (at - 0.5).astype(np.float32)
    soft = cv2.remap(small, places[None, :, 0], places[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return soft[0].astype(np.float32)


def _choices(lines: list[Line]) -> Iterator[list[Line]]:
    for count in (4, 3, 2, 1):
        yield from (list(chosen) for chosen in combinations(lines, count))


def _score(lines: list[Line], region: NDArray[np.uint8], small: RGB) -> float:
    """How well lines bound a region, 0 where they don't: the area that both have in common, of what either has."""
    height, width = region.shape
    y, x = np.mgrid[0:height:4, 0:width:4] + 2.0
    inside = np.ones(x.shape, bool)
    for a, b, c in lines:
        inside &= a * x + b * y + c > 0
    covered = region[2::4, 2::4][: x.shape[0], : x.shape[1]] > 0
    inside = inside[: covered.shape[0], : covered.shape[1]]
    if inside.sum() < LEAST_AREA * inside.size:
        return 0.0
    common = (inside & covered).sum() / (inside | covered).sum()
    if len(lines) >= 3 and completed(lines, width, height) is None:
        return 0.0
    return float(common * (1 + 0.02 * len(lines))) if common > 0.85 else 0.0


def _refined(photo: RGB, line: Line, reach: float) -> Line:
    """The line, moved to the steepest step across it within `reach` pixels."""
    ends = _within(line, photo.shape[1], photo.shape[0])
    if ends is None:
        return line
    along = np.linspace(0.02, 0.98, SAMPLES)[:, None]
    middle = ends[0] * (1 - along) + ends[1] * along
    away = np.linspace(-reach, reach, 2 * max(6, round(min(reach, 24) * 2)) + 1)
    steep = _steepness(photo, middle[:, None] + away[None, :, None] * line[:2])
    best = steep.argmax(axis=1)
    weight = steep[np.arange(SAMPLES), best]
    rows = np.flatnonzero((weight > 0.35 * np.median(weight)) & (best > 0) & (best < steep.shape[1] - 1))
    if len(rows) < SAMPLES // 4:
        return line
    at = best[rows]
    left, here, right = (steep[rows, at + k] for k in (-1, 0, 1))
    offset = np.clip((left - right) / (2 * np.minimum(left - 2 * here + right, -1e-9)), -1, 1)  # a parabola's top
    spacing = away[1] - away[0]
    points = middle[rows] + (away[at + 1] + offset * spacing)[:, None] * line[:2]
    result = _robust(points, spacing)
    return result if result[:2] @ line[:2] > 0 else -result


def _steepness(photo: RGB, at: NDArray[np.float64]) -> NDArray[np.float32]:
    """How fast light rises from place to place [N, K, 2] along K, in the way in which it rises from end to end."""
    places = (at - 0.5).astype(np.float32)
    strip = cv2.remap(photo, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur((strip.astype(np.float32) / 255) ** LIGHT, (0, 0), sigmaX=1.2, sigmaY=1.5)
    slope = np.gradient(soft, axis=1) / (soft.mean(axis=(0, 1)) + 0.02)
    rise = np.median(soft[:, -3:] - soft[:, :3], axis=(0, 1))
    return (slope @ (rise / max(float(np.linalg.norm(rise)), 1e-6)))[:, 1:-1]


def _robust(points: NDArray[np.float64], near: float) -> Line:
    line = _fitted(points)
    for _ in range(4):
        away = np.abs(points @ line[:2] + line[2])
        inliers = points[away <= max(near * 0.75, 2 * np.median(away))]
        if len(inliers) < 12:
            break
        line = _fitted(inliers)
    return line


def _within(line: Line, width: int, height: int) -> NDArray[np.float64] | None:
    """The two places where a line crosses the picture's border [2, 2], or None."""
    ends = exits(line, width, height)
    if len(ends) < 2:
        return None
    return np.array(max(combinations(ends, 2), key=lambda pair: float(np.linalg.norm(pair[0] - pair[1]))))
