"""Nodes for sprite sheets: frames into one picture, and out of it."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from comfy_api.latest import io

from ..pixel.files import sprite_sheet, timing
from ..tensors import to_image, to_rgba
from .sockets import CATEGORY, MOST_PIXELS, image_input, image_output, problem, size_output


def duration_inputs() -> list[io.Input]:
    """How long frames last: one number for all, or a list."""
    return [
        io.Int.Input(
            "duration",
            default=100,
            min=1,
            max=timing.LONGEST_FRAME,
            tooltip="Milliseconds that each frame lasts: 100 is 10 frames a second.",
        ),
        io.String.Input(
            "durations",
            default="",
            tooltip="Milliseconds for each frame in turn, like 200 100 100; the last serves for the rest. Empty: all "
            "last as long as said above.",
        ),
    ]


def timing_outputs(tags: str) -> list[io.Output]:
    """How long the frames that a node gives last, and the names of their parts."""
    return [
        io.String.Output(
            "durations", display_name="durations", tooltip="Milliseconds for each frame, for Save Animation."
        ),
        io.String.Output("tags", display_name="tags", tooltip=tags),
    ]


def tags_input() -> io.Input:
    """Names for parts of an animation."""
    return io.String.Input(
        "tags",
        default="",
        tooltip="Names for parts, frames counted from 0, like: walk 0-3, turn 4-7 pingpong. Empty: none.",
    )


def _number(name: str, default: int, most: int, tooltip: str) -> io.Input:
    return io.Int.Input(name, default=default, min=0, max=most, tooltip=tooltip)


def _extrude_input() -> io.Input:
    """Last, and optional: prompts from before it was there stay valid."""
    return io.Int.Input(
        "extrude",
        default=0,
        min=0,
        max=16,
        optional=True,
        tooltip="Repeats each frame's outermost pixels so many times around it: no lines between tiles where an engine "
        "scales or scrolls. Counts as margin, and twice as spacing, for who cuts it.",
    )


class PixartSheetPack(io.ComfyNode):
    """A batch of frames as one sheet with an atlas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSheetPack",
            display_name="Pack Sprite Sheet (Atlas, Tileset)",
            category=CATEGORY,
            description="Lays the frames of a batch side by side: a sprite sheet, texture atlas or tile set, with the "
            "JSON that Aseprite and TexturePacker write and Phaser, Godot and Unity importers read.",
            inputs=[
                image_input("The frames, a batch."),
                _number("columns", 0, MOST_PIXELS, "Frames in a row; 0: as square as it gets."),
                _number("margin", 0, 256, "Transparent pixels around the whole sheet."),
                _number("spacing", 0, 256, "Transparent pixels between frames."),
                io.Boolean.Input(
                    "trim",
                    default=False,
                    tooltip="Cuts off the edges that are transparent in every frame, of all alike; the atlas says "
                    "where the rest belongs.",
                ),
                io.Boolean.Input(
                    "power_of_two",
                    default=False,
                    tooltip="Adds transparency right and below up to 64, 128, 256 ..., as old graphics chips want it.",
                ),
                io.Combo.Input(
                    "atlas_form",
                    options=list(sprite_sheet.FORMS),
                    default="hash",
                    tooltip="How the JSON lists frames: hash by name, array in order.",
                ),
                io.String.Input(
                    "name",
                    default="sprite",
                    tooltip="The sheet's file name in the JSON, without .png, and the beginning of the frames' names. "
                    "Empty: frames are called 0, 1, 2 ..., as Phaser wants them for tags.",
                ),
                *duration_inputs(),
                tags_input(),
                _extrude_input(),
            ],
            outputs=[
                image_output("The sheet, RGBA."),
                io.String.Output("atlas", display_name="atlas", tooltip="The JSON that says where each frame is."),
                size_output("cell_width", "Width of a frame in the sheet."),
                size_output("cell_height", "Height of a frame in the sheet."),
            ],
        )

    @classmethod
    def validate_inputs(cls, atlas_form: str = "hash") -> bool | str:
        return problem(sprite_sheet.require, atlas_form)

    @classmethod
    def execute(
        cls,
        image: object,
        columns: int,
        margin: int,
        spacing: int,
        trim: bool,
        power_of_two: bool,
        atlas_form: str,
        name: str,
        duration: int,
        durations: str,
        tags: str,
        extrude: int = 0,
    ) -> io.NodeOutput:
        packed = sprite_sheet.pack(to_rgba(image), columns, margin, spacing, trim, power_of_two, extrude)
        times = timing.durations(durations, duration, packed.count)
        atlas = sprite_sheet.atlas(packed, name, atlas_form, times, timing.tags(tags, packed.count))
        picture = to_image(packed.pixels[None], like=image)
        return io.NodeOutput(picture, atlas, packed.grid.width, packed.grid.height)


class PixartSheetUnpack(io.ComfyNode):
    """A sheet as a batch of frames."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSheetUnpack",
            display_name="Unpack Sprite Sheet (Tileset)",
            category=CATEGORY,
            description="Cuts a sprite sheet, tile set or sheet of icons into a batch of frames, to the byte: by the "
            "size of a cell, or by how many rows and columns there are.",
            inputs=[
                image_input("The sheet. Of a batch, each picture is cut, and all frames follow one another."),
                _number("cell_width", 32, MOST_PIXELS, "Width of a frame in pixels; 0: by columns."),
                _number("cell_height", 32, MOST_PIXELS, "Height of a frame in pixels; 0: by rows."),
                io.Int.Input("columns", default=4, min=1, max=MOST_PIXELS, tooltip="Frames in a row, for width 0."),
                io.Int.Input("rows", default=4, min=1, max=MOST_PIXELS, tooltip="Rows of frames, for height 0."),
                _number("margin", 0, 256, "Pixels around the whole sheet that are no frame."),
                _number("spacing", 0, 256, "Pixels between frames."),
                _number("count", 0, 65536, "How many frames to take; 0: all. In each sheet."),
                io.Boolean.Input("skip_empty", default=True, tooltip="Leaves out cells of which nothing is visible."),
            ],
            outputs=[
                image_output("The frames, a batch, RGBA."),
                io.Int.Output("frames", display_name="count", tooltip="How many frames there are."),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: object,
        cell_width: int,
        cell_height: int,
        columns: int,
        rows: int,
        margin: int,
        spacing: int,
        count: int,
        skip_empty: bool,
    ) -> io.NodeOutput:
        sheets = to_rgba(image)
        grid = sprite_sheet.by_count(sheets, columns, rows, margin, spacing, cell_width, cell_height)
        frames = sprite_sheet.unpack(sheets, grid, count, skip_empty)
        return io.NodeOutput(to_image(frames, like=image), len(frames))


NODES: list[type[io.ComfyNode]] = [PixartSheetPack, PixartSheetUnpack]
