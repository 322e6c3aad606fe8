"""Retention: ended jobs are removed after KEEP_DAYS, and earlier where KEEP_MB is exceeded.

Rows go first, and the same commit notes the files that they name; then the files go that no other row names. So kill -9
at any moment leaves too many files, never too few, and the next round finishes the work.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any

from bridge.core.errors import Conflict, NotFound, StorageError
from bridge.core.settings import Settings
from bridge.storage.artifacts import KEY_PATTERN
from bridge.storage.blobs import Blobs, Listing
from bridge.storage.counted_clock import DAY, CountedClock, SettledJobs
from bridge.storage.disk import files_of, trouble, unlink
from bridge.storage.port import JobStore
from bridge.storage.retention_queries import RetentionQueries

ROUND_SECONDS = 300.0
KEPT_SECONDS = 3600.0  # between two writes of the counted time, which a process that ends may lose
GRACE_SECONDS = 600.0  # KEEP_MB removes no job that ended less ago: its client must get the results
MOST_LOG = 10 << 20  # bytes of ComfyUI's log, after which it is emptied
FILES_AT_A_TIME = 100  # files that are removed at a time, so that the disk serves others in between

COPY_PATTERN = re.compile(r"output/(pixart/(?:[0-9a-f]{2}/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_[^/\\]*)")
INPUT_PATTERN = re.compile(r"([0-9a-f]{64})(?: \(\d+\))?\.(?:png|jpg|webp|gif|bmp)")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Removal:
    """Jobs and bytes that a round removed, or would remove."""

    jobs: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return f"{self.jobs} job{'' if self.jobs == 1 else 's'}, {self.bytes / 1e6:.1f} MB"


@dataclass
class FileInventory:
    """The files on the disk: artifacts, and ComfyUI's copies of inputs by key as (path, bytes, time of change)."""

    listing: Listing
    inputs: dict[str, list[tuple[Path, int, float]]] = field(default_factory=dict)

    def size(self, key: str) -> int:
        """Bytes of a key's file and of ComfyUI's copies."""
        files = self.listing.files
        return files.get(key, (0, 0.0))[0] + sum(size for _, size, _ in self.inputs.get(key, ()))

    def copies(self, key: str) -> list[Path]:
        """ComfyUI's copies of an input."""
        return [path for path, _, _ in self.inputs.get(key, ())]


