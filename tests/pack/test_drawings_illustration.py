"""A prompt to a picture of built-in drawings: the size of its pixels, and what happens to a given picture."""

import numpy as np
import pytest
from pixart_nodes.drawings.illustration import illustrated, inserted, pixel_side, recolored
from pixart_nodes.pixel.errors import PictureError

SIZES = [
    ((64, 64), 1),
    ((128, 96), 1),
    ((130, 130), 2),
    ((240, 240), 3),
    ((512, 512), 8),
    ((512, 768), 8),
    ((1024, 1024), 16),
    ((1024, 683), 16),  # nothing divides a prime
    ((4096, 4096), 64),
]


@pytest.mark.parametrize(("size", "side"), SIZES, ids=str)
def test_a_large_picture_has_large_pixels_that_fit_into_it_where_they_can(size, side):
    assert pixel_side(*size) == side


def test_who_wants_finer_pixels_gets_them_and_more_than_can_be_painted_is_refused_with_what_to_do():
    assert pixel_side(512, 512, 1) == 1
    with pytest.raises(PictureError, match="choose a larger pixel, or 0"):
        pixel_side(513, 64, 1)


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (16, 16), (33, 200), (1024, 16)], ids=str)
def test_any_size_is_exactly_the_one_asked_for(size):
    assert illustrated("a red apple", *size).pixels.shape == (size[1], size[0], 4)


def test_the_same_words_and_seed_give_the_same_bytes_and_another_seed_other_ones():
    first = illustrated("a tree in a meadow", 64, 64, seed=3).pixels
    assert np.array_equal(first, illustrated("a tree in a meadow", 64, 64, seed=3).pixels)
    assert not np.array_equal(first, illustrated("a tree in a meadow", 64, 64, seed=4).pixels)


def test_a_picture_without_colours_in_its_prompt_is_only_pixelated():
    grey = np.full((128, 128, 4), (90, 90, 90, 255), np.uint8)
    assert (recolored(grey, "").pixels == grey).all()
    assert (recolored(grey, "a cat").pixels == grey).all()


def test_outside_the_mask_a_picture_comes_back_exactly():
    rng = np.random.default_rng(1)
    noise = np.dstack([rng.integers(0, 256, (200, 300, 3), np.uint8), np.full((200, 300), 255, np.uint8)])
    mask = np.zeros((200, 300), np.uint8)
    mask[50:150, 100:220] = 255
    result = inserted(noise, mask, "a red apple").pixels
    assert np.array_equal(result[mask == 0], noise[mask == 0])
    assert not np.array_equal(result[mask > 0], noise[mask > 0])


def test_a_mood_changes_the_face_and_who_has_no_face_for_it_is_told():
    faces = [
        illustrated(f"{mood} girl", 64, 64).pixels for mood in ("a", "a sad", "an angry", "a surprised", "a sleepy")
    ]
    assert len({face.tobytes() for face in faces}) == len(faces)
    assert not illustrated("a sad girl", 64, 64).notes
    assert illustrated("an angry knight", 64, 64).notes == ("“knight” isn't drawn with a face for “angry”.",)
