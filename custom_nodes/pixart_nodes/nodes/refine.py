"""A second checkpoint that takes over on the way: AUTOMATIC1111's refiner, and its checkpoint of the second pass."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import folder_paths
from comfy_api.latest import io

from ..errors import RefinerError
from ..pixel import errors
from ..refinement import Refinement, refined
from . import core
from .generate import PixartLoras
from .sockets import CATEGORY, problem

NO_REFINER = "none"
LAST_LAYER = -1  # of a text encoder: what it reads where nobody names another


def _checkpoints() -> list[str]:
    return [NO_REFINER, *folder_paths.get_filename_list("checkpoints")]


def _require(checkpoint: str) -> None:
    errors.require(checkpoint, _checkpoints(), what="Checkpoint")


class PixartRefiner(io.ComfyNode):
    """A checkpoint that takes over from the model for the rest of the steps."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartRefiner",
            display_name="Refiner by Name",
            category=CATEGORY,
            description="A second checkpoint draws on from where the first stops, on the same noise, as "
            "AUTOMATIC1111's refiner does: SDXL's refiner, or any checkpoint of the model's family. At 0 it draws "
            "everything. Works with Sampler (exact denoise, variation).",
            inputs=[
                io.Model.Input("model", tooltip="The model that begins."),
                io.Combo.Input(
                    "checkpoint",
                    options=_checkpoints(),
                    default=NO_REFINER,
                    tooltip="The checkpoint that takes over; none leaves the model as it is.",
                ),
                io.Float.Input(
                    "switch_at",
                    default=0.8,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Share of the noise schedule that the first model draws: 0 nothing, 1 everything.",
                ),
                io.String.Input(
                    "positive", default="", multiline=True, tooltip="What the picture shows, for the second model."
                ),
                io.String.Input(
                    "negative", default="", multiline=True, tooltip="What must not be in it, for the second model."
                ),
                io.String.Input(
                    "loras",
                    default="",
                    multiline=True,
                    tooltip="LoRAs for the second model, as <lora:NAME:WEIGHT>; others change nothing.",
                ),
                io.Int.Input(
                    "clip_layer",
                    default=LAST_LAYER,
                    min=-24,
                    max=LAST_LAYER,
                    tooltip="The layer of its text encoder to read, from the end: -1 is the last.",
                ),
            ],
            outputs=[io.Model.Output("refined_model", display_name="MODEL", tooltip="The model with its refiner.")],
        )

    @classmethod
    def validate_inputs(cls, checkpoint: str = NO_REFINER) -> bool | str:
        return problem(_require, checkpoint)

    @classmethod
    def execute(
        cls,
        model: Any,
        checkpoint: str,
        switch_at: float,
        positive: str,
        negative: str,
        loras: str,
        clip_layer: int,
    ) -> io.NodeOutput:
        _require(checkpoint)
        if checkpoint == NO_REFINER or switch_at == 1:
            return io.NodeOutput(model)
        second, clip = core.node("CheckpointLoaderSimple")().load_checkpoint(checkpoint)[:2]
        if clip is None:
            raise RefinerError(f"The checkpoint {checkpoint!r} has no text encoder in it.")
        second, clip = PixartLoras.execute(second, clip, loras).result or (second, clip)
        if clip_layer != LAST_LAYER:
            clip = core.node("CLIPSetLastLayer")().set_last_layer(clip, clip_layer)[0]
        shown, avoided = (core.node("CLIPTextEncode")().encode(clip, text)[0] for text in (positive, negative))
        return io.NodeOutput(refined(model, Refinement(second, shown, avoided, switch_at)))


NODES: list[type[io.ComfyNode]] = [PixartRefiner]
