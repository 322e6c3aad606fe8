"""Colour spaces agree with published values, and nearest is the nearest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette import nearest

COLORS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)))
SPACED = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)), elements=st.sampled_from([0, 128, 255]))

# CIELAB, CIELAB, CIEDE2000: table 1 of Sharma, Wu and Dalal (2005), made to find mistakes in implementations
SHARMA = [
    (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
    (50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615),
    (50.0, 2.8361, -74.02, 50.0, 0.0, -82.7485, 3.4412),
    (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0),
    (50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0),
    (50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0),
    (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
    (50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.001, 7.1792),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195),
    (50.0, 2.49, -0.001, 50.0, -2.49, 0.0012, 7.2195),
    (50.0, -0.001, 2.49, 50.0, 0.0009, -2.49, 4.8045),
    (50.0, -0.001, 2.49, 50.0, 0.001, -2.49, 4.8045),
    (50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461),
    (50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065),
    (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
    (50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977),
    (50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.903),
    (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
    (50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0),
    (50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0),
    (50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0),
    (50.0, 2.5, 0.0, 50.0, 3.2592, 0.335, 1.0),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.263),
    (61.2901, 3.7196, -5.3901, 61.4292, 2.248, -4.962, 1.8731),
    (35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645),
    (22.7233, 20.0904, -46.694, 23.0331, 14.973, -42.5619, 2.0373),
    (36.4612, 47.858, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146),
    (90.8027, -2.0831, 1.441, 91.1528, -1.6435, 0.0447, 1.4441),
    (90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381),
    (6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377),
    (2.0776, 0.0795, -1.135, 0.9033, -0.0636, -0.5514, 0.9082),
]


def brute_force(rgb, palette, metric):
    """The plainest search there is: one colour, one entry at a time, the first of equals stays."""
    found = []
    for one in rgb:
        far = [spaces.distances(one[None], entry[None], metric)[0, 0] for entry in palette]
        found.append(far.index(min(far)))
    return found


@pytest.mark.parametrize("metric", spaces.METRICS)
@given(rgb=COLORS, palette=COLORS)
def test_nearest_is_what_brute_force_finds(metric, rgb, palette):
    assert nearest.indices(rgb, palette, metric).tolist() == brute_force(rgb, palette, metric)


@pytest.mark.parametrize("metric", spaces.METRICS)
@given(rgb=SPACED, palette=SPACED)
def test_of_equally_near_colours_the_first_wins(metric, rgb, palette):
    assert nearest.indices(rgb, palette, metric).tolist() == brute_force(rgb, palette, metric)


@pytest.mark.parametrize("metric", spaces.METRICS)
def test_a_large_picture_is_searched_as_a_small_one(metric):
    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (190, 90, 3), dtype=np.uint8)
    palette = random.integers(0, 256, (256, 3), dtype=np.uint8)
    found = nearest.indices(picture, palette, metric)
    assert found.shape == (190, 90)
    assert found[7, :20].tolist() == brute_force(picture[7, :20], palette, metric)


def test_oklab_agrees_with_its_author():
    # White and the sRGB primaries, as printed with his article and in CSS Color 4.
    table = {
        (255, 255, 255): (1.0, 0.0, 0.0),
        (255, 0, 0): (0.627955, 0.224863, 0.125846),
        (0, 255, 0): (0.866440, -0.233888, 0.179498),
        (0, 0, 255): (0.452014, -0.032457, -0.311528),
    }
    assert spaces.oklab(np.array(list(table), np.uint8)) == pytest.approx(np.array(list(table.values())), abs=1e-5)


def test_cielab_agrees_with_the_standard():
    # Bruce Lindbloom's calculator, sRGB and D65, printed with four digits.
    table = {
        (255, 255, 255): (100, 0, 0),
        (255, 0, 0): (53.2408, 80.0925, 67.2032),
        (0, 0, 255): (32.2970, 79.1875, -107.8602),
    }
    assert spaces.cielab(np.array(list(table), np.uint8)) == pytest.approx(np.array(list(table.values())), abs=1e-2)


def test_oklab_cielab_and_the_srgb_curve_can_be_undone():
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).reshape(-1, 3).astype(np.uint8)
    assert np.array_equal(np.rint(spaces.from_oklab(spaces.oklab(every))), every)
    assert np.array_equal(np.rint(spaces.from_cielab(spaces.cielab(every))), every)
    assert np.array_equal(np.rint(spaces.encoded(spaces.linear(np.arange(256)))), np.arange(256))


def test_bytes_and_floats_have_the_same_light():
    assert np.array_equal(spaces.linear(np.arange(256, dtype=np.uint8)), spaces.linear(np.arange(256.0)))


def test_redmean_is_the_published_formula_times_512():
    a, b = (10, 200, 30), (250, 0, 90)
    mean = (a[0] + b[0]) / 2
    published = (2 + mean / 256) * 240**2 + 4 * 200**2 + (2 + (255 - mean) / 256) * 60**2
    assert spaces.distances([a], [b], "redmean")[0, 0] == 512 * published


@pytest.mark.parametrize("pair", SHARMA, ids=str)
def test_ciede2000_agrees_with_the_published_pairs_both_ways(pair):
    one, other = np.array(pair[:3])[:, None], np.array(pair[3:6])[:, None]
    published = pytest.approx(pair[6], abs=5e-5)  # printed with four digits
    assert np.sqrt(spaces.ciede2000(one, other))[0] == published
    assert np.sqrt(spaces.ciede2000(other, one))[0] == published


@given(one=COLORS, other=COLORS)
def test_no_ciede2000_difference_is_below_its_share_of_lightness(one, other):
    a, b = spaces.exact_grey_cielab(one).T[:, :, None], spaces.exact_grey_cielab(other).T[:, None, :]
    assert (spaces.ciede2000(a, b) >= spaces.lightness_share(a, b) * (1 - 1e-9)).all()


def test_greys_have_no_hue_in_ciede2000():
    every = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert not spaces.exact_grey_cielab(every)[:, 1:].any()


def test_a_colour_does_not_depend_on_the_company_it_is_converted_in():
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).reshape(-1, 3).astype(np.uint8)
    for space in (spaces.oklab, spaces.cielab):
        assert np.array_equal(np.concatenate([space(one[None]) for one in every[::7]]), space(every)[::7])


def test_an_unknown_metric_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match=r"'oklap' is unknown\. Did you mean 'oklab'"):
        nearest.indices(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 3), np.uint8), "oklap")
