"""Nodes that write files."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import json
from dataclasses import asdict

from comfy.cli_args import args
from comfy_api.latest import io

from ..errors import PictureError
from ..pixel.errors import require
from ..pixel.files import engine_sheet, indexed, sprite_sheet
from ..pixel.kind.treatment import Treatment
from ..pixel.palette.palette import Palette
from ..pixel.palette.picture import census
from ..tensors import to_rgba
from . import output_file
from .indexed import indices_input, known_indices
from .sockets import CATEGORY, graph_input, look_input, prefix_input, problem, written_palette_input


def notes(hidden: io.HiddenHolder, graph: bool = True) -> dict[str, str]:
    """The prompt and the editor's graph as PNG texts, as core's Save Image writes them; none without `graph`."""
    if args.disable_metadata or not graph:
        return {}
    prompt = {"prompt": hidden.prompt} if hidden.prompt is not None else {}
    return {key: json.dumps(value) for key, value in {**prompt, **(hidden.extra_pnginfo or {})}.items()}


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
                prefix_input("pixart/image"),
                written_palette_input(),
                indices_input(),
                graph_input(),
                look_input("what the picture was taken for, and why, is told beside its colours."),
            ],
            outputs=[],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        images: object,
        filename_prefix: str,
        palette: Palette | None = None,
        indices: object | None = None,
        save_workflow: bool = True,
        look: Treatment | None = None,
    ) -> io.NodeOutput:
        pixels, texts = to_rgba(images), notes(cls.hidden, save_workflow)
        file_indices = known_indices(indices, pixels)
        files = [indexed.encode(one, palette, texts, places) for one, places in zip(pixels, file_indices, strict=True)]
        saved = output_file.fresh(filename_prefix, pixels.shape[2], pixels.shape[1], len(pixels), ".png")
        for file, (data, _) in zip(saved, files, strict=True):
            file.path.write_bytes(data)
        look_facts = {} if look is None else {"look": look.report()}
        facts = [
            asdict(census(one)) | {"mode": mode} | look_facts for one, (_, mode) in zip(pixels, files, strict=True)
        ]
        return io.NodeOutput(ui={"images": [file.entry for file in saved], "pixart": facts})


class PixartSaveSheet(io.ComfyNode):
    """A sprite sheet and its atlas, two files that go together."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSaveSheet",
            display_name="Save Sprite Sheet (PNG, JSON)",
            category=CATEGORY,
            description="Saves a sprite sheet as a PNG and beside it, under the same name, the JSON atlas that says "
            "where each frame is and in which file, as Phaser and Unity importers want it; a Tiled tile set (.tsx) and "
            "Godot's SpriteFrames (.tres) by choice.",
            inputs=[
                io.Image.Input("image", tooltip="The sheet of Pack Sprite Sheet, as many pixels as it was packed."),
                io.String.Input("atlas", force_input=True, tooltip="The atlas of Pack Sprite Sheet."),
                prefix_input("pixart/sheet"),
                written_palette_input(),
                io.Combo.Input(
                    "engine",
                    options=list(engine_sheet.ENGINES),
                    default="none",
                    optional=True,
                    tooltip="Also beside it: tiled: a tile set (.tsx) with an animation a tag; godot: SpriteFrames for "
                    "AnimatedSprite2D (.tres).",
                ),
                graph_input(),
            ],
            outputs=[],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, engine: str = "none") -> bool | str:
        return problem(_endings, engine)

    @classmethod
    def execute(
        cls,
        image: object,
        atlas: str,
        filename_prefix: str,
        palette: Palette | None = None,
        engine: str = "none",
        save_workflow: bool = True,
    ) -> io.NodeOutput:
        pixels = to_rgba(image)
        if len(pixels) != 1:
            raise PictureError(f"These are {len(pixels)} pictures, and the atlas is of one sheet: pack them first.")
        height, width = pixels.shape[1:3]
        [file] = output_file.fresh(filename_prefix, width, height, 1, ".png")
        document = sprite_sheet.of_file(atlas, file.path.name, width, height)
        data, mode = indexed.encode(pixels[0], palette, notes(cls.hidden, save_workflow))
        file.path.write_bytes(data)
        written, remarks, parsed = {".json": document}, [], engine_sheet.parse(document)
        for ending in _endings(engine):
            written[ending] = engine_sheet.WRITERS[ending](parsed)
            remarks += engine_sheet.remarks(parsed, ending)
        files = [file.sibling(ending) for ending in written]
        for one, text in zip(files, written.values(), strict=True):
            one.path.write_text(text, encoding="utf-8")
        facts = asdict(census(pixels[0])) | {"mode": mode} | ({"remarks": remarks} if remarks else {})
        names = [one.entry for one in (file, *files)]
        return io.NodeOutput(ui={"images": [file.entry], "files": names, "pixart": [facts]})


def _endings(engine: str) -> tuple[str, ...]:
    require(engine, engine_sheet.ENGINES, what="Engine")
    return engine_sheet.ENGINES[engine]


NODES: list[type[io.ComfyNode]] = [PixartSaveIndexed, PixartSaveSheet]
