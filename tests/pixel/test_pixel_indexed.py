"""An indexed PNG holds exactly the palette it was given and shows exactly the pixels, says Pillow too."""

import io
import json
import struct

import golden
import numpy as np
import pytest
import test_animation_composed as composed
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, PngImagePlugin
from pixart_nodes import indexed_file, library, picture_file
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.errors import PaletteError, PixelError, UnknownName
from pixart_nodes.pixel.files import indexed, png
from pixart_nodes.pixel.palette.palette import Entry, Palette

FULL = Palette.of(np.stack([np.arange(256), np.arange(256), np.zeros(256)], axis=1))


def opened(data):
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


def few_colors(draw_from):
    return hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 40)), elements=st.integers(0, draw_from - 1)
    )


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16, 17, 256])
@given(data=st.data())
def test_pillow_sees_the_indices_and_the_whole_table(count, data):
    indices = data.draw(few_colors(count))
    picture = opened(png.indexed(indices, FULL.colors[:count]))
    assert picture.mode == "P"
    assert np.array_equal(np.array(picture), indices)
    assert picture.getpalette()[: 3 * count] == FULL.colors[:count].ravel().tolist()


def test_the_palette_keeps_its_order_and_unused_entries_and_transparency_comes_last():
    palette = library.palette("pico-8")
    done = quantize(golden.small(), Quantization(palette))
    data, mode = indexed.encode(done, palette, {})
    picture = opened(data)
    assert mode == "indexed" and picture.mode == "P"
    assert picture.getpalette() == [*palette.colors.ravel().tolist(), 0, 0, 0]
    assert png.table_of(data)[:-1].tolist() == palette.table.tolist()
    assert png.table_of(data)[-1].tolist() == [0, 0, 0, 0]
    assert np.array_equal(golden.decoded(data), done)
    assert np.array(picture).max() == len(palette)


def test_an_opaque_picture_has_no_transparent_entry():
    rgba = np.full((2, 2, 4), 255, np.uint8)
    plan = indexed.index(rgba, Palette.of([[0, 0, 0], [255, 255, 255]]))
    assert plan.transparent is None and plan.indices.tolist() == [[1, 1], [1, 1]] and len(plan.colors) == 2


def test_without_a_palette_colours_are_numbered_as_they_appear():
    rgba = np.array([[[9, 9, 9, 255], [1, 1, 1, 255], [9, 9, 9, 255], [5, 5, 5, 0]]], np.uint8)
    plan = indexed.index(rgba)
    assert plan.indices.tolist() == [[0, 1, 0, 2]]
    assert plan.colors.tolist() == [[9, 9, 9], [1, 1, 1], [0, 0, 0]]


def test_256_colours_and_transparency_drop_the_unused_ones():
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, 0] = [200, 200, 0, 255]
    rgba[0, 1] = [7, 7, 0, 255]
    plan = indexed.index(rgba, FULL)
    assert plan.colors.tolist() == [[7, 7, 0], [200, 200, 0], [0, 0, 0]]
    assert plan.indices.tolist() == [[1, 0, 2]]


@pytest.mark.parametrize("palette", [FULL, None])
def test_256_used_colours_and_transparency_become_rgba(palette):
    rgba = np.zeros((1, 257, 4), np.uint8)
    rgba[0, :256, :3] = FULL.colors
    rgba[0, :256, 3] = 255
    data, mode = indexed.encode(rgba, palette, {})
    assert mode == "rgba" and opened(data).mode == "RGBA"
    assert np.array_equal(golden.decoded(data), rgba)
    assert indexed.encode(rgba[:, :256], palette, {})[1] == "indexed"


def test_more_than_256_colours_and_half_transparent_pixels_become_rgba():
    many = np.random.default_rng(9).integers(0, 256, (20, 20, 4), dtype=np.uint8)
    for alpha in (255, 128):
        many[..., 3] = alpha
        data, mode = indexed.encode(many, None, {})
        assert mode == "rgba" and np.array_equal(golden.decoded(data), many)


