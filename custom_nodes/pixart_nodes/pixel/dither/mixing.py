"""The best pair of palette colours for each small cell of colours: what ordered dither mixes from.

A pair costs what its mix misses, in brightness above all, and what its two colours differ, both as felt around the
colour (`perceptual_metric`). Where a pattern has few levels, what a mix misses is that of the nearest share it has. The
plan of a cell is made for the cell's centre; each colour then gets its own exact share of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ..color import gamut, perceptual_metric, spaces
from ..compiled import twins
from ..palette.palette import packed
from . import arithmetic
from .plan_shelf import PlanShelf

Floats = NDArray[np.float32]
Cells = NDArray[np.int32]
Plans = tuple[NDArray[np.int32], Floats]

CANDIDATES = 8  # how many of the nearest colours may be the first of the pair
# What it costs, as a share, that the second of a pair is farther from the first than the first's next neighbour, in
# squared distance, times how evenly they are mixed. More gives calmer areas, less gives exacter colours. Two
# neighbours cost nothing, else a sparse palette could not show the shades between its colours.
ROUGHNESS = 0.02  # for one colour; it grows as colours come nearer to each other, with the cube root of their number
DENSE_COLORS = 64  # colours; above this cells are 4 x 4 x 4 colours instead of 8 x 8 x 8
FEW_LEVELS = 16  # levels; patterns of fewer have plans of their own, in small cells too
# What a pair's best mix counts beside the one that a pattern has: where that is one colour, it says of which pair.
PAIR_WEIGHT = 1e-3
# In palettes of so few colours distant ones bring a tone about as well as neighbours. A pair across two colours or
# more, no further from its line than a share of its length in OKLab, counts as so much further off, in linear
# luminance. With less, four greens mix the darkest with the lightest; with more, patterns of few levels lose light.
FEW_COLORS, ASIDE, LEAP = 6, 0.12, 0.024
FINEST_LEVELS = 4096  # levels of the finest pattern: to plan by, that is every share
EXACT_CODE = 1 << 16  # of a code: the cell holds palette colours that its pair doesn't give, so look them up
LEAST_SHARE = 1e-4  # share below which no pattern shows a colour: the lowest threshold is half of 1/4096
AT_ONCE = 1 << 18  # weights of pairs held at a time: some megabytes
SHELF_SIZE = 4  # books of the palettes used last, 0.7 or 5.2 MB each


@dataclass(frozen=True, eq=False)
class Book:
    """A palette's plans, cell by cell, filled as pictures ask for them.

    `codes` are negative where there is no plan yet, else lower | higher << 8, by tone, and EXACT_CODE. A colour's share
    of the higher is `share[0] * r + share[1] * g + share[2] * b + share[3]`, r g b being the light's amounts.
    """

    bits: int
    steps: np.float32
    roughness: np.float32
    brightness: Floats
    leaps: Floats  # [N, N], what pairs cost more that leap over colours
    light: str
    metric: str
    amounts: NDArray[np.float64]  # [3, N], the palette's
    box: Floats  # around them, see gamut
    tones: NDArray[np.int16]  # [N], rank by tone
    own: Cells  # [N], the cell of each colour
    exact: tuple[NDArray[np.int32], NDArray[np.int16]]  # packed colours, sorted, and their indices
    codes: NDArray[np.int32]  # [cells]
    shares: Floats  # [cells, 4]
    lock: Lock = field(default_factory=Lock)


_books: PlanShelf[tuple[bytes, str, str, int], Book] = PlanShelf(SHELF_SIZE)


def book(palette: NDArray[np.uint8], metric: str, light: str, levels: int = FINEST_LEVELS) -> Book:
    """The book of a palette [N, 3] and a pattern's levels; the last few are kept, with what they know.

    Raises UnknownName.
    """
    steps = levels if levels < FEW_LEVELS else FINEST_LEVELS
    key = (palette.tobytes(), metric, light, steps)
    return _books.take(key, lambda: new_book(palette, metric, light, steps))


def new_book(palette: NDArray[np.uint8], metric: str, light: str, steps: int = FINEST_LEVELS) -> Book:
    """A book without plans, for shares of 1 / `steps`. Raises UnknownName for the metric or the light."""
    spaces.require(metric)
    arithmetic.require(light)
    bits = 5 if len(palette) <= DENSE_COLORS and steps >= FEW_LEVELS else 6
    amounts = np.ascontiguousarray(perceptual_metric.values(light)[palette].T)
    keys = packed(palette)
    order = np.argsort(keys)
    exact = keys[order].astype(np.int32), order.astype(np.int16)
    codes, shares = np.full(1 << 3 * bits, -1, np.int32), np.zeros((1 << 3 * bits, 4), np.float32)
    roughness, own = np.float32(ROUGHNESS * len(palette) ** (1 / 3)), cells(palette, bits)
    weights = np.float32(steps), roughness, perceptual_metric.brightness(metric, len(palette))
    leaps = _leaps(palette, metric)
    box, tones = gamut.slanted_box(amounts.T.astype(np.float32)), ranks_by_tone(palette)
    return Book(bits, *weights, leaps, light, metric, amounts, box, tones, own, exact, codes, shares)


def _leaps(palette: NDArray[np.uint8], metric: str) -> Floats:
    """What each pair costs where it leaps over two colours or more: float32 [N, N]; nothing where there are many."""
    count = len(palette)
    between = np.zeros((count, count), np.intp)
    colors = spaces.oklab(palette) if count <= FEW_COLORS else np.empty((0, 3))
    for row, color in zip(between, colors, strict=False):
        x, y, z = (colors - color).T
        whole = (x * x + y * y + z * z)[:, None]
        along = np.multiply.outer(x, x) + np.multiply.outer(y, y) + np.multiply.outer(z, z)
        aside = whole * whole.T - along * along  # squared distance from the line, times the line's squared length
        row[:] = ((along > 0) & (along < whole) & (aside < (ASIDE * whole) ** 2)).sum(axis=1)
    weight = perceptual_metric.brightness(metric, count)[0] / np.float32(spaces.LUMINANCE[0])
    return (between > 1) * np.float32(LEAP * weight) ** 2


def ranks_by_tone(palette: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Rank 0.. of each colour from dark to light; of equals the lower index is the darker."""
    tone = palette.astype(np.int64) * [2126, 7152, 722]  # Rec. 709 luma in integers: the same ranks everywhere
    return np.argsort(np.argsort(tone.sum(axis=1), kind="stable"), kind="stable").astype(np.int16)


