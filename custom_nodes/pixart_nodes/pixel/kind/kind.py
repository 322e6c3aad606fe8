"""What a picture is: pixel art, false pixel art, line art, flat or a photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..grid import choice, grid, resampling, snap, uneven
from ..grid.grid import Grid
from ..resize.noise import without_noise
from ..resize.shock_filter import sharpened
from . import enlargement, grain, light, page
from . import traits as measures
from .light import Light
from .sight import CALM_SHARE, LEAST_CELL, Sight, lit
from .traits import Strokes, Traits

KINDS = ("pixel art", "false pixel art", "line art", "flat", "photograph")
PIXEL_ART, FALSE_PIXEL_ART, LINE_ART, FLAT, PHOTOGRAPH = KINDS

FEW_COLORS = 96  # colours at most, in what was drawn pixel by pixel; a small icon with smooth edges has 150 and more
SPRITE = 64  # pixels of the longer side: in less only an exact grid is looked for; of a strip's shorter side, too
ICON = 128  # pixels of the longer side: what is so small and has few colours was drawn pixel by pixel
SMOOTHED_SHARE = (
    0.8  # of all runs that are narrow mixes: from here on nobody drew the pixels, however few colours there are
)
PIXEL_RUN = 1.4  # pixels at least: a grey photograph of 64 x 64 has few colours as well, but each pixel is another
SMOOTH_ICON = 0.48  # ... and from here on in what is larger than SPRITE, or grainy
COLOR_REPEATS = 8  # times that what was drawn pixel by pixel in many colours has each of them, on average ...
BUSY, MIXING, TIDY = 0.45, 0.55, 0.8  # ... its short runs at least, narrow mixes at most, and still spans at least ...
DOTTED_RUN = 2.5  # pixels a run at most, where a GIF mixes colours by dots
WEB_STEP_SHARE = 0.6  # of all changes are between the nearest colours of the web's palette: a photograph's in bands
LONG_RUN = 8.0  # ... and pixels a run at most: gradients in bands have more
DETAIL = 0.25  # of all runs that are short, in larger pixel art ...
SMOOTH_SHARE = 0.36  # ... of all that are narrow mixes of what is beside them, at most, else its edges are smooth ...
SPARSE, SMOOTH_SPARSE = 12.0, 0.2  # ... and fewer where runs are longer: thin lines with smooth edges on a ground ...
CRISP, DETAIL_CRISP = 0.06, 0.15  # ... where hardly any are, less detail is enough ...
DENSE_RUN = 40.0  # ... and pixels a run at most: lines of one pixel on a large ground are a drawing
CALM_AFAR, CALM_EVEN = 0.85, 0.58  # of spans, where noise, or dots, and uneven light were taken away from a drawing ...
NEARLY_CALM = 0.85  # times as many, in a few lines of a picture: with fewer all of it isn't looked at
CALMER_TIMES = 1.5  # ... and so many times as many as in uneven light: bricks are calmer in any
LINED = 1.02  # the share of edges with a stroke, and half of what is outlined and of one ink: a drawing in lines
OF_ONE_PEN = 0.25  # unevenness of strokes' widths at most, for bold ones to count as much
ON_GROUND, OF_LINES, LIKE_WIDE = 0.9, 0.35, 0.4  # or of bold ones within a ground, of edges with one, and unevenness
SLANTED, LEVELLED, HARD = 0.32, 0.65, 0.88  # of slopes are straight: in a blurred grid of cells, a sharp and a hard one
UPRIGHT_SHARE = 0.8  # of slopes are straight: from here on the lines of a grid may drift
RHYTHM = 0.2  # of the evidence that lies on even lines, from which a grid is looked for ...
SOFT_STRAIGHT = 0.4  # of slopes are straight: in a grid with soft edges; photographs mostly have fewer
SOFT_RHYTHM = 0.15  # ... and where edges are soft: there it is looked at twice
LEAST_LINES = 10  # columns and rows with a change: fewer are evenly spaced by chance
CERTAIN_CONFIDENCE = 0.9  # confidence that no photograph's grid has
SURE_CONFIDENCE = 0.3  # ... from which a grid is believed ...
SURE_OF_SHARP = 0.5  # ... in a sharp picture: icons are drawn on rasters too, with curves between
# How impure cells are at most: of a sharp picture, of another one, and where image models drew them, or noise is left.
IMPURE_SHARP, IMPURE, IMPURE_RESTLESS = 0.003, 0.03, 0.1
IMPURE_SOFT = 0.15  # ... and where they were enlarged softly, unless they explain all of it
MOST_CROSSED = 0.01  # of the changes in a sharp picture of few colours are of what is narrower than a cell, at most
MOST_MIXED = (
    0.47  # of the places where cells change that are mixes, at most: of photographs that were enlarged, half are
)
LEAST_PHOTO = 0.25  # of a page, that a photograph on it fills


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
    sight = Sight(lit(np.ascontiguousarray(rgba)))
    blocks = _grid(sight)
    if blocks is not None:
        return Look(FALSE_PIXEL_ART, _of_grid(blocks), blocks)
    return _on_page(sight) or _without_grid(sight)


def _without_grid(sight: Sight) -> Look:
    """What a picture without blown-up cells is."""
    traits, rgba = sight.traits, sight.rgba
    if sight.on_web_palette and max(rgba.shape[:2]) > ICON:
        return _of_web(sight)
    if _native(traits, *rgba.shape[:2]):
        return Look(PIXEL_ART, _of_native(traits))
    if sight.tonal:
        return _drawn_in_tones(sight) or Look(PHOTOGRAPH, _of_tones(traits))
    return _drawn(_clear(sight))


def _on_page(sight: Sight) -> Look | None:
    """False pixel art, or a photograph, that fills a part of a page; None for any other page, or none."""
    part = page.figure(sight.rgba)
    if part is None:
        return None
    within = Sight(lit(part.part(sight.rgba)))
    blocks = _grid(within)
    if blocks is not None:
        return Look(FALSE_PIXEL_ART, _of_part(part, _of_grid(blocks)), part.whole(blocks, sight.rgba))
    if sight.tonal or not within.tonal or part.share(sight.rgba) < LEAST_PHOTO:
        return None
    if _without_grid(within).kind != PHOTOGRAPH:
        return None
    return Look(PHOTOGRAPH, _of_part(part, _of_tones(within.traits)))


def _of_part(part: page.Figure, reason: str) -> str:
    width, height = part.right - part.left, part.bottom - part.top
    return f"It is a page with a picture of {width} x {height} pixels. {reason}"


def _of_web(sight: Sight) -> Look:
    """What a picture was before a GIF took the web's palette for it, with dots or without."""
    traits = sight.traits
    if traits.run > DOTTED_RUN:
        return Look(PHOTOGRAPH, _of_tones(traits)) if grain.gentle(sight.sides) >= WEB_STEP_SHARE else _drawn(sight)
    smooth = Sight(grain.without_dots(sight.rgba))
    return _drawn(_clear(smooth)) if smooth.quiet(CALM_AFAR) else Look(PHOTOGRAPH, _of_tones(smooth.traits))


