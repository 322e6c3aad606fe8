"""What a decoder would work on for long though its pixels are few enough, told from a file's structure. Pure."""

from __future__ import annotations

import re
import struct

MOST_SCANS = 64  # of a JPEG; encoders make a dozen, and each is a pass over all pixels, for as few as 42 bytes of file
MOST_PARTS = 20_000  # chunks of a PNG, segments of a JPEG and bytes between them: Pillow takes microseconds for each
MOST_IN_RUNS = 1_000_000  # pixels, and bytes, of a BMP with run lengths: Pillow unpacks these in Python

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # of a segment; in a scan, others stand for a byte or for order
ALONE = {0x01, 0xD8}  # markers without a length
END, SCAN = 0xD9, 0xDA


def excess(data: bytes) -> str | None:
    """What the file has too much of; None where it has not."""
    if data.startswith(b"\x89PNG"):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    return _bmp(data) if data.startswith(b"BM") else None


def _png(data: bytes) -> str | None:
    at, chunks = 8, 0
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IEND":
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        chunks += 1
        if chunks > MOST_PARTS:
            return f"more than {MOST_PARTS} chunks"
    return None


def _jpeg(data: bytes) -> str | None:
    at, scans, parts = 2, 0, 0
    while result := MARKER.search(data, at):
        parts += 1 if scans else 1 + result.start() - at
        marker, at = data[result.end() - 1], result.end()
        if scans and marker == END:
            break
        scans += marker == SCAN
        if scans > MOST_SCANS:
            return f"more than {MOST_SCANS} scans"
        if parts > MOST_PARTS:
            break
        if marker not in ALONE:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
    left = 0 if scans else len(data) - at
    return f"more than {MOST_PARTS} segments, or bytes between them" if parts + left > MOST_PARTS else None


def _bmp(data: bytes) -> str | None:
    if len(data) < 34 or struct.unpack_from("<I", data, 14)[0] < 40:
        return None  # cut off, or of the first kind, which knows no runs
    width, height, _, _, packed = struct.unpack_from("<iiHHI", data, 18)
    if packed in (1, 2) and max(abs(width * height), len(data)) > MOST_IN_RUNS:
        return f"more than {MOST_IN_RUNS} pixels or bytes, in run lengths"
    return None
