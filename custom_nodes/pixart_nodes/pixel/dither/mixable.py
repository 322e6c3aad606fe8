"""What is wished for instead of a colour that the palette can't mix: the nearest that it can, as bright as the colour.

A dither that owes what nobody can pay lets it pile up, and cuts it off in the end, and brightness with it. So before
error diffusion, Riemersma's dither and lists of colours, each colour outside the hull of all mixes goes to the nearest
point of the hull that is as bright; one that is brighter or darker than the whole palette goes to its brightest or
darkest colour. Colours within the hull, and those that a mix rounds to in 8 bits, stay as they are.

What a colour changes by is settled for cells of 4 x 4 x 4 colours together, by one of those that change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ..color import hull, levels, perceptual_metric, spaces
from ..color.hull import Hull
from ..compiled import twins
from . import arithmetic, mixing
from .plan_shelf import PlanShelf

Floats = NDArray[np.float64]
Cells = NDArray[np.int32]
Moves = tuple[NDArray[np.int32], NDArray[np.uint64]]

BITS, COARSE = 6, 4  # a channel: of a cell, and of a coarse cell, which can be found free of changes at a glance
COLORS_IN_CELL = 64  # colours in a cell
# In which a mix is near, by its slope over so much of full light: with OKLab's own, which is steep at a dark blue, dark
# reds became greyer; with the slope of sRGB values, the dots of 256 colours are further from photographs by S-CIELAB.
METRIC, STEP = "oklab", perceptual_metric.LARGER_STEP
HULL_EDGE = 1e-9  # by so much inside of the darkest and the brightest a section of the hull is still looked for
# A change of three channels in one number, each from -255 to 255: red, green << 10, blue << 20; and SET in all that
# were settled. ONE in those that make their whole cell one colour: it is that colour.
ZERO, TEN = 256, 10
SET, ONE = 1 << 30, 1 << 29
STAYS = SET | ZERO << 2 * TEN | ZERO << TEN | ZERO
SHELF_SIZE = 8  # palettes used last, 3 MB of address space each
AT_ONCE = 1 << 16  # distances of colours to sides held at a time


@dataclass(frozen=True, eq=False)
class Sides:
    """The triangles of a hull, their corners from dark to bright, with the corners' brightness."""

    hull: Hull
    corners: Floats  # [F, 3 corners, 3]
    bright: Floats  # [F, 3 corners]
    least: float
    most: float
    ends: NDArray[np.uint8]  # [2, 3], the palette's darkest and brightest colour


@dataclass(frozen=True, eq=False)
class Book:
    """What a palette makes of colours that it can't mix, cell by cell, filled as pictures ask for them."""

    light: str
    sides: Sides
    quiet: NDArray[np.bool_]  # [4096 coarse cells], whether all of their colours can be mixed
    moves: NDArray[np.int32]  # [cells], 0 where it isn't known yet
    masks: NDArray[np.uint64]  # [cells], a bit for each colour that changes
    lock: Lock = field(default_factory=Lock)


_books: PlanShelf[tuple[bytes, str], Book] = PlanShelf(SHELF_SIZE)


def book(palette: NDArray[np.uint8], light: str) -> Book:
    """The book of a palette [N, 3]; the last few are kept, with what they know. Raises UnknownName."""
    return _books.take((palette.tobytes(), light), lambda: new_book(palette, light))


def new_book(palette: NDArray[np.uint8], light: str) -> Book:
    """A book that knows nothing yet of single cells. Raises UnknownName for the light."""
    arithmetic.require(light)
    amounts = perceptual_metric.values(light)[palette]
    bright = brightness(amounts)
    around = hull.around(amounts)
    tones = brightness(around.corners)
    order = np.argsort(tones, axis=1, kind="stable")
    corners = np.take_along_axis(around.corners, order[:, :, None], axis=1)
    ends = palette[[bright.argmin(), bright.argmax()]]
    sides = Sides(around, corners, np.take_along_axis(tones, order, axis=1), bright.min(), bright.max(), ends)
    least, most = _box(np.arange(1 << 3 * COARSE, dtype=np.int32), COARSE, light)
    quiet = np.asarray((_reach(least, most, around) <= around.limits + hull.OUTSIDE_SLACK).all(axis=1))
    return Book(light, sides, quiet, np.zeros(1 << 3 * BITS, np.int32), np.zeros(1 << 3 * BITS, np.uint64))


def brightness(amounts: Floats) -> Floats:
    """The brightness [...] of amounts [..., 3] by the weights of Rec. 709, added up from red to blue."""
    red, green, blue = spaces.LUMINANCE
    return amounts[..., 0] * red + amounts[..., 1] * green + amounts[..., 2] * blue


def _box(cells: Cells, bits: int, light: str) -> tuple[Floats, Floats]:
    """The least and the greatest amounts of the colours in cells [M], [M, 3] each."""
    values, first = perceptual_metric.values(light), _first(cells, bits)
    return values[first], values[first + (1 << 8 - bits) - 1]


