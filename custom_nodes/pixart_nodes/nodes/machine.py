"""Nodes for consoles and home computers: pictures that they can show, their files, and what a picture breaks."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from comfy_api.latest import io
from numpy.typing import NDArray

from ..pixel.machine import fit as fits
from ..pixel.machine import legality, table, wishes
from ..pixel.machine.conversion import convert
from ..pixel.machine.formats import bundle
from ..pixel.machine.legal_picture import LegalPicture
from ..pixel.machine.wishes import Wishes
from ..pixel.palette.color_text import parse_color
from ..pixel.palette.palette import Palette
from ..pixel.resize import downscale
from ..tensors import to_image, to_mask, to_rgba
from . import output_file
from .sockets import (
    CATEGORY,
    MachineSocket,
    PaletteSocket,
    image_input,
    image_output,
    prefix_input,
    problem,
    seed_input,
)


@dataclass(frozen=True)
class MachinePictures:
    """What Machine hands on: the pictures as the machine holds them, and what was done with them, in words."""

    pictures: list[LegalPicture]
    words: str


def _machine_input() -> io.Input:
    return io.Combo.Input(
        "machine",
        options=list(table.MACHINES),
        default="nes",
        tooltip="; ".join(f"{name}: {one.limits}" for name, one in table.MACHINES.items()) + ".",
    )


def _color(text: str) -> NDArray[np.uint8] | None:
    return np.array(parse_color(text), np.uint8) if text.strip() else None


def _check(name: str, dither: str, fit: str, method: str, quality: str, shared: str) -> None:
    table.machine(name)
    wishes.require(dither, quality)
    fits.require(fit, method)
    _color(shared)


def _conversion_inputs() -> list[io.Input]:
    """How a picture comes to the screen, its dither, tiles and shared colour, and how long is searched."""
    return [
        io.Combo.Input(
            "fit",
            options=list(fits.FITS),
            default="crop",
            tooltip="How a picture of another size comes to the screen's. crop: its middle, resized; pad: all "
            "of it between bars; stretch; cut: the middle, pixel for pixel; keep: its own size, for sprites.",
        ),
        io.Combo.Input(
            "method",
            options=list(downscale.METHODS),
            default="box",
            tooltip="By what crop, pad and stretch make it small, as in Downscale.",
        ),
        io.Combo.Input(
            "dither",
            options=list(wishes.DITHERS),
            default="diffusion",
            tooltip="diffusion: for photographs; pattern: even, and fewer different tiles; none: for drawings.",
        ),
        io.Float.Input("strength", default=1.0, min=0.0, max=1.0, step=0.05, tooltip="Of the dither; 0 is none."),
        io.Int.Input(
            "tiles",
            default=wishes.MACHINES_OWN,
            min=wishes.MACHINES_OWN,
            max=4096,
            tooltip="The most different tiles in each picture; -1: as many as the machine has room for.",
        ),
        io.String.Input(
            "shared_color",
            default="",
            tooltip="The colour that all palettes begin with, like #000000, where there is one. Empty: chosen.",
        ),
        io.Combo.Input(
            "quality",
            options=list(wishes.QUALITIES),
            default="fast",
            tooltip="fast: under a second; best: several tries, of which the one nearest to the picture stays.",
        ),
        seed_input("Where the search for palettes starts: the same seed gives the same picture."),
    ]


class PixartMachine(io.ComfyNode):
    """Pictures that a machine can show."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartMachine",
            display_name="Machine (Console, Home Computer)",
            category=CATEGORY,
            description="Makes pictures that a real machine can show: its size, its colours, palettes for its blocks, "
            "and no more different tiles than it has room for. NES, Game Boy, SNES, Mega Drive, Spectrum, Commodore 64 "
            "and more. What obeys already is left as it is. A batch shares its palettes, as rooms of a level do.",
            inputs=[
                image_input("The pictures. Transparent parts become slot 0, as in sprites; on bitmaps they are black."),
                _machine_input(),
                *_conversion_inputs(),
                PaletteSocket.Input(
                    "locked",
                    optional=True,
                    tooltip="Colours that stay at their slots, palette after palette; the rest is chosen.",
                ),
            ],
            outputs=[
                image_output("What the machine shows, a pixel a pixel."),
                MachineSocket.Output("pictures", display_name="MACHINE", tooltip="For Save for Machine."),
                io.String.Output("report", display_name="report", tooltip="What was done, and what the machine got."),
            ],
        )

    @classmethod
    def validate_inputs(
        cls,
        machine: str = "nes",
        dither: str = "diffusion",
        fit: str = "crop",
        method: str = "box",
        quality: str = "fast",
        shared_color: str = "",
    ) -> bool | str:
        return problem(_check, machine, dither, fit, method, quality, shared_color)

    @classmethod
    def execute(
        cls,
        image: Any,
        machine: str,
        fit: str,
        method: str,
        dither: str,
        strength: float,
        tiles: int,
        shared_color: str,
        quality: str,
        seed: int,
        locked: Palette | None = None,
    ) -> io.NodeOutput:
        one = table.machine(machine)
        screens = [fits.fitted(pixels, one, fit, method) for pixels in to_rgba(image)]
        colors = None if locked is None else locked.table[:, :3]
        asked = Wishes(dither, strength, quality, seed, tiles, _color(shared_color), colors)
        pictures = convert(np.stack([pixels for pixels, _ in screens]), one, asked)
        words = _report(pictures, screens[0][1])
        shown = to_image(np.stack([picture.pixels for picture in pictures]), like=image)
        return io.NodeOutput(shown, MachinePictures(pictures, words), words, ui={"text": [words]})


