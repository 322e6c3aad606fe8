"""Contrast and sharpening follow their formulas, and transparency takes no part in them."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from pixart_nodes import library
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.edit import adjust as adjust_module
from pixart_nodes.pixel.edit.adjust import adjust, held, sharpened
from pixart_nodes.pixel.palette import picture

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(4)))
KERNEL = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
LEVELS = np.clip((np.arange(256.0) - 128) * 1.3 + 128, 0, 255)


@given(PICTURES)
def test_contrast_one_and_sharpen_nothing_change_nothing(rgba):
    assert np.array_equal(adjust(rgba, 1.0, 0.0), rgba)


@given(PICTURES, st.floats(0, 4), st.floats(0, 2))
def test_alpha_stays_as_it_is(rgba, contrast, sharpen):
    assert np.array_equal(adjust(rgba, contrast, sharpen)[..., 3], rgba[..., 3])


@given(PICTURES, st.floats(0, 4))
def test_contrast_is_the_editors_formula(rgba, factor):
    expected = np.rint(np.clip((rgba[..., :3].astype(float) - 128) * factor + 128, 0, 255))
    assert np.array_equal(adjust(rgba, factor)[..., :3], expected)


@pytest.mark.parametrize("amount", [0.5, 1.0, 2.0])
def test_sharpening_is_the_editors_kernel_blended_in(amount):
    rgba = np.random.default_rng(7).integers(80, 140, (3, 3, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    for channel in range(3):
        plane = rgba[..., channel].astype(float)
        sharp = (plane * KERNEL).sum()
        expected = np.rint(np.clip(plane[1, 1] + amount * (sharp - plane[1, 1]), 0, 255))
        assert adjust(rgba, 1.0, amount)[1, 1, channel] == expected


def test_what_transparent_pixels_hide_does_not_bleed():
    rgba = np.full((5, 5, 4), 100, np.uint8)
    rgba[..., 3] = 255
    rgba[2, 2] = [255, 0, 255, 0]
    shown = adjust(rgba, 1.0, 2.0)
    assert (shown[rgba[..., 3] == 255][:, :3] == 100).all()


def test_a_lone_pixel_has_nothing_to_sharpen():
    assert adjust(np.array([[[1, 2, 3, 4]]], np.uint8), 1.0, 2.0).tolist() == [[[1, 2, 3, 4]]]


@given(PICTURES, st.floats(0, 4), st.floats(0, 2))
def test_both_forms_of_sharpening_agree_on_any_picture(rgba, contrast, amount):
    pytest.importorskip("numba")
    levels = np.clip((np.arange(256.0) - 128) * contrast + 128, 0, 255)
    assert np.array_equal(sharpened.fast(rgba, levels, amount), sharpened.plain(rgba, levels, amount))


@pytest.mark.parametrize("shape", [(1, 1), (1, 77), (77, 1), (61, 47), (800, 700)])
def test_both_forms_of_sharpening_agree_on_any_shape(shape):
    pytest.importorskip("numba")
    rgba = np.random.default_rng(4).integers(0, 256, (*shape, 4), dtype=np.uint8)
    for one in (rgba, rgba.transpose(1, 0, 2), rgba[::2, ::-1]):
        assert np.array_equal(sharpened.fast(one, LEVELS, 0.37), sharpened.plain(one, LEVELS, 0.37))


def test_flatten_lays_the_picture_over_the_colour():
    rgba = np.array([[[0, 0, 0, 0], [10, 20, 30, 255], [0, 0, 0, 128]]], np.uint8)
    assert picture.flatten(rgba, (255, 0, 101)).tolist() == [[[255, 0, 101], [10, 20, 30], [127, 0, 50]]]


@pytest.mark.parametrize(
    ("canvas", "side", "expected"),
    [
        ((64, 64), 512, (512, 512)),
        ((64, 48), 512, (512, 384)),
        ((48, 64), 512, (384, 512)),
        ((16, 512), 512, (64, 512)),
        ((100, 37), 1024, (1024, 376)),
        ((1, 4096), 64, (64, 64)),
    ],
)
def test_a_model_draws_in_the_canvas_shape_in_multiples_of_8(canvas, side, expected):
    assert picture.generation_size(*canvas, side) == expected


@given(st.integers(1, 4096), st.integers(1, 4096), st.integers(64, 2048))
def test_the_drawing_size_suits_models_whatever_is_asked(width, height, side):
    for length in picture.generation_size(width, height, side):
        assert length % 8 == 0 and 64 <= length <= side + 4


def test_a_census_counts_what_shows():
    rgba = np.array([[[1, 1, 1, 255], [1, 1, 1, 255]], [[2, 2, 2, 255], [3, 3, 3, 0]]], np.uint8)
    assert picture.census(rgba) == picture.Census(2, 2, 2, 3, 1)


@pytest.mark.parametrize(
    "work", [lambda rgba: sharpened.plain(rgba, LEVELS, 0.5), lambda rgba: picture.flatten(rgba, (9, 99, 200))]
)
def test_a_large_picture_is_worked_on_in_parts_that_show_no_seam(work, monkeypatch):
    rgba = np.random.default_rng(3).integers(0, 256, (67, 41, 4), np.uint8)
    whole = work(rgba)
    for module in (adjust_module, picture):
        monkeypatch.setattr(module, "AT_ONCE", 41 * 5)
    np.testing.assert_array_equal(work(rgba), whole)


@pytest.mark.parametrize(
    "work",
    [
        lambda rgba: adjust(rgba, 1.3),
        lambda rgba: adjust(rgba, 1.3, 0.5),
        lambda rgba: sharpened.plain(rgba, LEVELS, 0.5),
        lambda rgba: picture.flatten(rgba, (9, 99, 200)),
    ],
)
def test_a_large_picture_takes_no_more_memory_than_twice_what_comfyui_has_of_it(work):
    rgba = np.full((2048, 2048, 4), 77, np.uint8)
    tracemalloc.start()
    try:
        work(rgba)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 2 * 4 * rgba.nbytes


# Colours that stay

CASES = Path(__file__).parents[1] / "cases"
GREYS = library.palette("pixart-4").paints  # 0, 85, 170, 255


def case(name, side=64):
    """A case's picture, enlarged with soft edges where `side` is longer than its own: uint8 [H, W, 4]."""
    with Image.open(CASES / f"{name}.png") as opened:
        return np.asarray(opened.convert("RGBA").resize((side, side), Image.Resampling.BICUBIC))


