"""The node that says what a picture is, so that others do what suits it."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from comfy_api.latest import io

from ..pixel.dither import table
from ..pixel.kind import treatment
from ..pixel.resize import downscale
from ..tensors import to_rgba
from .sockets import CATEGORY, LookSocket, image_input, problem


class PixartLook(io.ComfyNode):
    """Pixel art, false pixel art, line art, flat or a photograph."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartLook",
            display_name="Look at Picture (Auto)",
            category=CATEGORY,
            description="Says what a picture is: pixel art, false pixel art (enlarged, resampled or drawn by a model), "
            "line art, flat (a cartoon without outlines) or a photograph, and why. Connect it to Adjust, Downscale and "
            "Quantize: where these are set to auto, they do what suits the picture.",
            inputs=[
                image_input(
                    "The picture as it came, before anything is done with it; of a batch the first one counts."
                ),
                io.Combo.Input(
                    "photo_method",
                    options=list(downscale.METHODS),
                    default=treatment.PHOTO_METHOD,
                    tooltip="By what Downscale makes photographs, paintings and gradients small, if it is set to auto.",
                ),
                io.Combo.Input(
                    "photo_dither",
                    options=list(table.DITHERS),
                    default=treatment.PHOTO_DITHER,
                    tooltip="By what Quantize dithers these, if it is set to auto; all else gets none.",
                ),
            ],
            outputs=[
                LookSocket.Output("look", display_name="LOOK", tooltip="For Adjust, Downscale, Quantize and Save."),
                io.String.Output("kind", display_name="kind", tooltip="What the picture was taken for."),
                io.String.Output("report", display_name="report", tooltip="The same with its reason, in sentences."),
            ],
        )

    @classmethod
    def validate_inputs(
        cls, photo_method: str = treatment.PHOTO_METHOD, photo_dither: str = treatment.PHOTO_DITHER
    ) -> bool | str:
        return problem(treatment.require, photo_method, photo_dither)

    @classmethod
    def execute(cls, image: object, photo_method: str, photo_dither: str) -> io.NodeOutput:
        plan = treatment.treatment(to_rgba(image)[0], photo_method, photo_dither)
        return io.NodeOutput(plan, plan.kind, plan.says, ui={"pixart": [plan.report()], "text": [plan.says]})


NODES: list[type[io.ComfyNode]] = [PixartLook]
