"""ControlNet units of a request, as sd-webui-controlnet's API has them, to the values that a prompt gets them by."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from bridge.adapters.a1111.arguments import arguments
from bridge.adapters.a1111.error_answers import Unprocessable, worded
from bridge.adapters.a1111.fields import Fields, Generation, Img2Img, Name, Number, read
from bridge.adapters.a1111.picture import picture
from bridge.adapters.a1111.settings import HASH_SUFFIX, MOST_UNITS
from bridge.adapters.fields import LIKE_A_FIELD, MOST_NAMED, field_names, shown
from bridge.catalog.models import Catalog, named, stem
from bridge.catalog.preprocessors import (
    BY_WORD,
    FARTHEST,
    NEAREST,
    UNSUPPORTED_MODULES,
    USUAL_RESOLUTION,
    Module,
    lacking,
    module_of,
)
from bridge.core.control_unit import HIRES_PASSES, MASK_PREFIX, PICTURE_PREFIX, UNITS_INPUT, Unit
from bridge.core.errors import BadRequest, MissingParts, UnknownName
from bridge.core.job import Upload
from bridge.core.picture.image_size import size
from bridge.core.spelling import with_question

SCRIPT_NAME = "controlnet"  # its name among the always-on scripts, in any letter case
LONGEST_SIDE = 4096  # pixels at which a module looks; PixartFit takes no more
LONGEST_SHAPE = 32  # times as long as wide: to cover a square with more takes gigabytes
# Fractions of the weight that the extension gives the 13 layers in both modes that aren't balanced, as their mean:
# ComfyUI has one strength for all layers.
SOFT_WEIGHT = sum(0.825**layer for layer in range(13)) / 13
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

# The extension's names of ways to fit a picture, and PixartFit's word for each.
FIT_BY_RESIZE_MODE = {"Just Resize": "stretch", "Crop and Resize": "cover", "Resize and Fill": "extend"}
RESIZE_TOO = {
    "Inner Fit (Scale to Fit)": "Crop and Resize",
    "Outer Fit (Shrink to Fit)": "Resize and Fill",
    "Scale to Fit (Inner Fit)": "Crop and Resize",
    "Envelope (Outer Fit)": "Resize and Fill",
    "Just Resize (Latent upscale)": "Just Resize",
}
BALANCED, PROMPT, CONTROL = "Balanced", "My prompt is more important", "ControlNet is more important"
HIRES_OPTIONS = ("Both", "Low res only", "High res only")
NO_CONTROL_NET = (
    "There is no ControlNet here: put one into ComfyUI's models/controlnet folder, or run `pixart models get control`."
)

# Fields of a unit that change nothing here, and the values that ask for nothing.
WITHOUT_EFFECT: Mapping[str, tuple[Any, ...]] = {
    "advanced_weighting": (None, []),
    "effective_region_mask": (None, ""),
    "ipadapter_input": (None, []),
    "union_control_type": (None, "", "Unknown"),
    "batch_images": (None, "", []),
    "loopback": (None, False),
}
SILENT_FIELDS = ("low_vram", "lowvram", "is_ui", "input_mode", "output_dir", "inpaint_crop_input_image", "pulid_mode")
SILENT_FIELDS += ("animatediff_batch", "batch_mask_dir", "batch_modifiers", "batch_image_files", "batch_keyframe_idx")
SILENT_FIELDS += ("use_preview_as_input", "generated_image", "mask_image_fg", "image_fg", "hr_options")


class UnitFields(Fields):
    """One unit as it is sent. Older names of a field are taken too."""

    enabled: bool = True
    module: Name = "none"
    model: Name = "None"
    weight: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] = 1.0
    image: Any = Field(None, validation_alias=AliasChoices("image", "input_image"))
    mask: Any = Field(None, validation_alias=AliasChoices("mask", "mask_image"))
    resize_mode: int | Name = "Crop and Resize"
    processor_res: Number = -1
    threshold_a: Number = -1
    threshold_b: Number = -1
    guidance_start: Share = 0.0
    guidance_end: Share = Field(1.0, validation_alias=AliasChoices("guidance_end", "guidance"))
    pixel_perfect: bool = False
    control_mode: int | Name = BALANCED
    guessmode: bool = Field(False, validation_alias=AliasChoices("guessmode", "guess_mode"))
    hr_option: int | Name = "Both"
    save_detected_map: bool = True


@dataclass(frozen=True)
class Units:
    """All units of a request: workflow values, their own pictures, notes, and what infotext says."""

    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    pictures: Mapping[str, Upload] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def units_of(fields: Generation, catalog: Catalog, target: tuple[int, int], *, shown_maps: bool = True) -> Units:
    """The units that are enabled and ask for something. `target` is the size that is drawn at, in pixels.

    Raises Unprocessable, BadRequest, UnknownName and MissingParts, with the caller's field.
    """
    places, notes = _rows(fields)
    rows = [(where, body) for where, body in places if _asks(body)]
    if len(rows) > MOST_UNITS:
        loc = ["body", *rows[MOST_UNITS][0]]
        message = f"{len(rows)} units are enabled; {MOST_UNITS} are the most"
        raise Unprocessable([{"loc": loc, "msg": message, "type": "too_long"}])
    units, pictures, extra = [], {}, {}
    for number, (where, body) in enumerate(rows, 1):
        reader = Reader(_read(body, where), worded(where), catalog, notes)
        upload, mask = reader.uploads(needed=not isinstance(fields, Img2Img))
        unit = reader.unit(upload and size(upload.data), target)
        if upload:
            unit = dataclasses.replace(unit, picture=f"{PICTURE_PREFIX}{number}")
            pictures[unit.picture] = upload
        if mask:
            unit = dataclasses.replace(unit, mask=f"{MASK_PREFIX}{number}")
            pictures[unit.mask] = mask
        units.append(dataclasses.asdict(dataclasses.replace(unit, shown=unit.shown and shown_maps)))
        extra[f"ControlNet {number - 1}"] = reader.infotext(unit)
    return Units({UNITS_INPUT: units} if units else {}, pictures, tuple(notes), extra)


def _rows(body: Generation) -> tuple[list[tuple[tuple[Any, ...], Any]], list[str]]:
    """The units as they are sent, each with the way to it in the request, and notes on their places."""
    rows: list[tuple[tuple[Any, ...], Any]] = []
    notes: list[str] = []
    for name, script in body.alwayson_scripts.items():
        if name.lower() == SCRIPT_NAME:
            script_arguments = arguments(name, script, "Input should be a valid list")
            rows += script_arguments.rows
            notes += script_arguments.notes
    return [*rows, *((("controlnet_units", at), unit) for at, unit in enumerate(body.controlnet_units))], notes


def _asks(body: Any) -> bool:
    """Whether a value of the list is a unit that isn't switched off, and names a model, a module or a picture."""
    if not isinstance(body, dict):
        return body is not None and not isinstance(body, bool)  # as an older form of the script had before its units
    if body.get("enabled") in (False, "false", "False", 0):
        return False
    return any(
        body.get(name) not in (None, "", "None", "none") for name in ("model", "module", "image", "input_image", "mask")
    )


