"""Colours come over as near as they can, the drawing stays, and nothing gets noisy or random."""

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.color.spaces import oklab
from pixart_nodes.pixel.palette.transfer import transferred
from sketches import tree

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(4)))
Y, X = np.mgrid[0:96, 0:128] / np.array([96, 128]).reshape(2, 1, 1)


def opaque(rgb):
    pixels = np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def flat(*color, side=16):
    return opaque(np.full((side, side, 3), color))


SUNSET = opaque(np.stack([255 - 60 * Y, 220 - 200 * Y + 20 * X, 90 + 110 * Y * X], axis=-1))
SEA = opaque(np.stack([30 + 50 * X * Y, 90 + 110 * X, 120 + 120 * X - 40 * Y], axis=-1))
FOREST = opaque(np.stack([20 + 90 * X * X, 60 + 130 * X, 20 + 60 * Y], axis=-1))
GREY = opaque(np.repeat((255 * X * Y)[..., None], 3, axis=2))
PAPER = opaque(np.where((np.abs(Y - X) < 0.05)[..., None], [0, 0, 0], [255, 255, 255]))
SCENES = {"sunset": SUNSET, "sea": SEA, "forest": FOREST, "grey": GREY, "paper": PAPER}
PAIRS = [(one, other) for one in SCENES for other in SCENES if one != other]


LEVELS = (np.arange(256) + 0.5) / 256
DIRECTIONS = np.random.default_rng(0).normal(size=(3, 64))
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=0)


def quantiles(rgba):
    return np.quantile(oklab(rgba[..., :3]).reshape(-1, 3) @ DIRECTIONS, LEVELS, axis=0)


of_scene = cache(lambda name: quantiles(SCENES[name]))  # which cost more than a transfer


def distance(one, other):
    """Sliced Wasserstein distance in OKLab: the mean over 64 directions of how far quantiles lie apart."""
    return float(np.sqrt(((one - other) ** 2).mean()))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_more_amount_is_nearer_and_all_the_way_several_times(one, other):
    none, some, most, whole = (transferred(SCENES[one], SCENES[other], amount) for amount in (0, 0.35, 0.7, 1))
    assert np.array_equal(none, SCENES[one])
    assert np.array_equal(whole, transferred(SCENES[one], SCENES[other]))
    before, *steps = (distance(each, of_scene(other)) for each in (of_scene(one), *map(quantiles, (some, most, whole))))
    assert [before, *steps] == sorted([before, *steps], reverse=True)
    # Smooth maps make neither many colours of ink and paper nor ink and paper of many colours.
    share = 0.65 if "paper" in (one, other) else 0.15
    assert steps[-1] < share * before


@given(PICTURES, PICTURES)
def test_amount_0_changes_nothing(picture, style):
    assert np.array_equal(transferred(picture, style, 0), picture)


@given(PICTURES, PICTURES, st.floats(0, 1))
def test_any_pictures_however_small_work_and_alpha_stays(picture, style, amount):
    result = transferred(picture, style, amount)
    hidden = picture[..., 3] == 0
    assert np.array_equal(result[..., 3], picture[..., 3])
    assert np.array_equal(result[hidden], picture[hidden])


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_pictures_give_the_same_bytes(scene):
    assert transferred(SCENES[scene], SEA, 0.7).tobytes() == transferred(SCENES[scene], SEA, 0.7).tobytes()


@pytest.mark.parametrize("scene", SCENES)
def test_a_picture_in_its_own_colours_hardly_changes(scene):
    # The limit on gains and the floor under variances pull a little; no eye sees a difference of 0.02 in OKLab.
    step = oklab(transferred(SCENES[scene], SCENES[scene])[..., :3]) - oklab(SCENES[scene][..., :3])
    assert np.linalg.norm(step, axis=2).mean() < 0.02


