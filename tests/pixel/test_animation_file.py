"""Animated files show the very pixels of their frames, says Pillow, and a reader of Aseprite's files by their spec."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageSequence
from pixart_nodes.pixel.errors import PaletteError, PictureError, UnknownName
from pixart_nodes.pixel.files import animation_file, gif
from pixart_nodes.pixel.files.animation_file import Film
from pixart_nodes.pixel.files.timing import Tag
from pixart_nodes.pixel.palette.palette import Entry, Palette

FULL = Palette.of(np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) // 2], axis=1), "full")
SIZES = st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 11))


@st.composite
def clips(draw, most=256):
    """Frames in few colours, with and without transparency, some of them alike or empty."""
    colors = draw(st.integers(1, most))
    chosen = draw(hnp.arrays(np.int64, draw(SIZES), elements=st.integers(0, colors - 1), fill=st.nothing()))
    frames = np.full((*chosen.shape, 4), 255, np.uint8)
    frames[..., :3] = FULL.colors[chosen]
    if draw(st.booleans()):
        frames[chosen % 3 == 0] = 0
    if draw(st.booleans()):
        frames[-1] = frames[0]
    if draw(st.booleans()):
        frames[len(frames) // 2] = 0
    return frames


def times_of(frames):
    return [20 + 30 * n for n in range(len(frames))]


def opened(data):
    """Each frame as Pillow composes it, and its duration."""
    with Image.open(io.BytesIO(data)) as picture:
        frames, times = [], []
        for frame in ImageSequence.Iterator(picture):
            frames.append(np.array(frame.convert("RGBA")))
            times.append(frame.info.get("duration"))
        return np.stack(frames), times, picture.info


def shown(frames):
    return np.where(frames[..., 3:] > 0, frames, 0)


@settings(max_examples=60)
@given(clips(most=200))
def test_a_gif_decodes_to_the_frames(frames):
    decoded, times, _ = opened(animation_file.encode(Film(frames, times_of(frames)), "gif"))
    assert np.array_equal(shown(decoded), frames)
    assert len(frames) == 1 or times == times_of(frames)


@settings(max_examples=60)
@given(clips())
def test_an_apng_decodes_to_the_frames(frames):
    decoded, times, info = opened(animation_file.encode(Film(frames, times_of(frames)), "apng"))
    assert np.array_equal(shown(decoded), frames)
    assert times == times_of(frames) or len(frames) == 1
    assert info.get("loop", 0) == 0


@settings(max_examples=60)
@given(clips())
def test_an_aseprite_file_decodes_to_the_frames(frames):
    decoded = read(animation_file.encode(Film(frames, times_of(frames)), "aseprite"))
    assert np.array_equal(decoded["frames"], frames)
    assert decoded["durations"] == times_of(frames)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16, 17, 128, 129, 255, 256])
@pytest.mark.parametrize("size", [1, 40, 150])
def test_gif_codes_of_every_width_are_read_back(count, size):
    """Noise of 150 x 150 fills the table of 4096 strings several times."""
    indices = np.random.default_rng(count).integers(0, count, (1, size, size))
    with Image.open(io.BytesIO(gif.encode(indices, FULL.colors[:count], None, [100]))) as picture:
        assert np.array_equal(np.array(picture), indices[0])
        padded = 1 << max(1, (count - 1).bit_length())
        table = picture.getpalette()
        assert table[: 3 * count] == FULL.colors[:count].ravel().tolist()
        assert len(table) == 3 * padded and not any(table[3 * count :])


def test_a_palettes_own_transparent_entry_is_the_files():
    palette = Palette((Entry((255, 0, 255), 0, "none"), *(Entry(tuple(c)) for c in FULL.colors[:3].tolist())))
    reel = Film(few(), [100] * 4, palette=palette)
    sprite = read(animation_file.encode(reel, "aseprite"))
    assert (
        sprite["transparent"] == 0 and sprite["palette"][0].tolist() == [255, 0, 255] and sprite["names"][0] == "none"
    )
    assert np.array_equal(sprite["frames"], reel.frames)
    for format in ("gif", "apng"):
        decoded = opened(animation_file.encode(reel, format))[0]
        assert np.array_equal(shown(decoded), reel.frames)
    filled = np.where(reel.frames[..., 3:] > 0, reel.frames, [*FULL.colors[0], 255]).astype(np.uint8)
    opaque = Film(filled, [100] * 4, palette=palette)
    for format in ("gif", "apng"):
        assert np.array_equal(opened(animation_file.encode(opaque, format))[0], opaque.frames)
    assert np.array_equal(read(animation_file.encode(opaque, "aseprite"))["frames"], opaque.frames)


def test_names_stay_with_their_colours_where_unused_entries_had_to_go():
    palette = Palette(tuple(Entry(tuple(c), name=f"colour {n}") for n, c in enumerate(FULL.colors.tolist())))
    sprite = read(animation_file.encode(Film(few(), [100] * 4, palette=palette), "aseprite"))
    assert sprite["names"] == ["colour 0", "colour 1", "colour 2", ""]


def few(count=4, height=5, width=7, seed=3):
    """Frames in the first three of FULL's colours, one pixel of which is transparent."""
    frames = np.full((count, height, width, 4), 255, np.uint8)
    frames[..., :3] = FULL.colors[np.random.default_rng(seed).integers(0, 3, (count, height, width))]
    frames[:, 0, 0] = 0
    return frames


