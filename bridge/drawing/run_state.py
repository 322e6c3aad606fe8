"""What is known of a job that runs, or that is queued ahead, beyond its row in the jobs table."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.comfy.client import Finding
from bridge.comfy.messages import Event
from bridge.core.job import Job
from bridge.drawing.prefetch import Prefetch
from bridge.drawing.progress import Progress
from bridge.workflow.plan import Plan

LEAP_SECONDS = 1.0  # a clock that is off by less is not set, but let run faster or slower


@dataclass
class Behind:
    """Seconds that the job's prompts waited in ComfyUI behind somebody else's; outside of a block they stand still."""

    _passed: float = 0.0
    _since: float | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.look(False)

    @property
    def seconds(self) -> float:
        """So far."""
        return self._passed + (0.0 if self._since is None else time.monotonic() - self._since)

    def look(self, waits: bool) -> None:
        """Note whether it waits there now."""
        self._passed, self._since = self.seconds, time.monotonic() if waits else None


@dataclass
class Prompt:
    """The prompt of the job's running part, under this `id` in ComfyUI, or none yet.

    `ear` is the client id that this process posted it under, `key` the part's in the cache of results. `doubt` is
    ComfyUI's life in which it was posted without an answer, until it is seen there; `faults` counts answers such as
    500 since it was last seen.
    """

    id: str | None = None
    plan: Plan | None = None
    prefetch: Prefetch | None = None
    ear: str = ""
    doubt: int | None = None
    faults: int = 0
    key: str | None = None

    def hear(self, event: Event) -> None:
        """Begin to fetch what an event names."""
        if self.prefetch and (event.files or event.drawn or event.ended):
            self.prefetch.hear(event)

    async def history(self) -> Finding | None:
        """See `Prefetch.history`."""
        return await self.prefetch.history() if self.prefetch else None

    def seen(self) -> None:
        """ComfyUI has the prompt."""
        self.doubt, self.faults = None, 0

    async def close(self) -> None:
        """The prompt is over for us."""
        prefetch, self.prefetch = self.prefetch, None
        self.id = self.plan = self.doubt = None
        if prefetch:
            await prefetch.close()


@dataclass
class Ahead:
    """How the job was queued before its turn, in ComfyUI's life `born`.

    `claimed`: as its row was written; `lost` counts prompts whose ComfyUI ended while it drew them then.
    """

    queued: bool = False
    claimed: bool = False
    born: int = 0
    lost: int = 0
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settled(self) -> bool:
        """Whether the prompt is queued, or couldn't be."""
        return self._settled.is_set()

    def settle(self) -> None:
        """The prompt is queued, or couldn't be."""
        self._settled.set()

    async def wait(self) -> None:
        """Until it is settled."""
        await self._settled.wait()


@dataclass
class Start:
    """When the job began: Unix seconds, how far these were ahead of the monotonic clock, and columns for its row."""

    at: float = 0.0
    wall_offset: float = 0.0
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass
class RunState:
    """What is known of the job beyond its row.

    Without `previews` the outside sees no picture before it is finished. `cached` is the row's number of parts from the
    cache, `stages` are seconds by what they went into. `posted`: all of the job is in ComfyUI. That, and the end of a
    prompt, set `moved`; `look` is set when ComfyUI should be asked at once.
    """

    id: str
    previews: bool = True
    job: Job | None = None  # as it was when it was chosen
    part: int = 0
    cancelled: bool = False
    skipped: bool = False
    posted: bool = False
    cached: int | None = None
    look: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    prompt: Prompt = field(default_factory=Prompt)
    progress: Progress = field(default_factory=Progress)
    ahead: Ahead = field(default_factory=Ahead)
    started: Start = field(default_factory=Start)
    stages: dict[str, float] = field(default_factory=dict)
    behind: Behind = field(default_factory=Behind)

    def begin(self, part: int) -> None:
        """Turn to a part of the batch; what was known of the last one is over."""
        self.part, self.skipped, self.prompt.key = part, False, None
        self.progress.begin()

    def start(self, at: float, columns: dict[str, Any]) -> None:
        """It runs, since this Unix time; its row gets these columns."""
        self.started = Start(at, wall_offset(), columns)

    def by_the_clock(self) -> dict[str, float]:
        """What the row gets where the clock was set while it ran: its start by the clock that tells its end, so that
        what lies between is the time that it took."""
        leap = leap_since(self.started.wall_offset) if self.started.at else 0.0
        return {"started_at": self.started.at + leap} if leap else {}

    def hurry(self) -> None:
        """Let ComfyUI be asked at once how the prompt is."""
        self.look.set()

    def cancel(self) -> None:
        """Somebody wants no more of the job."""
        self.cancelled = True
        self.hurry()

    def skip(self) -> None:
        """Somebody wants no more of the running part."""
        self.skipped = True
        self.hurry()

    def ended(self) -> None:
        """ComfyUI has drawn the prompt."""
        self.progress.end()
        self.moved.set()

    def seen(self, job: Job) -> Job:
        """The row with what is known beyond it."""
        now = self.progress
        about = {"progress": (self.part + now.done) / job.parts, "preview": now.preview, "step": now.step}
        return replace(job, part=self.part, **about, **self.by_the_clock())

    def take(self, event: Event) -> bool:
        """Note an event of this job; True when the outside should hear of it."""
        if event.prompt_id != self.prompt.id:
            return False
        self.prompt.seen()
        self.prompt.hear(event)
        if event.drawn or event.ended:
            self.ended()
        if event.ended:
            self.look.set()
            return False
        self.behind.look(False)
        return self.progress.take(event, previews=self.previews)


def wall_offset() -> float:
    """Wall clock minus monotonic clock, in seconds."""
    return time.time() - time.monotonic()


def leap_since(offset: float) -> float:
    """By how many seconds the clock was set since the offset was this; less than LEAP_SECONDS are none."""
    leap = wall_offset() - offset
    return leap if abs(leap) >= LEAP_SECONDS else 0.0
