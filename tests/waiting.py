"""Waiting for what comes true: while the event loop runs, or for processes that stand still."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")


async def until(met: Callable[[], Found], seconds: float = 60.0) -> Found:
    """What `met` returns as soon as that is true. Raises AssertionError when it isn't in time."""
    deadline = time.monotonic() + seconds
    while not (found := met()):
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        await asyncio.sleep(0.01)
    return found


def stand_still(*processes: int) -> None:
    """Stop processes by SIGSTOP, and wait for each of their threads, as one may answer a call until it stops."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    for process in processes:
        while any(_runs(thread) for thread in Path(f"/proc/{process}/task").iterdir()):
            time.sleep(0.001)


def _runs(thread: Path) -> bool:
    try:
        state = (thread / "stat").read_text(encoding="utf-8").rpartition(") ")[2]  # a name stands before
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state[0] not in "TZX"  # stopped, ended, gone
