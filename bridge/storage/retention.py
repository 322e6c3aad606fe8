"""What is kept, and for how long: jobs that have ended go after KEEP_DAYS, and sooner where KEEP_MB asks for it.

Rows go first, and what they name is noted in the same commit; then the files go that no other row names. So kill -9 at
any moment leaves files too many, never too few, and the next round finishes the work.
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
from bridge.storage.artifacts import KEY
from bridge.storage.blobs import Blobs, Listing
from bridge.storage.counted_clock import DAY, CountedClock, Settled
from bridge.storage.disk import listed, trouble, unlink
from bridge.storage.port import JobStore
from bridge.storage.retention_queries import RetentionQueries

ROUND_SECONDS = 300.0
KEPT_SECONDS = 3600.0  # so much of the counted time may be lost when the process ends
GRACE_SECONDS = 600.0  # KEEP_MB takes nothing that has been over for less: who asked for it must get it
MOST_LOG = 10 << 20  # bytes
STEP = 100  # files at a time

COPY = re.compile(r"output/(pixart/(?:[0-9a-f]{2}/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}_[^/\\]*)")
INPUT = re.compile(r"([0-9a-f]{64})(?: \(\d+\))?\.(?:png|jpg|webp|gif|bmp)")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Freed:
    """What a round removed, or would remove."""

    jobs: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return f"{self.jobs} job{'' if self.jobs == 1 else 's'}, {self.bytes / 1e6:.1f} MB"


@dataclass
class Found:
    """The files that there are: those that jobs name, and ComfyUI's inputs by key, with bytes and time of change."""

    kept: Listing
    inputs: dict[str, list[tuple[Path, int, float]]] = field(default_factory=dict)

    def size(self, key: str) -> int:
        """Bytes of a key's file and its copies."""
        files = self.kept.files
        return files.get(key, (0, 0.0))[0] + sum(size for _, size, _ in self.inputs.get(key, ()))

    def copies(self, key: str) -> list[Path]:
        """ComfyUI's copies of an input."""
        return [path for path, _, _ in self.inputs.get(key, ())]


