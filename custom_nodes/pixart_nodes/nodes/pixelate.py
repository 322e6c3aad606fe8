"""Nodes that turn a picture into pixel art: adjust, downscale, quantize."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io
from numpy.typing import NDArray

from ..pixel.clean.flat_areas import flat_areas
from ..pixel.color import spaces
from ..pixel.color.levels import to_bytes, to_floats
from ..pixel.compiled import cores
from ..pixel.dither import arithmetic, no_dither, quantization, quantize, table
from ..pixel.dither.quantization import Quantization
from ..pixel.edit import adjust
from ..pixel.kind.separation import separated
from ..pixel.kind.treatment import AUTO, Treatment, snapped, treatment
from ..pixel.palette import picture
from ..pixel.palette.palette import Palette
from ..pixel.resize import downscale
from ..tensors import as_image, to_image, to_rgba, to_values
from . import live
from .sockets import (
    CATEGORY,
    PaletteSocket,
    divisor_input,
    fit_input,
    free_side_input,
    image_input,
    image_output,
    look_input,
    problem,
)


class PixartAdjust(io.ComfyNode):
    """Contrast and sharpening, while all colours are still there."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartAdjust",
            display_name="Adjust (Contrast, Sharpen)",
            category=CATEGORY,
            description="Contrast and sharpening. Use it before Quantize to Palette: after it, it would "
            "leave the palette. Transparency is kept, and what is transparent doesn't bleed into the edges. Areas "
            "that are flat in a colour of the palette stay in it.",
            inputs=[
                image_input("The image to adjust."),
                io.Float.Input(
                    "contrast",
                    default=1.0,
                    min=0.0,
                    max=4.0,
                    step=0.05,
                    tooltip="1 leaves it, 1.3 is punchy, 0 is flat grey: (v - 128) x contrast + 128.",
                ),
                io.Float.Input(
                    "sharpen",
                    default=0.0,
                    min=0.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Share of a 3 x 3 sharpening in the result: 0 leaves it, 1 is all of it.",
                ),
                PaletteSocket.Input(
                    "palette",
                    optional=True,
                    tooltip="Colours in which flat areas stay as they are: pixel art in the palette of Quantize comes "
                    "back unchanged. Gradients that pass through them are adjusted as without it.",
                ),
                look_input("what was taken for pixel art, true or false, is not adjusted."),
            ],
            outputs=[image_output("The adjusted image, RGBA.")],
        )

    @classmethod
    def execute(
        cls, image: Any, contrast: float, sharpen: float, palette: Palette | None = None, look: Treatment | None = None
    ) -> io.NodeOutput:
        if look is not None and not look.means.adjusts:
            contrast, sharpen = 1.0, 0.0
        if contrast == 1 and not sharpen and image.shape[-1] == 4:
            return io.NodeOutput(image)  # every sketch comes through here, mostly with neither asked for
        pixels = to_rgba(image)
        results = np.stack([adjust.adjust(one, contrast, sharpen) for one in pixels])
        if palette is not None:
            results = adjust.held(pixels, results, palette.paints)
        return io.NodeOutput(to_image(results, like=image))


