"""Error diffusion keeps tones, takes no colour for another, and brings what is out of reach to what is near."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.color import gamut, oklab_steps, spaces
from pixart_nodes.pixel.dither import arithmetic
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette.palette import Palette

BLACK_WHITE = Palette.of([[0, 0, 0], [255, 255, 255]], "black and white")
LOSSLESS = [name for name in KERNELS if name != "atkinson"]


def flat(rgb, height=32, width=32):
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = rgb
    return picture


def shown(rgb, light):
    """Colours as error is kept: 0..1 in light, or sRGB values of 255."""
    return spaces.linear(np.asarray(rgb, np.uint8)) if light == "linear" else np.asarray(rgb) / 255


@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@pytest.mark.parametrize("dither", LOSSLESS)
@settings(max_examples=6)
@given(value=st.integers(0, 255), serpentine=st.booleans(), metric=st.sampled_from(["srgb", "oklab"]))
def test_flat_greys_keep_their_brightness(dither, light, value, serpentine, metric):
    done = quantize(flat(value, 48, 32), Quantization(BLACK_WHITE, metric, dither, serpentine=serpentine, light=light))
    settled = shown(done[16:, :, 0], light)  # the first dots of a dark area come late
    # What the outermost rows and columns of 32 x 32 pixels hand over the edge.
    assert abs(settled.mean() - shown(value, light)) < 0.04


@pytest.mark.parametrize("name", ["gameboy", "pico-8", "endesga-32"])
@pytest.mark.parametrize("light", arithmetic.LIGHTS)
def test_mixtures_of_neighbours_in_the_palette_keep_their_colour(name, light):
    palette, random = library.palette(name), np.random.default_rng(5)
    places = shown(palette.colors, light)
    for one in random.integers(0, len(palette), 6):
        other = np.argsort(((places - places[one]) ** 2).sum(axis=1))[1]
        middle = (places[one] + places[other]) / 2
        rgb = np.rint(spaces.encoded(middle) if light == "linear" else middle * 255)
        done = quantize(flat(rgb), Quantization(palette, "oklab", "floyd-steinberg", light=light))
        assert np.abs(shown(done[..., :3], light).mean(axis=(0, 1)) - middle).max() < 0.04  # as above


def test_a_colour_out_of_reach_keeps_its_brightness_and_does_not_smear():
    picture = flat(128, 24, 48)
    picture[:, :24, :3] = 255, 0, 0
    done = quantize(picture, Quantization(BLACK_WHITE, "oklab", "floyd-steinberg", serpentine=False))[..., 0] / 255
    assert done[:, :24].mean() == pytest.approx(0.2126, abs=0.04)  # as above
    assert done[:, 24:30].mean() == pytest.approx(spaces.linear(128.0), abs=0.06)  # 6 x 24 pixels, a seam of one


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(3)), elements=st.sampled_from([0, 1, 128, 255])))
def test_colours_of_the_palette_lie_in_its_box_to_the_bit(colors):
    for light in (spaces.linear(colors).astype(np.float32), colors.astype(np.float32)):
        assert np.array_equal(gamut.drawn_in(light, gamut.slanted_box(light), np.float32(1)), light)


def test_what_is_outside_of_a_palette_comes_to_it_at_the_same_brightness():
    greys = np.array([[0, 0, 0], [1, 1, 1]], np.float32)
    wishes = np.array([[1, 0, 0], [0, 0.5, 0], [0.25, 0.25, 0.25]], np.float32)
    drawn = gamut.drawn_in(wishes, gamut.slanted_box(greys), np.float32(1))
    # single precision, of numbers about 1
    assert drawn == pytest.approx(np.array([[0.2126] * 3, [0.3576] * 3, [0.25] * 3]), abs=1e-6)


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("dither", [*KERNELS, "riemersma"])
def test_a_sky_on_reds_is_as_bright_as_they_get(dither, metric):
    done = quantize(flat((100, 170, 255)), Quantization(library.palette("virtual-boy"), metric, dither))
    assert (done[..., :3] == (255, 0, 0)).all()


@pytest.mark.parametrize("name", ["virtual-boy", "gameboy", "pico-8", "1bit-monitor-glow", "cga-1-high"])
def test_a_box_keeps_the_brightness_that_the_palette_has(name):
    light, weights = spaces.linear(library.palette(name).colors).astype(np.float32), (0.2126, 0.7152, 0.0722)
    wishes = np.random.default_rng(6).random((200, 3), dtype=np.float32)
    drawn = gamut.drawn_in(wishes, gamut.slanted_box(light), np.float32(1))
    tones = light @ weights
    # single precision, of numbers about 1
    assert drawn @ weights == pytest.approx(np.clip(wishes @ weights, tones.min(), tones.max()), abs=1e-6)


def test_the_boxes_axes_undo_one_another():
    box = gamut.slanted_box(np.random.default_rng(8).random((9, 3)).astype(np.float32)).astype(float)
    assert box[:, :3] @ box[:, 3:6].T == pytest.approx(np.eye(3), abs=1e-6)  # single precision


@pytest.mark.parametrize("metric", ["linear", "oklab"])
def test_colours_too_close_for_single_precision_are_not_taken_for_one_another(metric):
    close = np.array([[255, 0, 0], [255, 0, 1], [255, 1, 0], [0, 0, 0]], np.uint8)
    picture = np.concatenate([close, np.full((4, 1), 255, np.uint8)], axis=1)[None].repeat(9, axis=0)
    assert np.array_equal(
        quantize(picture, Quantization(Palette.of(close), metric, "stucki", serpentine=False)), picture
    )


def test_single_precision_oklab_is_oklab():
    colors = np.random.default_rng(9).integers(0, 256, (500, 3), dtype=np.uint8)
    single = oklab_steps.oklab(spaces.linear(colors).astype(np.float32))
    assert single == pytest.approx(spaces.oklab(colors), abs=1e-4)  # a cube root to 3.4e-5, times up to 2.4


def test_light_is_rounded_to_the_nearest_value():
    plan = arithmetic.plan(BLACK_WHITE.colors, "oklab", "linear", KERNELS["stucki"], 1.0, True)
    light = spaces.linear(np.arange(0, 255.01, 0.25)).astype(np.float32)
    away = np.abs(arithmetic.rounded(light, plan.edges) - np.arange(0, 255.01, 0.25))
    assert away.max() <= 0.5


def test_an_unknown_light_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'linear'"):
        quantize(flat(1, 2, 2), Quantization(BLACK_WHITE, dither="stucki", light="liner"))
