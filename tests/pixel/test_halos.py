"""Halos of unsharp masking are given their fill's colour; outlines as narrow as they are stay outlines."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter
from pixart_nodes.pixel.resize.downscale import downscale
from pixart_nodes.pixel.resize.halos import flat, settled, without_halos

from benchmarks.sketch import Drawing, figures
from benchmarks.sketch_drawings import drawing

SIDE = 512
Y, X = np.mgrid[0:SIDE, 0:SIDE] + 0.5


def masked(picture, radius=4, percent=200):
    return np.array(Image.fromarray(picture).filter(ImageFilter.UnsharpMask(radius, percent, 0)))


def discs(ground, ink, fills, stroke):
    """Nine outlined discs, one within another in each place, drawn smoothly; fills in turn."""
    canvas, lines = np.tile(np.uint8([*ground, 255]), (SIDE, SIDE, 1)), np.zeros((SIDE, SIDE), bool)
    for n, (y, x) in enumerate(np.ndindex(3, 3)):
        for radius, fill in ((68, fills[n % len(fills)]), (34, ground)):
            away = np.hypot(X - 170 * x - 86, Y - 170 * y - 86)
            canvas[away < radius] = (*fill, 255)
            lines |= np.abs(away - radius) < stroke / 2
    inked = canvas.copy()
    inked[lines] = (*ink, 255)
    picture = np.array(Image.fromarray(inked).filter(ImageFilter.GaussianBlur(0.6)))
    return Drawing(picture, lines, [(*ink, 255)], canvas, stroke)


GREY = discs((150, 150, 160), (15, 15, 15), [(90, 170, 200), (200, 120, 60), (60, 140, 70)], 8)
RINGS = discs((140, 148, 165), (60, 10, 60), [(90, 110, 190), (180, 210, 235), (228, 132, 212)], 8)
EYES = discs((45, 50, 70), (0, 0, 0), [(250, 250, 250)], 6)


@pytest.mark.parametrize(("radius", "percent"), [(4, 200), (2, 150), (3, 150)])
@pytest.mark.parametrize("source", [GREY, RINGS], ids=["grey", "coloured"])
@pytest.mark.parametrize("side", [48, 64])
def test_halos_on_grounds_between_black_and_white_are_no_lines(source, radius, percent, side):
    small = figures(source, downscale(masked(source.picture, radius, percent), side, side, "line-art"))
    assert small.whole and small.exact > 0.85  # which aren't: a channel cut off at full light keeps some of its halo


@pytest.mark.parametrize("scale", [1, 2])
def test_white_that_is_outlined_in_black_on_a_dark_ground_keeps_its_outline(scale):
    picture = np.array(Image.fromarray(EYES.picture).resize((SIDE // scale, SIDE // scale), Image.Resampling.BOX))
    for side in (48, 64):
        assert figures(EYES, downscale(picture, side, side, "line-art")).whole


@pytest.mark.parametrize("quality", [None, 90, 75, 50])
@pytest.mark.parametrize("kind", ["shapes", "coloured lines", "light on dark", "brush"])
def test_a_drawing_that_was_not_sharpened_stays_the_same_object(kind, quality):
    picture = drawing(kind, 5, 14, 512).picture
    if quality:
        Image.fromarray(picture[..., :3]).save(file := io.BytesIO(), "JPEG", quality=quality)
        picture = np.array(Image.open(file).convert("RGBA"))
    assert without_halos(picture) is picture


def test_a_halo_becomes_the_colour_that_it_ends_in_and_a_line_stays():
    halo = np.uint8([[90] * 20 + [0] * 6 + [200, 240, 215, 195, 180, 170, 164, 161] + [160] * 20])
    line = np.uint8([[90] * 20 + [0] * 6 + [240, 240, 240, 240, 240, 200] + [160] * 20])
    counts = np.zeros(2, np.int64)
    assert (flat(halo, counts)[0, 26:] == 160).all() and counts.tolist() == [3, 1]
    assert np.array_equal(flat(line, counts), line) and counts.tolist() == [6, 1]


def test_both_forms_agree():
    pytest.importorskip("numba")
    random = np.random.default_rng(3)
    drawn = masked(RINGS.picture)[::9, :, 1]
    waves = np.cumsum(random.integers(-9, 10, (40, 90)), axis=1).astype(np.uint8)
    for plane in (drawn, waves, random.integers(0, 256, (20, 30), dtype=np.uint8), drawn[:, :1], drawn[:1, :2]):
        counts = np.zeros((2, 2), np.int64)
        plane = np.ascontiguousarray(plane)
        assert np.array_equal(flat.plain(plane, counts[0]), flat.fast(plane, counts[1]))
        assert np.array_equal(counts[0], counts[1])


def test_both_forms_agree_on_whole_pictures():
    pytest.importorskip("numba")
    random = np.random.default_rng(4)
    drawn = masked(RINGS.picture)
    clear = drawn.copy()
    clear[::3, ::5, 3] = random.integers(0, 256, clear[::3, ::5, 3].shape)
    noise = random.integers(0, 256, (40, 33, 4), dtype=np.uint8)
    for picture in (drawn, clear, noise, drawn[:, 100:117], drawn[:1], drawn[:, :1], drawn[:16, ::2], drawn[:0]):
        assert np.array_equal(settled.plain(picture), settled.fast(picture))
