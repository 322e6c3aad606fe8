"""Which parts of a picture are flat, so that they get one colour where the rest is dithered."""

import numpy as np
import pytest
from pixart_nodes.pixel.clean.flat_areas import flat_areas


def gradient(height, width, span):
    """From dark to light, left to right, over so many levels."""
    levels = np.linspace(100, 100 + span, width).round().astype(np.uint8)
    return np.dstack([np.broadcast_to(levels, (height, width))] * 3 + [np.full((height, width), 255, np.uint8)])


@pytest.mark.parametrize("span", [4, 20, 150])
def test_bands_of_a_gradient_are_not_flat(span):
    assert not flat_areas(gradient(64, 64, span)).any()


def test_a_large_area_of_one_colour_that_ends_in_edges_is_flat():
    art = gradient(64, 64, 40)
    art[10:40, 20:50, :3] = (20, 200, 30)
    expected = np.zeros((64, 64), bool)
    expected[10:40, 20:50] = True
    assert np.array_equal(flat_areas(art), expected)


def test_a_small_area_is_not():
    art = gradient(64, 64, 40)
    art[10:16, 20:26, :3] = (20, 200, 30)
    assert not flat_areas(art).any()


def test_a_picture_of_one_colour_is_flat():
    assert flat_areas(np.full((9, 5, 4), 70, np.uint8)).all()


def test_areas_of_the_same_colour_are_told_apart():
    art = gradient(64, 64, 0)
    art[:, 32:, :3] = 130  # an edge
    art[40:, :32, :3] += np.uint8(6)  # a band of what is above it
    flat = flat_areas(art)
    assert flat[:, 32:].all() and not flat[40:, :32].any()
