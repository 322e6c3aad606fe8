"""The state of a running job, or of one queued ahead, that its row in the jobs table doesn't have.

Files of a prompt are fetched as soon as ComfyUI's events name them, before the job's turn if need be. Events only start
a fetch: results are the files that ComfyUI's history names.
"""

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

MOST_DONE = 0.99  # the largest share shown of a prompt that hasn't ended
LEAP_SECONDS = 1.0  # a clock that is off by less isn't set: time services slow it down or speed it up


@dataclass(frozen=True)
class PrefetchedFile:
    """A file of ComfyUI's, stored under its SHA-256, the `key`."""

    key: str
    data: bytes
    content_type: str


@dataclass
class Prefetch:
    """Early requests for one prompt's history and for its files at the nodes `nodes`; files are held until `close`."""

    comfy: Callable[[], Comfy]
    store: RetryingStore
    prompt_id: str
    nodes: Collection[str]
    _lookup: asyncio.Task[Finding | None] | None = None
    _fetches: dict[tuple[str, ...], asyncio.Task[PrefetchedFile]] = field(default_factory=dict)
    _hold: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._put = self._hold.enter_context(self.store.holding())

    def hear(self, event: Event) -> None:
        """Begin to fetch the first file of each wanted node, since a workflow's output is one picture, and at the
        last node's end the history, which mostly is written by then."""
        for file in (files[0] for node, files in event.files.items() if node in self.nodes and files):
            if _name(file) not in self._fetches:
                self._fetches[_name(file)] = asyncio.create_task(self._take(file))
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

    async def take(self, file: Mapping[str, Any]) -> PrefetchedFile:
        """The file, fetched early or now. Raises what `Comfy.fetch` raises."""
        fetch = self._fetches.get(_name(file))
        if fetch is not None:
            with suppress(Unavailable, BackendFailure):  # the second try tells
                return await fetch
        return await self._take(file)

    async def close(self) -> None:
        """Stop the fetches and release the files; the job's row names its results by now."""
        tasks = [*self._fetches.values(), *([self._lookup] if self._lookup else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._fetches.clear()
        self._hold.close()

    async def _take(self, file: Mapping[str, Any]) -> PrefetchedFile:
        data, content_type = await self.comfy().fetch(file)
        return PrefetchedFile(await self._put(data), data, content_type)


def _name(file: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(file.get(part, "") for part in FILE_PARTS)


@dataclass
class Clock:
    """How long each node of a prompt ran, in seconds, by the arrival of ComfyUI's node states."""

    began: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)

    def note(self, nodes: Mapping[str, Any]) -> None:
        """Note the node states of one `progress_state` event."""
        now = time.monotonic()
        for key, node in nodes.items():
            if key in self.took:
                continue
            began = self.began.setdefault(key, now)
            if node.get("state") == "finished":
                self.took[key] = now - began

    def by_title(self, prompt: Mapping[str, Any]) -> dict[str, float]:
        """Seconds by a node's title; 0 for a node whose result ComfyUI had cached."""
        titled = {key: node.get("_meta", {}).get("title", key) for key, node in prompt.items()}
        return {title: self.took.get(key, 0.0) for key, title in titled.items()}


@dataclass
class Progress:
    """A prompt's progress by ComfyUI's events; `graph` has its nodes in ComfyUI's API format.

    `done` is a share from 0 to 1, `step` the sampler's step and number of steps, `preview` a content type and bytes.
    `heard` counts events; `since` is the first event's time in seconds of the monotonic clock, `seconds` how long
    ComfyUI drew, infinite before the end; `drawn` says that the prompt has ended.
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
        """Start over with the job's next prompt; `heard` goes on counting."""
        self.done, self.step, self.clock, self.drawn, self.preview = 0.0, (0, 0), Clock(), False, None

    def take(self, event: Event, *, previews: bool) -> bool:
        """Note an event of the prompt, with `previews` its picture too; whether progress that clients see changed."""
        if not self.heard:
            self.since = time.monotonic()
        self.heard += 1
        before = self.done, self.preview, self.step
        self.preview = (event.preview if previews else None) or self.preview
        if event.nodes:  # a job that is sampled again after a restart doesn't go backwards
            self.clock.note(event.nodes)
            self.done = max(self.done, min(MOST_DONE, fraction(self.graph, event.nodes)))
            self.step = step(self.graph, event.nodes) or self.step
        return (self.done, self.preview, self.step) != before

    def seconds_by_title(self) -> dict[str, float]:
        """Seconds that each node ran, by its title."""
        return self.clock.by_title(self.graph)

    def end(self) -> None:
        """Note that ComfyUI has ended the prompt."""
        if self.heard and not self.drawn:
            self.seconds = time.monotonic() - self.since
        self.drawn = True


@dataclass
class ForeignWait:
    """Seconds that the job's prompts waited in ComfyUI behind strangers' prompts, counted within a `with` block."""

    _past: float = 0.0
    _since: float | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.look(False)

    @property
    def seconds(self) -> float:
        """Seconds until now."""
        return self._past + (0.0 if self._since is None else time.monotonic() - self._since)

    def look(self, waits: bool) -> None:
        """Note whether the prompt waits behind a stranger's now."""
        self._past, self._since = self.seconds, time.monotonic() if waits else None


@dataclass
class Prompt:
    """The prompt of the job's running part; `id` is its id in ComfyUI, None before one is posted.

    `ear` is the client id under which this process posted the prompt, `key` the part's key in the result cache. `doubt`
    is the generation of the ComfyUI process to which the prompt was posted without an answer, None once ComfyUI is
    known to have the prompt; `faults` counts error answers since then.
    """

    id: str | None = None
    plan: Plan | None = None
    prefetch: Prefetch | None = None
    ear: str = ""
    doubt: int | None = None
    faults: int = 0
    key: str | None = None

    def hear(self, event: Event) -> None:
        """Begin to fetch the files that an event names."""
        if self.prefetch and (event.files or event.drawn or event.ended):
            self.prefetch.hear(event)

    async def history(self) -> Finding | None:
        """See `Prefetch.history`."""
        return await self.prefetch.history() if self.prefetch else None

    def confirm(self) -> None:
        """Note that ComfyUI has the prompt."""
        self.doubt, self.faults = None, 0

    async def close(self) -> None:
        """Let go of the prompt and its early fetches."""
        prefetch, self.prefetch = self.prefetch, None
        self.id = self.plan = self.doubt = None
        if prefetch:
            await prefetch.close()


@dataclass
class Ahead:
    """A job's prompt before the job's turn; `born` is the generation of the ComfyUI process that got the prompt.

    `claimed` says that the prompt was posted as the job's row was written; `lost` counts prompts that were lost because
    ComfyUI ended while drawing them.
    """

    queued: bool = False
    claimed: bool = False
    born: int = 0
    lost: int = 0
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def settled(self) -> bool:
        """Whether posting the prompt has ended, in success or not."""
        return self._settled.is_set()

    def settle(self) -> None:
        """Note that posting the prompt has ended, in success or not."""
        self._settled.set()

    async def wait(self) -> None:
        """Return when posting the prompt has ended."""
        await self._settled.wait()


@dataclass
class Start:
    """The job's begin `at` in Unix seconds, the `wall_offset` then, and columns to be written to its row."""

    at: float = 0.0
    wall_offset: float = 0.0
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass
class RunState:
    """A chosen job's state beyond its row.

    Without `previews` clients see no picture before its end. `cached` counts the parts from the cache, None without a
    cache; `stages` are seconds by stage. `posted` says that all parts have been posted. `moved` is set at a prompt's
    end and when another job may be queued ahead, `look` when ComfyUI is to be asked at once.
    """

    id: str
    previews: bool = True
    job: Job | None = None  # the job at its choice
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
    foreign_wait: ForeignWait = field(default_factory=ForeignWait)

    def begin(self, part: int) -> None:
        """Turn to a part of the batch."""
        self.part, self.skipped, self.prompt.key = part, False, None
        self.progress.begin()

    def start(self, at: float, columns: dict[str, Any]) -> None:
        """Note that the job runs since this Unix time; its row gets these columns."""
        self.started = Start(at, wall_offset(), columns)

    def by_the_clock(self) -> dict[str, float]:
        """The row's `started_at` corrected by the seconds that the clock was set while the job ran, so that end minus
        start is the time that the job took; empty where the clock wasn't set."""
        leap = leap_since(self.started.wall_offset) if self.started.at else 0.0
        return {"started_at": self.started.at + leap} if leap else {}

    def hurry(self) -> None:
        """Have the prompt looked up in ComfyUI at once."""
        self.look.set()

    def cancel(self) -> None:
        """Request that the job ends."""
        self.cancelled = True
        self.hurry()

    def skip(self) -> None:
        """Request that the running part ends and the next one begins."""
        self.skipped = True
        self.hurry()

    def ended(self) -> None:
        """Note that ComfyUI has ended the prompt."""
        self.progress.end()
        self.moved.set()

    def with_progress(self, job: Job) -> Job:
        """The job of the row with its present progress."""
        now = self.progress
        shares = {"progress": (self.part + now.done) / job.parts, "preview": now.preview, "step": now.step}
        return replace(job, part=self.part, **shares, **self.by_the_clock())

    def take(self, event: Event) -> bool:
        """Note an event; True where clients should hear of it. Events of other prompts are ignored."""
        if event.prompt_id != self.prompt.id:
            return False
        self.prompt.confirm()
        self.prompt.hear(event)
        if event.drawn or event.ended:
            self.ended()
        if event.ended:
            self.look.set()
            return False
        self.foreign_wait.look(False)
        return self.progress.take(event, previews=self.previews)


def wall_offset() -> float:
    """Wall clock minus monotonic clock, in seconds."""
    return time.time() - time.monotonic()


def leap_since(offset: float) -> float:
    """Seconds by which the wall clock was set since it had this offset; 0 for less than LEAP_SECONDS."""
    leap = wall_offset() - offset
    return leap if abs(leap) >= LEAP_SECONDS else 0.0


def fraction(prompt: Mapping[str, Any], nodes: Mapping[str, Any]) -> float:
    """The share of a prompt that is done, from 0 to 1, by ComfyUI's `progress_state`.

    Sampling takes nearly all the time, so a sampler's steps make up 80 % and finished nodes the rest,
    as in krita-ai-diffusion; without a sampler finished nodes alone count.
    """
    done = sum(state.get("state") == "finished" for state in nodes.values()) / max(1, len(prompt))
    samplers = sampler_nodes(prompt)
    if not samplers:
        return done
    return 0.2 * done + 0.8 * sum(_part(nodes.get(key, {})) for key in samplers) / len(samplers)


def sampler_nodes(prompt: Mapping[str, Any]) -> list[str]:
    """Ids of the nodes that sample: those with an input for steps, and one for a sampler or a seed."""
    inputs = {key: node.get("inputs", {}).keys() for key, node in prompt.items()}
    return [key for key, names in inputs.items() if "steps" in names and names & {"sampler_name", "seed"}]


def step(prompt: Mapping[str, Any], nodes: Mapping[str, Any]) -> tuple[int, int] | None:
    """The running sampler's step and its number of steps; None while no sampler runs."""
    for key in sampler_nodes(prompt):
        if (state := nodes.get(key, {})).get("state") == "running":
            return int(state.get("value", 0)), int(state.get("max", 0))
    return None


def _part(state: Mapping[str, Any]) -> float:
    if state.get("state") == "finished":
        return 1.0
    return min(1.0, state.get("value", 0) / max(1, state.get("max", 1)))
