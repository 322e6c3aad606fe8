"""How a picture is brought to a palette: all settings as one value."""

from __future__ import annotations

from dataclasses import dataclass

from .. import errors
from ..color import spaces
from ..errors import PixelError
from ..palette.palette import Palette
from . import arithmetic, table


@dataclass(frozen=True, eq=False)
class Quantization:
    """The settings of a quantization.

    `palette`: its `paints` are the colours that opaque pixels get.
    `metric`: what counts as the nearest colour; a name of `spaces.METRICS`.
    `dither`: a name of `table.DITHERS`; "none" gives each pixel its nearest colour.
    `strength`: share of dither, 0 to 1; 0 is as dither "none".
    `serpentine`: whether error diffusion turns its direction, and the kernel with it, on every second row.
    `alpha_threshold`: share of full alpha, 0 to 1, from which on a pixel is opaque; 0 keeps every pixel.
    `light`: the values in which dithers average colours and keep errors, "linear" or "srgb".

    Raises UnknownName for a metric, dither or light that there isn't, PixelError for a share that is not within 0 to 1.
    """

    palette: Palette
    metric: str = "oklab"
    dither: str = "none"
    strength: float = 1.0
    serpentine: bool = True
    alpha_threshold: float = 0.5
    light: str = "linear"

    def __post_init__(self) -> None:
        require(self.metric, self.dither, self.light)
        for name in ("strength", "alpha_threshold"):
            share = getattr(self, name)
            if not 0 <= share <= 1:  # NaN too
                raise PixelError(f"{name} is {share}, and may be 0 to 1.")

    @property
    def sequential(self) -> bool:
        """Whether the pictures of a batch should be done side by side, each on one thread."""
        return table.DITHERS[self.dither].sequential


def require(metric: str, dither: str, light: str) -> None:
    """Raise UnknownName unless there are such a metric, such a dither and such a light."""
    spaces.require(metric)
    errors.require(dither, table.DITHERS, what="Dither")
    arithmetic.require(light)
