"""Masks, crops and pastes follow AUTOMATIC1111's arithmetic, and what is kept stays as it was to the byte."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import fitting, region
from pixart_nodes.errors import UnknownName
from pixart_nodes.picture_file import resized
from pixart_nodes.pixel.edit import repaint
from pixart_nodes.pixel.resize import frame

SIDES = st.integers(1, 40)
MODEL_SIDES = st.sampled_from([64, 96, 512, 768])
MASKS = hnp.arrays(np.uint8, st.tuples(SIDES, SIDES), elements=st.sampled_from([0, 0, 0, 90, 255]))
NOISE = np.random.default_rng(5)


def noisy(height, width, channels=3):
    return NOISE.integers(0, 256, (height, width, channels), dtype=np.uint8)


def painted(height, width, left, top, right, bottom, value=255):
    mask = np.zeros((height, width), np.uint8)
    mask[top:bottom, left:right] = value
    return mask


def edges(box):
    return box.left, box.top, box.right, box.bottom


# --- masks


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([[255, 255, 255, 255], [0, 0, 0, 255], [90, 90, 90, 255]], [255, 0, 90]),
        ([[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]], [76, 150, 29]),  # Pillow's convert("L")
        ([[255, 255, 255, 0], [255, 255, 255, 255], [0, 0, 0, 255]], [0, 255, 0]),
        ([[255, 255, 255, 128], [0, 0, 0, 0], [0, 0, 0, 255]], [128, 0, 0]),
    ],
)
def test_light_is_repainted_and_transparent_is_kept(pixels, expected):
    assert repaint.mask_of(np.array([pixels], np.uint8)).tolist() == [expected]


@pytest.mark.parametrize("stroke", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_strokes_of_one_colour_on_nothing_are_the_mask_whatever_the_colour(stroke):
    rgba = np.zeros((1, 4, 4), np.uint8)
    rgba[0, 1:3, :3], rgba[0, :, 3] = stroke, [0, 255, 100, 0]
    assert repaint.mask_of(rgba).tolist() == [[0, 255, 100, 0]]


@pytest.mark.parametrize(("value", "alpha"), [(0, 255), (255, 255), (255, 0)])
def test_a_mask_of_one_value_is_that_value(value, alpha):
    rgba = np.full((2, 2, 4), value, np.uint8)
    rgba[..., 3] = alpha
    assert (repaint.mask_of(rgba) == (value if alpha else 0)).all()


@pytest.mark.parametrize("sigma", [0.5, 1, 3.5, 4, 9])
def test_the_blur_is_a_gaussian_as_wide_as_automatic1111s(sigma):
    radius = int(2.5 * sigma + 0.5)
    steps = np.arange(-radius, radius + 1)
    taps = np.exp(-(steps**2) / (2 * sigma**2))
    taps /= taps.sum()
    line = painted(1, 61, 30, 0, 31, 1)
    assert repaint.blurred(line, sigma)[0, 30 - radius : 31 + radius].tolist() == np.rint(255 * taps).tolist()
    half = painted(1, 200, 100, 0, 200, 1)
    assert repaint.blurred(half, sigma)[0, : 100 - radius].max() == 0


def test_the_blur_mirrors_at_the_edges_without_repeating_them():
    mask = NOISE.integers(0, 256, (7, 9), dtype=np.uint8)
    around = np.pad(mask, 30, mode="reflect")
    assert np.array_equal(repaint.blurred(mask, 4), repaint.blurred(around, 4)[30:37, 30:39])


@given(MASKS, st.sampled_from([0, 0.1, 1, 4, 64]))
def test_a_blurred_mask_keeps_its_size_and_black_and_white_stay(mask, sigma):
    assert repaint.blurred(mask, sigma).shape == mask.shape
    assert (repaint.blurred(np.zeros_like(mask), sigma) == 0).all()
    assert (repaint.blurred(np.full_like(mask, 255), sigma) == 255).all()


def test_no_blur_changes_nothing():
    mask = NOISE.integers(0, 256, (5, 5), dtype=np.uint8)
    assert np.array_equal(repaint.blurred(mask, 0), mask)


def test_doubling_stops_at_white():
    assert repaint.doubled(np.array([[0, 1, 127, 128, 255]], np.uint8)).tolist() == [[0, 2, 254, 255, 255]]


# --- crops


# Worked out with AUTOMATIC1111's get_crop_region_v2 and expand_crop_region.
@pytest.mark.parametrize(
    ("size", "where", "padding", "target", "expected"),
    [
        ((512, 512), (100, 200, 228, 232), 0, (512, 512), (100, 152, 228, 280)),
        ((512, 512), (100, 200, 228, 232), 32, (512, 512), (68, 120, 260, 312)),
        ((512, 512), (400, 500, 512, 512), 32, (512, 512), (368, 368, 512, 512)),
        ((640, 360), (10, 10, 40, 350), 0, (768, 512), (0, 10, 510, 350)),
        ((100, 400), (0, 0, 100, 100), 16, (512, 256), (0, 0, 100, 116)),
        ((300, 200), (150, 90, 151, 91), 4, (512, 768), (146, 84, 155, 97)),
        ((64, 64), (0, 0, 64, 64), 32, (512, 512), (0, 0, 64, 64)),
        ((512, 512), (3, 250, 5, 258), 0, (576, 1024), (2, 250, 6, 258)),
    ],
)
def test_the_part_to_draw_is_automatic1111s(size, where, padding, target, expected):
    mask = painted(size[1], size[0], *where)
    assert edges(repaint.box(mask, padding, *target)) == expected


@given(MASKS, st.integers(0, 40), MODEL_SIDES, MODEL_SIDES)
def test_the_part_to_draw_holds_the_mask_and_lies_in_the_picture(mask, padding, width, height):
    box = repaint.box(mask, padding, width, height)
    assert 0 <= box.left < box.right <= mask.shape[1] and 0 <= box.top < box.bottom <= mask.shape[0]
    outside = mask.copy()
    box.of(outside)[...] = 0
    assert not outside.any()


def test_a_mask_without_anything_to_draw_gives_the_whole_picture():
    assert edges(repaint.box(np.zeros((30, 50), np.uint8), 4, 512, 512)) == (0, 0, 50, 30)


# --- fill


def test_fill_keeps_what_is_kept_and_takes_the_colour_around():
    rgb = np.full((40, 40, 3), (200, 100, 50), np.uint8)
    mask = painted(40, 40, 10, 10, 30, 30)
    rgb[mask > 0] = (0, 0, 255)
    assert (repaint.filled(rgb, mask) == (200, 100, 50)).all()


def test_fill_runs_from_one_side_to_the_other():
    rgb = np.zeros((16, 64, 3), np.uint8)
    rgb[:, 32:] = 255
    filled = repaint.filled(rgb, painted(16, 64, 16, 0, 48, 16))[8, 16:48, 0].astype(int)
    assert (np.diff(filled) >= 0).all()
    assert filled[0] < 30 and filled[-1] > 225


def test_fill_leaves_kept_pixels_to_the_byte():
    rgb, mask = noisy(33, 47), painted(33, 47, 5, 7, 30, 20)
    assert np.array_equal(repaint.filled(rgb, mask)[mask == 0], rgb[mask == 0])


@pytest.mark.parametrize(("value", "expected"), [(0, "the picture"), (255, "black")])
def test_fill_with_nothing_masked_or_everything(value, expected):
    rgb = noisy(9, 9)
    filled = repaint.filled(rgb, np.full((9, 9), value, np.uint8))
    assert np.array_equal(filled, rgb if expected == "the picture" else np.zeros_like(rgb))


def test_fill_is_one_blur_over_the_other_the_narrow_ones_on_top():
    rgb, mask = noisy(33, 47), repaint.blurred(painted(33, 47, 5, 7, 30, 20), 2.0)
    picture = np.dstack([rgb, np.full((33, 47), 1.0)]) * (1 - mask[..., None] / 255)
    canvas = np.zeros_like(picture)
    for sigma, layers in repaint.FILL_LAYERS:
        reach = np.arange(-3 * sigma, 3 * sigma + 1)
        taps, layer = np.exp(-(reach**2) / (2 * sigma**2)), picture
        for axis in (0, 1):
            pad = (3 * sigma, 3 * sigma)
            layer = np.apply_along_axis(
                lambda line, taps, pad: np.convolve(np.pad(line, pad, "edge"), taps / taps.sum(), "valid"),
                axis,
                layer,
                taps,
                pad,
            )
        for _ in range(layers):
            canvas = layer + canvas * (1 - layer[..., 3:])
    canvas = picture + canvas * (1 - picture[..., 3:])
    wanted = np.where(mask[..., None] == 0, rgb, np.rint(canvas[..., :3] / canvas[..., 3:]))
    assert np.abs(repaint.filled(rgb, mask) - wanted).max() <= 1  # in single precision a half goes either way


# --- paste


@pytest.mark.parametrize("channels", [3, 4])
@given(st.data())
def test_the_paste_keeps_black_and_replaces_white_to_the_byte(channels, data):
    original, drawn = noisy(6, 6, channels), noisy(6, 6)
    mask = data.draw(hnp.arrays(np.uint8, (6, 6), elements=st.sampled_from([0, 1, 77, 254, 255])))
    result = repaint.pasted(original, drawn, mask)
    assert np.array_equal(result[mask == 0], original[mask == 0])
    assert np.array_equal(result[mask == 255][:, :3], drawn[mask == 255])
    if channels == 4:
        assert (result[mask == 255][:, 3] == 255).all()


def test_the_paste_mixes_as_the_mask_says():
    result = repaint.pasted(np.uint8([[[100, 0, 255]]]), np.uint8([[[200, 255, 0]]]), np.uint8([[51]]))
    assert result.tolist() == [[[120, 51, 204]]]


def test_the_paste_takes_no_colour_from_what_is_transparent():
    result = repaint.pasted(np.uint8([[[9, 9, 9, 0]]]), np.uint8([[[200, 100, 50]]]), np.uint8([[102]]))
    assert result.tolist() == [[[200, 100, 50, 102]]]


# --- fits


@pytest.mark.parametrize(
    ("size", "target", "fit", "expected"),
    [
        ((512, 512), (640, 384), "stretch", (0, 0, 640, 384)),
        ((512, 512), (640, 384), "cover", (0, -128, 640, 640)),
        ((512, 512), (640, 384), "contain", (128, 0, 384, 384)),
        ((300, 200), (512, 512), "cover", (-128, 0, 768, 512)),
        ((300, 200), (512, 512), "extend", (0, 86, 512, 341)),
        ((1, 4096), (64, 64), "contain", (32, 0, 1, 64)),
    ],
)
def test_a_picture_lies_where_automatic1111_puts_it(size, target, fit, expected):
    spot = frame.place(size, target, fit)
    assert (spot.left, spot.top, spot.width, spot.height) == expected


@pytest.mark.parametrize("fit", frame.FITS)
@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([0, 3, 4]))
def test_every_fit_gives_exactly_the_size(fit, height, width, to_height, to_width, channels):
    pixels = np.zeros((height, width, channels) if channels else (height, width), np.uint8)
    assert fitting.fitted(pixels, to_width, to_height, fit).shape == (to_height, to_width, *pixels.shape[2:])


@pytest.mark.parametrize("fit", frame.FITS)
@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_of_the_size_is_copied(fit, channels):
    pixels = noisy(17, 23, channels)
    assert np.array_equal(fitting.fitted(pixels, 23, 17, fit), pixels)


def test_cover_only_cuts_where_that_is_enough():
    pixels = noisy(20, 30)
    assert np.array_equal(fitting.fitted(pixels, 20, 20, "cover"), pixels[:, 5:25])


@pytest.mark.parametrize(("channels", "bar"), [(3, [0, 0, 0]), (4, [0, 0, 0, 0])])
def test_contain_lays_black_or_transparent_bars(channels, bar):
    framed = fitting.fitted(np.full((4, 8, channels), 255, np.uint8), 8, 8, "contain")
    assert framed[[0, 1, 6, 7]].reshape(-1, channels).tolist() == [bar] * 32
    assert (framed[2:6] == 255).all()


def test_extend_draws_the_edges_out():
    pixels = noisy(4, 8)
    framed = fitting.fitted(pixels, 8, 8, "extend")
    assert np.array_equal(framed[2:6], pixels)
    assert (framed[:2] == pixels[0]).all() and (framed[6:] == pixels[-1]).all()


def test_what_is_transparent_leaves_no_fringe_when_resized():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:, :4], pixels[:, 4:] = (200, 100, 50, 255), (0, 255, 0, 0)
    small = resized(pixels, 5, 5)
    assert {tuple(pixel) for pixel in small.reshape(-1, 4)[:, :3].tolist()} == {(200, 100, 50), (0, 0, 0)}
    assert (small[:, 0, 3] > 240).all() and (small[:, -1, 3] < 16).all()  # Lanczos swings a little beside an edge


def test_opaque_alpha_changes_nothing_about_the_colours():
    pixels = noisy(19, 31, 4)
    pixels[..., 3] = 255
    assert np.array_equal(resized(pixels, 40, 11)[..., :3], resized(np.ascontiguousarray(pixels[..., :3]), 40, 11))


def test_an_unknown_fit_is_told_what_was_meant():
    with pytest.raises(UnknownName, match="Did you mean 'cover'"):
        frame.place((1, 1), (1, 1), "Cover")


# --- cut out and put back


def prepared(original, mask, area, width, height, fit="stretch", padding=4):
    if area == "only masked":
        return region.only_masked(original, mask, width, height, padding)
    return region.whole_picture(original, mask, width, height, fit)


@pytest.mark.parametrize("area", repaint.AREAS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("value", [0, 255])
def test_an_all_black_mask_gives_the_original_and_an_all_white_one_the_drawing(area, channels, value):
    original = noisy(48, 64, channels)
    _, small, back = prepared(original, np.full((48, 64), value, np.uint8), area, 64, 48)
    drawn = noisy(48, 64)
    assert (small == value).all()
    assert np.array_equal(region.put_back(drawn, back)[..., :3], drawn if value else original[..., :3])


@pytest.mark.parametrize("area", repaint.AREAS)
@pytest.mark.parametrize("fit", frame.FITS)
@pytest.mark.parametrize(("width", "height"), [(64, 64), (96, 64), (40, 120)])
def test_kept_pixels_come_back_to_the_byte_in_every_area_fit_and_shape(area, fit, width, height):
    original = noisy(57, 83, 4)
    mask = repaint.blurred(painted(57, 83, 30, 20, 41, 33), 2)
    picture, small, back = prepared(original, mask, area, width, height, fit)
    assert picture.shape == (height, width, 4) and small.shape == (height, width)
    result = region.put_back(noisy(height, width), back)
    if area == "only masked":
        base, kept = original, mask == 0
    else:
        base, kept = fitting.fitted(original, width, height, fit), fitting.fitted(mask, width, height, fit) == 0
    assert result.shape == base.shape and kept.any()
    assert np.array_equal(result[kept], base[kept])
    assert not np.array_equal(result, base)


@pytest.mark.parametrize(("width", "height"), [(128, 128), (192, 128), (128, 256)])
@pytest.mark.parametrize("where", [(30, 20, 50, 33), (0, 0, 9, 5), (70, 50, 83, 57), (2, 2, 81, 12)])
def test_only_masked_puts_the_part_back_where_it_was_cut_out(width, height, where):
    y, x = np.mgrid[0:57, 0:83]
    original = np.stack([x * 3, y * 4, x + y], axis=-1).astype(np.uint8)  # smooth: survives larger and smaller again
    part, _, back = prepared(original, painted(57, 83, *where), "only masked", width, height)
    # Lanczos overshoots a little where the part's edge cuts the gradient; half a pixel's shift would be as much.
    assert np.abs(region.put_back(part, back).astype(int) - original).max() <= 2


def test_a_drawing_of_another_size_is_brought_to_the_models_first():
    original, mask = np.full((32, 32, 3), 9, np.uint8), painted(32, 32, 0, 0, 32, 32)
    _, _, back = prepared(original, mask, "whole picture", 32, 32)
    assert (region.put_back(np.full((40, 24, 3), 77, np.uint8), back) == 77).all()


@pytest.mark.parametrize("invert", [False, True])
def test_a_mask_of_another_size_is_stretched_over_the_picture(invert):
    rgba = np.full((2, 2, 4), 255, np.uint8)
    rgba[:, 0, :3] = 0
    mask = region.soft_mask(rgba, 8, 4, 0, invert)
    assert mask.shape == (4, 8)
    dark, light = (255, 0) if invert else (0, 255)
    assert (mask[:, :2] == dark).all() and (mask[:, 6:] == light).all()


def test_the_model_sees_transparency_as_white():
    picture = np.uint8([[[0, 0, 0, 0], [10, 20, 30, 255]]])
    assert region.for_model(picture, np.zeros((1, 2), np.uint8), "original").tolist() == [
        [[255, 255, 255], [10, 20, 30]]
    ]


@pytest.mark.parametrize(
    ("area", "fill", "fit", "hint"),
    [
        ("only maskd", "fill", "cover", "Did you mean 'only masked'"),
        ("only masked", "nois", "cover", "Did you mean 'noise'"),
        ("only masked", "fill", "extnd", "Did you mean 'extend'"),
    ],
)
def test_an_unknown_choice_is_told_what_was_meant(area, fill, fit, hint):
    with pytest.raises(UnknownName, match=hint):
        region.require(area, fill, fit)
