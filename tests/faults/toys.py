"""A node that misbehaves as the sketch's prompt tells it to, and a `sketch` workflow with it before the result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bridge.core.places import ROOT

NODE = '''
import re
import time
from pathlib import Path

import folder_paths
from comfy.model_management import throw_exception_if_processing_interrupted
from comfy.utils import ProgressBar
from server import PromptServer

TICK = 0.02


class Mischief:
    """Passes a picture on; `toy=WHAT:HOW MUCH` in the prompt says what happens meanwhile."""

    RETURN_TYPES, FUNCTION, CATEGORY = ("IMAGE",), "run", "tests"

    @classmethod
    def INPUT_TYPES(cls):
        texts = {name: ("STRING", {"default": ""}) for name in ("prompt", "negative")}
        return {"required": {"image": ("IMAGE",), **texts, "number": ("INT", {"default": 0, "max": 2**64 - 1})}}

    @classmethod
    def IS_CHANGED(cls, **_):
        return time.time()

    def run(self, image, prompt, negative, number):
        what, much = (re.findall(r"toy=(\\w+):([\\w.-]+)", prompt) or [("nothing", "0")])[0]
        getattr(self, what)(much)
        return (image,)

    def nothing(self, _):
        pass

    def sleep(self, seconds):
        """Obeys, and tells its progress."""
        steps = max(1, int(float(seconds) / TICK))
        bar = ProgressBar(steps)
        for _ in range(steps):
            throw_exception_if_processing_interrupted()
            time.sleep(TICK)
            bar.update(1)

    def busy(self, seconds):
        """Doesn't obey."""
        time.sleep(float(seconds))

    def fail(self, word):
        raise ValueError(word)

    def die(self, once):
        """Takes the worker thread down, the first time that this word is said."""
        seen = Path(folder_paths.get_user_directory()) / f"died-{once}"
        if not seen.exists():
            seen.parent.mkdir(parents=True, exist_ok=True)
            seen.touch()
            raise SystemExit

    def frame(self, megabytes):
        """Sends a preview of this size."""
        server = PromptServer.instance
        server.send_sync(1, b"\\0\\0\\0\\1" + bytes(int(float(megabytes) * 2**20)), server.client_id)


NODE_CLASS_MAPPINGS = {"Mischief": Mischief}
'''
TITLE = "Mischief"


def workflow() -> dict[str, Any]:
    """The project's own `pixelate`, called `sketch`, with the node before the result."""
    graph = json.loads((ROOT / "workflows" / "pixelate.v1.json").read_text(encoding="utf-8"))
    nodes = {node["type"]: node for node in graph["nodes"]}
    link = next(each for each in graph["links"] if each[3] == nodes["PixartSaveIndexed"]["id"] and each[5] == "IMAGE")
    own, new = max(node["id"] for node in graph["nodes"]) + 1, max(each[0] for each in graph["links"]) + 1
    inputs = [{"name": "image", "type": "IMAGE", "link": link[0]}]
    outputs = [{"name": "IMAGE", "type": "IMAGE", "links": [new]}]
    graph["nodes"].append(
        {
            "id": own,
            "type": "Mischief",
            "title": TITLE,
            "inputs": inputs,
            "outputs": outputs,
            "widgets_values": ["", "", 0],
        }
    )
    graph["links"].append([new, own, 0, link[3], link[4], "IMAGE"])
    for each in nodes["PixartSaveIndexed"]["inputs"]:
        if each.get("link") == link[0]:
            each["link"] = new
    link[3], link[4] = own, 0
    handle = graph["extra"]["pixart"]
    handle["mode"] = "sketch"
    for name, widget in (("prompt", "prompt"), ("negative", "negative"), ("seed", "number")):
        handle["inputs"][name] = {"to": [f"{TITLE}.{widget}"], "summary": name}
    return graph


def half_valid() -> dict[str, Any]:
    """`half`: a white picture, and a second output whose picture isn't there. ComfyUI takes it and leaves that out."""

    def source(id: int, type: str, *values: Any) -> dict[str, Any]:
        outputs = [{"name": "IMAGE", "type": "IMAGE", "links": [id]}]
        return {"id": id, "type": type, "title": type, "inputs": [], "outputs": outputs, "widgets_values": list(values)}

    def sink(id: int, type: str, link: int, *values: Any) -> dict[str, Any]:
        inputs = [{"name": "images", "type": "IMAGE", "link": link}]
        return {"id": id, "type": type, "title": type, "inputs": inputs, "widgets_values": list(values)}

    nodes = [source(1, "EmptyImage", 8, 8, 1, 0xFFFFFF), source(2, "LoadImage", "there is no such file.png", "image")]
    nodes += [sink(3, "SaveImage", 1, "x"), sink(4, "PreviewImage", 2)]
    inputs = {"filename_prefix": {"to": ["SaveImage.filename_prefix"]}}
    handle = {"mode": "half", "version": 1, "inputs": inputs, "outputs": {"image": "SaveImage"}}
    links = [[1, 1, 0, 3, 0, "IMAGE"], [2, 2, 0, 4, 0, "IMAGE"]]
    return {"nodes": nodes, "links": links, "extra": {"pixart": handle}, "version": 0.4}


def library(folder: Path) -> Path:
    """A folder of workflow files with both."""
    folder.mkdir()
    for name, graph in (("sketch", workflow()), ("half", half_valid())):
        (folder / f"{name}.v1.json").write_text(json.dumps(graph), encoding="utf-8")
    return folder
