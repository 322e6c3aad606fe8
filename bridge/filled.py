"""A job with the bytes that its row names; one whose bytes are gone has failed, for who asks."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from bridge.artifacts import Artifacts
from bridge.errors import Expired
from bridge.job import Artifact, Job, JobState

GONE = "Its result is gone: its file was removed from the server's folder, or damaged there."


async def filled(job: Job, echo: str | None, artifacts: Artifacts) -> Job:
    """The job with its results' bytes and what it echoes, by the key `echo`. Raises StorageError.

    A completed job that lacks any of them is a failed one with the fault Expired: so every dialect tells it in its own
    way, and who polls does come to an end.
    """
    made = [await _with_bytes(artifact, artifacts) for artifact in job.artifacts]
    repeated, lost = await _echo(echo, artifacts)
    lost = lost or any(each.sha256 and each.data is None for each in made)
    whole = dataclasses.replace(job, artifacts=tuple(made), echo=repeated)
    if not (lost and job.state is JobState.COMPLETED):
        return whole
    return dataclasses.replace(whole, state=JobState.FAILED, error=GONE, fault=Expired.__name__, artifacts=())


async def _with_bytes(artifact: Artifact, artifacts: Artifacts) -> Artifact:
    if not artifact.sha256:
        return artifact
    try:
        return dataclasses.replace(artifact, data=await artifacts.get(artifact.sha256))
    except Expired:
        return artifact


async def _echo(key: str | None, artifacts: Artifacts) -> tuple[Any, bool]:
    """What the job echoes, and whether it is lost."""
    if key is None:
        return None, False
    try:
        return json.loads(await artifacts.get(key)), False
    except Expired:
        return None, True