def _read(body: Any, where: tuple[Any, ...]) -> UnitFields:
    try:
        result = read(UnitFields, body)
    except Unprocessable as error:
        assert isinstance(error.detail, list)
        detail = [{**each, "loc": ["body", *where, *each["loc"][1:]]} for each in error.detail]
        raise Unprocessable(detail) from error
    if result.guidance_start > result.guidance_end:
        message = f"guidance_start is {result.guidance_start:g}, beyond guidance_end, which is {result.guidance_end:g}"
        raise Unprocessable([{"loc": ["body", *where, "guidance_start"], "msg": message, "type": "value_error"}])
    return result


def module_named(word: str, catalog: Catalog, field: str) -> Module:
    """The module of this name. Raises UnknownName, BadRequest and MissingParts for one that can't be used."""
    result = module_of(word)
    if result is None and word.lower() in UNSUPPORTED_MODULES:
        hint = "What it makes is no picture for a ControlNet; choose another module, or 'none' and send the map itself."
        raise BadRequest(f"{field} {word!r} isn't done here.", field=field, hint=hint)
    if result is None:
        raise UnknownName(word, BY_WORD, what=field, field=field)
    if catalog.live and result.node and result.node not in catalog.preprocessors:
        raise lacking(result, field)
    return result


def resolution_of(value: float, field: str, notes: list[str]) -> int:
    """A module's resolution; one out of range is the default, as in the extension, and said."""
    if NEAREST <= value <= FARTHEST:
        return int(value)
    if value != -1:
        notes.append(f"{field}: {USUAL_RESOLUTION} instead of {shown(value)}.")
    return USUAL_RESOLUTION


