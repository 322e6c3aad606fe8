"""txt2img and img2img: a request of A1111's API to the job that it means."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bridge.adapters.a1111 import forward
from bridge.adapters.a1111.arguments import LIST_FIELD, SCRIPTS_FIELD
from bridge.adapters.a1111.draft import Draft, drafted
from bridge.adapters.a1111.error_answers import NoInitImage, Unprocessable
from bridge.adapters.a1111.fields import Body, Generation, Img2Img, Txt2Img, read
from bridge.adapters.a1111.hires import with_second_pass
from bridge.adapters.a1111.infotext import (
    INPAINT_CONTENTS,
    MEANING_OF_ABSENCE,
    NOT_MASKED,
    ONLY_MASKED,
    SETTING_BY_PARAMETER,
    request_fields,
)
from bridge.adapters.a1111.picture import picture
from bridge.adapters.a1111.refiner import with_refiner
from bridge.adapters.a1111.script import NAME, look, look_notes
from bridge.adapters.a1111.units import SCRIPT_NAME, Units, units_of
from bridge.adapters.dialect import Request, Submission
from bridge.adapters.fields import spelled_otherwise
from bridge.adapters.styling import styled, workflow_of
from bridge.core.control_unit import UNITS_INPUT
from bridge.core.errors import BadRequest
from bridge.core.job import SAMPLING_VALUES, UNSAID_KEY, JobSpec, Upload
from bridge.core.spelling import with_question

FIT_BY_RESIZE_MODE = ("stretch", "cover", "extend", "stretch")  # by resize_mode: just resize, crop, fill, latent
FILL_BY_INDEX = ("fill", "original", "noise", "nothing")  # by inpainting_fill
SETTINGS_FIELD = "override_settings"
OWN_SCRIPTS = (SCRIPT_NAME, NAME)
TASK_ID_PATTERN = re.compile(r"(?!.*\.\.)[A-Za-z0-9()._-]{1,100}")

# Workflow inputs in the caller's words, for errors.
FIELD_BY_INPUT = {
    "prompt": "prompt",
    "negative": "negative_prompt",
    "loras": "prompt",
    "width": "width",
    "height": "height",
    "steps": "steps",
    "cfg": "cfg_scale",
    "sampler": "sampler_name",
    "scheduler": "scheduler",
    "seed": "seed",
    "variation_seed": "subseed",
    "variation_strength": "subseed_strength",
    "checkpoint": "override_settings.sd_model_checkpoint",
    "vae": "override_settings.sd_vae",
    "clip_skip": "override_settings.CLIP_stop_at_last_layers",
    "image": "init_images",
    "mask": "mask",
    "denoise": "denoising_strength",
    "fit": "resize_mode",
    "fill": "inpainting_fill",
    "area": "inpaint_full_res",
    "mask_padding": "inpaint_full_res_padding",
    "mask_invert": "inpainting_mask_invert",
    "mask_blur": "mask_blur",
    "hires_width": "hr_resize_x",
    "hires_height": "hr_resize_y",
    "hires_upscaler": "hr_upscaler",
    "hires_steps": "hr_second_pass_steps",
    "hires_denoise": "denoising_strength",
    "hires_sampler": "hr_sampler_name",
    "hires_scheduler": "hr_scheduler",
    "hires_prompt": "hr_prompt",
    "hires_negative": "hr_negative_prompt",
    "hires_cfg": "cfg_scale",
    "hires_checkpoint": "hr_checkpoint_name",
    "refiner": "refiner_checkpoint",
    "refiner_switch_at": "refiner_switch_at",
}


# Which fields say a workflow's input, where those aren't the one of FIELD_BY_INPUT; nobody has to say what is in
# IMPLIED_INPUTS.
DECIDING_FIELDS = {
    "prompt": ("prompt", "styles"),
    "negative": ("negative_prompt", "styles"),
    "sampler": ("sampler_name", "sampler_index", "scheduler"),
    "scheduler": ("sampler_name", "sampler_index", "scheduler"),
    "mask_blur": ("mask_blur", "mask_blur_x", "mask_blur_y"),
}
IMPLIED_INPUTS = ("seed", "variation_seed", "variation_strength", "checkpoint", "vae", "clip_skip", "mask_invert")

# What an infotext calls the settings that it has under another name.
TEXT_LABELS = {f"{SETTINGS_FIELD}.{setting}": parameter for parameter, setting in SETTING_BY_PARAMETER.items()}


def read_txt2img(request: Request) -> Submission:
    """The job of a txt2img request; `txt2img_hires` with its second pass. Errors of its infotext are called so."""
    return _naming_infotext(_read_txt2img, request)


def read_img2img(request: Request) -> Submission:
    """The job of an img2img request; `inpaint` where there is a mask. Raises NoInitImage."""
    return _naming_infotext(_read_img2img, request)


def _naming_infotext(reader: Callable[[Request], Submission], request: Request) -> Submission:
    """The job that `reader` makes; an error about what the request's `infotext` alone says begins with that word."""
    try:
        return reader(request)
    except BadRequest as error:
        if error.field in _fields_of_text(request.body):
            label = TEXT_LABELS.get(str(error.field), str(error.field))
            error.message = f"infotext: {error.message.replace(str(error.field), label, 1)}"
        raise


