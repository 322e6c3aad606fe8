"""The compiled dithers by position give the bytes of the plain ones."""

import importlib.util

import numpy as np
import pytest
from pixart_nodes import library
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither import arithmetic, mixing, ordered, threshold_matrix
from pixart_nodes.pixel.dither.positional import RECIPES, positional
from pixart_nodes.pixel.dither.riemersma import riemersma
from pixart_nodes.pixel.palette.palette import Palette

pytestmark = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="there is no numba here")

RANDOM = np.random.default_rng(8)


def photo(height, width):
    """Smooth areas, an edge and some grain."""
    y, x = np.mgrid[0:height, 0:width]
    bands = np.stack([x * 3 + y, 255 - x * 2, np.where(x > y, 40, 200) + y], axis=-1)
    return np.clip(bands + RANDOM.normal(0, 3, bands.shape), 0, 255).astype(np.uint8)


PICTURES = {
    "noise": RANDOM.integers(0, 256, (37, 53, 3), dtype=np.uint8),
    "photo": photo(64, 96),
    "flat": np.full((20, 20, 3), 117, np.uint8),
    "one pixel": np.array([[[3, 200, 90]]], np.uint8),
    "a row": photo(1, 77),
    "a column": photo(77, 1),
    "RGBA": RANDOM.integers(0, 256, (31, 17, 4), dtype=np.uint8),
    "part of RGBA": RANDOM.integers(0, 256, (31, 19, 4), dtype=np.uint8)[3:, 2:, :3],
}
PALETTES = {
    "one": np.array([[9, 8, 7]], np.uint8),
    "two": np.array([[0, 0, 0], [255, 255, 255]], np.uint8),
    "33": Palette.of(RANDOM.integers(0, 256, (33, 3))).colors,
    "256": Palette.of(RANDOM.integers(0, 256, (256, 3))).colors,
    "pico-8": library.palette("pico-8").colors,
    "neighbours": np.indices((4, 4, 6)).reshape(3, -1).T.astype(np.uint8),
}
CASES = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


@CASES
@pytest.mark.parametrize("light", arithmetic.LIGHTS)
def test_pairs_and_pixels_are_equal(picture, light):
    for colors, palette in PALETTES.items():
        plain, fast = (mixing.new_book(palette, "oklab", light) for _ in range(2))
        wanted = ordered.unplanned.plain(picture, plain.codes, plain.bits)
        assert np.array_equal(ordered.unplanned.fast(picture, plain.codes, plain.bits), wanted), colors
        codes, shares = mixing.planned.plain(wanted, plain)
        codes_fast, shares_fast = mixing.planned.fast(wanted, fast)
        assert np.array_equal(codes, codes_fast) and np.array_equal(shares, shares_fast), colors
        mixing.fill(plain, wanted)
        for name in threshold_matrix.PATTERNS:
            matrix = threshold_matrix.thresholds(name)
            painted = ordered.painted.plain(picture, plain, matrix)
            assert np.array_equal(painted, ordered.painted.fast(picture, plain, matrix)), (colors, name)


@CASES
@pytest.mark.parametrize("form", ["plain", "fast"])
def test_a_picture_is_not_painted_before_all_its_cells_have_plans(picture, form):
    book, matrix = mixing.new_book(PALETTES["pico-8"], "oklab", "linear"), threshold_matrix.thresholds("bayer-4")
    unplanned, painted = getattr(ordered.unplanned, form), getattr(ordered.painted, form)
    wanted = unplanned(picture, book.codes, book.bits)
    assert painted(picture, book, matrix) is None
    mixing.fill(book, wanted[1:])
    assert painted(picture, book, matrix) is None
    mixing.fill(book, wanted)
    assert painted(picture, book, matrix).max() < len(PALETTES["pico-8"])


@pytest.mark.parametrize("metric", spaces.METRICS)
def test_pairs_are_equal_in_every_metric(metric):
    book = mixing.new_book(PALETTES["pico-8"], metric, "linear")
    wanted = np.arange(0, len(book.codes), 7, dtype=np.int32)
    plain, fast = mixing.planned.plain(wanted, book), mixing.planned.fast(wanted, book)
    assert np.array_equal(plain[0], fast[0]) and np.array_equal(plain[1], fast[1])


@CASES
@pytest.mark.parametrize("name", RECIPES)
def test_lists_are_equal(picture, name):
    for colors, palette in PALETTES.items():
        plain = positional.plain(picture, palette, "oklab", name)
        assert np.array_equal(plain, positional.fast(picture, palette, "oklab", name)), colors


def test_lists_are_equal_over_more_pixels_than_a_block_holds():
    picture = RANDOM.integers(0, 256, (130, 140, 3), dtype=np.uint8)
    palette = PALETTES["pico-8"]
    assert np.array_equal(
        positional.plain(picture, palette, "srgb", "knoll-4", "srgb"),
        positional.fast(picture, palette, "srgb", "knoll-4", "srgb"),
    )


@CASES
def test_riemersma_is_equal(picture):
    for colors, palette in PALETTES.items():
        opaque = RANDOM.random(picture.shape[:2]) < 0.8
        plain = riemersma.plain(picture, opaque, palette, "oklab")
        assert np.array_equal(plain, riemersma.fast(picture, opaque, palette, "oklab")), colors


@pytest.mark.parametrize("steps", [2, 4])
def test_pairs_for_few_levels_are_equal(steps):
    for colors, palette in PALETTES.items():
        book = mixing.new_book(palette, "oklab", "linear", steps)
        wanted = np.arange(0, len(book.codes), 401, dtype=np.int32)
        plain, fast = mixing.planned.plain(wanted, book), mixing.planned.fast(wanted, book)
        assert np.array_equal(plain[0], fast[0]) and np.array_equal(plain[1], fast[1]), colors
