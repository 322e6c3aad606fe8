"""A1111's options: what is answered, what can be changed, and what a request gets of them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices, Field, Json

from bridge.adapters.a1111.error_answers import Unprocessable
from bridge.adapters.a1111.prompt import STYLES, Style
from bridge.adapters.dialect import Answer, Command, Request, notes_header
from bridge.adapters.fields import LIKE_A_FIELD, shown
from bridge.adapters.picture_fields import FORMAT_BY_NAME
from bridge.adapters.styling import LookOptions
from bridge.catalog.models import Catalog, named, stem
from bridge.core.errors import UnknownName
from bridge.core.job import Rendition
from bridge.core.spelling import with_question

CHECKPOINT, VAE, CLIP_SKIP = "sd_model_checkpoint", "sd_vae", "CLIP_stop_at_last_layers"
NO_MAP = "control_net_no_detectmap"  # whether what ControlNets look at is kept out of the answer
# What A1111 puts behind a file's name in a title. Spaces count from their first on, or many would take their square.
HASH_SUFFIX = re.compile(r"(?<!\s)\s*\[[0-9a-fA-F]{6,64}\]$")
OWN_VAE = ("Automatic", "None", "")  # the checkpoint's
FROM_CHECKPOINT = "from checkpoint"  # the same in the workflow's words
MOST_UNITS = 3  # ControlNet units of one request, the extension's own default
DEEPEST_SKIP = 24  # the most that ComfyUI's CLIPSetLastLayer takes

# Options with A1111's defaults. Only those in CHANGEABLE_SETTINGS can be changed; the others say how things are here.
DEFAULT_SETTINGS: Mapping[str, Any] = {
    "samples_save": True,
    "samples_format": "png",
    "samples_filename_pattern": "",
    "save_images_add_number": True,
    "grid_save": False,
    "grid_format": "png",
    "return_grid": False,
    "return_mask": False,
    "return_mask_composite": False,
    "enable_pnginfo": True,
    "do_not_add_watermark": True,
    "jpeg_quality": 80,
    "webp_lossless": False,
    "sd_checkpoint_hash": "",
    "sd_checkpoint_cache": 0,
    "sd_checkpoints_limit": 1,
    VAE: "Automatic",
    "sd_vae_checkpoint_cache": 0,
    "sd_unet": "Automatic",
    "sd_hypernetwork": "None",
    CLIP_SKIP: 1,
    "enable_emphasis": True,
    "comma_padding_backtrack": 20,
    "randn_source": "CPU",
    "eta_noise_seed_delta": 0,
    "eta_ancestral": 1.0,
    "eta_ddim": 0.0,
    "s_churn": 0.0,
    "s_tmin": 0.0,
    "s_tmax": 0.0,
    "s_noise": 1.0,
    "uni_pc_variant": "bh1",
    "img2img_fix_steps": False,
    "img2img_color_correction": False,
    "img2img_background_color": "#ffffff",
    "initial_noise_multiplier": 1.0,
    "inpainting_mask_weight": 1.0,
    "upscaler_for_img2img": "None",
    "face_restoration": False,
    "face_restoration_model": "None",
    "code_former_weight": 0.5,
    "token_merging_ratio": 0.0,
    "live_previews_enable": True,
    "live_previews_image_format": "jpeg",  # ComfyUI's own
    "show_progress_every_n_steps": 1,
    "show_progressbar": True,
    "add_model_hash_to_info": True,
    "add_model_name_to_info": True,
    "api_enable_requests": False,
    "api_forbid_local_requests": True,
    "filter_nsfw": False,
    "interrogate_keep_models_in_memory": True,
    "interrogate_return_ranks": False,
    "interrogate_clip_num_beams": 1,
    "interrogate_clip_min_length": 24,
    "interrogate_clip_max_length": 48,
    "interrogate_deepbooru_score_threshold": 0.35,  # what WD14's makers take; A1111's 0.5 is for DeepDanbooru
    "deepbooru_sort_alpha": True,
    "deepbooru_use_spaces": True,
    "deepbooru_escape": True,
    "deepbooru_filter_tags": "",
    "multiple_tqdm": False,
    NO_MAP: False,
    "control_net_unit_count": MOST_UNITS,
}
CHANGEABLE_SETTINGS = {VAE: str, CLIP_SKIP: int, "enable_pnginfo": bool, "live_previews_enable": bool, NO_MAP: bool}
CHANGEABLE_SETTINGS |= {"samples_format": str, "jpeg_quality": int, "webp_lossless": bool}
# Of those that can be changed: how pictures are interrogated, by the workflow's inputs,
WORDS = {
    "threshold": "interrogate_deepbooru_score_threshold",
    "alphabetical": "deepbooru_sort_alpha",
    "spaces": "deepbooru_use_spaces",
    "escape": "deepbooru_escape",
    "scores": "interrogate_return_ranks",
    "leave_out": "deepbooru_filter_tags",
    "beams": "interrogate_clip_num_beams",
    "min_length": "interrogate_clip_min_length",
    "max_length": "interrogate_clip_max_length",
}
CHANGEABLE_SETTINGS |= {name: type(DEFAULT_SETTINGS[name]) for name in WORDS.values()}
# and in what form pictures leave.
# From what to what a number may be. A1111's own page has these limits, but for the layers of CLIP.
SETTING_RANGES: Mapping[str, tuple[int, int]] = {
    CLIP_SKIP: (1, DEEPEST_SKIP),
    "jpeg_quality": (1, 100),
    "interrogate_deepbooru_score_threshold": (0, 1),
    "interrogate_clip_num_beams": (1, 16),
    "interrogate_clip_min_length": (1, 128),
    "interrogate_clip_max_length": (1, 256),
}
FILE_SETTINGS = ("enable_pnginfo", "samples_format", "jpeg_quality", "webp_lossless")


class Options(LookOptions):
    """What the operator may set for this dialect."""

    username: str | None = Field(
        None,
        validation_alias=AliasChoices("A1111_USERNAME"),
        description="when set, /sdapi needs this name and A1111_PASSWORD by HTTP Basic, as A1111's --api-auth",
    )
    password: str = Field(
        "", validation_alias=AliasChoices("A1111_PASSWORD"), description="the password that goes with A1111_USERNAME"
    )
    hide_schedule_type: bool = Field(
        False,
        validation_alias=AliasChoices("A1111_HIDE_SCHEDULE_TYPE"),
        description="leave `Schedule type` out of infotext, for clients that count its commas (node-sd-webui)",
    )
    strict: bool = Field(
        False,
        validation_alias=AliasChoices("A1111_STRICT"),
        description="refuse requests with scripts that aren't there, instead of drawing without them",
    )
    styles: Json[tuple[Style, ...]] = Field(
        STYLES,
        validate_default=False,  # it is no JSON
        validation_alias=AliasChoices("A1111_STYLES"),
        description="prompt styles, a JSON list of {name, prompt, negative_prompt}; `{prompt}` is the prompt's place",
    )


@dataclass(frozen=True)
class Chosen:
    """What a request runs with: files as ComfyUI names them. `notes` tell what of the settings could not be kept.

    `own` are those that the request brought itself, as they are remembered when they shall last; `said` are the names
    of those that somebody chose, by the request or before.
    """

    checkpoint: str
    vae: str
    clip_skip: int
    rendition: Rendition
    notes: tuple[str, ...]
    own: Mapping[str, Any]
    said: frozenset[str]
    maps: bool = True


def title(file: str) -> str:
    """How A1111 shows a checkpoint; there is no hash behind it, for files are not read here."""
    return file


def options(_: Any, request: Request) -> Answer:
    """Every option as it is now."""
    now = {**DEFAULT_SETTINGS, **_remembered(request), CHECKPOINT: title(_current(request)[0])}
    return Answer(
        now | {key: _clamped(key, now) for key in SETTING_RANGES}
    )  # as jobs get what earlier versions remembered


def read_options(request: Request) -> Command:
    """The options to remember. Raises UnknownName for a model that isn't there, Unprocessable for a wrong value.

    Unprocessable is raised for a number beyond its limits, too. An option that can't be changed stays as it is, as
    `options` says.
    """
    body = request.body if request.body is not None else {}
    if not isinstance(body, dict):
        words = f" must be an object, not {shown(body)}"
        entry = {"loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict", "words": words}
        raise Unprocessable([entry])
    options = {key: _within(key, _typed(key, body[key])) for key in CHANGEABLE_SETTINGS if body.get(key) is not None}
    if VAE in options:
        _vae(options[VAE], request.catalog, VAE)
    if body.get(CHECKPOINT):
        options[CHECKPOINT] = checkpoint_file(body[CHECKPOINT], request.catalog, CHECKPOINT)
    now = {**DEFAULT_SETTINGS, **_remembered(request), CHECKPOINT: _current(request)[0]}
    return Command(remember={key: value for key, value in options.items() if value != now[key]})


def chosen(overrides: Mapping[str, Any] | None, request: Request) -> Chosen:
    """The settings of one request: its own, else what was posted to options, else the default.

    Raises UnknownName for a checkpoint or VAE that isn't there: drawing with another would be no answer.
    """
    own = {key: value for key, value in (overrides or {}).items() if value is not None}
    memory, notes = _remembered(request), []
    typed = {key: _typed(key, own[key], "override_settings.") for key in CHANGEABLE_SETTINGS if key in own}
    if own.get(CHECKPOINT):
        checkpoint = checkpoint_file(own[CHECKPOINT], request.catalog, f"override_settings.{CHECKPOINT}")
        typed[CHECKPOINT] = checkpoint
    else:
        checkpoint, notes = _current(request)
    used = {**DEFAULT_SETTINGS, **memory, **typed}
    vae = _vae(used[VAE], request.catalog, f"override_settings.{VAE}" if VAE in own else VAE)
    skip = _clamped(CLIP_SKIP, used)
    notes = [*notes, *_clamped_notes(used, CLIP_SKIP, "jpeg_quality")]
    remembered = {CHECKPOINT} if checkpoint == request.memory.get(CHECKPOINT) else set()
    said = frozenset({*memory, *typed} | remembered)
    now = {**DEFAULT_SETTINGS, **memory}
    new = {key: value for key, value in typed.items() if key not in FILE_SETTINGS or value != now[key]}
    return Chosen(checkpoint, vae, skip, rendition(used), (*notes, *_not_kept(own)), new, said, not used[NO_MAP])


def rendition(used: Mapping[str, Any]) -> Rendition:
    """In what form pictures leave with these options."""
    quality, file_format = _clamped("jpeg_quality", used), FORMAT_BY_NAME[used["samples_format"].lower()]
    return Rendition(used["enable_pnginfo"], file_format, quality, used["webp_lossless"])


def of_extras(overrides: Mapping[str, Any] | None, request: Request) -> tuple[Rendition, tuple[str, ...]]:
    """In what form upscaled pictures leave, as the request says, else as was posted to options; and notes on what of
    the request's own options is brought into its limits or has no effect on them."""
    own = {key: value for key, value in (overrides or {}).items() if value is not None}
    typed = {key: _typed(key, own[key], "override_settings.") for key in FILE_SETTINGS if key in own}
    used = {**DEFAULT_SETTINGS, **_remembered(request), **typed}
    return rendition(used), (*_clamped_notes(used, "jpeg_quality"), *_not_kept(own, FILE_SETTINGS))