def _fields_of_text(body: Any) -> set[str]:
    """The fields that the infotext of a body has and the body itself lacks, settings with their way."""
    text = body.get("infotext") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text:
        return set()
    fields, own = request_fields(text), body.get(SETTINGS_FIELD)
    settings = set(fields.pop(SETTINGS_FIELD, {})) - set(own if isinstance(own, dict) else {})
    return {name for name in fields if body.get(name) is None} | {f"{SETTINGS_FIELD}.{name}" for name in settings}


def _read_txt2img(request: Request) -> Submission:
    body = _with_infotext(Txt2Img, request)
    if forward.is_drawn_elsewhere(body, request):
        return _submission(body, "txt2img", forward.draft(body, request), request)
    draft = with_refiner(body, request, drafted(body, request))
    if body.enable_hr:
        draft = with_second_pass(body, request, draft)
        units = _units(body, request, draft)
        return _submission(body, "txt2img_hires", _with_units(draft, units), request, units.pictures)
    if body.firstphase_width or body.firstphase_height:
        draft = draft.plus({}, ("firstphase_width, firstphase_height: have no effect without enable_hr.",), {})
    units = _units(body, request, draft)
    return _submission(body, "txt2img", _with_units(draft, units), request, units.pictures)


def _read_img2img(request: Request) -> Submission:
    body = _with_infotext(Img2Img, request)
    if not body.init_images:
        raise NoInitImage("Init image not found", hint=spelled_otherwise(request.body, ["init_images"]))
    several = min(len(body.init_images), body.batch_size)
    notes: tuple[str, ...] = ()
    if several < len(body.init_images):
        notes = (f"init_images: {several} of {len(body.init_images)} were used, as many as batch_size.",)
    if 1 < several < body.batch_size:
        notes = (f"batch_size: {several} instead of {body.batch_size}, as many as init_images.",)
    if several > 1:
        body = body.model_copy(update={"batch_size": several})
    body = body.model_copy(update={"workflow": workflow_of(look(body)[0], body.workflow, picture=not body.mask)})
    values = {"denoise": body.denoising_strength, "fit": FIT_BY_RESIZE_MODE[body.resize_mode]}
    if forward.is_drawn_elsewhere(body, request):
        draft = forward.draft(body, request, **values).plus({}, notes, {})
    else:
        if body.resize_mode == 3:
            notes += ("resize_mode: 3 (latent) is not done; the picture was stretched before it was encoded.",)
        extra = {"Denoising strength": body.denoising_strength}
        draft = with_refiner(body, request, drafted(body, request)).plus(values, notes, extra)
    units = Units() if forward.is_drawn_elsewhere(body, request) else _units(body, request, draft)
    draft = _with_units(draft, units)
    pictures = {**_init_images(body, several), **units.pictures}
    if not body.mask:
        return _submission(body, "img2img", draft, request, pictures)
    pictures = {**pictures, "mask": picture(body.mask, "mask")}
    return _submission(body, "inpaint", _masked(body, draft), request, pictures)


def _units(body: Generation, request: Request, draft: Draft) -> Units:
    """The ControlNet units of a request that is drawn here."""
    target = draft.values["width"], draft.values["height"]
    return units_of(body, request.catalog, target, shown_maps=draft.said["maps"])


def _with_units(draft: Draft, units: Units) -> Draft:
    return draft.plus(units.values, units.notes, units.extra)


