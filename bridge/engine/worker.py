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

from bridge.comfy.client import Comfy, url_without_password
from bridge.comfy.events import events, hold
from bridge.comfy.process import Backend
from bridge.comfy.pulse import Pulse
from bridge.core.deadline import within
from bridge.core.errors import BackendFailure, JobFailed, Unavailable
from bridge.core.job import OPEN_STATES, JobState
from bridge.core.settings import Settings
from bridge.drawing.comfy_state import ComfyState, Look
from bridge.drawing.journal import Journal
from bridge.drawing.pipeline import JobChoice, Pipeline
from bridge.drawing.result_cache import ResultCache
from bridge.drawing.run import Runner
from bridge.drawing.run_state import RunState
from bridge.storage.cache import Entries
from bridge.storage.fitness import Fitness
from bridge.storage.peers import Alone, NotNow, Peers
from bridge.storage.record import Record
from bridge.storage.retrying_store import RetryingStore
from bridge.workflow.library import Library

ABSTAIN_SECONDS = 0.5  # a worker that can't draw the waiting jobs pauses so long, so that peers hear of them
LOOK_SECONDS = 2.0  # between two looks of an idle worker among several: another worker may leave a job unannounced

log = logging.getLogger(__name__)


class Watchers:
    """Waiters for news of a job: events by the job's id, and by whether each step of the progress counts."""

    def __init__(self) -> None:
        self._events: dict[tuple[str, bool], set[asyncio.Event]] = {}

    @contextmanager
    def watching(self, id: str, *, steps: bool) -> Iterator[asyncio.Event]:
        """An event that is set at each news of the job; with `steps`, at each step of its progress too."""
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
        """There is news of the job; a mere `step` of the progress wakes only the waiters for steps."""
        for steps in (True,) if step else (True, False):
            for event in self._events.get((id, steps), ()):
                event.set()


@dataclass(frozen=True)
class WorkerContext:
    """What all workers of one bridge share. `ending` is set once no more jobs are to be begun."""

    settings: Settings
    session: aiohttp.ClientSession
    library: Library
    store: RetryingStore
    journal: Journal
    watchers: Watchers
    ending: asyncio.Event
    job_choice: JobChoice
    cache: Entries | None = None
    peers: Peers = field(default_factory=Alone)


