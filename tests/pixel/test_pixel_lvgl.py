"""RGB565 files are what LVGL, a C compiler and plain firmware expect."""

import re
import shutil
import struct
import subprocess

import numpy as np
import pytest
from pixart_nodes.pixel.errors import PictureError, UnknownName
from pixart_nodes.pixel.panel import lvgl
from pixart_nodes.pixel.panel.lvgl import FORMATS, Frame, identifier, write
from pixart_nodes.pixel.panel.rgb565 import Wire, pack

COMPILER = shutil.which("cc")
PICTURE = np.random.default_rng(9).integers(0, 256, (19, 37, 3), dtype=np.uint8)


def frame(order="big-endian", name="panel_00001_"):
    return Frame(pack(PICTURE, wire=Wire(order)), 37, 19, order == "big-endian", name)


def blank(width, height, swapped=True):
    return Frame(bytes(2 * width * height), width, height, swapped)


@pytest.mark.parametrize(
    ("format", "swapped", "header"),
    [
        ("raw", True, ""),
        ("raw", False, ""),
        ("lvgl-9", False, "19120000f000f000e0010000"),
        ("lvgl-9", True, "191b0000f000f000e0010000"),
        ("lvgl-8", False, "04c0031e"),
        ("lvgl-8", True, "04c0031e"),
    ],
)
def test_a_240_by_240_file_is_the_known_header_and_the_pixels(format, swapped, header):
    one = blank(240, 240, swapped)
    assert write(format, one).hex() == header + one.pixels.hex()


def test_the_lvgl_9_header_has_width_height_and_bytes_a_row():
    assert struct.unpack("<BBHHHHH", write("lvgl-9", frame())[:12]) == (0x19, 0x1B, 0, 37, 19, 74, 0)


def test_the_lvgl_8_header_has_11_bits_a_side():
    (header,) = struct.unpack("<I", write("lvgl-8", blank(2047, 1))[:4])
    assert (header & 0x1F, header >> 10 & 0x7FF, header >> 21) == (4, 2047, 1)


@pytest.mark.parametrize(
    ("format", "width", "height", "words"),
    [
        ("lvgl-8", 2048, 1, "width 2048 .* 'lvgl-8', which holds at most 2047 pixels a side; make width smaller"),
        ("lvgl-8", 1, 2048, "height 2048 .* 2047"),
        ("lvgl-9", 32768, 1, "width 32768 .* 32767"),
    ],
)
def test_a_side_that_a_format_cannot_hold_is_refused_by_name(format, width, height, words):
    with pytest.raises(PictureError, match=words):
        write(format, blank(width, height))


def test_raw_and_c_have_no_limit():
    assert len(write("raw", blank(70_000, 1))) == 140_000
    assert b"[70000]" in write("c-array", blank(70_000, 1))


@pytest.mark.parametrize("order", ["big-endian", "little-endian"])
def test_the_words_in_the_c_source_are_the_pixels(order):
    source = write("c-array", frame(order)).decode()
    body = source[source.index("= {") : source.index("};")]
    words = [int(word, 16) for word in re.findall(r"0x([0-9a-f]{4})", body)]
    assert np.array(words, "<u2").tobytes() == frame(order).pixels
    assert body.count("\n") == 1 + 19 * 4, "rows begin on lines of their own, 12 words each"
    assert max(map(len, body.splitlines())) <= 100


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
@pytest.mark.parametrize("order", ["big-endian", "little-endian"])
def test_a_compiled_c_source_holds_the_bytes(order, tmp_path):
    (tmp_path / "image.c").write_bytes(write("c-array", frame(order)))
    main = "#include <stdio.h>\n#include <stdint.h>\nextern const uint16_t panel_00001[703];\n"
    main += "int main(void) { return fwrite(panel_00001, 2, 703, stdout) != 703; }\n"
    (tmp_path / "main.c").write_text(main)
    build = [str(COMPILER), "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "main.c", "image.c", "-o", "main"]
    subprocess.run(build, cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "main"], stdout=subprocess.PIPE, check=True).stdout == frame(order).pixels


@pytest.mark.parametrize(
    ("order", "kind"), [("big-endian", "LV_COLOR_FORMAT_RGB565_SWAPPED,"), ("little-endian", "LV_COLOR_FORMAT_RGB565,")]
)
def test_the_c_source_has_descriptors_for_both_lvgls(order, kind):
    source = write("c-array", frame(order)).decode()
    assert f".cf = {kind} .w = 37, .h = 19, .stride = 74}}" in source
    assert ".cf = LV_IMG_CF_TRUE_COLOR, .w = 37, .h = 19}" in source
    assert f"LV_COLOR_16_SWAP {int(order == 'big-endian')}" in source


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("panel_00001_", "panel_00001"),
        ("2 cats_00001_", "image_2_cats_00001"),
        ("Füße-3", "F_e_3"),
        ("*/ #error", "error"),
        ("猫", "image"),
        ("", "image"),
    ],
)
def test_a_file_name_becomes_a_c_name(name, expected):
    assert identifier(name) == expected
    assert re.fullmatch(r"[A-Za-z]\w*", identifier(name), re.ASCII)


def test_an_unknown_format_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match=r"File format 'lvgl9' is unknown\. Did you mean 'lvgl-9'"):
        lvgl.require("lvgl9")
    with pytest.raises(UnknownName, match="Known: raw, lvgl-9, lvgl-8, c-array"):
        write("x", frame())


def test_lvgl_files_end_as_its_loaders_insist():
    assert {name: kind.suffix for name, kind in FORMATS.items()} == {
        "raw": ".rgb565",
        "lvgl-9": ".bin",
        "lvgl-8": ".bin",
        "c-array": ".c",
    }
