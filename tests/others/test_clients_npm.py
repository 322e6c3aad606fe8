"""Clients of A1111's API as they come from npm, each doing all that it can against the bridge and a real ComfyUI."""

import json

import pytest
import sketches
from bridge_process import BridgeProcess

pytestmark = pytest.mark.comfy

FAMILY = ("stable-diffusion-api", "a1111-webui-api", "stable-diffusion-client")


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    # node-sd-webui reads the text in a picture by position, as it was before "Schedule type" came
    environment = {"COMFYUI_URL": comfy.url, "A1111_HIDE_SCHEDULE_TYPE": "1"}
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), **environment) as bridge:
        yield bridge


@pytest.fixture
def drive(packages, bridge):
    picture = packages.folder / "picture.png"
    picture.write_bytes(sketches.encoded(sketches.tree(64)))
    return lambda client: packages.node("drive.cjs", client, bridge.url, str(picture))


@pytest.mark.parametrize(
    "client", [pytest.param(name, marks=pytest.mark.client(f"{name} (npm)")) for name in FAMILY], ids=str
)
def test_the_stable_diffusion_api_family_draws_lists_and_waits(client, drive):
    seen = drive(client)
    assert seen["txt2img"]["sizes"] == [[64, 64], [64, 64]]
    assert json.loads(seen["txt2img"]["info"])["all_seeds"] == [5, 6]
    assert seen["txt2img"]["pixels"][1:] == seen["alone"]["pixels"] != seen["txt2img"]["pixels"][:1]
    assert seen["img2img"]["sizes"] == [[64, 64]]
    assert seen["extraSingle"]["sizes"] == [[128, 128]]
    assert seen["extraBatch"]["sizes"] == [[128, 128], [128, 128]]
    assert seen["controlled"]["sizes"] == seen["controlledOver"]["sizes"] == [[64, 64], [64, 64]]
    drawn = ("txt2img", "img2img", "controlled", "controlledOver")
    assert len({seen[name]["pixels"][0] for name in drawn}) == len(drawn)
    assert seen["detected"]["pixels"] == seen["controlled"]["pixels"][1:], "what Canny finds"
    assert seen["controlModels"] == ["None", "tiny_scribble"]
    assert "canny" in seen["controlModules"]
    assert seen["model"].startswith("tiny_sd15")
    assert seen["model"] in [model["title"] for model in seen["SdModels"]]
    assert {"Euler a", "DPM++ 2M"} <= {sampler["name"] for sampler in seen["Samplers"]}
    assert {"None", "Lanczos", "Nearest"} <= {upscaler["name"] for upscaler in seen["Upscalers"]}
    assert seen["progress"]["progress"] == 0
    assert seen["ready"] is True
    assert all(isinstance(seen[name], list) for name in ("Hypernetworks", "FaceRestorers", "RealesrganModels"))


@pytest.mark.client("node-sd-webui (npm)")
def test_node_sd_webui_draws_and_reads_the_text_in_its_pictures(drive):
    seen = drive("node-sd-webui")
    assert len(seen["txt2img"]["images"]) == 2
    assert len(seen["img2img"]["images"]) == 1
    told = {"prompt": "a tree", "negativePrompt": "blurry", "steps": 2, "samplingMethod": "Euler a", "seed": 5}
    assert {name: seen["pngInfo"][name] for name in told} == told
    assert (seen["pngInfo"]["width"], seen["pngInfo"]["height"]) == (64, 64)
