"""What a run writes, written again and again until the disk takes it: a full disk must not cost a finished picture."""

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
    """The store and the artifacts as a run uses them: their errors are waited out. `ours`: ComfyUI has the same disk.

    `waited` is how many seconds that took since the start, the present wait included.
    """

    store: JobStore
    artifacts: Blobs
    disk: Disk
    ours: bool = True
    _waited: float = 0.0
    _since: float | None = field(default=None, init=False)
    _waiters: int = field(default=0, init=False)

    @property
    def waited(self) -> float:
        """Seconds."""
        return self._waited + (0.0 if self._since is None else time.monotonic() - self._since)

    async def next(
        self, besides: Collection[str] = (), served: Collection[str] = (), fitness: Fitness | None = None
    ) -> Record | None:
        """See `JobStore.next`."""
        return await self._insist(lambda: self.store.next(besides, served, fitness))

    async def leave(self, id: str) -> None:
        """See `JobStore.leave`."""
        await self._insist(lambda: self.store.leave(id))

    async def get(self, id: str) -> Record | None:
        """See `JobStore.get`."""
        return await self._insist(lambda: self.store.get(id))

    async def change(self, id: str, *, only_if: Collection[JobState], lasting: bool = True, **columns: Any) -> bool:
        """See `JobStore.advance`."""
        return await self._insist(lambda: self.store.advance(id, only_if=only_if, lasting=lasting, **columns))

    async def ended(self, prompt_ids: Collection[str]) -> list[str]:
        """See `JobStore.ended`."""
        return await self._insist(lambda: self.store.ended(prompt_ids))

    async def bytes(self, key: str) -> bytes:
        """See `Blobs.get`; raises Expired."""
        return await self._insist(lambda: self.artifacts.get(key))

    async def looked(self) -> str | None:
        """What is wrong with the disk now, in a sentence; where something was, it is proven to work again."""
        try:
            if self.disk.trouble is not None:
                await asyncio.to_thread(self.disk.probe)
                await self.store.prove()
                await self.artifacts.prove()
            self.disk.check()
            await self.store.oldest()
        except StorageError as error:
            await self.explained(error)
        else:
            self.disk.recover()
        return self.disk.trouble

    async def explained(self, error: StorageError) -> StorageError:
        """See `Disk.explained`."""
        return await asyncio.to_thread(self.disk.explained, error)

    @contextmanager
    def holding(self) -> Iterator[Put]:
        """See `Blobs.holding`."""
        with self.artifacts.holding() as put:
            yield lambda data: self._insist(lambda: put(data))

    async def room(self, message: str = "") -> bool:
        """Wait until the disk that ComfyUI shares has room; whether it had none, by its `message` or by a look."""
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
            await self.explained(error)
        with self._waiting():
            pause = FIRST_PAUSE
            while True:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                try:
                    result = await work()
                except StorageError as error:
                    await self.explained(error)
                else:
                    if self._waiters == 1:  # what works for one may fail for the others still
                        self.disk.recover()
                    return result

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """The time counts from the first that waits for the disk to the end of the last."""
        if not self._waiters:
            self._since = time.monotonic()
        self._waiters += 1
        try:
            yield
        finally:
            self._waiters -= 1
            if not self._waiters:
                self._waited, self._since = self.waited, None