class Retention:
    """Rounds of removal over one store and its artifacts; `clock` gives Unix seconds."""

    def __init__(
        self, settings: Settings, store: JobStore, artifacts: Blobs, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._artifacts, self._clock = settings, artifacts, clock
        self._queries = RetentionQueries(store)
        self._saved_clock: CountedClock | None = None  # as in the database
        self._clock_now = CountedClock()
        self._thorough_at = -inf
        self._total = 0  # bytes of all files at the last scan, less the bytes written before that
        self._ours, self._base = settings.comfyui_url is None, settings.comfyui_base
        self._budget = settings.keep_mb * 1_000_000 or inf
        self._keep = settings.keep_days * DAY or inf

    async def run(self) -> None:
        """A round every ROUND_SECONDS, for ever."""
        last = ""
        while True:
            try:
                removal = await self.round()
                last = ""
                if removal != Removal():
                    log.info("Removed what was kept long enough: %s", removal)
            except StorageError as error:
                if str(error) != last:
                    log.warning("What was kept long enough can't be removed: %s", error)
                last = str(error)
            await asyncio.sleep(ROUND_SECONDS)

    async def remove(self, id: str) -> None:
        """Remove a job that has ended; files that no other job names go in the next round.

        Raises StorageError, NotFound, and Conflict for a job that waits or runs.
        """
        naming = await self._queries.naming(id)
        if naming is not None and naming.open:
            raise Conflict(f"The job {id!r} is not over yet.", hint="Cancel it first.")
        if naming is None or not await self._queries.remove([naming]):
            raise NotFound("Job not found")

    async def round(self, *, dry: bool = False) -> Removal:
        """Remove jobs and files whose time is over; with `dry`, only count them. Raises StorageError."""
        if self._ours and not dry:
            await asyncio.to_thread(_bound, self._settings.comfyui_log, self._settings.comfyui_previous_log)
        if not dry and not await self._queries.is_elected():
            return Removal()
        with suppress(StorageError):  # artifacts in the buffer wait for the next round
            await self._artifacts.settle()
        await self._look(dry)
        old_jobs = self._clock_now.settled(self._keep)
        is_due = time.monotonic() - self._thorough_at > DAY
        is_over_budget = self._total + self._written_bytes() > self._budget
        if not (is_due or is_over_budget or await self._queries.some(old_jobs) or await self._queries.doomed_files()):
            return Removal()
        with self._artifacts.watched():
            removal = await self._thoroughly(old_jobs, dry)
        if not dry:
            self._thorough_at = time.monotonic()
        return removal

    async def _look(self, dry: bool) -> None:
        """Bring the counted clock to the present."""
        if self._saved_clock is None or self._queries.shared:
            self._saved_clock = self._clock_now = await self._queries.clock()
        keep = GRACE_SECONDS if self._keep == inf else max(self._keep, GRACE_SECONDS)
        highest, open_numbers = await self._queries.numbers()
        self._clock_now = self._clock_now.look(await self._queries.now(self._clock()), highest, keep, open_numbers)
        last, now = self._saved_clock, self._clock_now
        is_changed = last.wall_time is None or (last.marks, last.late) != (now.marks, now.late)
        if not dry and (self._queries.shared or is_changed or now.elapsed - last.elapsed > KEPT_SECONDS):
            await self._queries.keep(last, now)
            self._saved_clock = now

    async def _thoroughly(self, old_jobs: SettledJobs, dry: bool) -> Removal:
        """Look at every row and every file, and remove what is too old or too much."""
        files, jobs = await self._remove(old_jobs, SettledJobs(0), dry)
        names, copy_sizes = await self._names(old_jobs)
        result = await self._scan()
        excess = self._excess(names, copy_sizes, result)
        if excess.number:
            excess_files, number = await self._remove(excess, old_jobs, dry)
            files, jobs = files | excess_files, jobs + number
            names = {file: last for file, last in names.items() if last > excess.number}
        files |= set(await self._queries.doomed_files())
        freed_bytes = await self._drop(files - names.keys(), result, dry)
        if not dry:
            for some in _steps(files):
                await self._queries.absolve(some)
        freed_bytes += await self._artifacts.purge(result.listing, names.keys(), dry=dry)
        return Removal(jobs, freed_bytes + await self._sweep(names.keys() | files, result, dry))

    async def _remove(self, jobs: SettledJobs, but: SettledJobs, dry: bool) -> tuple[set[str], int]:
        """Remove the ended ones among `jobs` but not those in `but`; the files that they name, and their number."""
        files: set[str] = set()
        count = 0
        async for rows in self._queries.namings(upto=jobs.number):
            over = [row for row in rows if not row.open and row.number in jobs and row.number not in but]
            files.update(*(row.files for row in over))
            count += len(over) if dry else await self._queries.remove(over)
        return files, count

    async def _names(self, old_jobs: SettledJobs) -> tuple[dict[str, float], list[tuple[float, int]]]:
        """Files with the number of the last job that names each, and (number, bytes) of ComfyUI's copies of results.

        Ended jobs among `old_jobs` don't count. The number is infinite for files of jobs that must stay for now.
        """
        names: dict[str, float] = {}
        copy_sizes: list[tuple[float, int]] = []
        late_jobs = self._clock_now.settled(GRACE_SECONDS).late
        async for rows in self._queries.namings():
            for row in rows:
                if row.open or row.number not in old_jobs:
                    number = inf if row.open or row.number in late_jobs else row.number
                    names |= {file: max(number, names.get(file, 0)) for file in row.files}
                    copy_sizes.append((number, row.size if self._ours else 0))
        return names, copy_sizes

    def _excess(
        self, names: Mapping[str, float], copy_sizes: list[tuple[float, int]], result: FileInventory
    ) -> SettledJobs:
        """The oldest jobs that have to go for the rest to be within KEEP_MB."""
        sizes = sorted([(number, result.size(file)) for file, number in names.items()] + copy_sizes)
        total, limit, last_number = sum(size for _, size in sizes), self._clock_now.settled(GRACE_SECONDS), 0
        for number, size in sizes:
            if total <= self._budget or number > limit.number:
                break
            total, last_number = total - size, int(number)
        self._total = total - self._written_bytes()
        return replace(limit, number=last_number)

    def _written_bytes(self) -> int:
        return self._artifacts.written * (1 + self._ours)

    async def _scan(self) -> FileInventory:
        result = FileInventory(await self._artifacts.listing())
        if self._ours:
            for path, size, changed_at in await asyncio.to_thread(files_of, self._base / "input" / "pixart"):
                if name := INPUT_PATTERN.fullmatch(path.name):
                    result.inputs.setdefault(name[1], []).append((path, size, changed_at))
        return result

    async def _drop(self, files: Collection[str], result: FileInventory, dry: bool) -> int:
        """Remove files that no row names; the bytes that this freed."""
        copies = [self._base / copy for copy in files if self._ours and COPY_PATTERN.fullmatch(copy)]
        keys = [file for file in files if KEY_PATTERN.fullmatch(file)]
        if dry:
            return sum(result.size(key) for key in keys) + await asyncio.to_thread(_sizes, copies)
        freed_bytes = 0
        for some in _steps(keys):
            freed_bytes += await self._artifacts.remove(some, result.copies)
        for some in _steps(copies):
            freed_bytes += await asyncio.to_thread(unlink, some)
        return freed_bytes

    async def _sweep(self, named_keys: Collection[str], result: FileInventory, dry: bool) -> int:
        """Remove files that a crash left, and copies of inputs in ComfyUI that no job of this database names."""
        now, keys, files = self._clock(), [], result.listing.files
        if self._clock_now.elapsed >= self._keep:
            clock = now if result.listing.now is None else result.listing.now
            keys = [
                key
                for key, (_, changed_at) in files.items()
                if key not in named_keys and clock - changed_at > self._keep
            ]
        for key, copies in result.inputs.items():
            if key not in named_keys and key not in files and all(now - when > DAY for *_, when in copies):
                keys.append(key)
        if dry:
            return sum(result.size(key) for key in keys)
        freed_bytes = 0
        for some in _steps(keys):
            freed_bytes += await self._artifacts.remove(some, result.copies)
        return freed_bytes


def _steps(files: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(files)
    return (every[start : start + FILES_AT_A_TIME] for start in range(0, len(every), FILES_AT_A_TIME))


def _sizes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _bound(file: Path, previous: Path) -> None:
    """Empty a log that is too long, after copying it to `previous` where the disk has room."""
    try:
        if not file.is_file() or file.stat().st_size <= MOST_LOG:
            return
        try:
            shutil.copyfile(file, previous)
        except OSError:
            previous.unlink(missing_ok=True)
        os.truncate(file, 0)
    except OSError as error:
        raise trouble(error) from error
