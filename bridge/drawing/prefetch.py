"""What a prompt made, asked for as soon as ComfyUI says that it is there, whether the job's turn has come or not.

Hints set it off, and only the history says what counts: a file that it doesn't name is no result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

from bridge.comfy.client import Comfy, Finding
from bridge.comfy.events import Event
from bridge.comfy.messages import FILE_PARTS
from bridge.core.errors import BackendFailure, Unavailable
from bridge.storage.retrying_store import RetryingStore


@dataclass(frozen=True)
class Taken:
    """A file of ComfyUI's, kept under its `key`."""

    key: str
    data: bytes
    content_type: str


@dataclass
class Prefetch:
    """One prompt's history, and its files at the nodes that are `wanted`. What was taken is held until `close`."""

    comfy: Callable[[], Comfy]
    store: RetryingStore
    prompt_id: str
    wanted: Collection[str]
    _lookup: asyncio.Task[Finding | None] | None = None
    _begun: dict[tuple[str, ...], asyncio.Task[Taken]] = field(default_factory=dict)
    _held: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._put = self._held.enter_context(self.store.holding())

    def hear(self, event: Event) -> None:
        """Begin with the first file of each node that is wanted, since a workflow's output is one picture; and with the
        history, which mostly is there already when the last node has ended."""
        for file in (listed[0] for node, listed in event.files.items() if node in self.wanted and listed):
            if _name(file) not in self._begun:
                self._begun[_name(file)] = asyncio.create_task(self._take(file))
        if (event.drawn or event.ended) and self._lookup is None:
            self._lookup = asyncio.create_task(self.comfy().ended(self.prompt_id))

    async def history(self) -> Finding | None:
        """See `Comfy.ended`."""
        lookup, self._lookup = self._lookup, None
        if lookup is not None:
            with suppress(Unavailable, BackendFailure):  # the second try tells
                if result := await lookup:
                    return result
        return await self.comfy().ended(self.prompt_id)

    async def take(self, file: Mapping[str, Any]) -> Taken:
        """The file; raises what `Comfy.fetch` raises."""
        begun = self._begun.get(_name(file))
        if begun is not None:
            with suppress(Unavailable, BackendFailure):  # the second try tells
                return await begun
        return await self._take(file)

    async def close(self) -> None:
        """Give up what was not taken; a row names by now what was."""
        begun = [*self._begun.values(), *([self._lookup] if self._lookup else [])]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        self._begun.clear()
        self._held.close()

    async def _take(self, file: Mapping[str, Any]) -> Taken:
        data, content_type = await self.comfy().fetch(file)
        return Taken(await self._put(data), data, content_type)


def _name(file: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(file.get(part, "") for part in FILE_PARTS)
