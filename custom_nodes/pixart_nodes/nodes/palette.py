"""Nodes that give a palette: built in, typed, from a file, or from pictures."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from contextlib import suppress

import numpy as np
from comfy_api.latest import io
from numpy.typing import NDArray

from .. import imagequant, library, palette_source, picture_file
from ..errors import PictureError
from ..pixel.files import palette_file
from ..pixel.palette import extract
from ..pixel.palette.palette import MAX_COLORS, Palette
from ..tensors import mask_bytes, to_rgba
from . import input_file
from .sockets import CATEGORY, PaletteSocket, image_input, palette_output, problem

SUFFIXES = ", ".join(dict.fromkeys(format.suffix for format in palette_file.FORMATS.values()))


def chosen(palette: str, colors: str, file: str) -> Palette:
    """The palette of a node Palette's fields: a file wins over a list, a list over a name. Raises PixelError."""
    name = file.strip()
    if name:
        data = input_file.path_of(name).read_bytes()
        return palette_file.parse(data, name, lambda png: picture_file.decode(png, name))
    return palette_source.of_text(colors) if colors.strip() else library.palette(palette)


class PixartPalette(io.ComfyNode):
    """A palette by name, by list or by file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPalette",
            display_name="Palette (Colours, Lospec, Hex)",
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
                    tooltip="Your own colours, separated by spaces, commas or new lines: hex (with alpha #rrggbbaa), "
                    "names as in CSS, rgb(). Each keeps its place, repeats too.",
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
        return problem(chosen, palette, colors, file)

    @classmethod
    def fingerprint_inputs(cls, palette: str | None, colors: str | None, file: str | None) -> str | float:
        name = file and file.strip()
        return f"{palette} {colors}" if name == "" else input_file.fingerprint(name)

    @classmethod
    def execute(cls, palette: str, colors: str, file: str) -> io.NodeOutput:
        return io.NodeOutput(chosen(palette, colors, file))


class PixartPaletteExtract(io.ComfyNode):
    """A palette made from pictures."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPaletteExtract",
            display_name="Extract Palette (Reduce Colours)",
            category=CATEGORY,
            description="Makes a palette from a picture, or one for all pictures of a batch or animation: generates "
            "the colours that stand best for it (colour reduction, k-means clustering, median cut), dark to light. "
            "Transparent pixels don't count; the same input gives the same palette.",
            inputs=[
                image_input("The picture, or the batch, to take colours from."),
                io.Int.Input(
                    "colors", default=16, min=2, max=MAX_COLORS, tooltip="How many colours at most; 2 to 256."
                ),
                io.Combo.Input(
                    "method",
                    options=list(imagequant.methods()),
                    default="median-cut",
                    tooltip="k-means fits what the eye sees (OKLab) best; median-cut follows large areas; octree "
                    "spreads colours; salient gives what is small and stands out (eyes, a lamp) a colour of its own. "
                    "libimagequant is here too where that package, under the GPL, is installed.",
                ),
                io.Float.Input(
                    "quality",
                    default=0.0,
                    min=0.0,
                    max=100.0,
                    step=1.0,
                    optional=True,
                    tooltip="0 takes as many as colors says. Above: the fewest that are this good; 80 is off by what "
                    "the eye can just tell apart, 90 by half of it, 100 not at all.",
                ),
                PaletteSocket.Input(
                    "locked",
                    optional=True,
                    tooltip="Colours to keep whatever the picture has; they count among colors, and the others are "
                    "chosen around them.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="How much each pixel counts: white in full, black not at all. One for all pictures, or one "
                    "each.",
                ),
            ],
            outputs=[palette_output("The colours found, dark to light; locked ones keep their names and stay locked.")],
        )

    @classmethod
    def validate_inputs(cls, method: str = "median-cut") -> bool | str:
        return problem(imagequant.require, method)

    @classmethod
    def execute(
        cls,
        image: object,
        colors: int,
        method: str,
        quality: float = 0.0,
        locked: Palette | None = None,
        mask: object = None,
    ) -> io.NodeOutput:
        pixels = to_rgba(image)
        weights = None if mask is None else _weights(mask_bytes(mask), pixels.shape[:3])
        return io.NodeOutput(extracted(pixels, colors, method, quality, locked, weights))


def extracted(
    pixels: NDArray[np.uint8],
    colors: int,
    method: str,
    quality: float = 0.0,
    locked: Palette | None = None,
    weights: NDArray[np.uint8] | None = None,
) -> Palette:
    """What Extract Palette makes of pictures, uint8 [B, H, W, 4]. Raises UnknownName, PictureError, PaletteError."""
    imagequant.require(method)
    methods = imagequant.methods()
    return extract.extract(pixels, colors, method, locked=locked, quality=quality, weights=weights, methods=methods)


class PixartOwnColors(io.ComfyNode):
    """A palette, or the picture's own colours."""

    METHOD = "k-means"  # fits what the eye sees best

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartOwnColors",
            display_name="Own Colours (Palette or Picture)",
            category=CATEGORY,
            description="Gives a palette on as it is, or, where colors is above 0, one of so many colours that stand "
            "best for the picture: a switch between a fixed palette and an adaptive one. All pictures of a batch get "
            "the same.",
            inputs=[
                image_input("The picture, or the batch, to take colours from; usually what is quantized next."),
                PaletteSocket.Input("palette", tooltip="What is given on where colors is 0, or nothing is opaque."),
                io.Int.Input(
                    "colors",
                    default=0,
                    min=0,
                    max=MAX_COLORS,
                    tooltip="How many colours of the picture's own at most; 0 takes the palette.",
                ),
                io.Combo.Input(
                    "method",
                    options=list(extract.METHODS),
                    default=cls.METHOD,
                    optional=True,
                    tooltip="How they are found: k-means fits the picture best, salient keeps the colours of small "
                    "patches that stand out, as eyes and mouths.",
                ),
            ],
            outputs=[palette_output("The palette as it is, or the picture's colours, dark to light.")],
        )

    @classmethod
    def execute(cls, image: object, palette: Palette, colors: int, method: str = METHOD) -> io.NodeOutput:
        return io.NodeOutput(own(to_rgba(image) if colors else None, palette, colors, method))


def own(pixels: NDArray[np.uint8] | None, palette: Palette, colors: int, method: str) -> Palette:
    """What Own Colours makes of a palette and of pictures, uint8 [B, H, W, 4], which only colours above 0 need."""
    if pixels is not None:
        with suppress(PictureError):  # nothing is opaque enough to take colours from
            return extract.extract(pixels, colors, method)
    return palette


def _weights(mask: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The mask for each of the pictures: uint8 [1 or B, H, W] -> [B, H, W]."""
    if mask.shape[1:] != shape[1:] or len(mask) not in (1, shape[0]):
        raise PictureError(
            f"mask is {len(mask)} of {mask.shape[2]} x {mask.shape[1]} pixels, but image is {shape[0]} of {shape[2]} x "
            f"{shape[1]}; give a mask of the image's size, one for all or one each."
        )
    return np.broadcast_to(mask, shape)


NODES: list[type[io.ComfyNode]] = [PixartPalette, PixartPaletteExtract, PixartOwnColors]
