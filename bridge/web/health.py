"""The part of the server's health that everybody may see, renewed once a second for any number of requests."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bridge import __version__
from bridge.catalog.models import DRAWINGS_ID, Catalog, described, has_cuda
from bridge.engine.port import Jobs

FRESH_SECONDS = 1.0  # between two questions to ComfyUI, which take both sides some milliseconds


def _engine(catalog: Catalog) -> str:
    """The engine of the generic modes; `builtin` also where the built-in drawings draw for want of a model."""
    drawings = catalog.checkpoint and described(catalog.checkpoint, catalog.checkpoints).id == DRAWINGS_ID
    return "builtin" if drawings else catalog.engine


class Alive:
    """The health of one application."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs, self._one = jobs, asyncio.Lock()
        self._state: dict[str, Any] = {}
        self._last_look = -FRESH_SECONDS

    async def state(self) -> dict[str, Any]:
        """The health as JSON, in one form that the clients of two dialects read."""
        async with self._one:
            if not self._state or time.monotonic() - self._last_look >= FRESH_SECONDS:
                catalog, system = await self._jobs.catalog(), await self._jobs.system()
                self._last_look = time.monotonic()
                self._state = {
                    "status": "healthy",
                    "version": __version__,
                    "model_loaded": bool(catalog.checkpoints),
                    "engine": _engine(catalog),
                    "cuda_available": has_cuda(system),
                }
            return self._state
