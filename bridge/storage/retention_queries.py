"""Retention's reads and writes in the jobs' database, in steps short enough not to hold up others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.core.job import JobState
from bridge.storage.artifacts import KEY_PATTERN
from bridge.storage.counted_clock import CountedClock, Mark, SettledJobs
from bridge.storage.port import JobStore
from bridge.storage.schema import DOOMED_FILES, JOBS, MEMORY, RETENTION_MARKS
from bridge.storage.upsert import upsert

ROWS_AT_A_TIME = 200  # rows of one statement, which takes some milliseconds
MEMORY_NAME = "retention"  # retention's row in the table of the dialects' memories
ELECTED_SECONDS = 1200.0  # a process has the duty for so long, several rounds, even after its end
OPEN_STATES = [state.value for state in JobState if not state.final]
NAMING_COLUMNS = (JOBS.c.pictures, JOBS.c.artifacts, JOBS.c.echo)


@dataclass(frozen=True)
class Naming:
    """The files that a row names: keys of artifacts, and ComfyUI's copies of results, which have `size` bytes."""

    id: str
    number: int
    open: bool
    keys: frozenset[str]
    copies: frozenset[str]
    size: int

    @property
    def files(self) -> frozenset[str]:
        """Keys and copies together, a copy with `output/` before its path."""
        return self.keys | {f"output/{copy}" for copy in self.copies}


