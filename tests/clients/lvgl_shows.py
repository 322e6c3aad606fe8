"""What LVGL 9 itself shows of an image file: RGBA bytes to a file. Arguments: the image, and that file."""

import struct
import sys
from pathlib import Path

import lvgl as lv

HEADER = struct.Struct("<BBHHHHH")  # lv_image_header_t


def shown(data: bytes) -> bytes:
    """The pixels of an image as a widget draws it on nothing."""
    lv.init()
    display = lv.display_create(16, 16)
    display.set_color_format(lv.COLOR_FORMAT.ARGB8888)
    buffer = bytearray(16 * 16 * 4)
    display.set_buffers(buffer, None, len(buffer), lv.DISPLAY_RENDER_MODE.FULL)
    image, pixels = lv.image_dsc_t(), data[HEADER.size :]
    head = image.header
    head.magic, head.cf, head.flags, head.w, head.h, head.stride, _ = HEADER.unpack_from(data)
    image.data, image.data_size = pixels, len(pixels)
    widget = lv.image(lv.screen_active())
    widget.set_src(image)
    widget.update_layout()
    taken = lv.snapshot_take(widget, lv.COLOR_FORMAT.ARGB8888)
    size = taken.header
    rows = bytes(taken.data.__dereference__(size.stride * size.h))
    bgra = b"".join(rows[at : at + 4 * size.w] for at in range(0, len(rows), size.stride))
    return b"".join(bytes((bgra[at + 2], bgra[at + 1], bgra[at], bgra[at + 3])) for at in range(0, len(bgra), 4))


Path(sys.argv[2]).write_bytes(shown(Path(sys.argv[1]).read_bytes()))