def _init_images(body: Img2Img, several: int) -> dict[str, Upload]:
    """One picture for all runs; or of several the first for the first of a batch, and so on in every batch."""
    images = [picture(text, f"init_images[{at}]") for at, text in enumerate((body.init_images or [])[:several])]
    own = {f"image@{part}": images[part % several] for part in range(body.count) if part % several}
    return {"image": images[0], **own}


def job_id(task: str | None) -> str | None:
    """The id of the job that a client calls by this task id; None for none."""
    if not task:
        return None
    return f"task-{task if TASK_ID_PATTERN.fullmatch(task) else hashlib.sha256(task.encode()).hexdigest()[:32]}"


def _with_infotext(model: type[Body], request: Request) -> Body:
    """The request, with fields that it lacks taken from its `infotext`. Raises Unprocessable for a script that isn't
    here, where the request or the operator is strict.
    """
    body = read(model, request.body)
    if isinstance(body, Generation) and body.infotext:
        text_fields = {
            name: value for name, value in request_fields(body.infotext).items() if name in model.model_fields
        }
        body = read(model, _joined(text_fields, request.body))
    if isinstance(body, Generation) and not forward.is_drawn_elsewhere(body, request):
        _without_scripts(body, strict=body.strict or request.options.strict)
    return body


def _joined(text_fields: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an infotext with those of the request, which replace them; settings are replaced one by one."""
    settings, own = text_fields.get(SETTINGS_FIELD), body.get(SETTINGS_FIELD)
    both = {**text_fields, **{key: value for key, value in body.items() if value is not None}}
    if isinstance(settings, dict) and isinstance(own, dict):
        both[SETTINGS_FIELD] = {**settings, **{key: value for key, value in own.items() if value is not None}}
    return both


def _without_scripts(body: Generation, *, strict: bool) -> None:
    """Note each script that is left out, since a picture without the script is better than none. Raises Unprocessable,
    in A1111's words, where the request is `strict`.
    """
    missing = {"script_name": (body.script_name, "Script '{}'")} if body.script_name else {}
    for name, script in body.alwayson_scripts.items():
        if name.lower() not in OWN_SCRIPTS and not _idle(script):
            missing[f"{SCRIPTS_FIELD}.{name[:60]}"] = name, "always on script {}"
    for field, (name, what) in missing.items():
        is_own = name.lower() in OWN_SCRIPTS
        place = f"{name} is an always-on script, which belongs in {SCRIPTS_FIELD}"
        if strict:
            raise Unprocessable(f"{what.format(name[:60])} not found{f': {place}' if is_own else ''}")
        why = place if is_own else "there is no such script here"
        sentence = f"{field}: {why}; the picture was drawn without it."
        body.note(field, sentence if is_own else with_question(sentence, name, OWN_SCRIPTS))


def _idle(script: Any) -> bool:
    """Whether a script is switched off: it has arguments, and all of them are false, null or disabled units."""
    listed = script.get(LIST_FIELD) if isinstance(script, dict) else script
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(
            value is None or value is False or (isinstance(value, dict) and value.get("enabled") is False)
            for value in listed
        )
    )


def _without_pictures(script: Any) -> Any:
    """A script's arguments as the answer repeats the request: without the pictures of ControlNet units."""
    if isinstance(script, list):
        return [_without_pictures(unit) if isinstance(unit, dict) else unit for unit in script]
    if not isinstance(script, dict):
        return script
    listed = {LIST_FIELD: _without_pictures(script[LIST_FIELD])} if isinstance(script.get(LIST_FIELD), list) else {}
    pictures = {"image", "input_image", "mask", "mask_image", "effective_region_mask"}
    return {**script, **dict.fromkeys(script.keys() & pictures), **listed}


def _masked(body: Img2Img, draft: Draft) -> Draft:
    """The draft of a request with a mask."""
    blur, notes = body.mask_blur, ()
    if blur is None:
        blur = max(body.mask_blur_x, body.mask_blur_y)
        if body.mask_blur_x != body.mask_blur_y:
            notes = (f"mask_blur_x and mask_blur_y differ; {blur} was used for both.",)
    values = {
        "mask_blur": blur,
        "mask_padding": body.inpaint_full_res_padding,
        "mask_invert": bool(body.inpainting_mask_invert),
        "area": "only masked" if body.inpaint_full_res else "whole picture",
        "fill": FILL_BY_INDEX[body.inpainting_fill],
    }
    content = INPAINT_CONTENTS[body.inpainting_fill]
    extra = {
        "Mask blur": blur,
        "Mask mode": NOT_MASKED if body.inpainting_mask_invert else None,
        "Inpaint area": ONLY_MASKED if body.inpaint_full_res else None,
        "Masked area padding": body.inpaint_full_res_padding if body.inpaint_full_res else None,
        "Masked content": content if content != MEANING_OF_ABSENCE["Masked content"] else None,
    }
    return draft.plus(values, notes, extra)


def _submission(
    body: Generation,
    mode: str,
    draft: Draft,
    request: Request,
    pictures: Mapping[str, Upload] | None = None,
) -> Submission:
    about = {**draft.said, "own": bool(body.workflow)}
    echo = {"parameters": parameters(body), "said": about, "extra": dict(draft.extra)}
    spec = JobSpec(
        mode=body.workflow or mode,
        dialect="a1111",
        values=_explicit(body, draft.values) if body.workflow else {**draft.values, **_unsaid(body, draft.values)},
        pictures=pictures or {},
        words=_words(body),
        notes=tuple(dict.fromkeys(draft.notes)),
        batch=draft.batch,
        echo=echo,
        loose=True,
        label=bool(body.force_task_id),
        identity=_identity(body, mode),
        rendition=draft.rendition,
        cacheable=body.seed != -1 and (body.subseed != -1 or not body.subseed_strength),
    )
    wish, at = look(body)
    spec = replace(spec, notes=(*spec.notes, *look_notes(body, at)))
    spec = styled(spec, wish, request.options, named=body.workflow, at=at)
    return Submission(spec, job_id(body.force_task_id), draft.lasting)


def _words(body: Generation) -> Mapping[str, str]:
    """Workflow inputs in the words of this request, whose second pass may have a factor instead of a size."""
    if isinstance(body, Txt2Img) and not (body.hr_resize_x or body.hr_resize_y):
        return {**FIELD_BY_INPUT, "hires_width": "hr_scale", "hires_height": "hr_scale"}
    return FIELD_BY_INPUT


def _explicit(body: Generation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the request itself sets, for a workflow that it names, whose file decides the rest."""
    return {name: value for name, value in values.items() if _says(body, name, value)}


def _unsaid(body: Generation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The sampling values that are A1111's defaults, in place of which a model of another family has its own."""
    names = [name for name in SAMPLING_VALUES if name in values and not _says(body, name, values[name])]
    names += [f"hires_{name}" for name in names if f"hires_{name}" in values and not _says_again(body, name)]
    return {UNSAID_KEY: names} if names else {}


def _says_again(body: Generation, name: str) -> bool:
    """Whether the second pass has a value of its own."""
    own = {"steps": "hr_second_pass_steps", "sampler": "hr_sampler_name", "scheduler": "hr_scheduler"}.get(name)
    return bool(own) and own in body.model_fields_set and bool(getattr(body, str(own)))


def _says(body: Generation, name: str, value: Any) -> bool:
    if name == "loras":
        return bool(value)
    if name.startswith(("hires_", UNITS_INPUT)):
        return True  # there are some only where the request says so
    fields = DECIDING_FIELDS.get(name, (FIELD_BY_INPUT.get(name, ""),))
    texts = ("prompt", "negative_prompt")  # an empty one is one
    return name in IMPLIED_INPUTS or any(
        field in texts or getattr(body, field) not in ("", []) for field in fields if field in body.model_fields_set
    )


def _identity(body: Generation, mode: str) -> str:
    """A hash of the request as it came: before a seed was drawn, and before names were looked up in ComfyUI's lists."""
    content = body.model_dump(exclude={"force_task_id"})
    return hashlib.sha256(json.dumps([mode, content], sort_keys=True).encode()).hexdigest()


def parameters(body: Generation) -> dict[str, Any]:
    """The request as the answer repeats it: A1111's fields, with pictures only where `include_init_images` says so."""
    fields = body.model_dump(
        include=set(type(body).model_fields) - {"workflow", "pixart", "strict", "controlnet_units"}
    )
    fields["alwayson_scripts"] = {
        name: _without_pictures(script) for name, script in fields["alwayson_scripts"].items()
    }
    if isinstance(body, Img2Img) and not body.include_init_images:
        fields |= {"init_images": None, "mask": None}
    return fields
