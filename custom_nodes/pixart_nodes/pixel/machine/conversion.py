"""From any picture to one that a machine can show: palettes, each cell's palette, each pixel's slot, fewer tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..color import spaces
from ..errors import PictureError
from ..palette.k_means import k_means, variance_cut
from . import cell_dither, likeness, native, wishes
from .cell_cost import FEW_COLORS, GRAIN_WEIGHT, ONE_COLOR, lowest_costs
from .gamut import MANY_COLORS
from .legal_picture import LegalPicture, blocks
from .machine import Machine
from .own_colors import own_colors
from .palette_search import FREE_SLOT, SAMPLE, Choice, Task, search, searched_on
from .refinement import improved, retiled
from .tile_reduction import redrawn, reduced
from .wishes import Wishes

RGBA = NDArray[np.uint8]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Colors = NDArray[np.uint8]
Mask = NDArray[np.bool_]

GRAINS = (GRAIN_WEIGHT, 0.15, 0.7)  # what `best` tries
OWN_GRAINS = (GRAIN_WEIGHT, 0.15)  # and where each cell has its own colours, which are chosen anew after that
ROUNDS = {"fast": 4, "best": 6}
EFFORT = {"fast": 1, "best": 2}
STARTS = {"fast": 2, "best": 6}  # of the search where colours alone decide, and it is short
MIX_GRAIN = 0.15  # at which larger palettes are searched on: even flat fills need mixes where the gamut is coarse
MIX_ROUNDS = {"fast": 1, "best": 2}
MIX_POINTS = {"fast": 300, "best": 1000}  # of a palette
MIX_STEP = {"fast": 3, "best": 1}  # of the pixels of a cell, which is no divisor of its width
WHOLE_POOL = 512  # colours up to which the whole gamut is searched
CLUSTERS = 192  # of a larger gamut's, so many that the picture has
DIRECTIONS = 48  # and the outermost ones in so many directions, since dither mixes inwards
LOOKED_AT = 1 << 15  # pixels by which those are found
PLAIN = Wishes()


@dataclass(frozen=True, eq=False)
class _Pictures:
    """Pictures of one size that share palettes: sRGB and OKLab [N, H, W, 3], and which pixels are no glass."""

    machine: Machine
    colors: Colors
    lab: Floats
    visible: Mask

    @property
    def glass(self) -> bool:
        return not bool(self.visible.all())

    def cells(self) -> tuple[Floats, Mask]:
        """All cells of all pictures [C, P, 3] in OKLab, and which of their pixels count [C, P]."""
        labs = np.concatenate([blocks(one, self.machine.cell) for one in self.lab])
        visible = np.concatenate([blocks(one[..., None], self.machine.cell)[..., 0] for one in self.visible])
        return labs, visible

    def of(self, palettes: Indices, owners: Indices, wish: Wishes) -> list[LegalPicture]:
        """The pictures dithered in these palettes [P, K]; `owners` are of all cells."""
        count, height, width, _ = self.colors.shape
        shape = count, height // self.machine.cell[1], width // self.machine.cell[0]
        paints = cell_dither.paints(self.machine.gamut.colors[palettes], first=int(self.glass))
        pictures = []
        for number, cells in enumerate(owners.reshape(shape)):
            blank = LegalPicture(self.machine, palettes, cells, np.zeros((height, width), np.uint8), self.glass)
            if wish.plain:
                lab = self.machine.gamut.lab[palettes]
                slots = cell_dither.nearest(self.lab[number], blank.owners, self.visible[number], lab, int(self.glass))
            else:
                original = cell_dither.original(self.colors[number], blank.owners, self.visible[number])
                slots = dithered(original, paints, wish)
            pictures.append(replace(blank, slots=slots))
        return pictures


def convert(rgba: RGBA, machine: Machine, wish: Wishes = PLAIN) -> list[LegalPicture]:
    """Pictures uint8 [N, H, W, 4], all under one set of palettes, sides whole numbers of cells: N legal ones.

    What is legal already, without a wish that speaks against it, comes back unchanged. Deterministic by seed.
    Raises PictureError, PaletteError and UnknownName.
    """
    wishes.require(wish.dither, wish.quality)
    wish = wish.for_pictures(rgba)
    budget, locked = wishes.budget(wish, machine), wishes.locked_places(wish, machine)
    pictures = _pictures(rgba, machine)
    exact = _unchanged(rgba, machine) if (locked == FREE_SLOT).all() else None
    drafts = exact or _converted(pictures, locked, wish)
    best = not exact and wish.quality == "best"
    originals = zip(drafts, pictures.colors, pictures.visible, strict=True)
    results = [_finished(*each, budget, wish, best=best) for each in originals]
    if not best:
        return results
    return _likest(pictures, [results, convert(rgba, machine, replace(wish, quality="fast"))], wish)


def _finished(
    legal: LegalPicture, colors: Colors, visible: Mask, budget: int, wish: Wishes, *, best: bool
) -> LegalPicture:
    """The picture within its budget of tiles, and as like the sRGB `colors` as a search makes it."""
    searches = best and wish.dither == "diffusion" and wish.strength == 1.0
    whole = improved(legal, colors, visible) if searches else legal
    within = reduced(whole, spaces.linear(colors), budget) if budget else whole
    if within is whole:
        return whole
    if best and wish.plain:
        return redrawn(within, colors)
    return retiled(within, colors, visible) if searches else within


def dithered(original: cell_dither.Original, paints: cell_dither.Paints, wish: Wishes) -> NDArray[np.uint8]:
    """The slot of each pixel [H, W] by the dither that is asked for."""
    if wish.dither == "pattern":
        return cell_dither.knoll(original, paints, cell_dither.PATTERN_STRENGTH * wish.strength)
    return cell_dither.diffuse(original, paints, cell_dither.STRENGTH * wish.strength)


def _pictures(rgba: RGBA, machine: Machine) -> _Pictures:
    height, width = rgba.shape[1:3]
    if width % machine.cell[0] or height % machine.cell[1]:
        across, down = machine.cell
        raise PictureError(
            f"{width} x {height} pixels are no whole number of blocks of {across} x {down}: choose a fit."
        )
    visible = rgba[..., 3] >= native.OPAQUE_FROM
    if not visible.any():
        raise PictureError("All of the picture is transparent: there is nothing to show.")
    colors = np.where(visible[..., None], rgba[..., :3], 0).astype(np.uint8)
    if not machine.palettes:
        visible = np.ones_like(visible)  # where each block has its own colours there is no glass: it is black
    return _Pictures(machine, colors, spaces.oklab(colors), visible)


def _unchanged(rgba: RGBA, machine: Machine) -> list[LegalPicture] | None:
    """All of the pictures as the machine holds them, under one set of palettes, where they obey already."""
    tall = native.native(rgba.reshape(-1, *rgba.shape[2:]), machine)
    if tall is None:
        return None
    cells, slots = (np.split(each, len(rgba)) for each in (tall.cells, tall.slots))
    return [replace(tall, cells=one, slots=other) for one, other in zip(cells, slots, strict=True)]


def _converted(pictures: _Pictures, locked: Indices, wish: Wishes) -> list[LegalPicture]:
    machine = pictures.machine
    if not machine.has_choice:
        count = pictures.cells()[1].shape[0]
        return pictures.of(np.arange(machine.colors)[None], np.zeros(count, np.int64), wish)
    options = _own_options(pictures, locked, wish) if not machine.palettes else _few_options(pictures, locked, wish)
    tries = [pictures.of(palettes, owners, wish) for palettes, owners in options]
    return tries[0] if len(tries) == 1 else _likest(pictures, tries, wish)


def _own_options(pictures: _Pictures, locked: Indices, wish: Wishes) -> list[tuple[Indices, Indices]]:
    shared = int(locked[0, 0]) if locked[0, 0] != FREE_SLOT else None
    cells, _ = pictures.cells()
    grains = [ONE_COLOR] if wish.plain else OWN_GRAINS if wish.quality == "best" else [GRAIN_WEIGHT]
    return [(own_colors(cells, pictures.machine, shared, grain), np.arange(len(cells))) for grain in grains]


def _few_options(pictures: _Pictures, locked: Indices, wish: Wishes) -> list[tuple[Indices, Indices]]:
    machine = pictures.machine
    cells, visible = pictures.cells()
    pool = _pool(pictures, locked)
    held = np.where(locked == FREE_SLOT, FREE_SLOT, np.searchsorted(pool, locked))
    glass = int(pictures.glass)
    task = Task(
        cells,
        visible,
        machine.gamut.lab[pool],
        held,
        max(machine.shared, glass),
        ONE_COLOR,
        glass,
        EFFORT[wish.quality],
    )
    options = [(pool[choice.palettes], _owners(task, choice)) for choice in _choices(task, machine, wish)]
    if not machine.bitmap or glass or (locked != FREE_SLOT).any():
        return options
    return [(_darkest_first(palettes, machine), owners) for palettes, owners in options]


def _darkest_first(palettes: Indices, machine: Machine) -> Indices:
    """The one palette of a bitmap by lightness: the border around it has the first colour."""
    return palettes[:, np.argsort(machine.gamut.lab[palettes[0], 0], kind="stable")]


def _choices(task: Task, machine: Machine, wish: Wishes) -> list[Choice]:
    """Palettes that are worth a try, and which cell has which."""
    rounds, quality = ROUNDS[wish.quality], wish.quality
    if wish.plain:
        starts = STARTS[quality] if machine.colors <= FEW_COLORS else 1
        return [min((search(task, wish.seed + n, rounds) for n in range(starts)), key=lambda choice: choice.cost)]
    if machine.colors <= FEW_COLORS:
        grains = GRAINS if quality == "best" else [GRAIN_WEIGHT]
        return [search(replace(task, grain=grain), wish.seed, rounds) for grain in grains]
    plain = search(task, wish.seed, rounds)
    if quality == "fast" and len(machine.gamut.codes) > MANY_COLORS:
        return [plain]
    mixed = searched_on(_mixing(task, quality), plain, wish.seed, MIX_ROUNDS[quality])
    return [mixed] if quality == "fast" else [plain, mixed]


def _mixing(task: Task, quality: str) -> Task:
    """The task where mixes of two colours count, by fewer pixels."""
    cells, visible = (each[:, :: MIX_STEP[quality]] for each in (task.cells, task.visible))
    return replace(task, cells=cells, visible=visible, grain=MIX_GRAIN, points=MIX_POINTS[quality], effort=1)


def _owners(task: Task, choice: Choice) -> Indices:
    """Each cell's palette by all of its pixels, not by a sample."""
    if task.cells.shape[1] <= SAMPLE:
        return choice.owners
    points = task.cells.reshape(-1, 3)
    palettes = task.pool[choice.palettes[:, task.glass :]]
    costs = np.stack([lowest_costs(points, palette, task.grain) for palette in palettes], axis=1)
    costs = costs.reshape(*task.visible.shape, -1) * task.visible[..., None]
    return costs.sum(axis=1).argmin(axis=1)


