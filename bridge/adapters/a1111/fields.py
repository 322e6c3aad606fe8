"""The requests of A1111's API as models, and which of their fields change nothing here."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from bridge.adapters.a1111.error_answers import Unprocessable
from bridge.adapters.a1111.neutral_values import USUAL_VALUES, WITHOUT_EFFECT
from bridge.adapters.fields import LONGEST_PROMPT, encoded_twice, ignored, shown, spelled_otherwise, with_hint
from bridge.adapters.styling import Styling

MOST_IMAGES = 100  # of one request: its answer holds them all at once


def _seed(value: Any) -> Any:
    return -1 if value == "" else value


def _no_switch(what: str) -> BeforeValidator:
    """The check that true and false stand for no number, which `what` says; pydantic takes them for 1 and 0."""

    def check(value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError(f"must be {what}, not {shown(value)}")
        return value

    return BeforeValidator(check)


WHOLE, REAL = _no_switch("a whole number"), _no_switch("a number")
Seed = Annotated[int, BeforeValidator(_seed), WHOLE]
Text = Annotated[str, Field(max_length=LONGEST_PROMPT)]
Number = Annotated[float, REAL, Field(allow_inf_nan=False)]
LARGEST_SIDE = 1 << 20  # of any size or count: far beyond what is drawn, so that arithmetic stays arithmetic
Size = Annotated[int, WHOLE, Field(ge=1, le=LARGEST_SIDE)]
Edge = Annotated[int, WHOLE, Field(ge=0, le=LARGEST_SIDE)]
Name = Annotated[str, Field(max_length=500)]


SAMPLE_PICTURE = (  # a tree of 8 x 8 pixels, for the documentation to be tried with
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAIAgMAAAC5YVYYAAAACVBMVEX///8ui1eLRRM3y3V8AAAAIElEQVR42mNk9WYSYGFiYGD68IfprwET"
    "AwMTAwMDAwMAL+4Di0rI9FAAAAAASUVORK5CYII="
)


class Fields(BaseModel):
    """A body of A1111's API: null means the default, numbers may come as text, unknown fields are kept to be said."""

    model_config = ConfigDict(extra="allow", frozen=True)

    _idle: dict[str, str] = PrivateAttr(default_factory=dict)  # what was sent for fields that take no part, as notes

    def note(self, field: str, sentence: str) -> None:
        """Add a sentence to what the answer says about a field that is left out."""
        self._idle[field] = sentence

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: Any) -> Any:
        return {key: value for key, value in body.items() if value is not None} if isinstance(body, dict) else body


class Generation(Fields):
    """What txt2img and img2img share, with A1111's defaults. `workflow` is this server's own: a mode to run instead."""

    prompt: Text = Field("", examples=["a small tree"])
    negative_prompt: Text = ""
    styles: Annotated[list[Name], Field(max_length=MOST_IMAGES)] | None = None
    seed: Seed = -1
    subseed: Seed = -1
    subseed_strength: Number = 0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    sampler_name: Name | None = None
    sampler_index: Name = "Euler"
    scheduler: Name | None = None
    batch_size: Size = 1
    n_iter: Size = 1
    steps: Size = Field(50, examples=[20])
    cfg_scale: Number = 7.0
    width: Size = 512
    height: Size = 512
    restore_faces: bool | None = None
    tiling: bool | None = None
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    eta: Number | None = None
    denoising_strength: Number = 0.75
    s_min_uncond: Number | None = None
    s_churn: Number | None = None
    s_tmax: Number | None = None
    s_tmin: Number | None = None
    s_noise: Number | None = None
    override_settings: dict[str, Any] | None = None
    override_settings_restore_afterwards: bool = True
    refiner_checkpoint: Name | None = None
    refiner_switch_at: Number | None = None
    disable_extra_networks: bool = False
    firstpass_image: str | None = None
    comments: dict[str, Any] | None = None
    script_name: Name | None = None
    script_args: list[Any] = []
    alwayson_scripts: dict[str, Any] = {}
    controlnet_units: list[Any] = []
    send_images: bool = True
    save_images: bool = False
    force_task_id: str | None = None
    infotext: Annotated[str, Field(max_length=4 * LONGEST_PROMPT)] | None = None
    workflow: Name | None = None
    pixart: Styling | None = Field(
        None,
        description="this server's own: makes it pixel art, by the Pixart editor's fields for its look; clients that "
        'can\'t send it send `alwayson_scripts`: `{"pixart": {"args": [{...}]}}`',
        examples=[None],
    )
    strict: bool = Field(False, description="this server's own: refuse scripts that aren't there, as A1111 does")

    @property
    def count(self) -> int:
        """How many pictures are asked for."""
        return self.batch_size * self.n_iter

    @model_validator(mode="after")
    def _not_too_many(self) -> Generation:
        if self.count > MOST_IMAGES:
            raise ValueError(f"batch_size x n_iter is {self.count}; {MOST_IMAGES} is the most")
        return self


