"""How a picture fits an indexed image: the index of each pixel and the table that they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import errors
from ..errors import PaletteError, PictureError
from ..palette.palette import MAX_COLORS, Palette, distinct, each_once, packed
from . import png

Indices = NDArray[np.integer]

MISSING_INDEX = -1  # a colour that the table lacks
UNKNOWN_COLOR_CHOICES = ("refuse", "keep")  # what to do with colours that can't be swapped


@dataclass(frozen=True, eq=False)
class Indexed:
    """Indices [H, W] into `table`, uint8 [N, 4] with alpha."""

    indices: NDArray[np.int64]
    table: NDArray[np.uint8]

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The table without alpha: uint8 [N, 3]."""
        return self.table[:, :3]

    @property
    def transparent(self) -> int | None:
        """The first index whose entry is see-through; None where there is none."""
        hidden = np.flatnonzero(self.table[:, 3] == 0)
        return int(hidden[0]) if len(hidden) else None

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """What the image shows: uint8 [H, W, 4], zeros where it is see-through."""
        colors = np.where(self.table[:, 3:] > 0, self.table, 0).astype(np.uint8)
        return colors[self.indices]


def encode(
    rgba: NDArray[np.uint8], palette: Palette | None, texts: Mapping[str, str], source: Indices | None = None
) -> tuple[bytes, str]:
    """PNG bytes of uint8 [H, W, 4] and their mode, "indexed" or "rgba". Arguments and errors as in `index`."""
    plan = index(rgba, palette, source)
    if plan is None:
        return png.rgba(np.where(rgba[..., 3:] > 0, rgba, 0).astype(np.uint8), texts), "rgba"
    return png.indexed(plan.indices, plan.table, texts=texts), "indexed"


def index(rgba: NDArray[np.uint8], palette: Palette | None = None, source: Indices | None = None) -> Indexed | None:
    """Indices for uint8 [H, W, 4], or None where a palette PNG can't hold it exactly.

    With a palette its order, repeated and unused entries are kept. See-through pixels take its first transparent
    entry; where it has none, one follows at the end, and where there is no room for that one, unused entries go.
    Of equal entries the first is taken, or the one that `source` [H, W] names: the indices that the picture was loaded
    with.
    Without a palette, colours are numbered as they appear. Half-transparent pixels that the palette hasn't, and more
    than 256 entries, give None. Raises PaletteError for an opaque colour the palette lacks.
    """
    table = _own_table(rgba) if palette is None else palette.table
    if table is None:
        return None
    indices = places(rgba, table, source)
    alpha = rgba[..., 3]
    if np.any((indices == MISSING_INDEX) & (alpha > 0) & (alpha < 255)):
        return None
    if palette is not None:
        _require(rgba[(indices == MISSING_INDEX) & (alpha > 0)], palette)
    if not np.any(indices == MISSING_INDEX):
        return Indexed(indices, table) if len(table) <= MAX_COLORS else None
    if len(table) >= MAX_COLORS and palette is not None:
        table = table[each_once(indices[indices != MISSING_INDEX])]
        indices = places(rgba, table)
    if len(table) >= MAX_COLORS:
        return None
    indices[indices == MISSING_INDEX] = len(table)
    return Indexed(indices, np.concatenate([table, np.zeros((1, 4), np.uint8)]))


def required(rgba: NDArray[np.uint8], palette: Palette | None = None, source: Indices | None = None) -> Indexed:
    """Indices and table for uint8 [H, W, 4], with the arguments of `index`.

    Raises PaletteError as `index` does, and PictureError where the image can't be indexed exactly.
    """
    plan = index(rgba, palette, source)
    if plan is None:
        raise PictureError(
            "The image has more than 256 colours, or half-transparent pixels that no palette has: put Quantize to "
            "Palette before this node."
        )
    return plan


