"""Waiting for what comes true while the event loop runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


async def until(met: Callable[[], Found], seconds: float = 60.0) -> Found:
    """What `met` returns as soon as that is true. Raises AssertionError when it isn't in time."""
    deadline = time.monotonic() + seconds
    while not (found := met()):
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        await asyncio.sleep(0.01)
    return found