def _first(cells: Cells, bits: int) -> Cells:
    """The darkest colour of each cell [M]: [M, 3]."""
    mask = (1 << bits) - 1
    return np.stack([cells >> 2 * bits, cells >> bits & mask, cells & mask], axis=1) << 8 - bits


def _reach(least: Floats, most: Floats, around: Hull) -> Floats:
    """How far boxes [M, 3] go at most along the normal of each side: [M, F]."""
    n = around.normals
    x, y, z = (np.maximum(least[:, k, None] * n[:, k], most[:, k, None] * n[:, k]) for k in range(3))
    return x + y + z


def mixes(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], light: str, strength: float = 1.0) -> NDArray[np.uint8]:
    """The colours [H, W, 3 or 4] with those changed that the palette [N, 3] can't mix, or by that share; alpha stays.

    Where nothing changes it is the same array, else it has four channels.
    """
    plans, pull = book(palette, light), pulls(strength)
    if plans.quiet.all():
        return rgb
    rgba = rgb if rgb.shape[2] == 4 else levels.with_alpha(rgb)
    while (result := moved(rgba, plans, pull)) is None:
        fill(plans, unknown(rgba, plans))
    return result if len(result) else rgb


def pulls(strength: float) -> NDArray[np.int32]:
    """That share of each change from -256 to 255, [512], rounded."""
    return np.rint(np.arange(-ZERO, ZERO) * strength).astype(np.int32)


def fill(plans: Book, cells: Cells) -> None:
    """Settle the changes of cells [M] in the book; cells that are settled already stay as they are."""
    with plans.lock:
        open_cells = cells[plans.moves[cells] == 0]
        if len(open_cells):
            moves, masks = settled(open_cells, plans)
            plans.masks[open_cells] = masks
            plans.moves[open_cells] = moves  # last, since others read without the lock


@twins.step("mixable", patience=1 << 22)
def unknown(rgba: NDArray[np.uint8], plans: Book) -> Cells:
    """The cells of a picture's colours [H, W, 4] that aren't settled and not in a quiet coarse cell, ascending."""
    present = np.zeros(1 << 3 * BITS, bool)
    for row in rgba:
        present[mixing.cells(row[~plans.quiet[mixing.cells(row, COARSE)]], BITS)] = True
    return np.flatnonzero(present & (plans.moves == 0)).astype(np.int32)


@twins.step("mixable", patience=1 << 22)
def moved(rgba: NDArray[np.uint8], plans: Book, pull: NDArray[np.int32]) -> NDArray[np.uint8] | None:
    """The picture [H, W, 4] with its changes, no row of it where it has none, None where a cell isn't settled yet."""
    result, any_moved = rgba.copy(), False
    for row, out in zip(rgba, result, strict=True):
        loud = np.flatnonzero(~plans.quiet[mixing.cells(row, COARSE)])
        colors = row[loud, :3].astype(np.int32)
        cell = mixing.cells(colors, BITS)
        move = plans.moves[cell]
        if not move.all():
            return None
        within = (colors[:, 0] & 3) << 4 | (colors[:, 1] & 3) << 2 | colors[:, 2] & 3
        hit = np.flatnonzero(plans.masks[cell] >> within.astype(np.uint64) & np.uint64(1))
        if len(hit):
            any_moved = True
            move, colors = move[hit, None] >> np.array([0, TEN, 2 * TEN]), colors[hit]
            whole = (plans.moves[cell[hit]] & ONE != 0)[:, None]
            change = np.where(whole, (move & 255) - colors, (move & 511) - ZERO)
            out[loud[hit], :3] = np.clip(colors + pull[change + ZERO], 0, 255)
    return result if any_moved else result[:0]


