"""A moving scene with noise: resting pixels keep their colour, moving ones follow, and the figure says so."""

from functools import partial

import golden
import numpy as np
import pytest
from pixart_nodes import library
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.edit import animation
from pixart_nodes.pixel.palette.palette import Palette, packed

PALETTE = library.palette("sweetie-16")
TOLERANCE = 12


def scene(count=4, noise=3.0):
    """The sunset, seen by a camera that pans by a pixel a frame, with noise of a standard deviation in levels."""
    random = np.random.default_rng(8)
    wide = golden.small()[::2].repeat(2, axis=1)
    frames = np.stack([wide[:, 30 + n : 54 + n] for n in range(count)]).astype(float)
    frames[..., :3] += random.normal(0, noise, frames[..., :3].shape)
    return np.clip(frames, 0, 255).round().astype(np.uint8)


def made(frames, dither, tolerance=TOLERANCE, palette=PALETTE):
    still = partial(quantize, settings=Quantization(palette, dither=dither))
    loose = np.stack([still(frame) for frame in frames])
    return loose, np.stack(list(animation.steady(frames, still, tolerance)))


@pytest.mark.parametrize("dither", DITHERS)
def test_resting_pixels_hardly_change_and_do_without(dither):
    frames = scene()
    loose, calm = made(frames, dither)
    before, after = (animation.flicker(frames, shown, TOLERANCE) for shown in (loose, calm))
    # what is left are drifts: many small moves that add up to more than the tolerance
    assert after < before / 4 and after < 0.03


@pytest.mark.parametrize("dither", DITHERS)
def test_a_scene_that_rests_is_one_picture(dither):
    frames = np.stack([golden.small()[::2, ::2]] * 3)
    loose, calm = made(frames, dither)
    assert np.array_equal(calm, loose) and np.array_equal(calm[0], calm[2])
    noisy = scene(4, 2.0)
    noisy[:] = np.where(noisy[..., 3:] > 0, noisy[:1] // 8 * 8 + noisy % 8, 0)  # all within 8 levels
    noisy[..., 3] = 255
    _, calm = made(noisy, dither)
    assert (calm == calm[0]).all()


@pytest.mark.parametrize("dither", DITHERS)
def test_colours_are_the_palettes_and_alpha_is_followed_at_once(dither):
    frames = scene()
    frames[2, :, :9, 3] = 0
    loose, calm = made(frames, dither)
    assert np.isin(packed(calm[calm[..., 3] > 0]), packed(PALETTE.colors)).all()
    assert np.array_equal(calm[..., 3], loose[..., 3])
    assert not calm[calm[..., 3] == 0].any()


def test_tolerance_0_without_dither_is_each_frame_by_itself():
    loose, calm = made(scene(), "none", tolerance=0)
    assert np.array_equal(loose, calm)


def test_slow_drifts_add_up():
    frames = np.stack([np.full((4, 4, 4), 3 * n, np.uint8) for n in range(60)])
    frames[..., 3] = 255
    _, calm = made(frames, "none", 8, Palette.of([[0, 0, 0], [90, 90, 90], [177, 177, 177]]))
    assert len({shown.tobytes() for shown in calm}) == 3
    assert calm[-1, 0, 0, 0] == 177


def test_tones_are_kept_where_noise_passes_the_tolerance():
    random = np.random.default_rng(1)
    frames = np.full((8, 48, 48, 4), 255, np.uint8)
    frames[..., :3] = np.clip(random.normal(100, 12, (8, 48, 48, 1)), 0, 255)
    _, calm = made(frames, "floyd-steinberg", 12, Palette.of([[0, 0, 0], [255, 255, 255]]))
    # A dither that is renewed in places must not drift to black, as the nearest colour of 100 would. It is as if
    # pixels were drawn at random, of which 48 x 48 have a mean with a standard deviation of a hundredth.
    assert abs((calm[-4:, ..., 0] / 255).mean() - spaces.linear(frames[-4:, ..., :3]).mean()) < 0.02


def test_the_figure_counts_resting_pixels_only():
    frames = np.zeros((2, 1, 4, 4), np.uint8)
    frames[..., 3] = 255
    frames[1, 0, 0, 0] = 200  # moves
    frames[:, 0, 3, 3] = 0  # can't be seen
    shown = frames.copy()
    shown[1, 0, 1, 2] = 9  # flickers
    shown[1, 0, 3, 2] = 9
    assert animation.flicker(frames, shown, 5) == 1 / 2
    assert animation.flicker(frames, shown, 255) == 2 / 3
    assert animation.flicker(frames[:1], shown[:1], 5) == 0.0
    assert animation.flicker(frames * 0, shown, 5) == 0.0


def test_one_frame_one_pixel_and_nothing_visible_are_enough():
    for frames in (np.full((1, 1, 1, 4), 190, np.uint8), np.zeros((3, 2, 2, 4), np.uint8), scene(1)):
        loose, calm = made(frames, "floyd-steinberg")
        assert np.array_equal(loose, calm)
