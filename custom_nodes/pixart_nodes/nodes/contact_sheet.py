"""The node that shows one picture in many palettes, dithers and methods, to take one."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import product

import numpy as np
from comfy.utils import ProgressBar
from comfy_api.latest import io, ui
from numpy.typing import NDArray

from .. import library
from ..drawings.scene.font import font
from ..errors import PictureError
from ..pixel.dither import quantize, table
from ..pixel.dither.quantization import Quantization
from ..pixel.edit import contact_sheet
from ..pixel.errors import require
from ..pixel.palette import picture
from ..pixel.palette.palette import Palette
from ..pixel.resize import downscale
from ..tensors import to_image, to_rgba
from .sockets import CATEGORY, PaletteSocket, fit_input, free_side_input, image_input, problem

RGBA = NDArray[np.uint8]

MOST_PICTURES = 256  # pictures on a sheet
ALL = "all"
LINKED = "linked"  # how the palette that comes over the link is called
FONT = "5x7"
AIM = 128  # pixels a side that a picture has on the sheet where zoom is 0


@dataclass(frozen=True)
class Variant:
    """What is done to the picture: names of a palette, a dither and a method."""

    palette: str
    dither: str
    method: str


def names(text: str, choices: Iterable[str], what: str) -> list[str]:
    """The names in a text, between commas, each once; `all` is every one. Raises UnknownName."""
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if ALL in parts:
        return list(choices)
    for part in parts:
        require(part, choices, what=what)
    return list(dict.fromkeys(parts))


def variants(palettes: str, dithers: str, methods: str, linked: bool = False) -> list[Variant]:
    """All palettes, each with every dither and method. Raises UnknownName; PictureError for none or too many."""
    rows = [LINKED] * linked + names(palettes, library.palettes(), "Palette")
    across = names(dithers, table.DITHERS, "Dither"), names(methods, downscale.METHODS, "Downscale method")
    for name, chosen in zip(("palettes", "dithers", "methods"), (rows, *across), strict=True):
        if not chosen:
            raise PictureError(f"{name} is empty: name at least one, or {ALL}.")
    entries = [Variant(*each) for each in product(rows, *across)]
    if len(entries) > MOST_PICTURES:
        raise PictureError(
            f"{len(rows)} palettes x {len(across[0])} dithers x {len(across[1])} methods are {len(entries)} pictures, "
            f"and a sheet has {MOST_PICTURES} at most: compare fewer."
        )
    return entries


@dataclass(frozen=True, eq=False)
class Prints:
    """The pictures uint8 [B, H, W, 4], the size that they get, and the palette that is linked."""

    pixels: RGBA
    width: int
    height: int
    fit: str
    linked: Palette | None = None

    def draw(self, variant: Variant, number: int = 0) -> RGBA:
        """One of the pictures as Downscale and Quantize make it: uint8 [height, width, 4]."""
        settings = Quantization(self.colors(variant), dither=variant.dither)
        return quantize.quantize(self._small(number, variant.method), settings)

    def colors(self, variant: Variant) -> Palette:
        """The palette of a variant."""
        linked = self.linked if variant.palette == LINKED else None
        return linked or library.palette(variant.palette)

    @cached_property
    def _downscaled(self) -> dict[tuple[int, str], RGBA]:
        return {}

    def _small(self, number: int, method: str) -> RGBA:
        """Each method is run once a picture: it takes longer than all palettes together."""
        if (number, method) not in self._downscaled:
            small = downscale.downscale(self.pixels[number], self.width, self.height, method, self.fit)
            self._downscaled[number, method] = small
        return self._downscaled[number, method]


def label(number: int, variant: Variant, entries: list[Variant]) -> NDArray[np.bool_]:
    """The number and the palette's name, and below what else differs between the pictures, as ink."""
    lines = [f"{number} {variant.palette}"]
    lines += [getattr(variant, part) for part in ("dither", "method") if len({getattr(v, part) for v in entries}) > 1]
    inks = [font(FONT).line(line) for line in lines]
    across = max(ink.shape[1] for ink in inks)
    return np.concatenate([np.pad(ink, ((0, 0), (0, across - ink.shape[1]))) for ink in inks])


def columns_of(entries: list[Variant]) -> int:
    """A row a palette; where nothing but the palette differs, about as many rows as columns."""
    across = len(entries) // len({each.palette for each in entries})
    return across if across > 1 else math.ceil(math.sqrt(len(entries)))


