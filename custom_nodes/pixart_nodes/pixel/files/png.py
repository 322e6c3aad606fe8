"""Exact PNG files from indices or RGBA, and the palette inside a PNG: bytes in, bytes out.

Written out here because libraries re-order, pad or trim palettes; the format is W3C PNG (Third Edition).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_CHUNKS = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")  # that say what samples mean
COMPRESSION = 9  # pixel art is small: take the time


def indexed(
    indices: NDArray[np.integer],
    colors: NDArray[np.uint8],
    transparent: int | None = None,
    texts: Mapping[str, str] | None = None,
) -> bytes:
    """A palette PNG: indices [H, W] into colors [N <= 256, 3], or [N, 4] with alpha; every entry kept, in order.

    `transparent` is an entry that is see-through. The bit depth is the least of 1, 2, 4, 8 that holds N.
    """
    depth = next(bits for bits in (1, 2, 4, 8) if len(colors) <= 1 << bits)
    table = np.ascontiguousarray(colors[:, :3], np.uint8)
    alpha = colors[:, 3].astype(np.uint8) if colors.shape[1] == 4 else np.full(len(colors), 255, np.uint8)
    if transparent is not None:
        alpha[transparent] = 0
    last = len(alpha) - int(np.argmax(alpha[::-1] < 255)) if alpha.min() < 255 else 0
    extra = [chunk(b"PLTE", table.tobytes()), *([chunk(b"tRNS", alpha[:last].tobytes())] if last else [])]
    return _file(indices.shape, depth, 3, extra, packed(indices.astype(np.uint8), depth), texts)


def rgba(pixels: NDArray[np.uint8], texts: Mapping[str, str] | None = None) -> bytes:
    """A true-colour PNG with alpha from uint8 [H, W, 4]."""
    rows = pixels.reshape(pixels.shape[0], -1)
    return _file(pixels.shape[:2], 8, 6, [], rows, texts)


def table_of(data: bytes) -> NDArray[np.uint8] | None:
    """Every PLTE entry in order, with the alpha of tRNS: uint8 [N, 4]; None where the PNG has no palette."""
    if not data.startswith(SIGNATURE) or data[25:26] != b"\x03":
        return None
    bodies = dict(chunks(data))
    colors = np.frombuffer(bodies.get(b"PLTE", b""), np.uint8)
    table = np.full((len(colors) // 3, 4), 255, np.uint8)
    table[:, :3] = colors[: 3 * len(table)].reshape(-1, 3)
    alphas = np.frombuffer(bodies.get(b"tRNS", b""), np.uint8)[: len(table)]
    table[: len(alphas), 3] = alphas
    return table


def swatches(data: bytes) -> bytes | None:
    """A PNG with a pixel for each PLTE entry, and what the file says of its colours; None where it says nothing."""
    bodies = dict(chunks(data))
    said = [chunk(name, bodies[name]) for name in COLOR_CHUNKS if name in bodies]
    table = table_of(data)
    if table is None or not len(table) or not said:
        return None
    header = struct.pack(">IIBBBBB", len(table), 1, 8, 3, 0, 0, 0)
    own = [chunk(name, bodies[name]) for name in (b"PLTE", b"tRNS") if name in bodies]
    row = zlib.compress(bytes([0, *range(len(table))]))
    parts = [chunk(b"IHDR", header), *said, *own, chunk(b"IDAT", row), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def cicp_of(data: bytes) -> tuple[int, int, int, int] | None:
    """The code points of a PNG's cICP: primaries, transfer, matrix, and 1 for the full range; None without it."""
    at = len(SIGNATURE)
    while at + 12 <= len(data) and data[at + 4 : at + 8] not in (b"IDAT", b"PLTE"):
        size = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 8 : at + 8 + min(size, 5)]
        if data[at + 4 : at + 8] == b"cICP" and len(body) == 4:
            return body[0], body[1], body[2], body[3]
        at += 12 + size
    return None


def packed(indices: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    """Pack pixels of `depth` bits into bytes, leftmost in the high bits; rows end on whole bytes."""
    per_byte = 8 // depth
    padded = np.pad(indices, ((0, 0), (0, -indices.shape[1] % per_byte)))
    parts = padded.reshape(len(padded), -1, per_byte)
    shifts = np.arange(8 - depth, -1, -depth)
    return (parts << shifts).sum(axis=2).astype(np.uint8)


def _file(
    shape: tuple[int, ...],
    depth: int,
    kind: int,
    extra: list[bytes],
    rows: NDArray[np.uint8],
    texts: Mapping[str, str] | None,
) -> bytes:
    header = struct.pack(">IIBBBBB", shape[1], shape[0], depth, kind, 0, 0, 0)
    notes = [_text(key, value) for key, value in (texts or {}).items()]
    filtered = np.pad(rows, ((0, 0), (1, 0)))  # filter type 0 before each row: best for few colours
    body = zlib.compress(filtered.tobytes(), COMPRESSION)
    parts = [chunk(b"IHDR", header), *extra, *notes, chunk(b"IDAT", body), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def _text(key: str, value: str) -> bytes:
    """Plain Latin-1 text where it fits, else international text (UTF-8)."""
    try:
        return chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1"))
    except UnicodeEncodeError:
        return chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + value.encode())


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk with its length and its checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk of a PNG; of one that is cut off, the last body is as far as it goes."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size