@pytest.mark.parametrize("scene", SCENES)
def test_only_the_shares_of_the_styles_colours_count_not_its_size(scene):
    larger = SEA.repeat(3, axis=0).repeat(2, axis=1)
    step = transferred(SCENES[scene], larger).astype(int) - transferred(SCENES[scene], SEA)
    assert np.abs(step).max() <= 1  # sums in another order


@pytest.mark.parametrize("color", [(200, 40, 90), (0, 0, 0), (255, 255, 255), (10, 200, 30)])
@pytest.mark.parametrize("side", [1, 16])
def test_a_style_of_one_colour_gives_that_colour(color, side):
    made = transferred(SUNSET, flat(*color, side=side))[..., :3]
    assert np.abs(made.astype(int) - color).max() <= 1  # OKLab and back, rounded


def test_a_picture_of_one_colour_gets_the_styles_mean_and_stays_flat():
    made = oklab(np.unique(transferred(flat(120, 120, 120), SEA)[..., :3].reshape(-1, 3), axis=0))
    assert len(made) == 1
    # The map is soft, so the colour lies near the mean rather than on it.
    assert np.linalg.norm(made[0] - oklab(SEA[..., :3]).reshape(-1, 3).mean(axis=0)) < 0.02


@pytest.mark.parametrize("scene", SCENES)
def test_a_grey_style_gives_greys(scene):
    made = transferred(SCENES[scene], GREY)[..., :3].astype(int)
    assert np.ptp(made, axis=2).max() <= 1


@pytest.mark.parametrize("style", SCENES)
@pytest.mark.parametrize("grain", [2, 6])
def test_the_noise_of_a_flat_picture_grows_little(style, grain):
    noisy = opaque(120 + np.random.default_rng(3).normal(0, grain, (64, 64, 3)))
    noise = [oklab(one[..., :3]).std(axis=(0, 1)).max() for one in (noisy, transferred(noisy, SCENES[style]))]
    assert noise[1] < 2 * noise[0]  # 10 to 30 times as much if the flat picture were spread as wide as its style


@pytest.mark.parametrize("style", SCENES)
def test_a_smooth_ramp_stays_smooth_and_keeps_its_order(style):
    ramp = opaque(np.repeat(np.arange(256.0)[None, :, None], 3, axis=2))
    light = oklab(transferred(ramp, SCENES[style])[0, :, :3])[:, 0]
    steps = np.diff(light)
    assert steps.min() > -0.01  # a byte of one channel less may be darker by that much
    assert steps.max() < 0.12 and light[-1] > light[0]


def test_colours_that_are_the_same_stay_the_same():
    sketch = np.array(tree(64))
    made = transferred(sketch, SUNSET)
    seen = sketch[..., 3] > 0
    pairs = np.unique(np.concatenate([sketch[seen][:, :3], made[seen][:, :3]], axis=1), axis=0)
    assert len(pairs) == len(np.unique(sketch[seen][:, :3], axis=0))


def test_transparent_pixels_count_neither_here_nor_there():
    garish = np.random.default_rng(1).integers(0, 256, SEA.shape, dtype=np.uint8)
    garish[..., 3] = 0
    plain, wide = transferred(SUNSET, SEA), np.concatenate([SUNSET, garish], axis=1)
    assert np.array_equal(transferred(wide, np.concatenate([SEA, garish]))[:, : SUNSET.shape[1]], plain)


@pytest.mark.parametrize("nothing", ["picture", "style"])
def test_nothing_visible_changes_nothing(nothing):
    hidden = SEA.copy()
    hidden[..., 3] = 0
    pair = (hidden, SUNSET) if nothing == "picture" else (SUNSET, hidden)
    assert np.array_equal(transferred(*pair), pair[0])


def test_a_large_photo_is_a_matter_of_seconds():
    # a quarter of a million colours: the most work there is
    photo = opaque(np.random.default_rng(2).integers(0, 256, (512, 512, 3)))
    start = time.process_time()
    transferred(photo, photo[::-1, ::-1], 0.7)
    assert time.process_time() - start < 10  # ten times what it takes; guards against another order of growth
