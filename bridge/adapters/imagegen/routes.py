"""The Image Generation API's dialect: a job is posted (202) and polled until it is completed or failed.

As akapug/elide-showcases' image-generation-api documents it. Its clients stop on these two states only, so a cancelled
job is `failed`; its Python client decodes `result.images[0]` as bare base64 although its sample shows a data URL.
The original answers an unknown path in plain text; here every error is JSON, since its clients parse what they get.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from bridge.adapters import machine as machines
from bridge.adapters.dialect import Action, Answer, Dialect, Filter, Request, Route, View
from bridge.adapters.fields import MOST_NAMED, data_url, encoded, shown, switch
from bridge.adapters.imagegen.bodies import (
    Cancelled,
    Health,
    JobBody,
    Jobs,
    Models,
    Modes,
    Options,
    Places,
    Problem,
    QueueStatus,
)
from bridge.adapters.imagegen.request import JOB_KINDS, REPEAT_PARAMETERS, reader, spelled, type_of
from bridge.adapters.styling import about
from bridge.catalog.models import described, require_known, stem
from bridge.catalog.modes import Mode
from bridge.catalog.samplers import resolve
from bridge.core.errors import BadRequest, Conflict, Expired, NotFound, PixartError, UnknownName
from bridge.core.job import OWN_WORDS, Artifact, Job, JobState
from bridge.core.job_error import failure_of
from bridge.core.spelling import with_question

MOST_LISTED = 1000  # jobs in a listing
LIST_PARAMETERS = {  # parameters of one
    "status": {"type": "string", "description": "jobs in this state, or in one of several with commas; absent: all"},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "description": "how many; absent: the most"},
    "settings": {"type": "boolean", "description": "true: with prompt, seed and workflow of each"},
}
FILES_PATH = "/jobs/{id}/files"  # the path of a machine's zip
UNKNOWN_JOB = "Job not found"
LATE_SENTENCE = "Job not found or cannot be cancelled"

STATUS_BY_STATE = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "processing",
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}


def accepted(job: Job, request: Request) -> Answer:
    """The new job as it was accepted; by now it may already run."""
    body = {"id": job.id, "type": type_of(job.values), "status": "queued", "request": request.body}
    more = {"notes": list(job.notes)} if job.notes else {}
    return Answer({**body, "createdAt": _time(job.created_at), "progress": 0, **more}, status=202)


def show(job: Job, request: Request) -> Answer:
    """The whole job, with its request as it was sent and, when it is completed, its pictures."""
    body = _summary(job) | {"request": (job.echo or {}).get("request", {})}
    if job.state is JobState.COMPLETED:
        body["result"] = _result(job, request.options.images)
    return Answer(body)


def listing(jobs: Sequence[Job], request: Request) -> Answer:
    """Jobs without requests and pictures: whole ones would be many megabytes."""
    settings = _settings if _switch(request) else lambda _: {}
    named = ((name, f"{shown(name)} is not a parameter of this list; it was ignored.") for name in request.query)
    notes = [with_question(text, name, LIST_PARAMETERS) for name, text in named if name not in LIST_PARAMETERS][
        :MOST_NAMED
    ]
    body = {"jobs": [_summary(job) | settings(job) for job in jobs]}
    return Answer({**body, "notes": notes} if notes else body)


def _switch(request: Request) -> bool:
    """Whether `?settings=` says yes. Raises BadRequest."""
    try:
        return bool(switch(request.query.get("settings") or None))
    except ValueError as error:
        raise BadRequest(f"settings {error}.", field="settings") from error


def _settings(job: Job) -> dict[str, Any]:
    """The settings by which a person recognises a job: prompt, seed, workflow, and the words as they were sent."""
    values = {**job.values, **job.used}
    settings = {"prompt": values.get("prompt"), "seed": values.get("seed"), "workflow": job.workflow or job.mode}
    own = job.values.get(OWN_WORDS, job.values.get("prompt"))
    said = {"request": {"prompt": own}} if own is not None else {}
    return {name: value for name, value in settings.items() if value is not None} | said


def followed(job: Job, _: Request) -> Answer:
    """A job while it is drawn, with what can be seen of it; its pictures come with the job itself."""
    preview = {"previewUrl": data_url(*job.preview)} if job.preview and job.state is JobState.RUNNING else {}
    return Answer(_summary(job) | _settings(job) | preview)


def picture(job: Job, _: Request) -> Answer:
    """The first picture as a file. Raises NotFound when there is none, Expired when it is gone."""
    artifact = job.first()
    if job.fault == Expired.__name__:
        raise failure_of(job)
    if artifact is None or not artifact.data:
        raise NotFound(f"{job.id} has no picture: {_error(job) or STATUS_BY_STATE[job.state]}")
    return Answer(artifact.data, content_type=artifact.content_type)


def listing_filter(request: Request) -> Filter:
    """The filter that `?status=` and `?limit=` mean. Raises BadRequest, UnknownName."""
    _switch(request)
    words = {word.strip().lower() for word in request.query.get("status", "").split(",")} - {""}
    for word in words.difference(STATUS_BY_STATE.values()):
        raise UnknownName(word, set(STATUS_BY_STATE.values()), what="Status", field="status")
    limit = request.query.get("limit") or str(MOST_LISTED)
    if not limit.isdecimal() or not 1 <= int(limit[:9]) <= MOST_LISTED:
        sentence = f"limit must be a whole number from 1 to {MOST_LISTED}, not {shown(limit)}."
        raise BadRequest(sentence, field="limit")
    return Filter([state for state, word in STATUS_BY_STATE.items() if word in words], int(limit))


def _summary(job: Job) -> dict[str, Any]:
    optional = {
        "error": _error(job),
        "startedAt": _time(job.started_at),
        "completedAt": _time(job.finished_at),
        "notes": list(job.notes) or None,
    }
    return {
        "id": job.id,
        "type": type_of(job.values),
        "status": STATUS_BY_STATE[job.state],
        "createdAt": _time(job.created_at),
        **{key: value for key, value in optional.items() if value is not None},
        "progress": 100 if job.state is JobState.COMPLETED else min(99, int(job.progress * 100)),
    }


def _error(job: Job) -> str | None:
    return "Cancelled by user" if job.state is JobState.CANCELLED else job.error


def _time(seconds: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC with milliseconds, as JavaScript writes a time; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _result(job: Job, form: str) -> dict[str, Any]:
    artifacts = [each for each in job.artifacts if each.output == "image" and each.data is not None]
    bare, urls = [encoded(each.data or b"") for each in artifacts], [_url(each) for each in artifacts]
    images = {"images": bare, "imageUrls": urls} if form == "base64" else {"images": urls, "imagesBase64": bare}
    return {
        **images,
        "seed": job.used.get("seed", 0),
        "parameters": _parameters(job),
        "timeTaken": round((job.seconds or 0) * 1000),
        "workflow": job.workflow,
        **about(job),
        **_screen(job),
    }


def _screen(job: Job) -> dict[str, Any]:
    """What a job's machine shows and where its files are; empty for a job without a machine."""
    screen = machines.shown_of(job)
    return {"machine": screen, "filesUrl": machines.files_path(FILES_PATH, job)} if screen else {}