def _own_table(rgba: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The opaque colours as they appear, [N, 4]; None where some pixel is half-transparent."""
    visible = rgba[rgba[..., 3] > 0]
    if np.any(visible[:, 3] < 255):
        return None
    return np.pad(distinct(visible[:, :3]), ((0, 0), (0, 1)), constant_values=255)


def places(rgba: NDArray[np.uint8], table: NDArray[np.uint8], source: Indices | None = None) -> NDArray[np.int64]:
    """The first entry of [N, 4] that equals each pixel of [H, W, 4], else MISSING_INDEX: int64 [H, W].

    Where `source` [H, W] names an entry that equals the pixel too, it is that one. All see-through colours are equal.
    """
    pixel_keys, keys = _keys(rgba), _keys(table)
    ordered, first = np.unique(keys, return_index=True)
    near = np.minimum(np.searchsorted(ordered, pixel_keys), max(len(ordered) - 1, 0))
    if not len(ordered):
        return np.full(pixel_keys.shape, MISSING_INDEX, np.int64)
    indices = np.where(ordered[near] == pixel_keys, first[near], MISSING_INDEX)
    if source is None:
        return indices
    candidates = np.minimum(source, len(keys) - 1)
    return np.where((source < len(keys)) & (keys[candidates] == pixel_keys), candidates, indices).astype(np.int64)


def _keys(rgba: NDArray[np.uint8]) -> NDArray[np.int64]:
    """0xAARRGGBB for each, and 0 for all that is see-through."""
    alpha = rgba[..., 3].astype(np.int64)
    return np.where(alpha > 0, packed(rgba) | alpha << 24, 0)


def _require(strange: NDArray[np.uint8], palette: Palette) -> None:
    if not len(strange):
        return
    colors = distinct(strange[:, :3])
    opaque, visible = strange[strange[:, 3] == 255], palette.table[palette.table[:, 3] > 0]
    half = opaque[np.isin(packed(opaque), packed(visible))]
    if len(half):
        raise PaletteError(
            f"The image shows #{bytes(half[0, :3]).hex()} opaque, which the palette {palette.name!r} "
            "has half-transparent only. Take a palette that has it opaque."
        )
    raise PaletteError(
        f"The image shows {len(colors)} colours that the palette {palette.name!r} lacks, "
        f"#{bytes(colors[0]).hex()} first. Put Quantize to Palette with that palette before this node."
    )


def swap(
    rgba: NDArray[np.uint8], old: Palette, new: Palette, source: Indices | None = None, others: str = "refuse"
) -> NDArray[np.uint8]:
    """Each visible pixel of uint8 [H, W, 4] that shows entry i of one palette gets entry i of the other.

    See-through pixels stay so. `source` as in `index`. A colour that the old palette lacks, and one whose index the
    new one lacks, is kept with `others` "keep"; with "refuse" it raises PaletteError. Raises UnknownName.
    """
    require_others(others)
    indices = places(rgba, old.table, source)
    visible = rgba[..., 3] > 0
    if others == "refuse":
        _require(rgba[(indices == MISSING_INDEX) & visible], old)
        _require_counterpart(indices[visible], old, new)
    replaceable = visible & (indices != MISSING_INDEX) & (indices < len(new.table))
    result = np.where(visible[..., None], rgba, 0).astype(np.uint8)
    result[replaceable] = new.table[indices[replaceable]]
    result[result[..., 3] == 0] = 0
    return result


def _require_counterpart(indices: Indices, old: Palette, new: Palette) -> None:
    beyond = int(indices.max(initial=0))
    if beyond >= len(new.entries):
        raise PaletteError(
            f"The image shows entry {beyond} of the palette {old.name!r}, #{bytes(old.entries[beyond].rgb).hex()}; "
            f"{new.name!r} has entries 0 to {len(new.entries) - 1}. Add to it with Edit Palette, or keep other colours."
        )


def require_others(others: str) -> None:
    """Raise UnknownName unless there is such a way with other colours."""
    errors.require(others, UNKNOWN_COLOR_CHOICES, what="Way with other colours")
