"""Proof that ComfyUI works: HTTP answers also when the thread that runs prompts has died."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bridge.comfy.client import Comfy, Place
from bridge.core.errors import BackendFailure, PromptRefused, Unavailable

BEAT_SECONDS = 10.0  # for the smallest prompt, which takes milliseconds
FRESH_SECONDS = 10.0  # during which the last answer is given again, so that frequent questions cost nothing
POLL_SECONDS = 0.02
WATCH_SECONDS = 60.0  # between two beats of a server that has nothing to do
MOST_MISSES = 3  # in a row; a node of a person in the editor may hold up all threads for one

log = logging.getLogger(__name__)


@dataclass
class Pulse:
    """Runs a prompt that does nothing, to see whether ComfyUI still runs prompts."""

    comfy: Callable[[], Comfy]
    _last: tuple[float, str, bool] = (
        float("-inf"),
        "",
        False,
    )  # monotonic seconds, URL, and whether the prompt came through
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def beats(self) -> bool:
        """Whether a prompt comes through, or waits behind another client's that runs."""
        async with self._lock:
            when, url, _ = self._last
            if url != self.comfy().url or time.monotonic() - when > FRESH_SECONDS:
                beat = await self._beat()
                self._last = (time.monotonic(), self.comfy().url, beat)
            return self._last[2]

    async def _beat(self) -> bool:
        comfy, prompt_id, text = self.comfy(), str(uuid.uuid4()), uuid.uuid4().hex
        prompt = {"1": {"class_type": "PreviewAny", "inputs": {"source": text}, "_meta": {"title": "Heartbeat"}}}
        deadline = time.monotonic() + BEAT_SECONDS
        try:
            await comfy.submit(prompt_id, prompt, {})
            while time.monotonic() < deadline:
                result = await comfy.locate(prompt_id)
                if result.place is Place.ENDED or (result.place is Place.PENDING and result.running):
                    await self._forget(comfy, prompt_id)
                    return True
                await asyncio.sleep(POLL_SECONDS)
            await self._forget(comfy, prompt_id)
        except PromptRefused:  # an older ComfyUI has no such node, but its refusal is a sign of life
            return True
        except (Unavailable, BackendFailure):
            pass
        return False

    async def _forget(self, comfy: Comfy, prompt_id: str) -> None:
        with suppress(Unavailable, BackendFailure):
            await comfy.interrupt(prompt_id)
            await comfy.forget(prompt_id)

    async def watch(self, idle: Callable[[], bool], renew: Callable[[], Awaitable[bool]]) -> None:
        """Watch for ever, while the server is `idle`, and `renew` a ComfyUI that answers but draws nothing."""
        misses = 0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            misses = misses + 1 if idle() and not await self.beats() else 0
            if misses == MOST_MISSES:
                log.warning("ComfyUI answers, but has drawn nothing for minutes: it is restarted where it is ours")
                await renew()
                misses = 0
