"""What is best done with a picture of each kind: which downscale, which dither, adjusted or not, snapped or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..dither import no_dither, table
from ..grid import snap
from ..grid.grid import Grid
from ..resize import downscale
from .kind import FALSE_PIXEL_ART, FLAT, LINE_ART, PHOTOGRAPH, PIXEL_ART, look

RGBA = NDArray[np.uint8]

AUTO = "auto"  # in menus: as the picture's kind asks
PHOTO_METHOD, PHOTO_DITHER = "k-centroid", "floyd-steinberg"


class Means(NamedTuple):
    """What a kind of picture gets: a name of `downscale.METHODS`, one of `table.DITHERS`, adjustment or none.

    `separates`: colours that touch stay apart, by a pattern where the palette has one colour for both.
    """

    method: str
    dither: str
    adjusts: bool
    separates: bool = False


# Without dither what is flat comes out in one colour. Pixel art of the size asked for, or that a whole number of times,
# passes through any downscale as it is; where it must lose pixels, `contrast` keeps most of what was drawn.
MEANS = {
    PIXEL_ART: Means("contrast", no_dither.NAME, adjusts=False),
    FALSE_PIXEL_ART: Means("contrast", no_dither.NAME, adjusts=False),
    LINE_ART: Means("line-art", no_dither.NAME, adjusts=True),
    FLAT: Means("mode", no_dither.NAME, adjusts=True, separates=True),
    PHOTOGRAPH: Means(PHOTO_METHOD, PHOTO_DITHER, adjusts=True),
}


@dataclass(frozen=True)
class Treatment:
    """What a picture was taken for, why, and what is done with it; `grid` is that of false pixel art."""

    kind: str
    reason: str
    means: Means
    grid: Grid | None = None

    @property
    def says(self) -> str:
        """All of it in two sentences."""
        dither = "without dither" if self.means.dither == no_dither.NAME else f"dithered by {self.means.dither}"
        dither += ", but with a pattern where two colours would become one" if self.means.separates else ""
        snapped = "snapped to its grid, then " if self.grid else ""
        return f"Taken for {self.kind}. {self.reason} So it is {snapped}made small by {self.means.method}, {dither}."

    def report(self) -> dict[str, str]:
        """All of it in plain values, for people and for JSON."""
        return {"kind": self.kind, "reason": self.reason, "method": self.means.method, "dither": self.means.dither}


def require(photo_method: str, photo_dither: str) -> None:
    """Raise UnknownName unless there are such a downscale and such a dither."""
    errors.require(photo_method, downscale.METHODS, what="Downscale method")
    errors.require(photo_dither, table.DITHERS, what="Dither")


def treatment(rgba: RGBA, photo_method: str = PHOTO_METHOD, photo_dither: str = PHOTO_DITHER) -> Treatment:
    """What to do with uint8 [H, W, 4]; photographs get the method and the dither given. Raises UnknownName."""
    require(photo_method, photo_dither)
    verdict = look(rgba)
    means = Means(photo_method, photo_dither, adjusts=True) if verdict.kind == PHOTOGRAPH else MEANS[verdict.kind]
    return Treatment(verdict.kind, verdict.reason, means, verdict.grid)


def snapped(rgba: RGBA, plan: Treatment) -> RGBA:
    """The native pixels of false pixel art [H, W, 4]; any other picture, or one of another size, as it is."""
    return snap.snap(rgba, plan.grid) if plan.grid and _fits(plan.grid, rgba) else rgba


def _fits(grid: Grid, rgba: RGBA) -> bool:
    """Whether the grid is one of a picture of this size, where less than half a cell may be left at an end."""
    left = [size - axis.edges[-1] for size, axis in zip(rgba.shape[:2], (grid.y, grid.x), strict=True)]
    return all(0 <= rest <= axis.pitch / 2 for rest, axis in zip(left, (grid.y, grid.x), strict=True))
