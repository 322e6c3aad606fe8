"""How the server is, as everybody may know: looked up once a second, however many ask."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bridge import __version__
from bridge.catalog.models import DRAWINGS_ID, Catalog, described, has_cuda
from bridge.engine.port import Jobs

HELD_SECONDS = 1.0  # ComfyUI is asked each time, which takes both some milliseconds


def _engine(catalog: Catalog) -> str:
    """What draws in the generic modes; `builtin` too where it is the built-in drawings for want of a model."""
    drawings = catalog.checkpoint and described(catalog.checkpoint, catalog.checkpoints).id == DRAWINGS_ID
    return "builtin" if drawings else catalog.engine


class Alive:
    """One for an application."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs, self._one = jobs, asyncio.Lock()
        self._state: dict[str, Any] = {}
        self._looked = -HELD_SECONDS

    async def state(self) -> dict[str, Any]:
        """Alive, in one shape that the clients of two dialects read."""
        async with self._one:
            if not self._state or time.monotonic() - self._looked >= HELD_SECONDS:
                catalog, system = await self._jobs.catalog(), await self._jobs.system()
                self._looked = time.monotonic()
                self._state = {
                    "status": "healthy",
                    "version": __version__,
                    "model_loaded": bool(catalog.checkpoints),
                    "engine": _engine(catalog),
                    "cuda_available": has_cuda(system),
                }
            return self._state
