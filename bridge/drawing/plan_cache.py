"""What a job would be drawn by, from when it was checked: mostly its turn comes a moment later, and it is just that."""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.core.job import JobSpec
from bridge.drawing.comfy_state import INFO_SECONDS
from bridge.storage.artifacts import suffix
from bridge.storage.record import Record
from bridge.workflow.plan import PREFIX, Plan, pictures_of

FOLDER = "pixart"  # below ComfyUI's input folder, where jobs' pictures go
MOST = 16  # jobs; of those that wait for longer the plan is made anew


def prefix(prompt_id: str) -> str:
    """Where ComfyUI writes what a prompt makes, below its output folder; 256 folders keep each listing short."""
    return f"pixart/{prompt_id[:2]}/{prompt_id}"


def expected(key: str, data: bytes) -> str:
    """What a loader node will call a picture, unless ComfyUI has another of that name."""
    return f"{FOLDER}/{key}{suffix(data)}"


def fresh(spec: JobSpec, pictures: Mapping[str, str]) -> dict[str, str]:
    """What the first part of a job gets beside its values: its pictures, by the names that they are expected to have in
    ComfyUI, and a place for what it makes. `pictures` are their keys."""
    sent = {pictures[name]: upload.data for name, upload in spec.pictures.items()}
    names = {name: expected(key, sent[key]) for name, key in pictures_of(pictures, 0).items()}
    return {**names, PREFIX: prefix(str(uuid.uuid4()))}


@dataclass(frozen=True)
class PreparedPrompt:
    """A prompt with an id that nobody has used, and all that it was made of."""

    prompt_id: str
    plan: Plan
    names: Mapping[str, str]  # of the pictures in it
    about: tuple[Any, ...]
    since: float


def _about(mode: str, values: Mapping[str, Any], words: Mapping[str, str], loose: bool) -> tuple[Any, ...]:
    return mode, dict(values), dict(words), loose


@dataclass
class PlanCache:
    """Drafts by the ids of their jobs."""

    clock: Callable[[], float] = time.monotonic
    _drafts: OrderedDict[str, PreparedPrompt] = field(default_factory=OrderedDict)

    def put(self, id: str, spec: JobSpec, extra: Mapping[str, str], plan: Plan | None) -> None:
        """Note what was found out about a job, with what was `fresh` for it."""
        if plan is None or spec.batch:
            return
        names = {name: value for name, value in extra.items() if name != PREFIX}
        about = _about(spec.mode, spec.values, spec.words, spec.loose)
        self._drafts[id] = PreparedPrompt(extra[PREFIX].rpartition("/")[2], plan, names, about, self.clock())
        if len(self._drafts) > MOST:
            self._drafts.popitem(last=False)

    def take(self, record: Record, names: Mapping[str, str]) -> tuple[str, Plan | None]:
        """A prompt id that nobody has used, and the plan with it, where planning now would come to the same.

        It is given once; `names` are what ComfyUI calls the pictures.
        """
        draft = self.taken(record)
        if draft and dict(draft.names) == dict(names):
            return draft.prompt_id, draft.plan
        return str(uuid.uuid4()), None

    def taken(self, record: Record) -> PreparedPrompt | None:
        """The job's draft, given once, where planning now would come to the same with pictures of the same names."""
        draft, job = self._drafts.pop(record.job.id, None), record.job
        if not draft or job.batch or job.workflow or self.clock() - draft.since >= INFO_SECONDS:
            return None
        return draft if draft.about == _about(job.mode, job.values, record.words, record.loose) else None