def test_the_palette_keeps_its_order_and_unused_entries_in_each_format():
    entries = [Entry(tuple(FULL.colors[n].tolist()), name=name) for n, name in ((9, "moss"), (2, ""), (1, "sky"))]
    palette = Palette((*entries, Entry(tuple(FULL.colors[0].tolist())), entries[0]._replace(name="lichen")))
    wanted, frames = palette.table[:, :3].tolist(), few()
    reel = Film(frames, [100] * 4, palette=palette)
    with Image.open(io.BytesIO(animation_file.encode(reel, "gif"))) as picture:
        assert np.reshape(picture.getpalette(), (-1, 3)).tolist() == [*wanted, [0] * 3, [0] * 3, [0] * 3]
        assert picture.info["transparency"] == 5 and picture.info["background"] == 5
        assert np.array(picture).tolist() == reel.indices[0].tolist()
    with Image.open(io.BytesIO(animation_file.encode(reel, "apng"))) as picture:
        assert np.reshape(picture.getpalette(), (-1, 3)).tolist()[:5] == wanted
        assert picture.mode == "P" and np.array(picture).tolist() == reel.indices[0].tolist()
    sprite = read(animation_file.encode(reel, "aseprite"))
    assert sprite["palette"].tolist() == [*wanted, [0] * 3]
    assert sprite["names"] == ["moss", "", "sky", "", "lichen", ""]
    assert sprite["depth"] == 8 and sprite["transparent"] == 5


@pytest.mark.parametrize("format", animation_file.FORMATS)
def test_a_colour_that_the_palette_lacks_is_named(format):
    with pytest.raises(PaletteError, match="lacks"):
        animation_file.encode(Film(few(), [100] * 4, palette=Palette.of([[1, 1, 1]])), format)


@pytest.mark.parametrize("plays", [0, 1, 2, 7])
def test_how_often_it_plays_is_written(plays):
    reel = Film(few(), [100] * 4, plays)
    loop = opened(animation_file.encode(reel, "gif"))[2].get("loop")
    assert loop == {0: 0, 1: None}.get(plays, plays - 1), "Netscape counts repeats, and none needs no word"
    assert opened(animation_file.encode(reel, "apng"))[2]["loop"] == plays


