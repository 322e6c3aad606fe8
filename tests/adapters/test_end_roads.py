"""One picture on every road, each dialect, `make` and the nodes: the same pixels, frames, times and refusals.

The files are written by Pillow or by hand, and what they show is known from how they were made.
"""

import base64
import io

import numpy as np
import pytest
import test_animation_composed as composed
import test_color_profile as deep
from bridge_process import BridgeProcess, picture
from photoshop_file import MULTICHANNEL, psd
from PIL import Image, ImageSequence
from pixart_nodes import animation_frames
from test_end_look import SPOKEN

from bridge.cli import main

pytestmark = pytest.mark.comfy

SIDE = 24  # of each picture: nine flat squares of eight pixels
SIZE = {"width": SIDE, "height": SIDE}
COLORS = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 120, 60), (0, 0, 0), (255, 255, 255)], np.uint8)
PLACES = np.array([[0, 1, 2], [3, 4, 5], [5, 3, 3]]).repeat(8, 0).repeat(8, 1)
CLEAR = PLACES == 5
RGB = COLORS[PLACES]
RGBA = np.where(CLEAR[..., None], 0, np.dstack([RGB, np.full((SIDE, SIDE), 255)])).astype(np.uint8)
GREY = np.array([0, 51, 102, 153, 204, 255], np.uint8)[PLACES]
LINEAR = np.array([0, 188, 188, 255, 0, 255], np.uint8)  # 128 of linear light is 188 of sRGB's
LOOK = {"redraw": False, "method": "nearest", "dither": "none", "contrast": 1, "ownColors": 32}
OPTIONS = ("--method", "nearest", "--dither", "none", "--contrast", "1", "--own-colors", "32", "--size", "24x24")
DIALECTS = [name for name, each in SPOKEN.items() if each.sketch]
TURNED = 6  # in EXIF: to be seen turned clockwise


def file(pixels, kind, **options):
    stream = io.BytesIO()
    made = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    made.save(stream, kind, **options)
    return stream.getvalue()


def indexed():
    made = Image.frombytes("P", (SIDE, SIDE), PLACES.astype(np.uint8).tobytes())
    made.putpalette(COLORS.tobytes())
    return made


def seen(pixels):
    """Grey or colours, with or without alpha, as RGBA; zeros where nothing is seen."""
    colors = np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
    rgba = colors if colors.shape[2] == 4 else np.dstack([colors, np.full(colors.shape[:2], 255, np.uint8)])
    return rgba * (rgba[..., 3:] > 0)


def exif():
    block = Image.Exif()
    block[274] = TURNED
    return block


def by_pillow(data):
    """For what is lossy."""
    with Image.open(io.BytesIO(data)) as opened:
        return np.array(opened.convert("RGB"))


