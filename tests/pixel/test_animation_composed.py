"""Frames of GIF and APNG are composed as their specifications say and Chromium does: files written by hand."""

import io
import itertools
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from pixart_nodes import animation_frames, picture_file
from pixart_nodes.errors import PictureError

COLORS = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
CLEAR = [0, 0, 0, 0]
RED, GREEN, BLUE = ([*COLORS[at].tolist(), 255] for at in (1, 2, 3))


def one(index):
    return np.array([[index]])


def gif_frame(indices, left=0, top=0, delay=5, disposal=1, hidden=None, colors=None):
    """A control block and a picture; its codes are so wide, and cleared so often, that they never grow."""
    flags = disposal << 2 | (hidden is not None)
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, hidden or 0, 0)
    height, width = indices.shape
    place = struct.pack("<HHHHB", left, top, width, height, 0 if colors is None else 0x81)
    table = b"" if colors is None else np.asarray(colors, np.uint8).tobytes()
    codes = [code for index in indices.ravel().tolist() for code in (4, index)] + [5]
    bits = "".join(f"{code:03b}"[::-1] for code in codes)
    data = bytes(int(bits[at : at + 8].ljust(8, "0")[::-1], 2) for at in range(0, len(bits), 8))
    return control + b"\x2c" + place + table + bytes([2, len(data)]) + data + b"\0"


def gif(width, height, *frames, colors=COLORS, loops=None):
    head = struct.pack("<HHBBB", width, height, 0 if colors is None else 0x81, 1, 0)
    table = b"" if colors is None else colors.tobytes()
    extension = b"" if loops is None else b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loops) + b"\0"
    return b"GIF89a" + head + table + extension + b"".join(frames) + b"\x3b"


def rows(data):
    """The first row of each frame."""
    return animation_frames.decode(data, "x").frames[:, 0].tolist()


def test_what_a_gifs_frame_clears_is_transparent_and_not_the_background_that_the_file_names():
    data = gif(2, 1, gif_frame(np.array([[1, 2]]), disposal=2), gif_frame(one(3)))
    assert rows(data) == [[RED, GREEN], [BLUE, CLEAR]]


def test_a_gifs_first_frame_that_is_smaller_than_its_screen_leaves_the_rest_transparent():
    data = gif(2, 1, gif_frame(one(2), left=1), gif_frame(one(1)))
    assert rows(data) == [[CLEAR, GREEN], [RED, GREEN]]
    assert picture_file.decode(data)[0].tolist() == [CLEAR, GREEN]


@pytest.mark.parametrize("disposal", [3, 4])
def test_a_gifs_frame_that_goes_back_shows_again_what_was_there(disposal):
    data = gif(3, 1, gif_frame(np.array([[1, 2, 3]])), gif_frame(one(1), 1, disposal=disposal), gif_frame(one(2), 2))
    assert rows(data) == [[RED, GREEN, BLUE], [RED, RED, BLUE], [RED, GREEN, GREEN]]


def test_each_frame_of_a_gif_may_have_colours_of_its_own():
    other = [[9, 9, 9], [255, 0, 0], [1, 2, 3], [7, 7, 7]]
    data = gif(2, 1, gif_frame(np.array([[1, 2]])), gif_frame(one(2), 1, colors=other))
    assert rows(data) == [[RED, GREEN], [RED, [1, 2, 3, 255]]]
    assert rows(gif(1, 1, gif_frame(one(2), colors=other), colors=None)) == [[[1, 2, 3, 255]]]


def test_an_index_that_is_hidden_in_one_frame_only_hides_there():
    data = gif(2, 1, gif_frame(np.array([[1, 2]]), hidden=1), gif_frame(np.array([[1, 2]]), hidden=2))
    assert rows(data) == [[CLEAR, GREEN], [RED, GREEN]]


def test_a_gif_that_is_larger_than_its_screen_is_seen_whole_by_its_first_frame():
    data = gif(1, 1, gif_frame(np.array([[1, 2]])), gif_frame(np.array([[3, 3, 3]])))
    assert rows(data) == [[RED, GREEN], [BLUE, BLUE]]


