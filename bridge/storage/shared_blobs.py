"""Bytes by their SHA-256 in a store that several bridges and workers share.

No process knows the objects that another one has just put without having written their rows yet. So removal is two
steps: an object that no row names gets another name, by which `get` still finds it, and is removed for good once it has
had that name for longer than any request takes; an object that a row names again by then gets its name back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bridge.core.errors import Expired, StorageError
from bridge.storage.artifacts import AGAIN_SECONDS, ENDING_BY_SIGNATURE, KEY_PATTERN, Buffer, Holds, digest
from bridge.storage.blobs import Diagnosis, Listing, Put
from bridge.storage.disk import unlink
from bridge.storage.objects import Objects

REMOVED_FOLDER = "removed"  # the folder of objects that wait for their removal for good
CONTENT_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
}
OCTET_STREAM = "application/octet-stream"


def name_of(key: str) -> str:
    """The object's name, which is also the file's in the data folder, so that files can be copied from there."""
    return f"{key[:2]}/{key}"


def removed_name_of(key: str) -> str:
    """The object's name while it waits for its removal for good."""
    return f"{REMOVED_FOLDER}/{key}"


def content_type_of(data: bytes) -> str:
    """A picture's content type, by its first bytes; for anything else, the type of plain bytes."""
    ending = next((end for start, end in ENDING_BY_SIGNATURE.items() if data.startswith(start)), "")
    return CONTENT_TYPES.get(ending, OCTET_STREAM)


class SharedBlobs:
    """Implements `Blobs`. `grace_seconds` is longer than a request or run takes from its first `put` to its row.

    It writes the objects that another store has left in the `buffer`, and puts nothing into the buffer.
    """

    def __init__(self, objects: Objects, grace_seconds: float, buffer: Buffer | None = None) -> None:
        self.folders, self.links, self.written = objects.folders, objects.links, 0
        self._objects, self._grace, self._buffer = objects, grace_seconds, buffer
        self._holds = Holds()

    @contextmanager
    def holding(self) -> Iterator[Put]:
        """See `Blobs.holding`."""
        with self._holds.holding(lambda _: None) as hold:

            async def put(data: bytes) -> str:
                key = digest(data)
                hold(key)
                await self._write(key, data)
                self.written += len(data)
                return key

            yield put

    async def _write(self, key: str, data: bytes) -> None:
        await self._objects.put(name_of(key), data, content_type_of(data))

    async def get(self, key: str) -> bytes:
        """See `Blobs.get`."""
        if self._buffer and (buffered := self._buffer.get(key)) is not None:
            return buffered
        data = await self._objects.get(name_of(key))
        if data is None:
            data = await self._objects.get(removed_name_of(key))
        if data is None:
            raise Expired("Its file is gone.", hint="Somebody removed it from the store of pictures.")
        if digest(data) != key:
            raise Expired("Its file is damaged.", hint="The store of pictures has other bytes than it was given.")
        return data

    async def link(self, key: str, content_type: str) -> str | None:
        """See `Blobs.link`."""
        return await self._objects.link(name_of(key), content_type)

    async def run(self, diagnosis: Diagnosis) -> None:
        """See `Blobs.run`."""
        while self._buffer:
            try:
                await self.settle()
                return
            except StorageError as error:
                await diagnosis(error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def settle(self) -> None:
        """See `Blobs.settle`."""
        if self._buffer and (files := self._buffer.ready()):
            for key, data in files.items():
                await self._write(key, data)
            await self._buffer.written(files)

    async def prove(self) -> None:
        """See `Blobs.prove`."""
        await self._objects.prove()

    def watched(self) -> AbstractContextManager[None]:
        """See `Blobs.watched`."""
        return self._holds.watched()

    async def listing(self) -> Listing:
        """See `Blobs.listing`; the leavings are objects that wait for removal, and unfinished files."""
        result = Listing(now=await self._objects.prove())
        for each in await self._objects.list():
            folder, _, name = each.name.rpartition("/")
            if KEY_PATTERN.fullmatch(name) and folder == name[:2]:
                result.files[name] = each.size, each.changed_at
            elif folder == REMOVED_FOLDER or name.endswith(".half"):
                result.leavings[each.name] = each.size, each.changed_at
        return result

    async def remove(self, keys: Collection[str], copies: Callable[[str], Collection[Path]]) -> int:
        """See `Blobs.remove`; the freed bytes are those of ComfyUI's copies, as the objects wait for their removal."""
        free_keys = self._holds.free(keys)
        for key in free_keys:
            await self._objects.move(name_of(key), removed_name_of(key))
        return await asyncio.to_thread(unlink, [path for key in free_keys for path in copies(key)])

    async def purge(self, listing: Listing, named: Collection[str], *, dry: bool) -> int:
        """See `Blobs.purge`; waiting objects that a row names again get their names back."""
        assert listing.now is not None
        old = {
            name: size
            for name, (size, changed_at) in listing.leavings.items()
            if listing.now - changed_at > self._grace
        }
        back = {name for name in listing.leavings if name.removeprefix(f"{REMOVED_FOLDER}/") in named}
        names = [name for name in old if name not in back]
        if not dry:
            for name in back:
                await self._objects.move(name, name_of(name.removeprefix(f"{REMOVED_FOLDER}/")))
            await self._objects.delete(names)
        return sum(old[name] for name in names)
