"""Nodes that write files."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import json
from dataclasses import asdict

from comfy.cli_args import args
from comfy_api.latest import io

from ..pixel import indexed
from ..pixel.palette import Palette
from ..pixel.picture import census
from ..tensors import to_rgba
from . import output_file
from .indexed import indices_input, known_indices
from .sockets import CATEGORY, PaletteSocket


def notes(hidden: io.HiddenHolder) -> dict[str, str]:
    """The prompt and the editor's graph as PNG texts, as core's Save Image writes them."""
    if args.disable_metadata:
        return {}
    graph = {"prompt": hidden.prompt} if hidden.prompt is not None else {}
    return {key: json.dumps(value) for key, value in {**graph, **(hidden.extra_pnginfo or {})}.items()}


class PixartSaveIndexed(io.ComfyNode):
    """Palette PNGs as artists and firmware want them."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSaveIndexed",
            display_name="Save Indexed PNG",
            category=CATEGORY,
            description="Saves palette PNGs (PNG-8): exact colours, the palette's order with repeated, unused and "
            "transparent entries at their index, one more at the end where needed. What no palette holds is saved as "
            "RGBA.",
            inputs=[
                io.Image.Input("images", tooltip="The images to save, one file each."),
                io.String.Input(
                    "filename_prefix",
                    default="pixart/image",
                    tooltip="Folder and beginning of the file name in ComfyUI's output folder; %width% and "
                    "the like work as in Save Image.",
                ),
                PaletteSocket.Input(
                    "palette",
                    optional=True,
                    tooltip="Write this palette, in order; without it, colours are numbered as they appear.",
                ),
                indices_input(),
            ],
            outputs=[],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls, images: object, filename_prefix: str, palette: Palette | None = None, indices: object | None = None
    ) -> io.NodeOutput:
        pixels, texts = to_rgba(images), notes(cls.hidden)
        known = known_indices(indices, pixels)
        files = [indexed.encode(one, palette, texts, places) for one, places in zip(pixels, known, strict=True)]
        saved = output_file.fresh(filename_prefix, pixels.shape[2], pixels.shape[1], len(pixels), ".png")
        for file, (data, _) in zip(saved, files, strict=True):
            file.path.write_bytes(data)
        facts = [asdict(census(one)) | {"mode": mode} for one, (_, mode) in zip(pixels, files, strict=True)]
        return io.NodeOutput(ui={"images": [file.entry for file in saved], "pixart": facts})


NODES: list[type[io.ComfyNode]] = [PixartSaveIndexed]
