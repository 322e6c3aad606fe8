"""RGB565 bytes are those that panels take: known words, the passthrough's own loop, and Pillow's decoder agree."""

from fractions import Fraction

import golden
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.files.panel import panel
from pixart_nodes.pixel.files.panel.rgb565 import BYTE_ORDERS, PLAIN, ROUNDINGS, Wire, pack, unpack

LITTLE, INVERTED, BGR = Wire("little-endian"), Wire(invert=True), Wire(bgr=True)
WIRES = [Wire(order, invert, bgr) for order in BYTE_ORDERS for invert in (False, True) for bgr in (False, True)]
PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)))
NOISE = np.random.default_rng(565).integers(0, 256, (240, 240, 3), dtype=np.uint8)
RAMP = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)  # each value of each channel
KNOWN = {
    (255, 0, 0): "f800",
    (0, 255, 0): "07e0",
    (0, 0, 255): "001f",
    (255, 255, 255): "ffff",
    (0, 0, 0): "0000",
    (10, 20, 30): "08a3",
    (124, 124, 124): "7bef",
}


def gradient(side=240):
    """Red across, green down, blue along the diagonal, black to white."""
    y, x = np.mgrid[0:side, 0:side] * 255 / (side - 1)
    return np.rint(np.stack([x, y, (x + y) / 2], axis=-1)).astype(np.uint8)


def shown(rgb, rounding="truncate", wire=PLAIN):
    return unpack(pack(rgb, rounding, wire), rgb.shape[1], rgb.shape[0], wire)


def everything():
    """Every colour that RGB565 has, once: uint8 [256, 256, 3]."""
    return unpack(np.arange(1 << 16, dtype=">u2").tobytes(), 256, 256)


def passthrough_loop(picture, luminance_invert):
    """The loop of the Pico passthrough, as its specification has it."""
    data = bytearray()
    for y in range(picture.height):
        for x in range(picture.width):
            r, g, b = picture.getpixel((x, y))
            if luminance_invert:
                r, g, b = 255 - r, 255 - g, 255 - b
            word = ((r >> 3) << 11) | ((g >> 2) << 5) | (b >> 3)
            data.append((word >> 8) & 0xFF)
            data.append(word & 0xFF)
    return bytes(data)


@pytest.mark.parametrize(("color", "word"), KNOWN.items(), ids=str)
def test_a_colour_has_its_known_word_and_inverted_the_complement(color, word):
    pixel = np.array([[color]], np.uint8)
    assert pack(pixel).hex() == word
    assert pack(pixel, wire=INVERTED).hex() == f"{int(word, 16) ^ 0xFFFF:04x}"


@pytest.mark.parametrize("invert", [False, True])
def test_a_frame_equals_that_of_the_passthrough_byte_for_byte(invert):
    data = pack(NOISE, wire=Wire(invert=invert))
    assert len(data) == 115_200
    assert data == passthrough_loop(Image.fromarray(NOISE), invert)


@given(rgb=PICTURES)
@pytest.mark.parametrize("rounding", ["truncate", "round"])
def test_inverting_the_words_is_inverting_the_picture(rounding, rgb):
    assert pack(rgb, rounding, INVERTED) == pack(255 - rgb, rounding)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_little_endian_is_the_same_words_with_bytes_swapped(rounding):
    swapped = np.frombuffer(pack(NOISE, rounding), np.uint16).byteswap().tobytes()
    assert pack(NOISE, rounding, LITTLE) == swapped


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_bgr_is_the_same_words_with_red_and_blue_swapped(rounding):
    words = np.frombuffer(pack(NOISE, rounding), ">u2").astype(np.uint16)
    swapped = words << 11 | words & 0x07E0 | words >> 11
    assert pack(NOISE, rounding, BGR) == swapped.astype(">u2").tobytes()


@pytest.mark.parametrize("wire", WIRES, ids=str)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_the_panel_shows_the_same_however_the_words_travel(rounding, wire):
    assert np.array_equal(shown(NOISE, rounding, wire), shown(NOISE, rounding))


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_every_colour_that_rgb565_has_comes_through_unchanged(rounding):
    colors = everything()
    assert np.array_equal(shown(colors, rounding), colors)
    mixed = np.random.default_rng(1).permutation(colors.reshape(-1, 3)).reshape(colors.shape)
    assert np.array_equal(shown(mixed, rounding), mixed)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_such_a_colour_is_kept_among_others_too(rounding):
    random = np.random.default_rng(9)
    picture = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    some = random.random((64, 64)) < 0.5
    picture[some] = random.permutation(everything().reshape(-1, 3))[: some.sum()]
    assert np.array_equal(shown(picture, rounding)[some], picture[some])


def test_error_goes_through_colours_that_are_kept():
    """A wall of exact black doesn't change the mean of what it divides."""
    flat = np.full((64, 64, 3), 100, np.uint8)
    flat[::8] = 0
    rest = np.arange(64) % 8 != 0
    off = shown(flat, "floyd-steinberg")[rest].mean(axis=(0, 1)) - 100
    assert (np.abs(off) < 0.2).all()


