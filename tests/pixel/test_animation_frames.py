"""Animations come in as the frames that are seen, with their times: what we write, what Pillow writes, and sprites."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image
from pixart_nodes import animation_frames
from pixart_nodes.errors import PictureError
from pixart_nodes.pixel.files import animation_file, aseprite_layers, gif, timing
from pixart_nodes.pixel.files.animation_file import Film
from pixart_nodes.pixel.files.timing import Tag
from test_animation_file import clips, few, times_of

TAGS = (Tag("walk", 0, 1), Tag("turn; back", 2, 3, "pingpong"))


@settings(max_examples=40)
@given(clips(most=200))
def test_what_is_saved_is_loaded_again_frame_by_frame(frames):
    for format in animation_file.FORMATS:
        film = Film(frames, times_of(frames), plays=3)
        again = animation_frames.decode(animation_file.encode(film, format))
        assert np.array_equal(again.frames, frames), format
        if len(frames) > 1:
            assert again.durations == times_of(frames), format
            assert again.plays == (0 if format == "aseprite" else 3)


def test_half_transparent_frames_of_any_colours_come_back_from_a_sprite():
    frames = np.random.default_rng(1).integers(0, 256, (3, 9, 8, 4), dtype=np.uint8)
    frames[frames[..., 3] == 0] = 0
    again = animation_frames.decode(animation_file.encode(Film(frames, [10, 20, 30], tags=TAGS[:1]), "aseprite"))
    assert np.array_equal(again.frames, frames)
    assert (again.durations, again.tags) == ([10, 20, 30], TAGS[:1])


def test_a_sprites_tags_are_read_as_they_are_written():
    film = Film(few(), [100] * 4, tags=TAGS)
    tags = animation_frames.decode(animation_file.encode(film, "aseprite")).tags
    assert tags == TAGS
    assert timing.tags_text(tags) == "walk 0-1, turn back 2-3 pingpong"
    assert timing.tags(timing.tags_text(tags), 4) == [TAGS[0], Tag("turn back", 2, 3, "pingpong")]


def test_times_are_written_as_they_are_read():
    for times in ([100, 100, 100], [20, 30], [7]):
        assert timing.durations(timing.durations_text(times), 1, len(times)) == times
    assert timing.durations_text([100, 100]) == "100"


@pytest.mark.parametrize(
    ("durations", "delays"),
    [
        ([25] * 6, [2, 3, 2, 3, 2, 3]),
        ([100, 200], [10, 20]),
        ([33] * 3, [3, 4, 3]),
        ([1000 // 60] * 6, [2, 2, 2, 2, 2, 2]),
        ([10, 10, 40], [2, 2, 2]),
        ([65535], [6553]),
    ],
)
def test_gif_delays_are_shared_out_so_that_the_sum_is_right(durations, delays):
    assert gif.delays(durations) == delays


def test_no_frame_of_a_gif_is_further_from_its_time_than_half_a_step():
    random = np.random.default_rng(4)
    for _ in range(50):
        durations = random.integers(20, 300, 40).tolist()
        ends, written = np.cumsum(durations), 10 * np.cumsum(gif.delays(durations))
        assert np.abs(written - ends).max() <= 5


COLORS = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)


def scene(count=4, height=5, width=7):
    """Frames in three colours far apart, each with something transparent."""
    indices = np.random.default_rng(2).integers(0, 4, (count, height, width))
    return np.concatenate([COLORS[indices], 255 * (indices > 0)[..., None]], axis=-1).astype(np.uint8)


def picture_of(frame, kind):
    """A frame as Pillow writes it exactly: of a GIF it would choose the colours itself."""
    if kind != "GIF":
        return Image.fromarray(frame)
    indices = np.where(frame[..., 3] > 0, 1 + frame[..., :3].argmax(axis=-1), 0).astype(np.uint8)
    picture = Image.fromarray(indices, "P")
    picture.putpalette(COLORS.tobytes())
    picture.info["transparency"] = 0
    return picture


def saved(frames, kind, **options):
    pictures, out = [picture_of(frame, kind) for frame in frames], io.BytesIO()
    pictures[0].save(out, kind, save_all=True, append_images=pictures[1:], **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize(("loop", "plays"), [(0, 0), (3, 3)])
def test_another_programs_file_is_read_with_its_times(kind, loop, plays):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {"disposal": 2} if kind == "GIF" else {}
    film = animation_frames.decode(saved(scene(), kind, duration=[50, 60, 70, 80], loop=loop, **options))
    assert np.array_equal(film.frames, scene())
    assert film.durations == [50, 60, 70, 80]
    assert film.plays == (plays + 1 if kind == "GIF" and loop else plays)  # a GIF counts repeats


def test_a_gif_that_says_nothing_plays_once_and_no_time_is_a_tenth_of_a_second():
    film = animation_frames.decode(saved(scene(), "GIF", duration=0, disposal=2))
    assert (film.plays, film.durations) == (1, [100] * 4)


def test_the_picture_for_viewers_that_know_no_apng_is_no_frame():
    film = animation_frames.decode(saved(scene(), "PNG", duration=50, default_image=True))
    assert np.array_equal(film.frames, scene()[1:])


def test_a_still_picture_is_one_frame():
    film = animation_frames.decode(saved(scene()[:1], "PNG"))
    assert (film.frames.shape, film.durations) == ((1, 5, 7, 4), [100])


def chunk(kind, body):
    return struct.pack("<IH", 6 + len(body), kind) + body


def layer(name="a", flags=1, level=0, opacity=255, blend=0, kind=0):
    text = name.encode()
    head = struct.pack("<HHHHHHB3x", flags, kind, level, 0, 0, blend, opacity)
    return chunk(0x2004, head + struct.pack("<H", len(text)) + text)


def cel(number, pixels, x=0, y=0, opacity=255, order=0):
    data = struct.pack("<HH", pixels.shape[1], pixels.shape[0]) + zlib.compress(pixels.tobytes())
    return chunk(0x2005, struct.pack("<HhhBHh5x", number, x, y, opacity, 2, order) + data)


def link(number, frame):
    return chunk(0x2005, struct.pack("<HhhBHh5xH", number, 0, 0, 255, 1, 0, frame))


def sprite(*frames, depth=32, hidden=0, width=2, height=1):
    """A file of frames, each a list of chunks."""
    body = b""
    for chunks in frames:
        inside = b"".join(chunks)
        body += struct.pack("<IHHHxxI", 16 + len(inside), 0xF1FA, len(chunks), 40, len(chunks)) + inside
    head = struct.pack("<IHHHHHIHII", 128 + len(body), 0xA5E0, len(frames), width, height, depth, 1, 0, 0, 0)
    return (head + struct.pack("<B3xH", hidden, 0)).ljust(128, b"\0") + body


def rgba(*colors):
    return np.array([colors], np.uint8)


RED, BLUE, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
HALF_BLUE = (0, 0, 255, 128)


def shown(*chunks, **more):
    return aseprite_layers.decode(sprite(list(chunks), **more)).frames[0].tolist()


def test_layers_lie_over_one_another_with_their_opacity():
    below, above = cel(0, rgba(RED, RED)), cel(1, rgba(HALF_BLUE, CLEAR))
    assert shown(layer(), layer("b"), below, above) == [[[127, 0, 128, 255], [255, 0, 0, 255]]]
    assert shown(layer(), layer("b", opacity=0), below, above) == [[[*RED], [*RED]]]
    assert shown(layer(), layer("b"), below, cel(1, rgba(BLUE, CLEAR), opacity=128))[0][0] == [127, 0, 128, 255]


def test_a_hidden_layer_and_one_in_a_hidden_group_are_not_seen():
    below, above = cel(0, rgba(RED, RED)), cel(2, rgba(BLUE, BLUE))
    hidden = shown(layer(), layer("group", flags=0, kind=1), layer("b", level=1), below, above)
    assert hidden == [[[*RED], [*RED]]]
    seen = shown(layer(), layer("group", flags=0, kind=1), layer("b"), below, above)
    assert seen == [[[*BLUE], [*BLUE]]]
    assert shown(layer(), layer("x"), layer("b", flags=0), below, above) == [[[*RED], [*RED]]]


def test_a_cel_may_lie_partly_outside_and_another_order_be_said():
    parts = cel(0, rgba(RED, BLUE), x=-1), cel(1, rgba(RED, RED), x=1)
    assert shown(layer(), layer("b"), *parts) == [[[*BLUE], [*RED]]]
    over = cel(0, rgba(RED, RED), order=2), cel(1, rgba(BLUE, BLUE))
    assert shown(layer(), layer("b"), *over) == [[[*RED], [*RED]]]


def test_a_linked_cel_shows_an_earlier_frames():
    data = sprite([layer(), cel(0, rgba(RED, CLEAR))], [link(0, 0)], [])
    frames = aseprite_layers.decode(data).frames
    assert frames[1].tolist() == frames[0].tolist() == [[[*RED], [*CLEAR]]]
    assert not frames[2].any()


def test_grey_sprites_and_old_palettes_are_read():
    grey = np.array([[[9, 255], [7, 100]]], np.uint8)
    assert shown(layer(), cel(0, grey), depth=16) == [[[9, 9, 9, 255], [7, 7, 7, 100]]]
    palette = chunk(0x0004, struct.pack("<HBB", 1, 0, 2) + bytes((1, 2, 3, 4, 5, 6)))
    indices = np.array([[0, 1]], np.uint8)
    assert shown(palette, layer(), cel(0, indices), depth=8) == [[[0, 0, 0, 0], [4, 5, 6, 255]]]
    assert shown(palette, layer(flags=9), cel(0, indices), depth=8)[0][0] == [1, 2, 3, 255]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (sprite([layer("glow", blend=1), cel(0, rgba(RED, RED))]), "'x': the layer 'glow' isn't blended normally"),
        (sprite([layer("map"), chunk(0x2005, struct.pack("<HhhBHh5x", 0, 0, 0, 255, 3, 0))]), "'map' is a tile map"),
        (sprite([layer(), link(0, 0)]), "linked to none before it"),
        (sprite([layer(), cel(0, rgba(RED, RED))])[:-3], "cut off"),
        (sprite([layer()])[:140], "damaged or cut off"),
        (sprite([layer(), cel(5, rgba(RED, RED))]), "damaged"),
        (sprite([], width=65535, height=65535), "1 frames of 65535 x 65535 pixels are more than can be used"),
    ],
)
def test_a_sprite_that_cannot_be_shown_exactly_is_refused_by_name(data, words):
    with pytest.raises(PictureError, match=words):
        animation_frames.decode(data, "x")


def test_damage_anywhere_in_a_sprite_ends_in_frames_or_in_a_sentence():
    whole, random = animation_file.encode(Film(few(), [100] * 4, tags=TAGS), "aseprite"), np.random.default_rng(6)
    for _ in range(400):
        data = bytearray(whole[: random.integers(7, len(whole) + 1)])
        for at in random.integers(6, len(data), 3):
            data[at] = random.integers(0, 256)
        try:
            assert animation_frames.decode(bytes(data), "x").frames.shape[3] == 4
        except PictureError as error:
            assert "'x'" in str(error)


def test_too_many_frames_are_refused_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(animation_frames, "MOST_PIXELS", 100)
    with pytest.raises(PictureError, match="'x' has 4 frames of 7 x 5 pixels, more than can be used"):
        animation_frames.decode(saved(scene(), "PNG", duration=50), "x")
