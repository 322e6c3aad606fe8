"""Aseprite's own files, .aseprite: one layer, one cel a frame, the palette with its names, tags.

By the "Aseprite File Format Specifications" that its authors publish; the names of chunks are theirs. Words and
numbers are little-endian.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import extent
from .timing import DIRECTIONS, Tag

HEADER, FRAME = 0xA5E0, 0xF1FA  # magic numbers
LAYER, CEL, PROFILE, TAGS, PALETTE = 0x2004, 0x2005, 0x2007, 0x2018, 0x2019  # chunk types
LINKED, COMPRESSED = 1, 2  # cel types
VISIBLE_EDITABLE, BACKGROUND = 3, 8 | 4  # layer flags; a background can't be moved


@dataclass(frozen=True, eq=False)
class Sprite:
    """What goes into a file: pixels are indices [B, H, W] into `table`, or uint8 [B, H, W, 4].

    `table`: the palette, uint8 [N, 4]. `transparent` is the index that shows nothing; None: the sprite is opaque.
    `names` belong to the first entries; an empty one is none.
    """

    pixels: NDArray[np.integer]
    table: NDArray[np.uint8]
    transparent: int | None = None
    names: Sequence[str] = ()

    @property
    def indexed(self) -> bool:
        """Whether a pixel is one byte."""
        return self.pixels.ndim == 3

    @property
    def opaque(self) -> bool:
        """Whether every pixel of every frame shows: then the layer is a background, where no index is transparent."""
        return self.transparent is None if self.indexed else bool((self.pixels[..., 3] == 255).all())


def encode(sprite: Sprite, durations: Sequence[int], tags: Sequence[Tag] = ()) -> bytes:
    """The file's bytes. `durations` in milliseconds, 1..65535, one a frame."""
    palette = [_palette(sprite)] if len(sprite.table) else []
    first = [_profile(), *palette, _layer(sprite), *([_tags(tags)] if tags else [])]
    frames = []
    for number, (duration, original) in enumerate(zip(durations, _originals(sprite.pixels), strict=True)):
        chunks = [*(first if number == 0 else []), *_cel(sprite, number, original)]
        frames.append(_frame(chunks, duration))
    body = b"".join(frames)
    return _header(sprite, len(body), durations[0]) + body


def _header(sprite: Sprite, size: int, speed: int) -> bytes:
    count, height, width = sprite.pixels.shape[:3]
    start = struct.pack("<IHHHHH", 128 + size, HEADER, count, width, height, 8 if sprite.indexed else 32)
    rest = struct.pack("<IHII", 1, speed, 0, 0)  # 1: layers have an opacity
    palette = struct.pack("<B3xHBB", sprite.transparent or 0, len(sprite.table), 1, 1)
    return (start + rest + palette + struct.pack("<hhHH", 0, 0, 16, 16)).ljust(128, b"\0")


def _frame(chunks: list[bytes], duration: int) -> bytes:
    body = b"".join(chunks)
    return struct.pack("<IHHHxxI", 16 + len(body), FRAME, len(chunks), duration, len(chunks)) + body


def _chunk(kind: int, body: bytes) -> bytes:
    return struct.pack("<IH", 6 + len(body), kind) + body


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<H", len(data)) + data


def _profile() -> bytes:
    return _chunk(PROFILE, struct.pack("<HHI8x", 1, 0, 0))  # 1: sRGB


def _palette(sprite: Sprite) -> bytes:
    entries = []
    for number, color in enumerate(sprite.table.tolist()):
        name = sprite.names[number] if number < len(sprite.names) else ""
        entries.append(struct.pack("<HBBBB", bool(name), *color) + (_string(name) if name else b""))
    count = len(entries)
    return _chunk(PALETTE, struct.pack("<III8x", count, 0, count - 1) + b"".join(entries))


def _layer(sprite: Sprite) -> bytes:
    flags, name = (VISIBLE_EDITABLE | BACKGROUND, "Background") if sprite.opaque else (VISIBLE_EDITABLE, "Layer 1")
    return _chunk(LAYER, struct.pack("<HHHHHHB3x", flags, 0, 0, 0, 0, 0, 255) + _string(name))


def _tags(tags: Sequence[Tag]) -> bytes:
    body = struct.pack("<H8x", len(tags))
    for tag in tags:
        body += struct.pack("<HHBH6x3xx", tag.first, tag.last, DIRECTIONS.index(tag.direction), 0) + _string(tag.name)
    return _chunk(TAGS, body)


def _cel(sprite: Sprite, number: int, original: int) -> list[bytes]:
    """The visible part of a frame, a link where an earlier frame is the same, nothing where it is empty."""
    pixels = sprite.pixels[number]
    shows = pixels != sprite.transparent if sprite.indexed else pixels[..., 3] > 0
    box = extent.of(shows | sprite.opaque)
    if box is None:
        return []
    if original != number:
        return [_cel_chunk(box, LINKED, struct.pack("<H", original))]
    part = pixels[box].astype(np.uint8)
    size = struct.pack("<HH", part.shape[1], part.shape[0])
    return [_cel_chunk(box, COMPRESSED, size + zlib.compress(part.tobytes(), 9))]


def _cel_chunk(box: extent.Box, kind: int, data: bytes) -> bytes:
    return _chunk(CEL, struct.pack("<HhhBHh5x", 0, box[1].start, box[0].start, 255, kind, 0) + data)


def _originals(pixels: NDArray[np.integer]) -> list[int]:
    """For each frame the number of the first that is the same."""
    first: dict[bytes, int] = {}
    return [first.setdefault(frame.tobytes(), number) for number, frame in enumerate(pixels)]
