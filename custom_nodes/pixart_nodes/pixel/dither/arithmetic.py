"""The arithmetic of error diffusion, settled once for both its forms: single precision, in one order of operations.

A pixel's sum is its wish plus, one after the other, its share of the errors of pixels before it: far rows first,
within a row from its right end to its left in the sense of the kernel's drawing. The sum is kept within bounds, but for
its brightness (`clamp`), gets a palette colour, and what is left is its error. The search is of one of two kinds, by
palette and settings and never by the size of a picture, so that crops and batches agree:

* direct: the least single-precision score |p|² - 2 p·x over the palette, of equals the lower index; in linear light,
  or in OKLab in whole steps;
* looked up: the sum is rounded to 8-bit sRGB, and gets what `nearest` gives that colour. Light far outside of
  0..1 is searched directly where that can be, else rounded to the nearest there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..color import gamut, oklab_steps, spaces
from .diffusion_kernels import Kernel

Singles = NDArray[np.float32]

LIGHTS = ("linear", "srgb")
DIRECT = {("linear", "linear"), ("linear", "oklab")}  # light and metric: the pairs searched directly
DIRECT_UP_TO = 64  # colours; with more, as there and back, a look-up is quicker
RED, GREEN, BLUE = (np.float32(share) for share in spaces.LUMINANCE)
NO_STEPS = np.zeros(0, np.float32)
FAR_OUTSIDE = 0.02  # light below 0 or above 1 by more is far outside
# How far sums may leave the box around the palette, as a share of white, by number of colours: a tenth at 32 in linear
# light, half of that in sRGB values. The fewer colours, the farther off are those that a tone is mixed from, and what
# is cut off changes its hue; the more, the more a large error smears. By S-CIELAB on photographs, and the means of flat
# areas.
MARGIN_BY_SPACE = {"linear": 0.1, "srgb": 0.05}
MARGIN_COLORS, MARGIN_POWER = 32, 1.5


@dataclass(frozen=True)
class Share:
    """A tap: from the pixel `dx` to the left and `dy` up comes `share` of its error."""

    dx: int
    dy: int
    share: np.float32


@dataclass(frozen=True, eq=False)
class Plan:
    """The settings and tables of an error diffusion, all but the picture. Compared by identity."""

    palette: NDArray[np.uint8]
    metric: str
    shares: tuple[Share, ...]
    serpentine: bool
    strength: np.float32
    values: Singles  # [256]: what an sRGB value counts in the light that errors are kept in
    colors: Singles  # [N, 3]: the palette in it
    box: Singles  # [3, 8], see gamut
    low: Singles  # [3]: bounds of the sums, see `clamp`
    high: Singles
    edges: Singles | None  # [255]: linear light from which it rounds to sRGB 1, 2, ... 255
    steps: Singles  # [18], see `oklab_steps`, where what is searched is OKLab; else [0]
    scores: Singles | None  # [N, 4]: -2p and |p|², where there is a direct search
    direct: bool  # whether it serves for all sums

    @cached_property
    def lag(self) -> int:
        """Pixels by which a row must stay behind the row above, so that all errors it receives are computed."""
        return max([2, *(-(-(1 - share.dx) // share.dy) for share in self.shares if share.dy)])

    def searched(self, sums: Singles) -> NDArray[np.intp]:
        """The direct search: the index of the least score for each of [M, 3]."""
        assert self.scores is not None
        return best(oklab_steps.places(sums, self.steps) if self.steps.size else sums, self.scores)


def plan(
    palette: NDArray[np.uint8], metric: str, light: str, kernel: Kernel, strength: float, serpentine: bool
) -> Plan:
    """Prepare for a palette uint8 [N, 3]; frames of an animation share it. Raises UnknownName for light or metric."""
    return _plan(palette.tobytes(), metric, light, kernel, strength, serpentine)


@lru_cache(maxsize=8)
def _plan(colors8: bytes, metric: str, light: str, kernel: Kernel, strength: float, serpentine: bool) -> Plan:
    require(light)
    spaces.require(metric)
    palette = np.frombuffer(colors8, np.uint8).reshape(-1, 3)
    levels = np.arange(256, dtype=np.float64)
    linear = light == "linear"
    values = _in_light(levels, linear)
    colors = values[palette]
    margin = np.float32(MARGIN_BY_SPACE[light] * (MARGIN_COLORS / len(palette)) ** MARGIN_POWER) * values[255]
    taps = sorted(kernel.taps, key=lambda tap: (-tap[1], -tap[0]))
    searched = Plan(
        palette=palette,
        metric=metric,
        shares=tuple(Share(dx, dy, np.float32(share * strength)) for dx, dy, share in taps),
        serpentine=serpentine,
        strength=np.float32(strength),
        values=values,
        colors=colors,
        box=gamut.slanted_box(colors),
        low=colors.min(axis=0) - margin,
        high=colors.max(axis=0) + margin,
        edges=_in_light(levels[1:] - 0.5, linear) if linear else None,
        steps=NO_STEPS,
        scores=None,
        direct=False,
    )
    if (light, metric) not in DIRECT:
        return searched
    return _with_scores(searched, direct=len(palette) <= DIRECT_UP_TO and not serpentine)


def require(light: str) -> None:
    """Raise UnknownName unless errors can be kept in this light."""
    errors.require(light, LIGHTS, what="Light")


def _in_light(values: NDArray[np.float64], linear: bool) -> Singles:
    return (spaces.linear(values) if linear else values).astype(np.float32)


def _with_scores(searched: Plan, direct: bool) -> Plan:
    """The plan with a direct search, which doesn't serve for all sums where it confuses close colours."""
    steps, places = NO_STEPS, searched.colors
    if searched.metric == "oklab":
        steps = oklab_steps.fit(searched.colors, searched.low, searched.high)
        places = oklab_steps.places(searched.colors, steps)
    exact = places.astype(np.float64)
    squares = exact[:, 0] * exact[:, 0] + exact[:, 1] * exact[:, 1] + exact[:, 2] * exact[:, 2]
    scores = np.column_stack([-2 * exact, squares]).astype(np.float32)
    apart = np.array_equal(best(places, scores), np.arange(len(scores)))
    return replace(searched, steps=steps, scores=scores, direct=direct and apart)


