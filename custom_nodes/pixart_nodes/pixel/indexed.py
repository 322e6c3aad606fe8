"""How a picture fits a palette PNG: indices, the table of colours, and the entry that is transparent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import png
from .errors import PaletteError
from .palette import MAX_COLORS, Palette, distinct, packed


@dataclass(frozen=True, eq=False)
class Indexed:
    """Indices [H, W] into `colors` [N, 3]; `transparent` is the last index where something is see-through."""

    indices: NDArray[np.int64]
    colors: NDArray[np.uint8]
    transparent: int | None


def encode(rgba: NDArray[np.uint8], palette: Palette | None, texts: Mapping[str, str]) -> tuple[bytes, str]:
    """PNG bytes of uint8 [H, W, 4] and their mode, "indexed" or "rgba". Raises PaletteError as `index`."""
    plan = index(rgba, palette)
    if plan is None:
        return png.rgba(np.where(rgba[..., 3:] > 0, rgba, 0).astype(np.uint8), texts), "rgba"
    return png.indexed(plan.indices, plan.colors, plan.transparent, texts), "indexed"


def index(rgba: NDArray[np.uint8], palette: Palette | None = None) -> Indexed | None:
    """Indices for uint8 [H, W, 4], or None where a palette PNG can't hold it exactly.

    With a palette its order and unused entries are kept, a transparent entry follows at the end; where there
    is no room for that one, unused entries go. Without, colours are numbered as they appear. Half-transparent
    pixels and more than 256 entries give None. Raises PaletteError for a visible colour the palette lacks.
    """
    visible = rgba[..., 3] > 0
    if np.any(visible & (rgba[..., 3] < 255)):
        return None
    used = distinct(rgba[visible][:, :3])
    table = used if palette is None else palette.colors
    _require(used, table, palette)
    room = MAX_COLORS - int(not visible.all())
    if len(table) > room and palette is not None:
        table = table[np.isin(packed(table), packed(used))]
    if len(table) > room:
        return None
    return _numbered(rgba, visible, table)


def _require(used: NDArray[np.uint8], table: NDArray[np.uint8], palette: Palette | None) -> None:
    strange = used[~np.isin(packed(used), packed(table))]
    if palette is not None and len(strange):
        raise PaletteError(
            f"The image shows {len(strange)} colours that the palette {palette.name!r} lacks, "
            f"#{bytes(strange[0]).hex()} first. Put Quantize to Palette with that palette before this node."
        )


def _numbered(rgba: NDArray[np.uint8], visible: NDArray[np.bool_], table: NDArray[np.uint8]) -> Indexed:
    keys = packed(table)
    order = np.argsort(keys)
    places = np.searchsorted(keys[order], packed(rgba[visible]))
    indices = np.full(visible.shape, len(table), np.int64)
    indices[visible] = order[places]
    if visible.all():
        return Indexed(indices, table, None)
    return Indexed(indices, np.concatenate([table, np.zeros((1, 3), np.uint8)]), len(table))
