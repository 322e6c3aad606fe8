"""Nodes around the model: the size it draws at, LoRAs and a VAE by name."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import comfy.sd
import comfy.utils
import folder_paths
from comfy_api.latest import io

from .. import loras as lora_tags
from ..pixel import errors
from ..pixel.palette import picture
from . import core
from .sockets import CATEGORY, problem, side_input, size_output

FROM_CHECKPOINT = "from checkpoint"


class PixartGenerationSize(io.ComfyNode):
    """Any size a client asks for, and the size at which a model should draw for it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartGenerationSize",
            display_name="Generation Size",
            category=CATEGORY,
            description="The size that was asked for, and the size at which a model draws for it: never smaller "
            "than the model likes, in multiples of 8 or more. Bring to Size makes the picture as asked afterwards.",
            inputs=[
                side_input("width", "Width that was asked for, in pixels.", default=512),
                side_input("height", "Height that was asked for, in pixels.", default=512),
                io.Int.Input(
                    "generation_side",
                    default=512,
                    min=0,
                    max=2048,
                    step=8,
                    tooltip="Least short side for the model: 512 for SD 1.5, 1024 for SDXL; 0 is the size as asked.",
                ),
                io.Int.Input(
                    "multiple",
                    default=8,
                    min=8,
                    max=64,
                    step=8,
                    optional=True,  # for prompts that were made before there was one
                    tooltip="Each side is a multiple of so many pixels: 8 for SD 1.5 and SDXL, 16 for FLUX, SD 3.5, "
                    "Qwen-Image, Z-Image and Chroma.",
                ),
            ],
            outputs=[
                size_output("width", "The width, unchanged.", id="asked_width"),
                size_output("height", "The height, unchanged.", id="asked_height"),
                size_output("generation_width", "Width for the latent image."),
                size_output("generation_height", "Height for the latent image."),
            ],
        )

    @classmethod
    def execute(cls, width: int, height: int, generation_side: int, multiple: int = 8) -> io.NodeOutput:
        return io.NodeOutput(width, height, *picture.model_size(width, height, generation_side, multiple))


def _files_of(loras: str) -> list[tuple[str, float, float]]:
    """LoRA files with their strengths for model and text encoder. Raises LoraError, UnknownName."""
    files = folder_paths.get_filename_list("loras")
    return [(lora_tags.file_of(one.name, files), one.unet, one.te) for one in lora_tags.parse(loras)]


class PixartLoras(io.ComfyNode):
    """LoRAs as they are written in prompts."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartLoras",
            display_name="LoRAs by Name",
            category=CATEGORY,
            description="Applies any number of LoRAs, written as tags as in prompts. With no text nothing "
            "changes. A name without a file is an error, not a picture without the LoRA.",
            inputs=[
                io.Model.Input("model", tooltip="The model to change."),
                io.Clip.Input("clip", tooltip="The text encoder to change."),
                io.String.Input(
                    "loras",
                    default="",
                    multiline=True,
                    tooltip="<lora:name:0.8>, or <lora:name:model:text encoder>, one after the other; empty is none.",
                ),
            ],
            outputs=[
                io.Model.Output("changed_model", display_name="MODEL", tooltip="The model with the LoRAs in it."),
                io.Clip.Output("changed_clip", display_name="CLIP", tooltip="The text encoder with the LoRAs in it."),
            ],
        )

    @classmethod
    def validate_inputs(cls, loras: str = "") -> bool | str:
        return problem(_files_of, loras)

    @classmethod
    def execute(cls, model: Any, clip: Any, loras: str) -> io.NodeOutput:
        for file, unet, te in _files_of(loras):
            if unet or te:
                path = folder_paths.get_full_path_or_raise("loras", file)
                weights = comfy.utils.load_torch_file(path, safe_load=True)
                model, clip = comfy.sd.load_lora_for_models(model, clip, weights, unet, te)
        return io.NodeOutput(model, clip)


def _vaes() -> list[str]:
    loader = core.node("VAELoader")
    return [FROM_CHECKPOINT, *loader.vae_list(loader)]


def _require_vae(name: str) -> None:
    errors.require(name, _vaes(), what="VAE")


class PixartVAE(io.ComfyNode):
    """The checkpoint's VAE, or another by its name."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartVAE",
            display_name="VAE or the Checkpoint's",
            category=CATEGORY,
            description="Passes the checkpoint's VAE on, or loads another in its place, so that one workflow "
            "serves both. The same VAEs as in Load VAE.",
            inputs=[
                io.Vae.Input("vae", tooltip="The VAE that came with the checkpoint."),
                io.Combo.Input(
                    "name",
                    options=_vaes(),
                    default=FROM_CHECKPOINT,
                    tooltip="from checkpoint keeps the VAE that comes in; anything else replaces it.",
                ),
            ],
            outputs=[io.Vae.Output("result", display_name="VAE", tooltip="The VAE to decode and encode with.")],
        )

    @classmethod
    def validate_inputs(cls, name: str = FROM_CHECKPOINT) -> bool | str:
        return problem(_require_vae, name)

    @classmethod
    def execute(cls, vae: Any, name: str) -> io.NodeOutput:
        _require_vae(name)
        return io.NodeOutput(vae if name == FROM_CHECKPOINT else core.node("VAELoader")().load_vae(name)[0])


NODES: list[type[io.ComfyNode]] = [PixartGenerationSize, PixartLoras, PixartVAE]
