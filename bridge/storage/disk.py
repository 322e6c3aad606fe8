"""What a disk does to us: its errors in sentences, room to go on, and files that a power cut doesn't take back."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from bridge.core.errors import StorageBusy, StorageDamaged, StorageError, StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no space, no quota, a limit on the size of files
LOCKED_OUT = (errno.EROFS, errno.EACCES, errno.EPERM)
NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)  # of a folder, on file systems that don't know of it
PROCESS = uuid.uuid4().hex  # in the names of half-written files: those of another process are nobody's any more
HALF = re.compile(r"[0-9a-f]{64}\.([0-9a-f]{32})-\d+\.half")
NUMBERS = itertools.count()
PROBE = 64 << 10  # bytes that must find a place before a disk counts as working again
SAID_FULL = re.compile(rf"\[Errno ({'|'.join(map(str, FULL))})\]")  # as Python words it, in a node too

log = logging.getLogger(__name__)


def trouble(error: OSError) -> StorageError:
    """What an operating system's error is to a caller."""
    if error.errno in FULL:
        return full()
    reason = error.strerror or type(error).__name__
    if error.errno in LOCKED_OUT:
        return StorageError(
            f"The server's folder can't be written: {reason}.", hint="Its owner has to make it writable."
        )
    return StorageError(f"The server's disk fails: {reason}.", hint="Its owner has to look after it.")


def full(why: str = "") -> StorageFull:
    """The error for a disk without room."""
    return StorageFull(f"The disk is full{why}.", hint="What was accepted goes on when there is room.")


# What SQLite says, and whether the connection is of no use any more.
SQLITE = {
    "database or disk is full": (full(), False),
    "disk I/O error": (StorageError("The disk of the jobs database fails."), True),
    "unable to open database file": (StorageError("The jobs database can't be opened."), True),
    "readonly database": (StorageError("The jobs database can't be written: it is read-only."), True),
    "database is locked": (StorageBusy("Another program holds the jobs database."), False),
    "database disk image is malformed": (StorageDamaged("The jobs database is damaged."), True),
    "file is not a database": (StorageDamaged("The jobs database is damaged."), True),
}


def database_trouble(error: BaseException) -> tuple[StorageError, bool] | None:
    """What an error of SQLite's is to a caller, and whether its connection is lost; None where it is our own fault."""
    message = str(error)
    for words, (result, lost) in SQLITE.items():
        if words in message:
            hint = result.hint or "The server's owner has to look after it."
            return type(result)(result.message, hint=hint), lost
    return None


def write(files: Mapping[Path, bytes]) -> None:
    """Put whole files there, or none; those that it got to are on the disk when this ends. Raises OSError."""
    for path, data in files.items():
        _folder(path.parent)
        if not _has(path, data):
            half = path.with_name(f"{path.name}.{PROCESS}-{next(NUMBERS)}.half")
            try:
                with half.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                half.replace(path)
            finally:
                with suppress(OSError):
                    half.unlink(missing_ok=True)
    for folder in {path.parent for path in files}:
        sync_folder(folder)  # also where another write has only just put it there


def _has(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Bring what was written to a file to the disk. Raises StorageError."""
    try:
        with path.open("rb+") as file:  # Windows syncs only what may be written to
            os.fsync(file.fileno())
    except OSError as error:
        raise trouble(error) from error


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk. Windows has no such thing, and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise
    finally:
        os.close(handle)


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


def listed(folder: Path) -> list[tuple[Path, int, float]]:
    """Files of a folder, with bytes and time of change."""
    result = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # gone since
                    if entry.is_file(follow_symlinks=False):
                        about = entry.stat()
                        result.append((Path(entry.path), about.st_size, about.st_mtime))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise trouble(error) from error
    return result


class Disk:
    """The state of the disk that the bridge writes to. `reserve` is in bytes.

    `trouble` is what went wrong last, until something went well again.
    """

    def __init__(self, folders: tuple[Path, ...], reserve: int) -> None:
        self.trouble: str | None = None
        self._folders, self._reserve = folders, reserve

    def free(self) -> int:
        """Bytes that may still be written. Raises StorageError when the disk doesn't tell."""
        try:  # a folder that somebody removed is made again when it is written to
            return min(shutil.disk_usage(folder if folder.exists() else folder.parent).free for folder in self._folders)
        except OSError as error:
            raise trouble(error) from error

    def check(self) -> None:
        """Refuse what is new where the reserve is touched. Raises StorageError."""
        free = self.free()
        if free < self._reserve:
            raise full(f": {free >> 20} MB are free, KEEP_FREE_MB keeps {self._reserve >> 20}")

    def short(self) -> bool:
        """Whether the reserve is touched."""
        try:
            self.check()
        except StorageError:
            return True
        return False

    def probe(self) -> None:
        """Write something. Raises StorageError."""
        try:
            for folder in self._folders:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.write(bytes(PROBE))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise trouble(error) from error

    def explained(self, error: StorageError) -> StorageError:
        """The error, or where the disk turns out to be full, that: SQLite doesn't always know."""
        try:
            self.probe()
        except StorageFull as known:
            error = known
        except StorageError:
            pass
        if self.trouble != error.message:
            log.warning("%s", error)
        self.trouble = error.message
        return error

    def recover(self) -> None:
        """Something was written."""
        if self.trouble is not None:
            log.info("The disk works again.")
        self.trouble = None
