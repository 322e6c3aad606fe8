"""A row of the jobs table as a value, and the job with the pictures that its row names.

A completed job whose pictures are gone is answered as a failed one.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bridge.core.errors import Expired, JobFailed
from bridge.core.job import Artifact, Job, JobSpec, JobState, Rendition
from bridge.core.picture.codec import encoded
from bridge.core.picture.metadata import MetadataStays, without_metadata
from bridge.storage.artifacts import digest
from bridge.storage.blobs import Blobs

GONE_SENTENCE = "Its result is gone: its file was removed from the server's folder, or damaged there."
RENDITION_KEY = "rendition"  # the key of the pictures' form, among the values that a dialect echoes


@dataclass(frozen=True)
class Record:
    """A row: the job as clients see it, and what the engine needs to run the job.

    `pictures` has content hashes by input, `words` the caller's names of values, `echo` the key of what is answered
    beside the results. `needs` is the digest of the prompt's needs; empty for a job that no ComfyUI could plan.
    """

    job: Job
    content_hash: str
    pictures: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    priority: int = 0
    prompt_id: str | None = None
    cancel_requested: bool = False
    echo: str | None = None
    loose: bool = False
    limit_seconds: float | None = None
    cacheable: bool = False
    webhook: str = ""
    worker: str = ""
    needs: str = ""

    @property
    def final(self) -> bool:
        """Whether the job has ended."""
        state = self.job.state
        return state.final


def plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Column values as the database takes them."""
    result = dict(columns)
    if "state" in result:
        result["state"] = JobState(result["state"]).value
    if "artifacts" in result:
        result["artifacts"] = [_plain_artifact(artifact) for artifact in result["artifacts"]]
    if "notes" in result:
        result["notes"] = list(result["notes"])
    return result


def _plain_artifact(artifact: Artifact) -> dict[str, Any]:
    names = ("output", "sha256", "content_type", "size", "part", "file")
    return {**{name: getattr(artifact, name) for name in names}, "info": dict(artifact.info)}


def row_of(record: Record) -> dict[str, Any]:
    """The columns that a new job begins with."""
    job = record.job
    return plain(
        {
            "id": job.id,
            "dialect": job.dialect,
            "mode": job.mode,
            "content_hash": record.content_hash,
            "priority": record.priority,
            "state": job.state,
            "values": dict(job.values),
            "pictures": dict(record.pictures),
            "words": dict(record.words),
            "notes": job.notes,
            "workflow": job.workflow,
            "used": dict(job.used),
            "prompt_id": record.prompt_id,
            "restarts": job.restarts,
            "cancel_requested": record.cancel_requested,
            "artifacts": job.artifacts,
            "created_at": job.created_at,
            "batch": [dict(part) for part in job.batch],
            "echo": record.echo,
            "loose": record.loose,
            "limit_seconds": record.limit_seconds,
            "cacheable": record.cacheable,
            "owner": job.owner,
            "trace": job.trace,
            "webhook": record.webhook,
            "worker": record.worker,
            "needs": record.needs,
        }
    )


def record_of(row: Mapping[str, Any]) -> Record:
    """The row as a value."""
    job, record_fields = _read({name: row[name] for name in _COLUMNS})
    return Record(job=Job(**job), **record_fields)


def after(record: Record, columns: Mapping[str, Any]) -> Record:
    """The row after these columns were written: what `record_of` makes of it then."""
    job, record_fields = _read(plain(columns))
    return replace(record, job=replace(record.job, **job), **record_fields)


