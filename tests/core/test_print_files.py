"""TIFF and Photoshop's files: taken, refused by what they say of themselves, and shown as PNGs in sRGB."""

import io
import itertools
import struct
import time

import numpy as np
import pytest
import test_animation_composed as composed
from photoshop_file import MULTICHANNEL, psd
from PIL import Image, ImageCms
from pixart_nodes import animation_frames, picture_file
from pixart_nodes.errors import PictureError
from sketches import encoded
from test_color_profile import deep_tiff

from bridge.core.errors import BadRequest
from bridge.core.job import Upload
from bridge.core.picture import screen_copy
from bridge.core.picture.codec import check, frame_count
from bridge.core.picture.image_size import size

PICTURE = Image.radial_gradient("L").resize((48, 32)).convert("RGB")
CLEAR = Image.merge("RGBA", (*PICTURE.split(), Image.linear_gradient("L").resize(PICTURE.size)))
COMPRESSIONS = ["raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg"]


def tiff(tags, *, first=8, mark=42, behind=b""):
    """A TIFF of these (tag, type, count, value), and nothing of its pixels."""
    entries = b"".join(struct.pack("<HHII", *each) for each in tags)
    return b"II" + struct.pack("<HIH", mark, first, len(tags)) + entries + bytes(4) + behind


def refusal(data):
    with pytest.raises(BadRequest) as caught:
        check(Upload(data, "sketch"))
    return str(caught.value)


def shown(data):
    return np.array(Image.open(io.BytesIO(screen_copy.png(data))))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("picture", [PICTURE, CLEAR], ids=lambda each: each.mode)
def test_a_tiff_is_taken_with_its_size_and_shown_as_it_is(picture, compression):
    if (picture.mode, compression) == ("RGBA", "jpeg"):
        pytest.skip("no TIFF has both")
    data = encoded(picture, "TIFF", compression=compression)
    check(Upload(data, "sketch"))
    assert size(data) == picture.size
    differs = np.abs(shown(data).astype(int) - np.array(picture.convert("RGBA"))).max()
    assert differs <= (40 if compression == "jpeg" else 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_lies_as_its_orientation_says(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(PICTURE, "TIFF", exif=exif)
    check(Upload(data, "sketch"))
    assert (
        size(data)
        == Image.open(io.BytesIO(screen_copy.png(data))).size
        == PICTURE.size[:: -1 if orientation > 4 else 1]
    )


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "CMYK", "1", "LAB"])
def test_of_photoshops_file_the_merged_picture_is_taken(mode):
    picture = PICTURE.convert("LAB") if mode == "LAB" else CLEAR.convert(mode)
    data = psd(picture)
    check(Upload(data, "sketch"))
    assert (size(data), frame_count(data)) == (picture.size, 1)
    plain = picture.convert("RGB") if mode == "LAB" else picture
    assert np.array_equal(shown(data), np.array(plain.convert("RGBA")))
    assert np.array_equal(picture_file.decode(data), shown(data))


