"""Bytes by their content hash, in a local folder: the pictures that jobs take and make."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.disk import trouble, write
from bridge.errors import Expired, SettingsError

Put = Callable[[bytes], Awaitable[str]]
LATEST_BYTES = 8 << 20  # kept in memory


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


MAGIC = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif", b"BM": ".bmp"}


def suffix(data: bytes) -> str:
    """The file suffix of a picture, by its first bytes; ComfyUI's file lists go by suffix."""
    return next((end for start, end in MAGIC.items() if data.startswith(start)), ".png")


class Artifacts:
    """A content-addressed store: the same bytes are kept once, and a key never changes its meaning.

    Files are put before a row names them. Until then their keys are held, so that `remove` passes them by; one process
    at a time uses the folder, so what is held is known here. `written` counts bytes since the start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = 0
        self._held: Counter[str] = Counter()
        self._latest: OrderedDict[str, bytes] = OrderedDict()
        self._latest_bytes = 0
        self._fresh: set[str] | None = None
        self._removing = asyncio.Lock()

    @classmethod
    def open(cls, folder: Path) -> Artifacts:
        """The store in this folder, made when it isn't there. Raises SettingsError when it can't be written."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise SettingsError(
                f"The folder {folder} can't be written: {error.strerror or error}.",
                hint="Make it writable, or set PIXART_DATA to another folder.",
            ) from error
        return cls(folder)

    @contextmanager
    def holding(self, held: Callable[[str, bytes], None] = lambda key, data: None) -> Iterator[Put]:
        """Gives `put`, which keeps bytes and returns their key; until the `with` block ends they are safe from removal.

        `held` is called once they are, before they are on the disk. `put` raises StorageError.
        """
        mine: list[str] = []

        async def put(data: bytes) -> str:
            key = digest(data)
            async with self._removing:
                self._held[key] += 1
                if self._fresh is not None:
                    self._fresh.add(key)
                mine.append(key)
            held(key, data)
            try:
                await asyncio.to_thread(write, self.path(key), data)
            except OSError as error:
                raise trouble(error) from error
            self.written += len(data)
            self._remember(key, data)
            return key

        cancelled = False
        try:
            yield put
        except asyncio.CancelledError:  # a row that was begun is written all the same: they stay held
            cancelled = True
            raise
        finally:
            if not cancelled:
                self._held -= Counter(mine)

    async def get(self, key: str) -> bytes:
        """The bytes again. Raises Expired when somebody removed the file, StorageError when it can't be read."""
        if (data := self._latest.get(key)) is not None and _size(self.path(key)) == len(data):
            return data
        try:
            return await asyncio.to_thread(self.path(key).read_bytes)
        except FileNotFoundError as error:
            raise Expired("Its file is gone.", hint="Somebody removed it from the server's folder.") from error
        except OSError as error:
            raise trouble(error) from error

    def _remember(self, key: str, data: bytes) -> None:
        """Keep what was put last: a sketch is uploaded, and a result fetched, a moment later."""
        self._forget(key)
        self._latest[key] = data
        self._latest_bytes += len(data)
        while self._latest_bytes > LATEST_BYTES:
            self._forget(next(iter(self._latest)))

    def _forget(self, key: str) -> None:
        self._latest_bytes -= len(self._latest.pop(key, b""))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what is put meanwhile, for `remove`: its row may come after those that were looked at."""
        self._fresh = set(self._held)
        try:
            yield
        finally:
            self._fresh = None

    async def remove(self, keys: Collection[str], copies: Callable[[str], Collection[Path]]) -> int:
        """Remove files, but for those that are held or were put while it is `watched`; their `copies` go with them.

        Returns the bytes that this freed. Raises StorageError.
        """
        async with self._removing:
            wanted = [key for key in keys if key not in (self._held if self._fresh is None else self._fresh)]
            for key in wanted:
                self._forget(key)
            paths = [path for key in wanted for path in (self.path(key), *copies(key))]
            return await asyncio.to_thread(unlink, paths)

    def path(self, key: str) -> Path:
        """Where the bytes of a key are, or would be; 256 folders keep each listing short."""
        return self.folder / key[:2] / key


def _size(path: Path) -> int | None:
    """Bytes of a file; None where there is none, or it can't be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def unlink(paths: Collection[Path]) -> int:
    """Remove files, where they are there; the bytes that this freed. Raises StorageError."""
    freed = 0
    for path in paths:
        try:
            size = path.stat().st_size
            path.unlink()
            freed += size
        except FileNotFoundError:
            continue
        except OSError as error:
            raise trouble(error) from error
    return freed
