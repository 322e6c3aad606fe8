"""OKLab in whole steps is as near to OKLab as its steps are fine, and its scores are exact in single precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.color import oklab_steps, spaces
from pixart_nodes.pixel.dither import arithmetic
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS

PALETTES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(3)))
FLOYD = KERNELS["floyd-steinberg"]


def plan(colors, serpentine=False):
    return arithmetic.plan(np.asarray(colors, np.uint8), "oklab", "linear", FLOYD, 1.0, serpentine)


def sums(plan, many=500):
    """Light between the bounds of sums, and their corners."""
    shares = np.random.default_rng(3).random((many, 3))
    shares[:8] = np.indices((2, 2, 2)).reshape(3, -1).T
    return (plan.low + shares * (plan.high - plan.low)).astype(np.float32)


@given(PALETTES)
def test_no_score_nor_a_part_of_it_is_beyond_what_single_precision_holds(colors):
    made = plan(colors)
    x, scores = oklab_steps.places(sums(made), made.steps).astype(np.int64)[:, None, :], made.scores.astype(np.int64)
    assert np.array_equal(scores, made.scores)
    assert np.array_equal(x[:, 0], oklab_steps.places(sums(made), made.steps))
    parts = np.abs(x * scores[:, :3]).sum(axis=2) + scores[:, 3]
    assert 64 * parts.max() + 63 < 1 << 24
    exact = (x * scores[:, :3]).sum(axis=2) + scores[:, 3]
    assert np.array_equal(made.searched(sums(made)), exact.argmin(axis=1))


@pytest.mark.parametrize(("name", "steps"), [("1bit-monitor-glow", 330), ("gameboy", 600), ("endesga-32", 450)])
def test_a_place_is_oklab_to_half_a_step(name, steps):
    colors = library.palette(name).colors
    made, light = plan(colors), spaces.linear(np.random.default_rng(4).choice(colors, 200)).astype(np.float32)
    size = made.steps[0] / oklab_steps.FROM_ROOTS[0, 0]
    assert size > steps
    middle = made.steps[15:] - oklab_steps.ROUNDING_ADDEND
    away = oklab_steps.places(light, made.steps) + middle - spaces.oklab(spaces.encoded(light)) * size
    assert np.abs(away).max() < 0.5 + 1e-4 * size  # half a step, and what single precision takes OKLab for


def test_cube_roots_are_good_to_four_digits():
    x = np.geomspace(1e-9, 30, 100_000, dtype=np.float32)  # the least light in 8 bits is 3e-4, the most a sum can be 8
    assert np.abs(oklab_steps.cube_root(x) / np.cbrt(x.astype(np.float64)) - 1).max() < 3.4e-5
    assert oklab_steps.cube_root(np.zeros(1, np.float32)) < 2e-5


def test_colours_that_fall_together_are_looked_up_and_still_searched_for_from_outside():
    made = plan([[255, 0, 0], [255, 0, 1], [255, 1, 0], [0, 0, 0], [255, 255, 255]])
    assert not made.direct
    assert made.searched(np.array([[-0.5, -0.5, -0.5], [1.5, 1.5, 1.5]], np.float32)).tolist() == [3, 4]
