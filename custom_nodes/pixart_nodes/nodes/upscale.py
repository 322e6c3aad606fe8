"""Nodes that make latents and pictures larger."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..pixel.palette import picture
from ..tensors import without_idle_alpha
from . import core, upscalers
from .sockets import CATEGORY, free_side_input, image_input, image_output, problem, side_input


class PixartHiresUpscale(io.ComfyNode):
    """Between the two passes of a hires fix."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartHiresUpscale",
            display_name="Hires Fix Upscale (Second Pass)",
            category=CATEGORY,
            description="Makes a latent larger for a second sampler, by any of AUTOMATIC1111's latent modes, or by "
            "decoding it, upscaling the picture (also with a model) and encoding it again.",
            inputs=[
                io.Latent.Input("samples", tooltip="The latent of the first pass."),
                io.Vae.Input("vae", tooltip="Decodes and encodes, where the upscaler works on pictures."),
                side_input("width", "Width for the second pass in pixels, rounded up to 8s.", default=1024),
                side_input("height", "Height for the second pass in pixels, rounded up to 8s.", default=1024),
                io.Combo.Input(
                    "upscaler",
                    options=[*upscalers.LATENT, *upscalers.names()],
                    default="Latent",
                    tooltip="Latent: quick, needs a denoise above 0.5; the others keep the picture as it is.",
                ),
            ],
            outputs=[io.Latent.Output("result", display_name="LATENT", tooltip="The latent at the new size.")],
        )

    @classmethod
    def validate_inputs(cls, upscaler: str = "Latent") -> bool | str:
        return problem(upscalers.require_any, upscaler)

    @classmethod
    def execute(cls, samples: dict[str, Any], vae: Any, width: int, height: int, upscaler: str) -> io.NodeOutput:
        upscalers.require_any(upscaler)
        width, height = picture.up_to_blocks(width), picture.up_to_blocks(height)
        if upscaler in upscalers.LATENT:
            across, down = width // picture.LATENT, height // picture.LATENT
            return io.NodeOutput({**samples, "samples": upscalers.latent(samples["samples"], upscaler, across, down)})
        pixels = core.node("VAEDecode")().decode(vae, samples)[0]
        if (pixels.shape[2], pixels.shape[1]) != (width, height):
            pixels = upscalers.image(pixels, upscaler, width, height)
        return io.NodeOutput({**samples, **core.node("VAEEncode")().encode(vae, pixels)[0]})


class PixartUpscale(io.ComfyNode):
    """A picture made larger."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartUpscale",
            display_name="Upscale a Picture",
            category=CATEGORY,
            description="Makes a picture as large as asked: by pixels, smoothly, or with an upscale model, which "
            "runs as often as it takes. Covers the size and cuts off the rest; transparency is kept.",
            inputs=[
                image_input("The picture to make larger."),
                io.Combo.Input(
                    "upscaler",
                    options=upscalers.names(),
                    default="Lanczos",
                    tooltip="None returns the picture as it is; Nearest keeps pixel art sharp; or a model.",
                ),
                free_side_input("width", default=1024),
                free_side_input("height", default=1024),
            ],
            outputs=[image_output("The picture at the new size, with alpha where something is transparent.")],
        )

    @classmethod
    def validate_inputs(cls, upscaler: str = "Lanczos") -> bool | str:
        return problem(upscalers.require, upscaler)

    @classmethod
    def execute(cls, image: Any, upscaler: str, width: int, height: int) -> io.NodeOutput:
        upscalers.require(upscaler)
        width, height = picture.kept_shape((image.shape[2], image.shape[1]), width, height)
        large = image if upscaler == "None" else upscalers.image(image, upscaler, width, height)
        return io.NodeOutput(without_idle_alpha(large))


NODES: list[type[io.ComfyNode]] = [PixartHiresUpscale, PixartUpscale]
