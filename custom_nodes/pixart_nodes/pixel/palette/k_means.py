"""k-means in OKLab over counted colours: their coordinates come in steps, so that sums are exact in any order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .histogram import Floats, Points

Owners = NDArray[np.int32]

MOST_ROUNDS = 24
STILL_DISTANCE = 1e-4  # OKLab; centres that move less have found their place
AT_ONCE = 1 << 16  # scores held at a time, so that they stay in a core's cache


def k_means(points: Points, weights: Floats, start: Floats, fixed: int) -> Floats:
    """Clusters about centres `start` [K, 3], the first `fixed` of which stay: centres [K, 3].

    `weights` [M] are of the points. A centre that no point is nearest to goes to the point that is worst off.
    """
    centers, left = start, MOST_ROUNDS
    while left:
        centers, owner, left = lloyd(points, weights, centers, fixed, left)
        empty = fixed + np.flatnonzero(np.bincount(owner, minlength=len(centers))[fixed:] == 0)
        if len(empty):
            centers[empty] = points.T[_worst_off(points, weights, centers, owner)[: len(empty)]]
    return centers


@twins.step("k_means", patience=1 << 18)
def lloyd(points: Points, weights: Floats, centers: Floats, fixed: int, most: int) -> tuple[Floats, Owners, int]:
    """At most so many rounds of Lloyd's algorithm (1957): centres, whose each point was, and how many rounds are left.

    None are where the centres have found their place. Some may be where one has no point: then the rounds end.
    """
    owner = np.zeros(len(weights), np.int32)
    for left in reversed(range(most)):
        owner, sums = assigned(points, weights, centers)
        moved = (sums[:3] / np.maximum(sums[3], 1)).T  # weights are whole numbers
        stay = sums[3] == 0
        stay[:fixed] = True
        moved[stay] = centers[stay]
        still = np.abs(moved - centers).max() < STILL_DISTANCE
        centers = moved
        if stay[fixed:].any():
            return centers, owner, left
        if still:
            break
    return centers, owner, 0


def _worst_off(points: Points, weights: Floats, centers: Floats, owner: Owners) -> NDArray[np.intp]:
    """Indices of the points in descending order of their share of the squared error."""
    return np.argsort(-weights * distance(points, centers[owner]) ** 2, kind="stable")


def mean_error(points: Points, weights: Floats, centers: Floats) -> float:
    """Mean OKLab distance from the weighted points to the nearest of the centres [K, 3]."""
    far = distance(points, centers[assigned(points, weights, centers)[0]])
    return float((far * weights).sum() / weights.sum())


def distance(points: Points, centers: Floats) -> Floats:
    """OKLab distance of each point of [3, M] to the centre in its row of [M, 3]: [M]."""
    return np.sqrt(((points.T - centers) ** 2).sum(axis=1))


@twins.step("k_means", patience=1 << 18)
def assigned(points: Points, weights: Floats, centers: Floats) -> tuple[Owners, Floats]:
    """The nearest centre of each point, int32 [M], and for each centre what it got, float64 [4, K].

    That is the weighted sum of L, of a, of b, and the weight. Centres are float64 [K, 3]; of equally near ones, as
    float32 tells them, the first counts.
    """
    table = centers.astype(np.float32)
    norms = table[:, 0] * table[:, 0] + table[:, 1] * table[:, 1] + table[:, 2] * table[:, 2]
    slopes = np.float32(-2) * table.T[:, :, None]
    rows = max(1, AT_ONCE // len(table))
    owner = np.empty(len(weights), np.int32)
    for at in range(0, len(weights), rows):
        x, y, z = points[:, at : at + rows]
        owner[at : at + rows] = (x * slopes[0] + (y * slopes[1] + (z * slopes[2] + norms[:, None]))).argmin(axis=0)
    amounts = [*(weights * plane for plane in points), weights]
    return owner, np.stack([np.bincount(owner, amount, len(table)) for amount in amounts]).astype(np.float64)


@twins.step("k_means", patience=1 << 20)
def variance_cut(points: Points, weights: Floats, count: int) -> Floats:
    """Cut the box whose points vary most at the mean of the axis along which they do, again and again.

    float32 [3, M] and float64 [M] in; the means of at most `count` boxes out, [K, 3]. After Xiaolin Wu, "Efficient
    statistical computations for optimal color quantization" (1991), without its search for the best place to cut.
    """
    boxes: list[NDArray[np.intp]] = [np.arange(len(weights))]
    moments = [_moments(points, weights, boxes[0])]
    while len(boxes) < count:
        widest = int(np.argmax([spread.sum() for _, spread in moments]))
        mean, spread = moments[widest]
        if not spread.sum() > 0:
            break
        box, axis = boxes[widest], int(np.argmax(spread))
        above = points[axis, box] > mean[axis]
        if above.all() or not above.any():  # the spread is nothing but rounding
            moments[widest] = mean, np.zeros(3)
            continue
        boxes[widest], boxes[len(boxes) :] = box[~above], [box[above]]
        moments[widest : widest + 1] = [_moments(points, weights, boxes[widest])]
        moments.append(_moments(points, weights, boxes[-1]))
    return np.array([mean for mean, _ in moments])


def _moments(points: Points, weights: Floats, box: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Mean [3] of a box, and the weighted sums of squares about it [3]; none for a single point."""
    w, x = weights[box], points[:, box]
    first = w * x
    total, sums = np.cumsum(w)[-1], np.cumsum(first, axis=1)[:, -1]
    mean = sums / total
    if len(box) == 1:
        return mean, np.zeros(3)
    return mean, np.cumsum(first * x, axis=1)[:, -1] - sums * mean
