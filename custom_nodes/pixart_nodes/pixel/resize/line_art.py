"""A drawing made small as a drawing: shapes stay closed, lines stay whole and one pixel wide, fills stay flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import twins
from . import parting, simple_points
from .cells import RGBA, Floats, Indices, edges, members, nearest
from .halos import without_halos
from .ink import NARROW_HALO, PURE_WEIGHT, WIDE_HALO, Ink, Labels, ink
from .noise import noisy, opaque, without_noise
from .pieces import (
    AT,
    LEFT,
    TALL,
    TOP,
    WIDE,
    Bits,
    Components,
    Counts,
    Runs,
    components,
    covered,
    crossings,
    painted,
    runs,
)
from .shock_filter import sharpened

THIN_STROKE = 1.05  # cells: a stroke up to this width becomes a line one cell wide
WIDE_SHARE = 0.5  # of a cell that a wider stroke must cover
THIN_SHARE = 0.93  # of a cell: what a thin line never covers alone
DOT = 0.4  # of the square of the strokes' width: less ink, as small as a speck, is none that a pen left
LONGEST_END = 4  # cells: a longer run of ink along the picture's edge isn't the end of a line that runs out of it
HOLE = 1.0  # cells: a part of the ground this large keeps a cell of its own


def line_art(rgba: RGBA, width: int, height: int) -> RGBA:
    """uint8 [H, W, 4] -> [height, width, 4]: ink is traced by what it joins and closes, the ground keeps its colours.

    Strokes are those of `ink`, whatever their colour. Each piece of ink is made small by itself, then pieces that meet
    are pushed apart; cells of the ground show the part that lies on their side of the lines.
    """
    if width >= rgba.shape[1] and height >= rgba.shape[0]:
        return nearest(rgba, width, height)
    rgba, drawn = _looked_at(members(rgba, width, height))
    grid = _Grid(rgba.shape, width, height)
    lines = runs(drawn.labels, drawn.inks)
    parts = components(lines, grid.rows, grid.columns, grid.pixels)
    counts = covered(
        lines.first, lines.start, lines.stop, parts.of_run, parts.frame, grid.rows, grid.columns, grid.across
    )
    region, most = regions(_larger(parts, 0), parts.frame, counts, grid.down, grid.across)
    mostly = (most > WIDE_SHARE * grid.sizes).astype(np.uint8)
    inked = painted(lines.inked.astype(np.uint8), lines.start, lines.stop, *rgba.shape[:2])
    strokes = _widths(inked, grid)
    pinned = _pinned(lines, parts, counts, grid)
    traced = _traced(strokes, parts, counts, pinned, region, mostly, grid)
    wish = wishes(traced, _larger(parts, 1), _larger(parts, 0), parts.frame, counts, region)
    wish = dotted(wish, _dots(strokes, parts, grid), parts.bounds, parts.inked, parts.parent)
    shown = lines.first, lines.start, parts.of_run, wish
    cells = colors(rgba, drawn.labels, drawn.weight, *shown, grid.down, grid.across)
    rims = (drawn.inks == 1) & (drawn.weight < PURE_WEIGHT)
    return _spread(cells, wish, rims)


def _looked_at(rgba: RGBA) -> tuple[RGBA, Ink]:
    """The picture without noise, halos and soft edges, uint8 [H, W, 4], and its ink."""
    bare = without_halos(rgba) if opaque(rgba) and noisy(rgba) else rgba  # of a narrow mask the median leaves no slope
    calm = without_noise(bare)
    plain = calm if calm is bare else without_halos(calm)  # halos are many small steps, as noise is
    sharp = sharpened(plain)
    masked = bare is not rgba or plain is not calm
    return sharp, ink(sharp, NARROW_HALO if sharp is plain else WIDE_HALO, masked)


class _Grid:
    """The cells of a picture: where rows and columns of them begin, and in which each pixel's row and column is."""

    def __init__(self, shape: tuple[int, ...], width: int, height: int) -> None:
        self.down, self.across = edges(shape[0], height), edges(shape[1], width)
        self.rows = np.repeat(np.arange(height), np.diff(self.down))
        self.columns = np.repeat(np.arange(width), np.diff(self.across))
        self.sizes = np.diff(self.down)[:, None] * np.diff(self.across)
        self.pixels = shape[0] * shape[1] / (width * height)  # of a cell


def _larger(parts: Components, inked: int) -> Indices:
    """The components of ink or of ground that aren't specks, larger ones first."""
    chosen = np.flatnonzero((parts.inked == inked) & (parts.frame[:, TALL] > 0))
    return chosen[np.argsort(-parts.area[chosen], kind="stable")]


