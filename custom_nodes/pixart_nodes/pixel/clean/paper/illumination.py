"""The light on a sheet of paper, told from what is drawn: paper's brightness varies softly, ink's begins with a step.

What no step divides from the ground is paper, and so is an enclosed region as bright as paper around it. Beneath what
is drawn the light goes on as a smooth surface, and beyond that as its neighbourhood (push-pull, as in Gortler et al.,
"The lumigraph", SIGGRAPH 1996). In logarithms, where light and paper add up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import shadows
from .opencv import cv2

RGB = NDArray[np.uint8]
Field = NDArray[np.float32]  # [h, w, 3], natural logarithms of sRGB values

LIGHT_SIDE = 256  # pixels of the long side on which light is told from ink
STROKE = 13  # pixels of a picture twice that size; darker things so thin are strokes, and no light
LIGHT_STEP, LIGHT_TINT = 0.055, 0.03  # from pixel to pixel: logarithms of brightness, and of its tint
PAPER_STEP, PAPER_TINT = 0.11, 0.05  # an enclosed region differs from paper around it by less
SHADED, SHADED_TINT = 0.04, 0.08  # of the page, and as above
PAPER_ROUNDS = 4  # regions within regions
FLOOR = 8.0  # of 255, below which a picture is noise
BLANK = 225  # of 255, which blank paper shows in even light at least
WHITE = 240  # of 255, what paper becomes: grain on it is kept on both sides


def levelled(page: RGB, visible: NDArray[np.uint8] | None = None) -> RGB:
    """uint8 [H, W, 3] in even, white light, paper WHITE in each channel; `visible` [H, W]: 0 was not seen."""
    light = cv2.resize(_light(page, visible), page.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.divide(page, light, scale=WHITE)


def color(page: RGB, level: RGB) -> tuple[float, ...]:
    """The colour of blank paper in a page uint8 [H, W, 3] whose levelled form is known: 1 in the brightest channel."""
    blank = (level[::4, ::4] > BLANK).all(axis=2)
    shade = np.median(page[::4, ::4][blank], axis=0) if blank.any() else np.ones(3)
    return tuple(np.maximum(shade / max(float(shade.max()), 1), 0.05).tolist())


def _light(page: RGB, visible: NDArray[np.uint8] | None) -> RGB:
    """What blank paper would show, small: uint8 [h, w, 3]."""
    factor = min(1.0, 2 * LIGHT_SIDE / max(page.shape[:2]))
    whole = [max(1, round(side * factor)) for side in page.shape[1::-1]]
    double = cv2.resize(page, whole, interpolation=cv2.INTER_AREA)
    bright = cv2.morphologyEx(double, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKE, STROKE)))
    half = max(1, double.shape[1] // 2), max(1, double.shape[0] // 2)
    small = cv2.resize(cv2.GaussianBlur(bright, (0, 0), 1.0), half, interpolation=cv2.INTER_AREA)
    inside = np.ones(small.shape[:2], bool)
    if visible is not None:
        inside = cv2.erode(cv2.resize(visible, small.shape[1::-1]), np.ones((3, 3), np.uint8)) > 200
    field = np.log(np.maximum(small.astype(np.float32), FLOOR))
    fine = shadows.strokes(double, bright, half), shadows.grain(double, half)
    paper = _paper(field, inside, *fine)
    light = np.exp(_continued(field, paper))
    grainy = cv2.resize(double, half, interpolation=cv2.INTER_AREA)[paper] / light[paper]
    light *= np.median(grainy, axis=0)  # closing takes the lighter side of grain
    return np.clip(np.rint(light), FLOOR, 255).astype(np.uint8)


def _paper(
    field: Field, inside: NDArray[np.bool_], thin: NDArray[np.bool_], rough: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Where blank paper is [h, w]; `thin` is where strokes are, `rough` how coarse what is seen is."""
    calm = (~_steps(field) & inside).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(calm, connectivity=4)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0
    brightness = _means(field.mean(axis=2), labels, count)
    chosen = np.zeros(count, bool)
    chosen[int((areas * np.exp(3 * brightness)).argmax())] = count > 1
    if not chosen.any():
        return inside
    chosen = _alike(field, labels, chosen, areas)
    edges = _add_shadows(field, labels, chosen, thin, rough)
    if edges.any():
        chosen = _alike(field, labels, chosen, areas)
    _, tint = _difference(field, labels, chosen)
    return (chosen | _shaded(labels, areas, tint))[labels] | edges


