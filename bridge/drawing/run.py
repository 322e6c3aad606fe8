"""A job's turn: each part of its batch drawn by ComfyUI or taken from the cache, to the job's final state."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from bridge.comfy.client import Comfy
from bridge.comfy.process import Backend
from bridge.comfy.protocol import Outcome
from bridge.core.deadline import within
from bridge.core.errors import BackendFailure, JobFailed, Lost, TimedOut, Unavailable
from bridge.core.job import OPEN_STATES, WHOLE_PROMPT, Artifact, JobState, cache_note
from bridge.drawing.journal import Journal
from bridge.drawing.outcome import AGAIN_SECONDS, POLL_SECONDS, NodeRemarks, PromptWatch, failure, harvest, remarks
from bridge.drawing.post import Post, PreparedPrompt, joined, plan_columns
from bridge.drawing.result_cache import ResultCache
from bridge.drawing.run_state import RunState
from bridge.drawing.unfinished import HALF_DRAWN, unfinished
from bridge.storage.disk import SAID_FULL
from bridge.storage.record import Record
from bridge.storage.retrying_store import RetryingStore
from bridge.workflow.plan import Plan, pictures_of
from bridge.workflow.safety import safety_notes

MOST_LOSSES = 1  # a job that takes ComfyUI down twice is given up, so that other jobs go on
MOST_RESTARTS = 10  # of a job, over all processes: a job may take down the bridge too, whose own count starts at 0
LATE_SECONDS = 60.0  # an unanswered prompt may still reach ComfyUI for so long after a network failure
AWAY_SECONDS = 10.0  # a job waits so long for its ComfyUI where another could draw it; a restart takes less
# A cancelled job waits so long for a ComfyUI that may have its prompt: less than the answer to the cancellation takes.
UNWANTED_SECONDS = 2.0
MOST_FAULTS = 5  # error answers such as 500 in a row, after which a job fails

log = logging.getLogger(__name__)


class _Away(Exception):
    """ComfyUI doesn't answer, and another one could draw the job."""


