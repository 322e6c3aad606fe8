"""What the table of dithers is made of: a dither, and the family of dithers that it is shown in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..palette import nearest
from ..palette.nearest import Indices


class DitherSettings(Protocol):
    """The part of a `Quantization` that dithers use; the meaning of each field is written there."""

    @property
    def metric(self) -> str: ...  # noqa: D102 - documented in `Quantization`
    @property
    def strength(self) -> float: ...  # noqa: D102
    @property
    def serpentine(self) -> bool: ...  # noqa: D102
    @property
    def light(self) -> str: ...  # noqa: D102


class Run(Protocol):
    """The function behind a dither."""

    def __call__(
        self,
        rgba: NDArray[np.uint8],
        opaque: NDArray[np.bool_],
        palette: NDArray[np.uint8],
        settings: DitherSettings,
        /,
    ) -> Indices:
        """Index of a palette colour for each pixel: [H, W, 4], mask [H, W] and [N, 3] in, int16 [H, W] out.

        What pixels outside the mask get isn't used. `settings.strength` is above 0.
        """
        ...


@dataclass(frozen=True)
class Dither:
    """One entry of the menu.

    `sequential`: each pixel waits for the one before it. Such a dither takes one thread a picture, so that the
    pictures of a batch are done side by side; others spread each picture over all threads.
    """

    run: Run
    sequential: bool


@dataclass(frozen=True)
class Family:
    """Dithers that work alike and are shown together, by their names in the menu's order.

    `hint` is its part of the menu's tooltip, empty where another family's hint speaks for it. `page` are its lines of
    the help page. `others`: both speak of "the others", and come after those of all other families.
    """

    dithers: Mapping[str, Dither]
    hint: str
    page: str
    others: bool = False


def softened(rgb: NDArray[np.uint8], palette: NDArray[np.uint8], metric: str, strength: float) -> NDArray[np.uint8]:
    """Each colour [..., 3 or 4] pulled towards its nearest palette colour, to it at 0, not at all at 1; rounded."""
    if strength >= 1:
        return rgb
    near = palette[nearest.indices(rgb, palette, metric)]
    if strength <= 0:
        return near
    pull = np.rint(np.arange(-255, 256) * strength).astype(np.int16)
    return (near + pull[rgb[..., :3].astype(np.int16) - near + 255]).astype(np.uint8)


def by_position(
    draw: Callable[[NDArray[np.uint8], NDArray[np.uint8], str, str, str], Indices],
    name: str,
    rgba: NDArray[np.uint8],
    _opaque: NDArray[np.bool_],
    palette: NDArray[np.uint8],
    settings: DitherSettings,
) -> Indices:
    """Run a dither that knows where a pixel is and nothing of its neighbours, with the colours softened first."""
    soft = softened(rgba, palette, settings.metric, settings.strength)
    return draw(soft, palette, settings.metric, name, settings.light)
