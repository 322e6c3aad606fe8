"""Nodes that give a palette: built in, typed, from a file, or from pictures."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from comfy_api.latest import io

from .. import library, picture_file
from ..pixel import extract, palette_file
from ..pixel.palette import MAX_COLORS, Palette, parse_colors
from ..tensors import to_rgba
from . import input_file
from .sockets import CATEGORY, image_input, palette_output, problem

SUFFIXES = ", ".join(dict.fromkeys(format.suffix for format in palette_file.FORMATS.values()))


def _chosen(palette: str, colors: str, file: str) -> Palette:
    """A file wins over a list, a list over a name."""
    name = file.strip()
    if name:
        data = input_file.path_of(name).read_bytes()
        return palette_file.parse(data, name, lambda png: picture_file.decode(png, name))
    return parse_colors(colors) if colors.strip() else library.palette(palette)


class PixartPalette(io.ComfyNode):
    """A palette by name, by list or by file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPalette",
            display_name="Palette",
            category=CATEGORY,
            description="A palette of 1 to 256 colours: one of the built-in ones, your own list, or a "
            "palette file (Lospec, GIMP, Aseprite, Photoshop, Paint Shop Pro, paint.net, PNG). A file wins over a "
            "list, a list wins over the menu. A file's order, names and transparent entry are kept.",
            inputs=[
                io.Combo.Input(
                    "palette",
                    options=list(library.palettes()),
                    default="pico-8",
                    tooltip="A built-in palette; used when both fields below are empty.",
                ),
                io.String.Input(
                    "colors",
                    default="",
                    multiline=True,
                    placeholder="#1d2b53 #ff004d #ffec27",
                    tooltip="Your own colours as hex, separated by spaces, commas or new lines.",
                ),
                io.String.Input(
                    "file",
                    default="",
                    tooltip=f"A palette file in ComfyUI's input folder: {SUFFIXES}.",
                ),
            ],
            outputs=[palette_output("The colours, in order.")],
        )

    @classmethod
    def validate_inputs(cls, palette: str = "pico-8", colors: str = "", file: str = "") -> bool | str:
        return problem(_chosen, palette, colors, file)

    @classmethod
    def fingerprint_inputs(cls, palette: str, colors: str, file: str) -> str:
        return input_file.fingerprint(file.strip()) if file.strip() else f"{palette} {colors}"

    @classmethod
    def execute(cls, palette: str, colors: str, file: str) -> io.NodeOutput:
        return io.NodeOutput(_chosen(palette, colors, file))


class PixartPaletteExtract(io.ComfyNode):
    """A palette made from pictures."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPaletteExtract",
            display_name="Extract Palette",
            category=CATEGORY,
            description="Finds the colours that stand best for a picture, or for all pictures of a batch "
            "together, dark to light. Transparent pixels don't count; the same input gives the same palette.",
            inputs=[
                image_input("The picture, or the batch, to take colours from."),
                io.Int.Input(
                    "colors", default=16, min=2, max=MAX_COLORS, tooltip="How many colours at most; 2 to 256."
                ),
                io.Combo.Input(
                    "method",
                    options=list(extract.METHODS),
                    default="median-cut",
                    tooltip="median-cut follows large areas; k-means fits what the eye sees (OKLab).",
                ),
            ],
            outputs=[palette_output("The colours found, dark to light.")],
        )

    @classmethod
    def validate_inputs(cls, method: str = "median-cut") -> bool | str:
        return problem(extract.require, method)

    @classmethod
    def execute(cls, image: object, colors: int, method: str) -> io.NodeOutput:
        return io.NodeOutput(extract.extract(to_rgba(image), colors, method))


NODES: list[type[io.ComfyNode]] = [PixartPalette, PixartPaletteExtract]
