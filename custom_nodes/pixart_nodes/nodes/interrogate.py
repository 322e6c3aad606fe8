"""A node that says in words what a picture shows."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

import comfy.model_management
import comfy.utils
from comfy_api.latest import io

from ..interrogate import tags
from ..interrogate.captioner import Captioner
from ..interrogate.models import TAGGER
from ..pixel.palette.picture import flatten
from ..tensors import to_rgba
from . import interrogators
from .sockets import CATEGORY, image_input, problem

WHITE = (255, 255, 255)
USUAL = tags.Wish()


def _score_input(name: str, default: float, tooltip: str) -> io.Input:
    return io.Float.Input(name, default=default, min=0.0, max=1.0, step=0.01, tooltip=tooltip)


def _switch(name: str, default: bool, tooltip: str) -> io.Input:
    return io.Boolean.Input(name, default=default, tooltip=tooltip)


def _tag_inputs() -> list[io.Input]:
    """What only a tagger obeys."""
    general, character = USUAL.threshold, USUAL.character_threshold
    return [
        _score_input("threshold", general, "Tagger: how sure it must be of a general tag."),
        _score_input("character_threshold", character, "Tagger: how sure it must be of a character's name."),
        _switch("alphabetical", False, "Tagger: tags in alphabetical order, else the surest first."),
        _switch("spaces", True, "Tagger: spaces for underscores, but in faces such as ^_^."),
        _switch("escape", True, "Tagger: a backslash before brackets, which have a meaning in prompts."),
        _switch("scores", False, "Tagger: each tag with how sure it is, as (tag:0.912)."),
        io.String.Input("leave_out", default="", tooltip="Tagger: tags that are left out, with commas between."),
    ]


def _caption_inputs() -> list[io.Input]:
    """What only BLIP obeys."""
    return [
        io.Int.Input("beams", default=1, min=1, max=16, tooltip="BLIP: how many beginnings are followed at a time."),
        io.Int.Input("min_length", default=24, min=1, max=128, tooltip="BLIP: tokens that a caption has at least."),
        io.Int.Input("max_length", default=48, min=1, max=256, tooltip="BLIP: tokens that a caption has at most."),
    ]


class PixartInterrogate(io.ComfyNode):
    """A caption or tags of a picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartInterrogate",
            display_name="Interrogate a Picture",
            category=CATEGORY,
            description="Says what a picture shows: a WD14 tagger gives tags, for which onnxruntime has to be "
            "installed beside ComfyUI, a BLIP model a sentence. Nothing is downloaded.",
            inputs=[
                image_input("The pictures to look at, each for itself; transparency counts as white."),
                io.Combo.Input(
                    "model",
                    options=list(interrogators.there()),
                    tooltip="A tagger or a BLIP model in models/interrogators, taggers, wd14_tagger or blip.",
                ),
                *_tag_inputs(),
                *_caption_inputs(),
            ],
            outputs=[
                io.String.Output(
                    "caption", display_name="caption", is_output_list=True, tooltip="The words, for each picture."
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, model: str = "") -> bool | str:
        return problem(interrogators.chosen, model)

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        return float("nan")  # never the same: ComfyUI 0.3.75 leaves a known node's report out of the history

    @classmethod
    def execute(
        cls, image: Any, model: str, beams: int, min_length: int, max_length: int, **wishes: Any
    ) -> io.NodeOutput:
        model_files, wish = interrogators.chosen(model), tags.Wish(**wishes)
        lengths = {"beams": beams, "least": min_length, "most": max_length}
        bar, facts = comfy.utils.ProgressBar(len(image)), []
        for one in to_rgba(image):
            comfy.model_management.throw_exception_if_processing_interrupted()
            rgb = flatten(one, WHITE)
            if model_files.kind == TAGGER:
                facts.append(_tagged(*interrogators.RESIDENT.scores(model_files, rgb), wish))
            else:
                facts.append({"caption": _captioned(interrogators.RESIDENT.captioner(model_files), rgb, lengths)})
            bar.update(1)
        captions = [each["caption"] for each in facts]
        return io.NodeOutput(captions, ui={"pixart": [{**each, "model": model} for each in facts], "text": captions})


def _captioned(captioner: Captioner, rgb: Any, lengths: dict[str, int]) -> str:
    """What BLIP says, on ComfyUI's device, where other models make room."""
    device = comfy.model_management.get_torch_device()
    comfy.model_management.free_memory(2 * captioner.size, device)  # for what is worked with, as much again
    return captioner.caption(rgb, device, **lengths)


def _tagged(all_tags: tuple[tags.Tag, ...], scores: Any, wish: tags.Wish) -> dict[str, Any]:
    """What the node reports of a picture's tags; `surest` is there also where none is sure enough."""
    selection, surest = tags.chosen(all_tags, scores, wish), tags.surest(all_tags, scores)
    facts = {
        "caption": tags.caption(selection, wish),
        "tags": [tags.spaced(name) for name, _ in selection],
        "scores": [round(score, 4) for _, score in selection],
    }
    return {**facts, "surest": tags.spaced(surest[0]), "surest_score": round(surest[1], 4)} if surest else facts


NODES: list[type[io.ComfyNode]] = [PixartInterrogate]
