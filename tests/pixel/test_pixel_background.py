"""A ground becomes transparent where it is ground: what is enclosed, and every other pixel, stays as it is."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pixart_nodes.pixel.clean import clusters
from pixart_nodes.pixel.edit import background
from pixart_nodes.pixel.edit.background import Ground
from pixart_nodes.pixel.errors import UnknownName

INKS = {".": (255, 255, 255, 255), "#": (0, 0, 0, 255), "r": (200, 0, 0, 255), " ": (0, 0, 0, 0)}


def drawn(*rows):
    return np.array([[INKS[letter] for letter in row] for row in rows], np.uint8)


def shown(rgba):
    letters = {color: letter for letter, color in INKS.items()}
    return ["".join(letters[tuple(pixel)] for pixel in row) for row in rgba.tolist()]


RING = drawn(
    "........",
    ".######.",
    ".#..rr#.",
    ".#..rr#.",
    ".######.",
    "........",
)
CUT = ["        ", " ###### ", " #..rr# ", " #..rr# ", " ###### ", "        "]
HOLLOW = ["        ", " ###### ", " #  rr# ", " #  rr# ", " ###### ", "        "]


def test_what_touches_the_border_goes_and_what_is_enclosed_stays():
    assert shown(background.removed(RING, Ground())) == CUT


@pytest.mark.parametrize(("holes", "rows"), [(0, CUT), (1, HOLLOW), (4, HOLLOW), (5, CUT)])
def test_enclosed_holes_go_by_choice_of_their_size(holes, rows):
    assert shown(background.removed(RING, Ground(holes=holes))) == rows


def test_a_key_colour_goes_wherever_it_is():
    assert shown(background.removed(RING, Ground("key-color"))) == HOLLOW
    red = background.removed(RING, Ground("key-color", (200, 0, 0)))
    assert shown(red) == [row.replace("r", " ") for row in shown(RING)]


def test_a_diagonal_line_one_pixel_wide_holds_the_ground_back():
    diamond = drawn("..#..", ".#.#.", "#...#", ".#.#.", "..#..")
    assert shown(background.removed(diamond, Ground())) == ["  #  ", " #.# ", "#...#", " #.# ", "  #  "]


def test_a_border_of_another_colour_keeps_the_ground_inside():
    framed = drawn("####", "#..#", "#..#", "####")
    assert shown(background.removed(framed, Ground(color=(255, 255, 255)))) == shown(framed)
    assert shown(background.removed(framed, Ground())) == ["    ", " .. ", " .. ", "    "]


def test_transparency_that_is_there_already_is_ground_and_leads_further():
    half = drawn("  ..", " ##.", " ##.", "    ")
    assert shown(background.removed(half, Ground(color=(255, 255, 255)))) == ["    ", " ## ", " ## ", "    "]
    clear = np.zeros((4, 4, 4), np.uint8)
    assert background.border_color(clear) is None
    assert np.array_equal(background.removed(clear, Ground()), clear)


def test_a_noisy_ground_goes_within_the_tolerance_and_the_drawing_stays_to_the_byte():
    picture = Image.new("RGB", (96, 96), (236, 230, 220))
    ImageDraw.Draw(picture).ellipse([20, 20, 76, 76], fill=(180, 40, 60), outline=(20, 10, 20), width=3)
    noise = np.random.default_rng(1).integers(-6, 7, (96, 96, 3))
    rgba = np.full((96, 96, 4), 255, np.uint8)
    rgba[..., :3] = np.clip(np.asarray(picture).astype(int) + noise, 0, 255)
    inside = np.asarray(picture).sum(axis=2) < 500
    result = background.removed(rgba, Ground())
    assert np.array_equal(result[..., 3] > 0, inside)
    assert np.array_equal(result[inside], rgba[inside])
    assert (background.removed(rgba, Ground(tolerance=0.0))[..., 3] > 0).mean() > 0.95


def test_the_borders_colour_is_the_mean_of_its_most_frequent_ones():
    rgba = drawn("....", ".##.", ".##.", "rrr.")
    rgba[0, 0, :3] = 247
    assert background.border_color(rgba) == (254, 254, 254)


def test_a_tolerance_is_a_distance_in_oklab():
    greys = np.full((1, 256, 4), 255, np.uint8)
    greys[..., :3] = np.arange(256)[None, :, None]
    far = background.mask(greys, Ground("key-color", (0, 0, 0), 0.5))[0]
    assert far.tolist() == [True] * 100 + [False] * 156  # grey 99 has L 0.5 to less than a level
    assert background.mask(greys, Ground("key-color", (7, 7, 7), 0.0))[0].nonzero()[0].tolist() == [7]
    assert background.mask(greys, Ground("key-color", (7, 7, 7), 1.0)).all()


def test_without_corners_clusters_touch_by_sides_only():
    checkers = np.indices((3, 4)).sum(axis=0).astype(np.int32) % 2
    assert len(clusters.find(checkers).sizes) == 2
    assert len(clusters.find(checkers, corners=False).sizes) == 12
    spiral = np.array([[1, 1, 1, 1], [0, 0, 0, 1], [1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], np.int32)
    assert sorted(clusters.find(spiral, corners=False).sizes.tolist()) == [6, 14]


def test_another_method_is_refused_by_name():
    with pytest.raises(UnknownName, match="Way to find the ground 'fill' is unknown"):
        background.removed(RING, Ground("fill"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_the_smallest_pictures_are_all_border(shape):
    rgba = np.full((*shape, 4), 255, np.uint8)
    assert not background.removed(rgba, Ground()).any()
