"""Parts that have all colours of a rainbow, in bands along their longer side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..colors import Rgb, rgb
from ..rasterization import Mask
from ..rendering import Rendering

BANDS = tuple(rgb(color) for color in ("red", "orange", "yellow", "leaf", "blue", "purple"))
NARROW = 16  # a band is this part of the side, so that even a mane has all of them


def rainbow(draw: Callable[[Rgb], Rendering]) -> Rendering:
    """A rendering of which the parts that `draw` gives a colour have all of a rainbow's, each in its band."""
    drawn = [draw(color) for color in BANDS]
    first = drawn[0].pixels
    differs = (first != drawn[-1].pixels).any(axis=2)
    if not differs.any():
        return drawn[0]
    band = _bands(differs)
    pixels = np.choose(band[..., None], [each.pixels for each in drawn])
    return replace(drawn[0], pixels=np.where(differs[..., None], pixels, first))


def _bands(parts: Mask) -> np.ndarray:
    """Which band each pixel belongs to: along the longer side of the parts, or their diagonal where both are alike."""
    y, x = np.nonzero(parts)
    wide, high = int(np.ptp(x)) + 1, int(np.ptp(y)) + 1
    rows, columns = np.mgrid[: parts.shape[0], : parts.shape[1]]
    if wide * 2 > high * 3:
        place = columns - x.min()
    elif high * 2 > wide * 3:
        place = rows - y.min()
    else:
        place = rows - y.min() + columns - x.min()
    narrow = max(2, parts.shape[0] // NARROW, int(place[parts].max()) // (2 * len(BANDS)))
    return place // narrow % len(BANDS)
