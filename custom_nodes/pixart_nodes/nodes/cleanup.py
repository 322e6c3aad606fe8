"""Nodes that finish pixel art by rule, as an artist does by hand: clean up, outline."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io

from ..pixel.clean import orphan_pixels
from ..pixel.edit import outline
from ..pixel.palette.color_text import parse_color
from ..pixel.palette.palette import Palette
from ..tensors import to_image, to_mask, to_rgba
from .sockets import CATEGORY, PaletteSocket, color_input, image_input, image_output, problem

_CLEANUP_INPUTS = [
    image_input("Pixel art with flat colours: after Quantize to Palette, one pixel a pixel."),
    io.Int.Input(
        "orphans",
        default=1,
        min=0,
        max=64,
        tooltip="Orphan pixels: clusters up to so many pixels go where 3 of 4 neighbours agree. 0: off.",
    ),
    io.Int.Input(
        "specks",
        default=0,
        min=0,
        max=4096,
        tooltip="Despeckle: clusters up to so many pixels go in the middle of a flat area, and dust and "
        "pinholes in transparency; never lines. 0: off.",
    ),
    io.Float.Input(
        "contrast",
        default=0.2,
        min=0.0,
        max=1.0,
        step=0.01,
        tooltip="What differs from its surroundings by this or more stays: eyes, highlights. OKLab, where "
        "black to white is 1. 0 keeps all, 1 nearly none.",
    ),
    io.Combo.Input(
        "dither",
        options=list(orphan_pixels.DITHERS),
        default="keep",
        tooltip="Dots of one colour that recur close by are a dither: keep them, or remove them too.",
    ),
    io.Boolean.Input(
        "corners",
        default=True,
        tooltip="Pixel-perfect lines: takes the doubled corner out of each step of a 1-pixel line.",
    ),
    io.Boolean.Input(
        "steps",
        default=True,
        tooltip="Evens out a step of a 1-pixel line that is longer or shorter by 2 than both beside it.",
    ),
]


class PixartCleanup(io.ComfyNode):
    """Specks and jaggies away, in the picture's own colours."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartCleanup",
            display_name="Clean Up Pixel Art (Despeckle)",
            category=CATEGORY,
            description="Removes orphan pixels, stray pixels, specks and noise, and repairs jaggies: doubled corners "
            "and uneven steps of lines. For quantized art with flat colours; adds no colour and blurs nothing.",
            inputs=_CLEANUP_INPUTS,
            outputs=[
                image_output("The image, cleaned, in its own colours."),
                io.Mask.Output("changes", display_name="changes", tooltip="White where a pixel was changed."),
            ],
        )

    @classmethod
    def validate_inputs(cls, dither: str = "keep") -> bool | str:
        return problem(orphan_pixels.require, dither)

    @classmethod
    def execute(
        cls, image: object, orphans: int, specks: int, contrast: float, dither: str, corners: bool, steps: bool
    ) -> io.NodeOutput:
        what = orphan_pixels.Cleanup(orphans, specks, contrast, dither, corners, steps)
        pixels = to_rgba(image)
        progress = ProgressBar(len(pixels))
        results = np.empty_like(pixels)
        for n, one in enumerate(pixels):
            results[n] = orphan_pixels.clean(one, what)
            progress.update(1)
        changes = (results != pixels).any(axis=-1)
        outputs = to_image(results, like=image), to_mask(changes.astype(np.uint8) * 255, like=image)
        return io.NodeOutput(*outputs, ui={"pixart": [{"remarks": [_cleaned(int(changes.sum()))]}]})


def _cleaned(pixels: int) -> str:
    return f"Cleaned up: {pixels} pixel{'s' * (pixels != 1)} changed." if pixels else "There was nothing to clean up."


UNLINED = "No outline was drawn: nothing of the picture is transparent."
_OUTLINE_INPUTS = [
    image_input("A sprite on transparency. Without any transparency there is nothing to outline."),
    io.Combo.Input(
        "place",
        options=list(outline.PLACES),
        default="outside",
        tooltip="outside: on transparent pixels around it; inside: on its own outermost pixels.",
    ),
    io.Combo.Input(
        "neighbours",
        options=list(outline.NEIGHBOURS),
        default="4",
        tooltip="4: a thin line, open at corners; 8: corners are filled, the line is closed.",
    ),
    io.Int.Input(
        "thickness",
        default=1,
        min=0,
        max=outline.MOST_THICK,
        tooltip="Width of the outline in pixels; 0 is none.",
    ),
    io.Combo.Input(
        "coloring",
        options=list(outline.COLORINGS),
        default="one-color",
        tooltip="one-color: the colour below; selective: a darker shade of the colour beside it.",
    ),
    color_input("color", "#000000", "The outline's colour for one-color, as #rrggbb."),
    io.Float.Input(
        "shade",
        default=0.6,
        min=0.0,
        max=1.0,
        step=0.05,
        tooltip="For selective: how bright the shade is beside the colour it runs along; 0 is black.",
    ),
    io.Boolean.Input(
        "border",
        default=False,
        tooltip="For inside: the picture's border counts as transparent, and gets an outline too.",
    ),
    PaletteSocket.Input(
        "palette",
        optional=True,
        tooltip="The outline's colours are the nearest of these; without it, shades are the picture's own.",
    ),
]


class PixartOutline(io.ComfyNode):
    """A line around what isn't transparent."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartOutline",
            display_name="Outline (Border, Stroke)",
            category=CATEGORY,
            description="Draws a border, stroke or contour around a sprite where its transparency begins: outside or "
            "inside, black or any colour, or selective (selout): darker shades of what it runs along.",
            inputs=_OUTLINE_INPUTS,
            outputs=[image_output("The sprite with its outline, RGBA, same size.")],
        )

    @classmethod
    def validate_inputs(
        cls, place: str = "outside", neighbours: str = "4", coloring: str = "one-color", color: str = "#000000"
    ) -> bool | str:
        named = problem(outline.require, place, neighbours, coloring)
        return problem(parse_color, color) if named is True else named

    @classmethod
    def execute(
        cls,
        image: object,
        place: str,
        neighbours: str,
        thickness: int,
        coloring: str,
        color: str,
        shade: float,
        border: bool,
        palette: Palette | None = None,
    ) -> io.NodeOutput:
        how = outline.Outline(place, neighbours, thickness, coloring, parse_color(color), shade, border, palette)
        pixels = to_rgba(image)
        results = np.stack([outline.outlined(one, how) for one in pixels])
        report = None if border or (pixels[..., 3] == 0).any() else {"pixart": [{"remarks": [UNLINED]}]}
        return io.NodeOutput(to_image(results, like=image), ui=report)


NODES: list[type[io.ComfyNode]] = [PixartCleanup, PixartOutline]
