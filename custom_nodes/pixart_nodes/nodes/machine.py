"""Nodes for consoles and home computers: pictures that they can show, their files, and what a picture breaks."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from comfy_api.latest import io
from numpy.typing import NDArray

from .. import palette_source
from ..errors import MachineError, PaletteError, PictureError
from ..pixel import errors
from ..pixel.machine import fit as fits
from ..pixel.machine import legality, table, wishes
from ..pixel.machine.conversion import convert
from ..pixel.machine.formats import bundle
from ..pixel.machine.legal_picture import LegalPicture
from ..pixel.machine.machine import Machine
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

MENU_COLORS = 64  # colours of a machine that a menu has room for
ALL, ZIP = "files and zip", "zip"  # what Save for Machine writes
LETTERS = re.compile(r"[\w()+,-](?:[\w ()+,.-]*[\w()+,-])?")


@dataclass(frozen=True)
class MachinePictures:
    """What Machine hands on: the pictures as the machine holds them, and what was done with them, in words."""

    pictures: list[LegalPicture]
    words: str
    fitted: str
    remark: str = ""  # on the dither, where that was left to the picture

    def facts(self) -> list[dict[str, Any]]:
        """What programs are told of each picture; palettes where blocks share them, tiles where they are counted."""
        remarks = [self.fitted, *[self.remark] * bool(self.remark)]
        words = {"fitted": self.fitted, "report": self.words, "remarks": remarks}
        return [{**_facts(picture), **words} for picture in self.pictures]


def _facts(picture: LegalPicture) -> dict[str, Any]:
    one, (height, width) = picture.machine, picture.slots.shape
    used = {"palettes": len(picture.palettes)} if one.palettes else {}
    used |= {"tiles": len(picture.tile_set.tiles)} if one.tiled else {}
    return {"name": one.name, "title": one.title, "width": width, "height": height, **used}


def _machine_input() -> io.Input:
    menu = io.Combo.Input(
        "machine",
        options=list(table.MACHINES),
        default="nes",
        tooltip="; ".join(f"{name}: {one.limits}" for name, one in table.MACHINES.items()) + ".",
    )
    # What programs that offer the menu, such as the bridge's studio, show of each: they know no table of ours.
    menu.extra_dict = {
        "screens": {
            name: {"title": one.title, "size": one.size, "aspect": one.aspect, "colors": _shown(one)}
            for name, one in table.MACHINES.items()
        },
        "called": table.CALLED,
    }
    return menu


def _shown(one: Machine) -> list[str]:
    """The colours that a machine can show as #rrggbb, each once; none where they are too many for a menu."""
    if len(one.gamut.codes) > MENU_COLORS:
        return []
    return list(dict.fromkeys(f"#{bytes(color).hex()}" for color in one.gamut.colors))


def _color(text: str) -> NDArray[np.uint8] | None:
    return np.array(parse_color(text), np.uint8) if text.strip() else None


def _colors(text: str) -> NDArray[np.uint8] | None:
    return palette_source.of_text(text).table[:, :3] if text.strip() else None


def _check(name: str, dither: str, fit: str, method: str, quality: str, shared: str, locked: str) -> None:
    table.machine(name)
    wishes.require(dither, quality)
    fits.require(fit, method)
    _color(shared)
    _colors(locked)


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
            default="auto",
            tooltip="auto: what suits the picture; diffusion: for photographs; pattern: for drawings, even, and fewer "
            "different tiles; none: flat, in the nearest colours.",
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
                io.String.Input(
                    "locked_colors",
                    default="",
                    optional=True,
                    tooltip="The same as text, where no palette is connected: hex colours, the first palette first.",
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
        dither: str = "auto",
        fit: str = "crop",
        method: str = "box",
        quality: str = "fast",
        shared_color: str = "",
        locked_colors: str = "",
    ) -> bool | str:
        return problem(_check, machine, dither, fit, method, quality, shared_color, locked_colors)

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
        locked_colors: str = "",
    ) -> io.NodeOutput:
        colors = _colors(locked_colors) if locked is None else locked.table[:, :3]
        wish = Wishes(dither, strength, quality, seed, tiles, _color(shared_color), colors)
        result = _conversion(to_rgba(image), table.machine(machine), (fit, method), wish)
        shown = to_image(np.stack([picture.pixels for picture in result.pictures]), like=image)
        return io.NodeOutput(shown, result, result.words, ui={"text": [result.words]})


