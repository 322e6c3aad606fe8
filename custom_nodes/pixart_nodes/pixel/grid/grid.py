"""The pixel grid of a picture that only looks like pixel art: detected, or as a person gives it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError, require
from ..resize.resample import box
from . import lattice, resampling
from .choice import Choice, Pair, choose, explained, repeated
from .native import few_colors, has_dots
from .profile import CLEAR_EDGE, Evidence, evidence

Floats = NDArray[np.float64]

CELLS = {"auto": None, "even": False, "drifting": True}  # what people may say about the cells: drift or not
VERDICTS = {
    "grid": "Pixel art, enlarged.",
    "native": "Already native: every pixel is one, and nothing was changed.",
    "none": "No pixel grid found: nothing was changed. Say the native size or the cell size to snap all the same.",
    "flat": "Nothing changes anywhere in the picture: no grid to find, and nothing was changed.",
    "given": "As asked.",
}
EXACT_FIT = 0.15  # cells: a grid that fits the picture this nearly fits it exactly
SURE, GUESS = 0.25, 0.12  # confidence from which a grid is believed, and from which it is worth another look
FEW_COLORS = 64  # at most, in a picture that nobody resampled or compressed ...
NATIVE_COLORS = 256  # at most, in one that is native
EXPLAINED_SHARE = 0.8  # ... and in it a true grid explains at least this much
ENOUGH_LINES = 10.0  # seen lines that make half sure
SMALL_CELL = 3.0  # pixels: so small cells are found by chance, and so must explain as much
ALIKE_SHARE = 0.1  # cell sizes of both axes that differ by less than this share are meant to be one
LEAST_FROM_AFAR = 80  # pixels of the shorter side, after halving: in less, photographs have grids by chance


@dataclass(frozen=True)
class Wish:
    """The values that a person gives; 0, None and "auto" mean: detect it. Sizes in pixels of the picture."""

    width: int = 0
    height: int = 0
    cell: float = 0.0
    phase_x: float | None = None
    phase_y: float | None = None
    cells: str = "auto"
    native: bool = False


NO_WISH = Wish()


@dataclass(frozen=True)
class Axis:
    """Cell edges along one axis: ascending, in pixels of the picture, from first cell's start to last cell's end."""

    edges: Floats
    pitch: float
    phase: float = 0.0
    drifts: bool = False
    soft: bool = False  # ramps from cell to cell: only a cell's very middle has its colour

    @property
    def cells(self) -> int:
        """How many native pixels there are along the axis."""
        return len(self.edges) - 1

    def scaled(self, factor: float) -> Axis:
        """The same cells in a picture that is `factor` times as large."""
        edges, pitch, phase = self.edges * factor, self.pitch * factor, self.phase * factor
        return replace(self, edges=edges, pitch=pitch, phase=phase)


@dataclass(frozen=True)
class Grid:
    """Where the native pixels are; `verdict` is one of VERDICTS, confidence 0..1.

    `afar`: the same grid in the picture at half its size, if it was seen only there.
    """

    x: Axis
    y: Axis
    verdict: str
    confidence: float
    afar: Grid | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in native pixels."""
        return self.x.cells, self.y.cells

    def report(self) -> dict[str, object]:
        """All of it in plain values, for people and for JSON; sizes and phases in pixels of the picture."""
        return {
            "width": self.x.cells,
            "height": self.y.cells,
            "scale_x": round(self.x.pitch, 4),
            "scale_y": round(self.y.pitch, 4),
            "phase_x": round(self.x.phase, 3),
            "phase_y": round(self.y.phase, 3),
            "cells": "drifting" if self.x.drifts or self.y.drifts else "even",
            "verdict": self.verdict,
            "confidence": round(self.confidence, 3),
            "says": VERDICTS[self.verdict],
        }


class Side(NamedTuple):
    """One axis: its evidence, the values that a person gave, and the choice, if that is sure."""

    evidence: Evidence
    size: int
    cells: int
    phase: float | None
    choice: Choice | None


def require_cells(cells: str) -> None:
    """Raise UnknownName unless `cells` is a kind of cells: one of CELLS."""
    require(cells, CELLS, what="Kind of cells")


