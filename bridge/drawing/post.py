"""How a job's prompt is prepared when the job is checked, gets into ComfyUI's queue, and out of it and its history."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from bridge.comfy.client import Comfy, Place
from bridge.comfy.process import Backend
from bridge.core.errors import BackendFailure, JobFailed, PromptRefused, Unavailable
from bridge.core.job import OPEN, JobSpec
from bridge.drawing.comfy_state import INFO_SECONDS
from bridge.drawing.journal import Journal
from bridge.drawing.run_state import Prefetch, RunState
from bridge.storage.artifacts import suffix
from bridge.storage.record import Record
from bridge.storage.retrying_store import RetryingStore
from bridge.workflow.plan import PREFIX, Plan, in_the_callers_words, pictures_of

FOLDER = "pixart"  # below ComfyUI's input folder, where jobs' pictures go
MOST_PREPARED = 16  # jobs; of those that wait for longer the plan is made anew

LATER_SECONDS = 0.5  # ended prompts are gathered for so long; no job waits for it
MOST_ENDED = 1000  # prompts that it could not be told of; they are told with the next one

FIRST_SECONDS = 0.03  # between the first tries to take a prompt out: a sampler's step takes longer, a lost one 1-2 ms
MOST_SECONDS = 1.0  # between two tries at a node that doesn't look for interrupts


def prefix(prompt_id: str) -> str:
    """Where ComfyUI writes what a prompt makes, below its output folder; 256 folders keep each listing short."""
    return f"pixart/{prompt_id[:2]}/{prompt_id}"


def expected(key: str, data: bytes) -> str:
    """What a loader node will call a picture, unless ComfyUI has another of that name."""
    return f"{FOLDER}/{key}{suffix(data)}"


def fresh(spec: JobSpec, pictures: Mapping[str, str]) -> dict[str, str]:
    """What the first part of a job gets beside its values: its pictures, by the names that they are expected to have in
    ComfyUI, and a place for what it makes. `pictures` are their keys."""
    sent = {pictures[name]: upload.data for name, upload in spec.pictures.items()}
    names = {name: expected(key, sent[key]) for name, key in pictures_of(pictures, 0).items()}
    return {**names, PREFIX: prefix(str(uuid.uuid4()))}


@dataclass(frozen=True)
class PreparedPrompt:
    """A prompt with an id that nobody has used, and all that it was made of."""

    prompt_id: str
    plan: Plan
    names: Mapping[str, str]  # of the pictures in it
    identity: tuple[Any, ...]  # what was asked for
    since: float


def _identity(mode: str, values: Mapping[str, Any], words: Mapping[str, str], loose: bool) -> tuple[Any, ...]:
    return mode, dict(values), dict(words), loose


@dataclass
class PlanCache:
    """What jobs would be drawn by, by their ids, from when they were checked.

    Mostly a job's turn comes a moment later, and it is drawn by just that.
    """

    clock: Callable[[], float] = time.monotonic
    _drafts: OrderedDict[str, PreparedPrompt] = field(default_factory=OrderedDict)

    def put(self, id: str, spec: JobSpec, extra: Mapping[str, str], plan: Plan | None) -> None:
        """Note what was found out about a job, with what was `fresh` for it."""
        if plan is None or spec.batch:
            return
        names = {name: value for name, value in extra.items() if name != PREFIX}
        identity = _identity(spec.mode, spec.values, spec.words, spec.loose)
        self._drafts[id] = PreparedPrompt(extra[PREFIX].rpartition("/")[2], plan, names, identity, self.clock())
        if len(self._drafts) > MOST_PREPARED:
            self._drafts.popitem(last=False)

    def take(self, record: Record, names: Mapping[str, str]) -> tuple[str, Plan | None]:
        """A prompt id that nobody has used, and the plan with it, where planning now would come to the same.

        It is given once; `names` are what ComfyUI calls the pictures.
        """
        draft = self.taken(record)
        if draft and dict(draft.names) == dict(names):
            return draft.prompt_id, draft.plan
        return str(uuid.uuid4()), None

    def taken(self, record: Record) -> PreparedPrompt | None:
        """The job's draft, given once, where planning now would come to the same with pictures of the same names."""
        draft, job = self._drafts.pop(record.job.id, None), record.job
        if not draft or job.batch or job.workflow or self.clock() - draft.since >= INFO_SECONDS:
            return None
        return draft if draft.identity == _identity(job.mode, job.values, record.words, record.loose) else None


