"""An animated PNG taken apart: each frame as a PNG of its own, with its place and its time (W3C PNG, Third Edition)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from . import png

USUAL_FRACTION = 100  # of a second, where a frame names no fraction
FRAME_CHUNKS = (b"IHDR", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"IEND")  # what a frame's own file has anew
NOT_PIXELS = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")


@dataclass
class Frame:
    """A frame's control chunk: size, place, seconds as a fraction, what follows it, and whether it is laid over."""

    width: int
    height: int
    left: int
    top: int
    numerator: int
    denominator: int
    disposal: int
    over: bool
    data: list[bytes] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """How long the frame lasts in milliseconds; 0 where the file says so."""
        return 1000 * self.numerator / (self.denominator or USUAL_FRACTION)


@dataclass(frozen=True)
class Strip:
    """All frames, how often they play (0: for ever), how many the file announces, and what each frame's has first."""

    size: tuple[int, int]
    plays: int
    count: int
    frames: tuple[Frame, ...]
    header: bytes
    shared: bytes

    def still(self, frame: Frame) -> bytes:
        """A PNG of this frame's rectangle."""
        header = struct.pack(">II", frame.width, frame.height) + self.header[8:]
        data = b"".join(png.chunk(b"IDAT", part) for part in frame.data)
        return png.SIGNATURE + png.chunk(b"IHDR", header) + self.shared + data + png.chunk(b"IEND", b"")


def strip(data: bytes) -> Strip | None:
    """The parts of an animated PNG; None for a still one. Raises ValueError where they don't fit together."""
    try:
        parts = _parts(data)
    except struct.error as error:
        raise ValueError("a chunk of it is cut off") from error
    return None if parts is None else _require_whole(parts)


def _parts(data: bytes) -> Strip | None:
    header, shared, count, plays = b"", b"", 0, 0
    frames: list[Frame] = []
    for name, body in png.chunks(data):
        if name == b"IHDR":
            header = body
        elif name == b"acTL":
            count, plays = struct.unpack(">II", body)
        elif name == b"fcTL":
            frames.append(_control(body))
        elif name in (b"IDAT", b"fdAT") and frames:  # an IDAT before all frames is for those that know no APNG
            frames[-1].data.append(body if name == b"IDAT" else body[4:])
        elif name not in FRAME_CHUNKS and name not in NOT_PIXELS and not frames:
            shared += png.chunk(name, body)
        elif name == b"IEND":
            break
    if not count or not frames:
        return None
    return Strip(struct.unpack_from(">II", header), plays, count, tuple(frames), header, shared)


def _require_whole(parts: Strip) -> Strip:
    if len(parts.frames) < parts.count:
        raise ValueError(f"it announces {parts.count} frames and holds {len(parts.frames)}")
    width, height = parts.size
    for frame in parts.frames:
        if not frame.data or frame.left + frame.width > width or frame.top + frame.height > height:
            raise ValueError("a frame has no pixels, or some outside of the picture")
    return parts


def _control(body: bytes) -> Frame:
    _, width, height, left, top, numerator, denominator, disposal, blend = struct.unpack(">5I2H2B", body)
    return Frame(width, height, left, top, numerator, denominator, disposal, bool(blend))
