"""What is small and stands out keeps its colour in a palette by `salient`, whatever lies around it."""

from pathlib import Path

import golden
import numpy as np
import pytest
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.palette.extract import METHODS, STANDS_OUT, extract
from pixart_nodes.pixel.palette.palette import Palette, distinct
from pixart_nodes.pixel.palette.salient import MOST_PIXELS, four_together

CASES = Path(__file__).parents[1] / "cases"
RED, BLUE = (220, 40, 50), (40, 70, 220)
SHOWN = 0.06  # OKLab; three times what can just be told apart


def case(name):
    return golden.decoded((CASES / f"{name}.png").read_bytes())


def meadow(side=64):
    """A green ramp with grain, in which most colours are alike."""
    grain = np.random.default_rng(5).normal(0, 6, (side, side, 3))
    ramp = np.linspace([150, 210, 140], [20, 70, 30], side)[:, None]
    rgb = np.clip(ramp + grain, 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full((side, side), 255, np.uint8)])


def off(palette, color):
    """OKLab distance of a colour to the nearest of the palette."""
    return float(np.sqrt(spaces.distances(np.array([color], np.uint8), palette.colors, "oklab")).min())


def accents(rgba):
    """The distinct colours of a picture that are clearly red or clearly blue, [K, 3]."""
    rgb = distinct(rgba[..., :3].reshape(-1, 3)).astype(int)
    red, green, blue = rgb.T
    return rgb[(red > green + 60) | (blue > green + 60)].astype(np.uint8)


@pytest.mark.parametrize("count", [8, 16])
def test_a_red_mouth_and_blue_eyes_of_four_pixels_keep_their_colours(count):
    eyes = case("salient_eyes")
    palette = extract(eyes, count, "salient")
    assert max(off(palette, color) for color in accents(eyes)) < SHOWN


def test_the_other_methods_lose_the_eyes_at_eight_colours():
    eyes = case("salient_eyes")
    for method in METHODS:
        lost = max(off(extract(eyes, 8, method), color) for color in accents(eyes)) > 2 * SHOWN
        assert lost == (method != "salient"), method


@pytest.mark.parametrize("count", range(6, 17))
@pytest.mark.parametrize("method", METHODS)
def test_a_sprite_of_six_colours_gives_exactly_these(method, count):
    palette = ["14143c", "1e1428", "3c5ac8", "d25a5a", "f0be96", "ffffff"]
    assert sorted(extract(case("face16"), count, method).hex()) == palette


@pytest.mark.parametrize("count", [7, 8, 9])
@pytest.mark.parametrize("method", METHODS)
def test_beside_locked_colours_art_of_few_colours_gives_only_its_own(method, count):
    locked = Palette.of([(255, 0, 255), (0, 255, 0), (0, 0, 255), (9, 9, 9)])
    found = extract(case("face16"), count, method, locked=locked)
    assert len(found) == count
    assert set(found.hex()) - set(locked.hex()) <= set(extract(case("face16"), 6).hex())


@pytest.mark.parametrize("method", METHODS)
def test_a_quality_makes_no_colours_that_art_of_few_colours_lacks(method):
    found = extract(case("face16"), 16, method, quality=50)
    assert len(found) < 6
    assert set(found.hex()) <= set(extract(case("face16"), 6).hex())


TETROMINOES = {
    "square": ["##", "##"],
    "line": ["####"],
    "L": ["###", "#.."],
    "J": ["###", "..#"],
    "T": ["###", ".#."],
    "S": [".##", "##."],
    "Z": ["##.", ".##"],
}


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("shape", TETROMINOES)
@pytest.mark.parametrize("corner", [0, 1])
def test_four_pixels_of_any_shape_count_anywhere(shape, turns, corner):
    cells = np.rot90(np.array([list(row) for row in TETROMINOES[shape]]) == "#", turns)
    height, width = cells.shape
    top, left = (0, 0) if corner == 0 else (12 - height, 9 - width)
    errors = np.zeros((2, 12, 9), np.float32)
    errors[1, top : top + height, left : left + width][cells] = [0.5, 0.4, 0.3, 0.2]
    shown = four_together(errors)
    assert shown.max() == np.float32(0.2)
    assert not shown[0].any()


def test_three_pixels_or_four_that_touch_at_corners_alone_are_no_patch():
    errors = np.zeros((1, 9, 9), np.float32)
    errors[0, [1, 1, 2, 5, 6, 7, 8], [1, 2, 1, 1, 2, 3, 4]] = 1
    assert not four_together(errors).any()


@pytest.mark.parametrize("size", [(1, 4), (4, 1), (2, 2)])
def test_a_picture_of_four_pixels_is_a_patch(size):
    assert four_together(np.ones((1, *size), np.float32)).max() == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (2, 1)])
def test_a_picture_of_fewer_pixels_has_none(size):
    assert four_together(np.ones((1, *size), np.float32)).max() == 0


@pytest.mark.parametrize("count", [4, 8, 16])
def test_the_worst_patch_is_never_worse_than_what_k_means_and_its_mean_leave(count):
    def figures(method):
        far = np.sqrt(spaces.distances(scene[..., :3].reshape(-1, 3), extract(scene, count, method).colors, "oklab"))
        errors = far.min(axis=1).reshape(1, *scene.shape[:2]).astype(np.float32)
        return four_together(errors).max() + errors.mean()

    scene = golden.sunset(96, 64)
    assert figures("salient") <= figures("k-means") + 0.004  # colours are rounded to bytes after they are compared


def test_a_patch_needs_no_colour_where_the_mask_is_black():
    picture, weights = meadow(), np.full((64, 64), 255, np.uint8)
    picture[20:22, 20:22, :3], picture[40:42, 40:42, :3] = RED, BLUE
    weights[20:22, 20:22] = 0
    palette = extract(picture, 6, "salient", weights=weights)
    assert off(palette, BLUE) < STANDS_OUT
    assert off(palette, RED) > 2 * SHOWN


def test_a_patch_in_one_frame_of_many_counts():
    frames = np.stack([meadow()] * 6)
    frames[3, 30:32, 30:32, :3] = RED
    assert off(extract(frames, 8, "salient"), RED) < STANDS_OUT


def test_a_transparent_patch_does_not_count():
    picture = meadow()
    picture[30:34, 30:34] = (*RED, 100)
    assert off(extract(picture, 8, "salient"), RED) > 2 * SHOWN


def test_a_locked_colour_stands_for_a_patch():
    picture = meadow()
    picture[30:32, 30:32, :3] = RED
    locked = extract(picture, 8, "salient", locked=Palette.of([RED]))
    assert sum(off(Palette.of([color]), RED) < 0.1 for color in locked.colors.tolist()) == 1


def test_a_large_picture_is_looked_at_in_part():
    side = 2 * int(MOST_PIXELS**0.5)
    picture = meadow(side)
    picture[400:404, 400:404, :3] = RED  # 2 x 2 of those pixels that are looked at
    assert off(extract(picture, 8, "salient"), RED) < STANDS_OUT


def test_a_large_picture_that_is_opaque_only_between_the_pixels_looked_at_has_k_means_colours():
    picture = meadow(2 * int(MOST_PIXELS**0.5))
    picture[::2, :, 3] = picture[:, ::2, 3] = 0
    assert extract(picture, 8, "salient").hex() == extract(picture, 8, "k-means").hex()
