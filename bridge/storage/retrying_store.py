"""The store with retries, so that a full disk never costs a finished picture."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bridge.core.errors import StorageError
from bridge.core.job import JobState
from bridge.storage.blobs import Blobs, Put
from bridge.storage.disk import SAID_FULL, Disk, full
from bridge.storage.fitness import Fitness
from bridge.storage.port import JobStore
from bridge.storage.record import Record

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds between two tries

Result = TypeVar("Result")


@dataclass
class RetryingStore:
    """The store and the artifacts as a run uses them: a call is repeated until the disk works.

    `ours` says that ComfyUI writes to the same disk.
    """

    store: JobStore
    artifacts: Blobs
    disk: Disk
    ours: bool = True
    _past_wait: float = 0.0
    _since: float | None = field(default=None, init=False)
    _waiters: int = field(default=0, init=False)

    @property
    def wait_seconds(self) -> float:
        """Seconds spent in waits for the disk since the start, the present wait included."""
        return self._past_wait + (0.0 if self._since is None else time.monotonic() - self._since)

    async def next(
        self, chosen_ids: Collection[str] = (), served_owners: Collection[str] = (), fitness: Fitness | None = None
    ) -> Record | None:
        """See `JobStore.next`."""
        return await self._insist(lambda: self.store.next(chosen_ids, served_owners, fitness))

    async def leave(self, id: str) -> None:
        """See `JobStore.leave`."""
        await self._insist(lambda: self.store.leave(id))

    async def get(self, id: str) -> Record | None:
        """See `JobStore.get`."""
        return await self._insist(lambda: self.store.get(id))

    async def change(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """See `JobStore.advance`."""
        return await self._insist(lambda: self.store.advance(id, only_if=only_if, durable=durable, **columns))

    async def ended(self, prompt_ids: Collection[str]) -> list[str]:
        """See `JobStore.ended`."""
        return await self._insist(lambda: self.store.ended(prompt_ids))

    async def bytes(self, key: str) -> bytes:
        """See `Blobs.get`; raises Expired."""
        return await self._insist(lambda: self.artifacts.get(key))

    async def current_trouble(self) -> str | None:
        """The disk's trouble in a sentence, None without any; after trouble a test write proves the disk."""
        try:
            if self.disk.trouble is not None:
                await asyncio.to_thread(self.disk.probe)
                await self.store.prove()
                await self.artifacts.prove()
            self.disk.check()
            await self.store.oldest()
        except StorageError as error:
            await self.diagnosis(error)
        else:
            self.disk.recover()
        return self.disk.trouble

    async def diagnosis(self, error: StorageError) -> StorageError:
        """See `Disk.diagnosis`."""
        return await asyncio.to_thread(self.disk.diagnosis, error)

    @contextmanager
    def holding(self) -> Iterator[Put]:
        """See `Blobs.holding`."""
        with self.artifacts.holding() as put:
            yield lambda data: self._insist(lambda: put(data))

    async def room(self, message: str = "") -> bool:
        """Wait until the disk shared with ComfyUI has room; whether it was full, by ComfyUI's `message` or a look."""
        if not (self.ours and (SAID_FULL.search(message) or self.disk.short())):
            return False
        await self._insist(self._room)
        return True

    async def _room(self) -> None:
        if self.disk.short():
            raise full()

    async def _insist(self, work: Callable[[], Awaitable[Result]]) -> Result:
        try:
            return await work()
        except StorageError as error:
            await self.diagnosis(error)
        with self._waiting():
            pause = FIRST_PAUSE
            while True:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                try:
                    result = await work()
                except StorageError as error:
                    await self.diagnosis(error)
                else:
                    if self._waiters == 1:  # while other calls still fail, the disk doesn't count as recovered
                        self.disk.recover()
                    return result

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Count the time of the block; overlapping waits count once."""
        if not self._waiters:
            self._since = time.monotonic()
        self._waiters += 1
        try:
            yield
        finally:
            self._waiters -= 1
            if not self._waiters:
                self._past_wait, self._since = self.wait_seconds, None
