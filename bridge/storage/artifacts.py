"""Bytes by their content hash, in a local folder: the pictures that jobs take and make."""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bridge.core.errors import Expired, SettingsError, StorageError
from bridge.storage.blobs import Explained, Listing, Put
from bridge.storage.buffer import Buffer
from bridge.storage.disk import HALF, PROCESS, listed, trouble, unlink, write

KEY = re.compile(r"[0-9a-f]{64}")
OLDER = re.compile(r"[0-9a-f]{64}#\d+")  # a half-written file of version 0.1
LATER_SECONDS = 0.5  # the buffer is gathered for so long, and its files are written together
AGAIN_SECONDS = 2.0


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


MAGIC = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif", b"BM": ".bmp"}


def suffix(data: bytes) -> str:
    """The file suffix of a picture, by its first bytes; ComfyUI's file lists go by suffix."""
    return next((end for start, end in MAGIC.items() if data.startswith(start)), ".png")


class Holds:
    """Keys of bytes that this process has put and whose row may not be written yet: who removes passes them by.

    They are counted, as several jobs may put the same bytes.
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
        except asyncio.CancelledError:  # a row that was begun is written all the same: they stay held
            cancelled = True
            raise
        finally:
            if not cancelled:
                self._held -= Counter(mine)
                let_go(mine)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what is held meanwhile, for `free`."""
        self._fresh = set(self._held)
        try:
            yield
        finally:
            self._fresh = None

    def free(self, keys: Collection[str]) -> list[str]:
        """Those that are not held, and weren't since the watch began."""
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

    async def run(self, explained: Explained) -> None:
        """Write what is in the buffer, for ever. While that fails it takes no more, so that who puts hears of it."""
        while self.buffer:
            await self.buffer.wait()
            await asyncio.sleep(LATER_SECONDS)
            try:
                await self.settle()
            except StorageError as error:
                await explained(error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def settle(self) -> None:
        """Write what is in the buffer now. Raises StorageError; `run` tries again then, whoever asked for it."""
        async with self._settling:  # a second one at a time would take out what was put again after the first
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
        """None: what is in a folder has no URL of its own."""
        return None

    async def prove(self) -> None:
        """Nothing: a look at the disk proves its folders."""

    def watched(self) -> AbstractContextManager[None]:
        """See `Blobs.watched`."""
        return self._holds.watched()

    async def listing(self) -> Listing:
        """See `Blobs.listing`; the leavings are half-written files of processes that are no more."""
        result = Listing()
        for number in range(256):
            for path, size, changed in await asyncio.to_thread(listed, self.folder / f"{number:02x}"):
                if KEY.fullmatch(path.name):
                    result.files[path.name] = size, changed
                elif OLDER.fullmatch(path.name) or ((half := HALF.fullmatch(path.name)) and half[1] != PROCESS):
                    result.leavings[str(path)] = size, changed
        return result

    async def remove(self, keys: Collection[str], copies: Callable[[str], Collection[Path]]) -> int:
        """See `Blobs.remove`; what is in the buffer stays too."""
        async with self._removing:
            wanted = [key for key in self._holds.free(keys) if self.buffer is None or key not in self.buffer]
            paths = [path for key in wanted for path in (self.path(key), *copies(key))]
            return await asyncio.to_thread(unlink, paths)

    async def purge(self, listing: Listing, named: Collection[str], *, dry: bool) -> int:
        """See `Blobs.purge`."""
        if dry:
            return sum(size for size, _ in listing.leavings.values())
        return await asyncio.to_thread(unlink, [Path(path) for path in listing.leavings])

    def path(self, key: str) -> Path:
        """Where the bytes of a key are, or would be; 256 folders keep each listing short."""
        return self.folder / key[:2] / key


def _read(path: Path, key: str) -> bytes | None:
    """The bytes of a file; None where they are others than were written."""
    data = path.read_bytes()
    return data if digest(data) == key else None
