"""The unified endpoint's dialect: one `POST /generate` that answers with the picture.

As gregm123456's sd1.5-lcm.axera documents and runs it for a picker on a Raspberry Pi, which sends more than that
hardware can do: what can't be done is brought to what can, and said, never refused; what the request leaves out is as
the workflow has it, and as large as the NPU draws. Its service also interrogates pictures, with CLIP on the NPU; here
that is done by whatever is installed for it. What it has beside, choosing from lists that are sent
(`/sdapi/v1/interrogate/structured`), is not done, and 404.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.adapters import machine as machines
from bridge.adapters.dialect import Action, Answer, Dialect, Request, Route, Submission
from bridge.adapters.fields import (
    LARGEST_SEED,
    decoded,
    encoded,
    finite,
    ignored,
    is_absent,
    no_object,
    shown,
    spelled_otherwise,
    validated,
)
from bridge.adapters.picture_fields import form_notes, format_of
from bridge.adapters.styling import FIELD, LookOptions, about, look_of, styled, workflow_of
from bridge.adapters.unified import interrogate
from bridge.adapters.unified.generation import LEAST, MOST, MOST_CFG, MOST_PICTURES, MOST_STEPS, Done, Generate, Problem
from bridge.adapters.unified.wishes import Wishes
from bridge.catalog.models import stem
from bridge.catalog.samplers import Sampling, resolve
from bridge.core.errors import BadRequest, MissingParts, PixartError
from bridge.core.job import WHOLE_PROMPT, Job, JobSpec, JobState, Rendition, Upload
from bridge.core.job_error import failure_of

DRAWING_MODES = ("txt2img", "img2img")
SEED_COUNT = 1 << 32  # the original's; torch, there and in ComfyUI, makes the noise from these 32 bits alone
DEFAULT_STRENGTH = 0.5
FIT_BY_RESIZE_MODE = ("stretch", "cover", "contain")  # resize_mode 0, 1, 2
INTEGER_PATTERN = re.compile(r"\s*[+-]?[0-9]{1,40}\s*")
NPU_NODE = "NPU"  # the title of PixartAxera in the workflows
TEXT_NODES = ("Positive prompt", "Negative prompt")  # titles in the workflows
SENT_PICTURE_FIELDS = ("init_image", "init_images[0]")
PICTURE_FIELDS = (*SENT_PICTURE_FIELDS, "image")  # fields of all requests that have one
GENERATE_PATH = "/generate"
FILES_PATH = f"{GENERATE_PATH}/files/{{id}}"  # the path of a machine's zip
FORM_FIELDS = ("metadata", "graph", "format", "quality", "lossless")  # fields of `_form`
# What a machine's picture is made of; the rest makes no difference to it.
OF_MACHINES = ("mode", *SENT_PICTURE_FIELDS[:1], "init_images", "seed", "machine", *FORM_FIELDS)


def read(request: Request) -> Submission:
    """The job that a request means. Raises BadRequest, in the original's words where that has any."""
    if isinstance(request.body, dict) and request.body.get("machine") is not None:
        return Submission(_on_machine(request.body))
    body = _checked(request.body)
    wishes = Wishes(body)
    look = look_of(body)
    wishes.workflow = workflow_of(look, wishes.text("workflow"), picture=body["mode"] == "img2img")
    named = _seed(body.get("seed"), wishes.notes)
    seed = request.token % SEED_COUNT if named is None else named
    picture = _picture(wishes)
    values = {"prompt": wishes.text("prompt"), "negative": wishes.text("negative_prompt")}
    small = bool(wishes.workflow or look)
    values |= {name: value for name, value in _numbers(wishes, request, small).items() if value is not None}
    if sampling := _sampling(wishes, request):
        values |= {"sampler": sampling.sampler, "scheduler": sampling.scheduler}
    if picture:
        values |= {"denoise": _strength(wishes), "fit": _fit(wishes)}
    runs, batch = _counts(wishes)
    form = _form(wishes)
    seeds = [(seed + each) % (LARGEST_SEED + 1) for each in range(runs * batch)]
    spec = JobSpec(
        mode=wishes.workflow or body["mode"],
        dialect="unified",
        values={name: value for name, value in values.items() if value is not None} | {"seed": seed},
        pictures={"image": picture} if picture else {},
        words=FIELD_BY_INPUT,
        notes=(*wishes.notes, *ignored((name for name in body if name not in Generate.model_fields), Generate)),
        batch=tuple({"seed": each} for each in seeds) if len(seeds) > 1 else (),
        echo={"n_iter": runs, "batch_size": batch},
        loose=True,
        rendition=form,
        cacheable=named is not None,
    )
    return Submission(styled(spec, look, request.options, named=wishes.workflow))


