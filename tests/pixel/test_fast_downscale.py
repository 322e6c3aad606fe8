"""The fast forms of the downscale steps give the plain forms' bytes, whatever the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.resize import content_adaptive, majority, resample, superpixels
from pixart_nodes.pixel.resize.cells import LONGEST_SIDE, members
from pixart_nodes.pixel.resize.lattice import planes

pytest.importorskip("numba")

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(4)))
RANDOM = np.random.default_rng(9)


def photo(height, width):
    """Slopes with grain and a hard edge, opaque."""
    y, x = np.mgrid[0:height, 0:width]
    planes = np.stack([x * 255 // max(width, 1), y * 255 // max(height, 1), (x ^ y) & 255], axis=-1)
    planes = planes + RANDOM.integers(-6, 7, planes.shape) + np.where((x + 2 * y > width)[..., None], 60, 0)
    return np.dstack([np.clip(planes, 0, 255), np.full((height, width), 255)]).astype(np.uint8)


def few(height, width, colors):
    table = RANDOM.integers(0, 256, (colors, 4), dtype=np.uint8)
    return table[RANDOM.integers(0, colors, (height, width))]


CASES = {
    "one pixel": (few(1, 1, 1), 1, 1),
    "a row": (few(1, 33, 9), 5, 1),
    "a column": (few(33, 1, 9), 1, 5),
    "odd sizes": (photo(61, 47), 9, 7),
    "whole cells": (photo(64, 128), 16, 8),
    "more cells than lanes": (photo(30, 340), 40, 3),
    "one colour": (few(20, 20, 1), 3, 3),
    "two colours": (few(40, 40, 2), 7, 5),
    "33 colours": (few(40, 40, 33), 7, 5),
    "256 colours": (few(40, 60, 256), 6, 4),
    "noise": (RANDOM.integers(0, 256, (50, 70, 4), dtype=np.uint8), 11, 8),
    "nothing visible": (np.zeros((20, 20, 4), np.uint8), 3, 3),
    "enlarged": (few(5, 3, 9), 7, 11),
    "cells of over 256 pixels": (RANDOM.integers(0, 256, (120, 90, 4), dtype=np.uint8), 3, 2),
    "cells that are sampled": (photo(3 * LONGEST_SIDE, 2 * LONGEST_SIDE), 1, 1),
    "enough for two threads": (photo(800, 700), 50, 40),
}


def steps(rgba, width, height):
    """Every step with the arguments it gets on the way to a picture of that size."""
    near = members(rgba, width, height)
    around = resample.box(rgba, width, height)
    across, down = (
        resample._windowed(size, cells) for size, cells in ((rgba.shape[1], width), (rgba.shape[0], height))
    )
    yield majority.cluster, (near, np.zeros_like(around), 0.0)
    yield majority.cluster, (near, around, majority.SWAY_A_STEP)
    yield majority.most_frequent, (near, width, height)
    yield resample.resample, (rgba, *across, *down)
    kernels = content_adaptive._Kernels(spaces.cielab(around[..., :3]) / 100, near[..., 0].size / (width * height))
    kernels.follow(content_adaptive.gather.plain(planes(near), kernels.table()))
    yield content_adaptive.gather, (planes(near), kernels.table())
    regions = superpixels.Regions(planes(near), np.zeros((height, width, 3)))
    yield superpixels.assign, (planes(near), regions.table(regions.color))


@pytest.mark.parametrize("name", CASES)
def test_both_forms_of_every_step_agree(name):
    for step, arguments in steps(*CASES[name]):
        assert np.array_equal(step.plain(*arguments), step.fast(*arguments)), step.__name__


@settings(max_examples=60)
@given(rgba=PICTURES, width=st.integers(1, 24), height=st.integers(1, 24))
def test_both_forms_agree_on_any_picture(rgba, width, height):
    for step, arguments in steps(rgba, width, height):
        assert np.array_equal(step.plain(*arguments), step.fast(*arguments)), step.__name__
