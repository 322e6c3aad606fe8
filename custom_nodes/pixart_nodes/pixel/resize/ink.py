"""Which colours of a drawing are ink: those whose strokes are narrower than what lies on both sides of them.

Not the dark ones: a line may be pale on slate, or red on green. Colours are counted in cubes of 8 x 8 x 8, gathered
around the most frequent ones, and followed along rows and columns: wherever a run of one colour is shorter than both
its neighbours and stands out from both, that speaks for ink; wherever it is longer, against it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from .cells import RGBA, Floats, Indices

Labels = NDArray[np.uint8]

CUBES = 1 << 15
HIDDEN_BIN = CUBES  # the place of what can't be seen, whatever its colour
VISIBLE_ALPHA = 128  # of 255: from this alpha on a pixel is there
GROUP_REACH = 34 * 34  # squared sRGB steps from a colour that takes another in
SURFACE_REACH = 15 * 15  # the same for a colour that fills surfaces: of two dark ones each is one
SURFACE_RUN = 4  # pixels of one very colour side by side, in the mean, that a surface has; noise and shades have fewer
GAP_TIMES = 20  # as many pixels of its colour as of the one halfway to another
SURFACE_SHARE = 500  # one in so many pixels at least has the colour of a surface
MOST_GROUPS = 40  # colours that are told apart
RARE_PIXELS = 5000  # colours that fewer than one in so many pixels have are no group of their own
STANDING_OUT = 28  # sRGB steps by which ink stands out from both its sides
HIDDEN_DISTANCE = 300.0  # sRGB steps between what can be seen and what can't
HALOS = 0.03  # of all runs are halos: so many has only what was sharpened, or enlarged by Lanczos
WIDE_HALO, NARROW_HALO = 12, 4  # pixels: in soft pictures, and in others
MOST_OVERSHOOT = 0.2  # of the step from a stroke to a fill: that much further a halo is at most
BLUR = 3  # pixels: how wide an edge between two colours is at most, where the picture isn't soft ...
EDGE_STEP, EDGE_HEIGHT = 8, 60  # of 255: each of an edge's steps is larger than this, and all of it as large as that
EDGE_LINES = 48  # and columns that are looked at for edges
SOFT_SHARE = 0.7  # of the steps from one tone to another one are no larger: a texture, or a shade, and no line
DETOUR = 1.3  # over a mixed colour it is this much further from one side to the other at most
LONGER_TIMES = 1.25  # times
WIDEST_STROKE = 8  # a stroke is at most the picture's longer side by this
POLLED_LINES = 256  # rows and columns that are looked at
PURE_WEIGHT = 1 << 20  # more than the pixels of any cell
SURE_VOTES = 0.25  # of -1..1: from this mean of all votes on, a colour is ink
SCANNED_SIDE = 768  # pixels of the longer side: smaller pictures show no grain of pencil, but pixels that somebody drew
FILL_TIMES = 10  # times as often an edge as not: a fill has at least so many wide runs; the rims of strokes have fewer
FILLED = 0.8  # of a surface's pixels at least lie among their own, however many rims have its colour
GRAINY = 0.7  # of a group's pixels: pencil leaves tones of which fewer than this lie among their own
TONES = 60  # sRGB steps between two tones of one pencil at most
MERE_EDGE = 3  # times as often an edge as not: a tone of the strokes' rims, not of the strokes


class Ink(NamedTuple):
    """Each pixel's colour group, uint8 [H, W]; which are ink, 1 or 0, uint8 [groups]; what each one's pixels count.

    Ink that is more than the edge between two other groups counts PURE_WEIGHT times: so a smooth line shows its own
    colour.
    """

    labels: Labels
    inks: Labels
    weight: Indices


def ink(rgba: RGBA, halo: int = WIDE_HALO, masked: bool = False) -> Ink:
    """The colour groups and the ink of uint8 [H, W, 4]; a halo is so many pixels wide at most.

    `masked`: halos were taken away, so what is left of them are tones of the strokes and fills, with edges though.
    """
    is_own = halo == NARROW_HALO and not masked  # what was sharpened here has surfaces of mixed colours
    centers = groups(histogram(rgba), SURFACE_REACH if is_own else GROUP_REACH)
    labels = labelled(rgba, centers)
    apart = distances(centers)
    blur = max(BLUR, edge_width(rgba))
    votes = _ballots(labels, apart, blur)
    halo = halo if votes[3].sum() > HALOS * votes[1].sum() else 0
    if halo:
        votes = _ballots(labels, apart, blur, halo)
    share = _inside_share(labels, len(apart))
    of_tone = _materials(rgba, labels, apart, votes, share, masked)
    own = of_tone == np.arange(len(apart))
    if not own.all():
        labels = of_tone[labels]
        votes, share = _ballots(labels, apart, blur, halo), _inside_share(labels, len(apart))
    stays = _staying(votes, is_own & (share > FILLED)) & own
    inks = _inks(apart, votes, stays)
    return Ink(labels, inks, np.where(stays & (inks == 1), PURE_WEIGHT, 1))


def edge_width(rgba: RGBA) -> int:
    """How many pixels an edge goes over, along rows; the median one. 0 where there is none."""
    # `softness` counts no pixels but tells a slope from the sharpest edges; here the tails of a usual edge count too.
    rows = np.ascontiguousarray(rgba[:: max(1, rgba.shape[0] // EDGE_LINES)])
    lengths = edge_lengths(rows)
    return int(np.median(lengths)) if len(lengths) else 0


@twins.step("ink", patience=1 << 26)
def edge_lengths(rows: RGBA) -> Indices:
    """How many pixels each edge along rows uint8 [n, length, 4] goes over: int64 [edges]."""
    red, green, blue, _ = np.moveaxis(rows, -1, 0).astype(np.int16)
    light = (red + 2 * green + blue) >> 2
    step = np.diff(light, axis=1, append=light[:, -1:]).ravel()  # of the last pixel none, where the next row begins
    way = (step > EDGE_STEP).view(np.int8) - (step < -EDGE_STEP).view(np.int8)
    starts = np.flatnonzero(np.diff(way, prepend=2))
    sizes = np.add.reduceat(np.abs(step), starts, dtype=np.int64)
    return np.diff(starts, append=way.size)[(way[starts] != 0) & (sizes >= EDGE_HEIGHT)]


def _ballots(labels: Labels, apart: Floats, blur: int, halo: int = 0) -> Indices:
    """The votes of rows and columns: int64 [4, groups], as `ballot` has them."""
    down, across = (max(1, size // POLLED_LINES) for size in labels.shape)
    votes = np.zeros((4, len(apart)), np.int64)
    for lines in (labels[::down], labels[:, ::across].T):
        votes += ballot(np.ascontiguousarray(lines), apart, max(labels.shape) // WIDEST_STROKE, blur, halo)
    return votes


def _materials(rgba: RGBA, labels: Labels, apart: Floats, votes: Indices, share: Floats, masked: bool) -> Labels:
    """The group that stands for each: uint8 [groups].

    Tones of one pencil, mixed grain by grain, are one material; so are those of paper or of a shade, which go over into
    each other without an edge, or all that are near where the picture is `masked`, but only as far as TONES.
    """
    of_tone = np.arange(len(apart), dtype=np.uint8)
    near = (apart <= TONES) & ~np.eye(len(apart), dtype=bool)
    tones = votes[2] < MERE_EDGE * votes[1]
    near &= tones & tones[:, None]
    if not near.any():
        return of_tone
    grainy = (share < GRAINY) & (max(labels.shape) >= SCANNED_SIDE)
    mixed = near & grainy & grainy[:, None]
    for one, other in np.argwhere(near if masked else mixed | (near & _soft(rgba, labels, near))):
        low, high = sorted((of_tone[one], of_tone[other]))
        if mixed[one, other] or apart[low, high] <= TONES:
            of_tone[of_tone == high] = low
    return of_tone


def _soft(rgba: RGBA, labels: Labels, near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which near groups go over into each other without an edge: [groups, groups]."""
    counts = np.zeros((2, near.size), np.int64)
    down, across = (max(1, size // EDGE_LINES) for size in labels.shape)
    for pixels, lines in (
        (rgba[::down], labels[::down]),
        (rgba[:, ::across].transpose(1, 0, 2), labels[:, ::across].T),
    ):
        y, x = np.nonzero(lines[:, :-1] != lines[:, 1:])
        pair = lines[y, x].astype(np.int64) * len(near) + lines[y, x + 1]
        y, x, pair = (each[near.ravel()[pair]] for each in (y, x, pair))
        one, other = pixels[y, x], pixels[y, x + 1]
        step = (np.maximum(one, other) - np.minimum(one, other)).max(axis=-1, initial=0)
        counts += [np.bincount(pair[those], minlength=near.size) for those in (step <= EDGE_STEP, step >= 0)]
    soft, every = (each.reshape(near.shape) + each.reshape(near.shape).T for each in counts)
    return soft > SOFT_SHARE * every


def _inside_share(labels: Labels, count: int) -> Floats:
    every, among = inside(labels, count)
    return among / np.maximum(every, 1)


@twins.step("ink", patience=1 << 26)
def inside(labels: Labels, count: int) -> Indices:
    """Of each group the pixels in about POLLED_LINES rows, and those whose neighbours right and below are of it too.

    int64 [2, groups]; the last column and the last row have no such neighbours and aren't counted.
    """
    step = max(1, labels.shape[0] // POLLED_LINES)
    here, below = labels[:-1:step], labels[1::step]
    among = (here[:, :-1] == here[:, 1:]) & (here[:, :-1] == below[: len(here), :-1])
    return np.stack([np.bincount(each.ravel(), minlength=count) for each in (here[:, :-1], here[:, :-1][among])])


def _staying(votes: Indices, filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which groups are more than edges between others, and halos: [groups]; the last one, which can't be seen, is.

    The mixed colour of an edge may also be that of a fill, whose wide runs tell, or that it is `filled`.
    """
    stays = (votes[2:].max(axis=0) <= votes[1]) | (
        (votes[0] < -SURE_VOTES * votes[1]) & (votes[2] <= FILL_TIMES * votes[1])
    )
    stays |= filled & (votes[3] <= votes[1])
    stays[-1] = True
    return stays


def _inks(apart: Floats, votes: Indices, stays: NDArray[np.bool_]) -> Labels:
    """Which groups are ink: 1 or 0 [groups]. Those that are mostly others' edges are as the nearest other one."""
    nearest = np.argmin(np.where(stays, apart, np.inf), axis=1)
    inks = votes[0] > SURE_VOTES * votes[1]
    inks[-1] = False
    return inks[np.where(stays, np.arange(len(stays)), nearest)].astype(np.uint8)


def distances(centers: Indices) -> Floats:
    """sRGB steps between groups [n + 1, n + 1], with the one that can't be seen as the last."""
    apart = np.full((len(centers) + 1, len(centers) + 1), HIDDEN_DISTANCE)
    apart[:-1, :-1] = np.sqrt(((centers[:, None] - centers[None]) ** 2).sum(axis=-1))
    apart[-1, -1] = 0
    return apart


def cubes(rgba: RGBA) -> NDArray[np.int32]:
    """The cube that each pixel's colour lies in, or HIDDEN_BIN: int32 [H, W]."""
    r, g, b = (rgba[..., channel].astype(np.int32) >> 3 for channel in range(3))
    return np.where(rgba[..., 3] < VISIBLE_ALPHA, np.int32(HIDDEN_BIN), r << 10 | g << 5 | b)


@twins.step("ink", patience=1 << 26)
def histogram(rgba: RGBA) -> Indices:
    """How many pixels each cube has, and how many runs of one very colour: int64 [2, CUBES + 1].

    They are counted in about POLLED_LINES rows.
    """
    rows = rgba[:: max(1, rgba.shape[0] // POLLED_LINES)]
    begins = np.ones(rows.shape[:2], bool)
    begins[:, 1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=-1)
    of_pixel = cubes(rows)
    return np.stack([np.bincount(each.ravel(), minlength=CUBES + 1) for each in (of_pixel, of_pixel[begins])])


@twins.step("ink", patience=1 << 26)
def groups(table: Indices, surface_reach: int) -> Indices:
    """The colours that groups are gathered around, most frequent ones first: sRGB int64 [n, 3].

    Those of surfaces are taken in by others only so far, in squared sRGB steps.
    """
    counts, runs = table[0], table[1]
    alive = np.zeros(CUBES, np.int64)
    number, total = 0, 0
    for cube in range(CUBES):
        if counts[cube] > 0:
            alive[number] = cube
            number += 1
            total += counts[cube]
    free = np.ones(number, np.uint8)
    centers = np.zeros((MOST_GROUPS, 3), np.int64)
    size = 0
    while size < MOST_GROUPS:
        best, most = -1, 0
        for k in range(number):
            if free[k] and counts[alive[k]] > most:
                best, most = k, counts[alive[k]]
        if best < 0 or (size > 0 and most * RARE_PIXELS < total):
            break
        r, g, b = middle(alive[best])
        centers[size, 0], centers[size, 1], centers[size, 2] = r, g, b
        size += 1
        for k in range(number):
            if free[k]:
                x, y, z = middle(alive[k])
                count = counts[alive[k]]
                between = ((r + x) >> 4) << 10 | ((g + y) >> 4) << 5 | (b + z) >> 4
                is_alone = count >= SURFACE_RUN * runs[alive[k]] or count >= GAP_TIMES * counts[between]
                is_surface = is_alone and count * SURFACE_SHARE >= total
                reach = surface_reach if is_surface else GROUP_REACH
                if (x - r) * (x - r) + (y - g) * (y - g) + (z - b) * (z - b) <= reach:
                    free[k] = 0
    return centers[:size]


def middle(cube: int) -> tuple[int, int, int]:
    """The colour in the middle of a cube."""
    return (cube >> 10) * 8 + 4, (cube >> 5 & 31) * 8 + 4, (cube & 31) * 8 + 4


@twins.step("ink", patience=1 << 26)
def labelled(rgba: RGBA, centers: Indices) -> Labels:
    """The nearest group of each pixel, the first of equals; one more for what can't be seen: uint8 [H, W]."""
    of_pixel = cubes(rgba)
    places = np.flatnonzero(np.bincount(of_pixel.ravel(), minlength=CUBES + 1))
    table = np.full(CUBES + 1, len(centers), np.uint8)
    if len(centers):
        colors = np.stack([places >> 10, places >> 5 & 31, places & 31], axis=1) * 8 + 4
        table[places] = ((colors[:, None] - centers) ** 2).sum(axis=-1).argmin(axis=1)
        table[HIDDEN_BIN] = len(centers)
    return table[of_pixel]


@twins.step("ink", patience=1 << 26)
def ballot(lines: Labels, apart: Floats, longest: int, blur: int, halo: int) -> Indices:
    """For each group its votes, its runs, its mere edges and its halos, of lines [n, length]: int64 [4, groups].

    A stroke is `longest` pixels wide at most, an edge `blur`; halos up to `halo` are taken for a part of their fill.
    """
    votes = np.zeros((4, apart.shape[0]), np.int64)
    length = lines.shape[1]
    starts, groups_of = np.zeros(length + 1, np.int64), np.zeros(length + 1, np.int64)
    for n in range(lines.shape[0]):
        count = 0
        for x in range(length):
            if x == 0 or lines[n, x] != lines[n, x - 1]:
                starts[count], groups_of[count] = x, lines[n, x]
                count += 1
        starts[count] = length
        count = without_edges(starts, groups_of, count, apart, blur, votes)
        count = without_halos(starts, groups_of, count, apart, halo, votes)
        poll(starts, groups_of, count, apart, longest, blur, votes)
    return votes


def without_edges(starts: Indices, groups_of: Indices, count: int, apart: Floats, blur: int, votes: Indices) -> int:
    """Take narrow runs out whose colour lies between those beside it; how many runs are left."""
    length, left, before = starts[count], 0, -1
    for k in range(count):
        start, own = starts[k], groups_of[k]
        if 0 < k < count - 1 and starts[k + 1] - start <= blur:
            after = groups_of[k + 1]
            there, here, on = apart[before, after], apart[before, own], apart[own, after]
            if here < there and on < there and here + on < DETOUR * there:
                votes[2, own] += 1
                before = own
                continue
        before = own
        if left == 0 or groups_of[left - 1] != own:
            starts[left], groups_of[left] = start, own
            left += 1
    starts[left] = length
    return left


def poll(
    starts: Indices,
    groups_of: Indices,
    count: int,
    apart: Floats,
    longest: int,
    blur: int,
    votes: Indices,
) -> None:
    """Count the votes of one line's runs; those at its ends have one only where they are too wide for ink."""
    for k in range(count):
        own, size = groups_of[k], starts[k + 1] - starts[k]
        if k == 0 or k == count - 1:
            if size > longest:
                votes[0, own] -= 1
                votes[1, own] += 1
            continue
        shorter = min(starts[k] - starts[k - 1], starts[k + 2] - starts[k + 1])
        contrast = min(apart[own, groups_of[k - 1]], apart[own, groups_of[k + 1]])
        votes[1, own] += 1
        if size > longest:
            votes[0, own] -= 1
        elif contrast >= STANDING_OUT and LONGER_TIMES * size < shorter:
            votes[0, own] += 1
        elif (
            contrast >= STANDING_OUT
            and size > LONGER_TIMES * shorter
            and shorter > blur
            and not is_twin(starts, groups_of, count, apart, k)
        ):
            votes[0, own] -= 1


def without_halos(starts: Indices, groups_of: Indices, count: int, apart: Floats, halo: int, votes: Indices) -> int:
    """Count the runs that may be halos, and let those up to a width be of their fill; how many runs are left.

    Sharpening and enlarging by Lanczos overshoot on both sides of an edge: a halo lies between a stroke and a wider
    fill. Where halos are taken away, so are the rims of strokes, which are further from the fill than the strokes.
    """
    for k in range(1, count - 1):
        own, size = groups_of[k], starts[k + 1] - starts[k]
        if size > WIDE_HALO:
            continue
        left, right = starts[k] - starts[k - 1], starts[k + 2] - starts[k + 1]
        stroke, fill = (groups_of[k - 1], groups_of[k + 1]) if left < right else (groups_of[k + 1], groups_of[k - 1])
        if is_beyond(apart, stroke, fill, own):
            votes[3, own] += 1
            if size <= halo:
                groups_of[k] = fill
        elif size <= halo and is_beyond(apart, fill, stroke, own):
            votes[3, own] += 1
            groups_of[k] = stroke
    left = 0
    for k in range(count):
        if left == 0 or groups_of[left - 1] != groups_of[k]:
            starts[left], groups_of[left] = starts[k], groups_of[k]
            left += 1
    starts[left] = starts[count]
    return left


def is_beyond(apart: Floats, one: int, other: int, own: int) -> bool:
    """Whether a colour overshoots the step from one to another."""
    there, here, on = apart[one, other], apart[one, own], apart[other, own]
    return there >= EDGE_HEIGHT and here > there and on <= MOST_OVERSHOOT * there and there + on < DETOUR * here


def is_twin(starts: Indices, groups_of: Indices, count: int, apart: Floats, k: int) -> bool:
    """Whether a run is one of two strokes side by side, with a gap between that is narrower than the stroke.

    Beyond the gap lies nearly the same colour, and what is on the other side is wider than the stroke.
    """
    left, right = starts[k] - starts[k - 1], starts[k + 2] - starts[k + 1]
    beyond = k - 2 if left < right else k + 2
    if beyond < 0 or beyond >= count or apart[groups_of[k], groups_of[beyond]] > TONES:
        return False
    return LONGER_TIMES * (starts[k + 1] - starts[k]) < max(left, right)
