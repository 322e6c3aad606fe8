"""Photoshop's files as its File Formats Specification has them, with one picture of all layers and no layer."""

from __future__ import annotations

import struct

from PIL import Image

MODES = {"1": 0, "L": 1, "RGB": 3, "RGBA": 3, "CMYK": 4, "LAB": 9}  # by the specification's numbers
MULTICHANNEL = 7


def psd(
    picture: Image.Image,
    *,
    merged: bool = True,
    depth: int = 8,
    version: int = 1,
    resources: bytes = b"",
    mode: int | None = None,
) -> bytes:
    """The file; not `merged` is as with Photoshop's “Maximize Compatibility” off."""
    planes = [plane.tobytes() for plane in picture.split()]
    if picture.mode in ("CMYK", "1"):  # whose inks count the other way there
        planes = [bytes(255 - ink for ink in plane) for plane in planes]
    about = struct.pack(">IB", 1, merged) + struct.pack(">III", 0, 0, 1)
    told = resources + b"8BIM" + struct.pack(">HHI", 1057, 0, len(about)) + about + bytes(len(about) % 2)
    depth = 1 if picture.mode == "1" else depth
    kind = MODES[picture.mode] if mode is None else mode
    head = (version, len(planes), picture.height, picture.width, depth, kind)
    before = b"8BPS" + struct.pack(">H6xHIIHH", *head) + bytes(4)
    return before + struct.pack(">I", len(told)) + told + bytes(6) + b"".join(planes)
