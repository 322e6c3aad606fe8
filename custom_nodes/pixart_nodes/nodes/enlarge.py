"""Nodes that show finished pixel art: larger, and side by side."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import numpy as np
from comfy_api.latest import io

from ..pixel.edit import tile
from ..pixel.resize import enlarge
from ..tensors import to_image, to_pixels, to_rgba
from .sockets import CATEGORY, image_input, image_output, problem


class PixartEnlarge(io.ComfyNode):
    """Pixel art by whole factors."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartEnlarge",
            display_name="Enlarge Pixel Art (Upscale, Scale2x)",
            category=CATEGORY,
            description="Upscale pixel art by a whole factor without blur and without new colours: square pixels "
            "(nearest neighbor), or rounded by Scale2x (EPX), Scale3x, xBR or MMPX. For showing and printing sprites.",
            inputs=[
                image_input("Pixel art at its own size, one pixel a pixel."),
                io.Combo.Input(
                    "method",
                    options=list(enlarge.METHODS),
                    default="nearest",
                    tooltip="nearest: squares; scale2x, scale3x: rounder; xbr: smooth diagonals; mmpx: keeps style.",
                ),
                io.Int.Input(
                    "factor",
                    default=4,
                    min=1,
                    max=16,
                    tooltip="How many times larger. scale2x, xbr and mmpx: 2, 4, 8 or 16; scale3x: 3 or 9.",
                ),
                io.Int.Input(
                    "aspect",
                    default=1,
                    min=1,
                    max=4,
                    optional=True,
                    tooltip="How many times as wide as high each pixel gets: 2 as a C64's multicolour screen shows it.",
                ),
            ],
            outputs=[image_output("The larger image, with alpha where it had alpha.")],
        )

    @classmethod
    def validate_inputs(cls, method: str = "nearest", factor: int = 4) -> bool | str:
        return problem(enlarge.require, method, factor)

    @classmethod
    def execute(cls, image: Any, method: str, factor: int, aspect: int = 1) -> io.NodeOutput:
        large = np.stack([enlarge.enlarge(one, method, factor, aspect) for one in to_rgba(image)])
        return io.NodeOutput(to_image(large if image.shape[3] == 4 else large[..., :3], like=image))


class PixartTile(io.ComfyNode):
    """A texture beside itself."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartTile",
            display_name="Tile Preview (Seamless)",
            category=CATEGORY,
            description="Repeats a texture side by side to check that it tiles: a seamless tile shows no edge. Says "
            "how visible the seams are, and can move the edges to the middle (offset, wrap around) to repair them.",
            inputs=[
                image_input("The tile, or a batch of tiles."),
                io.Int.Input("columns", default=3, min=1, max=16, tooltip="How many times from left to right."),
                io.Int.Input("rows", default=3, min=1, max=16, tooltip="How many times from top to bottom."),
                io.Boolean.Input(
                    "offset",
                    default=False,
                    tooltip="Move the tile by half its size, so that its edges lie in the middle.",
                ),
            ],
            outputs=[
                image_output("The repeated image, with alpha where it had alpha."),
                io.Float.Output(
                    "seam",
                    display_name="seam",
                    tooltip="How much more the worst edge shows than the inside: 0 none, from 2 it can be seen.",
                ),
                io.String.Output("report", display_name="report", tooltip="Both edges of each image in words."),
            ],
        )

    @classmethod
    def execute(cls, image: Any, columns: int, rows: int, offset: bool) -> io.NodeOutput:
        previews = np.stack([tile.tile(one, columns, rows, offset) for one in to_pixels(image)])
        seams = [tile.seams(one) for one in to_rgba(image)]
        worst = max(seam.excess for pair in seams for seam in pair)
        return io.NodeOutput(to_image(previews, like=image), worst, "\n".join(tile.report(*pair) for pair in seams))


NODES: list[type[io.ComfyNode]] = [PixartEnlarge, PixartTile]
