"""A job's prompt on its way: prepared at acceptance, posted to ComfyUI's queue, taken out, removed from history."""

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
from bridge.core.job import OPEN_STATES, JobSpec
from bridge.drawing.comfy_state import INFO_SECONDS
from bridge.drawing.journal import Journal
from bridge.drawing.run_state import Prefetch, RunState
from bridge.storage.artifacts import suffix
from bridge.storage.record import Record
from bridge.storage.retrying_store import RetryingStore
from bridge.workflow.plan import PREFIX, Plan, in_the_callers_words, pictures_of

OUTPUT_FOLDER = "pixart"  # the folder of jobs' pictures, below ComfyUI's input folder
MOST_PREPARED = 16  # plans in the cache; a job that waits for longer is planned again

LATER_SECONDS = 0.5  # ended prompts are gathered so long and removed from the history by one request
MOST_ENDED = 1000  # prompts still to be removed while ComfyUI doesn't answer

FIRST_SECONDS = 0.03  # between the first tries to take a prompt out, less than a sampler's step takes
MOST_SECONDS = 1.0  # between later tries, while a node runs that doesn't look for interrupts


def prefix(prompt_id: str) -> str:
    """The file prefix of a prompt's results below ComfyUI's output folder; 256 folders keep each listing short."""
    return f"pixart/{prompt_id[:2]}/{prompt_id}"


def expected(key: str, data: bytes) -> str:
    """The name of an uploaded picture in ComfyUI, unless ComfyUI has another picture of that name."""
    return f"{OUTPUT_FOLDER}/{key}{suffix(data)}"


def fresh(spec: JobSpec, pictures: Mapping[str, str]) -> dict[str, str]:
    """Values for the first part of a new job: the expected names of its pictures in ComfyUI, and a new file prefix.

    `pictures` are the pictures' content hashes by input name.
    """
    data_by_key = {pictures[name]: upload.data for name, upload in spec.pictures.items()}
    names = {name: expected(key, data_by_key[key]) for name, key in pictures_of(pictures, 0).items()}
    return {**names, PREFIX: prefix(str(uuid.uuid4()))}


@dataclass(frozen=True)
class PreparedPrompt:
    """A planned prompt under an id that is still unused."""

    prompt_id: str
    plan: Plan
    names: Mapping[str, str]  # the pictures' names in ComfyUI, by input
    identity: tuple[Any, ...]  # all of the request that the plan was made of
    since: float  # by the cache's clock, in seconds


def _identity(mode: str, values: Mapping[str, Any], words: Mapping[str, str], loose: bool) -> tuple[Any, ...]:
    return mode, dict(values), dict(words), loose


@dataclass
class PlanCache:
    """Plans made when jobs were accepted, by job id: mostly a job's turn comes a moment later, with the same plan."""

    clock: Callable[[], float] = time.monotonic
    _drafts: OrderedDict[str, PreparedPrompt] = field(default_factory=OrderedDict)

    def put(self, id: str, spec: JobSpec, extra: Mapping[str, str], plan: Plan | None) -> None:
        """Keep the plan of an accepted job; `extra` is the result of `fresh` that the plan was made with."""
        if plan is None or spec.batch:
            return
        names = {name: value for name, value in extra.items() if name != PREFIX}
        identity = _identity(spec.mode, spec.values, spec.words, spec.loose)
        self._drafts[id] = PreparedPrompt(extra[PREFIX].rpartition("/")[2], plan, names, identity, self.clock())
        if len(self._drafts) > MOST_PREPARED:
            self._drafts.popitem(last=False)

    def take(self, record: Record, names: Mapping[str, str]) -> tuple[str, Plan | None]:
        """An unused prompt id, and the plan with that id where planning now would give the same plan, else None.

        A plan is handed out once; `names` are the pictures' names in ComfyUI.
        """
        draft = self.draft_of(record)
        if draft and dict(draft.names) == dict(names):
            return draft.prompt_id, draft.plan
        return str(uuid.uuid4()), None

    def draft_of(self, record: Record) -> PreparedPrompt | None:
        """The job's prepared prompt, handed out once; None where planning now could give another plan."""
        draft, job = self._drafts.pop(record.job.id, None), record.job
        if not draft or job.batch or job.workflow or self.clock() - draft.since >= INFO_SECONDS:
            return None
        return draft if draft.identity == _identity(job.mode, job.values, record.words, record.loose) else None