def _clear(sight: Sight) -> Sight:
    """A drawing without the waves that JPEG leaves beside edges, which aren't strokes, and with sharp edges."""
    clear = sharpened(without_noise(sight.rgba))
    return sight if clear is sight.rgba else Sight(clear)


def _drawn_in_tones(sight: Sight) -> Look | None:
    """What is drawn, or flat, on paper with a texture, under noise or in uneven light; None for a photograph."""
    on_paper = _drawn(Sight(sight.plain)) if sight.plain is not None else None
    if on_paper and on_paper.kind == LINE_ART:
        return on_paper
    lines = grain.few(sight.sides)
    times = grain.distance(sight.rgba, lines)
    if times > 1:
        lines = grain.few_from_afar(sight.rgba, times)
    elif not sight.open:
        return None
    calm = measures.calm(lines)
    grainy, uneven = times > 1 and calm >= NEARLY_CALM * CALM_AFAR, _calmer_in_even_light(lines, calm, NEARLY_CALM)
    if not grainy and uneven is None:
        return None
    near = sight if times == 1 else Sight(grain.from_afar(sight.rgba, times))
    if grainy and near.quiet(CALM_AFAR):
        return _drawn(_clear(near))
    even = _evenly_lit(near)
    return _drawn(_clear(even)) if even else None


