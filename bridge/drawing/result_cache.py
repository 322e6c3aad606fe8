"""The result cache as a run uses it: the key of a plan, and the results under a key."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.catalog.interrogators import OUTPUT as WORDS
from bridge.comfy.client import Comfy
from bridge.core.errors import BackendFailure, Unavailable
from bridge.core.job import Artifact
from bridge.storage.cache import Entries, key
from bridge.workflow.plan import Plan

LOOK_SECONDS = 5.0  # a look at ComfyUI's version and model files holds so long, as one at its nodes does


@dataclass
class ResultCache:
    """One cache in front of one ComfyUI. `engine` gives, as JSON data, what decides a picture beside the prompt."""

    cache: Entries
    comfy: Callable[[], Comfy]
    engine: Callable[[], Mapping[str, Any]] = dict
    _last_look: tuple[float, str, dict[str, Any]] = field(default=(0.0, "", {}), init=False, repr=False)

    async def key_of(self, plan: Plan, *, cacheable: bool) -> str | None:
        """The key of a plan's results; input pictures are named by content in the plan.

        None for a request with a random seed (a workflow without a seed leaves nothing to chance), for plans whose
        output is words, since ComfyUI doesn't report the tagger's file that decides them, and while ComfyUI doesn't
        answer.
        """
        if WORDS in plan.outputs:
            return None
        if not cacheable and any(name.endswith("seed") for name in plan.workflow.inputs):
            return None
        try:
            look = await self._look()
        except (Unavailable, BackendFailure):  # a run needs ComfyUI, a cache doesn't
            return None
        return key(plan.prompt, plan.outputs, engine=self.engine(), **look)

    async def find(self, key: str) -> tuple[Artifact, ...] | None:
        """The results under a key, with their bytes."""
        return await self.cache.get(key)

    async def keep(self, key: str, artifacts: Sequence[Artifact], plan: Plan) -> None:
        """Keep the results of a completed run, with their bytes."""
        await self.cache.put(key, artifacts, plan.workflow.name)

    async def _look(self) -> dict[str, Any]:
        comfy = self.comfy()
        taken_at, url, look = self._last_look
        if url != comfy.url or time.monotonic() - taken_at > LOOK_SECONDS:
            look = {"system": await comfy.stats(), "files": await comfy.model_files()}
            self._last_look = (time.monotonic(), comfy.url, look)
        return look