def _pinned(lines: Runs, parts: Components, counts: Counts, grid: _Grid) -> Bits:
    """Where lines run out of the picture, as `counts` is laid out: 1 for the cell that the middle of an end is in.

    What lies on both sides of such a line would be one ground, were the line to end before the picture does.
    """
    pinned = np.zeros(len(counts), np.uint8)
    bottom, right, first = len(grid.rows) - 1, len(grid.columns) - 1, lines.first
    longest = LONGEST_END * grid.pixels**0.5
    for y in (0, bottom):
        row = slice(first[y], first[y + 1])
        edge = np.repeat(parts.of_run[row], lines.stop[row] - lines.start[row])
        x = _middles(edge, longest)
        _pin(pinned, parts, edge[x], np.full(len(x), grid.rows[y]), grid.columns[x])
    for x, edge in ((0, parts.of_run[first[:-1]]), (right, parts.of_run[first[1:] - 1])):
        y = _middles(edge, longest)
        _pin(pinned, parts, edge[y], grid.rows[y], np.full(len(y), grid.columns[x]))
    return pinned


def _middles(line: Indices, longest: float) -> Indices:
    """The middles of the runs along a line that aren't longer."""
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    stops = np.append(starts[1:], len(line))
    return ((starts + stops - 1) // 2)[stops - starts <= longest]


def _pin(pinned: Bits, parts: Components, of_each: Indices, rows: Indices, columns: Indices) -> None:
    """Pin a cell for each component that is ink and no speck."""
    frame = parts.frame[of_each]
    places = frame[:, AT] + (rows - frame[:, TOP]) * frame[:, WIDE] + columns - frame[:, LEFT]
    pinned[places[(parts.inked[of_each] == 1) & (frame[:, TALL] > 0)]] = 1


def _traced(
    strokes: Floats, parts: Components, counts: Counts, pinned: Bits, region: Indices, mostly: Bits, grid: _Grid
) -> Bits:
    """The cells of each piece of ink, as `counts` is laid out."""
    pieces, grounds = _larger(parts, 1), _larger(parts, 0)
    large = grounds[(parts.area[grounds] > HOLE * grid.pixels) & (parts.parent[grounds] >= 0)]
    rank = np.full(len(parts.area), len(pieces))
    rank[pieces] = np.arange(len(pieces))
    owner = rank[parts.parent[large]]
    holes = large[np.argsort(owner, kind="stable")]
    starts = np.searchsorted(np.sort(owner), np.arange(len(pieces) + 1))
    keep = np.where(strokes < THIN_STROKE, THIN_SHARE, WIDE_SHARE) * grid.sizes
    thin = simple_points.thinned(pieces, holes, starts, parts.frame, parts.parent, counts, keep, pinned, region, mostly)
    return parting.parted(pieces[::-1].copy(), parts.frame, parts.parent, counts, thin, region, mostly)


def _dots(strokes: Floats, parts: Components, grid: _Grid) -> Indices:
    """The specks of ink that are about as wide as the strokes, as eyes and freckles are; larger ones first."""
    pen = float(np.median(strokes[strokes > 0])) if strokes.any() else 0.0
    least = DOT * pen * pen * grid.pixels
    those = np.flatnonzero((parts.inked == 1) & (parts.frame[:, TALL] == 0) & (parts.area >= least))
    return those[np.argsort(-parts.area[those], kind="stable")]


def _widths(inked: Bits, grid: _Grid) -> Floats:
    """How wide strokes are around each cell, in cells [h, w]: area by length; edges give the length at any angle."""
    area, beside, above = crossings(inked, grid.down, grid.across)
    length = np.sqrt((beside * beside + above * above).astype(np.float64)) / 2
    return _near(area.astype(np.float64)) / np.maximum(_near(length), 1e-9) / np.sqrt(grid.pixels)


def _near(values: Floats) -> Floats:
    """Sums over each cell and the eight around it."""
    framed = np.pad(values, 1)
    rows = framed[:-2] + framed[1:-1] + framed[2:]
    return rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]


@twins.step("line_art", patience=1 << 26)
def regions(grounds: Indices, frame: Indices, counts: Counts, down: Indices, across: Indices) -> Indices:
    """The part of the ground that covers most of each cell, the larger of equals, and with how many pixels.

    int64 [2, h, w]; -1 for none.
    """
    height, width = down.shape[0] - 1, across.shape[0] - 1
    region, most = np.full((height, width), -1, np.int64), np.zeros((height, width), np.int64)
    for n in range(grounds.shape[0]):
        own = frame[grounds[n]]
        for at in range(own[TALL] * own[WIDE]):
            count = counts[own[AT] + at]
            if count > 0:
                y, x = own[TOP] + at // own[WIDE], own[LEFT] + at % own[WIDE]
                if count > most[y, x]:
                    region[y, x], most[y, x] = grounds[n], count
    return np.stack((region, most))


