"""Nodes that make one picture look like another."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import numpy as np
from comfy_api.latest import io

from ..pixel.palette.transfer import transferred
from ..tensors import to_image, to_rgba
from .sockets import CATEGORY, image_input, image_output


class PixartColorTransfer(io.ComfyNode):
    """One picture's drawing, another's colours."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartColorTransfer",
            display_name="Take Colours From (Match Colours)",
            category=CATEGORY,
            description="Gives a picture the colours of another one and keeps its drawing: optimal transport between "
            "the colours of the two. Needs no model; the same pictures give the same result.",
            inputs=[
                image_input("The picture to recolour; what is transparent takes no part."),
                io.Image.Input("style", tooltip="The picture whose colours are taken; of any size."),
                io.Float.Input(
                    "amount",
                    default=0.7,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How far the colours go: 0 leaves the picture as it is, 1 goes all the way.",
                ),
            ],
            outputs=[image_output("The recoloured picture, with alpha where it had alpha.")],
        )

    @classmethod
    def execute(cls, image: Any, style: Any, amount: float) -> io.NodeOutput:
        if amount == 0:
            return io.NodeOutput(image)
        pictures, styles = to_rgba(image), to_rgba(style)
        results = [transferred(one, styles[number % len(styles)], amount) for number, one in enumerate(pictures)]
        return io.NodeOutput(to_image(np.stack(results)[..., : max(3, image.shape[3])], like=image))


NODES: list[type[io.ComfyNode]] = [PixartColorTransfer]
