"""What every dialect is translated to and from: one frozen value a request, one a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class JobState(str, Enum):
    """States inside; each dialect has its own words for them."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether the job can't change any more."""
        return self in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class Upload:
    """A picture as the caller sent it, already out of base64. `field` is the caller's name for it."""

    data: bytes
    field: str


@dataclass(frozen=True)
class JobSpec:
    """All that decides a picture; what is not here can't influence it.

    `mode` names a workflow (`sketch`, or `sketch@1`), `values` and `pictures` are keyed by the workflow's own
    input names, `words` maps those names back to the caller's, for errors. `notes` are said in the answer.
    """

    mode: str
    dialect: str
    values: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Upload] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True)
class Artifact:
    """One result file: `output` is the workflow's name for it, `info` what its node reported about it.

    `data` is there only when the route asked for the bytes.
    """

    output: str
    sha256: str
    content_type: str
    size: int
    info: Mapping[str, Any] = field(default_factory=dict)
    data: bytes | None = None


@dataclass(frozen=True)
class Job:
    """A job as the store knows it. Times are Unix seconds, `progress` is 0 to 1.

    `workflow` is the mode and version that really ran (`pixelate@1`), which differs from `mode` after a fallback.
    `preview` is the newest intermediate picture as (content type, bytes), only while the job runs.
    """

    id: str
    dialect: str
    mode: str
    state: JobState
    progress: float
    created_at: float
    values: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    started_at: float | None = None
    finished_at: float | None = None
    workflow: str | None = None
    error: str | None = None
    artifacts: tuple[Artifact, ...] = ()
    restarts: int = 0
    preview: tuple[str, bytes] | None = None

    @property
    def seconds(self) -> float | None:
        """How long it ran, in seconds; None until it has ended (or when it never started)."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at
