"""Groups of fields by which a request says what is to become of its picture, alike in every dialect.

They are: its size and what becomes of a sketch's shape, the form in which it leaves, a ground that goes, what an artist
does by hand, and what a style else chooses: palette, dither, downscale, contrast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bridge.adapters.fields import HEX_COLOR, hex_color, number, prose, shown, switch, whole
from bridge.core.errors import BadRequest, UnknownName
from bridge.core.job import JobSpec, Rendition
from bridge.core.picture import image_size
from bridge.core.picture.color_names import COLOR_NAMES
from bridge.core.spelling import question

STRETCH, LONGEST = "stretch", "longest"
FIT_CHOICES = (STRETCH, "crop", "pad", LONGEST)
SMALLEST, LARGEST = 16, 512  # pixels a side that the Pixart editor's dialog offers

# Formats as requests write them -> as a Rendition has them.
FORMAT_BY_NAME = {"png": "", "jpeg": "jpeg", "jpg": "jpeg", "webp": "webp"}

BACKGROUND_WAYS = ("border-fill", "key-color")
MOST_PIXELS = 1 << 24  # of an enclosed area that is kept
# Fields of a request -> inputs of the node that a workflow gets for them.
BACKGROUND_FIELDS = {
    "background": "background",
    "backgroundColor": "background_color",
    "backgroundTolerance": "background_tolerance",
    "backgroundHoles": "background_holes",
}

ON_VALUES = {"snap": "median", "clean": 1}  # what a bare yes says: the nodes' own values
FINISH_FIELDS = (*ON_VALUES, "outline")  # fields of a request, and inputs of a workflow by the same names
MOST_ORPHANS = 64  # pixels; the node takes no larger clusters
SWITCH_VALUES = ("true", "false")
RGB_PATTERN = re.compile(r"rgb\(\s*[0-9]{1,3}(\s*,\s*[0-9]{1,3}){2}\s*\)")

PALETTE_LOST = "palette made no difference: colorPalette goes before it."
MOST_COLORS = 256  # what a palette PNG can hold
# Fields of a look -> inputs of the workflows that make pixel art.
_SAME = ("palette", "extraction", "dither", "method", "metric", "contrast")
LOOK_FIELDS = {"ownColors": "own_colors", **{name: name for name in _SAME}}
TUNING_FIELDS = {**LOOK_FIELDS, "strength": "strength"}
MOVING_FORMATS = ("gif", "apng", "aseprite")  # formats of what moves


def fit_of(value: Any) -> str | None:
    """The name of a way to fit a picture into a size, unchanged; None stays None. Raises ValueError."""
    if value is None or value in FIT_CHOICES:
        return value
    raise ValueError(f"must be {', '.join(FIT_CHOICES[:-1])} or {FIT_CHOICES[-1]}, not {shown(value)}")


Fit = Annotated[
    str | None,
    BeforeValidator(fit_of),
    Field(json_schema_extra={"type": ["string", "null"], "enum": [*FIT_CHOICES, None]}),
]


Size = Annotated[
    int,
    whole(SMALLEST, LARGEST, needed=True),
    Field(json_schema_extra={"minimum": SMALLEST, "maximum": LARGEST}),
]


@dataclass(frozen=True)
class Proportion:
    """The result's size in pixels, the workflow's own word for `fit`, and how many times too wide or high it becomes.

    `stretched` is 1 where the sketch keeps its shape, as it does where only a part of a pixel is rounded.
    """

    width: int
    height: int
    fit: str = STRETCH
    stretched: float = 1.0

    @property
    def echo(self) -> dict[str, float] | None:
        """What an answer says of a sketch that lost its shape; None for one that kept it."""
        return None if self.stretched == 1 else {"stretched": self.stretched}


def proportion(sketch: bytes, width: int, height: int, fit: str | None) -> Proportion:
    """How a sketch comes to a size in pixels; its own size is read from the head of its file, where that has one.

    `longest` has no edges cut off and no bars: the result is the largest of the sketch's own shape within the size.
    """
    own_size = image_size.size(sketch)
    if own_size is None or fit not in (None, STRETCH, LONGEST):
        return Proportion(width, height, fit if fit in FIT_CHOICES and fit != LONGEST else STRETCH)
    across, down = own_size
    inner = max(1, min(width, round(across * height / down))), max(1, min(height, round(down * width / across)))
    if fit == LONGEST:
        return Proportion(*inner)
    ratio = (width / across) / (height / down)
    return Proportion(width, height, stretched=1.0 if inner == (width, height) else round(max(ratio, 1 / ratio), 3))


def format_of(value: Any) -> str | None:
    """The format that a request names; None stays None. Raises ValueError."""
    if value is None:
        return None
    if not isinstance(value, str) or value.strip().lower() not in FORMAT_BY_NAME:
        raise ValueError(f"must be png, jpeg or webp, not {shown(value)}")
    return FORMAT_BY_NAME[value.strip().lower()]


Format = Annotated[
    str | None,
    BeforeValidator(format_of),
    Field(json_schema_extra={"type": ["string", "null"], "enum": [*FORMAT_BY_NAME, None]}),
]
Quality = Annotated[int | None, whole(1, 100), Field(json_schema_extra={"minimum": 1, "maximum": 100})]
Switch = Annotated[bool | None, BeforeValidator(switch), Field(json_schema_extra={"type": ["boolean", "null"]})]


class Form(BaseModel):
    """What a dialect's request has of its own beside this."""

    metadata: Switch = Field(
        None, description="false: the picture's file says nothing of how it was made; it has no text, EXIF or graph"
    )
    graph: Switch = Field(
        None, description="false: the file is without ComfyUI's graph and prompt; what else it says stays"
    )
    format: Format = Field(None, description="`png`, `jpeg` or `webp`; absent: as the workflow writes it, which is PNG")
    quality: Quality = Field(None, description="of JPEG and lossy WebP, 1 to 100; absent: 80")
    lossless: Switch = Field(None, description="of WebP; absent: where the picture has a palette, as pixel art has")

    @property
    def rendition(self) -> Rendition:
        """The form, as a job has it."""
        quality = Rendition.quality if self.quality is None else self.quality
        metadata, graph = self.metadata is not False, self.graph is not False
        return Rendition(metadata, self.format or "", quality, self.lossless, graph)

    def of(self, spec: JobSpec) -> JobSpec:
        """The job, whose pictures leave in this form, with notes on what of it makes no difference."""
        notes = form_notes(self.format or "", self.quality, self.lossless)
        return replace(spec, rendition=self.rendition, notes=(*spec.notes, *notes))


