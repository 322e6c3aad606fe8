"""Nodes for animations: quantize without flicker, save."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io, ui

from .. import animation_frames
from ..pixel.compiled import cores
from ..pixel.dither import no_dither, quantization, quantize
from ..pixel.dither.quantization import Quantization
from ..pixel.edit import animation
from ..pixel.files import animation_file, timing
from ..pixel.kind.treatment import AUTO, Treatment, treatment
from ..pixel.palette.palette import Palette
from ..pixel.palette.picture import census
from ..tensors import as_saved, to_image, to_rgba
from . import core, input_file, output_file
from .export import notes
from .pixelate import dithering_inputs, light_input
from .sockets import (
    CATEGORY,
    PaletteSocket,
    file_input,
    graph_input,
    image_input,
    image_output,
    look_input,
    prefix_input,
    problem,
    written_palette_input,
)
from .sprites import duration_inputs, tags_input, timing_outputs

_QUANTIZE_INPUTS = [
    image_input("The frames in order, a batch; usually already downscaled."),
    PaletteSocket.Input("palette", tooltip="The colours for all frames: Palette or Extract Palette."),
    *dithering_inputs(AUTO),
    io.Int.Input(
        "tolerance",
        default=12,
        min=0,
        max=255,
        tooltip="A pixel keeps its colour while its source's red, green and blue are no further than this "
        "from what they were, of 255. More: calmer; less: follows faint changes. 0: only what is equal.",
    ),
    light_input(),
    look_input("which dither auto is; without it, the first frame is looked at."),
]


class PixartQuantizeAnimation(io.ComfyNode):
    """A batch of frames in the palette's colours that stay where the source stays."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartQuantizeAnimation",
            display_name="Quantize Animation (No Flicker)",
            category=CATEGORY,
            description="Quantize to Palette for the frames of an animation or video: one palette, and no flicker, "
            "crawling dither or boiling. A pixel keeps its colour until its source has really changed. The dither auto "
            "looks at the first frame: drawings and pixel art get none.",
            inputs=_QUANTIZE_INPUTS,
            outputs=[
                image_output("The frames in palette colours, RGBA, alpha 0 or 1."),
                io.Float.Output(
                    "flicker_before",
                    display_name="flicker_before",
                    tooltip="Share of resting pixels that change colour when each frame is quantized by itself.",
                ),
                io.Float.Output(
                    "flicker_after",
                    display_name="flicker_after",
                    tooltip="The same share in the result: 0 is perfectly calm.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, metric: str = "oklab", dither: str = "none", light: str = "linear") -> bool | str:
        return problem(quantization.require, metric, no_dither.NAME if dither == AUTO else dither, light)

    @classmethod
    def execute(cls, image: object, tolerance: int, look: Treatment | None = None, **fields: Any) -> io.NodeOutput:
        frames = to_rgba(image)
        if fields["dither"] == AUTO:
            fields["dither"] = (look or treatment(frames[0])).means.dither
        settings = Quantization(**fields)
        progress = ProgressBar(2 * len(frames))
        still = partial(quantize.quantize, settings=settings)
        calm, loose = np.empty_like(frames), np.empty_like(frames)
        for n, one in enumerate(animation.steady(frames, still, tolerance, settings.alpha_threshold)):
            calm[n] = one
            progress.update(1)
        for n, one in enumerate(cores.each(still, frames, together=settings.sequential)):
            loose[n] = one
            progress.update(1)
        before, after = (
            animation.flicker(frames, shown, tolerance, settings.alpha_threshold) for shown in (loose, calm)
        )
        return io.NodeOutput(to_image(calm, like=image), before, after)


class PixartLoadAnimation(io.ComfyNode):
    """An animated file as a batch of frames."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartLoadAnimation",
            display_name="Load Animation (GIF, APNG, WebP, Aseprite)",
            category=CATEGORY,
            description="Loads every frame of an animated GIF, animated PNG or WebP, or of an Aseprite sprite with its "
            "visible layers, and says how long each lasts, how often all play and which parts have names.",
            inputs=[
                file_input(
                    input_file.animations(),
                    "An animation in ComfyUI's input folder: choose or upload it; over the API, sub/name.gif "
                    "too. A still picture is one frame.",
                )
            ],
            outputs=[
                image_output("The frames in order, a batch, RGBA."),
                *timing_outputs("The named parts, for Save Animation; empty for none."),
                io.Int.Output("plays", display_name="plays", tooltip="How often it plays; 0 is for ever."),
                io.Int.Output("frames", display_name="count", tooltip="How many frames there are."),
            ],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool | str:
        return problem(input_file.path_of, image)

    @classmethod
    def fingerprint_inputs(cls, image: str | None) -> str | float:
        return input_file.fingerprint(image)

    @classmethod
    def execute(cls, image: str) -> io.NodeOutput:
        film = animation_frames.decode(input_file.path_of(image).read_bytes(), image)
        frames = to_image(film.frames, like=core.intermediate())
        texts = timing.durations_text(film.durations), timing.tags_text(film.tags)
        return io.NodeOutput(frames, *texts, film.plays, len(film.frames))


class PixartSaveAnimation(io.ComfyNode):
    """A batch of frames as one animated file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSaveAnimation",
            display_name="Save Animation (GIF, APNG, Aseprite)",
            category=CATEGORY,
            description="Saves the frames of a batch as an animated GIF, an animated PNG (APNG) or an Aseprite file "
            "(.aseprite): exact pixels, one palette in its order, transparency, a duration for each frame.",
            inputs=[
                io.Image.Input("images", tooltip="The frames in order, a batch; one file is written."),
                prefix_input("pixart/animation"),
                io.Combo.Input(
                    "format",
                    options=list(animation_file.FORMATS),
                    default="gif",
                    tooltip="gif: plays everywhere, 256 colours, no half-transparency; apng: any colours and alpha; "
                    "aseprite: to go on drawing, with palette, tags and durations.",
                ),
                *duration_inputs(),
                io.Int.Input(
                    "plays",
                    default=0,
                    min=0,
                    max=65535,
                    tooltip="How often a viewer plays it; 0: for ever. Not for aseprite.",
                ),
                tags_input(),
                written_palette_input(),
                graph_input(),
                look_input("what the picture was taken for, and why, is told beside its colours."),
            ],
            outputs=[],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, format: str = "gif") -> bool | str:
        return problem(animation_file.require, format)

    @classmethod
    def execute(
        cls,
        images: object,
        filename_prefix: str,
        format: str,
        duration: int,
        durations: str,
        plays: int,
        tags: str,
        palette: Palette | None = None,
        save_workflow: bool = True,
        look: Treatment | None = None,
    ) -> io.NodeOutput:
        frames = to_rgba(images)
        count, height, width = frames.shape[:3]
        times, parts = timing.durations(durations, duration, count), timing.tags(tags, count)
        reel = animation_file.Film(frames, times, plays, palette, parts, texts=notes(cls.hidden, save_workflow))
        data = animation_file.encode(reel, format)
        (file,) = output_file.fresh(filename_prefix, width, height, 1, animation_file.FORMATS[format].suffix)
        file.path.write_bytes(data)
        facts = {"format": format, "frames": count, "width": width, "height": height, "bytes": len(data)}
        facts |= {"mode": "rgba" if reel.plan is None else "indexed", "milliseconds": sum(times)}
        facts["colors_used"] = census(frames.reshape(-1, width, 4)).colors_used
        facts |= {} if look is None else {"look": look.report()}
        messages = {"files": [file.entry], "pixart": [facts]}
        if format == "aseprite":  # no browser shows one
            return io.NodeOutput(ui=messages | {"images": ui.PreviewImage(as_saved(images)).values})
        messages |= {"images": [file.entry]}
        if format == "apng":  # a GIF that is said to be animated is shown as a video, that is not at all
            messages |= {"animated": (True,)}
        return io.NodeOutput(ui=messages)


NODES: list[type[io.ComfyNode]] = [PixartLoadAnimation, PixartQuantizeAnimation, PixartSaveAnimation]
