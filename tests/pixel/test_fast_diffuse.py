"""Error diffusion gives the same picture in both its forms, on every processor."""

import itertools
import os
import platform
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither import arithmetic, error_diffusion
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS, Kernel

fast = pytest.importorskip("pixart_nodes.pixel.compiled.kernels.diffuse", reason="numba isn't installed")
relay = pytest.importorskip("pixart_nodes.pixel.compiled.kernels.relay", reason="numba isn't installed")

RANDOM = np.random.default_rng(6)
FLOYD = KERNELS["floyd-steinberg"]
SIZES = (1, 2, 33, 64, 65, 256)


def photo(height, width):
    """Smooth shades with a little grain, some of it transparent."""
    y, x = np.mgrid[0:height, 0:width] / 40
    shades = np.stack([np.sin(6 * x + y), np.cos(5 * y * x + 1), np.sin(3 * (x - y)), np.cos(9 * x)], axis=-1)
    return np.clip(128 + 140 * shades + RANDOM.normal(0, 4, shades.shape), 0, 255).astype(np.uint8)


PICTURES = {
    "noise": RANDOM.integers(0, 256, (19, 35, 4), dtype=np.uint8),
    "photo": photo(37, 41),
    "flat": np.full((18, 18, 4), 87, np.uint8),
    "1x1": np.array([[[200, 3, 77, 255]]], np.uint8),
    "1xN": photo(1, 57),
    "some blocks wide": photo(34, 131),
    "some blocks wide, all seen": photo(33, 150) | np.array([0, 0, 0, 255], np.uint8),
    "Nx1": photo(51, 1),
    "a view": photo(23, 31)[:, ::-1],
}


def palette(size):
    return np.unique(RANDOM.integers(0, 256, (size, 3), dtype=np.uint8), axis=0)


def both(picture, colors, metric, kernel, strength, serpentine, light):
    """The picture's indices, found to be the same in both forms; less than half opaque is transparent."""
    opaque = picture[..., 3] >= 128
    plain = error_diffusion.diffuse.plain(picture, opaque, colors, metric, kernel, strength, serpentine, light)
    found = fast.diffuse(picture, opaque, colors, metric, kernel, strength, serpentine, light)
    about = f"{len(colors)} colours, {metric}, {light}, serpentine {serpentine}"
    assert found.dtype == plain.dtype == np.int16
    assert np.array_equal(found, plain), about
    assert not found[~opaque].any(), about
    return found


@pytest.mark.parametrize("serpentine", [False, True], ids=["raster", "serpentine"])
@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", ["noise", "photo"])
def test_both_forms_are_the_same_in_every_metric_and_light(name, metric, light, serpentine):
    for size in (16, 65):
        both(PICTURES[name], palette(size), metric, FLOYD, 1.0, serpentine, light)


@pytest.mark.parametrize("serpentine", [False, True], ids=["raster", "serpentine"])
@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_both_forms_are_the_same_with_every_kernel(kernel, serpentine):
    for metric, light in (("oklab", "linear"), ("srgb", "srgb")):
        both(PICTURES["photo"], palette(12), metric, kernel, 0.8, serpentine, light)


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_both_forms_are_the_same_for_every_shape_and_size_of_palette(picture):
    for size, serpentine in itertools.product(SIZES, (False, True)):
        both(picture, palette(size), "oklab", FLOYD, 1.0, serpentine, "linear")
        both(picture, palette(size), "srgb", FLOYD, 1.0, serpentine, "srgb")


CORNERS = st.sampled_from([0, 1, 127, 128, 254, 255])


@settings(max_examples=60)
@given(
    picture=hnp.arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 19), st.just(4)), elements=CORNERS),
    colors=hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.just(3)), elements=CORNERS, unique=False),
    metric=st.sampled_from(list(spaces.METRICS)),
    light=st.sampled_from(arithmetic.LIGHTS),
    serpentine=st.booleans(),
    strength=st.sampled_from([0.25, 1.0]),
)
def test_both_forms_take_equally_near_colours_alike(picture, colors, metric, light, serpentine, strength):
    both(picture, np.unique(colors, axis=0), metric, FLOYD, strength, serpentine, light)


def test_a_kernel_may_reach_anywhere_that_is_not_done_yet():
    far = Kernel.draw(". . . . * 1 . 2\n1 . 2 . 1 . . 1\n. . . . . . . .\n3 . . . 2 . . 1", 16)
    for serpentine in (False, True):
        both(PICTURES["photo"], palette(16), "oklab", far, 1.0, serpentine, "linear")


@pytest.mark.parametrize("serpentine", [False, True])
def test_what_a_kernel_would_read_beyond_is_not_given_to_it(serpentine):
    rgb, seen = np.zeros((4, 4, 3), np.uint8), np.ones((4, 4), np.bool_)
    with pytest.raises(AssertionError, match="within an array"):
        fast.diffuse(rgb, seen, np.zeros((2, 3), np.uint8), "srgb", FLOYD, serpentine=serpentine)


