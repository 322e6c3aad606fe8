"""Events of jobs in the log and in the metrics, by one call an event."""

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
from bridge.core.logs import DEBUG_CHARACTERS, prompts_of
from bridge.core.metrics import OTHER_LABEL, Metrics
from bridge.drawing.run_state import RunState, leap_since, wall_offset

log = logging.getLogger(__name__)


def _below(kind: type[JobFailed]) -> set[str]:
    return {kind.__name__}.union(*(_below(each) for each in kind.__subclasses__()))


KNOWN_FAULTS = _below(JobFailed) | {"OutOfMemoryError"}  # torch's; all other exceptions of nodes share one label


@dataclass(frozen=True)
class Journal:
    """Writes jobs' events to the log and the metrics. `modes` and `dialects` are the names that may become labels.

    `arrived` has the wall clock minus the monotonic clock, in seconds, at the arrival of each job that this process
    accepted: the difference shows by how much the clock was set since.
    """

    metrics: Metrics = field(default_factory=Metrics)
    modes: Collection[str] = ()
    dialects: Collection[str] = field(default_factory=dialects)
    arrived: dict[str, float] = field(default_factory=dict)

    def accepted(self, job: Job, waiting: int) -> None:
        """A job was accepted, with so many jobs `waiting` before it."""
        self.arrived[job.id] = wall_offset()
        self.metrics["pixart_jobs_submitted"].labels(*self._labels(job)).inc()
        prompts = _prompts(job)
        fields = {"mode": job.mode, "waiting": waiting, **({"owner": job.owner} if job.owner else {})}
        logs.later(log, "accepted", fields, private=prompts, job=job.id, dialect=job.dialect)
        for prompt in prompts:
            log.debug("asked for %r", prompt[:DEBUG_CHARACTERS])

    def about(self, job: Job) -> AbstractContextManager[None]:
        """A context in which each log line names this job."""
        return logs.about(trace=job.trace, job=job.id, dialect=job.dialect, private=_prompts(job))

    def begun(self, run_state: RunState, job: Job, started: float) -> None:
        """A job began at this Unix time, or goes on after a restart of the bridge."""
        run_state.job = job
        run_state.stages["waiting"] = self._since(job, started)
        logs.later(log, "started", {"mode": job.mode, "waited": round(run_state.stages["waiting"], 3)})

    @contextmanager
    def stage(self, run_state: RunState, name: str) -> Iterator[None]:
        """Add the seconds that the block takes to this stage of the job."""
        began = time.monotonic()
        try:
            yield
        finally:
            run_state.stages[name] = run_state.stages.get(name, 0.0) + time.monotonic() - began

    def posting(self, prompt_id: str, *, line: bool = True) -> None:
        """Log lines name this prompt from now on; with `line`, a first one says that the prompt is posted."""
        if line:
            logs.later(log, "posting", {}, prompt=prompt_id)
        else:
            logs.note(prompt=prompt_id)

    def lost(self) -> None:
        """ComfyUI has lost the job's prompt."""
        self.metrics["pixart_job_restarts"].inc()
        log.warning("ComfyUI lost the prompt")

    def ended(self, job: Job, state: JobState, fault: str = "", run_state: RunState | None = None) -> None:
        """A job reached a final state; `run_state` is given for a job that ran."""
        stages = {**(run_state.stages if run_state else {}), "whole": self._since(job, time.time())}
        self.arrived.pop(job.id, None)
        fault_label = fault if not fault or fault in KNOWN_FAULTS else OTHER_LABEL
        dialect, mode = self._labels(job)
        self.metrics["pixart_jobs_finished"].labels(dialect, mode, state.value, fault_label).inc()
        observed = self.metrics["pixart_job_seconds"]
        for name, seconds in stages.items():
            observed.labels(name, mode).observe(max(0.0, seconds))
        rounded = {name: round(seconds, 3) for name, seconds in stages.items()}
        fields = {"state": state.value, **({"fault": fault} if fault else {}), **rounded}
        logs.later(log, "finished", fields, job=job.id, dialect=job.dialect)

    def _since(self, job: Job, now: float) -> float:
        """Seconds from the job's arrival to now, less the seconds by which the clock was set meanwhile."""
        ahead = self.arrived.get(job.id)
        return now - job.created_at - (0.0 if ahead is None else leap_since(ahead))

    def _labels(self, job: Job) -> tuple[str, str]:
        mode = job.mode.partition("@")[0]
        return (
            job.dialect if job.dialect in self.dialects else OTHER_LABEL,
            mode if mode in self.modes else OTHER_LABEL,
        )


def _prompts(job: Job | JobSpec) -> list[str]:
    """The prompts of a job, those of each part of its batch too."""
    return [text for values in (job.values, *job.batch) for text in prompts_of(values)]