def _evenly_lit(sight: Sight) -> Sight | None:
    """A drawing as in even light; None for what is none, or isn't lit unevenly."""
    calm = sight.traits.calm
    lamp = _calmer_in_even_light(sight.sides, calm, 1.0)
    even = Sight(lamp.even_picture(sight.rgba)) if lamp else None
    return even if even and even.quiet(_calm_if_even(calm)) else None


def _calmer_in_even_light(
    lines: tuple[NDArray[np.uint8], NDArray[np.uint8]], calm: float, share: float
) -> Light | None:
    """The uneven light on some lines of a picture; None unless without it they have that share of a drawing's calm."""
    lamp = light.uneven(lines)
    return lamp if lamp and measures.calm(lamp.even_sides(lines)) >= share * _calm_if_even(calm) else None


def _calm_if_even(calm: float) -> float:
    """How calm a drawing is in even light at least, of which so many spans are still in uneven light."""
    return max(CALM_EVEN, CALMER_TIMES * calm)


def _drawn(sight: Sight) -> Look:
    """Whether what is neither pixel art nor a photograph is drawn in lines, or flat."""
    still, drawing = sight.traits.still, sight.drawing
    thin, bold = drawing.thin, drawing.bold
    if _lined(thin):
        return Look(LINE_ART, _of_edges(still, thin))
    even = bold.uneven <= OF_ONE_PEN and _lined(bold)
    on_ground = bold.within >= ON_GROUND and bold.lines >= OF_LINES and bold.uneven <= LIKE_WIDE
    return Look(LINE_ART, _of_edges(still, bold)) if even or on_ground else Look(FLAT, _of_edges(still, thin))


def _of_grid(cells: Grid) -> str:
    width, height = cells.size
    return f"Its changes lie on a grid of {width} x {height} cells of {cells.x.pitch:.3g} x {cells.y.pitch:.3g} pixels."


def _lined(strokes: Strokes) -> bool:
    return strokes.lines + (strokes.one_ink + strokes.outlined) / 2 >= LINED


def _of_edges(still: float, strokes: Strokes) -> str:
    edges = f"{strokes.lines:.0%} of the places where its colours meet have a stroke between"
    inks = f"{strokes.one_ink:.0%} of the strokes are of one colour"
    return f"{still:.0%} of it is flat, {edges}, {strokes.outlined:.0%} on its outside, and {inks}."


def _of_tones(traits: Traits) -> str:
    visible = max(1 - traits.unseen, 1e-9)
    flat, slow = (traits.still - traits.unseen) / visible, traits.drifting / visible
    return f"Of what can be seen {flat:.0%} is flat, and {slow:.0%} changes slowly."


def _native(traits: Traits, height: int, width: int) -> bool:
    """Whether it was drawn pixel by pixel: few colours, or each of them often, and much detail."""
    if traits.colors > FEW_COLORS:
        again = traits.looked_at >= COLOR_REPEATS * traits.colors
        tidy = traits.calm >= TIDY or max(height, width) <= SPRITE
        return again and tidy and traits.short >= BUSY and traits.mixed <= MIXING and traits.run <= LONG_RUN
    if max(height, width) <= ICON or min(height, width) <= SPRITE:
        small = min(height, width) <= SPRITE and traits.run >= PIXEL_RUN
        return traits.mixed < (SMOOTHED_SHARE if small else SMOOTH_ICON)
    smooth = SMOOTH_SHARE if traits.run <= SPARSE else SMOOTH_SPARSE
    detail = DETAIL if traits.mixed > CRISP else DETAIL_CRISP
    return traits.short >= detail and traits.mixed <= smooth and traits.run <= DENSE_RUN and traits.calm >= CALM_SHARE


