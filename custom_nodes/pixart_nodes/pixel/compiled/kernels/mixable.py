"""Compiled `unknown`, `moved` and `settled` of pixel/dither/mixable.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...color import hull, perceptual_metric, spaces
from ...dither import mixable as plain
from ...dither.mixable import Book, Cells, Moves
from ..cores import in_bands
from .jit import full_width, inner, kernel, leaf, leaf_kernel
from .ordered import flat
from .tile import BLUE, GREEN, RED

BITS, COARSE, INSIDE = plain.BITS, plain.COARSE, plain.COLORS_IN_CELL
ZERO, TEN, SET, ONE, STAYS = plain.ZERO, plain.TEN, plain.SET, plain.ONE, plain.STAYS
WIDEST_CHANGE = np.int32(511)  # of a channel's change
EDGE, SLACK = plain.HULL_EDGE, hull.OUTSIDE_SLACK
SHARES = spaces.LUMINANCE
CHUNK = 1 << 9  # pixels that are passed by together where none changes
FEW_CELLS = 1 << 8  # from which a second thread pays
FAR = np.finfo(np.float64).max
i32 = np.int32
u32 = np.uint32
u64 = np.uint64
ROUGH, FINE, BYTE = u32(COARSE), u32(BITS), u32(255)


@leaf
def _cell(word, up):
    """The cell of a pixel, at so many bits a channel."""
    r, g, b = word >> RED & BYTE, word >> GREEN & BYTE, word >> BLUE & BYTE
    down = u32(8) - up
    return u64((r >> down) << (up + up) | (g >> down) << up | b >> down)


@leaf_kernel
def _ask(words, loud, moves, wishes):
    for i in range(words.shape[0]):
        word = words[u64(i)]
        if loud[_cell(word, ROUGH)] and moves[_cell(word, FINE)] == 0:
            wishes[_cell(word, FINE)] = 1


def unknown(rgba: NDArray[np.uint8], plans: Book) -> Cells:
    """See pixel/dither/mixable.py."""
    wishes = np.zeros(len(plans.moves), np.uint8)
    _ask(_words(rgba), _louds(plans), plans.moves, wishes)
    return np.flatnonzero(wishes).astype(np.int32)


def _words(rgba: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Pixels as words of four bytes, read-only so that numba sees one type."""
    return flat(rgba)[0].view(np.uint32)


def _louds(plans: Book) -> NDArray[np.uint32]:
    return (~plans.quiet).astype(np.uint32)


@leaf
def _loud(words, loud):
    """Whether any of the pixels is in a coarse cell that isn't quiet."""
    full_width()
    any_loud = u32(0)
    for i in range(words.shape[0]):
        any_loud |= loud[_cell(words[u64(i)], ROUGH)]
    return any_loud != u32(0)


@leaf
def _restless(words, moves):
    """Whether any of the pixels is in a cell that has a change, or isn't settled."""
    full_width()
    any_move = i32(0)
    for i in range(words.shape[0]):
        any_move |= moves[_cell(words[u64(i)], FINE)] ^ i32(STAYS)
    return any_move != i32(0)


@leaf
def _hit(word, mask):
    """Whether the mask of its cell names a pixel's colour."""
    within = (word >> RED & u32(3)) << u32(4) | (word >> GREEN & u32(3)) << u32(2) | word >> BLUE & u32(3)
    return mask >> u64(within) & u64(1) != u64(0)


@leaf
def _changes(words, loud, moves, masks):
    """1 where one of the pixels changes, 0 where none does, -1 where a cell isn't settled."""
    for i in range(words.shape[0]):
        word = words[u64(i)]
        cell = _cell(word, FINE)
        if moves[cell] == i32(0):
            if loud[_cell(word, ROUGH)]:
                return -1
        elif _hit(word, masks[cell]):
            return 1
    return 0


@leaf_kernel
def _look(words, loud, moves, masks, changing):
    """Which chunks have changes; whether all that was asked for is settled."""
    for chunk in range(changing.shape[0]):
        part = words[chunk * CHUNK : (chunk + 1) * CHUNK]
        changing[chunk] = 0
        if _loud(part, loud) and _restless(part, moves):
            changes = _changes(part, loud, moves, masks)
            if changes < 0:
                return False
            changing[chunk] = changes
    return True


@leaf
def _byte(value):
    return u32(min(max(value, i32(0)), i32(255)))


