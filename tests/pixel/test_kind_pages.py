"""Pictures on pages and in editors, and pixels repeated an uneven number of times: what `auto` takes them for."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pixart_nodes.pixel.grid import uneven
from pixart_nodes.pixel.kind import page
from pixart_nodes.pixel.kind.kind import FALSE_PIXEL_ART, FLAT, LINE_ART, PHOTOGRAPH, PIXEL_ART, look
from pixart_nodes.pixel.kind.treatment import snapped, treatment

from benchmarks.grid_distortions import jpeg
from benchmarks.grid_sources import creatures, mountains
from benchmarks.kinds_cartoons import CONTINUOUS
from benchmarks.kinds_cartoons import FLAT as CARTOONS

ART = mountains(96, 64, "sweetie-16", 6)


def enlarged(art, scale):
    size = tuple(round(scale * side) for side in art.shape[1::-1])
    return np.array(Image.fromarray(art).resize(size, Image.Resampling.NEAREST))


def on_page(picture, ground="white", left=47, top=33):
    """The picture on a page with margins and a line of words below it."""
    height, width = picture.shape[:2]
    sheet = Image.new("RGBA", (width + left + 61, height + top + 70), ground)
    sheet.paste(Image.fromarray(picture), (left, top))
    ImageDraw.Draw(sheet).text((left, height + top + 20), "A picture that somebody made", fill="#777777")
    return np.array(sheet)


@pytest.mark.parametrize("scale", [2.5, 2.7, 3.3, 3.75, 4.5, 5.5, 9.4])
@pytest.mark.parametrize("art", [ART, creatures(4, 3, 16, "endesga-16", 4)])
def test_sharp_pixel_art_of_an_uneven_size_comes_back_as_it_was(art, scale):
    large = enlarged(art, scale)
    plan = treatment(large)
    assert (plan.kind, plan.grid.size) == (FALSE_PIXEL_ART, art.shape[1::-1])
    assert np.array_equal(snapped(large, plan), art)


def test_where_every_column_changes_there_are_no_cells():
    assert uneven.cells(np.arange(1, 200), np.arange(1, 150), 200, 150) is None


def test_few_lines_that_fit_are_chance():
    """Nine columns at multiples of 20 and their ends, as of a table, say little; a hundred of cells say much."""
    few = np.array([40, 60, 100, 120, 180])
    many = np.unique(np.ceil(np.arange(1, 100) * 3.3 - 0.5).astype(int))
    assert uneven.cells(few, few, 200, 200) is None
    across, down = uneven.cells(many, many, 330, 330)
    assert abs(across.pitch - 3.3) < 0.01
    assert down == across


def test_axes_of_unlike_pitch_are_no_cells():
    one, other = (np.unique(np.ceil(np.arange(1, 90) * pitch - 0.5).astype(int)) for pitch in (3.3, 4.6))
    assert uneven.cells(one, other, 330, 460) is None


@pytest.mark.parametrize("scale", [5, 6.5])
@pytest.mark.parametrize("ground", ["white", "#2b2b30"])
def test_pixel_art_on_a_page_is_found_within_its_margins(scale, ground):
    plan = treatment(on_page(enlarged(ART, scale), ground))
    size = f"{96 * scale:.0f} x {64 * scale:.0f}"
    assert plan.kind == FALSE_PIXEL_ART
    assert plan.reason.startswith(f"It is a page with a picture of {size} pixels. Its changes lie on a grid of 96 x 64")


@pytest.mark.parametrize("scale", [5, 8])
@pytest.mark.parametrize("quality", [85, 70])
def test_pixel_art_on_a_page_is_known_as_a_jpeg_too(scale, quality):
    assert look(jpeg(on_page(enlarged(ART, scale)), quality)).kind == FALSE_PIXEL_ART


def test_the_pixels_on_a_page_come_back_as_they_were():
    large = on_page(enlarged(ART, 5))
    small = snapped(large, treatment(large))
    left, top = round(47 / 5), round(33 / 5)
    assert np.array_equal(small[top : top + 64, left : left + 96], ART)
    assert (small[:top, :left] == 255).all()


def test_the_cells_of_a_part_go_on_over_the_page():
    large = on_page(enlarged(ART, 5))
    grid = look(large).grid
    for axis, size, start in ((grid.x, large.shape[1], 47), (grid.y, large.shape[0], 33)):
        assert (axis.edges[0], axis.edges[-1]) == (0, size)
        assert start in axis.edges
        assert np.diff(axis.edges).min() > axis.pitch / 2


def test_a_photograph_on_a_page_is_one_and_a_cartoon_is_not():
    photo, cartoon = (paint(np.random.default_rng(5), 400) for paint in (CONTINUOUS["terrain"], CARTOONS["landscape"]))
    assert [look(on_page(each)).kind for each in (photo, cartoon)] == [PHOTOGRAPH, FLAT]


def test_a_page_without_a_picture_has_no_figure():
    blank = np.full((200, 300, 4), 255, np.uint8)
    sprite = np.zeros((200, 300, 4), np.uint8)
    sprite[60:140, 80:200] = 90, 30, 30, 255
    round_one = Image.new("RGBA", (300, 200), "white")
    ImageDraw.Draw(round_one).line([(20, 20), (280, 180)], "black", 5)
    assert [page.figure(each) for each in (blank, sprite, np.array(round_one))] == [None, None, None]


def test_a_figure_is_found_to_the_pixel_and_in_jpeg_nearly():
    large = on_page(enlarged(ART, 5))
    assert page.figure(large) == page.Figure(33, 33 + 320, 47, 47 + 480)
    soft = page.figure(jpeg(large, 70))
    assert np.abs(np.subtract(soft, (33, 353, 47, 527))).max() <= 1


def test_a_plan_in_walls_of_one_width_with_thin_lines_has_no_cells():
    large = Image.new("RGBA", (1572, 1394), "white")
    pen = ImageDraw.Draw(large)
    pen.rectangle([80, 80, 1492, 1314], outline="black", width=18)
    for x, y in ((260, 500), (330, 500), (700, 1140), (1010, 500)):
        pen.line([(x, 80), (x, y)], "black", 18)
        pen.line([(80, y), (1332, y)], "black", 18)
        pen.arc([x - 80, y - 80, x + 80, y + 80], 0, 90, "black", 4)
    pen.line([(80, 1354), (1492, 1354)], "black", 4)
    assert look(np.array(large.reduce(2))).kind == LINE_ART


def test_small_sprites_on_a_plain_sheet_are_native_still():
    sheet = np.full((160, 220, 4), (40, 44, 52, 255), np.uint8)
    sheet[40:104, 50:146] = ART
    assert look(sheet).kind == PIXEL_ART
