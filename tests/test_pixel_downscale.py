"""A downscaled picture is exactly as large as asked, and its edges know nothing of what was transparent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.downscale import FITS, METHODS, downscale
from pixart_nodes.pixel.errors import UnknownName

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(4)))


def picture(rows):
    return np.array(rows, np.uint8)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("method", METHODS)
@given(rgba=PICTURES, width=st.integers(1, 24), height=st.integers(1, 24))
def test_the_size_is_exact(method, fit, rgba, width, height):
    small = downscale(rgba, width, height, method, fit)
    assert small.shape == (height, width, 4) and small.dtype == np.uint8


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("method", METHODS)
@given(rgba=PICTURES)
def test_a_picture_of_the_right_size_is_left_alone(method, fit, rgba):
    assert np.array_equal(downscale(rgba, rgba.shape[1], rgba.shape[0], method, fit), rgba)


@pytest.mark.parametrize("method", METHODS)
@given(color=hnp.arrays(np.uint8, 4), width=st.integers(1, 9), height=st.integers(1, 9))
def test_a_flat_picture_stays_flat(method, color, width, height):
    flat = np.tile(color, (7, 11, 1))
    expected = color if color[3] or method == "nearest" else np.zeros(4)
    assert (downscale(flat, width, height, method) == expected).all()


@pytest.mark.parametrize("method", METHODS)
def test_hidden_colours_leave_no_fringe(method):
    random = np.random.default_rng(4)
    rgba = random.integers(0, 256, (32, 32, 4), dtype=np.uint8)
    rgba[..., :3] = [200, 30, 60]
    hidden = random.random((32, 32)) < 0.5
    rgba[hidden] = [0, 255, 0, 0]
    rgba[~hidden, 3] = 255
    small = downscale(rgba, 8, 8, method)
    assert (small[small[..., 3] > 0][:, :3] == [200, 30, 60]).all()


@pytest.mark.parametrize("method", [name for name in METHODS if name != "lanczos"])
@pytest.mark.parametrize("times", [2, 3])
def test_pixel_art_enlarged_comes_back_as_it_was(method, times):
    art = np.random.default_rng(5).integers(0, 256, (9, 13, 4), dtype=np.uint8)
    art[..., 3] = 255
    large = art.repeat(times, axis=0).repeat(times, axis=1)
    assert np.array_equal(downscale(large, 13, 9, method), art)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "lanczos"])
def test_enlarging_repeats_pixels(method):
    art = np.random.default_rng(6).integers(1, 256, (3, 4, 4), dtype=np.uint8)
    art[..., 3] = 255
    assert np.array_equal(downscale(art, 8, 6, method), art.repeat(2, axis=0).repeat(2, axis=1))


def test_box_is_the_mean_with_edge_pixels_by_their_share():
    row = picture([[[0, 0, 0, 255], [90, 90, 90, 255], [255, 255, 255, 255]]])
    # cells of one and a half pixels: (0 + 90 / 2) / 1.5 and (90 / 2 + 255) / 1.5
    assert downscale(row, 2, 1, "box")[0, :, 0].tolist() == [30, 200]


def test_box_weighs_colours_by_alpha():
    row = picture([[[255, 0, 0, 255], [0, 0, 255, 85]]])
    assert downscale(row, 1, 1, "box")[0, 0].tolist() == [191, 0, 64, 170]


def test_k_centroid_takes_the_majority_and_does_not_blend():
    cell = np.tile(picture([255, 255, 255, 255]), (4, 4, 1))
    cell[0] = [10, 20, 30, 255]
    assert downscale(cell, 1, 1, "k-centroid")[0, 0].tolist() == [255, 255, 255, 255]
    cell[:3] = [10, 20, 30, 255]
    assert downscale(cell, 1, 1, "k-centroid")[0, 0].tolist() == [10, 20, 30, 255]


def test_k_centroid_counts_what_shows_and_averages_alpha():
    cell = np.zeros((4, 4, 4), np.uint8)
    cell[0] = [200, 0, 0, 255]
    cell[1, :2] = [0, 0, 200, 255]
    assert downscale(cell, 1, 1, "k-centroid")[0, 0].tolist() == [200, 0, 0, round(6 / 16 * 255)]


def test_k_centroid_keeps_the_outline_where_both_are_equal():
    cell = np.tile(picture([255, 255, 255, 255]), (4, 4, 1))
    cell[:2] = [0, 0, 0, 255]
    assert downscale(cell, 1, 1, "k-centroid")[0, 0, 0] == 0


def test_lanczos_is_sharper_than_box_at_an_edge():
    edge = np.full((1, 24, 4), 255, np.uint8)
    edge[:, :10, :3] = 60
    edge[:, 10:, :3] = 200
    box, sharp = (downscale(edge, 6, 1, method)[0, :, 0].astype(int) for method in ("box", "lanczos"))
    assert sharp.max() > box.max() and sharp.min() < box.min()


def test_crop_takes_the_middle_and_pad_is_transparent():
    wide = np.zeros((2, 6, 4), np.uint8)
    wide[..., 3] = 255
    wide[:, 2:4, 0] = 255
    assert (downscale(wide, 2, 2, "nearest", "crop")[..., 0] == 255).all()
    padded = downscale(wide, 6, 6, "box", "pad")
    assert np.array_equal(padded[2:4], wide)
    assert not padded[:2].any() and not padded[4:].any()


def test_unknown_names_are_named_with_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'lanczos'"):
        downscale(np.zeros((2, 2, 4), np.uint8), 1, 1, "lancos")
    with pytest.raises(UnknownName, match="Did you mean 'stretch'"):
        downscale(np.zeros((2, 2, 4), np.uint8), 1, 1, "box", "stretched")
