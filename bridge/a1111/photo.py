"""What a picture file says of itself, read from its bytes: its size, and the comment that A1111 leaves in EXIF."""

from __future__ import annotations

import struct
from collections.abc import Iterator

ORIENTATION, EXIF_FOLDER, USER_COMMENT = 0x0112, 0x8769, 0x9286  # EXIF tags
TURNED = range(5, 9)  # orientations that swap width and height
MOST_ENTRIES = 512  # of one EXIF folder that are looked at
START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG markers that carry the size


def size(data: bytes) -> tuple[int, int] | None:
    """Width and height as shown, in pixels, of a PNG, JPEG, GIF, WebP or BMP; None when that can't be told."""
    found = next((read(data) for start, read in READERS.items() if data.startswith(start)), None)
    if found is None:
        return None
    turned = entries(data).get(ORIENTATION) in TURNED
    return (found[1], found[0]) if turned else found


def comment(data: bytes) -> str | None:
    """EXIF's UserComment of a JPEG or WebP as text; None when there is none."""
    raw = entries(data).get(USER_COMMENT)
    if not isinstance(raw, bytes):
        return None
    kind, text = raw[:8], raw[8:]
    if kind.startswith(b"UNICODE"):  # big-endian unless it begins like little-endian Latin text
        little = len(text) > 1 and text[0] != 0 and text[1] == 0
        return text.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    return text.decode("utf-8", errors="replace").strip("\0")


def _png(data: bytes) -> tuple[int, int] | None:
    return struct.unpack_from(">II", data, 16) if len(data) >= 24 else None


def _gif(data: bytes) -> tuple[int, int] | None:
    return struct.unpack_from("<HH", data, 6) if len(data) >= 10 else None


def _bmp(data: bytes) -> tuple[int, int] | None:
    if len(data) < 26:
        return None
    width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)  # a negative height only says that the rows run from the top


def _jpeg(data: bytes) -> tuple[int, int] | None:
    for marker, body in _segments(data):
        if marker in START_OF_FRAME and len(body) >= 5:
            height, width = struct.unpack_from(">HH", body, 1)
            return width, height
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    for name, body in _riff(data):
        if name == b"VP8X" and len(body) >= 10:
            return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        if name == b"VP8L" and len(body) >= 5:
            bits = int.from_bytes(body[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if name == b"VP8 " and len(body) >= 10:
            width, height = struct.unpack_from("<HH", body, 6)
            return width & 0x3FFF, height & 0x3FFF
    return None


READERS = {b"\x89PNG": _png, b"\xff\xd8\xff": _jpeg, b"GIF8": _gif, b"RIFF": _webp, b"BM": _bmp}


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A JPEG's segments before the pixels, as (marker, body)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", data, at + 2)
        yield data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def entries(data: bytes) -> dict[int, int | bytes]:
    """EXIF's tags of a JPEG or WebP: short and long numbers as such, everything else as bytes; empty without EXIF."""
    if data.startswith(b"RIFF"):
        block = next((body for name, body in _riff(data) if name == b"EXIF"), b"")
    else:
        bodies = (body for marker, body in _segments(data) if marker == 0xE1 and body.startswith(b"Exif\0\0"))
        block = next(bodies, b"") if data.startswith(b"\xff\xd8") else b""
    return _tiff(block.removeprefix(b"Exif\0\0"))


def _tiff(block: bytes) -> dict[int, int | bytes]:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return {}
    found = _folder(block, order, struct.unpack_from(order + "I", block, 4)[0])
    inner = found.get(EXIF_FOLDER)
    return {**found, **(_folder(block, order, inner) if isinstance(inner, int) else {})}


def _folder(block: bytes, order: str, at: int) -> dict[int, int | bytes]:
    if at + 2 > len(block):
        return {}
    (count,) = struct.unpack_from(order + "H", block, at)
    found: dict[int, int | bytes] = {}
    for place in range(at + 2, at + 2 + 12 * min(count, MOST_ENTRIES), 12):
        if place + 12 > len(block):
            break
        tag, kind, length = struct.unpack_from(order + "HHI", block, place)
        found[tag] = _entry(block, order, kind, length, place + 8)
    return found


def _entry(block: bytes, order: str, kind: int, length: int, at: int) -> int | bytes:
    if kind == 3 and length == 1:  # SHORT
        return struct.unpack_from(order + "H", block, at)[0]
    (number,) = struct.unpack_from(order + "I", block, at)
    if kind == 4 and length == 1:  # LONG
        return number
    return block[number : number + length] if length > 4 else block[at : at + length]
