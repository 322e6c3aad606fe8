"""What a request to generate means: one table of the four kinds, and a reader made of each row. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.adapters import machine as machines
from bridge.adapters.dialect import IDEMPOTENCY, Request, Submission
from bridge.adapters.fields import decoded, ignored, is_absent, shown, spelled_otherwise, validated
from bridge.adapters.imagegen.bodies import (
    LEAST,
    LOOK_FIELDS,
    MOST,
    Generate,
    Img2Img,
    Inpaint,
    OnMachine,
    StyleTransfer,
    Text2Img,
)
from bridge.adapters.picture_fields import PALETTE_LOST, Form
from bridge.adapters.styling import PIXEL_ART, styled, workflow_of
from bridge.catalog.models import DRAWINGS_ID, PUBLIC_MODELS, described, file_named, require_known
from bridge.catalog.samplers import Sampling, offered, resolve
from bridge.core.errors import BadRequest, UnknownName
from bridge.core.job import SAMPLING_VALUES, UNSAID_KEY, JobSpec, Upload
from bridge.core.picture.image_size import size

RANDOM_SEEDS = 1_000_000  # the original draws below this
ID_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# What makes no difference to a machine's picture; words are for people to know it by.
NOT_OF_MACHINES = tuple(
    name
    for name in Img2Img.model_fields
    if name not in ("machine", "initImage", "prompt", "seed", "priority", *Form.model_fields)
)
PRIORITY_BY_NAME = {"high": 1, "normal": 0, "low": -1}
KEY_PATTERN = r"[A-Za-z0-9_-]{1,100}"
REPEAT_PARAMETERS = {
    IDEMPOTENCY: {
        "type": "string",
        "pattern": f"^{KEY_PATTERN}$",
        "description": "the caller's name for the request, which may be repeated with it: it is the same job",
    }
}


@dataclass(frozen=True)
class Kind:
    """One way to generate. A request without one of `needs` gets the error `missing`, the original's own.

    `pictures` leads from the caller's fields to the workflow's inputs, `shares` too, each with its default.
    """

    type: str
    mode: str
    model: type[Generate]
    needs: tuple[str, ...]
    missing: str
    pictures: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    steps: int = 30


JOB_KINDS = {
    "text2img": Kind("text2img", "txt2img", Text2Img, ("prompt",), "Prompt is required"),
    "img2img": Kind(
        "img2img",
        "img2img",
        Img2Img,
        ("prompt", "initImage"),
        "Prompt and initImage are required",
        {"initImage": "image"},
        {"strength": ("denoise", 0.75)},
    ),
    # The original ignores inpaintingStrength and so has no default for it; 0.9 is its document's example. At img2img's
    # 0.75 what the mask covers would show through.
    "inpaint": Kind(
        "inpaint",
        "inpaint",
        Inpaint,
        ("prompt", "image", "mask"),
        "Prompt, image, and mask are required",
        {"image": "image", "mask": "mask"},
        {"inpaintingStrength": ("denoise", 0.9)},
    ),
    # How much of the content is kept is what the sampler may not change: denoise is the rest, see `_shares`.
    "style-transfer": Kind(
        "style_transfer",
        "style_transfer",
        StyleTransfer,
        ("contentImage", "styleImage"),
        "contentImage and styleImage are required",
        {"contentImage": "image", "styleImage": "style"},
        {"styleStrength": ("style_strength", 0.7), "contentStrength": ("denoise", 0.3)},
        steps=20,
    ),
}


def reader(kind: Kind) -> Callable[[Request], Submission]:
    """The function that understands requests of this kind.

    It raises BadRequest, in the original's words where that has any, and Unavailable for a model while ComfyUI
    doesn't answer.
    """

    def read(request: Request) -> Submission:
        body = request.body
        if kind.model is Img2Img and isinstance(body, dict) and body.get("machine") is not None:
            return _on_machine(kind, request)
        if isinstance(body, dict) and any(is_absent(body.get(name)) for name in kind.needs):
            raise BadRequest(kind.missing, hint=spelled_otherwise(body, kind.needs))
        fields = validated(kind.model, body)
        fields.workflow = workflow_of(fields.pixart, fields.workflow, picture=kind.type == "img2img")
        pictures = {to: Upload(decoded(getattr(fields, name), name), name) for name, to in kind.pictures.items()}
        values, notes = _values(kind, fields, pictures, request)
        spec = JobSpec(
            mode=fields.workflow or _mode(kind, fields),
            dialect="imagegen",
            values=values,
            pictures=pictures,
            words=_words(kind),
            notes=(*notes, *ignored(fields.model_extra or {}, kind.model)),
            priority=_priority(fields.priority),
            echo={"request": body, "models": _model_ids(values, request)},
            loose=True,
            seconds=_seconds(request),
            cacheable=not _by_chance(fields),
        )
        return _submission(
            styled(fields.of(spec), fields.pixart, request.options, named=fields.workflow), kind, request
        )

    return read


def _mode(kind: Kind, body: Generate) -> str:
    """The mode that draws where no workflow is named: a request with a palette or a dither asks for pixel art."""
    return PIXEL_ART.get(kind.mode, kind.mode) if body.is_pixel_art and body.pixart is None else kind.mode


def _on_machine(kind: Kind, request: Request) -> Submission:
    """The job of a picture for a console or home computer, for which neither words nor samplers are needed."""
    if is_absent(request.body.get("initImage")):
        raise BadRequest(
            "initImage is required", field="initImage", hint=spelled_otherwise(request.body, ["initImage"])
        )
    body = validated(OnMachine, request.body)
    assert body.machine is not None  # else nobody would have come here
    left = machines.unheeded(request.body, NOT_OF_MACHINES)
    spec = machines.job_of(
        "imagegen",
        body.machine,
        Upload(decoded(body.initImage, "initImage"), "initImage"),
        None if _by_chance(body) else body.seed,
        prompt=body.prompt,
        notes=(*left, *ignored(body.model_extra or {}, Img2Img)),
        priority=_priority(body.priority),
        echo={"request": request.body},
        seconds=_seconds(request),
    )
    return _submission(body.of(spec), kind, request)


def type_of(values: Mapping[str, Any]) -> str:
    """The kind of request that a job's values came from, which its pictures don't tell."""
    if "style_strength" in values:
        return "style_transfer"
    if "mask_invert" in values:
        return "inpaint"
    return "img2img" if "denoise" in values or machines.MACHINE_MODE in values else "text2img"


def _seconds(request: Request) -> float | None:
    """How many seconds a job may take, None for any time; the dialect's setting is in milliseconds."""
    limit = request.options.job_timeout
    return None if limit is None else limit / 1000


