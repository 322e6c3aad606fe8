"""Sprites through a real ComfyUI: a sheet becomes frames, calm, clean and outlined, and a file of each kind."""

import io
import json

import numpy as np
import pytest
from PIL import Image, ImageSequence
from pixart_nodes import library
from pixart_nodes.pixel.clean import orphan_pixels
from pixart_nodes.pixel.compiled import cores
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.dither.quantize import quantize
from pixart_nodes.pixel.edit import animation, outline
from pixart_nodes.pixel.files import animation_file, sprite_sheet
from test_animation_file import read
from test_pixel_animation import scene

pytestmark = pytest.mark.comfy

PALETTE = library.palette("sweetie-16")
FRAMES = scene()
FRAMES[:, :, :3, 3] = 0
COUNT, HEIGHT, WIDTH = FRAMES.shape[:3]
QUANTIZE = {"metric": "oklab", "dither": "bayer-4", "strength": 1.0, "serpentine": True, "alpha_threshold": 0.5}
CLEANUP = {"orphans": 1, "specks": 6, "contrast": 0.3, "dither": "keep", "corners": True, "steps": True}
OUTLINE = {"place": "inside", "neighbours": "8", "thickness": 1, "coloring": "selective", "color": "#000000"}
OUTLINE |= {"shade": 0.6, "border": False}
TIMES = {"duration": 90, "durations": "200 100", "tags": "walk 0-2"}


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def prompt(comfy):
    packed = sprite_sheet.pack(FRAMES, 3, margin=1, spacing=2)
    out = io.BytesIO()
    Image.fromarray(packed.pixels).save(out, "PNG")
    cells = {"cell_width": WIDTH, "cell_height": HEIGHT, "columns": 1, "rows": 1, "margin": 1, "spacing": 2}
    saving = {"images": ["outline", 0], "filename_prefix": "film/a", "palette": ["palette", 0], "plays": 2, **TIMES}
    files = {format: node("PixartSaveAnimation", format=format, **saving) for format in animation_file.FORMATS}
    again = {"columns": 0, "margin": 0, "spacing": 1, "trim": True, "power_of_two": False, "atlas_form": "array"}
    return files | {
        "sheet": node("PixartLoadImage", image=comfy.put_input("sheet.png", out.getvalue())),
        "frames": node("PixartSheetUnpack", image=["sheet", 0], count=0, skip_empty=True, **cells),
        "palette": node("PixartPalette", palette="sweetie-16", colors="", file=""),
        "calm": node("PixartQuantizeAnimation", image=["frames", 0], palette=["palette", 0], tolerance=12, **QUANTIZE),
        "clean": node("PixartCleanup", image=["calm", 0], **CLEANUP),
        "outline": node("PixartOutline", image=["clean", 0], palette=["palette", 0], **OUTLINE),
        "packed": node("PixartSheetPack", image=["outline", 0], name="hero", **again, **TIMES),
        "saved": node("PixartSaveIndexed", images=["packed", 0], filename_prefix="film/sheet"),
        "files": node(
            "PixartSaveSheet",
            image=["packed", 0],
            atlas=["packed", 1],
            filename_prefix="film/hero",
            palette=["palette", 0],
        ),
        "changes": node("MaskToImage", mask=["clean", 1]),
        "mask": node("SaveImage", images=["changes", 0], filename_prefix="film/changes"),
        "atlas": node("PreviewAny", source=["packed", 1]),
        "before": node("PreviewAny", source=["calm", 1]),
        "after": node("PreviewAny", source=["calm", 2]),
        "count": node("PreviewAny", source=["frames", 1]),
    }


@pytest.fixture(scope="module")
def ran(comfy):
    entry = comfy.run(prompt(comfy))
    assert entry["status"]["status_str"] == "success", entry["status"]
    return entry["outputs"]


@pytest.fixture(scope="module")
def expected():
    def still(frame):
        return quantize(frame, Quantization(PALETTE, dither="bayer-4"))

    calm = np.stack(list(animation.steady(FRAMES, still, 12)))
    clean = np.stack([orphan_pixels.clean(frame, orphan_pixels.Cleanup(**CLEANUP)) for frame in calm])
    how = outline.Outline("inside", "8", 1, "selective", palette=PALETTE)
    flicker = [animation.flicker(FRAMES, shown, 12) for shown in (np.stack([still(f) for f in FRAMES]), calm)]
    return calm, clean, np.stack([outline.outlined(frame, how) for frame in clean]), flicker


def said(ran, key):
    return ran[key]["text"][0]


@pytest.mark.parametrize("format", animation_file.FORMATS)
def test_a_file_shows_what_the_core_makes(comfy, ran, expected, format):
    (file,) = ran[format]["files"]
    (facts,) = ran[format]["pixart"]
    assert file["filename"].endswith(animation_file.FORMATS[format].suffix)
    data = comfy.output(file)
    assert facts == {
        "format": format,
        "frames": COUNT,
        "width": WIDTH,
        "height": HEIGHT,
        "bytes": len(data),
        "mode": "indexed",
        "milliseconds": 200 + 100 * (COUNT - 1),
        "colors_used": len(np.unique(expected[2][expected[2][..., 3] > 0], axis=0)),
    }
    if format == "aseprite":
        sprite = read(data)
        assert np.array_equal(sprite["frames"], expected[2]) and sprite["tags"] == [("walk", 0, 2, 0)]
        assert ran[format]["images"][0]["type"] == "temp", "a preview that a browser can show"
        return
    with Image.open(io.BytesIO(data)) as picture:
        shown = np.stack([np.array(frame.convert("RGBA")) for frame in ImageSequence.Iterator(picture)])
        assert ("prompt" in picture.info) == (format == "apng")
    assert np.array_equal(np.where(shown[..., 3:] > 0, shown, 0), expected[2])
    assert ran[format]["images"] == [file]
    assert ran[format].get("animated") == ([True] if format == "apng" else None), "a GIF would be taken for a video"


