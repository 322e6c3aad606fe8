"""Work beside ComfyUI's own: what blocks its event loop doesn't hold it up, and it holds nothing up itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

LOOK_SECONDS = 0.1  # how often it is asked whether the work should go on
T = TypeVar("T")


class Stopped(Exception):
    """Nobody waits for this work any more."""


async def aside(work: Callable[[Callable[[], None]], Coroutine[Any, Any, T]], look: Callable[[], None]) -> T:
    """Run `work(check)` in a thread with an event loop of its own, and call `look` here meanwhile.

    ComfyUI runs asynchronous nodes and a sampler in one loop, and the sampler doesn't return to it for minutes: answers
    would lie unread then, and time-outs would strike whose answer is there. What `look` raises ends the work and is
    raised; so does cancelling. The work learns it by `check`, which then raises Stopped, and is waited for.
    """
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise Stopped

    # A future, not a task: of those, asyncio.run cancels all when it ends, and the thread would be forgotten.
    running = asyncio.get_running_loop().run_in_executor(None, asyncio.run, work(check))
    try:
        while not (await asyncio.wait({running}, timeout=LOOK_SECONDS))[0]:
            look()
        return running.result()
    finally:
        stop.set()
        await asyncio.wait({running})
        running.exception()  # else asyncio tells of it in the log