def in_words(request: Request) -> dict[str, Any]:
    """How pictures are interrogated, as was posted to options, by the workflow's inputs."""
    used = {**DEFAULT_SETTINGS, **_remembered(request)}
    return {name: used[option] for name, option in WORDS.items()}


def changed(_: Any, request: Request) -> Answer:
    """A1111's answer to options that were posted, null, and in a header what of them changed nothing."""
    return Answer(None, headers=notes_header(_not_kept(request.body or {}, at="")))


def _not_kept(
    own: Mapping[str, Any], read: Collection[str] = (*CHANGEABLE_SETTINGS, CHECKPOINT), at: str = "override_settings."
) -> list[str]:
    fixed = [key for key, value in own.items() if key not in read and value is not None]
    other = [key for key in fixed if key not in DEFAULT_SETTINGS or own[key] != DEFAULT_SETTINGS[key]]
    sentences = ((key, f"{at}{key[:60]}: {shown(own[key])} has no effect here.") for key in other[:8])
    return [with_question(sentence, key, (*DEFAULT_SETTINGS, CHECKPOINT), LIKE_A_FIELD) for key, sentence in sentences]


def _remembered(request: Request) -> dict[str, Any]:
    return {key: request.memory[key] for key in CHANGEABLE_SETTINGS if key in request.memory}


