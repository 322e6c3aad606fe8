"""What a process takes, by Linux's /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    """Resident memory in MiB, and how many files, sockets and pipes are open."""

    memory: float
    files: int


def sample(pid: int) -> Sample:
    """As the process is now. Raises FileNotFoundError where there is no /proc, or no such process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return Sample(pages * PAGE / 2**20, len(os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208  # counted, not read
