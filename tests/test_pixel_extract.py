"""An extracted palette stands for its picture, and is the same every time."""

import golden
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.errors import PictureError, UnknownName
from pixart_nodes.pixel.extract import METHODS, extract
from pixart_nodes.pixel.palette import Palette, distinct, packed
from pixart_nodes.pixel.quantize import quantize

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(4)))


def opaque(rgba):
    rgba = rgba.copy()
    rgba[..., 3] = 255
    return rgba


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(rgba=PICTURES.map(opaque), count=st.integers(2, 20))
def test_there_are_never_more_colours_than_asked(method, rgba, count):
    assert 1 <= len(extract(rgba, count, method)) <= count


@pytest.mark.parametrize("method", METHODS)
@given(rgba=PICTURES.map(opaque))
def test_a_picture_with_few_colours_gives_exactly_those(method, rgba):
    found = extract(rgba, 256, method).colors
    assert sorted(packed(found)) == sorted(packed(distinct(rgba.reshape(-1, 4))))


@pytest.mark.parametrize("method", METHODS)
def test_the_same_picture_gives_the_same_palette(method):
    random = np.random.default_rng(8).integers(0, 256, (150, 150, 4), dtype=np.uint8)
    assert extract(random, 64, method).hex() == extract(random.copy(), 64, method).hex()


def error_of(palette):
    """Mean distance in sRGB levels between the scene and the scene in that palette."""
    scene = golden.small()
    seen = scene[..., 3] == 255
    return np.linalg.norm(quantize(scene, palette)[seen][:, :3] - scene[seen][:, :3].astype(float), axis=1).mean()


@pytest.mark.parametrize("method", METHODS)
def test_more_colours_come_closer_and_closer_than_chance(method):
    scene, random = golden.small(), np.random.default_rng(11)
    pixels = scene[scene[..., 3] == 255][:, :3]
    counts = (4, 16, 64)
    errors = [error_of(extract(scene, count, method)) for count in counts]
    draws = [[error_of(Palette.of(random.permutation(pixels)[:count])) for count in counts] for _ in range(9)]
    assert errors == sorted(errors, reverse=True)
    assert (errors < 0.9 * np.median(draws, axis=0)).all()


@pytest.mark.parametrize("method", METHODS)
def test_transparent_pixels_do_not_count(method):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[..., 1] = 255
    rgba[0, 0] = [9, 9, 9, 255]
    assert extract(rgba, 4, method).hex() == ["090909"]


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_has_one_palette_ordered_from_dark_to_light(method):
    batch = np.full((2, 3, 3, 4), 255, np.uint8)
    batch[0, ..., :3] = 200
    batch[1, ..., :3] = 20
    assert extract(batch, 4, method).hex() == ["141414", "c8c8c8"]


def test_nothing_opaque_is_said_so():
    with pytest.raises(PictureError, match="no opaque pixel"):
        extract(np.zeros((2, 2, 4), np.uint8), 4)


def test_an_unknown_method_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'k-means'"):
        extract(np.zeros((2, 2, 4), np.uint8), 4, "kmeans")
