"""Pictures of any kind decode to the pixels a person sees; broken ones say so; tensors keep every byte."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from photoshop_file import psd
from PIL import Image, ImageOps, features
from pixart_nodes import picture_file, tensors
from pixart_nodes.errors import PictureError
from pixart_nodes.pixel.palette.picture import kept_shape, opaque_mask

SCENE = np.random.default_rng(10).integers(0, 256, (6, 5, 4), dtype=np.uint8)
torch = pytest.importorskip("torch")


def saved(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def png_16_bit(values, kind, size=None, hidden=()):
    """A 16-bit PNG, which Pillow can't write for colour: values [H, W, C], kind as in the PNG header."""
    rows = values.astype(">u2").view(np.uint8).reshape(len(values), -1)
    return png_of(rows, size or values.shape[1::-1], 16, kind, hidden)


def png_of(rows, size, depth, kind, hidden=()):
    """A PNG of packed rows; `hidden` are the samples of its transparent colour."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes())), (b"IEND", b"")]
    if hidden:
        chunks.insert(1, (b"tRNS", struct.pack(f">{len(hidden)}H", *hidden)))
    body = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def test_rgba_and_rgb_are_taken_as_they_are():
    assert np.array_equal(picture_file.decode(saved(Image.fromarray(SCENE))), SCENE)
    rgb = np.ascontiguousarray(SCENE[..., :3])
    assert np.array_equal(picture_file.decode(saved(Image.fromarray(rgb))), opaque(rgb))


def test_a_palette_png_keeps_its_transparent_entry():
    picture = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    found = picture_file.decode(saved(picture.convert("P") if picture.mode != "P" else picture, transparency=1))
    assert found[0, :, 3].tolist() == [255, 0, 255]
    assert found[0, ::2, :3].tolist() == [[10, 20, 30], [70, 80, 90]]


def test_grey_with_and_without_alpha():
    grey = SCENE[..., 0]
    assert np.array_equal(picture_file.decode(saved(Image.fromarray(grey))), opaque(np.dstack([grey] * 3)))
    pair = np.ascontiguousarray(SCENE[..., :2])
    expected = np.dstack([pair[..., 0]] * 3 + [pair[..., 1]])
    assert np.array_equal(picture_file.decode(saved(Image.fromarray(pair))), expected)


def test_a_single_transparent_colour_is_seen_in_grey_and_colour():
    found = picture_file.decode(saved(Image.fromarray(np.array([[5, 6]], np.uint8)), transparency=5))
    assert found.tolist() == [[[5, 5, 5, 0], [6, 6, 6, 255]]]
    rgb = Image.fromarray(np.array([[[1, 2, 3], [3, 2, 1]]], np.uint8))
    assert picture_file.decode(saved(rgb, transparency=(1, 2, 3)))[0, :, 3].tolist() == [0, 255]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_transparent_grey_of_few_bits_is_seen(depth):
    greys = np.arange(1 << depth)
    bits = (greys[:, None] >> np.arange(depth - 1, -1, -1) & 1).astype(np.uint8)
    data = png_of(np.packbits(bits)[None], (len(greys), 1), depth, 0, hidden=(1,))
    found = picture_file.decode(data)[0]
    assert found[:, 3].tolist() == [0 if grey == 1 else 255 for grey in greys]
    assert found[:, 0].tolist() == [grey * 255 // greys[-1] for grey in greys]


def test_the_transparent_colour_of_16_bits_is_seen():
    values = np.array([[[0x1234, 0x5678, 0x9ABC], [0x3412, 0x7856, 0xBC9A], [0x3434, 0x7878, 0xBCBC]]])
    found = picture_file.decode(png_16_bit(values, 2, hidden=(0x1234, 0x5678, 0x9ABC)))
    assert found[0, :, 3].tolist() == [0, 255, 255]


def test_16_bit_grey_is_scaled_and_rounded_not_clipped():
    values = np.array([[0, 128, 129, 256, 32768, 65278, 65535]])[..., None]
    found = picture_file.decode(png_16_bit(values, 0))
    assert found[0, :, 0].tolist() == [0, 0, 1, 1, 128, 254, 255]
    assert (found[..., 3] == 255).all()


def test_16_bit_colour_keeps_what_8_bits_can_hold():
    values = SCENE.astype(int) * 257
    assert np.array_equal(picture_file.decode(png_16_bit(values, 6)), SCENE)
    assert np.array_equal(picture_file.decode(png_16_bit(values[..., :3], 2)), opaque(SCENE[..., :3]))


def test_postscript_is_refused_and_no_other_program_gets_it(monkeypatch):
    data = saved(Image.new("RGB", (4, 4)), "EPS")
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was asked"))
    with pytest.raises(PictureError, match=r"'a\.png' is PostScript, a program and no picture"):
        picture_file.decode(data, "a.png")


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_a_damaged_avif_is_said_to_be():
    head, name, body = saved(Image.fromarray(SCENE), "AVIF").partition(b"mdat")
    with pytest.raises(PictureError, match="damaged or cut off"):
        picture_file.decode(head + name + bytes(len(body)))


def test_a_cmyk_jpeg_shows_its_colour():
    data = saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100)
    found = picture_file.decode(data)
    # red, as far as JPEG keeps it
    assert np.abs(found.astype(int) - [255, 0, 0, 255]).max() <= 3


def test_webp_keeps_alpha():
    assert np.array_equal(picture_file.decode(saved(Image.fromarray(SCENE), "WEBP", lossless=True, exact=True)), SCENE)


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned clockwise by 90 degrees
    found = picture_file.decode(saved(Image.fromarray(SCENE), "PNG", exif=exif))
    assert np.array_equal(found, np.rot90(SCENE, -1))


@pytest.mark.parametrize("orientation", range(10))
def test_each_exif_orientation_is_turned_as_pillow_itself_does(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(SCENE), "PNG", exif=exif)
    with Image.open(io.BytesIO(data)) as picture:
        assert np.array_equal(picture_file.decode(data), np.asarray(ImageOps.exif_transpose(picture)))


def test_an_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (4, 4), color) for color in ("#ff0000", "#0000ff")]
    found = picture_file.decode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert (found == [255, 0, 0, 255]).all()


def test_one_pixel_and_black_and_white_pictures_work():
    assert picture_file.decode(saved(Image.new("1", (1, 1), 1))).tolist() == [[[255, 255, 255, 255]]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "'x.png' is not a picture"),
        (b"hello", "'x.png' is not a picture"),
        (saved(Image.fromarray(SCENE))[:60], "'x.png' is damaged or cut off"),
        (saved(Image.fromarray(SCENE), "BMP")[:-40], "'x.png' is damaged or cut off"),
        (saved(Image.new("F", (2, 2)), "TIFF"), "Save it with 8 or 16 bits"),
        (psd(Image.new("RGB", (2, 2)), depth=16), "'x.png' is not a picture"),
        (psd(Image.new("RGB", (2, 2)))[:28], "'x.png' is not a picture"),
    ],
)
def test_a_broken_file_is_named_and_explained(data, words):
    with pytest.raises(PictureError, match=words):
        picture_file.decode(data, "x.png")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow also warns of damage; the error is what counts
@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP", "TIFF", "JPEG"])
def test_damage_anywhere_ends_in_a_picture_or_in_a_sentence(kind):
    random = np.random.default_rng(12)
    whole = saved(Image.fromarray(SCENE).convert("RGB"), kind)
    for _ in range(150):
        data = bytearray(whole[: random.integers(1, len(whole) + 1)])
        for at in random.integers(0, len(data), 3):
            data[at] = random.integers(0, 256)
        try:
            assert picture_file.decode(bytes(data), "x").shape[2] == 4
        except PictureError as error:
            assert "'x'" in str(error)


def test_a_decompression_bomb_is_refused():
    bomb = png_16_bit(np.zeros((1, 1, 1)), 0, size=(65535, 65535))
    with pytest.raises(PictureError, match="more pixels than can be decoded safely"):
        picture_file.decode(bomb, "x.png")


def test_every_byte_survives_the_way_through_a_tensor():
    every = np.arange(256, dtype=np.uint8).reshape(1, 8, 8, 4)
    image = tensors.to_image(every, like=torch.empty(0))
    assert image.dtype == torch.float32 and image.shape == (1, 8, 8, 4)
    assert np.array_equal(tensors.to_rgba(image), every)
    half = tensors.to_image(every, like=torch.empty(2, dtype=torch.float16))
    assert half.dtype == torch.float32


def test_core_nodes_that_truncate_see_the_same_bytes():
    every = np.arange(256, dtype=np.uint8).reshape(1, 8, 8, 4)
    image = tensors.to_image(every, like=torch.empty(0))
    assert np.array_equal((255.0 * image.numpy()).clip(0, 255).astype(np.uint8), every)


def test_images_without_alpha_become_opaque():
    assert tensors.to_rgba(torch.zeros(1, 1, 1, 3)).tolist() == [[[[0, 0, 0, 255]]]]
    assert tensors.to_rgba(torch.ones(2, 1, 1, 1)).tolist() == [[[[255] * 4]]] * 2


def test_values_out_of_range_have_a_defined_place():
    odd = torch.tensor([[[[float("nan"), float("inf"), float("-inf")], [-0.5, 1.5, 0.5]]]])
    assert tensors.to_rgba(odd).tolist() == [[[[0, 255, 0, 255], [0, 255, 128, 255]]]]


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (1, 0, 4, 3), (1, 4, 4, 2), (4, 4, 3)])
def test_what_is_no_image_is_refused_with_its_shape(shape):
    with pytest.raises(ValueError, match=r"got \["):
        tensors.to_rgba(torch.zeros(shape))


@pytest.mark.parametrize(("threshold", "least"), [(0.0, 0), (0.5, 128), (128 / 255, 128), (0.25, 64), (1.0, 255)])
def test_alpha_from_the_threshold_on_is_opaque_however_the_picture_lies(threshold, least):
    rgba = np.random.default_rng(5).integers(0, 256, (7, 9, 4), dtype=np.uint8)
    rgba[0, :3, 3] = max(least - 1, 0), least, 255
    for one in (rgba, rgba[::-1, 2:], rgba.transpose(1, 0, 2)):
        assert np.array_equal(opaque_mask(one, threshold), one[..., 3].astype(int) >= least)


def test_a_transparent_picture_is_resized_in_less_memory_than_three_of_comfyuis():
    pixels = np.full((1024, 1024, 4), 99, np.uint8)
    tracemalloc.start()
    try:
        picture_file.resized(pixels, 512, 1024)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1.5 * 4 * pixels.nbytes  # Pillow's own isn't counted


@pytest.mark.parametrize(
    ("picture", "width", "height", "divisor", "result"),
    [
        ((600, 400), 64, 48, 0, (64, 48)),
        ((600, 400), 64, 0, 0, (64, 43)),
        ((600, 400), 0, 64, 0, (96, 64)),
        ((3000, 2), 64, 0, 0, (64, 1)),
        ((600, 400), 64, 48, 4, (150, 100)),
        ((600, 400), 0, 0, 7, (86, 57)),
        ((3, 3), 0, 0, 64, (1, 1)),
    ],
)
def test_a_side_of_0_and_a_divisor_keep_the_shape(picture, width, height, divisor, result):
    assert kept_shape(picture, width, height, divisor) == result


def test_two_sides_of_0_are_refused():
    with pytest.raises(PictureError, match="width and height are both 0: give at least one of them"):
        kept_shape((600, 400), 0, 0)


def test_a_side_that_would_be_out_of_all_bounds_is_refused():
    with pytest.raises(PictureError, match="4096 x 3 pixels would become 699051 x 512: give both width and height"):
        kept_shape((4096, 3), 0, 512)
