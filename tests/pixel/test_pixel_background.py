"""A ground becomes transparent where it is ground, and smooth edges are cut out of it; all other pixels stay."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pixart_nodes.pixel.clean import clusters
from pixart_nodes.pixel.edit import background
from pixart_nodes.pixel.edit.background import Ground
from pixart_nodes.pixel.errors import UnknownName

INKS = {".": (255, 255, 255, 255), "#": (0, 0, 0, 255), "r": (200, 0, 0, 255), " ": (0, 0, 0, 0)}


def drawn(*rows):
    return np.array([[INKS[letter] for letter in row] for row in rows], np.uint8)


def shown(rgba):
    letters = {color: letter for letter, color in INKS.items()}
    return ["".join(letters[tuple(pixel)] for pixel in row) for row in rgba.tolist()]


RING = drawn(
    "........",
    ".######.",
    ".#..rr#.",
    ".#..rr#.",
    ".######.",
    "........",
)
CUT = ["        ", " ###### ", " #..rr# ", " #..rr# ", " ###### ", "        "]
HOLLOW = ["        ", " ###### ", " #  rr# ", " #  rr# ", " ###### ", "        "]


def test_what_touches_the_border_goes_and_what_is_enclosed_stays():
    assert shown(background.removed(RING, Ground())) == CUT


@pytest.mark.parametrize(("holes", "rows"), [(0, CUT), (1, HOLLOW), (4, HOLLOW), (5, CUT)])
def test_enclosed_holes_go_by_choice_of_their_size(holes, rows):
    assert shown(background.removed(RING, Ground(holes=holes))) == rows


def test_a_key_colour_goes_wherever_it_is():
    assert shown(background.removed(RING, Ground("key-color"))) == HOLLOW
    red = background.removed(RING, Ground("key-color", (200, 0, 0)))
    assert shown(red) == [row.replace("r", " ") for row in shown(RING)]


def test_a_diagonal_line_one_pixel_wide_holds_the_ground_back():
    diamond = drawn("..#..", ".#.#.", "#...#", ".#.#.", "..#..")
    assert shown(background.removed(diamond, Ground())) == ["  #  ", " #.# ", "#...#", " #.# ", "  #  "]


def test_a_border_of_another_colour_keeps_the_ground_inside():
    framed = drawn("####", "#..#", "#..#", "####")
    assert shown(background.removed(framed, Ground(color=(255, 255, 255)))) == shown(framed)
    assert shown(background.removed(framed, Ground())) == ["    ", " .. ", " .. ", "    "]


def test_transparency_that_is_there_already_is_ground_and_leads_further():
    half = drawn("  ..", " ##.", " ##.", "    ")
    assert shown(background.removed(half, Ground(color=(255, 255, 255)))) == ["    ", " ## ", " ## ", "    "]
    clear = np.zeros((4, 4, 4), np.uint8)
    assert background.border_color(clear) is None
    assert np.array_equal(background.removed(clear, Ground()), clear)


def test_a_noisy_ground_goes_within_the_tolerance_and_the_drawing_stays_to_the_byte():
    picture = Image.new("RGB", (96, 96), (236, 230, 220))
    ImageDraw.Draw(picture).ellipse([20, 20, 76, 76], fill=(180, 40, 60), outline=(20, 10, 20), width=3)
    noise = np.random.default_rng(1).integers(-6, 7, (96, 96, 3))
    rgba = np.full((96, 96, 4), 255, np.uint8)
    rgba[..., :3] = np.clip(np.asarray(picture).astype(int) + noise, 0, 255)
    inside = np.asarray(picture).sum(axis=2) < 500
    result = background.removed(rgba, Ground())
    assert np.array_equal(result[..., 3] > 0, inside)
    assert np.array_equal(result[inside], rgba[inside])
    assert (background.removed(rgba, Ground(tolerance=0.0))[..., 3] > 0).mean() > 0.95


def test_the_borders_colour_is_the_mean_of_its_most_frequent_ones():
    rgba = drawn("....", ".##.", ".##.", "rrr.")
    rgba[0, 0, :3] = 247
    assert background.border_color(rgba) == (254, 254, 254)


def test_a_tolerance_is_a_distance_in_oklab():
    greys = np.full((1, 256, 4), 255, np.uint8)
    greys[..., :3] = np.arange(256)[None, :, None]
    far = background.mask(greys, Ground("key-color", (0, 0, 0), 0.5))[0]
    assert far.tolist() == [True] * 100 + [False] * 156  # grey 99 has L 0.5 to less than a level
    assert background.mask(greys, Ground("key-color", (7, 7, 7), 0.0))[0].nonzero()[0].tolist() == [7]
    assert background.mask(greys, Ground("key-color", (7, 7, 7), 1.0)).all()


@pytest.mark.parametrize("ground", [(0, 0, 0), (3, 2, 4), (10, 10, 12)], ids=str)
def test_noise_in_a_dark_ground_is_ground(ground):
    picture = Image.new("RGB", (96, 96), ground)
    ImageDraw.Draw(picture).ellipse([20, 20, 76, 76], fill=(200, 40, 160), outline=(90, 220, 240), width=4)
    noise = np.random.default_rng(1).integers(-4, 5, (96, 96, 3))
    rgba = np.full((96, 96, 4), 255, np.uint8)
    rgba[..., :3] = np.clip(np.asarray(picture).astype(int) + noise, 0, 255)
    inside = np.asarray(picture).max(axis=2) > 100
    assert np.array_equal(background.removed(rgba, Ground())[..., 3] > 0, inside)


def test_without_corners_clusters_touch_by_sides_only():
    checkers = np.indices((3, 4)).sum(axis=0).astype(np.int32) % 2
    assert len(clusters.find(checkers).sizes) == 2
    assert len(clusters.find(checkers, corners=False).sizes) == 12
    spiral = np.array([[1, 1, 1, 1], [0, 0, 0, 1], [1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], np.int32)
    assert sorted(clusters.find(spiral, corners=False).sizes.tolist()) == [6, 14]


def test_another_method_is_refused_by_name():
    with pytest.raises(UnknownName, match="Way to find the ground 'fill' is unknown"):
        background.removed(RING, Ground("fill"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_the_smallest_pictures_are_all_border(shape):
    rgba = np.full((*shape, 4), 255, np.uint8)
    assert not background.removed(rgba, Ground()).any()


FINER = 4  # times: drawn so large and averaged, edges are smooth


def layer(draw, side=128):
    """A drawing of its own, float [H, W, 4] with colours 0..255 and their share 0..1."""
    large = Image.new("RGBA", (side * FINER, side * FINER), (0, 0, 0, 0))
    draw(ImageDraw.Draw(large))
    cells = np.asarray(large).reshape(side, FINER, side, FINER, 4).astype(float)
    cells[..., 3] /= 255
    share = cells[..., 3].mean(axis=(1, 3))[..., None]
    color = (cells[..., :3] * cells[..., 3:]).mean(axis=(1, 3)) / np.maximum(share, 1e-9)
    return np.dstack([color, share])


def laid(drawing, ground):
    """The drawing over a colour, uint8 [H, W, 4]."""
    rgb = drawing[..., :3] * drawing[..., 3:] + np.array(ground) * (1 - drawing[..., 3:])
    return np.dstack([np.rint(rgb), np.full(rgb.shape[:2], 255)]).astype(np.uint8)


def fringe(rgba, drawing):
    """How many levels a cut-out, laid over three other colours, is off from the drawing over them."""
    cut = np.dstack([rgba[..., :3], rgba[..., 3:] / 255])
    grounds = ((0, 0, 0), (255, 255, 255), (0, 255, 0))
    return max(np.abs(laid(cut, each).astype(int) - laid(drawing, each)).max() for each in grounds)


DISCS = {
    "one colour": lambda draw: draw.ellipse([80, 90, 400, 430], fill=(180, 40, 60)),
    "outlined": lambda draw: draw.ellipse([80, 90, 400, 430], fill=(250, 200, 60), outline=(30, 10, 20), width=16),
    "two colours": lambda draw: (
        draw.ellipse([80, 90, 300, 330], fill=(180, 40, 60)),
        draw.ellipse([160, 190, 460, 430], fill=(30, 90, 200)),
    ),
}
# Levels: what is nearer to white than the tolerance is ground; where both colours and white meet, one of them is taken.
OFF = {"one colour": 16, "outlined": 16, "two colours": 32}


@pytest.mark.parametrize("name", DISCS)
def test_a_smooth_edge_is_cut_out_of_the_ground_without_a_fringe_in_its_colour(name):
    drawing = layer(DISCS[name])
    picture = laid(drawing, (255, 255, 255))
    result = background.removed(picture, Ground())
    assert fringe(result, drawing) <= OFF[name]
    exact = background.removed(picture, Ground(tolerance=0.0))
    assert set(np.unique(exact[..., 3]).tolist()) == {0, 255} and fringe(exact, drawing) > 200
    key = background.removed(picture, Ground("key-color", (255, 255, 255)))
    assert fringe(key, drawing) <= OFF[name]


def test_waves_of_a_jpeg_leave_few_specks_beside_a_drawing():
    drawing = layer(DISCS["outlined"])
    out = io.BytesIO()
    Image.fromarray(laid(drawing, (255, 255, 255))[..., :3]).save(out, "JPEG", quality=50)
    with Image.open(out) as picture:
        rgba = np.asarray(picture.convert("RGBA"))
    outside = drawing[..., 3] == 0
    far = (~background.mask(rgba, Ground()) & outside).sum()  # from white, by more than the tolerance
    shown = (background.removed(rgba, Ground())[outside, 3] > 63).sum()  # a quarter of a pixel shows in pixel art
    assert 4 * shown < far


def test_a_light_band_along_the_ground_is_drawing():
    picture = np.full((40, 40, 4), 255, np.uint8)
    picture[8:32, 8:32, :3] = 210
    picture[11:29, 11:29, :3] = np.random.default_rng(1).integers(0, 90, (18, 18, 1))  # many colours: no pixel art
    result = background.removed(picture, Ground())
    assert np.array_equal(result[8:32, 8:32], picture[8:32, 8:32])


def test_what_was_transparent_before_has_no_edge_with_the_ground():
    drawing = layer(DISCS["one colour"])
    picture = laid(drawing, (255, 255, 255))
    picture[:, :64, 3] = 0
    picture[:, 64, :3] = 200  # as a mix of white and black is, beside transparency
    result = background.removed(picture, Ground(color=(255, 255, 255)))
    assert not result[:, :64].any()
    inside = drawing[:, 64, 3] == 1
    assert (result[inside, 64] == (200, 200, 200, 255)).all()


def test_pixel_art_that_was_made_smooth_by_hand_keeps_its_shades():
    art = drawn(".....", "..#..", ".###.", "..#..", ".....").repeat(3, axis=0).repeat(3, axis=1)
    for shade, places in ((200, [(3, 5), (3, 9), (11, 5), (11, 9)]), (120, [(5, 3), (9, 3), (5, 11), (9, 11)])):
        for place in places:
            art[place][:3] = shade
    result = background.removed(art, Ground())
    opaque = result[..., 3] > 0
    assert np.array_equal(result[opaque], art[opaque])
    assert sorted(np.unique(result[opaque][:, 0]).tolist()) == [0, 120, 200]


def test_an_edge_that_is_as_soft_as_a_photos_leaves_no_rim_in_a_large_picture():
    light = np.clip(255 - 32 * (np.arange(1400) - 700), 0, 255)  # white, eight pixels of edge, then black
    picture = np.dstack([np.tile(light, (60, 1))] * 3 + [np.full((60, 1400), 255)]).astype(np.uint8)
    result = background.removed(picture, Ground())
    assert result[:, :700, 3].max() == 0
    assert result[result[..., 3] == 255][:, :3].max() < 64