def form_notes(format: str, quality: Any, lossless: Any) -> tuple[str, ...]:
    """Notes on a quality and on a choice of lossless WebP that a picture of this format has no use for; "" is PNG."""
    name, notes = format or "png", []
    if quality is not None and (not format or (format == "webp" and lossless is True)):
        what = "lossless webp" if format else name
        notes.append(f"quality made no difference: it is for jpeg and lossy webp, and the picture is {what}.")
    if lossless is not None and format != "webp":
        notes.append(f"lossless made no difference: it is for webp, and the picture is {name}.")
    return tuple(notes)


def _way(value: Any) -> str | None:
    if value is None or value in BACKGROUND_WAYS:
        return value
    raise ValueError(f"must be {' or '.join(BACKGROUND_WAYS)}, not {shown(value)}")


def _color(value: Any) -> str | None:
    return None if value is None else f"#{hex_color(value, like='#ff00ff')}"


class Ground(BaseModel):
    """What of a sketch is its ground and becomes transparent; without these fields the whole sketch stays."""

    background: Annotated[str | None, BeforeValidator(_way)] = Field(
        None,
        description="makes the sketch's ground transparent first: `border-fill`, what is connected to the border, or "
        "`key-color`, that colour wherever it is",
        json_schema_extra={"type": ["string", "null"], "enum": [*BACKGROUND_WAYS, None]},
    )
    backgroundColor: Annotated[str | None, BeforeValidator(_color)] = Field(
        None, description="the ground's colour; absent: the most frequent one of the border"
    )
    backgroundTolerance: Annotated[float | None, number(0, 1)] = Field(
        None, description="how far from it the ground may be, in OKLab: 0.02 is just visible; absent: 0.05"
    )
    backgroundHoles: Annotated[int | None, whole(0, MOST_PIXELS)] = Field(
        None, description="enclosed ground goes too where it has at least so many pixels; absent or 0: it stays"
    )

    @property
    def ground(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets; one field of them is enough to have the ground removed."""
        fields = {name: getattr(self, field) for field, name in BACKGROUND_FIELDS.items()}
        chosen = {name: value for name, value in fields.items() if value is not None}
        return {"background": BACKGROUND_WAYS[0], **chosen} if chosen else {}


class RemovedGround(BaseModel):
    """What of the sketch was made transparent, as an answer says it."""

    method: str = Field(examples=["border-fill"])
    color: str | None = Field(None, description="absent: the most frequent colour of the border")
    tolerance: float | None = Field(None, description="absent: 0.05")
    holes: int | None = Field(None, description="absent: enclosed ground stayed")


def ground_answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says of the ground of a job with these values; empty where the ground stayed."""
    words = {name: name.removeprefix("background_") for name in BACKGROUND_FIELDS.values()} | {"background": "method"}
    said = {word: values[name] for name, word in words.items() if name in values}
    return {"background": said} if said else {}


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in SWITCH_VALUES)


