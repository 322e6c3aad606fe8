"""What a picture is taken for, and what is done with it: a sample; `python -m benchmarks kinds` measures hundreds."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from pixart_nodes.errors import UnknownName
from pixart_nodes.pixel.dither.table import DITHERS
from pixart_nodes.pixel.grid import sample
from pixart_nodes.pixel.kind.kind import FALSE_PIXEL_ART, FLAT, KINDS, LINE_ART, PHOTOGRAPH, PIXEL_ART, look
from pixart_nodes.pixel.kind.sight import Sight
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


@pytest.mark.parametrize("way", ["BILINEAR", "BICUBIC", "LANCZOS"])
@pytest.mark.parametrize(("scale", "quality"), [(6, 0), (8, 90)])
def test_pixel_art_enlarged_with_soft_edges_is_false_pixel_art_of_its_own_size(way, scale, quality):
    """At 8 its cells begin where JPEG's blocks do, which are no grid."""
    art = NATIVE["mountains"]()[:48, :64]
    size = art.shape[1] * scale, art.shape[0] * scale
    large = np.array(Image.fromarray(art).resize(size, Image.Resampling[way]))
    plan = treatment(jpeg(large, quality) if quality else large)
    assert (plan.kind, plan.grid and plan.grid.size) == (FALSE_PIXEL_ART, (64, 48))


@pytest.mark.parametrize("way", ["BILINEAR", "BICUBIC", "LANCZOS"])
@pytest.mark.parametrize(("scale", "quality"), [(5.3, 80), (11, 70)])
def test_what_jpeg_left_of_soft_cells_is_enough(way, scale, quality):
    """A single sprite has few of them, and no edge of it goes over fewer than five pixels."""
    art = creatures(1, 1, 16, "pico-8", 3)
    ground = np.full((24, 20, 4), (90, 140, 90, 255), np.uint8)
    ground[4:20, 2:18] = np.where(art[..., 3:] > 0, art, ground[4:20, 2:18])
    size = round(20 * scale), round(24 * scale)
    plan = treatment(jpeg(np.array(Image.fromarray(ground).resize(size, Image.Resampling[way])), quality))
    assert (plan.kind, plan.grid and plan.grid.size) == (FALSE_PIXEL_ART, (20, 24))


@pytest.mark.parametrize("way", ["BILINEAR", "BICUBIC", "LANCZOS"])
def test_a_part_cut_out_of_soft_cells_has_the_same_cells(way):
    art = NATIVE["mountains"]()[:48, :64]
    large = np.array(Image.fromarray(art).resize((64 * 9, 48 * 9), Image.Resampling[way]))
    plan = treatment(jpeg(large[13:-14, 22:-5], 85))
    assert (plan.kind, plan.grid and plan.grid.size) == (FALSE_PIXEL_ART, (61, 45))
    small = snapped(jpeg(large[13:-14, 22:-5], 85), plan)
    assert np.abs(small[1:-1, 1:-1, :3].astype(int) - art[2:45, 3:62, :3]).mean() < 8  # JPEG's; a cell off it is 20


def test_what_is_no_pixel_art_is_none_when_enlarged_softly_either():
    """Its cells are found, but have mixes on all their edges, or no edges."""
    photo = CONTINUOUS["balls"](np.random.default_rng(5), 120)
    large = [
        np.array(Image.fromarray(one).resize((480, 480), Image.Resampling.BICUBIC)) for one in (photo, icon(110, None))
    ]
    assert [seen(jpeg(one, 90)) for one in large] == [PHOTOGRAPH, LINE_ART]


def test_curves_go_through_the_cells_of_a_drawing_on_a_raster():
    """Nearly all its edges lie on the lines of a raster of 24, and a slight blur made them soft."""
    large = Image.new("RGBA", (1440, 1440), "white")
    pen = ImageDraw.Draw(large)
    for box in ((120, 240, 660, 1200), (780, 240, 1320, 600), (780, 720, 1320, 1200)):
        pen.rounded_rectangle(box, 120, fill="black")
    blurred = large.resize((720, 720), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1))
    assert seen(np.array(blurred)) == FLAT


