"""Grid detection and snap: the size is found exactly, the colours come back, and what has no grid is left alone."""

import json
import tracemalloc

import numpy as np
import pytest
from pixart_nodes.pixel.errors import PictureError, UnknownName
from pixart_nodes.pixel.grid import grid, lattice, snap
from pixart_nodes.pixel.grid.grid import Wish

from benchmarks import grid_distortions as distortions
from benchmarks import grid_sources as sources
from tests import golden, sketches

ART = {
    "scene": sources.TUNED["sunset 48x32, pico-8, bayer"],
    "sprite on transparency": sources.TUNED["tree 32x32"],
    "tiles": lambda: sources.tiles(3, 2, 16, "db16", 5),
}
SHARP = ("nearest x8", "nearest x7.3", "bicubic x0.93", "jitter 18 %", "oblong cells")
SOFT = ("bilinear upscale", "blur 1.5, noise 4", "JPEG 50", "Lanczos x6.4, JPEG 75", "as a model draws")
ALL = distortions.DISTORTIONS | distortions.FURTHER


def found(picture, **wish):
    return grid.find(picture[None], Wish(**wish))


def premultiplied(rgba):
    return rgba[..., :3] * (rgba[..., 3:] / 255.0)


def scene():
    return ART["scene"]()


@pytest.mark.parametrize("distortion", [*SHARP, *SOFT])
@pytest.mark.parametrize("name", ART)
def test_the_native_size_is_found_exactly(name, distortion):
    art = ART[name]()
    seen = found(ALL[distortion](art, 8, 7))
    assert (seen.size, seen.verdict) == (art.shape[1::-1], "grid")


@pytest.mark.parametrize("scale", [2, 3, 5, 13])
@pytest.mark.parametrize("name", ART)
def test_every_whole_scale_is_undone_exactly(name, scale):
    art = ART[name]()
    large = distortions.nearest(art, scale, 0)
    np.testing.assert_array_equal(snap.snap(large, found(large)), art)


@pytest.mark.parametrize("method", snap.METHODS)
@pytest.mark.parametrize("distortion", ["nearest x8", "nearest x7.3", "jitter 18 %", "oblong cells"])
def test_clean_cells_of_any_width_give_the_art_back_exactly(distortion, method):
    art = scene()
    large = ALL[distortion](art, 8, 3)
    np.testing.assert_array_equal(snap.snap(large, found(large), method), art)


@pytest.mark.parametrize("distortion", ["bicubic x0.93", *SOFT])
@pytest.mark.parametrize("name", ART)
def test_colours_come_back_nearly_from_what_was_blurred_or_compressed(name, distortion):
    art = ART[name]()
    large = ALL[distortion](art, 8, 7)
    expected = distortions.flat(art) if large[..., 3].min() == 255 else art
    off = np.abs(premultiplied(snap.snap(large, found(large))) - premultiplied(expected))
    # JPEG at 50 changes flat areas by up to 10; a ramp's middle has an eighth of the step to the next pixel in it
    assert off.mean() < 6
    assert (off.max(axis=-1) > 48).mean() < 0.01


@pytest.mark.parametrize(("distortion", "name", "scale"), [
    ("Lanczos upscale", "sprite on transparency", 16),
    ("Lanczos upscale", "tiles", 24),
    ("bilinear, JPEG 90", "sprite on transparency", 8),
    ("bilinear, JPEG 90", "sprite on transparency", 24),  # half the size shows 65 x 63 cells, a quarter surely 32 x 32
    ("bilinear, JPEG 90", "tiles", 16),
])  # fmt: skip
def test_ramps_over_many_pixels_are_seen_from_afar(distortion, name, scale):
    art = ART[name]()
    large = ALL[distortion](art, scale, 7)
    seen = found(large)
    assert (seen.size, seen.verdict) == (art.shape[1::-1], "grid")
    assert [axis.edges[-1] for axis in (seen.x, seen.y)] == pytest.approx(large.shape[1::-1], abs=3)
    expected = distortions.flat(art) if large[..., 3].min() == 255 else art
    off = np.abs(premultiplied(snap.snap(large, seen)) - premultiplied(expected))
    assert (off.max(axis=-1) > 24).mean() < 0.01


def test_frames_seen_from_afar_have_phases_of_their_own():
    large = distortions.bilinear_jpeg_90(ART["tiles"](), 16, 7)
    frames = [np.ascontiguousarray(large[:, at : at + 736]) for at in (0, 6)]  # 46 cells
    shared = grid.find(frames[0][None])
    moved = grid.of_frame(frames[1], shared)
    assert moved.size == shared.size == (46, 32)
    assert (shared.x.phase, moved.x.phase) == pytest.approx((0, -6), abs=2)  # pixels
    assert grid.find(frames[0][None], Wish(phase_x=3, phase_y=0)).report()["phase_x"] == 3


