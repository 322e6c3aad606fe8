"""Nodes that find the pixel grid of what only looks like pixel art, and bring it to that grid."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import json

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io

from ..pixel.grid import grid, snap
from ..tensors import to_image, to_rgba
from .sockets import CATEGORY, MOST_PIXELS, image_input, image_output, problem, size_output

FIND_PHASE = -1.0
# Verdicts on pictures that come back as they are -> why.
UNSNAPPED = {
    "native": "every pixel is one of its own already",
    "none": "none was found",
    "flat": "nothing changes anywhere in the picture",
}


class PixartGridSnap(io.ComfyNode):
    """False pixel art becomes true: one pixel a cell."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartGridSnap",
            display_name="Snap to Pixel Grid (Unfake)",
            category=CATEGORY,
            description="Fixes false pixel art, as diffusion models draw it or as it was enlarged, blurred or saved "
            "as JPEG: detects the grid (native size, scale, phase, drift), and unscales to true pixels, one a cell. "
            "A picture that has no grid, or is native already, comes back as it is, and the report says so.",
            inputs=[
                image_input("The picture; a batch is one animation, with one grid for all frames."),
                io.Combo.Input(
                    "method",
                    options=list(snap.METHODS),
                    default="median",
                    tooltip="How a cell gets its colour, from its inner part: median is robust, k-centroid takes the "
                    "larger of two colours, mean is smoothest, centre takes a single pixel.",
                ),
                *_wish_inputs(),
            ],
            outputs=_outputs(),
        )

    @classmethod
    def validate_inputs(cls, method: str = "median", cells: str = "auto") -> bool | str:
        answer = problem(snap.require, method)
        return problem(grid.require_cells, cells) if answer is True else answer

    @classmethod
    def execute(
        cls,
        image: object,
        method: str,
        native_width: int,
        native_height: int,
        cell_size: float,
        phase_x: float,
        phase_y: float,
        cells: str,
        already_native: bool,
        per_frame: bool,
    ) -> io.NodeOutput:
        frames = to_rgba(image)
        wish = grid.Wish(
            native_width, native_height, cell_size, _phase(phase_x), _phase(phase_y), cells, already_native
        )
        shared = grid.find(frames, wish)
        grids, small, lines, progress = [], [], [], ProgressBar(len(frames))
        for frame in frames:
            one = grid.of_frame(frame, shared, wish) if per_frame else shared
            grids.append(one)
            small.append(snap.snap(frame, one, method))
            lines.append(snap.shown(frame, one))
            progress.update(1)
        return io.NodeOutput(
            to_image(np.stack(small), like=image),
            *shared.size,
            shared.x.pitch,
            shared.y.pitch,
            shared.confidence,
            json.dumps([one.report() for one in grids] if per_frame else shared.report()),
            to_image(np.stack(lines), like=image),
            ui={"pixart": [{"remarks": [_remark(shared)]}]},
        )


def _remark(shared: grid.Grid) -> str:
    """What became of the picture, as one sentence."""
    if shared.verdict in UNSNAPPED:
        return f"Nothing was snapped to a grid: {UNSNAPPED[shared.verdict]}."
    (width, height), across, down = shared.size, shared.x.pitch, shared.y.pitch
    return f"Snapped to its grid of {width} x {height} pixels, each {across:.4g} x {down:.4g} in the picture."


def _wish_inputs() -> list[io.Input]:
    return [
        _count_input("native_width", "wide"),
        _count_input("native_height", "high"),
        io.Float.Input(
            "cell_size",
            default=0.0,
            min=0.0,
            max=1024.0,
            step=0.01,
            tooltip="Width and height of a cell in pixels of the picture, fractions too; 0 finds it.",
        ),
        _phase_input("phase_x", "left"),
        _phase_input("phase_y", "top"),
        io.Combo.Input(
            "cells",
            options=list(grid.CELLS),
            default="auto",
            tooltip="even: all cells alike, as after a resize; drifting: each a little wider or narrower, as "
            "models draw; auto decides.",
        ),
        io.Boolean.Input(
            "already_native",
            default=False,
            tooltip="On: every pixel is a native one; nothing is looked for or changed.",
        ),
        io.Boolean.Input(
            "per_frame",
            default=False,
            tooltip="On: each frame of a batch has its own phase; size and cell size stay one for all.",
        ),
    ]


def _outputs() -> list[io.Output]:
    return [
        image_output("The native picture, RGBA."),
        size_output("width", "Native width in pixels."),
        size_output("height", "Native height in pixels."),
        io.Float.Output("scale_x", display_name="scale_x", tooltip="Mean width of a cell in pixels."),
        io.Float.Output("scale_y", display_name="scale_y", tooltip="Mean height of a cell in pixels."),
        io.Float.Output(
            "confidence",
            display_name="confidence",
            tooltip=f"0 to 1: how sure the grid is; below {grid.SURE} none is taken.",
        ),
        io.String.Output(
            "report", display_name="report", tooltip="All of it as JSON: sizes, phase, verdict, confidence."
        ),
        io.Image.Output("overlay", display_name="overlay", tooltip="The picture with the grid drawn over it."),
    ]


def _phase(value: float) -> float | None:
    return None if value == FIND_PHASE else value


def _count_input(name: str, how: str) -> io.Input:
    tooltip = f"How many true pixels the picture is {how}, where you know it; 0 finds it."
    return io.Int.Input(name, default=0, min=0, max=MOST_PIXELS, tooltip=tooltip)


def _phase_input(name: str, edge: str) -> io.Input:
    tooltip = f"Where a cell begins, in pixels from the {edge} edge; 0 is the edge itself, -1 finds it."
    return io.Float.Input(name, default=FIND_PHASE, min=FIND_PHASE, max=1024.0, step=0.01, tooltip=tooltip)


NODES: list[type[io.ComfyNode]] = [PixartGridSnap]
