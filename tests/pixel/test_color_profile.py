"""What a picture file says of its colours is obeyed: ICC profiles, cICP, gAMA, cHRM and 16 bits end in sRGB."""

import io
import itertools
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features
from pixart_nodes import color_profile, deep_color, indexed_file, picture_file
from pixart_nodes.errors import PictureError
from pixart_nodes.pixel.color import code_points, spaces
from pixart_nodes.pixel.color.code_points import CURVES, PRIMARIES
from pixart_nodes.pixel.files import icc, png

COLORS = np.array([[[90, 200, 90], [128, 128, 128], [200, 120, 60], [0, 0, 0], [255, 255, 255], [1, 2, 3]]], np.uint8)
ADOBE = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
P3, REC_2020 = PRIMARIES[12], PRIMARIES[9]
SRGB_CURVE = icc.profile(P3)[-32:]
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# Published for CSS Color 4: linear Display P3 to linear sRGB.
SRGB_FROM_P3 = np.array(
    [
        [1.2249401762805598, -0.22494017628055996, 0.0],
        [-0.04205695470968816, 1.0420569547096881, 0.0],
        [-0.019637554590334432, -0.07863604555063188, 1.0982736001409663],
    ]
)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def with_chunks(data, *chunks):
    """The PNG with these right behind its header."""
    return data[:33] + b"".join(chunk(name, body) for name, body in chunks) + data[33:]


def saved(pixels, kind="PNG", **options):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def deep_png(values, *chunks):
    """A PNG of 16 bits a sample: values [H, W, 1 to 4]."""
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[values.shape[2]]
    rows = values.astype(">u2").view(np.uint8).reshape(len(values), -1)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, kind, 0, 0, 0)
    pixels = zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes())
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return png.SIGNATURE + b"".join(chunk(name, body) for name, body in parts)


def gamma(value):
    return b"gAMA", struct.pack(">I", round(100_000 * value))


def chromaticity(primaries):
    return b"cHRM", struct.pack(">8I", *(round(100_000 * value) for value in primaries))


def cicp(primaries, transfer, full=1):
    return b"cICP", bytes((primaries, transfer, 0, full))


def seen(data):
    return picture_file.decode(data)[..., :3]


def profile_of_curve(primaries, exponent):
    """A profile like those of cameras: these primaries and a power."""
    data = icc.profile(primaries)
    curve = struct.pack(">4s4xI2H", b"curv", 1, round(256 * exponent), 0)
    return data.replace(SRGB_CURVE, curve.ljust(len(SRGB_CURVE), b"\0"))