def _url(artifact: Artifact) -> str:
    return data_url(artifact.content_type, artifact.data or b"")


def _parameters(job: Job) -> dict[str, Any]:
    """What the picture was made with. A style transfer that ran without a sampler has none, as the original's."""
    used = {**(machines.shown_of(job) or {}), **job.used}
    styled = type_of(job.values) == "style_transfer"
    return {
        "prompt": used.get("prompt") or ("style_transfer" if styled else ""),
        "width": used.get("width"),
        "height": used.get("height"),
        "steps": used.get("steps", 0),
        "guidanceScale": used.get("cfg", 0),
        "sampler": _sampler(used.get("sampler"), used.get("scheduler", "")),
        "model": "style-transfer" if styled else _model(used.get("checkpoint"), job),
    }


def _sampler(sampler: str | None, scheduler: str) -> str:
    """The sampler that ran in this API's spelling, its schedule behind it where that isn't its own."""
    if sampler is None:
        return "none"
    sampling = resolve(sampler, scheduler, (sampler,), (scheduler,) if scheduler else ())
    own = resolve(sampling.name, None, (sampler,)).scheduler
    return spelled(sampling.name if own == scheduler else f"{sampling.name} {sampling.schedule}")


def _model(file: str | None, job: Job) -> str:
    return (job.echo or {}).get("models", {}).get(file) or stem(file or "")


def cancelled(_: Job, __: Request) -> Answer:
    """The answer about a job that was cancelled."""
    return Answer({"success": True})


def removed(_: Job, __: Request) -> Answer:
    """The answer about a job that was removed with its pictures."""
    return Answer({"success": True})


def not_cancelled(problem: PixartError) -> Answer:
    """An error of cancelling, with one answer for a job that runs, that has ended, and that never was."""
    return Answer({"error": LATE_SENTENCE}, status=400) if isinstance(problem, NotFound | Conflict) else error(problem)


def queue_status(view: View, _: Request) -> Answer:
    """How busy this API is; a cancelled job counts as failed, as its status says."""
    return Answer(
        {
            "queuedJobs": view.counts.get(JobState.QUEUED, 0),
            "processingJobs": view.counts.get(JobState.RUNNING, 0),
            "completedJobs": view.counts.get(JobState.COMPLETED, 0),
            "failedJobs": view.counts.get(JobState.FAILED, 0) + view.counts.get(JobState.CANCELLED, 0),
            "averageProcessingTime": round((view.average_seconds or 0) * 1000),
        }
    )


