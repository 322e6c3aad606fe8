"""A GIF taken apart: its screen, how often it plays, and each frame as a GIF of its own with its place and its time.

CompuServe's GIF89a (1990); how often it plays is Netscape's extension.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .patch import GOES_BACK, IS_CLEARED, STAYS

SIGNATURE = b"GIF8"
IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
CONTROL, APPLICATION = 0xF9, 0xFF  # labels of extensions
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
RESTORING_DISPOSALS = (3, 4)  # of disposals; 4 is what older writers took for it
INTERLACED = 0x40
# A table in which index and colour are one, so that any decoder gives the indices.
RAMP_TABLE = bytes(level for index in range(256) for level in 3 * (index,))


@dataclass(frozen=True, eq=False)
class Frame:
    """`still` is a GIF of this frame alone, whose greys are the indices into `table`, uint8 [256, 4].

    `delay` is in hundredths of a second; `size` is width and height.
    """

    still: bytes = b""
    table: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 4), np.uint8))
    left: int = 0
    top: int = 0
    size: tuple[int, int] = (0, 0)
    delay: int = 0
    disposal: int = STAYS
    hidden: int | None = None


@dataclass(frozen=True)
class Strip:
    """All frames of a GIF, the `size` (width, height) of what is seen, and how often it `plays`, 0 for ever."""

    size: tuple[int, int]
    plays: int
    frames: tuple[Frame, ...]


def strip(data: bytes) -> Strip:
    """The GIF's parts; of one that is cut off between frames, those that are there. Raises ValueError without any."""
    try:
        width, height, flags = struct.unpack_from("<HHB", data, 6)
        start = 13 + _table_size(flags)
        common = data[13:start] if start > 13 else RAMP_TABLE
        loops, frames = _walked(data, start, common)
    except (IndexError, struct.error) as error:
        raise ValueError("it ends before its first frame does") from error
    if not frames:
        raise ValueError("it holds no frame")
    first = frames[0]
    size = max(width, first.left + first.size[0]), max(height, first.top + first.size[1])
    return Strip(size, 1 if loops is None else loops + 1 if loops else 0, tuple(frames))


def first(data: bytes) -> Strip:
    """The parts of a GIF with its first frame alone. Raises ValueError where there is none."""
    whole = strip(data)
    return replace(whole, frames=whole.frames[:1])


def _table_size(flags: int) -> int:
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _walked(data: bytes, at: int, common: bytes) -> tuple[int | None, list[Frame]]:
    """What the loop count says, None where nothing does, and the frames; whoever is cut off ends there."""
    loops, frames, control = None, [], Frame()
    while at < len(data) and data[at] != TRAILER:
        try:
            if data[at] == EXTENSION:
                label, bodies, at = data[at + 1], *_blocks(data, at + 2)
                control = _control(bodies[0]) if label == CONTROL and bodies else control
                loops = _loops(bodies) if label == APPLICATION and bodies[:1] and bodies[0] in LOOPS else loops
            elif data[at] == IMAGE:
                frame, at = _frame(data, at, common, control)
                frames.append(frame)
                control = Frame()
            else:
                at += 1
        except (IndexError, struct.error):
            if not frames:
                raise
            break
    return loops, frames


def _blocks(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The bodies of sub-blocks, and the place behind the empty one that ends them."""
    bodies = []
    while data[at]:
        bodies.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return bodies, at + 1


def _control(body: bytes) -> Frame:
    flags, delay, hidden = struct.unpack_from("<BHB", body)
    way = flags >> 2 & 7
    disposal = IS_CLEARED if way == 2 else GOES_BACK if way in RESTORING_DISPOSALS else STAYS
    return Frame(delay=delay, disposal=disposal, hidden=hidden if flags & 1 else None)


def _loops(bodies: list[bytes]) -> int | None:
    counts = [struct.unpack_from("<H", body, 1)[0] for body in bodies[1:] if body[0] & 7 == 1 and len(body) > 2]
    return counts[0] if counts else None


def _frame(data: bytes, at: int, common: bytes, control: Frame) -> tuple[Frame, int]:
    left, top, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
    if not width * height:
        raise ValueError("a frame has no size")
    start = at + 10 + _table_size(flags)
    end = _data_end(data, start + 1)
    colors = data[at + 10 : start] or common
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + RAMP_TABLE
    place = struct.pack("<BHHHHB", IMAGE, 0, 0, width, height, flags & INTERLACED)
    still = head + place + data[start:end] + bytes([TRAILER])
    frame = replace(control, still=still, table=_table(colors, control.hidden), left=left, top=top)
    return replace(frame, size=(width, height)), end


def _data_end(data: bytes, at: int) -> int:
    """The place behind a picture's blocks, or the end of a file that is cut off: its decoder then says so."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _table(colors: bytes, hidden: int | None) -> NDArray[np.uint8]:
    """Opaque black where the file names no colour; what is hidden is zeros."""
    table = np.zeros((256, 4), np.uint8)
    entries = np.frombuffer(colors[: len(colors) // 3 * 3], np.uint8).reshape(-1, 3)
    table[: len(entries), :3] = entries
    table[:, 3] = 255
    if hidden is not None:
        table[hidden] = 0
    return table
