"""The heads of Photoshop's own files, by its File Formats Specification. Decodes nothing."""

from __future__ import annotations

import struct

SIGNATURE = b"8BPS"
PLAIN, LARGE = 1, 2  # versions: a .psd, and the .psb of pictures beyond 30,000 pixels a side
READ_DEPTHS = (1, 8)  # bits a sample
MULTICHANNEL = 7  # the mode whose channels have no known colours
MOST_RESOURCES = 20_000  # Pillow takes some microseconds for each; programs write fifty
VERSION_INFO = 1057  # the resource that says whether the file has a picture of all its layers
HEADER_BYTES = 26  # bytes


def size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels. Raises struct.error for a file that is cut off."""
    height, width = struct.unpack_from(">II", data, 14)
    return width, height


def excess(data: bytes) -> str | None:
    """The property of the file that keeps it from being read; None without one, and for a file that is cut off."""
    try:
        version, (depth, mode) = struct.unpack_from(">H", data, 4)[0], struct.unpack_from(">HH", data, 22)
        if version == LARGE:
            return "the form of Photoshop's large files"
        if depth not in READ_DEPTHS:
            return f"{depth} bits a sample, and of Photoshop's files those with 8 are read"
        if mode == MULTICHANNEL:
            return "the mode Multichannel, which names no colours"
        return _resources(data)
    except (struct.error, IndexError):
        return None


def _resources(data: bytes) -> str | None:
    """The fault of the file's image resources: too many of them, or no merged picture; None for neither."""
    at = HEADER_BYTES + 4 + struct.unpack_from(">I", data, HEADER_BYTES)[0]
    end = at + 4 + struct.unpack_from(">I", data, at)[0]
    at += 4
    for _ in range(MOST_RESOURCES):
        if at >= end:
            return None
        kind, name = struct.unpack_from(">4xHB", data, at)
        at += 6 + (name + 2) // 2 * 2  # a name and the byte of its length fill whole pairs
        (length,) = struct.unpack_from(">I", data, at)
        if kind == VERSION_INFO and not data[at + 8]:
            return "no merged picture, which Photoshop writes with “Maximize Compatibility”"
        at += 4 + (length + 1) // 2 * 2
    return f"more than {MOST_RESOURCES} resources"
