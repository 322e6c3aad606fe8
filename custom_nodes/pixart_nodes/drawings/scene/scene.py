"""A brief to a picture: the place first, then everything where it stands, then light, weather and style."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import DrawingError
from ..brief import Brief
from ..colors import NAMED, Rgb, rgb, tone
from ..rasterization import Mask
from ..rendering import Rendering, palette_of
from . import style
from .actor import cast
from .air import is_in_sky, is_leaping
from .canvas import Canvas
from .contrast import backdrop, separate
from .cord import paint_cords
from .glow import paint_glow
from .ground import GROUNDS, NONE, PLAIN
from .heavens import paint_stars, paint_sun
from .label import paint_label
from .layout import Stage, layout
from .light import Light, lit, sky_of
from .piece import Piece
from .relations import is_bath
from .scenery import View, bathe, paint_air, paint_ground, skyline, submerge, tones
from .sign import paint_sign
from .terrain import Ground, Medium
from .thrift import thrift
from .weather import paint_weather

LEAST, MOST = 8, 512  # pixels of a side
LARGE = 320  # pixels of the smaller side above which a picture is painted at half its size
CROWD = 30  # things at most
DETAILED = 40  # pixels of a side from which lines of flat details have room
PLACE = 11  # pixels of a side that one of many has
TINY = 16  # pixels of the smaller side below which a thing fills it
USUAL_IN = {"sandstorm": "desert"}  # the place of a weather that no meadow has
BY_DAY = ("cloud", "rainbow", "sun and cloud")  # drawings that are seen before the sky alone
SKY_TONES = (-1, 0, 1, 2)  # of the colour of a sky, from above to the horizon
TIMES = ("", "day", "night", "sunset", "dawn")


@dataclass(frozen=True)
class Scene:
    """A picture of a brief.

    `pixels`: uint8 [height, width, 4], alpha 0 or 255. `palette`: its colours, dark to light. `subject`: bool [height,
    width], where what the picture is about is seen. `notes`: sentences for whoever wrote the brief, about what isn't in
    it as asked.
    """

    pixels: NDArray[np.uint8]
    palette: tuple[Rgb, ...]
    subject: Mask
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Laid:
    """A piece with its pixels and the colours that they have in the picture's light."""

    piece: Piece
    drawn: Rendering
    colors: NDArray[np.uint8]


