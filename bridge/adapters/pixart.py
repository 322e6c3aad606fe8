"""The Pixart editor's dialect: a sketch is posted under the client's own id, then its status is polled.

The editor ends a job on any answer but 2xx, reads `resultDataUrl` 1:1 into a layer and keeps pixels whose alpha
is over zero; so a job that failed is 200 with `status: "failed"`, and the picture has exactly the size asked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bridge.adapters import machine as machines
from bridge.adapters.dialect import PATIENCE, Action, Answer, Dialect, Request, Route, Submission
from bridge.adapters.fields import (
    LARGEST_SEED,
    PICTURE_FORMATS,
    data_url,
    decoded,
    ignored,
    prose,
    shown,
    validated,
    whole,
)
from bridge.adapters.picture_fields import BACKGROUND_FIELDS, FINISH_FIELDS, TUNING_FIELDS, Form, Size
from bridge.adapters.styling import Facts, LookOptions, Styling, facts, styled
from bridge.core.errors import Expired, NotFound, PixartError
from bridge.core.job import Artifact, Job, JobSpec, JobState, Upload
from bridge.core.job_error import failure_of
from bridge.core.picture import image_size

PREFIX = "/api/pixel-generation"
FILES_PATH = f"{PREFIX}/files/{{id}}"  # the path of a machine's zip
SIZE_FIELDS = ("width", "height")
# The ids that jobs may have; clients drop a "." from a path, so a job of that id can't be polled.
ID_PATTERN = re.compile(r"(?!.*\.\.)(?!\.$)[A-Za-z0-9._:-]{1,128}")


SAMPLE_CALL = (  # a tree of 16 x 16 pixels on a transparent background, for the documentation to be tried with
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAgMAAABinRfyAAAACVBMVEUAAAAui1eLRRPK+TXhAAAAAXRSTlMAQObYZgAAAC5J"
    "REFUeNo1ysENADAIAzEXMQAjMVpH74OSlxUd4LSAkLWqHKX2v0OPkiLuxrsHPM0Bm/88pMQAAAAASUVORK5CYII="
)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID_PATTERN.fullmatch(value):
        raise ValueError(f"must be 1 to 128 letters, digits or . _ : - without '..' or a lone '.', not {shown(value)}")
    return value


class Options(LookOptions):
    """What the operator may set for this dialect."""


class Generate(Styling, machines.OnMachine, Form):
    """What the editor posts.

    `seed`, `negativePrompt`, `machine`, the picture's form and what a `Styling` has beside style and colours are our
    additions.
    """

    model_config = ConfigDict(
        extra="allow", json_schema_extra=machines.needed_without(("machine", "snap"), SIZE_FIELDS)
    )

    id: Annotated[str, BeforeValidator(_id)] = Field(
        description="your own name for the job; the same id and content is the same job",
        examples=["req-1699000000000-k3j9x2m1q"],
    )
    sketchData: str = Field(
        description=f"the sketch as a data URL or as bare base64: {PICTURE_FORMATS}",
        examples=[SAMPLE_CALL],
    )
    prompt: Annotated[str, BeforeValidator(prose)] = Field(
        description="what the sketch shows", examples=["a small tree"]
    )
    width: Size = Field(examples=[64], description="of the result, in pixels")
    height: Size = Field(examples=[64], description="of the result, in pixels")
    timestamp: Any = Field(None, description="accepted and not used")
    seed: Annotated[int | None, whole(0, LARGEST_SEED)] = Field(
        None,
        description="absent: derived from the id",
        json_schema_extra={"minimum": 0, "maximum": LARGEST_SEED},
    )
    negativePrompt: Annotated[str | None, BeforeValidator(prose)] = Field(
        None, description="what the picture must not show"
    )


class GenerateOnMachine(Generate):
    """What the editor posts for a machine, whose screen has a size."""

    model_config = ConfigDict(json_schema_extra=None)

    width: Any = None
    height: Any = None
    fit: Any = None


class GenerateAtItsGrid(Generate):
    """What the editor posts without a size; a sketch that is snapped keeps as many pixels as its grid has."""

    model_config = ConfigDict(json_schema_extra=None)

    width: Any = None
    height: Any = None


class Metadata(Facts):
    """About a finished picture. `algorithm` is the workflow that really ran."""

    pixelCount: int
    algorithm: str = Field(examples=["pixelate@1"])
    seed: int | None = None
    machine: machines.Shown | None = Field(None, description="what the machine shows, where one was named")


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
    body = _checked(request.body)
    return _pixel_art(body, decoded(body.sketchData, "sketchData"), request.options)


def of_file(sketch: bytes, fields: Mapping[str, Any], options: Options) -> JobSpec:
    """The job of a sketch that is a file at hand, however long, and a request's other fields. Raises as `read` does."""
    return _pixel_art(_checked({**fields, "sketchData": ""}), sketch, options).spec


def _checked(body: Any) -> Generate:
    """The request with its values checked; only one that snaps its sketch may leave out width and height."""
    if isinstance(body, dict) and body.get("snap") and all(body.get(side) is None for side in SIZE_FIELDS):
        snapped = validated(GenerateAtItsGrid, body)
        if snapped.snap:
            return snapped
    return validated(Generate, body)


def _pixel_art(body: Generate, sketch: bytes, options: Options) -> Submission:
    """The job that makes pixel art of the sketch, in its style."""
    seed = _seed_of(body.id) if body.seed is None else body.seed
    sides = {} if body.width is None else {"width": body.width, "height": body.height}
    values = {**sides, "prompt": body.prompt, "seed": seed}
    if body.negativePrompt is not None:
        values["negative"] = body.negativePrompt
    named = body.seed is not None  # one of the id is as good as by chance: the next request has another
    pictures = {"image": Upload(sketch, "sketchData")}
    spec = JobSpec("sketch", "pixart", values, pictures, FIELD_BY_INPUT, cacheable=named)
    spec = styled(body.of(spec), body, options, at="")
    if named and "seed" not in spec.values:
        spec = replace(spec, notes=(*spec.notes, "seed is for models, and none draws here; it was left out."))
    return Submission(spec, body.id)


