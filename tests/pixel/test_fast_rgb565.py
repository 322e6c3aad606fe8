"""Compiled RGB565 words are those of the plain forms, bit for bit."""

import golden
import numpy as np
import pytest
from pixart_nodes.pixel.dither.threshold_matrix import bayer
from pixart_nodes.pixel.files.panel import rgb565
from pixart_nodes.pixel.files.panel.rgb565 import BYTE_ORDERS, PLAIN, Wire

pytest.importorskip("numba", reason="without it there is nothing to compare")
WIRES = [Wire(order, invert, bgr) for order in BYTE_ORDERS for invert in (False, True) for bgr in (False, True)]
RANDOM = np.random.default_rng(16)
EVERY_VALUE = np.stack(np.meshgrid(np.arange(256), np.arange(64), indexing="ij")[:1] * 3, axis=-1).astype(np.uint8)


def noise(height, width):
    return RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8)


PICTURES = {
    "noise": noise(131, 150),
    "scene": golden.sunset(384, 256)[..., :3].copy(),
    "flat": np.full((70, 33, 3), 77, np.uint8),
    "every value": EVERY_VALUE,
    "pixel": noise(1, 1),
    "row": noise(1, 77),
    "column": noise(77, 1),
    "two columns": noise(65, 2),
    "lanes": noise(32, 32),
    "a lane more": noise(33, 31),
    "exact and not": np.where(RANDOM.random((60, 60, 1)) < 0.5, noise(60, 60) // 132 * 255, noise(60, 60)).astype(
        np.uint8
    ),
    "larger than a band": np.tile(noise(64, 64), (33, 32, 1)),
}
STEPS = {
    "truncated": (rgb565.truncated,),
    "rounded": (rgb565.rounded,),
    "diffused": (rgb565.diffused,),
    "mixed": (rgb565.mixed, bayer(8).astype(np.uint8)),
    "mixed by another size": (rgb565.mixed, RANDOM.permutation(np.arange(64, dtype=np.uint8))[:9].reshape(3, 3)),
}


def both(step, *arguments):
    plain, fast = step.plain(*arguments), step.fast(*arguments)
    assert plain.dtype == fast.dtype == np.uint16
    return plain, fast


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("name", STEPS)
def test_both_forms_give_the_same_words(name, picture):
    step, *ranks = STEPS[name]
    plain, fast = both(step, PICTURES[picture], *ranks, PLAIN)
    assert np.array_equal(plain, fast)


@pytest.mark.parametrize("wire", WIRES, ids=str)
@pytest.mark.parametrize("name", STEPS)
def test_both_forms_send_them_the_same_way(name, wire):
    step, *ranks = STEPS[name]
    plain, fast = both(step, noise(19, 23), *ranks, wire)
    assert np.array_equal(plain, fast)


def test_both_forms_mix_every_value_the_same_at_every_rank():
    for rank in range(64):
        plain, fast = both(rgb565.mixed, EVERY_VALUE, np.full((1, 1), rank, np.uint8), PLAIN)
        assert np.array_equal(plain, fast), f"at rank {rank}"
