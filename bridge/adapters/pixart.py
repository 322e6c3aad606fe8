"""The Pixart editor's dialect: a sketch is posted under the client's own id, then its status is polled.

The editor ends a job on any answer but 2xx, reads `resultDataUrl` 1:1 into a layer and keeps pixels whose alpha
is over zero; so a job that failed is 200 with `status: "failed"`, and the picture has exactly the size asked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.adapters import ground
from bridge.adapters import machine as machines
from bridge.adapters.color_list import listed_colors
from bridge.adapters.dialect import Action, Answer, Dialect, Request, Route, Submission
from bridge.adapters.fields import LARGEST_SEED, data_url, decoded, ignored, prose, shown, validated
from bridge.adapters.ground import Ground, RemovedGround
from bridge.adapters.proportion import STRETCH, Fit, Size, proportion
from bridge.adapters.rendition import Form, Switch
from bridge.adapters.styles import DEFAULT_STYLE, PAPER_METHOD, STYLES, fixed, own_palette
from bridge.adapters.tuning import FIELDS, MOST_COLORS, Tuning, extracted, undrawn
from bridge.core.errors import Expired, NotFound, PixartError, UnknownName
from bridge.core.job import Job, JobSpec, JobState, Upload
from bridge.core.job_error import failure_of

PREFIX = "/api/pixel-generation"
ALPHA_THRESHOLD = 0.25  # a stroke that covers a quarter of a pixel shows; at a half, thin lines break
ID = re.compile(r"(?!.*\.\.)(?!\.$)[A-Za-z0-9._:-]{1,128}")  # clients drop a "." from a path, so it can't be polled


SAMPLE = (  # a tree of 16 x 16 pixels on a transparent background, for the documentation to be tried with
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAgMAAABinRfyAAAACVBMVEUAAAAui1eLRRPK+TXhAAAAAXRSTlMAQObYZgAAAC5J"
    "REFUeNo1ysENADAIAzEXMQAjMVpH74OSlxUd4LSAkLWqHKX2v0OPkiLuxrsHPM0Bm/88pMQAAAAASUVORK5CYII="
)


def _seed(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SEED:
        raise ValueError(f"must be a whole number from 0 to {LARGEST_SEED}, not {shown(value)}")
    return value


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError(f"must be 1 to 128 letters, digits or . _ : - without '..' or a lone '.', not {shown(value)}")
    return value


class Options(BaseModel):
    """What the operator may set for this dialect."""

    model_config = ConfigDict(frozen=True)

    literal_default_palette: bool = Field(
        False,
        validation_alias=AliasChoices("PIXART_LITERAL_DEFAULT_PALETTE"),
        description="obey the editor's five-colour default list instead of reading it as no wish",
    )
    high_detail_cube: bool = Field(
        False,
        validation_alias=AliasChoices("PIXART_HIGH_DETAIL_CUBE"),
        description="draw the style high-detail in the editor's own 64 colours, a cube of 4 x 4 x 4, instead of 64 of "
        "the picture's own",
    )


class Generate(Tuning, Ground, machines.OnMachine, Form):
    """What the editor posts.

    `seed`, `negativePrompt`, `paper`, `machine`, what a `Tuning` and a `Ground` have and the picture's form are
    our additions.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=machines.needed_without_machine("width", "height"))

    id: Annotated[str, BeforeValidator(_id)] = Field(
        description="your own name for the job; the same id and content is the same job",
        examples=["req-1699000000000-k3j9x2m1q"],
    )
    sketchData: str = Field(
        description="the sketch as a data URL or as bare base64: PNG, JPEG, WebP, GIF or BMP", examples=[SAMPLE]
    )
    prompt: Annotated[str, BeforeValidator(prose)] = Field(
        description="what the sketch shows", examples=["a small tree"]
    )
    width: Size = Field(examples=[64], description="of the result, in pixels")
    height: Size = Field(examples=[64], description="of the result, in pixels")
    fit: Fit = Field(
        None,
        description="where the sketch's shape differs: `stretch`, `crop` the edges, `pad` with transparency, or "
        "`longest`: its own shape, its longest side as asked; absent: stretch, which `metadata.stretched` then says",
    )
    style: Any = Field(
        None,
        description=f"palette, dither and contrast; absent: {DEFAULT_STYLE}",
        examples=["retro-16bit"],
        json_schema_extra={"type": ["string", "null"], "enum": [*STYLES, None]},
    )
    colorPalette: Any = Field(
        None,
        description=f"2 to {MOST_COLORS} hex colours; absent, empty, or the editor's five-colour default: the style's",
        json_schema_extra={"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST_COLORS},
    )
    timestamp: Any = Field(None, description="accepted and not used")
    seed: Annotated[int | None, BeforeValidator(_seed)] = Field(None, description="absent: derived from the id")
    negativePrompt: Annotated[str | None, BeforeValidator(prose)] = Field(
        None, description="what the picture must not show"
    )
    paper: Switch = Field(
        None, description="true: the sketch is a photo of a drawing on paper, of which the ink alone is taken"
    )


class GenerateOnMachine(Generate):
    """The same where a machine is named: its screen has a size."""

    model_config = ConfigDict(json_schema_extra=None)

    width: Any = None
    height: Any = None
    fit: Any = None


class Look(BaseModel):
    """What the sketch, or what a model made of it, was taken for, why, and what was done with it for that."""

    kind: str = Field(description="pixel art, false pixel art, line art, flat or photograph", examples=["line art"])
    reason: str = Field(description="the figures that this hangs on")
    method: str = Field(description="how it was made small", examples=["line-art"])
    dither: str = Field(description="how it was dithered", examples=["none"])


class Metadata(BaseModel):
    """About a finished picture. `algorithm` is the workflow that really ran."""

    colorsUsed: int = Field(description="distinct opaque colours")
    pixelCount: int
    algorithm: str = Field(examples=["pixelate@1"])
    seed: int | None = None
    stretched: float | None = Field(
        None, description="how many times too wide or too high the sketch became; absent: it kept its shape"
    )
    look: Look | None = Field(None, description="absent where nothing was looked at, as with `paper`")
    machine: machines.Shown | None = Field(None, description="what the machine shows, where one was named")
    background: RemovedGround | None = Field(None, description="absent: the ground stayed")


class Status(BaseModel):
    """A job as the editor polls it."""

    id: str
    status: Literal["pending", "processing", "completed", "failed"]
    progress: int = Field(ge=0, le=100)
    resultDataUrl: str | None = Field(None, description="when completed")
    previewDataUrl: str | None = Field(None, description="while a model draws")
    error: str | None = Field(None, description="when failed")
    processingTime: int | None = Field(None, description="milliseconds")
    filesUrl: str | None = Field(None, description="where all files for the machine are, in one zip")
    metadata: Metadata | None = None
    notes: list[str] | None = Field(None, description="what was ignored, clamped, replaced or chosen")


class Jobs(BaseModel):
    """Newest first, without pictures."""

    jobs: list[Status]


class Problem(BaseModel):
    """Every error of this dialect."""

    detail: str
    code: str
    field: str | None = None


def read(request: Request) -> Submission:
    """The job that a request means. Raises BadRequest naming the editor's field."""
    if isinstance(request.body, dict) and request.body.get("machine") is not None:
        return _on_machine(validated(GenerateOnMachine, request.body))
    return _pixel_art(validated(Generate, request.body), request.options)


def _pixel_art(body: Generate, options: Options) -> Submission:
    """The job that makes pixel art of the sketch, in its style."""
    sketch = Upload(decoded(body.sketchData, "sketchData"), "sketchData")
    shape = proportion(sketch.data, body.width, body.height, body.fit)
    name = DEFAULT_STYLE if body.style is None else body.style
    if not isinstance(name, str) or name not in STYLES:
        raise UnknownName(name if isinstance(name, str) else shown(name), STYLES, what="Style", field="style")
    style = STYLES[name]
    colors = listed_colors(body.colorPalette, literal=options.literal_default_palette)
    values = {
        "width": shape.width,
        "height": shape.height,
        "palette": style.palette,
        "photo_dither": style.dither,
        "strength": style.strength,
        "photo_method": style.method,
        "contrast": style.contrast,
        "alpha_threshold": ALPHA_THRESHOLD,
        "prompt": ", ".join(part for part in ("pixel art", body.prompt.strip(), style.wording) if part),
        "seed": _seed_of(body.id) if body.seed is None else body.seed,
    }
    if colors:
        values["colors"] = " ".join(colors)
    elif not body.palette and not options.high_detail_cube:
        values |= own_palette(style)
    if body.paper:
        values = fixed(values) | {"method": PAPER_METHOD}
    if body.negativePrompt is not None:
        values["negative"] = body.negativePrompt
    if shape.fit != STRETCH:
        values["fit"] = shape.fit
    if body.dither and not style.strength:
        values["strength"] = 1.0  # the style has none, which a dither of one's own must not come to nothing by
    values |= body.chosen
    values, notes = extracted(body, values, ignored(body.model_extra or {}))
    values, notes = ground.removed(body, values, notes, paper=bool(body.paper))
    if body.animation:
        values |= {"format": body.animation}
    paper = bool(body.paper)
    if not body.is_redrawn:
        values, notes = undrawn(body, values, notes, paper=paper)
    named = body.seed is not None  # one of the id is as good as by chance: the next request has another
    more = {"cacheable": named or "seed" not in values, "rendition": body.rendition}
    more |= {"echo": None if body.paper else shape.echo}  # of a photo only the page is drawn, whose shape isn't known
    mode = body.mode(paper=paper)
    words = {**WORDS, **{FIELDS[field]: field for field in FIELDS if FIELDS[field] in body.chosen}}
    return Submission(JobSpec(mode, "pixart", values, {"image": sketch}, words, notes, **more), body.id)


def _on_machine(body: GenerateOnMachine) -> Submission:
    """The job of a picture for a console or home computer, which has a look of its own."""
    assert body.machine is not None  # else it would be a sketch
    sketch = Upload(decoded(body.sketchData, "sketchData"), "sketchData")
    notes = (*ignored(body.model_extra or {}), *machines.unheeded(body.model_dump(), NOT_OF_MACHINES))
    more = {"notes": notes, "rendition": body.rendition}
    return Submission(machines.job_of("pixart", body.machine, sketch, body.seed, **more), body.id)


# What makes no difference to a machine's picture; the editor itself sends a size, a style and a prompt.
NOT_OF_MACHINES = ("fit", "paper", "animation", *ground.FIELDS, *FIELDS)

# Workflow inputs in the editor's words, for errors.
WORDS = {
    "image": "sketchData",
    "palette": "style",
    "colors": "colorPalette",
    "own_colors": "style",
    "negative": "negativePrompt",
    "format": "animation",
    **{name: name for name in ("width", "height", "fit", "prompt", "seed")},
    **dict.fromkeys(("dither", "strength", "method", "contrast", "alpha_threshold"), "style"),
    **dict.fromkeys(("photo_dither", "photo_method"), "style"),
    **{name: field for field, name in ground.FIELDS.items()},
}


def _seed_of(id: str) -> int:
    """A seed from the job's id, so that the same id gives the same picture."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:4], "big")


STATUS = {
    JobState.QUEUED: "pending",
    JobState.RUNNING: "processing",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}


def answer(job: Job, _: Request) -> Answer:
    """The job as the editor reads it."""
    return Answer(_status(job))


def listing(jobs: list[Job], _: Request) -> Answer:
    """Jobs without their pictures: whole ones would be megabytes."""
    return Answer({"jobs": [_status(job) for job in jobs]})


def picture(job: Job, _: Request) -> Answer:
    """The finished picture as a file. Raises NotFound when there is none, Expired when it is gone."""
    made = job.first()
    if job.fault == Expired.__name__:
        raise failure_of(job)
    if made is None or made.data is None:
        raise NotFound(f"{job.id} has no picture: {_error(job) or STATUS[job.state]}")
    return Answer(made.data, content_type=made.content_type)


def _status(job: Job) -> dict[str, Any]:
    made = job.first()
    preview = job.preview if job.state is JobState.RUNNING else None
    optional = {
        "resultDataUrl": data_url(made.content_type, made.data) if made and made.data else None,
        "previewDataUrl": data_url(*preview) if preview else None,
        "error": _error(job),
        "processingTime": None if job.seconds is None else round(job.seconds * 1000),
        "filesUrl": machines.files_path(PREFIX, job),
        "metadata": _metadata(job, made.info) if made else None,
        "notes": list(job.notes) or None,
    }
    progress = 100 if job.state is JobState.COMPLETED else min(99, int(job.progress * 100))
    more = {key: value for key, value in optional.items() if value is not None}
    return {"id": job.id, "status": STATUS[job.state], "progress": progress, **more}


def _error(job: Job) -> str | None:
    return "Cancelled" if job.state is JobState.CANCELLED else job.error


def _metadata(job: Job, info: Mapping[str, Any]) -> dict[str, Any]:
    screen = machines.shown_of(job)
    size = screen or job.values
    count, used = size["width"] * size["height"], info.get("colors_used", 0)
    metadata = {"colorsUsed": used, "pixelCount": count, "algorithm": job.workflow, "seed": job.values.get("seed")}
    seen = {"look": info["look"]} if info.get("look") else {}
    return {
        **metadata,
        **seen,
        **({"machine": screen} if screen else {}),
        **ground.told(job.values),
        **(job.echo or {}),
    }


def files(job: Job, _: Request) -> Answer:
    """All files for a machine as one zip. Raises NotFound, and what the job failed with."""
    return machines.archive(job)


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape."""
    body = {"detail": str(problem), "code": problem.code, "field": problem.field}
    return Answer({key: value for key, value in body.items() if value is not None}, status=problem.status)


SKETCH = """{{"id": "first", "prompt": "a small tree", "width": 64, "height": 64, "style": "retro-16bit", \
"sketchData": "'$(base64 < examples/tree.png | tr -d "\\n")'"}}"""
SAMPLE = f"  {{curl}} {{url}}{PREFIX}/generate -d '{SKETCH}'\n  {{curl}} {{url}}{PREFIX}/result/first --output tree.png"

DIALECT = Dialect(
    name="pixart",
    title="Pixart editor",
    summary="Post a sketch under your own id, then poll its status.",
    prefixes=(PREFIX,),
    options=Options,
    leads=("",),
    sample=SAMPLE,
    routes=(
        Route("POST", f"{PREFIX}/generate", Action.SUBMIT, "Queue a sketch", answer, read, Generate, Status),
        Route(
            "GET",
            f"{PREFIX}/status/{{id}}",
            Action.SHOW,
            "Poll a job; the picture when completed",
            answer,
            response=Status,
        ),
        Route(
            "GET",
            f"{PREFIX}/result/{{id}}",
            Action.SHOW,
            "Wait for a job, get the picture",
            picture,
            wait=True,
            file="image",
            failures={410: "somebody removed the picture"},
        ),
        Route(
            "GET",
            f"{PREFIX}/files/{{id}}",
            Action.SHOW,
            "Wait for a machine's files, get them as a zip",
            files,
            response=machines.ZIP,
            wait=True,
            failures={410: "somebody removed the files", 422: "the machine can't do what was asked"},
        ),
        Route("GET", f"{PREFIX}/events/{{id}}", Action.EVENTS, "Follow a job as server-sent events", answer),
        Route("POST", f"{PREFIX}/cancel/{{id}}", Action.CANCEL, "Cancel a job", answer, response=Status),
        Route("GET", f"{PREFIX}/jobs", Action.LIST, "List jobs, newest first", listing, response=Jobs),
    ),
    error=error,
    problem=Problem,
)
