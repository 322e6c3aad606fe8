"""Colours that a palette can't mix keep their light: the nearest that it can mix stands for them, as bright."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.color import hull, perceptual_metric, spaces
from pixart_nodes.pixel.compiled import twins
from pixart_nodes.pixel.dither import arithmetic, mixable
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS
from pixart_nodes.pixel.dither.positional import RECIPES
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette.palette import Palette

from benchmarks import light as bench

PALETTES = library.palettes()
PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4)))
COLORS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(3)))
SHARING = [*KERNELS, "riemersma", *RECIPES]  # dithers that owe what they haven't shown
WITHIN = hull.MOVED_BY * 3**0.5  # how far a corner of a hull may be from a palette colour
needs_numba = pytest.mark.skipif(not twins.available(), reason="numba isn't installed")


def mixes(palette, light, count=2000):
    """8-bit colours [1, count, 3] that are mixes of some of a palette's colours, rounded."""
    amounts = perceptual_metric.values(light)[palette]
    shares = np.random.default_rng(5).dirichlet(np.full(len(palette), 0.2), count)
    return mixable.rounded(shares @ amounts, light).astype(np.uint8)[None]


@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@pytest.mark.parametrize("name", PALETTES)
def test_a_hull_reaches_as_far_as_its_palette_in_every_direction(name, light):
    amounts = perceptual_metric.values(light)[PALETTES[name].paints]
    around = hull.around(amounts)
    ways = np.random.default_rng(4).normal(size=(500, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    furthest = [(points @ ways.T).max(axis=0) for points in (around.corners.reshape(-1, 3), amounts)]
    assert np.abs(furthest[0] - furthest[1]).max() <= WITHIN
    assert (amounts @ around.normals.T <= around.limits + hull.OUTSIDE_SLACK).all()


@pytest.mark.parametrize("colors", [[[7, 7, 7]], [[0, 0, 0], [255, 255, 255]], [[9, 9, 9]] * 5, [[0, 0, 0], [9, 0, 0]]])
def test_a_hull_of_one_colour_or_of_a_line_is_thin(colors):
    amounts = perceptual_metric.values("linear")[np.array(colors)]
    around = hull.around(amounts)
    assert (amounts @ around.normals.T <= around.limits + hull.OUTSIDE_SLACK).all()
    assert not (np.array([0.5, 0.2, 0.8]) @ around.normals.T <= around.limits + hull.OUTSIDE_SLACK).all()


@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@pytest.mark.parametrize("name", PALETTES)
def test_what_a_palette_can_mix_is_left_as_it_is(name, light):
    palette = PALETTES[name].paints
    for wish in (mixes(palette, light), palette[None]):
        assert mixable.mixes(wish, palette, light) is wish


@pytest.mark.parametrize("name", PALETTES)
def test_what_it_can_not_mix_stays_as_bright(name):
    palette = PALETTES[name].paints
    wish = bench.held(bench.wishes(), palette)[None]
    became = mixable.mixes(wish, palette, "linear")[..., :3]
    # Rounding to 8 bits is up to 0.0045 of full light, and a cell has one change in sRGB, not in light
    assert np.abs(bench.luminance(became) - bench.luminance(wish)).max(initial=0) <= 0.015


@pytest.mark.parametrize("dither", SHARING)
def test_what_is_brighter_than_a_palette_is_its_brightest_colour(dither):
    sky = np.full((32, 32, 4), (100, 170, 255, 255), np.uint8)
    for name in ("virtual-boy", "gameboy-bgb", "slso8"):
        palette = library.palette(name)
        brightest = palette.paints[bench.luminance(palette.paints).argmax()]
        sky[..., :3] = (100, 170, 255) if name == "virtual-boy" else (255, 255, 255)
        shown = quantize(sky, Quantization(palette, dither=dither))[..., :3]
        assert (shown == brightest).all(), name


@pytest.mark.parametrize("dither", ["knoll-8", "yliluoma-2"])
def test_lists_of_colours_keep_the_light_of_each_colour_in_every_palette(dither):
    for palette in PALETTES.values():
        wish = bench.held(bench.wishes(), palette.paints)
        if len(wish) >= bench.ENOUGH:
            errors = bench.shown(wish, palette, "oklab", dither) - bench.luminance(wish)
            assert np.abs(errors).max() <= bench.EACH
            assert abs(errors.mean()) <= bench.MEAN


@pytest.mark.parametrize(
    ("name", "color"), [("pico-8", (9, 251, 248)), ("endesga-16", (187, 234, 217)), ("cga-0-high", (110, 250, 23))]
)
@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("dither", ["floyd-steinberg", "sierra-lite", "riemersma"])
def test_what_is_cut_off_a_sum_leaves_its_light(dither, metric, name, color):
    wish = np.array([color], np.uint8)
    shown = bench.shown(wish, PALETTES[name], metric, dither)
    assert np.abs(shown - bench.luminance(wish)) <= bench.EACH


@pytest.mark.parametrize("dither", ["floyd-steinberg", "stucki"])
def test_error_diffusion_keeps_the_mean_light_in_every_palette(dither):
    for palette in PALETTES.values():
        wish = bench.held(bench.wishes(bench.DIFFUSED_COLORS), palette.paints)
        if len(wish) >= bench.ENOUGH:
            errors = bench.shown(wish, palette, "oklab", dither) - bench.luminance(wish)
            assert abs(errors.mean()) <= bench.MEAN


def test_strength_is_the_share_of_a_change_and_alpha_stays():
    palette = library.palette("gameboy").paints
    wish = np.array([[[200, 40, 90, 7], [30, 90, 250, 255]]], np.uint8)
    whole = mixable.mixes(wish, palette, "linear").astype(int)
    half = mixable.mixes(wish, palette, "linear", 0.5)
    assert (half == wish + np.rint((whole - wish) * 0.5)).all()
    assert (whole[..., 3] == wish[..., 3]).all()
    assert (mixable.mixes(wish, palette, "linear", 0.0) == wish).all()


@needs_numba
@settings(deadline=None)
@given(PICTURES, COLORS, st.sampled_from(arithmetic.LIGHTS), st.sampled_from([1.0, 0.6]))
def test_both_forms_change_the_same(rgba, colors, light, strength):
    palette, pull = Palette.of(colors).paints, mixable.pulls(strength)
    plans = mixable.new_book(palette, light)
    cells = mixable.unknown.plain(rgba, plans)
    assert np.array_equal(cells, mixable.unknown.fast(rgba, plans))
    if len(cells):
        assert mixable.moved.plain(rgba, plans, pull) is mixable.moved.fast(rgba, plans, pull) is None
        for one, other in zip(mixable.settled.plain(cells, plans), mixable.settled.fast(cells, plans), strict=True):
            assert np.array_equal(one, other)
        mixable.fill(plans, cells)
    assert np.array_equal(mixable.moved.plain(rgba, plans, pull), mixable.moved.fast(rgba, plans, pull))


@needs_numba
@pytest.mark.parametrize("name", PALETTES)
def test_both_forms_settle_all_palettes_alike(name):
    plans = mixable.new_book(PALETTES[name].paints, "linear")
    cells = np.random.default_rng(6).integers(0, len(plans.moves), 1500).astype(np.int32)
    for one, other in zip(mixable.settled.plain(cells, plans), mixable.settled.fast(cells, plans), strict=True):
        assert np.array_equal(one, other)


def test_a_colour_changes_in_the_same_way_in_every_picture():
    palette = library.palette("pico-8").paints
    rgb = np.random.default_rng(7).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = mixable.mixes(rgb, palette, "linear")[..., :3]
    crops = [mixable.mixes(rgb[y : y + 1], palette, "linear")[..., :3] for y in range(64)]
    assert np.array_equal(np.concatenate(crops), whole)


def test_a_red_stays_nearer_to_red_than_to_grey():
    palette = library.palette("sweetie-16").paints
    r, g, b = spaces.linear(mixable.mixes(np.array([[[170, 53, 27]]], np.uint8), palette, "linear")[0, 0, :3])
    assert r > 4 * max(g, b)


def test_an_unknown_light_is_said():
    with pytest.raises(UnknownName, match="Light"):
        mixable.new_book(np.zeros((1, 3), np.uint8), "moon")
