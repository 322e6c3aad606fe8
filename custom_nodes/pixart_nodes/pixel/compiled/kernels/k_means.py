"""Clustering counted colours, compiled: 64 of them at a time, each with those centres only that can be near it.

Colours come in an order in which neighbours are alike, so that a tile of 64 has few; see `scan`.
"""

from __future__ import annotations

import numpy as np
from numpy import float32 as f32
from numpy import float64 as f64
from numpy import int32 as i32
from numpy import int64 as i64
from numpy import uint64 as u64
from numpy.typing import NDArray

from ...palette.histogram import Floats, Points
from ...palette.k_means import STILL_DISTANCE
from . import scan
from .jit import full_width, leaf, leaf_kernel

LANES = 64  # points of a tile; their planes lie one after the other
X, Y, Z = u64(0), u64(LANES), u64(2 * LANES)
TILE = 3 * LANES
BOX = 6  # numbers of a tile's box: least and greatest x, y, z
X1, Y0, Y1, Z0, Z1 = (u64(at) for at in range(1, BOX))
TOGETHER = 4  # centres compared in one go; scan.choose lists whole eights
SUMS = 4  # of a cluster: weighted x, y, z, and weight
SLACK = f32(1e-5)  # what float32 scores may be wrong by, ten times over
NOBODY = i32(-1)  # owns what hasn't been given away, and tiles that belong to several

Owners = NDArray[np.int32]


def assigned(points: Points, weights: Floats, centers: Floats) -> tuple[Owners, Floats]:
    """As in `cluster`."""
    state = _state(points, weights, len(centers))
    _assign(*_scores(centers), *state)
    return state[4][: len(weights)], np.ascontiguousarray(state[-1].reshape(-1, SUMS).T)


def lloyd(points: Points, weights: Floats, centers: Floats, fixed: int, most: int) -> tuple[Floats, Owners, int]:
    """As in `cluster`."""
    state, centers = _state(points, weights, len(centers)), centers.copy()
    left = _rounds(centers, fixed, most, *_scores(centers), *state)
    return centers, state[4][: len(weights)], left


def _scores(centers: Floats):
    """Room for what centres' scores are made of, as `scan` wants it: entries, planes, leads and the likely ones."""
    entries = scan.table(np.zeros((len(centers), 4), np.float32), float(scan.NEVER))
    planes = np.zeros(4 * scan.MOST_COLORS, np.float32)
    _score(centers, entries, planes)
    return entries, planes, *scan.room(len(centers))


