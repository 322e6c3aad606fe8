"""The port between bridges and workers on one jobs database: news, leases, reports. `Alone` has no peers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from bridge.core.needs import Needs
from bridge.storage.fitness import Fitness

LEASE_SECONDS = 10.0  # a job is begun anew so long after the last sign of life of the process that drew it
RENEW_SECONDS = 2.5  # between two renewals of a lease, of which three in a row may fail
KNOWN_SECONDS = 600.0  # a silent ComfyUI's capabilities count for so long: it may be restarting
SHOW_SECONDS = 0.2  # between two writes of a job's progress for peers


class Topic(str, Enum):
    """The subject of a piece of news."""

    CHANGED = "changed"  # a job's row: begun, a part done, waiting again, ended
    STEP = "step"  # a job's progress or preview
    CANCEL = "cancel"  # a running job is to end
    SKIP = "skip"  # of a running job, the part that is drawn now
    FREE = "free"  # models' memory
    REFRESH = "refresh"  # look again at what there is to draw with
    ALL = "all"  # news may have been missed: look at everything again


class NotNow(Exception):
    """The worker that was to draw the next job can't at the moment."""


@dataclass(frozen=True)
class News:
    """A piece of news. `id` is the job's that the news is about, if any; `part` is the part to be skipped."""

    topic: Topic
    id: str = ""
    part: int = 0


@dataclass(frozen=True)
class PeerProgress:
    """The progress of a job that a peer draws, as in `Progress`: `done` is a share of the `part` from 0 to 1."""

    part: int = 0
    done: float = 0.0
    step: tuple[int, int] = (0, 0)
    preview: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Lease:
    """The answer to a renewal: ids of jobs that this process has lost, and of jobs to be cancelled.

    `skipped_parts` has the part to be skipped by the job's id.
    """

    lost_ids: frozenset[str] = frozenset()
    cancelled_ids: frozenset[str] = frozenset()
    skipped_parts: Mapping[str, int] = field(default_factory=dict)


class Peers(Protocol):
    """The other processes on a jobs database. Methods raise StorageError."""

    @property
    def shared(self) -> bool:
        """Whether there can be peers."""
        ...

    async def enter(self) -> None:
        """Join the peers. Raises SettingsError where that isn't possible."""
        ...

    async def follow(self, hear: Callable[[News], None]) -> None:
        """Call `hear` with each piece of news of the peers, for ever; news of this process is left out."""
        ...

    async def tell(self, news: News) -> None:
        """Send news to all peers."""
        ...

    async def show(self, id: str, progress: PeerProgress) -> None:
        """Write the progress of a job that this process draws, for the peers."""
        ...

    async def progress_of(self, ids: Collection[str]) -> Mapping[str, PeerProgress]:
        """The progress of those of these jobs that a peer draws, by id."""
        ...

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """Call `draw`, one call at a time, whenever there may be a job for this ComfyUI, for ever.

        `draw` takes the next job, if there is one, and draws the job; it raises NotNow where no job can be drawn now.
        """
        ...

    async def renew(self) -> Lease:
        """Renew the leases of the jobs that this process draws. To be called every RENEW_SECONDS."""
        ...

    async def report(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """Write the reports of this process's ComfyUIs, by their names; an empty mapping at its end.

        A report's `can` is the digest under which the ComfyUI's capabilities were published.
        """
        ...

    async def publish(self, digest: str, content: bytes) -> None:
        """Store a ComfyUI's capabilities for the peers; equal ones are stored once."""
        ...

    async def capability_digests(self) -> Sequence[str]:
        """Digests of the capabilities of all ComfyUIs with a report within KNOWN_SECONDS; those that are up first."""
        ...

    async def capabilities(self, digest: str) -> bytes | None:
        """The capabilities under this digest; None where there are none."""
        ...

    async def need(self, needs: Needs) -> None:
        """Store the needs of a job, which its row will name by their digest; equal ones are stored once."""
        ...

    async def pass_on(self, fitness: Fitness) -> bool:
        """Wake the peers where jobs wait that this ComfyUI can't draw; whether there are such jobs."""
        ...

    async def workers(self) -> Sequence[Mapping[str, Any]]:
        """The reports of all ComfyUIs whose processes wrote one within LEASE_SECONDS."""
        ...

    async def roster(self) -> Sequence[Mapping[str, Any]]:
        """All reports, those of silent processes too, with the report's age as `seen_seconds`."""
        ...

    async def elect(self, duty: str, seconds: float) -> bool:
        """Whether this process has a duty of one among all for the next so many seconds."""
        ...

    async def now(self, local_time: float) -> float:
        """The time of the shared clock, in Unix seconds; `local_time` is this machine's."""
        ...


class Alone:
    """Implements `Peers` for a database that one process has."""

    shared = False

    async def enter(self) -> None:
        """There are no peers."""

    async def follow(self, hear: Callable[[News], None]) -> None:
        """No news comes, for ever."""
        await asyncio.Event().wait()

    async def tell(self, news: News) -> None:
        """No peer reads news."""

    async def show(self, id: str, progress: PeerProgress) -> None:
        """No peer reads progress."""

    async def progress_of(self, ids: Collection[str]) -> Mapping[str, PeerProgress]:
        """No peer draws."""
        return {}

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """Not used: the only process looks for jobs itself."""
        raise NotImplementedError

    async def renew(self) -> Lease:
        """No peer takes a job over."""
        return Lease()

    async def report(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """No peer reads reports."""

    async def publish(self, digest: str, content: bytes) -> None:
        """No peer reads capabilities."""

    async def capability_digests(self) -> Sequence[str]:
        """There are no others."""
        return ()

    async def capabilities(self, digest: str) -> bytes | None:
        """There are no peers' capabilities."""
        return None

    async def need(self, needs: Needs) -> None:
        """No peer reads needs."""

    async def pass_on(self, fitness: Fitness) -> bool:
        """There are no others."""
        return False

    async def workers(self) -> Sequence[Mapping[str, Any]]:
        """There are no others."""
        return ()

    async def roster(self) -> Sequence[Mapping[str, Any]]:
        """There are no others."""
        return ()

    async def elect(self, duty: str, seconds: float) -> bool:
        """The only process has all duties."""
        return True

    async def now(self, local_time: float) -> float:
        """This machine's time."""
        return local_time
