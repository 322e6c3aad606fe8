"""The node that makes a drawing of a photo of one."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import json
from importlib import import_module

from comfy.utils import ProgressBar
from comfy_api.latest import io

from ..pixel.clean.paper import cleaning
from ..tensors import to_image, to_rgba
from .sockets import CATEGORY, image_input, image_output, problem

ROOM = "..pixel.clean.paper.drawing"  # imported with the first photo: it needs OpenCV

_INPUTS = [
    image_input("The photo, upright: a drawing by pen, pencil or felt pens on white, ruled or squared paper."),
    io.Combo.Input(
        "ground",
        options=list(cleaning.GROUNDS),
        default="white",
        tooltip="What becomes of blank paper: white, or transparent so that ink alone is left.",
    ),
    io.Boolean.Input(
        "straighten",
        default=True,
        tooltip="On: the page alone, as a scanner would see it, where its edges are found. Off: all of the photo, with "
        "nothing beside the page.",
    ),
    io.Float.Input(
        "strength",
        default=1.0,
        min=0.0,
        max=1.0,
        step=0.05,
        tooltip="How much ink is darkened: 1 makes pencil as black as pen, 0 leaves it as pale as it is.",
    ),
    io.Boolean.Input(
        "remove_rulings",
        default=True,
        tooltip="Takes out the lines, squares or dots that are printed on the paper; what is drawn across them stays.",
    ),
]


class PixartSketchCleanup(io.ComfyNode):
    """A photo of paper in, ink out."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSketchCleanup",
            display_name="Clean Up Sketch (Photo of Paper)",
            category=CATEGORY,
            description="Makes a drawing of a photo of one: finds the page and straightens it, takes out uneven light, "
            "shadows, the paper's colour and its ruled lines, and tells pen, pencil and felt pens from paper. Colours "
            "of ink stay. Where no page is seen, all of the photo is paper, and the report says so.",
            inputs=_INPUTS,
            outputs=[
                image_output("The drawing, RGBA, 1536 to 2048 pixels long; in a batch as large as the largest."),
                io.String.Output(
                    "report",
                    display_name="report",
                    tooltip="JSON: the page's corners in the photo or null, the size, how many rulings were removed, "
                    "and the share of the page that is ink.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, ground: str = "white") -> bool | str:
        return problem(cleaning.require, ground)

    @classmethod
    def execute(
        cls, image: object, ground: str, straighten: bool, strength: float, remove_rulings: bool
    ) -> io.NodeOutput:
        drawing = import_module(ROOM, __package__)
        how = cleaning.Cleaning(ground, straighten, strength, remove_rulings)
        photos = to_rgba(image)
        progress, drawings = ProgressBar(len(photos)), []
        for photo in photos:
            drawings.append(drawing.drawn(photo, how))
            progress.update(1)
        reports = [each.report() for each in drawings]
        remarks = list(dict.fromkeys(sentence for each in drawings for sentence in each.remarks()))
        return io.NodeOutput(
            to_image(drawing.stacked(drawings, ground), like=image),
            json.dumps(reports[0] if len(reports) == 1 else reports),
            ui={"pixart": [{"remarks": remarks}]} if remarks else None,
        )


NODES: list[type[io.ComfyNode]] = [PixartSketchCleanup]
