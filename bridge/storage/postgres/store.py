"""The jobs table in PostgreSQL, for any number of bridges and workers: see `JobStore`."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from bridge.core.errors import SettingsError, StorageError
from bridge.core.job import JobState
from bridge.storage import data_folder
from bridge.storage.fitness import Fitness
from bridge.storage.job_queries import IS_OPEN, IS_WAITING, JobQueries
from bridge.storage.outbox import add_letters
from bridge.storage.peers import News, Topic
from bridge.storage.port import LettersOf
from bridge.storage.postgres import tickets
from bridge.storage.postgres.address import address
from bridge.storage.postgres.claims import STILL_HELD, Claims, released
from bridge.storage.postgres.database import Database
from bridge.storage.postgres.outbox import SharedOutbox
from bridge.storage.postgres.peers import NEWS_NOTICE, PostgresPeers, hiding
from bridge.storage.postgres.rates import SharedRates
from bridge.storage.postgres.schema import HELD_JOBS, prepare
from bridge.storage.postgres.statement import Statement
from bridge.storage.postgres.takeover import take_over
from bridge.storage.postgres.text import packed
from bridge.storage.postgres.trouble import at_start
from bridge.storage.record import Record, plain, record_of, row_of
from bridge.storage.schema import JOBS, MEMORY
from bridge.storage.transactions import parameter

_COLUMNS = [HELD_JOBS.c[name] for name in JOBS.c.keys()]  # noqa: SIM118 - of columns, iterating gives columns
_REMEMBERED = sa.select(MEMORY.c["values"])
_MEMORY = Statement(_REMEMBERED.where(MEMORY.c.dialect == parameter("dialect")))
_BY_ID = Statement(sa.select(JOBS).where(JOBS.c.id == parameter("id")))
_WAITING, _OWN = sa.func.count().filter(IS_WAITING), sa.func.count().filter(JOBS.c.owner == parameter("owner"))
_LOAD = Statement(sa.select(_WAITING.label("waiting"), _OWN.label("own")).where(IS_OPEN))


class PostgresStore(JobQueries):
    """Implements `JobStore`. Open with `await PostgresStore.open(url, folder)`.

    `holder` is the name of this process among all processes, which stays the same after a restart.
    """

    buffer = None

    def __init__(self, database: Database, holder: str, lock: Any, letters_of: LettersOf | None) -> None:
        self.database = self._tables = database
        self.outbox = SharedOutbox(database, holder)
        self.shuffles = 0
        self._claims = Claims(holder)
        self.peers, self.rates = PostgresPeers(database, self._claims), SharedRates(database)
        self._lock, self._letters_of = lock, letters_of

    @classmethod
    async def open(cls, url: str, folder: Path, letters_of: LettersOf | None = None) -> PostgresStore:
        """The store at this DATABASE_URL, with its tables of this version; `folder` is this process's own.

        Raises SettingsError for a database or folder that can't be used, or that another process uses.
        """
        where = address(url)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = data_folder.lock(folder / data_folder.LOCK_NAME)
            holder = _holder(folder / "bridge.name")
        except OSError as error:
            raise data_folder.unusable(folder, error.strerror or str(error)) from error
        store = cls(Database(where), holder, lock, letters_of)
        try:
            await store.database.prepare(prepare)
            tickets.quiet()
            await store.peers.renew()  # jobs that the previous process drew are begun anew at once
        except (SettingsError, StorageError, SQLAlchemyError) as error:
            await store.close()
            raise at_start(error, where) from error
        return store

    async def take_over(self, file: Path) -> Mapping[str, int]:
        """See `takeover.take_over`."""
        return await self.database.prepare(lambda connection: take_over(connection, file))

    async def close(self) -> None:
        """See `JobStore.close`."""
        with suppress(StorageError, SQLAlchemyError):
            for id in self._claims.ids:
                self._claims.drop(id)
            await self.peers.renew()
            await self.peers.report({})
        await self.database.dispose()
        self._lock.close()

    async def add(self, record: Record, *, durable: bool = True) -> bool:
        """See `JobStore.add`."""
        row = packed(row_of(record))
        try:
            return await self.database.row(_adding(tuple(row)), row, durable=durable) is not None
        finally:
            self.shuffles += 1

    async def sync(self) -> None:
        """See `JobStore.sync`; a commit that waits for the disk brings the earlier ones there too."""
        await self.prove()

    async def get(self, id: str) -> Record | None:
        """See `JobStore.get`."""
        row = await self.database.row(_BY_ID, {"id": id})
        return record_of(row) if row else None

    def forget(self, ids: Iterable[str]) -> None:
        """See `JobStore.forget`; this store remembers nothing, since other processes write too."""

    async def next(
        self, chosen_ids: Collection[str] = (), served_owners: Collection[str] = (), fitness: Fitness | None = None
    ) -> Record | None:
        """See `JobStore.next`; the turns of the `served_owners` were taken together with their jobs."""
        fitness = fitness or Fitness(lambda _: True)
        async with self.peers.turn:
            result = await self._claims.take(self.database, chosen_ids, fitness)
            if result is None:
                return None
            record, claim = result
            self._claims.hold(record.job.id, claim)
            return record

    async def leave(self, id: str) -> None:
        """See `JobStore.leave`."""

        def leave(connection: sa.Connection) -> None:
            if self._claims.leave(connection, id):
                self.peers.notify(connection, News(Topic.CHANGED, id))

        await self.database.write(leave, durable=False)
        self._claims.drop(id)

    async def load(self, owner: str) -> tuple[int, int]:
        """See `JobStore.load`."""
        row = await self.database.row(_LOAD, {"owner": owner})
        assert row is not None
        return row["waiting"], row["own"]

    async def dialect_memory(self, dialect: str) -> dict[str, Any]:
        """See `JobStore.dialect_memory`."""
        row = await self.database.row(_MEMORY, {"dialect": dialect})
        return row["values"] if row else {}

    async def remember(self, dialect: str, values: Mapping[str, Any]) -> None:
        """See `JobStore.remember`."""

        def merge(connection: sa.Connection) -> None:
            there = insert(MEMORY).values(dialect=dialect, values={}).on_conflict_do_nothing()
            connection.execute(there)
            before = connection.scalar(_REMEMBERED.where(MEMORY.c.dialect == dialect).with_for_update()) or {}
            connection.execute(sa.update(MEMORY).where(MEMORY.c.dialect == dialect).values(values={**before, **values}))

        await self.database.write(merge)

    async def prove(self) -> None:
        """See `JobStore.prove`."""
        await self.remember("", {"proof": os.urandom(8).hex()})

    async def change(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """See `JobStore.change`."""
        return await self._change(id, None, only_if, columns, durable=durable)

    async def advance(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """See `JobStore.advance`."""
        goes_on = columns.get("state", JobState.RUNNING) is JobState.RUNNING
        with nullcontext() if goes_on else self._claims.ending(id):
            return await self._change(id, self._claims.still(id), only_if, columns, durable=durable)

    async def _change(
        self,
        id: str,
        still: Mapping[str, Any] | None,
        only_if: Collection[JobState],
        columns: Mapping[str, Any],
        *,
        durable: bool,
    ) -> bool:
        state = JobState(columns["state"]) if "state" in columns else None
        row = packed(plain(columns)) | (released(state) if state else {})
        change = _changing(tuple(row), tuple(each.value for each in only_if), state, held=still is not None)
        news = News(Topic.CANCEL if columns.get("cancel_requested") else Topic.CHANGED, id)
        row |= {"own_id": id, "news": self.peers.packed(news), **(still or {})}
        ends = state is not None and state.final
        try:
            if ends and self._letters_of is not None:
                is_changed = await self.database.write(partial(_end, change, row, self._letters_of), durable=durable)
            else:
                is_changed = await self.database.row(change, row, durable=durable) is not None
        finally:
            self.shuffles += columns.get("state", JobState.COMPLETED) is not JobState.COMPLETED
        if is_changed and ends:
            self.outbox.rouse()
        return is_changed


def _end(change: Statement, values: Mapping[str, Any], letters_of: LettersOf, connection: sa.Connection) -> bool:
    """End a job, and put its letters into the outbox."""
    row = connection.exec_driver_sql(change.text, dict(values)).mappings().first()
    if row is not None:
        add_letters(connection, letters_of(record_of(dict(row))))
    return row is not None


@cache
def _adding(names: tuple[str, ...]) -> Statement:
    """Insert a row of these columns and a ticket, unless its id is taken."""
    row = insert(JOBS).values({name: parameter(name) for name in names}).on_conflict_do_nothing()
    return Statement(sa.select(row.returning(JOBS.c.id).cte("added"), tickets.PUT_TICKET))


@cache
def _changing(names: tuple[str, ...], allowed: tuple[str, ...], state: JobState | None, *, held: bool) -> Statement:
    """A statement that changes these columns of a row in one of these states, and notifies the other processes.

    A new `state` changes the row's claim and ticket, too. With `held`, the row must be this process's."""
    update = sa.update(HELD_JOBS).where(HELD_JOBS.c.id == parameter("own_id"), HELD_JOBS.c.state.in_(allowed))
    update = update.where(*STILL_HELD) if held else update
    changed_rows = update.values({name: parameter(name) for name in names}).returning(*_COLUMNS).cte("changed")
    query = sa.select(changed_rows, NEWS_NOTICE, *([tickets.PUT_TICKET] if state is JobState.QUEUED else []))
    if state is not None and state is not JobState.RUNNING:
        query = query.add_cte(hiding(changed_rows.c.id))
    return Statement(query)


def _holder(note: Path) -> str:
    """The process's name in this file, which is made once for a folder."""
    with suppress(FileNotFoundError):
        if holder := note.read_text(encoding="utf-8").strip():
            return holder
    name = uuid.uuid4().hex
    note.write_text(name, encoding="utf-8")
    return name
