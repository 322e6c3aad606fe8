"""Prompts that nobody wants any more: ComfyUI is told so until it obeys.

It takes a prompt out of its queue, and only then forgets the interrupts before it: one that comes in between is lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from bridge.comfy.client import Comfy, Place
from bridge.core.errors import BackendFailure, Unavailable
from bridge.drawing.history import History

FIRST_SECONDS = 0.03  # a sampler's step takes longer, what is lost takes 1-2 ms
MOST_SECONDS = 1.0  # between two looks at a node that doesn't look for interrupts


class Cancellation:
    """What is to be taken out of ComfyUI."""

    def __init__(self, comfy: Callable[[], Comfy], history: History) -> None:
        self._comfy, self._history = comfy, history
        self._works: dict[str, asyncio.Task[None]] = {}

    async def add(self, prompt_id: str, late: float = 0.0, *, now: bool = True) -> None:
        """Take this prompt out, waiting or running. Returns when ComfyUI was told, or couldn't be; it is told again
        until the prompt is gone. For so many seconds it may be on its way yet; without `now` nobody waits."""
        if prompt_id not in self._works:  # first, since who waits for the answer may give up
            work = self._works[prompt_id] = asyncio.create_task(self._until_gone(prompt_id, time.monotonic() + late))
            work.add_done_callback(lambda _: self._works.pop(prompt_id))
        if now:
            with suppress(Unavailable, BackendFailure):
                await self._comfy().interrupt(prompt_id)

    async def _until_gone(self, prompt_id: str, late: float) -> None:
        pause = FIRST_SECONDS
        while not await self._gone(prompt_id, pause, late):
            pause = min(2 * pause, MOST_SECONDS)
        self._history.forget(prompt_id)

    async def _gone(self, prompt_id: str, pause: float, late: float) -> bool:
        await asyncio.sleep(pause)
        with suppress(Unavailable, BackendFailure):
            place = (await self._comfy().locate(prompt_id)).place
            if place is Place.ENDED or (place is Place.ABSENT and time.monotonic() >= late):
                return True
            await self._comfy().interrupt(prompt_id)
        return False