class History:
    """Removes ended prompts from ComfyUI's history, several by one request: ComfyUI keeps all of them in memory."""

    def __init__(self, comfy: Callable[[], Comfy]) -> None:
        self._comfy = comfy
        self._ended: list[str] = []
        self._work: asyncio.Task[None] | None = None

    def forget(self, prompt_id: str) -> None:
        """Remove this prompt within LATER_SECONDS."""
        self._ended.append(prompt_id)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._later())

    async def _later(self) -> None:
        while self._ended:
            await asyncio.sleep(LATER_SECONDS)
            ended, self._ended = self._ended, []
            try:
                await self._comfy().forget(*ended)
            except (Unavailable, BackendFailure):  # a ComfyUI that was only out of reach has the prompts still
                self._ended = [*ended, *self._ended][-MOST_ENDED:]
                return


class Cancellation:
    """Takes prompts out of ComfyUI, by repeated interrupts until a prompt is gone.

    One interrupt isn't enough: ComfyUI clears interrupts after it takes a prompt from its queue, so that an interrupt
    in between is lost.
    """

    def __init__(self, comfy: Callable[[], Comfy], history: History) -> None:
        self._comfy, self._history = comfy, history
        self._works: dict[str, asyncio.Task[None]] = {}

    async def add(self, prompt_id: str, late_seconds: float = 0.0, *, now: bool = True) -> None:
        """Take this prompt out of ComfyUI, waiting or running; a task repeats the interrupt until the prompt is gone.

        With `now` the first interrupt is sent before this returns. A prompt may still be on its way to ComfyUI for
        `late_seconds`.
        """
        if prompt_id not in self._works:  # before the interrupt, since the caller may be cancelled while it waits
            work = self._works[prompt_id] = asyncio.create_task(
                self._until_gone(prompt_id, time.monotonic() + late_seconds)
            )
            work.add_done_callback(lambda _: self._works.pop(prompt_id))
        if now:
            with suppress(Unavailable, BackendFailure):
                await self._comfy().interrupt(prompt_id)

    async def _until_gone(self, prompt_id: str, deadline: float) -> None:
        pause = FIRST_SECONDS
        while not await self._is_gone(prompt_id, pause, deadline):
            pause = min(2 * pause, MOST_SECONDS)
        self._history.forget(prompt_id)

    async def _is_gone(self, prompt_id: str, pause: float, deadline: float) -> bool:
        await asyncio.sleep(pause)
        with suppress(Unavailable, BackendFailure):
            place = (await self._comfy().locate(prompt_id)).place
            if place is Place.ENDED or (place is Place.ABSENT and time.monotonic() >= deadline):
                return True
            await self._comfy().interrupt(prompt_id)
        return False


