"""The disk: its errors in sentences, its free space, and files that survive a power cut."""

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

FULL_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no space, no quota, a limit on the size of files
LOCKED_OUT = (errno.EROFS, errno.EACCES, errno.EPERM)
NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)  # from file systems that can't sync a folder
PROCESS_TAG = uuid.uuid4().hex  # in the names of half-written files, to tell those of earlier processes
PARTIAL_PATTERN = re.compile(r"[0-9a-f]{64}\.([0-9a-f]{32})-\d+\.half")
FILE_NUMBERS = itertools.count()
PROBE_BYTES = 64 << 10  # bytes that can be written once a disk works again
SAID_FULL = re.compile(rf"\[Errno ({'|'.join(map(str, FULL_DISK_ERRORS))})\]")  # as Python words it, in a node too

log = logging.getLogger(__name__)


def trouble(error: OSError) -> StorageError:
    """The StorageError for an error of the operating system."""
    if error.errno in FULL_DISK_ERRORS:
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


# SQLite's messages, each with the error for a caller and whether the connection is lost.
SQLITE_ERRORS = {
    "database or disk is full": (full(), False),
    "disk I/O error": (StorageError("The disk of the jobs database fails."), True),
    "unable to open database file": (StorageError("The jobs database can't be opened."), True),
    "readonly database": (StorageError("The jobs database can't be written: it is read-only."), True),
    "database is locked": (StorageBusy("Another program holds the jobs database."), False),
    "database disk image is malformed": (StorageDamaged("The jobs database is damaged."), True),
    "file is not a database": (StorageDamaged("The jobs database is damaged."), True),
}


def database_trouble(error: BaseException) -> tuple[StorageError, bool] | None:
    """The StorageError for an error of SQLite's, and whether the connection is lost; None for a fault of the bridge."""
    message = str(error)
    for words, (result, is_lost) in SQLITE_ERRORS.items():
        if words in message:
            hint = result.hint or "The server's owner has to look after it."
            return type(result)(result.message, hint=hint), is_lost
    return None


def write(files: Mapping[Path, bytes]) -> None:
    """Write files, each whole or not at all; all are synced to the disk when this returns. Raises OSError."""
    for path, data in files.items():
        _folder(path.parent)
        if not _has(path, data):
            half = path.with_name(f"{path.name}.{PROCESS_TAG}-{next(FILE_NUMBERS)}.half")
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
        sync_folder(folder)  # also for a file that another write has just put there


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
    """Sync a file to the disk. Raises StorageError."""
    try:
        with path.open("rb+") as file:  # Windows syncs only a file that is open for writing
            os.fsync(file.fileno())
    except OSError as error:
        raise trouble(error) from error


def sync_folder(folder: Path) -> None:
    """Sync a folder's list of names to the disk; Windows needs no such call."""
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
    """Remove those of the files that exist; the bytes that this freed. Raises StorageError."""
    freed_bytes = 0
    for path in paths:
        try:
            size = path.stat().st_size
            path.unlink()
            freed_bytes += size
        except FileNotFoundError:
            continue
        except OSError as error:
            raise trouble(error) from error
    return freed_bytes


def files_of(folder: Path) -> list[tuple[Path, int, float]]:
    """The files of a folder, with size in bytes and time of change in Unix seconds. Raises StorageError."""
    result = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # gone since
                    if entry.is_file(follow_symlinks=False):
                        stat = entry.stat()
                        result.append((Path(entry.path), stat.st_size, stat.st_mtime))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise trouble(error) from error
    return result


class Disk:
    """The disks that the bridge writes to; `reserve` are bytes to be left free.

    `trouble` is the last error in a sentence, None once a write has worked since.
    """

    def __init__(self, folders: tuple[Path, ...], reserve: int) -> None:
        self.trouble: str | None = None
        self._folders, self._reserve = folders, reserve

    def free(self) -> int:
        """Free bytes on the fullest disk. Raises StorageError when the disk doesn't answer."""
        try:  # a missing folder is made at the next write
            return min(shutil.disk_usage(folder if folder.exists() else folder.parent).free for folder in self._folders)
        except OSError as error:
            raise trouble(error) from error

    def check(self) -> None:
        """Raise StorageError where less than the reserve is free."""
        free = self.free()
        if free < self._reserve:
            raise full(f": {free >> 20} MB are free, KEEP_FREE_MB keeps {self._reserve >> 20}")

    def short(self) -> bool:
        """Whether less than the reserve is free, or the disk doesn't answer."""
        try:
            self.check()
        except StorageError:
            return True
        return False

    def probe(self) -> None:
        """Write PROBE_BYTES bytes to each folder. Raises StorageError."""
        try:
            for folder in self._folders:
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.write(bytes(PROBE_BYTES))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise trouble(error) from error

    def diagnosis(self, error: StorageError) -> StorageError:
        """The error, or StorageFull where a probe finds a full disk, as SQLite can't always tell; logged once."""
        try:
            self.probe()
        except StorageFull as full_disk:
            error = full_disk
        except StorageError:
            pass
        if self.trouble != error.message:
            log.warning("%s", error)
        self.trouble = error.message
        return error

    def recover(self) -> None:
        """Note that a write has worked."""
        if self.trouble is not None:
            log.info("The disk works again.")
        self.trouble = None
