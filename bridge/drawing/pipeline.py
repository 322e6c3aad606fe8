"""Jobs queued ahead of their turns: their prompts wait in ComfyUI's queue, so that ComfyUI never idles between jobs.

While no job runs, a new job's prompt goes to ComfyUI while the job's row is written to the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bridge.comfy.client import Place
from bridge.comfy.events import Event
from bridge.core.errors import BackendFailure, Unavailable
from bridge.core.job import OPEN_STATES, JobState
from bridge.drawing.outcome import AGAIN_SECONDS, MOST_MISSES
from bridge.drawing.post import PreparedPrompt
from bridge.drawing.run import Runner
from bridge.drawing.run_state import RunState
from bridge.storage.fitness import Fitness
from bridge.storage.record import Record

AT_A_TIME = 2  # prompts that ComfyUI has and hasn't drawn: one runs, one waits behind the first
QUICK_SECONDS = 0.05  # a quicker prompt ends while the next one is being posted, so that two may wait
MOST_CHOSEN = 4  # jobs queued ahead, among them drawn jobs whose pictures wait to be fetched

log = logging.getLogger(__name__)


@dataclass
class JobChoice:
    """Lets the workers of a bridge choose jobs one worker at a time, and no job twice.

    `workers` is their number, `runs` are the running jobs in the order of choice. `shared` says that other processes
    draw from the same database.
    """

    workers: int = 1
    runs: list[RunState] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    shared: bool = False

    @property
    def alone(self) -> bool:
        """Whether prompts may be queued ahead. Among several workers a job that waits at one worker could be drawn
        earlier by another, and which worker is free first isn't known beforehand."""
        return self.workers == 1 and not self.shared

    @property
    def busy(self) -> bool:
        """Whether a worker is choosing now."""
        return self.lock.locked()

    def begin(self, run_state: RunState) -> None:
        """A worker has chosen this job."""
        self.runs.append(run_state)

    def end(self, run_state: RunState | None) -> None:
        """The worker of this job turns to another job."""
        self.runs = [each for each in self.runs if each is not run_state]


async def _any(_: Record) -> bool:
    return True


