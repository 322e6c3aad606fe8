"""Draws modes in a real ComfyUI, small and quick, and reads what comes out."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import sketches
from modes import LIBRARY
from PIL import Image

from bridge.workflow.bind import bind

SIDE = 64
QUICK = {"steps": 4, "generation_side": SIDE, "width": SIDE, "height": SIDE, "hires_width": 96, "hires_height": 96}
QUICK |= {"hires_steps": 3, "panel_width": 48, "panel_height": 48, "prompt": "a tree", "seed": 7, "negative": ""}


@cache
def photo():
    """Smooth colours, SIDE x SIDE, RGB."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    waves = np.stack([np.sin(5 * x + 3), np.cos(4 * y - 3), np.sin(3 * (x + y))], axis=-1)
    return Image.fromarray((127 + 110 * waves).astype(np.uint8))


def warm():
    """Oranges only."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    return Image.fromarray(np.stack([200 + 55 * x, 90 + 90 * y, 30 + 20 * x], axis=-1).astype(np.uint8))


def mask():
    """The right half white."""
    half = Image.new("L", (SIDE, SIDE), 0)
    half.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    return half


PICTURES = {"image": photo, "style": warm, "mask": mask}


class Studio:
    """Draws modes by name: `draw("img2img", denoise=0.5)` is {output: array}."""

    def __init__(self, comfy):
        self.comfy, self.count = comfy, 0

    def entry(self, mode, **values):
        workflow = LIBRARY.get(mode)
        for name, make in PICTURES.items():
            if name in workflow.inputs and name not in values:
                values[name] = self.put(make())
        self.count += 1
        wanted = {**QUICK, "filename_prefix": f"modes/{self.count}", **values}
        known = {name: value for name, value in wanted.items() if name in workflow.inputs}
        bound = bind(workflow, known, self.comfy.object_info)
        return bound, self.comfy.run(bound.prompt, bound.graph)

    def put(self, picture):
        data = sketches.encoded(picture)
        return self.comfy.put_input(f"modes-{hash(data) & 0xFFFFFFFF:08x}.png", data)

    def draw(self, mode, **values):
        bound, entry = self.entry(mode, **values)
        assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
        return {name: self.read(entry["outputs"][node]) for name, node in bound.outputs.items()}

    def read(self, output):
        if "files" in output:
            return self.comfy.output(output["files"][0])
        if "images" not in output:
            return output["pixart"][0]
        return np.array(Image.open(io.BytesIO(self.comfy.output(output["images"][0]))).convert("RGB")).astype(int)

    def picture(self, mode, **values):
        return self.draw(mode, **values)["image"]