def test_adobe_rgb_is_seen_as_its_greens_are():
    data = saved(COLORS, icc_profile=profile_of_curve(ADOBE, 563 / 256))
    assert seen(data)[0].tolist() == [[0, 201, 80], [129, 129, 129], [224, 121, 53], [0, 0, 0], [255] * 3, [0, 0, 0]]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_photo_in_display_p3_is_seen_as_the_phone_shows_it(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(COLORS, kind, icc_profile=icc.profile(P3), **options)
    expected = spaces.encoded(spaces.linear(COLORS) @ SRGB_FROM_P3.T)
    assert np.abs(seen(data) - expected).max() <= 1  # littleCMS counts in 16 bits
    assert not np.array_equal(seen(data), COLORS)


def test_a_jpeg_is_turned_and_its_profile_obeyed():
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.repeat(np.repeat(COLORS[:, :1], 16, axis=0), 32, axis=1)
    found = seen(saved(pixels, "JPEG", quality=100, exif=exif, icc_profile=profile_of_curve(ADOBE, 563 / 256)))
    assert found.shape == (32, 16, 3)
    assert np.abs(found.astype(int) - [0, 201, 80]).max() <= 1  # of JPEG


@pytest.mark.parametrize("profile", [SRGB_PROFILE, icc.profile(code_points.SRGB_PRIMARIES)])
def test_a_profile_of_srgb_changes_no_byte_and_copies_none(profile):
    every = np.random.default_rng(1).integers(0, 256, (64, 64, 4), dtype=np.uint8)
    assert np.array_equal(picture_file.decode(saved(every, icc_profile=profile)), every)
    assert color_profile.managed(every, color_profile.ColorSpace(profile=profile)) is every
    assert color_profile.managed(every, color_profile.SRGB) is every


@pytest.mark.parametrize(
    "chunks",
    [
        [gamma(0.45455)],
        [gamma(0.45455), chromaticity(code_points.SRGB_PRIMARIES)],
        [gamma(1.0), (b"sRGB", b"\0")],
        [cicp(1, 13), gamma(1.0)],
        [cicp(2, 2)],
        [cicp(99, 13)],
        [chromaticity((0.3, 0, 0.6, 0.3, 0.3, 0.6, 0.1, 0.06))],
        [chromaticity((0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3))],
        [gamma(0)],
    ],
)
def test_what_says_srgb_or_nothing_sensible_changes_no_byte(chunks):
    assert np.array_equal(seen(with_chunks(saved(COLORS), *chunks)), COLORS)


def test_a_gamma_is_obeyed_and_alpha_is_not_bent():
    pixels = np.array([[[128, 128, 128, 128], [0, 255, 64, 255], [1, 1, 1, 1]]], np.uint8)
    found = picture_file.decode(with_chunks(saved(pixels), gamma(1.0)))
    assert found.tolist() == [[[188, 188, 188, 128], [0, 255, 137, 255], [13, 13, 13, 1]]]


def test_a_linear_picture_of_16_bits_keeps_its_darks():
    values = np.array([[[0], [20], [128], [257], [32896], [65535]]])
    expected = np.rint(spaces.encoded(values[..., 0] / 65535)).astype(int)
    found = picture_file.decode(deep_png(values, gamma(1.0)))
    assert found[..., 0].tolist() == expected.tolist()
    assert found[0, 1, 0] == 1


def test_primaries_in_numbers_do_what_the_same_profile_does():
    by_numbers = seen(with_chunks(saved(COLORS), gamma(0.45455), chromaticity(P3)))
    assert np.array_equal(by_numbers, seen(saved(COLORS, icc_profile=icc.profile(P3))))


def test_cicp_goes_before_a_profile():
    data = with_chunks(saved(COLORS, icc_profile=profile_of_curve(ADOBE, 2.2)), cicp(12, 13))
    assert np.array_equal(seen(data), seen(saved(COLORS, icc_profile=icc.profile(P3))))


@pytest.mark.parametrize(
    ("transfer", "sample", "value"),
    [(8, 128, 188), (4, 128, 129), (1, 128, 121), (15, 32, 20), (16, 148, 255), (18, 191, 255)],
)
def test_cicp_names_a_curve(transfer, sample, value):
    pixels = np.full((1, 1, 3), sample, np.uint8)
    # 148 of PQ and 191 of HLG are 203 nits, the white of ordinary pictures, to less than a level
    assert np.abs(seen(with_chunks(saved(pixels), cicp(1, transfer))).astype(int) - value).max() <= 1


@pytest.mark.parametrize("transfer", [1, 6, 11, 14, 15])
def test_a_film_in_a_png_is_seen_as_a_reference_monitor_shows_it(transfer):
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    light = (np.arange(256) / 255) ** 2.4  # ITU-R BT.1886
    found = seen(with_chunks(saved(greys), cicp(1, transfer)))[0, :, 0]
    assert found.tolist() == np.rint(spaces.encoded(light)).astype(int).tolist()


def avif(pixels, primaries, transfer):
    """An AVIF whose box of colours says this."""
    data = saved(pixels, "AVIF", quality=100, subsampling="4:4:4")
    said = struct.pack(">4sHH", b"nclx", 1, 13)
    assert data.count(said) == 1
    return data.replace(said, struct.pack(">4sHH", b"nclx", primaries, transfer))


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_an_avif_is_seen_in_the_colours_that_its_box_names():
    flat = np.repeat(np.repeat(COLORS[:, :1], 16, axis=0), 16, axis=1)  # (90, 200, 90)
    plain = seen(avif(flat, 1, 13))
    assert np.abs(seen(avif(flat, 12, 13)) - seen(saved(plain, icc_profile=icc.profile(P3))).astype(int)).max() <= 1
    assert np.array_equal(seen(avif(flat, 1, 8)), seen(with_chunks(saved(plain), gamma(1.0))))
    for unspoken in ((1, 1), (2, 2), (1, 6)):
        assert np.array_equal(seen(avif(flat, *unspoken)), plain)
    profile = saved(flat, "AVIF", quality=100, subsampling="4:4:4", icc_profile=icc.profile(P3))
    assert np.abs(seen(profile).astype(int) - seen(avif(flat, 12, 13))).max() <= 1


def test_every_curve_goes_from_black_to_white_or_beyond():
    samples = np.linspace(0, 1, 1000)
    for code, curve in CURVES.items():
        light = curve(samples)
        assert light[0] == pytest.approx(0, abs=1e-9) and light[-1] >= 0.999, code
        assert (np.diff(light) >= 0).all(), code


def test_the_narrow_range_of_video_is_widened():
    pixels = np.array([[[16, 16, 16], [235, 235, 235], [0, 255, 126]]], np.uint8)
    found = seen(with_chunks(saved(pixels), cicp(1, 13, full=0)))[0].tolist()
    assert found == [[0, 0, 0], [255, 255, 255], [0, 255, 128]]


@pytest.mark.parametrize("primaries", [*PRIMARIES.values(), ADOBE], ids=str)
def test_a_profile_of_any_primaries_leaves_greys_grey(primaries):
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    found = seen(saved(greys, icc_profile=icc.profile(primaries))).astype(int)
    assert np.abs(found - greys).max() <= 1


def test_a_profile_that_is_damaged_or_for_other_samples_is_not_obeyed():
    whole = icc.profile(P3)
    for profile in (b"no profile", whole[:200], whole[:16] + b"GRAY" + whole[20:], whole[:16] + b"CMYK" + whole[20:]):
        assert np.array_equal(seen(saved(COLORS, icc_profile=profile)), COLORS)


@pytest.mark.parametrize("profile", [b"no profile", icc.profile(P3)[:200], "grey", "ink"])
def test_a_profile_that_is_of_no_use_leaves_a_png_to_what_comes_next(profile):
    profile = {"grey": grey_profile(2.2), "ink": ink_profile()}.get(profile, profile)
    chunks = [(b"iCCP", b"x\0\0" + zlib.compress(profile))]
    linear = seen(with_chunks(saved(COLORS), gamma(1.0)))
    assert not np.array_equal(linear, COLORS)
    assert np.array_equal(seen(with_chunks(saved(COLORS), *chunks, gamma(1.0))), linear)
    assert np.array_equal(seen(with_chunks(saved(COLORS), *chunks, (b"sRGB", b"\0"), gamma(1.0))), COLORS)
    assert np.array_equal(seen(with_chunks(saved(COLORS), *chunks, (b"sRGB", b"\7"), gamma(1.0))), linear)


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LAB", "TIFF")])
def test_a_profile_of_rgb_is_not_obeyed_for_inks_and_for_lab(mode, kind):
    picture = Image.new(mode, (16, 16), (40, 120, 200, 30)[: len(mode)])
    files = []
    for options in ({}, {"icc_profile": profile_of_curve(ADOBE, 563 / 256)}):
        out = io.BytesIO()
        picture.save(out, kind, **options)
        files.append(seen(out.getvalue()))
    assert np.array_equal(*files)


def grey_profile(exponent):
    """Grey samples that are a power of light."""
    curve = struct.pack(">4s4xIH2x", b"curv", 1, round(256 * exponent))
    white = struct.pack(">4s4x3i", b"XYZ ", *(round(65536 * value) for value in icc.D50))
    start = 128 + 4 + 2 * 12
    places = struct.pack(">I4sII4sII", 2, b"wtpt", start, 20, b"kTRC", start + 20, 16)
    rest = places + white + curve
    head = bytearray(icc.profile(P3)[:128])
    head[:4], head[16:20] = struct.pack(">I", 128 + len(rest)), b"GRAY"
    return bytes(head) + rest


def test_grey_with_a_profile_of_grey_is_obeyed_with_and_without_alpha():
    grey = np.array([[0, 128, 255]], np.uint8)
    profile = grey_profile(1.0)
    assert seen(saved(grey, icc_profile=profile))[..., 0].tolist() == [[0, 188, 255]]
    pair = np.dstack([grey, [[0, 100, 255]]]).astype(np.uint8)
    found = picture_file.decode(saved(pair, icc_profile=profile))
    assert found.tolist() == [[[0, 0, 0, 0], [188, 188, 188, 100], [255, 255, 255, 255]]]


@pytest.mark.parametrize(("exponent", "expected"), [(1.0, [0, 33, 188]), (2.2, [0, 4, 129])])
def test_grey_of_16_bits_goes_through_its_profiles_curve_before_it_is_rounded(exponent, expected):
    values = np.array([[0, 1000 if exponent == 1 else 3000, 0x8080]])
    profile = b"iCCP", b"grey\0\0" + zlib.compress(grey_profile(exponent))
    assert seen(deep_png(values[..., None], profile))[0, :, 0].tolist() == expected
    assert np.array_equal(seen(deep_png(np.dstack([values, values, values[:, ::-1]]), profile))[0, 0], [0, 0, 128])


def test_grey_with_a_profile_of_colour_is_obeyed():
    grey = np.array([[0, 128, 255]], np.uint8)
    found = seen(saved(grey, icc_profile=profile_of_curve(code_points.SRGB_PRIMARIES, 1.0)))
    assert found.tolist() == [[[0] * 3, [188] * 3, [255] * 3]]


def ink_profile():
    """A printer on which each coloured ink takes a quarter of the lightness and black takes all."""
    inks = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    lightness = 255 * (1 - inks[:, 3]) * (1 - inks[:, :3].sum(axis=1) / 4)
    table = np.stack([lightness, np.full(16, 128), np.full(16, 128)], axis=1).astype(np.uint8)
    ramp = bytes(range(256))
    unit = struct.pack(">9i", *[65536 if place % 4 == 0 else 0 for place in range(9)])
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + unit + ramp * 4 + table.tobytes() + ramp * 3
    start = 128 + 4 + 12
    rest = struct.pack(">I4sII", 1, b"A2B0", start, len(lut)) + lut
    head = bytearray(icc.profile(P3)[:128])
    head[:4], head[8:12], head[12:24] = struct.pack(">I", 128 + len(rest)), b"\x02\x40\0\0", b"prtrCMYKLab "
    return bytes(head) + rest


def test_a_cmyk_jpeg_is_seen_as_its_printer_would_print_it():
    for inks, grey in (((0, 0, 0, 0), 255), ((0, 0, 0, 255), 0), ((255, 0, 0, 0), 185)):
        out = io.BytesIO()
        Image.new("CMYK", (16, 16), inks).save(out, "JPEG", quality=100, icc_profile=ink_profile())
        assert np.abs(seen(out.getvalue()).astype(int) - grey).max() <= 2  # JPEG's own steps


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bits_are_rounded_whatever_their_channels(channels):
    values = np.array([0, 0x7F, 0x80, 0xFF, 0x180, 0x8000, 0xFE7F, 0xFE80, 0xFFFF])
    found = picture_file.decode(deep_png(np.repeat(values[None, :, None], channels, axis=2)))[0]
    expected = [round(value / 257) for value in values.tolist()]
    assert found[:, 0].tolist() == expected
    assert found[:, 2].tolist() == expected
    assert found[:, 3].tolist() == (expected if channels in (2, 4) else [255] * len(values))


def test_16_bits_with_a_profile_are_both_obeyed():
    values = COLORS.astype(int) * 257
    data = deep_png(values, (b"iCCP", b"P3\0\0" + zlib.compress(icc.profile(P3))))
    assert np.array_equal(seen(data), seen(saved(COLORS, icc_profile=icc.profile(P3))))


def with_curve(curve):
    """A profile of sRGB's primaries whose curves are these bytes."""
    data = icc.profile(code_points.SRGB_PRIMARIES)
    at, size = data.index(SRGB_CURVE), len(curve)
    data = data[:at] + curve
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        place = data.index(name) + 4
        data = data[:place] + struct.pack(">II", at, size) + data[place + 8 :]
    return struct.pack(">I", len(data)) + data[4:]


def parametric(kind, *values):
    return struct.pack(f">4s4xH2x{len(values)}i", b"para", kind, *(round(65536 * value) for value in values))


def sampled(values):
    return struct.pack(f">4s4xI{len(values)}H", b"curv", len(values), *(round(65535 * value) for value in values))


@pytest.mark.parametrize(
    ("curve", "light"),
    [
        (sampled([]), lambda v: v),
        (struct.pack(">4s4xIH", b"curv", 1, 512), lambda v: v**2),
        (sampled(np.linspace(0, 1, 1025) ** 2), lambda v: v**2),
        (parametric(0, 2.0), lambda v: v**2),
        (parametric(1, 2.0, 0.5, 0.5), lambda v: (0.5 * v + 0.5) ** 2),
        (parametric(2, 2.0, 0.75, 0.0, 0.25), lambda v: (0.75 * v) ** 2 + 0.25),
        (parametric(3, 2.0, 1.0, 0.0, 0.25, 0.25), lambda v: np.where(v < 0.25, v / 4, v**2)),
        (
            parametric(4, 2.0, 0.5, 0.0, 0.5, 0.25, 0.125, 0.0625),
            lambda v: np.where(v < 0.25, v / 2 + 1 / 16, v**2 / 4 + 1 / 8),
        ),
    ],
)
def test_16_bits_go_through_a_profiles_curve_before_they_are_rounded(curve, light):
    values = np.array([[0, 20, 128, 300, 5000, 16000, 17000, 40000, 65535]])
    profile = (b"iCCP", b"x\0\0" + zlib.compress(with_curve(curve)))
    found = picture_file.decode(deep_png(np.repeat(values[..., None], 3, axis=2), profile))[..., 0]
    expected = spaces.encoded(light(values / 65535))
    assert np.abs(found - expected).max() <= 0.51  # its numbers have 16 bits


@pytest.mark.parametrize("curve", [b"curv", b"nope" + bytes(28), parametric(9, 2.0), parametric(1, 2.0, 0.0, 1.0)])
def test_a_curve_that_is_damaged_or_of_another_kind_is_left_to_littlecms(curve):
    assert icc.apart(with_curve(curve)) is None
    assert icc.apart(icc.profile(P3)[:200]) is None


def test_16_bits_with_a_profile_of_srgb_are_only_rounded():
    values = np.arange(0, 65536, 37)[None, :, None].repeat(3, axis=2)
    plain = picture_file.decode(deep_png(values))
    for profile in (SRGB_PROFILE, icc.profile(code_points.SRGB_PRIMARIES)):
        found = picture_file.decode(deep_png(values, (b"iCCP", b"x\0\0" + zlib.compress(profile))))
        assert np.array_equal(found, plain)


def tiles(part):
    """A plane in tiles of 16 pixels a side, of which those at its edges are filled up."""
    height, width = part.shape[:2]
    whole = np.pad(part, [(0, -height % 16), (0, -width % 16), *[(0, 0)] * (part.ndim - 2)])
    return [whole[y : y + 16, x : x + 16] for y in range(0, height, 16) for x in range(0, width, 16)]


def deep_tiff(values, order="<", *, planes=False, meaning=2, turn=1, kind="u2", tiled=False):
    """An uncompressed TIFF: values [H, W, 1 to 4] of a `kind` that NumPy names; `meaning` is what black is."""
    height, width, count = values.shape
    parts = [values[..., k] for k in range(count)] if planes else [values]
    parts = [tile for part in parts for tile in tiles(part)] if tiled else parts
    pixels = b"".join(part.astype(f"{order}{kind}").tobytes() for part in parts)
    size, bits = len(pixels) // len(parts), 8 * np.dtype(kind).itemsize
    tags = {256: [width], 257: [height], 258: [bits] * count, 259: [1], 262: [meaning], 274: [turn]}
    tags |= {277: [count], 278: [height], 284: [2 if planes else 1]} | ({338: [2]} if count in (2, 4) else {})
    tags |= {} if kind[0] == "u" else {339: [2 if kind[0] == "i" else 3] * count}
    places, sizes = (324, 325) if tiled else (273, 279)
    longs = {places: [8 + size * k for k in range(len(parts))], sizes: [size] * len(parts)}
    tags |= longs | ({322: [16], 323: [16]} if tiled else {})
    at, folder, beyond = 8 + len(pixels), struct.pack(f"{order}H", len(tags)), b""
    for tag, numbers in sorted(tags.items()):
        letter, kind = ("I", 4) if tag in longs else ("H", 3)
        value = struct.pack(f"{order}{len(numbers)}{letter}", *numbers)
        if len(value) > 4:
            place = at + 2 + 12 * len(tags) + 4 + len(beyond)
            beyond, value = beyond + value, struct.pack(f"{order}I", place)
        folder += struct.pack(f"{order}HHI", tag, kind, len(numbers)) + value.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, at)
    return head + pixels + folder + bytes(4) + beyond


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_16_bits_is_rounded_in_either_byte_order_and_layout(order, planes):
    values = np.array([[[0xFF, 0x80, 0x7F], [0xFFFF, 0x8000, 0x1234]]])
    assert seen(deep_tiff(values, order, planes=planes)).tolist() == [[[1, 0, 0], [255, 128, 18]]]
    clear = np.dstack([values, [[0xFF, 0x8000]]])
    assert picture_file.decode(deep_tiff(clear, order, planes=planes))[..., 3].tolist() == [[1, 128]]


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_tiff_of_16_bits_in_planes_is_turned_as_one_with_whole_pixels_is(turn):
    values = np.random.default_rng(turn).integers(0, 65536, (3, 5, 3))
    apart, whole = (seen(deep_tiff(values, planes=planes, turn=turn)) for planes in (True, False))
    assert np.array_equal(apart, whole) and apart.shape[:2] == ((3, 5) if turn < 5 else (5, 3))


