"""GIF files with one colour table for all frames, in the palette's order: indices in, bytes out.

Written out here because libraries re-order, trim or multiply palettes. The format is CompuServe's GIF89a
specification (1990), the loop count Netscape's extension.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from . import extent

MOST_CODES = 4096  # a code has 12 bits at most
FASTEST = 2  # hundredths of a second: shorter ones are played ten times slower by browsers
CHANGED_STAYS, CHANGED_IS_CLEARED = 1, 2  # disposal: what happens to a frame before the next


def encode(
    indices: NDArray[np.integer],
    colors: NDArray[np.uint8],
    transparent: int | None,
    durations: Sequence[int],
    plays: int = 0,
) -> bytes:
    """A GIF of indices [B, H, W] into colors [N <= 256, 3], every entry kept, in order.

    `durations` in milliseconds, one a frame, of which `delays` makes what a GIF can say. `plays` 0 is for ever.
    """
    _, height, width = indices.shape
    depth = max(1, (len(colors) - 1).bit_length())
    table = np.zeros((1 << depth, 3), np.uint8)
    table[: len(colors)] = colors
    parts = [b"GIF89a", struct.pack("<HHBBB", width, height, 0xF0 | depth - 1, transparent or 0, 0), table.tobytes()]
    if plays != 1 and len(indices) > 1:
        again = max(0, plays - 1)  # Netscape counts repeats
        parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(again, 0xFFFF)) + b"\0")
    before: NDArray[np.integer] | None = None
    whole = slice(0, height), slice(0, width)
    for frame, delay in zip(indices, delays(durations), strict=True):
        box = whole if before is None or transparent is not None else extent.changed(before, frame)
        parts += [_control(delay, transparent), _image(frame, box, depth)]
        before = frame
    return b"".join([*parts, b"\x3b"])


def delays(durations: Sequence[int]) -> list[int]:
    """Milliseconds as hundredths of a second, each frame ending at the one nearest to its end: 25, 25 is 2, 3.

    So their sum is right, but where a frame would be shorter than two, and so takes longer.
    """
    result, end, spent = [], 0, 0
    for duration in durations:
        end += duration
        delay = min(max(FASTEST, (end + 4) // 10 - spent), 0xFFFF)
        spent += delay
        result.append(delay)
    return result


def _control(delay: int, transparent: int | None) -> bytes:
    """A clear frame is wiped before the next, so that pixels can vanish; an opaque one stays under the next."""
    flags = CHANGED_STAYS << 2 if transparent is None else CHANGED_IS_CLEARED << 2 | 1
    return b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, transparent or 0, 0)


def _image(frame: NDArray[np.integer], box: extent.Box, depth: int) -> bytes:
    part = frame[box].astype(np.uint8)
    least = max(2, depth)
    data = _compressed(part.tobytes(), least)
    blocks = b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255))
    place = struct.pack("<HHHHBB", box[1].start, box[0].start, part.shape[1], part.shape[0], 0, least)
    return b"\x2c" + place + blocks + b"\0"


def _compressed(pixels: bytes, depth: int) -> bytes:
    """LZW with codes of growing width, as in appendix F of the specification; a full table starts anew."""
    clear = 1 << depth
    codes, widths = [clear], [depth + 1]
    table: dict[int, int] = {}
    following, width, prefix = clear + 2, depth + 1, -1
    for pixel in pixels:
        key = prefix << 8 | pixel
        if prefix < 0:
            prefix = pixel
        elif key in table:
            prefix = table[key]
        else:
            codes.append(prefix)
            widths.append(width)
            table[key] = following
            prefix = pixel
            if following == 1 << width:
                width += 1
            following += 1
            if following == MOST_CODES:
                codes.append(clear)
                widths.append(width)
                table, following, width = {}, clear + 2, depth + 1
    codes += [prefix, clear + 1]
    # the reader has learned one more string when it meets the end
    widths += [width, width + (following == 1 << width and width < 12)]
    return _packed(np.array(codes), np.array(widths))


def _packed(codes: NDArray[np.int64], widths: NDArray[np.int64]) -> bytes:
    """Codes one after the other, low bits first."""
    starts = np.cumsum(widths) - widths
    bits = np.zeros(int(starts[-1] + widths[-1]), np.uint8)
    for bit in range(int(widths.max())):
        present = widths > bit
        bits[starts[present] + bit] = codes[present] >> bit & 1
    return np.packbits(bits, bitorder="little").tobytes()
