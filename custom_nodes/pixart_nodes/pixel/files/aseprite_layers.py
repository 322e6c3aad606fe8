"""Frames of Aseprite's sprites, all visible layers laid over one another as Aseprite itself shows them.

By the "Aseprite File Format Specifications" (docs/ase-file-specs.md in Aseprite's repository). What is drawn with
another blend mode than the normal one, and tile maps, are refused by name rather than shown wrongly.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError
from .aseprite import CEL, COMPRESSED, FRAME, HEADER, LAYER, LINKED, PALETTE, TAGS
from .timing import DIRECTIONS, Tag

Pixels = NDArray[np.uint8]

OLD_PALETTE = 0x0004
RAW, TILE_MAP = 0, 3  # cel types
SHOWN, BACKGROUND, REFERENCE = 1, 8, 64  # layer flags
GROUP = 1  # the layer type
LAYERS_HAVE_OPACITY = 1  # header flag
BYTES = {8: 1, 16: 2, 32: 4}  # of a pixel, by the sprite's depth
CEL_HEAD = 16  # bytes before a cel's own
MOST_PIXELS = 1 << 26  # of all frames together
EMPTY = np.zeros((0, 0, 4), np.uint8)


@dataclass(frozen=True)
class Layer:
    """What the cels of a layer have in common; `shown` is false where a group around it is hidden."""

    name: str
    shown: bool
    opacity: int
    blend: int
    kind: int


@dataclass(frozen=True)
class Cel:
    """A layer's part of a frame; `link` is the frame whose cel of that layer it shows."""

    layer: int
    x: int
    y: int
    opacity: int
    order: int
    pixels: Pixels | None = None
    link: int = -1


@dataclass
class Document:
    """A sprite's file, taken apart."""

    width: int
    height: int
    depth: int
    transparent: int
    layered_opacity: bool
    durations: list[int] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    cels: list[list[Cel]] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    table: Pixels = field(default_factory=lambda: np.zeros((256, 4), np.uint8))
    background: bool = False
    groups: list[bool] = field(default_factory=list)  # whether the last layer of each level is shown


@dataclass(frozen=True, eq=False)
class Reel:
    """Frames uint8 [B, H, W, 4], milliseconds each, and the parts that have names."""

    frames: Pixels
    durations: tuple[int, ...]
    tags: tuple[Tag, ...]


def is_sprite(data: bytes) -> bool:
    """Whether these are the bytes of an Aseprite sprite."""
    return data[4:6] == struct.pack("<H", HEADER)


def decode(data: bytes) -> Reel:
    """All frames of a sprite. Raises PictureError for what is cut off, damaged or can't be shown exactly."""
    try:
        document = _document(data)
        frames = np.stack([_frame(document, number) for number in range(len(document.cels))])
    except (struct.error, IndexError, zlib.error, ValueError) as error:
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"the sprite is damaged or cut off: {error}") from error
    return Reel(frames, tuple(document.durations), tuple(document.tags))


def _document(data: bytes) -> Document:
    _, magic, count, width, height, depth, flags = struct.unpack_from("<IHHHHHI", data)
    if magic != HEADER or depth not in BYTES or not count:
        raise PictureError("this is no Aseprite sprite.")
    if count * width * height > MOST_PIXELS or not width * height:
        raise PictureError(f"{count} frames of {width} x {height} pixels are more than can be used.")
    document = Document(width, height, depth, data[28], bool(flags & LAYERS_HAVE_OPACITY))
    at = 128
    for _ in range(count):
        size, magic, old, duration, chunks = struct.unpack_from("<IHHHxxI", data, at)
        if magic != FRAME:
            raise PictureError("the sprite is damaged: a frame is missing.")
        document.durations.append(max(1, duration))
        document.cels.append([])
        for kind, body in _chunks(data, at + 16, chunks or old):
            _take(document, kind, body)
        at += max(16, size)
    return document


def _chunks(data: bytes, at: int, count: int) -> Iterator[tuple[int, bytes]]:
    for _ in range(count):
        size, kind = struct.unpack_from("<IH", data, at)
        if at + size > len(data):
            raise PictureError("the sprite is cut off.")
        yield kind, data[at + 6 : at + size]
        at += max(6, size)


def _take(document: Document, kind: int, body: bytes) -> None:
    if kind == LAYER:
        _take_layer(document, body)
    elif kind == CEL:
        document.cels[-1].append(_cel(document, body))
    elif kind == TAGS:
        document.tags += _tags(body, struct.unpack_from("<H", body)[0])
    elif kind == PALETTE:
        _take_palette(document, body)
    elif kind == OLD_PALETTE and not document.table.any():
        _take_old_palette(document, body)


def _take_layer(document: Document, body: bytes) -> None:
    """A layer, hidden where the group that it is in is."""
    flags, kind, level, _, _, blend, opacity = struct.unpack_from("<HHHHHHB", body)
    around = document.groups[:level]
    shown = bool(flags & SHOWN) and not flags & REFERENCE and all(around)
    document.groups = [*around, shown]
    document.background |= bool(flags & BACKGROUND)
    (length,) = struct.unpack_from("<H", body, 16)
    name = body[18 : 18 + length].decode("utf-8", "replace")
    document.layers.append(Layer(name, shown, opacity if document.layered_opacity else 255, blend, kind))


def _take_palette(document: Document, body: bytes) -> None:
    _, first, last = struct.unpack_from("<III", body)
    at = 20
    for index in range(first, last + 1):
        flags, *color = struct.unpack_from("<HBBBB", body, at)
        at += 6
        if flags & 1:
            at += 2 + struct.unpack_from("<H", body, at)[0]
        if index < len(document.table):
            document.table[index] = color