def find(frames: NDArray[np.uint8], wish: Wish = NO_WISH) -> Grid:
    """uint8 [B, H, W, 4] -> one grid for all frames, found by the evidence of all of them.

    Method: changes along rows and columns give a profile each; its spectrum gives cell sizes; for each of them
    lines are laid through the profile, even or by dynamic programming, and the lines that gain most for their
    number win. Where there are none, the picture is looked at from afar: at half its size, ramps over many pixels are
    steps. A picture without a grid keeps its size and says so. Raises PictureError for a wish that can't be.
    """
    height, width = frames.shape[1:3]
    _require(wish, width, height)
    if wish.native:
        return _whole(width, height, "given", 1.0)
    if wish == NO_WISH and len(frames) == 1 and (soft := of_soft_cells(frames[0], resampling.steepness(frames[0]))):
        return soft
    x, y, confidence, grid = _sighting(frames, wish)
    if wish.width or wish.height or wish.cell:
        across, down = _given_axes(x, y, wish.cell)
        if grid:
            across, down = replace(across, soft=grid.x.soft), replace(down, soft=grid.y.soft)
        return Grid(across, down, "given", confidence)
    return grid or _whole(width, height, _verdict(frames), confidence)


def sighting(frames: NDArray[np.uint8]) -> Grid | None:
    """The grid that `find` sees in frames uint8 [B, H, W, 4]; None where `find` takes the frames as they are."""
    return _sighting(frames, NO_WISH)[3]


def guess(frames: NDArray[np.uint8]) -> Grid | None:
    """The likeliest grid of frames uint8 [B, H, W, 4], however unlikely; None where nothing changes in them."""
    return _sighting(frames, NO_WISH, sure=GUESS)[3]


def of_soft_cells(frame: NDArray[np.uint8], steep: float) -> Grid | None:
    """The grid of uint8 [H, W, 4] with edges of such a steepness, if enlarged softly from pixel art; else None."""
    best = resampling.cells(frame, steep)
    if best is None:
        return None
    x, y = (_even(n, side.pitch, side.start, soft=True) for n, side in zip(frame.shape[1::-1], best.sides, strict=True))
    return Grid(x, y, "grid", 1 - best.share)


def squares(pair: Pair, width: int, height: int) -> Grid:
    """The grid of a picture `width` x `height` in which each native pixel is a square, by `choice.repeated`."""
    x, y = (_even(size, side.pitch, side.lines.at[0]) for size, side in ((width, pair.across), (height, pair.down)))
    return Grid(x, y, "grid", _confidence(1.0, round(pair.gain)))


def _sighting(frames: NDArray[np.uint8], wish: Wish, sure: float = SURE) -> tuple[Side, Side, float, Grid | None]:
    """Both axes of the frames as they are, how sure these are, and the grid that is seen, near or from afar."""
    few = few_colors(frames, FEW_COLORS)
    x, y, confidence = _near(frames, wish, few, sure)
    near = _grid(x, y, confidence)
    if few or (near and sure == SURE):
        return x, y, confidence, near
    far = _from_afar(frames, wish, sure)
    return x, y, confidence, max((one for one in (near, far) if one), key=lambda one: one.confidence, default=None)


def _near(frames: NDArray[np.uint8], wish: Wish, few: bool, sure: float) -> tuple[Side, Side, float]:
    """Both axes of the frames as they are, which have few colours or not, and how sure their choices are."""
    height, width = frames.shape[1:3]
    across, down = evidence(frames)
    pair, confidence, clean = _believed(frames, across, down, wish, few)
    best = pair if confidence >= sure and (clean or sure < SURE) else None
    x = Side(across, width, wish.width, wish.phase_x, best and best.across)
    y = Side(down, height, wish.height, wish.phase_y, best and best.down)
    return x, y, confidence


def _grid(x: Side, y: Side, confidence: float) -> Grid | None:
    if not x.choice or not y.choice:
        return None
    return Grid(_axis(x, x.choice), _axis(y, y.choice), "grid", confidence)


def _from_afar(frames: NDArray[np.uint8], wish: Wish, sure: float) -> Grid | None:
    """The surest grid of the frames at half their size, at half of that and so on; None where there is none."""
    height, width = frames.shape[1:3]
    if min(height, width) < 2 * LEAST_FROM_AFAR:
        return None
    half, half_wish = np.stack([halved(frame) for frame in frames]), _halved_wish(wish)
    near, far = _grid(*_near(half, half_wish, few_colors(half, FEW_COLORS), sure)), _from_afar(half, half_wish, sure)
    best = near or far
    if near and far and near.size != far.size:  # of the same cells the nearer view has the finer edges
        best = max(near, far, key=lambda grid: grid.confidence)
    return best and _enlarged(best, width, height)


