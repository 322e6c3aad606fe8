"""Objects in a folder that several machines mount, by NFS or the like."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from bridge.core.errors import SettingsError
from bridge.storage.disk import files_of, trouble, unlink, write
from bridge.storage.objects import StoredObject

Result = TypeVar("Result")


class SharedFolder:
    """Implements `Objects`. Raises SettingsError for a missing folder, which may be one that isn't mounted."""

    links = False

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SettingsError(f"The folder {folder} of RESULTS_URL is not there.", hint="Mount it, or make it.")
        self._folder, self.folders = folder, (folder,)

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """See `Objects.put`."""
        path = self._folder / name

        def put() -> None:
            while True:
                write({path: data})
                with suppress(FileNotFoundError):  # another machine has just moved it
                    return os.utime(path)  # the same bytes are there already

        await _call(put)

    async def get(self, name: str) -> bytes | None:
        """See `Objects.get`."""
        try:
            return await _call((self._folder / name).read_bytes)
        except FileNotFoundError:
            return None

    async def move(self, name: str, to: str) -> None:
        """See `Objects.move`."""

        def move() -> None:
            target = self._folder / to
            target.parent.mkdir(exist_ok=True)
            (self._folder / name).replace(target)
            os.utime(target)

        try:
            await _call(move)
        except FileNotFoundError:
            return

    async def delete(self, names: list[str]) -> None:
        """See `Objects.delete`."""
        await _call(lambda: unlink([self._folder / name for name in names]))

    async def list(self, folder: str = "") -> list[StoredObject]:
        """See `Objects.list`."""
        return await _call(lambda: self._list(folder))

    def _list(self, folder: str) -> list[StoredObject]:
        every = (each for each in self._folder.iterdir() if each.is_dir())
        folders = [self._folder / folder] if folder else sorted(every)
        files = (file for folder in folders for file in files_of(folder))
        return [
            StoredObject(path.relative_to(self._folder).as_posix(), size, changed_at)
            for path, size, changed_at in files
        ]

    async def prove(self) -> float:
        """See `Objects.prove`."""

        def prove() -> float:
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"probe")
                file.flush()
                return os.fstat(file.fileno()).st_mtime

        return await _call(prove)

    async def link(self, name: str, content_type: str) -> str | None:
        """None: a file has no URL."""
        return None


async def _call(work: Callable[[], Result]) -> Result:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise trouble(error) from error
