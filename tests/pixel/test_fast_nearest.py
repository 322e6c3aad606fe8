"""The fast search for the nearest colour finds what the plain one finds, always."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.color import levels, spaces
from pixart_nodes.pixel.palette import nearest

fast = pytest.importorskip("pixart_nodes.pixel.compiled.kernels.nearest", reason="numba isn't installed")

jit = pytest.importorskip("pixart_nodes.pixel.compiled.kernels.jit", reason="numba isn't installed")
njit = pytest.importorskip("numba").njit

RANDOM = np.random.default_rng(4)
SIZES = (1, 2, 3, 33, 64, 65, 256)


def photo(height, width, channels):
    """Smooth shades with a little grain."""
    y, x = np.mgrid[0:height, 0:width] / 64
    shades = np.stack([np.sin(6 * x + y), np.cos(5 * y * x + 1), np.sin(3 * (x - y)), np.cos(x)], axis=-1)[
        ..., :channels
    ]
    return np.clip(128 + 110 * shades + RANDOM.normal(0, 4, shades.shape), 0, 255).astype(np.uint8)


PICTURES = {
    "noise": RANDOM.integers(0, 256, (61, 67, 3), dtype=np.uint8),
    "photo": photo(70, 83, 4),
    "flat": np.full((40, 40, 3), 87, np.uint8),
    "greys": np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2),
    "1x1": np.array([[[200, 3, 77, 0]]], np.uint8),
    "1xN": photo(1, 257, 3),
    "flat areas": np.kron(RANDOM.integers(0, 256, (3, 3, 3)), np.ones((30, 25, 1), int)).astype(np.uint8),
    "a batch": np.stack([photo(9, 40, 4), photo(9, 40, 4)]),
    "nothing": np.zeros((0, 5, 3), np.uint8),
    "Nx1": photo(511, 1, 4),
    "a view": photo(31, 47, 4)[:, ::-1, :3],
}


def palette(size):
    """Colours of which many are as far from a grid of pixels as others are."""
    grid = RANDOM.integers(0, 5, (size, 3)) * 64 - 1
    return np.where(RANDOM.random((size, 1)) < 0.5, np.clip(grid, 0, 255), RANDOM.integers(0, 256, (size, 3))).astype(
        np.uint8
    )


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_both_forms_find_the_same(picture, metric):
    for size in SIZES:
        colors = palette(size)
        plain, found = nearest.indices.plain(picture, colors, metric), fast.indices(picture, colors, metric)
        assert found.dtype == plain.dtype == np.int16
        assert np.array_equal(found, plain), f"with {size} colours"


TIES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 24), st.just(3)), elements=st.sampled_from([0, 1, 127, 128, 255]))


@pytest.mark.parametrize("metric", spaces.METRICS)
@given(pixels=TIES, colors=TIES)
def test_of_equally_near_colours_both_forms_find_the_first(metric, pixels, colors):
    found = fast.indices(pixels[None], colors, metric)
    assert np.array_equal(found, nearest.indices.plain(pixels[None], colors, metric))


@pytest.mark.parametrize("metric", spaces.METRICS)
def test_threads_share_a_large_picture_without_a_seam(metric, monkeypatch):
    picture, colors = PICTURES["photo"], palette(33)
    monkeypatch.setattr(fast, "in_bands", lambda work, rows, pixels: three_bands(work, rows))
    assert np.array_equal(fast.indices(picture, colors, metric), nearest.indices.plain(picture, colors, metric))


def three_bands(work, rows):
    for band in range(3):
        work(rows * band // 3, rows * (band + 1) // 3)


FLOATS = {
    "a photo": photo(70, 83, 4)[..., :3],
    "a photo with alpha": photo(49, 83, 4),
    "a tile": photo(16, 16, 4),
    "noise": RANDOM.integers(0, 256, (33, 67, 4), dtype=np.uint8),
    "flat areas": np.kron(RANDOM.integers(0, 256, (3, 3, 3)), np.ones((30, 25, 1), int)).astype(np.uint8),
    "ties": RANDOM.choice(np.array([0, 1, 127, 128, 255], np.uint8), (40, 40, 3)),
    "greys": photo(40, 40, 1),
    "lower than a tile": photo(15, 40, 4),
    "narrower than a tile": photo(40, 15, 3),
    "1x1": photo(1, 1, 4),
}


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("picture", FLOATS.values(), ids=FLOATS)
def test_both_forms_draw_the_same(picture, metric):
    for size in SIZES:
        colors, values = palette(size), picture.astype(np.float32) / 255
        values += RANDOM.uniform(-0.4, 0.4, values.shape).astype(np.float32) / 255  # less than a half: the same bytes
        values[0, 0] = np.nan
        plain, found = (np.full((*values.shape[:2], 4), 9, np.float32) for _ in range(2))
        nearest.draw.plain(values, colors, metric, 0.5, plain)
        fast.draw(values, colors, metric, 0.5, found)
        assert np.array_equal(found, plain), f"with {size} colours"
        rgba = levels.to_bytes(values)
        opaque, entries = rgba[..., 3] >= 128, levels.to_floats(levels.with_alpha(colors))
        nearest_entries = entries[nearest.indices.plain(rgba, colors, metric)]
        assert np.array_equal(found[opaque], nearest_entries[opaque]), f"with {size} colours"
        assert not found[~opaque].any(), f"with {size} colours"


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.502, 1.0])
@pytest.mark.parametrize("metric", ["srgb", "oklab"])
def test_what_is_drawn_is_opaque_from_the_threshold_up(metric, threshold):
    values = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 4, axis=2).astype(np.float32) / 255
    out = np.empty((16, 16, 4), np.float32)
    fast.draw(values, palette(5), metric, threshold, out)
    assert np.array_equal(out[..., 3].reshape(-1) == 1, np.arange(256) >= np.ceil(threshold * 255 - 1e-6))


def test_a_picture_without_alpha_is_opaque_also_after_one_that_is_not():
    values = RANDOM.random((20, 30, 4), np.float32)
    values[..., 3] = 0
    out = np.empty((20, 30, 4), np.float32)
    fast.draw(values, palette(5), "srgb", 0.5, out)
    assert not out[..., 3].any()
    fast.draw(values[..., :3], palette(5), "srgb", 0.5, out)
    assert out[..., 3].all()


def test_a_turned_picture_is_drawn_as_it_lies():
    values, colors = photo(40, 31, 4).astype(np.float32) / 255, palette(9)
    out, straight = np.empty((31, 40, 4), np.float32), np.empty((40, 31, 4), np.float32)
    fast.draw(values.transpose(1, 0, 2), colors, "oklab", 0.5, out)
    fast.draw(values, colors, "oklab", 0.5, straight)
    assert np.array_equal(out, straight.transpose(1, 0, 2))


@pytest.mark.parametrize("metric", fast.TILED)
def test_threads_share_a_large_picture_that_is_drawn_without_a_seam(metric, monkeypatch):
    values, colors = PICTURES["photo"].astype(np.float32) / 255, palette(33)
    alone, shared = (np.empty(values.shape, np.float32) for _ in range(2))
    fast.draw(values, colors, metric, 0.5, alone)
    monkeypatch.setattr(fast, "in_bands", lambda work, rows, pixels: three_bands(work, rows))
    fast.draw(values, colors, metric, 0.5, shared)
    assert np.array_equal(shared, alone)


@njit
def one_color(tile, table, room, index):
    """The scores of a tile, of the only colour in the table."""
    leads, which = room
    fast.scan.two(tile, table, which, fast.scan.choose(leads, 0, 1, which), index)


@njit
def responded(tile, matrix, toe):
    """The tile's responses."""
    fast.responses(tile, matrix, toe)


