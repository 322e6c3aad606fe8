"""Bytes by their content hash, in a local folder: the pictures that jobs take and make.

A file of its own costs a job two waits for the disk, for its bytes and for its folder, before the row that names it
costs one more. On a memory card each takes as long as drawing a small picture. So small ones are committed with the row
that names them, and written to their files a moment later."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bridge.core.errors import Expired, SettingsError, StorageError
from bridge.storage.blobs import Diagnosis, Listing, Put
from bridge.storage.database import CompiledSql, Database
from bridge.storage.disk import PARTIAL_PATTERN, PROCESS_TAG, files_of, trouble, unlink, write
from bridge.storage.schema import BUFFER
from bridge.storage.transactions import parameter

SMALL_BYTES = 64 << 10  # bytes of one file: larger ones would make commits long, and the database grow
MOST_BUFFERED = 8 << 20  # bytes that may wait for their files

_KEEP = CompiledSql(
    sqlite_insert(BUFFER).values(key=parameter("key"), data=parameter("data")).on_conflict_do_nothing().inline()
)

KEY_PATTERN = re.compile(r"[0-9a-f]{64}")
OLDER_KEY_PATTERN = re.compile(r"[0-9a-f]{64}#\d+")  # a half-written file of version 0.1
LATER_SECONDS = 0.5  # the buffer is gathered for so long, and its files are written together
AGAIN_SECONDS = 2.0  # before the buffer is written again, after a failure


class Buffer:
    """Small artifacts that have no file yet, in memory and in the database. While `open` is False none is added."""

    def __init__(self, database: Database) -> None:
        self.open = True
        self.filled = asyncio.Event()  # set while a file is to be written
        self._database = database
        self._bytes: dict[str, bytes] = {}
        self._new: set[str] = set()  # keys that no commit has brought to the database yet
        self._size = 0

    def __contains__(self, key: str) -> bool:
        return key in self._bytes

    async def load(self) -> None:
        """Load what an earlier process left in the database."""
        query = sa.select(BUFFER.c.key, BUFFER.c.data)
        for key, data in await self._database.read(lambda connection: connection.execute(query).all()):
            self._insert(key, data)
            self.filled.set()

    async def wait(self) -> None:
        """Return when a file is to be written."""
        await self.filled.wait()

    def wake(self) -> None:
        """Have `wait` return once more."""
        self.filled.set()

    def takes(self, data: bytes) -> bool:
        """Whether these bytes are small enough for the buffer as it is filled now."""
        return self.open and len(data) <= SMALL_BYTES and self._size + len(data) <= MOST_BUFFERED

    def put(self, key: str, data: bytes) -> None:
        """Add bytes in memory; they are safe once a transaction with `keep` is committed."""
        if key not in self._bytes:
            self._insert(key, data)
            self._new.add(key)

    def _insert(self, key: str, data: bytes) -> None:
        self._bytes[key] = data
        self._size += len(data)

    def get(self, key: str) -> bytes | None:
        """The bytes; None where the buffer doesn't have them."""
        return self._bytes.get(key)

    def new(self) -> Mapping[str, bytes]:
        """The bytes by key that the next commit has to `keep`."""
        return {key: self._bytes[key] for key in self._new}

    def keep(self, connection: sa.Connection, new: Mapping[str, bytes]) -> None:
        """Write the `new` bytes in the transaction of a row that names them."""
        for key, data in new.items():
            _KEEP.changed(connection, key=key, data=data)

    def commit(self, keys: Collection[str]) -> None:
        """Note that the transaction with these keys is committed."""
        self._new.difference_update(keys)
        self.filled.set()

    def forget(self, keys: Collection[str]) -> None:
        """Drop those of these keys that were never committed, and that no row names."""
        for key in self._new.intersection(keys):
            self._new.discard(key)
            self._drop(key)

    def ready(self) -> Mapping[str, bytes]:
        """The committed bytes by key, to be written to files."""
        self.filled.clear()
        return {key: data for key, data in self._bytes.items() if key not in self._new}

    async def written(self, keys: Collection[str]) -> None:
        """Drop bytes that are in files by now. Raises StorageError."""
        delete = sa.delete(BUFFER).where(BUFFER.c.key.in_(keys))
        # Not durable: after a power cut the files are written once more.
        await self._database.write(lambda connection: connection.execute(delete), durable=False)
        for key in keys:
            self._drop(key)

    def _drop(self, key: str) -> None:
        self._size -= len(self._bytes.pop(key, b""))


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


ENDING_BY_SIGNATURE = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif", b"BM": ".bmp"}
ENDING_BY_SIGNATURE |= {b"II*\0": ".tif", b"MM\0*": ".tif", b"8BPS": ".psd"}


def suffix(data: bytes) -> str:
    """The file suffix of a picture, by its first bytes; ComfyUI's file lists go by suffix."""
    return next((end for start, end in ENDING_BY_SIGNATURE.items() if data.startswith(start)), ".png")


