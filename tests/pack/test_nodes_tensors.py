"""Nodes take pictures as other nodes leave them: in half precision, in pieces of memory, on the card."""

import io
import json

import numpy as np
import pytest
import torch
from peach import small_peach
from PIL import Image
from pixart_nodes import safety
from pixart_nodes.drawings.animation import BY_WORDS
from pixart_nodes.drawings.illustration import NAME
from pixart_nodes.errors import PictureError
from pixart_nodes.tensors import as_saved, mask_bytes, to_rgba, without_idle_alpha

pytestmark = pytest.mark.comfy

TYPES = ("float64", "float16", "bfloat16")
FILM = {"format": "aseprite", "duration": 50, "durations": "", "plays": 0, "tags": "", "filename_prefix": "t/film"}
LVGL = {"version": "lvgl-9", "bits": "auto", "filename_prefix": "t/lvgl"}
STEPS = np.kron([[0, 40, 200], [255, 254, 1]], np.ones((4, 4))).astype(np.uint8)
ART = np.dstack([STEPS, STEPS[::-1], STEPS[:, ::-1], np.where(STEPS < 255, 255, 0)]).astype(np.uint8)


def node(kind, **inputs):
    return {"class_type": kind, "inputs": inputs}


def put(comfy, pixels, name):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return comfy.put_input(name, file.getvalue())


def shown(comfy, prompt, name):
    """uint8 [H, W, 4] of the picture that this node shows."""
    entry = comfy.run(prompt)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    return np.array(Image.open(io.BytesIO(comfy.output(entry["outputs"][name]["images"][0]))).convert("RGBA"))


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize(("saver", "inputs"), [("PixartSaveAnimation", FILM), ("PixartSaveLVGL", LVGL)])
def test_a_preview_shows_what_is_saved_in_every_type_of_number(bare_comfy, saver, inputs, type):
    prompt = {
        "art": node("PixartLoadImage", image=put(bare_comfy, ART, "tensors.png")),
        "recast": node("Recast", image=["art", 0], type=type),
        "saved": node(saver, images=["recast", 0], **inputs),
    }
    assert np.array_equal(shown(bare_comfy, prompt, "saved"), ART)


@pytest.mark.parametrize("type", TYPES)
def test_a_blurred_picture_has_its_own_colours_in_every_type_of_number(comfy, type):
    unsafe = small_peach()
    prompt = {
        "art": node("PixartLoadImage", image=put(comfy, unsafe, "tensors-peach.png")),
        "recast": node("Recast", image=["art", 0], type=type),
        "filter": node("PixartSafety", image=["recast", 0], action="blur", threshold=0.4),
        "saved": node("SaveImage", images=["filter", 0], filename_prefix="t/safety"),
    }
    assert np.array_equal(shown(comfy, prompt, "saved"), safety.blurred(unsafe))


@pytest.mark.parametrize("type", [torch.float32, torch.float16, torch.bfloat16])
def test_alpha_of_254_is_kept_in_every_type_of_number_and_of_255_is_not(type):
    picture = torch.ones(1, 2, 2, 4, dtype=type)
    assert without_idle_alpha(picture).shape[3] == 3
    picture[0, 1, 1, 3] = 254 / 255
    assert without_idle_alpha(picture).shape[3] == 4


def test_a_grey_picture_of_one_channel_is_previewed_as_rgb():
    assert as_saved(torch.full((1, 2, 3, 1), 0.5)).shape == (1, 2, 3, 3)


WALK = {"drawings": NAME, "prompt": "a knight", "negative": "", "motion": BY_WORDS, "size": 16, "seed": 1}
FILE = {"image": "tensors-indexed.png"}


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [("PixartLoadImage", FILE), ("PixartLoadIndexed", FILE), ("PixartLoadAnimation", FILE), ("PixartDrawSprite", WALK)],
)
def test_what_is_made_of_no_picture_lies_where_comfyui_keeps_pictures(bare_comfy, kind, inputs):
    file = io.BytesIO()
    Image.fromarray(ART[..., :3]).quantize(8).save(file, "PNG")
    bare_comfy.put_input(FILE["image"], file.getvalue())
    entry = bare_comfy.run({"placed": node("Placed", node=kind, inputs=json.dumps(inputs))})
    assert set(entry["outputs"]["placed"]["text"]) == {"meta"}


@pytest.mark.parametrize("shape", [(0, 8, 8, 3), (1, 0, 8, 3), (8, 8, 3), (1, 8, 8, 2), (1, 8, 8, 5)])
def test_what_is_no_batch_of_pictures_is_said_to_be_none(shape):
    with pytest.raises(PictureError) as caught:
        to_rgba(torch.zeros(shape))
    assert str(caught.value) == f"Expected images [batch, height, width, 1, 3 or 4], got {list(shape)}."


@pytest.mark.parametrize("shape", [(0, 8, 8), (1, 0, 5), (0, 5), (5,)])
def test_what_is_no_mask_is_said_to_be_none(shape):
    with pytest.raises(PictureError) as caught:
        mask_bytes(torch.zeros(shape))
    assert str(caught.value) == f"Expected masks [batch, height, width], got {list(shape)}."


def test_words_want_a_mask_of_their_pictures_size(bare_comfy):
    words = {"drawings": NAME, "prompt": "a cat", "negative": "", "width": 16, "height": 16, "seed": 1, "pixel": 0}
    prompt = {
        "art": node("PixartLoadImage", image=put(bare_comfy, ART, "tensors.png")),
        "mask": node("SolidMask", value=1.0, width=9, height=7),
        "words": node("PixartDrawWords", image=["art", 0], mask=["mask", 0], **words),
        "saved": node("SaveImage", images=["words", 0], filename_prefix="t/words"),
    }
    said = bare_comfy.run(prompt)["status"]["messages"][-1][1]["exception_message"].strip()
    assert said == "mask is 9 x 7 pixels, but image is 12 x 8; give a mask of its size."
