"""The jobs after the running one: their prompts wait in ComfyUI's queue already, so that nothing idles in between.

Where none runs, a new job's prompt goes there while its row gets to the disk.
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
from bridge.core.job import OPEN, JobState
from bridge.drawing.outcome import AGAIN_SECONDS, MISSES
from bridge.drawing.post import PreparedPrompt
from bridge.drawing.run import Runner
from bridge.drawing.run_state import RunState
from bridge.storage.fitness import Fitness
from bridge.storage.record import Record

AT_A_TIME = 2  # prompts that ComfyUI has and hasn't drawn: one that it draws, one that waits behind it
QUICK_SECONDS = 0.05  # a prompt that takes less is drawn while the next is being posted, so that two may wait
MOST = 4  # jobs queued ahead, those that are drawn and wait to be fetched among them

log = logging.getLogger(__name__)


@dataclass
class Choosing:
    """How the workers of a bridge choose jobs: one worker at a time, and no job twice. `workers` is how many there are,
    `runs` are the jobs that they draw, in the order in which they were chosen. `shared`: others draw of the same jobs.
    """

    workers: int = 1
    runs: list[RunState] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    shared: bool = False

    @property
    def alone(self) -> bool:
        """Whether prompts may be queued ahead: with several workers, one would idle while its next job waits at
        another's, and which worker is free first isn't known beforehand."""
        return self.workers == 1 and not self.shared

    @property
    def busy(self) -> bool:
        """Whether a worker is choosing now."""
        return self.lock.locked()

    def begin(self, run_state: RunState) -> None:
        """A worker has chosen this job."""
        self.runs.append(run_state)

    def end(self, run_state: RunState | None) -> None:
        """It turns to another one."""
        self.runs = [each for each in self.runs if each is not run_state]


async def _any(_: Record) -> bool:
    return True


@dataclass
class Pipeline:
    """Which job is next. What is queued ahead is still `queued` for the outside and may be cancelled as such.

    `moved` is set when it may be time for another one: a job arrived, or one that was chosen got further. `on_step` is
    called with the running job's id when its progress or preview changed. `able` says whether this ComfyUI can draw a
    job, where others could do it instead; `fitness` says the same beforehand, where others draw of the same jobs.
    """

    runner: Runner
    previews: bool = True
    on_step: Callable[[str], None] = lambda id: None
    able: Callable[[Record], Awaitable[bool]] = _any
    choosing: Choosing = field(default_factory=Choosing)
    fitness: Fitness | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    _running: RunState | None = None
    _lives: list[RunState] = field(default_factory=list)
    _claiming: asyncio.Task[None] | None = None
    _ending: bool = False
    _ordered: int | None = None  # the store's `shuffles` when those queued ahead were last seen to be the next ones
    _last: tuple[int, list[str]] | None = None  # the store's `shuffles` when no job came after these

    def __post_init__(self) -> None:
        self._store, self._backend = self.runner.store, self.runner.backend
        self._table = self._store.store  # where nothing is waited out
        self._post, self._journal = self.runner.post, self.runner.journal

    @property
    def ids(self) -> list[str]:
        """The jobs that were chosen already, in their order."""
        return [run_state.id for run_state in self._lives]

    async def listen(self, events: AsyncIterator[Event]) -> None:
        """Take what is heard of the prompts, for as long as something is."""
        async for event in events:
            self.hear(event)

    def hear(self, event: Event) -> None:
        """Take one event."""
        for run_state in self._lives:
            run_state.take(event)
        if self._running and self._running.take(event):
            self.on_step(self._running.id)

    async def run(self) -> None:
        """Queue what comes next, for ever. With a cache nothing is queued ahead: what is in there needs no prompt."""
        try:
            while self.runner.result_cache is None and self.choosing.alone:
                await self.moved.wait()
                self.moved.clear()
                [fault] = await asyncio.gather(self._look(), return_exceptions=True)
                _tell(fault)
        finally:
            if self._claiming:
                self._claiming.cancel()

    async def accept(self, record: Record, *, alone: bool) -> bool:
        """Write the row of a new job; False when its id is taken. Of one `alone`, while nothing is drawn, the prompt
        goes to ComfyUI while the disk is waited for: whatever comes of it, `take` finds out."""
        if not (alone and self._idle()):
            return await self._table.add(record)
        run_state = self._begun(record)
        claimed = self._post.claim(record, run_state)
        if claimed is None:
            return await self._table.add(record)
        if not await self._claim(claimed[0], run_state):
            return False
        self._claiming = asyncio.create_task(self._claimed(*claimed, run_state))
        self._claiming.add_done_callback(lambda task: task.cancelled() or _tell(task.exception()))
        await self._table.sync()
        return True

    async def _claim(self, record: Record, run_state: RunState) -> bool:
        """Write the row of the job that is next; whether it is there."""
        added = False
        try:
            async with self.choosing.lock:  # it is free: else somebody might take the row for another process's
                added = await self._table.add(record, lasting=False)
                if added:
                    run_state.ahead.queued, run_state.ahead.born = True, self._backend.generation
                    self._lives.append(run_state)
        finally:
            if not added:
                await run_state.prompt.close()
        return added

    def _idle(self) -> bool:
        busy = self._running or self._lives or self.choosing.busy or self._ending
        return not busy and self._backend.up and self.runner.result_cache is None and self.choosing.alone

    async def _claimed(self, record: Record, draft: PreparedPrompt, run_state: RunState) -> None:
        try:
            with self._journal.about(record.job):
                run_state.posted = await self.runner.claimed(record, run_state, draft)
        finally:
            run_state.ahead.settle()
            self.moved.set()

    def move(self) -> None:
        """It may be time for another job."""
        self.moved.set()

    async def take(self) -> tuple[Record, RunState] | None:
        """The job that is to run now, whether it was queued ahead or not; None without any."""
        async with self.choosing.lock:
            self.choosing.end(self._running)
            self._running = None
            chosen = await self._first() or await self._next()
            if chosen:
                self._running = chosen[1]
                self.choosing.begin(self._running)
        self.moved.set()
        return chosen

    async def _first(self) -> tuple[Record, RunState] | None:
        """The first that was queued ahead and is still wanted."""
        while self._lives:
            run_state = self._lives[0]
            await run_state.ahead.wait()
            record = await self._store.get(run_state.id)
            gone = record is not None and not record.final and await self._lost(run_state)
            self._drop(run_state)
            if record is None or record.final:
                await self.runner.withdraw(run_state)
                await run_state.prompt.close()
            elif gone:
                await self.runner.give_up(run_state)
                await run_state.prompt.close()
                return await self._anew(record, lost=run_state.progress.heard > 0 and not run_state.progress.drawn)
            else:
                return record, run_state
        return None

    async def _lost(self, run_state: RunState) -> bool:
        return self._backend.generation != run_state.ahead.born and await self._gone(run_state.prompt.id)

    async def cancel(self, id: str) -> None:
        """The job of this id was cancelled: see that nobody draws it, whoever queued it."""
        record = await self._store.get(id)
        if record:
            await self._post.withdraw(record.prompt_id)

    async def give_back(self) -> None:
        """Take the prompts out of ComfyUI's queue and queue no more; the jobs go on waiting. What is drawn already is
        found at the next start."""
        self._ending = True
        async with self.choosing.lock:
            while self._lives:
                run_state = self._lives.pop()
                await run_state.ahead.wait()
                await self._returned(run_state)

    async def _look(self) -> None:
        async with self.choosing.lock:
            await self._reorder()
        while chosen := await self._choose():
            with self._journal.about(chosen[0].job):
                await self._queue(*chosen)

    async def _reorder(self) -> None:
        """Take those back before whom another job goes by now, unless ComfyUI draws them already."""
        shuffles = self._table.shuffles
        if self._ordered == shuffles:
            return
        self._ordered = shuffles
        kept: list[RunState] = []
        for run_state in list(self._lives):
            if await self._stays(run_state, kept):
                kept.append(run_state)
            else:
                self._drop(run_state)

    async def _stays(self, run_state: RunState, before: list[RunState]) -> bool:
        if run_state.progress.drawn:
            return True
        if run_state.ahead.settled:
            record = await self._after(before)
            if record is not None and record.job.id == run_state.id:
                return True
            if await self._returned(run_state):
                return False
        self._ordered = None  # once it is settled, or ComfyUI answers, it may be taken back
        return True

    def _drop(self, run_state: RunState) -> None:
        self._lives = [each for each in self._lives if each is not run_state]

    async def _choose(self) -> tuple[Record, RunState] | None:
        """The job whose prompt may be queued now, if any."""
        async with self.choosing.lock:
            if self._running is None or self._ending or not self._has_room([self._running, *self._lives]):
                return None
            record = await self._after(self._lives)
            if record is None or record.cancel_requested or record.job.restarts:
                return None  # one that ended ComfyUI once is drawn alone
            if record.prompt_id is not None:
                return None  # of a bridge that is no more; whether it is still there is looked up in its turn
            run_state = self._begun(record)
            run_state.ahead.queued, run_state.ahead.born = True, self._backend.generation
            self._lives.append(run_state)
            return record, run_state

    def _has_room(self, chosen: list[RunState]) -> bool:
        undrawn = sum(not run_state.progress.drawn for run_state in chosen)
        quick = any(run_state.progress.drawn and run_state.progress.seconds < QUICK_SECONDS for run_state in chosen)
        return undrawn < AT_A_TIME + quick and len(chosen) <= MOST and all(run_state.posted for run_state in chosen)

    async def _after(self, lives: list[RunState]) -> Record | None:
        """The job that comes after the running one and these. The store is asked once where there is none, unless
        other bridges put jobs into it as well."""
        running = [self._running] if self._running else []
        served = [run_state.job.owner for run_state in lives if run_state.job]
        about = self._table.shuffles, [run_state.id for run_state in (*running, *lives)]
        if self._last == about and not self.choosing.shared:
            return None
        record = await self._store.next(about[1], served)
        self._last = None if record else about
        return record

    async def _queue(self, record: Record, run_state: RunState) -> None:
        try:
            run_state.posted = await self.runner.ahead(record, run_state) and record.job.part + 1 >= record.job.parts
        finally:
            run_state.ahead.settle()

    async def _next(self) -> tuple[Record, RunState] | None:
        record = await self._following()
        if record is None:
            return None
        waited = record.job.state is JobState.QUEUED and record.prompt_id is not None
        if waited and await self._gone(record.prompt_id):  # queued ahead by a process that is no more
            return await self._anew(record)
        return record, self._begun(record)

    async def _following(self) -> Record | None:
        """The job after those that all workers draw; one that only others can draw is left to them."""
        besides = [run_state.id for run_state in self.choosing.runs]
        served = [run_state.job.owner for run_state in self.choosing.runs if run_state.job]
        while record := await self._store.next(besides, served, self.fitness):
            if self.choosing.alone or await self.able(record):
                return record
            await self._store.leave(record.job.id)
            besides.append(record.job.id)
        return None

    async def _gone(self, prompt_id: str | None, looks: int = MISSES) -> bool:
        """Whether the prompt is gone with the ComfyUI that had it. As in a run, a single look isn't believed: what was
        drawn meanwhile comes into the history late."""
        if prompt_id is None:
            return True
        with suppress(Unavailable, BackendFailure):  # then it is looked up in its turn
            for look in range(looks):
                await asyncio.sleep(AGAIN_SECONDS if look else 0)
                if await self._place(prompt_id) is not Place.ABSENT:
                    return False
            return True
        return False

    async def _place(self, prompt_id: str) -> Place:
        return (await self.runner.comfy().locate(prompt_id)).place

    async def _anew(self, record: Record, *, lost: bool = False) -> tuple[Record, RunState]:
        """The job without its prompt. That is no loss of its own, unless ComfyUI ended while it drew this one."""
        restarts = record.job.restarts + lost
        if lost:
            with self._journal.about(record.job):
                self._journal.lost()
        await self._store.change(record.job.id, only_if=OPEN, prompt_id=None, restarts=restarts)
        record = replace(record, prompt_id=None, job=replace(record.job, restarts=restarts))
        run_state = self._begun(record)
        run_state.ahead.lost = int(lost)
        return record, run_state

    def _begun(self, record: Record) -> RunState:
        # a preview is the picture before the filter looked at it
        about = {"cancelled": record.cancel_requested, "job": record.job, "moved": self.moved}
        return RunState(record.job.id, self.previews, **about)

    async def _returned(self, run_state: RunState) -> bool:
        """Whether the job's prompt is out of ComfyUI, which had not begun it; the job goes on waiting."""
        record = await self._store.get(run_state.id)
        if record is None or record.final:
            await self.runner.withdraw(run_state)
            return True
        looks = MISSES
        with suppress(Unavailable, BackendFailure):
            if run_state.prompt.id is not None:
                if await self._place(run_state.prompt.id) is Place.PENDING:
                    looks = 1  # it was seen a moment ago
                await self.runner.comfy().unqueue(run_state.prompt.id)
            if await self._gone(run_state.prompt.id, looks):
                await self.runner.give_up(run_state)
                await self._anew(record)
                return True
        return False


def _tell(fault: BaseException | None) -> None:
    """A fault of ours never ends the queue."""
    if fault is not None:
        log.error("The next job could not be queued ahead", exc_info=fault)
