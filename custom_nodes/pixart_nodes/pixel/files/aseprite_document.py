"""Aseprite's sprite files taken apart: layers, cels, tile sets, palettes, times and tags.

By the "Aseprite File Format Specifications" (docs/ase-file-specs.md in Aseprite's repository).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import PictureError
from .aseprite import CEL, COMPRESSED, FRAME, HEADER, LAYER, LINKED, PALETTE, PROFILE, TAGS
from .timing import DIRECTIONS, Tag

Pixels = NDArray[np.uint8]

OLD_PALETTES = {0x0004: 255, 0x0011: 63}  # a chunk, and what is full light in it
TILE_SET = 0x2023
RAW, TILE_MAP = 0, 3  # cel types
SHOWN, BACKGROUND, REFERENCE = 1, 8, 64  # layer flags
PICTURES, GROUP, TILES = 0, 1, 2  # layer types
LAYERS_HAVE_OPACITY, GROUPS_ARE_BLENDED = 1, 2  # header flags
TILES_ELSEWHERE, TILES_INSIDE, ZERO_IS_EMPTY = 1, 2, 4  # tile set flags
NO_TILE = 0xFFFFFFFF
HAS_GAMMA, HAS_PROFILE = 1, 2  # a flag, and a type, of a colour profile
BYTES = {8: 1, 16: 2, 32: 4}  # of a pixel, by the sprite's depth
CEL_HEAD = 16  # bytes before a cel's own
MOST_PIXELS = 1 << 26  # of all frames together
EMPTY = np.zeros((0, 0, 4), np.uint8)
ROOT = -1  # stands for the group that all others are in


@dataclass(frozen=True)
class Layer:
    """What the cels of a layer have in common; `shown` is false where a group around it is hidden.

    `group` is the number of the layer that it is in; `background` has no transparent index.
    """

    name: str
    shown: bool
    opacity: int
    blend: int
    kind: int
    group: int = ROOT
    background: bool = False
    tile_set: int = 0


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


@dataclass(frozen=True, eq=False)
class TileSet:
    """Tiles uint8 [N + 1, h, w, bytes], the empty one first; `offset` is added to a number of the map."""

    tiles: Pixels
    offset: int


@dataclass
class Document:
    """A sprite's file; `tables` has a palette a frame, `profile` an ICC profile, and `gamma` a power that is light."""

    width: int
    height: int
    depth: int
    transparent: int
    flags: int
    speed: int
    durations: list[int] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    cels: list[list[Cel]] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    tables: list[Pixels] = field(default_factory=list)
    tile_sets: dict[int, TileSet] = field(default_factory=dict)
    newer_palette: bool = False
    groups: list[int] = field(default_factory=list)  # the last layer of each level
    profile: bytes = b""
    gamma: float = 0.0


def is_sprite(data: bytes) -> bool:
    """Whether these are the bytes of an Aseprite sprite."""
    return data[4:6] == struct.pack("<H", HEADER)


def read(data: bytes) -> Document:
    """The parts of a sprite's bytes.

    Raises PictureError for what is no sprite, too large or damaged, and struct.error, IndexError, zlib.error or
    ValueError for a sprite that is cut off.
    """
    _, magic, count, width, height, depth, flags, speed = struct.unpack_from("<IHHHHHIH", data)
    if magic != HEADER or depth not in BYTES or not count:
        raise PictureError("this is no Aseprite sprite.")
    if count * width * height > MOST_PIXELS or not width * height:
        raise PictureError(f"{count} frames of {width} x {height} pixels are more than can be used.")
    document = Document(width, height, depth, data[28], flags, speed)
    at = 128
    for _ in range(count):
        size, magic, old, duration, chunks = struct.unpack_from("<IHHHxxI", data, at)
        if magic != FRAME:
            raise PictureError("the sprite is damaged: a frame is missing.")
        document.durations.append(duration or document.speed or 1)
        document.cels.append([])
        document.tables.append(document.tables[-1] if document.tables else np.zeros((256, 4), np.uint8))
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
        document.newer_palette = True
        document.tables[-1] = _palette(document.tables[-1].copy(), body)
    elif kind in OLD_PALETTES and not document.newer_palette:
        document.tables[-1] = _old_palette(document.tables[-1].copy(), body, OLD_PALETTES[kind])
    elif kind == TILE_SET:
        _take_tile_set(document, body)
    elif kind == PROFILE:
        _take_profile(document, body)


def _take_layer(document: Document, body: bytes) -> None:
    """A layer, hidden where the group that it is in is."""
    flags, kind, level, _, _, blend, opacity, length = struct.unpack_from("<HHHHHHB3xH", body)
    around = document.groups[:level]
    shown = bool(flags & SHOWN) and not flags & REFERENCE and all(document.layers[group].shown for group in around)
    document.groups = [*around, len(document.layers)]
    name = body[18 : 18 + length].decode("utf-8", "replace")
    blended = kind != GROUP or document.flags & GROUPS_ARE_BLENDED
    opacity = opacity if blended and document.flags & LAYERS_HAVE_OPACITY else 255
    tile_set = struct.unpack_from("<I", body, 18 + length)[0] if kind == TILES else 0
    group = around[-1] if around else ROOT
    background = bool(flags & BACKGROUND)
    document.layers.append(Layer(name, shown, opacity, blend if blended else 0, kind, group, background, tile_set))


def _palette(table: Pixels, body: bytes) -> Pixels:
    size, first, last = struct.unpack_from("<III", body)
    at = 20
    for index in range(first, last + 1):
        flags, *color = struct.unpack_from("<HBBBB", body, at)
        at += 6
        if flags & 1:
            at += 2 + struct.unpack_from("<H", body, at)[0]
        if index < len(table):
            table[index] = color
    table[size:] = 0
    return table


