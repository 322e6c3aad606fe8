"""What retention reads and writes in the jobs' database, in steps that are short for everybody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bridge.core.job import JobState
from bridge.storage.artifacts import KEY
from bridge.storage.counted_clock import CountedClock, Mark, Settled
from bridge.storage.port import JobStore
from bridge.storage.schema import DOOMED, JOBS, MARKS, MEMORY
from bridge.storage.upsert import upsert

STEP = 200  # rows at a time: some milliseconds
MEMORY_NAME = "retention"  # beside the dialects' names
ELECTED_SECONDS = 1200.0  # that a process which ended may hold up the others: several rounds
OPEN = [state.value for state in JobState if not state.final]
NAMING = (JOBS.c.pictures, JOBS.c.artifacts, JOBS.c.echo)


@dataclass(frozen=True)
class Naming:
    """What a row names: keys of artifacts, ComfyUI's copies of results below its output folder; `size` is theirs."""

    id: str
    number: int
    open: bool
    keys: frozenset[str]
    copies: frozenset[str]
    size: int

    @property
    def files(self) -> frozenset[str]:
        """Both, a copy with `output/` before it."""
        return self.keys | {f"output/{copy}" for copy in self.copies}


class RetentionQueries:
    """Raises StorageError, as the store does."""

    def __init__(self, store: JobStore) -> None:
        self._store, self._database, self._peers = store, store.database, store.peers

    async def now(self, own: float) -> float:
        """See `Peers.now`."""
        return await self._peers.now(own)

    async def elected(self) -> bool:
        """Whether this process is to look after what is kept."""
        return await self._peers.elected(MEMORY_NAME, ELECTED_SECONDS)

    @property
    def shared(self) -> bool:
        """Whether others may have done it since the last time."""
        return self._peers.shared

    async def elapsed(self) -> CountedClock:
        """What was known of time when it was last kept."""
        memory = sa.select(MEMORY.c["values"]).where(MEMORY.c.dialect == MEMORY_NAME)
        known = await self._database.read(lambda connection: connection.scalar(memory)) or {}
        query = sa.select(MARKS.c.number, MARKS.c.elapsed).order_by(MARKS.c.number)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        marks = tuple(Mark(number, elapsed) for number, elapsed in rows)
        late = dict(known.get("late", []))
        return CountedClock(
            known.get("elapsed", 0.0), known.get("seen"), marks, late, Mark(*known.get("reached", (0, 0.0)))
        )

    async def keep(self, before: CountedClock, after: CountedClock) -> None:
        """Keep what is known of time."""
        values = {
            "elapsed": after.elapsed,
            "seen": after.seen,
            "late": list(after.late.items()),
            "reached": [after.reached.number, after.reached.elapsed],
        }
        new, gone = set(after.marks) - set(before.marks), set(before.marks) - set(after.marks)

        def keep(connection: sa.Connection) -> None:
            memory = upsert(connection, MEMORY).values(dialect=MEMORY_NAME, values=values)
            connection.execute(memory.on_conflict_do_update(index_elements=["dialect"], set_={"values": values}))
            if new:
                rows = [{"number": mark.number, "elapsed": mark.elapsed} for mark in new]
                connection.execute(sa.insert(MARKS), rows)
            if gone:
                connection.execute(sa.delete(MARKS).where(MARKS.c.number.in_([mark.number for mark in gone])))

        await self._database.write(keep)

    async def numbers(self) -> tuple[int, list[int]]:
        """The highest number of a job, and those of the jobs that have not ended."""
        highest, unended = sa.select(sa.func.max(JOBS.c.number)), sa.select(JOBS.c.number).where(JOBS.c.state.in_(OPEN))

        def numbers(connection: sa.Connection) -> tuple[int, list[int]]:
            return connection.scalar(highest) or 0, list(connection.scalars(unended))

        return await self._database.read(numbers)

    async def some(self, settled: Settled) -> bool:
        """Whether there are jobs among these that have ended."""
        query = sa.select(JOBS.c.id).where(JOBS.c.number <= settled.number, JOBS.c.state.not_in(OPEN)).limit(1)
        query = query.where(JOBS.c.number.not_in(settled.late))
        return await self._database.read(lambda connection: connection.scalar(query)) is not None

    async def namings(self, *, above: int = 0, upto: int | None = None) -> AsyncIterator[list[Naming]]:
        """What all rows name, or those with such numbers; the oldest first."""
        while rows := await self.page(above, upto):
            yield rows
            above = rows[-1].number

    async def page(self, above: int, upto: int | None) -> list[Naming]:
        """The first few of them."""
        query = _naming_columns().order_by(JOBS.c.number).limit(STEP)
        query = query.where(JOBS.c.number > above, *([] if upto is None else [JOBS.c.number <= upto]))
        return [_naming(*row) for row in await self._database.read(lambda connection: connection.execute(query).all())]

    async def naming(self, id: str) -> Naming | None:
        """What the row of this id names; None where there is none."""
        query = _naming_columns().where(JOBS.c.id == id)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _naming(*row)

    async def remove(self, rows: Iterable[Naming]) -> int:
        """Remove jobs that have ended, and doom what they name, in one commit; how many there were."""
        result = list(rows)
        delete = sa.delete(JOBS).where(JOBS.c.id.in_([row.id for row in result]), JOBS.c.state.not_in(OPEN))
        doomed = [{"file": file} for row in result for file in row.files]

        def remove(connection: sa.Connection) -> int:
            if doomed:
                connection.execute(upsert(connection, DOOMED).on_conflict_do_nothing(), doomed)
            return connection.execute(delete).rowcount

        try:
            return await self._database.write(remove)
        finally:
            self._store.forget(row.id for row in result)

    async def doomed(self) -> list[str]:
        """Files of removed jobs that may still be there: keys, and copies with `output/` before them."""
        return await self._database.read(lambda connection: list(connection.scalars(sa.select(DOOMED.c.file))))

    async def absolve(self, files: Collection[str]) -> None:
        """These are gone, or another job names them."""
        delete = sa.delete(DOOMED).where(DOOMED.c.file.in_(files))
        await self._database.write(lambda connection: connection.execute(delete))


def _naming_columns() -> sa.Select[Any]:
    """Of all rows, what a Naming is made of."""
    columns = [sa.cast(column, sa.Text).label(column.name) for column in NAMING]
    return sa.select(JOBS.c.id, JOBS.c.number, JOBS.c.state, JOBS.c.prompt_id, *columns)


def _naming(
    id: str, number: int, state: str, prompt_id: str | None, pictures: str, artifacts: str, echo: str | None
) -> Naming:
    """Keys by what looks like one, so that nothing is missed that a later version adds."""
    keys = frozenset(KEY.findall(" ".join((pictures, artifacts, echo or ""))))
    copied = [each for each in json.loads(artifacts) if each.get("file")]
    copies = frozenset(each["file"] for each in copied)
    if prompt_id and not any(prompt_id in copy for copy in copies):
        # What it drew all the same, where it was cancelled a moment too late. Nobody else has a graph that writes this.
        copies |= {f"pixart/{prompt_id[:2]}/{prompt_id}_00001_.png"}
    return Naming(id, number, state in OPEN, keys, copies, sum(each["size"] for each in copied))
