"""The download of one file: it goes on after any end, is checked before it has its name, by one process at a time.

The bytes that have come lie beside the place in a hidden file, whose name has the whole file's SHA-256. The file gets
its own name only when its SHA-256 is right and it is on the disk: no program ever sees half a model.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridge.app.models import hub
from bridge.app.models.hub import DownloadFailed, Patience, Source, Transient
from bridge.app.models.model_file import trouble
from bridge.storage.disk import FULL_DISK_ERRORS, sync_folder

HASH_BYTES = 1 << 22  # bytes that are hashed at a time

Tell = Callable[[str, int, int], None]  # the activity, the bytes done, and all bytes


@dataclass(frozen=True)
class Download:
    """A file to download: `place` is its path, `sha256` and `size` (bytes) are those of the whole file."""

    place: Path
    sha256: str
    size: int
    source: Source

    @property
    def part(self) -> Path:
        """The hidden file with the bytes that have come."""
        return part_of(self.place, self.sha256)

    @property
    def have(self) -> int:
        """The number of bytes that have come before."""
        return self.part.stat().st_size if self.part.exists() else 0


def part_of(place: Path, sha256: str) -> Path:
    """The hidden file beside a place, by the SHA-256 of the whole file."""
    return place.with_name(f".{place.name}.{sha256[:16]}.part")


def fetch(download: Download, tell: Tell, spare: int) -> None:
    """Download the file. `spare` is how many bytes of the disk must stay free.

    Raises DownloadFailed; the bytes that have come stay, unless they are wrong.
    """
    place, part = download.place, download.part
    place.parent.mkdir(parents=True, exist_ok=True)
    require_room([download], spare)
    try:
        with _alone(part) as file:
            if place.exists():  # another process was faster
                part.unlink()
                return
            _bring(download, file, tell)
            os.fsync(file.fileno())
            if os.name == "nt":
                file.close()  # an open file can't be renamed on Windows
            _require_right(download, tell)
            part.replace(place)
    except OSError as error:
        if error.errno in FULL_DISK_ERRORS:
            raise _full(f"The disk of {place.parent} is full") from error
        raise
    sync_folder(place.parent)


def require_room(downloads: list[Download], spare: int) -> None:
    """Raise DownloadFailed where a disk has no room for the downloads."""
    needs: dict[int, int] = {}
    folders: dict[int, Path] = {}
    for each in downloads:
        folder = next(path for path in each.place.parents if path.exists())
        device = folder.stat().st_dev
        needs[device] = needs.get(device, 0) + each.size - min(each.have, each.size)
        folders[device] = folder
    for device, need in needs.items():
        free = shutil.disk_usage(folders[device]).free
        if need and need + spare > free:
            more = gigabytes(need + spare - free)
            raise _full(f"{gigabytes(need)} are to come, and {folders[device]} has {gigabytes(free)} free", more)


def _full(what: str, more: str = "some space") -> DownloadFailed:
    return DownloadFailed(f"{what}.", hint=f"Free {more} and run the command again: what came is kept.")


def gigabytes(size: int) -> str:
    """A number of bytes for people, in decimal units, as on hubs."""
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6)):
        if size >= bytes_:
            return f"{size / bytes_:.3g} {unit}"
    return f"{-(-size // 1000)} kB"


def sha256_of(path: Path, tell: Callable[[int], None]) -> str:
    """The SHA-256 of a file in hex digits; `tell` gets the number of bytes that are read."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(HASH_BYTES):
            digest.update(data)
            done += len(data)
            tell(done)
    return digest.hexdigest()


@contextmanager
def _alone(part: Path) -> Iterator[BinaryIO]:
    """The hidden file, open for writing by this process alone. Raises DownloadFailed while another process has it.

    The lock ends with the process. On Windows there is no lock: nobody runs two at once by chance.
    """
    while True:
        with part.open("ab") as file:
            if os.name != "nt":
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    hint = "Let it end, or end it: the next one goes on from there."
                    raise DownloadFailed("Another process is fetching this file.", hint=hint) from error
            if not part.exists() or not os.path.samestat(part.stat(), os.fstat(file.fileno())):
                continue  # another process has renamed the file between opening and locking
            yield file
            return


def _bring(download: Download, file: BinaryIO, tell: Tell) -> None:
    """Append the missing bytes, over several connections if they break."""
    name, size = download.place.name, download.size
    patience = Patience(name)
    if file.tell() > size:
        file.truncate(0)
    while (start := file.seek(0, os.SEEK_END)) < size:
        try:
            _append(download, file, start, tell)
        except Transient as error:
            if file.tell() > start:
                patience.reset()
            patience.wait_after(error)
        if file.tell() > size:
            file.truncate(0)
            raise DownloadFailed(f"{name}: more than {size} bytes came; nothing of it was kept.")


def _append(download: Download, file: BinaryIO, start: int, tell: Tell) -> None:
    for at, data in hub.pieces(download.source, start, download.size):
        if at < file.tell():  # the server has begun at 0, since it can't begin in the middle
            file.truncate(at)
        file.write(data)
        file.flush()
        tell("fetching", at + len(data), download.size)
        if at + len(data) > download.size:
            return


def _require_right(download: Download, tell: Tell) -> None:
    """Raise DownloadFailed, and remove the file, where its SHA-256 is wrong."""
    part, name = download.part, download.place.name
    digest = sha256_of(part, lambda done: tell("checking", done, download.size))
    if digest != download.sha256:
        part.unlink()
        what = f"its SHA-256 is {digest[:12]}..., and {download.sha256[:12]}... is expected"
        hint = "If that happens again, the file was replaced at its source."
        raise DownloadFailed(f"{name} isn't the file that is meant: {what}. It was removed.", hint=hint)
    if why := trouble(part, download.place.suffix):
        part.unlink()
        raise DownloadFailed(f"{name} {why}. It was removed.")
