"""Whatever a person gives for a palette is read: names, lists, addresses, files, pictures; else a sentence says why."""

import io

import numpy as np
import pytest
from PIL import Image
from pixart_nodes import library, palette_source
from pixart_nodes.errors import PaletteError, PixelError
from pixart_nodes.pixel.files import palette_file
from pixart_nodes.pixel.palette.color_text import parse_colors, written
from pixart_nodes.pixel.palette.palette import Entry, Palette

NO_COLOR = "is not a colour; write it as #rrggbb, for example #ff004d."
SWEETIE = library.palette("sweetie-16")


@pytest.mark.parametrize(
    "text",
    [
        "sweetie-16",
        " Sweetie 16\n",
        "https://lospec.com/palette-list/sweetie-16",
        "lospec.com/palette-list/sweetie-16/",
        "https://www.lospec.com/palette-list/sweetie-16.hex",
    ],
)
def test_a_built_in_palette_is_known_by_its_name_and_by_its_page(text):
    assert palette_source.of_text(text) == SWEETIE


@pytest.mark.parametrize("text", ["red", "#f00", "rgb(255, 0, 0)", "FF0000"])
def test_a_single_colour_is_a_palette(text):
    assert palette_source.of_text(text).hex() == ["ff0000"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sweety-16", f"'sweety-16' {NO_COLOR} Or is the palette 'sweetie-16'?"),
        ("#12", f"'#12' {NO_COLOR}"),
        (
            "no-such-slug",
            "'no-such-slug' is not a colour; write it as #rrggbb, for example #ff004d. "
            "No built-in palette is called so either.",
        ),
        (
            "https://lospec.com/palette-list/nobodys",
            "The palette 'nobodys' isn't built in, and addresses aren't fetched: download its file from Lospec and "
            "give that.",
        ),
    ],
)
def test_what_is_no_palette_is_refused_in_one_message(text, sentence):
    with pytest.raises(PaletteError) as error:
        palette_source.of_text(text)
    assert str(error.value) == sentence


def test_a_lock_alpha_and_repeats_come_back_from_the_text_that_a_palette_is_written_as():
    entries = (Entry((1, 2, 3), locked=True), Entry((9, 9, 9), 0), Entry((1, 2, 3)), Entry((7, 80, 7), 128, "", True))
    text = " ".join(map(written, entries))
    assert text == "#010203! #09090900 #010203 #07500780!"
    assert parse_colors(text).entries == entries
    assert parse_colors("red! rgb(1, 2, 3)! #fff").entries[1] == Entry((1, 2, 3), locked=True)


MINE = Palette((Entry((9, 9, 9), name="ink"), Entry((255, 0, 255), 0), Entry((1, 2, 3)), Entry((9, 9, 9))), "Mine")


@pytest.mark.parametrize("kind", palette_file.written())
def test_a_file_is_read_by_its_name_and_says_which_format_it_is(kind):
    data = palette_file.write(MINE, kind)
    palette, told = palette_source.of_bytes(data, f"mine{palette_file.FORMATS[kind].suffix}")
    assert told == kind
    assert [entry.rgb for entry in palette.entries] == [entry.rgb for entry in MINE.entries]


@pytest.mark.parametrize("kind", ["hex", "gpl", "jasc-pal", "riff-pal", "ase", "png", "paint-net", "lospec-json"])
def test_a_file_that_was_pasted_without_a_name_is_known_by_its_content(kind):
    assert palette_source.of_bytes(palette_file.write(MINE, kind))[1] == kind


def test_text_without_a_name_is_what_a_person_types():
    assert palette_source.of_bytes(b"red, blue") == (parse_colors("red blue"), "text")


def encoded(pixels, format):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_of_more_colours_than_a_palette_has_gives_its_best(format):
    steps = np.arange(64, dtype=np.uint8) * 4
    pixels = np.dstack([*np.meshgrid(steps, steps), np.full((64, 64), 99, np.uint8)])
    palette, told = palette_source.of_bytes(encoded(pixels, format), "sky.x.png", 12)
    assert (len(palette), palette.name, told) == (12, "sky.x", "picture")


def test_a_picture_is_measured_before_it_is_decoded():
    wide = encoded(np.zeros((1, 1 << 24), np.uint8).repeat(2, 0).reshape(8192, -1), "PNG")
    with pytest.raises(PixelError, match="has 4096 x 8192 pixels; 4096 x 4096 is the most here"):
        palette_source.of_bytes(wide, "wide.png")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"JASC-PAL\n0100\n3\n1 2 3", "cut.pal", "cut.pal: "),
        (b"\x00\x01", "notes.docx", "Palette file type '.docx' is unknown."),
        (b"\x89PNG\r\n\x1a\n", "cut.png", "cut.png"),
        (b"", "", "The palette 'custom' has no colours; give at least one colour."),
    ],
)
def test_a_damaged_or_unknown_file_is_refused_by_name(data, name, sentence):
    with pytest.raises(PixelError) as error:
        palette_source.of_bytes(data, name)
    assert sentence in str(error.value)
