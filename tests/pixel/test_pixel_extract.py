"""An extracted palette stands for its picture, and is the same every time."""

from itertools import combinations

import golden
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.errors import PaletteError, PictureError, UnknownName
from pixart_nodes.pixel.palette import cuts
from pixart_nodes.pixel.palette.extract import METHODS, extract
from pixart_nodes.pixel.palette.palette import Palette, distinct, packed

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(4)))


def opaque(rgba):
    rgba = rgba.copy()
    rgba[..., 3] = 255
    return rgba


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(rgba=PICTURES.map(opaque), count=st.integers(2, 20))
def test_there_are_as_many_colours_as_asked_or_as_there_are(method, rgba, count):
    distinct_colors = len(distinct(rgba.reshape(-1, 4)))
    assert len(extract(rgba, count, method)) == min(count, distinct_colors)


@pytest.mark.parametrize("method", METHODS)
@given(rgba=PICTURES.map(opaque))
def test_a_picture_with_few_colours_gives_exactly_those(method, rgba):
    found = extract(rgba, 256, method).colors
    assert sorted(packed(found)) == sorted(packed(distinct(rgba.reshape(-1, 4))))


@pytest.mark.parametrize("method", METHODS)
def test_the_same_picture_gives_the_same_palette(method):
    random = np.random.default_rng(8).integers(0, 256, (150, 150, 4), dtype=np.uint8)
    assert extract(random, 64, method).hex() == extract(random.copy(), 64, method).hex()


def error_of(palette):
    """Mean distance in sRGB levels between the scene and the scene in that palette."""
    scene = golden.small()
    seen = scene[..., 3] == 255
    return np.linalg.norm(
        quantize(scene, Quantization(palette))[seen][:, :3] - scene[seen][:, :3].astype(float), axis=1
    ).mean()


@pytest.mark.parametrize("method", METHODS)
def test_more_colours_come_closer_and_closer_than_chance(method):
    scene, random = golden.small(), np.random.default_rng(11)
    pixels = scene[scene[..., 3] == 255][:, :3]
    counts = (4, 16, 64)
    errors = [error_of(extract(scene, count, method)) for count in counts]
    draws = [[error_of(Palette.of(random.permutation(pixels)[:count])) for count in counts] for _ in range(9)]
    assert errors == sorted(errors, reverse=True)
    assert (errors < 0.9 * np.median(draws, axis=0)).all()


@pytest.mark.parametrize("method", METHODS)
def test_transparent_pixels_do_not_count(method):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[..., 1] = 255
    rgba[0, 0] = [9, 9, 9, 255]
    assert extract(rgba, 4, method).hex() == ["090909"]


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_has_one_palette_ordered_from_dark_to_light(method):
    batch = np.full((2, 3, 3, 4), 255, np.uint8)
    batch[0, ..., :3] = 200
    batch[1, ..., :3] = 20
    assert extract(batch, 4, method).hex() == ["141414", "c8c8c8"]


def test_nothing_opaque_is_said_so():
    with pytest.raises(PictureError, match="no opaque pixel"):
        extract(np.zeros((2, 2, 4), np.uint8), 4)


@pytest.mark.parametrize("name", ["kmeans", "K-MEANS"])
def test_an_unknown_method_is_named_with_a_suggestion_in_any_letter_case(name):
    with pytest.raises(UnknownName, match="Did you mean 'k-means'"):
        extract(np.zeros((2, 2, 4), np.uint8), 4, name)


def distance_of(rgba, palette):
    """Mean OKLab distance from the opaque pixels to their nearest colours."""
    pixels = rgba[rgba[..., 3] >= 128][:, :3]
    return np.sqrt(spaces.distances(pixels, palette.colors, "oklab").min(axis=1)).mean()


SCENE = golden.small()
LARGE = golden.sunset(384, 256)  # large enough to be counted in bins


@pytest.mark.parametrize("picture", ["small", "large"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 9, 64, 256])
def test_a_picture_with_many_colours_gives_as_many_as_asked(method, count, picture):
    assert len(extract(SCENE if picture == "small" else LARGE, count, method)) == count


def test_k_means_beats_the_others():
    for count in (8, 32):
        errors = {method: distance_of(SCENE, extract(SCENE, count, method)) for method in METHODS}
        assert min(errors, key=errors.__getitem__) == "k-means"