def test_cartoons_with_gradients_are_flat_and_gradients_alone_photographs():
    y, x = np.mgrid[:400, :400]
    shades = np.dstack([120 + x // 4, 200 - y // 4, 90 + 0 * x, np.full_like(x, 255)]).astype(np.uint8)
    ground = np.full_like(shades, 240)
    inside = np.hypot(x - 200, y - 200) < 150
    assert seen(shades) == PHOTOGRAPH
    assert seen(np.where(inside[..., None], shades, ground)) == FLAT


def test_one_colour_is_counted_as_one():
    assert look(np.full((16, 16, 4), 255, np.uint8)).reason.startswith("It has 1 colour in runs of")


def test_a_few_sprites_on_a_plain_ground_are_known_when_enlarged_softly():
    ground = np.full((40, 56, 4), (200, 220, 240, 255), np.uint8)
    art = creatures(2, 1, 16, "pico-8", 3)
    ground[12:28, 12:44] = np.where(art[..., 3:] > 0, art, ground[12:28, 12:44])
    large = np.array(Image.fromarray(ground).resize((336, 240), Image.Resampling.BILINEAR))
    assert treatment(jpeg(large, 90)).kind == FALSE_PIXEL_ART


def test_tiles_of_hundreds_of_colors_are_pixel_art_and_photographs_in_256_are_not():
    rng = np.random.default_rng(6)
    shades = rng.integers(0, 256, (4, 4, 1, 1, 3)) + rng.integers(-24, 25, (1, 1, 16, 16, 1))
    tiles = np.clip(shades[:, :, :, :, :], 0, 255).transpose(0, 2, 1, 3, 4).reshape(64, 64, 3).astype(np.uint8)
    ground = np.full((96, 96, 4), (60, 120, 60, 255), np.uint8)
    ground[16:80, 16:80, :3] = tiles
    assert len(np.unique(ground.reshape(-1, 4), axis=0)) > 500
    assert seen(ground) == PIXEL_ART
    photo = Image.fromarray(CONTINUOUS["balls"](np.random.default_rng(5), 120)).convert("RGB").quantize(256)
    assert seen(np.array(photo.convert("RGBA"))) == PHOTOGRAPH


def icon(size, fill, *, ground="white"):
    """A tag with a hole and a bow, on a raster of 24 with strokes of 2, as sets of icons draw them."""
    large = Image.new("RGBA", (96 * 24, 96 * 24), ground)
    pen, unit = ImageDraw.Draw(large), 96
    corners = [(4, 12), (12, 4), (20, 4), (20, 12), (12, 20)]
    pen.polygon([(x * unit, y * unit) for x, y in corners], fill=fill)
    pen.line([(x * unit, y * unit) for x, y in [*corners, *corners[:2]]], "black", 2 * unit, joint="curve")
    pen.ellipse([14 * unit, 6 * unit, 18 * unit, 10 * unit], fill=fill, outline="black", width=2 * unit)
    return np.array(large.resize((size, size), Image.Resampling.BOX))


@pytest.mark.parametrize("fill", [None, "#2f88ff"])
@pytest.mark.parametrize("ground", ["white", "#00000000"])
def test_icons_in_bold_lines_are_line_art_though_their_strokes_are_a_twelfth_of_them_wide(fill, ground):
    assert [seen(icon(size, fill, ground=ground)) for size in (300, 512)] == [LINE_ART, LINE_ART]


def test_bars_as_bold_but_of_unlike_widths_are_flat():
    bars = np.full((400, 400, 4), 255, np.uint8)
    for place, wide, color in zip((60, 120, 200, 300), (20, 44, 12, 30), (30, 90, 150, 200), strict=True):
        bars[80:320, place : place + wide, :3] = color, 255 - color, 120
    turned = np.array(Image.fromarray(bars).rotate(17, Image.Resampling.BICUBIC, fillcolor="white"))
    assert seen(turned) == FLAT


def test_a_smooth_shape_with_a_gradient_has_no_grid():
    """Its steps of one level lie on even lines, but cells' colours, enlarged, don't make its round edge."""
    y, x = np.mgrid[:512, :512]
    shades = np.dstack([x // 4, y // 4 + 60, 255 - x // 4, np.clip(200 - np.hypot(x - 256, y - 256), 0, 1) * 255])
    assert seen(shades.astype(np.uint8)) == PHOTOGRAPH


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
    assert Sight(turned).drawing.thin.lines > 0.45
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
    assert Sight(hidden).traits == Sight(art).traits


def test_a_large_picture_is_judged_by_as_many_lines_as_a_small_one():
    rows, columns = sample.sampled(np.zeros((2000, 3000, 4), np.uint8))
    assert (len(rows), len(columns)) == (sample.MOST_LINES, sample.MOST_LINES)
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


def texture(rgba, strength, seed=5):
    """The picture on paper whose light and dark are four pixels wide."""
    height, width = rgba.shape[:2]
    coarse = np.random.default_rng(seed).normal(0, 1, (height // 4, width // 4)).astype(np.float32)
    grain = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    textured = rgba.copy()
    textured[..., :3] = np.clip(rgba[..., :3] + strength / grain.std() * grain[..., None], 0, 255)
    return textured


@pytest.mark.parametrize("kind", ["shapes", "coloured lines", "hatching"])
def test_a_drawing_on_paper_with_a_texture_is_line_art(kind):
    picture = texture(drawing(kind, 5).picture, 7)
    assert [seen(picture), seen(jpeg(picture))] == [LINE_ART, LINE_ART]


@pytest.mark.parametrize("name", ["clouds", "terrain", "balls", "painting"])
def test_a_photograph_with_such_a_texture_is_one_still(name):
    assert seen(texture(CONTINUOUS[name](np.random.default_rng(8), 480), 7)) == PHOTOGRAPH


@pytest.mark.parametrize("kind", ["shapes", "brush", "coloured lines"])
def test_a_soft_drawing_is_line_art(kind):
    soft = Image.fromarray(drawing(kind, 4, 14).picture).filter(ImageFilter.GaussianBlur(2))
    assert seen(np.array(soft)) == LINE_ART


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("dark", [4, 7])
def test_dark_pixel_art_is_as_it_is_in_the_light(name, dark):
    art = NATIVE[name]()
    art[..., :3] //= dark
    large = art.repeat(5, axis=0).repeat(5, axis=1)
    assert [seen(art), seen(large)] == [PIXEL_ART, FALSE_PIXEL_ART]
    assert look(large).grid.size == art.shape[1::-1]


@pytest.mark.parametrize("scale", [3.4, 4.5, 6.3])
def test_pixels_repeated_an_uneven_number_of_times_are_known_whatever_is_level_in_the_picture(scale):
    letters = Image.new("RGBA", (120, 60), "white")
    drawn = ImageDraw.Draw(letters)
    drawn.fontmode = "1"
    for row in range(4):
        drawn.text((4, 3 + 14 * row), "MIXAWZ 4827 KRS", fill="#203060")
    size = tuple(round(scale * side) for side in letters.size)
    found = look(np.array(letters.resize(size, Image.Resampling.NEAREST)))
    assert found.kind == FALSE_PIXEL_ART
    assert max(abs(axis.pitch - scale) for axis in (found.grid.x, found.grid.y)) < 0.05 * scale


@pytest.mark.parametrize("side", [80, 96, 120])
def test_a_small_icon_with_smooth_edges_is_no_pixel_art(side):
    large = Image.new("RGB", (8 * side, 8 * side), "#f4f0e8")
    drawn = ImageDraw.Draw(large)
    drawn.ellipse((side, side, 6 * side, 6 * side), fill="#2a5caa")
    drawn.polygon([(3 * side, 2 * side), (7 * side, 5 * side), (4 * side, 7 * side)], fill="#e07030")
    assert seen(np.array(large.resize((side, side), Image.Resampling.BOX).convert("RGBA"))) == FLAT


def test_a_small_grey_photograph_is_no_pixel_art_though_it_has_few_colours():
    grain = np.random.default_rng(2).normal(0, 3, (64, 64))
    tones = 120 + 36 * np.sin(np.mgrid[0:64, 0:64].sum(axis=0) / 9) + grain
    grey = np.repeat(tones[..., None], 4, axis=2).astype(np.uint8)
    grey[..., 3] = 255
    assert seen(grey) == PHOTOGRAPH


def lit_from_one_side(rgba):
    """The picture in light that falls to six tenths across it and down."""
    height, width = rgba.shape[:2]
    light = 1 - 0.2 * np.arange(width) / width - 0.2 * np.arange(height)[:, None] / height
    shaded = rgba.copy()
    shaded[..., :3] = np.rint(rgba[..., :3] * light[..., None])
    return shaded


def grained(rgba, sigma):
    noisy = rgba.copy()
    noisy[..., :3] = np.clip(rgba[..., :3] + np.random.default_rng(3).normal(0, sigma, (*rgba.shape[:2], 3)), 0, 255)
    return noisy


def on_web_palette(rgba, dither):
    few = Image.fromarray(rgba).convert("RGB").convert("P", palette=Image.Palette.WEB, dither=dither)
    return np.array(few.convert("RGBA"))


def test_a_drawing_in_uneven_light_is_what_it_is_in_even_light():
    page = drawing("shapes", 4, 12, 640).picture
    cartoon = CARTOONS["landscape"](np.random.default_rng(5), 600)
    assert [seen(lit_from_one_side(each)) for each in (page, cartoon)] == [LINE_ART, FLAT]


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_photograph_in_uneven_light_is_one_still(name):
    assert seen(lit_from_one_side(CONTINUOUS[name](np.random.default_rng(5), 400))) == PHOTOGRAPH


def test_noise_makes_no_photograph_of_a_cartoon():
    assert seen(grained(CARTOONS["landscape"](np.random.default_rng(5), 600), 8)) == FLAT
    assert seen(grained(CONTINUOUS["balls"](np.random.default_rng(5), 600), 8)) == PHOTOGRAPH


@pytest.mark.parametrize("name", ["balls", "terrain"])
@pytest.mark.parametrize("dither", [Image.Dither.NONE, Image.Dither.FLOYDSTEINBERG])
def test_a_photograph_in_the_webs_colours_is_one_still(name, dither):
    assert seen(on_web_palette(CONTINUOUS[name](np.random.default_rng(5), 640), dither)) == PHOTOGRAPH


@pytest.mark.parametrize("dither", [Image.Dither.NONE, Image.Dither.FLOYDSTEINBERG])
def test_a_cartoon_in_the_webs_colours_is_one_still(dither):
    assert seen(on_web_palette(CARTOONS["shapes"](np.random.default_rng(5), 600), dither)) == FLAT


def straight_lines():
    """A net of lines without a period."""
    places = np.random.default_rng(5).integers(40, 900, (14, 2))
    return [((60, y), (1220, y)) for y, _ in places] + [((x, 40), (x, 900)) for _, x in places]


def oblique_lines():
    rows = [((60, 60 + 55 * each), (1220, 90 + 50 * each)) for each in range(16)]
    return rows + [((90 + 70 * each, 40), (60 + 74 * each, 900)) for each in range(16)]


@pytest.mark.parametrize("lines", [straight_lines, oblique_lines])
def test_thin_lines_with_smooth_edges_in_one_ink_are_no_pixel_art(lines):
    large = Image.new("RGBA", (1280, 960), "white")
    pen = ImageDraw.Draw(large)
    for start, end in lines():
        pen.line([*map(int, start), *map(int, end)], "black", 3)
    assert seen(np.array(large.resize((640, 480), Image.Resampling.BOX))) == LINE_ART