def _current(request: Request) -> tuple[str, list[str]]:
    """The checkpoint that a request gets which names none, and a note when the one chosen before is gone."""
    remembered, catalog = request.memory.get(CHECKPOINT), request.catalog
    if not remembered or (catalog.live and remembered not in catalog.checkpoints):
        note = f"The checkpoint {shown(remembered)} is gone; {catalog.checkpoint} was used." if remembered else None
        return catalog.checkpoint, [note] if note else []
    return remembered, []


def checkpoint_file(name: Any, catalog: Catalog, field: str) -> str:
    """A checkpoint's file by its title, name or file name, with or without a hash behind it."""
    plain = HASH_SUFFIX.sub("", name) if isinstance(name, str) else shown(name)
    if not catalog.live:
        return plain
    by_name = {stem_of(file): file for file in catalog.checkpoints}
    result = named(plain, catalog.checkpoints) or by_name.get(plain)
    if result is None:
        raise UnknownName(plain, by_name, what=field, field=field)
    return result


def stem_of(file: str) -> str:
    """A checkpoint's `model_name`: no ending, and `_` where its path has `/`."""
    bare = file.replace("\\", "/")
    return (bare[: bare.rfind(stem(bare))] + stem(bare)).replace("/", "_")


def _vae(name: str, catalog: Catalog, field: str) -> str:
    if name in OWN_VAE:
        return FROM_CHECKPOINT
    result = named(HASH_SUFFIX.sub("", name), catalog.vaes) if catalog.live else name
    if result is None:
        raise UnknownName(name, (*catalog.vaes, *OWN_VAE[:2]), what=field, field=field)
    return result