@dataclass(frozen=True)
class Post:
    """Posts prompts to ComfyUI. `plan` binds a record's values (picture names included) to a workflow.

    A prompt's id is in its job's row before the prompt is posted.
    """

    store: RetryingStore
    backend: Backend
    comfy: Callable[[], Comfy]
    plan: Callable[[Record, dict[str, Any]], Awaitable[Plan]]
    journal: Journal
    plan_cache: PlanCache = field(default_factory=PlanCache)

    @cached_property
    def history(self) -> History:
        """The remover of ended prompts."""
        return History(self.comfy)

    @cached_property
    def cancellation(self) -> Cancellation:
        """The remover of prompts that are waiting or running."""
        return Cancellation(self.comfy, self.history)

    async def planned(self, record: Record, run_state: RunState, pictures: Mapping[str, str], prompt_id: str) -> Plan:
        """The running part's plan; `pictures` are names for the workflow's inputs."""
        part_values = record.job.batch[run_state.part] if record.job.batch else {}
        return await self.plan(record, {**part_values, **pictures, PREFIX: prefix(prompt_id)})

    async def queue(self, record: Record, run_state: RunState) -> Plan:
        """Post the running part's prompt, unless that was done before; its id is stored first. Returns the plan.

        Raises JobFailed, Unavailable and BackendFailure.
        """
        if run_state.prompt.id is not None:
            return await self._queued(record, run_state, run_state.prompt.id)
        names = await self._upload(record, run_state)
        prompt_id, plan = self.plan_cache.take(record, names)
        plan = plan or await self.planned(record, run_state, names, prompt_id)
        self._takes_up(run_state, prompt_id, plan)
        row = {
            "prompt_id": prompt_id,
            "cached": run_state.cached,
            **run_state.started.columns,
            **plan_columns(record, run_state, plan),
        }
        # Not durable: a power cut ends the ComfyUI of this machine too, and one elsewhere would draw in vain at most.
        if not await self.store.change(run_state.id, only_if=OPEN_STATES, durable=False, **row):
            raise JobFailed("It was ended before it was drawn.")
        run_state.started.columns, run_state.prompt.id = {}, prompt_id
        self.journal.posting(prompt_id)
        await self._submit(record, run_state, plan, prompt_id)
        return plan

    async def _queued(self, record: Record, run_state: RunState, prompt_id: str) -> Plan:
        """The plan of a prompt that ComfyUI has already."""
        self.journal.posting(prompt_id, line=run_state.ahead.claimed)
        run_state.ahead.claimed = False
        if run_state.prompt.plan is not None:
            return run_state.prompt.plan
        names = pictures_of(record.pictures, run_state.part)
        plan = await self.planned(record, run_state, names, prompt_id)
        self._takes_up(run_state, prompt_id, plan)
        return plan

    def claim(self, record: Record, run_state: RunState) -> tuple[Record, PreparedPrompt] | None:
        """The row and prompt of a job that is posted once its row is written; None without a prepared plan."""
        draft = self.plan_cache.draft_of(record) if self.backend.line else None
        if draft is None:
            return None
        run_state.begin(0)
        self._takes_up(run_state, draft.prompt_id, draft.plan)
        run_state.prompt.id, run_state.ahead.claimed = draft.prompt_id, True
        job = replace(record.job, **plan_columns(record, run_state, draft.plan))
        return replace(record, prompt_id=draft.prompt_id, job=job), draft

    async def queue_claimed(self, record: Record, run_state: RunState, draft: PreparedPrompt) -> None:
        """Upload the pictures and post the prompt of a job that `claim` prepared. Raises as `queue` does."""
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
            await self.withdraw(run_state.prompt.id)  # ComfyUI queues the valid rest of a partly refused prompt
            raise JobFailed(in_the_callers_words(error, bound, record.words)) from error

    async def _upload(self, record: Record, run_state: RunState) -> dict[str, str]:
        names = {}
        with self.journal.stage(run_state, "uploading"):
            for name, key in pictures_of(record.pictures, run_state.part).items():
                data = await self.store.bytes(key)
                names[name] = await self.comfy().upload(data, key + suffix(data), OUTPUT_FOLDER)
        return names

    async def withdraw(self, prompt_id: str | None, late_seconds: float = 0.0) -> None:
        """Take a job's prompt out of ComfyUI, waiting or running, or arriving there within `late_seconds`."""
        if prompt_id is not None:
            await self.cancellation.add(prompt_id, late_seconds, now=self.backend.up)

    def forget(self, prompt_id: str) -> None:
        """Remove an ended prompt from ComfyUI's history within LATER_SECONDS."""
        self.history.forget(prompt_id)

    def prepare(self, id: str, spec: JobSpec, pictures: Mapping[str, str], plan: Plan | None) -> None:
        """See `PlanCache.put`."""
        self.plan_cache.put(id, spec, pictures, plan)

    async def clear_up(self) -> None:
        """Take out of ComfyUI the prompts of ended jobs that an earlier bridge left there."""
        await self.backend.ready()
        with suppress(Unavailable, BackendFailure):
            for prompt_id in await self.store.ended(await self.comfy().queued()):
                await self.withdraw(prompt_id)


def plan_columns(record: Record, run_state: RunState, plan: Plan) -> dict[str, Any]:
    """Columns of the job's row from a part's plan: the workflow, and with the first part the notes and used values."""
    row: dict[str, Any] = {"workflow": plan.workflow.name}
    if run_state.part == 0:
        row |= {"notes": joined(record.job.notes, plan.notes), "used": dict(plan.bound.used)}
    return row


def joined(*groups: Iterable[str]) -> tuple[str, ...]:
    """The sentences of all groups in order, each once."""
    return tuple(dict.fromkeys(line for group in groups for line in group))
