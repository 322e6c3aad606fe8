"""Colour spaces agree with published values, and nearest is the nearest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel import color, nearest
from pixart_nodes.pixel.errors import UnknownName

COLORS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)))
SPACED = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)), elements=st.sampled_from([0, 128, 255]))


def brute_force(rgb, palette, metric):
    """The plainest search there is: one colour, one entry at a time, the first of equals stays."""
    found = []
    for one in rgb:
        far = [color.distances(one[None], entry[None], metric)[0, 0] for entry in palette]
        found.append(far.index(min(far)))
    return found


@pytest.mark.parametrize("metric", color.METRICS)
@given(rgb=COLORS, palette=COLORS)
def test_nearest_is_what_brute_force_finds(metric, rgb, palette):
    assert nearest.indices(rgb, palette, metric).tolist() == brute_force(rgb, palette, metric)


@pytest.mark.parametrize("metric", color.METRICS)
@given(rgb=SPACED, palette=SPACED)
def test_of_equally_near_colours_the_first_wins(metric, rgb, palette):
    assert nearest.indices(rgb, palette, metric).tolist() == brute_force(rgb, palette, metric)


@pytest.mark.parametrize("metric", color.METRICS)
def test_a_large_picture_is_searched_as_a_small_one(metric):
    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (300, 200, 3), dtype=np.uint8)
    palette = random.integers(0, 256, (256, 3), dtype=np.uint8)
    found = nearest.indices(picture, palette, metric)
    assert found.shape == (300, 200)
    assert found[7, :20].tolist() == brute_force(picture[7, :20], palette, metric)


def test_oklab_agrees_with_its_author():
    # White and the sRGB primaries, as printed with his article and in CSS Color 4.
    table = {
        (255, 255, 255): (1.0, 0.0, 0.0),
        (255, 0, 0): (0.627955, 0.224863, 0.125846),
        (0, 255, 0): (0.866440, -0.233888, 0.179498),
        (0, 0, 255): (0.452014, -0.032457, -0.311528),
    }
    assert color.oklab(np.array(list(table), np.uint8)) == pytest.approx(np.array(list(table.values())), abs=1e-5)


def test_cielab_agrees_with_the_standard():
    # Bruce Lindbloom's calculator, sRGB and D65, printed with four digits.
    table = {
        (255, 255, 255): (100, 0, 0),
        (255, 0, 0): (53.2408, 80.0925, 67.2032),
        (0, 0, 255): (32.2970, 79.1875, -107.8602),
    }
    assert color.cielab(np.array(list(table), np.uint8)) == pytest.approx(np.array(list(table.values())), abs=1e-2)


def test_oklab_cielab_and_the_srgb_curve_can_be_undone():
    every = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), -1).reshape(-1, 3).astype(np.uint8)
    assert np.array_equal(np.rint(color.from_oklab(color.oklab(every))), every)
    assert np.array_equal(np.rint(color.from_cielab(color.cielab(every))), every)
    assert np.array_equal(np.rint(color.encoded(color.linear(np.arange(256)))), np.arange(256))


def test_bytes_and_floats_have_the_same_light():
    assert np.array_equal(color.linear(np.arange(256, dtype=np.uint8)), color.linear(np.arange(256.0)))


def test_redmean_is_the_published_formula_times_512():
    a, b = (10, 200, 30), (250, 0, 90)
    mean = (a[0] + b[0]) / 2
    published = (2 + mean / 256) * 240**2 + 4 * 200**2 + (2 + (255 - mean) / 256) * 60**2
    assert color.distances([a], [b], "redmean")[0, 0] == 512 * published


def test_an_unknown_metric_is_named_with_a_suggestion():
    with pytest.raises(UnknownName, match=r"'oklap' is unknown\. Did you mean 'oklab'"):
        nearest.indices(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 3), np.uint8), "oklap")
