"""One ComfyUI, with all that there is once for each: what it has, how prompts get there, the job that it draws; and who
waits for news of a job."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import aiohttp

from bridge.comfy.client import Comfy, shown
from bridge.comfy.events import events, hold
from bridge.comfy.process import Backend
from bridge.comfy.pulse import Pulse
from bridge.core.deadline import within
from bridge.core.errors import BackendFailure, JobFailed, Unavailable
from bridge.core.job import OPEN, JobState
from bridge.core.settings import Settings
from bridge.drawing.comfy_state import ComfyState, Look
from bridge.drawing.journal import Journal
from bridge.drawing.pipeline import Choosing, Pipeline
from bridge.drawing.result_cache import ResultCache
from bridge.drawing.run import Runner
from bridge.drawing.run_state import RunState
from bridge.storage.cache import Entries
from bridge.storage.fitness import Fitness
from bridge.storage.peers import Alone, NotNow, Peers
from bridge.storage.record import Record
from bridge.storage.retrying_store import RetryingStore
from bridge.workflow.library import Library

ABSTAIN_SECONDS = 0.5  # that who can't draw what waits lets others be told of it
LOOK_SECONDS = 2.0  # between two looks of an idle worker among several: another may leave its job to it

log = logging.getLogger(__name__)


class Watchers:
    """Who waits for news of a job: events by its id, and by whether each step of its progress counts."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, bool], set[asyncio.Event]] = {}

    @contextmanager
    def watching(self, id: str, *, steps: bool) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is news of the job, with `steps` of its progress too."""
        event = asyncio.Event()
        self._events.setdefault((id, steps), set()).add(event)
        try:
            yield event
        finally:
            self._events[id, steps].discard(event)
            if not self._events[id, steps]:
                del self._events[id, steps]

    def wake_all(self) -> None:
        """There may be news of any job."""
        for event in chain.from_iterable(self._events.values()):
            event.set()

    def wake(self, id: str, *, step: bool = False) -> None:
        """There is news of the job; a step of its progress wakes only those whom it concerns."""
        for steps in (True,) if step else (True, False):
            for event in self._events.get((id, steps), ()):
                event.set()


@dataclass(frozen=True)
class Common:
    """What all workers of one bridge share. `ending` is set when nothing is to be begun any more."""

    settings: Settings
    session: aiohttp.ClientSession
    library: Library
    store: RetryingStore
    journal: Journal
    watchers: Watchers
    ending: asyncio.Event
    choosing: Choosing
    cache: Entries | None = None
    peers: Peers = field(default_factory=Alone)


class Worker:
    """Draws one job after the other on one ComfyUI."""

    def __init__(
        self,
        backend: Backend,
        common: Common,
        able: Callable[[Record], Awaitable[bool]],
        others_answer: Callable[[], bool],
    ) -> None:
        settings, store = common.settings, common.store
        self.backend, self._session, self._store = backend, common.session, store
        self._peers = common.peers
        self._journal, self._watchers, self._ending = common.journal, common.watchers, common.ending
        self._nobody = uuid.uuid4().hex  # client id while no socket is open: without one, all would hear of the prompt
        self.comfy_state = ComfyState(settings, backend, self.comfy, common.library)
        result_cache = ResultCache(common.cache, self.comfy, self.comfy_state.stamp) if common.cache else None
        more = settings.timeout_seconds, result_cache, settings.stall_seconds, common.journal, common.watchers.wake
        self._runner = Runner(store, backend, self.comfy, self.comfy_state.plan, *more, others_answer=others_answer)
        self.post = self._runner.post
        on_step = partial(common.watchers.wake, step=True)
        previews = not settings.nsfw_filter
        self.fitness = Fitness(self.comfy_state.meets)
        self._fitted = Look()
        about = able, common.choosing, self.fitness if self._peers.shared else None
        self.pipeline = Pipeline(self._runner, previews, on_step, *about)
        self.pulse = Pulse(self.comfy)
        self.running: RunState | None = None
        self._drawing: asyncio.Task[None] | None = None
        self._alone, self._wake, self._turn = common.choosing.alone, asyncio.Event(), asyncio.Lock()

    @property
    def name(self) -> str:
        """By what a job's row says which ComfyUI has its prompt."""
        return self.backend.name

    def comfy(self) -> Comfy:
        """ComfyUI where it is now: a restarted child has another port."""
        backend = self.backend
        return Comfy(self._session, backend.address, backend.ear or self._nobody, backend.line)

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on for as long as the bridge runs."""
        session, backend = self._session, self.backend
        listening = [self.pipeline.listen(events(session, backend)), hold(session, backend)]
        serving = [self.backend.run(), self.pipeline.run(), self.comfy_state.run(), self.post.clear_up()]
        serving.append(self._serve() if self._peers.shared else self._pump())
        return [*listening, *serving, self.pulse.watch(lambda: self.running is None and backend.up, backend.renew)]

    def wake(self) -> None:
        """There may be a job to draw."""
        self._wake.set()

    @property
    def idle(self) -> bool:
        """Whether it could begin a job now."""
        return self.backend.up and not self._turn.locked()

    @property
    def trouble(self) -> str:
        """Why it doesn't answer."""
        return self.backend.trouble or "ComfyUI does not answer"

    async def draws(self) -> bool:
        """Whether a job would be drawn now, proven by one that runs or by a prompt that does nothing."""
        return self.backend.up and (self.running is not None or await self.pulse.beats())

    def report(self) -> Mapping[str, Any]:
        """What an operator wants to see of it."""
        backend = self.backend
        return {
            "up": backend.up,
            "url": shown(backend.url),
            "trouble": backend.trouble,
            "starts": backend.generation,
            "line": backend.line is not None,
            "compiling": backend.compiling,
        }

    async def _pump(self) -> None:
        """Run the jobs, one after the other, for ever."""
        while True:
            await self.backend.ready()  # before the choice, so that what arrives meanwhile can still go first
            self._wake.clear()
            if not await self._draw():
                await self._woken()

    async def _serve(self) -> None:
        """The same, whenever it falls to this one among all who share the jobs, or one comes to this very process."""
        await self.backend.ready()
        await asyncio.gather(self._peers.serve(self.name, self._asked), self._serve_here())

    async def _serve_here(self) -> None:
        """Look for a job that has just come here, before others are told of it."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._turn.locked():
                continue  # who draws goes on until nothing is left
            [fault] = await asyncio.gather(self._asked(), return_exceptions=True)
            if fault is not None and not isinstance(fault, NotNow):
                log.error("A job that came here could not be taken", exc_info=fault)

    async def _asked(self) -> None:
        """Draw as long as there is something to draw here, whoever is told of it."""
        async with self._turn:
            await self._drawn()

    async def _drawn(self) -> None:
        while not self._ending.is_set() and self.backend.up:
            await self._fit()
            if not await self._draw():
                break
        else:
            raise NotNow
        if await self._peers.pass_on(self.fitness):
            await asyncio.sleep(ABSTAIN_SECONDS)

    async def _fit(self) -> None:
        """See whether what was found out about this ComfyUI still holds. Raises NotNow while it doesn't answer."""
        try:
            look = await self.comfy_state.look()
        except (Unavailable, BackendFailure) as error:
            raise NotNow from error
        if look.generation != self._fitted.generation:
            self.fitness.loaded = ""
        if not look.like(self._fitted):
            self.fitness.forget()
        self._fitted = look

    async def free(self) -> None:
        """Have the models' memory freed. Raises Unavailable and BackendFailure."""
        self.fitness.loaded = ""
        await self.comfy().free()

    async def _draw(self) -> bool:
        """Run the next job; whether there was one."""
        chosen = None if self._ending.is_set() else await self.pipeline.take()
        if chosen is None:
            return False
        record, self.running = chosen
        try:
            with self._journal.about(record.job):
                await self._run(record, self.running)
        finally:
            self.running = None
            self._watchers.wake(record.job.id)
        return True

    async def _woken(self) -> None:
        """Return when there may be a job. Nobody tells of one that another worker hands on, leaves, or waited for."""
        with suppress(asyncio.TimeoutError):
            await (self._wake.wait() if self._alone else within(LOOK_SECONDS, self._wake.wait()))

    async def abandon(self) -> None:
        """Somebody else has the running job by now: draw it no more, and write nothing of it."""
        run_state, drawing = self.running, self._drawing
        if run_state is None or drawing is None:
            return
        prompt_id = run_state.prompt.id
        record = await self._store.get(run_state.id)
        drawing.cancel()
        if record is None or record.prompt_id != prompt_id:  # else who has it may be waiting for that very prompt
            await self.post.withdraw(prompt_id)

    async def _run(self, record: Record, run_state: RunState) -> None:
        # Gathered, as a webhook's call is: a fault of ours ends in the job's row, and never ends the queue.
        self._drawing = asyncio.create_task(self._runner.run(record, run_state))
        [fault] = await asyncio.gather(self._drawing, return_exceptions=True)
        if fault is None or self._drawing.cancelled():
            return
        log.error("The job ended in a fault of the bridge", exc_info=fault)
        failed = {"state": JobState.FAILED, "finished_at": time.time(), "fault": JobFailed.__name__}
        failed["error"] = "A fault in the bridge; its log says more."
        if await self._store.change(run_state.id, only_if=OPEN, **failed):
            self._journal.ended(record.job, failed["state"], failed["fault"], run_state)
