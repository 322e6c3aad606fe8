"""The job after the running one: its prompt waits in ComfyUI's queue already, so that nothing idles in between."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bridge.comfy.client import Place
from bridge.comfy.feed import Event
from bridge.dispatch.live import Live
from bridge.dispatch.run import AGAIN_SECONDS, MISSES, OPEN, Runner
from bridge.errors import BackendFailure, Unavailable
from bridge.job import JobState
from bridge.record import Record

MOST = 2  # jobs queued ahead, the second only once the running one is drawn: ComfyUI has no more than two at a time

log = logging.getLogger(__name__)


@dataclass
class Ahead:
    """Which job is next. What is queued ahead is still `queued` for the outside and may be cancelled as such."""

    runner: Runner
    previews: bool = True
    _lives: list[Live] = field(default_factory=list)
    _work: asyncio.Task[None] | None = None
    _posting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def ids(self) -> list[str]:
        """The jobs that were chosen already, in their order."""
        return [live.id for live in self._lives]

    def look(self, running: Live, more: asyncio.Event) -> None:
        """From now on queue the job that follows, once all of the running one is in ComfyUI; `more` is set by new ones.

        With a cache nothing is queued ahead: what is in there needs no prompt.
        """
        if self.runner.recall is None:
            self._work = asyncio.create_task(self._look(running, more))

    def hear(self, event: Event) -> None:
        """Take what is heard of the prompts."""
        for live in self._lives:
            live.take(event)

    async def settle(self) -> None:
        """Stop looking; what was begun is brought to its end."""
        work, self._work = self._work, None
        if work is None:
            return
        async with self._posting:
            work.cancel()
        (ended,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(ended, Exception):
            log.error("The next job could not be queued ahead", exc_info=ended)

    async def take(self) -> tuple[Record, Live] | None:
        """The job that is to run now, whether it was queued ahead or not; None without any."""
        while self._lives:
            live = self._lives[0]
            record = await self.runner.store.get(live.id)
            if record is None or record.job.state.final:
                await self.runner.withdraw(live)
                record = None
            elif self.runner.backend.generation != live.born and await self._gone(live.prompt_id):
                self._drop(live)
                return await self._anew(record, lost=live.heard > 0)
            self._drop(live)
            if record is not None:
                return record, live
        return await self._next()

    async def cancel(self, id: str) -> None:
        """The job of this id was cancelled: see that nobody draws it."""
        for live in self._lives:
            if live.id == id:
                await self.runner.withdraw(live)

    async def give_back(self) -> None:
        """Take the prompts out of ComfyUI's queue; the jobs go on waiting. What is drawn there already is found at the
        next start."""
        await self.settle()
        async with self._posting:
            while self._lives:
                await self._returned(self._lives.pop())

    async def _look(self, running: Live, more: asyncio.Event) -> None:
        await running.posted.wait()
        while True:
            more.clear()
            drawn = running.drawn.is_set()
            async with self._posting:
                await self._reorder(running)
            await self._fill(running, MOST if drawn else 1)
            await _any_of(more, *([] if drawn else [running.drawn]))

    async def _reorder(self, running: Live) -> None:
        """Take those back before whom another job goes by now, unless ComfyUI draws them already."""
        kept: list[Live] = []
        for live in list(self._lives):
            record = await self._after(running, kept)
            if (record is not None and record.job.id == live.id) or not await self._returned(live):
                kept.append(live)
            else:
                self._drop(live)

    def _drop(self, live: Live) -> None:
        self._lives = [each for each in self._lives if each is not live]

    async def _fill(self, running: Live, count: int) -> None:
        while len(self._lives) < count and all(live.posted.is_set() for live in self._lives):
            record = await self._after(running, self._lives)
            if record is None or record.cancel_requested or record.job.restarts:
                return  # one that ended ComfyUI once is drawn alone
            async with self._posting:
                with self.runner.journal.about(record.job):
                    await self._queue(record)

    async def _after(self, running: Live, lives: list[Live]) -> Record | None:
        """The job that comes after these."""
        served = [live.job.owner for live in lives if live.job]
        return await self.runner.store.next([running.id, *(live.id for live in lives)], served)

    async def _queue(self, record: Record) -> None:
        live = self._begun(record)
        live.ahead, live.born = True, self.runner.backend.generation
        self._lives.append(live)
        if await self.runner.ahead(record, live) and record.job.part + 1 >= record.job.parts:
            live.posted.set()

    async def _next(self) -> tuple[Record, Live] | None:
        record = await self.runner.store.next()
        if record is None:
            return None
        waited = record.job.state is JobState.QUEUED and record.prompt_id is not None
        if waited and await self._gone(record.prompt_id):  # queued ahead by a process that is no more
            return await self._anew(record)
        return record, self._begun(record)

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

    async def _anew(self, record: Record, *, lost: bool = False) -> tuple[Record, Live]:
        """The job without its prompt. That is no loss of its own, unless ComfyUI ended while it drew this one."""
        restarts = record.job.restarts + lost
        await self.runner.store.change(record.job.id, only_if=OPEN, prompt_id=None, restarts=restarts)
        record = replace(record, prompt_id=None, job=replace(record.job, restarts=restarts))
        live = self._begun(record)
        live.lost = int(lost)
        return record, live

    def _begun(self, record: Record) -> Live:
        # a preview is the picture before the filter looked at it
        return Live(record.job.id, self.previews, cancelled=record.cancel_requested, job=record.job)

    async def _returned(self, live: Live) -> bool:
        """Whether the job's prompt is out of ComfyUI, which had not begun it; the job goes on waiting."""
        record = await self.runner.store.get(live.id)
        if record is None or record.job.state.final:
            await self.runner.withdraw(live)
            return True
        looks = MISSES
        with suppress(Unavailable, BackendFailure):
            if live.prompt_id is not None:
                if await self._place(live.prompt_id) is Place.PENDING:
                    looks = 1  # it was seen a moment ago
                await self.runner.comfy().unqueue(live.prompt_id)
            if await self._gone(live.prompt_id, looks):
                await self._anew(record)
                return True
        return False


async def _any_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
