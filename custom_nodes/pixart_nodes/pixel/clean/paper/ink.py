"""Ink told from paper: how much of each pixel is drawn on, by half of the way from paper to the stroke's own core.

Half of the way is where a blurred edge was. It is taken from the darkest place near by, so that a faint pencil line is
as wide as it is; within wide areas from the area itself, so that a pale fill beside a black outline stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .illumination import WHITE
from .opencv import cv2
from .pieces import pieces

RGB = NDArray[np.uint8]
Plane = NDArray[np.uint8]  # [H, W]

LIGHT = 1.4  # exponent: blur happens in light (2.2), and again in programs that blur encoded values (1)
EDGE_REACH = 4  # pixels from the outside of a blurred edge to the stroke's core
LEAST_INK_DARKNESS = 44  # of 255: darkness that is never paper
SURE_DARKNESS = 64  # of 255: each piece of ink is somewhere so dark
PALEST_SHARE = 0.25  # of the drawing's dark ink: what JPEG leaves beside strokes is paler
NOISE_TIMES = 6.0  # times the paper's noise, which ink exceeds
LEAST_TINT = 20  # of 255
TINTED = 0.85  # of the brightest channel: paper that has less of another is coloured
DARKEST = 98  # percentile of what is drawn: fills are larger than the lines around them
LEAST_DARKEST = 0.2  # of full darkness: what is paler isn't darkened to black
LEAST_SHARE = 64  # of 255: of pixels covered less, the ink's colour isn't known better
SMALLEST_PIECE = 12  # pixels of a piece of ink
NOTHING = 0.0005  # of the page: ink covers more
FAINTEST_LINE = 14  # of 255: darkness of a stroke on a page that has no darker ones
WIDEST_FAINT = 25  # pixels; what is wider is no stroke of a pencil
SMALLEST_FAINT = 80  # pixels of a piece of such a stroke
FLAT_VARIATION = 0.12  # of darkness, by which a level area varies from pixel to pixel
SHARPENING = 1.6  # slope of coverage at its half


def darkness(page: RGB, paper: Sequence[float] = (1, 1, 1)) -> Plane:
    """How much less light than paper comes from each pixel: uint8 [H, W].

    It is that of the brightness, or of the channel where it is most, of which LEAST_TINT is taken off: JPEG keeps
    colours at half the resolution, and leaves stains of them beside strokes. `paper` is its colour, 1 in the brightest
    channel: what it has little of was made as much brighter, stains too.
    """
    table = 255 * (1 - np.minimum(np.arange(256) / WHITE, 1) ** LIGHT)
    dark = cv2.LUT(page, np.rint(table).astype(np.uint8))
    stains = tuple(LEAST_TINT * max(1.0, TINTED / share) for share in paper)
    return cv2.max(_extremes(cv2.subtract(dark, (*stains, 0)))[1], cv2.cvtColor(dark, cv2.COLOR_RGB2GRAY))


def noise(dark: Plane) -> float:
    """The paper's noise as a robust sigma of darkness; smooth light doesn't count, nor do lines.

    Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64, 1996, with a median.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    rough = cv2.filter2D(dark, cv2.CV_32F, mask)[::3, ::3]
    return float(np.median(np.abs(rough)) / 0.6745)


def separated(page: RGB, paper: Sequence[float] = (1, 1, 1)) -> tuple[Plane, Plane]:
    """How much ink covers each pixel of a page uint8 [H, W, 3] in even light, and how dark it is: both uint8 [H, W].

    `paper` is its colour in the photo, 1 in the brightest channel.
    """
    raw = darkness(page, paper)
    dark, grain = cv2.GaussianBlur(raw, (0, 0), 0.8), NOISE_TIMES * noise(raw)
    if _is_faint(dark):
        dark = _thin(dark)
        least = max(FAINTEST_LINE, grain)
        strokes = _share(dark, cv2.dilate(dark, _window()), least)
        return _without_specks(strokes, dark, 1.5 * least, SMALLEST_FAINT), dark
    least = max(LEAST_INK_DARKNESS, grain, PALEST_SHARE * _usual(dark))
    strokes = _share(dark, cv2.dilate(dark, _window()), least)
    fills = _share(dark, cv2.erode(_level(dark, least), _window()), least)
    return _without_specks(cv2.max(strokes, fills), dark, max(SURE_DARKNESS, 1.5 * least), SMALLEST_PIECE), dark


