"""The fast conversions give the same bytes and floats as the plain ones, for every kind of number."""

import numpy as np
import pytest
from pixart_nodes.pixel.color import levels

fast = pytest.importorskip("pixart_nodes.pixel.compiled.kernels.levels", reason="numba isn't installed")

RANDOM = np.random.default_rng(5)
ODD = [np.nan, -np.nan, np.inf, -np.inf, -0.0, 1e-45, 3e38, -3e38, 0.5 / 255, 1.5 / 255, 2.5 / 255, 254.5 / 255]
SHAPES = [(1, 1), (1, 7), (13, 1), (3, 19, 23)]


def former(values):
    """How the nodes rounded before there were two forms."""
    scaled = np.nan_to_num(values * np.float32(255), nan=0.0, posinf=255.0, neginf=0.0)
    pixels = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    if pixels.shape[-1] == 4:
        return pixels
    opaque = np.full((*pixels.shape[:-1], 1), 255, np.uint8)
    return np.concatenate([np.repeat(pixels, 3 // pixels.shape[-1], axis=-1), opaque], axis=-1)


@pytest.mark.parametrize("form", [levels.to_bytes.plain, fast.to_bytes], ids=["plain", "fast"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_halves_go_to_even_and_odd_numbers_have_their_place(shape, channels, form):
    values = RANDOM.normal(0.5, 0.6, (*shape, channels)).astype(np.float32)
    values.flat[: len(ODD)] = ODD[: values.size]
    with np.errstate(over="ignore"):  # 3e38 times 255, in the former way
        wanted = former(values)
    assert np.array_equal(form(values), wanted)


@pytest.mark.parametrize("form", [levels.to_bytes.plain, fast.to_bytes], ids=["plain", "fast"])
def test_every_half_between_two_bytes_is_rounded_as_before(form):
    halves = (np.arange(511) / 510).astype(np.float32)
    near = np.concatenate([np.nextafter(halves, np.float32(-1)), halves, np.nextafter(halves, np.float32(2))])[:, None]
    assert np.array_equal(form(near), former(near))


@pytest.mark.parametrize("form", [levels.to_bytes.plain, fast.to_bytes], ids=["plain", "fast"])
def test_a_turned_picture_is_read_as_it_lies(form):
    values = RANDOM.random((5, 9, 3)).astype(np.float32)
    assert np.array_equal(form(values.transpose(1, 0, 2)), former(values).transpose(1, 0, 2))


@pytest.mark.parametrize("form", [levels.to_floats.plain, fast.to_floats], ids=["plain", "fast"])
def test_floats_are_correctly_rounded_shares_and_come_back(form):
    every = np.arange(256, dtype=np.uint8).reshape(8, 8, 4)
    floats = form(every)
    assert floats.dtype == np.float32
    assert np.array_equal(floats, (np.arange(256) / 255).astype(np.float32).reshape(8, 8, 4))
    assert np.array_equal(fast.to_bytes(floats), every)


@pytest.mark.parametrize("form", [levels.paint.plain, fast.paint], ids=["plain", "fast"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(1, 1), (1, 31), (31, 1), (23, 29)])
def test_paint_writes_colours_inside_the_mask_and_zeros_outside(shape, dtype, form):
    entries = RANDOM.integers(0, 256, (7, 4)).astype(dtype)
    found, opaque = RANDOM.integers(0, 7, shape).astype(np.int16), RANDOM.random(shape) < 0.5
    out = np.full((*shape, 4), 9, dtype)
    form(found, opaque, entries, out)
    assert np.array_equal(out[opaque], entries[found[opaque]])
    assert not out[~opaque].any()
