"""The comment that A1111 leaves in JPEG and WebP files, where PNG has texts: EXIF's UserComment, from their bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

EXIF_FOLDER, USER_COMMENT = 0x8769, 0x9286  # EXIF tags
MOST_ENTRIES = 512  # of one EXIF folder that are looked at
LONGEST_COMMENT = 1 << 20  # bytes; real ones have some kilobytes


def comment(data: bytes) -> str | None:
    """EXIF's UserComment of a JPEG or WebP as text; None when there is none, or it is longer than LONGEST_COMMENT."""
    raw = _entries(data).get(USER_COMMENT)
    if not isinstance(raw, bytes) or len(raw) > LONGEST_COMMENT:
        return None
    kind, text = raw[:8], raw[8:]
    if kind.startswith(b"UNICODE"):  # big-endian unless it begins like little-endian Latin text
        little = len(text) > 1 and text[0] != 0 and text[1] == 0
        return text.decode("utf-16-le" if little else "utf-16-be", errors="replace")
    return text.decode("utf-8", errors="replace").strip("\0")


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


def _entries(data: bytes) -> dict[int, int | bytes]:
    """The two tags of a JPEG or WebP: short and long numbers as such, everything else as bytes; empty without EXIF."""
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
        if tag in (EXIF_FOLDER, USER_COMMENT) and tag not in found:  # every entry may claim the whole file as its value
            found[tag] = _entry(block, order, kind, length, place + 8)
    return found


def _entry(block: bytes, order: str, kind: int, length: int, at: int) -> int | bytes:
    if kind == 3 and length == 1:  # SHORT
        return struct.unpack_from(order + "H", block, at)[0]
    (number,) = struct.unpack_from(order + "I", block, at)
    if kind == 4 and length == 1:  # LONG
        return number
    return block[number : number + length] if length > 4 else block[at : at + length]