class Holds:
    """Keys of bytes whose row may not be written yet, and which retention therefore passes by.

    Holds are counted, since several jobs may put the same bytes.
    """

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._fresh: set[str] | None = None

    def __contains__(self, key: str) -> bool:
        return key in self._held

    @contextmanager
    def holding(self, let_go: Callable[[Collection[str]], None]) -> Iterator[Callable[[str], None]]:
        """Gives a function that holds a key until the `with` block ends; `let_go` is called with all of them then."""
        mine: list[str] = []

        def hold(key: str) -> None:
            self._held[key] += 1
            if self._fresh is not None:
                self._fresh.add(key)
            mine.append(key)

        cancelled = False
        try:
            yield hold
        except asyncio.CancelledError:  # the row may be written all the same, so the holds stay
            cancelled = True
            raise
        finally:
            if not cancelled:
                self._held -= Counter(mine)
                let_go(mine)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Collect the keys that are held during the block, for `free`."""
        self._fresh = set(self._held)
        try:
            yield
        finally:
            self._fresh = None

    def free(self, keys: Collection[str]) -> list[str]:
        """The keys without a hold, now and since `watched` began."""
        return [key for key in keys if key not in (self._held if self._fresh is None else self._fresh)]


class Artifacts:
    """A content-addressed store in a folder of one process; implements `Blobs`.

    Files are put before a row names them, or into the `buffer` to be committed with it. Until then their keys are held,
    so that `remove` passes them by; one process at a time uses the folder, so what is held is known here.
    """

    links = False

    def __init__(self, folder: Path, buffer: Buffer | None = None) -> None:
        self.folder, self.folders, self.buffer = folder, (folder,), buffer
        self.written = 0
        self._holds = Holds()
        self._removing, self._settling = asyncio.Lock(), asyncio.Lock()

    @classmethod
    def open(cls, folder: Path, buffer: Buffer | None = None) -> Artifacts:
        """The store in this folder, made when it isn't there. Raises SettingsError when it can't be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise SettingsError(
                f"The folder {folder} can't be written: {error.strerror or error}.",
                hint="Make it writable, or set PIXART_DATA to another folder.",
            ) from error
        return cls(folder, buffer)

    @contextmanager
    def holding(self) -> Iterator[Put]:
        """See `Blobs.holding`."""
        with self._holds.holding(self._let_go) as hold:

            async def put(data: bytes) -> str:
                key = digest(data)
                async with self._removing:
                    hold(key)
                if self.buffer and self.buffer.takes(data):
                    self.buffer.put(key, data)
                else:
                    await self._write({key: data})
                self.written += len(data)
                return key

            yield put

    def _let_go(self, keys: Collection[str]) -> None:
        if self.buffer:
            self.buffer.forget([key for key in keys if key not in self._holds])

    async def _write(self, files: Mapping[str, bytes]) -> None:
        try:
            await asyncio.to_thread(write, {self.path(key): data for key, data in files.items()})
        except OSError as error:
            raise trouble(error) from error

    async def run(self, diagnosis: Diagnosis) -> None:
        """Write the buffer to files, for ever. While that fails the buffer is closed, and `put` raises the error."""
        while self.buffer:
            await self.buffer.wait()
            await asyncio.sleep(LATER_SECONDS)
            try:
                await self.settle()
            except StorageError as error:
                await diagnosis(error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def settle(self) -> None:
        """Write the buffer to files now. Raises StorageError; `run` tries again then."""
        async with self._settling:  # a second run at a time could drop bytes that were put anew after the first
            if self.buffer is None:
                return
            try:
                if ready := self.buffer.ready():
                    await self._write(ready)
                    await self.buffer.written(ready)
            except StorageError:
                self.buffer.open = False
                self.buffer.wake()
                raise
            self.buffer.open = True

    async def get(self, key: str) -> bytes:
        """The bytes again. Raises Expired where the file was removed or damaged, StorageError when it can't be read."""
        if self.buffer and (data := self.buffer.get(key)) is not None:
            return data
        try:
            data = await asyncio.to_thread(_read, self.path(key), key)
        except FileNotFoundError as error:
            raise Expired("Its file is gone.", hint="Somebody removed it from the server's folder.") from error
        except OSError as error:
            raise trouble(error) from error
        if data is None:
            raise Expired("Its file is damaged.", hint="The server's disk fails, or somebody changed it there.")
        return data

    async def link(self, key: str, content_type: str) -> str | None:
        """None: a file in a folder has no URL."""
        return None

    async def prove(self) -> None:
        """Nothing to do: `Disk.probe` writes to the folder."""

    def watched(self) -> AbstractContextManager[None]:
        """See `Blobs.watched`."""
        return self._holds.watched()

    async def listing(self) -> Listing:
        """See `Blobs.listing`; the leavings are half-written files of earlier processes."""
        result = Listing()
        for number in range(256):
            for path, size, changed_at in await asyncio.to_thread(files_of, self.folder / f"{number:02x}"):
                if KEY_PATTERN.fullmatch(path.name):
                    result.files[path.name] = size, changed_at
                elif OLDER_KEY_PATTERN.fullmatch(path.name) or (
                    (half := PARTIAL_PATTERN.fullmatch(path.name)) and half[1] != PROCESS_TAG
                ):
                    result.leavings[str(path)] = size, changed_at
        return result

    async def remove(self, keys: Collection[str], copies: Callable[[str], Collection[Path]]) -> int:
        """See `Blobs.remove`; keys in the buffer stay too."""
        async with self._removing:
            free_keys = [key for key in self._holds.free(keys) if self.buffer is None or key not in self.buffer]
            paths = [path for key in free_keys for path in (self.path(key), *copies(key))]
            return await asyncio.to_thread(unlink, paths)

    async def purge(self, listing: Listing, named: Collection[str], *, dry: bool) -> int:
        """See `Blobs.purge`."""
        if dry:
            return sum(size for size, _ in listing.leavings.values())
        return await asyncio.to_thread(unlink, [Path(path) for path in listing.leavings])

    def path(self, key: str) -> Path:
        """The path of a key's file, there or not; 256 folders keep each listing short."""
        return self.folder / key[:2] / key


def _read(path: Path, key: str) -> bytes | None:
    """The bytes of a file; None where their SHA-256 isn't the key."""
    data = path.read_bytes()
    return data if digest(data) == key else None
