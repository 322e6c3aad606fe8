"""Every kind of palette file is read as it stands, written so that others read it, and refused in a sentence."""

import io
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import GimpPaletteFile, Image
from pixart_nodes import library, picture_file
from pixart_nodes.errors import PaletteError
from pixart_nodes.pixel.files import palette_file, png
from pixart_nodes.pixel.palette.palette import Entry, Palette

FORMATS = palette_file.FORMATS
WRITTEN = palette_file.written()
NAMES = st.just("") | st.text(max_size=12)
ENTRIES = st.builds(
    Entry, st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from([255, 255, 255, 0, 77]), NAMES, st.booleans()
)
SEEN = st.lists(ENTRIES, min_size=1, max_size=30).filter(lambda entries: any(entry.alpha for entry in entries))
PALETTES = st.builds(
    Palette, SEEN.map(tuple), st.text(max_size=20), st.text(max_size=9), st.text(max_size=9), st.integers(0, 99)
)
TABLES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 256), st.just(3))).map(Palette.from_table)


def read(data, name):
    return palette_file.parse(data, name, lambda picture: picture_file.decode(picture, name))


def again(palette, kind):
    return read(palette_file.write(palette, kind), f"x{WRITTEN[kind].suffix}")


def png_of(pixels, mode="RGBA"):
    out = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).convert(mode).save(out, "PNG")
    return out.getvalue()


def expected_alpha(palette, keeps):
    """What a format can keep of transparency: all of it, or one index, or nothing."""
    if "alpha" in keeps:
        return [entry.alpha for entry in palette.entries]
    kept = palette.transparent if "transparent" in keeps else None
    return [0 if at == kept and at > 0 else 255 for at in range(len(palette.entries))]


@pytest.mark.parametrize("kind", WRITTEN)
@given(palette=PALETTES)
@example(palette=Palette((Entry((0, 0, 0), name="Untitled"), Entry((0, 0, 0), name="group/"))))
def test_a_file_gives_back_what_its_format_keeps_and_nothing_else(kind, palette):
    keeps = WRITTEN[kind].keeps
    alphas = expected_alpha(palette, keeps)
    if not any(alphas):
        return
    unnamed = {"Untitled"} if kind == "gpl" else set()  # as GIMP writes a colour that nobody named
    names = [entry.name if "names" in keeps and entry.name not in unnamed else "" for entry in palette.entries]
    entries = [Entry(e.rgb, alpha, name) for e, alpha, name in zip(palette.entries, alphas, names, strict=True)]
    told = {
        key: getattr(palette, key) for key in ("name", "source", "author") if key in keeps and getattr(palette, key)
    }
    columns = palette.columns if "columns" in keeps else 0
    assert again(palette, kind) == Palette(
        tuple(entries), **{"name": "x", "source": f"x{WRITTEN[kind].suffix}"} | told, columns=columns
    )


@pytest.mark.parametrize("kind", WRITTEN)
@given(palette=TABLES)
@settings(max_examples=20)
def test_up_to_256_entries_keep_their_order_and_their_repeats(kind, palette):
    assert again(palette, kind).entries == palette.entries


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("name", ["pico-8", "resurrect-64"])
def test_a_built_in_palette_comes_back_from_every_format(kind, name):
    assert again(library.palette(name), kind).entries == library.palette(name).entries


def test_a_gpl_file_of_aseprite_has_names_alpha_and_columns():
    text = "GIMP Palette\r\nChannels: RGBA\r\nName: Mine\r\nColumns: 4\r\n# a comment\r\n"
    palette = read((text + "  0   0   0   0 Mask\r\n255 0 77 255\tred 2\r\n1 2 3 255 Untitled").encode(), "x.gpl")
    assert palette == Palette(
        (Entry((0, 0, 0), 0, "Mask"), Entry((255, 0, 77), name="red 2"), Entry((1, 2, 3))), "Mine", "x.gpl", columns=4
    )


