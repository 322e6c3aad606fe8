"""What is known of a job that runs, or that is queued ahead, beyond its row in the jobs table.

What its prompt made is asked for as soon as ComfyUI says that it is there, whether the job's turn has come or not.
Hints set that off, and only the history says what counts: a file that it doesn't name is no result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from bridge.comfy.client import Comfy, Finding
from bridge.comfy.events import Event
from bridge.comfy.protocol import FILE_PARTS
from bridge.core.errors import BackendFailure, Unavailable
from bridge.core.job import Job
from bridge.storage.retrying_store import RetryingStore
from bridge.workflow.plan import Plan

MOST = 0.99  # of a prompt that hasn't ended: the whole is there once its result is
LEAP_SECONDS = 1.0  # a clock that is off by less is not set, but let run faster or slower


@dataclass(frozen=True)
class Taken:
    """A file of ComfyUI's, kept under its `key`."""

    key: str
    data: bytes
    content_type: str


@dataclass
class Prefetch:
    """One prompt's history, and its files at the nodes that are `wanted`. What was taken is held until `close`."""

    comfy: Callable[[], Comfy]
    store: RetryingStore
    prompt_id: str
    wanted: Collection[str]
    _lookup: asyncio.Task[Finding | None] | None = None
    _begun: dict[tuple[str, ...], asyncio.Task[Taken]] = field(default_factory=dict)
    _held: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._put = self._held.enter_context(self.store.holding())

    def hear(self, event: Event) -> None:
        """Begin with the first file of each node that is wanted, since a workflow's output is one picture; and with the
        history, which mostly is there already when the last node has ended."""
        for file in (listed[0] for node, listed in event.files.items() if node in self.wanted and listed):
            if _name(file) not in self._begun:
                self._begun[_name(file)] = asyncio.create_task(self._take(file))
        if (event.drawn or event.ended) and self._lookup is None:
            self._lookup = asyncio.create_task(self.comfy().ended(self.prompt_id))

    async def history(self) -> Finding | None:
        """See `Comfy.ended`."""
        lookup, self._lookup = self._lookup, None
        if lookup is not None:
            with suppress(Unavailable, BackendFailure):  # the second try tells
                if result := await lookup:
                    return result
        return await self.comfy().ended(self.prompt_id)

    async def take(self, file: Mapping[str, Any]) -> Taken:
        """The file; raises what `Comfy.fetch` raises."""
        begun = self._begun.get(_name(file))
        if begun is not None:
            with suppress(Unavailable, BackendFailure):  # the second try tells
                return await begun
        return await self._take(file)

    async def close(self) -> None:
        """Give up what was not taken; a row names by now what was."""
        begun = [*self._begun.values(), *([self._lookup] if self._lookup else [])]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        self._begun.clear()
        self._held.close()

    async def _take(self, file: Mapping[str, Any]) -> Taken:
        data, content_type = await self.comfy().fetch(file)
        return Taken(await self._put(data), data, content_type)


def _name(file: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(file.get(part, "") for part in FILE_PARTS)


@dataclass
class Clock:
    """How long each node of a prompt ran, in seconds, by when ComfyUI told of the node's states."""

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
class Progress:
    """What was heard of a prompt, whose nodes are in `graph`, ComfyUI's API format.

    `done` is a share from 0 to 1, `step` the sampler's step and how many it takes, `preview` a content type and bytes.
    `heard` counts signs of life; `since` is the first one's time by the monotonic clock, `seconds` how long ComfyUI
    drew, infinite while that isn't known; `drawn` says that the prompt has ended.
    """

    graph: Mapping[str, Any] = field(default_factory=dict)
    done: float = 0.0
    step: tuple[int, int] = (0, 0)
    preview: tuple[str, bytes] | None = None
    clock: Clock = field(default_factory=Clock)
    heard: int = 0
    since: float = field(default_factory=time.monotonic)
    seconds: float = inf
    drawn: bool = False

    def begin(self) -> None:
        """Another prompt follows; the signs of life are those of the job."""
        self.done, self.step, self.clock, self.drawn, self.preview = 0.0, (0, 0), Clock(), False, None

    def take(self, event: Event, *, previews: bool) -> bool:
        """Note an event of the prompt, with `previews` its picture too; whether anything is new to those outside."""
        if not self.heard:
            self.since = time.monotonic()
        self.heard += 1
        before = self.done, self.preview, self.step
        self.preview = (event.preview if previews else None) or self.preview
        if event.nodes:  # a job that is sampled again after a restart doesn't go backwards
            self.clock.note(event.nodes)
            self.done = max(self.done, min(MOST, fraction(self.graph, event.nodes)))
            self.step = step(self.graph, event.nodes) or self.step
        return (self.done, self.preview, self.step) != before

    def seconds_by_title(self) -> dict[str, float]:
        """Seconds that each node ran, by its title."""
        return self.clock.by_title(self.graph)

    def end(self) -> None:
        """ComfyUI has drawn the prompt."""
        if self.heard and not self.drawn:
            self.seconds = time.monotonic() - self.since
        self.drawn = True


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


def fraction(prompt: Mapping[str, Any], nodes: Mapping[str, Any]) -> float:
    """How much of a prompt is done, 0 to 1, from ComfyUI's `progress_state`.

    Sampling takes nearly all the time, so a sampler's steps make up 80 % and finished nodes the rest,
    as in krita-ai-diffusion; without a sampler finished nodes are all there is.
    """
    done = sum(state.get("state") == "finished" for state in nodes.values()) / max(1, len(prompt))
    samplers = sampler_nodes(prompt)
    if not samplers:
        return done
    return 0.2 * done + 0.8 * sum(_part(nodes.get(key, {})) for key in samplers) / len(samplers)


def sampler_nodes(prompt: Mapping[str, Any]) -> list[str]:
    """Ids of the nodes that sample: those that are told steps, and a sampler or a seed."""
    inputs = {key: node.get("inputs", {}).keys() for key, node in prompt.items()}
    return [key for key, names in inputs.items() if "steps" in names and names & {"sampler_name", "seed"}]


def step(prompt: Mapping[str, Any], nodes: Mapping[str, Any]) -> tuple[int, int] | None:
    """The step that a sampler is at and how many it takes; None while none samples."""
    for key in sampler_nodes(prompt):
        if (state := nodes.get(key, {})).get("state") == "running":
            return int(state.get("value", 0)), int(state.get("max", 0))
    return None


def _part(state: Mapping[str, Any]) -> float:
    if state.get("state") == "finished":
        return 1.0
    return min(1.0, state.get("value", 0) / max(1, state.get("max", 1)))