def _typed(key: str, value: Any, where: str = "") -> Any:
    """An option's value as its type. Raises Unprocessable."""
    kind = CHANGEABLE_SETTINGS[key]
    if key == "samples_format" and str(value).lower() not in FORMAT_BY_NAME:
        raise Unprocessable(f"Invalid image format: {where}{key} must be png, jpg or webp, not {shown(value)}")
    try:
        if kind is int and float(value) == int(float(value)):
            return int(float(value))
        if kind is float and not isinstance(value, bool) and math.isfinite(float(value)):
            return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    if kind in (str, bool) and isinstance(value, kind):
        return value
    what = {str: "str", int: "integer", float: "float", bool: "boolean"}[kind]
    loc = ["body", *f"{where}{key}".split(".")]
    words = f" must be {MUST_BE[kind]}, not {shown(value)}"
    entry = {"loc": loc, "msg": f"value is not a valid {what}", "type": f"type_error.{what}", "words": words}
    raise Unprocessable([entry])


MUST_BE = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _within(key: str, value: Any) -> Any:
    """An option's value, unchanged. Raises Unprocessable for a number beyond its limits."""
    least, most = SETTING_RANGES.get(key, (-math.inf, math.inf))
    if key not in SETTING_RANGES or least <= value <= most:
        return value
    words = f" must be from {least} to {most}, not {shown(value)}"
    message = f"ensure this value is from {least} to {most}"
    raise Unprocessable([{"loc": ["body", key], "msg": message, "type": "value_error.number", "words": words}])


def _clamped(key: str, options: Mapping[str, Any]) -> Any:
    """The number of an option that has limits, brought into them."""
    least, most = SETTING_RANGES[key]
    return min(max(options[key], least), most)


def _clamped_notes(options: Mapping[str, Any], *keys: str) -> list[str]:
    return [_clamping(key, options) for key in keys if _clamped(key, options) != options[key]]


def _clamping(key: str, options: Mapping[str, Any]) -> str:
    """A note on a number that was brought into its limits."""
    least, most = SETTING_RANGES[key]
    return f"{key}: {_clamped(key, options)} instead of {shown(options[key])}; it may be {least} to {most}."
