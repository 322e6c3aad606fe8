"""What was promised to whom, and what became of it: counted from what clients were told and what ComfyUI drew."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from faults import tiny

FINAL = ("completed", "failed")
SET_ASIDE = "ended twice"  # in the error of a job under which ComfyUI was killed twice


@dataclass
class Entry:
    """One job as its client knows it; times are of the monotonic clock."""

    id: str
    accepted: float | None = None
    ended: float | None = None
    finals: set[str] = field(default_factory=set)  # the different final answers that were given
    last: Mapping[str, Any] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    def hear(self, code: int, answer: Any) -> bool:
        """Take an answer about the job; whether it has ended. What must never be answered is kept as trouble."""
        if code != 200 or not isinstance(answer, dict):
            self.trouble.append(f"{code} {str(answer)[:200]}")
            return False
        self.last = answer
        if answer["status"] not in FINAL:
            if self.finals:
                self.trouble.append(f"{answer['status']} after its end")
            return False
        self.ended = self.ended or time.monotonic()
        said = f"{answer['status']} {answer.get('error')} {answer.get('resultDataUrl')}"
        self.finals.add(hashlib.sha256(said.encode()).hexdigest())
        return True


@dataclass
class Count:
    """The figures that are promised to be nothing, and how many jobs they are out of."""

    jobs: int = 0
    completed: int = 0
    set_aside: int = 0  # failed because ComfyUI was killed twice while they were drawn, and said so
    lost: int = 0  # accepted, and later unknown or never ended
    refused: int = 0  # never accepted
    twice: int = 0  # different final answers to the same client
    wrong: int = 0  # completed without its own picture, or failed without a cause
    drawn_twice: int = 0  # or oftener: more often than ComfyUI was killed meanwhile, and once
    undrawn: int = 0  # completed, and no file of ComfyUI's says that it drew it
    strange: int = 0  # answers that no client should get, such as a 500, and none at the very end

    @property
    def good(self) -> bool:
        """Whether all is as promised."""
        return not any(getattr(self, each.name) for each in fields(self)[3:])

    def __add__(self, other: Count) -> Count:
        return Count(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


def draws(folder: Path) -> Counter[bytes]:
    """How often each picture was drawn, by the files in ComfyUI's output folder."""
    return Counter(tiny.drawn(path.read_bytes()) for path in folder.glob("pixart/**/*.png") if path.stat().st_size)


def count(entries: Iterable[Entry], drawn: Mapping[bytes, int], kills: Iterable[float]) -> Count:
    """The figures; `kills` are the times at which a ComfyUI was killed."""
    kills = list(kills)
    return sum((count_one(entry, drawn.get(tiny.pixels(entry.id), 0), kills) for entry in entries), Count())


def count_one(entry: Entry, drawn: int, kills: Iterable[float]) -> Count:
    """The figures of one job, which was drawn so many times."""
    began, ended = entry.accepted or 0.0, entry.ended or time.monotonic()
    met = sum(began <= kill <= ended for kill in kills)
    status = entry.last.get("status")
    right = status == "completed" and tiny.is_right(entry.id, dict(entry.last))
    aside = status == "failed" and met >= 2 and SET_ASIDE in str(entry.last.get("error"))
    return Count(
        jobs=1,
        completed=right,
        set_aside=aside,
        lost=entry.accepted is not None and not entry.finals,
        refused=entry.accepted is None,
        twice=len(entry.finals) > 1,
        wrong=bool(entry.finals) and not right and not aside,
        drawn_twice=drawn > 1 + met,
        undrawn=status == "completed" and not drawn,
        strange=len(entry.trouble),
    )
