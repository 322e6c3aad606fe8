"""Noise that JPEG leaves beside lines is taken away; lines, and pictures without noise, stay as they are."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.resize import noise
from pixart_nodes.pixel.resize.noise import filtered, median, noisy, without_noise


def opaque(colors):
    return np.dstack([colors, np.full(colors.shape[:2], 255, np.uint8)])


def waves(shape=(64, 64)):
    """Flat red with noise of up to 8 of 255."""
    return opaque(np.random.default_rng(3).integers(-8, 9, (*shape, 3)).astype(np.uint8) + np.uint8([200, 40, 60]))


@pytest.mark.parametrize("shape", [(40, 50), (3, 3), (1, 7), (7, 1), (1, 1), (2, 2)])
def test_the_median_is_opencvs(shape):
    colors = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert np.array_equal(median(opaque(colors))[..., :3], cv2.medianBlur(colors, 3))


def test_noise_becomes_less_than_half():
    assert noisy(waves())
    assert without_noise(waves())[..., 0].std() < waves()[..., 0].std() / 2


def test_a_line_of_one_pixel_stays_where_all_around_is_noise():
    picture = waves()
    picture[20, 10:50, :3] = picture[np.arange(20, 40), np.arange(20, 40), :3] = 0
    drawn = (picture[..., :3] == 0).all(axis=-1)
    assert (filtered(picture)[drawn] == picture[drawn]).all()


def test_art_without_noise_is_the_same_object():
    flat = opaque(np.full((64, 64, 3), 90, np.uint8))
    flat[10:20, 10:50] = 255
    assert without_noise(flat) is flat
    assert not noisy(flat)


def test_what_lies_on_a_transparent_ground_was_no_jpeg_unless_it_was_cut_out_of_a_photo():
    picture = waves()
    picture[:20, :, 3] = 0
    assert without_noise(picture) is picture
    assert without_noise(picture, cut_out=True)[24:, :, 0].std() < picture[24:, :, 0].std() / 2


def test_colours_that_nobody_sees_are_no_noise():
    picture = waves()
    picture[..., 3] = 0
    assert without_noise(picture, cut_out=True) is picture


@settings(max_examples=60)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 70), st.just(4))), st.integers(1, 8))
def test_both_forms_agree_on_any_picture(rgba, calm):
    pytest.importorskip("numba")
    for picture in (rgba, rgba // calm + 100, rgba.transpose(1, 0, 2)):
        assert np.array_equal(filtered.plain(picture), filtered.fast(picture))


def test_both_forms_agree_on_a_picture_for_two_threads():
    pytest.importorskip("numba")
    picture = np.random.default_rng(5).integers(90, 190, (800, 700, 4), np.uint8)
    assert np.array_equal(filtered.plain(picture), filtered.fast(picture))


@pytest.mark.parametrize("alpha", [255, 254, 0])
def test_a_picture_is_opaque_unless_a_pixel_is_less(alpha):
    picture = np.full((5, 9, 4), 255, np.uint8)
    picture[3, 2] = 0, 0, 0, alpha
    assert noise.opaque(picture) == noise.opaque(picture.transpose(1, 0, 2)) == (alpha == 255)