def test_a_gpl_file_with_alpha_begins_as_gimp_and_krita_want_it():
    palette = Palette((Entry((0, 0, 0), 0, "Mask"), Entry((255, 0, 77), name="red 2")), "Mine", columns=4)
    head = palette_file.write(palette, "gpl").decode().splitlines()[:4]
    assert head == ["GIMP Palette", "Name: Mine", "Columns: 4", "Channels: RGBA"]


def test_no_comment_of_a_hex_file_has_six_digits_that_aseprite_takes_for_a_colour():
    palette = Palette((Entry((1, 2, 3)),), "facade", "lospec @43c35256", "deadbeef")
    text = palette_file.write(palette, "hex").decode()
    assert re.findall("[0-9a-fA-F]{6}", text) == ["010203"]
    assert read(text.encode(), "x.hex") == palette


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_names_are_read_in_utf_8_and_in_the_latin_1_of_older_programs(encoding):
    palette = read("GIMP Palette\r\nName: Café\r\n#\r\n1 2 3\tcrème\r\n".encode(encoding), "x.gpl")
    assert (palette.name, palette.entries) == ("Café", (Entry((1, 2, 3), name="crème"),))


def test_a_gpl_file_of_lospec_has_its_title():
    head = "GIMP Palette\r\n#Palette Name: SLSO8\r\n#Description: Name: none\r\n#Colors: 2\r\n"
    palette = read((head + "13\t43\t69\t0d2b45\r\n32\t60\t86\t203c56\r\n").encode(), "slso8-1.gpl")
    assert (palette.name, palette.hex()) == ("SLSO8", ["0d2b45", "203c56"])


def test_a_gpl_file_may_name_a_colour_with_a_number():
    assert read(b"GIMP Palette\n1 2 3 4th of July\n", "x.gpl").entries == (Entry((1, 2, 3), name="4th of July"),)
    assert read(b"GIMP Palette\n1 2 3 4\n", "x.gpl").entries == (Entry((1, 2, 3), name="4"),)


@given(TABLES)
@settings(max_examples=20)
def test_pillow_reads_the_gpl_files_and_the_strips_that_are_written(palette):
    data = palette_file.write(palette, "gpl")
    assert GimpPaletteFile.GimpPaletteFile.frombytes(data).palette == palette.table[:, :3].tobytes()
    with Image.open(io.BytesIO(palette_file.write(palette, "png"))) as strip:
        assert strip.size == (len(palette.entries), 1)
        assert np.array(strip.convert("RGB"))[0].tolist() == palette.table[:, :3].tolist()
        assert strip.getpalette() == palette.table[:, :3].ravel().tolist()


def test_a_jasc_file_may_have_alpha_and_more_lines_than_it_counts():
    palette = read(b"JASC-PAL\r\n0100\r\n1\r\n1 2 3 0\r\n4 5 6 255\r\n", "x.pal")
    assert palette.entries == (Entry((1, 2, 3), 0), Entry((4, 5, 6)))


def test_a_riff_file_may_have_other_chunks_before_its_data():
    body = struct.pack("<HH", 0x300, 1) + bytes([1, 2, 3, 0])
    chunks = b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", len(body)) + body
    data = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"PAL " + chunks
    assert read(data, "x.pal").entries == (Entry((1, 2, 3)),)


ACT = bytes(range(256)) * 3


@pytest.mark.parametrize(
    ("tail", "count", "transparent"),
    [
        (b"", 256, None),
        (struct.pack(">HH", 7, 0xFFFF), 7, None),
        (struct.pack(">HH", 7, 6), 7, 6),
        (struct.pack(">HH", 7, 0), 7, None),  # Aseprite writes 0 always
        (struct.pack(">HH", 7, 9), 7, None),
        (struct.pack(">HH", 0, 3), 256, 3),
    ],
)
def test_an_act_file_has_a_count_and_a_transparent_index(tail, count, transparent):
    palette = read(ACT + tail, "x.act")
    assert (len(palette.entries), palette.transparent) == (count, transparent)
    assert palette.table[:, :3].tobytes() == ACT[: 3 * count]


def ase_block(kind, name, rest=b""):
    body = struct.pack(">H", len(name) + 1) + name.encode("utf-16-be") + b"\0\0" + rest if name is not None else b""
    return struct.pack(">HI", kind, len(body)) + body


