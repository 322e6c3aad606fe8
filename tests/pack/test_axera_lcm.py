"""Timesteps, strengths and noise levels are those that Axera's models were made with."""

import numpy as np
import pytest
from pixart_nodes.axera import lcm
from pixart_nodes.errors import AxeraError


@pytest.mark.parametrize(
    ("timestep", "left"), [(999, 0.00466010), (759, 0.05221293), (499, 0.27766965), (259, 0.65897553)]
)
def test_what_is_left_of_the_signal_is_known(timestep, left):
    assert lcm.ALPHA_BAR[timestep] == pytest.approx(left, abs=5e-9)  # as many digits as are known


@pytest.mark.parametrize(
    ("strength", "index"),
    [(0, 3), (0.2, 3), (0.35, 3), (0.36, 2), (0.6, 2), (0.61, 1), (0.85, 1), (0.86, 0), (1, 0)],
)
def test_a_strength_starts_where_gregms_service_starts(strength, index):
    assert lcm.start_index(strength) == index


@pytest.mark.parametrize(
    ("steps", "denoise", "timesteps"),
    [
        (1, 1.0, (999,)),
        (2, 1.0, (999, 499)),
        (3, 1.0, (999, 759, 259)),
        (4, 1.0, (999, 759, 499, 259)),
        (4, 0.85, (759, 499, 259)),
        (3, 0.85, (759, 499, 259)),
        (2, 0.85, (759, 259)),
        (1, 0.85, (759,)),
        (4, 0.6, (499, 259)),
        (1, 0.6, (499,)),
        (4, 0.35, (259,)),
        (1, 0.1, (259,)),
    ],
)
def test_steps_are_spread_over_what_the_strength_leaves(steps, denoise, timesteps):
    assert lcm.plan(steps, denoise) == timesteps


@pytest.mark.parametrize("steps", [-1, 0, 5, 7])
def test_steps_that_the_models_do_not_know_are_refused(steps):
    with pytest.raises(AxeraError, match=f"{steps} steps are not possible.*1 to 4"):
        lcm.plan(steps)


@pytest.mark.parametrize("denoise", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_strength_outside_0_to_1_is_refused(denoise):
    with pytest.raises(AxeraError, match="from 0 to 1"):
        lcm.plan(4, denoise)


@pytest.mark.parametrize("timestep", lcm.TIMESTEPS)
def test_removing_the_noise_that_was_added_gives_the_latent_back(timestep):
    rng = np.random.default_rng(0)
    latent, noise = rng.standard_normal((2, 1, 4, 8, 8)).astype(np.float32)
    found = lcm.denoised(lcm.noised(latent, noise, timestep), noise, timestep)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, latent, atol=1e-5)  # float32, divided by as little as 0.068 at 999


def test_pixels_go_in_and_come_out_unchanged():
    pixels = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    np.testing.assert_array_equal(lcm.pixels_out(lcm.pixels_in(pixels)), pixels)
    assert lcm.pixels_in(pixels).flags.c_contiguous


def test_a_latent_without_variance_is_its_mean():
    moments = np.concatenate([np.ones((1, 4, 8, 8)), np.full((1, 4, 8, 8), -100.0)], 1).astype(np.float32)
    np.testing.assert_allclose(lcm.sampled(moments), lcm.SCALE, rtol=1e-5)  # the variance stops at exp(-30)