@pytest.mark.parametrize("metric", fast.CLEAR)
def test_what_counts_as_clear_is_more_than_float32_can_be_wrong(metric):
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).reshape(-1, 3).astype(np.uint8)
    every = np.concatenate([every, np.zeros((-len(every) % fast.LANES, 3), np.uint8)])
    light, first, second, toe = spaces.linear(every), np.eye(3), np.eye(3), fast.PLAIN_LIGHT
    exact = light
    if metric in spaces.ROOTED_SPACES:
        first, second, toe = spaces.ROOTED_SPACES[metric]
        exact = spaces.rooted(light, metric)
    corners = [entry for entry, one in zip(exact, every, strict=True) if set(one.tolist()) <= {0, 255}]
    index, worst = np.empty(fast.LANES, np.int32), 0.0
    for at in range(0, len(every), fast.LANES):
        tile = np.zeros((fast.scan.ROWS, fast.LANES), np.float32)
        tile[:3] = light[at : at + fast.LANES].T
        if toe < fast.PLAIN_LIGHT:
            responded(tile.reshape(-1), first.astype(np.float32).reshape(-1), np.float32(toe))
        for entry in corners:
            scores = fast.scan.entries((entry @ second)[None], (entry * entry).sum()[None])
            table = fast.scan.table(scores, fast.scan.NEVER / 10)
            one_color(tile.reshape(-1), table, fast.scan.room(1), index)
            score = (entry * entry).sum() - 2 * (exact[at : at + fast.LANES] * entry).sum(axis=1)
            worst = max(worst, np.abs(tile[3] - score).max())
    assert fast.CLEAR[metric][0] > 2 * 2 * worst  # two scores, each off by that, and as much again


def test_llvm_hears_that_kernels_may_use_the_widest_registers():
    assert jit._passed_on()


def test_what_is_compiled_for_kernels_only_says_so_when_it_is_called_otherwise():
    with pytest.raises(TypeError, match="fill is compiled for kernels only"):
        fast.scan.fill(np.zeros(fast.LANES, np.int32), 1)
