"""The built-in palettes are what their sources say, and a palette is a value that keeps what it was told."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pixart_nodes import library
from pixart_nodes.errors import PaletteError, UnknownName
from pixart_nodes.pixel.palette.color_text import parse_color, parse_colors, parse_entry
from pixart_nodes.pixel.palette.palette import Entry, Palette

PALETTES = library.palettes()
KNOWN = {
    "pico-8": "000000 1d2b53 7e2553 008751 ab5236 5f574f c2c3c7 fff1e8 "
    "ff004d ffa300 ffec27 00e436 29adff 83769c ff77a8 ffccaa",
    "sweetie-16": "1a1c2c 5d275d b13e53 ef7d57 ffcd75 a7f070 38b764 257179 "
    "29366f 3b5dc9 41a6f6 73eff7 f4f4f4 94b0c2 566c86 333c57",
    "db16": "140c1c 442434 30346d 4e4a4e 854c30 346524 d04648 757161 "
    "597dce d27d2c 8595a1 6daa2c d2aa99 6dc2ca dad45e deeed6",
    "gameboy": "9bbc0f 8bac0f 306230 0f380f",
    "gb-studio": "071821 306850 86c06c e0f8cf",
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
    assert palette.transparent is None


def test_an_unknown_palette_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match=r"Palette 'pico8' is unknown\..*Did you mean 'pico-8'"):
        library.palette("pico8")


@pytest.mark.parametrize("text", ["#ff0000 #0f0,00F", "FF0000\n00ff00ff;\t0000ff,", " #F00  #00FF00 #ff0000 00f "])
def test_lists_of_colours_are_read_however_they_are_written(text):
    assert parse_colors(text).hex() == ["ff0000", "00ff00", "0000ff"]


@pytest.mark.parametrize(
    ("text", "rgba"),
    [
        ("#ff004d80", (255, 0, 77, 128)),
        ("ff004d00", (255, 0, 77, 0)),
        ("#f0c8", (255, 0, 204, 136)),
        ("red", (255, 0, 0, 255)),
        ("RebeccaPurple", (102, 51, 153, 255)),
        ("rgb(1,2,3)", (1, 2, 3, 255)),
        ("rgb(1 2 3 / 50%)", (1, 2, 3, 128)),
        ("rgba(300, 20%, 0, .5)", (255, 51, 0, 128)),
    ],
)
def test_a_colour_may_have_alpha_a_name_or_be_written_as_in_css(text, rgba):
    entry = parse_entry(text)
    assert (*entry.rgb, entry.alpha) == rgba


def test_a_list_keeps_places_repeats_and_alpha():
    palette = parse_colors("red rgb(1, 2, 3);red,#00ff0080\n#0000")
    assert palette.entries == (
        *(Entry((255, 0, 0)), Entry((1, 2, 3)), Entry((255, 0, 0))),
        *(Entry((0, 255, 0), 128), Entry((0, 0, 0), 0)),
    )
    assert parse_colors(" ".join(["red", "lime"] * 200)).hex() == ["ff0000", "00ff00"]


def test_a_colour_that_is_see_through_is_refused_where_an_opaque_one_is_wanted():
    with pytest.raises(PaletteError, match=r"'#00ff0080' is see-through, .*; write #00ff00"):
        parse_color("#00ff0080")


@pytest.mark.parametrize(
    "text", ["reddish", "rgb1,2", "abcd", "#12", "#12345", "#gggggg", "0x11223", "0x80112233", "#1234567", ""]
)
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


KEY = Entry((255, 0, 255), 0, "key")
TOLD = Palette((KEY, Entry((0, 0, 0), name="ink", locked=True), Entry((0, 0, 0)), Entry((9, 9, 9))), "told", "x.png")


def test_an_entry_keeps_its_place_and_a_colour_counts_once():
    assert [entry.rgb for entry in TOLD.entries] == [(255, 0, 255), (0, 0, 0), (0, 0, 0), (9, 9, 9)]
    assert TOLD.table.tolist() == [[255, 0, 255, 0], [0, 0, 0, 255], [0, 0, 0, 255], [9, 9, 9, 255]]
    assert TOLD.colors.tolist() == [[0, 0, 0], [9, 9, 9]]
    assert (len(TOLD), TOLD.transparent, Palette.of([[1, 2, 3]]).transparent) == (2, 0, None)


def test_palettes_are_equal_when_all_of_them_is_and_cannot_be_changed():
    assert replace(TOLD) == TOLD and hash(replace(TOLD)) == hash(TOLD)
    for change in ({"name": "other"}, {"columns": 4}, {"entries": TOLD.entries[1:]}):
        assert replace(TOLD, **change) != TOLD
    with pytest.raises(FrozenInstanceError):
        TOLD.name = "other"
    for table in (TOLD.table, TOLD.colors):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1


def test_a_palette_shows_what_it_is():
    assert repr(TOLD) == "Palette('told', 2 colours, 4 entries, 0 transparent: 000000 090909)"
    assert repr(PALETTES["c64"]).startswith("Palette('Commodore 64 (Pepto-like)', 16 colours: 000000 ")
    assert repr(PALETTES["c64"]).endswith(" …)")


def test_a_palette_of_see_through_entries_only_is_refused():
    with pytest.raises(PaletteError, match="'p' has only transparent entries; give at least one colour"):
        Palette((KEY,), "p")


@given(st.text(max_size=20), st.text(max_size=300))
@settings(max_examples=40)
def test_names_are_one_printable_line(name, title):
    palette = Palette((Entry((1, 2, 3), name=name),), title)
    for text in (palette.name, palette.entries[0].name):
        assert text == text.strip() and len(text) <= 80 and "\n" not in text
        assert text == "" or text.isprintable()
    assert replace(palette) == palette