def _read(columns: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of the job and of the record that these columns are."""
    result = {name: _READ[name](value) if name in _READ else value for name, value in columns.items()}
    job = {name: result.pop(name) for name in _OF_JOB.intersection(result)}
    if "state" in job:
        job["progress"] = 1.0 if job["state"] is JobState.COMPLETED else 0.0
    return job, result


def _artifacts(items: Iterable[Mapping[str, Any]]) -> tuple[Artifact, ...]:
    return tuple(Artifact(**artifact) for artifact in items)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "state": JobState,
    "notes": tuple,
    "artifacts": _artifacts,
    "batch": tuple,
    "cancel_requested": bool,
    "loose": bool,
    "cacheable": bool,
}
# Of a job's fields, those that no column has; the record's `echo` is the column of that name.
_OF_JOB = frozenset(each.name for each in fields(Job)) - {"progress", "preview", "step", "echo", "rendition"}
_COLUMNS = _OF_JOB | (frozenset(each.name for each in fields(Record)) - {"job"})


def job_of(id: str, spec: JobSpec) -> Job:
    """A new job."""
    return Job(
        id=id,
        dialect=spec.dialect,
        mode=spec.mode,
        state=JobState.QUEUED,
        progress=0.0,
        created_at=time.time(),
        values=dict(spec.values),
        notes=spec.notes,
        batch=spec.batch,
        owner=spec.owner,
        trace=spec.trace,
    )


def content_of(spec: JobSpec, pictures: Mapping[str, str]) -> str:
    """A hash of all that decides the answer, by which a repeated request is known. `pictures` are content hashes."""
    batch = {"batch": spec.batch} if spec.batch else {}
    form = {} if spec.rendition == Rendition() else {"rendition": asdict(spec.rendition)}
    return content_hash({"mode": spec.mode, "values": dict(spec.values), "pictures": pictures, **batch, **form})


def content_hash(parts: Mapping[str, Any]) -> str:
    """A hash of JSON data, independent of the order of keys."""
    return digest(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())


def repeated(spec: JobSpec) -> bytes | None:
    """The stored part of the answer: the request's echo, and the pictures' form where it isn't the default."""
    form = {} if spec.rendition == Rendition() else {RENDITION_KEY: asdict(spec.rendition)}
    if spec.echo is None and not form:
        return None
    return json.dumps({**(spec.echo or {}), **form}).encode()


async def with_results(job: Job, echo: str | None, artifacts: Blobs, *, metadata: bool = True) -> Job:
    """The job with its results' bytes, and with its echo from the artifact `echo`. Raises StorageError.

    The pictures are in the requested form, without `metadata` stripped of theirs. A completed job that lacks bytes
    becomes a failed one with the fault Expired, so that every dialect reports the loss in its own form and polling
    clients come to an end.
    """
    pictures = [await _with_bytes(artifact, artifacts) for artifact in job.artifacts]
    answer, is_lost = await _echo(echo, artifacts)
    is_lost = is_lost or any(each.sha256 and each.data is None for each in pictures)
    form = Rendition(**answer.pop(RENDITION_KEY, {})) if isinstance(answer, dict) else Rendition()
    form = replace(form, metadata=form.metadata and metadata)
    result = replace(job, artifacts=tuple(pictures), echo=answer or None, rendition=form)
    if is_lost and job.state is JobState.COMPLETED:
        return replace(result, state=JobState.FAILED, error=GONE_SENTENCE, fault=Expired.__name__, artifacts=())
    return await asyncio.to_thread(rendered, result) if form.format else rendered(result)


async def is_rewritten(echo: str | None, artifacts: Blobs) -> bool:
    """Whether a job's pictures are answered in another form than the stored one, by the key of the job's echo."""
    answer, is_lost = await _echo(echo, artifacts)
    return is_lost or (isinstance(answer, dict) and RENDITION_KEY in answer)


def rendered(job: Job) -> Job:
    """The job with its pictures in the requested form; failed where metadata can't be removed from one."""
    pictures, notes = [], job.notes
    try:
        for each in job.artifacts:
            picture, remarks = encoded(each, job.rendition) if each.data else (each, ())
            pictures.append(picture if job.rendition.metadata or not each.data else _bare(picture))
            notes += tuple(note for note in remarks if note not in notes)
    except MetadataStays as error:
        return replace(job, state=JobState.FAILED, error=str(error), fault=JobFailed.__name__, artifacts=())
    return replace(job, artifacts=tuple(pictures), notes=notes)


def _bare(artifact: Artifact) -> Artifact:
    data = without_metadata(artifact.data or b"", artifact.content_type)
    return replace(artifact, data=data, size=len(data))


async def _with_bytes(artifact: Artifact, artifacts: Blobs) -> Artifact:
    if not artifact.sha256:
        return artifact
    try:
        return replace(artifact, data=await artifacts.get(artifact.sha256))
    except Expired:
        return artifact


async def _echo(key: str | None, artifacts: Blobs) -> tuple[Any, bool]:
    """The job's echo, and whether the echo's artifact is lost."""
    if key is None:
        return {}, False
    try:
        return json.loads(await artifacts.get(key)), False
    except Expired:
        return {}, True
