"""Other bridges and workers on the same jobs database: what they do, and what they are told. Alone, there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from bridge.core.needs import Needs
from bridge.storage.fitness import Fitness

LEASE_SECONDS = 10.0  # a job is begun anew so long after whoever drew it was last heard of
RENEW_SECONDS = 2.5  # three of them in a row may be lost
KNOWN_SECONDS = 600.0  # what a ComfyUI can counts for so long after it was last heard of: it may only be started anew
SHOW_SECONDS = 0.2  # between two looks of others at how far a job is


class What(str, Enum):
    """Of what a piece of news tells."""

    CHANGED = "changed"  # a job's row: begun, a part done, waiting again, ended
    STEP = "step"  # a job's progress or preview
    CANCEL = "cancel"  # a running job is to end
    SKIP = "skip"  # of a running job, the part that is drawn now
    FREE = "free"  # models' memory
    REFRESH = "refresh"  # look again at what there is to draw with
    ALL = "all"  # nothing was heard for a while: look at everything again


class NotNow(Exception):
    """Who was to draw the next job can't, for a moment."""


@dataclass(frozen=True)
class News:
    """`id` is a job's, where it is about one; `part` says which of it is to be skipped."""

    what: What
    id: str = ""
    part: int = 0


@dataclass(frozen=True)
class Live:
    """How far a job is that somebody draws, as `Progress` has it: `done` is a share of the `part` from 0 to 1."""

    part: int = 0
    done: float = 0.0
    step: tuple[int, int] = (0, 0)
    preview: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Lease:
    """What became of the jobs that this process draws: those that it holds no more, and what is wanted of the others.

    `skipped` says which part, by the job's id.
    """

    lost: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    skipped: Mapping[str, int] = field(default_factory=dict)


class Peers(Protocol):
    """How processes on one jobs database hear of each other. Methods raise StorageError."""

    @property
    def shared(self) -> bool:
        """Whether there can be any."""
        ...

    async def enter(self) -> None:
        """Begin beside the others. Raises SettingsError where that can't be."""
        ...

    async def follow(self, hear: Callable[[News], None]) -> None:
        """Pass on what others tell, for ever; nothing of what this process told itself."""
        ...

    async def tell(self, news: News) -> None:
        """Tell all others."""
        ...

    async def show(self, id: str, live: Live) -> None:
        """Let the others see how far a job is that this process draws."""
        ...

    async def seen(self, ids: Collection[str]) -> Mapping[str, Live]:
        """How far these jobs are, where somebody shows it."""
        ...

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """Call `draw`, one call at a time, whenever there may be a job for this ComfyUI, for ever.

        It takes the next job, if there is one, and draws it; it raises NotNow where it can't.
        """
        ...

    async def renew(self) -> Lease:
        """Hold on to the jobs that this process draws. To be called every RENEW_SECONDS."""
        ...

    async def report(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """Tell how the ComfyUIs of this process are, by their names; none of them once it ends.

        What one `can` is in its report by the digest under which it was published.
        """
        ...

    async def publish(self, digest: str, content: bytes) -> None:
        """Keep what a ComfyUI can, for all to read; once for all that can the same."""
        ...

    async def known(self) -> Sequence[str]:
        """What the ComfyUIs can that were heard of within KNOWN_SECONDS, by digests; of those that answer first."""
        ...

    async def published(self, digest: str) -> bytes | None:
        """What was kept under this digest."""
        ...

    async def need(self, needs: Needs) -> None:
        """Keep what jobs need whose rows will name it by its digest; once for all jobs alike."""
        ...

    async def pass_on(self, fitness: Fitness) -> bool:
        """Have others look, where jobs wait that only they can draw; whether there are such."""
        ...

    async def workers(self) -> Sequence[Mapping[str, Any]]:
        """How all ComfyUIs are whose processes told of them lately."""
        ...

    async def roster(self) -> Sequence[Mapping[str, Any]]:
        """The same with those that are silent, and in `seen_seconds` how long ago each was heard of."""
        ...

    async def elected(self, duty: str, seconds: float) -> bool:
        """Whether it falls to this process to do what one of all does, for the next so many seconds."""
        ...

    async def now(self, own: float) -> float:
        """The time that all agree on, in Unix seconds; `own` is this machine's."""
        ...


class Alone:
    """Implements `Peers` for a database that one process has."""

    shared = False

    async def enter(self) -> None:
        """There are no others."""

    async def follow(self, hear: Callable[[News], None]) -> None:
        """Nobody tells anything."""
        await asyncio.Event().wait()

    async def tell(self, news: News) -> None:
        """Nobody hears it."""

    async def show(self, id: str, live: Live) -> None:
        """Nobody looks."""

    async def seen(self, ids: Collection[str]) -> Mapping[str, Live]:
        """Nobody else draws."""
        return {}

    async def serve(self, name: str, draw: Callable[[], Awaitable[object]]) -> None:
        """Nobody else tells of a job: who draws alone looks itself."""
        raise NotImplementedError

    async def renew(self) -> Lease:
        """Nobody takes anything away."""
        return Lease()

    async def report(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """Nobody asks."""

    async def publish(self, digest: str, content: bytes) -> None:
        """Nobody reads it."""

    async def known(self) -> Sequence[str]:
        """There are no others."""
        return ()

    async def published(self, digest: str) -> bytes | None:
        """Nobody published anything."""
        return None

    async def need(self, needs: Needs) -> None:
        """Who draws alone looks itself."""

    async def pass_on(self, fitness: Fitness) -> bool:
        """There are no others."""
        return False

    async def workers(self) -> Sequence[Mapping[str, Any]]:
        """There are no others."""
        return ()

    async def roster(self) -> Sequence[Mapping[str, Any]]:
        """There are no others."""
        return ()

    async def elected(self, duty: str, seconds: float) -> bool:
        """Nobody else would."""
        return True

    async def now(self, own: float) -> float:
        """Its own."""
        return own
