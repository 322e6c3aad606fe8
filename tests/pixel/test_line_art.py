"""A drawing made small by its lines: closed shapes stay closed, what is apart stays apart, fills keep their colour."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from pixart_nodes.pixel.compiled import twins
from pixart_nodes.pixel.resize import ink as inks
from pixart_nodes.pixel.resize import simple_points
from pixart_nodes.pixel.resize.downscale import downscale
from pixart_nodes.pixel.resize.ink import ink

from benchmarks.sketch import figures, on_paper, saved, soft
from benchmarks.sketch_drawings import Sheet, dark, drawing, shapes

PAPER, INK, FILL = (250, 248, 240, 255), (20, 18, 24, 255), (200, 90, 70, 255)
LINES = ("ink", "pieces", "simple_points", "parting", "line_art")  # where its compiled steps are
SIDE, CELLS = 256, 16  # a cell has 16 pixels a side
Y, X = np.mgrid[0:SIDE, 0:SIDE] + 0.5


def page(ground=PAPER):
    return np.tile(np.array(ground, np.uint8), (SIDE, SIDE, 1))


def ring(picture, x, y, radius, stroke, ink=INK, fill=FILL):
    """A filled circle, outlined."""
    away = np.hypot(X - x, Y - y)
    picture[away < radius] = fill
    picture[np.abs(away - radius) < stroke / 2] = ink
    return picture


def small(picture, cells=CELLS):
    return downscale(picture, cells, cells, "line-art")


def shows(picture, color):
    return (picture == color).all(axis=-1)


def parts(mask, by_corners):
    """How many parts a mask has, joined by sides, or by corners too."""
    todo, count = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}, 0
    while todo:
        count += 1
        edge = [todo.pop()]
        while edge:
            y, x = edge.pop()
            for down, right in np.ndindex(3, 3):
                near = y + down - 1, x + right - 1
                if near in todo and (by_corners or 1 in (down, right)):
                    todo.remove(near)
                    edge.append(near)
    return count


@pytest.mark.parametrize("stroke", [2, 5, 9, 14, 20, 30])
def test_a_circle_stays_closed_whatever_its_stroke_and_place(stroke):
    random = np.random.default_rng(stroke)
    for _ in range(6):
        art = small(ring(page(), *random.uniform(110, 146, 2), random.uniform(60, 90), stroke))
        assert parts(shows(art, INK), by_corners=True) == 1
        assert parts(~shows(art, INK), by_corners=False) == 2
        assert shows(art, INK).sum() + shows(art, FILL).sum() + shows(art, PAPER).sum() == art[..., 0].size


@pytest.mark.parametrize(
    ("ground", "ink", "fill"),
    [
        ((20, 30, 40, 255), (240, 240, 220, 255), (60, 40, 80, 255)),  # light on dark
        ((120, 160, 60, 255), (210, 110, 90, 255), (90, 150, 170, 255)),  # of the same brightness
        ((10, 10, 10, 255), (110, 110, 110, 255), (250, 250, 250, 255)),  # between what lies on both sides
        ((0, 0, 0, 0), (20, 18, 24, 255), (200, 90, 70, 255)),  # on nothing
    ],
)
def test_ink_is_found_by_its_strokes_and_not_by_darkness(ground, ink, fill):
    art = small(ring(page(ground), 128, 128, 80, 6, ink, fill))
    assert parts(shows(art, ink), by_corners=True) == 1
    assert shows(art, ink).sum() < 40
    assert shows(art, fill).sum() > 50 and shows(art, ground).sum() > 80


def test_a_thin_line_is_one_cell_wide_and_has_no_steps_of_three():
    line = shows(small(ring(page(), 128, 128, 95, 9)), INK)
    squares = line[1:, 1:].astype(int) + line[1:, :-1] + line[:-1, 1:] + line[:-1, :-1]
    assert squares.max() == 2


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("stroke", [4, 9, 14])
def test_a_line_that_runs_out_of_the_picture_parts_what_lies_on_its_sides(stroke, turns):
    for middle in range(160, 176, 2):  # places of the horizon in a cell
        street = page()
        street[middle:] = FILL
        for left in (30, 130):  # two houses on it
            street[60:middle, left : left + 70] = INK
            street[60 + stroke : middle, left + stroke : left + 70 - stroke] = (120, 190, 230, 255)
        street[middle - stroke // 2 : middle + (stroke + 1) // 2] = INK
        art = np.rot90(small(np.ascontiguousarray(np.rot90(street, turns))), -turns)
        ink = shows(art, INK)
        assert parts(ink, by_corners=True) == 1 and parts(~ink, by_corners=False) == 4
        assert shows(art[0], PAPER).all() and shows(art[-1], FILL).all()


def test_a_shape_that_the_edge_of_the_picture_cuts_keeps_its_fill_within():
    for way, radius in np.ndindex(4, 4):
        y, x = 128 + np.array([np.sin(way * np.pi / 2), np.cos(way * np.pi / 2)]) * 120
        art = small(ring(page(), x, y, 50 + 7 * radius, 7))
        ink = shows(art, INK)
        assert parts(ink, by_corners=True) == 1 and parts(~ink, by_corners=False) == 2


@pytest.mark.parametrize("stroke", [2, 6, 12])
def test_lines_on_the_border_between_cells_keep_their_length_to_all_ends(stroke):
    cross, middle = page(), slice(128 - stroke // 2, 128 + stroke // 2)
    cross[32:224, middle] = cross[middle, 32:224] = INK
    ink = shows(small(cross), INK)
    assert (ink.sum(axis=0) == 12).any() and (ink.sum(axis=1) == 12).any()
    assert ink.sum() == 2 * 12 - 1


def test_a_thick_line_keeps_its_area():
    picture = ring(page(), 128, 128, 80, 28)
    assert 0.9 < shows(small(picture), INK).sum() * 256 / shows(picture, INK).sum() < 1.1


def test_outlines_less_than_a_cell_apart_are_not_run_together():
    for gap in (3, 8, 14):
        picture = ring(ring(page(), 70, 128, 50, 6), 70 + 100 + 6 + gap, 128, 50, 6)
        ink = shows(small(picture), INK)
        assert parts(ink, by_corners=True) == 2
        assert parts(~ink, by_corners=False) == 3


@pytest.mark.parametrize("turn", [0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5])
def test_three_squares_in_each_other_two_cells_apart_stay_apart_however_they_are_turned(turn):
    picture = page()
    along, across = (
        (X - 127) * np.cos(turn) + (Y - 129) * np.sin(turn),
        (Y - 129) * np.cos(turn) - (X - 127) * np.sin(turn),
    )
    away = np.maximum(np.abs(along), np.abs(across))
    for half in (14, 46, 78):
        picture[np.abs(away - half) < 3] = INK
    ink = shows(small(picture), INK)
    assert parts(ink, by_corners=True) == 3
    assert parts(~ink, by_corners=False) == 4


def test_three_bubbles_less_than_a_cell_apart_are_moved_apart_as_a_whole():
    picture = page()
    for place in (96, 128, 160):
        ring(picture, place, place - 6, 12, 4)
    ink = shows(small(picture), INK)
    assert parts(ink, by_corners=True) == 3
    assert parts(~ink, by_corners=False) == 4


def test_a_small_hole_keeps_a_cell_of_its_own():
    for x, y in ((128, 128), (120, 136), (123, 131)):
        art = small(ring(page(), x, y, 16, 8))
        assert parts(~shows(art, INK), by_corners=False) == 2
        assert shows(art, FILL).any()


@pytest.mark.parametrize(("x", "y"), [(1, 128), (255, 128), (128, 1), (128, 255), (254, 254)])
def test_a_line_and_a_hole_may_lie_at_the_edge_of_the_picture(x, y):
    art = small(ring(page(), x, y, 17, 9))
    assert shows(art, INK).any() and shows(art, PAPER).sum() > 230


def test_a_cell_that_a_line_was_pushed_out_of_shows_its_own_side():
    picture = ring(ring(page(), 70, 128, 50, 6), 70 + 100 + 9, 128, 50, 6, fill=(60, 120, 200, 255))
    art = small(picture)
    between = art[8, 7:9]
    assert not shows(between, FILL).any() or not shows(between, (60, 120, 200, 255)).any()
    assert shows(art[:, :1], PAPER).all()


def test_parallel_strokes_stay_apart_and_open():
    picture = page()
    for x in (40, 80, 120, 160, 200):
        picture[50:200, x : x + 6] = INK
    ink = shows(small(picture), INK)
    assert parts(ink, by_corners=True) == 5
    assert parts(~ink, by_corners=False) == 1
    assert all(8 <= column <= 10 for column in ink.sum(axis=0)[ink.any(axis=0)])


@pytest.mark.parametrize("quality", [95, 85, 75, 60, 40])
@pytest.mark.parametrize(("ground", "ink", "fill"), [(PAPER, INK, FILL), (FILL, (40, 60, 130, 255), PAPER)])
def test_a_drawing_that_was_saved_as_a_jpeg_keeps_its_lines(quality, ground, ink, fill):
    picture = ring(ring(page(ground), 90, 120, 60, 5, ink, fill), 150, 140, 70, 5, ink, fill)
    picture[60:64, 20:236] = ink
    file = io.BytesIO()
    Image.fromarray(picture[..., :3]).save(file, "JPEG", quality=quality)
    drawn, saved = (small(each, 32) for each in (picture, np.array(Image.open(file).convert("RGBA"))))
    inked = [np.abs(each.astype(int) - ink).sum(axis=-1) < 150 for each in (drawn, saved)]
    for mask, by_corners in ((inked, True), ([~each for each in inked], False)):
        assert parts(mask[0], by_corners) == parts(mask[1], by_corners)
    assert (inked[0] != inked[1]).mean() < 0.01


@pytest.mark.parametrize("grain", [1, 2, 4])
def test_the_tones_of_a_pencil_are_one_line(grain):
    side = 1024
    random = np.random.default_rng(grain)
    tones = random.integers(50, 110, (side // grain, side // grain)).repeat(grain, axis=0).repeat(grain, axis=1)
    away = np.hypot(*(np.mgrid[0:side, 0:side] - 500))
    stroke = np.clip(4 - np.abs(away - 300), 0, 1)[..., None] * (away < 500)[..., None]  # with smooth edges
    paper = np.full((side, side, 3), (244, 236, 212))
    scan = np.dstack([paper * (1 - stroke) + tones[..., None] * stroke, np.full((side, side), 255)]).astype(np.uint8)
    line = small(scan, 64)[..., 0] < 170
    assert (parts(line, by_corners=True), parts(~line, by_corners=False)) == (1, 2)
    steps = 4 * np.sqrt(2) * 300 / 16  # cells of a circle that go on by corners too
    assert steps - 4 <= line.sum() <= steps + 4


def smooth(picture, times=2):
    """The picture a few times smaller, with mixed colours along its edges."""
    blocks = picture.reshape(SIDE // times, times, SIDE // times, times, 4)
    return blocks.mean(axis=(1, 3)).round().astype(np.uint8).repeat(times, axis=0).repeat(times, axis=1)


def is_ink(picture, y, x):
    known = ink(picture)
    return bool(known.inks[known.labels[y, x]])


@pytest.mark.parametrize(
    ("kind", "seed", "stroke", "side"),
    [
        ("shapes", 3027, 8, 32),  # a small shape over another's corner
        ("shapes", 3032, 8, 32),  # a triangle of three cells
        ("shapes", 3053, 14, 32),  # where two outlines meet, a cell is mostly of neither shape
        ("shapes", 3058, 8, 32),
        ("shapes", 3062, 8, 32),
        ("hatching", 3003, 14, 48),  # paper that is seen at the ends of rows and columns only
        ("pencil", 1000, 14, 64),  # a dark stroke along a lighter one
    ],
)
def test_drawings_are_whole_that_were_not_once(kind, seed, stroke, side):
    pytest.importorskip("scipy")
    source = drawing(kind, seed, stroke)
    assert figures(source, downscale(source.picture, side, side, "line-art")).whole


@pytest.mark.parametrize("seed", [3000, 3004, 3018, 3038])
def test_fills_that_have_the_colour_of_other_edges_are_no_ink_and_all_outlines_are(seed):
    pytest.importorskip("scipy")
    source = drawing("coloured lines", seed)
    known = ink(source.picture)
    wrong = (known.inks[known.labels] == 1) != source.ink
    assert wrong.sum() < 0.05 * source.ink.sum()  # a pixel of mixed colour is either


@pytest.mark.parametrize("fill", [(27, 4, 11), (0, 24, 0), (18, 18, 40), (30, 26, 24)])
def test_a_fill_nearly_as_dark_as_its_outline_is_no_ink(fill):
    art = small(ring(page(), 128, 128, 90, 12, ink=(0, 0, 0, 255), fill=(*fill, 255)), 32)
    outline = shows(art, (0, 0, 0, 255))
    assert parts(outline, by_corners=True) == 1
    assert parts(~outline, by_corners=False) == 2
    assert (shows(art, (*fill, 255)) | shows(art, PAPER))[~outline].all()


@pytest.mark.parametrize("fill", [(27, 4, 11), (0, 24, 0), (18, 18, 44)])
def test_grain_hides_no_fill_nearly_as_dark_as_its_outline(fill):
    picture = ring(page(), 128, 128, 90, 12, ink=(0, 0, 0, 255), fill=(*fill, 255)).astype(int)
    picture[..., :3] += np.random.default_rng(7).normal(0, 2, (SIDE, SIDE, 3)).round().astype(int)
    art = small(np.clip(picture, 0, 255).astype(np.uint8), 32).astype(int)
    inside = np.abs(art[..., :3] - fill).max(axis=-1) < 9
    assert parts(inside, by_corners=False) == 1
    assert inside.sum() > 250


@pytest.mark.parametrize("seed", [1, 6, 11])
def test_dark_fills_whose_colour_a_jpeg_gave_to_rims_too_are_no_ink(seed):
    sheet = Sheet(1024, 14, PAPER, INK, smooth=True)
    shapes(sheet, np.random.default_rng(seed), dark)
    source = saved(sheet.drawing(), 60)
    assert all(figures(source, small(source.picture, side)).whole for side in (48, 64))


def test_a_line_shows_its_own_colour_where_a_cell_has_only_its_rim():
    random = np.random.default_rng(6)
    for _ in range(40):
        x, y = random.uniform(90, 166, 2)
        picture = ring(ring(page(), x, y, 70, 4), x + random.uniform(-10, 10), y, 22, 4, fill=(60, 120, 200, 255))
        art = small(smooth(picture))
        apart = [np.abs(art.astype(int) - color).sum(axis=-1) for color in (PAPER, INK, FILL, (60, 120, 200, 255))]
        assert np.min(apart, axis=0).max() <= 6


def test_an_outline_beside_a_rim_of_a_third_colour_is_ink():
    violet, blue, rim = (76, 4, 140, 255), (68, 84, 196, 255), (116, 28, 148, 255)
    picture = ring(ring(page(), 60, 60, 40, 8, rim), 160, 160, 60, 8, violet, blue)
    away = np.hypot(X - 160, Y - 160)
    picture[(np.abs(away - 56) < 1) & (Y < 140)] = rim
    assert is_ink(picture, 160, 220) and not is_ink(picture, 160, 160)


def test_two_strokes_of_a_pencil_less_than_their_width_apart_are_ink():
    picture = page()
    picture[20:120, 100:106] = (108, 108, 116, 255)
    picture[60:230, 110:116] = (76, 76, 84, 255)
    picture[60:64, 20:80] = (108, 108, 116, 255)
    assert is_ink(picture, 100, 103) and is_ink(picture, 100, 113)


def test_paper_that_lies_only_around_a_shape_is_no_ink():
    picture = ring(page(), 128, 128, 110, 5)
    picture[100:160, 90:94] = picture[100:160, 140:144] = INK
    picture[18:240, 126:129] = PAPER  # where it is within the shape it is narrow
    assert not is_ink(picture, 4, 4) and is_ink(picture, 120, 92)


def test_what_is_finer_than_the_pen_is_a_speck_and_what_is_as_wide_is_a_dot():
    for side, pieces in ((3, 0), (5, 1)):
        picture = page()
        picture[100 : 100 + side, 100 : 100 + side] = INK
        assert shows(small(ring(picture, 200, 200, 40, 6)), INK)[:8, :8].sum() == pieces


def test_a_dot_has_no_ink_around_it_and_stays_on_its_own_ground():
    picture = ring(page(), 128, 128, 60, 4)
    for x in (100, 121, 150, 192):  # the second is in the cell beside the first, the last one beside the outline
        picture[118:122, x : x + 4] = INK
    dots = shows(small(picture), INK)
    assert parts(dots, by_corners=True) == 1 + 2
    assert list(dots[7, 5:13]) == [False, True, False, False, True, False, True, False]


def test_short_strokes_stay():
    picture = ring(page(), 128, 128, 30, 3)
    for turn in np.arange(8) * np.pi / 4 + 0.2:
        for away in np.arange(70, 95, 0.5):
            y, x = (128 + away * np.array([np.sin(turn), np.cos(turn)])).astype(int)
            picture[y : y + 3, x : x + 3] = INK
    rays = shows(small(picture), INK)
    assert parts(rays, by_corners=True) == 1 + 8


@pytest.mark.parametrize("strength", [5, 10])
def test_the_texture_of_paper_is_no_ink(strength):
    source = on_paper(drawing("shapes", 7), strength)
    assert figures(source, downscale(source.picture, 64, 64, "line-art")).whole


@pytest.mark.parametrize("blur", [1.5, 3])
def test_soft_lines_are_as_whole_as_sharp_ones(blur):
    source = soft(drawing("shapes", 7), blur)
    assert figures(source, downscale(source.picture, 48, 48, "line-art")).whole


def test_a_shaded_picture_without_lines_comes_out_without_lines():
    picture = page()
    picture[..., :3] = (np.stack([X, Y, (X + Y) / 2], axis=-1) * 0.99).astype(np.uint8)
    off = small(picture).astype(int) - downscale(picture, CELLS, CELLS, "box")
    assert np.abs(off).max() <= 16


@pytest.mark.parametrize(
    ("beside", "kept", "ends"),
    [([], 15, True), ([(3, 1)], 15, False), ([], 10, False), ([(2, 4)], 15, False)],
    ids=["end", "corner", "two cells wide", "goes on"],
)
def test_the_last_cell_of_a_line_on_a_border_stays(beside, kept, ends):
    line = np.zeros((8, 8), np.uint8)
    line[2:6, 3] = line[3:6, 2] = 1
    for place in beside:
        line[place] = 1
    mask, at = line.ravel(), 2 * 8 + 3
    cover, keep = mask.astype(np.int32) * 10, np.full(line.shape, float(kept))
    assert simple_points.is_end(simple_points.around(mask, at, 8), cover, mask, keep, at, 8, 2, 3) == ends


def test_yokois_number_is_one_where_a_cell_can_go_unnoticed():
    e, ne, n, nw, w, sw, s, se = (1 << k for k in range(8))
    assert all(simple_points.NUMBER[code] == 1 for code in (e, ne, e | ne, n | e, n | ne | e | se | s))
    assert all(simple_points.NUMBER[code] == 2 for code in (e | w, ne | sw, n | s | ne, nw | ne))
    assert all(simple_points.NUMBER[code] == 0 for code in (0, 255, e | n | w | s))


@pytest.fixture
def both_forms(monkeypatch):
    """Each step runs in both its forms, which must agree."""
    pytest.importorskip("numba")
    run = set()

    def call(step, *arguments):
        plain, fast = step.plain(*arguments), step.fast(*arguments)
        assert np.array_equal(plain, fast) and plain.dtype == fast.dtype, step.__name__
        run.add(step.__name__)
        return plain

    monkeypatch.setattr(twins.Step, "__call__", call)
    yield
    assert run == {name.split(".")[1] for name, step in twins.STEPS.items() if step.module in LINES}


@pytest.mark.parametrize(("width", "height"), [(16, 16), (37, 23), (200, 5), (1, 1)])
def test_both_forms_of_every_step_agree(both_forms, width, height):
    random = np.random.default_rng(width)
    drawing = page((0, 0, 0, 0))
    for _ in range(7):
        ink, fill = (*random.integers(0, 90, 3), 255), (*random.integers(90, 256, 3), 255)
        ring(drawing, *random.uniform(20, 236, 2), random.uniform(10, 60), random.uniform(2, 22), ink, fill)
    noise = random.integers(0, 256, (50, 70, 4), dtype=np.uint8)
    for picture in (drawing, noise, noise[:, :9].copy(), drawing[:1].copy(), np.zeros((9, 9, 4), np.uint8)):
        if width < picture.shape[1] or height < picture.shape[0]:
            downscale(picture, width, height, "line-art")
    downscale(drawing, width, height, "line-art")


def oversharpened(picture):
    return np.array(Image.fromarray(picture).filter(ImageFilter.UnsharpMask(4, 200, 0)))


@pytest.mark.parametrize("side", [48, 96])
@pytest.mark.parametrize(("kind", "seed"), [("shapes", 22), ("light on dark", 22), ("brush", 21), ("brush", 22)])
def test_halos_that_sharpening_left_beside_lines_are_no_lines(kind, seed, side):
    source = drawing(kind, seed)
    assert figures(source, downscale(oversharpened(source.picture), side, side, "line-art")).whole


@pytest.mark.parametrize("seed", [0, 1, 3, 5])
def test_tiles_of_many_colours_are_no_ink_after_a_mask_as_narrow_as_scanners_have(seed):
    random, sheet = np.random.default_rng(seed), Image.new("RGB", (1024, 1024), PAPER[:3])
    pen = ImageDraw.Draw(sheet)
    for row, column in np.ndindex(4, 4):
        x, y = 100 + 206 * row + 10 * column, 100 + 206 * column
        fill = tuple(int(part) for part in random.integers(60, 250, 3))
        pen.rectangle([x, y, x + 206, y + 206], fill, INK[:3], 24)
    art = small(np.array(sheet.reduce(2).filter(ImageFilter.UnsharpMask(1.5, 200, 0)).convert("RGBA")), 48)
    dark = art[..., :3].max(axis=-1) < 60
    assert parts(dark, by_corners=True) == 1
    assert parts(~dark, by_corners=False) == 17


@pytest.mark.parametrize("kind", ["shapes", "coloured lines", "light on dark", "lettering"])
def test_a_drawing_without_halos_has_none(kind):
    source = drawing(kind, 23)
    labels = inks.labelled(source.picture, centers := inks.groups(inks.histogram(source.picture), inks.SURFACE_REACH))
    assert inks._ballots(labels, inks.distances(centers), inks.BLUR)[3].sum() == 0


def test_both_forms_of_the_ballot_agree_with_halos_and_without():
    pytest.importorskip("numba")
    picture = oversharpened(drawing("coloured lines", 21, 14, 256).picture)
    labels = inks.labelled(picture, centers := inks.groups(inks.histogram(picture), inks.SURFACE_REACH))
    for halo in (0, 3, inks.WIDE_HALO):
        arguments = labels, inks.distances(centers), 32, 3, halo
        assert np.array_equal(inks.ballot.plain(*arguments), inks.ballot.fast(*arguments))
