"""A row of the jobs table: the job, and what the dispatcher needs to run it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bridge.core.job import Artifact, Job, JobSpec, JobState, Rendition
from bridge.storage.artifacts import digest


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
