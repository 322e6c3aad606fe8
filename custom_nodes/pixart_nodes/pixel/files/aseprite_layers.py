"""Frames of Aseprite's sprites, all visible layers laid over one another as Aseprite itself shows them.

Groups that are blended are drawn by themselves first (its render.cpp), and cels with an order of their own go as many
layers up or down as it says (note 5 of its file format's specification).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError
from . import aseprite_document
from .aseprite_blend import MODES, NORMAL, laid, product
from .aseprite_document import GROUP, GROUPS_ARE_BLENDED, ROOT, Cel, Document, Layer, Pixels
from .timing import Tag

MOST_PIXELS, is_sprite = aseprite_document.MOST_PIXELS, aseprite_document.is_sprite


@dataclass(frozen=True, eq=False)
class Reel:
    """Frames uint8 [B, H, W, 4], milliseconds each, the parts that have names, and what the file says of its colours.

    `profile` is an ICC profile, b"" for none; `gamma` is the power of a sample that is its light, 0 for sRGB's curve.
    """

    frames: Pixels
    durations: tuple[int, ...]
    tags: tuple[Tag, ...]
    profile: bytes = b""
    gamma: float = 0.0


def decode(data: bytes) -> Reel:
    """All frames of a sprite. Raises PictureError for what is cut off, damaged or can't be shown exactly."""
    try:
        document = aseprite_document.read(data)
        frames = np.stack([_frame(document, number) for number in range(len(document.cels))])
    except (struct.error, IndexError, zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"the sprite is damaged or cut off: {error}") from error
    return Reel(frames, tuple(document.durations), tuple(document.tags), document.profile, document.gamma)


def _frame(document: Document, number: int) -> Pixels:
    canvas = _canvas(document, number, ROOT)
    return np.where(canvas[..., 3:] > 0, canvas, 0).astype(np.uint8)


def _canvas(document: Document, number: int, group: int) -> Pixels:
    """The visible layers of a group in a frame, the lowest first; of all groups, where none is blended."""
    canvas = np.zeros((document.height, document.width, 4), np.uint8)
    cels = {cel.layer: cel for cel in document.cels[number]}
    apart = bool(document.flags & GROUPS_ARE_BLENDED)
    inside = [at for at, layer in enumerate(document.layers) if not apart or layer.group == group]
    orders = [cels[at].order if at in cels else 0 for at in inside]
    places = [(place + order, order, at) for place, (order, at) in enumerate(zip(orders, inside, strict=True))]
    for _, _, at in sorted(places):
        layer = document.layers[at]
        if not layer.shown:
            continue
        if layer.kind == GROUP and apart:
            _lay(canvas, _canvas(document, number, at), (0, 0), product(255, layer.opacity), layer)
        elif layer.kind != GROUP and at in cels:
            cel = cels[at]
            colors = _colors(document, number, _pixels(document, number, cel), layer)
            _lay(canvas, colors, (cel.x, cel.y), product(cel.opacity, layer.opacity), layer)
    return canvas


def _pixels(document: Document, number: int, cel: Cel) -> Pixels:
    """What the cel shows: a link leads to an earlier frame's."""
    while cel.pixels is None:
        if cel.link >= number:
            raise PictureError("the sprite is damaged: a cel is linked to none before it.")
        number = cel.link
        cel = next((one for one in document.cels[number] if one.layer == cel.layer), cel)
    return cel.pixels


def _colors(document: Document, number: int, pixels: Pixels, layer: Layer) -> Pixels:
    """The cel's pixels as uint8 [H, W, 4]; an index that is transparent shows nothing, but in a background."""
    if document.depth == 32 or not pixels.size:
        return pixels
    if document.depth == 16:
        return pixels[..., [0, 0, 0, 1]]
    table = document.tables[number].copy()
    if not layer.background:
        table[document.transparent] = 0
    return table[pixels[..., 0]]


def _lay(canvas: Pixels, colors: Pixels, place: tuple[int, int], opacity: NDArray[np.int64], layer: Layer) -> None:
    """The colours over the canvas, in place, as far as they are inside. Raises PictureError for an unknown mode."""
    if layer.blend != NORMAL and layer.blend not in MODES:
        raise PictureError(f"the layer {layer.name!r} is blended in a way that isn't known; flatten it in Aseprite.")
    (left, top), (height, width) = place, canvas.shape[:2]
    rows = slice(max(0, top), max(0, min(height, top + colors.shape[0])))
    columns = slice(max(0, left), max(0, min(width, left + colors.shape[1])))
    part = canvas[rows, columns]
    if part.size:
        source = colors[rows.start - top :, columns.start - left :][: part.shape[0], : part.shape[1]]
        part[...] = laid(part, source, opacity, layer.blend)