def thresholds_of(
    module: Module, values: tuple[float, float], fields: tuple[str, str], notes: list[str]
) -> tuple[float, float]:
    """A module's thresholds; those out of range are its defaults, as in the extension, and said."""
    thresholds = []
    for slider, value, field in zip(module.sliders, values, fields, strict=True):
        thresholds.append(slider.held(value) if slider else 0.0)
        if slider and value not in (-1, thresholds[-1]):
            notes.append(f"{field}: {thresholds[-1]:g} instead of {shown(value)}.")
    return thresholds[0], thresholds[1]


def scaled(own_size: tuple[int, int] | None, resolution: int) -> tuple[int, int] | None:
    """A size (width, height) in pixels whose short side is the resolution, less where the long side has its limit."""
    if own_size is None:
        return None
    factor = min(resolution / min(own_size), LONGEST_SIDE / max(own_size))
    return max(1, round(own_size[0] * factor)), max(1, round(own_size[1] * factor))


@dataclass(frozen=True)
class Reader:
    """The reader of one unit, which adds to `notes` what the answer has to say of the unit."""

    body: UnitFields
    field: str
    catalog: Catalog
    notes: list[str]

    def uploads(self, *, needed: bool) -> tuple[Upload | None, Upload | None]:
        """The unit's own picture, None where it has none and needs none, and the mask of a module that takes one."""
        image, field, mask = self.body.image, f"{self.field}.image", self.body.mask
        if isinstance(image, list) and image:
            if len(image) > 1 and isinstance(image[0], dict):
                self.notes.append(f"{field}: 1 of {len(image)} pictures was used.")
            image, mask = image[0], mask or (image[1] if len(image) > 1 and not isinstance(image[0], dict) else None)
        if isinstance(image, dict):
            image, mask = image.get("image"), mask or image.get("mask")
        result = self._picture(image, field)
        if result is None and needed:
            raise BadRequest(f"{field} is missing.", field=field, hint="Send a picture as base64.")
        return result, self._mask(mask, alone=result is not None)

    def _mask(self, mask: Any, *, alone: bool) -> Upload | None:
        """The mask, where the module takes one; a picture of the unit's own, `alone`, needs it."""
        field, module = f"{self.field}.mask", module_of(self.body.module)
        if module is None or not module.masked:
            if mask:
                self.notes.append(f"{field}: has no effect here.")
            return None
        result = self._picture(mask, field)
        if result is None and alone:
            hint = "Send one as base64, white where the picture is to be drawn anew."
            raise BadRequest(f"{field} is missing.", field=field, hint=hint)
        return result

    def _picture(self, value: Any, field: str) -> Upload | None:
        if value in (None, "", []):
            return None
        if not isinstance(value, str):
            raise BadRequest(f"{field} must be a picture as base64, not {shown(value)}.", field=field)
        result = picture(value, field)
        width, height = size(result.data) or (1, 1)
        if max(width, height) > LONGEST_SHAPE * min(width, height):
            hint = f"At most {LONGEST_SHAPE} times as long as it is wide."
            raise BadRequest(f"{field} has {width} x {height} pixels.", field=field, hint=hint)
        return result

    def unit(self, own_size: tuple[int, int] | None, target: tuple[int, int]) -> Unit:
        """The unit of a picture of this size in pixels; None stands for the picture that is drawn over."""
        body, field = self.body, self.field
        module = module_named(body.module, self.catalog, f"{field}.module")
        fields = f"{field}.threshold_a", f"{field}.threshold_b"
        first, second = thresholds_of(module, (body.threshold_a, body.threshold_b), fields, self.notes)
        fit, mode = FIT_BY_RESIZE_MODE[self.resize_mode()], self.control_mode()
        resolution = self._resolution(module, own_size or target, target, fit)
        if mode != BALANCED:
            alone = ", and the negative prompt is left without it" if mode == CONTROL else ""
            self.notes.append(
                f"{field}.control_mode: {mode!r} is come near to: all layers have {SOFT_WEIGHT:.2f} of the "
                f"weight{alone}."
            )
        self._say_what_has_no_effect()
        at = scaled(own_size or target, resolution)
        return Unit(
            field,
            module.name,
            self.model(),
            weight=body.weight * (1 if mode == BALANCED else SOFT_WEIGHT),
            start=body.guidance_start,
            end=body.guidance_end,
            fit=fit,
            size=at,
            resolution=max(NEAREST, min(at or (resolution,))),
            a=first,
            b=second,
            one_sided=mode == CONTROL,
            passes=HIRES_PASSES[HIRES_OPTIONS.index(_choice(body.hr_option, HIRES_OPTIONS, {}, f"{field}.hr_option"))],
            shown=body.save_detected_map,
        )

    def model(self) -> str:
        """The model's file: by its name or a part of it, the shortest that has it, as the extension looks."""
        field, word = f"{self.field}.model", HASH_SUFFIX.sub("", self.body.model)
        files, names = self.catalog.controlnets, sorted(map(stem, self.catalog.controlnets))
        unnamed = word in ("", "None", "none")
        if self.catalog.live and not files:
            what = "is missing" if unnamed else f"{word[:60]!r} isn't here"
            raise MissingParts(f"{field} {what}.", field=field, hint=NO_CONTROL_NET)
        if unnamed:
            raise BadRequest(f"{field} is missing.", field=field, hint=f"Known: {', '.join(names) or 'none'}.")
        if not self.catalog.live:
            return word
        alike = sorted((file for file in files if word.lower() in stem(file).lower()), key=lambda file: len(stem(file)))
        result = named(word, files) or next(iter(alike), None)
        if result is None:
            raise UnknownName(word, names, what=field, field=field)
        return result

    def resize_mode(self) -> str:
        """How the map comes to the picture's size, in the extension's words; 3 is what img2img calls latent."""
        value = self.body.resize_mode
        value = 0 if value in (3, "3") else value
        return _choice(value, tuple(FIT_BY_RESIZE_MODE), RESIZE_TOO, f"{self.field}.resize_mode")

    def control_mode(self) -> str:
        """What counts more, in the extension's words; `guessmode` is what the last one was called before."""
        value = CONTROL if self.body.guessmode else self.body.control_mode
        return _choice(value, (BALANCED, PROMPT, CONTROL), {}, f"{self.field}.control_mode")

    def infotext(self, unit: Unit) -> str:
        """What the extension's infotext says of a unit."""
        fields = {
            "Module": self.body.module,
            "Model": self.body.model,
            "Weight": self.body.weight,
            "Resize Mode": self.resize_mode(),
            "Processor Res": unit.resolution,
            "Threshold A": unit.a,
            "Threshold B": unit.b,
            "Guidance Start": unit.start,
            "Guidance End": unit.end,
            "Pixel Perfect": self.body.pixel_perfect,
            "Control Mode": self.control_mode(),
        }
        return ", ".join(f"{name}: {value}" for name, value in fields.items())

    def _resolution(self, module: Module, own_size: tuple[int, int], target: tuple[int, int], fit: str) -> int:
        """The short side at which the module looks, in pixels: the request's, with `pixel_perfect` the drawing's."""
        if not (self.body.pixel_perfect and module.scales):
            return resolution_of(self.body.processor_res, f"{self.field}.processor_res", self.notes)
        factors = target[0] / own_size[0], target[1] / own_size[1]
        return max(1, round((min if fit == "extend" else max)(factors) * min(own_size)))

    def _say_what_has_no_effect(self) -> None:
        more = self.body.model_extra or {}
        for name, neutral in WITHOUT_EFFECT.items():
            if more.get(name) not in neutral:
                self.notes.append(f"{self.field}.{name}: has no effect here.")
        strange = [name for name in more if name not in WITHOUT_EFFECT and name not in SILENT_FIELDS]
        fields = field_names(UnitFields) if strange else []
        for name in strange[:MOST_NAMED]:
            sentence = f"{self.field}: {shown(name)} is no field of a unit."
            self.notes.append(with_question(sentence, name, fields, LIKE_A_FIELD))


def _choice(value: int | str, words: tuple[str, ...], more: Mapping[str, str], field: str) -> str:
    """One of these words, which a request names in any letter case, or by its place. Raises UnknownName."""
    by_word = {word.lower(): word for word in words} | {other.lower(): word for other, word in more.items()}
    by_word |= {str(number): word for number, word in enumerate(words)}
    result = by_word.get(str(value).lower())
    if result is None:
        raise UnknownName(str(value), words, what=field, field=field)
    return result
