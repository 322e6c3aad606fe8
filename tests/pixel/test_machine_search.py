"""The search that brings a picture nearer to its original for an eye at a distance, and what it may not touch."""

import importlib.util

import numpy as np
import pytest
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.machine import cell_search, eye_search, likeness, refinement
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.legal_picture import blocks
from pixart_nodes.pixel.machine.table import MACHINES, machine
from pixart_nodes.pixel.machine.tile_reduction import reduced
from pixart_nodes.pixel.machine.wishes import QUALITIES, Wishes

from benchmarks import eye

EVERY = pytest.mark.parametrize("name", MACHINES)
needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="there is no numba here")
BEST = Wishes(quality="best")


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255)]).astype(np.uint8)


def slope(height=32, width=32):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) % 64 * 3], axis=-1).astype(np.uint8)


def fast(name, picture, **wishes):
    return convert(opaque(picture)[None], machine(name), Wishes(**wishes))[0]


def original(name, picture):
    return refinement.Original(spaces.linear(picture), np.ones(picture.shape[:2], np.bool_), machine(name).aspect)


def test_the_eye_is_that_of_s_cielab():
    """To a twentieth: its wide blurs are boxes."""
    picture = slope(96, 96)
    shown = fast("nes", picture).pixels[..., :3]
    one, other = (likeness.view(spaces.linear(each)) for each in (picture, shown))
    assert likeness.apart(one, other).mean() == pytest.approx(eye.s_cielab(picture, shown), rel=0.05)


@pytest.mark.parametrize("name", ["nes", "c64", "msx1", "tic80"])
def test_what_is_refined_is_seen_nearer_to_its_original(name):
    legal, wanted = fast(name, slope()), original(name, slope())
    assert wanted.off(refinement.refined(legal, wanted)) < 0.95 * wanted.off(legal)


@EVERY
@pytest.mark.parametrize("quality", QUALITIES)
def test_lines_are_dark_in_each_of_their_pixels(name, quality):
    ink = np.zeros((32, 32), np.bool_)
    ink[4:28, 15] = ink[9, 4:28] = True
    ink[np.arange(4, 28), np.arange(4, 28)] = True
    picture = np.where(ink[..., None], np.array((28, 24, 30)), np.array((243, 236, 220)))
    (legal,) = convert(opaque(picture)[None], machine(name), Wishes(quality=quality))
    tones = spaces.oklab(legal.pixels[..., :3])[..., 0]
    assert tones[ink].max() < tones[~ink].mean() - 0.3


def test_best_keeps_the_glass_of_a_sprite_and_one_set_of_palettes_for_all_rooms():
    glass = opaque(slope())
    glass[:12, :20, 3] = 0
    rooms = np.stack([glass, opaque(slope()[::-1]), opaque(slope() // 2)])
    made = convert(rooms, machine("gbc"), BEST)
    assert np.array_equal(made[0].pixels[..., 3], glass[..., 3])
    assert all(np.array_equal(made[0].palettes, one.palettes) for one in made)


@pytest.mark.parametrize("name", ["nes", "gbc"])
def test_tied_tiles_become_no_more(name):
    legal = reduced(fast(name, slope()), spaces.linear(slope()), 5)
    free = np.ones(legal.slots.shape, np.bool_)
    again = refinement.retiled(legal, slope(), free)
    wanted = original(name, slope())
    assert len(again.tile_set.tiles) <= 5
    assert wanted.off(again) < wanted.off(legal)


def test_the_same_seed_gives_the_same_best_picture():
    one, other = (convert(opaque(slope())[None], machine("c64"), BEST)[0] for _ in range(2))
    assert np.array_equal(one.slots, other.slots) and np.array_equal(one.palettes, other.palettes)


# The compiled forms.


@needs_numba
@pytest.mark.parametrize(("name", "tied"), [("c64", False), ("gbc", True)])
def test_a_sweep_is_that_of_the_plain_form(name, tied):
    picture = slope(16, 16)
    legal = fast(name, picture)
    legal = reduced(legal, spaces.linear(picture), 2) if tied else legal
    wanted, tiles = original(name, picture), refinement._tiles(legal, tied)
    colors = eye_search.parts(spaces.linear(legal.colors))
    free = np.random.default_rng(1).random(tiles.patterns.shape) < 0.8
    found = []
    for form in (eye_search.sweep.fast, eye_search.sweep.plain):
        sight, own = wanted.sight(wanted.shown(legal)), tiles._replace(patterns=tiles.patterns.copy())
        count = sum(form(sight, own, colors, free, phase, 0) for phase in range(refinement.PHASES))
        found.append((count, own.patterns.tobytes(), sight.shown.tobytes(), sight.gaps.tobytes()))
    assert found[0] == found[1] and found[0][0] > 0


@needs_numba
@pytest.mark.parametrize(("name", "width"), [("zx", 16), ("c64", 8)])
def test_cells_are_recoloured_as_by_the_plain_form(name, width):
    picture = slope(16, width)
    legal = fast(name, picture)
    wanted = original(name, picture)
    options = refinement._options(legal, blocks(spaces.oklab(picture), legal.machine.cell))
    options = options._replace(choices=np.ascontiguousarray(options.choices[:, :3]))
    found = []
    for form in (cell_search.recolor.fast, cell_search.recolor.plain):
        cells, colors, free = refinement._searched(legal, wanted, options)
        free = free & (np.random.default_rng(1).random(free.shape) < 0.98)
        sight = wanted.sight(wanted.shown(legal))
        count = sum(form(sight, cells, colors, free, phase, 0) for phase in range(cell_search.PHASES))
        found.append((count, cells.slots.tobytes(), cells.owners.tobytes(), sight.gaps.tobytes()))
    assert found[0] == found[1] and found[0][0] > 0


def test_the_edges_of_a_cell_in_the_corner_of_a_picture_are_compared_along_their_whole_length():
    wanted, shown = np.zeros((12, 12, 3)), np.zeros((12, 12, 3))
    shown[:8, 4:] = 0.2
    sight = eye_search.sight(shown, wanted, 1)
    off = sight.gaps[0, 4]
    edges = cell_search.seams(
        sight, np.array([0, 4, 8, 12])
    )  # those of the left and below: the others are the picture's
    assert edges == pytest.approx(2 * 8 * off * cell_search.SEEN_EDGE)
    assert cell_search.seams(sight, np.array([0, 0, 8, 4])) == pytest.approx(edges / 2)
