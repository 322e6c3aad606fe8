"""The part of the server's health that everybody may see, renewed once a second for any number of requests."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bridge import __version__
from bridge.catalog.families import CHECKPOINTS
from bridge.catalog.model_sets import built_in
from bridge.catalog.models import DRAWINGS_ID, Catalog, described, has_cuda
from bridge.engine.port import Jobs

FRESH_SECONDS = 1.0  # between two questions to ComfyUI, which take both sides some milliseconds


def _engine(catalog: Catalog) -> str:
    """The engine of the generic modes; `builtin` also where the built-in drawings draw for want of a model."""
    drawings = catalog.checkpoint and described(catalog.checkpoint, catalog.checkpoints).id == DRAWINGS_ID
    return "builtin" if drawings else catalog.engine


def _advice(catalog: Catalog) -> dict[str, str]:
    """How to get a model, where a ComfyUI that is there has none."""
    if not catalog.live or any(described(name, catalog.checkpoints).id != DRAWINGS_ID for name in catalog.checkpoints):
        return {}
    command = built_in().command(CHECKPOINTS, lambda _: True)
    return {"advice": f"There is no model to draw with. `{command}` fetches one; `pixart models list` shows others."}


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
                    **_advice(catalog),
                }
            return self._state
