"""ENABLE_NSFW_FILTER on a real ComfyUI: dialects that wait, one that is polled, and a panel."""

import base64
import io
import json

import numpy as np
import pytest
from bridge_process import BridgeProcess
from peach import small_peach
from PIL import Image
from sketches import tree
from test_end_imagegen import create, ended, pixels
from test_end_pico import ready
from test_safety import png

from bridge.workflow.safety import BLURRED_NOTE

pytestmark = pytest.mark.comfy

UNSAFE = png(small_peach())
HARMLESS = png(np.asarray(tree(64))[..., :3])
IMG2IMG = {"denoising_strength": 0, "steps": 1, "width": 64, "height": 64, "seed": 3, "prompt": "a peach"}
REASON = "The NSFW filter refused the picture: it seems to show exposed buttocks."


@pytest.fixture(scope="module", params=["blur", "refuse"])
def action(request):
    return request.param


@pytest.fixture(scope="module")
def bridge(comfy, tmp_path_factory, action):
    environment = {"COMFYUI_URL": comfy.url, "ENABLE_NSFW_FILTER": "true", "NSFW_ACTION": action}
    environment |= {"PIXART_GENERATION_SIDE": "64", "ENABLE_CACHING": "true"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        ready(bridge)
        yield bridge


def img2img(bridge, data, path="/sdapi/v1/img2img", **more):
    return bridge.call(path, {**IMG2IMG, "init_images": [base64.b64encode(data).decode()], **more})


def colors(data):
    return len(np.unique(pixels(data).reshape(-1, 3), axis=0))


def test_a_dialect_that_waits_gets_a_blurred_picture_and_a_note_or_422(bridge, action):
    for cached in ((), ("It was in the cache.",)):
        status, body = img2img(bridge, UNSAFE)
        if action == "refuse":
            assert (status, body["errors"]) == (422, REASON)
            continue
        assert status == 200
        assert colors(base64.b64decode(body["images"][0])) <= 64
        assert json.loads(body["info"])["notes"][-1 - len(cached) :] == [BLURRED_NOTE, *cached]


def test_a_dialect_that_is_polled_says_it_in_words(bridge, action):
    data = base64.b64encode(UNSAFE).decode()
    for _ in range(2):  # the second time ComfyUI or the cache knows it
        job = ended(bridge, create(bridge, "img2img", prompt="a peach", initImage=data, strength=0, steps=1))
        if action == "refuse":
            assert (job["status"], job["error"]) == ("failed", REASON)
        else:
            assert job["status"] == "completed"
            assert BLURRED_NOTE in json.dumps(job)


def test_a_panel_gets_a_mosaic_or_422(bridge, action):
    status, body = img2img(bridge, UNSAFE, "/pico/sdapi/v1/img2img")
    if action == "refuse":
        assert status == 422
        assert REASON in str(body)
    else:
        assert (status, len(body)) == (200, 240 * 240 * 2)
        assert len(np.unique(np.frombuffer(body, np.uint16))) <= 64


def test_a_harmless_picture_is_as_it_was_and_carries_its_own_graph(bridge):
    status, body = img2img(bridge, HARMLESS)
    assert status == 200
    data = base64.b64decode(body["images"][0])
    assert (pixels(data) == pixels(HARMLESS)).all()
    assert BLURRED_NOTE not in json.dumps(body)
    assert "PixartSafety" not in Image.open(io.BytesIO(data)).text.get("workflow", "")
