"""Dithers by position keep the mean, on sparse palettes too, and repeat no matter how a picture is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.color import perceptual_metric, spaces
from pixart_nodes.pixel.dither import arithmetic, mixing, riemersma, threshold_matrix
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS
from pixart_nodes.pixel.dither.positional import RECIPES
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette import nearest
from pixart_nodes.pixel.palette.palette import Palette

BLACK_WHITE = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))
PALETTES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.just(3))).map(lambda colors: Palette.of(colors).colors)
MATRICES = [*threshold_matrix.PATTERNS, *RECIPES]  # every method whose choice depends on colour and position only
METHODS = [name for name in DITHERS if name not in ("none", *KERNELS)]


def dithered(rgb, palette, metric, name, strength=1.0, light="linear"):
    """Indices as a dither of the table gives them, where all is opaque."""
    settings = Quantization(Palette.from_table(palette), metric, name, strength, light=light)
    return DITHERS[name].run(rgb, np.ones(rgb.shape[:2], bool), palette, settings)


def levels(name):
    """How many steps between two colours a method can show, and the tile [height, width] that shows them."""
    if name in RECIPES:
        return RECIPES[name].side ** 2, (RECIPES[name].side,) * 2
    return int(threshold_matrix.PATTERNS[name]().max()) + 1, threshold_matrix.PATTERNS[name]().shape


def flat(value, side):
    return np.full((side, side, 3), value, np.uint8)


def greys(height, width):
    """256 flat tiles beside each other."""
    return np.broadcast_to(np.repeat(np.arange(256, dtype=np.uint8), width)[:, None], (height, 256 * width, 3))


@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", MATRICES)
def test_flat_greys_keep_their_mean_within_half_a_level(name, metric, light):
    amounts, (steps, (height, width)) = perceptual_metric.values(light), levels(name)
    shown = amounts[BLACK_WHITE[dithered(greys(height, width), BLACK_WHITE, metric, name, 1.0, light)]]
    means = shown.reshape(height, 256, width, 3).mean(axis=(0, 2, 3))
    # half a step of what the matrix can show, and the rounding of a share in float32
    assert np.abs(means - amounts).max() <= 0.5 / steps + 2e-6


# Of two colours there is nothing to choose between, so that only the pattern's own levels can miss.
@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", MATRICES)
def test_a_green_on_black_and_white_is_as_bright_as_it_was(name, metric):
    steps, (height, width) = levels(name)
    shown = BLACK_WHITE[dithered(np.full((height, width, 3), (0, 255, 0), np.uint8), BLACK_WHITE, metric, name)]
    assert abs(spaces.linear(shown).mean() - 0.7152) <= 0.5 / steps + 0.005


BRIGHT = {"gameboy", "cga-1-high", "virtual-boy", "2-bit-grayscale", "pico-8", "endesga-32", "resurrect-64"}


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", ["bayer-4", "bayer-8", "horizontal-lines", "clustered-dot-8"])
def test_flat_colours_keep_the_brightness_that_the_palette_has(name, metric):
    height, width = levels(name)[1]
    wishes = np.random.default_rng(12).integers(0, 256, (120, 3), dtype=np.uint8)
    for palette in (library.palette(each).colors for each in sorted(BRIGHT)):
        tones = spaces.linear(palette) @ spaces.LUMINANCE
        light = spaces.linear(wishes) @ spaces.LUMINANCE
        inside = (light >= tones.min()) & (light <= tones.max())
        tiles = np.broadcast_to(np.repeat(wishes[inside], width, axis=0), (height, width * int(inside.sum()), 3))
        shown = tones[dithered(tiles, palette, metric, name)].reshape(height, -1, width).mean(axis=(0, 2))
        off = np.abs(shown - light[inside])
        # bright colours at the edge of a cell may miss by a level more than its middle
        assert (off > 0.04).mean() <= 0.01 and off.max() <= 0.07 and abs((shown - light[inside]).mean()) <= 0.01


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", ["checkerboard", "bayer-2"])
def test_an_orange_on_greens_is_mixed_of_what_the_pattern_can_show(name, metric):
    palette = library.palette("gameboy-bgb").colors
    tones, wish = spaces.linear(palette) @ spaces.LUMINANCE, (235, 100, 60)
    shown = tones[dithered(flat(wish, 4), palette, metric, name)].mean()
    shares = np.arange(levels(name)[0] + 1) / levels(name)[0]
    reach = tones[:, None, None] * shares + tones[:, None] * (1 - shares)
    light = spaces.linear(np.array(wish, np.uint8)) @ spaces.LUMINANCE
    assert abs(shown - light) == pytest.approx(np.abs(reach - light).min(), abs=0.005)  # a cell's width


@pytest.mark.parametrize("light", arithmetic.LIGHTS)
def test_riemersma_keeps_flat_greys(light):
    amounts, weights = perceptual_metric.values(light), riemersma.weights()
    owed = (np.cumsum(weights[::-1]) / 2).sum()  # at the curve's end at most: of half a pixel each, what is yet to come
    for value in range(0, 256, 5):
        shown = BLACK_WHITE[dithered(flat(value, 32), BLACK_WHITE, "oklab", "riemersma", 1.0, light)]
        assert abs(amounts[shown].mean() - amounts[value]) * 32 * 32 <= owed, value


@pytest.mark.parametrize("palette", ["gameboy", "gameboy-bgb", "gb-studio", "gameboy-arne", "virtual-boy"])
def test_a_grey_wedge_on_four_tones_never_mixes_the_darkest_with_the_lightest(palette):
    colors = library.palette(palette).colors
    ranks = mixing.ranks_by_tone(colors)
    for metric in spaces.METRICS:
        for name in threshold_matrix.PATTERNS:
            shown = ranks[dithered(greys(16, 16), colors, metric, name)].reshape(16, 256, 16).swapaxes(0, 1)
            tones = [set(np.unique(tile).tolist()) for tile in shown]
            assert not any({0, 3} <= tile for tile in tones), (metric, name)


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", threshold_matrix.PATTERNS)
def test_greys_brighter_than_a_palette_are_its_brightest_colour_without_dots(name, metric):
    colors = library.palette("gameboy").colors
    brightest = int(mixing.ranks_by_tone(colors).argmax())
    assert set(dithered(greys(16, 16)[:, 176 * 16 :], colors, metric, name).ravel().tolist()) == {brightest}


# Mean distance in sRGB values between 120 flat colours, each a mix of two palette entries, and what a tile of their
# dither averages to. Without dither it is 21 to 41; adding thresholds of a fixed amplitude leaves 13 to 33.
@pytest.mark.parametrize("palette", ["pico-8", "sweetie-16", "cga", "endesga-32", "gameboy", "slso8"])
@pytest.mark.parametrize(
    ("name", "metric", "bound"),
    # A pair is chosen to be calm too, and "oklab" puts up with a miss that the eye doesn't mind
    # and brightness goes before the rest of a colour
    [("bayer-8", "srgb", 5.5), ("bayer-8", "oklab", 8), ("knoll-8", "srgb", 2), ("yliluoma-2", "srgb", 4)],
)
def test_flat_colours_that_a_palette_can_mix_average_out(palette, name, metric, bound):
    random, colors = np.random.default_rng(3), library.palette(palette).colors
    one, two = random.integers(0, len(colors), (2, 120))
    share = random.random((120, 1))
    wish = np.rint(colors[one] * share + colors[two] * (1 - share)).astype(np.uint8)
    tiles = np.tile(np.repeat(wish, 8, axis=0), (8, 1, 1))  # 120 tiles of 8 x 8 beside each other
    shown = colors[dithered(tiles, colors, metric, name, 1.0, "srgb")]
    mean = shown.reshape(8, 120, 8, 3).mean(axis=(0, 2))
    assert np.linalg.norm(mean - wish, axis=1).mean() < bound


@pytest.mark.parametrize("metric", spaces.METRICS)
@pytest.mark.parametrize("name", ["bayer-4", "blue-noise", "knoll-8", "yliluoma-2", "riemersma"])
def test_a_red_that_the_palette_nearly_has_stays_red(name, metric):
    wish, colors = np.full((32, 32, 3), (170, 53, 27), np.uint8), library.palette("sweetie-16").colors
    light = spaces.linear(colors[dithered(wish, colors, metric, name)]).mean(axis=(0, 1))
    red = spaces.linear(wish[0, 0])[0]
    assert abs(light[0] - red) < 0.4 * red  # black with a few orange dots has a third of it
    assert light[0] > 3 * light[1:].max()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@settings(max_examples=10)
@given(palette=PALETTES, data=st.data())
def test_palette_colours_stay_what_they_are(name, light, palette, data):
    where = data.draw(hnp.arrays(np.intp, (5, 7), elements=st.integers(0, len(palette) - 1)))
    assert np.array_equal(dithered(palette[where], palette, "oklab", name, 1.0, light), where)


def test_neighbours_in_a_dense_palette_stay_what_they_are():
    cube = np.indices((6, 6, 7)).reshape(3, -1).T.astype(np.uint8)  # 252 colours in a few cells
    where = np.random.default_rng(1).integers(0, len(cube), (40, 40))
    for name in METHODS:
        assert np.array_equal(dithered(cube[where], cube, "oklab", name), where), name


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=10)
@given(picture=PICTURES, palette=PALETTES)
def test_no_strength_is_the_nearest_colour(name, picture, palette):
    found = dithered(picture, palette, "oklab", name, 0.0)
    assert np.array_equal(found, nearest.indices(picture, palette, "oklab"))


@pytest.mark.parametrize("name", METHODS)
def test_less_strength_is_less_dither(name):
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3).repeat(16, axis=0)
    near = nearest.indices(ramp, BLACK_WHITE, "oklab")
    differ = [(dithered(ramp, BLACK_WHITE, "oklab", name, s) != near).sum() for s in (0, 0.4, 0.7, 1)]
    assert differ[0] == 0 and differ == sorted(differ) and differ[-1] > differ[1]


@pytest.mark.parametrize("name", MATRICES)
def test_a_crop_on_the_tiles_grid_is_dithered_as_in_the_whole(name):
    picture = np.random.default_rng(4).integers(0, 256, (128, 70, 3), dtype=np.uint8)
    palette = library.palette("sweetie-16").colors
    whole = dithered(picture, palette, "oklab", name)
    assert np.array_equal(dithered(picture[64:, :33], palette, "oklab", name), whole[64:, :33])


@pytest.mark.parametrize("name", MATRICES)
def test_what_was_dithered_before_changes_nothing(name):
    random, palette = np.random.default_rng(5), library.palette("pico-8").colors
    picture, other = random.integers(0, 256, (2, 20, 20, 3), dtype=np.uint8)
    first = dithered(picture, palette, "oklab", name)
    dithered(other, palette, "oklab", name)
    mixing._books.clear()
    assert np.array_equal(dithered(picture, palette, "oklab", name), first)


def test_books_of_the_last_palettes_only_are_kept():
    for first in range(mixing.SHELF_SIZE + 3):
        mixing.book(np.array([[first, 0, 0]], np.uint8), "srgb", "linear")
    assert len(mixing._books) == mixing.SHELF_SIZE


@pytest.mark.parametrize("name", threshold_matrix.PATTERNS)
def test_a_pattern_holds_each_rank_equally_often_and_is_half_on_average(name):
    ranks = threshold_matrix.PATTERNS[name]()
    counts = np.bincount(ranks.ravel())
    assert (counts == counts[0]).all()
    assert threshold_matrix.thresholds(name).mean() == pytest.approx(0.5, abs=1e-7)  # float32


def test_bayer_matrices_are_as_published():
    assert threshold_matrix.bayer(2).tolist() == [[0, 2], [3, 1]]
    assert threshold_matrix.bayer(4).tolist() == [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]


def test_the_shipped_blue_noise_is_what_void_and_cluster_makes():
    assert np.array_equal(np.load(threshold_matrix.BLUE_NOISE), threshold_matrix.void_and_cluster(64))


def test_blue_noise_has_little_of_low_frequencies_at_every_level():
    away = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    for share in (0.1, 0.5, 0.9):
        power = np.abs(np.fft.fft2(threshold_matrix.thresholds("blue-noise") < share)) ** 2
        low, high = power[(away > 0) & (away < 0.1)].mean(), power[away > 0.25].mean()
        assert low < high / 20


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 1), (5, 8), (8, 8), (13, 37), (37, 13)])
def test_the_curve_visits_every_pixel_once_and_seldom_jumps(size):
    path = riemersma.path(*size)
    assert sorted(path) == list(range(size[0] * size[1]))
    y, x = np.divmod(path, size[1])
    jumps = np.abs(np.diff(y)) + np.abs(np.diff(x)) > 1
    assert jumps.sum() <= sum(size)  # only where it leaves the picture


def test_riemersma_weighs_the_newest_error_sixteen_times_the_oldest():
    weights = riemersma.weights()
    assert len(weights) == 16
    assert weights[0] / weights[-1] == pytest.approx(16) and weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("light", arithmetic.LIGHTS)
@pytest.mark.parametrize("metric", spaces.METRICS)
def test_riemersma_smears_no_color_that_the_palette_cant_mix_over_its_neighbors(metric, light):
    greens = np.array([[0, 0, 0], [0, 100, 0]], np.uint8)
    picture = flat(255, 32)
    picture[:, 16:] = 0
    found = riemersma.riemersma(picture, np.ones((32, 32), bool), greens, metric, light)
    assert (found[:, :16] == 1).all() and (found[:, 16:] == 0).all()


def test_riemersma_keeps_the_tones_of_a_picture_in_other_colors():
    greens = library.palette("gameboy").colors
    shown = greens[dithered(greys(16, 16), greens, "oklab", "riemersma")]
    tones = spaces.linear(shown).mean(axis=-1).reshape(16, 16, 16 * 16).mean(axis=(0, 2))
    assert (np.diff(tones) > -0.005).all()


def test_riemersma_carries_nothing_out_of_transparent_pixels():
    picture = np.full((16, 16, 3), 90, np.uint8)
    opaque = np.ones((16, 16), bool)
    opaque[4:12, 4:12] = False
    found = riemersma.riemersma(picture, opaque, BLACK_WHITE, "oklab")
    picture[~opaque] = 250
    assert np.array_equal(riemersma.riemersma(picture, opaque, BLACK_WHITE, "oklab"), found)
    assert not found[~opaque].any()


def test_an_unknown_name_is_answered_with_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'bayer-8'"):
        dithered(flat(1, 2), BLACK_WHITE, "oklab", "bayer-9")
    with pytest.raises(UnknownName, match="Light"):
        dithered(flat(1, 2), BLACK_WHITE, "oklab", "bayer-8", 1.0, "candle")
