"""The colour tables of indexed PNG, GIF and BMP files, every entry in its place.

Each reader also gives the file's bytes with a table that isn't grey, for decoders that drop a ramp of greys.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import png

Table = NDArray[np.uint8]  # [N, 4], with alpha

STAND_IN = bytes(part for at in range(256) for part in (255 - at, 0, at))
CORE_HEADER = 12  # bytes; the BMP of OS/2 1, with entries of three bytes


def table_of(data: bytes) -> tuple[Table, bytes] | None:
    """The table of the file, or of its first frame; None where there is none. Raises ValueError where it is cut off."""
    reader = next((reader for magic, reader in READERS.items() if data.startswith(magic)), None)
    try:
        return reader(data) if reader else None
    except (struct.error, IndexError) as error:
        raise ValueError("it ends before its colours do") from error


def _png(data: bytes) -> tuple[Table, bytes] | None:
    table = png.table_of(data)
    return None if table is None else (table, data)


def _gif(data: bytes) -> tuple[Table, bytes] | None:
    """The table of the first frame, or else the common one; the frame's control block names a transparent entry."""
    count = _gif_count(data[10])
    start, at, hidden = 13, 13 + 3 * count, None
    while data[at] != ord(","):
        if data[at] == ord("!"):
            if data[at + 1] == 0xF9:
                hidden = data[at + 6] if data[at + 3] & 1 else None
            at = _gif_skipped(data, at + 2)
        else:
            at += 1
    if _gif_count(data[at + 9]):
        start, count = at + 10, _gif_count(data[at + 9])
    if not count:
        return None
    table = _opaque(_slice(data, start, 3 * count))
    if hidden is not None and hidden < len(table):
        table[hidden, 3] = 0
    return table, data[:start] + STAND_IN[: 3 * count] + data[start + 3 * count :]


def _gif_count(flags: int) -> int:
    return 2 << (flags & 7) if flags & 0x80 else 0


def _gif_skipped(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _bmp(data: bytes) -> tuple[Table, bytes] | None:
    """Entries are blue, green, red, and from Windows 3 on a byte that means nothing."""
    (header,) = struct.unpack_from("<I", data, 14)
    width = 3 if header == CORE_HEADER else 4
    bits = struct.unpack_from("<H", data, 24 if width == 3 else 28)[0]
    if bits > 8:
        return None
    count = 0 if width == 3 else struct.unpack_from("<I", data, 46)[0]
    count = min(count or 1 << bits, 256)
    start, end = 14 + header, 14 + header + width * count
    entries = np.frombuffer(_slice(data, start, width * count), np.uint8).reshape(-1, width)
    other = np.zeros((count, width), np.uint8)
    other[:, :3] = np.frombuffer(STAND_IN[: 3 * count], np.uint8).reshape(-1, 3)
    return _opaque(entries[:, 2::-1].tobytes()), data[:start] + other.tobytes() + data[end:]


def _slice(data: bytes, start: int, size: int) -> bytes:
    if len(data) < start + size:
        raise IndexError(start + size)
    return data[start : start + size]


def _opaque(colors: bytes) -> Table:
    table = np.frombuffer(colors, np.uint8).reshape(-1, 3)
    return np.pad(table, ((0, 0), (0, 1)), constant_values=255)


READERS: dict[bytes, Callable[[bytes], tuple[Table, bytes] | None]] = {
    png.SIGNATURE: _png,
    b"GIF8": _gif,
    b"BM": _bmp,
}