def _state(points: Points, weights: Floats, count: int):
    """What `_assign` works on and in; nothing belongs to anybody yet.

    Tiles, their boxes, room for a tile's scores and indices, weights, owners, tiles' only owners and clusters' sums.
    """
    tiles = -(-len(weights) // LANES)
    laid, boxes = np.empty(tiles * TILE, np.float32), np.empty(tiles * BOX, np.float32)
    _lay(points[0], points[1], points[2], laid, boxes)
    heavy, owner = np.zeros(tiles * LANES), np.full(tiles * LANES, NOBODY)
    heavy[: len(weights)] = weights
    room = np.empty(LANES, np.float32), np.empty(LANES, np.int32)
    return laid, boxes, room, heavy, owner, np.full(tiles, NOBODY), np.zeros(count * SUMS)


@leaf_kernel
def _lay(xs, ys, zs, laid, boxes):
    """Points in tiles, the last one filled up with its last point, that then weighs nothing; and tiles' boxes."""
    for tile in range(laid.shape[0] // TILE):
        to = u64(tile * TILE)
        for lane in range(LANES):
            i, at = u64(lane), u64(min(tile * LANES + lane, xs.shape[0] - 1))
            laid[to + X + i], laid[to + Y + i], laid[to + Z + i] = xs[at], ys[at], zs[at]
        for axis in range(3):
            row, box = to + u64(axis * LANES), u64(tile * BOX + 2 * axis)
            low, high = scan.LAST, i32(-scan.LAST)
            for i in range(LANES):
                key = scan.ordered(laid[row + u64(i)])
                low, high = min(low, key), max(high, key)
            boxes[box], boxes[box + u64(1)] = scan.unordered(low), scan.unordered(high)


@leaf_kernel
def _score(centers, entries, planes):
    """What centres' scores are made of, from their coordinates."""
    for k in range(centers.shape[0]):
        x, y, z = f32(centers[k, 0]), f32(centers[k, 1]), f32(centers[k, 2])
        square = x * x + y * y + z * z
        at, i = u64(4 * k), u64(k)
        entries[at], entries[at + u64(1)], entries[at + u64(2)] = f32(-2) * x, f32(-2) * y, f32(-2) * z
        entries[at + u64(3)] = square
        planes[scan.RED + i], planes[scan.GREEN + i], planes[scan.BLUE + i], planes[scan.SQUARE + i] = x, y, z, square


@leaf_kernel
def _rounds(centers, fixed, most, entries, planes, leads, which, laid, boxes, room, weights, owner, sole, sums):
    """Let points go to their nearest centres and these to their middles; how many of the rounds are left."""
    for left in range(most - 1, -1, -1):
        _assign(entries, planes, leads, which, laid, boxes, room, weights, owner, sole, sums)
        far, empty = _recentered(centers, fixed, sums)
        if empty:
            return left
        if far < STILL_DISTANCE:
            return 0
        _score(centers, entries, planes)
    return 0


@leaf
def _recentered(centers, fixed, sums):
    """Bring all but the first `fixed` centres to the middle of what they have: how far, and whether one has nothing."""
    far, empty = 0.0, False
    for k in range(fixed, centers.shape[0]):
        at = u64(SUMS * k)
        if sums[at + u64(3)] == 0:
            empty = True
            continue
        for axis in range(3):
            middle = sums[at + u64(axis)] / sums[at + u64(3)]
            far = max(far, abs(middle - centers[k, axis]))
            centers[k, axis] = middle
    return far, empty


@leaf_kernel
def _assign(entries, planes, leads, which, laid, boxes, room, weights, owner, sole, sums):
    """Let each tile's points go to their nearest centres, and their weights with them."""
    best, nearest = room
    for tile in range(sole.shape[0]):
        _likely(boxes, tile, planes, leads)
        many = scan.choose(leads, i64(0), leads.shape[0], which)
        only = which[0] if many == 1 else NOBODY
        if only == NOBODY:
            _nearest(laid, tile, entries, which, many, best, nearest)
        elif only != sole[tile]:
            _fill(nearest, only)
        else:
            continue
        sole[tile] = only
        _hand_over(laid, tile, weights, nearest, owner, sums)


@leaf
def _fill(nearest, only):
    """All points of a tile have this owner."""
    for i in range(LANES):
        nearest[u64(i)] = only


@leaf
def _likely(boxes, tile, planes, leads):
    """See `scan.likely`."""
    at = u64(BOX * tile)
    xs, ys, zs = (boxes[at], boxes[at + X1]), (boxes[at + Y0], boxes[at + Y1]), (boxes[at + Z0], boxes[at + Z1])
    scan.likely(xs, ys, zs, planes, SLACK, leads)


@leaf
def _nearest(laid, tile, entries, which, many, best, nearest):
    """Index of the lowest score for each of a tile's points, among the centres listed; of equals the first."""
    full_width()
    at = u64(TILE * tile)
    for i in range(LANES):
        best[i], nearest[i] = scan.NEVER, i32(0)
    for turn in range((many + TOGETHER - 1) // TOGETHER):
        j = u64(TOGETHER * turn)
        k0, k1, k2, k3 = which[j], which[j + u64(1)], which[j + u64(2)], which[j + u64(3)]
        four = scan.four_entries(entries, which, TOGETHER * turn)
        for i in range(LANES):
            x, y, z = laid[at + X + u64(i)], laid[at + Y + u64(i)], laid[at + Z + u64(i)]
            low, k = _lower(x, y, z, four[0], k0, best[i], nearest[i])
            low, k = _lower(x, y, z, four[1], k1, low, k)
            low, k = _lower(x, y, z, four[2], k2, low, k)
            best[i], nearest[i] = _lower(x, y, z, four[3], k3, low, k)


@leaf
def _lower(x, y, z, center, k, low, index):
    """Score and index of a centre where its score is lower, else those there are."""
    score = x * center[0] + (y * center[1] + (z * center[2] + center[3]))
    less = score < low
    return (score if less else low), (k if less else index)


@leaf
def _hand_over(laid, tile, weights, nearest, owner, sums):
    """Move those of a tile's points whose nearest centre is another than before."""
    first, changed = u64(LANES * tile), i32(0)
    for i in range(LANES):
        changed |= i32(nearest[i] ^ owner[first + u64(i)])
    if changed == 0:
        return
    for i in range(LANES):
        here, point = first + u64(i), u64(TILE * tile + i)
        before, now = owner[here], nearest[u64(i)]
        if before != now:
            owner[here] = now
            if before != NOBODY:
                _add(laid, point, -weights[here], sums, before)
            _add(laid, point, weights[here], sums, now)


@leaf
def _add(laid, point, weight, sums, owner):
    """Add a point to a cluster's sums."""
    at = u64(SUMS) * u64(owner)
    sums[at] += weight * f64(laid[point + X])
    sums[at + u64(1)] += weight * f64(laid[point + Y])
    sums[at + u64(2)] += weight * f64(laid[point + Z])
    sums[at + u64(3)] += weight


def variance_cut(points: Points, weights: Floats, count: int) -> Floats:
    """As in `cluster`; a box is a stretch of `order`, which a cut parts in two."""
    m = len(weights)
    order, spare = np.arange(m, dtype=np.int32), np.empty(m, np.int32)
    means, spreads = np.zeros((count, 3)), np.zeros((count, 3))
    starts, stops = np.zeros(count, np.int64), np.zeros(count, np.int64)
    boxes = _cut(points[0], points[1], points[2], weights, order, spare, means, spreads, starts, stops)
    return means[:boxes]


@leaf_kernel
def _cut(x, y, z, weights, order, spare, means, spreads, starts, stops):
    stops[0], boxes = len(weights), 1
    _moments(x, y, z, weights, order, means[0], spreads[0])
    while boxes < len(means):
        widest, most = 0, 0.0
        for k in range(boxes):
            spread = spreads[k, 0] + spreads[k, 1] + spreads[k, 2]
            if spread > most:
                widest, most = k, spread
        if most == 0.0:
            break
        across, up, deep = spreads[widest, 0], spreads[widest, 1], spreads[widest, 2]
        axis = 0 if across >= up and across >= deep else (1 if up >= deep else 2)  # argmax loads more of numba
        plane = x if axis == 0 else (y if axis == 1 else z)
        start, stop = starts[widest], stops[widest]
        middle = start + _part(plane, means[widest, axis], order[start:stop], spare)
        if not start < middle < stop:
            spreads[widest, 0] = spreads[widest, 1] = spreads[widest, 2] = 0.0
            continue
        stops[widest], starts[boxes], stops[boxes] = middle, middle, stop
        _moments(x, y, z, weights, order[start:middle], means[widest], spreads[widest])
        _moments(x, y, z, weights, order[middle:stop], means[boxes], spreads[boxes])
        boxes += 1
    return boxes


@leaf
def _moments(x, y, z, weights, box, mean, spread):
    total = sx = sy = sz = sxx = syy = szz = 0.0
    for i in box:
        w = weights[i]
        wx, wy, wz = w * x[i], w * y[i], w * z[i]
        total += w
        sx += wx
        sy += wy
        sz += wz
        sxx += wx * x[i]
        syy += wy * y[i]
        szz += wz * z[i]
    mean[0], mean[1], mean[2] = sx / total, sy / total, sz / total
    if len(box) == 1:
        spread[0] = spread[1] = spread[2] = 0.0
    else:
        spread[0], spread[1], spread[2] = sxx - sx * mean[0], syy - sy * mean[1], szz - sz * mean[2]


@leaf
def _part(plane, mean, box, spare):
    """Bring those of a box that are above the mean to its end, else keeping the order; where they begin."""
    low = high = 0
    for i in box:
        if plane[i] > mean:
            spare[high] = i
            high += 1
        else:
            box[low] = i
            low += 1
    for j in range(high):  # numba takes two seconds to compile the same of slices
        box[low + j] = spare[j]
    return low


def warm() -> None:
    """Compile every kernel."""
    points, weights = np.array([[0, 1], [0, 0], [0, 0]], np.float32), np.ones(2)
    start = variance_cut(points, weights, 2)
    assigned(points, weights, start)
    lloyd(points, weights, start, 0, 1)
