"""What is told of the jobs: a line in the log and a count in the metrics, by one call each."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from bridge.adapters import dialects
from bridge.core import logs
from bridge.core.errors import JobFailed
from bridge.core.job import Job, JobSpec, JobState
from bridge.core.logs import SHOWN, prompts_of
from bridge.core.metrics import OTHER, Metrics
from bridge.drawing.run_state import RunState, leap_since, wall_offset

log = logging.getLogger(__name__)


def _below(kind: type[JobFailed]) -> set[str]:
    return {kind.__name__}.union(*(_below(each) for each in kind.__subclasses__()))


KNOWN_FAULTS = _below(JobFailed) | {"OutOfMemoryError"}  # torch's; the others that a node may raise are many


@dataclass(frozen=True)
class Journal:
    """Tells of jobs; `modes` are the names that may become labels.

    `arrived`: how far the clock was ahead of the one that nobody sets when a job came, for those that this process saw.
    """

    metrics: Metrics = field(default_factory=Metrics)
    modes: Collection[str] = ()
    dialects: Collection[str] = field(default_factory=dialects)
    arrived: dict[str, float] = field(default_factory=dict)

    def accepted(self, job: Job, waiting: int) -> None:
        """A job is in the queue, behind so many."""
        self.arrived[job.id] = wall_offset()
        self.metrics["pixart_jobs_submitted"].labels(*self._labels(job)).inc()
        prompts = _prompts(job)
        fields = {"mode": job.mode, "waiting": waiting, **({"owner": job.owner} if job.owner else {})}
        logs.later(log, "accepted", fields, private=prompts, job=job.id, dialect=job.dialect)
        for prompt in prompts:
            log.debug("asked for %r", prompt[:SHOWN])

    def about(self, job: Job) -> AbstractContextManager[None]:
        """Each line of the block is about this job."""
        return logs.about(trace=job.trace, job=job.id, dialect=job.dialect, private=_prompts(job))

    def begun(self, run_state: RunState, job: Job, started: float) -> None:
        """A job runs, since this Unix time; or again, after a restart of the bridge."""
        run_state.job = job
        run_state.stages["waiting"] = self._since(job, started)
        logs.later(log, "started", {"mode": job.mode, "waited": round(run_state.stages["waiting"], 3)})

    @contextmanager
    def stage(self, run_state: RunState, name: str) -> Iterator[None]:
        """The block is this stage of the job, or more of it."""
        began = time.monotonic()
        try:
            yield
        finally:
            run_state.stages[name] = run_state.stages.get(name, 0.0) + time.monotonic() - began

    def posting(self, prompt_id: str, *, line: bool = True) -> None:
        """The lines from now on are about this prompt; without a `line` of its own where one was written already."""
        if line:
            logs.later(log, "posting", {}, prompt=prompt_id)
        else:
            logs.note(prompt=prompt_id)

    def lost(self) -> None:
        """ComfyUI doesn't know the job's prompt any more."""
        self.metrics["pixart_job_restarts"].inc()
        log.warning("ComfyUI lost the prompt")

    def ended(self, job: Job, state: JobState, fault: str = "", run_state: RunState | None = None) -> None:
        """A job reached a final state; `run_state` is there for one that ran."""
        stages = {**(run_state.stages if run_state else {}), "whole": self._since(job, time.time())}
        self.arrived.pop(job.id, None)
        known = fault if not fault or fault in KNOWN_FAULTS else OTHER
        dialect, mode = self._labels(job)
        self.metrics["pixart_jobs_finished"].labels(dialect, mode, state.value, known).inc()
        observed = self.metrics["pixart_job_seconds"]
        for name, seconds in stages.items():
            observed.labels(name, mode).observe(max(0.0, seconds))
        rounded = {name: round(seconds, 3) for name, seconds in stages.items()}
        fields = {"state": state.value, **({"fault": fault} if fault else {}), **rounded}
        logs.later(log, "finished", fields, job=job.id, dialect=job.dialect)

    def _since(self, job: Job, now: float) -> float:
        """Seconds from the job's arrival to now, without what the clock was set by meanwhile."""
        ahead = self.arrived.get(job.id)
        return now - job.created_at - (0.0 if ahead is None else leap_since(ahead))

    def _labels(self, job: Job) -> tuple[str, str]:
        mode = job.mode.partition("@")[0]
        return (job.dialect if job.dialect in self.dialects else OTHER, mode if mode in self.modes else OTHER)


def _prompts(job: Job | JobSpec) -> list[str]:
    """The prompts of a job, those of each part of its batch too."""
    return [text for values in (job.values, *job.batch) for text in prompts_of(values)]