def test_a_colour_that_the_palette_lacks_is_named():
    with pytest.raises(PaletteError, match="1 colours that the palette 'custom' lacks, #010203 first"):
        indexed.index(np.array([[[1, 2, 3, 255]]], np.uint8), Palette.of([[0, 0, 0]]))


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4))))
def test_whatever_is_saved_shows_the_same_pixels(rgba):
    expected = np.where(rgba[..., 3:] > 0, rgba, 0)
    assert np.array_equal(golden.decoded(indexed.encode(rgba, None, {})[0]), expected)


def test_texts_are_kept_for_the_editor_to_read():
    texts = {"prompt": json.dumps({"1": {"class_type": "Ä"}}), "note": "naïve", "sign": "日本"}
    data = png.indexed(np.zeros((1, 1), int), np.zeros((1, 3)), texts=texts)
    assert dict(opened(data).text) == texts
    assert b"tEXtprompt\0" in data and b"tEXtnote\0" in data and b"iTXtsign\0" in data


def test_a_true_colour_png_has_no_palette():
    assert png.table_of(png.rgba(np.zeros((1, 1, 4), np.uint8))) is None
    assert png.table_of(b"") is None


MIXED = Palette(
    (
        Entry((9, 9, 9)),
        Entry((255, 0, 255), 0),
        Entry((1, 2, 3), name="unused"),
        Entry((9, 9, 9), name="again"),
        Entry((7, 7, 7), 128),
        Entry((0, 0, 0), 0),
    )
)


def test_repeated_unused_and_half_transparent_entries_keep_their_index():
    rgba = np.array([[[9, 9, 9, 255], [5, 5, 5, 0], [7, 7, 7, 128]]], np.uint8)
    plan = indexed.index(rgba, MIXED)
    assert plan.indices.tolist() == [[0, 1, 4]]
    assert np.array_equal(plan.table, MIXED.table) and plan.transparent == 1
    assert plan.pixels.tolist() == [[[9, 9, 9, 255], [0, 0, 0, 0], [7, 7, 7, 128]]]


def test_known_indices_tell_equal_entries_apart_until_the_pixel_changes():
    rgba = np.array([[[9, 9, 9, 255], [9, 9, 9, 255], [0, 0, 0, 0], [1, 2, 3, 255], [9, 9, 9, 255]]], np.uint8)
    known = np.array([[3, 0, 5, 3, 200]], np.uint8)
    assert indexed.index(rgba, MIXED, known).indices.tolist() == [[3, 0, 5, 2, 0]]


def test_half_transparent_pixels_that_the_palette_lacks_become_rgba():
    rgba = np.array([[[9, 9, 9, 254]]], np.uint8)
    data, mode = indexed.encode(rgba, MIXED, {})
    assert mode == "rgba" and np.array_equal(golden.decoded(data), rgba)


RED = [200, 40, 40]


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "bayer-4", "knoll-4"])
def test_what_is_quantized_fits_its_palette_also_where_that_has_half_transparent_entries(dither):
    palette = Palette.from_table([[0, 0, 0, 255], [255, 255, 255, 255], [*RED, 128], [0, 0, 0, 0]])
    rgba = np.full((8, 8, 4), [210, 50, 50, 255], np.uint8)
    shown = quantize(rgba, Quantization(palette, dither=dither))
    assert indexed.encode(shown, palette, {})[1] == "indexed"
    assert np.array_equal(indexed.swap(shown, palette, palette), shown)
    assert (len(palette.paints), len(palette), len(palette.entries)) == (2, 3, 4)


