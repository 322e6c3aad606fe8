"""RGB565 for a Panel in a real ComfyUI: the files hold the promised bytes, and the preview is what the panel shows."""

import io

import numpy as np
import pytest
from PIL import Image
from pixart_nodes.pixel.files.panel import lvgl, rgb565
from pixart_nodes.pixel.files.panel.rgb565 import Wire, pack, unpack

pytestmark = pytest.mark.comfy

ART = np.random.default_rng(20).integers(0, 256, (12, 16, 4), dtype=np.uint8)
ART[..., 3] = 255
INPUTS = {
    "image": ["picture", 0],
    "width": 16,
    "height": 12,
    "fit": "cover",
    "rotation": "0",
    "byte_order": "big-endian",
    "rounding": "truncate",
    "invert": False,
    "bgr": False,
    "background": "#000000",
    "format": "raw",
    "filename_prefix": "rgb565/art",
}


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def load(comfy, pixels, number=0):
    name = comfy.put_input(f"panel-{number}.png", png(pixels))
    return {"class_type": "PixartLoadImage", "inputs": {"image": name}}


def ran(comfy, pictures=(ART,), **inputs):
    """What the node reports for a batch of pictures, and the picture on its output, saved by core."""
    prompt = {f"picture-{n}": load(comfy, pixels, n) for n, pixels in enumerate(pictures)}
    if len(prompt) == 1:
        prompt["picture"] = prompt.pop("picture-0")
    else:
        both = {"image1": ["picture-0", 0], "image2": ["picture-1", 0]}
        prompt["picture"] = {"class_type": "ImageBatch", "inputs": both}
    prompt["panel"] = {"class_type": "PixartRGB565", "inputs": INPUTS | inputs}
    prompt["shown"] = {"class_type": "PreviewImage", "inputs": {"images": ["panel", 0]}}
    outputs = comfy.run(prompt)["outputs"]
    return outputs["panel"], [pixels_of(comfy, image) for image in outputs["shown"]["images"]]


def pixels_of(comfy, image):
    return np.array(Image.open(io.BytesIO(comfy.output(image))).convert("RGB"))


@pytest.mark.parametrize("rounding", rgb565.ROUNDINGS)
@pytest.mark.parametrize("wire", [Wire(), Wire("little-endian"), Wire(invert=True), Wire("little-endian", True, True)])
def test_a_file_holds_exactly_the_packed_pixels_and_the_preview_is_what_they_show(comfy, rounding, wire):
    options = {"rounding": rounding, "byte_order": wire.byte_order, "invert": wire.invert, "bgr": wire.bgr}
    said, (shown,) = ran(comfy, **options)
    data = pack(ART[..., :3], rounding, wire)
    (file,) = said["files"]
    assert comfy.output(file) == data
    assert np.array_equal(shown, unpack(data, 16, 12, wire))
    assert np.array_equal(shown, unpack(pack(ART[..., :3], rounding), 16, 12)), "upright colours, not a negative"
    assert [pixels_of(comfy, image).tolist() for image in said["images"]] == [shown.tolist()]


@pytest.mark.parametrize("order", rgb565.BYTE_ORDERS)
@pytest.mark.parametrize("format", lvgl.FORMATS)
def test_a_file_of_each_format_is_written_and_told_of(comfy, format, order):
    said, _ = ran(comfy, format=format, byte_order=order, filename_prefix="rgb565/formats")
    (file,), (facts,), (image,) = said["files"], said["pixart"], said["images"]
    data = comfy.output(file)
    stem = file["filename"].removesuffix(lvgl.FORMATS[format].suffix)
    frame = lvgl.Frame(pack(ART[..., :3], wire=Wire(order)), 16, 12, order == "big-endian", stem)
    assert data == lvgl.write(format, frame)
    assert file["type"] == "output" and file["subfolder"] == "rgb565"
    assert image["type"] == "temp" and image["filename"].endswith(".png")
    assert facts == {
        "width": 16,
        "height": 12,
        "format": Wire(order).name,
        "bytes": len(data),
        "file_format": format,
        "rounding": "truncate",
        "invert": False,
        "bgr": False,
        "exact": False,
    }
    assert set(said) == {"files", "pixart", "images"}


