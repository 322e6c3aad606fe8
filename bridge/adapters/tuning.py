"""The fields by which a request chooses for itself what a style else chooses: palette, dither, downscale, contrast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bridge.adapters.fields import number, prose, shown, whole
from bridge.adapters.finish import Finish
from bridge.adapters.rendition import Switch

MOST_COLORS = 256  # what a palette PNG can hold
# Fields of a look -> inputs of the workflows that make pixel art.
LOOK = {"ownColors": "own_colors"}
LOOK |= {name: name for name in ("palette", "extraction", "dither", "method", "metric", "contrast")}
FIELDS = {**LOOK, "strength": "strength"}
MOVING = ("gif", "apng", "aseprite")  # formats of what moves


def moving(value: Any) -> str | None:
    """For the name of a format whose pictures move; None stays None."""
    if value is None or value in MOVING:
        return value
    raise ValueError(f"must be {', '.join(MOVING[:-1])} or {MOVING[-1]}, not {shown(value)}")


# By whether a model draws the sketch anew, and whether that is a photo of paper.
MODES = {
    (True, False): "sketch",
    (True, True): "sketch_paper",
    (False, False): "pixelate",
    (False, True): "pixelate_paper",
}

Name = Annotated[str | None, BeforeValidator(prose)]


class Look(BaseModel):
    """How pixel art shall look. What is absent is as the style or the workflow has it; which names there are, ComfyUI
    says."""

    palette: Name = Field(None, description="a built-in palette by its name; `colorPalette` goes before it")
    ownColors: Annotated[int | None, whole(0, MOST_COLORS)] = Field(
        None, description="so many colours of the picture's own instead of a palette; 0 takes the palette"
    )
    extraction: Name = Field(
        None, description="how own colours are found: `k-means`, `salient` for small patches, `median-cut`, `octree`"
    )
    dither: Name = Field(None, description="a dither by its name, for any picture; absent: what suits the picture")
    method: Name = Field(None, description="a downscale by its name, for any picture; absent: what suits the picture")
    metric: Name = Field(None, description="by which measure the nearest colour is the nearest: `oklab`, `rgb`, ...")
    contrast: Annotated[float | None, number(0, 4)] = Field(None, description="1 leaves it, 1.3 is punchy")

    def inputs(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """The workflow's inputs that the request sets, of these fields and the inputs that they stand for."""
        values = {name: getattr(self, field) for field, name in fields.items()}
        return {name: value for name, value in values.items() if value is not None and value != ""}


class Tuning(Look, Finish):
    """What a request has beside its style."""

    strength: Annotated[float | None, number(0, 1)] = Field(None, description="how much dither, 0 to 1")
    redraw: Switch = Field(
        None, description="false: the sketch itself becomes pixel art at once, and no model draws it anew"
    )
    animation: Annotated[str | None, BeforeValidator(moving)] = Field(
        None,
        description="`gif`, `apng` or `aseprite`: all frames of the sketch's file as one of these, drawn by no model",
        json_schema_extra={"type": ["string", "null"], "enum": [*MOVING, None]},
    )

    @property
    def chosen(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets."""
        return self.inputs(FIELDS)

    @property
    def is_redrawn(self) -> bool:
        """Whether a model may draw the sketch anew."""
        return self.redraw is not False and not self.animation and not self.snap

    def mode(self, *, paper: bool) -> str:
        """What draws."""
        return "animation" if self.animation else MODES[self.is_redrawn, paper]


def extracted(
    tuning: Tuning, values: Mapping[str, Any], notes: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values and notes of a request that may say how own colours are found, but asks for none."""
    if not tuning.extraction or values.get("own_colors"):
        return dict(values), notes
    left = {name: value for name, value in values.items() if name != "extraction"}
    return left, (*notes, "extraction is how ownColors are found, and none are asked for; it was left out.")


def undrawn(
    tuning: Tuning, values: Mapping[str, Any], notes: tuple[str, ...], words: Mapping[str, str], *, paper: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values and notes of a sketch that no model draws anew, of which only `pixelate` has a use for words; `words`
    are the caller's for `negative` and `paper`."""
    lost = {"seed", "negative", *(("prompt",) if paper or tuning.animation else ())}
    left = {name: value for name, value in values.items() if name not in lost}
    if values.get("negative"):
        notes = (*notes, f"{words['negative']} is for models, and none draws here; it was left out.")
    if tuning.animation and paper:
        notes = (*notes, f"{words['paper']} is for single pictures; it was left out.")
    if tuning.redraw:
        why = "an animation" if tuning.animation else "what is snapped to its grid"
        notes = (*notes, f"{words['redraw']} made no difference: no model draws {why}.")
    return left, notes