def test_a_single_frame_keeps_its_time_and_how_often_it_plays():
    film = animation_frames.decode(gif(1, 1, gif_frame(one(1), delay=7), loops=2))
    assert (film.durations, film.plays) == ([70], 3)
    film = animation_frames.decode(apng(1, 1, (np.array([[RED]]), 0, 0, (1, 4), 0, 0), plays=3))
    assert (film.durations, film.plays) == ([250], 3)


def test_a_gif_that_is_cut_off_between_frames_has_those_before_and_inside_one_is_damaged():
    whole = gif(1, 1, gif_frame(one(1)), gif_frame(one(2)))
    assert rows(whole[:-1]) == rows(whole)
    with pytest.raises(PictureError, match="damaged or cut off"):
        animation_frames.decode(whole[:-4], "x")


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def apng(width, height, *frames, plays=0, default=None, extra=b"", depth=8, count=None):
    """Frames are pixels [h, w, 4], left, top, seconds as a fraction, disposal and blend."""
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 6, 0, 0, 0)), extra]
    parts.append(chunk(b"acTL", struct.pack(">II", count or len(frames), plays)))
    parts += [] if default is None else [chunk(b"IDAT", packed(default, depth))]
    numbers = itertools.count()
    for pixels, left, top, (numerator, denominator), disposal, blend in frames:
        place = struct.pack(">5I", next(numbers), pixels.shape[1], pixels.shape[0], left, top)
        parts.append(chunk(b"fcTL", place + struct.pack(">HHBB", numerator, denominator, disposal, blend)))
        data = packed(pixels, depth)
        still = default is None and pixels is frames[0][0]
        parts.append(chunk(b"IDAT", data) if still else chunk(b"fdAT", struct.pack(">I", next(numbers)) + data))
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IEND", b"")])


def packed(pixels, depth=8):
    return zlib.compress(b"".join(b"\0" + row.astype(">u2" if depth == 16 else np.uint8).tobytes() for row in pixels))


def seen(width, height, frames):
    """The same in plain words and floats."""
    canvas, result = np.zeros((height, width, 4)), []
    for pixels, left, top, _, disposal, blend in frames:
        part = canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        before, front = part.copy(), pixels.astype(float)
        if blend:
            ours = front[..., 3:] / 255
            theirs = before[..., 3:] / 255 * (1 - ours)
            whole = ours + theirs
            mixed = (front[..., :3] * ours + before[..., :3] * theirs) / np.where(whole > 0, whole, 1)
            front = np.concatenate([mixed, 255 * whole], axis=-1)
        part[...] = np.rint(np.where(front[..., 3:] > 0, front, 0))
        result.append(canvas.copy())
        if disposal:
            part[...] = 0 if disposal == 1 else before
    return np.stack(result).astype(np.uint8)


@pytest.mark.parametrize("seed", range(12))
def test_an_apngs_frames_are_disposed_of_and_blended_as_the_specification_says(seed):
    random = np.random.default_rng(seed)
    frames = []
    for number in range(5):
        height, width = (5, 6) if number == 0 else random.integers(1, [6, 7]).tolist()
        top, left = random.integers(0, [6 - height, 7 - width]).tolist()
        pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
        pixels[..., 3] = random.choice([0, 255], (height, width))
        frames.append((pixels, left, top, (number, 100), *random.integers(0, [3, 2]).tolist()))
    film = animation_frames.decode(apng(6, 5, *frames))
    assert np.array_equal(film.frames, seen(6, 5, frames))
    assert film.durations == [100, 10, 20, 30, 40]
    hidden = random.integers(0, 256, (5, 6, 4), dtype=np.uint8)
    assert np.array_equal(animation_frames.decode(apng(6, 5, *frames, default=hidden)).frames, seen(6, 5, frames))


