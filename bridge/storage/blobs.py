"""The port between the jobs and whatever keeps the bytes that they name: pictures that they take and make."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bridge.core.errors import StorageError

Put = Callable[[bytes], Awaitable[str]]
Explained = Callable[[StorageError], Awaitable[StorageError]]


@dataclass
class Listing:
    """What there is: bytes and time of change (Unix seconds) of each key, and what lies beside them, by its name.

    `now` is the time by the clock that those times are of, None where that is this machine's.
    """

    files: dict[str, tuple[int, float]] = field(default_factory=dict)
    leavings: dict[str, tuple[int, float]] = field(default_factory=dict)
    now: float | None = None


class Blobs(Protocol):
    """Bytes by their SHA-256: the same are kept once, and a key never changes its meaning.

    All methods raise StorageError while the bytes can't be read or written. `folders` are those of
    this machine's disks that it writes to, `written` counts bytes since the start. Without `links`, `link` gives none.
    """

    links: bool

    folders: tuple[Path, ...]
    written: int

    def holding(self) -> AbstractContextManager[Put]:
        """Gives `put`, which keeps bytes and returns their key; they are safe from removal until the block ends."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes again. Raises Expired where they are gone or are others than were put."""
        ...

    async def link(self, key: str, content_type: str) -> str | None:
        """A URL that gives anybody the bytes with this content type for some minutes; None where there is none."""
        ...

    async def run(self, explained: Explained) -> None:
        """Do in the background what `put` left to be done, for ever."""
        ...

    async def settle(self) -> None:
        """Do now what `put` left to be done."""
        ...

    async def prove(self) -> None:
        """Write something, and nothing else."""
        ...

    def watched(self) -> AbstractContextManager[None]:
        """Note what is put meanwhile, for `remove`: its row may come after those that were looked at."""
        ...

    async def listing(self) -> Listing:
        """All that there is."""
        ...

    async def remove(self, keys: Collection[str], copies: Callable[[str], Collection[Path]]) -> int:
        """Remove bytes and their `copies` on this machine, but for those held or put while it is `watched`.

        Returns how many bytes that freed.
        """
        ...

    async def purge(self, listing: Listing, named: Collection[str], *, dry: bool) -> int:
        """Remove those leavings that nobody needs any more; bytes, also where it is `dry` and removes nothing.

        `named` are the keys that rows name.
        """
        ...
