"""Waiting for work to end, for a limited time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of the work. Work that takes longer than `seconds` is cancelled, and raises asyncio.TimeoutError.

    Until Python 3.12, `asyncio.wait_for` forgets that it was itself cancelled where the work ends in that moment: the
    caller goes on then, and whoever waits for the caller's end waits for ever.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise asyncio.TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif not task.cancelled():
            task.exception()  # a cancelled caller never reads it, and asyncio logs exceptions that nobody reads
