"""What a picture is taken for, and what is done with it: a sample; `python -m benchmarks kinds` measures hundreds."""

import io

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.errors import UnknownName
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.kind import sample
from pixart_nodes.pixel.kind.kind import FALSE_PIXEL_ART, FLAT, KINDS, LINE_ART, PHOTOGRAPH, PIXEL_ART, look
from pixart_nodes.pixel.kind.traits import traits
from pixart_nodes.pixel.kind.treatment import MEANS, snapped, treatment
from pixart_nodes.pixel.resize.downscale import METHODS

from benchmarks.grid_sources import creatures, mountains
from benchmarks.kinds_cartoons import CONTINUOUS
from benchmarks.kinds_cartoons import FLAT as CARTOONS
from benchmarks.sketch_drawings import KINDS as DRAWN
from benchmarks.sketch_drawings import drawing

NATIVE = {
    "creatures": lambda: creatures(4, 3, 16, "endesga-16", 4),
    "mountains": lambda: mountains(112, 64, "sweetie-16", 6),
}


def seen(rgba):
    return look(np.ascontiguousarray(rgba)).kind


def jpeg(rgba, quality=75):
    data = io.BytesIO()
    Image.fromarray(rgba).convert("RGB").save(data, "JPEG", quality=quality)
    return np.array(Image.open(data).convert("RGBA"))


@pytest.mark.parametrize("name", NATIVE)
def test_native_pixel_art_is_pixel_art(name):
    assert seen(NATIVE[name]()) == PIXEL_ART


@pytest.mark.parametrize("name", NATIVE)
def test_enlarged_pixel_art_is_false_and_comes_back_as_it_was(name):
    art = NATIVE[name]()
    large = art.repeat(6, axis=0).repeat(6, axis=1)
    plan = treatment(large)
    assert (plan.kind, plan.grid.size) == (FALSE_PIXEL_ART, art.shape[1::-1])
    assert np.array_equal(snapped(large, plan), art)


def test_enlarged_pixel_art_is_known_after_a_resize_and_jpeg_too():
    large = mountains(112, 64, "sweetie-16", 6).repeat(8, axis=0).repeat(8, axis=1)
    half_soft = np.array(Image.fromarray(large).resize((714, 408), Image.Resampling.BICUBIC))
    assert [seen(half_soft), seen(jpeg(large))] == [FALSE_PIXEL_ART, FALSE_PIXEL_ART]


@pytest.mark.parametrize("kind", DRAWN)
def test_drawings_with_outlines_are_line_art(kind):
    assert seen(drawing(kind, 4, 14, 768).picture) == LINE_ART


@pytest.mark.parametrize("kind", ["shapes", "coloured lines", "pencil", "hatching"])
def test_a_drawing_that_was_saved_as_a_jpeg_is_line_art_still(kind):
    made = drawing(kind, 51, 4, 256).picture
    assert [seen(jpeg(made, quality)) for quality in (90, 75, 50)] == [LINE_ART] * 3


@pytest.mark.parametrize("name", CARTOONS)
def test_cartoons_without_outlines_are_flat_and_as_jpeg_too(name):
    made = CARTOONS[name](np.random.default_rng(5), 400)
    assert [seen(made), seen(jpeg(made, 90))] == [FLAT, FLAT]


def test_narrow_bars_of_many_colours_make_no_drawing_in_lines():
    """Nearly half of all edges have a stroke, as in many drawings, but there are neither outlines nor a common ink."""
    flat = np.full((400, 400, 4), 255, np.uint8)
    flat[60:340, 60:340, :3] = 90, 160, 220
    for place, color in zip(range(90, 320, 30), np.random.default_rng(2).integers(0, 80, (8, 3)) * 3, strict=True):
        flat[90:310, place : place + 8, :3] = color
    turned = np.array(Image.fromarray(flat).rotate(17, Image.Resampling.BICUBIC, fillcolor="white"))
    assert traits(turned).lines > 0.45
    assert seen(turned) == FLAT


@pytest.mark.parametrize("name", CONTINUOUS)
def test_what_changes_its_tone_everywhere_is_a_photograph(name):
    assert seen(CONTINUOUS[name](np.random.default_rng(5), 400)) == PHOTOGRAPH


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2), (9, 3)])
@pytest.mark.parametrize("alpha", [0, 255])
def test_the_smallest_pictures_are_something_too(shape, alpha):
    rgba = np.full((*shape, 4), 90, np.uint8)
    rgba[..., 3] = alpha
    assert look(rgba).kind in KINDS


def test_what_cannot_be_seen_does_not_count():
    art = creatures(2, 2, 16, "pico-8", 9)
    hidden = art.copy()
    noise = np.random.default_rng(1).integers(0, 256, (*art.shape[:2], 3))
    hidden[..., :3] = np.where(art[..., 3:] == 0, noise, art[..., :3])
    assert traits(hidden) == traits(art)


def test_a_large_picture_is_judged_by_as_many_lines_as_a_small_one():
    rows, columns = sample.sampled(np.zeros((2000, 3000, 4), np.uint8))
    assert (len(rows), len(columns)) == (sample.MOST, sample.MOST)
    assert (rows.shape[1], columns.shape[1]) == (3000, 2000)


def test_the_reason_is_a_sentence_with_its_figures():
    plan = treatment(drawing("shapes", 4, 12, 640).picture)
    assert plan.says.startswith("Taken for line art. ")
    assert "%" in plan.reason and plan.reason.endswith(".")
    assert plan.says.endswith("So it is made small by line-art, without dither.")
    assert plan.report() == {"kind": LINE_ART, "reason": plan.reason, "method": "line-art", "dither": "none"}


def test_photographs_get_what_they_are_given_and_nothing_else_does():
    photo = CONTINUOUS["balls"](np.random.default_rng(5), 200)
    assert treatment(photo, "box", "bayer-4").means[:2] == ("box", "bayer-4")
    cartoon = CARTOONS["shapes"](np.random.default_rng(5), 200)
    assert treatment(cartoon, "box", "bayer-4").means == MEANS[FLAT]


def test_every_kind_has_means_that_there_are():
    assert set(MEANS) == set(KINDS)
    assert all(means.method in METHODS and means.dither in DITHERS for means in MEANS.values())
    assert all(means.dither == "none" for kind, means in MEANS.items() if kind != PHOTOGRAPH)  # flat stays flat


def test_an_unknown_method_for_photographs_is_an_error():
    with pytest.raises(UnknownName, match="boks"):
        treatment(np.zeros((4, 4, 4), np.uint8), "boks")


def test_grain_on_a_transparent_ground_is_judged_by_what_can_be_seen():
    photo = CONTINUOUS["balls"](np.random.default_rng(5), 400)
    photo[:, :300] = 0
    plan = treatment(photo)
    assert plan.kind == PHOTOGRAPH
    assert plan.reason.startswith("Of what can be seen 31% is flat")