def test_a_picture_for_viewers_that_know_no_apng_is_not_what_is_drawn_but_where_the_frames_are_damaged():
    other, frame = np.array([[BLUE, BLUE]]), np.array([[RED]])
    data = apng(2, 1, (frame, 1, 0, (1, 10), 0, 0), (other, 0, 0, (1, 10), 0, 0), default=np.array([[GREEN, GREEN]]))
    assert animation_frames.first(data)[0].tolist() == [CLEAR, RED] == rows(data)[0]
    lost = apng(2, 1, (frame, 1, 0, (1, 10), 0, 0), default=np.array([[GREEN, GREEN]]), count=2)
    assert animation_frames.first(lost)[0].tolist() == [GREEN, GREEN]


def test_half_transparent_colours_are_laid_over_one_another_to_the_nearest():
    below, above = (np.array([[[*color, alpha]]]) for color, alpha in (((200, 0, 40), 128), ((0, 100, 40), 64)))
    data = apng(1, 1, (below, 0, 0, (1, 10), 0, 0), (above, 0, 0, (1, 10), 0, 1))
    # alpha 64 + 128 * 191 / 255 = 159.87; red 200 * 95.87 / 159.87 = 119.9; green 100 * 64 / 159.87 = 40.03
    assert rows(data)[1] == [[120, 40, 40, 160]]


def test_an_apng_of_16_bits_is_rounded_and_its_gamma_obeyed_in_every_frame():
    deep = np.array([[[0x00FF, 0x7FFF, 0xFF7F, 0xFFFF]]])
    frames = (deep, 0, 0, (1, 10), 0, 0), (deep[..., [1, 0, 2, 3]], 0, 0, (1, 10), 0, 1)
    assert rows(apng(1, 1, *frames, depth=16)) == [[[1, 127, 255, 255]], [[127, 1, 255, 255]]]
    greys = [np.array([[[128, 128, 128, 255]]]) for _ in range(2)]
    data = apng(
        1, 1, *[(grey, 0, 0, (1, 10), 0, 0) for grey in greys], extra=chunk(b"gAMA", struct.pack(">I", 100_000))
    )
    assert rows(data) == [[[188, 188, 188, 255]]] * 2


def test_an_animation_is_turned_as_its_exif_block_says():
    exif = Image.Exif()
    exif[0x112] = 6
    frames = [np.array([[RED], [GREEN]]) for _ in range(2)]
    data = apng(1, 2, *[(frame, 0, 0, (1, 10), 0, 0) for frame in frames], extra=chunk(b"eXIf", exif.tobytes()[6:]))
    assert rows(data) == [[GREEN, RED]] * 2
    out, pair = io.BytesIO(), [Image.fromarray(np.array(frames[0][::way], np.uint8)) for way in (1, -1)]
    pair[0].save(out, "WEBP", save_all=True, append_images=pair[1:], lossless=True, exif=exif, duration=50)
    assert rows(out.getvalue()) == [[GREEN, RED], [RED, GREEN]]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (apng(1, 1, *[(np.array([[RED]]), left, 0, (1, 10), 0, 0) for left in (0, 1)]), "outside of the picture"),
        (apng(1, 1, (np.array([[RED]]), 0, 0, (1, 10), 0, 0), count=2), "announces 2 frames and holds 1"),
    ],
)
def test_an_apng_that_is_no_whole_one_is_damaged(data, problem):
    with pytest.raises(PictureError, match=problem):
        animation_frames.decode(data, "x")


@pytest.mark.parametrize("kind", ["MPO", "TIFF"])
def test_what_a_phones_jpeg_or_a_tiff_has_beside_its_picture_is_no_frame(kind):
    pictures, out = [Image.new("RGB", (16 * n, 16), (200, 10, 10)) for n in (2, 1)], io.BytesIO()
    pictures[0].save(out, kind, save_all=True, append_images=pictures[1:])
    assert animation_frames.decode(out.getvalue()).frames.shape == (1, 16, 32, 4)
