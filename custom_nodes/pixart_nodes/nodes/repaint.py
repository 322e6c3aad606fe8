"""Nodes around a model that draws a picture, or a part of one, anew."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import comfy.latent_formats
import comfy.sample
import numpy as np
import torch
from comfy_api.latest import io

from ..fitting import fitted
from ..pixel import errors
from ..pixel.edit import repaint
from ..pixel.palette.picture import LATENT, kept_shape
from ..pixel.resize import frame
from ..region import Region, cells, for_model, only_masked, put_back, require, soft_mask, whole_picture
from ..tensors import mask_bytes, to_image, to_mask, to_pixels, to_rgba, without_idle_alpha
from .sockets import (
    CATEGORY,
    MOST_PIXELS,
    divisor_input,
    free_side_input,
    image_input,
    image_output,
    problem,
    side_input,
)

BLANK = "The mask is blank, so the whole picture was redrawn."
HALF, UNKNOWN = 127, -1.0  # a mask's bytes count beyond it; what ControlNets for inpainting were trained with
RegionSocket = io.Custom("PIXART_REGION")


def _fit_input(default: str, tooltip: str) -> io.Input:
    return io.Combo.Input("fit", options=list(frame.FITS), default=default, tooltip=tooltip)


def _fill_input(tooltip: str) -> io.Input:
    return io.Combo.Input("fill", options=list(repaint.FILLS), default="original", tooltip=tooltip)


def _denoise_input(tooltip: str) -> io.Input:
    return io.Float.Input("denoise", default=1.0, min=0.0, max=1.0, step=0.01, tooltip=tooltip)


def _all_fitted(image: Any, width: int, height: int, fit: str) -> Any:
    """A batch brought to a size; one that has it already comes back as it is."""
    if (image.shape[2], image.shape[1]) == (width, height):
        return image
    return to_image(np.stack([_in_bars(one, width, height, fit) for one in to_pixels(image)]), like=image)


def _in_bars(pixels: Any, width: int, height: int, fit: str) -> Any:
    """As `fitted`; bars are transparent only beside what is: a loaded photograph has an alpha channel too."""
    framed = fitted(pixels, width, height, fit)
    if pixels.shape[2] == 4 and pixels[..., 3].min() == 255:
        framed[..., 3] = 255
    return framed


class PixartFit(io.ComfyNode):
    """A picture at another size and shape."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartFit",
            display_name="Fit to Size (Resize, Crop)",
            category=CATEGORY,
            description="Brings a picture to an exact size with Lanczos. When the shapes differ it is stretched, cut, "
            "put between bars, or its edges are drawn out. A picture of that size comes back as it is.",
            inputs=[
                image_input("The picture to bring to a size."),
                free_side_input("width", default=512),
                free_side_input("height", default=512),
                _fit_input(
                    "stretch",
                    "When the shapes differ: stretch, cover (cut off), contain (bars) or extend (draw out edges).",
                ),
                divisor_input(),
            ],
            outputs=[image_output("The picture at that size, with alpha where it had alpha.")],
        )

    @classmethod
    def validate_inputs(cls, fit: str = "stretch") -> bool | str:
        return problem(frame.require, fit)

    @classmethod
    def execute(cls, image: Any, width: int, height: int, fit: str, divisor: int = 0) -> io.NodeOutput:
        frame.require(fit)
        width, height = kept_shape((image.shape[2], image.shape[1]), width, height, divisor)
        return io.NodeOutput(_all_fitted(image, width, height, fit))


def _result_side(side: str) -> io.Input:
    return io.Int.Input(
        f"result_{side}",
        default=0,
        min=0,
        max=MOST_PIXELS,
        optional=True,
        tooltip=f"For the whole picture: {side} of the finished picture, in pixels; 0 is the size for the model.",
    )


def _mask_inputs() -> list[io.Input]:
    """How a painted mask is read."""
    return [
        io.Float.Input(
            "blur",
            default=4.0,
            min=0.0,
            max=64.0,
            step=0.5,
            tooltip="How soft the mask's edge becomes: sigma of a Gaussian, in the picture's pixels; 0 is hard.",
        ),
        io.Boolean.Input("invert", default=False, tooltip="Repaint what is black in the mask, keep what is white."),
    ]


def _any_painter_inputs() -> list[io.Input]:
    """What a painter that is no model can do."""
    size = (
        "For only masked: the part is brought to width and height. Off, it keeps its own size, for any-size painters."
    )
    alpha = "What is transparent stays so, for painters with transparency. Off, it is laid over white."
    return [
        io.Boolean.Input("enlarge", default=True, optional=True, tooltip=size),
        io.Boolean.Input("transparency", default=False, optional=True, tooltip=alpha),
    ]