class History:
    """What ComfyUI can forget: it keeps every prompt that has ended, whole and in memory, until it is told otherwise.

    It is told so of several at a time.
    """

    def __init__(self, comfy: Callable[[], Comfy]) -> None:
        self._comfy = comfy
        self._ended: list[str] = []
        self._work: asyncio.Task[None] | None = None

    def forget(self, prompt_id: str) -> None:
        """Let this prompt be removed in a moment."""
        self._ended.append(prompt_id)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._later())

    async def _later(self) -> None:
        while self._ended:
            await asyncio.sleep(LATER_SECONDS)
            ended, self._ended = self._ended, []
            try:
                await self._comfy().forget(*ended)
            except (Unavailable, BackendFailure):  # it ended, or it was only out of reach and has them still
                self._ended = [*ended, *self._ended][-MOST_ENDED:]
                return


class Cancellation:
    """Prompts that nobody wants any more: ComfyUI is told so until it obeys.

    It takes a prompt out of its queue, and only then forgets the interrupts before it: one that comes in between is
    lost.
    """

    def __init__(self, comfy: Callable[[], Comfy], history: History) -> None:
        self._comfy, self._history = comfy, history
        self._works: dict[str, asyncio.Task[None]] = {}

    async def add(self, prompt_id: str, late: float = 0.0, *, now: bool = True) -> None:
        """Take this prompt out, waiting or running. Returns when ComfyUI was told, or couldn't be; it is told again
        until the prompt is gone. For so many seconds it may be on its way yet; without `now` nobody waits."""
        if prompt_id not in self._works:  # first, since who waits for the answer may give up
            work = self._works[prompt_id] = asyncio.create_task(self._until_gone(prompt_id, time.monotonic() + late))
            work.add_done_callback(lambda _: self._works.pop(prompt_id))
        if now:
            with suppress(Unavailable, BackendFailure):
                await self._comfy().interrupt(prompt_id)

    async def _until_gone(self, prompt_id: str, late: float) -> None:
        pause = FIRST_SECONDS
        while not await self._gone(prompt_id, pause, late):
            pause = min(2 * pause, MOST_SECONDS)
        self._history.forget(prompt_id)

    async def _gone(self, prompt_id: str, pause: float, late: float) -> bool:
        await asyncio.sleep(pause)
        with suppress(Unavailable, BackendFailure):
            place = (await self._comfy().locate(prompt_id)).place
            if place is Place.ENDED or (place is Place.ABSENT and time.monotonic() >= late):
                return True
            await self._comfy().interrupt(prompt_id)
        return False