def test_a_palette_of_half_transparent_entries_only_is_painted_opaque_and_says_why_that_cannot_be_saved():
    palette = Palette.from_table([[*RED, 128]], "glass")
    shown = quantize(np.full((1, 1, 4), 255, np.uint8), Quantization(palette))
    assert shown.tolist() == [[[*RED, 255]]]
    said = "#c82828 opaque, which the palette 'glass' has half-transparent only. Take a palette that has it opaque."
    with pytest.raises(PaletteError, match=said):
        indexed.encode(shown, palette, {})


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 256), st.just(4)), elements=st.integers(0, 255)),
    st.data(),
)
def test_pillow_reads_the_same_table_and_the_same_indices(table, data):
    table[0, 3] = 255
    indices = data.draw(hnp.arrays(np.uint8, (5, 9), elements=st.integers(0, len(table) - 1)))
    picture = opened(png.indexed(indices, table))
    assert np.array_equal(np.array(picture), indices)
    assert picture.getpalette()[: 3 * len(table)] == table[:, :3].ravel().tolist()
    assert np.array_equal(np.array(picture.convert("RGBA")), table[indices])
    assert np.array_equal(png.table_of(png.indexed(indices, table)), table)


def saved(indices, table, kind, **more):
    """By Pillow: the independent writer."""
    picture = Image.fromarray(np.asarray(indices, np.uint8), "P")
    picture.putpalette(np.asarray(table, np.uint8)[:, :3].tobytes())
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def loaded_and_saved(data, name):
    picture, palette = indexed_file.load(data, name)
    return indexed.encode(picture.pixels, palette, {}, picture.indices)[0]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("hidden", [None, 0, 1])
@given(data=st.data())
@settings(max_examples=25)
def test_a_palette_png_comes_back_with_its_table_and_indices(bits, hidden, data):
    table = data.draw(hnp.arrays(np.uint8, (1 << bits, 3), elements=st.integers(0, 3)))  # many repeats
    indices = data.draw(hnp.arrays(np.uint8, (4, 7), elements=st.integers(0, (1 << bits) - 1)))
    source = saved(indices, table, "PNG", bits=bits, **({} if hidden is None else {"transparency": hidden}))
    again = loaded_and_saved(source, "x.png")
    assert [chunk_of(again, name) for name in (b"PLTE", b"tRNS")] == [
        chunk_of(source, name) for name in (b"PLTE", b"tRNS")
    ]
    assert again[24] == bits and np.array_equal(np.array(opened(again)), indices)


def chunk_of(data, name):
    at = data.find(name)
    return data[at : at + 4 + int.from_bytes(data[at - 4 : at], "big")] if at >= 0 else None


GREYS = np.arange(256).repeat(3).reshape(-1, 3)
LADDER = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 7)], axis=1)


@pytest.mark.parametrize("table", [GREYS, LADDER, GREYS[::-1]], ids=["greys", "colours", "greys from white"])
@pytest.mark.parametrize("count", [2, 3, 16, 256])
def test_a_bmp_keeps_its_table_also_where_pillow_drops_it(table, count):
    indices = np.arange(35).reshape(5, 7) % count
    bits = {2: 1, 3: 4, 16: 4, 256: 8}[count]
    picture, palette = indexed_file.load(bmp(indices, table[:count], bits), "x.bmp")
    assert np.array_equal(picture.indices, indices)
    assert palette.table[:, :3].tolist() == table[:count].tolist() and palette.transparent is None


def bmp(indices, table, bits, header=40):
    """By hand, bottom row first, for Pillow writes only some of them."""
    height, width = indices.shape
    packed = np.packbits(
        np.unpackbits(indices.astype(np.uint8)[..., None], axis=2)[..., 8 - bits :].reshape(height, -1), axis=1
    )
    rows = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 4)))[::-1].tobytes()
    colors = b"".join(bytes([b, g, r, 0][: 4 if header > 12 else 3]) for r, g, b in table.tolist())
    start = 14 + header + len(colors)
    sides = struct.pack("<IHHHH", 12, width, height, 1, bits)
    if header > 12:
        sides = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, 0, len(rows), 0, 0, len(table), 0)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + sides + colors + rows


def test_a_bmp_of_os2_has_entries_of_three_bytes():
    indices = np.arange(12).reshape(3, 4)
    picture, palette = indexed_file.load(bmp(indices, LADDER[:16], 4, header=12), "x.bmp")
    assert np.array_equal(picture.indices, indices) and palette.table[:, :3].tolist() == LADDER[:16].tolist()