@twins.step("line_art", patience=1 << 26)
def wishes(traced: Bits, pieces: Indices, grounds: Indices, frame: Indices, counts: Counts, region: Indices) -> Indices:
    """The component that each cell shows: int64 [h, w], -1 for none; of pieces in the same cell the first in order.

    Ground that lines enclose is of one part: of the one that covers most of it.
    """
    height, width = region.shape
    wish = np.full((height, width), -1, np.int64)
    for n in range(pieces.shape[0] - 1, -1, -1):
        draw(pieces[n], frame[pieces[n]], traced, wish)
    yard, count = yards(wish)
    best, most = np.full(count + 1, -1, np.int64), np.zeros(count + 1, np.int64)
    sums = np.zeros(count + 1, np.int64)
    for n in range(grounds.shape[0]):
        for turn in range(3):
            rank(grounds[n], frame[grounds[n]], counts, yard, turn, sums, best, most)
    for y in range(height):
        for x in range(width):
            if wish[y, x] < 0:
                wish[y, x] = best[yard[y, x]]
    return wish


@twins.step("line_art", patience=1 << 26)
def dotted(wish: Indices, dots: Indices, bounds: Indices, inked: Indices, parent: Indices) -> Indices:
    """The wishes, with a cell for each dot that has room: one of its own, in its ground, with no ink around."""
    wish = wish.copy()
    for n in range(dots.shape[0]):
        top, bottom, left, right = bounds[dots[n]]
        for turn in range(4):
            y, x = (top + bottom + (turn & 1)) // 2, (left + right + (turn >> 1)) // 2
            if wish[y, x] == parent[dots[n]] and is_clear(wish, inked, y, x):
                wish[y, x] = dots[n]
                break
    return wish


def is_clear(wish: Indices, inked: Indices, y: int, x: int) -> bool:
    """Whether a cell and the eight around show no ink."""
    for row in range(max(y - 1, 0), min(y + 2, wish.shape[0])):
        for column in range(max(x - 1, 0), min(x + 2, wish.shape[1])):
            if inked[wish[row, column]] == 1:
                return False
    return True


def draw(piece: int, own: Indices, traced: Bits, wish: Indices) -> None:
    """Let the cells of a piece show it."""
    for at in range(own[TALL] * own[WIDE]):
        if traced[own[AT] + at] == 1:
            y, x = own[TOP] + at // own[WIDE], own[LEFT] + at % own[WIDE]
            if 0 <= y < wish.shape[0] and 0 <= x < wish.shape[1]:
                wish[y, x] = piece