LIGHT = np.array([0, 128, 128, 255, 0, 255], np.uint8)[PLACES]
PHONE = file(GREY, "MPO", save_all=True, append_images=[Image.fromarray(GREY[::-1])], quality=100)
JPEG = file(RGB, "JPEG", quality=100, subsampling=0)
TURN = {"exif": exif()}
STRIP = [np.roll(RGBA, 8 * number, axis=1) for number in range(3)]
FRAMES = [Image.fromarray(frame) for frame in STRIP]
MOVING = {"save_all": True, "append_images": FRAMES[1:], "duration": [50, 70, 90]}
FILMS = {
    "film.gif": file(FRAMES[0], "GIF", disposal=2, loop=0, **MOVING),
    "film.png": file(FRAMES[0], "PNG", loop=0, **MOVING),
    "film.webp": file(FRAMES[0], "WEBP", lossless=True, loop=0, **MOVING),
}
# A file by its name, and what it shows.
STILLS = {
    "rgb.png": (file(RGB, "PNG"), RGB),
    "rgba.png": (file(RGBA, "PNG"), RGBA),
    "indexed.png": (file(indexed(), "PNG"), RGB),
    "hidden.png": (file(indexed(), "PNG", transparency=5), RGBA),
    "grey.png": (file(GREY, "PNG"), GREY),
    "grey-alpha.png": (file(np.dstack([GREY, RGBA[..., 3]]), "PNG"), np.dstack([GREY] * 3 + [RGBA[..., 3]])),
    "deep.png": (deep.deep_png(RGB.astype(int) * 257), RGB),
    "deep-grey.png": (deep.deep_png(GREY[..., None].astype(int) * 257), GREY),
    "linear.png": (deep.with_chunks(file(LIGHT, "PNG"), deep.gamma(1.0)), LINEAR[PLACES]),
    "adobe.png": (
        file(np.full_like(RGB, (90, 200, 90)), "PNG", icc_profile=deep.profile_of_curve(deep.ADOBE, 563 / 256)),
        np.full_like(RGB, (0, 201, 80)),
    ),
    "photo.jpg": (JPEG, by_pillow(JPEG)),
    "turned.jpg": (file(RGB, "JPEG", quality=100, subsampling=0, **TURN), np.rot90(by_pillow(JPEG), -1)),
    "turned.png": (file(RGBA, "PNG", **TURN), np.rot90(RGBA, -1)),
    "turned.webp": (file(RGBA, "WEBP", lossless=True, **TURN), np.rot90(RGBA, -1)),
    "turned.tif": (file(RGB, "TIFF", **TURN), np.rot90(RGB, -1)),
    "inks.tif": (file(Image.fromarray(RGB).convert("CMYK"), "TIFF", compression="tiff_lzw"), RGB),
    "deep.tif": (deep.deep_tiff(RGB.astype(int) * 257, planes=True), RGB),
    "32-bits.tif": (deep.deep_tiff(GREY[..., None].astype(np.uint32) * 0x0101_0101, meaning=1, kind="u4"), GREY),
    "still.gif": (file(indexed(), "GIF", transparency=5), RGBA),
    "bitmap.bmp": (file(RGB, "BMP"), RGB),
    "layers.psd": (psd(Image.fromarray(RGB)), RGB),
    "ink.psd": (psd(Image.fromarray(GREY > 127)), np.where(GREY > 127, 255, 0).astype(np.uint8)),
    "older.png": (composed.apng(SIDE, SIDE, (RGBA, 0, 0, (1, 10), 0, 0), default=np.full_like(RGBA, 99)), RGBA),
    "phone.jpg": (PHONE, by_pillow(PHONE)),
    **{name: (data, STRIP[0]) for name, data in FILMS.items()},
}
# What no road takes, and the words that each has of it.
REFUSED = {
    "floats.tif": (file(Image.new("F", (SIDE, SIDE)), "TIFF"), "floating point"),
    "signed.tif": (deep.deep_tiff(GREY[..., None], meaning=1, kind="i2"), "a sign"),
    "channels.psd": (psd(Image.fromarray(RGB), mode=MULTICHANNEL), "Multichannel"),
    "cut.png": (file(RGB, "PNG")[:60], "damaged"),
    "words.png": (b"no picture at all", "not a picture"),
}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, bare_comfy):
    environment = {"TARGET_WIDTH": str(SIDE), "TARGET_HEIGHT": str(SIDE), "LUMINANCE_INVERT": "false"}
    with BridgeProcess(tmp_path_factory.mktemp("roads"), COMFYUI_URL=bare_comfy.url, **environment) as bridge:
        yield bridge


@pytest.fixture(scope="module")
def make(tmp_path_factory, bare_comfy):
    """`make` with files by their names; gives its exit status and the folder of results."""
    data = tmp_path_factory.mktemp("data")

    def run(files, *options):
        source, made = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
        for name, content in files.items():
            (source / name).write_bytes(content)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COMFYUI_URL", bare_comfy.url)
            patch.setenv("PIXART_DATA", str(data))
            return main(["make", *(str(source / name) for name in files), *OPTIONS, *options, "-o", str(made)]), made

    return run


@pytest.fixture(scope="module")
def made(make):
    """What `make` draws of all stills in one go."""
    named = {f"{number}{name[name.rindex('.') :]}": data for number, (name, (data, _)) in enumerate(STILLS.items())}
    status, folder = make(named)
    assert status == 0
    return {name: by_name(folder / f"{number}.png") for number, name in enumerate(STILLS)}


def by_name(path):
    with Image.open(path) as opened:
        return np.array(opened.convert("RGBA"))


def loaded(comfy, name, data):
    """What the node Load Image gives, or why it gives nothing."""
    prompt = {
        "loaded": {"class_type": "PixartLoadImage", "inputs": {"image": comfy.put_input(f"road-{name}", data)}},
        "saved": {
            "class_type": "PixartSaveIndexed",
            "inputs": {"images": ["loaded", 0], "filename_prefix": "roads/still"},
        },
    }
    entry = comfy.run(prompt)
    if entry["status"]["status_str"] != "success":
        return dict(entry["status"]["messages"])["execution_error"]["exception_message"]
    with Image.open(io.BytesIO(comfy.output(entry["outputs"]["saved"]["images"][0]))) as opened:
        return np.array(opened.convert("RGBA"))


@pytest.mark.parametrize("name", STILLS)
def test_a_picture_is_the_same_pixels_on_every_road(bridge, bare_comfy, made, name):
    data, shown = STILLS[name]
    expected = seen(shown)
    sketch = base64.b64encode(data).decode()
    for dialect in DIALECTS:
        drawn, *_ = SPOKEN[dialect].sketch(bridge, LOOK, sketch, SIZE)
        assert np.array_equal(drawn, SPOKEN[dialect].seen(expected)), dialect
    assert np.array_equal(seen(made[name]), expected)
    assert np.array_equal(seen(loaded(bare_comfy, name, data)), expected)


