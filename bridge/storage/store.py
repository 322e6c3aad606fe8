"""The jobs table in SQLite (WAL): see `JobStore`."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bridge.core.errors import SettingsError, StorageDamaged, StorageError
from bridge.core.job import JobState
from bridge.storage import data_folder
from bridge.storage.artifacts import Buffer
from bridge.storage.database import CompiledSql, Database, Row, Work
from bridge.storage.disk import sync_folder
from bridge.storage.fitness import Fitness
from bridge.storage.job_queries import IS_OPEN, JobQueries
from bridge.storage.outbox import Outbox, add_letters
from bridge.storage.peers import Alone
from bridge.storage.port import LettersOf
from bridge.storage.record import Record, after, plain, record_of, row_of
from bridge.storage.schema import JOBS, JSON_COLUMNS, MEMORY, OWNER_TURNS, RETENTION_MARKS, prepare, sound
from bridge.storage.transactions import parameter

MOST_ROWS = 512  # rows kept in memory, some kB each
IDS_AT_A_TIME = 500  # waiting jobs; a look through more takes over 0.2 ms, so the database's thread does it

_BY_ID = CompiledSql(sa.select(JOBS).where(JOBS.c.id == parameter("id")))
_REMEMBERED = CompiledSql(sa.select(MEMORY.c["values"]).where(MEMORY.c.dialect == parameter("dialect")))
_HIGHEST = [
    sa.func.coalesce(sa.select(sa.func.max(each.c.number)).scalar_subquery(), 0) for each in (JOBS, RETENTION_MARKS)
]
# A number is never given twice, not even after its job was removed.
_NUMBER = sa.func.max(*_HIGHEST) + 1
_RUNNING = sa.case((JOBS.c.state == JobState.RUNNING.value, 0), else_=1)
_TURN = sa.func.coalesce(OWNER_TURNS.c.turn, 0)
_WAITING = sa.func.count().filter(JOBS.c.state == JobState.QUEUED.value).label("waiting")
_OWNERS = sa.func.count().filter(JOBS.c.owner == parameter("whose")).label("own")
_LOAD = CompiledSql(sa.select(_WAITING, _OWNERS).where(IS_OPEN))
# When a job begins, its owner gets the latest turn.
_LAST = sa.select(sa.func.coalesce(sa.func.max(OWNER_TURNS.c.turn), 0) + 1).scalar_subquery()
_NEXT_TURN = sa.select(JOBS.c.owner, _LAST).where(JOBS.c.id == parameter("begun"))
_TURN_INSERT = sqlite_insert(OWNER_TURNS).from_select(["owner", "turn"], _NEXT_TURN)
_TAKE_TURN = CompiledSql(
    _TURN_INSERT.on_conflict_do_update(index_elements=["owner"], set_={"turn": _TURN_INSERT.excluded.turn})
)


class Store(JobQueries):
    """Implements `JobStore`. Open with `await Store.open(folder)`; one process at a time, held by a lock file."""

    peers = Alone()
    rates = None

    def __init__(self, database: Database, lock: Any, letters_of: LettersOf | None) -> None:
        self.database = self._tables = database
        self.outbox, self.buffer = Outbox(database), Buffer(database)
        self.shuffles = 0
        self._lock = lock
        self._letters_of = letters_of
        self._recent: OrderedDict[str, Record] = OrderedDict()  # rows as in the table; a write drops its row
        self._memory: dict[str, str] = {}  # JSON by dialect, read with every job
        self._many = True

    @classmethod
    async def open(cls, folder: Path, letters_of: LettersOf | None = None) -> Store:
        """The store in this folder, which is made where it is missing.

        `letters_of` gives the letters of an ended job, which go into the outbox with the job's final state. Raises
        SettingsError for a store that another bridge has open, that can't be written, or that is damaged.
        """
        file = folder / "bridge.db"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = data_folder.lock(folder / data_folder.LOCK_NAME)
        except OSError as error:
            raise data_folder.unusable(folder, error.strerror or str(error)) from error
        store = cls(Database(file), lock, letters_of)
        try:
            await store.database.write(_prepared)
            await store.buffer.load()
            sync_folder(folder)  # a power cut must not take the new file's name
        except (SettingsError, StorageError, OSError) as error:
            await store.close()
            raise data_folder.at_start(error, file) from error
        return store

    async def close(self) -> None:
        """Finish the calls that were begun, and release the file for another process."""
        await self.database.dispose()
        self._lock.close()

    async def add(self, record: Record, *, durable: bool = True) -> bool:
        """See `JobStore.add`."""
        row = _packed(row_of(record))
        adding = _adding(tuple(row))

        def add(connection: sa.Connection) -> bool:
            return adding.changed(connection, **row) == 1

        try:
            is_new = await self._write(add, self.buffer.new(), durable=durable)
        finally:  # also where this was cancelled: the row is there all the same
            self.shuffles += 1
        if is_new:
            self._keep(record)
        return is_new

    async def sync(self) -> None:
        """Wait until all that was written is on the disk."""
        await self.database.sync()

    async def get(self, id: str) -> Record | None:
        """The row of this id."""
        record = self._recent.get(id)
        if record is None:
            record = _unpacked(self.database.row(_BY_ID, id=id))
            if record:
                self._keep(record)
        return record

    def _keep(self, record: Record) -> None:
        """Keep the row in memory: a client that polls a job, and its run, read the row again and again."""
        self._recent[record.job.id] = record
        if len(self._recent) > MOST_ROWS:
            self._recent.popitem(last=False)

    def forget(self, ids: Iterable[str]) -> None:
        """These rows were removed."""
        for id in ids:
            self._recent.pop(id, None)

    async def next(
        self, chosen_ids: Collection[str] = (), served_owners: Collection[str] = (), fitness: Fitness | None = None
    ) -> Record | None:
        """See `JobStore.next`; `fitness` is ignored, since the workers of one process settle who draws."""
        parameters = {**_numbered("besides", chosen_ids), **_numbered("served", served_owners)}
        following = _following(len(chosen_ids), len(served_owners))
        while row := await self._glance(following, **parameters):
            record = await self.get(row["id"])
            if record and not record.final:  # else the job ended meanwhile
                return record
        return None

    async def leave(self, id: str) -> None:
        """See `JobStore.leave`; nothing to do, since `next` reserves nothing here."""

    async def load(self, owner: str) -> tuple[int, int]:
        """See `JobStore.load`."""
        row = await self._glance(_LOAD, whose=owner)
        assert row is not None
        self._many = row["waiting"] > IDS_AT_A_TIME
        return row["waiting"], row["own"]

    async def _glance(self, statement: CompiledSql, **values: Any) -> Row | None:
        """The first row of a query over all waiting jobs: in the calling thread where few jobs wait, since a hop to
        the database's thread would take longer."""
        if self._many:
            return await self.database.read(lambda connection: statement.row(connection, **values))
        return self.database.row(statement, **values)

    async def dialect_memory(self, dialect: str) -> dict[str, Any]:
        """What a dialect asked to remember."""
        if dialect not in self._memory:
            self._memory[dialect] = self.database.peek(lambda connection: _remembered(connection, dialect))
        return json.loads(self._memory[dialect])

    async def remember(self, dialect: str, values: Mapping[str, Any]) -> None:
        """Merge values into what a dialect remembers."""

        def merge(connection: sa.Connection) -> None:
            row = {"dialect": dialect, "values": {**json.loads(_remembered(connection, dialect)), **values}}
            insert = sqlite_insert(MEMORY).values(**row)
            connection.execute(insert.on_conflict_do_update(index_elements=["dialect"], set_=row))

        try:
            await self.database.write(merge)
        finally:  # also where this was cancelled: it is written all the same
            self._memory.pop(dialect, None)

    async def prove(self) -> None:
        """Write something, to see whether that works."""
        await self.remember("", {"proof": os.urandom(8).hex()})

    async def change(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """See `JobStore.change`."""
        row = _packed(plain(columns))
        update = _changing(tuple(row), tuple(state.value for state in only_if))
        letters_of = self._letters_of if "state" in columns and JobState(columns["state"]).final else None

        def change(connection: sa.Connection) -> bool:
            is_changed = update.changed(connection, changed=id, **row) == 1
            if is_changed and columns.get("state") is JobState.RUNNING:
                _TAKE_TURN.changed(connection, begun=id)
            if is_changed and letters_of is not None and (record := _unpacked(_BY_ID.row(connection, id=id))):
                add_letters(connection, letters_of(record))
            return is_changed

        try:
            is_changed = await self._write(change, self.buffer.new() if durable else {}, durable=durable)
        finally:  # also where this was cancelled: the row is changed all the same
            earlier = self._recent.pop(id, None)
            self.shuffles += columns.get("state", JobState.COMPLETED) is not JobState.COMPLETED
        if earlier:
            self._keep(after(earlier, columns) if is_changed else earlier)
        if is_changed and letters_of is not None:
            self.outbox.rouse()
        return is_changed

    async def advance(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """See `JobStore.advance`; no peer draws here."""
        return await self.change(id, only_if=only_if, durable=durable, **columns)

    async def _write(self, work: Work[bool], new: Mapping[str, bytes], *, durable: bool) -> bool:
        """Whether `work` changed a row; the `new` bytes of the buffer are committed with the row."""
        is_changed = False

        def both(connection: sa.Connection) -> bool:
            nonlocal is_changed
            result = work(connection)
            if result and new:
                self.buffer.keep(connection, new)
            is_changed = result
            return result

        try:
            await self.database.write(both, durable=durable)
        except StorageError:  # nothing was committed
            is_changed = False
            raise
        finally:  # also where this was cancelled: the row is written all the same
            if is_changed and new:
                self.buffer.commit(new)
        return is_changed


def _prepared(connection: sa.Connection) -> None:
    if not sound(connection):
        raise StorageDamaged("The jobs database is damaged.")
    prepare(connection)


def _remembered(connection: sa.Connection, dialect: str) -> str:
    row = _REMEMBERED.row(connection, dialect=dialect)
    return row["values"] if row else "{}"


@cache
def _adding(names: tuple[str, ...]) -> CompiledSql:
    """Insert a row of these columns, unless its id is taken."""
    values = {"number": _NUMBER, **{name: parameter(name) for name in names}}
    return CompiledSql(sqlite_insert(JOBS).values(values).on_conflict_do_nothing().inline())


@cache
def _changing(names: tuple[str, ...], allowed: tuple[str, ...]) -> CompiledSql:
    """Change these columns of a row, while it is in one of these states."""
    row = sa.update(JOBS).where(JOBS.c.id == parameter("changed"), JOBS.c.state.in_(allowed))
    return CompiledSql(row.values({name: parameter(name) for name in names}))


@cache
def _following(chosen_count: int, owner_count: int) -> CompiledSql:
    """Choose the job to run; see `Store.next`."""
    others, owners = _numbered("besides", range(chosen_count)), _numbered("served", range(owner_count))
    query = sa.select(JOBS.c.id).outerjoin(OWNER_TURNS, JOBS.c.owner == OWNER_TURNS.c.owner).limit(1)
    query = query.where(IS_OPEN, JOBS.c.id.not_in([parameter(name) for name in others]))
    # The owner chosen last comes last, before it the owner chosen before; the first case that matches counts.
    later = [(JOBS.c.owner == parameter(name), place) for place, name in reversed([*enumerate(owners, 1)])]
    again = [sa.case(*later, else_=0)] if later else []
    return CompiledSql(query.order_by(_RUNNING, JOBS.c.priority.desc(), *again, _TURN, JOBS.c.number))


def _numbered(name: str, values: Iterable[Any]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}


def _packed(columns: Mapping[str, Any]) -> Row:
    """Columns as stored: JSON as text."""
    return {name: json.dumps(value) if name in JSON_COLUMNS else value for name, value in columns.items()}


def _unpacked(row: Row | None) -> Record | None:
    return record_of({name: _parsed(row[name]) if name in JSON_COLUMNS else row[name] for name in row}) if row else None


def _parsed(text: str) -> Any:
    """A JSON text's value; the frequent empty ones need no parser."""
    return [] if text == "[]" else {} if text == "{}" else json.loads(text)
