"""Waiting for something, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """What the work returns; when it takes longer, it is cancelled. Raises asyncio.TimeoutError then.

    Until Python 3.12, `asyncio.wait_for` forgets that it was itself cancelled where the work is done in that moment:
    what was to end goes on then, and whoever waits for its end waits for ever.
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
            task.exception()  # who was itself cancelled hears of it no more, and asyncio logs what nobody heard of