def _on_machine(body: Mapping[str, Any]) -> JobSpec:
    """The job of a picture for a console or home computer, for which neither words nor samplers are needed."""
    if body.get("mode") not in (None, "img2img"):
        raise BadRequest("machine takes a picture: send mode 'img2img' with 'init_image'.", field="mode")
    named = validated(machines.OnMachine, body).machine
    wishes = Wishes({**body, "mode": "img2img"})
    picture, seed, form = _picture(wishes), _seed(body.get("seed"), wishes.notes), _form(wishes)
    assert named is not None and picture is not None  # else they would have been refused
    left = machines.unheeded(body, tuple(name for name in Generate.model_fields if name not in OF_MACHINES))
    notes = (*wishes.notes, *left, *ignored((name for name in body if name not in Generate.model_fields), Generate))
    return machines.job_of("unified", named, picture, seed, notes=notes, rendition=form)


def _form(wishes: Wishes) -> Rendition:
    """In what form the picture is answered; a format that there isn't is PNG, which is said."""
    metadata = wishes.switch("metadata", True)
    quality = wishes.number("quality", Rendition.quality, 1, 100) or Rendition.quality
    try:
        file_format = format_of(wishes.body.get("format")) or ""
    except ValueError:
        wishes.notes.append(f"format {shown(wishes.body['format'])} is none of png, jpeg and webp; png was used.")
        file_format = ""
    lossless, graph = wishes.switch("lossless", None), wishes.switch("graph", True)
    wishes.notes += form_notes(file_format, wishes.body.get("quality"), lossless)
    return Rendition(bool(metadata), file_format, quality, lossless, bool(graph))


# Workflow inputs in the caller's words, for errors.
FIELD_BY_INPUT = {
    "negative": "negative_prompt",
    "cfg": "cfg_scale",
    "sampler": "sampler_name",
    "denoise": "denoising_strength",
    "fit": "resize_mode",
    "image": "init_image",
    **{name: name for name in ("prompt", "width", "height", "steps", "scheduler", "seed")},
}


def _checked(body: Any) -> Mapping[str, Any]:
    """The body, which has a mode and a prompt. Raises BadRequest."""
    if not isinstance(body, dict):
        raise no_object(body)
    if body.get("mode") not in DRAWING_MODES:
        message = "missing or invalid 'mode' field (must be 'txt2img' or 'img2img')"
        raise BadRequest(message, field="mode", hint=spelled_otherwise(body, ["mode"]))
    if is_absent(body.get("prompt")):
        hint = spelled_otherwise(body, ["prompt"])
        raise BadRequest("missing 'prompt' field", field="prompt", hint=hint)
    if not isinstance(body["prompt"], str):
        raise BadRequest("invalid 'prompt' field (must be text)", field="prompt")
    return body


def _seed(value: Any, notes: list[str]) -> int | None:
    """A seed as the original understands it, `"42"` too; None for one by chance. One that can't be taken is said."""
    if value is None:
        return None
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not (whole or (isinstance(value, str) and INTEGER_PATTERN.fullmatch(value))):
        raise BadRequest("invalid 'seed' field (must be an integer)", field="seed")
    seed = int(value)
    if seed == -1:
        return None
    if 0 <= seed <= LARGEST_SEED:
        return seed
    notes.append(f"seed {shown(value)} can't be used; {seed % SEED_COUNT} was used, which in the original is the same.")
    return seed % SEED_COUNT