@pytest.mark.parametrize("threads", [2, 3, 4])
@pytest.mark.parametrize("kernel", ["floyd-steinberg", "stevenson-arce"])
@pytest.mark.parametrize(
    ("metric", "light", "size"), [("oklab", "linear", 30), ("srgb", "srgb", 30), ("oklab", "srgb", 90)]
)
def test_several_threads_give_the_same_picture(metric, light, size, kernel, threads, monkeypatch):
    picture, colors, used = photo(300, 1500), palette(size), []
    run = picture, picture[..., 3] >= 40, colors, metric, KERNELS[kernel], 1.0, False, light
    monkeypatch.setattr(fast, "relay", lambda work, spans: used.append(len(spans)) or relay.relay(work, spans))
    monkeypatch.setattr(fast.cores, "LARGE_PIXELS", 1)
    monkeypatch.setattr(fast.cores, "threads", lambda: 1)
    alone = fast.diffuse(*run)
    monkeypatch.setattr(fast.cores, "threads", lambda: threads)
    assert np.array_equal(fast.diffuse(*run), alone)
    assert used == [1, threads]


def test_a_thread_that_waits_goes_on_when_another_fails():
    def work(number, step, done):
        if number:
            raise InterruptedError
        return 64 if done[relay.LINE] else step

    with pytest.raises(InterruptedError):
        relay.relay(work, [range(64), range(-64, 64)])


def test_large_pictures_are_looked_up_with_the_same_result():
    picture, colors = photo(32, 40), palette(200)
    opaque = picture[..., 3] >= 128
    tried = fast.diffuse(picture, opaque, colors, "srgb", FLOYD, serpentine=False, light="srgb")
    large = np.concatenate([np.zeros((1 + fast.SMALL // 40, 40, 4), np.uint8), picture])
    seen = large[..., 3] >= 128
    seen[: -len(picture)] = False
    looked_up = fast.diffuse(large, seen, colors, "srgb", FLOYD, serpentine=False, light="srgb")
    assert np.array_equal(looked_up[-len(picture) :], tried)


def test_small_pictures_are_looked_up_once_many_of_their_palette_came_with_the_same_result():
    picture, colors = photo(32, 40), palette(199)
    plan, opaque = arithmetic.plan(colors, "srgb", "srgb", FLOYD, 1.0, False), picture[..., 3] >= 128
    one = (picture, opaque, colors, "srgb", FLOYD, 1.0, False, "srgb")
    tried = fast.diffuse(*one)
    assert fast._way(plan, 1)[0] == fast.lanes.WHOLE
    assert fast._way(plan, fast.SMALL)[0] == fast._way(plan, 1)[0] == fast.lanes.LOOKED_UP
    assert np.array_equal(fast.diffuse(*one), tried)


def test_doubtful_colours_are_left_to_the_plain_form():
    grey = np.full((4, 4, 4), 255, np.uint8)
    grey[..., :3] = 100
    pair = np.array([[100, 100, 90], [100, 90, 100], [90, 100, 100]], np.uint8)  # equally near in linear light
    assert both(grey, pair, "linear", FLOYD, 0.01, True, "srgb")[0, 0] == 0


def test_a_doubtful_colour_may_be_the_last_of_256():
    grey = np.full((4, 4, 4), 255, np.uint8)
    grey[..., :3] = 94
    far = np.column_stack([np.full(253, 255), np.arange(253), np.zeros(253)])
    far[0] = 0, 255, 0
    near = [[147, 150, 144], [150, 144, 147], [144, 147, 150]]  # the last is nearer in float64's last digit
    colors = np.concatenate([far, near]).astype(np.uint8)
    assert both(grey, colors, "linear", FLOYD, 0.001, True, "srgb")[0, 0] == 255


CRC = """
import sys, zlib
sys.path[:0] = {path!r}
from test_fast_diffuse import digest
print(digest())
"""


def digest():
    """A sum over what the wave gives in both lights; the other way of going doesn't use wide registers."""
    picture, total = np.random.default_rng(1).integers(0, 256, (40, 50, 4), dtype=np.uint8), 0
    colors = library.palette("endesga-32").colors
    for metric, light in (("oklab", "linear"), ("srgb", "srgb")):
        found = fast.diffuse(picture, picture[..., 3] > 99, colors, metric, FLOYD, 1.0, False, light)
        total = zlib.crc32(found.tobytes(), total)
    return total


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names an x86 processor")
def test_processors_without_wide_registers_give_the_same_bits(tmp_path):
    known = ["-avx", "-avx2", "-avx512f", "-fma", "+sse4.2"]
    poorer = {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ",".join(known), "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", CRC.format(path=[str(Path(__file__).parent), *sys.path])]
    done = subprocess.run(command, env=os.environ | poorer, capture_output=True, text=True, check=True)
    assert int(done.stdout) == digest()
