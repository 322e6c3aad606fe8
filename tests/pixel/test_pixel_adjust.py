"""Contrast and sharpening follow their formulas, and transparency takes no part in them."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.edit import adjust as adjust_module
from pixart_nodes.pixel.edit.adjust import adjust, sharpened
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
