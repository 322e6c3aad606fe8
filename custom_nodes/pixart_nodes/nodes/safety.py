"""A node that looks at pictures before they leave, and blurs or refuses what isn't safe for work."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from .. import safety
from ..errors import UnsafePicture
from ..tensors import to_image, to_rgba
from .sockets import CATEGORY, image_input, image_output, problem


class PixartSafety(io.ComfyNode):
    """The NSFW filter."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSafety",
            display_name="NSFW Filter",
            category=CATEGORY,
            description="Looks for exposed nudity with nudenet, which has to be installed beside ComfyUI, and blurs or "
            "refuses the pictures that show it. What it finds harmless passes unchanged. It errs both ways.",
            inputs=[
                image_input("The pictures to look at, each for itself."),
                io.Combo.Input(
                    "action",
                    options=list(safety.ACTIONS),
                    default="blur",
                    tooltip="blur makes a coarse mosaic of an unsafe picture; refuse ends the run with an error.",
                ),
                io.Float.Input(
                    "threshold",
                    default=safety.THRESHOLD,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="How sure the detector must be. Lower finds more and is wrong more often; what it "
                    "is less sure of than 0.25 it never tells.",
                ),
            ],
            outputs=[image_output("The pictures; unsafe ones blurred, with their alpha.")],
        )

    @classmethod
    def validate_inputs(cls, action: str = "blur") -> bool | str:
        return problem(safety.require, action)

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        return float("nan")  # never the same: ComfyUI 0.3.75 leaves a known node's report out of the history

    @classmethod
    def execute(cls, image: Any, action: str, threshold: float) -> io.NodeOutput:
        safety.require(action)
        pixels = to_rgba(image)
        findings = [safety.unsafe_labels(safety.look(one), threshold) for one in pixels]
        labels = sorted({label for each in findings for label in each})
        if labels and action == "refuse":
            raise UnsafePicture(f"The NSFW filter refused the picture: it seems to show {safety.in_words(labels)}.")
        result = image.float().clone() if labels else image  # blocks have a colour of the picture: to the bit
        for place, one in enumerate(pixels):
            if findings[place]:
                blurred = to_image(safety.blurred(one)[None], like=image)[0]
                channels = min(3, image.shape[3])  # grey may be one channel, and alpha is kept to the last bit
                result[place, ..., :channels] = blurred[..., :channels]
        facts = {"unsafe": bool(labels), "found": labels, "action": action}
        return io.NodeOutput(result, ui={"pixart": [facts]})


NODES: list[type[io.ComfyNode]] = [PixartSafety]