_SHEET_INPUTS = [
    fit_input(),
    io.Int.Input(
        "zoom",
        default=0,
        min=0,
        max=16,
        tooltip="Side of a pixel on the sheet. 0: such that a picture is about 128 pixels wide there.",
    ),
]


class PixartContactSheet(io.ComfyNode):
    """One picture in many palettes, dithers and methods."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartContactSheet",
            display_name="Contact Sheet (Compare Palettes)",
            category=CATEGORY,
            description="Pixelates one picture in many ways to choose from: every palette with every dither and every "
            "downscale method, side by side, each with its number and names. take is the number of the one that "
            "goes on: its picture and its palette.",
            inputs=[
                image_input("The picture; of a batch the first one is on the sheet, and all are taken."),
                io.String.Input(
                    "palettes",
                    default="pico-8, gameboy, sweetie-16, endesga-32, c64, pixart-8",
                    tooltip="Built-in palettes by name, separated by commas; all is every one.",
                ),
                io.String.Input(
                    "dithers",
                    default="none, bayer-4",
                    tooltip="Dithers of Quantize by name, separated by commas; all is every one.",
                ),
                io.String.Input(
                    "methods",
                    default="k-centroid",
                    tooltip="Methods of Downscale by name, separated by commas; all is every one.",
                ),
                free_side_input("width"),
                free_side_input("height", 0),
                *_SHEET_INPUTS,
                io.Int.Input(
                    "take", default=0, min=0, max=MOST_PICTURES - 1, tooltip="Number of the picture that goes on."
                ),
                PaletteSocket.Input(
                    "palette", optional=True, tooltip="One more palette to compare, before the others."
                ),
            ],
            outputs=[
                io.Image.Output("sheet", display_name="sheet", tooltip="All pictures with their labels, RGB."),
                io.Image.Output("taken", display_name="IMAGE", tooltip="The picture taken, or the batch, RGBA."),
                PaletteSocket.Output("colors", display_name="PALETTE", tooltip="The palette of the picture taken."),
                io.String.Output("choice", display_name="choice", tooltip="Its palette, dither and method by name."),
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(
        cls, palettes: str = "pico-8", dithers: str = "none", methods: str = "box", fit: str = "stretch"
    ) -> bool | str:
        """A palette that is linked makes up for an empty list, which is seen when the node runs."""
        named = problem(variants, palettes or "pico-8", dithers, methods)
        return named if named is not True else problem(downscale.require, "nearest", fit)

    @classmethod
    def execute(
        cls,
        image: object,
        palettes: str,
        dithers: str,
        methods: str,
        width: int,
        height: int,
        fit: str,
        zoom: int,
        take: int,
        palette: Palette | None = None,
    ) -> io.NodeOutput:
        entries = variants(palettes, dithers, methods, palette is not None)
        if take >= len(entries):
            raise PictureError(f"take is {take}, but the sheet has {len(entries)} pictures, numbered from 0.")
        pixels = to_rgba(image)
        prints = Prints(pixels, *picture.kept_shape(pixels.shape[2:0:-1], width, height), fit, palette)
        labels = [label(number, variant, entries) for number, variant in enumerate(entries)]
        zoom = zoom or max(1, AIM // prints.width)
        sheet, boxes = contact_sheet.sheet(_each(entries, prints), labels, columns_of(entries), zoom, take)
        chosen, shown = entries[take], to_image(sheet[None], like=image)
        pictures = np.stack([prints.draw(chosen, number) for number in range(len(pixels))])
        choice = f"{chosen.palette}, {chosen.dither}, {chosen.method}"
        said = {
            "images": ui.PreviewImage(shown).values,
            "pixart": [{"taken": f"{take} {choice}"}],
            "lists": [palettes, dithers, methods],
            "cells": [asdict(variant) | asdict(box) for variant, box in zip(entries, boxes, strict=True)],
        }
        return io.NodeOutput(shown, to_image(pictures, like=image), prints.colors(chosen), choice, ui=said)


def _each(entries: list[Variant], prints: Prints) -> list[RGBA]:
    progress, pictures = ProgressBar(len(entries)), []
    for variant in entries:
        pictures.append(prints.draw(variant))
        progress.update(1)  # where an interrupted prompt ends
    return pictures


NODES: list[type[io.ComfyNode]] = [PixartContactSheet]