def _on_machine(body: GenerateOnMachine) -> Submission:
    """The job of a picture for a console or home computer, which has a look of its own."""
    assert body.machine is not None  # else it would be a sketch
    sketch = Upload(decoded(body.sketchData, "sketchData"), "sketchData")
    notes = (*ignored(body.model_extra or {}, Generate), *machines.unheeded(body.model_dump(), NOT_OF_MACHINES))
    spec = machines.job_of("pixart", body.machine, sketch, body.seed, notes=notes)
    return Submission(body.of(spec), body.id)


# What makes no difference to a machine's picture; the editor itself sends a size, a style and a prompt.
NOT_OF_MACHINES = ("fit", "paper", "animation", *BACKGROUND_FIELDS, *FINISH_FIELDS, *TUNING_FIELDS)

# Workflow inputs in the editor's words, for errors.
FIELD_BY_INPUT = {
    "image": "sketchData",
    "negative": "negativePrompt",
    **{name: name for name in ("width", "height", "fit", "prompt", "seed")},
}


def _seed_of(id: str) -> int:
    """A seed from the job's id, so that the same id gives the same picture."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:4], "big")


STATUS_BY_STATE = {
    JobState.QUEUED: "pending",
    JobState.RUNNING: "processing",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}


def answer(job: Job, _: Request) -> Answer:
    """The job in the form that the editor reads."""
    return Answer(_status(job))


def listing(jobs: list[Job], _: Request) -> Answer:
    """Jobs without their pictures: whole ones would be megabytes."""
    return Answer({"jobs": [_status(job) for job in jobs]})


def picture(job: Job, _: Request) -> Answer:
    """The finished picture as a file. Raises NotFound when there is none, Expired when it is gone."""
    artifact = job.first()
    if job.fault == Expired.__name__:
        raise failure_of(job)
    if artifact is None or artifact.data is None:
        raise NotFound(f"{job.id} has no picture: {_error(job) or STATUS_BY_STATE[job.state]}")
    return Answer(artifact.data, content_type=artifact.content_type)


def _status(job: Job) -> dict[str, Any]:
    artifact = job.first()
    preview = job.preview if job.state is JobState.RUNNING else None
    optional = {
        "resultDataUrl": data_url(artifact.content_type, artifact.data) if artifact and artifact.data else None,
        "previewDataUrl": data_url(*preview) if preview else None,
        "error": _error(job),
        "processingTime": None if job.seconds is None else round(job.seconds * 1000),
        "filesUrl": machines.files_path(FILES_PATH, job),
        "metadata": _metadata(job, artifact) if artifact else None,
        "notes": list(job.notes) or None,
    }
    progress = 100 if job.state is JobState.COMPLETED else min(99, int(job.progress * 100))
    more = {key: value for key, value in optional.items() if value is not None}
    return {"id": job.id, "status": STATUS_BY_STATE[job.state], "progress": progress, **more}


def _error(job: Job) -> str | None:
    return "Cancelled" if job.state is JobState.CANCELLED else job.error


def _metadata(job: Job, artifact: Artifact) -> dict[str, Any]:
    screen = machines.shown_of(job)
    count = prod(_size(screen or job.values, artifact))
    metadata = {"pixelCount": count, "algorithm": job.workflow, "seed": job.values.get("seed")}
    screens = {"machine": screen} if screen else {}
    return {**metadata, **facts(job, artifact.info), **screens, **(job.echo or {})}


def _size(values: Mapping[str, Any], artifact: Artifact) -> tuple[int, int]:
    """Width and height in pixels: the job's, else those of the picture's file, (0, 0) where that has none."""
    if "width" in values:
        return values["width"], values["height"]
    return image_size.size(artifact.data or b"") or (0, 0)


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape."""
    body = {"detail": str(problem), "code": problem.code, "field": problem.field}
    return Answer({key: value for key, value in body.items() if value is not None}, status=problem.status)


SKETCH_REQUEST = """{{"id": "first", "prompt": "a small tree", "width": 64, "height": 64, "style": "retro-16bit", \
"sketchData": "'$(base64 < examples/tree.png | tr -d "\\n")'"}}"""
SAMPLE_CALL = f"""  {{curl}} {{url}}{PREFIX}/generate -d '{SKETCH_REQUEST}'
  {{curl}} {{url}}{PREFIX}/result/first --output tree.png"""

DIALECT = Dialect(
    name="pixart",
    title="Pixart editor",
    summary="Post a sketch under your own id, then poll its status.",
    prefixes=(PREFIX,),
    options=Options,
    leads=("",),
    sample=SAMPLE_CALL,
    routes=(
        Route(
            "POST",
            f"{PREFIX}/generate",
            Action.SUBMIT,
            "Queue a sketch",
            answer,
            read,
            Generate,
            Status,
            headers=PATIENCE,
        ),
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
        machines.files_route(FILES_PATH, "Wait for a machine's files, get them as a zip", wait=True),
        Route("GET", f"{PREFIX}/events/{{id}}", Action.EVENTS, "Follow a job as server-sent events", answer),
        Route("POST", f"{PREFIX}/cancel/{{id}}", Action.CANCEL, "Cancel a job", answer, response=Status),
        Route("GET", f"{PREFIX}/jobs", Action.LIST, "List jobs, newest first", listing, response=Jobs),
    ),
    error=error,
    problem=Problem,
)
