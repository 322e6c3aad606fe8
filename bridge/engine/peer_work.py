"""What bridges on one database do for each other: pass on news, renew leases, show progress, obey cancellations."""

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
from bridge.storage.peers import (
    KNOWN_SECONDS,
    LEASE_SECONDS,
    RENEW_SECONDS,
    SHOW_SECONDS,
    Lease,
    News,
    PeerProgress,
    Topic,
)
from bridge.storage.port import JobStore
from bridge.workflow.library import Library
from bridge.workflow.plan import Plan

log = logging.getLogger(__name__)


class PeerWork:
    """One bridge's dealings with its peers; idle on a database that no other process shares."""

    def __init__(self, settings: Settings, library: Library, store: JobStore, fleet: Fleet, watchers: Watchers) -> None:
        self._settings, self._library = settings, library
        self._store, self._peers, self._fleet, self._watchers = store, store.peers, fleet, watchers
        self._inventories = {worker.name: Inventory(worker, settings, self._peers) for worker in fleet}
        self._remotes: dict[str, RemoteComfy | None] = {}
        self._shown_progress: dict[str, PeerProgress] = {}
        self._freeing: asyncio.Task[None] | None = None
        fleet.hear = self._hear_all if self._peers.shared else None

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """The tasks that run for as long as the bridge does."""
        if not self._peers.shared:
            return []
        return [self._peers.follow(self._hear), self._renew(), self._show(), self._meet()]

    async def begin(self) -> None:
        """Read the peers' capabilities before the first request, which would else be accepted unplanned."""
        if self._peers.shared:
            with suppress(StorageError):
                await self._hear_what_others_can()

    async def _hear_all(self) -> bool:
        """Read the peers' capabilities; whether every living peer has published some, the newest peer too."""
        await self._hear_what_others_can()
        return all("can" in each for each in await self._peers.workers())

    async def tell(self, news: News) -> None:
        """Pass news on to all peers."""
        await self._peers.tell(news)

    async def expect(self) -> None:
        """Refuse a job that no ComfyUI could plan where no ComfyUI is known either. Raises NoComfyUI, StorageError."""
        if self._remotes or self._inventories or not self._peers.shared:
            return
        if all(each["seen_seconds"] > KNOWN_SECONDS for each in await self._peers.roster()):
            raise NoComfyUI(f"{NO_COMFYUI}, and no worker is known that would draw.", hint="Start one: pixart worker.")

    async def needs(self, plan: Plan) -> str:
        """Store a plan's needs for all peers; the digest by which the job's row names them."""
        await self._peers.need(plan.needs)
        return plan.needs.digest

    async def elsewhere(self, dialect: str, owner: str) -> list[Job]:
        """The dialect's jobs that peers draw; with an `owner`, that owner's only."""
        if not self._peers.shared:
            return []
        running = await self._store.list(dialect=dialect, states=[JobState.RUNNING], owner=owner)
        return [record.job for record in running if self._fleet.run(record.job.id) is None]

    async def workers(self) -> dict[str, Any]:
        """Reports for `/health`: `fleet` are the ComfyUIs on this database, `lost` those silent for LEASE_SECONDS."""
        roster = await self._peers.roster()
        silent = [each for each in roster if each["seen_seconds"] > LEASE_SECONDS]
        return {"fleet": [each for each in roster if each not in silent], "lost": silent} if self._peers.shared else {}

    async def answers(self) -> bool:
        """Whether any peer's ComfyUI is up."""
        return any(worker["up"] for worker in await self._peers.workers())

    async def with_progress(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs with the progress that their rows lack, whichever process draws them."""
        others = [job.id for job in jobs if job.state is JobState.RUNNING and self._fleet.run(job.id) is None]
        lives = await self._peers.progress_of(others) if others else {}
        return [self._with(job, lives.get(job.id)) for job in jobs]

    def _with(self, job: Job, progress_elsewhere: PeerProgress | None) -> Job:
        run_state = None if job.state.final else self._fleet.run(job.id)
        if run_state is not None:
            return run_state.with_progress(job)
        if progress_elsewhere is None:
            return job
        progress = (progress_elsewhere.part + progress_elsewhere.done) / job.parts
        return replace(
            job,
            part=progress_elsewhere.part,
            progress=progress,
            step=progress_elsewhere.step,
            preview=progress_elsewhere.preview,
        )

    def _hear(self, news: News) -> None:
        run_state = self._fleet.run(news.id) if news.id else None
        if news.id:
            self._watchers.wake(news.id, step=news.topic is Topic.STEP)
        if news.topic is Topic.ALL:
            self._watchers.wake_all()
        elif news.topic is Topic.CANCEL and run_state is not None:
            run_state.cancel()
        elif news.topic is Topic.SKIP and run_state is not None:
            _skip(run_state, news.part)
        elif news.topic is Topic.REFRESH:
            self._fleet.forget()
        elif news.topic is Topic.FREE:
            self._freeing = asyncio.create_task(self._free())

    async def _free(self) -> None:
        # Gathered, so that one ComfyUI's error stops nothing else.
        await asyncio.gather(self._fleet.free(), return_exceptions=True)

    async def _renew(self) -> None:
        """Renew the leases of the jobs drawn here, for ever; obey what peers wrote to the jobs' rows meanwhile; report
        the workers' state."""
        while True:
            with suppress(StorageError):
                await self._obey(await self._peers.renew())
                await self._peers.report({worker.name: self._report(worker) for worker in self._fleet})
            await asyncio.sleep(RENEW_SECONDS)

    async def _meet(self) -> None:
        """Publish the capabilities of the ComfyUIs here and read the peers', for ever."""
        while True:
            with suppress(StorageError):
                await self._hear_what_others_can()
            for inventory in self._inventories.values():
                with suppress(StorageError, Unavailable, BackendFailure):
                    await inventory.renew()
            await asyncio.sleep(RENEW_SECONDS)

    async def _hear_what_others_can(self) -> None:
        digests = await self._peers.capability_digests()
        for digest in (each for each in digests if each not in self._remotes):
            content = await self._peers.capabilities(digest)
            if content is not None:
                self._remotes[digest] = await asyncio.to_thread(self._remote, content)
        self._remotes = {digest: self._remotes[digest] for digest in digests if digest in self._remotes}
        own_digests = {self._inventories[worker.name].digest for worker in self._fleet if worker.backend.up}
        self._fleet.remotes = [
            remote for digest, remote in self._remotes.items() if remote and digest not in own_digests
        ]

    def _remote(self, content: bytes) -> RemoteComfy | None:
        """A peer's ComfyUI; None for capabilities that another version published in an unreadable form."""
        looks = [worker.comfy_state.last_look for worker in self._fleet]
        like = [*(look.info for look in looks), *(remote.info for remote in list(self._remotes.values()) if remote)]
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
            if worker.running is not None and worker.running.id in lease.lost_ids:
                log.warning("The job %s is another one's by now, who heard nothing from here", worker.running.id)
                await worker.abandon()
        for run_state in self._fleet.runs:
            if run_state.id in lease.cancelled_ids:
                run_state.cancel()
            if run_state.id in lease.skipped_parts:
                _skip(run_state, lease.skipped_parts[run_state.id])

    async def _show(self) -> None:
        """Write the running jobs' progress for the peers, for ever."""
        while True:
            await asyncio.sleep(SHOW_SECONDS)
            lives = {run_state.id: _progress_of(run_state) for run_state in self._fleet.runs}
            for id, live in lives.items():
                if live != self._shown_progress.get(id):
                    with suppress(StorageError):
                        await self._peers.show(id, live)
            self._shown_progress = lives


def _progress_of(run_state: RunState) -> PeerProgress:
    now = run_state.progress
    return PeerProgress(run_state.part, now.done, now.step, now.preview)


def _skip(run_state: RunState, part: int) -> None:
    if run_state.part == part and not run_state.skipped:
        run_state.skip()