@pytest.mark.parametrize("method", METHODS)
def test_colours_that_hardly_differ_still_give_as_many_as_asked(method):
    dark = opaque(np.random.default_rng(3).integers(0, 4, (20, 20, 4), dtype=np.uint8))
    count = len(distinct(dark.reshape(-1, 4))) - 1
    assert len(extract(dark, count, method)) == count


LOCKED = Palette.of([(255, 0, 255), (0, 0, 0), (240, 240, 200)])


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=30)
@given(rgba=PICTURES.map(opaque), count=st.integers(3, 20))
def test_locked_colours_are_kept_and_the_rest_is_filled_around_them(method, rgba, count):
    found = extract(rgba, count, method, locked=LOCKED)
    together = distinct(np.concatenate([LOCKED.colors, rgba[..., :3].reshape(-1, 3)]))
    assert set(LOCKED.hex()) <= set(found.hex())
    assert len(found) == min(count, len(together))


@pytest.mark.parametrize("method", METHODS)
def test_no_colour_is_spent_on_what_a_locked_one_stands_for(method):
    two = np.full((10, 10, 4), 255, np.uint8)
    two[:9, ..., :3] = [250, 0, 250]  # nearly the locked one, and most of the picture
    two[9, :, :3] = np.arange(10)[:, None] * 20
    free = set(extract(two, 8, method, locked=Palette.of([(255, 0, 255)])).hex()) - {"ff00ff"}
    assert "fa00fa" not in free and len(free) == 7


def test_locking_more_colours_than_asked_for_is_refused():
    with pytest.raises(PaletteError, match="3 colours are locked and 2 asked for"):
        extract(SCENE, 2, locked=LOCKED)


def test_locking_as_many_as_asked_for_gives_those():
    assert sorted(extract(SCENE, 3, "k-means", locked=LOCKED).hex()) == sorted(LOCKED.hex())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("quality", [50, 70, 80, 90])
def test_a_quality_takes_the_fewest_colours_that_reach_it(method, quality):
    found = extract(SCENE, 256, method, quality=quality)
    # 1e-5: the search is in float32
    assert distance_of(SCENE, found) <= (100 - quality) / 1000 + 1e-5
    fewer = extract(SCENE, len(found) - 1, method)
    assert distance_of(SCENE, fewer) > (100 - quality) / 1000 - 1e-5


def test_a_quality_out_of_reach_gives_all_the_colours_asked_for():
    assert extract(SCENE, 8, "k-means", quality=99).hex() == extract(SCENE, 8, "k-means").hex()


@pytest.mark.parametrize("method", METHODS)
def test_the_best_quality_is_every_colour_where_there_are_few(method):
    few = SCENE[:8, 8:24]
    assert extract(few, 256, method, quality=100).hex() == extract(few, 256, method).hex()
    assert len(extract(few, 256, method, quality=50)) < 8


@pytest.mark.parametrize("method", METHODS)
def test_weights_say_what_counts(method):
    halves = np.full((8, 8, 4), 255, np.uint8)
    halves[:4, ..., :3] = [10, 20, 30]
    halves[4:, ..., :3] = np.arange(8)[:, None] * 30
    weights = np.zeros((8, 8), np.uint8)
    weights[:4] = 255
    assert extract(halves, 4, method, weights=weights).hex() == ["0a141e"]
    with pytest.raises(PictureError, match="where the mask isn't black"):
        extract(halves, 4, method, weights=weights * 0)


def test_an_octrees_cubes_are_joined_by_what_is_lost_least():
    random = np.random.default_rng(4)
    means, weights = random.random((12, 3)) * 255, random.integers(1, 9, 12).astype(float)

    def loss(pair):
        one, other = pair
        distance = ((boxes[one][0] - boxes[other][0]) ** 2).sum()
        return distance * boxes[one][1] * boxes[other][1] / (boxes[one][1] + boxes[other][1])

    boxes = list(zip(means, weights, strict=True))
    while len(boxes) > 4:
        one, other = min(combinations(range(len(boxes)), 2), key=loss)
        (mean, weight), (added, more) = boxes[one], boxes.pop(other)
        boxes[one] = (mean * weight + added * more) / (weight + more), weight + more
    joined = cuts._joined(means, weights, 4)
    assert joined == pytest.approx(np.array([mean for mean, _ in boxes]), abs=1e-9)  # sums in another order
