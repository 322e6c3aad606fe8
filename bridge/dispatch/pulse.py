"""Proof that ComfyUI works: HTTP answers also when the thread that runs prompts has died."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bridge.comfy.client import Comfy, Place
from bridge.errors import BackendFailure, PromptRefused, Unavailable

BEAT_SECONDS = 10.0  # that the smallest prompt may take; it takes milliseconds
FRESH_SECONDS = 10.0  # how old a proof may be: who asks often costs nothing
POLL_SECONDS = 0.02


@dataclass
class Pulse:
    """Runs a prompt that does nothing, when nothing else runs."""

    comfy: Callable[[], Comfy]
    _proven: tuple[float, str] = (float("-inf"), "")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def beats(self) -> bool:
        """Whether a prompt comes through, or waits behind somebody else's that runs."""
        async with self._lock:
            when, url = self._proven
            if url != self.comfy().url or time.monotonic() - when > FRESH_SECONDS:
                if not await self._beat():
                    return False
                self._proven = (time.monotonic(), self.comfy().url)
            return True

    async def _beat(self) -> bool:
        comfy, prompt_id, text = self.comfy(), str(uuid.uuid4()), uuid.uuid4().hex
        nothing = {"1": {"class_type": "PreviewAny", "inputs": {"source": text}, "_meta": {"title": "Heartbeat"}}}
        deadline = time.monotonic() + BEAT_SECONDS
        try:
            await comfy.submit(prompt_id, nothing, {})
            while time.monotonic() < deadline:
                found = await comfy.locate(prompt_id)
                if found.place is Place.ENDED or (found.place is Place.PENDING and found.running):
                    await self._forgotten(comfy, prompt_id)
                    return True
                await asyncio.sleep(POLL_SECONDS)
            await self._forgotten(comfy, prompt_id)
        except PromptRefused:  # it has no such node, but it looked: an older ComfyUI is taken at its word
            return True
        except (Unavailable, BackendFailure):
            pass
        return False

    async def _forgotten(self, comfy: Comfy, prompt_id: str) -> None:
        with suppress(Unavailable, BackendFailure):
            await comfy.interrupt(prompt_id)
            await comfy.forget(prompt_id)