def _cell(value: Any) -> str | None:
    """The way in which a cell gets its colour, by its name or as true; None for false and None. Raises ValueError."""
    if _is_switch(value):
        return ON_VALUES["snap"] if switch(value) else None
    if value is not None and not isinstance(value, str):
        raise ValueError(f"must be true, false or the name of a way such as k-centroid, not {shown(value)}")
    return prose(value)


def _orphans(value: Any) -> Any:
    """The number of pixels that true stands for, None for false; any other value stays as it is."""
    if _is_switch(value):
        return ON_VALUES["clean"] if switch(value) else None
    return value


class Finish(BaseModel):
    """What is done to a picture's pixels by hand, as it were; without these fields nothing is."""

    snap: Annotated[str | None, BeforeValidator(_cell)] = Field(
        None,
        description="true: pixel art that was enlarged, blurred or drawn by a model is brought to its own pixels "
        "first, and drawn by no model; or how each gets its colour: `median` (true), `k-centroid`, `mean`, `centre`. "
        "Without a size it keeps as many pixels as its grid has",
        json_schema_extra={"type": ["boolean", "string", "null"]},
    )
    clean: Annotated[int | None, whole(0, MOST_ORPHANS), BeforeValidator(_orphans)] = Field(
        None,
        description="true: single stray pixels go, and jagged lines are made even; or the largest cluster that is "
        "stray, in pixels; 0: lines alone",
        json_schema_extra={"type": ["boolean", "integer", "null"]},
    )
    outline: Annotated[str | None, BeforeValidator(prose)] = Field(
        None,
        description="a line of this colour around what is opaque, as `#000000` or by its name, `black`; of a palette's "
        "colours the nearest",
        json_schema_extra={"examples": ["black"]},
    )

    @property
    def finish(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets. Raises BadRequest, UnknownName for what is no colour."""
        line = color(self.outline) if self.outline else None
        inputs = {"snap": self.snap or None, "clean": self.clean, "outline": line}
        return {name: value for name, value in inputs.items() if value is not None}


def color(text: str) -> str:
    """A colour as the nodes read it, of hex, CSS's names, or rgb(). Raises BadRequest, UnknownName."""
    plain = text.strip().lower()
    if plain in COLOR_NAMES or HEX_COLOR.fullmatch(plain) or RGB_PATTERN.fullmatch(plain):
        return plain
    if question(plain, COLOR_NAMES):
        raise UnknownName(text.strip(), COLOR_NAMES, what="Colour", field="outline")
    raise BadRequest(f"outline must be a colour like #000000 or black, not {shown(text)}.", field="outline")


def with_finish(
    look: Finish, values: Mapping[str, Any], notes: tuple[str, ...], *, paper: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The values and notes of a job whose pixels are finished, where the request says so."""
    chosen = look.finish
    if "snap" in chosen and paper:
        notes = (*notes, "snap is for drawings without paper, of which the ink alone is taken; it was left out.")
        chosen = {name: value for name, value in chosen.items() if name != "snap"}
    return {**values, **chosen}, notes


def finish_answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says of the snapping, cleaning and outline of a job with these values; empty without any."""
    return {name: values[name] for name in FINISH_FIELDS if values.get(name) is not None}


def moving(value: Any) -> str | None:
    """The name of a format of animations, unchanged; None stays None. Raises ValueError."""
    if value is None or value in MOVING_FORMATS:
        return value
    raise ValueError(f"must be {', '.join(MOVING_FORMATS[:-1])} or {MOVING_FORMATS[-1]}, not {shown(value)}")


# By whether a model draws the sketch anew, and whether that is a photo of paper.
MODE_BY_TRAITS = {
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
    """The fields of a look that a request has beside its style."""

    strength: Annotated[float | None, number(0, 1)] = Field(None, description="how much dither, 0 to 1")
    redraw: Switch = Field(
        None, description="false: the sketch itself becomes pixel art at once, and no model draws it anew"
    )
    animation: Annotated[str | None, BeforeValidator(moving)] = Field(
        None,
        description="`gif`, `apng` or `aseprite`: all frames of the sketch's file as one of these, drawn by no model",
        json_schema_extra={"type": ["string", "null"], "enum": [*MOVING_FORMATS, None]},
    )

    @property
    def chosen(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets."""
        return self.inputs(TUNING_FIELDS)

    @property
    def is_redrawn(self) -> bool:
        """Whether a model may draw the sketch anew."""
        return self.redraw is not False and not self.animation and not self.snap

    def mode(self, *, paper: bool) -> str:
        """The name of the mode that draws."""
        return "animation" if self.animation else MODE_BY_TRAITS[self.is_redrawn, paper]


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
