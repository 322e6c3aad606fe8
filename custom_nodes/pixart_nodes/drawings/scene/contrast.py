"""That the subject is seen: the ground is chosen, or made lighter or darker, where it is too much like it."""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..colors import Rgb, rgb
from ..outline import ring
from ..rasterization import Mask
from ..rendering import Rendering, packed, unpacked
from . import chance
from .canvas import Canvas
from .ground import BACKDROPS, DUSK
from .light import mixed
from .terrain import Ground

WEIGHTS = (2, 4, 3)  # of red, green and blue in a difference (Riemersma's low-cost approximation at middle red)
NEAR_BEST = 88  # percent of the largest difference: what comes this near is as good
CAMOUFLAGE = 30  # percent of a subject's pixels from which on a wall of their hue is none for it
SAME_HUE = 36  # degrees on the colour circle
CLEAR = 100  # luma by which colours of one hue are told apart all the same
GREYISH, LEAST_CHROMA = 0.16, 24  # saturation (HSL), and range of channels, below which a colour has no hue
MOST = 200  # difference above which nothing is seen any better
ENOUGH = 105  # mean difference of a subject's pixels from what is about it
SHIFTS = ((rgb("#ffffff"), 26), (rgb("#1a1838"), 24), (rgb("#ffffff"), 44), (rgb("#1a1838"), 42))
GLEAM = (rgb("#fff6e0"), 46)  # what a dark ground is mixed with about a dark subject
DARK = 76  # luma of a ground on which outlines aren't seen

Colors = NDArray[np.uint8]
Numbers = NDArray[np.int64]


def luma(colors: NDArray[np.uint8] | Numbers) -> Numbers:
    """0 to 255 of colours [..., 3] (ITU-R BT.601)."""
    return colors.astype(np.int64) @ np.array((299, 587, 114)) // 1000


def difference(one: Numbers, other: Numbers) -> Numbers:
    """How unlike colours [..., 3] look, 0 to 765."""
    apart = (one - other) ** 2
    return np.sqrt((apart * np.array(WEIGHTS)).sum(axis=-1)).astype(np.int64)


def counted(colors: NDArray[np.uint8]) -> tuple[Numbers, Numbers]:
    """The different colours of pixels [pixels, 3], int64 [colors, 3], and how many pixels each has."""
    numbers, counts = np.unique(packed(colors), return_counts=True)
    return unpacked(numbers), counts


def placed(colors: NDArray[np.uint8]) -> tuple[Numbers, Numbers, Numbers]:
    """As `counted`, and for each of the pixels which of the different colours it has."""
    numbers, places, counts = np.unique(packed(colors), return_inverse=True, return_counts=True)
    return unpacked(numbers), counts, places


def apart(colors: NDArray[np.uint8], other: Numbers) -> int:
    """How unlike pixels [pixels, 3] are to one colour, in the mean."""
    if not len(colors):
        return MOST
    different, counts = counted(colors)
    return int((np.minimum(difference(different, other), MOST) * counts).sum()) // int(counts.sum())


def alike(colors: NDArray[np.uint8], wall: Rgb) -> int:
    """How many percent of pixels [pixels, 3] have a wall's hue in nearly its lightness, as a duck on pale yellow."""
    if not len(colors):
        return 0
    different, counts = counted(colors)
    own = _hue(wall)
    light = int(luma(np.array(wall, np.int64)))
    count = 0
    for color, light_of, number in zip(different.tolist(), luma(different).tolist(), counts.tolist(), strict=True):
        hue = _hue((color[0], color[1], color[2]))
        if own is None or hue is None or abs(light_of - light) >= CLEAR:
            continue
        turn = abs(own - hue) % 360
        count += number * (min(turn, 360 - turn) < SAME_HUE)
    return 100 * count // int(counts.sum())


def _hue(color: Rgb) -> int | None:
    """Degrees on the colour circle, None for what is as good as grey."""
    hue, _, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in color))
    return round(hue * 360) if saturation >= GREYISH and max(color) - min(color) >= LEAST_CHROMA else None


def backdrop(ground: Ground, renderings: list[Rendering], seed: int, *, is_dark: bool = False) -> Ground:
    """The plain ground in colours that the subjects stand out from; the seed chooses among the best.

    Where something glows it is dark.
    """
    if is_dark:
        return replace(ground, air=(DUSK[0],), land=DUSK[1])
    colors = [each.pixels[each.pixels[..., 3] > 0][:, :3] for each in renderings]
    together = np.concatenate(colors) if colors else np.zeros((0, 3), np.uint8)
    other = [pair for pair in BACKDROPS if alike(together, rgb(pair[0])) < CAMOUFLAGE] or list(BACKDROPS)
    scores = [apart(together, np.array(rgb(wall), np.int64)) for wall, _ in other]
    fine = [pair for pair, score in zip(other, scores, strict=True) if score * 100 >= max(scores) * NEAR_BEST]
    wall, floor = chance.choice(seed, "backdrop", fine)
    return replace(ground, air=(wall,), land=floor)


def separate(canvas: Canvas, subject: Mask, colors: NDArray[np.uint8]) -> None:
    """Make a painted ground lighter or darker where a subject with these pixels [pixels, 3] would be lost in it."""
    coarse = slice(None, None, canvas.grain), slice(None, None, canvas.grain)
    about = ring(subject[coarse], max(2, canvas.side // canvas.grain // 16)) & ~canvas.shining[coarse]
    if not about.any():
        return
    around = canvas.color[coarse][about].astype(np.int64).sum(axis=0) // int(about.sum())
    best, most = None, apart(colors, around)
    if most < ENOUGH:
        for shift in SHIFTS:
            score = apart(colors, mixed(around.astype(np.uint8), *shift).astype(np.int64))
            if score > most * 110 // 100:
                best, most = shift, score
            if most >= ENOUGH:
                break
    if best:
        canvas.color[~canvas.shining] = mixed(canvas.color[~canvas.shining], *best)
        around = mixed(around.astype(np.uint8), *best).astype(np.int64)
    if most < ENOUGH and int(luma(around)) < DARK:
        gleam = ring(subject, canvas.grain)
        canvas.color[gleam] = mixed(around.astype(np.uint8), *GLEAM)
