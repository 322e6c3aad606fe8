"""A tile repeats exactly, and what is said of its seams is what one would see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.edit.tile import JUST_SEEN, report, seams, tile
from pixart_nodes.pixel.errors import PictureError

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4)))


def gray(values):
    """Opaque grey rows."""
    rows = np.array(values, np.uint8)
    return np.dstack([rows, rows, rows, np.full_like(rows, 255)])


def wave(size):
    return gray(np.tile(128 + 100 * np.sin(np.arange(size) * 2 * np.pi / size), (size, 1)))


@given(rgba=PICTURES, columns=st.integers(1, 4), rows=st.integers(1, 4), offset=st.booleans())
def test_every_pixel_comes_again_after_the_tile_s_size(rgba, columns, rows, offset):
    shown = tile(rgba, columns, rows, offset)
    height, width = rgba.shape[:2]
    assert shown.shape == (height * rows, width * columns, 4)
    y, x = (height // 2, width // 2) if offset else (0, 0)
    for row, column in np.ndindex(rows, columns):
        assert np.array_equal(shown[row * height + y, column * width + x], shown[y, x])
        assert np.array_equal(shown[row * height + y, column * width + x], rgba[0, 0])


def test_a_wave_that_closes_has_no_seam_and_a_ramp_has_one_across_only():
    closed, _ = seams(wave(32))
    assert closed.excess < JUST_SEEN
    across, down = seams(gray(np.tile(np.arange(0, 256, 8), (32, 1))))
    assert across.excess > 50 and down.excess == 0
    assert report(across, down).startswith("left and right: the seam shows (")
    assert "top and bottom: seamless (0.0, inside 0.0)" in report(across, down)


def test_noise_is_as_rough_at_its_edge_as_inside():
    noise = gray(np.random.default_rng(1).integers(0, 256, (64, 64)))
    assert all(seam.excess < 5 for seam in seams(noise))  # means of 64 random steps differ by about 2


def test_black_against_white_is_the_whole_range_of_lightness():
    across, _ = seams(gray([[0, 0, 255, 255]]))
    assert across.edge == pytest.approx(100, abs=0.01)  # OKLab's matrices give white an L of 0.99999
    assert across.inside == pytest.approx(100 / 3, abs=0.01)


def test_an_edge_of_nothing_against_something_shows_and_hidden_colours_do_not():
    picture = gray([[128, 128, 128, 128]])
    picture[0, :, 3] = [0, 0, 255, 255]
    assert seams(picture)[0].excess > 50
    picture[0, :, :3] = [[255, 0, 0], [0, 0, 255], [0, 255, 0], [9, 9, 9]]
    picture[..., 3] = 0
    assert seams(picture)[0].edge == 0


def test_one_pixel_meets_itself():
    across, down = seams(gray([[7]]))
    assert across.excess == down.excess == 0


def test_a_wall_that_is_too_large_is_refused():
    with pytest.raises(PictureError, match="choose fewer columns or rows"):
        tile(np.zeros((2, 8000, 4), np.uint8), 3, 1)
