"""What a bridge and the others on its database do for each other: tell what happened, hold what is drawn, obey."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bridge import __version__
from bridge.core.errors import StorageError
from bridge.core.job import Job, JobState
from bridge.drawing.run_state import RunState
from bridge.engine.fleet import Fleet
from bridge.engine.watchers import Watchers
from bridge.engine.worker import Worker
from bridge.storage.peers import RENEW_SECONDS, SHOW_SECONDS, Lease, Live, News, What
from bridge.storage.port import JobStore

log = logging.getLogger(__name__)


class PeerWork:
    """One for a bridge. Where nobody shares its database, there is nothing to do."""

    def __init__(self, store: JobStore, fleet: Fleet, watchers: Watchers) -> None:
        self._store, self._peers, self._fleet, self._watchers = store, store.peers, fleet, watchers
        self._shown: dict[str, Live] = {}
        self._freeing: asyncio.Task[None] | None = None

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on for as long as the bridge runs."""
        if not self._peers.shared:
            return []
        return [self._peers.follow(self._hear), self._renew(), self._show()]

    async def tell(self, news: News) -> None:
        """Tell all others."""
        await self._peers.tell(news)

    async def elsewhere(self, dialect: str, owner: str) -> list[Job]:
        """The dialect's jobs that others draw; with an `owner`, only its own."""
        if not self._peers.shared:
            return []
        running = await self._store.list(dialect=dialect, states=[JobState.RUNNING], owner=owner)
        return [record.job for record in running if self._fleet.run(record.job.id) is None]

    async def workers(self) -> dict[str, Any]:
        """All ComfyUIs that draw from this database, for who asks how it is."""
        return {"fleet": list(await self._peers.workers())} if self._peers.shared else {}

    async def answers(self) -> bool:
        """Whether any of them would draw."""
        return any(worker["up"] for worker in await self._peers.workers())

    async def seen(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs with what is known beyond their rows, whoever draws them."""
        others = [job.id for job in jobs if job.state is JobState.RUNNING and self._fleet.run(job.id) is None]
        lives = await self._peers.seen(others) if others else {}
        return [self._with(job, lives.get(job.id)) for job in jobs]

    def _with(self, job: Job, live: Live | None) -> Job:
        run_state = None if job.state.final else self._fleet.run(job.id)
        if run_state is not None:
            return run_state.seen(job)
        if live is None:
            return job
        progress = (live.part + live.done) / job.parts
        return replace(job, part=live.part, progress=progress, step=live.step, preview=live.preview)

    def _hear(self, news: News) -> None:
        run_state = self._fleet.run(news.id) if news.id else None
        if news.id:
            self._watchers.wake(news.id, step=news.what is What.STEP)
        if news.what is What.ALL:
            self._watchers.wake_all()
        elif news.what is What.CANCEL and run_state is not None:
            run_state.cancel()
        elif news.what is What.SKIP and run_state is not None:
            _skip(run_state, news.part)
        elif news.what is What.REFRESH:
            self._fleet.forget()
        elif news.what is What.FREE:
            self._freeing = asyncio.create_task(self._free())

    async def _free(self) -> None:
        # Gathered: what goes wrong at one ComfyUI is its own affair.
        await asyncio.gather(self._fleet.free(), return_exceptions=True)

    async def _renew(self) -> None:
        """Hold on to what is drawn here, and do what was wanted of it while nothing was heard; tell how the ComfyUIs
        are."""
        while True:
            with suppress(StorageError):
                await self._obey(await self._peers.renew())
                await self._peers.report({worker.name: _report(worker) for worker in self._fleet})
            await asyncio.sleep(RENEW_SECONDS)

    async def _obey(self, lease: Lease) -> None:
        for worker in self._fleet:
            if worker.running is not None and worker.running.id in lease.lost:
                log.warning("The job %s is another one's by now, who heard nothing from here", worker.running.id)
                await worker.abandon()
        for run_state in self._fleet.runs:
            if run_state.id in lease.cancelled:
                run_state.cancel()
            if run_state.id in lease.skipped:
                _skip(run_state, lease.skipped[run_state.id])

    async def _show(self) -> None:
        """Let the others see how far the jobs are."""
        while True:
            await asyncio.sleep(SHOW_SECONDS)
            lives = {run_state.id: _live(run_state) for run_state in self._fleet.runs}
            for id, live in lives.items():
                if live != self._shown.get(id):
                    with suppress(StorageError):
                        await self._peers.show(id, live)
            self._shown = lives


def _report(worker: Worker) -> dict[str, Any]:
    run_state = worker.running
    return {**worker.report(), "version": __version__, "draws": run_state.id if run_state else None}


def _live(run_state: RunState) -> Live:
    now = run_state.progress
    return Live(run_state.part, now.done, now.step, now.preview)


def _skip(run_state: RunState, part: int) -> None:
    if run_state.part == part and not run_state.skipped:
        run_state.skip()