def best(places: Singles, scores: Singles) -> NDArray[np.intp]:
    """The index of the least score for each place float32 [M, 3]: [M]."""
    x, y, z = (places[:, channel, None] for channel in range(3))
    a, b, c, d = scores.T
    return (x * a + (y * b + (z * c + d))).argmin(axis=1)


def clamp(sums: Singles, low: Singles, high: Singles) -> Singles:
    """Sums [M, 3] cut off at bounds [3] each, and what that takes from their brightness given to all three channels.

    So what a palette can mix keeps its light where a metric's nearest colours lie on one side of it for long. At most
    the width of green's bounds is given, so that no sum can grow without end.
    """
    cut = np.minimum(np.maximum(sums, low), high)
    off = sums - cut
    lost = off[:, 0] * RED + off[:, 1] * GREEN + off[:, 2] * BLUE
    return cut + np.minimum(np.maximum(lost, low[1] - high[1]), high[1] - low[1])[:, None]


def rounded(sums: Singles, edges: Singles | None) -> NDArray[np.uint8]:
    """The nearest 8-bit sRGB values of sums [..., 3]: uint8 [..., 3].

    Sums are sRGB values 0..255 themselves where `edges` is None, else light 0..1, and `edges` [255] are the amounts of
    light from which values round to 1, 2, ... 255.
    """
    if edges is None:
        return (np.clip(sums, 0, 255) + np.float32(0.5)).astype(np.uint8)
    return np.searchsorted(edges, sums, side="right").astype(np.uint8)