def test_photoshops_channels_without_colours_are_no_grey_for_nodes_either():
    with pytest.raises(PictureError, match="'x' is in Photoshop's mode Multichannel, which names no colours"):
        picture_file.decode(psd(PICTURE, mode=MULTICHANNEL), "x")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (psd(PICTURE, merged=False), "sketch has no merged picture, which Photoshop writes with"),
        (psd(PICTURE, depth=16), "sketch has 16 bits a sample"),
        (psd(PICTURE, mode=MULTICHANNEL), "sketch has the mode Multichannel, which names no colours"),
        (psd(PICTURE, version=2), "sketch has the form of Photoshop's large files"),
        (psd(PICTURE, resources=b"8BIM\x04\x00\0\0\0\0\0\0" * 20_001), "sketch has more than 20000 resources"),
        (psd(Image.new("RGB", (1, 1)))[:14] + struct.pack(">II", 9000, 9000) + bytes(80), "sketch has"),
        (tiff([], mark=43), "sketch has the form BigTIFF"),
        (tiff([(256, 4, 1, 8)] * 1001), "sketch has more than 1000 tags"),
        (tiff([(700, 1, 1 << 20, 8)]), "sketch has tags that are larger than the file"),
        (encoded(PICTURE.convert("F"), "TIFF"), "sketch has samples in floating point"),
        (tiff([(258, 3, 1, 16), (339, 3, 1, 2)]), "sketch has samples with a sign"),
        (tiff([(259, 3, 1, 34712)]), "sketch has the compression 34712"),
        (tiff([(259, 3, 1, 8), (273, 4, 1, 8), (279, 4, 1, 1 << 20)]), "sketch has strips whose lengths are wrong"),
        (tiff([(273, 4, 20_001, 26)], behind=bytes(4 * 20_001)), "sketch has more than 20000 strips"),
        (
            tiff([(34665, 4, 1, 26)], behind=struct.pack("<HHHII", 1, 700, 1, 1 << 20, 8)),
            "sketch has tags that are larger",
        ),
        (
            tiff([(259, 3, 1, 7), (273, 4, 1, 50), (279, 4, 1, 130)], behind=b"\xff\xda" * 65),
            "sketch has more than 64 scans",
        ),
        (encoded(Image.new("1", (6000, 6000)), "TIFF"), "sketch has 6000 x 6000 pixels. At most 25 million."),
    ],
    ids=itertools.count(),
)
def test_what_takes_long_or_is_not_read_is_refused_at_once_and_by_name(data, said):
    began = time.perf_counter()
    assert refusal(data).startswith(said)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("data", [psd(CLEAR), encoded(CLEAR, "TIFF", compression="tiff_lzw")], ids=["psd", "tiff"])
def test_one_that_is_cut_off_anywhere_is_refused(data):
    for end in range(len(data) - 1, 8, -max(1, len(data) // 60)):
        assert refusal(data[:end])


def test_a_phones_second_picture_and_one_for_older_viewers_are_no_frames():
    stream = io.BytesIO()
    PICTURE.save(stream, "MPO", save_all=True, append_images=[PICTURE.rotate(180)])
    assert (frame_count(stream.getvalue()), animation_frames.frame_count(stream.getvalue())) == (1, 1)
    pixels = np.array(PICTURE.convert("RGBA"))
    frames = [(pixels, 0, 0, (1, 10), 0, 0)] * 2
    data = composed.apng(*PICTURE.size, *frames, default=pixels)
    assert (frame_count(data), animation_frames.frame_count(data)) == (2, 2)


def test_pages_are_no_frames():
    stream = io.BytesIO()
    PICTURE.save(stream, "TIFF", save_all=True, append_images=[PICTURE.rotate(180)])
    assert frame_count(stream.getvalue()) == 1


def test_a_large_picture_is_shown_smaller_and_a_profile_is_obeyed():
    assert shown(encoded(Image.new("RGB", (3000, 1500)), "TIFF")).shape == (512, 1024, 4)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert np.array_equal(shown(encoded(CLEAR, "TIFF", icc_profile=profile)), np.array(CLEAR))  # no colours of its own
    gray = np.array(PICTURE.convert("RGBA"))
    assert np.array_equal(shown(encoded(PICTURE, "TIFF", icc_profile=b"no profile")), gray)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(shown(encoded(CLEAR, "TIFF", icc_profile=srgb)).astype(int) - np.array(CLEAR)).max() <= 1


def test_of_16_bits_the_high_ones_are_shown():
    deep = np.array(PICTURE.convert("L")).astype(np.uint16) * 257
    assert np.array_equal(shown(encoded(Image.fromarray(deep), "TIFF")), np.array(PICTURE.convert("RGBA")))
    signed = encoded(Image.fromarray(deep.astype(np.int32)), "TIFF")
    assert np.array_equal(shown(signed), np.array(PICTURE.convert("RGBA")))


def test_of_32_bits_the_high_ones_are_shown_and_of_16_white_may_be_zero():
    grey = np.array(PICTURE.convert("L"))
    deep = grey[..., None].astype(np.uint32) * 0x0101_0101
    assert np.array_equal(shown(deep_tiff(deep, meaning=1, kind="u4")), np.array(PICTURE.convert("RGBA")))
    assert np.array_equal(shown(deep_tiff(deep >> 16, meaning=0))[..., 0], 255 - grey)