def test_gif_durations_are_hundredths_and_not_too_short_for_browsers():
    times = opened(animation_file.encode(Film(few(), [1, 20, 104, 65535]), "gif"))[1]
    assert times == [20, 20, 80, 65540]  # what the first takes too long is taken from the third


def test_true_colours_and_half_transparency_go_into_apng_and_aseprite_exactly():
    frames = np.random.default_rng(6).integers(0, 256, (3, 20, 30, 4), dtype=np.uint8)
    frames[1] = frames[0]
    frames[2, 4:] = frames[0, 4:]
    frames = shown(frames).astype(np.uint8)
    reel = Film(frames, [100] * 3)
    assert np.array_equal(opened(animation_file.encode(reel, "apng"))[0], frames)
    sprite = read(animation_file.encode(reel, "aseprite"))
    assert sprite["depth"] == 32 and np.array_equal(sprite["frames"], frames)
    with pytest.raises(PictureError, match="no half-transparent pixels"):
        animation_file.encode(reel, "gif")
    frames[..., 3] = 255
    assert read(animation_file.encode(Film(frames, [100] * 3), "aseprite"))["background"]
    with pytest.raises(PictureError, match="these frames have more"):
        animation_file.encode(Film(frames, [100] * 3), "gif")


def test_256_colours_and_transparency_are_one_too_many_for_a_table():
    frames = np.full((2, 1, 257, 4), 255, np.uint8)
    frames[:, 0, :256, :3] = FULL.colors
    frames[:, 0, 256] = 0
    reel = Film(frames, [100, 100], palette=FULL)
    assert read(animation_file.encode(reel, "aseprite"))["depth"] == 32
    assert np.array_equal(opened(animation_file.encode(reel, "apng"))[0][0], frames[0])
    with pytest.raises(PictureError, match="256 colours, transparency among them"):
        animation_file.encode(reel, "gif")
    opaque = Film(frames[:, :, :256], [100, 100], palette=FULL)
    assert np.array_equal(opened(animation_file.encode(opaque, "gif"))[0][0], frames[0, :, :256])


def test_files_are_small_where_little_changes():
    still = np.random.default_rng(2).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8) // 64 * 64
    frames = np.concatenate([still, np.full((1, 64, 64, 1), 255, np.uint8)], axis=3).repeat(30, axis=0)
    frames[15, 9, 9, :3] ^= 64
    for format in animation_file.FORMATS:
        one = len(animation_file.encode(Film(frames[:1], [100]), format))
        assert len(animation_file.encode(Film(frames, [100] * 30), format)) < 2.2 * one


def test_tags_go_into_an_aseprite_file():
    tags = [Tag("walk", 0, 2), Tag("hüpf", 3, 3, "pingpong_reverse")]
    sprite = read(animation_file.encode(Film(few(), [100] * 4, tags=tags), "aseprite"))
    assert sprite["tags"] == [("walk", 0, 2, 0), ("hüpf", 3, 3, 3)]


def test_texts_go_into_an_apng():
    data = animation_file.encode(Film(few(), [100] * 4, texts={"prompt": "{}", "note": "日本"}), "apng")
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.text == {"prompt": "{}", "note": "日本"}
    assert data.count(b"tEXt") == 1


def test_an_unknown_format_is_named():
    with pytest.raises(UnknownName, match="Did you mean 'aseprite'"):
        animation_file.encode(Film(few(), [100] * 4), "asepirte")