@dataclass(frozen=True)
class Post:
    """Queues prompts. `plan` binds a record's values (picture names included) to a workflow.

    A prompt's id is in its job's row before it is posted.
    """

    store: RetryingStore
    backend: Backend
    comfy: Callable[[], Comfy]
    plan: Callable[[Record, dict[str, Any]], Awaitable[Plan]]
    journal: Journal
    prepared: PlanCache = field(default_factory=PlanCache)

    @cached_property
    def history(self) -> History:
        """What ComfyUI may forget."""
        return History(self.comfy)

    @cached_property
    def unwanted(self) -> Cancellation:
        """What ComfyUI is to draw no longer."""
        return Cancellation(self.comfy, self.history)

    async def planned(self, record: Record, run_state: RunState, pictures: Mapping[str, str], prompt_id: str) -> Plan:
        """The running part's plan; `pictures` are names for the workflow's inputs."""
        own = record.job.batch[run_state.part] if record.job.batch else {}
        return await self.plan(record, {**own, **pictures, PREFIX: prefix(prompt_id)})

    async def queue(self, record: Record, run_state: RunState) -> Plan:
        """Queue the running part's prompt, unless it was queued before. Its id is stored before it is posted.

        Raises JobFailed, Unavailable and BackendFailure.
        """
        if run_state.prompt.id is not None:
            return await self._queued(record, run_state, run_state.prompt.id)
        names = await self._upload(record, run_state)
        prompt_id, plan = self.prepared.take(record, names)
        plan = plan or await self.planned(record, run_state, names, prompt_id)
        self._takes_up(run_state, prompt_id, plan)
        row = {
            "prompt_id": prompt_id,
            "cached": run_state.cached,
            **run_state.started.columns,
            **about(record, run_state, plan),
        }
        # Whatever ends this machine ends the ComfyUI on it: only one elsewhere would then draw the prompt in vain.
        if not await self.store.change(run_state.id, only_if=OPEN, lasting=False, **row):
            raise JobFailed("It was ended before it was drawn.")
        run_state.started.columns, run_state.prompt.id = {}, prompt_id
        self.journal.posting(prompt_id)
        await self._submit(record, run_state, plan, prompt_id)
        return plan

    async def _queued(self, record: Record, run_state: RunState, prompt_id: str) -> Plan:
        """The plan of a prompt that is there already."""
        self.journal.posting(prompt_id, line=run_state.ahead.claimed)
        run_state.ahead.claimed = False
        if run_state.prompt.plan is not None:
            return run_state.prompt.plan
        names = pictures_of(record.pictures, run_state.part)
        plan = await self.planned(record, run_state, names, prompt_id)
        self._takes_up(run_state, prompt_id, plan)
        return plan

    def claim(self, record: Record, run_state: RunState) -> tuple[Record, PreparedPrompt] | None:
        """The row of a job whose prompt goes out as soon as it is written; None where nothing is prepared for that."""
        draft = self.prepared.taken(record) if self.backend.line else None
        if draft is None:
            return None
        run_state.begin(0)
        self._takes_up(run_state, draft.prompt_id, draft.plan)
        run_state.prompt.id, run_state.ahead.claimed = draft.prompt_id, True
        job = replace(record.job, **about(record, run_state, draft.plan))
        return replace(record, prompt_id=draft.prompt_id, job=job), draft

    async def queue_claimed(self, record: Record, run_state: RunState, draft: PreparedPrompt) -> None:
        """Queue the prompt of such a job, after its pictures. Raises as `queue` does."""
        if await self._upload(record, run_state) != draft.names:
            raise JobFailed("ComfyUI calls a picture otherwise than it was thought.")
        await self._submit(record, run_state, draft.plan, draft.prompt_id)

    def _takes_up(self, run_state: RunState, prompt_id: str, plan: Plan) -> None:
        bound = plan.bound
        run_state.prompt.plan, run_state.progress.graph = plan, bound.prompt
        run_state.prompt.prefetch = Prefetch(self.comfy, self.store, prompt_id, bound.outputs.values())

    async def _submit(self, record: Record, run_state: RunState, plan: Plan, prompt_id: str) -> None:
        comfy, bound = self.comfy(), plan.bound
        run_state.prompt.ear, run_state.prompt.doubt = comfy.client_id, self.backend.generation
        try:
            await comfy.submit(prompt_id, bound.prompt, bound.graph, record.job.trace)
            run_state.prompt.doubt = None
        except PromptRefused as error:
            run_state.prompt.doubt = None
            await self.withdraw(run_state.prompt.id)  # where only a part was refused, the rest is queued
            raise JobFailed(in_the_callers_words(error, bound, record.words)) from error

    async def _upload(self, record: Record, run_state: RunState) -> dict[str, str]:
        names = {}
        with self.journal.stage(run_state, "uploading"):
            for name, key in pictures_of(record.pictures, run_state.part).items():
                data = await self.store.bytes(key)
                names[name] = await self.comfy().upload(data, key + suffix(data), FOLDER)
        return names

    async def withdraw(self, prompt_id: str | None, late: float = 0.0) -> None:
        """Take a job's prompt out of ComfyUI, waiting or running, or coming there within so many seconds."""
        if prompt_id is not None:
            await self.unwanted.add(prompt_id, late, now=self.backend.up)

    def forget(self, prompt_id: str) -> None:
        """Let ComfyUI remove a prompt that has ended, in a moment."""
        self.history.forget(prompt_id)

    def prepare(self, id: str, spec: JobSpec, pictures: Mapping[str, str], plan: Plan | None) -> None:
        """See `PlanCache.put`."""
        self.prepared.put(id, spec, pictures, plan)

    async def clear_up(self) -> None:
        """Take out of ComfyUI what a bridge that is no more had queued for jobs that have ended."""
        await self.backend.ready()
        with suppress(Unavailable, BackendFailure):
            for prompt_id in await self.store.ended(await self.comfy().queued()):
                await self.withdraw(prompt_id)


def about(record: Record, run_state: RunState, plan: Plan) -> dict[str, Any]:
    """What the row gets of a part's plan: its workflow, and of the first part what is said of all."""
    row: dict[str, Any] = {"workflow": plan.workflow.name}
    if run_state.part == 0:
        row |= {"notes": joined(record.job.notes, plan.notes), "used": dict(plan.bound.used)}
    return row


def joined(*groups: Iterable[str]) -> tuple[str, ...]:
    """Sentences, each said once."""
    return tuple(dict.fromkeys(line for group in groups for line in group))
