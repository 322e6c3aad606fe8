"""Soft edges of drawings become sharp, sharp ones and grain stay; drawings out of focus are made small whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageFilter
from pixart_nodes.pixel.resize.downscale import downscale
from pixart_nodes.pixel.resize.shock_filter import edge_widths, grown, sharpened, shocked, softness

from benchmarks.sketch import figures
from benchmarks.sketch_drawings import drawing


def blurred(picture, sigma):
    return np.array(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(sigma)))


def enlarged(picture, side):
    """The picture as if it had been that small, and was enlarged smoothly."""
    small = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
    return np.array(small.resize(picture.shape[1::-1], Image.Resampling.BICUBIC))


def bars(alpha=255):
    """Black bars on white, 40 pixels each."""
    dark = (np.arange(400) // 40 % 2)[None, :, None] * np.uint8([255, 255, 255])
    return np.dstack([np.repeat(dark, 200, axis=0).astype(np.uint8), np.full((200, 400), alpha, np.uint8)])


@pytest.mark.parametrize("sigma", [2, 4, 6])
def test_an_edges_width_is_that_of_the_blur(sigma):
    """A Gaussian's steepest slope is its height by the root of 2 pi times sigma; Pillow's blur is three boxes."""
    assert softness(blurred(bars(), sigma)) == pytest.approx(sigma * np.sqrt(2 * np.pi), rel=0.1)


def test_pictures_with_sharp_edges_and_without_any_stay_the_same_objects():
    for picture in (bars(), bars(alpha=0), np.full((64, 64, 4), 200, np.uint8), drawing("shapes", 1).picture):
        assert sharpened(picture) is picture


@pytest.mark.parametrize("sigma", [2, 3, 5])
def test_a_blurred_edge_is_sharp_again_where_it_was(sigma):
    assert np.abs(sharpened(blurred(bars(), sigma)).astype(int) - bars()).max() <= 8


def test_what_can_be_seen_ends_as_sharply_as_colours_do():
    picture = bars()
    picture[:, :100] = 0
    result = sharpened(blurred(picture, 3))
    assert np.abs(result[..., 3].astype(int) - picture[..., 3]).max() <= 8


def test_grain_that_has_no_edge_near_keeps_its_bytes():
    grain = np.random.default_rng(1).integers(180, 212, (80, 80), np.uint8)
    assert np.array_equal(shocked(grain, grain, 4, 3), grain)
    grain[:, 60:] = 0
    assert np.array_equal(shocked(grain, grain, 4, 3)[:, :50], grain[:, :50])


def test_an_edge_whose_channels_bend_at_different_places_leaves_no_third_colour():
    """A photo's channels have curves of their own: where green is bright still, red and blue may be dark."""
    green, red = (np.tile(1 / (1 + np.exp((middle - np.arange(120)) / 2)), (40, 1)) for middle in (60, 63))
    picture = np.dstack([90 * red, 170 * green, 90 * red, np.full_like(red, 255)]).astype(np.uint8)
    third = [(each[..., 1] > 100) & (each[..., 0] < 30) for each in (picture, sharpened(picture))]
    assert third[0].any() and not third[1].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_pictures_smaller_than_an_edge_are_no_fault(shape):
    plane = np.linspace(0, 255, shape[0] * shape[1]).astype(np.uint8).reshape(shape)
    assert shocked(plane, plane, 5, 4).shape == shape
    assert sharpened(np.dstack([plane] * 4)).shape == (*shape, 4)


def test_pixels_that_hardly_can_be_seen_are_as_the_largest_seen_one_near():
    """So that an edge of what is seen is none of brightness, and nothing grows from there."""
    picture = np.full((30, 30, 4), 255, np.uint8)
    picture[:, 10:] = 0
    assert np.array_equal(grown(picture, 3, 2), picture)


def blots(shape, alphas):
    """Soft blots of any colour, on strips that end within one, or are several."""
    rng = np.random.default_rng(shape)
    picture = blurred(rng.integers(0, 256, (*shape, 4), np.uint8), 2)
    picture[..., :3] = np.clip(4 * (picture[..., :3].astype(int) - 128) + 128, 0, 255)
    picture[..., 3] = np.where(picture[..., 3] > 122, 255, alphas)
    return picture


@pytest.mark.parametrize("alphas", [255, 0])
@pytest.mark.parametrize(("rounds", "radius"), [(1, 2), (2, 7), (5, 4), (15, 12)])
@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (97, 40), (300, 33)])
def test_both_forms_agree(shape, rounds, radius, alphas):
    pytest.importorskip("numba")
    picture = blots(shape, alphas)
    assert np.array_equal(grown.plain(picture, rounds, radius), grown.fast(picture, rounds, radius))


def test_both_forms_agree_on_a_picture_for_two_threads():
    pytest.importorskip("numba")
    picture = blots((800, 700), 0)
    assert np.array_equal(grown.plain(picture, 2, 3), grown.fast(picture, 2, 3))


def test_both_forms_agree_where_two_colours_are_equally_bright():
    """There each channel grows by itself, which a strip without such a place leaves out."""
    pytest.importorskip("numba")
    picture = bars()
    picture[50:60, 100:300, :3] = [[40, 100, 215]]
    picture[55:60, 100:300, :3] = [[240, 60, 15]]
    picture = blurred(picture, 2)
    assert not np.array_equal(grown.plain(picture, 3, 3), picture)
    assert np.array_equal(grown.plain(picture, 3, 3), grown.fast(picture, 3, 3))


@settings(max_examples=40)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 40), st.just(4))),
    st.integers(1, 5),
    st.integers(2, 5),
)
def test_both_forms_agree_on_any_picture(rgba, rounds, radius):
    pytest.importorskip("numba")
    for picture in (rgba, rgba.transpose(1, 0, 2)):
        assert np.array_equal(grown.plain(picture, rounds, radius), grown.fast(picture, rounds, radius))
        assert np.array_equal(edge_widths.plain(picture), edge_widths.fast(np.ascontiguousarray(picture)))


@pytest.mark.parametrize("stroke", [14, 20])
@pytest.mark.parametrize("kind", ["shapes", "coloured lines", "light on dark", "transparent ground"])
@pytest.mark.parametrize(
    "soften", [lambda of: blurred(of, 3), lambda of: enlarged(of, 256)], ids=["blurred", "enlarged"]
)
def test_a_drawing_out_of_focus_is_made_small_whole(kind, stroke, soften):
    source = drawing(kind, 21, stroke)
    assert figures(source, downscale(soften(source.picture), 64, 64, "line-art")).whole