def _report(pictures: list[LegalPicture], fitted: str) -> str:
    """What was done, in a few lines."""
    one, first = pictures[0].machine, pictures[0]
    lines = [f"{one.title}: {one.limits}.", fitted]
    if one.tiled:
        counts = ", ".join(str(len(picture.tile_set.tiles)) for picture in pictures)
        lines.append(f"{len(first.palettes)} palettes, different tiles: {counts}.")
    lines += [breach.words for picture in pictures for breach in legality.picture_breaches(picture)]
    return "\n".join(lines)


class PixartMachineSave(io.ComfyNode):
    """The files of a machine's tools."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartMachineSave",
            display_name="Save for Machine (ROM, Tiles, Map)",
            category=CATEGORY,
            description="Saves what Machine made as the machine's tools take it: tiles, map, palettes, an indexed PNG "
            "whose index is palette x colours + slot, Tiled's map and tile set, and a program that shows the picture "
            "in an emulator. All of it also as one zip.",
            inputs=[
                MachineSocket.Input("pictures", tooltip="From Machine."),
                prefix_input("pixart/machine"),
            ],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, pictures: MachinePictures, filename_prefix: str) -> io.NodeOutput:
        height, width = pictures.pictures[0].slots.shape
        fresh = output_file.fresh(filename_prefix, width, height, len(pictures.pictures), ".png")
        entries: list[dict[str, str]] = []
        for file, picture in zip(fresh, pictures.pictures, strict=True):
            named = bundle.files(picture, file.path.stem)
            named[f"{file.path.stem}.zip"] = bundle.zipped(named)
            entries += [_written(file, name, data) for name, data in named.items()]
        shown = [file.entry for file in fresh]
        return io.NodeOutput(ui={"images": shown, "files": entries, "text": [pictures.words]})


def _written(beside: output_file.OutputFile, name: str, data: bytes) -> dict[str, str]:
    """Write a file beside the picture; its entry."""
    file = output_file.OutputFile(Path(beside.path.parent, name), beside.subfolder)
    file.path.write_bytes(data)
    return file.entry


class PixartMachineCheck(io.ComfyNode):
    """What a picture breaks of a machine's limits."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartMachineCheck",
            display_name="Check for Machine (Limits)",
            category=CATEGORY,
            description="Says whether a machine can show a picture exactly as it is, and if not, what it breaks and "
            "where: size, colours, colours of a block, palettes, different tiles. For art that is drawn by hand.",
            inputs=[image_input("The pictures, a pixel a pixel; each is checked by itself."), _machine_input()],
            outputs=[
                io.Mask.Output("where", display_name="MASK", tooltip="White where a limit is broken."),
                io.String.Output("report", display_name="report", tooltip="What is broken, in sentences."),
                io.Boolean.Output("obeys", display_name="obeys", tooltip="Whether nothing is broken in any picture."),
            ],
        )

    @classmethod
    def validate_inputs(cls, machine: str = "nes") -> bool | str:
        return problem(table.machine, machine)

    @classmethod
    def execute(cls, image: Any, machine: str) -> io.NodeOutput:
        one, pixels = table.machine(machine), to_rgba(image)
        wrong = [legality.breaches(each, one) for each in pixels]
        masks = np.stack([legality.mask(each, pixels.shape[1:3]) for each in wrong]).astype(np.uint8) * 255
        words = "\n".join(legality.says(each, one) for each in wrong)
        facts = [{"limit": breach.limit, "words": breach.words} for each in wrong for breach in each]
        ui = {"text": [words], "pixart": facts}
        return io.NodeOutput(to_mask(masks, like=image), words, not any(wrong), ui=ui)


NODES: list[type[io.ComfyNode]] = [PixartMachine, PixartMachineSave, PixartMachineCheck]
