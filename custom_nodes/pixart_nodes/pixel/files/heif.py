"""What an AVIF says of its colours, in the box `colr` of HEIF (ISO/IEC 23008-12) and ISO/IEC 14496-12."""

from __future__ import annotations

import struct

HEAD = 1 << 16  # bytes: boxes that describe a picture come before its pixels
ON_SCREEN = b"colrnclx"


def nclx_of(data: bytes) -> tuple[int, int] | None:
    """The code points of ITU-T H.273 for primaries and transfer; None where there is no such box."""
    at = data.find(ON_SCREEN, 0, HEAD) + len(ON_SCREEN)
    if at < len(ON_SCREEN) or at + 4 > len(data):
        return None
    primaries, transfer = struct.unpack_from(">HH", data, at)
    return primaries, transfer
