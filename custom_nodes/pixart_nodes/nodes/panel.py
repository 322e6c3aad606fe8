"""Nodes for small displays: pictures as the bytes that a microcontroller sends to its panel."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io, ui

from ..pixel.palette.palette import parse_color
from ..pixel.panel import lvgl, panel, rgb565
from ..tensors import to_image, to_rgba
from . import output_file
from .sockets import CATEGORY, MOST_PIXELS, image_input, prefix_input, problem


def _side(name: str) -> io.Input:
    tooltip = f"{name.capitalize()} of the panel's memory, in pixels: exactly as many are written."
    return io.Int.Input(name, default=240, min=1, max=MOST_PIXELS, tooltip=tooltip)


def _check(fit: str, rotation: str, byte_order: str, rounding: str, background: str, format: str) -> None:
    panel.require(fit, rotation)
    rgb565.require(rounding, byte_order)
    parse_color(background)
    lvgl.require(format)


_PICTURE_INPUTS = [
    image_input("The pictures to show; each becomes a file."),
    _side("width"),
    _side("height"),
    io.Combo.Input(
        "fit",
        options=list(panel.FITS),
        default="cover",
        tooltip="When the shapes differ: cover fills the panel and cuts the edges, contain leaves bars, "
        "stretch distorts. At equal size pixels stay exact; enlarging repeats them, shrinking is Lanczos.",
    ),
    io.Combo.Input(
        "rotation",
        options=list(panel.ROTATIONS),
        default="0",
        tooltip="Degrees clockwise by which the picture is turned before it is fitted to width x height.",
    ),
]

_COLOR_INPUTS = [
    io.Combo.Input(
        "byte_order",
        options=list(rgb565.BYTE_ORDERS),
        default="big-endian",
        tooltip="big-endian is what ST7789, GC9A01 and ILI9341 panels take over SPI; little-endian is a "
        "CPU's own order, for LVGL and arrays of uint16_t.",
    ),
    io.Combo.Input(
        "rounding",
        options=list(rgb565.ROUNDINGS),
        default="truncate",
        tooltip="truncate: as most firmware does it, a little dark; round: nearest; bayer and "
        "floyd-steinberg: smooth gradients. Colours that RGB565 holds exactly stay so with each.",
    ),
    io.Boolean.Input(
        "invert",
        default=False,
        tooltip="Writes each word's complement, for an IPS panel whose driver doesn't send INVON (0x21) and "
        "therefore shows negatives. The preview is what that panel then shows: the picture, not a negative.",
    ),
    io.Boolean.Input(
        "bgr",
        default=False,
        tooltip="Swaps red and blue, for a panel that is wired or set up as BGR. The preview is what that "
        "panel then shows: the right colours.",
    ),
    io.String.Input(
        "background",
        default="#000000",
        tooltip="The colour behind transparency and of the bars that contain leaves, as #rrggbb.",
    ),
]

_FILE_INPUTS = [
    io.Combo.Input(
        "format",
        options=list(lvgl.FORMATS),
        default="raw",
        tooltip="raw: the pixels alone (.rgb565); lvgl-9 and lvgl-8: LVGL's binary images (.bin); c-array: "
        "a C source with const uint16_t words and an LVGL descriptor (.c).",
    ),
    prefix_input("pixart/panel"),
]


class PixartRGB565(io.ComfyNode):
    """Pictures as RGB565 files for panels."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartRGB565",
            display_name="RGB565 for a Panel (LVGL)",
            category=CATEGORY,
            description="Saves pictures in the 16-bit colours of small displays, ready for a Pico, an ESP32 or "
            "LVGL: exactly the panel's size and byte order, and a preview of what the panel will show.",
            inputs=[*_PICTURE_INPUTS, *_COLOR_INPUTS, *_FILE_INPUTS],
            outputs=[
                io.Image.Output(
                    "preview",
                    display_name="preview",
                    tooltip="What the panel shows, decoded back from the bytes that were written.",
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(
        cls,
        fit: str = "cover",
        rotation: str = "0",
        byte_order: str = "big-endian",
        rounding: str = "truncate",
        background: str = "#000000",
        format: str = "raw",
    ) -> bool | str:
        return problem(_check, fit, rotation, byte_order, rounding, background, format)

    @classmethod
    def execute(
        cls,
        image: object,
        width: int,
        height: int,
        fit: str,
        rotation: str,
        byte_order: str,
        rounding: str,
        invert: bool,
        bgr: bool,
        background: str,
        format: str,
        filename_prefix: str,
    ) -> io.NodeOutput:
        lvgl.require_size(format, width, height)
        wire, ground, pixels = rgb565.Wire(byte_order, invert, bgr), parse_color(background), to_rgba(image)
        files = output_file.fresh(filename_prefix, width, height, len(pixels), lvgl.FORMATS[format].suffix)
        previews, facts = [], []
        progress = ProgressBar(len(pixels))
        for one, file in zip(pixels, files, strict=True):
            frame = panel.frame(one, width, height, fit, rotation, ground)
            words = rgb565.pack(frame, rounding, wire)
            data = lvgl.write(format, lvgl.Frame(words, width, height, byte_order == "big-endian", file.path.stem))
            file.path.write_bytes(data)
            previews.append(rgb565.unpack(words, width, height, wire))
            facts.append(
                {"width": width, "height": height, "format": wire.name, "bytes": len(data), "file_format": format}
                | {"rounding": rounding, "invert": invert, "bgr": bgr, "exact": bool((previews[-1] == frame).all())}
            )
            progress.update(1)
        preview = to_image(np.stack(previews), like=image)
        names = [file.entry for file in files]
        return io.NodeOutput(preview, ui={"images": ui.PreviewImage(preview).values, "files": names, "pixart": facts})


NODES: list[type[io.ComfyNode]] = [PixartRGB565]
