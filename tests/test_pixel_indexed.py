"""An indexed PNG holds exactly the palette it was given and shows exactly the pixels, says Pillow too."""

import io
import json

import golden
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from pixart_nodes import library
from pixart_nodes.pixel import indexed, png
from pixart_nodes.pixel.errors import PaletteError
from pixart_nodes.pixel.palette import Palette
from pixart_nodes.pixel.quantize import quantize

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
    done = quantize(golden.small(), palette)
    data, mode = indexed.encode(done, palette, {})
    picture = opened(data)
    assert mode == "indexed" and picture.mode == "P"
    assert picture.getpalette() == [*palette.colors.ravel().tolist(), 0, 0, 0]
    assert png.palette_of(data).tolist() == palette.colors.tolist()
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
    assert png.palette_of(png.rgba(np.zeros((1, 1, 4), np.uint8))) is None
    assert png.palette_of(b"") is None