class Worker:
    """Draws one job after the other on one ComfyUI."""

    def __init__(
        self,
        backend: Backend,
        context: WorkerContext,
        may_draw: Callable[[Record], Awaitable[bool]],
        others_answer: Callable[[], bool],
    ) -> None:
        settings, store = context.settings, context.store
        self.backend, self._session, self._store = backend, context.session, store
        self._peers = context.peers
        self._journal, self._watchers, self._ending = context.journal, context.watchers, context.ending
        # A client id while no WebSocket is open: without an id ComfyUI tells all clients of the prompt.
        self._nobody = uuid.uuid4().hex
        self.comfy_state = ComfyState(settings, backend, self.comfy, context.library)
        result_cache = ResultCache(context.cache, self.comfy, self.comfy_state.stamp) if context.cache else None
        run_options = (
            settings.timeout_seconds,
            result_cache,
            settings.stall_seconds,
            context.journal,
            context.watchers.wake,
        )
        self._runner = Runner(
            store, backend, self.comfy, self.comfy_state.plan, *run_options, others_answer=others_answer
        )
        self.post = self._runner.post
        on_step = partial(context.watchers.wake, step=True)
        previews = not settings.nsfw_filter
        self.fitness = Fitness(self.comfy_state.meets)
        self._last_look = Look()
        choice = may_draw, context.job_choice, self.fitness if self._peers.shared else None
        self.pipeline = Pipeline(self._runner, previews, on_step, *choice)
        self.pulse = Pulse(self.comfy)
        self.running: RunState | None = None
        self._drawing: asyncio.Task[None] | None = None
        self._alone, self._wake, self._turn = context.job_choice.alone, asyncio.Event(), asyncio.Lock()

    @property
    def name(self) -> str:
        """The name by which a job's row says which ComfyUI has the job's prompt."""
        return self.backend.name

    def comfy(self) -> Comfy:
        """A client for ComfyUI at its present address: a restarted child has another port."""
        backend = self.backend
        return Comfy(self._session, backend.address, backend.ear or self._nobody, backend.line)

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """The tasks that run for as long as the bridge does."""
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
        """Whether this worker could begin a job now."""
        return self.backend.up and not self._turn.locked()

    @property
    def trouble(self) -> str:
        """Why ComfyUI doesn't answer, in a sentence without its full stop."""
        return self.backend.trouble or "ComfyUI does not answer"

    async def draws(self) -> bool:
        """Whether a job would be drawn now, proven by one that runs or by a prompt that does nothing."""
        return self.backend.up and (self.running is not None or await self.pulse.beats())

    def report(self) -> Mapping[str, Any]:
        """The worker's state as `/health` shows it."""
        backend = self.backend
        return {
            "up": backend.up,
            "url": url_without_password(backend.url),
            "trouble": backend.trouble,
            "starts": backend.generation,
            "line": backend.line is not None,
            "compiling": backend.compiling,
        }

    async def _pump(self) -> None:
        """Run the jobs, one after the other, for ever."""
        while True:
            await self.backend.ready()  # before the choice, so that a job that arrives meanwhile can still go first
            self._wake.clear()
            if not await self._draw():
                await self._wait_for_job()

    async def _serve(self) -> None:
        """Run jobs on a shared database: whenever a ticket falls to this worker, or a request comes to this process."""
        await self.backend.ready()
        await asyncio.gather(self._peers.serve(self.name, self._take_turn), self._serve_here())

    async def _serve_here(self) -> None:
        """Look for a job that this process has just accepted, before peers hear of the job."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._turn.locked():
                continue  # the turn in progress goes on until no job is left
            [fault] = await asyncio.gather(self._take_turn(), return_exceptions=True)
            if fault is not None and not isinstance(fault, NotNow):
                log.error("A job that came here could not be taken", exc_info=fault)

    async def _take_turn(self) -> None:
        """Draw as long as there are jobs that this ComfyUI can draw, one turn at a time."""
        async with self._turn:
            await self._draw_all()

    async def _draw_all(self) -> None:
        while not self._ending.is_set() and self.backend.up:
            await self._fit()
            if not await self._draw():
                break
        else:
            raise NotNow
        if await self._peers.pass_on(self.fitness):
            await asyncio.sleep(ABSTAIN_SECONDS)

    async def _fit(self) -> None:
        """Drop the verdicts on jobs' needs where ComfyUI has changed. Raises NotNow while ComfyUI doesn't answer."""
        try:
            look = await self.comfy_state.look()
        except (Unavailable, BackendFailure) as error:
            raise NotNow from error
        if look.generation != self._last_look.generation:
            self.fitness.loaded_models = ""
        if not look.like(self._last_look):
            self.fitness.forget()
        self._last_look = look

    async def free(self) -> None:
        """Have ComfyUI unload its models. Raises Unavailable and BackendFailure."""
        self.fitness.loaded_models = ""
        await self.comfy().free()

    async def _draw(self) -> bool:
        """Run the next job; whether there was one."""
        turn = None if self._ending.is_set() else await self.pipeline.take()
        if turn is None:
            return False
        record, self.running = turn
        try:
            with self._journal.about(record.job):
                await self._run(record, self.running)
        finally:
            self.running = None
            self._watchers.wake(record.job.id)
        return True

    async def _wait_for_job(self) -> None:
        """Return when there may be a job; among several workers after LOOK_SECONDS at the latest."""
        with suppress(asyncio.TimeoutError):
            await (self._wake.wait() if self._alone else within(LOOK_SECONDS, self._wake.wait()))

    async def abandon(self) -> None:
        """Stop drawing the running job, which a peer has taken over, and write nothing to its row."""
        run_state, drawing = self.running, self._drawing
        if run_state is None or drawing is None:
            return
        prompt_id = run_state.prompt.id
        record = await self._store.get(run_state.id)
        drawing.cancel()
        if record is None or record.prompt_id != prompt_id:  # else the peer may wait for this very prompt
            await self.post.withdraw(prompt_id)

    async def _run(self, record: Record, run_state: RunState) -> None:
        # Gathered, so that a fault of the bridge ends in the job's row and never ends the queue.
        self._drawing = asyncio.create_task(self._runner.run(record, run_state))
        [fault] = await asyncio.gather(self._drawing, return_exceptions=True)
        if fault is None or self._drawing.cancelled():
            return
        log.error("The job ended in a fault of the bridge", exc_info=fault)
        row = {"state": JobState.FAILED, "finished_at": time.time(), "fault": JobFailed.__name__}
        row["error"] = "A fault in the bridge; its log says more."
        if await self._store.change(run_state.id, only_if=OPEN_STATES, **row):
            self._journal.ended(record.job, row["state"], row["fault"], run_state)
