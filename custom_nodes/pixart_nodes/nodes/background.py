"""Nodes that take a picture's ground away."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import numpy as np
from comfy_api.latest import io
from numpy.typing import NDArray

from ..pixel.edit import background
from ..pixel.edit.background import Ground
from ..pixel.palette.color_text import parse_color
from ..tensors import to_image, to_mask, to_rgba
from .sockets import CATEGORY, image_input, image_output, problem


def _ground(method: str, color: str, tolerance: float = 0.0, holes: int = 0) -> Ground:
    background.require(method)
    return Ground(method, parse_color(color) if color.strip() else None, tolerance, holes)


class PixartRemoveBackground(io.ComfyNode):
    """What is around a drawing, transparent."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartRemoveBackground",
            display_name="Remove Background (Transparent, Key Colour)",
            category=CATEGORY,
            description="Makes the plain ground of a drawing or of what a model drew transparent: filled from the "
            "border, so that the same colour inside stays, or one key colour wherever it is. Needs no model.",
            inputs=[
                image_input("The picture; each of a batch has its own ground."),
                io.Combo.Input(
                    "method",
                    options=list(background.METHODS),
                    default="border-fill",
                    tooltip="border-fill: what is connected to the border, as a paint bucket fills; key-color: the "
                    "colour wherever it is.",
                ),
                io.String.Input(
                    "color",
                    default="",
                    placeholder="#ff00ff",
                    tooltip="The ground's colour, as #rrggbb. Empty: the most frequent colour of the border.",
                ),
                io.Float.Input(
                    "tolerance",
                    default=Ground.tolerance,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="How far from that colour a pixel may be: distance in OKLab, where black and white are 1 "
                    "apart and 0.02 is just visible. 0: that colour only.",
                ),
                io.Int.Input(
                    "holes",
                    default=Ground.holes,
                    min=0,
                    max=1 << 24,
                    tooltip="For border-fill: enclosed areas of the ground's colour go too where they have at least "
                    "so many pixels: 1 is all of them, 0 keeps them, as white eyes on white.",
                ),
            ],
            outputs=[
                image_output("The picture, RGBA, its ground transparent."),
                io.Mask.Output("mask", display_name="MASK", tooltip="White where the picture is transparent now."),
            ],
        )

    @classmethod
    def validate_inputs(cls, method: str = "border-fill", color: str = "") -> bool | str:
        return problem(_ground, method, color)

    @classmethod
    def execute(cls, image: object, method: str, color: str, tolerance: float, holes: int) -> io.NodeOutput:
        ground = _ground(method, color, tolerance, holes)
        results = np.stack([background.removed(one, ground) for one in to_rgba(image)])
        images, masks = to_image(results, like=image), to_mask(255 - results[..., 3], like=image)
        return io.NodeOutput(images, masks, ui={"pixart": [{"remarks": [_remark(results, ground)]}]})


def _remark(results: NDArray[np.uint8], ground: Ground) -> str:
    """How much is transparent, and by what."""
    share = float((results[..., 3] == 0).mean())
    color = "its most frequent colour" if ground.color is None else "#{:02x}{:02x}{:02x}".format(*ground.color)
    way = f"filled from the border in {color}" if ground.method == "border-fill" else f"wherever it is {color}"
    return f"The ground was made transparent, {way}: {share:.0%} of the picture."


NODES: list[type[io.ComfyNode]] = [PixartRemoveBackground]
