"""Cleaning up removes what no one drew and nothing else, in colours that are there already."""

import tracemalloc

import numpy as np
import pytest
from drawn import picture, rows, text
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.clean import clusters
from pixart_nodes.pixel.clean.orphan_pixels import DITHERS, Cleanup, clean
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette.palette import packed

OFF = Cleanup(orphans=0, specks=0, corners=False, steps=False)
FEW = np.array(
    [[0, 0, 0, 0], [10, 10, 10, 255], [90, 20, 30, 255], [250, 250, 250, 255], [250, 250, 240, 90]], np.uint8
)
ART = hnp.arrays(np.int64, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.integers(0, 4)).map(
    lambda chosen: FEW[chosen]
)
STEPS = {
    "orphans": Cleanup(3, 0, 1.0, "remove", False, False),
    "orphans but patterns": Cleanup(2, 0, 0.3, "keep", False, False),
    "specks": Cleanup(0, 6, 1.0, "remove", False, False),
    "corners": Cleanup(0, 0, 0, "keep", True, False),
    "steps": Cleanup(0, 0, 0, "keep", False, True),
}


def cleaned(drawing, **more):
    return text(clean(picture(drawing), Cleanup(**{**vars(OFF), **more})))


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=60)
@given(art=ART)
def test_a_step_leaves_itself_nothing_to_do_and_adds_no_colour(step, art):
    once = clean(art, STEPS[step])
    assert np.array_equal(clean(once, STEPS[step]), once)
    assert set(packed(once[once[..., 3] > 0]).tolist()) <= set(packed(art[art[..., 3] > 0]).tolist())
    assert once.shape == art.shape and once.dtype == np.uint8


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4))))
def test_with_everything_off_not_a_byte_changes(art):
    assert np.array_equal(clean(art, OFF), art)


def test_an_orphan_takes_the_colour_that_its_neighbours_agree_on():
    drawing = """
        oooooooo
        onoooooo
        ooooobbb
        oooobbnb
        oooobbbb"""
    expected = """
        oooooooo
        oooooooo
        ooooobbb
        oooobbbb
        oooobbbb"""
    assert cleaned(drawing, orphans=1, contrast=1.0) == rows(expected)


def test_eyes_and_highlights_stay_by_their_contrast():
    drawing = """
        ooooooo
        oXonowo
        ooooooo"""
    assert cleaned(drawing, orphans=1, contrast=0.15) == rows(drawing.replace("n", "o"))
    assert cleaned(drawing, orphans=1, contrast=0.0) == rows(drawing)
    assert set(cleaned(drawing, orphans=1, contrast=1.0)) == {"o", "\n"}


def test_dust_goes_and_pinholes_close_but_the_tips_of_a_sprite_stay():
    drawing = """
        ..........
        .X........
        .....n....
        ....ooo...
        ...ooooo..
        ...oo.oo..
        ...ooooo.."""
    expected = """
        ..........
        ..........
        .....n....
        ....ooo...
        ...ooooo..
        ...ooooo..
        ...ooooo.."""
    assert cleaned(drawing, orphans=1) == rows(expected)


def test_ends_and_corners_of_lines_are_no_orphans():
    drawing = """
        oooooooo
        oXXXoooo
        ooooXooo
        oooooXXo
        oooooooo"""
    assert cleaned(drawing, orphans=1, specks=20, contrast=1.0) == rows(drawing)


@pytest.mark.parametrize("dither", DITHERS)
def test_dots_that_recur_are_a_dither(dither):
    drawing = "\n".join(["bobobobob", "bbbbbbbbb"] * 4)
    stray = "\n".join(["bbbbbbbbb", "bobbbbbbo"] + ["bbbbbbbbb"] * 4)
    kept = cleaned(drawing, orphans=1, contrast=1.0, dither=dither)
    assert (kept == drawing) == (dither == "keep")
    assert "o" not in cleaned(stray, orphans=1, contrast=1.0, dither=dither)


def test_a_checkerboard_is_one_cluster():
    drawing = "\n".join(["bobobobo", "obobobob"] * 4)
    assert cleaned(drawing, orphans=1, contrast=1.0) == drawing


def test_specks_dissolve_in_flat_areas_only():
    drawing = """
        ooooooooooddd
        onnooooooondd
        onnoooooooodd
        ooooXXXXooddd
        ooooXnnXooddd
        ooooXXXXooddd
        ooooooooooddd"""
    expected = drawing.replace("onnooo", "oooooo")
    assert cleaned(drawing, specks=4) == rows(expected), "not on the edge to d, not inside an outline"


def test_lines_are_no_specks():
    drawing = """
        oooooooooo
        onnnnnoooo
        oooooooono
        ooonoooono
        oooooooono
        oooooooono"""
    expected = drawing.replace("ooonoo", "oooooo")
    assert cleaned(drawing, specks=5) == rows(expected)


SMOOTH = [
    (
        "XX.... .XX... ..XX.. ...XX.",
        "X..... .X.... ..X... ...XX.",
    ),
    (
        "XXXX......... ...XXXX...... ......XXXX... .........XXXX",
        "XXX.......... ...XXX....... ......XXXX... ..........XXX",
    ),
    (
        "...XXXX... ..XX..XX.. .XX....XX. .X......X. .X......X. .XX....XX. ..XX..XX.. ...XXXX...",
        "....XX.... ...X..X... ..X....X.. .X......X. .X......X. ..X....X.. ...X..X... ....XX....",
    ),
]


