"""What one ComfyUI of this process can, looked at now and then, and told to others when it has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from bridge.core.settings import Settings
from bridge.drawing.capabilities import Capabilities
from bridge.drawing.comfy_state import Look
from bridge.engine.worker import Worker
from bridge.storage.peers import KNOWN_SECONDS, Peers

AGAIN_SECONDS = 30.0  # between two looks of a ComfyUI that nobody else looks at
PUBLISH_SECONDS = 3600.0  # between two times that the same is told, so that nobody takes it for forgotten


class Inventory:
    """One for a ComfyUI."""

    def __init__(self, worker: Worker, settings: Settings, peers: Peers) -> None:
        self._worker, self._settings, self._peers = worker, settings, peers
        self._look, self._looked, self._published = Look(), 0.0, 0.0
        self._report: Mapping[str, Any] = {}

    @property
    def digest(self) -> str:
        """Under which all of it is kept for others; empty while it isn't."""
        return self._report.get("can", "")

    @property
    def report(self) -> Mapping[str, Any]:
        """What an operator wants to see of it, the digest among it as `can`: empty of a ComfyUI that is long away, and
        not there before this process has looked at it, so that what the process before it told holds."""
        backend = self._worker.backend
        if not self._report:
            return {}
        known = backend.away_seconds() < KNOWN_SECONDS
        return {**self._report, "pack": backend.pack} if known else {"can": ""}

    async def renew(self) -> None:
        """Look again, where it is time. Raises Unavailable, BackendFailure and StorageError."""
        state, backend, now = self._worker.comfy_state, self._worker.backend, time.monotonic()
        if not backend.up:
            return
        if now - self._looked > AGAIN_SECONDS or state.seen.generation != backend.generation:
            await state.glance()  # it is long ago, was to be forgotten, or is of an earlier life
            self._looked = now
        look, late = state.seen, now - self._published > PUBLISH_SECONDS
        if self._report and look.like(self._look) and not late:
            return
        capabilities = Capabilities.of(look, self._settings, await state.system())
        digest, content = await asyncio.to_thread(capabilities.packed)
        if digest != self.digest or late:
            await self._peers.publish(digest, content)
            self._published = now
        self._look, self._report = look, {**capabilities.summary(), "can": digest}
