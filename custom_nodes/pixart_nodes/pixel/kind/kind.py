"""What a picture is: pixel art, false pixel art, line art, flat or a photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..grid import choice, grid, profile
from ..grid.grid import Grid
from ..resize.noise import without_noise
from . import enlargement, sample
from .traits import Strokes, Traits, traits

KINDS = ("pixel art", "false pixel art", "line art", "flat", "photograph")
PIXEL_ART, FALSE_PIXEL_ART, LINE_ART, FLAT, PHOTOGRAPH = KINDS

FEW = 96  # colours at most, in what was drawn pixel by pixel; a small icon with smooth edges has 150 and more
SPRITE = 64  # pixels of the longer side: in less only an exact grid is looked for; of a strip's shorter side, too
ICON = 128  # pixels of the longer side: what is so small and has few colours was drawn pixel by pixel
SMOOTHED = 0.8  # of all runs that are narrow mixes: from here on nobody drew the pixels, however few colours there are
AGAIN = 8  # times that what was drawn pixel by pixel in many colours has each of them, on average ...
BUSY, MIXING, TIDY = 0.5, 0.55, 0.8  # ... its short runs at least, narrow mixes at most, and still spans at least ...
LONG = 8.0  # ... and pixels a run at most: gradients in bands have more
DETAIL = 0.25  # of all runs that are short, in larger pixel art ...
SMOOTH = 0.36  # ... of all that are narrow mixes of what is beside them, at most, else its edges are smooth ...
DENSE = 40.0  # ... and pixels a run at most: lines of one pixel on a large ground are a drawing
CALM, STILL = 0.62, 0.35  # of spans and of pixels: less is a photograph
LINED = 1.02  # the share of edges with a stroke, and half of what is outlined and of one ink: a drawing in lines
OF_ONE_PEN = 0.25  # unevenness of strokes' widths at most, for bold ones to count as much
ON_GROUND, OF_LINES, LIKE_WIDE = 0.9, 0.35, 0.4  # or of bold ones within a ground, of edges with one, and unevenness
SLANTED, LEVELLED, HARD = 0.32, 0.65, 0.88  # of slopes are straight: in a blurred grid of cells, a sharp and a hard one
UPRIGHT = 0.8  # of slopes are straight: from here on the lines of a grid may drift
RHYTHM = 0.2  # of the evidence that lies on even lines, from which a grid is looked for ...
SOFT_STRAIGHT = 0.4  # of slopes are straight: in a grid with soft edges; photographs mostly have fewer
SOFT_RHYTHM = 0.15  # ... and where edges are soft: there it is looked at twice
LEAST_LINES = 10  # columns and rows with a change: fewer are evenly spaced by chance
LEAST_CELL = 2.5  # pixels: finer lines go through everything
MIDDLE, LOOKED_AT = 512, 1 << 16  # pixels of a side, and pixels of it, in which even lines are looked for
AFAR = (1, 2, 4)  # times smaller that a picture with soft edges is looked at: from afar, ramps between cells are steps
LEAST_AFAR = 80  # pixels of the shorter side, made so small
SURE = 0.3  # confidence from which a grid is believed ...
SURE_OF_SHARP = 0.65  # ... in a sharp picture: icons are drawn on rasters too, with curves between
SHARP, OPEN = 0.88, 0.6  # of spans and of pixels: with so much that is still, edges aren't blurred


@dataclass(frozen=True)
class Look:
    """What a picture was taken for, and the figures that this hangs on, as a sentence.

    `grid` is that of false pixel art, None for all others.
    """

    kind: str
    reason: str
    grid: Grid | None = None


def look(rgba: NDArray[np.uint8]) -> Look:
    """What uint8 [H, W, 4] is. Takes a grid's time where there is one, else little, whatever the size."""
    rgba = np.ascontiguousarray(rgba)
    known = traits(rgba)
    found = _grid(rgba, known)
    if found is not None:
        width, height = found.size
        size = f"{found.x.pitch:.3g} x {found.y.pitch:.3g} pixels"
        return Look(FALSE_PIXEL_ART, f"Its changes lie on a grid of {width} x {height} cells of {size}.", found)
    if _native(known, *rgba.shape[:2]):
        return Look(PIXEL_ART, _of_native(known))
    if _restless(known):
        return Look(PHOTOGRAPH, _of_tones(known))
    quiet = without_noise(rgba)  # waves beside edges aren't strokes
    known = known if quiet is rgba else traits(quiet)
    if _lined(known.thin):
        return Look(LINE_ART, _of_edges(known, known.thin))
    bold = known.bold
    even = bold.uneven <= OF_ONE_PEN and _lined(bold)
    on_ground = bold.within >= ON_GROUND and bold.lines >= OF_LINES and bold.uneven <= LIKE_WIDE
    return Look(LINE_ART, _of_edges(known, bold)) if even or on_ground else Look(FLAT, _of_edges(known, known.thin))


def _lined(strokes: Strokes) -> bool:
    return strokes.lines + (strokes.one_ink + strokes.outlined) / 2 >= LINED


