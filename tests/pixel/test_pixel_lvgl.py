"""RGB565 files are what LVGL, a C compiler and plain firmware expect."""

import re
import shutil
import struct
import subprocess

import numpy as np
import pytest
from pixart_nodes.pixel.errors import PictureError, UnknownName
from pixart_nodes.pixel.files.indexed import Indexed
from pixart_nodes.pixel.files.panel import lvgl, lvgl_indexed, panel, rgb565
from pixart_nodes.pixel.files.panel.lvgl import FORMATS, Frame, identifier, write
from pixart_nodes.pixel.files.panel.rgb565 import Wire, pack
from pixart_nodes.pixel.files.panel.transparency import Transparency

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


ALPHA = np.random.default_rng(2).integers(0, 256, (19, 37), dtype=np.uint8)


def with_alpha(order="little-endian"):
    return Frame(pack(PICTURE, wire=Wire(order)), 37, 19, order == "big-endian", "panel", ALPHA.tobytes())


def test_rgb565a8_is_the_colours_and_then_the_alpha():
    one = with_alpha()
    assert write("raw", one) == one.pixels + ALPHA.tobytes()
    data = write("lvgl-9", one)
    assert struct.unpack("<BBHHHHH", data[:12]) == (0x19, 0x14, 0, 37, 19, 74, 0)
    assert data[12:] == one.pixels + ALPHA.tobytes()


@pytest.mark.parametrize("order", ["little-endian", "big-endian"])
def test_lvgl_8_has_a_pixels_alpha_behind_its_word(order):
    one = with_alpha(order)
    data = write("lvgl-8", one)
    assert struct.unpack("<I", data[:4])[0] & 0x1F == 5
    pixels = np.frombuffer(data[4:], np.uint8).reshape(19, 37, 3)
    assert pixels[..., :2].tobytes() == one.pixels and np.array_equal(pixels[..., 2], ALPHA)


def test_lvgl_8_says_where_one_colour_is_transparent():
    keyed = Frame(pack(PICTURE), 37, 19, keyed=True)
    assert struct.unpack("<I", write("lvgl-8", keyed)[:4])[0] & 0x1F == 6
    assert b"LV_IMG_CF_TRUE_COLOR_CHROMA_KEYED" in write("c-array", keyed)


@pytest.mark.parametrize("format", ["lvgl-9", "c-array"])
def test_alpha_with_the_high_byte_first_is_refused_where_lvgl_has_none(format):
    with pytest.raises(PictureError, match="has the low byte first; set byte_order to 'little-endian'"):
        lvgl.require_alpha(format, swapped=True)
    lvgl.require_alpha(format, swapped=False)
    lvgl.require_alpha("raw", swapped=True)


def test_the_c_array_with_alpha_holds_rgb565a8():
    source = write("c-array", with_alpha()).decode()
    words = np.array([int(word, 16) for word in re.findall(r"0x([0-9a-f]{4}),", source)], "<u2")
    whole = with_alpha().pixels + ALPHA.tobytes()
    assert words.tobytes() == whole + bytes(len(whole) % 2)
    assert f"const uint16_t panel[{len(words)}]" in source and "LV_COLOR_FORMAT_RGB565A8" in source


def test_only_what_is_transparent_has_the_key_colour():
    random = np.random.default_rng(3)
    key = rgb565.shown((255, 0, 250))
    rgba = random.integers(0, 256, (16, 16, 4), dtype=np.uint8)
    rgba[:4, :, :3] = key  # opaque or not, as their alpha says
    for wire in (Wire(), Wire("little-endian"), Wire(invert=True), Wire(bgr=True)):
        for rounding in rgb565.ROUNDINGS:
            opaque = rgba[..., 3] >= 128
            how = Transparency("key-color", key=(255, 0, 250), threshold=128 / 255)
            words, alpha, _ = how.packed(rgba, (16, 16), "cover", "0", rounding, wire)
            seen = rgb565.unpack(words, 16, 16, wire)
            assert alpha == b""
            assert np.array_equal((seen == key).all(axis=-1), ~opaque)
            moved = (rgba[..., :3] == key).all(axis=-1) & opaque
            assert np.abs(seen[moved].astype(int) - key).max() <= 9  # a step of blue


def test_a_cut_frame_has_its_transparency_and_bars():
    rgba = np.zeros((4, 8, 4), np.uint8)
    rgba[1:3, 2:6] = (10, 200, 30, 255)
    cut = panel.cut(rgba, 8, 8, "contain")
    assert np.array_equal(cut[2:6], rgba) and not cut[:2].any() and not cut[6:].any()
    assert np.array_equal(panel.cut(rgba, 4, 8, "cover", "90"), np.rot90(rgba, -1))


