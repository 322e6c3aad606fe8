"""The port between the server and whatever runs the jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from typing import Any, Protocol

from bridge.adapters.dialect import Command, View
from bridge.catalog.models import Catalog
from bridge.catalog.modes import Mode
from bridge.core.job import Job, JobSpec, JobState


class Jobs(Protocol):
    """What a server needs of the job engine."""

    @property
    def links(self) -> bool:
        """Whether pictures may have URLs of their own."""
        ...

    async def submit(self, spec: JobSpec, id: str | None, checked: Awaitable[None]) -> Job:
        """Accept a job. The same id with the same content is the same job; other content raises Conflict, and so
        does another owner's id.

        `checked` is awaited before anything is kept of it, and raises what is wrong with its pictures. Raises
        QueueFull, TooManyJobs, UnknownName, MissingParts and BadRequest in the caller's words; nothing is stored then.
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
        """Jobs, newest first; with an `owner`, only its own."""
        ...

    async def cancel(self, id: str, *, waiting_only: bool = False) -> Job:
        """Cancel, and tell the state reached.

        Raises NotFound, or Conflict for a job that has ended (with `waiting_only`: that runs or has ended).
        """
        ...

    async def remove(self, id: str) -> Job:
        """Remove a job that has ended, with its pictures; the job as it was.

        Raises NotFound, or Conflict for one that waits or runs.
        """
        ...

    async def command(self, dialect: str, command: Command, owner: str = "") -> None:
        """Do what a dialect commands: interrupt or skip its running job, remember, free.

        With an `owner`, only its own job is interrupted or skipped.
        """
        ...

    async def view(self, dialect: str, about: str | None = None, *, statistics: bool = False, owner: str = "") -> View:
        """What a dialect's questions are answered from; see `Route.statistics`. With an `owner`, of its jobs only."""
        ...

    async def modes(self) -> tuple[Mode, ...]:
        """Every mode as it stands on ComfyUI now. Raises Unavailable while that doesn't answer."""
        ...

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """What the node pack makes of what somebody gave for a palette; `name` is the file's, empty for a text.

        Of a picture of too many colours it takes so many `colors`. Raises BadRequest, and Unavailable while ComfyUI
        doesn't answer.
        """
        ...

    async def catalog(self) -> Catalog:
        """What ComfyUI has to choose from now; empty while it doesn't answer."""
        ...

    async def dialect_memory(self, dialect: str) -> Mapping[str, Any]:
        """What a dialect asked to remember."""
        ...

    def watch(self, id: str, *, steps: bool = True) -> AsyncIterator[Job]:
        """The job as it is, then each change; ends after a final state. Raises NotFound.

        Without `steps` only changes of its state count, not its progress.
        """
        ...

    async def system(self) -> Mapping[str, Any]:
        """ComfyUI's `/system_stats`; empty while it doesn't answer."""
        ...

    async def ready(self, *, renew: bool = False) -> str | None:
        """Why a job would not be run now, proven by running one; None where it would.

        With `renew` a ComfyUI of our own that draws nothing is restarted.
        """
        ...

    async def drain(self, seconds: float) -> None:
        """Accept and begin nothing any more; return when the running job has ended, or after so many seconds."""
        ...

    async def health(self) -> Mapping[str, Any]:
        """What an operator wants to see at a glance."""
        ...
