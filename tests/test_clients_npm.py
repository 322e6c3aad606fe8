"""JavaScript clients of A1111's API, as they come from npm, against the bridge and a real ComfyUI."""

import json
import shutil
import subprocess

import pytest
from bridge_process import BridgeProcess

from bridge.settings import ROOT

pytestmark = pytest.mark.comfy

CLIENTS = ROOT / "tests" / "clients"
FILES = ("package.json", "a1111.js")


@pytest.fixture(scope="module")
def folder():
    """A folder with the clients installed, kept in between runs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    place = ROOT / "data" / "clients"
    place.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(CLIENTS / name, place)
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"]
    subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=300)
    return place


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    data = tmp_path_factory.mktemp("npm")
    with BridgeProcess(data, COMFYUI_URL=comfy.url, A1111_HIDE_SCHEDULE_TYPE="true") as bridge:
        yield bridge


def driven(folder, bridge, name):
    """What a client got."""
    command = ["node", "a1111.js", name, bridge.url]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["stable-diffusion-api", "a1111-webui-api"])
def test_the_family_of_stable_diffusion_api(folder, bridge, name):
    got = driven(folder, bridge, name)
    assert got["drawn"] == [[64, 72]] * 2
    assert got["over"] == [[64, 72]]
    assert got["larger"] == [[128, 128]]
    assert got["several"] == [[128, 128]] * 2
    assert got["told"].startswith("a tree\nNegative prompt: fog\nSteps: 2, Sampler: Euler a, ")
    assert got["progress"] == 0
    assert got["models"] == [got["model"]] == ["tiny_sd15.ckpt"]
    assert "DPM++ 2M" in got["samplers"]
    assert got["upscalers"][:3] == ["None", "Lanczos", "Nearest"]
    assert got["empty"] == [[], [], []]
    assert (got["styles"] > 0, got["flags"]) == (True, True)


def test_node_sd_webui_which_counts_the_commas_of_infotext(folder, bridge):
    got = driven(folder, bridge, "node-sd-webui")
    assert (got["drawn"], got["over"]) == ([[96, 108]], [[64, 72]])
    told = {
        key: got["told"][key] for key in ("prompt", "negativePrompt", "steps", "samplingMethod", "cfgScale", "seed")
    }
    assert list(told.values()) == ["a tree", "fog", 2, "Euler a", 7, 3]
    assert (got["told"]["width"], got["told"]["height"]) == (64, 72)


def test_stable_diffusion_client(folder, bridge):
    got = driven(folder, bridge, "stable-diffusion-client")
    assert (got["drawn"], got["models"]) == (1, ["tiny_sd15.ckpt"])
    assert "Euler a" in got["samplers"]
