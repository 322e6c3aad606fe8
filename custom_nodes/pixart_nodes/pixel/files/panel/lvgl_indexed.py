"""LVGL's indexed images, I1 to I8: a table of colours with alpha, and 1 to 8 bits a pixel.

Formats: LVGL's scripts/LVGLImage.py and src/draw/lv_image_dsc.h (9), src/draw/lv_img_buf.h (8).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ... import errors
from ...errors import PictureError
from .. import png
from ..indexed import Indexed
from .lvgl import MAGIC_9, MOST_8

KINDS_9 = {1: 0x07, 2: 0x08, 4: 0x09, 8: 0x0A}  # color formats I1, I2, I4 and I8
KINDS_8 = {1: 7, 2: 8, 4: 9, 8: 10}  # LV_IMG_CF_INDEXED_1BIT to _8BIT
DEPTHS = {"auto": 0, "1": 1, "2": 2, "4": 4, "8": 8}  # as they are chosen -> bits a pixel, 0 for as few as do
MOST_9 = 0xFFFF


def depth(colors: int, choice: str = "auto") -> int:
    """Bits a pixel for so many colours. Raises UnknownName, and PictureError where the chosen ones don't do."""
    errors.require(choice, DEPTHS, what="Number of bits")
    least = next((bits for bits in KINDS_9 if colors <= 1 << bits), None)
    if least is None:
        raise PictureError(f"The image needs {colors} colours, and an indexed one has at most 256: quantize it first.")
    chosen = DEPTHS[choice] or least
    if chosen < least:
        raise PictureError(
            f"The image needs {colors} colours, and {chosen} bits a pixel hold {1 << chosen}: quantize it to fewer, or "
            f"choose {least} bits."
        )
    return chosen


def require(version: str, bits: str) -> None:
    """Raise UnknownName unless there are such a version and such a number of bits."""
    errors.require(version, VERSIONS, what="Version of LVGL")
    errors.require(bits, DEPTHS, what="Number of bits")


def encode(image: Indexed, version: str = "lvgl-9", bits: str = "auto") -> bytes:
    """The file of an indexed image: header, the table as blue, green, red and alpha each, then the rows.

    Each row begins on a byte, its leftmost pixel in the high bits. Raises UnknownName and PictureError.
    """
    require(version, bits)
    chosen = depth(len(image.table), bits)
    height, width = image.indices.shape
    most = MOST_9 if version == "lvgl-9" else MOST_8
    if max(width, height) > most:
        raise PictureError(f"{width} x {height} pixels don't fit into a file for {version}: at most {most} a side.")
    table = np.zeros((1 << chosen, 4), np.uint8)
    table[: len(image.table)] = image.table[:, [2, 1, 0, 3]]
    rows = png.packed(image.indices.astype(np.uint8), chosen)
    return VERSIONS[version](chosen, width, height, rows) + table.tobytes() + rows.tobytes()


def _header_9(bits: int, width: int, height: int, rows: NDArray[np.uint8]) -> bytes:
    return struct.pack("<BBHHHHH", MAGIC_9, KINDS_9[bits], 0, width, height, rows.shape[1], 0)


def _header_8(bits: int, width: int, height: int, rows: NDArray[np.uint8]) -> bytes:
    return struct.pack("<I", KINDS_8[bits] | width << 10 | height << 21)


VERSIONS: dict[str, Callable[[int, int, int, NDArray[np.uint8]], bytes]] = {"lvgl-9": _header_9, "lvgl-8": _header_8}
