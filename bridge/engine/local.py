"""The embedded job engine: one process, its database of jobs, and one prompt drawn at a time by each ComfyUI.

One at a time makes priority, cancelling and the order of the queue exact: what waits in ComfyUI is taken back when
somebody may go first. Jobs wait in the store, which outlives kill -9, and which other processes may share.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp

from bridge.adapters.dialect import Command, View
from bridge.catalog.models import Catalog
from bridge.catalog.modes import Mode
from bridge.comfy.process import Backend
from bridge.core.callback_address import WEBHOOK_HEADER
from bridge.core.deadline import within
from bridge.core.errors import Conflict, NotFound, QueueFull, StorageError, TooManyJobs, Unavailable
from bridge.core.job import OPEN_STATES, Job, JobSpec, JobState
from bridge.core.metrics import Metrics
from bridge.core.settings import Settings
from bridge.drawing.journal import Journal
from bridge.drawing.pipeline import JobChoice
from bridge.drawing.post import fresh
from bridge.drawing.run_state import RunState
from bridge.engine.fleet import Fleet
from bridge.engine.peer_work import PeerWork
from bridge.engine.task_label import id_of
from bridge.engine.worker import Watchers, WorkerContext
from bridge.storage.artifacts import digest
from bridge.storage.blobs import Blobs
from bridge.storage.cache import Entries
from bridge.storage.disk import Disk
from bridge.storage.peers import News, Topic
from bridge.storage.port import JobStore
from bridge.storage.rates import Rates
from bridge.storage.record import Record, content_of, is_rewritten, job_of, repeated, with_results
from bridge.storage.retention import Retention
from bridge.storage.retrying_store import RetryingStore
from bridge.webhooks.delivery import Delivery
from bridge.workflow.library import Library
from bridge.workflow.plan import Plan

CANCEL_SECONDS = 5.0  # a node that doesn't look for interrupts ends when it likes; the answer can't wait so long

Result = TypeVar("Result")


class LocalJobs:
    """Implements `bridge.engine.port.Jobs`. Use as `async with`."""

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        artifacts: Blobs,
        session: aiohttp.ClientSession,
        backends: Sequence[Backend],
        metrics: Metrics | None = None,
        cache: Entries | None = None,
    ) -> None:
        self._settings, self._store, self._artifacts = settings, store, artifacts
        self._shared = store.peers.shared
        self._outbox, self._watchers, library = store.outbox, Watchers(), Library.open(settings.workflows)
        self._cache = cache
        self._journal = Journal(metrics or Metrics(), library.modes())
        self._disk = Disk((settings.data, *artifacts.folders), settings.keep_free_mb << 20)
        self._retrying_store = RetryingStore(store, artifacts, self._disk, ours=settings.comfyui_url is None)
        self._ending = asyncio.Event()
        context_parts = settings, session, library, self._retrying_store, self._journal, self._watchers, self._ending
        self._fleet = Fleet(
            backends,
            WorkerContext(*context_parts, JobChoice(len(backends), shared=self._shared), self._cache, store.peers),
        )
        self._peer_work = PeerWork(settings, library, store, self._fleet, self._watchers)
        self._retention = Retention(settings, store, artifacts)
        self._delivery = Delivery(settings, self._outbox, self._journal.metrics) if settings.webhook_secret else None
        self._door = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> LocalJobs:
        await self._peer_work.begin()
        works = [work for worker in self._fleet for work in worker.works()]
        works += [each.run() for each in (self._retention, self._delivery) if each]
        works += self._peer_work.works()
        works.append(self._artifacts.run(self._retrying_store.diagnosis))
        self._tasks = [asyncio.create_task(work) for work in works]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(StorageError):  # then at the next start
            await self._artifacts.settle()
        await asyncio.gather(*(worker.backend.close() for worker in self._fleet))

    @property
    def rates(self) -> Rates | None:
        """See `JobStore.rates`."""
        return self._store.rates

    @property
    def backend(self) -> Backend | None:
        """The ComfyUI to report: one that answers, where any does; None on a bridge that has none."""
        return self._fleet.backend

    async def submit(self, spec: JobSpec, id: str | None, checked: Awaitable[None]) -> Job:
        """See `Jobs.submit`."""
        if self._ending.is_set():
            raise Unavailable("The server is being ended.", hint="Try again in a moment.")
        return await self._with_diagnosis(self._submit(spec, id, checked))

    async def _with_diagnosis(self, work: Awaitable[Result]) -> Result:
        try:
            return await work
        except StorageError as error:
            raise await self._retrying_store.diagnosis(error) from error

    async def _submit(self, spec: JobSpec, id: str | None, checked: Awaitable[None]) -> Job:
        pictures = {name: digest(upload.data) for name, upload in spec.pictures.items()}
        content = spec.identity or content_of(spec, pictures)
        id = await id_of(self._store, id, spec, content) if id and spec.label else id or uuid.uuid4().hex
        if await self._store.get(id) is None:
            try:
                plan = await self._admit(id, spec, pictures)
                await checked
                job = self._fleet.pinned(job_of(id, spec), plan) if plan and self._fleet.pinning else job_of(id, spec)
                needs = await self._peer_work.needs(plan) if plan and self._shared else ""
                waiting = await self._accept(job, spec, content, pictures, needs)
                if waiting is not None:
                    self._journal.accepted(job, waiting)
                    return job
            except (QueueFull, TooManyJobs):
                if await self._store.get(id) is None:  # else this very job takes the place
                    raise
        earlier = await self._store.get(id)  # an equal request may have been faster
        is_foreign = earlier is not None and spec.owner not in ("", earlier.job.owner)
        if earlier is None or is_foreign or earlier.content_hash != content:
            raise Conflict(f"The id {id!r} belongs to another request.", field="id", hint="Choose a new id.")
        if spec.webhook and spec.webhook != earlier.webhook:
            raise Conflict(
                f"The job {id!r} was submitted with another {WEBHOOK_HEADER}.",
                field=WEBHOOK_HEADER,
                hint="Leave it out.",
            )
        return await self.get(id)

    async def _accept(
        self, job: Job, spec: JobSpec, content: str, pictures: Mapping[str, str], needs: str
    ) -> int | None:
        """Store the pictures, then the row that names them; how many jobs wait before this one, None for a taken id."""
        with self._artifacts.holding() as put:
            for upload in spec.pictures.values():
                await put(upload.data)
            record = Record(
                job,
                content,
                pictures,
                dict(spec.words),
                spec.priority,
                echo=await put(request_echo) if (request_echo := repeated(spec)) else None,
                loose=spec.loose,
                limit_seconds=spec.seconds,
                cacheable=spec.cacheable,
                webhook=spec.webhook,
                needs=needs,
            )
            try:
                async with self._door:  # no other job may be added between the count and this one
                    waiting = await self._room(spec)
                    is_new = await self._fleet.accept(record, alone=not waiting)
            finally:
                self._fleet.wake()
        self._disk.recover()
        return waiting if is_new else None

    async def get(self, id: str, *, data: bool = False) -> Job:
        """See `Jobs.get`."""
        record = await self._record(id)
        job = record.job
        if not job.state.final:
            [job] = await self._peer_work.with_progress([job])
        metadata = self._settings.metadata
        return await with_results(job, record.echo, self._artifacts, metadata=metadata) if data else job

    @property
    def links(self) -> bool:
        """See `Jobs.links`. A picture that is to lose its metadata has to go through the bridge."""
        return self._artifacts.links and self._settings.metadata

    async def link(self, id: str, output: str) -> str | None:
        """See `Jobs.link`."""
        record = await self._record(id)
        artifact = record.job.first(output) if record.job.state is JobState.COMPLETED else None
        if artifact is None or not artifact.sha256 or await is_rewritten(record.echo, self._artifacts):
            return None
        return await self._artifacts.link(artifact.sha256, artifact.content_type)

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100, owner: str = ""
    ) -> list[Job]:
        """See `Jobs.list`."""
        records = await self._store.list(dialect=dialect, states=states, limit=limit, owner=owner)
        return await self._peer_work.with_progress([record.job for record in records])

    async def cancel(self, id: str, *, waiting_only: bool = False) -> Job:
        """See `Jobs.cancel`."""
        if await self._store.change(id, only_if=[JobState.QUEUED], state=JobState.CANCELLED, finished_at=time.time()):
            self._watchers.wake(id)
            await self._briefly(self._fleet.withdraw(id))
            job = await self.get(id)
            self._journal.ended(job, job.state)
            return job
        job = (await self._record(id)).job
        if job.state.final:
            raise Conflict(f"The job {id!r} has already ended: {job.state.value}.")
        if waiting_only:
            raise Conflict(f"The job {id!r} is running; only a waiting one can be cancelled here.")
        await self._store.change(id, only_if=OPEN_STATES, cancel_requested=True)
        if run_state := self._fleet.run(id):
            run_state.cancel()
        return await self._final_job(id, CANCEL_SECONDS)

    async def remove(self, id: str) -> Job:
        """See `Jobs.remove`."""
        job = (await self._record(id)).job
        await self._with_diagnosis(self._retention.remove(id))
        return job

    async def command(self, dialect: str, command: Command, owner: str = "") -> None:
        """See `Jobs.command`."""
        if command.remember:
            await self._with_diagnosis(self._store.remember(dialect, command.remember))
        if command.refresh:
            self._fleet.forget()
            await self._with_diagnosis(self._peer_work.tell(News(Topic.REFRESH)))
        if command.free:
            await self._with_diagnosis(self._peer_work.tell(News(Topic.FREE)))
            await self._fleet.free()
        if command.interrupt or command.skip:
            for run_state in self._fleet.runs:
                await self._break_off(run_state, dialect, command, owner)
            for job in await self._with_diagnosis(self._peer_work.elsewhere(dialect, owner)):
                await self._break_off_elsewhere(job, command)

    async def _break_off(self, run_state: RunState, dialect: str, command: Command, owner: str) -> None:
        job = (await self._record(run_state.id)).job
        if job.dialect != dialect or owner not in ("", job.owner):
            return
        if command.interrupt:
            with suppress(Conflict):  # it has just ended
                await self.cancel(run_state.id)
        elif self._fleet.run(run_state.id) is run_state:
            run_state.skip()

    async def _break_off_elsewhere(self, job: Job, command: Command) -> None:
        if command.interrupt:
            with suppress(Conflict):  # it has just ended
                await self.cancel(job.id)
        else:
            await self._with_diagnosis(self._peer_work.tell(News(Topic.SKIP, job.id, job.part)))

    async def view(self, dialect: str, about: str | None = None, *, statistics: bool = False, owner: str = "") -> View:
        """See `Jobs.view`."""
        running = await self._store.list(dialect=dialect, states=[JobState.RUNNING], limit=1, owner=owner)
        subject = await self._store.newest(about, owner) if about else None
        places = await self._store.places(dialect, owner, self._fleet.ids)
        subjects = [subject.job] if subject and subject.job.dialect == dialect else []
        jobs = await self._peer_work.with_progress([*(each.job for each in running), *subjects])
        view = View(
            running=jobs[0] if running else None,
            waiting=tuple(places),
            places=places,
            about=jobs[-1] if subjects else None,
        )
        if not statistics:
            return view
        average = await self._store.average_seconds(dialect)
        counts, system = await self._store.counts(dialect, owner), await self.system()
        return dataclasses.replace(view, counts=counts, average_seconds=average, system=system)

    async def system(self) -> Mapping[str, Any]:
        """See `Jobs.system`."""
        return await self._fleet.system()

    async def modes(self) -> tuple[Mode, ...]:
        """See `Jobs.modes`."""
        return await self._fleet.modes()

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """See `Jobs.palette`."""
        return await self._fleet.palette(data, name, colors)

    async def catalog(self) -> Catalog:
        """See `Jobs.catalog`."""
        return await self._fleet.catalog()

    async def dialect_memory(self, dialect: str) -> Mapping[str, Any]:
        """See `Jobs.dialect_memory`."""
        return await self._with_diagnosis(self._store.dialect_memory(dialect))

    async def watch(self, id: str, *, steps: bool = True) -> AsyncIterator[Job]:
        """See `Jobs.watch`."""
        with self._watchers.watching(id, steps=steps) as news:
            while True:
                news.clear()
                job = await self.get(id)
                yield job
                if job.state.final:
                    return
                await news.wait()

    async def ready(self, *, renew: bool = False) -> str | None:
        """See `Jobs.ready`."""
        if self._ending.is_set():
            return "The server is being ended."
        if trouble := await self._retrying_store.current_trouble():
            return trouble
        trouble = await self._fleet.trouble(renew=renew)
        return None if trouble and await self._with_diagnosis(self._peer_work.answers()) else trouble

    async def drain(self, seconds: float) -> None:
        """See `Jobs.drain`."""
        self._ending.set()
        deadline = time.monotonic() + seconds
        await self._briefly(self._fleet.give_back())
        while self._fleet.runs and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await self._briefly(self._fleet.give_back())  # the last one may have been chosen while it was to end
        if self._delivery:
            await self._delivery.finish(deadline - time.monotonic())

    async def _briefly(self, work: Coroutine[Any, Any, None]) -> None:
        """Take prompts out of ComfyUI within CANCEL_SECONDS; prompts left there are found at the next start."""
        with suppress(asyncio.TimeoutError):
            await within(CANCEL_SECONDS, work)

    async def health(self) -> Mapping[str, Any]:
        """See `Jobs.health`."""
        trouble = await self._retrying_store.current_trouble()
        counts = {} if trouble else await self._store.counts()
        oldest = None if trouble else await self._store.oldest()
        wait_seconds = 0.0 if oldest is None else max(0.0, time.time() - oldest)
        cache = {"cache": await self._cache.counted()} if self._cache else {}
        webhooks = {"webhooks": await self._outbox.counts()} if self._delivery and not trouble else {}
        return {
            **self._fleet.report(),
            **({} if trouble else await self._peer_work.workers()),
            "queue": {"limit": self._settings.max_queue_size, "oldest_seconds": round(wait_seconds, 3)},
            "jobs": {state.value: count for state, count in counts.items()},
            "disk": {"trouble": trouble},
            **cache,
            **webhooks,
        }

    async def _admit(self, id: str, spec: JobSpec, pictures: Mapping[str, str]) -> Plan | None:
        """Refuse a job that could only fail later; the job's plan, None while no ComfyUI answers."""
        self._disk.check()
        await self._room(spec)
        plan = await self._fleet.check(id, spec, fresh(spec, pictures))
        if plan is None:
            await self._peer_work.expect()
        return plan

    async def _room(self, spec: JobSpec) -> int:
        """How many jobs wait. Raises QueueFull where no more may, and TooManyJobs where the owner has too many."""
        waiting, own_count = await self._store.load(spec.owner)
        if waiting >= self._settings.max_queue_size:
            raise QueueFull(f"{waiting} jobs wait already, as many as MAX_QUEUE_SIZE allows.", hint="Try again later.")
        if spec.most and own_count >= spec.most:
            raise TooManyJobs(
                f"{own_count} jobs of this key wait or run, as many as it may have.", hint="Try again later."
            )
        return waiting

    async def _record(self, id: str) -> Record:
        if (record := await self._store.get(id)) is None:
            raise NotFound("Job not found")
        return record

    async def _final_job(self, id: str, seconds: float) -> Job:
        """The job once it has ended, or as it is after so many seconds."""

        async def last() -> Job:
            return [job async for job in self.watch(id, steps=False)][-1]

        try:
            return await within(seconds, last())
        except asyncio.TimeoutError:
            return await self.get(id)