def rank(
    ground: int, own: Indices, counts: Counts, yard: Indices, turn: int, sums: Indices, best: Indices, most: Indices
) -> None:
    """In three turns: add up what a part of the ground covers of each yard, compare with the best, clear the sums."""
    for at in range(own[TALL] * own[WIDE]):
        count = counts[own[AT] + at]
        if count > 0:
            k = yard[own[TOP] + at // own[WIDE], own[LEFT] + at % own[WIDE]]
            if turn == 0:
                sums[k] += count
            elif turn == 2:
                sums[k] = 0
            elif k >= 0 and sums[k] > most[k]:
                best[k], most[k] = ground, sums[k]


def yards(wish: Indices) -> tuple[Indices, int]:
    """Cells without ink, numbered by what lines enclose: int64 [h, w], -1 for ink, and how many numbers there are."""
    height, width = wish.shape
    yard = np.full((height, width), -1, np.int64)
    stack = np.zeros(height * width, np.int64)
    count = 0
    for start in range(height * width):
        if wish[start // width, start % width] >= 0 or yard[start // width, start % width] >= 0:
            continue
        stack[0], size = start, 1
        yard[start // width, start % width] = count
        while size > 0:
            size -= 1
            y, x = stack[size] // width, stack[size] % width
            for k in range(4):
                ny, nx = y + (k == 0) - (k == 1), x + (k == 2) - (k == 3)
                if 0 <= ny < height and 0 <= nx < width and wish[ny, nx] < 0 and yard[ny, nx] < 0:
                    yard[ny, nx] = count
                    stack[size] = ny * width + nx
                    size += 1
        count += 1
    return yard, count


@twins.step("line_art", patience=1 << 26)
def colors(
    rgba: RGBA,
    labels: Labels,
    weight: Indices,
    first: Indices,
    start: Indices,
    of_run: Indices,
    wish: Indices,
    down: Indices,
    across: Indices,
) -> Indices:
    """Of each cell, the mean colour and alpha of the commonest group in the component that it shows: int64 [h, w, 6].

    Then how many pixels that are, 0 where the cell has nothing of the component, and the group. A group's pixels count
    `weight` each. Pixels that touch others by a side count only where there are no better ones: they may be mixed.
    Those that touch are of other groups, as pixels of one group that touch by a side are of one component.
    """
    height, width = wish.shape
    rows = np.repeat(np.arange(len(first) - 1), np.diff(first))
    lengths = np.diff(rows * labels.shape[1] + start, append=labels.size)
    of_pixel = np.repeat(of_run, lengths).reshape(labels.shape)
    shown = wish.repeat(np.diff(down), axis=0).repeat(np.diff(across), axis=1) == of_pixel
    cells = np.arange(height * width).reshape(wish.shape).repeat(np.diff(down), axis=0).repeat(np.diff(across), axis=1)
    kinds = int(labels.max()) + 1
    votes = np.bincount((cells * kinds + labels)[shown], minlength=height * width * kinds).reshape(-1, kinds)
    votes *= weight[:kinds]
    group = votes.argmax(axis=1)
    chosen = shown & (group[cells] == labels)
    framed = np.pad(labels.astype(np.int64), 1, constant_values=-1)
    pure = chosen.copy()
    for y, x in ((0, 1), (2, 1), (1, 0), (1, 2)):
        beside = framed[y : y + labels.shape[0], x : x + labels.shape[1]]
        pure &= (beside < 0) | (beside == labels)
    some = np.bincount(cells[pure], minlength=height * width) > 0
    samples = np.where(some[cells], pure, chosen)
    alpha = rgba[..., 3].astype(np.int64)
    planes = [*(rgba[..., channel] * alpha for channel in range(3)), alpha, np.ones_like(alpha)]
    sums = [np.bincount(cells[samples], plane[samples], height * width).astype(np.int64) for plane in planes]
    return np.column_stack([_means(np.stack(sums, axis=-1)), group]).reshape(height, width, 6)


def _means(sums: Indices) -> Indices:
    """Rounded means of sums of colour times alpha, of alpha, and of pixels."""
    alpha, count = sums[..., 3:4], sums[..., 4:]
    color = np.where(alpha > 0, (2 * sums[..., :3] + alpha) // np.maximum(2 * alpha, 1), 0)
    return np.concatenate(
        [color, np.where(count > 0, (2 * alpha + count) // np.maximum(2 * count, 1), 0), count], axis=-1
    )


def _spread(cells: Indices, wish: Indices, rims: NDArray[np.bool_]) -> RGBA:
    """The picture. Cells that have nothing of what they show take it from the nearest cells that show the same.

    So do those whose group is of `rims`, the mixed colours along a line, unless all of the line is mixed.
    """
    shown, some = cells[..., :4].copy(), cells[..., 4] > 0
    has_color = _filled(shown, some & ~rims[cells[..., 5]], wish)
    has_color = _filled(shown, has_color | some, wish)
    return _visible(shown) if has_color.all() else _rest(shown, has_color)


def _filled(shown: Indices, has_color: NDArray[np.bool_], wish: Indices) -> NDArray[np.bool_]:
    """Let colours grow, cell by cell, into unknown cells that show the same component; returns what is known then."""
    while not has_color.all():
        framed, there, same = (
            np.pad(each, ((1, 1), (1, 1), *((0, 0),) * (each.ndim - 2))) for each in (shown, has_color, wish)
        )
        fresh = has_color.copy()
        for y, x in ((0, 1), (1, 0), (1, 2), (2, 1), (0, 0), (0, 2), (2, 0), (2, 2)):
            window = slice(y, y + wish.shape[0]), slice(x, x + wish.shape[1])
            take = ~fresh & there[window] & (same[window] == wish)
            shown[take], fresh[take] = framed[window][take], True
        if np.array_equal(fresh, has_color):
            break
        has_color = fresh
    return has_color


def _rest(shown: Indices, has_color: NDArray[np.bool_]) -> RGBA:
    """What shows a component that is nowhere: the colour of the cell before, in order of reading."""
    order = np.maximum.accumulate(np.where(has_color.ravel(), np.arange(has_color.size), 0))
    return _visible(shown.reshape(-1, 4)[order].reshape(shown.shape))


def _visible(shown: Indices) -> RGBA:
    pixels = shown.astype(np.uint8)
    pixels[pixels[..., 3] == 0] = 0
    return pixels
