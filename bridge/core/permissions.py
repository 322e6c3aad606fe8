"""Who may read this server's files: its own user, from their first byte on. Windows has no such modes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OTHERS = 0o077  # what a mode gives to a file's group and to everybody else
# In the data folder, of no job and many: nobody gets to them past the folder, so they need no change of their own.
PROGRAMS = ("ComfyUI", "custom_nodes", "models")


def keep_private() -> int:
    """From now on what this process and its children make is for its own user only; returns the umask of before."""
    return os.umask(OTHERS)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """For a file that a person asked for by name, and gets as that person's own programs make files."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def write_private(path: Path, text: str) -> None:
    """Write a file anew, which at no moment was another's to read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def mend(folder: Path) -> str | None:
    """Take a folder that others may read, and what is in it, from them; a sentence that says so, None where it was so.

    Makes the folder where there is none; what is wrong with one that can't be made is said by who uses it. One that is
    shared on purpose, as /tmp is, stays so.
    """
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "nt" or not folder.is_dir() or not _is_open(folder) or folder.stat().st_mode & stat.S_ISVTX:
        return None
    try:
        folder.chmod(0o700)
    except OSError as error:
        return f"Others on this machine may read {folder}, and it can't be taken from them: {error.strerror or error}."
    count = sum(_mended(path) for path in _inside(folder))
    more = f" ({count} files in it were open, too)" if count else ""
    return f"Others on this machine could read {folder}: now only its owner can{more}."


def _inside(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if name not in PROGRAMS]
        yield from (Path(place, name) for name in (*folders, *files))


def _mended(path: Path) -> bool:
    if path.is_symlink() or not _is_open(path):
        return False
    path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
    return True


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)