def ase(*blocks):
    return struct.pack(">4sHHI", b"ASEF", 1, 0, len(blocks)) + b"".join(blocks)


def ase_color(name, model, *values):
    return ase_block(1, name, model + struct.pack(f">{len(values)}fH", *values, 2))


def test_adobe_swatches_have_names_groups_and_four_colour_models():
    data = ase(
        ase_color("red", b"RGB ", 1, 0.0, 77 / 255),
        ase_block(0xC001, "inks"),
        ase_color("cyan", b"CMYK", 1, 0, 0, 0.2),
        ase_color("", b"Gray", 0.5),
        ase_block(0xC002, None),
        ase_color("Lab Ω", b"LAB ", 0.6, 20.0, -30.0),
        ase_color("white", b"LAB ", 1.0, 0.0, 0.0),
    )
    assert read(data, "x.ase").entries == (
        Entry((255, 0, 77), name="red"),
        Entry((0, 204, 204), name="inks/cyan"),
        Entry((128, 128, 128), name="inks/"),
        Entry((159, 133, 198), name="Lab Ω"),  # as Little CMS shows 60, 20, -30 under D50
        Entry((255, 255, 255), name="white"),
    )


def test_colours_of_a_group_stay_in_it():
    entries = (Entry((1, 1, 1), name="sky/day"), Entry((2, 2, 2), name="sky/night"), Entry((3, 3, 3), name="rock"))
    data = palette_file.write(Palette(entries), "ase")
    groups = data.count(b"\xc0\x01\0\0\0\x0a"), data.count(b"\xc0\x02\0\0\0\0")
    assert groups == (1, 1) and read(data, "x.ase").entries == entries


@pytest.mark.parametrize(
    ("numbers", "rgb"),
    [
        ((0, 0xFFFF, 0x8000, 0, 0), (255, 128, 0)),
        ((1, 0x5555, 0xFFFF, 0xFFFF, 0), (0, 255, 0)),
        ((2, 0, 0xFFFF, 0xFFFF, 0xFFFF), (0, 255, 255)),  # 65535 is no ink
        ((7, 10000, 0, 0, 0), (255, 255, 255)),
        ((7, 6000, 2000, 0x10000 - 3000, 0), (159, 133, 198)),
        ((8, 5000, 0, 0, 0), (128, 128, 128)),
        ((9, 0, 10000, 0, 0), (255, 0, 255)),
    ],
)
def test_photoshop_swatches_are_read_in_every_space(numbers, rgb):
    assert read(struct.pack(">7H", 1, 1, *numbers), "x.aco").entries == (Entry(rgb),)


def test_a_paint_net_file_has_alpha_first():
    text = b"; paint.net Palette File\r\n;Palette Name: Mine\r\nFF010203\r\n80FF0000\r\n\r\n00ff00\r\n"
    assert read(text, "x.txt") == Palette(
        (Entry((1, 2, 3)), Entry((255, 0, 0), 128), Entry((0, 255, 0))), "Mine", "x.txt"
    )


def test_lospec_json_is_read_as_lospec_writes_it():
    data = b'{"name":"Ink","author":"AprilSundae","colors":["1f1f29","413a42","#FFF"]}'
    palette = read(data, "ink.json")
    assert (palette.name, palette.author, palette.hex()) == ("Ink", "AprilSundae", ["1f1f29", "413a42", "ffffff"])


@given(TABLES)
@settings(max_examples=20)
def test_a_palette_png_gives_its_table_with_unused_entries(palette):
    data = png.indexed(np.zeros((2, 2), int), palette.table)
    assert read(data, "x.png").entries == palette.entries


def test_a_transparent_entry_of_a_palette_png_keeps_its_place_and_is_no_colour():
    data = png.indexed(np.zeros((1, 1), int), np.array([[1, 2, 3], [0, 0, 0], [4, 5, 6]]), transparent=1)
    palette = read(data, "x.png")
    assert palette.hex() == ["010203", "040506"] and palette.transparent == 1


