"""The error that the caller of a job without a result gets. Pure."""

from __future__ import annotations

from bridge.core.errors import FAULTS, INPUT_FAULTS, Expired, JobFailed, TimedOut
from bridge.core.job import Job, JobState


def failure_of(job: Job, *, otherwise: str = "It ended without a picture.", gateway: bool = False) -> JobFailed:
    """The error for a job that ended without its result; `otherwise` is the message for a job without one.

    With `gateway`, for a dialect whose original stood before another server, a job over its time limit is TimedOut.
    """
    if job.state is JobState.CANCELLED:
        return JobFailed("It was cancelled.")
    own = {Expired.__name__: Expired, **({TimedOut.__name__: TimedOut} if gateway else {})}
    kind = {**FAULTS, **INPUT_FAULTS, **own}.get(job.fault, JobFailed)
    return kind(job.error or otherwise)
