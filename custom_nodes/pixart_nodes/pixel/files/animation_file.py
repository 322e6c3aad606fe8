"""An animation as a file: GIF, animated PNG or Aseprite, each with the very pixels of its frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..errors import PictureError
from ..palette.palette import Palette
from . import apng, aseprite, gif
from .indexed import Indexed, index
from .timing import Tag


@dataclass(frozen=True, eq=False)
class Film:
    """Frames uint8 [B, H, W, 4], how long each lasts in milliseconds, and what a format may make use of.

    `plays`: how often, 0 for ever. A palette gives its order and its unused entries to the file.
    """

    frames: NDArray[np.uint8]
    durations: Sequence[int]
    plays: int = 0
    palette: Palette | None = None
    tags: Sequence[Tag] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def half_transparent(self) -> bool:
        """Whether some pixel is neither opaque nor fully transparent."""
        alpha = self.frames[..., 3]
        return bool(((alpha > 0) & (alpha < 255)).any())

    @cached_property
    def plan(self) -> Indexed | None:
        """One colour table for all frames, laid one below the other; None where 256 colours don't do.

        Raises PaletteError for a visible colour that the palette lacks.
        """
        stacked = self.frames.reshape(-1, *self.frames.shape[2:])
        return None if self.half_transparent else index(stacked, self.palette)

    @property
    def indices(self) -> NDArray[np.int64]:
        """The frames as indices [B, H, W] into the plan's colours."""
        if self.plan is None:
            raise PictureError("These frames have more than 256 colours or half-transparent pixels, and no indices.")
        return self.plan.indices.reshape(self.frames.shape[:3])

    @property
    def clean(self) -> NDArray[np.uint8]:
        """The frames without the colours that hide under alpha 0."""
        return np.where(self.frames[..., 3:] > 0, self.frames, 0).astype(np.uint8)


class Format(NamedTuple):
    """How a film is written, and the ending of its file."""

    write: Callable[[Film], bytes]
    suffix: str


def _gif(film: Film) -> bytes:
    if film.half_transparent:
        raise PictureError(
            "A GIF has no half-transparent pixels. Put Quantize Animation before this node, "
            "or save as apng or aseprite."
        )
    if film.plan is None:
        raise PictureError(
            "A GIF holds 256 colours, transparency among them, and these frames have more. Put Quantize Animation "
            "before this node, or save as apng or aseprite."
        )
    return gif.encode(film.indices, film.plan.colors, film.plan.transparent, film.durations, film.plays)


def _apng(film: Film) -> bytes:
    if film.plan is None:
        return apng.rgba(film.clean, film.durations, film.plays, film.texts)
    return apng.indexed(film.indices, film.plan, film.durations, film.plays, film.texts)


def _aseprite(film: Film) -> bytes:
    if film.plan is None:
        table = np.zeros((0, 4), np.uint8) if film.palette is None else film.palette.table
        sprite = aseprite.Sprite(film.clean, table, names=_names(film, table))
    else:
        table = film.plan.table
        sprite = aseprite.Sprite(film.indices, table, film.plan.transparent, _names(film, table))
    return aseprite.encode(sprite, film.durations, film.tags)


def _names(film: Film, table: NDArray[np.uint8]) -> list[str]:
    """What the palette calls its entries; by their colours where unused ones had to go."""
    entries = () if film.palette is None else film.palette.entries
    if len(table) >= len(entries):
        return [entry.name for entry in entries]
    names = {(*entry.rgb, entry.alpha): entry.name for entry in reversed(entries)}
    return [names.get((red, green, blue, alpha), "") for red, green, blue, alpha in table.tolist()]


FORMATS = {
    "gif": Format(_gif, ".gif"),
    "apng": Format(_apng, ".png"),
    "aseprite": Format(_aseprite, ".aseprite"),
}


def require(format: str) -> None:
    """Raise UnknownName unless there is such a format."""
    errors.require(format, FORMATS, what="Animation format")


def encode(film: Film, format: str) -> bytes:
    """The bytes of the film's file in `format`.

    Raises UnknownName for the format, PaletteError for a visible colour that the palette lacks, and PictureError for
    what a format can't hold.
    """
    require(format)
    return FORMATS[format].write(film)