def _alike(
    field: Field, labels: NDArray[np.int32], chosen: NDArray[np.bool_], areas: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """The chosen regions, and those as bright as they are around them."""
    for _ in range(PAPER_ROUNDS):
        level, tint = _difference(field, labels, chosen)
        alike = (level < PAPER_STEP) & (tint < PAPER_TINT) & (areas >= 4)
        if not (alike & ~chosen).any():
            break
        chosen = chosen | alike
    return chosen


def _add_shadows(
    field: Field,
    labels: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    thin: NDArray[np.bool_],
    rough: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Choose the regions that are paper in shadow too; their edges [h, w]."""
    edges = np.zeros(labels.shape, bool)
    sizes = np.bincount(labels.ravel(), minlength=len(chosen))
    candidates = ~chosen & (sizes > shadows.LEAST_AREA * labels.size)
    candidates[0] = False
    if not candidates.any():
        return edges
    paper = chosen[labels]
    missing, slope = field - _continued(field, paper), _slope(field)
    for number in np.flatnonzero(candidates):
        region = labels == number
        if shadows.is_shadow(region, paper, missing, slope, thin, rough):
            chosen[number] = True
            edges |= shadows.bright_edge(field, shadows.edge(region, paper), region, paper)
    return edges


def _difference(
    field: Field, labels: NDArray[np.int32], chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much each region differs from the chosen ones around it, in brightness and in tint."""
    missing = field - _continued(field, chosen[labels])
    level = np.abs(_means(missing.mean(axis=2), labels, len(chosen)))
    tints = [np.abs(_means(missing[..., k] - missing[..., 1], labels, len(chosen))) for k in (0, 2)]
    return level, np.maximum(*tints)


def _shaded(labels: NDArray[np.int32], areas: NDArray[np.float64], tint: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which regions are paper in a shadow with a hard edge: large, at the page's border, of paper's own tint."""
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    at_border = np.bincount(border, minlength=len(areas)) > 0
    return at_border & (areas > SHADED * labels.size) & (tint < SHADED_TINT)


def _means(values: NDArray[np.floating], labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    sums = np.bincount(labels.ravel(), values.ravel(), count)
    return sums / np.maximum(np.bincount(labels.ravel(), minlength=count), 1)


def _steps(field: Field) -> NDArray[np.bool_]:
    """Where brightness or tint changes faster than light does [h, w]."""
    tint = field[..., [0, 2]] - field[..., 1:2]
    return (_slope(field) > LIGHT_STEP) | (_slope(tint) > LIGHT_TINT)


def _slope(values: NDArray[np.float32]) -> NDArray[np.float32]:
    across, down = (cv2.Sobel(values, cv2.CV_32F, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return np.sqrt(across**2 + down**2).max(axis=2)


def _continued(field: Field, paper: NDArray[np.bool_]) -> Field:
    """The field on paper, and continued beyond it."""
    surface = _surface(field, paper)
    cover = paper.astype(np.float32)
    return surface + _push_pull((field - surface) * cover[..., None], cover)


def _surface(field: Field, paper: NDArray[np.bool_]) -> Field:
    """The polynomial of degree 2 that fits the paper best."""
    height, width = paper.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    rows = terms[paper][::4]
    if len(rows) < 24:
        return np.broadcast_to(field[paper].mean(axis=0) if paper.any() else field.mean(axis=(0, 1)), field.shape)
    ridge = 1e-3 * len(rows) * np.eye(6, dtype=np.float32)
    ridge[0, 0] = 0
    return terms @ np.linalg.solve(rows.T @ rows + ridge, rows.T @ field[paper][::4])


def _push_pull(weighted: Field, cover: NDArray[np.float32]) -> Field:
    """Weighted means of what is known, from coarse to fine: where little is known, the coarser answers."""
    if min(cover.shape) <= 2:
        return np.broadcast_to(weighted.sum(axis=(0, 1)) / max(float(cover.sum()), 1e-6), weighted.shape)
    half = (-(-cover.shape[1] // 2), -(-cover.shape[0] // 2))
    coarser = _push_pull(
        cv2.resize(weighted, half, interpolation=cv2.INTER_AREA), cv2.resize(cover, half, interpolation=cv2.INTER_AREA)
    )
    around = cv2.resize(np.ascontiguousarray(coarser), cover.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return weighted + (1 - cover[..., None]) * around if cover.max() <= 1 else weighted
