"""Animations come in as the frames that are seen, with their times: what we write, what Pillow writes, and sprites."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image
from pixart_nodes import animation_frames, picture_file
from pixart_nodes.errors import PictureError
from pixart_nodes.pixel.files import animation_file, aseprite_layers, gif, icc, timing
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


def sprite(*frames, depth=32, hidden=0, width=2, height=1, flags=1, time=40, speed=0):
    """A file of frames, each a list of chunks."""
    body = b""
    for chunks in frames:
        inside = b"".join(chunks)
        body += struct.pack("<IHHHxxI", 16 + len(inside), 0xF1FA, len(chunks), time, len(chunks)) + inside
    head = struct.pack("<IHHHHHIHII", 128 + len(body), 0xA5E0, len(frames), width, height, depth, flags, speed, 0, 0)
    return (head + struct.pack("<B3xH", hidden, 0)).ljust(128, b"\0") + body


def tile_set(tiles, number=0, flags=6):
    """Tiles uint8 [N, h, w, bytes]; with flag 4 the first is the empty one."""
    count, height, width = tiles.shape[:3]
    data = zlib.compress(tiles.tobytes())
    head = struct.pack("<IIIHHh14xH", number, flags, count, width, height, 1, 0)
    return chunk(0x2023, head + struct.pack("<I", len(data)) + data)


def tile_map(number, places, x=0, y=0):
    """Places are uint32 [h, w]; the three highest bits mirror a tile, as Aseprite writes them."""
    places = np.asarray(places, "<u4")
    masks = 0x1FFFFFFF, 0x80000000, 0x40000000, 0x20000000
    head = struct.pack("<HhhBHh5x", number, x, y, 255, 3, 0)
    size = struct.pack("<3H4I10x", places.shape[1], places.shape[0], 32, *masks)
    return chunk(0x2005, head + size + zlib.compress(places.tobytes()))


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


# What Aseprite's own blend_funcs.cpp gives, compiled: (200, 90, 30) below and (60, 140, 250) above, both opaque, and
# with alphas of 150 and 200 in a layer of opacity 100.
BLENDED = {
    0: ([60, 140, 250, 255], [140, 111, 124, 182]),
    1: ([47, 49, 29, 255], [137, 86, 62, 182]),
    2: ([213, 181, 251, 255], [183, 123, 124, 182]),
    3: ([171, 99, 59, 255], [172, 99, 70, 182]),
    4: ([60, 90, 30, 255], [140, 97, 62, 182]),
    5: ([200, 140, 250, 255], [180, 111, 124, 182]),
    6: ([255, 200, 255, 255], [195, 128, 125, 182]),
    7: ([21, 0, 25, 255], [130, 72, 61, 182]),
    8: ([94, 106, 246, 255], [150, 101, 123, 182]),
    9: ([177, 96, 82, 255], [174, 99, 77, 182]),
    10: ([140, 50, 220, 255], [164, 86, 115, 182]),
    11: ([166, 132, 222, 255], [170, 109, 116, 182]),
    12: ([55, 127, 225, 255], [139, 107, 117, 182]),
    13: ([209, 86, 19, 255], [182, 96, 59, 182]),
    14: ([48, 128, 238, 255], [137, 108, 121, 182]),
    15: ([211, 101, 41, 255], [183, 100, 64, 182]),
    16: ([255, 230, 255, 255], [195, 137, 125, 182]),
    17: ([140, 0, 0, 255], [164, 72, 54, 182]),
    18: ([255, 164, 31, 255], [195, 118, 62, 182]),
}


@pytest.mark.parametrize("mode", BLENDED)
def test_each_blend_mode_gives_what_aseprite_gives(mode):
    opaque, half = BLENDED[mode]
    parts = cel(0, rgba((200, 90, 30, 255), CLEAR)), cel(1, rgba((60, 140, 250, 255), BLUE))
    assert shown(layer(), layer(blend=mode), *parts) == [[opaque, [*BLUE]]]
    parts = cel(0, rgba((200, 90, 30, 150), CLEAR)), cel(1, rgba((60, 140, 250, 200), CLEAR))
    assert shown(layer(), layer(blend=mode, opacity=100), *parts) == [[half, [*CLEAR]]]


def test_a_group_that_is_blended_is_drawn_by_itself_first_and_else_has_no_mode_of_its_own():
    parts = cel(0, rgba(RED, RED)), cel(2, rgba(BLUE, CLEAR)), cel(3, rgba(RED, BLUE))
    layers = layer(), layer("group", kind=1, opacity=128), layer("b", level=1), layer("c", level=1)
    # 128 of 255 of the uppermost alone, not of the one below it, too
    assert shown(*layers, *parts, flags=3) == [[[*RED], [127, 0, 128, 255]]]
    assert shown(*layers, *parts, flags=1) == [[[*RED], [*BLUE]]]
    layers = layer(), layer("group", kind=1, blend=1), layer("b", level=1), layer("c", level=1)
    assert shown(*layers, *parts, flags=3) == [[[*RED], [0, 0, 0, 255]]]


def test_the_order_of_a_cel_counts_in_its_own_group_where_groups_are_blended():
    layers = layer(), layer("group", kind=1), layer("b", level=1), layer("c", level=1), layer("top")
    parts = cel(2, rgba(RED, RED), order=1), cel(3, rgba(BLUE, BLUE)), cel(4, rgba(CLEAR, HALF_BLUE))
    assert shown(*layers, *parts, flags=3) == [[[*RED], [127, 0, 128, 255]]]
    assert shown(*layers, *parts, flags=1) == [[[*RED], [127, 0, 128, 255]]]


def test_a_tile_map_is_drawn_with_its_tiles_mirrored_as_they_are():
    tile = np.array([[RED, BLUE], [CLEAR, (1, 2, 3, 255)]], np.uint8)
    tiles = np.stack([np.zeros_like(tile), tile])
    across, down, diagonal = 0x80000000, 0x40000000, 0x20000000
    layers = [chunk(0x2004, struct.pack("<HHHHHHB3xHI", 1, 2, 0, 0, 0, 0, 255, 0, 0))]
    places = [[1, 1 | across], [1 | down, 1 | diagonal], [1 | across | diagonal, 0]]
    data = sprite([tile_set(tiles), *layers, tile_map(0, places)], width=4, height=6)
    turned = tile.swapaxes(0, 1)
    rows = [[tile, tile[:, ::-1]], [tile[::-1], turned], [turned[:, ::-1], np.zeros_like(tile)]]
    assert np.array_equal(aseprite_layers.decode(data).frames[0], np.block([[[part] for part in row] for row in rows]))


def test_tiles_of_older_files_count_from_zero_and_all_bits_are_none():
    tiles = np.array([[[[1]]], [[[2]]]], np.uint8)
    palette = chunk(0x0004, struct.pack("<HBB", 1, 0, 3) + bytes(range(9)))
    layers = [chunk(0x2004, struct.pack("<HHHHHHB3xHI", 1, 2, 0, 0, 0, 0, 255, 0, 7))]
    parts = palette, tile_set(tiles, number=7, flags=2), *layers, tile_map(0, [[1, 0xFFFFFFFF]])
    assert shown(*parts, depth=8) == [[[6, 7, 8, 255], [*CLEAR]]]


def test_a_hidden_tile_map_needs_no_tiles():
    layers = layer(), chunk(0x2004, struct.pack("<HHHHHHB3xHI", 0, 2, 0, 0, 0, 0, 255, 0, 0))
    assert shown(*layers, cel(0, rgba(RED, BLUE)), tile_map(1, [[1]])) == [[[*RED], [*BLUE]]]


def newer_palette(first, *colors, size=4):
    entries = b"".join(struct.pack("<HBBBB", 0, *color) for color in colors)
    return chunk(0x2019, struct.pack("<III8x", size, first, first + len(colors) - 1) + entries)


def test_a_palette_that_changes_in_a_later_frame_changes_that_one_and_those_after_it():
    indices = np.array([[1, 2]], np.uint8)
    older = chunk(0x0004, struct.pack("<HBB", 1, 2, 1) + bytes((7, 8, 9)))
    first = [newer_palette(0, CLEAR, RED, BLUE), layer(), cel(0, indices)]
    frames = sprite(first, [newer_palette(2, HALF_BLUE), link(0, 0)], [link(0, 0)], depth=8)
    assert aseprite_layers.decode(frames).frames[:, 0].tolist() == [
        [[*RED], [*BLUE]],
        [[*RED], [*HALF_BLUE]],
        [[*RED], [*HALF_BLUE]],
    ]
    # Aseprite 1.3.5 and newer write the short chunk where all is opaque
    opaque = chunk(0x0004, struct.pack("<HBB", 1, 0, 3) + bytes((0, 0, 0, *RED[:3], *BLUE[:3])))
    frames = sprite([opaque, layer(), cel(0, indices)], [older, link(0, 0)], depth=8)
    assert aseprite_layers.decode(frames).frames[:, 0, 1].tolist() == [[*BLUE], [7, 8, 9, 255]]


def test_the_oldest_palettes_have_six_bits_a_channel():
    palette = chunk(0x0011, struct.pack("<HBB", 1, 1, 1) + bytes((63, 32, 1)))
    assert shown(palette, layer(), cel(0, np.array([[1, 0]], np.uint8)), depth=8) == [[[255, 130, 4, 255], [*CLEAR]]]


def test_the_transparent_index_shows_in_a_background_alone():
    palette = chunk(0x0004, struct.pack("<HBB", 1, 0, 2) + bytes((1, 2, 3, 4, 5, 6)))
    parts = cel(0, np.array([[0, 0]], np.uint8)), cel(1, np.array([[0, 1]], np.uint8))
    assert shown(palette, layer(flags=9), layer(), *parts, depth=8) == [[[1, 2, 3, 255], [4, 5, 6, 255]]]
    parts = cel(0, np.array([[1, 1]], np.uint8)), cel(1, np.array([[0, 1]], np.uint8))
    assert shown(palette, layer(flags=9), layer(), *parts, depth=8) == [[[4, 5, 6, 255], [4, 5, 6, 255]]]


def test_a_frame_without_a_time_of_its_own_has_the_sprites():
    assert aseprite_layers.decode(sprite([layer()], [], time=0, speed=70)).durations == (70, 70)


def test_a_sprites_colour_profile_is_obeyed():
    grey = (128, 128, 128, 255)
    linear = chunk(0x2007, struct.pack("<HHi8x", 1, 1, 65536))
    data = sprite([linear, layer(), cel(0, rgba(grey, CLEAR))])
    assert animation_frames.decode(data).frames.tolist() == [[[[188, 188, 188, 255], [*CLEAR]]]]
    profile = icc.profile((0.3127, 0.3290, 0.640, 0.330, 0.210, 0.710, 0.150, 0.060))  # Adobe RGB's, sRGB's curve
    embedded = chunk(0x2007, struct.pack("<HHi8xI", 2, 0, 0, len(profile)) + profile)
    frames = animation_frames.decode(sprite([embedded, layer(), cel(0, rgba((0, 200, 0, 255), CLEAR))])).frames
    assert frames[0, 0, 0, 1] == 200 and frames[0, 0, 0, 0] == 0
    assert np.array_equal(frames[0], picture_file.decode(png_with(profile, (0, 200, 0, 255), CLEAR)))


def png_with(profile, *colors):
    out = io.BytesIO()
    Image.fromarray(rgba(*colors)).save(out, "PNG", icc_profile=profile)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (sprite([layer("glow", blend=99), cel(0, rgba(RED, RED))]), "'x': the layer 'glow' is blended in a way that"),
        (sprite([layer("map"), tile_map(0, [[1]])]), "'map' has tiles that aren't in the file"),
        (
            sprite([layer("new"), chunk(0x2005, struct.pack("<HhhBHh5x", 0, 0, 0, 255, 9, 0))]),
            "'new' has cels of kind 9",
        ),
        (sprite([layer("voice", kind=3), cel(0, rgba(RED, RED))]), "'voice' is of kind 3, which isn't known"),
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


def test_a_layer_of_an_unknown_kind_is_no_matter_where_it_is_hidden_or_shows_nothing():
    ground = [layer(), cel(0, rgba(RED, BLUE))]
    assert shown(*ground, layer("voice", kind=3)) == [[list(RED), list(BLUE)]]
    assert shown(*ground, layer("voice", kind=3, flags=0), cel(1, rgba(BLUE, RED))) == [[list(RED), list(BLUE)]]


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
