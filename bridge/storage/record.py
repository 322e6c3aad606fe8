"""A row of the jobs table: the job, what the dispatcher needs to run it, and the bytes that the row names.

A job whose bytes are gone has failed, for who asks."""

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
from bridge.core.picture.metadata import MetadataStays, removed
from bridge.storage.artifacts import digest
from bridge.storage.blobs import Blobs

GONE = "Its result is gone: its file was removed from the server's folder, or damaged there."
RENDITION = "rendition"  # beside what a dialect echoes


@dataclass(frozen=True)
class Record:
    """A row: the job as the outside sees it, and what the dispatcher needs to run it.

    `needs` are those of its prompt, by their digest; empty where they weren't looked at.
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
    job, own = _read({name: row[name] for name in _COLUMNS})
    return Record(job=Job(**job), **own)


def after(record: Record, columns: Mapping[str, Any]) -> Record:
    """The row after these columns were written: what `record_of` makes of it then."""
    job, own = _read(plain(columns))
    return replace(record, job=replace(record.job, **job), **own)


def _read(columns: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of the job and of the record that these columns are."""
    result = {name: _READ[name](value) if name in _READ else value for name, value in columns.items()}
    job = {name: result.pop(name) for name in _OF_JOB.intersection(result)}
    if "state" in job:
        job["progress"] = 1.0 if job["state"] is JobState.COMPLETED else 0.0
    return job, result


def _artifacts(listed: Iterable[Mapping[str, Any]]) -> tuple[Artifact, ...]:
    return tuple(Artifact(**artifact) for artifact in listed)


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
    """A hash of what is to be answered: the same id with another is a conflict. `pictures` are content hashes."""
    batch = {"batch": spec.batch} if spec.batch else {}
    form = {} if spec.rendition == Rendition() else {"rendition": asdict(spec.rendition)}
    return content_hash({"mode": spec.mode, "values": dict(spec.values), "pictures": pictures, **batch, **form})


def content_hash(parts: Mapping[str, Any]) -> str:
    """A hash of JSON data that doesn't depend on the order of keys."""
    return digest(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())


def repeated(spec: JobSpec) -> bytes | None:
    """What is kept to answer a request with: its echo, and the form of its pictures where that isn't the usual one."""
    form = {} if spec.rendition == Rendition() else {RENDITION: asdict(spec.rendition)}
    if spec.echo is None and not form:
        return None
    return json.dumps({**(spec.echo or {}), **form}).encode()


async def filled(job: Job, echo: str | None, artifacts: Blobs, *, metadata: bool = True) -> Job:
    """The job with its results' bytes and what it echoes, by the key `echo`. Raises StorageError.

    The pictures are in the form that the job asks for, and without `metadata` none has any. A completed job that lacks
    any bytes is a failed one with the fault Expired: so every dialect tells it in its own way, and who polls does come
    to an end.
    """
    made = [await _with_bytes(artifact, artifacts) for artifact in job.artifacts]
    kept, lost = await _echo(echo, artifacts)
    lost = lost or any(each.sha256 and each.data is None for each in made)
    form = Rendition(**kept.pop(RENDITION, {})) if isinstance(kept, dict) else Rendition()
    form = replace(form, metadata=form.metadata and metadata)
    whole = replace(job, artifacts=tuple(made), echo=kept or None, rendition=form)
    if lost and job.state is JobState.COMPLETED:
        return replace(whole, state=JobState.FAILED, error=GONE, fault=Expired.__name__, artifacts=())
    return await asyncio.to_thread(rendered, whole) if form.format else rendered(whole)


async def is_rewritten(echo: str | None, artifacts: Blobs) -> bool:
    """Whether a job's pictures are given in another form than they are kept in, by the key of what it echoes."""
    kept, lost = await _echo(echo, artifacts)
    return lost or (isinstance(kept, dict) and RENDITION in kept)


def rendered(job: Job) -> Job:
    """The job with its pictures in the form that it asks for; failed where one can't be had without metadata."""
    made, notes = [], job.notes
    try:
        for each in job.artifacts:
            written, remarks = encoded(each, job.rendition) if each.data else (each, ())
            made.append(written if job.rendition.metadata or not each.data else _bare(written))
            notes += tuple(note for note in remarks if note not in notes)
    except MetadataStays as error:
        return replace(job, state=JobState.FAILED, error=str(error), fault=JobFailed.__name__, artifacts=())
    return replace(job, artifacts=tuple(made), notes=notes)


def _bare(artifact: Artifact) -> Artifact:
    data = removed(artifact.data or b"", artifact.content_type)
    return replace(artifact, data=data, size=len(data))


async def _with_bytes(artifact: Artifact, artifacts: Blobs) -> Artifact:
    if not artifact.sha256:
        return artifact
    try:
        return replace(artifact, data=await artifacts.get(artifact.sha256))
    except Expired:
        return artifact


async def _echo(key: str | None, artifacts: Blobs) -> tuple[Any, bool]:
    """What the job echoes, and whether it is lost."""
    if key is None:
        return {}, False
    try:
        return json.loads(await artifacts.get(key)), False
    except Expired:
        return {}, True