@pytest.mark.parametrize(("drawing", "expected"), SMOOTH)
def test_steps_of_lines_lose_their_doubled_corners(drawing, expected):
    for turn in range(4):
        turned, wanted = (np.rot90(picture(one), turn) for one in (drawing, expected))
        done = clean(np.ascontiguousarray(turned), Cleanup(**{**vars(OFF), "corners": True}))
        same = np.array_equal(done, wanted)
        # of the two equal ways to cut a straight step the upper one is taken, in whatever way the line is turned
        assert same or (turn and drawing != SMOOTH[2][0] and (done[..., 3] > 0).sum() == (wanted[..., 3] > 0).sum())


def test_boxes_letters_and_hooks_keep_their_corners():
    drawing = """
        XXXXX..XXXXX...XX
        X...X..X.......X.
        X...X..XXXX....XX
        X...X......X.....
        XXXXX..XXXX...ooo"""
    assert cleaned(drawing, corners=True, steps=True) == rows(drawing)


def test_thick_lines_and_areas_are_left_alone():
    drawing = """
        XXXXX........
        XXXXXXXX.....
        ...XXXXXXXX..
        ......XXXXXXX"""
    assert cleaned(drawing, corners=True, steps=True) == rows(drawing)


def test_a_corner_takes_the_colour_outside_of_the_curve():
    drawing = """
        wwwwww
        XXXwww
        ooXXXw
        ooooXX"""
    assert cleaned(drawing, corners=True) == rows("wwwwww XXwwww ooXXww ooooXX")


def test_an_uneven_step_takes_a_pixel_from_its_neighbour():
    drawing = """
        wwwwwwwwwwwwwwww
        XXXwwwwwwwwwwwww
        oooXXXwwwwwwwwww
        ooooooXwwwwwwwww
        oooooooXXXwwwwww
        ooooooooooXXXwww
        oooooooooooooooo"""
    expected = """
        wwwwwwwwwwwwwwww
        XXXwwwwwwwwwwwww
        oooXXwwwwwwwwwww
        oooooXXwwwwwwwww
        oooooooXXXwwwwww
        ooooooooooXXXwww
        oooooooooooooooo"""
    assert cleaned(drawing, steps=True) == rows(expected)
    turned = clean(picture(drawing).transpose(1, 0, 2).copy(), Cleanup(**{**vars(OFF), "steps": True}))
    assert np.array_equal(turned, picture(expected).transpose(1, 0, 2))


@pytest.mark.parametrize("lengths", [(1, 2, 4, 2, 1), (4, 2, 1, 2, 4), (5, 3, 2, 1, 1), (3, 2, 3, 2, 3)])
def test_curves_and_even_slopes_stay(lengths):
    drawing = np.full((len(lengths) + 2, sum(lengths) + 2), ".")
    for row, length in enumerate(lengths):
        start = 1 + sum(lengths[:row])
        drawing[row + 1, start : start + length] = "X"
    art = "\n".join("".join(row) for row in drawing)
    assert cleaned(art, steps=True, corners=True) == art


def test_clusters_are_what_a_flood_fill_finds():
    random = np.random.default_rng(5)
    for shape in ((1, 1), (1, 9), (9, 1), (17, 23)):
        labels = random.integers(0, 3, shape).astype(np.int32)
        found = clusters.find(labels)
        assert found.ids.tolist() == flooded(labels).tolist()
        assert found.sizes.tolist() == np.bincount(found.ids.ravel()).tolist()


def flooded(labels):
    ids = np.full(labels.shape, -1)
    for start in np.ndindex(labels.shape):
        waiting = [start] if ids[start] < 0 else []
        number = ids.max() + 1
        while waiting:
            y, x = waiting.pop()
            if 0 <= y < ids.shape[0] and 0 <= x < ids.shape[1] and ids[y, x] < 0 and labels[y, x] == labels[start]:
                ids[y, x] = number
                waiting += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return ids


def test_a_long_spiral_is_one_cluster():
    labels = np.zeros((64, 64), np.int32)
    for ring in range(0, 32, 2):
        labels[ring : 64 - ring, ring : 64 - ring] = 1
        labels[ring + 1 : 63 - ring, ring + 1 : 63 - ring] = 0
        labels[ring + 1, ring + 1] = 1  # leads to the next ring, over corners
    assert len(clusters.find(labels).sizes) == 1 + 16


def test_an_unknown_way_with_dithers_is_named():
    with pytest.raises(UnknownName, match="Did you mean 'remove'"):
        clean(picture("o"), Cleanup(dither="removed"))


def test_clusters_of_a_grainy_picture_are_found_in_twice_the_memory_of_comfyuis_picture():
    labels = grain(1024)
    tracemalloc.start()
    try:
        clusters.find(labels)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 2 * 16 * labels.size, "runs that touch are one pair, not one for each pixel in which they do"


def grain(side):
    """Labels of a slope of eight colours with grain, as a photograph has them after Quantize."""
    rng = np.random.default_rng(7)
    shade = np.arange(side)[:, None] * 8 // side + rng.integers(0, 2, (side, side)) * (rng.random((side, side)) < 0.2)
    return shade.astype(np.int32)