@dataclass
class Pipeline:
    """Chooses the next job, and queues jobs ahead; for clients such a job is still `queued` and can be cancelled.

    `moved` is set when another job may be queued ahead: a job arrived, or a chosen one got further. `on_step` is called
    with the running job's id when its progress or preview changed. `may_draw` says of a record whether this ComfyUI is
    to draw the job, where other workers could; `fitness` tells the store the same, where peers share the jobs.
    """

    runner: Runner
    previews: bool = True
    on_step: Callable[[str], None] = lambda id: None
    may_draw: Callable[[Record], Awaitable[bool]] = _any
    job_choice: JobChoice = field(default_factory=JobChoice)
    fitness: Fitness | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    _running: RunState | None = None
    _lives: list[RunState] = field(default_factory=list)
    _claiming: asyncio.Task[None] | None = None
    _ending: bool = False
    _order_at: int | None = None  # the store's `shuffles` when the jobs queued ahead were last the next ones
    _empty_question: tuple[int, list[str]] | None = None  # the store's `shuffles` and these ids, when no job came next

    def __post_init__(self) -> None:
        self._store, self._backend = self.runner.store, self.runner.backend
        self._table = self._store.store  # the store itself, which raises its errors at once
        self._post, self._journal = self.runner.post, self.runner.journal

    @property
    def ids(self) -> list[str]:
        """Ids of the jobs queued ahead, in the order of their turns."""
        return [run_state.id for run_state in self._lives]

    async def listen(self, events: AsyncIterator[Event]) -> None:
        """Take the events of prompts, until the stream of events ends."""
        async for event in events:
            self.hear(event)

    def hear(self, event: Event) -> None:
        """Take one event."""
        for run_state in self._lives:
            run_state.take(event)
        if self._running and self._running.take(event):
            self.on_step(self._running.id)

    async def run(self) -> None:
        """Queue jobs ahead, for ever. With a result cache none is queued ahead, since a cached job needs no prompt."""
        try:
            while self.runner.result_cache is None and self.job_choice.alone:
                await self.moved.wait()
                self.moved.clear()
                [fault] = await asyncio.gather(self._look(), return_exceptions=True)
                _tell(fault)
        finally:
            if self._claiming:
                self._claiming.cancel()

    async def accept(self, record: Record, *, alone: bool) -> bool:
        """Write the row of a new job; False when the job's id is taken.

        A job that comes `alone`, while none is drawn, has its prompt posted while the disk writes the row; `take` finds
        out later what became of the prompt.
        """
        if not (alone and self._idle()):
            return await self._table.add(record)
        run_state = self._new_run_state(record)
        claimed = self._post.claim(record, run_state)
        if claimed is None:
            return await self._table.add(record)
        if not await self._claim(claimed[0], run_state):
            return False
        self._claiming = asyncio.create_task(self._post_claimed(*claimed, run_state))
        self._claiming.add_done_callback(lambda task: task.cancelled() or _tell(task.exception()))
        await self._table.sync()
        return True

    async def _claim(self, record: Record, run_state: RunState) -> bool:
        """Write the row of a job whose prompt is posted at once; False when the job's id is taken."""
        is_new = False
        try:
            async with self.job_choice.lock:  # free now; without it a worker might take the row
                is_new = await self._table.add(record, durable=False)
                if is_new:
                    run_state.ahead.queued, run_state.ahead.born = True, self._backend.generation
                    self._lives.append(run_state)
        finally:
            if not is_new:
                await run_state.prompt.close()
        return is_new

    def _idle(self) -> bool:
        busy = self._running or self._lives or self.job_choice.busy or self._ending
        return not busy and self._backend.up and self.runner.result_cache is None and self.job_choice.alone

    async def _post_claimed(self, record: Record, draft: PreparedPrompt, run_state: RunState) -> None:
        try:
            with self._journal.about(record.job):
                run_state.posted = await self.runner.queue_claimed(record, run_state, draft)
        finally:
            run_state.ahead.settle()
            self.moved.set()

    def move(self) -> None:
        """Look whether another job may be queued ahead."""
        self.moved.set()

    async def take(self) -> tuple[Record, RunState] | None:
        """The job to run now, queued ahead or not; None when no job waits."""
        async with self.job_choice.lock:
            self.job_choice.end(self._running)
            self._running = None
            turn = await self._first() or await self._next()
            if turn:
                self._running = turn[1]
                self.job_choice.begin(self._running)
        self.moved.set()
        return turn

    async def _first(self) -> tuple[Record, RunState] | None:
        """The first job queued ahead that has not ended meanwhile."""
        while self._lives:
            run_state = self._lives[0]
            await run_state.ahead.wait()
            record = await self._store.get(run_state.id)
            is_gone = record is not None and not record.final and await self._is_lost(run_state)
            self._drop(run_state)
            if record is None or record.final:
                await self.runner.withdraw(run_state)
                await run_state.prompt.close()
            elif is_gone:
                await self.runner.give_up(run_state)
                await run_state.prompt.close()
                return await self._anew(record, lost=run_state.progress.heard > 0 and not run_state.progress.drawn)
            else:
                return record, run_state
        return None

    async def _is_lost(self, run_state: RunState) -> bool:
        return self._backend.generation != run_state.ahead.born and await self._is_gone(run_state.prompt.id)

    async def cancel(self, id: str) -> None:
        """Take the prompt of a cancelled job out of ComfyUI, whichever process queued the prompt."""
        record = await self._store.get(id)
        if record:
            await self._post.withdraw(record.prompt_id)

    async def give_back(self) -> None:
        """Take the prompts of waiting jobs out of ComfyUI's queue, and queue no more; the jobs go on waiting. Prompts
        that are drawn already are found at the next start."""
        self._ending = True
        async with self.job_choice.lock:
            while self._lives:
                run_state = self._lives.pop()
                await run_state.ahead.wait()
                await self._take_back(run_state)

    async def _look(self) -> None:
        async with self.job_choice.lock:
            await self._reorder()
        while turn := await self._choose():
            with self._journal.about(turn[0].job):
                await self._queue(*turn)

    async def _reorder(self) -> None:
        """Take back the jobs queued ahead that another job precedes by now, unless ComfyUI draws them already."""
        shuffles = self._table.shuffles
        if self._order_at == shuffles:
            return
        self._order_at = shuffles
        in_order: list[RunState] = []
        for run_state in list(self._lives):
            if await self._stays(run_state, in_order):
                in_order.append(run_state)
            else:
                self._drop(run_state)

    async def _stays(self, run_state: RunState, before: list[RunState]) -> bool:
        if run_state.progress.drawn:
            return True
        if run_state.ahead.settled:
            record = await self._after(before)
            if record is not None and record.job.id == run_state.id:
                return True
            if await self._take_back(run_state):
                return False
        self._order_at = None  # ask again: the job may be taken back once its prompt is posted or ComfyUI answers
        return True

    def _drop(self, run_state: RunState) -> None:
        self._lives = [each for each in self._lives if each is not run_state]

    async def _choose(self) -> tuple[Record, RunState] | None:
        """The job whose prompt may be queued ahead now; None where none may."""
        async with self.job_choice.lock:
            if self._running is None or self._ending or not self._has_room([self._running, *self._lives]):
                return None
            record = await self._after(self._lives)
            if record is None or record.cancel_requested or record.job.restarts:
                return None  # a job that took ComfyUI down once is drawn alone
            if record.prompt_id is not None:
                return None  # its prompt is an earlier process's, and is looked up in the job's turn
            run_state = self._new_run_state(record)
            run_state.ahead.queued, run_state.ahead.born = True, self._backend.generation
            self._lives.append(run_state)
            return record, run_state

    def _has_room(self, run_states: list[RunState]) -> bool:
        undrawn = sum(not run_state.progress.drawn for run_state in run_states)
        quick = any(run_state.progress.drawn and run_state.progress.seconds < QUICK_SECONDS for run_state in run_states)
        return (
            undrawn < AT_A_TIME + quick
            and len(run_states) <= MOST_CHOSEN
            and all(run_state.posted for run_state in run_states)
        )

    async def _after(self, lives: list[RunState]) -> Record | None:
        """The job that comes after the running one and `lives`. A negative answer of the store is remembered while
        the store is unchanged, unless other bridges write to the store as well."""
        running = [self._running] if self._running else []
        served_owners = [run_state.job.owner for run_state in lives if run_state.job]
        question = self._table.shuffles, [run_state.id for run_state in (*running, *lives)]
        if self._empty_question == question and not self.job_choice.shared:
            return None
        record = await self._store.next(question[1], served_owners)
        self._empty_question = None if record else question
        return record

    async def _queue(self, record: Record, run_state: RunState) -> None:
        try:
            run_state.posted = (
                await self.runner.queue_ahead(record, run_state) and record.job.part + 1 >= record.job.parts
            )
        finally:
            run_state.ahead.settle()

    async def _next(self) -> tuple[Record, RunState] | None:
        record = await self._next_record()
        if record is None:
            return None
        was_queued = record.job.state is JobState.QUEUED and record.prompt_id is not None
        if was_queued and await self._is_gone(record.prompt_id):  # an earlier process queued the prompt ahead
            return await self._anew(record)
        return record, self._new_run_state(record)

    async def _next_record(self) -> Record | None:
        """The next job after those that the workers draw, without jobs that only other workers can draw."""
        chosen_ids = [run_state.id for run_state in self.job_choice.runs]
        served_owners = [run_state.job.owner for run_state in self.job_choice.runs if run_state.job]
        while record := await self._store.next(chosen_ids, served_owners, self.fitness):
            if self.job_choice.alone or await self.may_draw(record):
                return record
            await self._store.leave(record.job.id)
            chosen_ids.append(record.job.id)
        return None

    async def _is_gone(self, prompt_id: str | None, looks: int = MOST_MISSES) -> bool:
        """Whether ComfyUI has lost the prompt. As in a run a single look isn't enough, because a prompt that was drawn
        meanwhile comes into the history late."""
        if prompt_id is None:
            return True
        with suppress(Unavailable, BackendFailure):  # the prompt is looked up in the job's turn then
            for look in range(looks):
                await asyncio.sleep(AGAIN_SECONDS if look else 0)
                if await self._place(prompt_id) is not Place.ABSENT:
                    return False
            return True
        return False

    async def _place(self, prompt_id: str) -> Place:
        return (await self.runner.comfy().locate(prompt_id)).place

    async def _anew(self, record: Record, *, lost: bool = False) -> tuple[Record, RunState]:
        """The job without its prompt. The loss counts as the job's own only if ComfyUI ended while drawing this job."""
        restarts = record.job.restarts + lost
        if lost:
            with self._journal.about(record.job):
                self._journal.lost()
        await self._store.change(record.job.id, only_if=OPEN_STATES, prompt_id=None, restarts=restarts)
        record = replace(record, prompt_id=None, job=replace(record.job, restarts=restarts))
        run_state = self._new_run_state(record)
        run_state.ahead.lost = int(lost)
        return record, run_state

    def _new_run_state(self, record: Record) -> RunState:
        # With the NSFW filter there are no previews: a preview is a picture that the filter hasn't looked at.
        state = {"cancelled": record.cancel_requested, "job": record.job, "moved": self.moved}
        return RunState(record.job.id, self.previews, **state)

    async def _take_back(self, run_state: RunState) -> bool:
        """Take the prompt of a job that goes on waiting out of ComfyUI; False for a prompt that is drawn already."""
        record = await self._store.get(run_state.id)
        if record is None or record.final:
            await self.runner.withdraw(run_state)
            return True
        looks = MOST_MISSES
        with suppress(Unavailable, BackendFailure):
            if run_state.prompt.id is not None:
                if await self._place(run_state.prompt.id) is Place.PENDING:
                    looks = 1  # the prompt was there a moment ago
                await self.runner.comfy().unqueue(run_state.prompt.id)
            if await self._is_gone(run_state.prompt.id, looks):
                await self.runner.give_up(run_state)
                await self._anew(record)
                return True
        return False


def _tell(fault: BaseException | None) -> None:
    """Log a fault of the bridge, which must not end the queue."""
    if fault is not None:
        log.error("The next job could not be queued ahead", exc_info=fault)
