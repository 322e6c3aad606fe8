"""What comes into a real ComfyUI: colours as the file means them, and a drawing's shape."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pixart_nodes import animation_frames
from pixart_nodes.pixel.files import animation_file
from pixart_nodes.pixel.files.animation_file import Film
from pixart_nodes.pixel.files.timing import Tag
from test_animation_file import few
from test_color_profile import FILES

pytestmark = pytest.mark.comfy

FOLDER = Path(__file__).parents[1] / "cases"


def node(kind, **inputs):
    return {"class_type": f"Pixart{kind}", "inputs": inputs}


def put(comfy, name):
    return comfy.put_input(name, (FOLDER / name).read_bytes())


def saved(comfy, entry, name="saved"):
    with Image.open(io.BytesIO(comfy.output(entry["outputs"][name]["images"][0]))) as picture:
        return np.array(picture.convert("RGBA"))


@pytest.mark.parametrize("name", FILES)
def test_a_picture_is_loaded_with_the_colours_that_its_file_means(bare_comfy, name):
    prompt = {
        "loaded": node("LoadImage", image=put(bare_comfy, name)),
        "saved": node("SaveIndexed", images=["loaded", 0], filename_prefix="cases/icc"),
    }
    assert saved(bare_comfy, bare_comfy.run(prompt))[4, 4::8, :3].tolist() == FILES[name]


SIZES = {
    "width": ("Downscale", {"width": 60, "height": 0, "method": "box", "fit": "stretch"}, (60, 40)),
    "divisor": ("Downscale", {"width": 64, "height": 64, "method": "box", "fit": "stretch", "divisor": 10}, (60, 40)),
    "fit": ("Fit", {"width": 0, "height": 40, "fit": "stretch"}, (60, 40)),
    "fit divided": ("Fit", {"width": 512, "height": 512, "fit": "stretch", "divisor": 10}, (60, 40)),
    "upscale": ("Upscale", {"width": 0, "height": 40, "upscaler": "Lanczos"}, (60, 40)),
    "as before": ("Downscale", {"width": 64, "height": 64, "method": "box", "fit": "stretch"}, (64, 64)),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_side_that_is_left_open_keeps_a_circle_round(bare_comfy, name):
    kind, inputs, (width, height) = SIZES[name]
    prompt = {
        "loaded": node("LoadImage", image=put(bare_comfy, "circle_600x400.png")),
        "small": node(kind, image=["loaded", 0], **inputs),
        "saved": node("SaveIndexed", images=["small", 0], filename_prefix="cases/circle"),
    }
    pixels = saved(bare_comfy, bare_comfy.run(prompt))
    assert pixels.shape[1::-1] == (width, height)
    rows, columns = np.nonzero(pixels[..., :3].min(axis=2) < 128)
    across, down = np.ptp(columns), np.ptp(rows)
    assert abs(across - down) <= 1 if width != height else down > across


@pytest.mark.parametrize("format", animation_file.FORMATS)
def test_an_animation_comes_in_and_goes_out_with_its_frames_times_and_tags(bare_comfy, format):
    film = Film(few(), [40, 60, 80, 100], plays=2, tags=(Tag("walk", 0, 1), Tag("turn", 2, 3, "pingpong")))
    suffix = animation_file.FORMATS[format].suffix
    name = bare_comfy.put_input(f"film-{format}{suffix}", animation_file.encode(film, format))
    fields = {"durations": ["loaded", 1], "tags": ["loaded", 2], "plays": ["loaded", 3], "duration": 100}
    prompt = {
        "loaded": node("LoadAnimation", image=name),
        "saved": node("SaveAnimation", images=["loaded", 0], filename_prefix="cases/film", format=format, **fields),
    }
    again = animation_frames.decode(bare_comfy.output(bare_comfy.run(prompt)["outputs"]["saved"]["files"][0]))
    assert np.array_equal(again.frames, few())
    assert again.durations == [40, 60, 80, 100]
    assert again.plays == (0 if format == "aseprite" else 2)
    assert again.tags == (film.tags if format == "aseprite" else ())


@pytest.mark.parametrize("format", ["gif", "apng", "aseprite", "webp", "still"])
def test_load_image_says_how_many_frames_it_leaves(bare_comfy, format):
    frames = few()[: 1 if format == "still" else None]
    kind = "gif" if format in ("still", "webp") else format
    data = animation_file.encode(Film(frames, [100] * len(frames)), kind)
    if format == "webp":
        first, *rest = (Image.fromarray(frame) for frame in frames)
        first.save(file := io.BytesIO(), "WEBP", save_all=True, append_images=rest, lossless=True)
        data = file.getvalue()
    prompt = {
        "loaded": node("LoadImage", image=bare_comfy.put_input(f"moves.{format}", data)),
        "saved": node("SaveIndexed", images=["loaded", 0], filename_prefix="cases/first"),
    }
    outputs = bare_comfy.run(prompt)["outputs"]
    said = (
        f"The picture has {len(frames)} frames, of which the first is drawn; `animation` in a request for pixel art, "
        "or the node Load Animation, takes all."
    )
    assert outputs.get("loaded") == ({"pixart": [{"remarks": [said]}]} if len(frames) > 1 else None)


def test_six_frames_of_25_ms_take_150_ms_in_a_gif(bare_comfy):
    cells = {"cell_width": 16, "cell_height": 16, "columns": 6, "rows": 1, "margin": 0, "spacing": 0, "count": 0}
    fields = {"format": "gif", "duration": 25, "durations": "", "plays": 0, "tags": ""}
    prompt = {
        "sheet": node("LoadImage", image=put(bare_comfy, "walk.png")),
        "frames": node("SheetUnpack", image=["sheet", 0], skip_empty=True, **cells),
        "saved": node("SaveAnimation", images=["frames", 0], filename_prefix="cases/walk", **fields),
    }
    film = animation_frames.decode(bare_comfy.output(bare_comfy.run(prompt)["outputs"]["saved"]["files"][0]))
    assert film.durations == [20, 30, 20, 30, 20, 30]


@pytest.mark.parametrize("by", ["file", "text"])
def test_a_swap_by_index_keeps_the_places_of_repeated_colours(bare_comfy, by):
    new = {"colors": "", "file": put(bare_comfy, "strip_new_repeats.png")}
    if by == "text":
        new = {"colors": "#c80000 #c80000 #0000c8 #00c800", "file": ""}
    prompt = {
        "loaded": node("LoadImage", image=put(bare_comfy, "swapme.png")),
        "old": node("Palette", palette="pico-8", colors="", file=put(bare_comfy, "strip_old.png")),
        "new": node("Palette", palette="pico-8", **new),
        "swapped": node(
            "PaletteSwap", image=["loaded", 0], old_palette=["old", 0], new_palette=["new", 0], other_colors="refuse"
        ),
        "saved": node("SaveIndexed", images=["swapped", 0], filename_prefix="cases/swap"),
    }
    pixels = saved(bare_comfy, bare_comfy.run(prompt))
    assert pixels[0, :, :3].tolist() == [[200, 0, 0], [200, 0, 0], [0, 0, 200]]


def test_a_ground_becomes_transparent(bare_comfy):
    prompt = {
        "loaded": node("LoadImage", image=put(bare_comfy, "circle_600x400.png")),
        "cut": node("RemoveBackground", image=["loaded", 0], method="border-fill", color="", tolerance=0.05, holes=0),
        "saved": node("SaveIndexed", images=["cut", 0], filename_prefix="cases/cut"),
        "mask": {"class_type": "MaskToImage", "inputs": {"mask": ["cut", 1]}},
        "hidden": node("SaveIndexed", images=["mask", 0], filename_prefix="cases/cut-mask"),
    }
    entry = bare_comfy.run(prompt)
    pixels, mask = saved(bare_comfy, entry), saved(bare_comfy, entry, "hidden")
    circle = np.array(Image.open(FOLDER / "circle_600x400.png").convert("RGB"))
    ground = (circle == 255).all(axis=2)
    assert np.array_equal(pixels[..., 3] == 0, ground)
    assert np.array_equal(pixels[~ground][:, :3], circle[~ground])
    assert np.array_equal(mask[..., 0] == 255, ground)