def cells(rgb: NDArray[np.uint8], bits: int) -> Cells:
    """The cell of each colour: [..., 3] in, r << 2 bits | g << bits | b of the upper bits out."""
    r, g, b = (rgb[..., channel].astype(np.int32) >> (8 - bits) for channel in range(3))
    return r << 2 * bits | g << bits | b


def fill(plans: Book, cells: Cells) -> None:
    """Plan the pairs of cells [M] in the book; cells that are planned already stay as they are."""
    with plans.lock:
        cells = cells[plans.codes[cells] < 0]
        if len(cells):
            plans.codes[cells], plans.shares[cells] = planned(cells, plans)
            _mark_exact(plans)


def _mark_exact(plans: Book) -> None:
    """Set EXACT_CODE in the code of each cell whose pair would change one of the palette colours in it."""
    codes, share = plans.codes[plans.own], plans.shares[plans.own].astype(np.float64)
    much = (share[:, :3] * plans.amounts.T).sum(axis=1) + share[:, 3]
    index = np.arange(len(codes))
    lost = np.where(
        much > 0.5,
        (codes >> 8 & 255 != index) | (much < 1 - LEAST_SHARE),
        (codes & 255 != index) | (much > LEAST_SHARE),
    )
    cells_here = plans.own[lost & (codes >= 0)]
    plans.codes[cells_here] |= EXACT_CODE


