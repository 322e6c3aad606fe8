"""A quantized picture has colours of its palette only, is transparent where it was, and keeps its tones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither import arithmetic
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette.palette import Palette, packed

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4)))
PALETTES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(3))).map(Palette.of)
BLACK_WHITE = Palette.of([[0, 0, 0], [255, 255, 255]], "black and white")


def grey(value, height=64, width=64):
    picture = np.full((height, width, 4), value, np.uint8)
    picture[..., 3] = 255
    return picture


@pytest.mark.parametrize("dither", DITHERS)
@settings(max_examples=8)
@given(
    picture=PICTURES,
    palette=PALETTES,
    strength=st.sampled_from([0.0, 0.5, 1.0]),
    serpentine=st.booleans(),
    threshold=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_every_pixel_is_a_palette_colour_or_nothing(dither, picture, palette, strength, serpentine, threshold):
    for metric in spaces.METRICS:
        done = quantize(picture, Quantization(palette, metric, dither, strength, serpentine, threshold))
        opaque = done[..., 3] == 255
        assert done.shape == picture.shape and done.dtype == np.uint8
        assert np.isin(packed(done[opaque]), packed(palette.colors)).all(), metric
        assert not done[~opaque].any(), metric
        assert np.array_equal(opaque, picture[..., 3] / 255 >= threshold), metric


@pytest.mark.parametrize("dither", DITHERS)
@settings(max_examples=8)
@given(picture=PICTURES, palette=PALETTES, serpentine=st.booleans(), light=st.sampled_from(arithmetic.LIGHTS))
def test_quantizing_twice_changes_nothing(dither, picture, palette, serpentine, light):
    for metric in spaces.METRICS:
        once = quantize(picture, Quantization(palette, metric, dither))
        again = quantize(once, Quantization(palette, metric, dither, serpentine=serpentine, light=light))
        assert np.array_equal(again, once), metric


@pytest.mark.parametrize("dither", DITHERS)
@settings(max_examples=20)
@given(picture=PICTURES, palette=PALETTES)
def test_no_strength_is_no_dither(dither, picture, palette):
    assert np.array_equal(
        quantize(picture, Quantization(palette, dither=dither, strength=0.0)), quantize(picture, Quantization(palette))
    )


@pytest.mark.parametrize("dither", DITHERS)
def test_what_transparent_pixels_hide_never_shows(dither):
    random = np.random.default_rng(2)
    picture = random.integers(0, 256, (24, 24, 4), dtype=np.uint8)
    other = picture.copy()
    hidden = picture[..., 3] < 128
    other[hidden, :3] = 255 - other[hidden, :3]
    palette = library.palette("pico-8")
    assert np.array_equal(
        quantize(picture, Quantization(palette, dither=dither)), quantize(other, Quantization(palette, dither=dither))
    )


@pytest.mark.parametrize("dither", KERNELS)
def test_error_does_not_cross_a_transparent_gap(dither):
    picture = grey(90, 16, 16)
    picture[:, 6:10, 3] = 0  # wider than any kernel reaches
    right = quantize(picture, Quantization(BLACK_WHITE, dither=dither, serpentine=False))[:, 10:]
    picture[:, :6, :3] = 250
    assert np.array_equal(quantize(picture, Quantization(BLACK_WHITE, dither=dither, serpentine=False))[:, 10:], right)


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_passes_on_no_more_than_the_error_and_only_forward(name):
    taps = KERNELS[name].taps
    expected = 0.75 if name == "atkinson" else 1.0
    assert sum(share for _, _, share in taps) == pytest.approx(expected, abs=1e-12)
    assert all(dy > 0 or dx > 0 for dx, dy, _ in taps)
    assert len({(dx, dy) for dx, dy, _ in taps}) == len(taps)


def test_floyd_steinberg_is_as_published():
    assert KERNELS["floyd-steinberg"].taps == (
        (1, 0, 7 / 16),
        (-1, 1, 3 / 16),
        (0, 1, 5 / 16),
        (1, 1, 1 / 16),
    )


def test_a_serpentine_mirrors_the_second_row_only():
    ramp = np.repeat(np.arange(0, 256, 8, dtype=np.uint8)[None, :, None], 2, axis=0) * np.ones(4, np.uint8)
    ramp[..., 3] = 255
    plain, turned = (quantize(ramp, Quantization(BLACK_WHITE, dither="stucki", serpentine=s)) for s in (False, True))
    assert np.array_equal(plain[0], turned[0]) and not np.array_equal(plain[1], turned[1])


def test_one_colour_and_one_pixel_are_enough():
    only = Palette.of([[9, 8, 7]])
    for dither in DITHERS:
        assert quantize(grey(200, 1, 1), Quantization(only, dither=dither)).tolist() == [[[9, 8, 7, 255]]]


def test_an_unknown_dither_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'floyd-steinberg'"):
        quantize(grey(1, 1, 1), Quantization(BLACK_WHITE, dither="floyd-steinburg"))


@pytest.mark.parametrize("dither", DITHERS)
def test_what_is_in_a_built_in_palette_comes_back_unchanged_whatever_the_dither(dither):
    random = np.random.default_rng(7)
    for name in library.palettes():
        palette = library.palette(name)
        places = random.integers(0, len(palette.paints), (12, 16))  # each pixel beside others
        places[:4] = np.arange(16) // 4 % len(palette.paints)  # and in flat areas
        rgba = np.dstack([palette.paints[places][..., :3], np.full(places.shape, 255, np.uint8)])
        assert np.array_equal(quantize(rgba, Quantization(palette, dither=dither)), rgba), name
