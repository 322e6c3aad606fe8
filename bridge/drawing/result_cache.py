"""The cache as a run uses it: what its key is, what is found, what is kept."""

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

LOOK_SECONDS = 5.0  # how old a look at ComfyUI's version and model files may be, as with its nodes


@dataclass
class ResultCache:
    """One cache in front of one ComfyUI.

    `engine` says what else decides a picture, outside the prompt, as JSON data.
    """

    cache: Entries
    comfy: Callable[[], Comfy]
    engine: Callable[[], Mapping[str, Any]] = dict
    _seen: tuple[float, str, dict[str, Any]] = field(default=(0.0, "", {}), init=False, repr=False)

    async def key_of(self, plan: Plan, *, cacheable: bool) -> str | None:
        """The key of what a plan makes, its pictures named by content; None where it can't be known beforehand, and of
        words: ComfyUI tells nothing of a tagger's file, by which their key would change.

        A workflow without a seed leaves nothing to chance, whatever the request said.
        """
        if WORDS in plan.outputs:
            return None
        if not cacheable and any(name.endswith("seed") for name in plan.workflow.inputs):
            return None
        try:
            seen = await self._look()
        except (Unavailable, BackendFailure):  # a run needs ComfyUI, a cache doesn't
            return None
        return key(plan.prompt, plan.outputs, engine=self.engine(), **seen)

    async def find(self, key: str) -> tuple[Artifact, ...] | None:
        """The results under a key, with their bytes."""
        return await self.cache.get(key)

    async def keep(self, key: str, made: Sequence[Artifact], plan: Plan) -> None:
        """Keep the results of a run that was finished, with their bytes."""
        await self.cache.put(key, made, plan.workflow.name)

    async def _look(self) -> dict[str, Any]:
        comfy = self.comfy()
        taken, url, seen = self._seen
        if url != comfy.url or time.monotonic() - taken > LOOK_SECONDS:
            seen = {"system": await comfy.stats(), "files": await comfy.model_files()}
            self._seen = (time.monotonic(), comfy.url, seen)
        return seen
