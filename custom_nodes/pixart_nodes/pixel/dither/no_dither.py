"""The dither that is none: each pixel gets its nearest palette colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..palette import nearest
from ..palette.nearest import Indices
from .family import Dither, DitherSettings, Family

NAME = "none"


def _run(
    rgba: NDArray[np.uint8], _opaque: NDArray[np.bool_], palette: NDArray[np.uint8], settings: DitherSettings
) -> Indices:
    return nearest.indices(rgba, palette, settings.metric)


FAMILY = Family(
    dithers={NAME: Dither(_run, sequential=False)},
    hint="none: clean areas",
    page="  * `none`: clean areas; most pixel art wants this.\n",
)