def test_the_figures_of_flicker_are_outputs(ran, expected):
    assert [float(said(ran, key)) for key in ("before", "after")] == pytest.approx(expected[3], rel=1e-9)
    assert int(said(ran, "count")) == COUNT


@pytest.mark.parametrize("dither", ["floyd-steinberg", "riemersma"])
def test_the_pictures_of_a_batch_are_as_if_each_were_alone(comfy, dither):
    noise = np.random.default_rng(23).integers(0, 256, (2 * cores.LEAST_BYTES // (4 * 200), 200, 4), dtype=np.uint8)
    noise[..., 3] = 255
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    asked = {
        "one": node("PixartLoadImage", image=comfy.put_input("noise.png", out.getvalue())),
        "many": node("RepeatImageBatch", image=["one", 0], amount=5),
        "palette": node("PixartPalette", palette="sweetie-16", colors="", file=""),
        "art": node("PixartQuantize", image=["many", 0], palette=["palette", 0], **QUANTIZE | {"dither": dither}),
        "saved": node("PixartSaveIndexed", images=["art", 0], filename_prefix="batch"),
    }
    entry = comfy.run(asked)
    assert entry["status"]["status_str"] == "success", entry["status"]
    alone = quantize(noise, Quantization(PALETTE, dither=dither))
    for file in entry["outputs"]["saved"]["images"]:
        with Image.open(io.BytesIO(comfy.output(file))) as picture:
            assert np.array_equal(np.array(picture.convert("RGBA")), alone)
    assert len(entry["outputs"]["saved"]["images"]) == 5


def test_the_changes_of_a_cleanup_are_a_mask(comfy, ran, expected):
    calm, clean = expected[:2]
    for file, old, new in zip(ran["mask"]["images"], calm, clean, strict=True):
        shown = np.array(Image.open(io.BytesIO(comfy.output(file))).convert("L"))
        assert np.array_equal(shown == 255, (old != new).any(axis=-1))


def test_the_atlas_leads_to_the_frames_in_the_sheet(comfy, ran, expected):
    (file,) = ran["saved"]["images"]
    pixels = np.array(Image.open(io.BytesIO(comfy.output(file))).convert("RGBA"))
    told = json.loads(said(ran, "atlas"))
    assert told["meta"]["frameTags"][0]["name"] == "walk"
    assert [frame["duration"] for frame in told["frames"]] == [200] + [100] * (COUNT - 1)
    for entry, frame in zip(told["frames"], expected[2], strict=True):
        cut, place = entry["frame"], entry["spriteSourceSize"]
        part = frame[place["y"] : place["y"] + place["h"], place["x"] : place["x"] + place["w"]]
        assert np.array_equal(pixels[cut["y"] : cut["y"] + cut["h"], cut["x"] : cut["x"] + cut["w"]], part)


def test_a_sheet_and_its_atlas_are_saved_as_two_files_that_go_together(comfy, ran):
    picture, atlas = ran["files"]["files"]
    assert (picture["filename"], atlas["filename"]) == ("hero_00001_.png", "hero_00001_.json")
    told, plain = json.loads(comfy.output(atlas)), json.loads(said(ran, "atlas"))
    assert told["meta"].pop("image") == picture["filename"] and plain["meta"].pop("image") == "hero.png"
    assert told == plain
    (indexed,) = ran["saved"]["images"]
    with Image.open(io.BytesIO(comfy.output(picture))) as saved, Image.open(io.BytesIO(comfy.output(indexed))) as other:
        assert saved.mode == "P" and saved.info["prompt"]
        assert np.array_equal(np.array(saved.convert("RGBA")), np.array(other.convert("RGBA")))


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("gif", {"images": ["sheet", 0], "palette": None, "durations": ""}, "256 colours"),
        ("gif", {"tags": "walk 0-99"}, "wants frames 0-99"),
        ("frames", {"cell_width": 0, "columns": 7}, "can't be shared out evenly"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_node(comfy, key, change, words):
    graph = prompt(comfy)
    inputs = graph[key]["inputs"] | change
    graph[key]["inputs"] = {name: value for name, value in inputs.items() if value is not None}
    graph = {name: graph[name] for name in ("sheet", "frames", "palette", "calm", "clean", "outline", "gif")}
    graph["gif"]["inputs"].setdefault("tags", "")
    if "images" in change:
        graph["gif"]["inputs"]["tags"] = ""
    status = comfy.run(graph)["status"]
    assert status["status_str"] == "error"
    assert words in json.dumps(status["messages"], ensure_ascii=False)
