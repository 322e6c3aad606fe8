"""A prompt to a picture of built-in drawings: the size of its pixels, and what happens to a given picture."""

from pathlib import Path

import numpy as np
import pytest
from pixart_nodes.drawings.colors import rgb
from pixart_nodes.drawings.illustration import illustrated, inserted, lines_colored, pixel_side, recolored
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


@pytest.mark.parametrize("words", ["a", "qq", "…"])
def test_over_a_picture_nobody_is_told_of_a_sign_or_of_chance_since_neither_is_drawn(words):
    grey = np.full((16, 16, 4), 128, np.uint8)
    assert recolored(grey, words).notes[-1] == f"Nothing is known of “{words}”."
    assert not [note for note in recolored(grey, words).notes if "sign" in note or "chose" in note]
    assert "sign" in illustrated("a", 32, 32).notes[-1]


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
    unseen = illustrated("an angry photographer", 64, 64)
    assert unseen.notes == ("“photographer” isn't drawn with a face for “angry”.",), "behind the camera"


def outlined(ground):
    """Two black squares of lines, one large and one small, on a ground."""
    picture = np.full((32, 32, 4), ground, np.uint8)
    for top, left, side in ((2, 2, 20), (24, 24, 6)):
        picture[top : top + side, left : left + side] = (0, 0, 0, 255)
        picture[top + 1 : top + side - 1, left + 1 : left + side - 1] = ground
    return picture


@pytest.mark.parametrize("ground", [(255, 255, 255, 255), (0, 0, 0, 0)], ids=["on white", "on nothing"])
def test_what_lines_enclose_takes_the_colours_of_the_words_the_largest_the_first(ground):
    colored = lines_colored(outlined(ground), "a red and blue robot").pixels
    assert tuple(colored[10, 10, :3]) == rgb("red")
    assert tuple(colored[26, 26, :3]) == rgb("blue")
    assert tuple(colored[0, 0]) == ground
    assert tuple(colored[2, 2]) == (0, 0, 0, 255)


@pytest.mark.parametrize("prompt", ["", "a robot", "pixel art, a small tree, 16-bit style, vibrant colors"])
def test_words_without_a_colour_leave_lines_as_they_are(prompt):
    lines = outlined((255, 255, 255, 255))
    assert np.array_equal(lines_colored(lines, prompt).pixels, lines)


def test_a_picture_with_colours_or_tones_is_nobodys_to_colour():
    colored = outlined((255, 255, 255, 255))
    colored[5:9, 5:9, :3] = 40, 160, 60
    tones = outlined((255, 255, 255, 255))
    tones[4:20, 4:20, :3] = np.arange(100, 164, 4)[:, None, None]
    for picture in (colored, tones):
        assert lines_colored(picture, "a red robot").pixels is picture


PROMPTS = Path(__file__).with_name("drawings_prompts.txt")
CUT_OUT = ("icon", "sprite", "transparent background", "line art", "line art icon", "monochrome", "white background")


@pytest.mark.parametrize("style", CUT_OUT)
def test_no_prompt_gives_an_empty_picture(style):
    """Every prompt of the table in every style that leaves the place away, at two sizes: at least 4 % is painted."""
    prompts = [line.partition(" | ")[0] for line in PROMPTS.read_text(encoding="utf-8").splitlines()[1::5]]
    for prompt in [*prompts, "", "forest", "night", "mana crystal", "qwxz zzqy"]:
        for side in (16, 32):
            pixels = illustrated(f"{prompt}, {style}", side, side, seed=1).pixels
            opaque = pixels[..., 3] > 0
            assert opaque.sum() * 25 >= side * side, prompt
            assert len(np.unique(pixels[opaque], axis=0)) > 1, prompt


@pytest.mark.parametrize("side", [8, 12])
def test_every_prompt_is_drawn_in_the_smallest_pictures_too(side):
    prompts = [line.partition(" | ")[0] for line in PROMPTS.read_text(encoding="utf-8").splitlines()[1::3]]
    for prompt in [*prompts, "a car in a block of ice", "an astronaut riding a horse", "a skull frozen in ice"]:
        assert illustrated(prompt, side, side, seed=2).pixels[..., 3].any(), prompt