def test_a_picture_of_swatches_gives_its_visible_colours_in_reading_order():
    swatches = [[[9, 0, 0, 255], [9, 0, 0, 255], [0, 0, 0, 0], [0, 9, 0, 255]]]
    assert read(png_of(swatches), "x.png").hex() == ["090000", "000900"]


def sprite(*chunks, depth=8, hidden=0):
    body = b"".join(struct.pack("<IH", 6 + len(data), kind) + data for kind, data in chunks)
    frame = struct.pack("<IHHHxxI", 16 + len(body), 0xF1FA, len(chunks), 100, len(chunks)) + body
    head = struct.pack("<IHHHHHIHIIB", 128 + len(frame), 0xA5E0, 1, 4, 4, depth, 1, 100, 0, 0, hidden)
    return head.ljust(128, b"\0") + frame


def sprite_palette(*entries):
    rows = [struct.pack("<H4B", bool(name), *rgba) + name_of(name) for *rgba, name in entries]
    return 0x2019, struct.pack("<III8x", len(entries), 0, len(entries) - 1) + b"".join(rows)


def name_of(text):
    return struct.pack("<H", len(text)) + text.encode() if text else b""


LAYER, BACKGROUND = (0x2004, struct.pack("<H14x", 1)), (0x2004, struct.pack("<H14x", 9))
NEW = sprite_palette((0, 0, 0, 255, ""), (255, 0, 77, 255, "red"), (1, 2, 3, 128, ""))
OLD = (0x0004, struct.pack("<H", 2) + bytes([0, 1, 7, 7, 7]) + bytes([1, 2, 8, 8, 8, 9, 9, 9]))
OLDEST = (0x0011, struct.pack("<H", 1) + bytes([0, 2, 63, 32, 1, 0, 0, 63]))  # six bits a channel


@pytest.mark.parametrize("suffix", [".aseprite", ".ase"])
@pytest.mark.parametrize(
    ("data", "entries"),
    [
        (sprite(LAYER, NEW), [Entry((0, 0, 0), 0), Entry((255, 0, 77), name="red"), Entry((1, 2, 3), 128)]),
        (sprite(NEW, BACKGROUND), [Entry((0, 0, 0)), Entry((255, 0, 77), name="red"), Entry((1, 2, 3), 128)]),
        (sprite(NEW, depth=32), [Entry((0, 0, 0)), Entry((255, 0, 77), name="red"), Entry((1, 2, 3), 128)]),
        (sprite(OLDEST, depth=32), [Entry((255, 130, 4)), Entry((0, 0, 255))]),
        (sprite(OLD, depth=32), [Entry((7, 7, 7)), Entry((0, 0, 0)), Entry((8, 8, 8)), Entry((9, 9, 9))]),
        (sprite(OLD, NEW, hidden=1), [Entry((0, 0, 0)), Entry((255, 0, 77), 0, "red"), Entry((1, 2, 3), 128)]),
    ],
)
def test_the_palette_of_an_aseprite_sprite_is_read_under_both_its_extensions(suffix, data, entries):
    assert read(data, f"x{suffix}").entries == tuple(entries)


def test_in_a_list_of_more_than_256_a_repeated_colour_counts_once():
    rows = [(at % 200, 7, 7) for at in range(500)]
    text = "\n".join(bytes(row).hex() for row in rows).encode()
    assert [entry.rgb for entry in read(text, "x.hex").entries] == rows[:200]


SAMPLE = Palette.from_table(np.arange(96).reshape(24, 4) * 2 + 1, "sample", author="me")
SAMPLES = [(f"x{WRITTEN[kind].suffix}", palette_file.write(SAMPLE, kind)) for kind in WRITTEN]
SAMPLES += [("x.aseprite", sprite(LAYER, NEW)), ("x.aseprite", sprite(OLD))]
NOISE = st.binary(max_size=900) | st.text(alphabet='#; 0123456789abcdefRIFPALJSCGMP{}[]",:\n', max_size=60).map(
    str.encode
)


def palette_or_sentence(data, name):
    try:
        assert 1 <= len(read(data, name)) <= 256
    except PaletteError as error:
        assert str(error)