class Txt2Img(Generation):
    """The body of txt2img."""

    enable_hr: bool = False
    firstphase_width: Edge = 0
    firstphase_height: Edge = 0
    hr_scale: Annotated[float, REAL, Field(gt=0, le=100, allow_inf_nan=False)] = 2.0
    hr_upscaler: Name | None = None
    hr_second_pass_steps: Edge = 0
    hr_resize_x: Edge = 0
    hr_resize_y: Edge = 0
    hr_checkpoint_name: Name | None = None
    hr_sampler_name: Name | None = None
    hr_scheduler: Name | None = None
    hr_prompt: Text = ""
    hr_negative_prompt: Text = ""


class Img2Img(Generation):
    """The body of img2img."""

    init_images: list[str] | None = Field(None, examples=[[SAMPLE_PICTURE]], description="base64, or data URLs")
    resize_mode: Annotated[int, Field(ge=0, le=3)] = 0
    image_cfg_scale: Number | None = None
    mask: str | None = None
    mask_blur: Edge | None = None
    mask_blur_x: Edge = 4
    mask_blur_y: Edge = 4
    mask_round: bool = True
    inpainting_fill: Annotated[int, Field(ge=0, le=3)] = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: Edge = 0
    inpainting_mask_invert: int = 0
    initial_noise_multiplier: Number | None = None
    latent_mask: str | None = None
    include_init_images: bool = False


class Extras(Fields):
    """What both extras routes share."""

    resize_mode: Literal[0, 1] = 0
    show_extras_results: bool = True
    gfpgan_visibility: Number = 0
    codeformer_visibility: Number = 0
    codeformer_weight: Number = 0
    upscaling_resize: Annotated[float, REAL, Field(gt=0, le=100, allow_inf_nan=False)] = 2
    upscaling_resize_w: Size = 512
    upscaling_resize_h: Size = 512
    upscaling_crop: bool = True
    upscaler_1: Name = "None"
    upscaler_2: Name = "None"
    extras_upscaler_2_visibility: Number = 0
    upscale_first: bool = False
    override_settings: dict[str, Any] | None = None


class ExtraSingle(Extras):
    """The body of extra-single-image."""

    image: str = Field("", examples=[SAMPLE_PICTURE], description="base64, or a data URL")


class NamedImage(Fields):
    """One of `imageList`; `image` is what the npm clients call its data."""

    data: str = Field(validation_alias=AliasChoices("data", "image"))
    name: str = ""


class ExtraBatch(Extras):
    """The body of extra-batch-images."""

    image_list: list[NamedImage] = Field(
        validation_alias=AliasChoices("imageList", "image_list"),
        serialization_alias="imageList",
        max_length=MOST_IMAGES,
        examples=[[{"data": SAMPLE_PICTURE, "name": "tree.png"}]],
    )


class PngInfoRequest(Fields):
    """The body of png-info."""

    image: str


class ProgressRequest(Fields):
    """The body of /internal/progress."""

    id_task: str | None = None
    id_live_preview: int = -1
    live_preview: bool = True


Body = TypeVar("Body", bound=Fields)