def test_with_alpha_colours_are_not_darkened_and_alpha_lies_beside_them():
    rgba = np.full((4, 4, 4), (248, 0, 248, 100), np.uint8)
    rgba[0, 0] = 0
    words, alpha, _ = Transparency("alpha", ground=(0, 252, 0)).packed(rgba, (4, 4))
    seen = rgb565.unpack(words, 4, 4)
    assert seen[0, 0].tolist() == [0, 255, 0] and (seen[1:] == (255, 0, 255)).all()
    assert alpha == bytes([0]) + bytes([100]) * 15


def test_over_a_background_the_words_are_those_of_the_flat_frame():
    rgba = np.random.default_rng(5).integers(0, 256, (9, 7, 4), dtype=np.uint8)
    words, alpha, colors = Transparency(ground=(9, 9, 9)).packed(rgba, (8, 8), "contain", "90", "round")
    assert np.array_equal(colors, panel.frame(rgba, 8, 8, "contain", "90", (9, 9, 9)))
    assert (words, alpha) == (pack(colors, "round"), b"")
    with pytest.raises(UnknownName, match="Way with transparency 'none' is unknown"):
        Transparency("none")


def indexed_image(colors, height=5, width=7):
    table = np.random.default_rng(colors).integers(0, 256, (colors, 4), dtype=np.uint8)
    indices = np.arange(height * width).reshape(height, width) % colors
    return Indexed(indices.astype(np.int64), table)


def decoded(data, bits, header):
    """Table and indices of an indexed file, read bit by bit."""
    count = 1 << bits
    table = np.frombuffer(data[header : header + 4 * count], np.uint8).reshape(-1, 4)[:, [2, 1, 0, 3]]
    stride = -(-7 * bits // 8)
    rows = np.frombuffer(data[header + 4 * count :], np.uint8).reshape(5, stride)
    unpacked = np.unpackbits(rows, axis=1)[:, : 7 * bits].reshape(5, 7, bits)
    return table, (unpacked * (1 << np.arange(bits - 1, -1, -1))).sum(axis=-1)


@pytest.mark.parametrize(
    ("colors", "bits", "kind"),
    [(1, 1, 7), (2, 1, 7), (3, 2, 8), (4, 2, 8), (5, 4, 9), (16, 4, 9), (17, 8, 10), (256, 8, 10)],
)
def test_indexed_images_have_the_fewest_bits_a_table_with_alpha_and_rows_on_whole_bytes(colors, bits, kind):
    image = indexed_image(colors)
    nine, eight = (lvgl_indexed.encode(image, version) for version in lvgl_indexed.VERSIONS)
    stride = -(-7 * bits // 8)
    assert struct.unpack("<BBHHHHH", nine[:12]) == (0x19, kind, 0, 7, 5, stride, 0)
    assert struct.unpack("<I", eight[:4])[0] == kind | 7 << 10 | 5 << 21
    assert nine[12:] == eight[4:] and len(nine) == 12 + 4 * (1 << bits) + 5 * stride
    table, indices = decoded(nine, bits, 12)
    assert np.array_equal(table[:colors], image.table) and not table[colors:].any()
    assert np.array_equal(indices, image.indices)


def test_more_bits_than_needed_are_taken_and_fewer_refused():
    assert len(lvgl_indexed.encode(indexed_image(2), bits="8")) == 12 + 1024 + 35
    with pytest.raises(PictureError, match=r"needs 5 colours, and 2 bits a pixel hold 4: .*, or choose 4 bits"):
        lvgl_indexed.encode(indexed_image(5), bits="2")
    with pytest.raises(UnknownName, match="Number of bits '3' is unknown"):
        lvgl_indexed.encode(indexed_image(5), bits="3")
    with pytest.raises(UnknownName, match="Version of LVGL 'lvgl-7' is unknown"):
        lvgl_indexed.encode(indexed_image(5), "lvgl-7")


def test_a_side_too_long_for_lvgl_8_is_refused():
    wide = Indexed(np.zeros((1, 2048), np.int64), np.full((1, 4), 255, np.uint8))
    with pytest.raises(PictureError, match="2048 x 1 pixels don't fit into a file for lvgl-8: at most 2047 a side"):
        lvgl_indexed.encode(wide, "lvgl-8")
