"""A job with the bytes that its row names; one whose bytes are gone has failed, for who asks."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from typing import Any

from bridge.core.errors import Expired, JobFailed
from bridge.core.job import Artifact, Job, JobSpec, JobState, Rendition
from bridge.core.picture.encoder import encoded
from bridge.core.picture.metadata import MetadataStays, removed
from bridge.storage.blobs import Blobs

GONE = "Its result is gone: its file was removed from the server's folder, or damaged there."
RENDITION = "rendition"  # beside what a dialect echoes


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
