"""Modes that let only the server's own user read its files, from their first byte on. Windows has no such modes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OTHERS_BITS = 0o077  # the bits of a mode for a file's group and for everybody else
# Folders in the data folder with many files and no jobs: the data folder's own mode protects them well enough.
PROGRAM_FOLDERS = ("ComfyUI", "custom_nodes", "models")


def keep_private() -> int:
    """Let new files of this process and its children be for its own user only; returns the earlier umask."""
    return os.umask(OTHERS_BITS)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """A context with this umask, for files that a person named, which get the modes of that person's other files."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def write_private(path: Path, text: str) -> None:
    """Write a file anew that no other user can read at any moment."""
    path.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:  # of a full disk it doesn't say which file it was
        raise OSError(error.errno, error.strerror, str(path)) from error


def mend(folder: Path) -> str | None:
    """Close a folder and its files to other users. Returns a sentence about it, None where nothing was open.

    Makes the folder where there is none; an error of that is left to the folder's next user. A folder that is shared on
    purpose, as /tmp is, stays as it is.
    """
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "nt" or not folder.is_dir() or not _is_open(folder) or folder.stat().st_mode & stat.S_ISVTX:
        return None
    try:
        folder.chmod(0o700)
    except OSError as error:
        return f"Others on this machine may read {folder}, and it can't be taken from them: {error.strerror or error}."
    count = sum(_close(path) for path in _inside(folder))
    more = f" ({count} files in it were open, too)" if count else ""
    return f"Others on this machine could read {folder}: now only its owner can{more}."


def _inside(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in PROGRAM_FOLDERS]
        yield from (Path(place, name) for name in (*folders, *files))


def _close(path: Path) -> bool:
    if path.is_symlink() or not _is_open(path):
        return False
    path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS_BITS)
    return True


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS_BITS)