class PixartRepaintArea(io.ComfyNode):
    """What the model gets of a picture and a mask."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartRepaintArea",
            display_name="Repaint Area (Inpaint)",
            category=CATEGORY,
            description="Prepares a picture for repainting what is white in a mask, as AUTOMATIC1111's inpainting "
            "does: the whole picture, or only the part around the mask, at the size at which the model draws. Put "
            "Back then lays what the model drew over the original.",
            inputs=[
                image_input("The picture, of any size; transparency is laid over white for the model."),
                io.MultiType.Input(
                    "mask",
                    types=[io.Image, io.Mask],
                    tooltip="White is repainted, black is kept, grey is mixed; what is transparent is kept.",
                ),
                side_input("width", "Width at which the model draws, in pixels; a multiple of 8.", default=512),
                side_input("height", "Height at which the model draws, in pixels; a multiple of 8.", default=512),
                io.Combo.Input(
                    "area",
                    options=list(repaint.AREAS),
                    default="whole picture",
                    tooltip="only masked: the model draws just the part around the mask, so finer.",
                ),
                io.Int.Input(
                    "padding",
                    default=32,
                    min=0,
                    max=256,
                    tooltip="For only masked: pixels of the picture around the mask that the model also sees.",
                ),
                *_mask_inputs(),
                _fill_input("What the model finds under the mask; noise and nothing: see Latent under the Mask."),
                _fit_input("stretch", "For the whole picture, when its shape differs from width and height."),
                *(_result_side(side) for side in ("width", "height")),
                *_any_painter_inputs(),
            ],
            outputs=[
                io.Image.Output(
                    "drawn_from", display_name="image", tooltip="What the model starts from: RGB, or with alpha."
                ),
                io.Mask.Output("drawn_where", display_name="mask", tooltip="The blurred mask at the model's size."),
                RegionSocket.Output("region", display_name="region", tooltip="For Put Back: where it all belongs."),
            ],
        )

    @classmethod
    def validate_inputs(cls, area: str = "whole picture", fill: str = "original", fit: str = "stretch") -> bool | str:
        return problem(require, area, fill, fit)

    @classmethod
    def execute(
        cls,
        image: Any,
        mask: Any,
        width: int,
        height: int,
        area: str,
        padding: int,
        blur: float,
        invert: bool,
        fill: str,
        fit: str,
        result_width: int = 0,
        result_height: int = 0,
        enlarge: bool = True,
        transparency: bool = False,
    ) -> io.NodeOutput:
        require(area, fill, fit)
        result = result_width or width, result_height or height
        pictures = to_pixels(image)
        mask_pixels = to_rgba(mask if mask.ndim == 4 else mask.reshape(-1, *mask.shape[-2:], 1))
        high, wide = pictures.shape[1:3]
        crops, masks, regions, blank = [], [], [], False
        for number in range(max(len(pictures), len(mask_pixels))):
            picture = pictures[number % len(pictures)]
            soft = soft_mask(mask_pixels[number % len(mask_pixels)], wide, high, blur, invert)
            empty = area == "only masked" and not soft.any()
            if empty:  # as AUTOMATIC1111, which then redraws all of it
                soft, blank = np.full_like(soft, 255), True
            if area == "only masked" and not empty:
                part, where, back = only_masked(picture, soft, width, height, padding, enlarge=enlarge)
            else:
                part, where, back = whole_picture(picture, soft, width, height, fit, result)
            crops.append(to_image(for_model(part, where, fill, transparency)[None], like=image))
            masks.append(to_mask(where[None], like=image))
            regions.append(back)
        report = {"pixart": [{"remarks": [BLANK]}]} if blank else None
        return io.NodeOutput(torch.cat(crops), torch.cat(masks), tuple(regions), ui=report)


class PixartRepaintLatent(io.ComfyNode):
    """The latent that a sampler starts from, and where it may change it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartRepaintLatent",
            display_name="Latent under the Mask (Inpaint)",
            category=CATEGORY,
            description="Tells the sampler to change a latent only under the mask, and replaces what is there by noise "
            "or by nothing where that is wanted, as AUTOMATIC1111's masked content does.",
            inputs=[
                io.Latent.Input("samples", tooltip="The encoded picture."),
                io.Mask.Input("mask", tooltip="White is drawn anew; from Repaint Area."),
                _fill_input("original and fill keep the latent; noise and nothing replace it under the mask."),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**64 - 1,
                    tooltip="Seed of the noise, for fill noise; AUTOMATIC1111 takes the sampler's own.",
                ),
                io.Model.Input(
                    "model",
                    optional=True,
                    tooltip="The model that will draw: tells how strong noise is in its latents; else as SD 1.5.",
                ),
            ],
            outputs=[io.Latent.Output("result", display_name="LATENT", tooltip="The latent with its noise mask.")],
        )

    @classmethod
    def validate_inputs(cls, fill: str = "original") -> bool | str:
        return problem(_require_fill, fill)

    @classmethod
    def execute(cls, samples: dict[str, Any], mask: Any, fill: str, seed: int, model: Any = None) -> io.NodeOutput:
        _require_fill(fill)
        latent = samples["samples"]
        latent_cells = torch.from_numpy(cells(mask_bytes(mask), latent.shape[-1], latent.shape[-2])).to(latent)
        where = latent_cells[torch.arange(len(latent)) % len(latent_cells)][:, None]
        if fill in ("noise", "nothing"):
            latent = latent * (1 - where) + _content(samples, fill, seed, model).to(latent) * where
        return io.NodeOutput({**samples, "samples": latent, "noise_mask": where})


