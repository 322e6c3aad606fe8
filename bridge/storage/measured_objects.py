"""Objects whose calls are counted and timed, for who operates the store that they are in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.core.errors import StorageError
from bridge.core.metrics import Metrics
from bridge.storage.objects import Objects, StoredObject


class MeasuredObjects:
    """Implements `Objects` by others."""

    def __init__(self, objects: Objects, metrics: Metrics) -> None:
        self.links, self.folders = objects.links, objects.folders
        self._objects, self._metrics = objects, metrics

    @contextmanager
    def _measured(self, call: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        except StorageError:
            self._metrics["pixart_pictures_failures"].labels(call).inc()
            raise
        finally:
            self._metrics["pixart_pictures_seconds"].labels(call).observe(time.perf_counter() - began)

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """See `Objects.put`."""
        with self._measured("put"):
            await self._objects.put(name, data, content_type)

    async def get(self, name: str) -> bytes | None:
        """See `Objects.get`."""
        with self._measured("get"):
            return await self._objects.get(name)

    async def move(self, name: str, to: str) -> None:
        """See `Objects.move`."""
        with self._measured("move"):
            await self._objects.move(name, to)

    async def delete(self, names: list[str]) -> None:
        """See `Objects.delete`."""
        with self._measured("delete"):
            await self._objects.delete(names)

    async def list(self, folder: str = "") -> list[StoredObject]:
        """See `Objects.list`."""
        with self._measured("list"):
            return await self._objects.list(folder)

    async def prove(self) -> float:
        """See `Objects.prove`."""
        with self._measured("prove"):
            return await self._objects.prove()

    async def link(self, name: str, content_type: str) -> str | None:
        """See `Objects.link`."""
        with self._measured("link"):
            return await self._objects.link(name, content_type)