class Retention:
    """Rounds over one store and its artifacts; `clock` is in Unix seconds."""

    def __init__(
        self, settings: Settings, store: JobStore, artifacts: Blobs, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._artifacts, self._clock = settings, artifacts, clock
        self._ledger = RetentionQueries(store)
        self._kept: CountedClock | None = None  # as the database has it
        self._elapsed = CountedClock()
        self._thorough = -inf
        self._total = 0  # bytes at the last look at every file, less what was written before it
        self._ours, self._base = settings.comfyui_url is None, settings.comfyui_base
        self._budget = settings.keep_mb * 1_000_000 or inf
        self._keep = settings.keep_days * DAY or inf

    async def run(self) -> None:
        """A round now and then, for ever."""
        last = ""
        while True:
            try:
                freed = await self.round()
                last = ""
                if freed != Freed():
                    log.info("Removed what was kept long enough: %s", freed)
            except StorageError as error:
                if str(error) != last:
                    log.warning("What was kept long enough can't be removed: %s", error)
                last = str(error)
            await asyncio.sleep(ROUND_SECONDS)

    async def remove(self, id: str) -> None:
        """Remove a job that has ended; the files that it alone names go in the next round.

        Raises StorageError, NotFound, and Conflict for one that waits or runs.
        """
        naming = await self._ledger.naming(id)
        if naming is not None and naming.open:
            raise Conflict(f"The job {id!r} is not over yet.", hint="Cancel it first.")
        if naming is None or not await self._ledger.remove([naming]):
            raise NotFound("Job not found")

    async def round(self, *, dry: bool = False) -> Freed:
        """Remove what need not be kept any more; with `dry`, only find out. Raises StorageError."""
        if self._ours and not dry:
            await asyncio.to_thread(_bound, self._settings.comfyui_log, self._settings.comfyui_previous_log)
        if not dry and not await self._ledger.elected():
            return Freed()
        with suppress(StorageError):  # what has no file yet has to wait
            await self._artifacts.settle()
        await self._look(dry)
        aged = self._elapsed.settled(self._keep)
        due = time.monotonic() - self._thorough > DAY
        grown = self._total + self._written() > self._budget
        if not (due or grown or await self._ledger.some(aged) or await self._ledger.doomed()):
            return Freed()
        with self._artifacts.watched():
            freed = await self._thoroughly(aged, dry)
        if not dry:
            self._thorough = time.monotonic()
        return freed

    async def _look(self, dry: bool) -> None:
        """Count the time that passed since the last round."""
        if self._kept is None or self._ledger.shared:
            self._kept = self._elapsed = await self._ledger.elapsed()
        keep = GRACE_SECONDS if self._keep == inf else max(self._keep, GRACE_SECONDS)
        highest, unended = await self._ledger.numbers()
        self._elapsed = self._elapsed.look(await self._ledger.now(self._clock()), highest, keep, unended)
        last, now = self._kept, self._elapsed
        changed = last.seen is None or (last.marks, last.late) != (now.marks, now.late)
        if not dry and (self._ledger.shared or changed or now.elapsed - last.elapsed > KEPT_SECONDS):
            await self._ledger.keep(last, now)
            self._kept = now

    async def _thoroughly(self, aged: Settled, dry: bool) -> Freed:
        """Look at every row and every file, and remove."""
        doomed, jobs = await self._remove(aged, Settled(0), dry)
        names, copied = await self._names(aged)
        result = await self._scan()
        cut = self._cut(names, copied, result)
        if cut.number:
            more, number = await self._remove(cut, aged, dry)
            doomed, jobs = doomed | more, jobs + number
            names = {file: last for file, last in names.items() if last > cut.number}
        doomed |= set(await self._ledger.doomed())
        freed = await self._drop(doomed - names.keys(), result, dry)
        if not dry:
            for some in _steps(doomed):
                await self._ledger.absolve(some)
        freed += await self._artifacts.purge(result.kept, names.keys(), dry=dry)
        return Freed(jobs, freed + await self._sweep(names.keys() | doomed, result, dry))

    async def _remove(self, jobs: Settled, but: Settled, dry: bool) -> tuple[set[str], int]:
        """Remove jobs; the files that they name, and how many there were."""
        doomed: set[str] = set()
        count = 0
        async for rows in self._ledger.namings(upto=jobs.number):
            over = [row for row in rows if not row.open and row.number in jobs and row.number not in but]
            doomed.update(*(row.files for row in over))
            count += len(over) if dry else await self._ledger.remove(over)
        return doomed, count

    async def _names(self, aged: Settled) -> tuple[dict[str, float], list[tuple[float, int]]]:
        """Files by the number of the last job that names them, and (number, bytes) of ComfyUI's copies.

        Jobs that have `aged` and are over don't count. Of one that must stay for now the number is endless.
        """
        names: dict[str, float] = {}
        copied: list[tuple[float, int]] = []
        late = self._elapsed.settled(GRACE_SECONDS).late
        async for rows in self._ledger.namings():
            for row in rows:
                if row.open or row.number not in aged:
                    number = inf if row.open or row.number in late else row.number
                    names |= {file: max(number, names.get(file, 0)) for file in row.files}
                    copied.append((number, row.size if self._ours else 0))
        return names, copied

    def _cut(self, names: Mapping[str, float], copied: list[tuple[float, int]], result: Found) -> Settled:
        """The jobs that have to go for the rest to be within the budget."""
        sizes = sorted([(number, result.size(file)) for file, number in names.items()] + copied)
        total, limit, cut = sum(size for _, size in sizes), self._elapsed.settled(GRACE_SECONDS), 0
        for number, size in sizes:
            if total <= self._budget or number > limit.number:
                break
            total, cut = total - size, int(number)
        self._total = total - self._written()
        return replace(limit, number=cut)

    def _written(self) -> int:
        return self._artifacts.written * (1 + self._ours)

    async def _scan(self) -> Found:
        result = Found(await self._artifacts.listing())
        if self._ours:
            for path, size, changed in await asyncio.to_thread(listed, self._base / "input" / "pixart"):
                if named := INPUT.fullmatch(path.name):
                    result.inputs.setdefault(named[1], []).append((path, size, changed))
        return result

    async def _drop(self, files: Collection[str], result: Found, dry: bool) -> int:
        """Remove files that no row names any more; the bytes that this freed."""
        copies = [self._base / copy for copy in files if self._ours and COPY.fullmatch(copy)]
        keys = [file for file in files if KEY.fullmatch(file)]
        if dry:
            return sum(result.size(key) for key in keys) + await asyncio.to_thread(_sizes, copies)
        freed = 0
        for some in _steps(keys):
            freed += await self._artifacts.remove(some, result.copies)
        for some in _steps(copies):
            freed += await asyncio.to_thread(unlink, some)
        return freed

    async def _sweep(self, named: Collection[str], result: Found, dry: bool) -> int:
        """Remove what crashes left, and the copies of inputs whose job never was one of ours."""
        now, keys, files = self._clock(), [], result.kept.files
        if self._elapsed.elapsed >= self._keep:
            clock = now if result.kept.now is None else result.kept.now
            keys = [key for key, (_, changed) in files.items() if key not in named and clock - changed > self._keep]
        for key, copies in result.inputs.items():
            if key not in named and key not in files and all(now - when > DAY for *_, when in copies):
                keys.append(key)
        if dry:
            return sum(result.size(key) for key in keys)
        freed = 0
        for some in _steps(keys):
            freed += await self._artifacts.remove(some, result.copies)
        return freed


def _steps(files: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(files)
    return (every[start : start + STEP] for start in range(0, len(every), STEP))


def _sizes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _bound(file: Path, previous: Path) -> None:
    """Empty a log that is too long; ComfyUI goes on at its start. What it said is kept where the disk has room."""
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
