"""Small files on their way to the disk: they are committed with the row that names them, and written a moment later.

A file of its own costs a job two waits for the disk, for its bytes and for its folder, before the row that names it
costs one more. On a memory card each takes as long as drawing a small picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bridge.storage.database import CompiledSql, Database
from bridge.storage.schema import BUFFER
from bridge.storage.transactions import given

SMALL = 64 << 10  # bytes: more would make each commit long, and the database grow
MOST = 8 << 20  # bytes that may be on their way

_KEEP = CompiledSql(
    sqlite_insert(BUFFER).values(key=given("key"), data=given("data")).on_conflict_do_nothing().inline()
)


class Buffer:
    """What has no file yet, by its key, all of it in memory too. `open` may be set to False: then it takes no more."""

    def __init__(self, database: Database) -> None:
        self.open = True
        self.filled = asyncio.Event()  # when something is to be written
        self._database = database
        self._bytes: dict[str, bytes] = {}
        self._new: set[str] = set()  # not in the database yet
        self._size = 0

    def __contains__(self, key: str) -> bool:
        return key in self._bytes

    async def load(self) -> None:
        """Take what a process left that is no more."""
        query = sa.select(BUFFER.c.key, BUFFER.c.data)
        for key, data in await self._database.read(lambda connection: connection.execute(query).all()):
            self._put(key, data)
            self.filled.set()

    async def wait(self) -> None:
        """Until something is to be written."""
        await self.filled.wait()

    def wake(self) -> None:
        """Something is to be written, once more."""
        self.filled.set()

    def takes(self, data: bytes) -> bool:
        """Whether this may go here."""
        return self.open and len(data) <= SMALL and self._size + len(data) <= MOST

    def put(self, key: str, data: bytes) -> None:
        """Take it; it is safe once `keep` was committed."""
        if key not in self._bytes:
            self._put(key, data)
            self._new.add(key)

    def _put(self, key: str, data: bytes) -> None:
        self._bytes[key] = data
        self._size += len(data)

    def get(self, key: str) -> bytes | None:
        """The bytes, if they are here."""
        return self._bytes.get(key)

    def new(self) -> Mapping[str, bytes]:
        """What the next commit has to `keep`."""
        return {key: self._bytes[key] for key in self._new}

    def keep(self, connection: sa.Connection, new: Mapping[str, bytes]) -> None:
        """Write what is `new` into the transaction of a row that names it."""
        for key, data in new.items():
            _KEEP.changed(connection, key=key, data=data)

    def kept(self, keys: Collection[str]) -> None:
        """These are committed."""
        self._new.difference_update(keys)
        self.filled.set()

    def forget(self, keys: Collection[str]) -> None:
        """Of these, no row names those that are new still."""
        for key in self._new.intersection(keys):
            self._new.discard(key)
            self._drop(key)

    def ready(self) -> Mapping[str, bytes]:
        """What may be written to its file."""
        self.filled.clear()
        return {key: data for key, data in self._bytes.items() if key not in self._new}

    async def written(self, keys: Collection[str]) -> None:
        """These are on the disk. Raises StorageError."""
        gone = sa.delete(BUFFER).where(BUFFER.c.key.in_(keys))
        # Where a power cut takes this commit back, they are written once more.
        await self._database.write(lambda connection: connection.execute(gone), lasting=False)
        for key in keys:
            self._drop(key)

    def _drop(self, key: str) -> None:
        self._size -= len(self._bytes.pop(key, b""))