def _require_fill(fill: str) -> None:
    errors.require(fill, repaint.FILLS, what="Fill")


def _content(samples: dict[str, Any], fill: str, seed: int, model: Any) -> Any:
    """Noise of strength 1, or nothing, in the latent's own scale; the sampler's noise for the same seed."""
    latent = samples["samples"]
    fresh = torch.zeros_like(latent)
    if fill == "noise":
        fresh = comfy.sample.prepare_noise(latent, seed, samples.get("batch_index"))
    scale = model.get_model_object("latent_format") if model else comfy.latent_formats.SD15()
    return scale.process_out(fresh)


class PixartRepaintPaste(io.ComfyNode):
    """What the model drew, back in the picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartRepaintPaste",
            display_name="Put Back (Inpaint)",
            category=CATEGORY,
            description="Lays what the model drew over the original, through the blurred mask. Where the mask is "
            "black, the original's pixels come back unchanged. Whole picture: at the result's size; only "
            "masked: at the original's own size.",
            inputs=[
                image_input("What the model drew, one picture or many for each region."),
                RegionSocket.Input("region", tooltip="From Repaint Area."),
                _denoise_input("The sampler's denoise: with 0 the original comes back as it is."),
            ],
            outputs=[image_output("The repainted picture, with alpha where something is transparent.")],
        )

    @classmethod
    def execute(cls, image: Any, region: tuple[Region, ...], denoise: float) -> io.NodeOutput:
        results = []
        for number, part in enumerate(to_pixels(image)):
            one = region[number % len(region)]
            results.append(put_back(part, one) if denoise > 0 else one.original)
        return io.NodeOutput(without_idle_alpha(to_image(np.stack(results), like=image)))


class PixartFinish(io.ComfyNode):
    """The last step: exactly the size that was asked for."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartFinish",
            display_name="Bring to Size (Crop)",
            category=CATEGORY,
            description="Brings what a model drew to exactly the size that was asked for: covers it with Lanczos and "
            "cuts off the rest. What is larger by less than 8 pixels is only cut, so its pixels stay as they are.",
            inputs=[
                image_input("What the model drew."),
                side_input("width", "Width of the result, in pixels; exactly.", default=512),
                side_input("height", "Height of the result, in pixels; exactly.", default=512),
                _denoise_input("The sampler's denoise: with 0 and an original, that one is the result."),
                io.Image.Input("original", optional=True, tooltip="The picture that the model started from."),
            ],
            outputs=[image_output("The picture at that size, with alpha where something is transparent.")],
        )

    @classmethod
    def execute(cls, image: Any, width: int, height: int, denoise: float, original: Any = None) -> io.NodeOutput:
        if original is not None and denoise == 0:
            image = original[torch.arange(len(image)) % len(original)]
        left, top = image.shape[2] - width, image.shape[1] - height
        if 0 <= left < LATENT and 0 <= top < LATENT:  # all that rounding up to whole blocks can add
            left, top = left // 2, top // 2
            return io.NodeOutput(without_idle_alpha(image[:, top : top + height, left : left + width]))
        return io.NodeOutput(without_idle_alpha(_all_fitted(image, width, height, "cover")))


class PixartInpaintHint(io.ComfyNode):
    """What a ControlNet for inpainting looks at."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartInpaintHint",
            display_name="Inpaint Hint (ControlNet)",
            category=CATEGORY,
            description="Marks what is white in a mask for a ControlNet that was trained for inpainting: there the "
            "picture becomes -1, which such a model reads as not known. Feed it to Apply ControlNet only.",
            inputs=[
                image_input("The picture, at the size at which the model draws."),
                io.MultiType.Input(
                    "mask",
                    types=[io.Image, io.Mask],
                    tooltip="White is not known; from half grey up. Another size is brought to the picture's.",
                ),
            ],
            outputs=[image_output("The picture, RGB, with -1 where it isn't known.")],
        )

    @classmethod
    def execute(cls, image: Any, mask: Any) -> io.NodeOutput:
        high, wide = image.shape[1:3]
        mask_pixels = to_rgba(mask if mask.ndim == 4 else mask.reshape(-1, *mask.shape[-2:], 1))
        hint = image[..., :3].clone()
        for number, one in enumerate(hint):
            unknown = soft_mask(mask_pixels[number % len(mask_pixels)], wide, high, 0, False) > HALF
            one[torch.from_numpy(unknown).to(one.device)] = UNKNOWN
        return io.NodeOutput(hint)


NODES: list[type[io.ComfyNode]] = [
    PixartFit,
    PixartRepaintArea,
    PixartRepaintLatent,
    PixartRepaintPaste,
    PixartFinish,
    PixartInpaintHint,
]