class RetentionQueries:
    """Retention's queries over one store. All methods raise StorageError."""

    def __init__(self, store: JobStore) -> None:
        self._store, self._database, self._peers = store, store.database, store.peers

    async def now(self, local_time: float) -> float:
        """See `Peers.now`."""
        return await self._peers.now(local_time)

    async def is_elected(self) -> bool:
        """Whether retention is this process's duty among the peers."""
        return await self._peers.elect(MEMORY_NAME, ELECTED_SECONDS)

    @property
    def shared(self) -> bool:
        """Whether peers may have done retention's work since the last round."""
        return self._peers.shared

    async def clock(self) -> CountedClock:
        """The counted clock as it was last written."""
        memory = sa.select(MEMORY.c["values"]).where(MEMORY.c.dialect == MEMORY_NAME)
        memory_values = await self._database.read(lambda connection: connection.scalar(memory)) or {}
        query = sa.select(RETENTION_MARKS.c.number, RETENTION_MARKS.c.elapsed).order_by(RETENTION_MARKS.c.number)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        marks = tuple(Mark(number, elapsed) for number, elapsed in rows)
        late_jobs = dict(memory_values.get("late", []))
        return CountedClock(
            memory_values.get("elapsed", 0.0),
            memory_values.get("seen"),
            marks,
            late_jobs,
            Mark(*memory_values.get("reached", (0, 0.0))),
        )

    async def keep(self, before: CountedClock, after: CountedClock) -> None:
        """Write the counted clock; `before` is the clock in the database."""
        values = {
            "elapsed": after.elapsed,
            "seen": after.wall_time,
            "late": list(after.late.items()),
            "reached": [after.reached.number, after.reached.elapsed],
        }
        new_marks, dropped_marks = set(after.marks) - set(before.marks), set(before.marks) - set(after.marks)

        def keep(connection: sa.Connection) -> None:
            memory = upsert(connection, MEMORY).values(dialect=MEMORY_NAME, values=values)
            connection.execute(memory.on_conflict_do_update(index_elements=["dialect"], set_={"values": values}))
            if new_marks:
                rows = [{"number": mark.number, "elapsed": mark.elapsed} for mark in new_marks]
                connection.execute(sa.insert(RETENTION_MARKS), rows)
            if dropped_marks:
                connection.execute(
                    sa.delete(RETENTION_MARKS).where(
                        RETENTION_MARKS.c.number.in_([mark.number for mark in dropped_marks])
                    )
                )

        await self._database.write(keep)

    async def numbers(self) -> tuple[int, list[int]]:
        """The highest job number, and the numbers of the jobs that have not ended."""
        highest, open_numbers = (
            sa.select(sa.func.max(JOBS.c.number)),
            sa.select(JOBS.c.number).where(JOBS.c.state.in_(OPEN_STATES)),
        )

        def numbers(connection: sa.Connection) -> tuple[int, list[int]]:
            return connection.scalar(highest) or 0, list(connection.scalars(open_numbers))

        return await self._database.read(numbers)

    async def some(self, settled: SettledJobs) -> bool:
        """Whether any of these jobs has ended and is still there."""
        query = sa.select(JOBS.c.id).where(JOBS.c.number <= settled.number, JOBS.c.state.not_in(OPEN_STATES)).limit(1)
        query = query.where(JOBS.c.number.not_in(settled.late))
        return await self._database.read(lambda connection: connection.scalar(query)) is not None

    async def namings(self, *, above: int = 0, upto: int | None = None) -> AsyncIterator[list[Naming]]:
        """The namings of all rows with numbers above `above` and up to `upto`, oldest first, in pages."""
        while rows := await self.page(above, upto):
            yield rows
            above = rows[-1].number

    async def page(self, above: int, upto: int | None) -> list[Naming]:
        """The first ROWS_AT_A_TIME namings above a number."""
        query = _naming_columns().order_by(JOBS.c.number).limit(ROWS_AT_A_TIME)
        query = query.where(JOBS.c.number > above, *([] if upto is None else [JOBS.c.number <= upto]))
        return [_naming(*row) for row in await self._database.read(lambda connection: connection.execute(query).all())]

    async def naming(self, id: str) -> Naming | None:
        """The naming of the row of this id; None without such a row."""
        query = _naming_columns().where(JOBS.c.id == id)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _naming(*row)

    async def remove(self, rows: Iterable[Naming]) -> int:
        """Remove ended jobs and note their files as doomed, in one commit; the number of jobs removed."""
        result = list(rows)
        delete = sa.delete(JOBS).where(JOBS.c.id.in_([row.id for row in result]), JOBS.c.state.not_in(OPEN_STATES))
        files = [{"file": file} for row in result for file in row.files]

        def remove(connection: sa.Connection) -> int:
            if files:
                connection.execute(upsert(connection, DOOMED_FILES).on_conflict_do_nothing(), files)
            return connection.execute(delete).rowcount

        try:
            return await self._database.write(remove)
        finally:
            self._store.forget(row.id for row in result)

    async def doomed_files(self) -> list[str]:
        """Files of removed jobs that may still exist: keys, and copies with `output/` before their paths."""
        return await self._database.read(lambda connection: list(connection.scalars(sa.select(DOOMED_FILES.c.file))))

    async def absolve(self, files: Collection[str]) -> None:
        """Strike files off the doomed ones, since they are removed or another job names them."""
        delete = sa.delete(DOOMED_FILES).where(DOOMED_FILES.c.file.in_(files))
        await self._database.write(lambda connection: connection.execute(delete))


def _naming_columns() -> sa.Select[Any]:
    """A query of the columns that a Naming is made of."""
    columns = [sa.cast(column, sa.Text).label(column.name) for column in NAMING_COLUMNS]
    return sa.select(JOBS.c.id, JOBS.c.number, JOBS.c.state, JOBS.c.prompt_id, *columns)


def _naming(
    id: str, number: int, state: str, prompt_id: str | None, pictures: str, artifacts: str, echo: str | None
) -> Naming:
    """A Naming from a row. Any text of a key's form counts as a key, in case a later version adds one."""
    keys = frozenset(KEY_PATTERN.findall(" ".join((pictures, artifacts, echo or ""))))
    with_copy = [each for each in json.loads(artifacts) if each.get("file")]
    copies = frozenset(each["file"] for each in with_copy)
    if prompt_id and not any(prompt_id in copy for copy in copies):
        # The result of a prompt that was cancelled a moment too late; no other graph writes a file of this name.
        copies |= {f"pixart/{prompt_id[:2]}/{prompt_id}_00001_.png"}
    return Naming(id, number, state in OPEN_STATES, keys, copies, sum(each["size"] for each in with_copy))