@leaf
def _changed(word, move, pull):
    """A pixel with its cell's change, or brought to its cell's one colour."""
    r, g, b = i32(word >> RED & BYTE), i32(word >> GREEN & BYTE), i32(word >> BLUE & BYTE)
    red, green, blue = move & WIDEST_CHANGE, move >> i32(TEN) & WIDEST_CHANGE, move >> i32(2 * TEN) & WIDEST_CHANGE
    if move & i32(ONE):
        red, green, blue = red - r + i32(ZERO), green - g + i32(ZERO), blue - b + i32(ZERO)
    rest = word & ~(BYTE << RED | BYTE << GREEN | BYTE << BLUE)
    r, g, b = r + pull[u64(red)], g + pull[u64(green)], b + pull[u64(blue)]
    return rest | _byte(r) << RED | _byte(g) << GREEN | _byte(b) << BLUE


@leaf_kernel
def _move(words, changing, loud, moves, masks, pull, out):
    """Pixels with their changes into `out`; whether all that was asked for is settled."""
    for chunk in range(changing.shape[0]):
        for i in range(chunk * CHUNK, min((chunk + 1) * CHUNK, words.shape[0])):
            at, word = u64(i), words[u64(i)]
            out[at] = word
            if changing[chunk]:
                cell = _cell(word, FINE)
                if moves[cell] == i32(0) and loud[_cell(word, ROUGH)]:
                    return False
                if _hit(word, masks[cell]):
                    out[at] = _changed(word, moves[cell], pull)
    return True


