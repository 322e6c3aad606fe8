"""The folder of the jobs database: one bridge at a time has it, and where it can't be used that is said for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bridge.core.errors import SettingsError, StorageDamaged, StorageError, StorageFull

try:
    import fcntl
except ImportError:  # Windows has no fcntl; there the port is what keeps a second bridge away
    fcntl = None


LOCK_NAME = "bridge.lock"  # the file that a bridge has locked as long as it runs


def at_start(error: Exception, file: Path) -> SettingsError:
    """Why the database in this file can't be opened."""
    if isinstance(error, SettingsError):
        return error
    if isinstance(error, StorageFull):
        return SettingsError(f"The disk is full: {file} can't be opened.", hint="Free some space first.")
    if isinstance(error, StorageDamaged):
        return _damaged(file)
    reason = error.message if isinstance(error, StorageError) else getattr(error, "strerror", None) or str(error)
    return unusable(file.parent, reason.removesuffix("."))


def unusable(folder: Path, why: str) -> SettingsError:
    """The folder can't be written, or can't be locked."""
    hint = "Make it writable, or set PIXART_DATA to another folder."
    return SettingsError(f"The folder {folder} can't be used: {why}.", hint=hint)


def _damaged(file: Path) -> SettingsError:
    hint = (
        f"Move it and {file.name}-wal away to begin with an empty queue; finished pictures stay in "
        f"{file.parent / 'results'}. How to rescue its jobs: docs/operations/trouble.md."
    )
    return SettingsError(f"The jobs database {file} is damaged.", hint=hint)


def is_in_use(folder: Path) -> bool:
    """Whether a bridge has this folder open; False where the system can't say."""
    if fcntl is None:
        return False
    try:
        with (folder / LOCK_NAME).open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def lock(path: Path) -> Any:
    """The open lock file, which lets go when it is closed. Raises SettingsError where another bridge has it."""
    handle = path.open("w")
    if fcntl:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            raise SettingsError(
                f"Another bridge uses the folder {path.parent}.",
                hint="End it, or set PIXART_DATA to another folder.",
            ) from error
    return handle