def test_black_is_black_and_white_is_white():
    assert everything()[0, 0].tolist() == [0, 0, 0] and everything()[-1, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_pillow_decodes_the_words_to_the_same_levels(rounding):
    """Pillow shows level n of m as n * 255 // m, we as repeated bits: the levels must agree, not the shades."""
    theirs = np.array(Image.frombytes("RGB", (240, 240), pack(NOISE, rounding, LITTLE), "raw", "BGR;16")).astype(int)
    levels = shown(NOISE, rounding) >> np.array([3, 2, 3])
    assert np.array_equal(theirs, levels * 255 // np.array([31, 63, 31]))


@pytest.mark.parametrize(("rounding", "worst"), [("truncate", [7, 3, 7]), ("round", [4, 2, 4])])
def test_no_value_is_farther_off_than_it_must_be(rounding, worst):
    assert np.abs(shown(RAMP, rounding).astype(int) - RAMP).max(axis=(0, 1)).tolist() == worst


def test_rounding_takes_the_nearest_of_all_levels():
    levels = everything().reshape(-1, 3).astype(int)
    for channel in range(3):
        nearest = np.abs(np.unique(levels[:, channel]) - np.arange(256)[:, None]).min(axis=1)
        assert np.array_equal(np.abs(shown(RAMP, "round")[0, :, channel].astype(int) - np.arange(256)), nearest)


@pytest.mark.parametrize("rounding", ["bayer", "floyd-steinberg"])
def test_a_dither_shows_only_levels_next_to_the_value(rounding):
    # A step is at most 9 in red and blue, 5 in green; diffused error can add half a step to either side.
    reach = {"bayer": [8, 4, 8], "floyd-steinberg": [12, 6, 12]}[rounding]
    assert (np.abs(shown(gradient(), rounding).astype(int) - gradient()).max(axis=(0, 1)) <= reach).all()


@pytest.mark.parametrize(
    ("rounding", "mean"), [("truncate", 1.6459), ("round", 0.6226), ("bayer", 0.2194), ("floyd-steinberg", 0.0989)]
)
def test_the_mean_of_8_by_8_pixels_is_off_by_what_was_measured(rounding, mean):
    error = shown(gradient(), rounding).astype(float) - gradient()
    blocks = error.reshape(30, 8, 30, 8, 3).mean(axis=(1, 3))
    assert round(float(np.abs(blocks).mean()), 4) == mean


def test_bayer_shows_every_flat_value_by_its_mean():
    tiles = np.broadcast_to(np.repeat(np.arange(256, dtype=np.uint8), 8)[:, None], (8, 256 * 8, 3))
    means = shown(tiles, "bayer").reshape(8, 256, 8, 3).mean(axis=(0, 2))
    off = np.abs(means - np.arange(256)[:, None])
    # 64 ranks: the mean is right to half of a 64th of a step, which is 9 wide in red and blue and 5 in green
    wrong = {value: off[value].tolist() for value in range(256) if (off[value] > np.array([9, 5, 9]) / 128).any()}
    assert not wrong, "values, and how far red, green and blue are off"


def floyd_steinberg_loop(rgb):
    """The algorithm pixel by pixel, in exact fractions, pushing error to pixels that are there.

    What RGB565 can show is shown, whatever error reaches it.
    """
    kept = (shown(rgb, "round") == rgb).all(axis=2)
    steps = [sorted(set(everything()[..., channel].ravel().tolist())) for channel in range(3)]
    height, width = rgb.shape[:2]
    wish = [[[Fraction(int(v)) for v in pixel] for pixel in row] for row in rgb]
    out = np.zeros_like(rgb)
    for y, x, channel in np.ndindex(height, width, 3):
        value = min(max(wish[y][x][channel], Fraction(0)), Fraction(255))
        most = len(steps[channel]) - 1
        near = steps[channel][int(Fraction(int(value + Fraction(1, 2)) * most, 255) + Fraction(1, 2))]
        near = int(rgb[y, x, channel]) if kept[y, x] else near
        out[y, x, channel] = near
        for dx, dy, share in KERNELS["floyd-steinberg"].taps:
            if 0 <= x + dx < width and y + dy < height:
                wish[y + dy][x + dx][channel] += (value - near) * Fraction(share)
    return out


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (2, 7), (7, 2), (13, 10)])
def test_diffusion_line_by_line_is_diffusion_pixel_by_pixel(size):
    rgb = np.random.default_rng(sum(size)).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert np.array_equal(shown(rgb, "floyd-steinberg"), floyd_steinberg_loop(rgb))


@given(rgb=PICTURES, wire=st.sampled_from(WIRES))
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_any_size_gives_two_bytes_a_pixel_and_what_is_shown_stays_shown(rounding, rgb, wire):
    data = pack(rgb, rounding, wire)
    height, width = rgb.shape[:2]
    assert len(data) == 2 * height * width
    assert pack(unpack(data, width, height, wire), rounding, wire) == data