def test_a_picture_cut_through_its_cells_shows_where_they_begin():
    large = distortions.nearest(scene(), 9, 0)[6:, 4:]
    seen = found(large)
    # of the first column 5 of 9 pixels are left, which is a cell; of the first row 3, which is none
    assert seen.size == (48, 31)
    assert (seen.x.phase, seen.y.phase) == pytest.approx((-4, 3))
    np.testing.assert_array_equal(snap.snap(large, seen), scene()[1:])


@pytest.mark.parametrize("name", ART)
def test_native_art_is_left_alone(name):
    art = ART[name]()
    seen = found(art)
    assert seen.verdict == "native"
    assert seen.confidence < grid.SURE or name == "tiles"
    np.testing.assert_array_equal(snap.snap(art, seen), art)


@pytest.mark.parametrize("name", ["smooth scene", "grain", "photograph"])
def test_no_grid_is_invented_where_there_is_none(name):
    grain = np.random.default_rng(0).integers(0, 256, (96, 128, 4), np.uint8)
    picture = {
        "smooth scene": lambda: golden.sunset(384, 256),
        "grain": lambda: np.dstack([grain[..., :3], np.full((96, 128), 255, np.uint8)]),
        "photograph": lambda: np.array(sketches._photo().convert("RGBA")),
    }[name]()
    seen = found(picture)
    assert seen.verdict == "none"
    assert seen.confidence < grid.SURE
    assert "no pixel grid" in str(seen.report()["says"]).lower()
    np.testing.assert_array_equal(snap.snap(picture, seen), picture)


def test_cells_many_times_as_high_as_wide_are_no_pixels():
    bars = np.random.default_rng(3).integers(0, 256, (12, 64, 3), np.uint8).repeat(29, axis=0).repeat(4, axis=1)
    rows = np.linspace(0, 40, len(bars))[:, None, None]  # light from above, so that nothing repeats
    lit = np.dstack([np.clip(bars + rows, 0, 255), np.full(bars.shape[:2], 255)]).astype(np.uint8)
    seen = found(lit)
    assert seen.verdict != "grid" or max(seen.x.pitch / seen.y.pitch, seen.y.pitch / seen.x.pitch) < 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 3), (64, 48)])
@pytest.mark.parametrize("value", [0, 200])
def test_a_flat_picture_has_no_grid_and_stays(shape, value):
    picture = np.full((*shape, 4), value, np.uint8)
    seen = found(picture)
    assert (seen.verdict, seen.size) == ("flat", shape[::-1])
    np.testing.assert_array_equal(snap.snap(picture, seen), picture)


