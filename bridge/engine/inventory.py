"""The capabilities of one ComfyUI of this process, looked at now and then and published to peers when they change."""

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

AGAIN_SECONDS = 30.0  # between two looks at a ComfyUI that no request looks at
PUBLISH_SECONDS = 3600.0  # unchanged capabilities are published again so often: the database drops old ones


class Inventory:
    """The published capabilities of one worker's ComfyUI."""

    def __init__(self, worker: Worker, settings: Settings, peers: Peers) -> None:
        self._worker, self._settings, self._peers = worker, settings, peers
        self._look, self._look_time, self._publish_time = Look(), 0.0, 0.0
        self._report: Mapping[str, Any] = {}

    @property
    def digest(self) -> str:
        """The digest under which peers read the capabilities; empty before they are published."""
        return self._report.get("can", "")

    @property
    def report(self) -> Mapping[str, Any]:
        """The ComfyUI's report for operators and peers, with the capabilities' digest as `can`.

        `can` is empty for a ComfyUI that was away for KNOWN_SECONDS. The whole report is empty before the first look,
        so that the report of the process before this one holds until then.
        """
        backend = self._worker.backend
        if not self._report:
            return {}
        is_recent = backend.away_seconds() < KNOWN_SECONDS
        return {**self._report, "pack": backend.pack} if is_recent else {"can": ""}

    async def renew(self) -> None:
        """Look at the ComfyUI where the last look is old, and publish changes.

        Raises Unavailable, BackendFailure and StorageError.
        """
        state, backend, now = self._worker.comfy_state, self._worker.backend, time.monotonic()
        if not backend.up:
            return
        if now - self._look_time > AGAIN_SECONDS or state.last_look.generation != backend.generation:
            await state.glance()  # the last look is old, was dropped, or is of an earlier ComfyUI process
            self._look_time = now
        look, is_overdue = state.last_look, now - self._publish_time > PUBLISH_SECONDS
        if self._report and look.like(self._look) and not is_overdue:
            return
        capabilities = Capabilities.of(look, self._settings, await state.system())
        digest, content = await asyncio.to_thread(capabilities.packed)
        if digest != self.digest or is_overdue:
            await self._peers.publish(digest, content)
            self._publish_time = now
        self._look, self._report = look, {**capabilities.summary(), "can": digest}