def moved(rgba: NDArray[np.uint8], plans: Book, pull: NDArray[np.int32]) -> NDArray[np.uint8] | None:
    """See pixel/dither/mixable.py."""
    words, task = _words(rgba), (_louds(plans), plans.moves, plans.masks)
    changing = np.empty(-(-words.size // CHUNK), np.uint8)
    complete: list[bool] = []

    def look(start: int, stop: int) -> None:
        complete.append(_look(words[start * CHUNK : stop * CHUNK], *task, changing[start:stop]))

    in_bands(look, len(changing), words.size)
    if not all(complete):
        return None
    result = np.empty(words.size if changing.any() else 0, np.uint32)

    def move(start: int, stop: int) -> None:
        part = slice(start * CHUNK, stop * CHUNK)
        complete.append(_move(words[part], changing[start:stop], *task, pull, result[part]))

    if result.size:
        in_bands(move, len(changing), words.size)
    return result.view(np.uint8).reshape(-1, *rgba.shape[1:]) if all(complete) else None


@inner
def _outside(low, high, r, g, b, normals, limits):
    """Whether a colour is outside the hull with all that rounds to it."""
    for side in range(limits.shape[0]):
        n0, n1, n2 = normals[side, 0], normals[side, 1], normals[side, 2]
        x, y, z = low[r] if n0 > 0 else high[r], low[g] if n1 > 0 else high[g], low[b] if n2 > 0 else high[b]
        if x * n0 + y * n1 + z * n2 > limits[side] + SLACK:
            return True
    return False


@inner
def _nearest(m, x, y, z, corners, tones, least, most, out):
    """See plain.nearest; of sides as near the first."""
    bright, best = min(max(x * SHARES[0] + y * SHARES[1] + z * SHARES[2], least + EDGE), most - EDGE), FAR
    start, way, off = np.empty(3), np.empty(3), np.empty(3)
    for side in range(tones.shape[0]):
        dark, middle, light = tones[side, 0], tones[side, 1], tones[side, 2]
        if not dark < bright < light:
            continue
        first = (bright - dark) / (light - dark)
        lower = bright < middle
        one, other = (0, 1) if lower else (1, 2)
        span = tones[side, other] - tones[side, one]
        second = (bright - tones[side, one]) / (span if span > 0 else 1.0)
        for k in range(3):
            start[k] = corners[side, 0, k] + first * (corners[side, 2, k] - corners[side, 0, k])
            stop = corners[side, one, k] + second * (corners[side, other, k] - corners[side, one, k])
            way[k] = stop - start[k]
        off[0], off[1], off[2] = start[0] - x, start[1] - y, start[2] - z
        o0, o1, o2 = _felt(m, off, 0), _felt(m, off, 1), _felt(m, off, 2)
        f0, f1, f2 = _felt(m, way, 0), _felt(m, way, 1), _felt(m, way, 2)
        squared = f0 * f0 + f1 * f1 + f2 * f2
        along = -(o0 * f0 + o1 * f1 + o2 * f2)
        share = min(max(along / (squared if squared > 0 else 1.0), 0.0), 1.0)
        u, v, w = o0 + share * f0, o1 + share * f1, o2 + share * f2
        cost = u * u + v * v + w * w
        if cost < best:
            best = cost
            for k in range(3):
                out[k] = start[k] + share * way[k]


@inner
def _felt(m, way, row):
    return m[3 * row] * way[0] + m[3 * row + 1] * way[1] + m[3 * row + 2] * way[2]


@inner
def _rounded(edges, amount):
    """How many edges are at most the amount."""
    low, high = 0, edges.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if edges[middle] <= amount:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _middle(mask):
    """Which of the colours in the mask is nearest to their mean; of equals the first."""
    many = red = green = blue = 0
    for i in range(INSIDE):
        if mask >> u64(i) & u64(1):
            many, red, green, blue = many + 1, red + (i >> 4), green + (i >> 2 & 3), blue + (i & 3)
    best, least = 0, 1 << 62
    for i in range(INSIDE):
        if mask >> u64(i) & u64(1):
            r, g, b = (i >> 4) * many - red, (i >> 2 & 3) * many - green, (i & 3) * many - blue
            away = r * r + g * g + b * b
            if away < least:
                best, least = i, away
    return best


@kernel
def _settle(cells, values, edges, low, high, matrices, normals, limits, corners, tones, ends, moves, masks):
    least, most, goal, m = tones.min(), tones.max(), np.empty(3), np.empty(9)
    darkest, brightest = ends[2, 0], ends[2, 1]
    for at in range(cells.shape[0]):
        cell = cells[at]
        first = (cell >> 2 * BITS) << 2, (cell >> BITS & 63) << 2, (cell & 63) << 2
        mask, below, above = u64(0), True, True
        for i in range(INSIDE):
            r, g, b = first[0] + (i >> 4), first[1] + (i >> 2 & 3), first[2] + (i & 3)
            bright = values[r] * SHARES[0] + values[g] * SHARES[1] + values[b] * SHARES[2]
            below, above = below and bright <= darkest, above and bright >= brightest
            if _outside(low, high, r, g, b, normals, limits):
                mask |= u64(1) << u64(i)
        masks[at], moves[at] = mask, STAYS
        if mask == u64(0):
            continue
        if below or above:
            end = 1 if above else 0
            red, green, blue = np.int32(ends[end, 0]), np.int32(ends[end, 1]), np.int32(ends[end, 2])
            moves[at] = SET | ONE | blue << 2 * TEN | green << TEN | red
            continue
        i = _middle(mask)
        r, g, b = first[0] + (i >> 4), first[1] + (i >> 2 & 3), first[2] + (i & 3)
        for k in range(9):
            m[k] = matrices[(r >> 4) << 8 | (g >> 4) << 4 | b >> 4, k]
        _nearest(m, values[r], values[g], values[b], corners, tones, least, most, goal)
        red = np.int32(_rounded(edges, goal[0]) - r + ZERO)
        green, blue = np.int32(_rounded(edges, goal[1]) - g + ZERO), np.int32(_rounded(edges, goal[2]) - b + ZERO)
        moves[at] = SET | blue << 2 * TEN | green << TEN | red


def settled(cells: Cells, plans: Book) -> Moves:
    """See pixel/dither/mixable.py."""
    moves, masks = np.empty(len(cells), np.int32), np.empty(len(cells), np.uint64)
    sides, light = plans.sides, plans.light
    ends = np.zeros((3, 3))
    ends[:2], ends[2, :2] = sides.ends, (sides.least, sides.most)
    matrices = np.ascontiguousarray(plain.matrices(light).T)
    scale = perceptual_metric.values(light), plain.edges(light), *plain.widths(light)
    task = *scale, matrices, sides.hull.normals, sides.hull.limits
    shape = np.ascontiguousarray(sides.corners), np.ascontiguousarray(sides.bright), ends

    def work(start: int, stop: int) -> None:
        _settle(cells[start:stop], *task, *shape, moves[start:stop], masks[start:stop])

    in_bands(work, len(cells), len(cells), FEW_CELLS)
    return moves, masks


def warm() -> None:
    """Compile every kernel for the types it is called with."""
    plans = plain.new_book(np.zeros((1, 3), np.uint8), "srgb")
    rgba = np.full((2, 2, 4), 255, np.uint8)
    plain.fill(plans, unknown(rgba, plans))
    moved(rgba, plans, plain.pulls(1.0))
