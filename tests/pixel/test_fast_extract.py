"""Compiled counting and clustering gives what the plain forms give, bit for bit; and each form what it promises."""

import golden
import numpy as np
import pytest
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.palette.histogram import BIN_OF, STEPS, bins, exact, few, interleaved, parted, points, tally
from pixart_nodes.pixel.palette.k_means import MOST_ROUNDS, assigned, k_means, lloyd, mean_error, variance_cut
from pixart_nodes.pixel.palette.palette import packed

pytest.importorskip("numba", reason="without it there is nothing to compare")
RANDOM = np.random.default_rng(12)


def noise(*shape):
    return RANDOM.integers(0, 256, (*shape, 4), dtype=np.uint8)


PICTURES = {
    "noise": noise(150, 131),
    "scene": golden.sunset(384, 256),
    "flat": np.full((17, 33, 4), 200, np.uint8),
    "one pixel": noise(1, 1),
    "one row": noise(1, 77),
    "one column": noise(77, 1),
    "grey": np.repeat(noise(40, 40)[..., :1], 4, axis=2),
    "larger than a band": np.tile(golden.sunset(384, 256), (3, 2, 1)),
}


def counted(name):
    pixels = PICTURES[name].reshape(-1, 4)
    weights = pixels[:, 3] // 51  # 0 to 5
    return pixels, np.ascontiguousarray(weights)


def same(one, other):
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, int):
        return one == other
    return one is other or (one.dtype == other.dtype and np.array_equal(one, other))


@pytest.mark.parametrize("picture", PICTURES)
def test_bins_are_the_same_in_both_forms_and_add_up_to_every_pixel(picture):
    pixels, weights = counted(picture)
    sums, counts = bins.plain(pixels, weights)
    assert same(bins.fast(pixels, weights), (sums, counts))
    assert counts.sum() == weights.sum() and (counts > 0).all()
    assert (sums.sum(axis=0) == weights.astype(np.int64) @ pixels[:, :3].astype(np.int64)).all()


def test_bins_of_several_threads_add_up(monkeypatch):
    pixels, weights = counted("scene")
    monkeypatch.setattr("pixart_nodes.pixel.compiled.kernels.extract.ENOUGH", 1)
    monkeypatch.setattr("pixart_nodes.pixel.compiled.cores.threads", lambda: 3)
    assert same(bins.fast(pixels, weights), bins.plain(pixels, weights))