def _picture(wishes: Wishes) -> Upload | None:
    """What img2img starts from. For txt2img there is none, whatever the body has; that it has one is said."""
    body = wishes.body
    if body["mode"] != "img2img":
        sent = [name for name in ("init_image", "init_images") if body.get(name) not in (None, "", [])]
        wishes.notes.extend(f"{name} is for mode img2img; it was ignored." for name in sent)
        return None
    several = [] if is_absent(body.get("init_images")) else body["init_images"]
    if not isinstance(several, list):
        if is_absent(body.get("init_image")):
            raise BadRequest(f"invalid 'init_images' field (must be a list, not {shown(several)})", field="init_images")
        wishes.notes.append(f"init_images {shown(several)} is no list; it was ignored.")
        several = []
    named = zip(SENT_PICTURE_FIELDS, (body.get("init_image"), several[0] if several else None), strict=True)
    sent = [(name, value) for name, value in named if not is_absent(value)]
    if not sent:
        others = {name: value for name, value in body.items() if name != "init_images"}
        hint = spelled_otherwise(others, ["init_image"])
        raise BadRequest("missing 'init_image' field for img2img mode", field="init_image", hint=hint)
    name, value = sent[0]
    if not isinstance(value, str):
        raise BadRequest(f"invalid base64 image: {name} must be text, not {shown(value)}.", field=name)
    more = [each for each in several if not is_absent(each) and each != value]
    if more:
        wishes.notes.append(f"init_images has {len(more)} more; only {name} was used.")
    return Upload(decoded(value, name), name)


def _numbers(wishes: Wishes, request: Request, small: bool) -> dict[str, Any]:
    """Sizes, steps and scale, None where the request lacks one, but for a size where only one can be drawn. A `small`
    picture may have fewer pixels a side than what a model draws: pixel art, and what a named workflow draws."""
    least = 1 if small else LEAST
    width, height = (None, None) if wishes.workflow else request.catalog.size or (None, None)
    return {
        "width": wishes.number("width", width or 512, least, MOST) or width,
        "height": wishes.number("height", height or 512, least, MOST) or height,
        "steps": wishes.number("steps", 20, 1, MOST_STEPS),
        "cfg": wishes.number("cfg_scale", 7.0, 0, MOST_CFG, whole=False),
    }


def _counts(wishes: Wishes) -> tuple[int, int]:
    """How many runs, and how many pictures in each run."""
    runs, batch = (wishes.number(name, 1, 1, MOST_PICTURES) or 1 for name in ("n_iter", "batch_size"))
    if runs * batch <= MOST_PICTURES:
        return runs, batch
    fewer = MOST_PICTURES // batch
    wishes.notes.append(f"n_iter {runs} times batch_size {batch} can't be done; n_iter {fewer} was used.")
    return fewer, batch


def _strength(wishes: Wishes) -> float | None:
    body = wishes.body
    name, *other = [each for each in ("denoising_strength", "strength") if body.get(each) is not None] or ["strength"]
    result = wishes.number(name, DEFAULT_STRENGTH, 0, 1, whole=False)
    if other and body["strength"] != body[name]:
        wishes.notes.append(f"strength {shown(body['strength'])} was ignored, as {name} says it.")
    return DEFAULT_STRENGTH if result is None and not wishes.workflow else result


def _fit(wishes: Wishes) -> str | None:
    """The workflow's word for `resize_mode`: 1 crops, 2 adds bars, all else stretches, with a note if it isn't 0."""
    mode = wishes.body.get("resize_mode")
    if mode is None:
        return None if wishes.workflow else FIT_BY_RESIZE_MODE[0]
    number = finite(mode)
    if number is not None and number in range(len(FIT_BY_RESIZE_MODE)):
        return FIT_BY_RESIZE_MODE[int(number)]
    wishes.notes.append(f"resize_mode {shown(mode)} can't be done; 0 was used.")
    return FIT_BY_RESIZE_MODE[0]


def _sampling(wishes: Wishes, request: Request) -> Sampling | None:
    """The sampler that a request names; None where it names none, so that it is the workflow's."""
    name, scheduler = wishes.text("sampler_name"), wishes.text("scheduler")
    if not name and not scheduler:
        return None
    sampling = resolve(name, scheduler, request.catalog.samplers, request.catalog.schedulers)
    wishes.notes.extend(sampling.notes)
    return sampling