def _take_old_palette(document: Document, body: bytes) -> None:
    at, index = 2, 0
    for _ in range(struct.unpack_from("<H", body)[0]):
        skip, count = body[at], body[at + 1] or 256
        index, at = index + skip, at + 2
        colors = np.frombuffer(body[at : at + 3 * count], np.uint8).reshape(-1, 3)[: max(0, 256 - index)]
        document.table[index : index + len(colors), :3] = colors
        document.table[index : index + len(colors), 3] = 255
        index, at = index + count, at + 3 * count


def _tags(body: bytes, count: int) -> list[Tag]:
    result, at = [], 10
    for _ in range(count):
        first, last, direction, _, length = struct.unpack_from("<HHBH10xH", body, at)
        name = body[at + 19 : at + 19 + length].decode("utf-8", "replace")
        result.append(Tag(name, first, last, DIRECTIONS[direction] if direction < len(DIRECTIONS) else DIRECTIONS[0]))
        at += 19 + length
    return result


def _cel(document: Document, body: bytes) -> Cel:
    layer, x, y, opacity, kind, order = struct.unpack_from("<HhhBHh", body)
    own = body[CEL_HEAD:]
    if kind == LINKED:
        return Cel(layer, x, y, opacity, order, link=struct.unpack_from("<H", own)[0])
    if kind not in (RAW, COMPRESSED):
        if kind == TILE_MAP and not document.layers[layer].shown:
            return Cel(layer, x, y, 0, order, np.zeros((0, 0, 4), np.uint8))
        raise PictureError(
            f"the layer {document.layers[layer].name!r} is a tile map; convert it to a normal layer in Aseprite."
        )
    width, height = struct.unpack_from("<HH", own)
    size = width * height * BYTES[document.depth]
    bare = own[4:] if kind == RAW else zlib.decompressobj().decompress(own[4:], size)
    if len(bare) < size:
        raise PictureError("the sprite is cut off.")
    return Cel(layer, x, y, opacity, order, np.frombuffer(bare[:size], np.uint8).reshape(height, width, -1))


def _frame(document: Document, number: int) -> Pixels:
    """The visible cels of a frame, from the lowest to the highest."""
    canvas = np.zeros((document.height, document.width, 4), np.uint8)
    for cel in sorted(document.cels[number], key=lambda cel: (cel.layer + cel.order, cel.order)):
        layer = document.layers[cel.layer]
        if not layer.shown or layer.kind == GROUP:
            continue
        if layer.blend:
            raise PictureError(f"the layer {layer.name!r} isn't blended normally; flatten the sprite in Aseprite.")
        source = _original(document, number, cel)
        _lay(canvas, _colors(document, source), source, _product(cel.opacity, layer.opacity))
    return np.where(canvas[..., 3:] > 0, canvas, 0).astype(np.uint8)


def _original(document: Document, number: int, cel: Cel) -> Cel:
    """The cel that has the pixels: a link leads to an earlier frame's."""
    while cel.pixels is None:
        if cel.link >= number:
            raise PictureError("the sprite is damaged: a cel is linked to none before it.")
        number = cel.link
        cel = next((one for one in document.cels[number] if one.layer == cel.layer), Cel(cel.layer, 0, 0, 0, 0, EMPTY))
    return cel


def _colors(document: Document, cel: Cel) -> Pixels:
    """The cel's pixels as uint8 [H, W, 4]; an index that is transparent shows nothing, but in a background."""
    pixels = cel.pixels if cel.pixels is not None else EMPTY
    if document.depth == 32 or not pixels.size:
        return pixels
    if document.depth == 16:
        return pixels[..., [0, 0, 0, 1]]
    table = document.table.copy()
    if not document.background:
        table[document.transparent] = 0
    return table[pixels[..., 0]]


def _lay(canvas: Pixels, colors: Pixels, cel: Cel, opacity: NDArray[np.int64]) -> None:
    """The cel's colours over the canvas, in place."""
    height, width = canvas.shape[:2]
    top, left = max(0, cel.y), max(0, cel.x)
    bottom, right = min(height, cel.y + colors.shape[0]), min(width, cel.x + colors.shape[1])
    if top >= bottom or left >= right:
        return
    source = colors[top - cel.y : bottom - cel.y, left - cel.x : right - cel.x]
    part = canvas[top:bottom, left:right]
    part[...] = _over(part, source, opacity)


def _over(back: Pixels, source: Pixels, opacity: NDArray[np.int64]) -> Pixels:
    """Straight alpha over straight alpha in whole numbers, as Aseprite's rgba_blender_normal counts."""
    alpha = _product(source[..., 3:], opacity)
    below = back[..., 3:].astype(np.int64)
    result = alpha + below - _product(alpha, below)
    step = (source[..., :3].astype(np.int64) - back[..., :3]) * alpha
    mixed = back[..., :3] + np.trunc(step / np.maximum(result, 1)).astype(np.int64)
    mixed = np.where(below == 0, source[..., :3], np.where(alpha == 0, back[..., :3], mixed))
    return np.concatenate([mixed, result], axis=-1).astype(np.uint8)


def _product(one: NDArray[np.integer] | int, other: NDArray[np.integer] | int) -> NDArray[np.int64]:
    """Of two shares of 255, rounded as pixman's MUL_UN8 does."""
    both = np.asarray(one).astype(np.int64) * np.asarray(other).astype(np.int64) + 128
    return ((both >> 8) + both) >> 8
