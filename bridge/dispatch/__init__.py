"""The port between the server and whatever runs the jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, Protocol

from bridge.job import Job, JobSpec, JobState


class Jobs(Protocol):
    """What a server needs of the job engine."""

    async def submit(self, spec: JobSpec, id: str | None) -> Job:
        """Accept a job. The same id with the same content is the same job; other content raises Conflict.

        Raises QueueFull, UnknownName, MissingParts and BadRequest in the caller's words; nothing is stored then.
        """
        ...

    async def get(self, id: str, *, data: bool = False) -> Job:
        """The job now; with `data`, its result bytes too. Raises NotFound."""
        ...

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100
    ) -> list[Job]:
        """Jobs, newest first."""
        ...

    async def cancel(self, id: str) -> Job:
        """Cancel, and tell the state reached. Raises NotFound, or Conflict for a job that has ended."""
        ...

    def watch(self, id: str) -> AsyncIterator[Job]:
        """The job as it is, then each change; ends after a final state. Raises NotFound."""
        ...

    async def health(self) -> Mapping[str, Any]:
        """What an operator wants to see at a glance."""
        ...