def _pool(pictures: _Pictures, locked: Indices) -> Indices:
    """Places of the gamut that are worth a search, sorted."""
    gamut = pictures.machine.gamut
    if len(gamut.codes) <= WHOLE_POOL:
        return np.arange(len(gamut.codes))
    points = pictures.lab[pictures.visible]
    some = points[:: max(1, len(points) // LOOKED_AT)]
    planes = np.ascontiguousarray(some.T, np.float32)
    weights = np.ones(len(some))
    centers = k_means(planes, weights, variance_cut(planes, weights, CLUSTERS), 0)
    ways = np.random.default_rng(0).normal(size=(DIRECTIONS, 3))
    outermost = some[[int((some * way).sum(axis=1).argmax()) for way in ways]]
    places = gamut.nearest(np.concatenate([centers, outermost]))
    return np.unique(np.concatenate([places, locked[locked != FREE_SLOT]]))


def _likest(pictures: _Pictures, tries: list[list[LegalPicture]], wish: Wishes = PLAIN) -> list[LegalPicture]:
    """The try that is told least from the original: by an eye at a distance, without dither pixel by pixel."""
    if wish.plain:
        originals = list(pictures.lab)
        shown = [[one.pixels[..., :3] for one in option] for option in tries]
        return tries[int(np.argmin([sum(map(likeness.pixels_apart, originals, option)) for option in shown]))]
    aspect = pictures.machine.aspect
    views = [likeness.view(spaces.linear(each), aspect) for each in pictures.colors]

    def off(option: list[LegalPicture]) -> float:
        shown = [likeness.view(spaces.linear(one.pixels[..., :3]), aspect) for one in option]
        return float(sum(likeness.apart(*pair).mean() for pair in zip(views, shown, strict=True)))

    return min(tries, key=off)
