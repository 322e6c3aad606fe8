"""A picture's size from the first bytes of its file: PNG, JPEG, WebP, GIF, BMP, TIFF, PSD and .aseprite.

Pure; decodes nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bridge.core.picture import photoshop, tiff

SIDEWAYS_ORIENTATIONS = (5, 6, 7, 8)  # EXIF orientations of pictures that lie on their side
FRAME_MARKERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # JPEG's SOF markers
MARKERS_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}  # JPEG markers without a length

Chunks = Iterator[tuple[bytes, bytes]]


def size(data: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels of the picture turned upright by its EXIF; None where these bytes don't tell."""
    try:
        result = _size(data)
    except (struct.error, IndexError):  # cut off
        return None
    return result if result and min(result) > 0 else None


def _size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", data, 16)
        return _upright((width, height), dict(_png_chunks(data)).get(b"eXIf"))
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", data, 6)
        return width, height
    if data.startswith(b"BM"):
        return _bmp(data)
    if data.startswith(photoshop.SIGNATURE):
        return photoshop.size(data)
    if data.startswith(tiff.SIGNATURES):
        stored = tiff.size(data)
        return (stored[1], stored[0]) if stored and tiff.orientation(data) in SIDEWAYS_ORIENTATIONS else stored
    if data[4:6] == b"\xe0\xa5":  # Aseprite's magic number
        width, height = struct.unpack_from("<HH", data, 8)
        return width, height
    return None


def _upright(stored: tuple[int, int], exif: bytes | None) -> tuple[int, int]:
    try:
        turned = exif is not None and _orientation(exif) in SIDEWAYS_ORIENTATIONS
    except struct.error:  # cut off: decoders too take the picture as it is stored
        turned = False
    return (stored[1], stored[0]) if turned else stored


def _png_chunks(data: bytes) -> Chunks:
    """(type, content) of each chunk without pixels."""
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind != b"IDAT":
            yield kind, data[at + 8 : at + 8 + length]
        at += length + 12


def _jpeg(data: bytes) -> tuple[int, int] | None:
    exif, at = None, 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker in MARKERS_WITHOUT_LENGTH:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return _upright((width, height), exif)
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            exif = exif or data[at + 10 : at + 2 + length]
        at += 2 + length
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, wide, height, high = struct.unpack_from("<HBHB", data, 24)  # 24 bits each, one less than the side
        return _upright(((wide << 16) + width + 1, (high << 16) + height + 1), dict(_webp_chunks(data)).get(b"EXIF"))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _webp_chunks(data: bytes) -> Chunks:
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _bmp(data: bytes) -> tuple[int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return width, abs(height)  # negative when its rows go from top to bottom


def _orientation(exif: bytes) -> int:
    """The orientation in a TIFF structure, with or without the `Exif` that some put before it; 1 is upright."""
    structure = exif.removeprefix(b"Exif\0\0")
    return tiff.orientation(structure) if structure[:2] in tiff.BYTE_ORDERS else 1