def _old_palette(table: Pixels, body: bytes, full: int) -> Pixels:
    at, index = 2, 0
    for _ in range(struct.unpack_from("<H", body)[0]):
        skip, count = body[at], body[at + 1] or 256
        index, at = index + skip, at + 2
        colors = np.frombuffer(body[at : at + 3 * count], np.uint8).reshape(-1, 3)[: max(0, 256 - index)]
        table[index : index + len(colors), :3] = colors if full == 255 else colors << 2 | colors >> 4 & 3
        table[index : index + len(colors), 3] = 255
        index, at = index + count, at + 3 * count
    return table


def _take_profile(document: Document, body: bytes) -> None:
    kind, flags, gamma = struct.unpack_from("<HHi", body)
    if kind == HAS_PROFILE:
        (length,) = struct.unpack_from("<I", body, 16)
        document.profile = body[20 : 20 + length]
    elif flags & HAS_GAMMA:
        document.gamma = gamma / 65536


def _take_tile_set(document: Document, body: bytes) -> None:
    """The tiles of the file; a set whose tiles are in another file isn't taken."""
    number, flags, count, width, height, length = struct.unpack_from("<IIIHH16xH", body)
    at = 34 + length + (8 if flags & TILES_ELSEWHERE else 0)
    if not flags & TILES_INSIDE:
        return
    depth = BYTES[document.depth]
    if not 0 < count * width * height <= MOST_PIXELS:
        raise PictureError(f"{count} tiles of {width} x {height} pixels are more than can be used.")
    tiles = _unpacked(body[at + 4 :], count * width * height * depth).reshape(count, height, width, depth)
    empty = np.full((1, height, width, depth), document.transparent if depth == 1 else 0, np.uint8)
    own = tiles[1:] if flags & ZERO_IS_EMPTY else tiles
    document.tile_sets[number] = TileSet(np.concatenate([empty, own]), 0 if flags & ZERO_IS_EMPTY else 1)


def _tags(body: bytes, count: int) -> list[Tag]:
    result, at = [], 10
    for _ in range(count):
        first, last, direction, _, length = struct.unpack_from("<HHBH10xH", body, at)
        name = body[at + 19 : at + 19 + length].decode("utf-8", "replace")
        result.append(Tag(name, first, last, DIRECTIONS[direction] if direction < len(DIRECTIONS) else DIRECTIONS[0]))
        at += 19 + length
    return result


def _cel(document: Document, body: bytes) -> Cel:
    number, x, y, opacity, kind, order = struct.unpack_from("<HhhBHh", body)
    layer, own = document.layers[number], body[CEL_HEAD:]
    if kind == LINKED:
        return Cel(number, x, y, opacity, order, link=struct.unpack_from("<H", own)[0])
    if kind not in (RAW, COMPRESSED, TILE_MAP):
        raise PictureError(f"the layer {layer.name!r} has cels of kind {kind}, which isn't known.")
    if not layer.shown:
        return Cel(number, x, y, opacity, order, EMPTY)
    if layer.kind not in (PICTURES, TILES):
        raise PictureError(
            f"the layer {layer.name!r} is of kind {layer.kind}, which isn't known; flatten it in Aseprite."
        )
    if kind == TILE_MAP:
        return Cel(number, x, y, opacity, order, _tile_map(document, layer, own))
    width, height = struct.unpack_from("<HH", own)
    size = width * height * BYTES[document.depth]
    pixels = np.frombuffer(own[4 : 4 + size], np.uint8) if kind == RAW else _unpacked(own[4:], size)
    return Cel(number, x, y, opacity, order, pixels.reshape(height, width, -1))


def _tile_map(document: Document, layer: Layer, own: bytes) -> Pixels:
    """The map drawn with its tiles, uint8 [H, W, bytes]."""
    width, height, bits, *masks = struct.unpack_from("<3H4I", own)
    if layer.tile_set not in document.tile_sets or bits != 32:
        raise PictureError(f"the layer {layer.name!r} has tiles that aren't in the file; flatten it in Aseprite.")
    tile_set = document.tile_sets[layer.tile_set]
    _, high, wide, depth = tile_set.tiles.shape
    if not 0 < width * wide * height * high <= MOST_PIXELS:
        raise PictureError(f"the layer {layer.name!r} has {width} x {height} tiles, more than can be used, or none.")
    places = _unpacked(own[32:], 4 * width * height).view("<u4").reshape(height, width)
    different, which = np.unique(places, return_inverse=True)
    drawn = np.stack([_tile(tile_set, place, masks) for place in different.tolist()])
    return drawn[which.reshape(height, width)].swapaxes(1, 2).reshape(height * high, width * wide, depth)


def _tile(tile_set: TileSet, place: int, masks: list[int]) -> Pixels:
    """One tile, mirrored over the diagonal first, as far as it is square, then by columns and by rows."""
    mask, *flips = masks
    tiles = tile_set.tiles
    index = 0 if place == NO_TILE else (place & mask) // max(1, mask & -mask) + tile_set.offset
    tile = tiles[index if index < len(tiles) else 0]
    across, down, diagonal = (bool(flip) and place & flip == flip for flip in flips)
    if diagonal:
        side, turned = min(tile.shape[:2]), tiles[0].copy()
        turned[:side, :side] = tile[:side, :side].swapaxes(0, 1)
        tile = turned
    return tile[:: -1 if down else 1, :: -1 if across else 1]


def _unpacked(data: bytes, size: int) -> Pixels:
    bare = zlib.decompressobj().decompress(data, size) if size else b""
    if len(bare) < size:
        raise PictureError("the sprite is cut off.")
    return np.frombuffer(bare, np.uint8)
