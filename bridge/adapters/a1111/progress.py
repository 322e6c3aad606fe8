"""How far jobs are: A1111's progress of what runs, and the progress of one task."""

from __future__ import annotations

import zlib
from datetime import datetime, timezone

from pydantic import BaseModel

from bridge.adapters.a1111.fields import ProgressRequest, read, says_yes
from bridge.adapters.a1111.generate import job_id
from bridge.adapters.a1111.settings import DEFAULT_SETTINGS
from bridge.adapters.dialect import Answer, Request, View
from bridge.adapters.fields import data_url, encoded
from bridge.core.job import LABEL_END, Job, JobState

LEAST, MOST = 0.01, 1.0  # A1111 says 0 only when nothing runs
NO_PREVIEW = -1
TASK_PREFIX = "task-"
SKIP_IMAGE = "skip_current_image"
QUERY_PARAMETERS = {
    SKIP_IMAGE: {"type": "boolean", "description": "true: without current_image, which polls of numbers don't need"}
}


class State(BaseModel):
    """A1111's state of the one thing that runs; all zero and empty when nothing does."""

    skipped: bool = False
    interrupted: bool = False
    stopping_generation: bool = False
    job: str = ""
    job_count: int = 0
    job_timestamp: str = "0"
    job_no: int = 0
    sampling_step: int = 0
    sampling_steps: int = 0


class Progress(BaseModel):
    """The answer of progress: 0 to 1, and seconds to go."""

    progress: float = 0.0
    eta_relative: float = 0.0
    state: State = State()
    current_image: str | None = None
    textinfo: str | None = None


class TaskProgress(BaseModel):
    """The answer of /internal/progress about one task."""

    active: bool
    queued: bool
    completed: bool
    progress: float | None = None
    eta: float | None = None
    live_preview: str | None = None
    id_live_preview: int = NO_PREVIEW
    textinfo: str | None = None


class PendingTasks(BaseModel):
    """The answer of /internal/pending-tasks."""

    size: int
    tasks: list[str]


def overall(view: View, request: Request) -> Answer:
    """The progress of what runs. Every picture of a request counts as one job. Raises Unprocessable."""
    job, has_preview = view.running, not says_yes(request.query, SKIP_IMAGE)
    if job is None:
        return Answer(Progress().model_dump())
    done, eta = _done(job, request.now)
    state = State(
        job=task(job.id),
        job_count=job.parts,
        job_timestamp=_timestamp(job),
        job_no=job.part,
        sampling_step=job.step[0],
        sampling_steps=job.step[1],
    )
    image = encoded(job.preview[1]) if job.preview and has_preview and _previews(request) else None
    return Answer(Progress(progress=done, eta_relative=eta, state=state, current_image=image).model_dump())


def task_of(request: Request) -> str | None:
    """The job that /internal/progress is about."""
    return job_id(read(ProgressRequest, request.body).id_task)


def of_task(view: View, request: Request) -> Answer:
    """The progress of one task; a preview only when it is another than the one that the client has."""
    body, job = read(ProgressRequest, request.body), view.about
    if job is None or job.state is JobState.QUEUED:
        return Answer(_waiting(view, job).model_dump())
    if job.state is not JobState.RUNNING:
        return Answer(TaskProgress(active=False, queued=False, completed=True, textinfo="Waiting...").model_dump())
    done, eta = _done(job, request.now)
    answer = TaskProgress(active=True, queued=False, completed=False, progress=done, eta=eta)
    number = zlib.crc32(job.preview[1]) if job.preview else NO_PREVIEW
    if job.preview and body.live_preview and number != body.id_live_preview and _previews(request):
        answer.live_preview = data_url(*job.preview)
    answer.id_live_preview = number if answer.live_preview else body.id_live_preview
    return Answer(answer.model_dump())


def _waiting(view: View, job: Job | None) -> TaskProgress:
    place = view.waiting.index(job.id) + 1 if job and job.id in view.waiting else None
    text = f"In queue: {place}/{len(view.waiting)}" if place else "Waiting..."
    return TaskProgress(active=False, queued=job is not None, completed=False, textinfo=text)


def pending(view: View, _: Request) -> Answer:
    """The jobs that wait, the next one first, by their clients' own task ids."""
    return Answer({"size": len(view.waiting), "tasks": [task(id) for id in view.waiting]})


def task(id: str) -> str:
    """A job's id as its client calls it."""
    return id.removeprefix(TASK_PREFIX).partition(LABEL_END)[0]


def _done(job: Job, now: float) -> tuple[float, float]:
    """How much of a job is done, 0.01 to 1, and how many seconds the rest takes at the pace so far."""
    done = min(MOST, max(LEAST, job.progress))
    elapsed = max(0.0, now - (job.started_at or now))
    return done, elapsed / done - elapsed


def _timestamp(job: Job) -> str:
    began = job.started_at or job.created_at
    return datetime.fromtimestamp(began, timezone.utc).strftime("%Y%m%d%H%M%S")


def _previews(request: Request) -> bool:
    return bool(request.memory.get("live_previews_enable", DEFAULT_SETTINGS["live_previews_enable"]))
