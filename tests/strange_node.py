"""A node that sleeps, hangs or takes ComfyUI's worker down, workflows with it, and a bridge that has them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bridge_process import BridgeProcess
from comfy_folder import base_folder

from bridge.core.places import ROOT

NODE = '''
import time
import torch
from comfy.model_management import throw_exception_if_processing_interrupted


class Strange:
    """Sleeps and obeys, hangs and doesn't, or takes the worker thread down."""

    RETURN_TYPES, FUNCTION, CATEGORY = ("IMAGE",), "run", "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"what": (["sleep", "hang", "die"],), "seconds": ("FLOAT", {"default": 1.0})}}

    @classmethod
    def IS_CHANGED(cls, **_):
        return time.time()

    def run(self, what, seconds):
        if what == "die":
            raise SystemExit
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what == "sleep":
                throw_exception_if_processing_interrupted()
            time.sleep(0.02)
        return (torch.zeros(1, 8, 8, 3),)


NODE_CLASS_MAPPINGS = {"Strange": Strange}
'''


def workflow(mode, what, seconds):
    """A file as the editor saves it: the strange node, and a picture of it."""
    image = {"name": "images", "type": "IMAGE", "link": 1}
    nodes = [
        {"id": 1, "type": "Strange", "title": "Strange", "inputs": [], "widgets_values": [what, seconds]},
        {"id": 2, "type": "SaveImage", "title": "Result", "inputs": [image], "widgets_values": ["x"]},
    ]
    nodes[0]["outputs"] = [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]
    inputs = {"filename_prefix": {"to": ["Result.filename_prefix"]}}
    handle = {"mode": mode, "version": 1, "inputs": inputs, "outputs": {"image": "Result"}}
    return {"nodes": nodes, "links": [[1, 1, 0, 2, 0, "IMAGE"]], "extra": {"pixart": handle}, "version": 0.4}


@contextmanager
def strange_bridge(
    folder: Path, modes: Mapping[str, tuple[str, float]], kind: type[BridgeProcess] = BridgeProcess, **environment: str
) -> Iterator[BridgeProcess]:
    """A bridge of its own data folder that is ready to draw these modes."""
    settings = base_folder(folder)
    files = str(put_strange(folder, modes))
    with kind(folder, COMFYUI_DIR=str(settings.comfyui_source), PIXART_WORKFLOWS=files, **environment) as bridge:
        ready(bridge)
        yield bridge


def put_strange(folder: Path, modes: Mapping[str, tuple[str, float]]) -> Path:
    """Put the node into a data folder, and a workflow for each mode; the folder of these."""
    (folder / "custom_nodes" / "strange.py").write_text(NODE)
    files = folder / "workflows"
    files.mkdir()
    for mode, (what, seconds) in modes.items():
        (files / f"{mode}.v1.json").write_text(json.dumps(workflow(mode, what, seconds)))
    (files / "pixelate.v1.json").write_text((ROOT / "workflows" / "pixelate.v1.json").read_text())
    return files


def ready(bridge, seconds=90):
    """Wait until it is."""
    deadline = time.monotonic() + seconds
    while (answer := bridge.call("/ready"))[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answer == (200, {"ready": True}), "".join(bridge.said[-20:])


def draw(bridge, mode):
    return bridge.call("/generate", {"mode": "txt2img", "prompt": "x", "workflow": mode})
