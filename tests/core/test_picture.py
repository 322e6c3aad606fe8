"""Whether an upload is a picture: every bad one is refused by name, a good one passes without a sound."""

import io
import random
import re
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from PIL import Image
from sketches import SKETCHES, encoded

from bridge.core.errors import BadRequest
from bridge.core.job import Upload
from bridge.core.picture.codec import DECODER_LOCK, FORMATS, QUICK_BYTES, check, is_quick

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


def jpeg_of_scans(count):
    """Four million pixels; the shortest scan again and again, which decoders take."""
    data = encoded(Image.new("L", (2000, 2000)), "JPEG", progressive=True)
    at = [found.start() for found in re.finditer(b"\xff\xda", data)]
    scan = min((data[start:end] for start, end in pairwise(at[1:])), key=len)
    return data[: at[-1]] + scan * count + data[at[-1] :]


def jpeg_with(more):
    data = encoded(PICTURE, "JPEG")
    return data[:2] + more + data[2:]


def png_with(count):
    data = encoded(PICTURE, "PNG")
    return data[:33] + chunk(b"abCd", b"") * count + data[33:]


def bmp_in_runs(width, height, runs):
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + head + bytes(1024) + runs


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (jpeg_of_scans(1000), "64 scans"),
        (jpeg_with(b"\xff\xe5\0\2" * 30_000), "20000 segments, or bytes between them"),
        (jpeg_with(b"\xff" * 30_000), "20000 segments, or bytes between them"),
        (b"\xff\xd8" + bytes(30_000), "20000 segments, or bytes between them"),
        (png_with(30_000), "20000 chunks"),
        (bmp_in_runs(25_000_000, 1, b"\1\0\0\0\0\1"), "1000000 pixels or bytes, in run lengths"),
        (bmp_in_runs(500, 500, b"\1\0" * 600_000), "1000000 pixels or bytes, in run lengths"),
    ],
    ids=["scans", "segments", "fill bytes", "no segments", "chunks", "a long line", "short runs"],
)
def test_a_small_file_that_takes_a_decoder_long_is_refused_at_once(data, what):
    began = time.thread_time()
    assert refusal(data) == f"sketchData has more than {what}. Save it anew, as a PNG."
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    "data",
    [
        encoded(Image.effect_noise((400, 300), 90), "JPEG", progressive=True),
        jpeg_of_scans(40),
        jpeg_with(b"\xff\xe2\xff\xff" + bytes(65533)) + bytes(100_000),
        png_with(10_000) + bytes(300_000),
        bmp_in_runs(640, 480, b"\xa0\7\xa0\7\xa0\7\xa0\7\0\0" * 480 + b"\0\1"),
    ],
    ids=["progressive", "scans", "a profile, and more behind the end", "chunks, and more behind the end", "runs"],
)
def test_what_encoders_write_is_no_excess(data):
    check(Upload(data, "sketchData"))


@pytest.mark.parametrize("format", ["PPM", "TGA"])
def test_other_formats_are_refused_with_those_there_are(format):
    said = "sketchData is not a picture. Send PNG, JPEG, WEBP, GIF, BMP, TIFF, PSD."
    assert refusal(encoded(PICTURE, format)) == said


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"<xml/>", b"a < b, <svg"])
def test_what_is_no_picture_is_refused(data):
    assert refusal(data) == "sketchData is not a picture. Send PNG, JPEG, WEBP, GIF, BMP, TIFF, PSD."


def boxes(brand):
    """How a file of boxes begins."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(40)


@pytest.mark.parametrize(
    ("data", "kind", "advice"),
    [
        (boxes(b"heic"), "a HEIC, as telephones save photos", "Most Compatible"),
        (boxes(b"mif1"), "a HEIC, as telephones save photos", "Most Compatible"),
        (boxes(b"isom"), "a film", "as a GIF"),
        (boxes(b"qt  "), "a film", "as a GIF"),
        (boxes(b"crx "), "a camera's raw photo", "Export it as a PNG or JPEG."),
        (boxes(b"avif"), "an AVIF", "Export it as a PNG or JPEG."),
        (encoded(PICTURE, "ICO"), "an icon file", "Export it as a PNG or JPEG."),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000", "Export it as a PNG or JPEG."),
        (encoded(PICTURE, "PDF"), "a PDF", "Save the page as a PNG."),
        (b"\x10\0\0\0\xe0\xa5" + bytes(122), "a file of Aseprite's", "`pixart make` reads it"),
        (b"PK\x03\x04" + bytes(30), "an archive, as Krita's and OpenRaster's files are", "Export the picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG", "such as 1024 pixels"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- of ours -->\n<svg/>", "an SVG", "such as 1024 pixels"),
        (b"\n<!DOCTYPE html><title>404</title>", "a web page", "not the page that shows it"),
    ],
)
def test_what_people_take_for_a_picture_is_named_with_what_to_do(data, kind, advice):
    assert refusal(data).startswith(f"sketchData is {kind}, which isn't read here. ")
    assert advice in refusal(data)


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
    with DECODER_LOCK:  # somebody's large one is being decoded
        assert not is_quick(upload(16, 16))
