"""Given pictures changed by a brief: other colours for what they show, and subjects in what a mask covers."""

import numpy as np
import pytest
from pixart_nodes.drawings.brief import Brief, Subject
from pixart_nodes.drawings.colors import rgb, tone
from pixart_nodes.drawings.scene import paint
from pixart_nodes.drawings.scene.repaint import draw_into, recolor

CASTLE = paint(Brief((Subject("dragon", "dragon"),), ground="castle"), 64, 64)
FOREST = paint(Brief(ground="forest"), 64, 64).pixels


def brief(**colors):
    return Brief((Subject("dragon", "dragon", colors=colors),))


def shown(pixels):
    return {tuple(color) for color in pixels[pixels[..., 3] > 0][:, :3].tolist()}


def disc(radius):
    y, x = np.mgrid[:64, :64]
    return (y - 30) ** 2 + (x - 32) ** 2 < radius**2


def test_the_subject_gets_the_colour_that_is_named_and_its_tones():
    changed = recolor(CASTLE.pixels, brief(body="purple"))
    assert {rgb("purple"), tone(rgb("purple"), -1)} & shown(changed)
    assert (changed != CASTLE.pixels).any()


def test_what_the_picture_has_along_its_edges_stays():
    changed = recolor(CASTLE.pixels, brief(body="purple"))
    assert (changed[0] == CASTLE.pixels[0]).all()
    assert (changed[:, 0] == CASTLE.pixels[:, 0]).all()


def test_two_colours_go_to_the_two_commonest_hues():
    changed = recolor(CASTLE.pixels, brief(body="blue", wing="gold"))
    assert {rgb("blue"), rgb("gold")} <= shown(changed) | {tone(rgb("gold"), -1), rgb("gold")}


@pytest.mark.parametrize("pixels", [np.zeros((8, 8, 4), np.uint8), np.full((8, 8, 4), 255, np.uint8)])
def test_a_picture_without_colours_stays_as_it_is(pixels):
    assert (recolor(pixels, brief(body="red")) == pixels).all()


def test_without_a_colour_nothing_changes_and_the_given_picture_never_does():
    before = CASTLE.pixels.copy()
    assert (recolor(CASTLE.pixels, brief()) == before).all()
    recolor(CASTLE.pixels, brief(body="red"))
    assert (CASTLE.pixels == before).all()


@pytest.mark.parametrize("radius", [6, 12, 20, 28])
def test_only_what_the_mask_covers_changes(radius):
    mask = disc(radius)
    changed = draw_into(FOREST, mask, brief())
    assert (changed[~mask] == FOREST[~mask]).all()
    assert (changed[mask] != FOREST[mask]).any()


def test_a_subject_in_a_box_is_as_large_as_the_box():
    mask = np.zeros((64, 64), bool)
    mask[10:50, 12:52] = True
    changed = (draw_into(FOREST, mask, brief()) != FOREST).any(axis=2)
    rows = np.flatnonzero(changed.any(axis=1))
    assert len(rows) >= 34


def test_an_empty_mask_changes_nothing():
    assert (draw_into(FOREST, np.zeros((64, 64), bool), brief()) == FOREST).all()
    assert (draw_into(FOREST, disc(9), Brief()) == FOREST).all()


def test_a_mask_at_the_edge_or_of_one_pixel_is_no_trouble():
    for place in ((0, 0), (63, 63), (0, 63)):
        mask = np.zeros((64, 64), bool)
        mask[place] = True
        assert draw_into(FOREST, mask, brief()).shape == FOREST.shape
