"""The port between the jobs and the store of their pictures' bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bridge.core.errors import StorageError

Put = Callable[[bytes], Awaitable[str]]
Diagnosis = Callable[[StorageError], Awaitable[StorageError]]


@dataclass
class Listing:
    """The stored files: size in bytes and time of change (Unix seconds) by key, and those of `leavings` by name.

    Leavings are no artifacts, such as half-written files. `now` is the time by the clock of these times, None for this
    machine's clock.
    """

    files: dict[str, tuple[int, float]] = field(default_factory=dict)
    leavings: dict[str, tuple[int, float]] = field(default_factory=dict)
    now: float | None = None


class Blobs(Protocol):
    """Bytes by their SHA-256: equal bytes are stored once, and a key never changes its meaning.

    All methods raise StorageError while the bytes can't be read or written. `folders` are the folders of this machine
    that the store writes to, `written` counts bytes since the start. Without `links`, `link` gives no URL.
    """

    links: bool

    folders: tuple[Path, ...]
    written: int

    def holding(self) -> AbstractContextManager[Put]:
        """Gives `put`, which stores bytes and returns their key; no bytes of it are removed before the block ends."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes of a key. Raises Expired where the bytes are gone or damaged."""
        ...

    async def link(self, key: str, content_type: str) -> str | None:
        """A URL that gives anybody the bytes with this content type for some minutes; None where there is none."""
        ...

    async def run(self, diagnosis: Diagnosis) -> None:
        """Finish in the background what `put` began, for ever; `diagnosis` records an error of the disk."""
        ...

    async def settle(self) -> None:
        """Finish now what `put` began."""
        ...

    async def prove(self) -> None:
        """Write a test object, to see whether writing works."""
        ...

    def watched(self) -> AbstractContextManager[None]:
        """Collect the keys that are put during the block, for `remove`: a scan of rows may have missed their rows."""
        ...

    async def listing(self) -> Listing:
        """All stored files."""
        ...

    async def remove(self, keys: Collection[str], copies: Callable[[str], Collection[Path]]) -> int:
        """Remove bytes and their `copies` on this machine, except for keys that are held or were put while `watched`.

        Returns how many bytes that freed.
        """
        ...

    async def purge(self, listing: Listing, named: Collection[str], *, dry: bool) -> int:
        """Remove the leavings that no process needs; returns their bytes. With `dry` nothing is removed.

        `named` are the keys that rows name.
        """
        ...
