"""The ComfyUIs of one bridge, and what can be drawn by them or by the ComfyUIs of other processes."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from bridge.catalog.models import Catalog, draws_with_a_model, merged
from bridge.catalog.modes import Mode
from bridge.comfy.process import Backend
from bridge.core.errors import PixartError, StorageError, Unavailable, UnknownName
from bridge.core.job import Job, JobSpec
from bridge.drawing.capabilities import RemoteComfy
from bridge.drawing.post import joined
from bridge.drawing.run_state import RunState
from bridge.engine.worker import Worker, WorkerContext
from bridge.storage.record import Record
from bridge.workflow.plan import Plan

NO_COMFYUI = "This bridge has no ComfyUI of its own"
HOME_SECONDS = 60.0  # a prompt waits so long for the ComfyUI that has it in its queue: the network may be down


class Fleet:
    """The workers of one bridge, in the order of the settings."""

    def __init__(self, backends: Sequence[Backend], context: WorkerContext) -> None:
        self._elsewhere, self._shared = bool(context.settings.comfyui_urls), context.job_choice.shared
        self._settings, self._library, self._store = context.settings, context.library, context.store.store
        # Of other processes: the ComfyUIs that answer come first, and of equal ones there is one.
        self.remotes: Sequence[RemoteComfy] = ()
        # Renews `remotes` and returns whether every living peer has published its capabilities; None without peers.
        self.hear: Callable[[], Awaitable[bool]] | None = None
        self._workers = [
            Worker(backend, context, partial(self._may_draw, number), partial(self._others_answer, number))
            for number, backend in enumerate(backends)
        ]

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers)

    @property
    def chief(self) -> Worker | None:
        """The worker that answers for all: the first whose ComfyUI is up, else the first; None without workers."""
        return next(iter(self._up or self._workers), None)

    @property
    def _up(self) -> list[Worker]:
        """The workers whose ComfyUI answers."""
        return [worker for worker in self._workers if worker.backend.up]

    @property
    def backend(self) -> Backend | None:
        """The chief's ComfyUI."""
        chief = self.chief
        return chief.backend if chief else None

    def report(self) -> Mapping[str, Any]:
        """The workers' state for an operator: the chief's as `comfyui`, everyone's as `workers`."""
        chief = self.chief
        none = {"up": False, "url": "", "trouble": NO_COMFYUI, "starts": 0, "line": False, "compiling": 0}
        reports = [worker.report() for worker in self._workers]
        return {"comfyui": chief.report() if chief else none, "workers": reports}

    @property
    def runs(self) -> list[RunState]:
        """The jobs that this bridge draws now."""
        return [worker.running for worker in self._workers if worker.running is not None]

    def run(self, id: str) -> RunState | None:
        """The running job of this id; None for a job that this bridge doesn't draw now."""
        return next((run_state for run_state in self.runs if run_state.id == id), None)

    @property
    def ids(self) -> list[str]:
        """Ids of the waiting jobs whose prompts are queued ahead, in the order of their turns."""
        return [id for worker in self._workers for id in worker.pipeline.ids]

    @property
    def pinning(self) -> bool:
        """Whether a job's workflow and models are fixed at acceptance, because workers may have unlike models."""
        return self._shared or (len(self._workers) > 1 and self._elsewhere)

    async def check(self, id: str, spec: JobSpec, extra: Mapping[str, str]) -> Plan | None:
        """Plan a new job: by a worker, or another process's ComfyUI, that draws the request as it is, else by one
        that draws a fallback.

        None while no ComfyUI answers. Raises the first ComfyUI's reason where none can draw the job.
        """
        self._library.answering(spec.mode, spec.output)
        reason: PixartError | None = None
        plans: list[tuple[Worker | None, Plan]] = []
        for worker in sorted(self._workers, key=lambda each: (not each.backend.up, each.running is not None)):
            try:
                plan = await worker.comfy_state.check(spec, extra)
            except PixartError as error:
                reason = reason or error
                continue
            plans += [(worker, plan)] if plan else []
            if plan and not plan.instead:
                break
        if all(plan.instead for _, plan in plans):
            elsewhere, why = self._check_elsewhere(spec, extra)
            plans, reason = [*plans, *((None, plan) for plan in elsewhere)], reason or why
        if not plans:
            if reason is not None:
                raise reason
            return None  # no ComfyUI answers: the job is planned in its turn
        worker, plan = min(plans, key=lambda each: each[1].instead)
        if worker:
            worker.post.prepare(id, spec, extra, plan)
        return plan

    def _check_elsewhere(self, spec: JobSpec, extra: Mapping[str, str]) -> tuple[list[Plan], PixartError | None]:
        """Plans of other processes' ComfyUIs, up to the first without a fallback; the first reason of a refusal."""
        plans: list[Plan] = []
        reason: PixartError | None = None
        for remote in self.remotes:
            try:
                plans.append(remote.check(spec, extra))
            except PixartError as error:
                reason = reason or error
                continue
            if not plans[-1].instead:
                break
        return plans, reason

    async def accept(self, record: Record, *, alone: bool) -> bool:
        """See `Pipeline.accept`."""
        if not self._workers:
            return await self._store.add(record)
        return await self._workers[0].pipeline.accept(record, alone=alone)

    def wake(self) -> None:
        """There may be a job to draw. On a shared database peers hear of the job too, so one idle worker is enough."""
        for worker in self._workers:
            worker.pipeline.move()
        for worker in [each for each in self._workers if each.idle][:1] if self._shared else self._workers:
            worker.wake()

    async def withdraw(self, id: str) -> None:
        """Take the prompt of a job that was cancelled while it waited out of every ComfyUI."""
        await asyncio.gather(*(worker.pipeline.cancel(id) for worker in self._workers))

    async def give_back(self) -> None:
        """See `Pipeline.give_back`."""
        await asyncio.gather(*(worker.pipeline.give_back() for worker in self._workers))

    def forget(self) -> None:
        """Drop what is remembered of the ComfyUIs' nodes and models, so that the next question looks again."""
        for worker in self._workers:
            worker.comfy_state.forget()

    async def free(self) -> None:
        """Have every ComfyUI that answers unload its models."""
        await asyncio.gather(*(worker.free() for worker in self._up))

    async def catalog(self) -> Catalog:
        """Models, samplers and the like of all ComfyUIs, those of other processes among them."""
        own_catalogs = await asyncio.gather(*(worker.comfy_state.catalog() for worker in self._workers))
        catalogs = [*own_catalogs, *(remote.catalog() for remote in self.remotes)]
        live_catalogs = [each for each in catalogs if each.live] or [Catalog(engine=self._settings.engine)]
        return (
            live_catalogs[0]
            if len(live_catalogs) == 1
            else merged(sorted(live_catalogs, key=lambda each: not draws_with_a_model(each)))
        )

    async def modes(self) -> tuple[Mode, ...]:
        """Every mode as it stands at the ComfyUI that lacks the fewest files and nodes for the mode.

        Raises Unavailable where no ComfyUI is known.
        """
        workers = self._up or ([] if self.remotes else self._workers[:1])
        mode_lists = await asyncio.gather(
            *(worker.comfy_state.standing() for worker in workers),
            *(asyncio.to_thread(remote.standing) for remote in self.remotes),
        )
        if not mode_lists:
            raise Unavailable(f"{NO_COMFYUI}, and no worker answers.", hint="Start one: pixart worker.")
        return tuple(
            min(each, key=lambda mode: (not mode.workflow, len(mode.lacks))) for each in zip(*mode_lists, strict=True)
        )

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """See `Jobs.palette`. The chief's node pack reads the palette, since all packs are alike."""
        chief = self.chief
        if chief is None:
            raise Unavailable(f"{NO_COMFYUI}, which reads palettes.", hint="Ask a bridge that has one.")
        return await chief.comfy_state.palette(data, name, colors)

    async def system(self) -> Mapping[str, Any]:
        """`/system_stats` of a ComfyUI that answers, with the devices of all."""
        own_reports = await asyncio.gather(*(worker.comfy_state.system() for worker in self._workers))
        first, *other_reports = [*own_reports, *(remote.system for remote in self.remotes)] or [{}]
        for other in other_reports:
            first = {**other, **first, "devices": [*first.get("devices", ()), *other.get("devices", ())]}
        return first

    async def trouble(self, *, renew: bool) -> str | None:
        """Why no worker would draw a job now, proven by a prompt; see `Jobs.ready`."""
        if not await self._answer():
            chief = self.chief
            return f"{chief.trouble}." if chief else f"{NO_COMFYUI}, and no worker answers."
        workers = self._up
        for worker in workers:
            if await worker.draws():
                return None
        is_renewed = renew and any([await worker.backend.renew() for worker in workers])
        return "ComfyUI answers, but draws nothing" + (" and is being restarted." if is_renewed else ".")

    async def _answer(self) -> bool:
        """Whether any ComfyUI answers; see `Backend.wait_up`."""
        return any(await asyncio.gather(*(worker.backend.wait_up() for worker in self._workers)))

    def pinned(self, job: Job, plan: Plan) -> Job:
        """The job with this plan's workflow and models as its own, so that every worker draws the same picture."""
        notes, values = joined(job.notes, plan.notes), {**job.values, **plan.models}
        return dataclasses.replace(job, workflow=plan.workflow.name, notes=notes, values=values)

    def _others_answer(self, number: int) -> bool:
        return any(worker.backend.up for each, worker in enumerate(self._workers) if each != number)

    async def _may_draw(self, number: int, record: Record) -> bool:
        """Whether this worker is to draw the job; so also where no worker can, to end the job with a reason."""
        if record.prompt_id is not None and self._at_home_elsewhere(number, record.worker):
            return False
        if record.needs:
            return self._knows(record.job.workflow)  # the store gives a worker only jobs whose other needs fit
        if not self.pinning or await self._workers[number].comfy_state.can_draw(record):
            return True
        if self._shared and record.job.workflow:
            return False  # the bridge that accepted the job knows a ComfyUI that can
        other_workers = [worker for each, worker in enumerate(self._workers) if each != number and worker.backend.up]
        if any([await worker.comfy_state.can_draw(record) for worker in other_workers]):
            return False
        return not await self._may_be_drawn_elsewhere(record)

    async def _may_be_drawn_elsewhere(self, record: Record) -> bool:
        """Whether a peer can draw a job that was accepted before any was known, or may yet publish that it can."""
        if self.hear is None:
            return False
        try:
            complete = await self.hear()
        except StorageError:
            return True
        return not complete or any(remote.can_draw(record) for remote in self.remotes)

    def _knows(self, workflow: str | None) -> bool:
        """Whether this machine has the workflow's file: a person's own may lie on some machines only."""
        if workflow is not None:
            try:
                self._library.get(workflow)
            except UnknownName:
                return False
        return True

    def _at_home_elsewhere(self, number: int, name: str) -> bool:
        """Whether another worker's ComfyUI has the job's prompt, and is up or was up a moment ago."""
        homes = [worker for each, worker in enumerate(self._workers) if each != number and worker.name == name]
        return any(home.backend.up or home.backend.away_seconds() < HOME_SECONDS for home in homes)
