"""Nodes that work on palettes: edit, join, look at, save."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from comfy_api.latest import io, ui

from ..pixel.files import palette_file
from ..pixel.palette import edit, swatch_picture
from ..pixel.palette.palette import MAX_COLORS, Palette
from ..tensors import to_image
from . import core, output_file
from .sockets import CATEGORY, PaletteSocket, image_output, palette_output, problem


def _palette_input(name: str = "palette", tooltip: str = "The palette; it stays as it is.") -> io.Input:
    return PaletteSocket.Input(name, tooltip=tooltip)


_EDITS = [
    io.String.Input(
        "add",
        default="",
        placeholder="#1d2b53 #ff004d",
        tooltip="Colours to add at the end, as hex; those that are there already are left out.",
    ),
    io.String.Input(
        "lock",
        default="",
        placeholder="#000000, or all",
        tooltip="Colours that merge and limit must keep, as hex; all locks every one.",
    ),
    io.Float.Input(
        "merge",
        default=0.0,
        min=0.0,
        max=1.0,
        step=0.01,
        tooltip="Of colours that are closer than this only one stays; distance in OKLab, where black and "
        "white are 1 apart and 0.02 is just visible. 0 merges none.",
    ),
    io.Int.Input(
        "limit",
        default=MAX_COLORS,
        min=1,
        max=MAX_COLORS,
        tooltip="How many colours at most; of the two nearest one goes until so many are left.",
    ),
    io.Combo.Input(
        "sort",
        options=list(edit.SORTS),
        default="as-is",
        tooltip="as-is keeps the order; luma is dark to light; hue is greys, then around the colour "
        "circle from red; reverse turns the order round. A transparent entry keeps its index.",
    ),
    io.String.Input(
        "transparent",
        default="",
        placeholder="0, #ff00ff or none",
        tooltip="The entry that is transparent: its index, its colour with # (added where it is missing), "
        "or none. Empty leaves it as it is.",
    ),
]


class PixartPaletteEdit(io.ComfyNode):
    """A palette with colours added, locked, merged, dropped, sorted."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPaletteEdit",
            display_name="Edit Palette",
            category=CATEGORY,
            description="Adds and locks colours, merges those that look alike, cuts the palette down to a number of "
            "colours, sorts it by brightness or hue, and says which entry is transparent; in this order.",
            inputs=[_palette_input(), *_EDITS],
            outputs=[palette_output("The edited palette.")],
        )

    @classmethod
    def validate_inputs(cls, sort: str = "as-is") -> bool | str:
        return problem(edit.require, sort)

    @classmethod
    def execute(cls, palette: Palette, **wishes: object) -> io.NodeOutput:
        return io.NodeOutput(edit.edit(palette, **wishes))


class PixartPaletteMerge(io.ComfyNode):
    """Two palettes in one."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPaletteMerge",
            display_name="Join Palettes",
            category=CATEGORY,
            description="Puts the colours of a second palette behind those of a first, without repeats: for sprites "
            "that share a palette with their background. Merge near colours afterwards with Edit Palette.",
            inputs=[
                _palette_input("first", "The palette whose entries keep their index, name and transparency."),
                _palette_input("second", "The palette whose other colours follow."),
            ],
            outputs=[palette_output("Both; at most 256 entries.")],
        )

    @classmethod
    def execute(cls, first: Palette, second: Palette) -> io.NodeOutput:
        return io.NodeOutput(edit.join(first, second))


class PixartPalettePreview(io.ComfyNode):
    """A palette as a picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartPalettePreview",
            display_name="Show Palette",
            category=CATEGORY,
            description="Shows a palette as swatches with the index of each: preview what was loaded, extracted or "
            "edited. Transparent entries are chequered, locked ones have a mark in the lower right corner.",
            inputs=[
                _palette_input(),
                io.Int.Input("size", default=32, min=1, max=256, tooltip="Side of a swatch, in pixels."),
                io.Int.Input(
                    "columns",
                    default=0,
                    min=0,
                    max=MAX_COLORS,
                    tooltip="Swatches in a row. 0: as the palette's file says, else 8, or 16 for more than 64 entries.",
                ),
                io.Boolean.Input(
                    "indices", default=True, tooltip="Writes each entry's index; needs swatches of 16 pixels or more."
                ),
            ],
            outputs=[image_output("The swatches as RGB, row by row.")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, palette: Palette, size: int, columns: int, indices: bool) -> io.NodeOutput:
        picture = swatch_picture.swatches(palette, size, columns, indices)
        image = to_image(picture[None], like=core.intermediate())
        return io.NodeOutput(image, ui=ui.PreviewImage(image))


class PixartPaletteSave(io.ComfyNode):
    """A palette as a file for other programs."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        kinds = "; ".join(f"{name} ({kind.suffix}): {kind.what}" for name, kind in palette_file.written().items())
        return io.Schema(
            node_id="PixartPaletteSave",
            display_name="Save Palette (Export)",
            category=CATEGORY,
            description="Writes a palette as a file for Aseprite, GIMP, Photoshop, Lospec, paint.net and others, every "
            "entry in its place. Export what was extracted from a picture, or convert a file to another format.",
            inputs=[
                _palette_input(tooltip="The palette to save."),
                io.Combo.Input("format", options=list(palette_file.written()), default="hex", tooltip=f"{kinds}."),
                io.String.Input(
                    "filename_prefix",
                    default="pixart/palette",
                    tooltip="Folder and beginning of the file name in ComfyUI's output folder, as in Save Image.",
                ),
            ],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, format: str = "hex") -> bool | str:
        return problem(palette_file.require, format)

    @classmethod
    def execute(cls, palette: Palette, format: str, filename_prefix: str) -> io.NodeOutput:
        data = palette_file.write(palette, format)
        suffix = palette_file.FORMATS[format].suffix
        (file,) = output_file.fresh(filename_prefix, len(palette.entries), 1, 1, suffix)
        file.path.write_bytes(data)
        facts = {"name": palette.name, "format": format, "colors": palette.hex(), "entries": len(palette.entries)}
        facts |= {"transparent": palette.transparent, "bytes": len(data)}
        return io.NodeOutput(ui={"files": [file.entry], "pixart": [facts]})


NODES: list[type[io.ComfyNode]] = [PixartPaletteEdit, PixartPaletteMerge, PixartPalettePreview, PixartPaletteSave]