@pytest.mark.parametrize("picture", PICTURES)
def test_counting_one_by_one_counts_each_colour(picture):
    pixels, weights = counted(picture)
    found = exact(pixels, weights)
    expected = {}
    for color_, weight in zip(map(bytes, pixels[:, :3]), weights.tolist(), strict=True):
        expected[color_] = expected.get(color_, 0) + weight
    assert (found.sums % found.counts[:, None] == 0).all()
    got = dict(zip(map(bytes, (found.sums // found.counts[:, None]).astype(np.uint8)), found.counts, strict=True))
    assert got == {key: weight for key, weight in expected.items() if weight}


@pytest.mark.parametrize("most", [0, 1, 2, 33, 256])
@pytest.mark.parametrize("picture", PICTURES)
def test_few_colours_are_found_or_known_to_be_too_many(picture, most):
    pixels, weights = counted(picture)
    distinct = np.unique(pixels[weights > 0][:, :3].astype(np.int64) @ [1 << 16, 1 << 8, 1])
    found = few.plain(pixels, weights, most)
    assert same(few.fast(pixels, weights, most), found)
    assert (None if found is None else found.tolist()) == (None if len(distinct) > most else distinct.tolist())


@pytest.mark.parametrize("count", [1, 2, 8, 33, 256])
@pytest.mark.parametrize("picture", PICTURES)
def test_cut_and_clusters_are_the_same_in_both_forms(picture, count):
    one = tally(*counted(picture), count)
    if not len(one):
        return
    start = variance_cut.plain(one.points, one.weights, count)
    assert same(variance_cut.fast(one.points, one.weights, count), start)
    assert len(start) == min(count, len(one))
    assert same(assigned.fast(one.points, one.weights, start), assigned.plain(one.points, one.weights, start))
    for fixed in (0, len(start) // 2):
        run = one.points, one.weights, start, fixed, MOST_ROUNDS
        assert same(lloyd.fast(*run), lloyd.plain(*run))


def test_every_point_goes_to_its_nearest_centre():
    points = np.rint(RANDOM.random((3, 1000)).astype(np.float32) * STEPS) / STEPS
    weights, centers = RANDOM.integers(1, 9, 1000).astype(float), RANDOM.random((37, 3))
    owner, sums = assigned(points, weights, centers)
    far = np.linalg.norm(points.T[:, None].astype(float) - centers, axis=2)
    assert np.abs(far[np.arange(1000), owner] - far.min(axis=1)).max() < 1e-6  # float32 scores
    for k in range(37):
        assert (sums[:3, k] == (weights * points)[:, owner == k].sum(axis=1)).all()  # in another order, but exact
        assert sums[3, k] == weights[owner == k].sum()


def test_a_centre_that_nothing_is_near_finds_what_is_worst_off():
    points = np.array([[0, 0.1, 0.5, 0.9], [0, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    start = np.array([[0.05, 0, 0], [0.7, 0, 0], [9, 9, 9], [-9, 0, 0]])
    found = k_means(points, np.ones(4), start, 0)
    assert sorted(found[:, 0]) == [np.float32(value) for value in (0, 0.1, 0.5, 0.9)]
    assert mean_error(points, np.ones(4), found) == 0


def test_fixed_centres_stay_where_they_are():
    points = np.array([[0, 0.2, 0.8, 1], [0, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    found = k_means(points, np.ones(4), np.array([[0.3, 0, 0], [0.7, 0, 0]]), 1)
    assert found[0].tolist() == [0.3, 0, 0]
    assert found[1, 0] == np.array([0.8, 1], np.float32).astype(float).mean()


@pytest.mark.parametrize("picture", PICTURES)
def test_a_centre_without_a_point_ends_the_rounds_in_both_forms(picture):
    one = tally(*counted(picture), 4)
    if not len(one):
        return
    centers = np.concatenate([variance_cut(one.points, one.weights, 3), [[9.0, 9.0, 9.0]]])
    run = one.points, one.weights, centers, 0, MOST_ROUNDS
    found = lloyd.fast(*run)
    assert same(found, lloyd.plain(*run))
    assert found[2] > 0 and found[0][-1].tolist() == [9, 9, 9]


@pytest.mark.parametrize("picture", PICTURES)
def test_points_are_the_colours_in_oklab_in_steps(picture):
    pixels, weights = counted(picture)
    one = exact(pixels, weights)
    assert np.abs(one.points.T - spaces.oklab(one.means)).max(initial=0) < 0.5 / STEPS + 1e-6  # float32
    assert (one.points * STEPS == np.rint(one.points * STEPS)).all()
    assert one.points.dtype == np.float32 and one.points.flags.c_contiguous
    for counts in (one, tally(pixels, weights, 8)):
        assert same(points.fast(counts.sums, counts.counts), points.plain(counts.sums, counts.counts))


def test_like_colours_have_neighbouring_places_and_places_tell_the_colour():
    colors = noise(400, 3)[:, 0, :3]
    bits = [[value >> bit & 1 for bit in range(7, -1, -1) for value in color_] for color_ in colors.tolist()]
    expected = [int("".join(map(str, one)), 2) for one in bits]
    assert interleaved(colors).tolist() == expected
    assert parted(np.array(expected)).tolist() == packed(colors).tolist()


def test_bins_are_narrow_where_the_eye_sees_more():
    widths = np.bincount(BIN_OF)
    assert (np.diff(BIN_OF.astype(int)) >= 0).all() and BIN_OF[-1] == 63
    assert widths[:11].max() <= 3 and widths.max() <= 6
