"""All the ComfyUIs that one bridge draws with, and what they have together with those of others."""

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
from bridge.engine.worker import Common, Worker
from bridge.storage.record import Record
from bridge.workflow.plan import Plan

NO_COMFYUI = "This bridge has no ComfyUI of its own"
HOME_SECONDS = 60.0  # that a prompt waits for the ComfyUI that has it, which may only be out of reach


class Fleet:
    """The workers of one bridge, in the order of the settings."""

    def __init__(self, backends: Sequence[Backend], common: Common) -> None:
        self._elsewhere, self._shared = bool(common.settings.comfyui_urls), common.choosing.shared
        self._settings, self._library, self._store = common.settings, common.library, common.store.store
        self.remotes: Sequence[RemoteComfy] = ()  # of other processes, those that answer first, one of all alike
        # Renews `remotes`, and says whether all who live have told what they can; None where there are no others.
        self.hear: Callable[[], Awaitable[bool]] | None = None
        self._workers = [
            Worker(backend, common, partial(self._able, number), partial(self._others_answer, number))
            for number, backend in enumerate(backends)
        ]

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._workers)

    @property
    def chief(self) -> Worker | None:
        """The worker to ask what all have: the first that answers, or the first; None of a bridge without any."""
        return next(iter(self._up or self._workers), None)

    @property
    def _up(self) -> list[Worker]:
        """Those that answer."""
        return [worker for worker in self._workers if worker.backend.up]

    @property
    def backend(self) -> Backend | None:
        """The chief's ComfyUI."""
        chief = self.chief
        return chief.backend if chief else None

    def report(self) -> Mapping[str, Any]:
        """What an operator wants to see: of the chief, and of all."""
        chief = self.chief
        none = {"up": False, "url": "", "trouble": NO_COMFYUI, "starts": 0, "line": False, "compiling": 0}
        reports = [worker.report() for worker in self._workers]
        return {"comfyui": chief.report() if chief else none, "workers": reports}

    @property
    def runs(self) -> list[RunState]:
        """The jobs that are drawn now."""
        return [worker.running for worker in self._workers if worker.running is not None]

    def run(self, id: str) -> RunState | None:
        """The job of this id, if it is drawn now."""
        return next((run_state for run_state in self.runs if run_state.id == id), None)

    @property
    def ids(self) -> list[str]:
        """The waiting jobs that were chosen already, in their order."""
        return [id for worker in self._workers for id in worker.pipeline.ids]

    @property
    def pinning(self) -> bool:
        """Whether a job's workflow and models are decided when it comes, since its workers may have unlike ones."""
        return self._shared or (len(self._workers) > 1 and self._elsewhere)

    async def check(self, id: str, spec: JobSpec, extra: Mapping[str, str]) -> Plan | None:
        """See `ComfyState.check`: by the first worker that can draw it as asked, or another process's, else by one
        that draws something instead; raises the first one's reason if none can."""
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
            return None  # nobody answers: it is judged when its turn comes
        worker, plan = min(plans, key=lambda each: each[1].instead)
        if worker:
            worker.post.prepare(id, spec, extra, plan)
        return plan

    def _check_elsewhere(self, spec: JobSpec, extra: Mapping[str, str]) -> tuple[list[Plan], PixartError | None]:
        """What others would draw it by, up to the first that draws it as asked; and why the first one can't."""
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
        """There may be a job to draw. Where others are told as well, one that is idle looks at once."""
        for worker in self._workers:
            worker.pipeline.move()
        for worker in [each for each in self._workers if each.idle][:1] if self._shared else self._workers:
            worker.wake()

    async def withdraw(self, id: str) -> None:
        """The waiting job of this id was cancelled: see that no worker draws it."""
        await asyncio.gather(*(worker.pipeline.cancel(id) for worker in self._workers))

    async def give_back(self) -> None:
        """See `Pipeline.give_back`."""
        await asyncio.gather(*(worker.pipeline.give_back() for worker in self._workers))

    def forget(self) -> None:
        """Look again at what the workers have."""
        for worker in self._workers:
            worker.comfy_state.forget()

    async def free(self) -> None:
        """Have the models' memory freed, wherever somebody answers."""
        await asyncio.gather(*(worker.free() for worker in self._up))

    async def catalog(self) -> Catalog:
        """What there is to choose from at any of them, and of other processes'."""
        own = await asyncio.gather(*(worker.comfy_state.catalog() for worker in self._workers))
        catalogs = [*own, *(remote.catalog() for remote in self.remotes)]
        live = [each for each in catalogs if each.live] or [Catalog(engine=self._settings.engine)]
        return live[0] if len(live) == 1 else merged(sorted(live, key=lambda each: not draws_with_a_model(each)))

    async def modes(self) -> tuple[Mode, ...]:
        """Every mode as it stands at the worker that lacks the least for it, or another process's.

        Raises Unavailable.
        """
        live = self._up or ([] if self.remotes else self._workers[:1])
        told = await asyncio.gather(
            *(worker.comfy_state.standing() for worker in live),
            *(asyncio.to_thread(remote.standing) for remote in self.remotes),
        )
        if not told:
            raise Unavailable(f"{NO_COMFYUI}, and no worker answers.", hint="Start one: pixart worker.")
        return tuple(
            min(each, key=lambda mode: (not mode.workflow, len(mode.lacks))) for each in zip(*told, strict=True)
        )

    async def palette(self, data: bytes, name: str, colors: int) -> Mapping[str, Any]:
        """See `Jobs.palette`; the chief reads it, since all have the same node pack."""
        chief = self.chief
        if chief is None:
            raise Unavailable(f"{NO_COMFYUI}, which reads palettes.", hint="Ask a bridge that has one.")
        return await chief.comfy_state.palette(data, name, colors)

    async def system(self) -> Mapping[str, Any]:
        """`/system_stats` of one that answers, with the devices of all."""
        own = await asyncio.gather(*(worker.comfy_state.system() for worker in self._workers))
        first, *others = [*own, *(remote.system for remote in self.remotes)] or [{}]
        for other in others:
            first = {**other, **first, "devices": [*first.get("devices", ()), *other.get("devices", ())]}
        return first

    async def trouble(self, *, renew: bool) -> str | None:
        """Why no worker would draw a job now, proven by a prompt; see `Jobs.ready`."""
        if not await self._answer():
            chief = self.chief
            return f"{chief.trouble}." if chief else f"{NO_COMFYUI}, and no worker answers."
        live = self._up
        for worker in live:
            if await worker.draws():
                return None
        renewed = renew and any([await worker.backend.renew() for worker in live])
        return "ComfyUI answers, but draws nothing" + (" and is being restarted." if renewed else ".")

    async def _answer(self) -> bool:
        """Whether any answers; see `Backend.looked`."""
        return any(await asyncio.gather(*(worker.backend.looked() for worker in self._workers)))

    def pinned(self, job: Job, plan: Plan) -> Job:
        """The job as any worker draws it alike: its workflow and models are those of this plan."""
        notes, values = joined(job.notes, plan.notes), {**job.values, **plan.models}
        return dataclasses.replace(job, workflow=plan.workflow.name, notes=notes, values=values)

    def _others_answer(self, number: int) -> bool:
        return any(worker.backend.up for each, worker in enumerate(self._workers) if each != number)

    async def _able(self, number: int, record: Record) -> bool:
        """Whether this worker is to draw the job, or none can: then it says why."""
        if record.prompt_id is not None and self._at_home_elsewhere(number, record.worker):
            return False
        if record.needs:
            return self._knows(record.job.workflow)  # all else fits, or it would not have been given
        if not self.pinning or await self._workers[number].comfy_state.can_draw(record):
            return True
        if self._shared and record.job.workflow:
            return False  # who accepted it can draw it
        others = [worker for each, worker in enumerate(self._workers) if each != number and worker.backend.up]
        if any([await worker.comfy_state.can_draw(record) for worker in others]):
            return False
        return not await self._awaited(record)

    async def _awaited(self, record: Record) -> bool:
        """Whether another process can draw a job that was accepted while nobody was known, or may yet say so."""
        if self.hear is None:
            return False
        try:
            complete = await self.hear()
        except StorageError:
            return True
        return not complete or any(remote.can_draw(record) for remote in self.remotes)

    def _knows(self, workflow: str | None) -> bool:
        """Whether the file of a workflow is here: a person's own may be on some machines only."""
        if workflow is not None:
            try:
                self._library.get(workflow)
            except UnknownName:
                return False
        return True

    def _at_home_elsewhere(self, number: int, name: str) -> bool:
        """Whether another worker has the job's prompt, and may be waited for."""
        homes = [worker for each, worker in enumerate(self._workers) if each != number and worker.name == name]
        return any(home.backend.up or home.backend.away_seconds() < HOME_SECONDS for home in homes)