@pytest.mark.parametrize("table", [GREYS, LADDER], ids=["greys", "colours"])
@pytest.mark.parametrize("hidden", [None, 3])
def test_a_gif_keeps_its_table_also_where_pillow_drops_it(table, hidden):
    indices = np.arange(35).reshape(5, 7)
    source = saved(indices, table, "GIF", optimize=False, **({} if hidden is None else {"transparency": hidden}))
    stated = source[13 : 13 + 3 * 256]
    picture, palette = indexed_file.load(source, "x.gif")
    assert stated == table.astype(np.uint8).tobytes() == palette.table[:, :3].tobytes()
    assert np.array_equal(picture.indices, indices) and palette.transparent == hidden
    again = loaded_and_saved(source, "x.gif")
    assert np.array_equal(np.array(opened(again)), indices) and chunk_of(again, b"PLTE")[4:] == stated


def test_the_first_frame_of_a_gif_with_its_own_table_is_read_with_that():
    frames = [Image.fromarray(np.full((2, 2), at, np.uint8), "P") for at in (1, 2)]
    for frame, table in zip(frames, (LADDER, GREYS), strict=True):
        frame.putpalette(table.astype(np.uint8).tobytes())
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], optimize=False, comment=b"hello")
    data = out.getvalue()
    common = data[13 : 13 + 3 * (2 << (data[10] & 7))]
    without = data[:10] + bytes([data[10] & 0x7F]) + data[11:13] + data[13 + len(common) :]
    at = without.index(b",", 13)
    local = without[: at + 9] + bytes([0x80 | data[10] & 7]) + common + without[at + 10 :]
    expected, actual = indexed_file.load(data, "x.gif"), indexed_file.load(local, "x.gif")
    assert actual[1] == expected[1] and np.array_equal(actual[0].indices, expected[0].indices)


def test_an_indexed_picture_is_turned_as_its_exif_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    picture, _ = indexed_file.load(saved([[0, 1, 2]], LADDER, "PNG", exif=exif), "x.png")
    assert picture.indices.tolist() == [[0], [1], [2]]


def test_an_indexed_picture_is_not_turned_by_its_xmp():
    said = PngImagePlugin.PngInfo()
    said.add_itxt("XML:com.adobe.xmp", '<rdf:Description tiff:Orientation="6"/>')
    picture, _ = indexed_file.load(saved([[0, 1, 2]], LADDER, "PNG", pnginfo=said), "x.png")
    assert picture.indices.tolist() == [[0, 1, 2]]


def grey_png():
    out = io.BytesIO()
    Image.new("L", (2, 2)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (grey_png(), "'x' is no indexed picture: only a PNG, GIF or BMP with a palette is one. Load Image with Alpha"),
        (b"hello", "is no indexed picture"),
        (bmp(np.zeros((2, 2)), LADDER[:2], 1)[:40], "'x' is damaged or cut off: it ends before its colours do"),
        (saved([[0]], LADDER, "GIF")[:20], "'x' is damaged or cut off: it ends before its colours do"),
        (saved([[0, 1]], LADDER, "PNG")[:-40], "'x' is damaged or cut off"),
        (png.indexed(np.zeros((1, 1), int), np.zeros((1, 4), np.uint8)), "only transparent entries"),
    ],
)
def test_what_is_no_indexed_picture_is_said(data, words):
    with pytest.raises(PixelError, match=words):
        indexed_file.load(data, "x")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_a_damaged_indexed_picture_is_a_picture_or_a_sentence(kind):
    source = saved(np.arange(64).reshape(8, 8), LADDER, kind)
    random = np.random.default_rng(5)
    for _ in range(600):
        damaged = np.frombuffer(source, np.uint8).copy()
        damaged[random.integers(0, len(source), random.integers(1, 6))] = random.integers(0, 256)
        end = random.integers(0, len(source)) if random.random() < 0.3 else len(source)
        try:
            picture, palette = indexed_file.load(damaged[:end].tobytes(), "x")
            assert picture.indices.max() < len(palette.entries)
        except PixelError as error:
            assert str(error)