def _window() -> NDArray[np.uint8]:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * EDGE_REACH + 1, 2 * EDGE_REACH + 1))


def _is_faint(dark: Plane) -> bool:
    """Whether there is nothing as dark as ink usually is: a drawing with a hard pencil, or none."""
    return float((dark > SURE_DARKNESS).mean()) < NOTHING


def _thin(dark: Plane) -> Plane:
    """Darkness of strokes alone: what wider things have, such as creases, is taken away."""
    wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((WIDEST_FAINT, WIDEST_FAINT), np.uint8))
    return cv2.subtract(dark, wide)


def _usual(dark: Plane) -> float:
    """How dark the drawing's darkest ink usually is."""
    drawn = dark[dark > SURE_DARKNESS]
    return float(np.percentile(drawn, 90)) if drawn.size else 0.0


def _level(dark: Plane, least: float) -> Plane:
    """Darkness where it is the same all around, as within a fill; 255 elsewhere."""
    around = np.ones((3, 3), np.uint8)
    spread = cv2.morphologyEx(dark, cv2.MORPH_GRADIENT, around)
    flat = cv2.compare(spread, cv2.addWeighted(dark, FLAT_VARIATION, dark, 0, 4), cv2.CMP_LE)
    flat[dark < least] = 0
    return cv2.max(dark, cv2.bitwise_not(flat))


def _share(dark: Plane, core: Plane, least: float) -> Plane:
    """How far darkness is from paper to core, sharpened around the half, as 0 to 255; 0 where the core is paper."""
    share = cv2.divide(dark, core, scale=255)
    table = np.clip((np.arange(256) / 255 - 0.5) * SHARPENING + 0.5, 0, 1)
    share = cv2.LUT(share, np.rint(255 * table).astype(np.uint8))
    share[core < least] = 0
    return share


def _without_specks(cover: Plane, dark: Plane, surely: float, smallest: int) -> Plane:
    """Cover without pieces that are of fewer pixels, or nowhere as dark as is surely ink."""
    parts = pieces(cover)
    sure = np.zeros(parts.count, bool)
    sure[parts.labels[dark >= surely]] = True
    sure &= parts.stats[:, cv2.CC_STAT_AREA] >= smallest
    sure[0] = False
    return cover * parts.around(sure, 3)


def colored(page: RGB, cover: Plane, strength: float) -> RGB:
    """The colour of the ink alone, uint8 [H, W, 3]: what paper shines through at soft edges is taken away.

    With `strength` 0..1 grey ink is darkened in proportion, at 1 until the darkest gives no light; the more of a colour
    ink has, the less it is changed.
    """
    missing = cv2.subtract((WHITE, WHITE, WHITE, 0), cv2.medianBlur(page, 3))
    least, most = _extremes(missing)
    drawn = least[cover > 200]
    darkest = float(np.percentile(drawn, DARKEST)) / WHITE if drawn.size else 1.0
    gain = max(1.0, 1 / max(darkest, LEAST_DARKEST)) ** strength
    greyness = cv2.divide(least, cv2.max(most, 1), dtype=cv2.CV_32F)
    factor = cv2.divide(
        greyness * np.float32(gain - 1) + 1, cv2.max(cover, LEAST_SHARE), scale=255 * 255 / WHITE, dtype=5
    )
    return cv2.bitwise_not(cv2.multiply(missing, cv2.merge([factor] * 3), dtype=cv2.CV_8U))


def _extremes(picture: RGB) -> tuple[Plane, Plane]:
    """Of each pixel the least and the greatest channel."""
    a, b, c = cv2.split(picture)
    return cv2.min(cv2.min(a, b), c), cv2.max(cv2.max(a, b), c)
