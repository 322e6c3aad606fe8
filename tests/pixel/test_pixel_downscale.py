"""A downscaled picture is exactly as large as asked, and its edges know nothing of what was transparent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.resize.downscale import FITS, METHODS, downscale

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(4)))


ADAPTIVE = ("content-adaptive", "gerstner")  # they look beyond a cell, also where its pixels are all alike


def picture(rows):
    return np.array(rows, np.uint8)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=30)
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
@settings(max_examples=30)
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


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("size", "cells"), [(96, 64), (64, 48), (128, 32), (100, 40)])
def test_a_sprite_of_one_colour_keeps_it_along_its_outline(method, size, cells):
    y, x = np.indices((size, size)) - size / 2 + 0.3
    disc = np.where((x * x + y * y < (size * 0.4) ** 2)[..., None], [180, 140, 90, 255], 0).astype(np.uint8)
    small = downscale(disc, cells, cells, method)
    assert (small[small[..., 3] > 0][:, :3] == [180, 140, 90]).all()


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(
    shape=hnp.arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))),
    color=hnp.arrays(np.uint8, 3),
    width=st.integers(1, 24),
    height=st.integers(1, 24),
)
def test_a_shape_of_one_colour_gets_no_other(method, shape, color, width, height):
    rgba = np.zeros((*shape.shape, 4), np.uint8)
    rgba[shape] = [*color, 255]
    small = downscale(rgba, width, height, method)
    assert (small[small[..., 3] > 0][:, :3] == color).all()


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ("lanczos", *ADAPTIVE)])
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


def cell_of(*counts, size=4):
    """One cell of opaque colours, each so and so many times, in order."""
    pixels = np.repeat(np.array([color for color, _ in counts], np.uint8), [count for _, count in counts], axis=0)
    return np.dstack([pixels.reshape(size, size, 3), np.full((size, size), 255, np.uint8)])


def test_mode_takes_the_most_frequent_colour_as_it_is():
    cell = cell_of(([1, 2, 3], 5), ([250, 251, 252], 4), ([251, 252, 253], 4), ([252, 253, 254], 3))
    assert downscale(cell, 1, 1, "mode")[0, 0].tolist() == [1, 2, 3, 255]


def test_mode_takes_of_equals_the_one_nearest_to_the_mean_and_then_the_lowest():
    cell = cell_of(([0, 0, 0], 4), ([120, 120, 120], 4), ([255, 255, 255], 4), ([130, 130, 130], 4))
    assert downscale(cell, 1, 1, "mode")[0, 0, 0] == 130  # the mean is 126.25
    assert downscale(cell_of(([90, 0, 0], 8), ([0, 90, 0], 8)), 1, 1, "mode")[0, 0].tolist() == [0, 90, 0, 255]


def test_mode_counts_what_does_not_show_as_one_colour():
    cell = cell_of(([200, 0, 0], 6), ([0, 200, 0], 10))
    cell[1:, :, :3] = np.random.default_rng(8).integers(0, 256, (3, 4, 3))
    cell[1:, :, 3] = 0
    assert downscale(cell, 1, 1, "mode")[0, 0].tolist() == [0, 0, 0, 0]


def scene_with_a_line(width):
    """Grey, 8 cells of 8 pixels a side, with a dark line through the middles of the fourth row of cells."""
    flat = np.full((64, 64, 4), 200, np.uint8)
    flat[..., 3] = 255
    flat[28 : 28 + width, :, :3] = 20
    return flat


@pytest.mark.parametrize("width", [2, 3])
def test_contrast_keeps_a_line_that_the_majority_loses(width):
    assert (downscale(scene_with_a_line(width), 8, 8, "k-centroid")[..., 0] == 200).all()
    small = downscale(scene_with_a_line(width), 8, 8, "contrast")[..., 0]
    assert (small[3] == 20).all() and (np.delete(small, 3, axis=0) == 200).all()


def test_contrast_does_not_move_an_edge_or_take_grain_for_detail():
    edge = np.full((64, 64, 4), 255, np.uint8)
    edge[:, :29, :3] = 40  # 5 of 8 columns of the fourth cell
    assert (downscale(edge, 8, 8, "contrast")[0, :, 0] == [40, 40, 40, 40, 255, 255, 255, 255]).all()
    grain = np.random.default_rng(3).integers(120, 125, (64, 64, 1)) * np.ones(4, int)
    grain[..., 3] = 255
    off = downscale(grain.astype(np.uint8), 8, 8, "contrast")[..., 0].astype(int) - 122
    assert np.abs(off).max() <= 2


@pytest.mark.parametrize("method", ADAPTIVE)
def test_an_adaptive_method_cuts_an_edge_that_the_mean_blurs(method):
    edge = np.full((64, 64, 4), 255, np.uint8)
    edge[:, :29, :3] = 40  # 5 of 8 columns of the fourth cell
    assert downscale(edge, 8, 8, "box")[4, 3, 0] not in (40, 255)
    small = downscale(edge, 8, 8, method)[..., 0].astype(int)
    assert (small[:, :4] < 50).all() and (small[:, 4:] > 250).all()


@pytest.mark.parametrize("method", METHODS)
def test_what_is_hidden_changes_nothing(method):
    shown = np.random.default_rng(12).integers(0, 256, (40, 40, 4), dtype=np.uint8)
    shown[::3, ::2, 3] = 0
    other = shown.copy()
    other[shown[..., 3] == 0, :3] = [9, 200, 77]
    one, two = (downscale(rgba, 6, 6, method) for rgba in (shown, other))
    visible = one[..., 3] > 0
    assert np.array_equal(one[visible], two[visible]) and np.array_equal(visible, two[..., 3] > 0)


def test_gerstner_keeps_a_bend_as_one_colour_each_side():
    y, x = np.mgrid[0:96, 0:96]
    art = np.full((96, 96, 4), 255, np.uint8)
    art[np.hypot(x - 10, y - 90) < 61, :3] = [30, 60, 160]
    mixed = {}
    for method in ("box", "gerstner"):
        red = downscale(art, 12, 12, method)[..., 0]
        mixed[method] = int(((red > 60) & (red < 225)).sum())
    assert mixed["gerstner"] * 3 < mixed["box"]


def test_content_adaptive_draws_a_thin_slanted_line_without_gaps():
    y, x = np.mgrid[0:128, 0:128]
    line = np.full((128, 128, 4), 255, np.uint8)
    line[np.abs(y - 0.6 * x - 20.5) < 2, :3] = 0
    small = downscale(line, 16, 16, "content-adaptive")[..., 0].astype(int)
    darkest = small[:, 1:-1].argmin(axis=0)
    assert (np.diff(darkest) <= 1).all() and (np.diff(darkest) >= 0).all()  # each column goes on where the last was
    assert (small[:, 1:-1].min(axis=0) < downscale(line, 16, 16, "box")[:, 1:-1, 0].min(axis=0).max()).all()


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