def _conversion(pixels: NDArray[np.uint8], one: Machine, way: tuple[str, str], wish: Wishes) -> MachinePictures:
    """The pictures [B, H, W, 4] on the machine, fitted in that way by that method. Raises MachineError."""
    try:
        screens = [fits.fitted(each, one, *way) for each in pixels]
        suiting = wish.for_pictures(pixels)
        pictures = convert(np.stack([screen for screen, _ in screens]), one, suiting)
    except (PictureError, PaletteError) as error:
        raise MachineError(str(error)) from error
    fitted, remark = screens[0][1], _on_dither(suiting) if wish.dither == wishes.AUTO else ""
    return MachinePictures(pictures, _report(pictures, fitted, remark), fitted, remark)


def _on_dither(suiting: Wishes) -> str:
    """What the dither auto was, and why."""
    what = "photograph" if suiting.dither == wishes.DIFFUSION else "drawing"
    return f"It was taken for a {what}, so its dither is {suiting.dither}."


def _report(pictures: list[LegalPicture], fitted: str, remark: str) -> str:
    """What was done, in a few lines."""
    one, first = pictures[0].machine, pictures[0]
    lines = [f"{one.title}: {one.limits}.", fitted, *[remark] * bool(remark)]
    if one.tiled:
        counts = ", ".join(str(len(picture.tile_set.tiles)) for picture in pictures)
        palettes = "One palette" if len(first.palettes) == 1 else f"{len(first.palettes)} palettes"
        lines.append(f"{palettes}, different tiles: {counts}.")
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
                io.Combo.Input(
                    "write",
                    options=[ALL, ZIP],
                    default=ALL,
                    optional=True,
                    tooltip="zip: the zip alone, which has all of the files.",
                ),
                io.String.Input(
                    "name",
                    default="",
                    optional=True,
                    tooltip="What the files in the zip are called before their endings. Empty: as those beside it.",
                ),
            ],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, write: str = ALL, name: str = "") -> bool | str:
        return problem(_require_name, write, name)

    @classmethod
    def execute(
        cls, pictures: MachinePictures, filename_prefix: str, write: str = ALL, name: str = ""
    ) -> io.NodeOutput:
        _require_name(write, name)
        height, width = pictures.pictures[0].slots.shape
        fresh = output_file.fresh(filename_prefix, width, height, len(pictures.pictures), ".png")
        whole: list[tuple[output_file.OutputFile, Mapping[str, bytes]]] = []
        for file, picture in zip(fresh, pictures.pictures, strict=True):
            own = {f"{file.path.stem}.zip": bundle.zipped(_files(picture, name or file.path.stem, pictures.words))}
            whole.append((file, own if write == ZIP else {**_files(picture, file.path.stem, pictures.words), **own}))
        entries = [_written(file, each, data) for file, named in whole for each, data in named.items()]
        shown = {} if write == ZIP else {"images": [file.entry for file in fresh]}
        report = {"text": [pictures.words], "pixart": pictures.facts()}
        return io.NodeOutput(ui={**shown, "files": entries, **report})


def _require_name(write: str, name: str) -> None:
    errors.require(write, (ALL, ZIP), what="What is written")
    if name and not LETTERS.fullmatch(name):
        raise PictureError(f"{name!r} can't begin the names of files: take letters, digits, blanks and ( ) + , . _ -")


def _files(picture: LegalPicture, stem: str, words: str) -> dict[str, bytes]:
    """All files of a picture, what was done with it as a text among them."""
    return {**bundle.files(picture, stem), f"{stem}.txt": f"{words}\n".encode()}


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
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        return float("nan")  # never the same: ComfyUI 0.3.75 leaves a known node's report out of the history

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