def test_a_sprite_too_small_for_cells_is_native_and_a_slope_is_not_flat():
    sprite = np.random.default_rng(3).integers(0, 256, (8, 8, 4), np.uint8)
    assert found(sprite).verdict == "native"
    across, down = np.mgrid[:256, :256]
    slope = np.repeat(((across + down) // 2)[..., None], 4, axis=2).astype(np.uint8)
    slope[..., 3] = 255
    assert found(slope).verdict == "none"


def test_lines_for_cells_wider_than_the_picture_are_soon_tried():
    profile = np.array([0.0, 1.0])  # of a picture that is one pixel wide, and 16384 high
    tracemalloc.start()
    try:
        lines = lattice.even(lattice.reward(profile), 5000)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert list(lines.at) == [1.0]
    assert most < 4 << 20, "phases of cells of millions of pixels fill gigabytes"


def test_colours_below_full_transparency_are_not_seen():
    hidden = np.random.default_rng(1).integers(0, 256, (64, 64, 4), np.uint8)
    hidden[..., 3] = 0
    assert found(hidden).verdict == "flat"


def test_transparency_comes_back_exactly_and_leaves_no_fringe():
    art = ART["sprite on transparency"]()
    large = distortions.bicubic(art, 8, 0)
    small = snap.snap(large, found(large))
    np.testing.assert_array_equal(small[..., 3], art[..., 3])
    assert not small[small[..., 3] == 0].any()


def test_a_picture_without_a_grid_is_snapped_to_the_size_that_is_asked_for():
    seen = found(golden.sunset(384, 256), width=48, height=32)
    assert (seen.size, seen.verdict) == ((48, 32), "given")
    assert snap.snap(golden.sunset(384, 256), seen).shape == (32, 48, 4)


def test_one_asked_side_makes_square_cells():
    assert found(golden.sunset(384, 256), width=48).size == (48, 32)
    assert found(golden.sunset(384, 256), height=32).size == (48, 32)


def test_one_asked_side_keeps_the_cells_that_were_seen_on_the_other():
    oblong = distortions.oblong(scene(), 8, 0)
    assert found(oblong, width=48).size == (48, 32)


def test_an_asked_size_wins_over_the_one_that_would_be_found():
    large = distortions.nearest(scene(), 8, 0)
    assert found(large, width=24, height=16).size == (24, 16)


def test_an_asked_cell_size_keeps_the_phase_that_is_seen():
    large = distortions.nearest(scene(), 8, 0)[3:, 3:]
    seen = found(large, cell=8)
    assert (seen.size, seen.x.phase, seen.y.phase) == ((48, 32), -3, -3)
    np.testing.assert_array_equal(snap.snap(large, seen), scene())


@pytest.mark.parametrize("wish", [{"width": 48}, {"width": 48, "height": 32}, {"cell": 20.0}, {"cells": "drifting"}])
@pytest.mark.parametrize("distortion", ["bilinear upscale", "bilinear, JPEG 90"])  # the second is seen from afar
def test_of_ramps_only_the_middles_are_taken_also_where_the_size_is_given(distortion, wish):
    art = ART["tiles"]()
    large = ALL[distortion](art, 20, 7)
    expected = distortions.flat(art) if large[..., 3].min() == 255 else art
    off = np.abs(premultiplied(snap.snap(large, found(large, **wish))) - premultiplied(expected))
    assert (off.max(axis=-1) > 24).mean() < 0.001


def test_a_phase_of_zero_is_a_phase():
    large = distortions.nearest(scene(), 8, 0)[3:, 3:]
    seen = found(large, cell=8, phase_x=0, phase_y=0)
    assert (seen.x.phase, seen.y.phase) == (0, 0)
    assert list(seen.x.edges[:3]) == [0, 8, 16]


def test_an_asked_part_of_the_picture_is_taken():
    large = distortions.nearest(scene(), 8, 0)
    seen = found(large, width=10, height=6, cell=8, phase_x=16, phase_y=24)
    assert seen.size == (10, 6)
    first = snap.snap(large, seen)[0, 0]
    np.testing.assert_array_equal(first, scene()[3, 2])


def test_already_native_looks_for_nothing():
    large = distortions.nearest(scene(), 8, 0)
    seen = found(large, native=True)
    assert (seen.size, seen.confidence) == ((384, 256), 1.0)
    np.testing.assert_array_equal(snap.snap(large, seen), large)


def test_even_cells_can_be_asked_for_where_they_drift():
    seen = found(distortions.jitter(scene(), 8, 3), cells="even", width=48, height=32)
    assert not seen.x.drifts
    assert np.ptp(np.diff(seen.x.edges)) < 1e-9


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"width": 500}, "native width can't be 500"),
        ({"height": 500}, "native height can't be 500"),
        ({"cell": 0.5}, "0.5 pixels"),
        ({"cell": 400.0}, "400 pixels"),
        ({"width": 40, "cell": 10.0}, "40 cells of 10 pixels"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_in_words(wish, words):
    with pytest.raises(PictureError, match=words):
        found(golden.sunset(300, 200), **wish)


def test_unknown_names_are_refused_with_a_hint():
    with pytest.raises(UnknownName, match="median"):
        snap.require("medien")
    with pytest.raises(UnknownName, match="drifting"):
        found(scene(), cells="driftin")


def batch(*shifts):
    large = distortions.blur_noise(np.pad(scene(), ((2, 2), (2, 2), (0, 0)), mode="edge"), 8, 3)
    height, width = 8 * 32, 8 * 48
    return np.stack([large[16 - s : 16 - s + height, 16 - s : 16 - s + width] for s in shifts])


def test_a_batch_has_one_grid_by_the_evidence_of_all_frames():
    frames = batch(0, 0, 0)
    frames[1] = 90  # a frame that shows nothing
    assert grid.find(frames).size == (48, 32)
    blank = np.full_like(frames, 90)
    assert grid.find(blank).verdict == "flat"


def test_a_frame_can_have_its_own_phase_and_has_as_many_cells():
    frames = batch(0, 3)
    shared = grid.find(frames[:1])
    moved = grid.of_frame(frames[1], shared)
    assert moved.size == shared.size == (48, 32)
    assert moved.x.phase == pytest.approx(3, abs=0.6)  # pixels; grain moves the lines a little
    assert grid.of_frame(frames[1], shared, Wish(phase_x=0)).x is shared.x


def test_the_report_is_json_and_says_all():
    report = json.loads(json.dumps(found(distortions.fractional(scene(), 8, 0)).report()))
    assert (report["width"], report["height"], report["verdict"], report["cells"]) == (48, 32, "grid", "even")
    assert report["scale_x"] == pytest.approx(7.3, abs=0.01)  # 350 pixels by 48 cells
    assert 0.9 < report["confidence"] <= 1


def test_the_overlay_draws_every_edge_and_nothing_else():
    large = distortions.nearest(scene(), 8, 0)
    seen = found(large)
    changed = (snap.shown(large, seen) != large).any(axis=-1)
    rows, columns = changed.all(axis=1), changed.all(axis=0)
    assert list(np.flatnonzero(rows)) == [*range(0, 256, 8), 255]
    assert list(np.flatnonzero(columns)) == [*range(0, 384, 8), 383]
    assert not changed[~rows][:, ~columns].any()
    np.testing.assert_array_equal(snap.shown(large, found(large, native=True)), large)
