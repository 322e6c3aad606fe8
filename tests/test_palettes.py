"""The built-in palettes are what their sources say, and palettes of every kind are read exactly."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from pixart_nodes import library, picture_file
from pixart_nodes.errors import PaletteError, PixelError, UnknownName
from pixart_nodes.pixel import palette_file, png
from pixart_nodes.pixel.palette import Palette, parse_color, parse_colors

PALETTES = library.palettes()
TABLES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 256), st.just(3))).map(Palette.of)
KNOWN = {
    "pico-8": "000000 1d2b53 7e2553 008751 ab5236 5f574f c2c3c7 fff1e8 "
    "ff004d ffa300 ffec27 00e436 29adff 83769c ff77a8 ffccaa",
    "sweetie-16": "1a1c2c 5d275d b13e53 ef7d57 ffcd75 a7f070 38b764 257179 "
    "29366f 3b5dc9 41a6f6 73eff7 f4f4f4 94b0c2 566c86 333c57",
    "db16": "140c1c 442434 30346d 4e4a4e 854c30 346524 d04648 757161 "
    "597dce d27d2c 8595a1 6daa2c d2aa99 6dc2ca dad45e deeed6",
    "gameboy": "9bbc0f 8bac0f 306230 0f380f",
    "1bit-monitor-glow": "222323 f0f6f0",
    "virtual-boy": "000000 550000 aa0000 ff0000",
    "pixart-4": "000000 555555 aaaaaa ffffff",
    "pixart-8": "000000 1d2b53 7e2553 008751 ab5236 5f574f c2c3c7 fff1e8",
}
SIZES = {
    "zx-spectrum": 15,
    "c64": 16,
    "cga": 16,
    "msx": 16,
    "vinik24": 24,
    "amstrad-cpc": 27,
    "db32": 32,
    "endesga-32": 32,
    "hept32": 32,
    "pixart-32": 32,
    "lospec500": 42,
    "apollo": 46,
    "nes": 54,
    "aap-64": 64,
    "endesga-64": 64,
    "master-system": 64,
    "pixart-64": 64,
    "resurrect-64": 64,
}


def read(data, name):
    return palette_file.parse(data, name, picture_file.decode)


def png_of(pixels, mode="RGBA"):
    out = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).convert(mode).save(out, "PNG")
    return out.getvalue()


def test_there_are_at_least_the_well_known_ones():
    assert len(PALETTES) >= 24
    assert set(KNOWN) | set(SIZES) <= set(PALETTES)


@pytest.mark.parametrize("name", KNOWN)
def test_a_well_known_palette_has_its_published_colours_in_order(name):
    assert PALETTES[name].hex() == KNOWN[name].split()


@pytest.mark.parametrize("name", SIZES)
def test_a_palette_has_its_published_size(name):
    assert len(PALETTES[name]) == SIZES[name]


def test_the_64_colours_are_the_cube_of_four_levels():
    levels = (0, 85, 170, 255)
    assert PALETTES["pixart-64"].colors.tolist() == [[r, g, b] for r in levels for g in levels for b in levels]


@pytest.mark.parametrize("name", PALETTES)
def test_a_built_in_palette_names_its_source_and_can_be_used_as_it_is(name):
    palette = PALETTES[name]
    file = (library.FOLDER / f"{name}.hex").read_text(encoding="utf-8")
    assert "; source: " in file and palette.source and palette.name
    assert 1 <= len(palette) <= 256
    assert len(set(palette.hex())) == len(palette)
    assert not palette.colors.flags.writeable


def test_an_unknown_palette_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match=r"Palette 'pico8' is unknown\..*Did you mean 'pico-8'"):
        library.palette("pico8")


@given(TABLES)
def test_hex_files_round_trip(palette):
    again = read(palette_file.write_hex(palette), "x.hex")
    assert again.hex() == palette.hex() and again.name == palette.name


@given(TABLES)
def test_gpl_files_are_read(palette):
    lines = [f"{r:3d} {g:3d} {b:3d}\tcolour" for r, g, b in palette.colors]
    text = "\r\n".join(["GIMP Palette", "Name: Mine", "Columns: 4", "# a comment", *lines])
    again = read(text.encode(), "x.gpl")
    assert again.hex() == palette.hex() and again.name == "Mine"


@given(TABLES)
def test_jasc_pal_files_are_read(palette):
    lines = [f"{r} {g} {b}" for r, g, b in palette.colors]
    assert read("\r\n".join(["JASC-PAL", "0100", str(len(lines)), *lines]).encode(), "x.pal").hex() == palette.hex()


@given(TABLES)
def test_riff_pal_files_are_read(palette):
    body = b"".join(bytes(color) + b"\0" for color in palette.colors)
    data = struct.pack("<HH", 0x300, len(palette)) + body
    riff = b"PAL data" + struct.pack("<I", len(data)) + data
    assert read(b"RIFF" + struct.pack("<I", len(riff)) + riff, "x.pal").hex() == palette.hex()


@given(TABLES)
def test_act_files_are_read_with_their_count(palette):
    table = palette.colors.tobytes().ljust(768, b"\0")
    assert read(table + struct.pack(">HH", len(palette), 0), "x.act").hex() == palette.hex()
    assert read(table, "x.act").hex()[: len(palette)] == palette.hex()


@given(TABLES)
def test_a_palette_png_gives_its_table_with_unused_entries(palette):
    data = png.indexed(np.zeros((2, 2), int), palette.colors)
    assert read(data, "x.png").hex() == palette.hex()


def test_transparent_entries_of_a_palette_png_are_no_colours():
    data = png.indexed(np.zeros((1, 1), int), np.array([[1, 2, 3], [4, 5, 6], [0, 0, 0]]), transparent=2)
    assert read(data, "x.png").hex() == ["010203", "040506"]


def test_a_picture_of_swatches_gives_its_visible_colours_in_reading_order():
    swatches = [[[9, 0, 0, 255], [9, 0, 0, 255], [0, 0, 0, 0], [0, 9, 0, 255]]]
    assert read(png_of(swatches), "x.png").hex() == ["090000", "000900"]


@pytest.mark.parametrize("text", ["#ff0000 #0f0,00F", "FF0000\n00ff00ff;\t0000ff,", " #F00  #00FF00 #ff0000 00f "])
def test_lists_of_colours_are_read_however_they_are_written(text):
    assert parse_colors(text).hex() == ["ff0000", "00ff00", "0000ff"]


@pytest.mark.parametrize("text", ["red", "#12", "#12345", "#gggggg", "0x112233", "#1234567", ""])
def test_what_is_no_colour_is_quoted_in_the_error(text):
    with pytest.raises(PaletteError, match=f"'{text}' is not a colour"):
        parse_color(text)


def test_a_palette_has_at_least_one_colour_and_at_most_256():
    many = np.stack([np.arange(257) // 256, np.arange(257) % 256, np.zeros(257)], axis=1)
    assert len(Palette.of(many[:256])) == 256
    with pytest.raises(PaletteError, match="has 257 colours; 256 is the most"):
        Palette.of(many)
    with pytest.raises(PaletteError, match="no colours; give at least one"):
        parse_colors(" , \n")


def test_repeated_colours_count_once_and_order_stays():
    assert Palette.of([[3, 3, 3], [1, 1, 1], [3, 3, 3], [2, 2, 2]]).hex() == ["030303", "010101", "020202"]


@pytest.mark.parametrize("kind", [*palette_file.READERS, ".png"])
@given(
    data=st.binary(max_size=900) | st.text(alphabet="#; 0123456789abcdefRIFPALJSCGMP \n", max_size=60).map(str.encode)
)
def test_whatever_is_in_a_file_it_is_a_palette_or_a_sentence(kind, data):
    try:
        assert 1 <= len(read(data, f"x{kind}")) <= 256
    except PixelError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.hex", b"ff0000\nnope\n", r"a\.hex: 'nope' is not a colour"),
        ("a.hex", b"; only a comment\n", "no colours"),
        ("a.hex", b"\xff\xfe\x00", "not a text file"),
        ("a.gpl", b"1 2 3\n", "first line .* must be 'GIMP Palette'"),
        ("a.gpl", b"GIMP Palette\n1 2\n", "'1 2' is not a colour"),
        ("a.gpl", b"GIMP Palette\n1 2 300\n", "'1 2 300' is not a colour"),
        ("a.pal", b"hello", "must begin with 'JASC-PAL' or 'RIFF'"),
        ("a.pal", b"RIFF\0\0\0\0WAVEdata\0\0\0\0\0\0\0\0", "RIFF file, but not a palette"),
        (
            "a.pal",
            b"RIFF\0\0\0\0PAL data\0\0\0\0\0\x03\x09\0\1\2\3\0",
            "cut off; it announces 9 colours and holds 1",
        ),
        ("a.act", b"123", "768 or 772 bytes, this one has 3"),
        ("a.ase", b"ASEF", r"'\.ase' is unknown"),
        ("palette", b"", "'palette' is unknown"),
        ("a.png", b"not a png", "not a picture"),
        ("a.png", png_of(np.indices((17, 17)).T.repeat(2, 2)), "a.png shows 272 colours"),
    ],
)
def test_a_file_that_is_no_palette_says_why(name, data, words):
    with pytest.raises(ValueError, match=words):
        read(data, name)
