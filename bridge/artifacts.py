"""Bytes by their content hash: the pictures that jobs take and make. A local folder here, by obstore."""

from __future__ import annotations

import hashlib
from pathlib import Path

from obstore.store import LocalStore


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


MAGIC = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif", b"BM": ".bmp"}


def suffix(data: bytes) -> str:
    """The file suffix of a picture, by its first bytes; ComfyUI's file lists go by suffix."""
    return next((end for start, end in MAGIC.items() if data.startswith(start)), ".png")


class Artifacts:
    """A content-addressed store: the same bytes are kept once, and a key never changes its meaning."""

    def __init__(self, folder: Path) -> None:
        self._store = LocalStore(folder, mkdir=True)

    async def put(self, data: bytes) -> str:
        """Keep the bytes; returns their key."""
        key = digest(data)
        await self._store.put_async(_path(key), data)
        return key

    async def get(self, key: str) -> bytes:
        """The bytes again. Raises FileNotFoundError when somebody removed the file."""
        result = await self._store.get_async(_path(key))
        return bytes(await result.bytes_async())


def _path(key: str) -> str:
    return f"{key[:2]}/{key}"  # 256 folders keep each listing short
