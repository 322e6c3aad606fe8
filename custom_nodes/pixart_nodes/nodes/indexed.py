"""Nodes for indexed pictures: load them with their palette as it is, and exchange that palette."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import numpy as np
from comfy_api.latest import io
from numpy.typing import NDArray

from .. import indexed_file
from ..errors import PictureError
from ..pixel.files import indexed
from ..pixel.palette.palette import Palette
from ..tensors import mask_bytes, to_image, to_mask, to_rgba
from . import core, input_file
from .sockets import CATEGORY, PaletteSocket, file_input, image_input, image_output, problem


def indices_input() -> io.Input:
    """The indices that Load Indexed Image gave, where a node can make use of them."""
    return io.Mask.Input(
        "indices",
        optional=True,
        tooltip="From Load Indexed Image: tells apart entries that show the same colour. Pixels that were changed "
        "since take the first entry of their colour.",
    )


def known_indices(indices: Any, pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8] | None]:
    """The indices [H, W] of each picture of [B, H, W, 4]; one serves all. Raises PictureError for another size."""
    if indices is None:
        return [None] * len(pixels)
    mask = mask_bytes(indices)
    if mask.shape[1:] != pixels.shape[1:3] or len(mask) not in (1, len(pixels)):
        pixels_size, mask_size = ("{2} x {1}, {0} of them".format(*array.shape) for array in (pixels, mask))
        raise PictureError(
            f"The images are {pixels_size}, but the indices {mask_size}. Connect those of the same picture."
        )
    return [*mask] if len(mask) == len(pixels) else [mask[0]] * len(pixels)


class PixartLoadIndexed(io.ComfyNode):
    """A palette picture, its table and its indices."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartLoadIndexed",
            display_name="Load Indexed Image",
            category=CATEGORY,
            description="Loads a palette PNG (PNG-8), GIF or BMP with its colour table as it is in the file: order, "
            "repeated, unused and transparent entries. Save Indexed PNG then writes the same table and indices.",
            inputs=[
                file_input(
                    input_file.pictures(),
                    "An indexed picture in ComfyUI's input folder: choose or upload it; over the API, "
                    "sub/name.png too.",
                )
            ],
            outputs=[
                image_output("The picture as RGBA; of an animation, the first frame."),
                PaletteSocket.Output(
                    "palette", display_name="PALETTE", tooltip="Every entry of the file's table, at its index."
                ),
                io.Mask.Output("mask", display_name="MASK", tooltip="White where the picture is transparent."),
                io.Mask.Output(
                    "indices",
                    display_name="indices",
                    tooltip="Each pixel's index, divided by 255: for Save Indexed PNG and Swap Palette.",
                ),
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
        picture, palette = indexed_file.load(input_file.path_of(image).read_bytes(), image)
        pixels, like = picture.pixels[None], core.intermediate()
        mask, indices = to_mask(255 - pixels[..., 3], like), to_mask(picture.indices[None].astype(np.uint8), like)
        return io.NodeOutput(to_image(pixels, like), palette, mask, indices)


class PixartPaletteSwap(io.ComfyNode):
    """Another palette for the same indices."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPaletteSwap",
            display_name="Swap Palette (Recolour)",
            category=CATEGORY,
            description="Recolours pixel art: what shows entry 0 of one palette gets entry 0 of the other, and so on "
            "by index, exactly. For team colours, day and night, palette swaps and palette cycling of sprites.",
            inputs=[
                image_input("Pixel art in the colours of the first palette."),
                PaletteSocket.Input("old_palette", tooltip="The palette that the image is in, entry by entry."),
                PaletteSocket.Input("new_palette", tooltip="The palette that it gets, entry by entry."),
                io.Combo.Input(
                    "other_colors",
                    options=list(indexed.UNKNOWN_COLOR_CHOICES),
                    default="refuse",
                    tooltip="Colours that the old palette lacks, or the new one has no counterpart for: refuse "
                    "says so and stops, keep leaves them as they are.",
                ),
                indices_input(),
            ],
            outputs=[image_output("The image in the new palette, as RGBA; transparent pixels stay so.")],
        )

    @classmethod
    def validate_inputs(cls, other_colors: str = "refuse") -> bool | str:
        return problem(indexed.require_others, other_colors)

    @classmethod
    def execute(
        cls, image: object, old_palette: Palette, new_palette: Palette, other_colors: str, indices: object | None = None
    ) -> io.NodeOutput:
        pixels = to_rgba(image)
        mask_indices = known_indices(indices, pixels)
        swapped = [
            indexed.swap(one, old_palette, new_palette, places, other_colors)
            for one, places in zip(pixels, mask_indices, strict=True)
        ]
        return io.NodeOutput(to_image(np.stack(swapped), like=image))


NODES: list[type[io.ComfyNode]] = [PixartLoadIndexed, PixartPaletteSwap]