def answer(job: Job, _: Request) -> Answer:
    """The answer with the pictures. Raises JobFailed or one of its kinds when there are none."""
    artifacts = [each for each in job.artifacts if each.output == "image" and each.data]
    if job.state is not JobState.COMPLETED or not artifacts:
        return error(failure_of(job))
    images = [encoded(each.data or b"") for each in artifacts]
    seeds = [part.get("seed", 0) for part in job.batch]
    several = {"images": images, "seeds": seeds} if len(images) > 1 else {}
    body = {
        "status": "ok",
        "base64": images[0],
        **_times(job),
        "seed": seeds[artifacts[0].part] if seeds else job.used.get("seed", 0),
        "used": _used(job),
        **several,
    }
    body |= about(job)
    if screen := machines.shown_of(job):
        body |= {"machine": screen, "files": machines.files_path(FILES_PATH, job)}
    return Answer({**body, "notes": list(job.notes)} if job.notes else body)


def _times(job: Job) -> dict[str, Any]:
    """The milliseconds of each part, 0 for a node whose result ComfyUI still had from an earlier request."""
    text = sum(job.timings.get(title, 0.0) for title in TEXT_NODES)
    total = _milliseconds(job.timings.get(WHOLE_PROMPT) or job.seconds or 0.0)
    report = next((each.info for each in job.artifacts if each.output == "axera"), None)
    if report is None or not job.timings.get(NPU_NODE):
        return {"text_time_ms": _milliseconds(text), "total_time_ms": total}
    words = {"encode_time_ms": "encode_ms", "step_times_ms": "step_ms", "decode_time_ms": "decode_ms"}
    parts = {word: report[name] for word, name in words.items() if report.get(name) is not None}
    return {"text_time_ms": report.get("text_ms", 0.0), "total_time_ms": total, **parts}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000.0, 3)


def _used(job: Job) -> dict[str, Any]:
    """The values that the picture was made with, in the caller's words, as far as the workflow that ran has them."""
    used = job.used
    words = {
        "width": "width",
        "height": "height",
        "steps": "steps",
        "cfg": "cfg_scale",
        "denoise": "denoising_strength",
    }
    fields = {word: used[name] for name, word in words.items() if name in used}
    if "sampler" in used:
        heard = resolve(
            used["sampler"], used.get("scheduler"), (used["sampler"],), (used.get("scheduler") or "normal",)
        )
        fields |= {"sampler_name": heard.name, "scheduler": heard.schedule}
    if used.get("fit") in FIT_BY_RESIZE_MODE:
        fields["resize_mode"] = FIT_BY_RESIZE_MODE.index(used["fit"])
    if used.get("checkpoint"):
        fields["model"] = stem(used["checkpoint"])
    echo = {name: value for name, value in (job.echo or {}).items() if name != FIELD}
    return {"workflow": job.workflow, **fields, **echo}


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape; one about the picture that was sent begins as the original's."""
    text, ours = str(problem), ("invalid", "missing", f"{problem.field} is missing")
    if problem.field in PICTURE_FIELDS and isinstance(problem, BadRequest) and not text.startswith(ours):
        text = f"invalid base64 image: {text}"
    return Answer({"status": "error", "error": text}, status=problem.status)


def not_interrogated(problem: PixartError) -> Answer:
    """An error in this dialect's shape; a missing installation is 501, as in the original, since no field is wrong."""
    return replace(error(problem), status=501) if isinstance(problem, MissingParts) else error(problem)


DIALECT = Dialect(
    name="unified",
    title="Unified generation",
    summary="One request that answers with the picture.",
    prefixes=(GENERATE_PATH,),
    options=LookOptions,
    leads=("axera",),
    sample="""  {curl} {url}/generate -d '{{"mode": "txt2img", "prompt": "a red fox in the snow"}}'""",
    routes=(
        Route(
            "POST",
            GENERATE_PATH,
            Action.SUBMIT,
            "Generate, and wait for the picture",
            answer,
            read,
            Generate,
            Done,
            wait=True,
        ),
        machines.files_route(FILES_PATH, "A machine's files of a picture that was answered, as a zip"),
        Route(
            "POST",
            "/sdapi/v1/interrogate",
            Action.SUBMIT,
            "What a picture shows, in words",
            interrogate.answer,
            interrogate.read,
            interrogate.Interrogate,
            interrogate.Interrogated,
            wait=True,
            alone=True,
            error=not_interrogated,
            failures={501: "no model for it is installed, or not the package that runs it"},
        ),
    ),
    error=error,
    problem=Problem,
)
