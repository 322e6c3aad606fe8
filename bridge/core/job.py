"""The values between all dialects and the engine: a frozen one for each request, and one for each job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

WHOLE_PROMPT = "*"  # the key of `Job.timings` that stands for all nodes of a prompt together


class JobState(str, Enum):
    """The states of a job in the bridge; each dialect has its own words for them."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    final: bool  # whether the job can't change any more

    def __init__(self, value: str) -> None:
        self.final = value in ("completed", "failed", "cancelled")


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Upload:
    """The bytes of a picture from a request, decoded from base64; `field` is the request's name for the picture."""

    data: bytes
    field: str


UNSAID_KEY = "unsaid"  # the key of a job's values with the names of those that the dialect chose for the request
OWN_WORDS = "own_words"  # the key of a job's values with the prompt as a person wrote it, where it was changed
SAMPLING_VALUES = ("steps", "cfg", "sampler", "scheduler")  # values for which a model's family has defaults of its own
SEED_VALUES = ("seed", "variation_seed")  # values that may change without any other need of the job
LABEL_END = "~"  # between a label and the suffix that tells its jobs apart; no label contains it


@dataclass(frozen=True)
class Rendition:
    """The form in which a job's pictures are answered; they are kept as ComfyUI wrote them.

    Without `metadata` a picture has no text, no EXIF and no graph. `format` is `jpeg` or `webp`; with any other, the
    picture keeps its format. `quality` is 1 to 100. `lossless` is WebP's; None means lossless for pictures with a
    palette. Without `graph`, only the editor's graph and ComfyUI's prompt are left out.
    """

    metadata: bool = True
    format: str = ""
    quality: int = 80
    lossless: bool | None = None
    graph: bool = True


@dataclass(frozen=True)
class JobSpec:
    """All that decides a picture: nothing else in a request can influence the picture.

    `mode` names a workflow (`sketch`, or `sketch@1`), `values` and `pictures` are keyed by the workflow's own
    input names, `words` maps those names back to the caller's, for errors. `notes` are sentences for the answer.
    `batch` is one run of the workflow for each entry, with these values over `values`; empty is one run. A picture
    named `image@2` is the `image` of run 2 alone, counted from 0.
    `echo` is JSON data that the answer repeats, such as the request. With `loose`, values that the workflow has
    no input for are left out with a note, instead of refused. `seconds` limits the time that the job may run.
    `identity` tells requests with one id apart, for a dialect that decides something itself, as a random seed or the
    checkpoint of the moment: the same request, repeated later, must be the same job. Without it, the values tell.
    `cacheable` is true where nothing was left to chance: the caller named the seed, or there is none.
    `output` is the workflow's output that the dialect answers with, `rendition` the form of its pictures.
    With `label`, the id of the submission is only a name for the job: see LABEL_END.
    The server adds what no adapter knows and no picture depends on: `owner` is the name of the caller's key, `trace`
    the request's id in logs, `webhook` the URL that is called when the job has ended, `most` how many of
    the owner's jobs may wait and run at a time, this one included, 0 for any number.
    """

    mode: str
    dialect: str
    values: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Upload] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    priority: int = 0
    batch: tuple[Mapping[str, Any], ...] = ()
    echo: Any = None
    loose: bool = False
    seconds: float | None = None
    identity: str = ""
    cacheable: bool = False
    output: str = "image"
    label: bool = False
    rendition: Rendition = Rendition()
    owner: str = ""
    trace: str = ""
    webhook: str = ""
    most: int = 0


@dataclass(frozen=True)
class Artifact:
    """One result: `output` is the workflow's name for the result, `info` its node's report.

    `part` is the run of the batch that made the result, counted from 0. `data` is there only for routes that need the
    bytes. `sha256` is empty for a node that reports without writing a file. `file` is the path of ComfyUI's own copy
    below ComfyUI's output folder; empty where there is none.
    """

    output: str
    sha256: str
    content_type: str
    size: int
    info: Mapping[str, Any] = field(default_factory=dict)
    data: bytes | None = None
    part: int = 0
    file: str = ""


@dataclass(frozen=True)
class Job:
    """A job as the store knows it. Times are Unix seconds, `progress` is 0 to 1.

    `workflow` is the mode and version that really ran (`pixelate@1`), which differs from `mode` after a fallback;
    `used` are the values of that run, clamped and chosen ones included (of the first run of a batch).
    `timings` are the seconds of each node, by its title; WHOLE_PROMPT is ComfyUI's own figure for the whole prompt.
    `preview` is the newest intermediate picture as (content type, bytes), and `step` the sampler's (step, steps);
    both only while the job runs. `echo` and `rendition` are there only for routes that need the bytes.
    `fault` is the class name of the error that ended a failed job, here or in a node. `cached` is how many parts came
    from the cache, None for a job that doesn't use the cache. `owner` is the name of the key of the request, empty
    for the server's own; `trace` is the id of the request, for logs.
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
    batch: tuple[Mapping[str, Any], ...] = ()
    part: int = 0
    used: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    step: tuple[int, int] = (0, 0)
    echo: Any = None
    fault: str = ""
    cached: int | None = None
    owner: str = ""
    trace: str = ""
    rendition: Rendition = Rendition()

    def first(self, output: str = "image") -> Artifact | None:
        """The first artifact of this output; None where there is none."""
        return next((artifact for artifact in self.artifacts if artifact.output == output), None)

    @cached_property
    def parts(self) -> int:
        """The number of runs in the batch, at least 1."""
        return max(1, len(self.batch))

    @property
    def seconds(self) -> float | None:
        """The seconds between the job's start and end; None before its end, or if it never started."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


def cache_note(cached: int | None, parts: int) -> str:
    """A sentence for people about the parts of a job that came from the cache; empty for none."""
    if not cached:
        return ""
    return "It was in the cache." if parts == 1 else f"{cached} of {parts} were in the cache."
