"""Flat colours that touch, and that the palette has one colour for, are kept apart by a pattern."""

import numpy as np
import pytest
from pixart_nodes import library
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.kind import separation
from pixart_nodes.pixel.kind.separation import separated
from pixart_nodes.pixel.palette.palette import Palette

FOUR_GREYS = Quantization(Palette.of([[0, 0, 0], [85, 85, 85], [170, 170, 170], [255, 255, 255]]))
SKY, HILL, FIELD, ROOF = (64, 64, 64), (70, 110, 60), (140, 35, 50), (85, 85, 85)


def flags(*colors: tuple[int, ...], side: int = 24) -> np.ndarray:
    """Stripes from top to bottom, each of one colour, the upper ones wider: uint8 [side, 20, 4]."""
    heights = np.linspace(2, 1, len(colors))
    ends = np.rint(np.cumsum([0, *heights]) / heights.sum() * side).astype(int)
    rows = np.repeat(np.arange(len(colors)), np.diff(ends))
    picture = np.array([(*color, 255) for color in colors], np.uint8)[rows]
    return np.repeat(picture[:, None], 20, axis=1)


def in_palette(picture: np.ndarray, settings: Quantization) -> np.ndarray:
    """The picture without dither, with the pattern where it is needed."""
    where, pattern = separated(picture, settings)
    return np.where(where[..., None], pattern, quantize(picture, settings))


def test_two_colours_that_touch_stay_two_where_the_palette_has_one_for_both():
    picture = flags(SKY, HILL)
    assert len(np.unique(quantize(picture, FOUR_GREYS).reshape(-1, 4), axis=0)) == 1
    result = in_palette(picture, FOUR_GREYS)
    assert len(np.unique(result[:10].reshape(-1, 4), axis=0)) == 1, "what covers more stays plain"
    assert len(np.unique(result[18:].reshape(-1, 4), axis=0)) == 2, "what covers less is a mix of two"


def test_the_one_that_the_palette_has_stays_plain_even_if_it_covers_less():
    where, _ = separated(flags(HILL, ROOF), FOUR_GREYS)
    assert where[:12].all() and not where[18:].any()


def test_of_three_in_a_row_the_one_in_the_middle_may_be_enough():
    where, _ = separated(flags(SKY, FIELD, HILL), FOUR_GREYS)
    patterned = [bool(where[row].all()) for row in (2, 14, 22)]
    assert patterned in ([False, True, False], [True, False, True])


def test_colours_that_do_not_touch_need_no_pattern():
    assert not separated(flags(SKY, (255, 255, 255), HILL), FOUR_GREYS)[0].any()


def test_a_shade_that_is_hardly_seen_falls_together_with_its_colour():
    assert not separated(flags(HILL, (72, 114, 63)), FOUR_GREYS)[0].any()


def test_details_and_short_borders_are_left_alone():
    picture = flags(SKY, SKY, side=64)
    picture[4:6, 4:6, :3] = HILL
    assert not separated(picture, FOUR_GREYS)[0].any()


def test_what_is_in_the_palette_has_nothing_to_be_kept_apart():
    palette = library.palette("pico-8")
    picture = flags(*(tuple(color) for color in palette.colors))
    assert not separated(picture, Quantization(palette))[0].any()


def test_a_wedge_of_greys_gets_no_pattern_between_its_steps():
    greys = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], 16, axis=0)
    picture = np.dstack([np.repeat(greys, 3, axis=2), np.full(greys.shape[:2], 255, np.uint8)])
    assert not separated(np.ascontiguousarray(picture), FOUR_GREYS)[0].any()


def test_noise_as_of_a_jpeg_is_still_one_colour_with_one_regular_pattern():
    rng = np.random.default_rng(4)
    picture = flags(SKY, HILL, side=32)
    noisy = picture.copy()
    noisy[..., :3] = np.clip(picture[..., :3] + rng.integers(-2, 3, picture[..., :3].shape), 0, 255)
    where, pattern = separated(noisy, FOUR_GREYS)
    assert where[24:].all() and not where[:14].any()
    assert np.array_equal(pattern[24:26, :18], pattern[28:30, 2:20]), "two pixels are its period"


def test_transparent_pixels_count_for_nothing():
    picture = flags(SKY, HILL)
    picture[:16, :, 3] = 0
    assert not separated(picture, FOUR_GREYS)[0].any()
    assert not separated(np.zeros((5, 5, 4), np.uint8), FOUR_GREYS)[0].any()


@pytest.mark.parametrize("name", ["pixart-4", "gameboy-bgb", "pico-8", "1bit-monitor-glow"])
def test_flat_pictures_show_palette_colours_only_and_what_merged_is_told_apart(name):
    palette = library.palette(name)
    settings = Quantization(palette)
    rng = np.random.default_rng(8)
    allowed = {tuple(color) for color in palette.colors}
    for _ in range(20):
        one, other = (tuple(int(c) for c in rng.integers(0, 256, 3)) for _ in range(2))
        result = in_palette(flags(one, other), settings)
        assert {tuple(color) for color in result[..., :3].reshape(-1, 3)} <= allowed
        far = np.linalg.norm(np.subtract(*spaces.oklab(np.array([one, other], np.uint8))))
        top, bottom = (np.unique(result[rows, :, :3].reshape(-1, 3), axis=0) for rows in (slice(0, 8), slice(18, 24)))
        mixed = separation._in_palette(np.array([one, other], np.uint8), settings)[1]
        if far > separation.UNLIKE_STEP and mixed.any():
            assert not np.array_equal(top, bottom)