@twins.step("mixable", patience=1 << 10)
def settled(cells: Cells, plans: Book) -> Moves:
    """What changes in cells [M], and which of their colours do."""
    at_once = max(1, AT_ONCE // (COLORS_IN_CELL * len(plans.sides.bright)))
    parts = [_settled(cells[at : at + at_once], plans) for at in range(0, len(cells), at_once)]
    moves, masks = (np.concatenate(part) for part in zip(*parts, strict=True))
    return moves, masks


def _settled(cells: Cells, plans: Book) -> Moves:
    colors, sides = _colors(cells), plans.sides
    outside = _outside(colors, plans)
    bit = np.uint64(1) << np.arange(COLORS_IN_CELL, dtype=np.uint64)
    masks = np.where(outside, bit, np.uint64(0)).sum(axis=1, dtype=np.uint64)
    moves = np.full(len(cells), STAYS, np.int32)
    some = np.flatnonzero(masks)
    if not len(some):
        return moves, masks
    chosen = _middle(colors[some], outside[some])
    wish = colors[some, chosen]
    bright = brightness(perceptual_metric.values(plans.light)[colors[some]])
    change = rounded(nearest(wish, plans), plans.light) - wish.astype(np.int32) + ZERO
    moves[some] = SET | change[:, 2] << 2 * TEN | change[:, 1] << TEN | change[:, 0]
    for end, beyond in enumerate((bright <= sides.least, bright >= sides.most)):
        r, g, b = sides.ends[end].tolist()
        moves[some[beyond.all(axis=1)]] = SET | ONE | b << 2 * TEN | g << TEN | r
    return moves, masks


def _colors(cells: Cells) -> NDArray[np.uint8]:
    """The colours of cells [M]: [M, 64, 3]."""
    each = np.arange(COLORS_IN_CELL)
    return (_first(cells, BITS)[:, None] + np.stack([each >> 4, each >> 2 & 3, each & 3], axis=1)).astype(np.uint8)


def _outside(colors: NDArray[np.uint8], plans: Book) -> NDArray[np.bool_]:
    """Whether each of [M, 64, 3] is outside the hull with all that rounds to it."""
    low, high = widths(plans.light)
    n, around = plans.sides.hull.normals, plans.sides.hull
    x, y, z = (np.where(n[:, k] > 0, low[colors[..., k, None]], high[colors[..., k, None]]) * n[:, k] for k in range(3))
    return np.asarray((x + y + z > around.limits + hull.OUTSIDE_SLACK).any(axis=2))


def _middle(colors: NDArray[np.uint8], outside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each cell the colour outside that is nearest to the mean of those outside; of equals the first.

    In whole numbers: all are multiplied by how many they are.
    """
    levels, many = colors.astype(np.int64), outside.sum(axis=1)[:, None, None]
    total = (levels * outside[..., None]).sum(axis=1, keepdims=True)
    off = levels * many - total
    return np.where(outside, (off * off).sum(axis=2), np.iinfo(np.int64).max).argmin(axis=1)


def nearest(colors: NDArray[np.uint8], plans: Book) -> Floats:
    """The amounts nearest to colours [M, 3] of those on the hull that are as bright: [M, 3].

    A side that crosses that brightness does so in a segment, from a point between its darkest and brightest corner to
    one between the third and either.
    """
    sides = plans.sides
    wish, m = (
        perceptual_metric.values(plans.light)[colors],
        matrices(plans.light)[:, perceptual_metric.places(colors)].astype(np.float64),
    )
    bright = np.clip(brightness(wish), sides.bright.min() + HULL_EDGE, sides.bright.max() - HULL_EDGE)[:, None]
    (a, b, c), (dark, middle, light) = sides.corners.transpose(1, 0, 2), sides.bright.T
    crosses, lower = (dark < bright) & (bright < light), bright < middle
    start = _between(a, c, dark, light, bright)
    stop = np.where(lower[..., None], _between(a, b, dark, middle, bright), _between(b, c, middle, light, bright))
    way = stop - start
    off, felt = _felt(start - wish[:, None], m), _felt(way, m)
    squared = felt[0] * felt[0] + felt[1] * felt[1] + felt[2] * felt[2]
    along = -(off[0] * felt[0] + off[1] * felt[1] + off[2] * felt[2])
    share = np.minimum(np.maximum(along / np.where(squared > 0, squared, 1), 0), 1)
    x, y, z = (axis + share * slope for axis, slope in zip(off, felt, strict=True))
    best = np.where(crosses, x * x + y * y + z * z, np.inf).argmin(axis=1)
    rows = np.arange(len(best))
    return start[rows, best] + share[rows, best][:, None] * way[rows, best]


def matrices(light: str) -> NDArray[np.float32]:
    """The matrices [9, 4096] of `perceptual_metric` in the metric of METRIC, for amounts of `light`."""
    return perceptual_metric.matrices(METRIC, light, STEP)


def _between(one: Floats, other: Floats, low: Floats, high: Floats, bright: Floats) -> Floats:
    """Where the brightness [M, 1] lies on the way between corners [F, 3] of brightness `low` and `high` [F]."""
    whole = high - low
    return one + ((bright - low) / np.where(whole > 0, whole, 1))[..., None] * (other - one)


def _felt(ways: Floats, m: Floats) -> list[Floats]:
    """Ways [M, F, 3] as the metric's matrices [9, M] feel them."""
    x, y, z = np.moveaxis(ways, -1, 0)
    return [m[3 * row, :, None] * x + m[3 * row + 1, :, None] * y + m[3 * row + 2, :, None] * z for row in range(3)]


def rounded(amounts: Floats, light: str) -> NDArray[np.int32]:
    """The 8-bit values 0..255 nearest to amounts 0..1 of `light`, in their shape."""
    return np.searchsorted(edges(light), amounts, side="right").astype(np.int32)


def widths(light: str) -> tuple[Floats, Floats]:
    """The least and the greatest amount that rounds to each 8-bit value, [256] each."""
    between = edges(light)
    return np.append(0, between), np.append(between, 1)


def edges(light: str) -> Floats:
    """The amounts from which 8-bit values round to 1, 2, ... 255."""
    return np.asarray(perceptual_metric.amounts(np.arange(0.5, 255), light), np.float64)