def test_white_may_be_zero_in_a_grey_tiff_of_16_bits_too():
    values = np.array([[[0], [0xFFFF], [0xFF00]]])
    assert seen(deep_tiff(values, meaning=0))[..., 0].tolist() == [[255, 0, 1]]
    assert seen(deep_tiff(values, meaning=1))[..., 0].tolist() == [[0, 255, 254]]


def test_a_tiff_of_16_bits_in_planes_may_be_cut_into_tiles_that_reach_beyond_its_edges():
    values = np.random.default_rng(5).integers(0, 65536, (20, 37, 3))
    assert np.array_equal(seen(deep_tiff(values, planes=True, tiled=True)), seen(deep_tiff(values)))


def test_white_is_the_largest_of_32_bits():
    values = np.array([[[0], [0x8000_0000], [0xFF7F_0000], [0xFFFF_FFFF], [0x0101_0101], [0xFFFF]]])
    assert seen(deep_tiff(values, meaning=1, kind="u4"))[0, :, 0].tolist() == [0, 128, 254, 255, 1, 0]


def test_16_bits_of_grey_come_back_from_the_32_with_a_sign_in_which_pillow_writes_them():
    values = np.array([[0, 0xFF, 0x8000, 0xFFFF]])
    assert seen(saved(values.astype(np.int32), "TIFF"))[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize(
    ("kind", "number"), [("i1", 1), ("i2", 1), ("i4", 0x10000), ("i4", -1), ("f4", 1)], ids=itertools.count()
)
def test_samples_of_which_nobody_knows_what_is_white_are_refused_by_name(kind, number):
    sentence = (
        "Nobody knows which number is white in the picture 'x': its samples are in floating point or have a sign."
    )
    with pytest.raises(PictureError, match=sentence):
        picture_file.decode(deep_tiff(np.full((2, 2, 1), number), meaning=1, kind=kind), "x")


def test_a_tiff_in_planes_that_is_cut_off_is_named_as_damaged():
    data = bytearray(deep_tiff(np.zeros((3, 5, 3), int), planes=True))
    place = data.index(struct.pack("<HHI", 273, 4, 3)) + 8
    offsets = struct.unpack_from("<I", data, place)[0]
    struct.pack_into("<I", data, offsets + 8, len(data) - 4)
    with pytest.raises(PictureError, match="'x' is damaged or cut off"):
        picture_file.decode(bytes(data), "x")


def test_8_bits_are_no_16():
    with Image.open(io.BytesIO(saved(COLORS))) as picture:
        assert deep_color.samples(picture, saved(COLORS)) is None


def test_an_indexed_picture_has_its_table_in_srgb_with_repeats_in_their_places():
    table = np.array([[90, 200, 90, 255], [90, 200, 90, 255], [128, 128, 128, 0]], np.uint8)
    data = with_chunks(png.indexed(np.array([[0, 1, 2]]), table), gamma(1.0))
    picture, palette = indexed_file.load(data)
    assert picture.indices.tolist() == [[0, 1, 2]]
    assert palette.table.tolist() == [[160, 229, 160, 255], [160, 229, 160, 255], [188, 188, 188, 0]]


FOLDER = Path(__file__).parents[1] / "cases"
PLAIN = [[255, 0, 0], [0, 255, 0], [90, 200, 90], [128, 128, 128], [200, 120, 60]]
LIGHT = [[255, 0, 0], [0, 255, 0], [160, 229, 160], [188, 188, 188], [229, 182, 133]]
FILES = {  # five stripes of 8 pixels each
    "icc_adobergb.png": [[255, 0, 0], [0, 255, 0], [0, 201, 80], [129, 129, 129], [224, 121, 53]],
    "icc_adobergb.jpg": [[255, 0, 0], [0, 255, 0], [0, 201, 81], [129, 129, 129], [224, 121, 54]],
    "icc_linear.png": LIGHT,
    "icc_srgb.png": PLAIN,
    "gama_1.0.png": LIGHT,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_program_is_seen_as_there(name):
    assert seen((FOLDER / name).read_bytes())[4, 4::8].tolist() == FILES[name]


def test_a_file_of_16_bits_is_seen_rounded():
    values = [0, 0xFF, 0x100, 0x1FF, 0x7FFF, 0x80FF, 0xFE80, 0xFF00, 0xFFFF]
    assert seen((FOLDER / "rgb16.png").read_bytes())[0, :, 1].tolist() == [round(value / 257) for value in values]
