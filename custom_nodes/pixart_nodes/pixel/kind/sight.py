"""A picture, and what is measured of it to say what it is: each figure once, and only when it is asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..grid import choice, profile, resampling, sample
from . import grain, paper, traits
from .traits import Drawing, Traits

LEAST_CELL = 2.5  # pixels: finer lines go through everything
MIDDLE_SIDE, MIDDLE_PIXELS = 512, 1 << 16  # pixels of a side, and pixels of it, in which even lines are looked for
# Times smaller that a picture with soft edges is looked at: from afar, ramps between cells are steps.
FAR_SCALES = (2, 4)
LEAST_AFAR = 80  # pixels of the shorter side, made so small
CALM_SHARE, STILL_SHARE = 0.62, 0.35  # of spans and of pixels: less is a photograph
TONAL, ALONE = 0.4, 2.0  # of spans, and pixels a run: icons and cartoons with gradients are as calm, or less alone
GLANCE_PIXELS = 96  # pixels along each side that tell whether it is dark
DARK, LIT = 96, 240  # of 255: what has nothing brighter is looked at as if its brightest were so bright
BRIGHTEST = 0.999  # of its values are no brighter than its brightest: a few may be noise
QUIET_SHARE = 0.42  # of pixels are still, in a drawing whose noise or uneven light was taken away
MANY_COLORS = 16  # colours at least, of a picture that was brought to the web's palette; an artist takes fewer of it
LEAST_EDGES = 40  # on the lines looked at: in light alone there are none
SHARP, OPEN = 0.88, 0.6  # of spans and of pixels: with so much that is still, edges aren't blurred


def lit(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A dark uint8 [H, W, 4] as bright as others are, by which steps between colours are judged; any other as it is."""
    down, across = (max(1, size // GLANCE_PIXELS) for size in rgba.shape[:2])
    glance = rgba[down // 2 :: down, across // 2 :: across]
    values = glance[glance[..., 3] > 0][:, :3].ravel()
    counts = np.cumsum(np.bincount(values, minlength=256))
    brightest = int(np.searchsorted(counts, BRIGHTEST * counts[-1]))
    if not 0 < brightest < DARK:
        return rgba
    table = np.minimum(np.arange(256) * LIT // brightest, 255).astype(np.uint8)
    return np.dstack([table[rgba[..., :3]], rgba[..., 3]])


class Sight:
    """Of uint8 [H, W, 4]."""

    def __init__(self, rgba: NDArray[np.uint8]) -> None:
        self.rgba = rgba

    @cached_property
    def sides(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The rows and columns by which it is judged."""
        return sample.sampled(self.rgba)

    @cached_property
    def traits(self) -> Traits:
        """What its pixels are like."""
        return traits.traits(self.rgba, self.sides)

    @cached_property
    def drawing(self) -> Drawing:
        """Where its colours meet."""
        return traits.drawing(self.rgba, self.sides)

    @cached_property
    def steepness(self) -> float:
        """How steep its edges are: 1 where each is a single step."""
        return resampling.steepness_along(self.sides)

    @property
    def soft(self) -> bool:
        """Whether its edges go over several pixels."""
        return self.steepness <= resampling.SOFT_STEP

    @cached_property
    def plain(self) -> NDArray[np.uint8] | None:
        """A drawing on paper with a texture, without that; None for what is none."""
        return paper.flattened(self.rgba, self.sides)

    @property
    def restless(self) -> bool:
        """Whether too little of it is flat for a drawing."""
        return self.traits.calm < CALM_SHARE or self.traits.still < STILL_SHARE

    @property
    def tonal(self) -> bool:
        """Whether it is all tones: hardly anything is flat, or little is, and each pixel differs from the next."""
        calm = self.traits.calm >= (CALM_SHARE if self.traits.run < ALONE else TONAL)
        return not calm or self.traits.still < STILL_SHARE

    @property
    def on_web_palette(self) -> bool:
        """Whether its colours are many, and all of them of the palette that was safe for the web."""
        return self.traits.colors >= MANY_COLORS and grain.on_web_palette(self.sides)

    def quiet(self, least: float) -> bool:
        """Whether so much of it is flat, with edges between, that no photograph is; `least` of the spans are still."""
        return self.traits.calm >= least and self.traits.still >= QUIET_SHARE and self.drawing.edges >= LEAST_EDGES

    @property
    def open(self) -> bool:
        """Whether so much of it is without edges that it may be quiet in even light."""
        return self.traits.still + self.traits.drifting >= QUIET_SHARE

    @property
    def sharp(self) -> bool:
        """Whether so much of it is flat that nothing can have blurred it."""
        return self.traits.calm >= SHARP and self.traits.still >= OPEN

    @cached_property
    def rhythm(self) -> float:
        """How much of the changes in its middle lies on even lines: 0 to 1."""
        return _rhythm(_middle(self.rgba, MIDDLE_SIDE))

    def rhythmic(self, least: float) -> bool:
        """Whether so much does, near or from afar."""
        afar = [times for times in FAR_SCALES if min(self.rgba.shape[:2]) >= times * LEAST_AFAR]
        return self.rhythm >= least or any(_rhythm(_afar(self.rgba, times)) >= least for times in afar)


def _afar(rgba: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """The middle at a fraction of its size, of four pixels for each: enough to see a rhythm, and soon done."""
    view = _middle(rgba, MIDDLE_SIDE * times)
    height, width = (size // times * times for size in view.shape[:2])
    corners = [view[y:height:times, x:width:times].astype(np.uint16) for y in (0, times // 2) for x in (0, times // 2)]
    return (sum(corners, np.uint16(2)) >> 2).astype(np.uint8)


def _rhythm(view: NDArray[np.uint8]) -> float:
    across, down = profile.evidence(view[None], MIDDLE_PIXELS)
    pair = choice.choose(across, down, drift=False)
    return choice.explained(across, down, pair)[0] if pair and pair.pitch >= LEAST_CELL else 0.0


def _middle(rgba: NDArray[np.uint8], most: int) -> NDArray[np.uint8]:
    top, left = (max(0, (size - most) // 2) for size in rgba.shape[:2])
    return rgba[top : top + most, left : left + most]