@twins.step("ordered", patience=1 << 18)
def planned(cells: Cells, plans: Book) -> Plans:
    """The best pairs of palette colours for the centres of cells [M]: codes [M] and shares [M, 4] as in a book.

    In a cell that holds palette colours the nearest of the pair is one of them.
    """
    at_once = max(1, AT_ONCE // (CANDIDATES * len(plans.own)))
    parts = [_planned(cells[at : at + at_once], plans) for at in range(0, len(cells), at_once)]
    codes, shares = (np.concatenate(part) for part in zip(*parts, strict=True))
    return codes, shares


def _planned(cells: Cells, plans: Book) -> Plans:
    matrices = perceptual_metric.matrices(plans.metric, plans.light)[:, perceptual_metric.columns(cells, plans.bits)]
    own_cells = plans.own == cells[:, None]
    wishes, moved = wished(cells, plans)
    one, two = _pairs(_felt(wishes, plans, matrices), own_cells, plans.roughness, plans.steps, plans.leaps)
    swap = plans.tones[one] > plans.tones[two]
    low, high = np.where(swap, two, one), np.where(swap, one, two)
    shares = _shares(plans.amounts[:, low], plans.amounts[:, high], moved, matrices, plans.brightness)
    return (low | high << 8).astype(np.int32), shares


def wished(cells: Cells, plans: Book) -> tuple[Floats, NDArray[np.float64]]:
    """The centres of cells, brought to what the palette can mix, nearly; and by how much: [M, 3] each.

    What it can't mix is alike for all pairs, and would have them look different in what doesn't count.
    """
    middle, mask = perceptual_metric.centres(plans.bits, plans.light), (1 << plans.bits) - 1
    at = np.stack([middle[cells >> 2 * plans.bits], middle[cells >> plans.bits & mask], middle[cells & mask]], axis=1)
    wishes = gamut.drawn_in(at, plans.box, np.float32(1))
    return wishes, wishes.astype(np.float64) - at


def _shares(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    moved: NDArray[np.float64],
    matrices: Floats,
    brightness: Floats,
) -> Floats:
    """Where a colour, moved, lies between two, as it is felt: three slopes and an offset [M, 4].

    Its brightness stays where it is: what is brighter than the palette is all of the brighter colour, and has no dots.
    """
    m, w = matrices.astype(np.float64), brightness.astype(np.float64)
    x, y, z = high - low
    felt = [m[3 * row] * x + m[3 * row + 1] * y + m[3 * row + 2] * z for row in range(3)]
    felt.append(w[0] * x + w[1] * y + w[2] * z)
    whole = felt[0] * felt[0] + felt[1] * felt[1] + felt[2] * felt[2] + felt[3] * felt[3]
    whole[whole == 0] = np.inf  # the two are one: no share of the higher
    slope = [(m[c] * felt[0] + m[3 + c] * felt[1] + m[6 + c] * felt[2] + w[c] * felt[3]) / whole for c in range(3)]
    start = moved.T - low
    offset = slope[0] * start[0] + slope[1] * start[1] + slope[2] * start[2]
    offset = offset - (w[0] * moved.T[0] + w[1] * moved.T[1] + w[2] * moved.T[2]) * felt[3] / whole
    return np.stack([*slope, offset], axis=-1).astype(np.float32)


def _pairs(
    away: list[Floats], own_cells: NDArray[np.bool_], roughness: np.float32, steps: np.float32, leaps: Floats
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pair of least cost for each cell, from its colours' coordinates [M, N]; or one colour twice."""
    norms = away[0] * away[0] + away[1] * away[1] + away[2] * away[2] + away[3] * away[3]
    far = np.where(own_cells | ~own_cells.any(axis=1, keepdims=True), norms, np.float32(np.inf))
    first = np.argsort(far, axis=1, kind="stable")[:, :CANDIDATES]
    start = [np.take_along_axis(axis, first, axis=1)[..., None] for axis in away]
    near = np.take_along_axis(far, first, axis=1)[..., None]
    x, y, z, w = (axis[:, None, :] - at for axis, at in zip(away, start, strict=True))
    apart = x * x + y * y + z * z  # how rough a pair looks is for the metric alone to say
    distances = apart + w * w
    along = -(x * start[0] + y * start[1] + z * start[2] + w * start[3])
    mixes = (along > 0) & (along < distances)  # else one of the two alone is as near as their mixes get
    share = np.divide(along, distances, out=np.zeros_like(along), where=mixes)
    smooth = near - share * (along + along - share * distances)
    share = (share * steps + np.float32(0.5)).astype(np.int32).astype(np.float32) / steps
    neighbour = np.where(apart > 0, apart, np.float32(np.inf)).min(axis=2, keepdims=True)
    rough = np.maximum(apart - neighbour, np.float32(0)) * roughness
    cost = near - share * (along + along - share * distances) + share * (np.float32(1) - share) * rough
    cost = cost + smooth * np.float32(PAIR_WEIGHT) + leaps[first]
    cost[~mixes] = np.inf
    best = cost.argmin(axis=1)  # of equals the first candidate
    costs = np.take_along_axis(cost, best[:, None, :], axis=1)[:, 0]
    second = costs.argmin(axis=1)
    rows = np.arange(len(second))
    better = costs[rows, second] < near[:, 0, 0] + near[:, 0, 0] * np.float32(PAIR_WEIGHT)
    return np.where(better, first[rows, best[rows, second]], first[:, 0]), np.where(better, second, first[:, 0])


def _felt(wishes: Floats, plans: Book, m: Floats) -> list[Floats]:
    """How far palette colours are from wishes [M, 3], in the metric and in brightness: four of [M, N]."""
    x, y, z = (axis - wish[:, None] for axis, wish in zip(plans.amounts.astype(np.float32), wishes.T, strict=True))
    felt = [m[3 * row, :, None] * x + m[3 * row + 1, :, None] * y + m[3 * row + 2, :, None] * z for row in range(3)]
    w = plans.brightness
    return [*felt, w[0] * x + w[1] * y + w[2] * z]