def paint(brief: Brief, width: int, height: int, *, seed: int = 0) -> Scene:
    """A picture of 8 to 512 pixels a side; the same arguments give the same bytes on every machine.

    Raises DrawingError for other sizes, UnknownName for a drawing that isn't in the library.
    """
    for side in (width, height):
        if not LEAST <= side <= MOST:
            raise DrawingError(f"A picture of {width} x {height} pixels: a side may have {LEAST} to {MOST}.")
    zoom = 1 if min(width, height) <= LARGE else 2
    canvas = Canvas.empty(-(-width // zoom), -(-height // zoom))
    notes = _painted(brief, canvas, seed)
    alpha = np.where(canvas.opaque, 255, 0).astype(np.uint8)
    color = np.where(canvas.opaque[..., None], canvas.color, 0)
    pixels = _zoomed(np.dstack([color, alpha]), zoom, width, height)
    subject = _zoomed(canvas.subject, zoom, width, height)
    return Scene(pixels, palette_of(pixels), subject, tuple(dict.fromkeys(notes)))


def _zoomed(array: np.ndarray, zoom: int, width: int, height: int) -> np.ndarray:
    """Rows and columns as often as that, cut to a size."""
    return np.ascontiguousarray(array.repeat(zoom, axis=0).repeat(zoom, axis=1)[:height, :width])


def _painted(brief: Brief, canvas: Canvas, seed: int) -> list[str]:
    name, notes = _place(brief)
    ground = GROUNDS.get(name, GROUNDS[PLAIN])
    most = max(1, min(CROWD, (canvas.width // PLACE) * (canvas.height // PLACE)))
    roots, more = cast(brief, most, seed)
    stage = replace(_stage(canvas, ground, name), is_close=brief.view == "close")
    pieces, feet = layout(roots, stage) if roots else ([], stage.feet)
    stage = replace(stage, feet=feet if ground.medium is Medium.LAND else stage.feet)
    if brief.style == style.OUTLINE and (pieces or name == NONE):
        _outline(canvas, pieces, name, stage, seed)
        if brief.sign:
            paint_sign(canvas, brief.sign, stage.feet, Light().subject)
            canvas.color[canvas.opaque] = style.lines(canvas.color[canvas.opaque])
        return [*notes, *more]
    drawn = [piece.rendering(seed) for piece in pieces]
    if name == PLAIN:
        ground = _wall(brief, ground, pieces, drawn, seed)
    view = _view(canvas, ground, stage, brief, pieces, seed)
    light = view.light.subject if name != NONE else Light().subject
    laid = [_laid(piece, each, light) for piece, each in zip(pieces, drawn, strict=True)]
    if name != NONE:
        _set(view, brief, laid)
    paint_cords(canvas, pieces)
    for each in laid:
        mask = canvas.paste(each.colors, each.drawn, each.piece.x, each.piece.y, subject=True)
        paint_label(canvas, each.piece, mask)
        _wet(view, name, each.piece, mask)
    if brief.sign and not pieces:
        notes += paint_sign(canvas, brief.sign, stage.feet, light)
    thrift(canvas)
    if brief.style == style.OUTLINE:
        canvas.color[:] = style.lines(canvas.color) if brief.sign else style.edges(canvas.color, canvas.grain)
    if brief.style == style.MONOCHROME:
        canvas.color[canvas.opaque] = style.monochrome(canvas.color[canvas.opaque], _hue(brief))
    return [*notes, *more]


def _wet(view: View, name: str, piece: Piece, mask: Mask) -> None:
    """Let the water of a pool, or that of the place, hide the lower part of who is in it."""
    pool = piece.actor.parent
    if pool is not None and is_bath(piece.actor):
        bathe(view.canvas, piece, mask, pool.drawing.color_of(pool.drawing.main_role, 0, pool.colors))
    if view.ground.medium is Medium.SURFACE and name != NONE and not _is_dry(piece):
        submerge(view, piece, mask)


def _wall(brief: Brief, ground: Ground, pieces: list[Piece], drawn: list[Rendering], seed: int) -> Ground:
    """The plain ground in the colour that the brief asks for, else in one that all stands out from."""
    if brief.backdrop:
        return replace(ground, air=(brief.backdrop,), land=brief.backdrop)
    return backdrop(ground, drawn, seed, is_dark=any(piece.actor.glow for piece in pieces))


def _place(brief: Brief) -> tuple[str, list[str]]:
    """The ground's name, and what is to be said of it."""
    notes = []
    if brief.time not in TIMES:
        notes.append(f"{brief.time}: there is no such time of day to draw.")
    if brief.ground in GROUNDS or brief.ground in (NONE, ""):
        return brief.ground or _usual(brief), notes
    return PLAIN, [*notes, f"{brief.ground}: there is no such place to draw."]


def _usual(brief: Brief) -> str:
    """Where a picture is that names no place: under the sky, if it names a time, a weather or a season."""
    outdoors = brief.weather or brief.season or brief.time not in ("", "day")
    if brief.subjects and all(subject.drawing in BY_DAY for subject in brief.subjects):
        return "meadow" if brief.weather else "sky"
    return USUAL_IN.get(brief.weather, "meadow") if outdoors else PLAIN


def _is_dry(piece: Piece) -> bool:
    """Whether something has no water about it where others swim: what another one has, and what leaps out of it."""
    return bool(piece.actor.parent) or is_leaping(piece.actor.drawing, piece.actor.pose)


def _laid(piece: Piece, drawn: Rendering, light: tuple[int, int, int]) -> _Laid:
    own = drawn.pixels[..., :3]
    dimmed = own if piece.actor.glow else lit(own, light)
    return _Laid(piece, drawn, np.where(drawn.shining[..., None], own, dimmed))


def _stage(canvas: Canvas, ground: Ground, name: str) -> Stage:
    width, height = canvas.width, canvas.height
    tall = max(0, height - width) // 5
    feet = height - max(1, canvas.side * 6 // 100) - tall
    if name == NONE or canvas.side < TINY:
        return Stage(width, height, height, True, fill=100)
    has_land = name != PLAIN and ground.medium is Medium.LAND and ground.is_open
    is_water = ground.medium is Medium.SURFACE
    return Stage(width, height, feet, ground.medium in (Medium.DEEP, Medium.AIR), has_land, is_water=is_water)


def _lowest(pieces: list[Piece], ground: Ground, canvas: Canvas) -> list[int]:
    """Rows above which the land must reach for everything to stand on it."""
    standing = [piece for piece in pieces if not piece.actor.parent and not piece.actor.is_airborne]
    return [piece.box.bottom - canvas.side // 24 for piece in standing if ground.medium is Medium.LAND]


def _view(canvas: Canvas, ground: Ground, stage: Stage, brief: Brief, pieces: list[Piece], seed: int) -> View:
    time = brief.time if brief.time in TIMES else ""
    sky = sky_of(time, brief.weather if ground.is_open else "")
    light = sky.light
    if ground.has_stars or (not ground.is_open and time != "night"):
        light = Light()
    air = tuple(tone(rgb(brief.sky), step) for step in SKY_TONES) if brief.sky and ground.is_open else ground.air
    colors = np.array([rgb(color) for color in air or sky.colors], np.uint8)
    if air:
        colors = lit(colors, light.place)
    horizon = min([stage.feet - canvas.side * ground.depth // 100, *_lowest(pieces, ground, canvas)])
    season = brief.season if ground.is_open else ""
    has_snow = (
        ground.is_open and not ground.is_snowy and "snow" in (brief.weather, "snow" if brief.season == "winter" else "")
    )
    return View(canvas, ground, horizon, colors, light, seed, season, has_snow)


def _set(view: View, brief: Brief, laid: list[_Laid]) -> None:
    """Paint the place in its time and weather, so that what will be laid upon it stands out."""
    canvas, ground = view.canvas, view.ground
    paint_air(view)
    end = view.horizon if ground.land else canvas.height
    weather = brief.weather if ground.is_open else ""
    if ground.has_stars or (ground.is_open and brief.time == "night" and weather in ("", "snow", "aurora")):
        paint_stars(canvas, end, view.seed)
    own_sun = any(is_in_sky(each.piece.actor.drawing) for each in laid)
    if ground.is_open and not ground.air and not weather and not own_sun and canvas.side >= 16:
        paint_sun(canvas, brief.time, end, view.seed, skyline(view))
    paint_ground(view)
    hidden, colors = _together(canvas, laid)
    paint_weather(canvas, weather, end, brief.time, view.seed, hidden)
    if not laid:
        return
    if not brief.backdrop:
        separate(canvas, hidden, colors)
    _shadows(view, [each.piece for each in laid])
    paint_glow(canvas, [(each.piece, each.drawn) for each in laid])


def _together(canvas: Canvas, laid: list[_Laid]) -> tuple[Mask, NDArray[np.uint8]]:
    """Where all subjects will be, and their pixels' colours [pixels, 3]."""
    trial = Canvas.empty(canvas.width, canvas.height)
    for each in laid:
        trial.paste(each.colors, each.drawn, each.piece.x, each.piece.y, subject=True)
    return trial.subject, trial.color[trial.subject]


def _shadows(view: View, pieces: list[Piece]) -> None:
    """What stands on the ground darkens it a little."""
    canvas, ground = view.canvas, view.ground
    if not ground.land or ground.medium is not Medium.LAND or canvas.side < 16:
        return
    y, x = np.mgrid[: canvas.height, : canvas.width]
    for piece in pieces:
        box = piece.box
        if piece.actor.parent or piece.actor.is_airborne or box.bottom < view.horizon:
            continue
        across, down = max(2, box.width * 46 // 100), max(1, piece.size // 20)
        far = ((x - box.center) * down) ** 2 + ((y - box.bottom + 1) * across) ** 2
        mask = (far <= (across * down) ** 2) & (y >= view.horizon)
        row, column = min(canvas.height - 1, box.bottom), min(canvas.width - 1, max(0, box.left - 2))
        canvas.color[mask] = tones(canvas.color[row, column])[0]


def _outline(canvas: Canvas, pieces: list[Piece], name: str, stage: Stage, seed: int) -> None:
    """Lines alone, on white; the ground is a line below what stands there."""
    canvas.opaque[:] = name != NONE
    canvas.color[:] = style.PAPER
    if GROUNDS.get(name, GROUNDS[PLAIN]).land and name != NONE:
        line = max(0, stage.feet - canvas.side * GROUNDS[name].depth // 200)
        canvas.color[line : line + canvas.grain] = style.LINE
    for piece in pieces:
        bare = replace(piece, actor=replace(piece.actor, colors=style.white(piece.actor.drawing), rainbow=()))
        drawn = bare.rendering(seed)
        ink = style.lines(drawn.pixels[..., :3])
        if piece.size >= DETAILED and not piece.actor.cast and not piece.actor.print:
            ink[style.details(piece.rendering(seed), piece.actor.drawing, piece.actor.colors)] = style.LINE
        canvas.paste(ink, drawn, piece.x, piece.y, subject=True)


def _hue(brief: Brief) -> Rgb | None:
    """The colour that a picture of one hue has: the first that the brief names."""
    for subject in brief.subjects:
        for color in subject.colors.values():
            return rgb(color) if color in NAMED or not isinstance(color, str) or color.startswith("#") else None
    return None