@pytest.mark.parametrize("suffix", sorted({format.suffix for format in FORMATS.values()}))
@given(data=NOISE)
def test_whatever_is_in_a_file_it_is_a_palette_or_a_sentence(suffix, data):
    palette_or_sentence(data, f"x{suffix}")


@pytest.mark.parametrize(("name", "data"), SAMPLES)
def test_a_file_that_is_cut_off_anywhere_is_a_palette_or_a_sentence(name, data):
    for end in range(len(data)):
        palette_or_sentence(data[:end], name)


@pytest.mark.parametrize(("name", "data"), SAMPLES)
def test_a_damaged_file_is_a_palette_or_a_sentence(name, data):
    random = np.random.default_rng(len(data))
    for _ in range(400):
        damaged = np.frombuffer(data, np.uint8).copy()
        at = random.integers(0, len(data), random.integers(1, 5))
        damaged[at] = random.choice([0, 255, 127, 10, *random.integers(0, 256, 4)], len(at))
        palette_or_sentence(damaged.tobytes(), name)


FOLDER = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("name", "first", "count"),
    [
        ("p_gpl_as_pal.pal", [[0, 0, 0, 255], [255, 255, 255, 255]], 2),
        ("p_raw768.pal", [[0, 1, 2, 255], [3, 4, 5, 255]], 256),
        ("p_nes.pal", [[0, 1, 2, 255], [3, 4, 5, 255]], 64),
        ("p_rgba8.hex", [[255, 0, 0, 255], [0, 255, 0, 128]], 2),
        ("strip_old.png", [[10, 10, 10, 255], [80, 80, 80, 255]], 4),
        ("strip_new_repeats.png", [[200, 0, 0, 255], [200, 0, 0, 255], [0, 0, 200, 255]], 4),
    ],
)
def test_a_file_is_known_by_its_content_and_every_entry_keeps_its_place(name, first, count):
    palette = read((FOLDER / name).read_bytes(), name)
    assert palette.table[: len(first)].tolist() == first
    assert len(palette.entries) == count


@pytest.mark.parametrize("kind", [kind for kind in WRITTEN if kind not in ("act", "aco", "paint-net")])
@pytest.mark.parametrize("suffix", [".pal", ".gpl", ".hex", ".xyz", ""])
def test_a_file_under_another_ending_is_the_same_palette(kind, suffix):
    data = palette_file.write(SAMPLE, kind)
    assert read(data, f"x{suffix}").entries == again(SAMPLE, kind).entries


def test_paint_nets_file_is_known_by_its_first_line_and_swatches_that_begin_like_json_are_no_json():
    assert read(palette_file.write(SAMPLE, "paint-net"), "x.hex").entries == again(SAMPLE, "paint-net").entries
    assert read(b"{BM" + ACT[3:], "x.act").entries[0] == Entry((0x7B, 0x42, 0x4D))
    assert read(b"\n\n{" + ACT[3:], "x.act").entries[0] == Entry((10, 10, 0x7B))


@pytest.mark.parametrize(
    "document",
    [
        '{"title": "Ink", "colorsArray": ["1f1f29", "red", "1f1f29"], "user": {"name": "AprilSundae"}}',
        '{"palettes": [{"title": "Ink", "colors": ["1f1f29", "red", "1f1f29"], "user": {"name": "AprilSundae"}}]}',
    ],
)
def test_what_lospecs_pages_load_is_read_under_any_ending(document):
    for name in ("x.json", "x.hex", "x"):
        palette = read(document.encode(), name)
        assert (palette.name, palette.author) == ("Ink", "AprilSundae")
        assert [entry.rgb for entry in palette.entries] == [(31, 31, 41), (255, 0, 0), (31, 31, 41)]


def test_names_and_functions_of_css_are_colours_in_text_files():
    palette = read(b"; mine\nred, rgb(1, 2, 3)\n#0000ff80\n", "x.hex")
    assert palette.table.tolist() == [[255, 0, 0, 255], [1, 2, 3, 255], [0, 0, 255, 128]]