def _half(size: int) -> int:
    return -(-size // 2)


def halved(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture uint8 [H, W, 4] at half its size, as from afar: uint8 [H / 2, W / 2, 4], sides rounded up."""
    return box(frame, _half(frame.shape[1]), _half(frame.shape[0]))


def _halved_wish(wish: Wish) -> Wish:
    x, y = (None if phase is None else phase / 2 for phase in (wish.phase_x, wish.phase_y))
    return replace(wish, phase_x=x, phase_y=y)


def _enlarged(afar: Grid, width: int, height: int) -> Grid:
    """A grid found at half the size, in pixels of the whole picture."""
    x, y = (axis.scaled(size / _half(size)) for axis, size in ((afar.x, width), (afar.y, height)))
    return replace(afar, x=x, y=y, afar=afar)


def _verdict(frames: NDArray[np.uint8]) -> str:
    """The verdict on a picture without a grid."""
    visible = np.where(frames[..., 3:] > 0, frames, 0)
    if (visible == visible[:, :1, :1]).all():
        return "flat"
    return "native" if few_colors(frames, NATIVE_COLORS) and has_dots(frames) else "none"


def of_frame(frame: NDArray[np.uint8], shared: Grid, wish: Wish = NO_WISH) -> Grid:
    """The grid of one frame uint8 [H, W, 4]: as many cells, of the same size, as all frames share; its own phase.

    A phase that the person gave stays.
    """
    if shared.size == frame.shape[1::-1]:
        return shared
    if shared.afar:
        return _enlarged(of_frame(halved(frame), shared.afar, _halved_wish(wish)), *frame.shape[1::-1])
    across, down = evidence(frame[None])
    x = _moved(across, shared.x, frame.shape[1]) if wish.phase_x is None else shared.x
    y = _moved(down, shared.y, frame.shape[0]) if wish.phase_y is None else shared.y
    return replace(shared, x=x, y=y)


def _believed(
    frames: NDArray[np.uint8], across: Evidence, down: Evidence, wish: Wish, few: bool
) -> tuple[Pair | None, float, bool]:
    """The choice, its confidence 0..1, and whether it explains as much as a true one would.

    Where few colours say that nothing was resampled, and where cells are small, a true grid explains nearly all.
    """
    pair = repeated(frames) if wish.cells == "auto" else None
    pair = pair or choose(across, down, drift=CELLS[wish.cells])
    if not pair:
        return None, 0.0, False
    share, lines = explained(across, down, pair)
    if few and share < EXPLAINED_SHARE and wish.cells == "auto":
        free = choose(across, down, drift=True) or pair
        pair, (share, lines) = max(
            (pair, (share, lines)), (free, explained(across, down, free)), key=lambda one: one[1]
        )
    confidence = _confidence(share, lines)
    strict = (few and pair.across.kind == "steps") or pair.pitch < SMALL_CELL
    return pair, confidence, share >= EXPLAINED_SHARE or not strict


def _confidence(share: float, lines: int) -> float:
    return share * lines**2 / (lines**2 + ENOUGH_LINES**2)


def _require(wish: Wish, width: int, height: int) -> None:
    require_cells(wish.cells)
    for name, cells, size in (("width", wish.width, width), ("height", wish.height, height)):
        if cells > size:
            raise PictureError(f"The native {name} can't be {cells}: the picture has {size} pixels. 0 finds it.")
        if cells * wish.cell > size + wish.cell / 2:
            reason = f"{cells} cells of {wish.cell:g} pixels are more than the picture's {size}"
            raise PictureError(f"{reason}: set native_{name} or cell_size to 0, then it follows from the other.")
    if 0 < wish.cell < 1 or wish.cell > max(width, height):
        raise PictureError(f"A cell can't be {wish.cell:g} pixels in a picture of {width} x {height}. 0 finds it.")


def _whole(width: int, height: int, verdict: str, confidence: float) -> Grid:
    x, y = (Axis(np.arange(size + 1, dtype=np.float64), 1.0) for size in (width, height))
    return Grid(x, y, verdict, confidence)


def _spread(size: int, cells: int) -> Floats:
    return np.linspace(0, size, cells + 1).astype(np.float64)


def _clipped(size: int, start: float, pitch: float, cells: int) -> Floats:
    return np.clip(start + pitch * np.arange(cells + 1), 0, size).astype(np.float64)


def _phase(start: float, pitch: float) -> float:
    return (start + pitch / 2) % pitch - pitch / 2


def _even(size: int, pitch: float, start: float, soft: bool = False) -> Axis:
    """Cells of this pitch, an edge of one at `start`, over `size` pixels; half a cell or more at an end is one."""
    phase = _phase(start, pitch)
    cells = max(1, round((size - phase) / pitch))
    if abs(phase) < EXACT_FIT * pitch and abs(phase + cells * pitch - size) < EXACT_FIT * pitch:
        return Axis(_spread(size, cells), size / cells, soft=soft)
    return Axis(_clipped(size, phase, pitch, cells), pitch, phase, soft=soft)


def _axis(side: Side, choice: Choice) -> Axis:
    """The cells between a choice's lines; bends are in the middles of cells."""
    soft = choice.kind == "bends"
    if choice.drifts and side.phase is None:
        return _drifting(side.size, _edges_of(choice), soft)
    pitch, start = lattice.straightened(getattr(side.evidence, choice.kind).at, choice.lines, choice.pitch)
    start = _edge(start, pitch, choice.kind) if side.phase is None else side.phase
    return _even(side.size, pitch, start, soft)


def _edge(line: float, pitch: float, kind: str) -> float:
    """A cell's edge from a line's place in the profile of steps, or of bends."""
    return line if kind == "steps" else line + 0.5 + pitch / 2


def _edges_of(choice: Choice) -> Floats:
    at = choice.lines.at
    if choice.kind == "steps":
        return at
    middles = np.concatenate([[at[0] - choice.pitch], at, [at[-1] + choice.pitch]]) + 0.5
    return (middles[1:] + middles[:-1]) / 2


def _drifting(size: int, edges: Floats, soft: bool) -> Axis:
    """Cells from edge to edge and to the picture's ends; what is less than half a cell there is the next one's."""
    pitch = float(np.diff(edges).mean()) if len(edges) > 1 else float(size)
    inner = edges[(edges > pitch / 2) & (edges < size - pitch / 2)]
    edges = np.concatenate([[0.0], inner, [float(size)]])
    return Axis(edges, size / (len(edges) - 1), drifts=True, soft=soft)


def _given_axes(x: Side, y: Side, cell: float) -> tuple[Axis, Axis]:
    """Both axes where a person gave a value; an axis without one follows the other, as cells are square.

    Unless the picture has another cell size there, and on the other axis the very one that was asked for.
    """
    pitches = [cell or (side.size / side.cells if side.cells else 0.0) for side in (x, y)]
    axes = []
    for side, other, own, others in ((x, y, *pitches), (y, x, *pitches[::-1])):
        agreed = others and other.choice and abs(other.choice.pitch / others - 1) < ALIKE_SHARE
        if not own and agreed and side.choice:
            axes.append(_axis(side, side.choice))
        else:
            axes.append(_asked_axis(side, own or others, whole=not cell))
    return axes[0], axes[1]


def _asked_axis(side: Side, pitch: float, whole: bool) -> Axis:
    if side.cells and whole and side.phase is None:  # so many cells over the whole picture
        if side.choice and side.choice.drifts and (axis := _axis(side, side.choice)).cells == side.cells:
            return axis
        return Axis(_spread(side.size, side.cells), pitch)
    start = _seen_phase(side, pitch) if side.phase is None else side.phase
    if not side.cells:
        return _even(side.size, pitch, start)
    return _axis_of_count(side.size, pitch, start, side.cells)


def _axis_of_count(size: int, pitch: float, start: float, cells: int) -> Axis:
    """An axis of so many cells from `start`, or from one cell before it where they don't fit."""
    phase = start if start + cells * pitch <= size + pitch / 2 else _phase(start, pitch)
    return Axis(_clipped(size, phase, pitch, cells), pitch, phase)


def _seen_phase(side: Side, pitch: float) -> float:
    """Where the evidence has an edge, if cells are this wide; 0 where it has none."""
    kind = side.choice.kind if side.choice else "steps" if side.evidence.steps.clarity >= CLEAR_EDGE else "bends"
    at = getattr(side.evidence, kind).at
    return _edge(float(lattice.even(lattice.reward(at), pitch, reach=0).at[0]), pitch, kind) if at.any() else 0.0


def _moved(evidence: Evidence, shared: Axis, size: int) -> Axis:
    """The shared axis in a frame's own phase; where the frame's own cells drift, in its own edges."""
    if not evidence.steps.at.any():
        return shared
    if shared.drifts:
        own = _drifting(size, lattice.drifting(lattice.reward(evidence.steps.at), shared.pitch).at, shared.soft)
        return own if own.cells == shared.cells else shared
    start = _seen_phase(Side(evidence, size, shared.cells, None, None), shared.pitch)
    return replace(_axis_of_count(size, shared.pitch, start, shared.cells), soft=shared.soft)