def read(model: type[Body], body: Any) -> Body:
    """The body as this model. Raises Unprocessable, worded as FastAPI words it."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        spared = {str(each["loc"][0]) for each in error.errors() if each["loc"]} & idle(model, body).keys()
        if spared:
            return _read_without(model, body, spared)
        raise Unprocessable([_entry(each) for each in error.errors(include_url=False)]) from error


def _read_without(model: type[Body], body: Mapping[str, Any], spared: Collection[str]) -> Body:
    """The body as this model, without its `spared` fields of a wrong type, each of which gets a note."""
    fields, why = read(model, {name: value for name, value in body.items() if name not in spared}), idle(model, body)
    for name in sorted(spared):
        fields.note(name, f"{name}: {shown(body[name])} {why[name]}; it was ignored.")
    return fields


YES_OR_NO = TypeAdapter(bool)


def says_yes(query: Mapping[str, str], name: str) -> bool:
    """Whether a parameter of the query is true by one of FastAPI's words; absent or empty it isn't.

    Raises Unprocessable for any other word.
    """
    try:
        return YES_OR_NO.validate_python(query.get(name, "").strip() or "false")
    except ValidationError as error:
        words = f" must be true or false, not {shown(query[name])}"
        raise Unprocessable(
            [{"loc": ["query", name], "msg": "Input should be a valid boolean", "type": "bool_parsing", "words": words}]
        ) from error


HIRES_FIELDS = (
    *("firstphase_width", "firstphase_height", "hr_scale", "hr_upscaler", "hr_second_pass_steps", "hr_resize_x"),
    *("hr_resize_y", "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler", "hr_prompt", "hr_negative_prompt"),
    "denoising_strength",
)
MASK_FIELDS = (
    *("mask_blur", "mask_blur_x", "mask_blur_y", "mask_round", "inpainting_fill", "inpaint_full_res"),
    *("inpaint_full_res_padding", "inpainting_mask_invert"),
)
# Model, what it has to ask for, and the fields that are read only then.
CONDITIONAL_FIELDS: tuple[tuple[type[Fields], str, tuple[str, ...]], ...] = (
    (Txt2Img, "enable_hr", HIRES_FIELDS),
    (Img2Img, "mask", MASK_FIELDS),
    (Img2Img, "inpaint_full_res", ("inpaint_full_res_padding",)),
    (Generation, "subseed_strength", ("subseed",)),
    (Generation, "script_name", ("script_args",)),
    (Generation, "refiner_checkpoint", ("refiner_switch_at",)),
    (Extras, "resize_mode", ("upscaling_resize_w", "upscaling_resize_h", "upscaling_crop")),
)
# The same for fields that are read only where another is not.
REPLACED_FIELDS: tuple[tuple[type[Fields], str, tuple[str, ...]], ...] = (
    (Generation, "sampler_name", ("sampler_index",)),
    (Img2Img, "mask_blur", ("mask_blur_x", "mask_blur_y")),
    (Extras, "resize_mode", ("upscaling_resize",)),
)
OFF_VALUES = (None, False, 0, "", "0", "false", "False", "off", "no")


def idle(model: type[Fields], body: Any) -> dict[str, str]:
    """The fields that take no part in a request, each with the reason; their values are not checked."""
    if not isinstance(body, dict):
        return {}
    why = {name: "has no effect here" for name in WITHOUT_EFFECT if name in model.model_fields}
    for kind, switch, names in CONDITIONAL_FIELDS:
        if issubclass(model, kind) and _value(model, body, switch) in OFF_VALUES:
            why |= dict.fromkeys(names, f"takes no part without {switch}")
    for kind, switch, names in REPLACED_FIELDS:
        if issubclass(model, kind) and _value(model, body, switch) not in OFF_VALUES:
            why |= dict.fromkeys(names, f"takes no part beside {switch}")
    return why


def _value(model: type[Fields], body: Mapping[str, Any], name: str) -> Any:
    """The value that the body has for a field, else the field's default; callers compare it with OFF_VALUES alone."""
    value = body.get(name)
    value = model.model_fields[name].default if value is None else value
    return value if value is None or isinstance(value, (str, int, float)) else "something else"


# The beginning of pydantic's type of an error -> what a value must be.
MUST_BE = {
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "an object",
    "model": "an object",
    "bool": "true or false",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "greater_than": "more than {gt}",
}


def _entry(problem: Mapping[str, Any]) -> dict[str, Any]:
    """One of pydantic's errors as FastAPI lists it, and the same in words for a person."""
    entry = {"loc": ["body", *problem["loc"]], "msg": _worded(problem["msg"]), "type": problem["type"]}
    kind = next((text for start, text in MUST_BE.items() if str(problem["type"]).startswith(start)), "")
    if problem["type"] == "missing":
        hint = spelled_otherwise(problem["input"], [str(problem["loc"][-1])])
        return {**entry, "words": with_hint(" is missing", hint)}
    if not kind:
        return {**entry, "words": f" {entry['msg']}"} if entry["msg"].startswith("must be ") else entry
    limits = {name: f"{value:.12g}" for name, value in problem.get("ctx", {}).items() if name in ("ge", "le", "gt")}
    hint = encoded_twice(problem["input"]) if kind in ("a list", "an object") else None
    what = f" must be {kind.format(**limits)}, not {shown(problem['input'])}"
    return {**entry, "words": with_hint(f"{what}.", hint).removesuffix(".")}


def _worded(message: str) -> str:
    """Pydantic's message without its own heading and without the names of this module's classes."""
    return re.sub(" or instance of [A-Za-z0-9]+$", "", message.removeprefix("Value error, "))


def unused(body: Fields) -> tuple[str, ...]:
    """A sentence for each field, an unknown one too, that asks for something that this server doesn't do."""
    fields, neutral = {name: getattr(body, name) for name in type(body).model_fields}, WITHOUT_EFFECT | USUAL_VALUES
    notes = [
        f"{name}: {shown(fields[name])} {why}."
        for name, why in idle(type(body), fields).items()
        if name in fields and fields[name] not in neutral.get(name, (fields[name],))
    ]
    return (*notes, *body._idle.values(), *ignored(body.model_extra or {}, type(body)))
