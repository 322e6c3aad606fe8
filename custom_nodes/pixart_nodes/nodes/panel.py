"""Nodes for small displays: pictures as the bytes that a microcontroller sends to its panel."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io, ui

from ..pixel.files import indexed
from ..pixel.files.panel import lvgl, lvgl_indexed, panel, rgb565, transparency
from ..pixel.files.panel.transparency import Transparency
from ..pixel.palette.color_text import parse_color
from ..pixel.palette.palette import Palette
from ..tensors import as_saved, to_image, to_rgba
from . import output_file
from .indexed import indices_input, known_indices
from .sockets import CATEGORY, MOST_PIXELS, color_input, image_input, prefix_input, problem, written_palette_input


def _side(name: str) -> io.Input:
    tooltip = f"{name.capitalize()} of the panel's memory, in pixels: exactly as many are written."
    return io.Int.Input(name, default=240, min=1, max=MOST_PIXELS, tooltip=tooltip)


def _check(
    fit: str,
    rotation: str,
    byte_order: str,
    rounding: str,
    background: str,
    format: str,
    way: str,
    key_color: str,
) -> None:
    panel.require(fit, rotation)
    rgb565.require(rounding, byte_order)
    parse_color(background)
    lvgl.require(format)
    transparency.require(way)
    parse_color(key_color)
    if way == "alpha":
        lvgl.require_alpha(format, byte_order == "big-endian")


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
    color_input(
        "background", "#000000", "The colour behind transparency and of the bars that contain leaves, as #rrggbb."
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

# Last, and optional: prompts from before they were there stay valid.
_ALPHA_INPUTS = [
    io.Combo.Input(
        "transparency",
        options=list(transparency.WAYS),
        default="background",
        optional=True,
        tooltip="background: laid over that colour; alpha: 8 bits of alpha a pixel beside the colours (RGB565A8), for "
        "LVGL; key-color: one colour that firmware leaves out.",
    ),
    color_input(
        "key_color",
        "#ff00ff",
        "For key-color: what stands for transparent, as #rrggbb; no other pixel gets it. Taken as RGB565 shows it "
        "nearest.",
        optional=True,
    ),
    io.Float.Input(
        "alpha_threshold",
        default=0.5,
        min=0.0,
        max=1.0,
        step=0.01,
        optional=True,
        tooltip="For key-color: alpha from here up becomes opaque, below it the key colour.",
    ),
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
            inputs=[*_PICTURE_INPUTS, *_COLOR_INPUTS, *_FILE_INPUTS, *_ALPHA_INPUTS],
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
        transparency: str = "background",
        key_color: str = "#ff00ff",
    ) -> bool | str:
        colors = byte_order, rounding, background
        return problem(_check, fit, rotation, *colors, format, transparency, key_color)

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
        transparency: str = "background",
        key_color: str = "#ff00ff",
        alpha_threshold: float = 0.5,
    ) -> io.NodeOutput:
        _check(fit, rotation, byte_order, rounding, background, format, transparency, key_color)
        lvgl.require_size(format, width, height)
        wire, pixels, swapped = rgb565.Wire(byte_order, invert, bgr), to_rgba(image), byte_order == "big-endian"
        clear = Transparency(transparency, parse_color(background), parse_color(key_color), alpha_threshold)
        files = output_file.fresh(filename_prefix, width, height, len(pixels), lvgl.FORMATS[format].suffix)
        previews, facts = [], []
        progress = ProgressBar(len(pixels))
        for one, file in zip(pixels, files, strict=True):
            words, alpha, meant = clear.packed(one, (width, height), fit, rotation, rounding, wire)
            frame = lvgl.Frame(words, width, height, swapped, file.path.stem, alpha, transparency == "key-color")
            data = lvgl.write(format, frame)
            file.path.write_bytes(data)
            previews.append(rgb565.unpack(words, width, height, wire))
            facts.append(
                {"width": width, "height": height, "format": wire.name, "bytes": len(data), "file_format": format}
                | {"rounding": rounding, "invert": invert, "bgr": bgr, "exact": bool((previews[-1] == meant).all())}
                | ({} if transparency == "background" else {"transparency": transparency})
            )
            progress.update(1)
        preview = to_image(np.stack(previews), like=image)
        names = [file.entry for file in files]
        return io.NodeOutput(preview, ui={"images": ui.PreviewImage(preview).values, "files": names, "pixart": facts})


class PixartSaveLVGL(io.ComfyNode):
    """Palette pictures as LVGL's indexed images."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSaveLVGL",
            display_name="Save Indexed Image for LVGL (I1 to I8)",
            category=CATEGORY,
            description="Saves pixel art as LVGL's indexed images, 1, 2, 4 or 8 bits a pixel: a fraction of RGB565's "
            "memory, exact colours, transparency. For quantized pictures, at their own size.",
            inputs=[
                io.Image.Input("images", tooltip="The images to save, one file each; at most 256 colours."),
                io.Combo.Input(
                    "version",
                    options=list(lvgl_indexed.VERSIONS),
                    default="lvgl-9",
                    tooltip="Of LVGL on the device; their headers differ. lvgl-8 holds 2047 pixels a side.",
                ),
                io.Combo.Input(
                    "bits",
                    options=list(lvgl_indexed.DEPTHS),
                    default="auto",
                    tooltip="Bits a pixel: I1, I2, I4 or I8, for 2, 4, 16 or 256 colours; auto takes the fewest.",
                ),
                prefix_input("pixart/lvgl"),
                written_palette_input(),
                indices_input(),
            ],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, version: str = "lvgl-9", bits: str = "auto") -> bool | str:
        return problem(lvgl_indexed.require, version, bits)

    @classmethod
    def execute(
        cls,
        images: object,
        version: str,
        bits: str,
        filename_prefix: str,
        palette: Palette | None = None,
        indices: object | None = None,
    ) -> io.NodeOutput:
        pixels = to_rgba(images)
        places = known_indices(indices, pixels)
        plans = [indexed.required(one, palette, numbers) for one, numbers in zip(pixels, places, strict=True)]
        contents = [lvgl_indexed.encode(plan, version, bits) for plan in plans]
        files = output_file.fresh(filename_prefix, pixels.shape[2], pixels.shape[1], len(pixels), ".bin")
        for file, data in zip(files, contents, strict=True):
            file.path.write_bytes(data)
        facts = [
            {"version": version, "bits": lvgl_indexed.depth(len(plan.table), bits), "bytes": len(data)}
            | {"width": pixels.shape[2], "height": pixels.shape[1], "colors": len(plan.table)}
            for plan, data in zip(plans, contents, strict=True)
        ]
        shown = ui.PreviewImage(as_saved(images)).values
        return io.NodeOutput(ui={"images": shown, "files": [file.entry for file in files], "pixart": facts})


NODES: list[type[io.ComfyNode]] = [PixartRGB565, PixartSaveLVGL]
