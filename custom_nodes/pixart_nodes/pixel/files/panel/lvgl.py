"""RGB565 pixels as files that firmware loads: bare, as LVGL's binary images, or as C source.

Formats: LVGL's scripts/LVGLImage.py and src/draw/lv_image_dsc.h (9), src/draw/lv_img_buf.h (8).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ... import errors
from ...errors import PictureError

MAGIC_9 = 0x19
RGB565_9, RGB565A8_9, RGB565_SWAPPED_9 = 0x12, 0x14, 0x1B  # color formats; the last since LVGL 9.3
TRUE_COLOR_8, TRUE_COLOR_ALPHA_8, KEYED_8 = 4, 5, 6
LOW_BYTE_FIRST = ("lvgl-9", "c-array")  # of these formats, with alpha
MOST_9 = 0xFFFF // 2  # a row's bytes are counted in 16 bits
MOST_8 = 0x7FF  # width and height have 11 bits each
WORDS_A_LINE = 12


@dataclass(frozen=True)
class Frame:
    """Packed pixels: 2 * width * height bytes; `swapped` when the high byte comes first; `name` for C.

    `alpha`: a byte a pixel, or none where all is opaque. `keyed`: one colour stands for what is transparent.
    """

    pixels: bytes
    width: int
    height: int
    swapped: bool = True
    name: str = "image"
    alpha: bytes = b""
    keyed: bool = False


@dataclass(frozen=True)
class Format:
    """A kind of file: how it is written, how its name ends, and the longest side it can hold, if any."""

    write: Callable[[Frame], bytes]
    suffix: str
    most: int | None = None


def write(format: str, frame: Frame) -> bytes:
    """The file's bytes. Raises UnknownName, and PictureError when the format can't hold the size."""
    require_size(format, frame.width, frame.height)
    return FORMATS[format].write(frame)


def require(format: str) -> None:
    """Raise UnknownName unless there is such a format."""
    errors.require(format, FORMATS, what="File format")


def require_size(format: str, width: int, height: int) -> None:
    """Raise PictureError when a format can't hold the size, UnknownName when there is none of that name."""
    require(format)
    most = FORMATS[format].most
    for side, length in (("width", width), ("height", height)):
        if most is not None and length > most:
            raise PictureError(
                f"{side} {length} doesn't fit into a file of the format {format!r}, which holds at most {most} "
                f"pixels a side; make {side} smaller or choose another format, for example 'raw'."
            )


def require_alpha(format: str, swapped: bool) -> None:
    """Raise PictureError where a format holds alpha in the other byte order only."""
    if swapped and format in LOW_BYTE_FIRST:
        raise PictureError(
            f"The format {format!r} holds alpha as LVGL's RGB565A8, which has the low byte first; set byte_order to "
            "'little-endian', or take another format, for example 'raw'."
        )


def identifier(name: str) -> str:
    """A file's name in the letters that C has for names: `2 cats_00001_` is `image_2_cats_00001`."""
    words = re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_") or "image"
    return words if words[0].isalpha() else f"image_{words}"


def _raw(frame: Frame) -> bytes:
    """The words, and behind all of them the alpha."""
    return frame.pixels + frame.alpha


def _lvgl_9(frame: Frame) -> bytes:
    kind = RGB565A8_9 if frame.alpha else RGB565_SWAPPED_9 if frame.swapped else RGB565_9
    header = struct.pack("<BBHHHHH", MAGIC_9, kind, 0, frame.width, frame.height, 2 * frame.width, 0)
    return header + frame.pixels + frame.alpha


def _lvgl_8(frame: Frame) -> bytes:
    """The file doesn't say its byte order: big-endian is for firmware built with LV_COLOR_16_SWAP 1.

    A pixel's alpha follows its word.
    """
    kind = TRUE_COLOR_ALPHA_8 if frame.alpha else KEYED_8 if frame.keyed else TRUE_COLOR_8
    pixels = frame.pixels
    if frame.alpha:
        words, alpha = np.frombuffer(pixels, np.uint8).reshape(-1, 2), np.frombuffer(frame.alpha, np.uint8)
        pixels = np.concatenate([words, alpha[:, None]], axis=1).tobytes()
    return struct.pack("<I", kind | frame.width << 10 | frame.height << 21) + pixels


_C_SOURCE = """\
/* {name}: {width} x {height} pixels, {what}, {order} first in memory of a little-endian CPU.
 * Declare it elsewhere as: extern const uint16_t {name}[{count}];
 * Compiled with PIXART_LVGL defined, there is also {name}_dsc, an image for LVGL 9 (or 8, {swap}).
 */
#include <stdint.h>
#ifdef ARDUINO
#include <Arduino.h>
#endif
#ifndef PROGMEM
#define PROGMEM
#endif

const uint16_t {name}[{count}] PROGMEM = {{
{words}
}};

#ifdef PIXART_LVGL
#include "lvgl.h"
#if LVGL_VERSION_MAJOR >= 9
const lv_image_dsc_t {name}_dsc = {{
    .header = {{.magic = LV_IMAGE_HEADER_MAGIC, .cf = {kind}, .w = {width}, .h = {height}, .stride = {stride}}},
    .data_size = sizeof({name}),
    .data = (const uint8_t *){name},
}};
#else
const lv_img_dsc_t {name}_dsc = {{
    .header = {{.cf = {kind_8}, .w = {width}, .h = {height}}},
    .data_size = sizeof({name}),
    .data = (const uint8_t *){name},
}};
#endif
#endif
"""


def _c_array(frame: Frame) -> bytes:
    """C source; each row of the picture begins on a line of its own."""
    rows = np.frombuffer(frame.pixels, "<u2").reshape(frame.height, frame.width).tolist()
    alpha = np.frombuffer(frame.alpha + bytes(len(frame.alpha) % 2), "<u2").tolist()  # two pixels a word
    lines = [
        "    " + " ".join(f"0x{word:04x}," for word in row[at : at + WORDS_A_LINE])
        for row in (*rows, alpha)
        for at in range(0, len(row), WORDS_A_LINE)
    ]
    plain_8 = "LV_IMG_CF_TRUE_COLOR_CHROMA_KEYED" if frame.keyed else "LV_IMG_CF_TRUE_COLOR"
    plain_9 = "LV_COLOR_FORMAT_RGB565_SWAPPED" if frame.swapped else "LV_COLOR_FORMAT_RGB565"
    source = _C_SOURCE.format(
        name=identifier(frame.name),
        width=frame.width,
        height=frame.height,
        count=frame.width * frame.height + len(alpha),
        what="RGB565 and then 8 bits of alpha each" if alpha else "RGB565",
        stride=2 * frame.width,
        order="high byte" if frame.swapped else "low byte",
        swap=f"built with LV_COLOR_16_SWAP {int(frame.swapped)}",
        kind="LV_COLOR_FORMAT_RGB565A8" if alpha else plain_9,
        kind_8="LV_IMG_CF_RGB565A8" if alpha else plain_8,
        words="\n".join(lines),
    )
    return source.encode("ascii")


FORMATS: dict[str, Format] = {
    "raw": Format(_raw, ".rgb565"),
    "lvgl-9": Format(_lvgl_9, ".bin", MOST_9),
    "lvgl-8": Format(_lvgl_8, ".bin", MOST_8),
    "c-array": Format(_c_array, ".c"),
}
