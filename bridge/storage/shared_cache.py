"""The result cache in a store that several bridges and workers share; the oldest entries are removed first."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from bridge.core.errors import StorageError
from bridge.core.job import Artifact
from bridge.storage.cache import packed, unpacked
from bridge.storage.objects import Objects

CACHE_FOLDER = "cache"
OCTET_STREAM = "application/octet-stream"
LOOK_SECONDS = 3600.0  # between two looks at all entries; a look may take many calls
SLACK_SHARE = 0.05  # the share of the most bytes that may be put before an early look

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class SharedCache:
    """Entries of about `most` bytes at most, all together; implements `Entries`. Between two looks they may be more.

    An error of the store is logged once and not raised: entries are then neither found nor stored. The entry that was
    put first is removed first, since reading an entry leaves no trace in the store.
    """

    def __init__(self, objects: Objects, limit: int) -> None:
        self.hits = self.misses = 0
        self._objects, self._limit = objects, limit
        self._entries = self._bytes = 0  # at the last look, and those that were put since
        self._put_bytes, self._look_time = 0, float("-inf")
        self._has_complained = False

    async def get(self, key: str) -> tuple[Artifact, ...] | None:
        """See `Entries.get`."""
        data = await self._quietly(self._objects.get(f"{CACHE_FOLDER}/{key}"))
        result = unpacked(data, key) if data else None
        self.hits += result is not None
        self.misses += result is None
        return result

    async def put(self, key: str, artifacts: Sequence[Artifact], workflow: str) -> None:
        """See `Entries.put`."""
        data = packed(key, artifacts, workflow)
        if len(data) > self._limit:
            return
        await self._quietly(self._objects.put(f"{CACHE_FOLDER}/{key}", data, OCTET_STREAM))
        self._put_bytes += len(data)
        if self._put_bytes > SLACK_SHARE * self._limit:
            await self._quietly(self._look())

    async def counted(self) -> dict[str, int]:
        """See `Entries.counted`; entries and bytes are those of the last look, an hour old at most."""
        if time.monotonic() - self._look_time > LOOK_SECONDS:
            await self._quietly(self._look())
        return {"hits": self.hits, "misses": self.misses, "entries": self._entries, "bytes": self._bytes}

    async def _look(self) -> None:
        """Count the entries, and remove the oldest where they are too many."""
        entries = sorted(await self._objects.list(CACHE_FOLDER), key=lambda each: each.changed_at)
        total, names = sum(each.size for each in entries), []
        while total > self._limit:
            names.append(entries[len(names)])
            total -= names[-1].size
        await self._objects.delete([each.name for each in names])
        self._entries, self._bytes = len(entries) - len(names), total
        self._put_bytes, self._look_time = 0, time.monotonic()

    async def _quietly(self, work: Awaitable[Result]) -> Result | None:
        try:
            result = await work
        except StorageError as error:
            if not self._has_complained:
                log.warning("The cache can't be used, so it isn't: %s", error)
            self._has_complained = True
            return None
        self._has_complained = False
        return result