@dataclass(frozen=True)
class Runner:
    """Runs jobs on one ComfyUI. `plan` binds a record's values (picture names included) to a workflow.

    Parts whose results are in `result_cache` aren't drawn. The time limit doesn't count waits for the disk in `store`.
    """

    store: RetryingStore
    backend: Backend
    comfy: Callable[[], Comfy]
    plan: Callable[[Record, dict[str, Any]], Awaitable[Plan]]
    limit_seconds: float
    result_cache: ResultCache | None = None
    stall_seconds: float = 0.0
    journal: Journal = field(default_factory=Journal)
    on_end: Callable[[str], None] = lambda id: None  # called with a job's id after its end is in its row
    others_answer: Callable[[], bool] = lambda: False  # whether another ComfyUI could take a job over
    node_remarks: NodeRemarks = field(default_factory=NodeRemarks)

    @cached_property
    def watch(self) -> PromptWatch:
        """The watch over prompts' ends."""
        return PromptWatch(self.backend, self.comfy, self.stall_seconds, self.post.forget)

    @cached_property
    def post(self) -> Post:
        """The way of prompts into ComfyUI's queue."""
        return Post(self.store, self.backend, self.comfy, self.plan, self.journal)

    async def run(self, record: Record, run_state: RunState) -> None:
        """Bring the job to a final state. A job's own failure isn't raised, but written to its row."""
        started = record.job.started_at or time.time()
        run_state.start(started, {"state": JobState.RUNNING, "started_at": started, "worker": self.backend.name})
        # Else the columns are written together with the prompt's id, which saves a commit.
        if run_state.ahead.queued or record.prompt_id or self.result_cache:
            if not await self.store.change(
                run_state.id, only_if=OPEN_STATES, durable=False, **run_state.started.columns
            ):
                run_state.prompt.id = run_state.prompt.id or record.prompt_id
                await self.withdraw(run_state)  # the job was cancelled a moment ago
                await run_state.prompt.close()
                return
            run_state.started.columns = {}
        self.journal.begun(run_state, record.job, started)
        limit = record.limit_seconds or self.limit_seconds
        try:
            await self._within_limit(self._parts(record, run_state), limit, run_state)
        except asyncio.TimeoutError:
            await self.withdraw(run_state)
            if run_state.cancelled:
                await self._end(run_state, JobState.CANCELLED)
            else:
                sentence = f"It took longer than {limit:g} s."
                await self._end(run_state, JobState.FAILED, error=sentence, fault=TimedOut.__name__)
        except JobFailed as error:
            await self._end(run_state, JobState.FAILED, error=str(error), fault=type(error).__name__)
        except _Away:
            await self._hand_on(record, run_state)
        finally:
            await run_state.prompt.close()

    async def _within_limit(self, parts: Coroutine[Any, Any, None], limit: float, run_state: RunState) -> None:
        """As `asyncio.wait_for`, without the waits for the disk and for strangers' prompts."""
        work, end = asyncio.create_task(parts), time.monotonic() - self.store.wait_seconds + limit
        try:
            while not work.done():
                remaining = end + self.store.wait_seconds + run_state.foreign_wait.seconds - time.monotonic()
                if remaining <= 0:
                    raise asyncio.TimeoutError
                await asyncio.wait({work}, timeout=max(remaining, 0.05))
            work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _parts(self, record: Record, run_state: RunState) -> None:
        """Run the workflow for each open part of the batch, the first by the prompt that an earlier process posted."""
        run_state.prompt.id, run_state.cached = record.prompt_id, record.job.cached
        for part in range(record.job.part, record.job.parts):
            if not run_state.ahead.queued:
                run_state.begin(part)
            run_state.ahead.queued = False
            if not await self._attempts(record, run_state):
                return
            await run_state.prompt.close()

    async def _attempts(self, record: Record, run_state: RunState) -> bool:
        """Run the part to its end; whether the job goes on to the next one."""
        losses, without_room = run_state.ahead.lost, 0
        while True:
            if not await self._reach(run_state):
                return await self._end(run_state, JobState.CANCELLED)
            try:
                goes_on = await self._recall(record, run_state)
                if goes_on is not None:
                    return goes_on
                plan = await self.post.queue(record, run_state)
                outcome = await self._draw(record, run_state, losses)
                if without_room < MOST_FAULTS and await self._had_no_room(run_state, outcome):
                    without_room += 1
                    continue
                if outcome is not None or run_state.cancelled or run_state.skipped:
                    return await self._conclude(record, run_state, plan, outcome)
            except Unavailable:
                await asyncio.sleep(AGAIN_SECONDS)  # then look the prompt up: ComfyUI may have it
                continue
            except BackendFailure as error:
                await self._bear(run_state, error)
                continue
            is_lost = run_state.prompt.doubt != self.backend.generation  # else this ComfyUI never had the prompt
            losses += is_lost
            if is_lost:
                self._count(losses, record.job.restarts)
            await self._again(run_state, is_lost=is_lost)

    async def _reach(self, run_state: RunState) -> bool:
        """Wait until ComfyUI answers; False where the job is cancelled meanwhile.

        A cancelled job's prompt is looked up for UNWANTED_SECONDS, then left to be taken out once ComfyUI answers.
        Raises _Away where another ComfyUI may draw the job sooner.
        """
        since = time.monotonic()
        while not (run_state.cancelled and run_state.prompt.id is None):
            if self.backend.up:
                return True
            away = time.monotonic() - since
            if run_state.cancelled and away > UNWANTED_SECONDS:
                await self.withdraw(run_state)
                return False
            if away > AWAY_SECONDS and self.others_answer():
                raise _Away
            with suppress(asyncio.TimeoutError):
                await within(POLL_SECONDS, self.backend.ready())
        return False

    async def _hand_on(self, record: Record, run_state: RunState) -> None:
        """Let another ComfyUI draw the job; the prompt is taken out of this ComfyUI once it answers again."""
        log.warning("ComfyUI is away, so another one draws the job")
        restarts = record.job.restarts + (run_state.prompt.id is not None)
        await self.withdraw(run_state)
        row = {"state": JobState.QUEUED, "prompt_id": None, "worker": "", "restarts": restarts}
        await self.store.change(run_state.id, only_if=OPEN_STATES, **row)

    async def _bear(self, run_state: RunState, error: BackendFailure) -> None:
        """Wait a moment after an answer such as 500; raises JobFailed after too many without a look in between."""
        run_state.prompt.faults += (
            not await self.store.room()
        )  # on a full disk ComfyUI takes no upload, which is no fault
        if run_state.prompt.faults > MOST_FAULTS:
            await self.withdraw(run_state)
            raise JobFailed(str(error)) from error
        await asyncio.sleep(AGAIN_SECONDS)

    def _count(self, losses: int, restarts: int) -> None:
        """Record a lost prompt; raises Lost after too many losses in this process or in all processes together."""
        self.journal.lost()
        if losses > MOST_LOSSES:
            raise Lost("ComfyUI ended twice while it drew this.", hint="Its log says why.")
        if restarts >= MOST_RESTARTS:
            raise Lost(f"It was begun {restarts + 1} times, and each time ComfyUI ended, or the bridge with it.")

    async def withdraw(self, run_state: RunState) -> None:
        """Take the job's prompt out of ComfyUI, also a prompt that is still on its way."""
        await self.post.withdraw(run_state.prompt.id, LATE_SECONDS if run_state.prompt.doubt is not None else 0.0)

    async def give_up(self, run_state: RunState) -> None:
        """Give up a prompt that ComfyUI doesn't have; one that may still arrive is taken out then."""
        if run_state.prompt.doubt is not None:
            await self.withdraw(run_state)

    async def _had_no_room(self, run_state: RunState, outcome: Outcome | None) -> bool:
        """Whether the prompt failed on a full disk and is to be drawn again; returns once there is room."""
        if outcome is None or outcome.succeeded or run_state.cancelled or not SAID_FULL.search(outcome.message):
            return False
        if run_state.prompt.id is None or not await self.store.room(outcome.message):
            return False
        self.post.forget(run_state.prompt.id)
        await self._again(run_state)
        await asyncio.sleep(AGAIN_SECONDS)
        return True

    async def queue_ahead(self, record: Record, run_state: RunState) -> bool:
        """Post the first prompt of a job before the job's turn; whether ComfyUI has it."""
        run_state.begin(record.job.part)
        run_state.prompt.id, run_state.cached = record.prompt_id, record.job.cached
        return await self._queue(run_state, self.post.queue(record, run_state))

    async def queue_claimed(self, record: Record, run_state: RunState, draft: PreparedPrompt) -> bool:
        """Post the prompt of a job whose row names it already; whether ComfyUI has it."""
        return await self._queue(run_state, self.post.queue_claimed(record, run_state, draft))

    async def _queue(self, run_state: RunState, queueing: Awaitable[Any]) -> bool:
        """Whether the prompt was posted; errors are left to the job's turn, in which they come again."""
        try:
            await queueing
        except (Unavailable, BackendFailure):
            return False  # ComfyUI may have the prompt: that is looked up in the job's turn
        except JobFailed:
            await run_state.prompt.close()
            await self.store.change(run_state.id, only_if=OPEN_STATES, prompt_id=None)
            return False
        return True

    async def _recall(self, record: Record, run_state: RunState) -> bool | None:
        """Take the part's results from the cache; whether the job goes on, None where ComfyUI has to draw the part."""
        if self.result_cache is None or run_state.prompt.key is not None:
            return None
        plan = await self.post.planned(record, run_state, pictures_of(record.pictures, run_state.part), "")
        run_state.prompt.key = await self.result_cache.key_of(plan, cacheable=record.cacheable)
        if run_state.prompt.key is None or run_state.prompt.id is not None:
            return None
        run_state.cached = run_state.cached or 0
        result = await self.result_cache.find(run_state.prompt.key)
        if result is None:
            return None
        if run_state.cancelled:
            return await self._end(run_state, JobState.CANCELLED)
        if run_state.skipped:
            return await self._keep(record, run_state, [])
        with self.store.holding() as put:
            for artifact in result:
                if artifact.data is not None:
                    await put(artifact.data)
            run_state.cached += 1
            return await self._keep(
                record, run_state, [replace(artifact, part=run_state.part) for artifact in result], plan=plan
            )

    async def _draw(self, record: Record, run_state: RunState, losses: int) -> Outcome | None:
        if run_state.part + 1 >= record.job.parts and not losses and not record.job.restarts:
            run_state.posted = True  # not after a loss: a job that took ComfyUI down is drawn alone
            run_state.moved.set()
        with self.journal.stage(run_state, "drawing"), run_state.foreign_wait:
            return await self.watch.outcome(run_state)

    async def _again(self, run_state: RunState, *, is_lost: bool = True) -> None:
        """Drop the prompt, so that the next one gets a new id; a loss is counted in the job's row."""
        await self.give_up(run_state)
        await run_state.prompt.close()
        run_state.prompt.key, run_state.progress.drawn = None, False  # a new ComfyUI process may give another key
        record = await self.store.get(run_state.id)
        restarts = (record.job.restarts if record else 0) + is_lost
        await self.store.change(run_state.id, only_if=OPEN_STATES, prompt_id=None, restarts=restarts)

    async def _conclude(self, record: Record, run_state: RunState, plan: Plan, outcome: Outcome | None) -> bool:
        """Write the part's end, and with the last part the job's; whether the job goes on.

        A part that ComfyUI finished is completed, even where it was to be cancelled.
        """
        assert run_state.prompt.prefetch is not None
        goes_on = False
        if outcome is None:
            await self.give_up(run_state)
        if outcome is not None and outcome.succeeded:
            with self.journal.stage(run_state, "harvesting"):
                artifacts = await harvest(plan, outcome, run_state.part, run_state.prompt.prefetch)
            # Before the job is completed, so that a repeated request finds the results at once.
            if self.result_cache and run_state.prompt.key:
                await self.result_cache.keep(run_state.prompt.key, artifacts, plan)
            goes_on = await self._keep(record, run_state, artifacts, outcome=outcome)
        elif run_state.skipped or run_state.cancelled:
            goes_on = await self._break_off(record, run_state)
        else:
            fault = outcome.fault if outcome and outcome.fault else JobFailed.__name__
            await self._end(run_state, JobState.FAILED, error=failure(plan, outcome, record.words), fault=fault)
        assert run_state.prompt.id is not None
        self.post.forget(run_state.prompt.id)
        return goes_on

    async def _break_off(self, record: Record, run_state: RunState) -> bool:
        """Keep the last preview of a part that is skipped or cancelled; whether the job goes on."""
        with self.store.holding() as put:
            artifacts = await unfinished(run_state, record.job.values, put)
            half = [HALF_DRAWN] if artifacts else []
            if not run_state.cancelled:
                return await self._keep(record, run_state, artifacts, notes=half)
            row = (await self.store.get(run_state.id) or record).job
            columns = {"artifacts": [*row.artifacts, *artifacts], "notes": joined(row.notes, half)} if artifacts else {}
            return await self._end(run_state, JobState.CANCELLED, **columns)

    async def _keep(
        self,
        record: Record,
        run_state: RunState,
        artifacts: list[Artifact],
        *,
        outcome: Outcome | None = None,
        plan: Plan | None = None,
        notes: Iterable[str] = (),
    ) -> bool:
        """Add a part's results to the row, with the last part the job's end in the same write; whether the job goes on.

        `outcome` is given for results that ComfyUI made, `plan` for results from the cache.
        """
        row = await self.store.get(run_state.id)
        columns: dict[str, Any] = {
            "artifacts": [*(row.job.artifacts if row else ()), *artifacts],
            "part": run_state.part + 1,
        }
        if plan is not None:
            columns |= {"cached": run_state.cached, **plan_columns(record, run_state, plan)}
        if outcome is not None:
            run_state.stages["comfyui"] = run_state.stages.get("comfyui", 0.0) + outcome.timing.get(WHOLE_PROMPT, 0.0)
            part_seconds = {**run_state.progress.seconds_by_title(), **outcome.timing}
            before = row.job.timings if row else {}
            columns["timings"] = {title: seconds + before.get(title, 0.0) for title, seconds in part_seconds.items()}
        sentences: Sequence[str] = ()
        if plan is not None:
            sentences = self.node_remarks.of(plan.bound.prompt)
        elif run_state.prompt.plan and outcome:
            sentences = remarks(run_state.prompt.plan, outcome, self.node_remarks)
        reports = [each for each in artifacts if not each.sha256]
        blurred = safety_notes(reports) if reports else ()
        last = run_state.part + 1 >= record.job.parts
        cached = filter(None, [cache_note(run_state.cached, record.job.parts)] if last else ())
        columns["notes"] = joined(
            columns.get("notes") or (row.job.notes if row else ()), blurred, sentences, notes, cached
        )
        if last:
            return await self._end(run_state, JobState.COMPLETED, **columns)
        return await self.store.change(run_state.id, only_if=OPEN_STATES, prompt_id=None, **columns)

    async def _end(self, run_state: RunState, state: JobState, **columns: Any) -> bool:
        """Write the job's final state. Returns False, since no part follows."""
        row = {
            **run_state.started.columns,
            **run_state.by_the_clock(),
            "state": state,
            "finished_at": time.time(),
            **columns,
        }
        if await self.store.change(run_state.id, only_if=OPEN_STATES, **row):
            self.on_end(run_state.id)
            if run_state.job:
                self.journal.ended(run_state.job, state, row.get("fault", ""), run_state)
        return False
