"""Clients of ComfyUI's own API, as they come from npm, draw a workflow of ours on the ComfyUI that the bridge uses."""

import base64
import io
import json

import numpy as np
import pytest
import sketches
from bridge_process import BridgeProcess
from npm import PROGRAMS, Packages
from PIL import Image

pytestmark = pytest.mark.comfy

MODE = "img2img_pixel"
CLASSES = {"picture": "PixartLoadImage", "seed": "PixartSampler", "result": "PixartSaveIndexed"}
CLIENTS = ("@saintno/comfyui-sdk", "@stable-canvas/comfyui-client", "comfy-ui-client")
TREE = sketches.encoded(sketches.tree(64).convert("RGB"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return Packages(tmp_path_factory.mktemp("npm"), PROGRAMS / "comfyui")


@pytest.fixture(scope="module")
def original(tmp_path_factory, comfy):
    """The file of a picture that the bridge drew; the prompt is in it."""
    asked = {"workflow": MODE, "prompt": "a tree", "steps": 2, "width": 64, "height": 64, "seed": 5}
    environment = {"COMFYUI_URL": comfy.url, "PIXART_GENERATION_SIDE": "64"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        init = {"init_images": [base64.b64encode(TREE).decode()]}
        code, answer = bridge.call("/sdapi/v1/img2img", {**asked, **init})
    assert code == 200, answer
    return base64.b64decode(answer["images"][0])


def opened(data):
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


@pytest.fixture
def drive(packages, comfy, original, tmp_path):
    prompt = json.loads(opened(original).info["prompt"])
    nodes = {node["class_type"]: id for id, node in prompt.items()}
    places = {what: nodes[name] for what, name in CLASSES.items()}
    file, picture = tmp_path / "prompt.json", tmp_path / "tree.png"
    file.write_text(json.dumps({"prompt": prompt, "places": places}), encoding="utf-8")
    picture.write_bytes(TREE)
    return lambda client: packages.node("drive.cjs", client, comfy.url, str(file), str(picture))


@pytest.mark.parametrize(
    "client",
    [pytest.param(name, marks=pytest.mark.client(f"{name} (npm)", workflow=MODE)) for name in CLIENTS],
    ids=str,
)
def test_a_client_of_comfyui_draws_what_the_bridge_drew_from_the_prompt_in_its_picture(client, drive, original):
    seen = drive(client)
    first, other, again = (opened(base64.b64decode(each)) for each in seen["pictures"])
    assert first.mode == "P" and first.size == (64, 64)
    wanted, *found = (np.array(each.convert("RGB")) for each in (opened(original), first, other, again))
    assert [np.array_equal(each, wanted) for each in found] == [True, False, True]
    assert json.loads(first.info["prompt"]).keys() == json.loads(opened(original).info["prompt"]).keys()
    assert (seen["nodes"], seen["waiting"]) == (["PixartSampler"], 0)
    if client != "comfy-ui-client":  # which tells neither
        assert [2, 2] in seen["progress"]
        assert seen["models"] == ["tiny_sd15.ckpt"]