def places(view: View, _: Request) -> Answer:
    """The caller's jobs that are not over; those that wait with their places among everybody's."""
    running = {"running": view.running.id} if view.running else {}
    return Answer({**running, "waiting": [{"id": id, "place": place} for id, place in view.places.items()]})


def modes(view: View, _: Request) -> Answer:
    """The modes that make a picture, each with its workflow and with what it lacks."""
    return Answer({"modes": [_mode(each) for each in view.modes if "image" in each.outputs]})


def _mode(mode: Mode) -> dict[str, Any]:
    lacks = [{"sentence": lack.sentence, **({"command": lack.command} if lack.command else {})} for lack in mode.lacks]
    drawn = {"workflow": mode.workflow} if mode.workflow else {}
    about = {"inputs": list(mode.inputs), "pictures": list(mode.pictures)}
    return {"name": mode.name, "summary": mode.summary, **drawn, **about, "missing": lacks}


def models(_: View, request: Request) -> Answer:
    """The checkpoint files that ComfyUI has and can load. Raises Unavailable while it doesn't answer."""
    catalog = request.catalog
    require_known(catalog)
    files, families = [described(file, catalog.checkpoints) for file in catalog.offered_checkpoints], catalog.families
    return Answer(
        {
            "models": [
                {
                    "id": each.id,
                    "name": each.name,
                    "description": each.description + (f", {families[each.file]}" if each.file in families else ""),
                    "type": each.type,
                    "loaded": each.file == catalog.checkpoint,
                    "version": each.version,
                }
                for each in files
            ]
        }
    )


def healthy(_: View, __: Request) -> Answer:
    """The answer of the original's own listener, that it is up."""
    return Answer({"status": "healthy"})


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape."""
    text = str(problem)
    if isinstance(problem, NotFound) and text != UNKNOWN_JOB:
        return Answer({"error": "Not Found", "detail": text}, status=problem.status)
    return Answer({"error": text}, status=problem.status)


DIALECT = Dialect(
    name="imagegen",
    title="Image Generation API",
    summary="Post a job, poll it until it is completed or failed.",
    prefixes=("/jobs", "/queue", "/models", *(f"/generate/{name}" for name in JOB_KINDS)),
    options=Options,
    routes=(
        *(
            Route(
                "POST",
                f"/generate/{name}",
                Action.SUBMIT,
                f"Queue a job: {name}",
                accepted,
                reader(kind),
                kind.model,
                JobBody,
                status=202,
                headers=REPEAT_PARAMETERS,
            )
            for name, kind in JOB_KINDS.items()
        ),
        Route("GET", "/jobs/{id}", Action.SHOW, "Poll a job; its pictures when completed", show, response=JobBody),
        Route(
            "GET",
            "/jobs/{id}/picture",
            Action.SHOW,
            "The first picture as a file",
            picture,
            file="image",
            failures={410: "somebody removed the picture"},
        ),
        machines.files_route(FILES_PATH, "A machine's files as a zip"),
        Route("GET", "/jobs/{id}/events", Action.EVENTS, "Follow a job as server-sent events", followed),
        Route(
            "GET",
            "/jobs",
            Action.LIST,
            "List jobs, newest first",
            listing,
            listing_filter,
            response=Jobs,
            query=LIST_PARAMETERS,
        ),
        Route(
            "POST",
            "/jobs/{id}/cancel",
            Action.CANCEL,
            "Cancel a job that waits",
            cancelled,
            response=Cancelled,
            waiting_only=True,
            error=not_cancelled,
            failures={400: "there is no such job, or it has begun"},
        ),
        Route(
            "POST",
            "/jobs/{id}/interrupt",
            Action.CANCEL,
            "Cancel a job that waits or runs",
            cancelled,
            response=Cancelled,
        ),
        Route("POST", "/jobs/{id}/delete", Action.REMOVE, "Remove a job that is over", removed, response=Cancelled),
        Route("GET", "/queue/places", Action.ASK, "The jobs that wait, by their places", places, response=Places),
        Route(
            "GET", "/queue/status", Action.ASK, "How busy it is", queue_status, response=QueueStatus, statistics=True
        ),
        Route("GET", "/models", Action.ASK, "List models", models, response=Models),
        Route(
            "GET",
            "/models/modes",
            Action.ASK,
            "What can be drawn, and what is missing",
            modes,
            response=Modes,
            modes=True,
        ),
        Route("GET", "/health", Action.ASK, "Whether it is there", healthy, response=Health, alone=True),
    ),
    error=error,
    problem=Problem,
)