def grey(values):
    """Opaque greys: uint8 [H, W] -> [H, W, 4]."""
    return np.dstack([values.astype(np.uint8)] * 3 + [np.full(values.shape, 255, np.uint8)])


def kept(rgba, colors, contrast=1.3, sharpen=0.0):
    return held(rgba, adjust(rgba, contrast, sharpen), colors)


@pytest.mark.parametrize(("contrast", "sharpen"), [(1.2, 0.0), (1.5, 0.0), (0.5, 0.0), (1.3, 0.5), (1.0, 1.0)])
@pytest.mark.parametrize(("name", "palette"), [("pico8_flat_64", "pico-8"), ("grey4_flat_64", "pixart-4")])
def test_art_that_is_drawn_in_the_palette_stays_as_it_is(name, palette, contrast, sharpen):
    art, colors = case(name), library.palette(palette).paints
    assert not np.array_equal(adjust(art, contrast, sharpen), art)
    assert np.array_equal(kept(art, colors, contrast, sharpen), art)


def test_a_flat_grey_of_pico_8_is_not_dotted_by_contrast_before_dithering():
    art = np.full((64, 64, 4), (194, 195, 199, 255), np.uint8)
    settings = Quantization(library.palette("pico-8"), dither="floyd-steinberg", strength=0.5)
    assert len(np.unique(quantize(adjust(art, 1.3), settings).reshape(-1, 4), axis=0)) > 1
    assert np.array_equal(quantize(kept(art, settings.palette.paints), settings), art)


def test_art_with_soft_edges_keeps_its_flats_and_the_edges_get_their_contrast():
    art, colors = case("pico8_flat_64", 256), library.palette("pico-8").paints
    flat = (art[..., None, :3] == colors).all(axis=-1).any(axis=-1)
    assert 0.5 < flat.mean() < 1
    assert np.array_equal(kept(art, colors)[flat], art[flat])
    assert np.array_equal(kept(art, colors)[~flat], adjust(art, 1.3)[~flat])


def test_a_colour_of_the_palette_stays_flat_beside_colours_that_are_not_in_it():
    art, colors = case("pico8_flat_64"), library.palette("pixart-8").paints
    known = (art[..., None, :3] == colors).all(axis=-1).any(axis=-1)
    assert 0.25 < known.mean() <= 0.5
    assert np.array_equal(kept(art, colors)[known], art[known])
    assert np.array_equal(kept(art, colors)[~known], adjust(art, 1.3)[~known])


def test_a_single_pixel_of_large_art_stays_too():
    art = grey(np.full((300, 300), 85))
    art[7, 11, :3] = 170
    assert np.array_equal(kept(art, GREYS), art)


def test_shades_that_are_all_of_the_palette_do_not_count_as_close():
    art, shades = grey(np.tile(np.arange(100, 116), (16, 1))), grey(np.arange(100, 116)[None])[0, :, :3]
    assert np.array_equal(kept(art, shades), art)


@pytest.mark.parametrize("width", [64, 256, 1024])
def test_a_gradient_that_passes_through_a_colour_gets_all_of_its_contrast(width):
    wedge = grey(np.tile(np.arange(width) * 255 // (width - 1), (16, 1)))
    assert (wedge[..., :3] == 85).any()
    assert np.array_equal(kept(wedge, GREYS), adjust(wedge, 1.3))


def test_what_can_not_be_seen_does_not_count():
    art = grey(np.full((4, 4), 90))
    art[:3, :, 3] = 0
    art[3] = (85, 85, 85, 255)
    assert np.array_equal(kept(art, GREYS)[3], art[3])


def test_frames_of_one_batch_are_judged_together():
    flat, wedge = grey(np.full((16, 256), 85)), grey(np.tile(np.arange(256), (16, 1)))
    one = np.stack([flat, flat, wedge])
    at = wedge[0, :, 0].tolist().index(85)
    assert (kept(one, GREYS)[2, :, at] == wedge[:, at]).all()
    assert np.array_equal(kept(one, GREYS)[2, :, at + 1], adjust(wedge, 1.3)[:, at + 1])