@pytest.mark.parametrize("name", REFUSED)
def test_what_one_road_refuses_all_refuse_by_the_callers_name_of_the_picture(bridge, bare_comfy, make, capsys, name):
    data, words = REFUSED[name]
    for dialect in DIALECTS:
        with pytest.raises(AssertionError) as caught:
            SPOKEN[dialect].sketch(bridge, LOOK, base64.b64encode(data).decode(), SIZE)
        assert words in str(caught.value), dialect
    status, folder = make({name: data})
    said = capsys.readouterr().err
    assert (status, list(folder.iterdir())) == (1, [])
    assert words in said
    assert name in said
    assert words in loaded(bare_comfy, name, data)
    assert f"road-{name}" in loaded(bare_comfy, name, data)


def test_a_picture_that_only_a_node_finds_damaged_is_told_by_the_callers_name(bridge, make, capsys):
    data = FILMS["film.gif"][:-40]
    bridge.generate("cut", data, **SIZE, animation="gif", **LOOK)
    said = "The picture {} is damaged or cut off"
    assert said.format("'sketchData'") in bridge.finished("cut")["error"]
    status, _ = make({"cut.gif": data}, "--format", "gif")
    told = capsys.readouterr().err
    assert (status, "cut.gif' is damaged or cut off" in told, "pixart/" in told) == (1, True, False)


def frames_of(data):
    """Frames as Pillow composes them, without what is hidden, and their times; of Aseprite's files as we read them."""
    if data[4:6] == b"\xe0\xa5":
        film = animation_frames.decode(data)
        return list(film.frames), film.durations
    with Image.open(io.BytesIO(data)) as opened:
        frames = [
            (seen(np.array(each.convert("RGBA"))), each.info["duration"]) for each in ImageSequence.Iterator(opened)
        ]
    return [frame for frame, _ in frames], [int(time) for _, time in frames]


# The bytes of the animation in each dialect's answer; a panel shows none.
ANSWERED = {
    "imagegen": ("/generate/img2img", "initImage"),
    "unified": ("/generate", "init_image"),
    "a1111": ("/sdapi/v1/img2img", "init_images"),
}


def film_by(bridge, dialect, data, format):
    look = {**LOOK, "animation": format}
    if dialect == "pixart":
        bridge.generate(f"film-{format}-{len(data)}", data, **SIZE, **look)
        return picture(bridge.finished(f"film-{format}-{len(data)}"))
    path, field = ANSWERED[dialect]
    sketch = base64.b64encode(data).decode()
    body = {"prompt": "a tree", **SIZE, "mode": "img2img", field: [sketch] if field.endswith("s") else sketch}
    more = {"alwayson_scripts": {"pixart": {"args": [look]}}} if dialect == "a1111" else {"pixart": look}
    _, answer = bridge.call(path, {**body, **more})
    if dialect == "imagegen":
        answer = {"base64": bridge.ended(answer["id"])["result"]["images"][0]}
    return base64.b64decode(answer["images"][0] if dialect == "a1111" else answer["base64"])


def passed_on(comfy, name, data, format):
    """What Load Animation gives, as Save Animation writes it."""
    fields = {"durations": ["loaded", 1], "tags": ["loaded", 2], "plays": ["loaded", 3], "duration": 100}
    frames = {"images": ["loaded", 0], "filename_prefix": "roads/film", "format": format, **fields}
    prompt = {
        "loaded": {"class_type": "PixartLoadAnimation", "inputs": {"image": comfy.put_input(f"road-{name}", data)}},
        "saved": {"class_type": "PixartSaveAnimation", "inputs": frames},
    }
    return comfy.output(comfy.run(prompt)["outputs"]["saved"]["files"][0])


@pytest.mark.parametrize("format", ["gif", "apng", "aseprite"])
def test_an_animation_has_the_same_frames_and_times_on_every_road(bridge, bare_comfy, make, format):
    status, folder = make({f"{name[5:]}-{name}": data for name, data in FILMS.items()}, "--format", format)
    assert status == 0
    for name, data in FILMS.items():
        files = {dialect: film_by(bridge, dialect, data, format) for dialect in ("pixart", *ANSWERED)}
        files["nodes"] = passed_on(bare_comfy, name, data, format)
        files["make"] = (folder / f"{name[5:]}-film.{format}").read_bytes()
        for road, content in files.items():
            frames, times = frames_of(content)
            assert (len(frames), times) == (3, [50, 70, 90]), (name, road)
            assert all(map(np.array_equal, frames, STRIP)), (name, road)


def test_every_dialect_that_takes_pictures_is_a_road():
    assert {"pixart", *ANSWERED, "pico"} == set(DIALECTS)
