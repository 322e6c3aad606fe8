"""Noise made by NumPy is torch's, number for number: a seed draws the picture that it draws with torch."""

import numpy as np
import pytest
import torch
from pixart_nodes.axera.noise import Generator

# torch's vector code rounds log, sin and cos in another last place of float32; its values reach 6.
ROUNDING = 2e-6
SEEDS = (0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**32 + 7, 2**63 - 1, 2**64 - 1, -1, -(2**40))
# Whole blocks of 16, others that torch ends with fresh draws, and small ones that it makes in pairs.
SHAPES = ((1, 4, 64, 64), (16,), (17,), (3,), (31,), (1, 4, 7, 3), (1,), (15,), (0,), (2, 5), (1, 4, 96, 128))


@pytest.mark.parametrize("seed", SEEDS)
def test_consecutive_draws_of_a_seed_are_torchs(seed):
    ours, torchs = Generator(seed), torch.Generator().manual_seed(seed)
    for shape in SHAPES:
        drawn = ours.normal(shape)
        assert (drawn.dtype, drawn.shape) == (np.float32, shape)
        np.testing.assert_allclose(drawn, torch.randn(shape, generator=torchs).numpy(), rtol=0, atol=ROUNDING)


def test_seed_0_begins_as_it_is_known_to():
    begun = Generator(0).normal((1, 4, 64, 64)).flat[:4]
    np.testing.assert_allclose(begun, [-1.1258398, -1.1523602, -0.25057858, -0.4338788], rtol=0, atol=ROUNDING)


def test_only_the_low_32_bits_of_a_seed_count():
    np.testing.assert_array_equal(Generator(5).normal((32,)), Generator(5 + 2**32).normal((32,)))
    assert (Generator(5).normal((32,)) != Generator(6).normal((32,))).all()
