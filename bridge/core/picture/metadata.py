"""Removal of texts, EXIF and graphs from picture files, on their bytes: no pixel is decoded or changed."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bridge.core.errors import JobFailed
from bridge.core.picture.png_text import SIGNATURE, without_texts

RIFF_HEADER_BYTES = 12  # bytes of a WebP before its chunks
WEBP_PICTURE_CHUNKS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
WEBP_METADATA_FLAGS = 0x08 | 0x04  # VP8X's flags for EXIF and XMP
SCAN_MARKER = 0xDA  # JPEG's marker before the pixels
COMMENT_MARKER = 0xFE
APPLICATION_MARKERS = range(0xE1, 0xF0)  # JPEG's segments for programs, without the first one, JFIF
# The beginnings of those application segments that describe the pixels' colours.
COLOR_SEGMENTS = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


class MetadataStays(JobFailed):
    """A file's texts can't be removed, so that the file can't be answered without them."""


def without_metadata(data: bytes, content_type: str) -> bytes:
    """The file with its pixels, colours and animation alone. Raises MetadataStays for an unknown kind of picture.

    Bytes that are no picture, film or sound, as a panel's, stay as they are: they have no place for texts.
    """
    if data.startswith(SIGNATURE):
        return without_texts(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    if content_type.startswith(("image/", "video/", "audio/")) and not data.startswith(b"BM"):
        raise MetadataStays(f"Its result is {content_type}, which can't be had without metadata.")
    return data


def _jpeg(data: bytes) -> bytes:
    parts, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != SCAN_MARKER:
        marker, length = struct.unpack_from(">xBH", data, at)
        informative = marker == COMMENT_MARKER or marker in APPLICATION_MARKERS
        colors = COLOR_SEGMENTS.get(marker)
        if not informative or (colors and data.startswith(colors, at + 4)):
            parts.append(data[at : at + 2 + length])
        at += 2 + max(2, length)
    return b"".join([*parts, data[at:]])


def _webp(data: bytes) -> bytes:
    parts, at = [], RIFF_HEADER_BYTES
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if name == b"VP8X":
            parts.append(data[at : at + 8] + bytes([data[at + 8] & ~WEBP_METADATA_FLAGS]) + data[at + 9 : end])
        elif name in WEBP_PICTURE_CHUNKS:
            parts.append(data[at:end])
        at = end
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _gif(data: bytes) -> bytes:
    return b"".join(data[start:end] for start, end in _gif_blocks(data) if not _gif_tells(data, start))


def _gif_tells(data: bytes, at: int) -> bool:
    """Whether a block is a comment or a program's, other than a number of repetitions."""
    if data[at : at + 2] == b"\x21\xfe":
        return True
    return data[at : at + 2] == b"\x21\xff" and data[at + 3 : at + 14] not in GIF_LOOPS


def _gif_blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each block; the first block is the header, the last the rest of the file."""
    at, end = 0, 13 + _gif_table(data[10:11])
    while True:
        yield at, end
        at, kind = end, data[end : end + 1]
        if kind == b"\x2c":
            end = _gif_parts(data, at + 11 + _gif_table(data[at + 9 : at + 10]))
        elif kind == b"\x21":
            end = _gif_parts(data, at + 2)
        else:
            yield at, min(at + 1, len(data))
            return


def _gif_table(flags: bytes) -> int:
    """The size in bytes of the colour table that these flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _gif_parts(data: bytes, at: int) -> int:
    """The end of a block's parts, each with its length before it; the last part is empty."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return min(at + 1, len(data))
