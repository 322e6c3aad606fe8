"""The port beneath a store that several machines share: bytes by name, as an S3 and a shared folder have them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class StoredObject:
    """An object: its bytes, and when it was put by the store's own clock, in Unix seconds."""

    name: str
    size: int
    changed_at: float


class Objects(Protocol):
    """Objects that appear whole or not at all, and once they are there are there for everybody.

    All methods raise StorageError where the store doesn't answer within some seconds, or refuses. `folders` are those
    of this machine's disks that it writes to. Without `links`, `link` gives none.
    """

    links: bool

    folders: tuple[Path, ...]

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """Keep the bytes, in the place of others of this name."""
        ...

    async def get(self, name: str) -> bytes | None:
        """The bytes; None where there are none."""
        ...

    async def move(self, name: str, to: str) -> None:
        """Give an object another name and a new time; it has either name, or both, at every moment."""
        ...

    async def delete(self, names: list[str]) -> None:
        """Remove objects, where they are there."""
        ...

    async def list(self, folder: str = "") -> list[StoredObject]:
        """All objects, or those of a folder."""
        ...

    async def prove(self) -> float:
        """Write, look at and remove one; the time by the store's clock then, in Unix seconds."""
        ...

    async def link(self, name: str, content_type: str) -> str | None:
        """A URL by which anybody gets the object for some minutes; None where there is none of this type."""
        ...