def test_a_panel_of_240_by_240_takes_115200_bytes(comfy):
    said, (shown,) = ran(comfy, width=240, height=240, filename_prefix="pico")
    assert said["pixart"][0]["bytes"] == len(comfy.output(said["files"][0])) == 115_200
    assert said["pixart"][0]["format"] == "rgb565-be"
    assert shown.shape == (240, 240, 3)


def test_a_batch_gives_one_file_and_one_preview_a_picture(comfy):
    pictures = ART, np.ascontiguousarray(ART[::-1])
    said, shown = ran(comfy, pictures, filename_prefix="rgb565/batch")
    assert [comfy.output(file) for file in said["files"]] == [pack(one[..., :3]) for one in pictures]
    assert [file["filename"] for file in said["files"]] == ["batch_00001_.rgb565", "batch_00002_.rgb565"]
    assert len(said["images"]) == len(said["pixart"]) == len(shown) == 2


def test_earlier_files_stay(comfy):
    first, _ = ran(comfy, filename_prefix="rgb565/twice")
    second, _ = ran(comfy, filename_prefix="rgb565/twice", invert=True)
    assert first["files"] != second["files"]
    assert comfy.output(first["files"][0]) == pack(ART[..., :3])


def test_art_in_the_colours_of_the_panel_is_told_to_be_exact(comfy):
    art = np.dstack([unpack(pack(ART[..., :3]), 16, 12), ART[..., 3]])
    for rounding in rgb565.ROUNDINGS:
        said, (shown,) = ran(comfy, [art], rounding=rounding, filename_prefix="rgb565/exact")
        assert said["pixart"][0]["exact"] is True and np.array_equal(shown, art[..., :3])


def test_transparency_rotation_and_bars_reach_the_file(comfy):
    glass = ART.copy()
    glass[:, 8:, 3] = 0
    options = {"rotation": "90", "fit": "contain", "width": 12, "height": 18, "background": "#ff0000"}
    said, (shown,) = ran(comfy, [glass], **options, filename_prefix="rgb565/turned")
    flat = np.where(glass[..., 3:] > 0, glass[..., :3], [255, 0, 0]).astype(np.uint8)
    expected = np.full((18, 12, 3), [255, 0, 0], np.uint8)
    expected[1:17] = np.rot90(flat, -1)
    assert comfy.output(said["files"][0]) == pack(expected)
    assert np.array_equal(shown, unpack(pack(expected), 12, 18))


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"rounding": "rounded"}, "Did you mean 'round'"),
        ({"format": "lvgl"}, "Did you mean 'lvgl-9'"),
        ({"fit": "crop"}, "Known: cover, contain, stretch"),
        ({"rotation": "45"}, "Known: 0, 90, 180, 270"),
        ({"byte_order": "big"}, "big-endian"),
        ({"background": "reddish"}, "'reddish' is not a colour"),
        ({"width": 0}, "smaller than min"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_runs(comfy, inputs, words):
    with pytest.raises(AssertionError, match=words):
        ran(comfy, **inputs)


def test_a_panel_too_large_for_lvgl_8_is_an_error_that_says_what_to_do(comfy):
    prompt = {
        "picture": load(comfy, ART),
        "panel": {"class_type": "PixartRGB565", "inputs": INPUTS | {"width": 2048, "format": "lvgl-8"}},
    }
    status = comfy.run(prompt)["status"]
    (error,) = [message for kind, message in status["messages"] if kind == "execution_error"]
    assert error["node_id"] == "panel"
    assert "width 2048" in error["exception_message"] and "at most 2047" in error["exception_message"]
