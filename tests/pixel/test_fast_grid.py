"""The fast forms of what looks for a grid, and of what judges a picture, give the plain forms' bytes."""

import numpy as np
import pytest
from pixart_nodes.pixel.grid import choice, grid, lattice, profile
from pixart_nodes.pixel.kind import traits
from pixart_nodes.pixel.kind.kind import look

from benchmarks.grid_sources import mountains

pytest.importorskip("numba")

RANDOM = np.random.default_rng(11)
SHAPES = [(1, 1), (1, 2), (2, 1), (2, 9), (3, 3), (5, 2), (34, 61), (40, 37)]
SIZES = (2, 5, 65, 257, 1025)  # of profiles
PITCHES = (1.5, 2, 2.7, 8, 13.4, 100, 333.3)


def noise(shape, colors):
    """Pixels of so many different values in each channel, many of them transparent where there are two."""
    return (RANDOM.integers(0, colors, (*shape, 4)) * (255 // (colors - 1))).astype(np.uint8)


def both(step, *arguments):
    """The results of a step's plain form and of its twin."""
    return step.plain(*arguments), step.fast(*arguments)


@pytest.mark.parametrize("colors", [2, 256])
@pytest.mark.parametrize("shape", SHAPES)
def test_changes_and_their_peaks_are_the_same(shape, colors):
    plain, fast = both(profile.differences, noise(shape, colors))
    weights = RANDOM.random(profile.MOST_CHANGE).astype(np.float32)
    for sizes, twins in zip(plain, fast, strict=True):
        assert sizes.dtype == twins.dtype and np.array_equal(sizes, twins)
        if sizes.size:
            counts, others = np.zeros((2, 2, profile.MOST_CHANGE), np.int64)
            peaks = profile.peaks.plain(sizes, *counts)
            assert np.array_equal(peaks, profile.peaks.fast(sizes, *others)) and np.array_equal(counts, others)
            assert np.array_equal(*both(profile.weighed, peaks, weights))


@pytest.mark.parametrize("colors", [2, 256])
@pytest.mark.parametrize("shape", SHAPES)
def test_where_anything_changes_is_the_same(shape, colors):
    rgba = noise(shape, colors)
    plain, fast = ([np.zeros(max(size - 1, 0), np.uint8) for size in shape[::-1]] for _ in range(2))
    choice.changing.plain(rgba, *plain)
    choice.changing.fast(rgba, *fast)
    assert all(np.array_equal(one, other) for one, other in zip(plain, fast, strict=True))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pitch", PITCHES)
def test_lines_through_a_profile_are_the_same(size, pitch):
    ready = lattice.reward(RANDOM.random(size) ** 4)
    tried = np.maximum(pitch * np.linspace(0.97, 1.03, 13), lattice.FINEST_CELL)
    assert len(set(both(lattice.phased, *ready, pitch, tried))) == 1
    half = np.arange(size) // 3
    assert np.array_equal(*both(lattice.window_mean, ready.at, half))
    far = max(2, int(1.4 * pitch))
    bend = lattice.STIFFNESS * (np.arange(far, max(1, far // 2) - 1, -1) / pitch - 1) ** 2
    plain, fast = both(lattice.chained, ready.at - 0.3, bend, far)
    assert all(np.array_equal(one, other) for one, other in zip(plain, fast, strict=True))


@pytest.mark.parametrize("channels", [3, 4])
def test_sums_over_spans_are_the_same(channels):
    planes = RANDOM.integers(0, 256, (channels, 7, 60)).astype(np.int16)
    start = np.array([0, 40, 100, 411])
    assert np.array_equal(*both(traits.moments, planes, start, start + 3, start + 9))


def test_exact_squares_have_the_grid_that_the_evidence_has():
    """What a look takes without asking for the evidence."""
    art = mountains(60, 40, "sweetie-16", 6)
    cut = art.repeat(7, axis=0).repeat(7, axis=1)[3:, 2:]
    seen, found = look(cut).grid, grid.find(cut[None])
    assert seen is not None and seen.size == found.size == (60, 40)
    assert np.allclose(seen.x.edges, found.x.edges) and np.allclose(seen.y.edges, found.y.edges)