def _of_native(traits: Traits) -> str:
    colors = f"{traits.colors} {'colour' if traits.colors == 1 else 'colours'}"
    return f"It has {colors} in runs of {traits.run:.1f} pixels, {traits.short:.0%} of them one or two long."


def _grid(sight: Sight) -> Grid | None:
    """The grid of blown-up cells, where a first look says that there may be one, and a second that there is."""
    traits, rgba = sight.traits, sight.rgba
    clean = traits.colors <= FEW_COLORS
    exact = _squares(sight) if clean else None
    if exact or max(rgba.shape[:2]) <= SPRITE:
        return exact
    soft = grid.of_soft_cells(rgba, sight.steepness)
    if soft and (enlargement.impurity(rgba, soft) <= IMPURE_SOFT or enlargement.explains(rgba, soft)):
        return soft
    return _among_edges(sight, clean)


def _among_edges(sight: Sight, clean: bool) -> Grid | None:
    """The grid on which the edges lie, where they are level and upright, or soft and in a rhythm."""
    traits, rgba = sight.traits, sight.rgba
    soft = sight.restless or sight.soft
    gridlike = _gridlike(sight, clean)
    if not gridlike and not (soft and traits.straight >= SOFT_STRAIGHT and sight.rhythmic(SOFT_RHYTHM)):
        return None
    blocks = (grid.guess(rgba[None]) if soft else grid.sighting(rgba[None])) if sight.drawing.edges else None
    if blocks is None or blocks.x.pitch < LEAST_CELL:
        return None
    if enlargement.impurity(rgba, blocks) > _most_impure(sight):
        return None
    if clean and sight.sharp and enlargement.crossed(sight.sides, blocks) > MOST_CROSSED:
        return None
    if soft and sight.restless and resampling.mixed(snap.snap(rgba, blocks)) > MOST_MIXED:
        return None
    if gridlike and blocks.confidence >= (SURE_OF_SHARP if sight.sharp else SURE_CONFIDENCE):
        certain = not sight.restless or blocks.confidence >= CERTAIN_CONFIDENCE
        return blocks if certain or enlargement.allows(rgba, blocks) else None
    return blocks if soft and enlargement.explains(rgba, blocks) else None


def _most_impure(sight: Sight) -> float:
    if not sight.restless:
        return IMPURE_SHARP if sight.sharp else IMPURE
    return IMPURE_RESTLESS if sight.plain is None else IMPURE


def _squares(sight: Sight) -> Grid | None:
    """The grid where every pixel was repeated, all alike or some once more, in enough of them to be no chance."""
    size = sight.rgba.shape[1::-1]
    if sight.traits.calm >= CALM_SHARE and all(_spacing(lines) != 1 for lines in sight.sides):
        pair = choice.repeated(sight.rgba[None])
        if pair and pair.gain >= LEAST_LINES:
            return grid.squares(pair, *size)
    pair = uneven.repeated(sight.rgba, sight.sides)
    return grid.squares(pair, *size) if pair else None


def _spacing(lines: NDArray[np.uint8]) -> int:
    """The greatest length that all distances between changes in lines [n, length, 4] are a multiple of; 0 for none."""
    pixels = lines.view(np.uint32)[..., 0]
    return int(np.gcd.reduce(np.diff(np.flatnonzero((pixels[:, 1:] != pixels[:, :-1]).any(axis=0)))))


def _gridlike(sight: Sight, clean: bool) -> bool:
    """Whether slopes are as level and upright as in a grid, or nearly, and then in its rhythm."""
    least = SLANTED if not sight.sharp else HARD if clean else LEVELLED
    straight = sight.traits.straight
    return straight >= least and (straight >= UPRIGHT_SHARE or sight.rhythm >= RHYTHM)