def _submission(spec: JobSpec, kind: Kind, request: Request) -> Submission:
    """The job under a new id, or under one made of the request's key: then the same key and body are the same job, also
    where chance or ComfyUI's present models decided something."""
    key = request.headers.get(IDEMPOTENCY)
    if key is None:
        return Submission(spec, _id(request))
    if not re.fullmatch(KEY_PATTERN, key):
        raise BadRequest(f"{IDEMPOTENCY} must be 1 to 100 letters, digits or _ -, not {shown(key)}.", field=IDEMPOTENCY)
    content = json.dumps([kind.type, request.body], sort_keys=True)
    return Submission(replace(spec, identity=hashlib.sha256(content.encode()).hexdigest()), f"job_{key}")


def _id(request: Request) -> str:
    """`job_`, milliseconds, nine digits of base 36."""
    rest, digits = request.token % 36**9, ""
    for _ in range(9):
        rest, digit = divmod(rest, 36)
        digits = ID_DIGITS[digit] + digits
    return f"job_{int(request.now * 1000)}_{digits}"


def _values(
    kind: Kind, body: Any, pictures: Mapping[str, Upload], request: Request
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The workflow's inputs, and what was chosen. A workflow that the request names keeps its file's own values
    where the request says nothing."""
    own = bool(body.workflow)
    sides, notes = ({}, ()) if own else _sides(body, pictures.get("image"))
    fields = {"width": body.width, "height": body.height, "steps": body.steps, "cfg": body.guidanceScale}
    fields |= {"negative": body.negativePrompt}
    values = {} if own else _preset(kind)
    if body.pixart is not None:
        values.pop("fit", None)  # a look says itself how the picture comes to its size
    values |= {name: value for name, value in fields.items() if value is not None} | sides
    if body.pixart is None:
        values |= body.look
        notes += (PALETTE_LOST,) if body.palette and body.colorPalette and not body.ownColors else ()
    notes += _instead(body)
    if body.sampler or not own:
        sampling = _sampling(body.sampler, request)
        values |= {"sampler": sampling.sampler, "scheduler": sampling.scheduler}
        notes += sampling.notes
    if body.model:
        values["checkpoint"] = _checkpoint(body.model, request)
    chosen = [name for name in (*_preset(kind), "sampler", "scheduler") if name in SAMPLING_VALUES and not own]
    chosen = [name for name in chosen if (body.sampler if name in ("sampler", "scheduler") else fields[name]) is None]
    values |= {UNSAID_KEY: chosen} if chosen else {}
    seed = (request.token >> 44) % RANDOM_SEEDS if _by_chance(body) else body.seed
    prompt = body.prompt if own else body.prompt or ""
    return {"prompt": prompt, "seed": seed, **values, **_shares(kind, body)}, notes


def _instead(body: Generate) -> tuple[str, ...]:
    """A note on the fields of a look that make no difference, since an object has it whole."""
    names = [name for name in LOOK_FIELDS if getattr(body, name) is not None] if body.pixart is not None else []
    return (f"With pixart, {', '.join(names)} made no difference: pixart has its own.",) if names else ()


def _by_chance(body: Generate) -> bool:
    return body.seed is None or body.seed < 0


def _preset(kind: Kind) -> dict[str, Any]:
    """The original's defaults, and a crop for a picture whose shape isn't that of the size."""
    preset = {"width": 512, "height": 512, "steps": kind.steps, "cfg": 7.5}
    return {**preset, "fit": "cover"} if kind.pictures else preset


def _shares(kind: Kind, body: Any) -> dict[str, Any]:
    """The strengths of a request, and for an inpainting that white is drawn anew. A strength that the request lacks is
    None where it names a workflow; even so `type_of` knows the kind by it."""
    shares: dict[str, Any] = {"mask_invert": False} if kind.type == "inpaint" else {}
    for name, (to, default) in kind.shares.items():
        share = getattr(body, name)
        share = default if share is None and not body.workflow else share
        shares[to] = round(1 - share, 6) if name == "contentStrength" and share is not None else share
    return shares


def _sampling(name: str | None, request: Request) -> Sampling:
    sampling = resolve(name or "euler_a", None, request.catalog.samplers, request.catalog.schedulers)
    if not sampling.is_known:
        names = [spelled(row.name) for row in offered(request.catalog.samplers)]
        raise UnknownName(name or "", names, what="Sampler", field="sampler")
    return sampling


def spelled(name: str) -> str:
    """A sampler's name in this API's spelling: `DPM++ 2M` is `dpm++_2m`."""
    return name.lower().replace(" ", "_")


def _sides(body: Any, picture: Upload | None) -> tuple[dict[str, int], tuple[str, ...]]:
    """Width and height where the request lacks one and there is a picture, which keeps its own, or its shape. Pixel art
    may be smaller than what a model draws."""
    for name in ("width", "height"):
        side = getattr(body, name)
        if side is not None and side < LEAST and body.pixart is None and not body.is_pixel_art:
            hint = "With `pixart: {}`, as pixel art, it may be less." if type(body) in (Text2Img, Img2Img) else None
            message = f"{name} must be a whole number from {LEAST} to {MOST}, not {side}."
            raise BadRequest(message, field=name, hint=hint)
    own = size(picture.data) if picture else None
    if picture is None or own is None or None not in (body.width, body.height):
        return {}, ()
    if body.width is not None:
        return {"height": _bounded(body.width * own[1] / own[0])}, ()
    if body.height is not None:
        return {"width": _bounded(body.height * own[0] / own[1])}, ()
    scale = max(min(1.0, MOST / max(own)), LEAST / min(own))
    width, height = (_bounded(side * scale) for side in own)
    chosen = {"width": width, "height": height}
    if (width, height) == own:
        return chosen, ()
    limits = f"since {LEAST} to {MOST} pixels a side can be drawn"
    return chosen, (f"{picture.field} is {own[0]} x {own[1]}; the result is {width} x {height}, {limits}.",)


def _bounded(side: float) -> int:
    return max(LEAST, min(MOST, round(side)))


def _checkpoint(id: str, request: Request) -> str:
    """The file of a model's id; where there is none at all, the built-in drawings stand in for documented ones.

    Raises BadRequest in the original's words: a model that it documents is `not loaded`.
    """
    files = request.catalog.checkpoints
    require_known(request.catalog)
    file = file_named(id, files)
    documented = any(id.lower() == model.id for model in PUBLIC_MODELS)
    if file is None and documented and len(files) == 1:
        file = file_named(DRAWINGS_ID, files)
    if file is None:
        there = UnknownName(id, [described(each, files).id for each in files], what="Model").hint
        hint = there if files else "This ComfyUI has no checkpoint at all."
        raise BadRequest(f"Model {id[:60]} not {'loaded' if documented else 'found'}.", field="model", hint=hint)
    return file


def _model_ids(values: Mapping[str, Any], request: Request) -> dict[str, str]:
    """The checkpoint file that this request will most likely get, with the id that the request calls it by."""
    file = values.get("checkpoint") or request.catalog.checkpoint
    return {file: described(file, request.catalog.checkpoints).id} if file else {}


def _priority(word: str | None) -> int:
    if not word:
        return PRIORITY_BY_NAME["normal"]
    if word.lower() not in PRIORITY_BY_NAME:
        raise UnknownName(word, PRIORITY_BY_NAME, what="Priority", field="priority")
    return PRIORITY_BY_NAME[word.lower()]


def _words(kind: Kind) -> dict[str, str]:
    """Workflow inputs in the caller's words, for errors."""
    words = {name: name for name in ("prompt", "width", "height", "steps", "seed", "sampler")}
    words |= {"negative": "negativePrompt", "cfg": "guidanceScale", "checkpoint": "model", "scheduler": "sampler"}
    words |= {to: name for name, to in kind.pictures.items()} | {to: name for name, (to, _) in kind.shares.items()}
    return words | {name: field for field, name in LOOK_FIELDS.items()} | {"mask_invert": "mask", "fit": "width"}
