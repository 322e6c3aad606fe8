"""The port between the HTTP server and the job engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from typing import Any, Protocol

from bridge.adapters.dialect import Command, View
from bridge.catalog.models import Catalog
from bridge.catalog.modes import Mode
from bridge.core.job import Job, JobSpec, JobState


class Jobs(Protocol):
    """The job engine as the HTTP server uses it."""

    @property
    def links(self) -> bool:
        """Whether `link` may give URLs of pictures."""
        ...

    async def submit(self, spec: JobSpec, id: str | None, checked: Awaitable[None]) -> Job:
        """Accept a job. A repeated id with the same content is the same job.

        `checked` is the check of the pictures, awaited before anything of the job is stored; its errors are raised.
        Raises Conflict for an id that belongs to other content or to another owner, and QueueFull, TooManyJobs,
        UnknownName, MissingParts and BadRequest in the caller's words; nothing is stored then.
        """
        ...

    async def get(self, id: str, *, data: bool = False) -> Job:
        """The job now; with `data`, its result bytes too. Raises NotFound."""
        ...

    async def link(self, id: str, output: str) -> str | None:
        """A URL that gives anybody the first artifact of an output for some minutes; None where there is none.

        Raises NotFound.
        """
        ...

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100, owner: str = ""
    ) -> list[Job]:
        """Jobs, newest first, at most `limit`; with an `owner`, that owner's only."""
        ...

    async def cancel(self, id: str, *, waiting_only: bool = False) -> Job:
        """Cancel a job; the job in the state that it reached.

        Raises NotFound, or Conflict for a job that has ended (with `waiting_only`: that runs or has ended).
        """
        ...

    async def remove(self, id: str) -> Job:
        """Remove a job that has ended, with its pictures; returns the job as it was.

        Raises NotFound, or Conflict for one that waits or runs.
        """
        ...

    async def command(self, dialect: str, command: Command, owner: str = "") -> None:
        """Carry out a dialect's command: interrupt or skip its running job, remember values, free memory.

        With an `owner`, only that owner's job is interrupted or skipped.
        """
        ...

    async def view(self, dialect: str, about: str | None = None, *, statistics: bool = False, owner: str = "") -> View:
        """The queue as a dialect shows it; see `Route.statistics`. With an `owner`, of that owner's jobs only."""
        ...

    async def modes(self) -> tuple[Mode, ...]:
        """Every mode as it stands on ComfyUI now. Raises Unavailable while ComfyUI doesn't answer."""
        ...

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """The palette that the node pack reads from a file of this `name`, or from a text with none.

        From a picture of more colours the pack takes so many `colors`. Raises BadRequest, and Unavailable while ComfyUI
        doesn't answer.
        """
        ...

    async def catalog(self) -> Catalog:
        """Models, samplers and the like that ComfyUI has now; empty while ComfyUI doesn't answer."""
        ...

    async def dialect_memory(self, dialect: str) -> Mapping[str, Any]:
        """The values that a dialect asked to remember."""
        ...

    def watch(self, id: str, *, steps: bool = True) -> AsyncIterator[Job]:
        """The job as it is, then after each change; ends after a final state. Raises NotFound.

        Without `steps` changes of the progress alone are left out.
        """
        ...

    async def system(self) -> Mapping[str, Any]:
        """ComfyUI's `/system_stats`; empty while ComfyUI doesn't answer."""
        ...

    async def ready(self, *, renew: bool = False) -> str | None:
        """Why a job would not be run now, proven by a small prompt; None where a job would run.

        With `renew` the bridge's own ComfyUI is restarted if it answers but draws nothing.
        """
        ...

    async def drain(self, seconds: float) -> None:
        """Accept and begin no more jobs; return when the running jobs have ended, or after so many seconds."""
        ...

    async def health(self) -> Mapping[str, Any]:
        """The state of queue, disk, workers, cache and webhooks, as `/health` answers it."""
        ...
