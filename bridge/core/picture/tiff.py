"""A TIFF's description of its first picture, by TIFF 6.0 and Adobe's supplements. Decodes nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

BYTE_ORDERS = {b"II": "<", b"MM": ">"}  # TIFF's names of byte orders, and Python's
MARK, LARGE = 42, 43  # the second is of BigTIFF
SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
WIDTH, HEIGHT, DEPTH, COMPRESSION, MEANING, ORIENTATION = 256, 257, 258, 259, 262, 274
FORMAT, SIGNED, FLOAT = 339, 2, 3  # the tag of the samples' type, and those types of it that fix no white
# Bits of samples that may have a sign: so Pillow writes 16 bits of grey, and the nodes refuse what is beyond these.
SIGNED_DEPTH = 32
OFFSETS, LENGTHS = (273, 324), (279, 325)  # of strips, of tiles
# Tags that lead to other directories, of EXIF, GPS and their form, which Pillow reads.
DIRECTORY_TAGS = (34665, 34853, 40965)
BYTES_BY_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}  # by type
WHITE_IS_ZERO = 0  # of MEANING's values
NUMBER_TYPES = {3: "H", 4: "I"}  # types that sides, offsets and lengths are written in
RAW, JPEG = 1, 7
# Compressions that are read: none, the three of fax machines, LZW, JPEG, deflate's two, PackBits. The rest is rare.
READABLE_COMPRESSIONS = (RAW, 2, 3, 4, 5, JPEG, 8, 32946, 32773)
MOST_PAGES = 1000  # that are counted
MOST_TAGS = 1000  # of one directory; cameras write a hundred
MOST_STRIPS = 20_000  # strips or tiles: Pillow takes microseconds for each
MOST_SCANS = 64  # of a strip that is a JPEG; each scan is a pass over its pixels
SCAN_MARKER = b"\xff\xda"


@dataclass(frozen=True)
class Entry:
    """One tag of a directory: its type, the number of its values, and their offset in the file."""

    tag: int
    kind: int
    count: int
    at: int

    @property
    def length(self) -> int:
        """The size in bytes of the tag's values."""
        return BYTES_BY_TYPE.get(self.kind, 1) * self.count


def size(data: bytes) -> tuple[int, int] | None:
    """(width, height) as they are stored; None for a TIFF without them. Raises struct.error for one that is cut off."""
    tags = {entry.tag: entry for entry in _directory(data)}
    sides = [_values(data, tags[tag])[:1] for tag in (WIDTH, HEIGHT) if tag in tags]
    return (sides[0][0], sides[1][0]) if len(sides) == 2 and all(sides) else None


def orientation(data: bytes) -> int:
    """The orientation by EXIF's numbers; 1 is upright. Raises struct.error for a TIFF that is cut off."""
    return next((_values(data, entry)[0] for entry in _directory(data) if _turns(entry)), 1)


def pages(data: bytes) -> int:
    """The number of pictures in a TIFF, MOST_PAGES at most; 1 for a file of another format, and for BigTIFF."""
    if not data.startswith(SIGNATURES[:2]):
        return 1
    order, starts = _order(data), set()
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        while at and at not in starts and len(starts) < MOST_PAGES:
            (count,) = struct.unpack_from(f"{order}H", data, at)
            starts.add(at)
            (at,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
    except struct.error:  # the file is cut off; what is whole of it counts
        pass
    return max(1, len(starts))


def excess(data: bytes) -> str | None:
    """A part of the file that takes long or isn't read; None without one, and for a file that is cut off."""
    try:
        if struct.unpack_from(_order(data) + "H", data, 2)[0] == LARGE:
            return "the form BigTIFF"
        first = list(_directory(data))
        tags = {entry.tag: entry for entry in first}
        below = [
            _values(data, tags[tag])[0] for tag in DIRECTORY_TAGS if tag in tags and tags[tag].kind in NUMBER_TYPES
        ]
        for directory in (first, *(list(_directory(data, at)) for at in below)):
            if len(directory) > MOST_TAGS:
                return f"more than {MOST_TAGS} tags"
            if sum(entry.length for entry in directory) > len(data):
                return "tags that are larger than the file"
        return _strips(data, tags)
    except (struct.error, IndexError):
        return None


def _strips(data: bytes, tags: dict[int, Entry]) -> str | None:
    kinds = _values(data, tags[FORMAT]) if FORMAT in tags else ()
    if FLOAT in kinds:
        return "samples in floating point"
    if SIGNED in kinds and DEPTH in tags and SIGNED_DEPTH not in _values(data, tags[DEPTH]):
        return "samples with a sign"
    (kind,) = _values(data, tags[COMPRESSION])[:1] if COMPRESSION in tags else (RAW,)
    if kind not in READABLE_COMPRESSIONS:
        return f"the compression {kind}"
    offsets, lengths = _all(data, tags, OFFSETS), _all(data, tags, LENGTHS)
    if len(offsets) > MOST_STRIPS:
        return f"more than {MOST_STRIPS} strips"
    if kind == RAW:
        return None
    if len(lengths) != len(offsets) or sum(lengths) > len(data):
        return "strips whose lengths are wrong"
    scans = max(
        (data.count(SCAN_MARKER, at, at + length) for at, length in zip(offsets, lengths, strict=True)), default=0
    )
    return f"more than {MOST_SCANS} scans" if kind == JPEG and scans > MOST_SCANS else None


def _all(data: bytes, tags: dict[int, Entry], names: Sequence[int]) -> Sequence[int]:
    return next((_values(data, tags[name]) for name in names if name in tags), ())


def _order(data: bytes) -> str:
    return BYTE_ORDERS.get(data[:2], "<")


def _directory(data: bytes, at: int | None = None) -> Iterator[Entry]:
    """The entries of the directory at this offset, or of the first directory."""
    order = _order(data)
    first = struct.unpack_from(f"{order}I", data, 4)[0] if at is None else at
    (count,) = struct.unpack_from(f"{order}H", data, first)
    for place in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, place)
        entry = Entry(tag, kind, length, place + 8)
        if entry.length > 4:
            yield replace(entry, at=struct.unpack_from(f"{order}I", data, entry.at)[0])
        else:
            yield entry


def _values(data: bytes, entry: Entry) -> Sequence[int]:
    """The numbers of a tag, at most MOST_STRIPS + 1; none for a tag of another type."""
    if entry.kind not in NUMBER_TYPES:
        return ()
    count = min(entry.count, MOST_STRIPS + 1)
    return struct.unpack_from(f"{_order(data)}{count}{NUMBER_TYPES[entry.kind]}", data, entry.at)


def _turns(entry: Entry) -> bool:
    return entry.tag == ORIENTATION and entry.kind in NUMBER_TYPES and entry.count == 1
