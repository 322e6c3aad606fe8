"""A row of the jobs table: the job, and what the dispatcher needs to run it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.artifacts import digest
from bridge.job import Artifact, Job, JobSpec, JobState


@dataclass(frozen=True)
class Record:
    """A row: the job as the outside sees it, and what the dispatcher needs to run it."""

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


def plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Column values as the database takes them."""
    found = dict(columns)
    if "state" in found:
        found["state"] = JobState(found["state"]).value
    if "artifacts" in found:
        found["artifacts"] = [_plain_artifact(artifact) for artifact in found["artifacts"]]
    if "notes" in found:
        found["notes"] = list(found["notes"])
    return found


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
        }
    )


def record_of(row: Mapping[str, Any]) -> Record:
    """The row as a value."""
    state = JobState(row["state"])
    job = Job(
        id=row["id"],
        dialect=row["dialect"],
        mode=row["mode"],
        state=state,
        progress=1.0 if state is JobState.COMPLETED else 0.0,
        created_at=row["created_at"],
        values=row["values"],
        notes=tuple(row["notes"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        workflow=row["workflow"],
        error=row["error"],
        artifacts=tuple(Artifact(**artifact) for artifact in row["artifacts"]),
        restarts=row["restarts"],
        batch=tuple(row["batch"]),
        part=row["part"],
        used=row["used"],
        timings=row["timings"],
        fault=row["fault"],
        cached=row["cached"],
        owner=row["owner"],
        trace=row["trace"],
    )
    return Record(
        job=job,
        content_hash=row["content_hash"],
        pictures=row["pictures"],
        words=row["words"],
        priority=row["priority"],
        prompt_id=row["prompt_id"],
        cancel_requested=bool(row["cancel_requested"]),
        echo=row["echo"],
        loose=bool(row["loose"]),
        limit_seconds=row["limit_seconds"],
        cacheable=bool(row["cacheable"]),
        webhook=row["webhook"],
    )


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
    """A hash of what is to be drawn: the same id with another is a conflict. `pictures` are content hashes."""
    batch = {"batch": spec.batch} if spec.batch else {}
    return content_hash({"mode": spec.mode, "values": dict(spec.values), "pictures": pictures, **batch})


def content_hash(parts: Mapping[str, Any]) -> str:
    """A hash of JSON data that doesn't depend on the order of keys."""
    return digest(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())