def _of_edges(known: Traits, strokes: Strokes) -> str:
    edges = f"{strokes.lines:.0%} of the places where its colours meet have a stroke between"
    inks = f"{strokes.one_ink:.0%} of the strokes are of one colour"
    return f"{known.still:.0%} of it is flat, {edges}, {strokes.outlined:.0%} on its outside, and {inks}."


def _of_tones(known: Traits) -> str:
    seen = max(1 - known.unseen, 1e-9)
    flat, slow = (known.still - known.unseen) / seen, known.drifting / seen
    return f"Of what can be seen {flat:.0%} is flat, and {slow:.0%} changes slowly."


def _native(known: Traits, height: int, width: int) -> bool:
    """Whether it was drawn pixel by pixel: few colours, or each of them often, and much detail."""
    if known.colors > FEW:
        again = known.looked_at >= AGAIN * known.colors
        tidy = known.calm >= TIDY or max(height, width) <= SPRITE
        return again and tidy and known.short >= BUSY and known.mixed <= MIXING and known.run <= LONG
    if max(height, width) <= ICON or min(height, width) <= SPRITE:
        return known.mixed < SMOOTHED
    return known.short >= DETAIL and known.mixed <= SMOOTH and known.run <= DENSE and known.calm >= CALM


def _of_native(known: Traits) -> str:
    runs = f"runs of {known.run:.1f} pixels, {known.short:.0%} of them one or two long"
    return f"It has {known.colors} colours in {runs}."


def _grid(rgba: NDArray[np.uint8], known: Traits) -> Grid | None:
    """The grid of blown-up cells, where a first look says that there may be one, and a second that there is."""
    clean = known.colors <= FEW
    exact = _squares(rgba) if clean and known.calm >= CALM else None
    if exact or max(rgba.shape[:2]) <= SPRITE or not known.edges:
        return exact
    soft = _restless(known) or enlargement.soft(rgba)
    gridlike = _gridlike(rgba, known, clean)
    if not gridlike and not (soft and known.straight >= SOFT_STRAIGHT and _rhythmic(rgba)):
        return None
    seen = grid.guess(rgba[None]) if soft else grid.seen(rgba[None])
    if seen is None or seen.x.pitch < LEAST_CELL:
        return None
    sharp = _sharp(known)
    sure = gridlike and seen.confidence >= (SURE_OF_SHARP if sharp else SURE)
    if sure and not sharp:
        return seen if not _restless(known) or enlargement.allows(rgba, seen) else None
    return seen if (soft or sure) and enlargement.explains(rgba, seen) else None


def _squares(rgba: NDArray[np.uint8]) -> Grid | None:
    """The grid where every pixel is an exact square of several, in enough of them to be no chance."""
    if any(_spacing(lines) == 1 for lines in sample.sampled(rgba)):
        return None  # some of its lines say so already
    pair = choice.repeated(rgba[None])
    return grid.squares(pair, *rgba.shape[1::-1]) if pair and pair.gain >= LEAST_LINES else None


def _spacing(lines: NDArray[np.uint8]) -> int:
    """The greatest length that all distances between changes in lines [n, length, 4] are a multiple of; 0 for none."""
    pixels = lines.view(np.uint32)[..., 0]
    return int(np.gcd.reduce(np.diff(np.flatnonzero((pixels[:, 1:] != pixels[:, :-1]).any(axis=0)))))


def _restless(known: Traits) -> bool:
    return known.calm < CALM or known.still < STILL


def _sharp(known: Traits) -> bool:
    return known.calm >= SHARP and known.still >= OPEN


def _gridlike(rgba: NDArray[np.uint8], known: Traits, clean: bool) -> bool:
    """Whether slopes are as level and upright as in a grid, or nearly, and then in its rhythm."""
    least = SLANTED if not _sharp(known) else HARD if clean else LEVELLED
    straight = known.straight >= least
    return straight and (known.straight >= UPRIGHT or _rhythm(rgba) >= RHYTHM)


def _rhythmic(rgba: NDArray[np.uint8]) -> bool:
    """Whether soft edges lie on even lines, near or from afar."""
    views = [times for times in AFAR if times == 1 or min(rgba.shape[:2]) >= times * LEAST_AFAR]
    return any(_rhythm(_afar(rgba, times)) >= SOFT_RHYTHM for times in views)


def _afar(rgba: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """The middle at a fraction of its size, of four pixels for each: enough to see a rhythm, and soon done."""
    view = _middle(rgba, MIDDLE * times)
    if times == 1:
        return view
    height, width = (size // times * times for size in view.shape[:2])
    corners = [view[y:height:times, x:width:times].astype(np.uint16) for y in (0, times // 2) for x in (0, times // 2)]
    return (sum(corners, np.uint16(2)) >> 2).astype(np.uint8)


def _rhythm(rgba: NDArray[np.uint8]) -> float:
    """How much of the changes in the middle of the picture lies on even lines: 0 to 1."""
    across, down = profile.evidence(_middle(rgba, MIDDLE)[None], LOOKED_AT)
    pair = choice.choose(across, down, drift=False)
    return choice.explained(across, down, pair)[0] if pair and pair.pitch >= LEAST_CELL else 0.0


def _middle(rgba: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    top, left = (max(0, (size - most) // 2) for size in rgba.shape[:2])
    return rgba[top : top + most, left : left + most]
