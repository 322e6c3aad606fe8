"""The size of a picture from its header, against Pillow, which decodes it."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin
from pixart_nodes import picture_file

from bridge.core.picture import tiff
from bridge.core.picture.image_size import size

ORIENTATION = 0x0112
KINDS = {
    "png": ("PNG", "RGBA", {}),
    "grey png": ("PNG", "L", {}),
    "palette png": ("PNG", "P", {}),
    "jpeg": ("JPEG", "RGB", {}),
    "progressive jpeg": ("JPEG", "L", {"progressive": True}),
    "webp, lossy": ("WEBP", "RGB", {}),
    "webp, lossless": ("WEBP", "RGBA", {"lossless": True}),
    "webp, lossy with alpha": ("WEBP", "RGBA", {}),
    "gif": ("GIF", "P", {}),
    "bmp": ("BMP", "RGB", {}),
}


def saved(kind, width, height, **more):
    name, mode, options = KINDS[kind]
    made = io.BytesIO()
    Image.new(mode, (width, height), 1).save(made, name, **options, **more)
    return made.getvalue()


@pytest.mark.parametrize("sides", [(1, 1), (3, 2), (300, 7), (7, 300)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_what_the_decoder_says(kind, sides):
    assert size(saved(kind, *sides)) == sides


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp, lossy", "webp, lossless"])
def test_a_photograph_on_its_side_is_as_it_is_seen(kind, orientation):
    exif = Image.Exif()
    exif[0x010F] = "a maker, so that there is more than one entry"
    exif[ORIENTATION] = orientation
    data = saved(kind, 30, 20, exif=exif)
    with Image.open(io.BytesIO(data)) as picture:
        assert size(data) == ImageOps.exif_transpose(picture).size == ((20, 30) if orientation > 4 else (30, 20))


def exif_of(kind, value, order):
    """A TIFF folder that has the orientation alone, as a value of a type in a byte order."""
    number = {3: "HH", 4: "I", 1: "BBBB"}[kind]
    values = (value, *[0] * (len(number) - 1))
    return struct.pack(f"{order}HIHHHI{number}I", 42, 8, 1, ORIENTATION, kind, 1, *values, 0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "result"), [(3, (20, 30)), (4, (20, 30)), (1, (30, 20))])
def test_a_number_of_any_length_turns_a_picture_as_it_turns_its_size(order, kind, result):
    exif = {"<": b"II", ">": b"MM"}[order] + exif_of(kind, 6, order)
    for name in ("jpeg", "png", "webp, lossless"):
        data = saved(name, 30, 20, exif=b"Exif\0\0" + exif)
        assert size(data) == picture_file.decode(data).shape[1::-1] == result


@pytest.mark.parametrize("exif", [b"XX\x2a\0\x08\0\0\0", b"II", b"", b"II" + bytes(40)])
def test_a_picture_with_damaged_exif_is_seen_as_it_is_stored(exif):
    for name in ("jpeg", "png", "webp, lossless"):
        data = saved(name, 30, 20, exif=b"Exif\0\0" + exif)
        assert size(data) == picture_file.decode(data).shape[1::-1] == (30, 20)


def turned():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return exif.tobytes()


XMP = '<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
RAW = f"\nexif\n{len(turned()):8}\n{turned().hex()}\n"


def texts(keyword, text, *, packed=False):
    """What a PNG says beside its pixels."""
    said = PngImagePlugin.PngInfo()
    said.add_itxt(keyword, text) if keyword.startswith("XML") else said.add_text(keyword, text, zip=packed)
    return {"pnginfo": said}


# What a file of 30 x 20 says of how it lies, and whether that counts: browsers obey EXIF's own block only, too.
LIES = {
    "png, eXIf": ("png", {"exif": turned()}, True),
    "jpeg, EXIF": ("jpeg", {"exif": turned()}, True),
    "webp, EXIF": ("webp, lossy", {"exif": turned()}, True),
    "png, EXIF and XMP": ("png", {"exif": turned(), **texts("XML:com.adobe.xmp", XMP)}, True),
    "jpeg, EXIF and XMP": ("jpeg", {"exif": turned(), "xmp": XMP.encode()}, True),
    "png, Raw profile": ("png", texts("Raw profile type exif", RAW), False),
    "png, Raw profile, packed": ("png", texts("Raw profile type exif", RAW, packed=True), False),
    "palette png, Raw profile": ("palette png", texts("Raw profile type exif", RAW), False),
    "png, a text named exif": ("png", texts("exif", turned().decode("latin-1")), False),
    "png, a text named exif that is none": ("png", texts("exif", "none", packed=True), False),
    "png, XMP": ("png", texts("XML:com.adobe.xmp", XMP), False),
    "jpeg, XMP": ("jpeg", {"xmp": XMP.encode()}, False),
    "jpeg, XMP beside EXIF that says nothing": ("jpeg", {"exif": Image.Exif().tobytes(), "xmp": XMP.encode()}, False),
    "webp, XMP": ("webp, lossy", {"xmp": XMP.encode()}, False),
}


@pytest.mark.parametrize(("kind", "said", "counts"), LIES.values(), ids=list(LIES))
def test_bridge_and_nodes_see_a_picture_lie_the_same_way(kind, said, counts):
    data = saved(kind, 30, 20, **said)
    height, width, _ = picture_file.decode(data).shape
    assert size(data) == (width, height) == ((20, 30) if counts else (30, 20))


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_is_read_in_either_byte_order(order):
    tiff = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}IHHHIHH", 8, 1, ORIENTATION, 3, 1, 6, 0)
    assert size(saved("jpeg", 30, 20, exif=b"Exif\0\0" + tiff)) == (20, 30)


def test_a_bitmap_of_the_first_kind_and_one_upside_down_are_read():
    assert size(b"BM" + bytes(12) + struct.pack("<IHH", 12, 30, 20)) == (30, 20)
    assert size(b"BM" + bytes(12) + struct.pack("<Iii", 40, 30, -20)) == (30, 20)


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"RIFF1234WAVEfmt ", b"RIFF1234WEBPVP8?", b"\xff\xd8\x00"], ids=repr
)
def test_what_is_no_picture_has_no_size(data):
    assert size(data) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_anywhere_has_its_size_or_none(kind):
    data = saved(kind, 30, 20)
    assert {size(data[:length]) for length in range(min(len(data), 300))} <= {None, (30, 20)}


@settings(max_examples=300)
@given(kind=st.sampled_from(sorted(KINDS)), at=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_damaged_file_never_raises(kind, at, byte):
    data = bytearray(saved(kind, 30, 20))
    data[at % len(data)] = byte
    found = size(bytes(data))
    assert found is None or min(found) > 0


def test_exif_that_is_cut_off_turns_nothing():
    assert size(saved("jpeg", 30, 20, exif=b"Exif\0\0MM\0*" + struct.pack(">IHH", 8, 9, ORIENTATION))) == (30, 20)


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_of_a_tiff_are_counted(count):
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "lime", "blue")[:count]]
    made = io.BytesIO()
    frames[0].save(made, "TIFF", save_all=True, append_images=frames[1:])
    assert tiff.pages(made.getvalue()) == count


def test_pages_that_lead_in_a_circle_or_out_of_the_file_are_counted_once():
    circle = struct.pack("<2sHIHI", b"II", 42, 8, 0, 8)
    beyond = struct.pack("<2sHIHI", b"II", 42, 8, 0, 4000)
    assert [tiff.pages(data) for data in (circle, beyond, b"II*\0", b"GIF89a")] == [1, 1, 1, 1]