class PixartDownscale(io.ComfyNode):
    """From a big picture to few pixels."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartDownscale",
            display_name="Downscale to Pixels (Pixelate)",
            category=CATEGORY,
            description="Pixelate: makes an image exactly as many pixels wide and high as asked. k-centroid keeps "
            "flat colours, contrast keeps thin outlines and eyes, content-adaptive (Kopf) and gerstner (superpixels) "
            "cut edges cleanly, line-art keeps a drawing's lines whole and its shapes closed, mode takes the most "
            "frequent colour, box is the true mean, lanczos is sharper, nearest picks one pixel. auto looks at the "
            "picture and takes what suits it; false pixel art is brought to its grid first.",
            inputs=[
                image_input("The image to make small."),
                free_side_input("width"),
                free_side_input("height"),
                io.Combo.Input(
                    "method",
                    options=[AUTO, *downscale.METHODS],
                    default="k-centroid",
                    tooltip="Where a pixel gets its colour. auto: what suits the picture. k-centroid: drawings, model "
                    "output. contrast: faces, small details. line-art: drawings with outlines. content-adaptive, "
                    "gerstner: photos. mode: flat art. box, lanczos: for dithering. nearest: enlarged pixel art.",
                ),
                fit_input(),
                divisor_input(),
                look_input("what auto goes by; without it, the image itself is looked at."),
            ],
            outputs=[image_output("The small image, RGBA.")],
        )

    @classmethod
    def validate_inputs(cls, method: str = "k-centroid", fit: str = "stretch") -> bool | str:
        return problem(downscale.require, "nearest" if method == AUTO else method, fit)

    @classmethod
    def execute(
        cls,
        image: object,
        width: int,
        height: int,
        method: str,
        fit: str,
        divisor: int = 0,
        look: Treatment | None = None,
    ) -> io.NodeOutput:
        live.keep(image, look=look, width=width, height=height, method=method, fit=fit, divisor=divisor)
        pixels = to_rgba(image)
        progress = ProgressBar(len(pixels))  # where an interrupted prompt ends
        small = downscaled(pixels, look, progress.update, width, height, method, fit, divisor)
        return io.NodeOutput(to_image(small, like=image))


def downscaled(
    pixels: NDArray[np.uint8],
    look: Treatment | None,
    advance: Callable[[int], object],
    width: int,
    height: int,
    method: str,
    fit: str,
    divisor: int = 0,
) -> NDArray[np.uint8]:
    """What Downscale makes of pictures, uint8 [B, H, W, 4] in and out; `advance(1)` is called after each."""
    width, height = picture.kept_shape(pixels.shape[2:0:-1], width, height, divisor)
    if method == AUTO:
        plan = look or treatment(pixels[0])
        method, pixels = plan.means.method, np.stack([snapped(one, plan) for one in pixels])
    small = np.empty((len(pixels), height, width, 4), np.uint8)
    work = partial(downscale.downscale, width=width, height=height, method=method, fit=fit)
    for n, one in enumerate(cores.each(work, pixels, together=method in downscale.THREAD_A_PICTURE)):
        small[n] = one
        advance(1)
    return small


def dithering_inputs(*first: str) -> list[io.Input]:
    """The inputs that become the fields of a `Quantization`, but palette and light; `first` in the menu of dithers."""
    return [
        io.Combo.Input(
            "metric",
            options=list(spaces.METRICS),
            default=Quantization.metric,
            tooltip="What counts as near: by eye (oklab, cielab, ciede2000, which is slower) or as numbers.",
        ),
        io.Combo.Input(
            "dither",
            options=[*first, *table.DITHERS],
            default=Quantization.dither,
            tooltip=table.tooltip(),
        ),
        io.Float.Input(
            "strength",
            default=Quantization.strength,
            min=0.0,
            max=1.0,
            step=0.05,
            tooltip="How much dither: 0 is none.",
        ),
        io.Boolean.Input(
            "serpentine",
            default=Quantization.serpentine,
            tooltip="Diffuse left to right, then right to left: fewer worms. For error diffusion only.",
        ),
        io.Float.Input(
            "alpha_threshold",
            default=Quantization.alpha_threshold,
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="Alpha from here up becomes opaque, below it transparent; 0 keeps all opaque.",
        ),
    ]


def light_input() -> io.Input:
    """In which values dithers keep errors; last, and optional: prompts from before it was there stay valid."""
    return io.Combo.Input(
        "light",
        options=list(arithmetic.LIGHTS),
        default=Quantization.light,
        optional=True,
        tooltip="What dithers keep: linear = brightness as seen from afar, srgb = the plain numbers, "
        "as older programs do, with more dots in the darks.",
    )


class PixartQuantize(io.ComfyNode):
    """A picture in the palette's colours and nothing else."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartQuantize",
            display_name="Quantize to Palette (Dither)",
            category=CATEGORY,
            description="Gives every opaque pixel a colour of the palette, exactly, with or without "
            "dithering; pixels below the alpha threshold become fully transparent. The dither auto looks at the "
            "picture: drawings and pixel art get none, so that what is flat stays flat.",
            inputs=[
                image_input("The image to reduce; usually already downscaled."),
                PaletteSocket.Input("palette", tooltip="The colours to use: Palette or Extract Palette."),
                *dithering_inputs(AUTO),
                light_input(),
                look_input("which dither auto is; without it, the image itself is looked at."),
            ],
            outputs=[image_output("The image in palette colours, RGBA, alpha 0 or 1.")],
        )

    @classmethod
    def validate_inputs(cls, metric: str = "oklab", dither: str = "none", light: str = "linear") -> bool | str:
        return problem(quantization.require, metric, "none" if dither == AUTO else dither, light)

    @classmethod
    def execute(cls, image: Any, look: Treatment | None = None, **fields: Any) -> io.NodeOutput:
        live.keep(image, look=look, **fields)
        values = to_values(image)
        progress = ProgressBar(len(values))
        return io.NodeOutput(as_image(quantized(values, look, progress.update, **fields), like=image))


def quantized(
    values: NDArray[np.float32], look: Treatment | None, advance: Callable[[int], object], **fields: Any
) -> NDArray[np.float32]:
    """What Quantize makes of pictures with the fields of a `Quantization`; `advance(1)` is called after each.

    float32 0..1, [B, H, W, 1, 3 or 4] in, [B, H, W, 4] out.
    """
    means = (look or treatment(to_bytes(values[0]))).means if fields["dither"] == AUTO else None
    if means:
        fields["dither"] = means.dither
    settings = Quantization(**fields)
    result = np.empty((*values.shape[:-1], 4), np.float32)

    def draw(one: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        quantize.draw(one, out, settings)
        if means and settings.dither != no_dither.NAME:
            _keep_flat(one, out, settings)
        elif means and means.separates and settings.strength:
            _keep_apart(one, out, settings)

    for _ in cores.each(draw, values, result, together=settings.sequential):
        advance(1)
    return result


def _keep_flat(values: NDArray[np.float32], out: NDArray[np.float32], settings: Quantization) -> None:
    """Give flat areas of a picture that was dithered one colour each, the nearest, in place of speckles."""
    flat = flat_areas(to_bytes(values))
    if flat.any():
        plain = np.empty_like(out)
        quantize.draw(values, plain, replace(settings, dither=no_dither.NAME))
        out[flat] = plain[flat]


def _keep_apart(values: NDArray[np.float32], out: NDArray[np.float32], settings: Quantization) -> None:
    """Give flat colours that touch a pattern where the palette would make them one."""
    where, pattern = separated(to_bytes(values), settings)
    out[where] = to_floats(pattern[where])


NODES: list[type[io.ComfyNode]] = [PixartAdjust, PixartDownscale, PixartQuantize]