def test_the_picture_handed_in_stays_as_it_was():
    before = NOISE.copy()
    for rounding in ROUNDINGS:
        pack(NOISE, rounding)
    assert np.array_equal(NOISE, before)


def test_unknown_names_are_named_with_a_suggestion():
    with pytest.raises(UnknownName, match=r"Rounding 'truncated' is unknown\. Did you mean 'truncate'"):
        pack(NOISE, "truncated")
    with pytest.raises(UnknownName, match=r"Byte order 'bigendian' is unknown\. Did you mean 'big-endian'"):
        Wire("bigendian")
    with pytest.raises(UnknownName, match="Known: 0, 90, 180, 270"):
        panel.frame(CORNERS, 2, 2, rotation="45")
    with pytest.raises(UnknownName, match=r"Fit 'covered' is unknown\. Did you mean 'cover'"):
        panel.frame(CORNERS, 2, 2, fit="covered")


def test_the_name_says_the_byte_order():
    assert [Wire(order).name for order in BYTE_ORDERS] == ["rgb565-be", "rgb565-le"]


CORNERS = np.array([[[1, 0, 0, 255], [2, 0, 0, 255]], [[3, 0, 0, 255], [4, 0, 0, 255]]], np.uint8)


TURNED = {"0": [[1, 2], [3, 4]], "90": [[3, 1], [4, 2]], "180": [[4, 3], [2, 1]], "270": [[2, 4], [1, 3]]}


@pytest.mark.parametrize(("rotation", "reds"), TURNED.items())
def test_rotation_is_clockwise(rotation, reds):
    assert panel.frame(CORNERS, 2, 2, rotation=rotation)[..., 0].tolist() == reds


@pytest.mark.parametrize("fit", panel.FITS)
@pytest.mark.parametrize("rotation", panel.ROTATIONS)
@given(rgba=hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(4))))
def test_a_picture_of_the_panels_size_is_only_flattened_and_turned(fit, rotation, rgba):
    rgba[..., 3] |= 255
    turned = np.rot90(rgba[..., :3], -int(rotation) // 90)
    frame = panel.frame(rgba, turned.shape[1], turned.shape[0], fit, rotation, (9, 9, 9))
    assert np.array_equal(frame, turned)


def test_transparency_shows_the_background_and_nothing_hidden():
    glass = np.array([[[255, 0, 255, 0], [200, 100, 0, 128]]], np.uint8)
    # 200 * 128 / 255 + 10 * 127 / 255 and so on
    assert panel.frame(glass, 2, 1, background=(10, 20, 30)).tolist() == [[[10, 20, 30], [105, 60, 15]]]


WIDE = np.zeros((2, 6, 4), np.uint8)
WIDE[...] = [0, 0, 200, 255]
WIDE[:, 2:4] = [200, 0, 0, 255]


def test_cover_cuts_contain_leaves_bars_stretch_takes_all():
    assert (panel.frame(WIDE, 2, 2, "cover") == [200, 0, 0]).all()
    contained = panel.frame(WIDE, 6, 6, "contain", background=(1, 2, 3))
    assert np.array_equal(contained[2:4], WIDE[..., :3])
    assert (contained[:2] == [1, 2, 3]).all() and (contained[4:] == [1, 2, 3]).all()
    assert np.array_equal(panel.frame(WIDE, 12, 6, "stretch"), WIDE[..., :3].repeat(2, axis=1).repeat(3, axis=0))


def test_a_turned_picture_is_fitted_as_it_then_lies():
    upright = panel.frame(WIDE, 2, 6, "cover", "90")
    assert np.array_equal(upright, np.rot90(WIDE[..., :3], -1))


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("fit", panel.FITS)
def test_enlarging_repeats_pixels(fit, times):
    large = panel.frame(CORNERS, 2 * times, 2 * times, fit)
    assert np.array_equal(large, CORNERS[..., :3].repeat(times, axis=0).repeat(times, axis=1))


def test_shrinking_is_the_lanczos_of_pillow_without_its_rounding_between_the_passes():
    scene = golden.sunset(192, 128)
    scene[..., 3] = 255
    planes = [
        Image.fromarray(scene[..., c].astype(np.float32)).resize((48, 32), Image.Resampling.LANCZOS) for c in (0, 1, 2)
    ]
    theirs = np.clip(np.stack([np.array(plane) for plane in planes], axis=-1), 0, 255)
    # half a level for our rounding to bytes; Pillow's floats have 24 bits
    assert np.abs(panel.frame(scene, 48, 32) - theirs).max() <= 0.501


@pytest.mark.parametrize("fit", panel.FITS)
@given(data=st.data())
def test_the_frame_has_exactly_the_panels_size(fit, data):
    rgba = data.draw(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(4))))
    width, height = data.draw(st.integers(1, 24)), data.draw(st.integers(1, 24))
    frame = panel.frame(rgba, width, height, fit, data.draw(st.sampled_from(list(panel.ROTATIONS))))
    assert frame.shape == (height, width, 3) and frame.dtype == np.uint8
