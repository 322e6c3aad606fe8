"""What is known of the running job beyond its row: progress, preview, the nodes' times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from bridge.comfy.messages import Event
from bridge.core.job import Job
from bridge.drawing.prefetch import Prefetch
from bridge.workflow.plan import Plan, fraction, step

LEAP_SECONDS = 1.0  # a clock that is off by less is not set, but let run faster or slower


@dataclass
class Clock:
    """How long each node of a prompt ran, by when its states were heard of."""

    began: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)

    def note(self, nodes: Mapping[str, Any]) -> None:
        """Take ComfyUI's node states."""
        now = time.monotonic()
        for key, node in nodes.items():
            if key in self.took:
                continue
            began = self.began.setdefault(key, now)
            if node.get("state") == "finished":
                self.took[key] = now - began

    def by_title(self, prompt: Mapping[str, Any]) -> dict[str, float]:
        """Seconds by a node's title; a node whose result was still known took none."""
        titled = {key: node.get("_meta", {}).get("title", key) for key, node in prompt.items()}
        return {title: self.took.get(key, 0.0) for key, title in titled.items()}


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
class RunState:
    """What is known of the running job beyond its row.

    `key` is the running part's in the cache, None while it isn't known or where there is none; `cached` is the row's.
    Without `previews` the outside sees no picture before it is finished. `stages` are seconds by what they went into.
    `ahead`: it was queued before its turn, in ComfyUI's life `born`, and `claimed`: as its row was written; `lost`
    counts those that ended while they drew it then; `settled` is set once that is done. `posted`: all of it is there;
    `drawn`: its prompt has ended, by what was heard or looked up. Either sets `moved`.
    """

    id: str
    previews: bool = True
    prompt_id: str | None = None
    prompt: dict[str, Any] = field(default_factory=dict)
    part: int = 0
    done: float = 0.0
    step: tuple[int, int] = (0, 0)
    preview: tuple[str, bytes] | None = None
    cancelled: bool = False
    skipped: bool = False
    look: asyncio.Event = field(default_factory=asyncio.Event)
    clock: Clock = field(default_factory=Clock)
    key: str | None = None
    cached: int | None = None
    plan: Plan | None = None  # of the running part, once it is made
    ahead: bool = False
    claimed: bool = False
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    posted: bool = False
    drawn: bool = False
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    since: float = field(default_factory=time.monotonic)
    seconds: float = inf  # that ComfyUI drew the prompt, as far as was heard
    born: int = 0
    heard: int = 0  # signs of life from the feed
    job: Job | None = None  # as it was when it was chosen
    stages: dict[str, float] = field(default_factory=dict)
    begins: dict[str, Any] = field(default_factory=dict)  # what the row gets when it really begins
    started: float = 0.0  # when it began, in Unix seconds, and how far these were ahead of the clock that nobody sets
    wall_offset: float = 0.0
    ear: str = ""  # client id that the prompt was posted under, by this process
    lost: int = 0
    doubt: int | None = None  # ComfyUI's life in which it was posted without an answer, until it is found there
    faults: int = 0  # answers such as 500 since it was last found there
    prefetch: Prefetch | None = None  # of the running part's prompt
    behind: Behind = field(default_factory=Behind)

    def begin(self, part: int) -> None:
        """Turn to a part of the batch; what was known of the last one is over."""
        self.part, self.done, self.step, self.skipped, self.clock = part, 0.0, (0, 0), False, Clock()
        self.key, self.drawn, self.preview = None, False, None

    def start(self, started: float) -> None:
        """It runs, since this Unix time."""
        self.started, self.wall_offset = started, wall_offset()

    def by_the_clock(self) -> dict[str, float]:
        """What the row gets where the clock was set while it ran: its start by the clock that tells its end, so that
        what lies between is the time that it took."""
        leap = leap_since(self.wall_offset) if self.started else 0.0
        return {"started_at": self.started + leap} if leap else {}

    def ended(self) -> None:
        """ComfyUI has drawn the prompt."""
        if self.heard and not self.drawn:
            self.seconds = time.monotonic() - self.since
        self.drawn = True
        self.moved.set()

    def seen(self, job: Job) -> Job:
        """The row with what is known beyond it."""
        progress = (self.part + self.done) / job.parts
        about = {"progress": progress, "preview": self.preview, "part": self.part, "step": self.step}
        return replace(job, **about, **self.by_the_clock())

    def arrived(self) -> None:
        """ComfyUI has the prompt."""
        self.doubt, self.faults = None, 0

    async def over(self) -> None:
        """The prompt is over for us."""
        prefetch, self.prefetch = self.prefetch, None
        self.prompt_id = self.plan = self.doubt = None
        if prefetch:
            await prefetch.close()

    def take(self, event: Event) -> bool:
        """Note an event of this job; True when the outside should hear of it."""
        if event.prompt_id != self.prompt_id:
            return False
        self.arrived()
        if self.prefetch:
            self.prefetch.hear(event)
        if event.drawn or event.ended:
            self.ended()
        if event.ended:
            self.look.set()
            return False
        self.behind.look(False)
        if not self.heard:
            self.since = time.monotonic()
        self.heard += 1
        before = self.done, self.preview, self.step
        self.preview = (event.preview if self.previews else None) or self.preview
        if event.nodes:  # a job that is sampled again after a restart doesn't go backwards
            self.clock.note(event.nodes)
            self.done = max(self.done, min(0.99, fraction(self.prompt, event.nodes)))
            self.step = step(self.prompt, event.nodes) or self.step
        return (self.done, self.preview, self.step) != before


def wall_offset() -> float:
    """How far Unix seconds are ahead of the clock that nobody sets."""
    return time.time() - time.monotonic()


def leap_since(ahead: float) -> float:
    """By how many seconds the clock was set since it was so far ahead; less than LEAP_SECONDS are none."""
    leap = wall_offset() - ahead
    return leap if abs(leap) >= LEAP_SECONDS else 0.0
