"""A1111's infotext, which tells people and programs what was drawn: how it is written, and how it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

NEGATIVE_LABEL = "Negative prompt:"
FEWEST_PARAMETERS = 3  # a last line with fewer parameters than that is part of the prompt
# As A1111's own; its names have no limit, and so a long text without a colon takes the square of its length.
PARAMETER_PATTERN = re.compile(r'\s{0,8}(\w[\w \-/]{1,80}):\s{0,8}("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
SIZE_PATTERN = re.compile(r"(\d+)x(\d+)")

# What `png-info` adds where a text doesn't have it: the meaning of its absence, as A1111 1.10 reads it.
MEANING_OF_ABSENCE = {
    "Clip skip": "1",
    "Hires resize-1": 0,
    "Hires resize-2": 0,
    "Hires sampler": "Use same sampler",
    "Hires schedule type": "Use same scheduler",
    "Hires checkpoint": "Use same checkpoint",
    "Hires prompt": "",
    "Hires negative prompt": "",
    "Mask mode": "Inpaint masked",
    "Masked content": "original",
    "Inpaint area": "Whole picture",
    "Masked area padding": 32,
    "RNG": "GPU",
    "Schedule type": "Automatic",
    "Schedule max sigma": 0,
    "Schedule min sigma": 0,
    "Schedule rho": 0,
    "VAE Encoder": "Full",
    "VAE Decoder": "Full",
    "FP8 weight": "Disable",
    "Cache FP16 weight for LoRA": False,
    "Emphasis": "Original",
    "Refiner switch by sampling steps": False,
}

# Parameter -> field of a request that it fills in, for the request field `infotext`.
FIELD_BY_PARAMETER = {
    "Prompt": "prompt",
    "Negative prompt": "negative_prompt",
    "Steps": "steps",
    "Sampler": "sampler_name",
    "Schedule type": "scheduler",
    "CFG scale": "cfg_scale",
    "Seed": "seed",
    "Size-1": "width",
    "Size-2": "height",
    "Variation seed": "subseed",
    "Variation seed strength": "subseed_strength",
    "Denoising strength": "denoising_strength",
    "Hires upscale": "hr_scale",
    "Hires resize-1": "hr_resize_x",
    "Hires resize-2": "hr_resize_y",
    "Hires upscaler": "hr_upscaler",
    "Hires steps": "hr_second_pass_steps",
    "Hires sampler": "hr_sampler_name",
    "Hires schedule type": "hr_scheduler",
    "Hires prompt": "hr_prompt",
    "Hires negative prompt": "hr_negative_prompt",
    "Hires checkpoint": "hr_checkpoint_name",
    "Refiner": "refiner_checkpoint",
    "Refiner switch at": "refiner_switch_at",
    "Mask blur": "mask_blur",
    "Masked area padding": "inpaint_full_res_padding",
}
SETTING_BY_PARAMETER = {"Model": "sd_model_checkpoint", "VAE": "sd_vae", "Clip skip": "CLIP_stop_at_last_layers"}
SECOND_PASS = ("Hires upscale", "Hires upscaler", "Hires resize-1")  # with any of these there was one
NOT_MASKED, ONLY_MASKED = "Inpaint not masked", "Only masked"
INPAINT_CONTENTS = ("fill", "original", "latent noise", "latent nothing")  # by inpainting_fill


def written(prompt: str, negative: str, parameters: Mapping[str, Any]) -> str:
    """An infotext: prompt, negative prompt, then on one line the parameters in their order that aren't None."""
    line = ", ".join(f"{key}: {_quoted(value)}" for key, value in parameters.items() if value is not None)
    return f"{prompt}{f'{chr(10)}{NEGATIVE_LABEL} {negative}' if negative else ''}\n{line}".strip()


def plain(notes: Iterable[str]) -> str | None:
    """Notes as one value that needs no quotes: readers that cut at every comma and colon can't misread it."""
    text = " ".join(notes)
    for mark, instead in ((", ", "; "), (",", ";"), (": ", " = "), (":", "="), ("\n", " "), ('"', "'")):
        text = text.replace(mark, instead)
    return text or None


def parameters(text: str) -> dict[str, Any]:
    """The parameters of a text by name, values as text; Size as Size-1 and Size-2, the prompts among them."""
    lines = text.strip().split("\n")
    result = PARAMETER_PATTERN.findall(lines[-1])
    if len(result) < FEWEST_PARAMETERS:
        result = []
    else:
        lines.pop()
    prompt, negative = _prompts(lines)
    read: dict[str, Any] = {"Prompt": prompt, "Negative prompt": negative}
    for key, value in result:
        read |= _value(key, value)
    return read


def with_defaults(read: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as `png-info` answers them."""
    return {**read, **{key: value for key, value in MEANING_OF_ABSENCE.items() if key not in read}}


def request_fields(text: str) -> dict[str, Any]:
    """The request that a text describes, as fields of txt2img and img2img."""
    read = parameters(text)
    fields = {field: read[key] for key, field in FIELD_BY_PARAMETER.items() if key in read}
    settings = {name: read[key] for key, name in SETTING_BY_PARAMETER.items() if key in read}
    if any(name in read for name in SECOND_PASS):
        fields["enable_hr"] = True
    if "Mask blur" in read:
        fields |= _masked(read)
    return {**fields, **({"override_settings": settings} if settings else {})}


def _masked(read: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a mask whose absence in a text means something else than in a request."""
    fields = {**MEANING_OF_ABSENCE, **read}
    content = fields["Masked content"]
    return {
        "inpainting_mask_invert": int(fields["Mask mode"] == NOT_MASKED),
        "inpaint_full_res": fields["Inpaint area"] == ONLY_MASKED,
        **({"inpainting_fill": INPAINT_CONTENTS.index(content)} if content in INPAINT_CONTENTS else {}),
    }


def _prompts(lines: list[str]) -> tuple[str, str]:
    marks = [number for number, line in enumerate(lines) if line.strip().startswith(NEGATIVE_LABEL)]
    first = marks[0] if marks else len(lines)
    negative = [line.strip().removeprefix(NEGATIVE_LABEL).strip() for line in lines[first:]]
    return "\n".join(line.strip() for line in lines[:first]), "\n".join(negative)


def _value(key: str, value: str) -> dict[str, Any]:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _unquoted(value)
    size = SIZE_PATTERN.fullmatch(value)
    return {f"{key}-1": size[1], f"{key}-2": size[2]} if size else {key: value}


def _quoted(value: Any) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",:\n") else text


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value))
    except ValueError:
        return value
