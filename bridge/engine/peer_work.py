"""What a bridge and the others on its database do for each other: tell what happened, hold what is drawn, obey."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bridge import __version__
from bridge.core.errors import BackendFailure, NoComfyUI, StorageError, Unavailable
from bridge.core.job import Job, JobState
from bridge.core.settings import Settings
from bridge.drawing.capabilities import Capabilities, RemoteComfy
from bridge.drawing.run_state import RunState
from bridge.engine.fleet import NO_COMFYUI, Fleet
from bridge.engine.inventory import Inventory
from bridge.engine.worker import Watchers, Worker
from bridge.storage.peers import KNOWN_SECONDS, LEASE_SECONDS, RENEW_SECONDS, SHOW_SECONDS, Lease, Live, News, What
from bridge.storage.port import JobStore
from bridge.workflow.library import Library
from bridge.workflow.plan import Plan

log = logging.getLogger(__name__)


class PeerWork:
    """One for a bridge. Where nobody shares its database, there is nothing to do."""

    def __init__(self, settings: Settings, library: Library, store: JobStore, fleet: Fleet, watchers: Watchers) -> None:
        self._settings, self._library = settings, library
        self._store, self._peers, self._fleet, self._watchers = store, store.peers, fleet, watchers
        self._inventories = {worker.name: Inventory(worker, settings, self._peers) for worker in fleet}
        self._met: dict[str, RemoteComfy | None] = {}
        self._shown: dict[str, Live] = {}
        self._freeing: asyncio.Task[None] | None = None
        fleet.hear = self._hear_all if self._peers.shared else None

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on for as long as the bridge runs."""
        if not self._peers.shared:
            return []
        return [self._peers.follow(self._hear), self._renew(), self._show(), self._meet()]

    async def begin(self) -> None:
        """Hear what others can before the first request, which would be accepted unseen."""
        if self._peers.shared:
            with suppress(StorageError):
                await self._hear_what_others_can()

    async def _hear_all(self) -> bool:
        """Hear what others can; whether all who live have told it, those that have only just been started too."""
        await self._hear_what_others_can()
        return all("can" in each for each in await self._peers.workers())

    async def tell(self, news: News) -> None:
        """Tell all others."""
        await self._peers.tell(news)

    async def expect(self) -> None:
        """See that somebody is known who may draw a job that nobody could judge. Raises NoComfyUI, StorageError."""
        if self._met or self._inventories or not self._peers.shared:
            return
        if all(each["seen_seconds"] > KNOWN_SECONDS for each in await self._peers.roster()):
            raise NoComfyUI(f"{NO_COMFYUI}, and no worker is known that would draw.", hint="Start one: pixart worker.")

    async def needs(self, plan: Plan) -> str:
        """What a job's row is to say of what this takes: the digest under which it is kept for all who may draw it."""
        await self._peers.need(plan.needs)
        return plan.needs.digest

    async def elsewhere(self, dialect: str, owner: str) -> list[Job]:
        """The dialect's jobs that others draw; with an `owner`, only its own."""
        if not self._peers.shared:
            return []
        running = await self._store.list(dialect=dialect, states=[JobState.RUNNING], owner=owner)
        return [record.job for record in running if self._fleet.run(record.job.id) is None]

    async def workers(self) -> dict[str, Any]:
        """All ComfyUIs that draw from this database, and those that fell silent, for who asks how it is."""
        known = await self._peers.roster()
        lost = [each for each in known if each["seen_seconds"] > LEASE_SECONDS]
        return {"fleet": [each for each in known if each not in lost], "lost": lost} if self._peers.shared else {}

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
                await self._peers.report({worker.name: self._report(worker) for worker in self._fleet})
            await asyncio.sleep(RENEW_SECONDS)

    async def _meet(self) -> None:
        """Tell the others what the ComfyUIs here can, and hear what theirs can."""
        while True:
            with suppress(StorageError):
                await self._hear_what_others_can()
            for inventory in self._inventories.values():
                with suppress(StorageError, Unavailable, BackendFailure):
                    await inventory.renew()
            await asyncio.sleep(RENEW_SECONDS)

    async def _hear_what_others_can(self) -> None:
        known = await self._peers.known()
        for digest in (each for each in known if each not in self._met):
            content = await self._peers.published(digest)
            if content is not None:
                self._met[digest] = await asyncio.to_thread(self._remote, content)
        self._met = {digest: self._met[digest] for digest in known if digest in self._met}
        own = {self._inventories[worker.name].digest for worker in self._fleet if worker.backend.up}
        self._fleet.remotes = [remote for digest, remote in self._met.items() if remote and digest not in own]

    def _remote(self, content: bytes) -> RemoteComfy | None:
        """None for what a process of another version published, if that can't be read."""
        looks = [worker.comfy_state.seen for worker in self._fleet]
        like = [*(look.info for look in looks), *(remote.info for remote in list(self._met.values()) if remote)]
        try:
            return RemoteComfy(Capabilities.parsed(content, like), self._settings, self._library)
        except ValueError:
            log.warning("What another ComfyUI can isn't known: its process has another version of Pixart")
            return None

    def _report(self, worker: Worker) -> dict[str, Any]:
        run_state, inventory = worker.running, self._inventories[worker.name]
        draws = run_state.id if run_state else None
        return {**worker.report(), **inventory.report, "version": __version__, "draws": draws}

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


def _live(run_state: RunState) -> Live:
    now = run_state.progress
    return Live(run_state.part, now.done, now.step, now.preview)


def _skip(run_state: RunState, part: int) -> None:
    if run_state.part == part and not run_state.skipped:
        run_state.skip()
