"""ComfyUI keeps every prompt that has ended, whole and in memory: it is told to forget them, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bridge.comfy.client import Comfy
from bridge.core.errors import BackendFailure, Unavailable

LATER_SECONDS = 0.5  # ended prompts are gathered for so long; no job waits for it
MOST = 1000  # prompts that it could not be told of; they are told with the next one


class History:
    """What can be forgotten."""

    def __init__(self, comfy: Callable[[], Comfy]) -> None:
        self._comfy = comfy
        self._ended: list[str] = []
        self._work: asyncio.Task[None] | None = None

    def forget(self, prompt_id: str) -> None:
        """Let this prompt be removed in a moment."""
        self._ended.append(prompt_id)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._later())

    async def _later(self) -> None:
        while self._ended:
            await asyncio.sleep(LATER_SECONDS)
            ended, self._ended = self._ended, []
            try:
                await self._comfy().forget(*ended)
            except (Unavailable, BackendFailure):  # it ended, or it was only out of reach and has them still
                self._ended = [*ended, *self._ended][-MOST:]
                return