TWICE = [(255, 0, 0), (255, 0, 0), (0, 255, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "ff0000 ; red\nff0000 ; red again\n00ff00",
        "# a list\n// of three\nff0000\nff0000\n00ff00",
        "#\n0xff0000, 0xFF0000, 0x00ff00",
        "ff0000;ff0000;00ff00",
        '["#ff0000", "ff0000", "#00ff00"]',
    ],
)
def test_comments_in_a_list_of_colours_are_none_and_other_programs_ways_to_write_them_are(text):
    assert [entry.rgb for entry in read(text.replace("\n", "\r\n").encode(), "x.hex").entries] == TWICE


def test_a_pages_json_is_known_in_a_text_file_too():
    data = b'{"name": "three", "colors": ["ff0000", "ff0000", "00ff00"]}'
    assert [entry.rgb for entry in read(data, "x.txt").entries] == TWICE


@pytest.mark.parametrize("name", ["", "x", "x.bin"])
@pytest.mark.parametrize(("size", "count"), [(192, 64), (768, 256), (772, 256), (1536, 64)])
def test_bare_bytes_are_known_by_how_many_they_are_where_no_ending_says_more(name, size, count):
    data = bytes(range(192)) * 4 + b"\1\0\xff\xff" if size == 772 else (bytes(range(192)) * 8)[:size]
    palette = read(data, name)
    assert len(palette.entries) == count
    assert [entry.rgb for entry in palette.entries[:64]] == [(at, at + 1, at + 2) for at in range(0, 192, 3)]


@pytest.mark.parametrize("kind", ["WEBP", "TIFF", "BMP", "PNG"])
def test_a_strip_is_known_by_its_content_and_keeps_repeats_in_every_exact_kind_of_picture(kind):
    out = io.BytesIO()
    Image.fromarray(np.array([TWICE], np.uint8).repeat(4, 0).repeat(4, 1)).save(out, kind, lossless=True)
    assert [entry.rgb for entry in read(out.getvalue(), "x").entries] == TWICE


def test_the_table_of_a_png_is_in_srgb_whatever_its_gamma():
    out = io.BytesIO()
    picture = Image.new("P", (1, 2))
    picture.putpalette([128, 128, 128, 0, 0, 255])
    picture.save(out, "PNG", transparency=b"\xff\x80")
    gamma = png.chunk(b"gAMA", struct.pack(">I", 100_000))
    data = out.getvalue()[:33] + gamma + out.getvalue()[33:]
    assert read(data, "x.png").entries[:2] == (Entry((188, 188, 188)), Entry((0, 0, 255), 128))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("side", [1, 2, 7])
def test_a_strip_of_squares_keeps_repeats_and_what_is_transparent(side, turned):
    row = np.array([[[9, 0, 0, 255], [9, 0, 0, 255], [0, 0, 0, 0], [0, 9, 0, 255]]], np.uint8)
    large = row.repeat(side, axis=0).repeat(side, axis=1)
    palette = read(png_of(large.swapaxes(0, 1) if turned else large), "x.png")
    assert palette.table.tolist() == row[0].tolist()


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
def test_an_indexed_gif_or_bmp_gives_its_table(kind):
    picture, out = Image.fromarray(np.array([[0, 1, 3]], np.uint8), "P"), io.BytesIO()
    picture.putpalette(bytes([5, 5, 5, 9, 0, 0, 5, 5, 5, 0, 9, 0]))
    picture.save(out, kind, optimize=False)
    table = read(out.getvalue(), f"x.{kind.lower()}").table.tolist()
    assert table[:4] == [[5, 5, 5, 255], [9, 0, 0, 255], [5, 5, 5, 255], [0, 9, 0, 255]]