class Reader:
    """Little-endian fields of Aseprite's specification, in order; nothing may be left over."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def __call__(self, form):
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found if len(found) > 1 else found[0]

    def bytes(self, count=None):
        end = len(self.data) if count is None else self.at + count
        assert end <= len(self.data)
        found, self.at = self.data[self.at : end], end
        return found

    def zeros(self, count):
        assert not any(self.bytes(count))

    def string(self):
        return self.bytes(self("H")).decode()

    @property
    def ended(self):
        return self.at == len(self.data)


def read(data):
    """A whole file; strict, after the specification that Aseprite publishes."""
    file = Reader(data)
    size, magic, count, width, height, depth, flags, _, zero, zero_too = file("IHHHHHIHII")
    assert (size, magic, flags, zero, zero_too) == (len(data), 0xA5E0, 1, 0, 0) and depth in (8, 32)
    transparent, *_, colors = file("B3BH")
    assert file("BB") == (1, 1)
    file("hhHH")
    file.zeros(84)
    sprite = {"depth": depth, "transparent": transparent, "durations": [], "names": [], "tags": [], "cels": []}
    sprite["palette"] = np.zeros((0, 3), np.uint8)
    sprite["size"] = (height, width)
    for number in range(count):
        start = file.at
        length, magic, old, duration = file("IHHH")
        file.zeros(2)
        chunks = file("I")
        assert (magic, old) == (0xF1FA, chunks)
        sprite["durations"].append(duration)
        for _ in range(chunks):
            read_chunk(file, sprite, number)
        assert file.at == start + length
    assert file.ended and len(sprite["palette"]) == colors
    return sprite | {"frames": np.stack([composed(sprite, number) for number in range(count)])}


def read_chunk(file, sprite, number):
    size, kind = file("IH")
    body = Reader(file.bytes(size - 6))
    {0x2007: read_profile, 0x2019: read_palette, 0x2004: read_layer, 0x2018: read_tags, 0x2005: read_cel}[kind](
        body, sprite, number
    )
    assert body.ended


def read_profile(body, sprite, number):
    assert body("HHI") == (1, 0, 0) and number == 0
    body.zeros(8)


def read_palette(body, sprite, number):
    count, first, last = body("III")
    body.zeros(8)
    assert (first, last) == (0, count - 1) and number == 0
    colors = []
    for _ in range(count):
        flags, *color = body("HBBBB")
        colors.append(color[:3])
        assert flags in (0, 1)
        sprite["names"].append(body.string() if flags else "")
    sprite["palette"] = np.array(colors, np.uint8).reshape(-1, 3)


def read_layer(body, sprite, number):
    flags, *rest = body("HHHHHHB")
    body.zeros(3)
    assert rest == [0, 0, 0, 0, 0, 255] and number == 0 and flags & 3 == 3
    assert body.string() == ("Background" if flags & 8 else "Layer 1")
    sprite["background"] = bool(flags & 8)


def read_tags(body, sprite, number):
    count = body("H")
    body.zeros(8)
    for _ in range(count):
        first, last, direction, repeat = body("HHBH")
        body.zeros(6)
        body.bytes(3)
        body.zeros(1)
        assert repeat == 0
        sprite["tags"].append((body.string(), first, last, direction))


def read_cel(body, sprite, number):
    layer, x, y, opacity, kind, z = body("HhhBHh")
    body.zeros(5)
    assert (layer, opacity, z) == (0, 255, 0)
    if kind == 1:
        linked = body("H")
        assert linked < number
        (pixels,) = [cel[3] for cel in sprite["cels"] if cel[0] == linked]
    else:
        assert kind == 2
        width, height = body("HH")
        shape = (height, width) if sprite["depth"] == 8 else (height, width, 4)
        pixels = np.frombuffer(zlib.decompress(body.bytes()), np.uint8).reshape(shape)
    sprite["cels"].append((number, x, y, pixels))


def composed(sprite, number):
    out = np.zeros((*sprite["size"], 4), np.uint8)
    for _, x, y, pixels in [cel for cel in sprite["cels"] if cel[0] == number]:
        if sprite["depth"] == 8:
            hidden = (pixels == sprite["transparent"]) & (not sprite["background"])
            pixels = np.concatenate([sprite["palette"][pixels], np.full((*pixels.shape, 1), 255, np.uint8)], axis=2)
            pixels[hidden] = 0
        out[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    return out