RED_BLUE, GREEN_GOLD = Palette.of([[255, 0, 0], [0, 0, 255]], "old"), Palette.of([[0, 255, 0], [255, 200, 0]], "new")
SPRITE = np.array([[[255, 0, 0, 255], [0, 0, 255, 255], [3, 3, 3, 0]]], np.uint8)


def test_swapping_goes_by_index_and_leaves_transparency():
    assert indexed.swap(SPRITE, RED_BLUE, GREEN_GOLD).tolist() == [[[0, 255, 0, 255], [255, 200, 0, 255], [0, 0, 0, 0]]]


@given(hnp.arrays(np.int64, (6, 6), elements=st.integers(0, 63)))
def test_swapping_back_gives_the_same_picture(indices):
    one, other = library.palette("resurrect-64"), library.palette("endesga-64")
    picture = np.pad(one.colors[indices], ((0, 0), (0, 0), (0, 1)), constant_values=255)
    there = indexed.swap(picture, one, other)
    assert np.array_equal(there[..., :3], other.colors[indices])
    assert np.array_equal(indexed.swap(there, other, one), picture)


def test_entries_of_the_same_colour_are_swapped_by_their_known_index():
    old = Palette.from_table([[9, 9, 9], [9, 9, 9]])
    picture = np.full((1, 2, 4), [9, 9, 9, 255], np.uint8)
    assert indexed.swap(picture, old, GREEN_GOLD)[0, :, 0].tolist() == [0, 0]
    assert indexed.swap(picture, old, GREEN_GOLD, np.array([[1, 0]]))[0, :, 0].tolist() == [255, 0]


def test_an_entry_that_is_transparent_in_the_new_palette_vanishes():
    new = Palette((Entry((1, 1, 1), 0), Entry((2, 2, 2))))
    assert indexed.swap(SPRITE, RED_BLUE, new).tolist() == [[[0, 0, 0, 0], [2, 2, 2, 255], [0, 0, 0, 0]]]


def test_colours_that_cannot_be_swapped_are_refused_or_kept():
    strange = np.array([[[8, 8, 8, 255], [255, 0, 0, 255]]], np.uint8)
    with pytest.raises(PaletteError, match="1 colours that the palette 'old' lacks, #080808 first"):
        indexed.swap(strange, RED_BLUE, GREEN_GOLD)
    assert indexed.swap(strange, RED_BLUE, GREEN_GOLD, others="keep")[0, :, 1].tolist() == [8, 255]
    short = Palette.of([[4, 4, 4]], "short")
    with pytest.raises(PaletteError, match="entry 1 of the palette 'old', #0000ff; 'short' has entries 0 to 0"):
        indexed.swap(SPRITE, RED_BLUE, short)
    assert indexed.swap(SPRITE, RED_BLUE, short, others="keep").tolist() == [
        [[4, 4, 4, 255], [0, 0, 255, 255], [0, 0, 0, 0]]
    ]
    with pytest.raises(UnknownName, match="Did you mean 'keep'"):
        indexed.swap(SPRITE, RED_BLUE, GREEN_GOLD, others="keeps")


@pytest.mark.parametrize("hidden", [None, 3])
def test_around_a_gifs_first_frame_that_is_smaller_than_its_screen_is_nothing(hidden):
    data = composed.gif(3, 1, composed.gif_frame(np.array([[1, 2]]), left=1, hidden=hidden))
    picture, palette = indexed_file.load(data, "x.gif")
    clear = 4 if hidden is None else hidden
    assert picture.indices.tolist() == [[clear, 1, 2]]
    shown = picture.table[picture.indices]
    assert np.array_equal(shown * (shown[..., 3:] > 0), picture_file.decode(data))
    assert palette.table[clear, 3] == 0


def test_a_full_table_without_a_transparent_entry_keeps_the_background_that_a_gif_names():
    data = bytearray(saved([[1, 2]], LADDER, "GIF", optimize=False))
    data[6:8] = (3).to_bytes(2, "little")
    picture, palette = indexed_file.load(bytes(data), "x.gif")
    assert (picture.indices.tolist(), len(palette.table)) == ([[1, 2, data[11]]], 256)