@pytest.mark.parametrize("kind", ["riff-pal", "act", "ase", "aco"])
def test_a_file_that_is_cut_off_says_so(kind):
    data = palette_file.write(replace(SAMPLE, name="x"), kind)[:-20]
    if kind == "aco":  # its first version is still whole
        data = data[: len(data) // 4]
    with pytest.raises(PaletteError, match=r"^x\.\w+: (cut off|an \.act file has 768 or 772 bytes)"):
        read(data, f"x{WRITTEN[kind].suffix}")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.hex", b"ff0000\nnope\n", r"a\.hex: 'nope' is not a colour"),
        ("a.hex", b"; only a comment\n", r"a\.hex: .*no colours"),
        ("a.hex", b"\xff\xfe\x00", "not a text file"),
        ("a.hex", b"\n".join(b"%06x" % n for n in range(300)), "has 300 colours; 256 is the most"),
        ("a.gpl", b"1 2 3\n", "first line .* must be 'GIMP Palette'"),
        ("a.gpl", b"GIMP Palette\n1 2\n", "'1 2' is not a colour; expected three numbers"),
        ("a.gpl", b"GIMP Palette\n1 2 300\n", "'1 2 300' is not a colour"),
        ("a.gpl", b"GIMP Palette\nChannels: RGBA\n1 2 3 red\n", "'1 2 3 red' is not a colour; expected four numbers"),
        ("a.gpl", b"GIMP Palette\n" + b"9" * 9999 + b" 2 3\n", "is not a colour"),
        ("a.pal", b"hello", "must begin with 'JASC-PAL' or 'RIFF'"),
        ("a.pal", b"JASC-PAL\n0100\n1 2 3\n", "third line of a JASC palette must be its number of colours"),
        ("a.pal", b"JASC-PAL\n0100\n2\n1 2 3\n", "cut off; it announces 2 colours and holds 1"),
        ("a.pal", b"RIFF\0\0\0\0WAVEdata\0\0\0\0\0\0\0\0", "RIFF file, but not a palette"),
        ("a.pal", b"RIFF\0\0\0\0PAL data\0\0\0\0\0\x03\x09\0\1\2\3\0", "cut off; it announces 9 colours and holds 1"),
        ("a.act", b"123", "768 or 772 bytes, this one has 3"),
        ("a.ase", b"hello, I am no swatch", "neither an Adobe Swatch Exchange file nor an Aseprite sprite"),
        ("a.ase", ase(ase_color("x", b"HSV ", 1, 1, 1)), "'x' is in a model that isn't one of RGB, CMYK, LAB, Gray"),
        ("a.ase", ase(ase_color("x", b"RGB ", float("nan"), 1, 1)), "'x' is not a number"),
        ("a.aseprite", ase(), "no colours"),
        ("a.aseprite", b"hello, I am no sprite", "not an Aseprite sprite"),
        ("a.aseprite", sprite(LAYER), "no colours"),
        ("a.aco", b"hello", "one begins with its version, 1 or 2"),
        ("a.aco", struct.pack(">7H", 1, 1, 3, 0, 0, 0, 0), "colour in space 3; known: 0, 1, 2, 7, 8, 9"),
        ("a.txt", b"FF00FF0\n", "'FF00FF0' is not a colour"),
        ("a.json", b"{", r"a\.json: not a JSON file"),
        ("a.json", b"[" * 99999, r"a\.json: not a JSON file"),
        ("a.json", b'{"error": "file not found"}', r"expected what Lospec gives"),
        ("a.json", b'{"palettes": [{}, {}]}', r"a\.json: it holds 2 palettes; keep the one that is wanted"),
        ("a.pal", b"12" * 96 + b"!", "must begin with 'JASC-PAL' or 'RIFF'"),
        ("a.pal", b"12" * 9999 + b"!", "must begin with 'JASC-PAL' or 'RIFF'"),
        ("a.pal", b";" * 9999 + b"\n!", "must begin with 'JASC-PAL' or 'RIFF'"),
        ("a.json", b'{"colors": [1.5]}', r"a\.json: '1\.5' is not a colour"),
        ("palette", b"", "'palette' is unknown"),
        ("a.xyz", b"", r"'\.xyz' is unknown. Known: \.aco, \.act,"),
        ("a.png", b"not a png", "not a picture"),
        ("a.png", png_of(np.indices((17, 17)).T.repeat(2, 2)), r"a\.png: the picture shows 272 colours"),
        ("a.png", png.indexed(np.zeros((1, 1), int), np.zeros((1, 4), np.uint8)), "only transparent entries"),
    ],
)
def test_a_file_that_is_no_palette_says_why(name, data, words):
    with pytest.raises(ValueError, match=words):
        read(data, name)
