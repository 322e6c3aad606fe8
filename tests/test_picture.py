"""Whether an upload is a picture: every bad one is refused by name, a good one passes without a sound."""

import io
import random
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from sketches import SKETCHES, encoded

from bridge.errors import BadRequest
from bridge.job import Upload
from bridge.picture import FORMATS, ONE, QUICK_BYTES, check, is_quick

PICTURE = Image.new("RGB", (64, 48), "red")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def promising(width, height):
    """A PNG whose header promises so many pixels, and that has almost none."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def with_bad_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(PICTURE, "JPEG", exif=exif.tobytes()[:-6] + b"\xff\xff\xff")


def refusal(data):
    with pytest.raises(BadRequest) as caught:
        check(Upload(data, "sketchData"))
    assert caught.value.field == "sketchData"
    return str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_that_the_error_names_is_taken(format):
    check(Upload(encoded(PICTURE, format), "sketchData"))


@pytest.mark.parametrize("name", SKETCHES)
def test_every_kind_of_sketch_is_a_picture(name):
    check(Upload(SKETCHES[name](), "sketchData"))


@pytest.mark.parametrize("size", [(5001, 5000), (10_000, 10_000), (20_000, 10_000), (2**31 - 1, 2**31 - 1)], ids=str)
def test_a_header_alone_tells_of_too_many_pixels(size):
    # decoding would say "damaged": there are no pixels behind the header
    assert refusal(promising(*size)).endswith("At most 25 million.")


def test_so_many_pixels_as_are_allowed_are_decoded():
    assert "is a damaged picture" in refusal(promising(5000, 5000))


@pytest.mark.parametrize("format", ["TIFF", "ICO", "PPM"])
def test_other_formats_are_refused_with_those_there_are(format):
    assert refusal(encoded(PICTURE, format)) == "sketchData is not a picture. Send PNG, JPEG, WEBP, GIF, BMP."


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>"])
def test_what_is_no_picture_is_refused(data):
    assert refusal(data) == "sketchData is not a picture. Send PNG, JPEG, WEBP, GIF, BMP."


def test_bad_exif_data_is_no_reason_to_refuse_nor_to_warn():
    check(Upload(with_bad_exif(), "sketchData"))


def damaged(count):
    """Files with a few bytes changed or the end missing; the same ones each time."""
    source = random.Random(1)
    whole = [encoded(PICTURE, format) for format in (*FORMATS, "MPO")] + [with_bad_exif()]
    for _ in range(count):
        data = bytearray(source.choice(whole))
        for _ in range(source.choice((1, 2, 4, 8))):
            data[source.randrange(len(data))] = source.randrange(256)
        yield bytes(data[: source.randrange(len(data))] if source.random() < 0.3 else data)


def judged(data):
    try:
        check(Upload(data, "sketchData"))
    except BadRequest as error:
        assert error.field == "sketchData"
        return False
    return True


def test_damaged_files_are_refused_or_taken_and_nothing_else_happens():
    with ThreadPoolExecutor(4) as threads:
        verdicts = list(threads.map(judged, damaged(2000)))
    assert {True, False} == set(verdicts)


def test_only_a_small_picture_is_checked_without_a_thread():
    def upload(width, height, more=0):
        file = io.BytesIO()
        Image.new("RGB", (width, height)).save(file, "PNG")
        return Upload(file.getvalue() + bytes(more), "sketchData")

    assert is_quick(upload(128, 128))
    assert not is_quick(upload(129, 128))
    assert not is_quick(upload(16, 16, QUICK_BYTES))
    assert not is_quick(Upload(b"GIF89a" + bytes(30), "sketchData"))
    assert not is_quick(Upload(upload(16, 16).data[:20], "sketchData"))
    with ONE:  # somebody's large one is being decoded
        assert not is_quick(upload(16, 16))
